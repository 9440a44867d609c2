/* What heapy's analyzer prints, with its widths and headings. A string's contents are written as Ruby's String#inspect does for UTF-8, as far
 * as they are shown; characters that steer a terminal are escaped, also where heapy hands them on. */
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "report/text_out.h"
#include "report/text_reading.h"
#include "report/utf8.h"

#define RULE "=============================="
#define ELLIPSIS "\xe2\x80\xa6"

/* Kibibytes with one digit, halves away from zero as Float#round has them. */
static void print_kb(hb_text *t, uint64_t bytes)
{
    const uint64_t tenths = (bytes * 10 + 512) / 1024;
    hb_text_print(t, "%" PRIu64 ".%" PRIu64 " kb\n", tenths / 10, tenths % 10);
}

static size_t digits_of(uint64_t value)
{
    size_t n = 1;
    for (; value >= 10; value /= 10) n++;
    return n;
}

hb_status hb_text_heapy_generations(const hb_reading *reading, FILE *out)
{
    const hb_dump_report *dump = &reading->series.dumps[0];
    const hb_generation_row *rows = dump->generations;
    hb_text t = { .out = out };
    /* Lines that have no generation: all but those of later ones. */
    uint64_t none = dump->objects + dump->roots + dump->shapes + dump->empty_slots, memsize = 0;
    size_t first = dump->n_generations, n = 0;
    while (first > 0 && rows[first - 1].generation > 0) none -= rows[--first].objects;
    size_t width = strlen("nil");
    if (first < dump->n_generations) {
        const size_t digits = digits_of((uint64_t)rows[dump->n_generations - 1].generation);
        if (digits > width) width = digits;
    }
    hb_text_print(&t, "\nAnalyzing Heap\n==============\n");
    if (none != 0) hb_text_print(&t, "Generation: %*s object count: %" PRIu64 ", mem: 0.0 kb\n", (int)width, "nil", none);
    for (size_t i = first; i < dump->n_generations; i++, n++) {
        hb_text_print(&t, "Generation: %*" PRId64 " object count: %" PRIu64 ", mem: ", (int)width, rows[i].generation, rows[i].objects);
        print_kb(&t, rows[i].memsize);
        memsize += rows[i].memsize;
    }
    hb_text_print(&t, "\nHeap total\n==============\nGenerations (active): %zu\nCount: %" PRIu64 "\nMemory: ", n + (none != 0),
                  dump->objects + dump->roots + dump->shapes + dump->empty_slots);
    print_kb(&t, memsize);
    return t.status;
}

static uint64_t figure_of(const hb_place_row *row, hb_place_order order)
{
    return order == HB_PLACES_BY_MEMSIZE ? row->memsize : order == HB_PLACES_BY_OBJECTS ? row->objects : row->references;
}

static void print_place(hb_text *t, const char *indent, uint64_t figure, size_t width, const hb_place_row *row)
{
    hb_text_print(t, "%s%*" PRIu64 "  ", indent, (int)width, figure);
    hb_text_cell(t, row->file, SIZE_MAX);
    if (row->line != 0) hb_text_print(t, ":%" PRIu32 "\n", row->line);
    else hb_text_print(t, ":\n");
}

/* Sites of which the figure is not 0, or all of them. */
static void print_places(hb_text *t, const hb_place_list *places, hb_place_order order, int all, size_t width, uint64_t top)
{
    uint64_t shown = 0;
    for (const hb_place_row *row = places->rows; row < places->rows + places->n && (top == 0 || shown < top); row++) {
        const uint64_t figure = figure_of(row, order);
        if (figure == 0 && !all) continue;
        print_place(t, "  ", figure, width, row);
        shown++;
    }
}

/* Bytes of the escape at to, for one character of UTF-8; `next`: what stands behind it. */
static size_t inspect_one(uint32_t code, char next, char *to, size_t room)
{
    static const char short_codes[] = "\a\b\t\n\v\f\r\033", short_names[] = "abtnvfre";
    const char *found = code != 0 && code < 0x80 ? strchr(short_codes, (int)code) : NULL;
    if (found != NULL) return (size_t)snprintf(to, room, "\\%c", short_names[found - short_codes]);
    if (code == '"' || code == '\\') return (size_t)snprintf(to, room, "\\%c", (int)code);
    if (code == '#' && (next == '{' || next == '$' || next == '@')) return (size_t)snprintf(to, room, "\\#");
    if (code < 0x20 || code == 0x7f || (code >= 0x80 && code < 0xa0) || code == 0x2028 || code == 0x2029)
        return (size_t)snprintf(to, room, "\\u%04X", (unsigned)code);
    return 0;
}

/* Quoted, at most 10 bytes for each; NULL after a failure. */
static char *inspect(hb_text *t, const char *text)
{
    const size_t n = strlen(text), room = 10 * n + 3;
    char *out = hb_alloc(room, 1);
    size_t at = 0;
    if (out == NULL) {
        t->status = HB_ERR_MEMORY;
        return NULL;
    }
    out[at++] = '"';
    for (size_t i = 0, taken; i < n; i += taken) {
        uint32_t code;
        taken = hb_utf8_decode(text + i, n - i, &code);
        const size_t escape = inspect_one(code, text[i + taken], out + at, room - at);
        if (escape == 0) memcpy(out + at, text + i, taken);
        at += escape != 0 ? escape : taken;
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}

static void print_contents(hb_text *t, const hb_string_row *row, size_t width)
{
    hb_text_print(t, " %*" PRIu64 "  ", (int)width, row->objects);
    if (row->value == NULL) {
        hb_text_print(t, "(%" PRIu64 " byte%s; --show-values shows them)\n", row->bytes, hb_text_plural(row->bytes));
        return;
    }
    char *text = inspect(t, row->value);
    hb_text_cell(t, text, SIZE_MAX);
    hb_text_print(t, "%s\n", row->is_cut ? ELLIPSIS : "");
    hb_free(text);
}

static void print_strings(hb_text *t, const hb_reading *reading)
{
    const hb_strings_report *equal = &reading->series.equal;
    if (equal->n_top == 0) return;
    const size_t width = digits_of(equal->top[0].objects);
    hb_text_print(t, "\nDuplicate strings\n" RULE "\n\n");
    for (size_t i = 0; i < equal->n_top; i++) {
        print_contents(t, &equal->top[i], width);
        for (size_t k = 0; k < reading->strings[i].n; k++)
            print_place(t, " ", reading->strings[i].rows[k].objects, width, &reading->strings[i].rows[k]);
        hb_text_print(t, "\n");
    }
}

hb_status hb_text_heapy_reading(hb_reading *reading, const char *generation, uint64_t top, FILE *out)
{
    hb_place_list *places = &reading->places;
    uint64_t objects = 0, memsize = 0;
    hb_text t = { .out = out };
    for (size_t i = 0; i < places->n; i++) {
        objects += places->rows[i].objects;
        memsize += places->rows[i].memsize;
    }
    hb_text_print(&t, "\nAnalyzing Heap (Generation: %s)\n-------------------------------\n\n", generation);
    hb_text_print(&t, "allocated by memory (%" PRIu64 ") (in bytes)\n" RULE "\n", memsize);
    hb_place_list_sort(places, HB_PLACES_BY_MEMSIZE);
    print_places(&t, places, HB_PLACES_BY_MEMSIZE, 1, digits_of(places->rows[0].memsize), top);
    hb_text_print(&t, "\nobject count (%" PRIu64 ")\n" RULE "\n", objects);
    hb_place_list_sort(places, HB_PLACES_BY_OBJECTS);
    const size_t width = digits_of(places->rows[0].objects);
    print_places(&t, places, HB_PLACES_BY_OBJECTS, 1, width, top);
    hb_text_print(&t, "\nHigh Ref Counts\n" RULE "\n\n");
    hb_place_list_sort(places, HB_PLACES_BY_REFERENCES);
    print_places(&t, places, HB_PLACES_BY_REFERENCES, 0, width, top);
    print_strings(&t, reading);
    return t.status;
}
