/* An index that somebody made up: its head and checksums fit, whatever the sections say. Every question is answered or refused, in bounds
 * and in an end. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "index/around.h"
#include "index/form.h"
#include "index/select.h"
#include "report/fill_query.h"
#include "report/sheet.h"
#include "tests/fuzz/fuzz.h"

/* The bytes: how many items there are, a byte each, then the body; what is missing of it is zeros. */
enum { OBJECTS, TARGETS, ROOT_EDGES, ROOTS, IVARS, NAMES, NAME_BYTES, SITES, SITE_BYTES, N_COUNTS };

#define MOST_BODY (1 << 20)

static uint64_t items_of(hb_index_section section, const uint8_t *count)
{
    if (section <= HB_INDEX_LAST_COLUMN) return count[OBJECTS];
    switch (section) {
    case HB_INDEX_FIRST: return count[OBJECTS] + 1u;
    case HB_INDEX_TARGET: return count[TARGETS];
    case HB_INDEX_ROOT_EDGES: return count[ROOT_EDGES];
    case HB_INDEX_ROOT_NAME: return count[ROOTS];
    case HB_INDEX_IVAR_NAME: case HB_INDEX_IVAR_BEFORE: return count[IVARS];
    case HB_INDEX_NAME_END: return count[NAMES];
    case HB_INDEX_NAME_TEXT: return count[NAME_BYTES];
    case HB_INDEX_SITE_END: return count[SITES];
    default: return count[SITE_BYTES];
    }
}

static void write_at(int fd, const void *bytes, size_t n, size_t at)
{
    DEMAND(pwrite(fd, bytes, n, (off_t)at) == (ssize_t)n);
}

static int make_file(const uint8_t *count, const uint8_t *body, size_t n)
{
    static uint8_t padded[MOST_BODY];
    hb_index_head head;
    uint64_t checks[MOST_BODY / HB_INDEX_BLOCK_BYTES], n_checks = 0;
    const int fd = memfd_create("index", MFD_CLOEXEC);
    memset(&head, 0, sizeof head);
    memcpy(head.magic, HB_INDEX_MAGIC, sizeof head.magic);
    head.version = HB_INDEX_VERSION;
    head.byte_order = HB_INDEX_BYTE_ORDER;
    for (unsigned s = 0; s < HB_INDEX_N_SECTIONS; s++) {
        head.n_items[s] = items_of((hb_index_section)s, count);
        head.body_bytes += hb_index_padded(head.n_items[s] * hb_index_item_bytes((hb_index_section)s));
    }
    DEMAND(fd >= 0 && head.body_bytes < MOST_BODY);
    memset(padded, 0, head.body_bytes);
    memcpy(padded, body, n < head.body_bytes ? n : head.body_bytes);
    for (size_t at = 0; at < head.body_bytes; at += HB_INDEX_BLOCK_BYTES, n_checks++) {
        const size_t left = head.body_bytes - at;
        checks[n_checks] = hb_index_block_check(padded + at, left < HB_INDEX_BLOCK_BYTES ? left : HB_INDEX_BLOCK_BYTES, n_checks);
    }
    head.checks_check = hb_hash_bytes(checks, n_checks * sizeof *checks, 0);
    head.check = hb_index_head_check(&head);
    write_at(fd, &head, sizeof head, 0);
    write_at(fd, padded, head.body_bytes, HB_INDEX_HEAD_BYTES);
    write_at(fd, checks, n_checks * sizeof *checks, HB_INDEX_HEAD_BYTES + head.body_bytes);
    return fd;
}

static int ends_well(hb_status status, const hb_error *err)
{
    return status == HB_OK || (status == HB_ERR_DATA && err->message[0] != '\0');
}

static void ask_about(hb_index *index, uint32_t id, uint64_t top)
{
    hb_around around;
    hb_sheet sheet = { 0 };
    hb_query_report report = { 0 };
    hb_known known, *steps = NULL;
    size_t n = 0;
    hb_error err;
    hb_error_clear(&err);
    hb_status status = hb_look_around(index, id, top, &around, &err);
    DEMAND(ends_well(status, &err));
    if (status == HB_OK) {
        DEMAND(hb_sheet_fill(index, &around, &sheet) == HB_OK);
        hb_around_fini(&around);
    }
    hb_sheet_fini(&sheet);
    status = hb_look_known(index, &id, 1, &known, &err);
    if (status == HB_OK) status = hb_look_path(index, id, &steps, &n, &err);
    DEMAND(ends_well(status, &err) && n <= index->n);
    if (status == HB_OK)
        DEMAND(hb_fill_query_object(&index->strings, index->root_name, known.facts.address, &known, steps, n, &report) == HB_OK);
    hb_query_report_fini(&report);
    hb_free(steps);
}

static void select_all(hb_index *index)
{
    static const hb_filter filters[] = { { 0 }, { .has_type = 1, .type = HB_TYPE_DATA }, { .class_name = "Foo", .n_class_name = 3 },
                                         { .file = "a.rb", .n_file = 4, .line = 1 }, { .min_memsize = 41, .min_retained = 100 } };
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        hb_selection selection;
        hb_error err;
        hb_error_clear(&err);
        const hb_status status = hb_select(index, &filters[i], (hb_select_order)(i % 3), i, &selection, &err);
        DEMAND(ends_well(status, &err) && selection.n <= index->n);
        for (size_t k = 0; k < selection.n; k++) DEMAND(selection.ids[k] < index->n);
        hb_selection_fini(&selection);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    hb_index index;
    hb_error err;
    uint32_t id;
    if (n < N_COUNTS) return 0;
    hb_error_clear(&err);
    hb_status status = hb_index_open(make_file(bytes, bytes + N_COUNTS, n - N_COUNTS), "index", &index, &err);
    DEMAND(ends_well(status, &err));
    if (status != HB_OK) return 0;
    select_all(&index);
    for (uint32_t i = 0; i < index.n && i < 12; i++) ask_about(&index, i, i % 3);
    status = hb_look_find(&index, UINT64_C(0x7f0000000028), &id, &err);
    DEMAND(ends_well(status, &err) && (id == HB_NO_ID || id < index.n));
    hb_index_close(&index);
    return 0;
}
