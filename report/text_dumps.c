/* The growth table. Of very many dumps the first and the latest are shown; every change is to the dump before,
 * shown or not. */
#include "report/text_dumps.h"

#include <assert.h>
#include <string.h>

#include "report/rate.h"
#include "report/text_rate.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define NAME_COLUMNS 32   /* at most */
#define ERROR_COLUMNS 60
#define PATH_COLUMNS 70
#define EXAMPLES_SHOWN 3

static size_t common_directory(const hb_series_report *series)
{
    const char *first = series->dumps[0].path;
    size_t common = strlen(first);
    for (size_t i = 1; i < series->n_dumps; i++) {
        size_t same = 0;
        while (same < common && first[same] == series->dumps[i].path[same]) same++;
        common = same;
    }
    while (common != 0 && first[common - 1] != '/') common--;
    return common;
}

const char *hb_text_dump_name(const hb_series_report *series, size_t dump)
{
    return series->dumps[dump].path + common_directory(series);
}

static const char *status_word(const hb_dump_report *dump)
{
    if (dump->left_out != NULL) return "left out";
    return dump->status == HB_DUMP_OK ? "" : dump->status == HB_DUMP_TRUNCATED ? "truncated" : "failed";
}

/* before: the dump analysed before this one, or NULL. */
static void print_dump(hb_text *t, const char *name, size_t columns, const hb_dump_report *dump,
                       const hb_dump_report *before)
{
    char number[HB_TEXT_NUMBER];
    hb_text_print(t, "  ");
    hb_text_padded(t, name, columns);
    hb_text_print(t, "  %-9s", status_word(dump));
    if (dump->status == HB_DUMP_FAILED) {
        hb_text_print(t, "  ");
        hb_text_cell(t, dump->error != NULL ? dump->error : "unknown error", ERROR_COLUMNS);
        hb_text_print(t, "\n");
        return;
    }
    hb_text_print(t, "  %11s", hb_text_count(number, dump->objects));
    hb_text_print(t, "  %9s", hb_text_bytes(number, dump->memsize));
    if (before != NULL) {
        hb_text_print(t, "  %11s", hb_text_count_change(number, before->objects, dump->objects));
        hb_text_print(t, "  %10s", hb_text_bytes_change(number, before->memsize, dump->memsize));
    }
    hb_text_print(t, "\n");
}

/* Over which time the compared dumps were taken, and what that makes an hour. */
static void print_rate(hb_text *t, const hb_series_report *series)
{
    const hb_dump_report *first = NULL, *last = NULL;
    char took[HB_TEXT_NUMBER];
    hb_trend rate;
    for (size_t i = 0; i < series->n_dumps; i++)
        if (series->dumps[i].compared && series->dumps[i].has_time) {
            last = &series->dumps[i];
            if (first == NULL) first = last;
        }
    const hb_status status = hb_series_rate(series, &rate);
    if (status != HB_OK) t->status = status;
    if (status != HB_OK || !rate.has_slope) return;
    assert(last != NULL); /* a slope is of two dumps or more */
    hb_text_print(t, "  taken over %s (by %s): ",
                  hb_text_duration(took, (uint64_t)last->taken_at_ms - (uint64_t)first->taken_at_ms),
                  hb_time_source_name(last->time_source));
    hb_text_print_rate(t, &rate);
    hb_text_print(t, "\n");
}

void hb_text_growth(hb_text *t, const hb_series_report *series)
{
    size_t n = series->n_dumps, columns = strlen("dump");
    if (n == 0) return;
    size_t directory = common_directory(series);
    size_t skip_from = n, skip_to = n;
    if (n > HB_TEXT_DUMPS) {
        skip_from = HB_TEXT_FIRST_DUMPS;
        skip_to = n - (HB_TEXT_DUMPS - HB_TEXT_FIRST_DUMPS);
    }
    for (size_t i = 0; i < n; i++) {
        size_t width = hb_text_width(t, series->dumps[i].path + directory, NAME_COLUMNS);
        if (width > columns) columns = width;
    }
    hb_text_print(t, "  %-*s  %-9s  %11s  %9s  %11s  %10s\n", (int)columns, "dump", "", "objects", "size", "change",
                  "change");
    const hb_dump_report *before = NULL;
    for (size_t i = 0; i < n; i++) {
        const hb_dump_report *dump = &series->dumps[i];
        if (i == skip_from) hb_text_print(t, "  " ELLIPSIS " %zu more\n", skip_to - skip_from);
        if (i < skip_from || i >= skip_to) print_dump(t, dump->path + directory, columns, dump, before);
        if (dump->compared) before = dump;
    }
    print_rate(t, series);
}

void hb_text_invalid_lines(hb_text *t, const hb_series_report *series)
{
    char number[HB_TEXT_NUMBER];
    for (size_t i = 0; i < series->n_dumps; i++) {
        const hb_dump_report *dump = &series->dumps[i];
        if (dump->invalid_lines == 0) continue;
        hb_text_print(t, "  ");
        hb_text_cell(t, dump->path, PATH_COLUMNS);
        hb_text_print(t, ": %s line%s could not be read\n", hb_text_count(number, dump->invalid_lines),
                      hb_text_plural(dump->invalid_lines));
        for (size_t k = 0; k < dump->n_invalid && k < EXAMPLES_SHOWN; k++) {
            hb_text_print(t, "    line %s", hb_text_count(number, dump->invalid[k].line));
            hb_text_print(t, ", byte %s: ", hb_text_count(number, dump->invalid[k].byte));
            hb_text_cell(t, dump->invalid[k].reason, PATH_COLUMNS);
            hb_text_print(t, "\n");
        }
    }
}
