/* What enters: an index as it lies in a file. What leaves: items of its sections, checked.
 *
 * Blocks are read with pread(2) and not mapped: a file that shrinks or a disk that fails is then an error and no SIGBUS, and a scan
 * takes no page faults. Those read last are kept by number, so that a walk along a chain, which looks at the same few places of many
 * sections, reads and checks each block once. */
#include "index/index.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "index/form.h"
#include "pipeline/site.h"

#define KEPT_BLOCKS 64   /* 4 MiB; a power of two */

size_t hb_index_item_bytes(hb_index_section section)
{
    switch (section) {
    case HB_INDEX_TYPE: case HB_INDEX_MARKS: case HB_INDEX_NAME_TEXT: case HB_INDEX_SITE_TEXT: return 1;
    case HB_INDEX_CLASS: case HB_INDEX_CLASS_NAME: case HB_INDEX_SITE: case HB_INDEX_NAME: case HB_INDEX_VIA: case HB_INDEX_IDOM:
    case HB_INDEX_TARGET: case HB_INDEX_ROOT_NAME: case HB_INDEX_IVAR_NAME: case HB_INDEX_IVAR_BEFORE: return 4;
    default: return 8;
    }
}

/* Exactly n bytes from an offset on. */
static hb_status read_at(const hb_index *index, uint64_t offset, void *out, size_t n, hb_error *err)
{
    for (size_t done = 0; done < n;) {
        const ssize_t got = pread(index->fd, (char *)out + done, n - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return hb_error_set(err, HB_ERR_IO, index->path, offset + done, "cannot be read: %s", strerror(errno));
        if (got == 0) return hb_error_set(err, HB_ERR_DATA, index->path, offset + done, "the index is cut off");
        done += (size_t)got;
    }
    return HB_OK;
}

/* --- opening --- */

/* What a head that belongs to the file says of its sections has to fit into the file, and each to the others. */
static int fits(const hb_index_head *head, uint64_t body_bytes, hb_index *index)
{
    const uint64_t n = head->n_items[HB_INDEX_ADDRESS];
    uint64_t at = 0;
    if (n > HB_INDEX_MOST_OBJECTS) return 0;
    for (unsigned s = 0; s < HB_INDEX_N_SECTIONS; s++) {
        const uint64_t items = head->n_items[s];
        if (s <= HB_INDEX_LAST_COLUMN && items != n) return 0;
        if (items > body_bytes) return 0;
        index->n_items[s] = items;
        index->offset[s] = at;
        at = hb_index_padded(at + items * hb_index_item_bytes((hb_index_section)s));
        if (at > body_bytes) return 0;
    }
    index->n = (uint32_t)n;
    return at == body_bytes && index->n_items[HB_INDEX_FIRST] == n + 1 && index->n_items[HB_INDEX_ROOT_NAME] < UINT32_MAX &&
           index->n_items[HB_INDEX_IVAR_NAME] == index->n_items[HB_INDEX_IVAR_BEFORE] && head->origin.damage[sizeof head->origin.damage - 1] == '\0';
}

static hb_status read_head(hb_index *index, uint64_t file_bytes, hb_index_head *head, hb_error *err)
{
    if (file_bytes < HB_INDEX_HEAD_BYTES) return hb_error_set(err, HB_ERR_DATA, index->path, HB_NO_BYTE, "is no index: it is too short");
    const hb_status status = read_at(index, 0, head, sizeof *head, err);
    if (status != HB_OK) return status;
    if (memcmp(head->magic, HB_INDEX_MAGIC, sizeof head->magic) != 0)
        return hb_error_set(err, HB_ERR_DATA, index->path, 0, "is no index");
    if (head->byte_order != HB_INDEX_BYTE_ORDER || head->version != HB_INDEX_VERSION)
        return hb_error_set(err, HB_ERR_DATA, index->path, 8, "was made by another version of heapbatch, or on another kind of machine");
    if (head->check != hb_index_head_check(head)) return hb_error_set(err, HB_ERR_DATA, index->path, 0, "the head of the index is damaged");
    return HB_OK;
}

/* Memory for it comes from the size of the file, which has to be what the head says. */
static hb_status read_checks(hb_index *index, const hb_index_head *head, uint64_t file_bytes, hb_error *err)
{
    const uint64_t rest = file_bytes - HB_INDEX_HEAD_BYTES, body = head->body_bytes;
    const uint64_t n = body / HB_INDEX_BLOCK_BYTES + (body % HB_INDEX_BLOCK_BYTES != 0);
    if (body > rest || rest - body != n * sizeof *index->checks || !fits(head, body, index))
        return hb_error_set(err, HB_ERR_DATA, index->path, HB_NO_BYTE, "the index is cut off, or its head is damaged");
    index->body_bytes = body;
    index->checks = hb_alloc(n, sizeof *index->checks);
    index->blocks = hb_alloc(KEPT_BLOCKS, HB_INDEX_BLOCK_BYTES);
    index->kept = hb_alloc_zero(KEPT_BLOCKS, sizeof *index->kept);
    if (index->checks == NULL || index->blocks == NULL || index->kept == NULL) return HB_ERR_MEMORY;
    const hb_status status = read_at(index, HB_INDEX_HEAD_BYTES + body, index->checks, n * sizeof *index->checks, err);
    if (status == HB_OK && hb_hash_bytes(index->checks, n * sizeof *index->checks, 0) != head->checks_check)
        return hb_error_set(err, HB_ERR_DATA, index->path, HB_INDEX_HEAD_BYTES + body, "the checksums of the index are damaged");
    return status;
}

/* Strings of two sections, put in the order that they have there, by which they got their ids. */
static hb_status read_strings(hb_index *index, hb_index_section ends, hb_index_section texts, hb_intern *out, hb_error *err)
{
    const uint64_t n = index->n_items[ends], n_bytes = index->n_items[texts];
    uint64_t *end = hb_alloc(n, sizeof *end), from = 0;
    char *text = hb_alloc(n_bytes, 1);
    hb_status status = end != NULL && text != NULL ? HB_OK : HB_ERR_MEMORY;
    if (status == HB_OK) status = hb_index_read(index, ends, 0, n, end, err);
    if (status == HB_OK) status = hb_index_read(index, texts, 0, n_bytes, text, err);
    for (uint64_t i = 0; i < n && status == HB_OK; from = end[i++]) {
        uint32_t id = UINT32_MAX;
        if (end[i] >= from && end[i] <= n_bytes && (texts != HB_INDEX_SITE_TEXT || end[i] - from >= HB_SITE_LINE_BYTES))
            status = hb_intern_put(out, text + from, end[i] - from, &id);
        if (status == HB_OK && id != i) status = hb_error_set(err, HB_ERR_DATA, index->path, HB_NO_BYTE, "the strings of the index are damaged");
    }
    hb_free(end);
    hb_free(text);
    return status;
}

static hb_status read_roots(hb_index *index, hb_error *err)
{
    index->n_roots = (uint32_t)index->n_items[HB_INDEX_ROOT_NAME];
    index->root_name = hb_alloc(index->n_roots, sizeof *index->root_name);
    if (index->root_name == NULL) return HB_ERR_MEMORY;
    const hb_status status = hb_index_read(index, HB_INDEX_ROOT_NAME, 0, index->n_roots, index->root_name, err);
    for (uint32_t i = 0; i < index->n_roots && status == HB_OK; i++)
        if (index->root_name[i] != HB_NO_STRING && index->root_name[i] >= index->strings.names.n)
            return hb_error_set(err, HB_ERR_DATA, index->path, HB_NO_BYTE, "the ROOT lines of the index are damaged");
    return status;
}

hb_status hb_index_open(int fd, const char *path, hb_index *out, hb_error *err)
{
    struct stat info;
    hb_index_head head;
    hb_status status;
    *out = (hb_index){ .fd = fd };
    hb_intern_init(&out->strings.names);
    hb_intern_init(&out->strings.sites);
    out->path = hb_copy_text(path, strlen(path));
    if (out->path == NULL) HB_TRY(HB_ERR_MEMORY);
    if (fstat(fd, &info) != 0) HB_TRY(hb_error_set(err, HB_ERR_IO, path, HB_NO_BYTE, "cannot be read: %s", strerror(errno)));
    HB_TRY(read_head(out, (uint64_t)info.st_size, &head, err));
    HB_TRY(read_checks(out, &head, (uint64_t)info.st_size, err));
    HB_TRY(read_strings(out, HB_INDEX_NAME_END, HB_INDEX_NAME_TEXT, &out->strings.names, err));
    HB_TRY(read_strings(out, HB_INDEX_SITE_END, HB_INDEX_SITE_TEXT, &out->strings.sites, err));
    HB_TRY(read_roots(out, err));
    out->origin = head.origin;
out:
    if (status == HB_ERR_MEMORY) hb_error_set(err, HB_ERR_MEMORY, path, HB_NO_BYTE, "out of memory");
    if (status != HB_OK) hb_index_close(out);
    return status;
}

/* --- reading --- */

/* A block of the body, with as many bytes as it has; NULL with the reason in *err. */
static const char *block_of(hb_index *index, uint64_t number, hb_status *status, hb_error *err)
{
    const size_t place = number % KEPT_BLOCKS;
    const uint64_t at = number * HB_INDEX_BLOCK_BYTES, left = index->body_bytes - at;
    const size_t n = left < HB_INDEX_BLOCK_BYTES ? (size_t)left : HB_INDEX_BLOCK_BYTES;
    char *const block = index->blocks + place * HB_INDEX_BLOCK_BYTES;
    *status = HB_OK;
    if (index->kept[place] == number + 1) return block;
    index->kept[place] = 0;
    *status = read_at(index, HB_INDEX_HEAD_BYTES + at, block, n, err);
    if (*status == HB_OK && hb_index_block_check(block, n, number) != index->checks[number])
        *status = hb_error_set(err, HB_ERR_DATA, index->path, HB_INDEX_HEAD_BYTES + at, "the index is damaged");
    if (*status != HB_OK) return NULL;
    index->kept[place] = number + 1;
    return block;
}

hb_status hb_index_read(hb_index *index, hb_index_section section, uint64_t first, uint64_t n, void *out, hb_error *err)
{
    const size_t item = hb_index_item_bytes(section);
    hb_status status = HB_OK;
    if (first > index->n_items[section] || n > index->n_items[section] - first)
        return hb_error_set(err, HB_ERR_DATA, index->path, HB_NO_BYTE, "the index is damaged: it speaks of what it does not have");
    uint64_t at = index->offset[section] + first * item;
    for (uint64_t left = n * item, done = 0; left > 0;) {
        const uint64_t within = at % HB_INDEX_BLOCK_BYTES, room = HB_INDEX_BLOCK_BYTES - within, take = left < room ? left : room;
        const char *block = block_of(index, at / HB_INDEX_BLOCK_BYTES, &status, err);
        if (block == NULL) return status;
        memcpy((char *)out + done, block + within, take);
        at += take;
        done += take;
        left -= take;
    }
    return status;
}

void hb_index_close(hb_index *index)
{
    if (index->fd >= 0) close(index->fd);
    hb_intern_fini(&index->strings.names);
    hb_intern_fini(&index->strings.sites);
    hb_free(index->path);
    hb_free(index->checks);
    hb_free(index->root_name);
    hb_free(index->blocks);
    hb_free(index->kept);
    *index = (hb_index){ .fd = -1 };
}
