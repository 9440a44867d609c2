#include "report/text_strings.h"

#include <inttypes.h>

#define ELLIPSIS "\xe2\x80\xa6"

static int has_contents(const hb_strings_report *strings)
{
    for (size_t i = 0; i < strings->n_top; i++)
        if (strings->top[i].value != NULL) return 1;
    return 0;
}

/* Contents in quotes, so that blanks at their ends can be seen. */
static char *contents_of(hb_text *t, const hb_string_row *row)
{
    return row->value != NULL ? hb_text_format(t, "\"%s\"%s", row->value, row->is_cut ? ELLIPSIS : "") : NULL;
}

static void print_sentence(hb_text *t, const hb_strings_report *strings)
{
    char count[HB_TEXT_NUMBER], all[HB_TEXT_NUMBER], bytes[HB_TEXT_NUMBER];
    hb_text_print(t, "\nEqual strings: %s of %s string%s (%s) repeat%s what an earlier one of the dump holds\n",
                  hb_text_count(count, strings->duplicate_objects), hb_text_count(all, strings->objects),
                  hb_text_plural(strings->objects), hb_text_bytes(bytes, strings->duplicate_memsize),
                  strings->duplicate_objects == 1 ? "s" : "");
    if (strings->without_value != 0)
        hb_text_print(t, "  %s %s not tell %s contents\n", hb_text_count(count, strings->without_value),
                      strings->without_value == 1 ? "does" : "do", strings->without_value == 1 ? "its" : "their");
}

void hb_text_strings(hb_text *t, const hb_series_report *series)
{
    const hb_strings_report *strings = &series->equal;
    const hb_text_heads heads = { "length", "first object", has_contents(strings) ? "contents" : NULL };
    char number[HB_TEXT_NUMBER];
    hb_text_row rows[HB_TEXT_ROWS];
    size_t n = 0;
    if (!strings->is_there) return;
    print_sentence(t, strings);
    for (; n < strings->n_top && n < t->rows; n++) {
        const hb_string_row *row = &strings->top[n];
        rows[n] = (hb_text_row){ row->objects, row->memsize, hb_text_format(t, "%s", hb_text_count(number, row->bytes)),
                                 hb_text_format(t, "0x%" PRIx64, row->first), contents_of(t, row) };
    }
    if (n != 0) hb_text_table(t, &heads, rows, n);
}
