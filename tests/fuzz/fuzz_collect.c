/* A dump in memory to counts: in one chunk, and cut at a line into two that other collectors take. The first byte says where. */
#include <string.h>

#include "base/memory.h"
#include "pipeline/chunk.h"
#include "pipeline/collect.h"
#include "tests/fuzz/fuzz.h"

static void collect(hb_collector *c, const char *text, size_t n, uint64_t byte, int final)
{
    hb_chunk chunk = { 0 };
    if (n == 0) return;
    DEMAND(hb_chunk_reserve(&chunk, n) == HB_OK);
    memcpy(hb_chunk_text(&chunk), text, n);
    chunk.n = n;
    chunk.byte = byte;
    chunk.final = final;
    DEMAND(hb_collect_chunk(c, &chunk) == HB_OK);
    hb_chunk_fini(&chunk);
}

static void compare(const hb_collector *whole, const hb_collector *first, const hb_collector *second)
{
    const hb_collect_counts *w = &whole->counts, *a = &first->counts, *b = &second->counts;
    DEMAND(w->lines == a->lines + b->lines && w->bytes == a->bytes + b->bytes);
    DEMAND(w->objects == a->objects + b->objects && w->memsize == a->memsize + b->memsize);
    DEMAND(w->roots == a->roots + b->roots && w->shapes == a->shapes + b->shapes);
    DEMAND(w->references == a->references + b->references && w->empty_slots == a->empty_slots + b->empty_slots);
    DEMAND(w->invalid_lines == a->invalid_lines + b->invalid_lines && w->cut_off == (b->cut_off != 0 ? b->cut_off : a->cut_off));
}

/* The two halves' strings, added up, are those of the whole. */
static void compare_strings(const hb_string_counts *whole, const hb_string_counts *first, const hb_string_counts *second)
{
    hb_table sum;
    hb_table_init(&sum, HB_STRING_KEY, HB_STRING_VALUES);
    DEMAND(hb_string_counts_add_rows(&sum, second->counts.rows, second->counts.n) == HB_OK);
    DEMAND(hb_string_counts_add_rows(&sum, first->counts.rows, first->counts.n) == HB_OK);
    DEMAND(sum.n == whole->counts.n && whole->without_value == first->without_value + second->without_value);
    for (size_t i = 0; i < sum.n; i++) {
        const uint64_t *values = hb_table_find(&whole->counts, hb_table_row(&sum, i));
        DEMAND(values != NULL && memcmp(values, hb_table_values(&sum, i), HB_STRING_VALUES * sizeof *values) == 0);
    }
    hb_table_fini(&sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2) return 0;
    const char *text = (const char *)bytes + 1;
    static const hb_collect_mode modes[] = { HB_COLLECT_IDENTITY, HB_COLLECT_FULL, HB_COLLECT_STRINGS, HB_COLLECT_FULL };
    const hb_collect_mode mode = modes[bytes[0] & 3];
    size_t length = n - 1, cut = length * bytes[0] / 256;
    while (cut > 0 && text[cut - 1] != '\n') cut--;
    hb_collector whole, first, second;
    hb_collector_init(&whole, mode, HB_IDENTITY_STRICT, &hb_limits_default, 0);
    hb_collector_init(&first, mode, HB_IDENTITY_STRICT, &hb_limits_default, 0);
    hb_collector_init(&second, mode, HB_IDENTITY_STRICT, &hb_limits_default, 1);
    collect(&whole, text, length, 0, 1);
    collect(&first, text, cut, 0, cut == length);
    collect(&second, text + cut, length - cut, cut, 1);
    compare(&whole, &first, &second);
    compare_strings(&whole.strings, &first.strings, &second.strings);
    hb_collector_fini(&whole);
    hb_collector_fini(&first);
    hb_collector_fini(&second);
    return 0;
}
