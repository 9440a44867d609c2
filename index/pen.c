#include "index/pen.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

static void write_at(hb_index_pen *pen, uint64_t offset, const void *bytes, size_t n)
{
    for (size_t done = 0; done < n && pen->status == HB_OK;) {
        const ssize_t put = pwrite(pen->fd, (const char *)bytes + done, n - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0)
            pen->status = hb_error_set(pen->err, HB_ERR_IO, pen->path, HB_NO_BYTE, "the index cannot be written: %s",
                                       put < 0 ? strerror(errno) : "nothing was taken");
        else done += (size_t)put;
    }
}

static void flush(hb_index_pen *pen)
{
    if (pen->n_block == 0 || pen->status != HB_OK) return;
    pen->status = hb_grow(&pen->checks, &pen->cap_checks, pen->n_checks + 1, sizeof *pen->checks);
    if (pen->status != HB_OK) return;
    pen->checks[pen->n_checks] = hb_index_block_check(pen->block, pen->n_block, pen->n_checks);
    write_at(pen, HB_INDEX_HEAD_BYTES + pen->n_checks * HB_INDEX_BLOCK_BYTES, pen->block, pen->n_block);
    pen->n_checks++;
    pen->n_block = 0;
}

void hb_index_pen_init(hb_index_pen *pen, int fd, const char *path, hb_error *err)
{
    *pen = (hb_index_pen){ .fd = fd, .path = path, .err = err };
    pen->block = hb_alloc(HB_INDEX_BLOCK_BYTES, 1);
    if (pen->block == NULL) pen->status = HB_ERR_MEMORY;
}

void hb_index_pen_put(hb_index_pen *pen, const void *bytes, size_t n)
{
    for (size_t done = 0; done < n && pen->status == HB_OK;) {
        const size_t room = HB_INDEX_BLOCK_BYTES - pen->n_block, take = n - done < room ? n - done : room;
        memcpy(pen->block + pen->n_block, (const char *)bytes + done, take);
        pen->n_block += take;
        done += take;
        if (pen->n_block == HB_INDEX_BLOCK_BYTES) flush(pen);
    }
    pen->n_bytes += n;
    pen->body_bytes += n;
}

void hb_index_pen_end(hb_index_pen *pen, hb_index_section section)
{
    static const char zeros[8];
    const uint64_t bytes = pen->n_bytes;
    pen->n_items[section] = bytes / hb_index_item_bytes(section);
    hb_index_pen_put(pen, zeros, hb_index_padded(bytes) - bytes);
    pen->n_bytes = 0;
}

hb_status hb_index_pen_finish(hb_index_pen *pen, const hb_index_origin *origin)
{
    hb_index_head head;
    memset(&head, 0, sizeof head);
    flush(pen);
    write_at(pen, HB_INDEX_HEAD_BYTES + pen->body_bytes, pen->checks, pen->n_checks * sizeof *pen->checks);
    memcpy(head.magic, HB_INDEX_MAGIC, sizeof head.magic);
    head.version = HB_INDEX_VERSION;
    head.byte_order = HB_INDEX_BYTE_ORDER;
    head.origin = *origin;
    memcpy(head.n_items, pen->n_items, sizeof head.n_items);
    head.body_bytes = pen->body_bytes;
    head.checks_check = hb_hash_bytes(pen->checks, pen->n_checks * sizeof *pen->checks, 0);
    head.check = hb_index_head_check(&head);
    write_at(pen, 0, &head, sizeof head);
    return pen->status;
}

void hb_index_pen_fini(hb_index_pen *pen)
{
    hb_free(pen->block);
    hb_free(pen->checks);
    *pen = (hb_index_pen){ .fd = -1 };
}
