/* The pen of the text report: numbers for people, cells of a width, tables.
 *
 * Errors are sticky, as a FILE's are: after a failed allocation nothing more is written, and the status is looked at
 * once, at the end. Text from a dump ("raw" below) goes through hb_text_cell and the tables only; hb_text_print
 * is for our own words and numbers. */
#ifndef HB_REPORT_TEXT_OUT_H
#define HB_REPORT_TEXT_OUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

#define HB_TEXT_COLUMNS 100
#define HB_TEXT_NUMBER 32  /* bytes for any formatted number */

#define HB_TEXT_ROWS 10    /* rows of a ranking, at most */

typedef struct hb_text {
    FILE *out;
    hb_status status;
    size_t rows;           /* of a ranking: --top, at most HB_TEXT_ROWS */
} hb_text;

/* One row of a ranking. The text is raw and owned by the row; NULL is an empty cell. */
typedef struct hb_text_row {
    uint64_t objects, memsize;
    char *middle, *what, *where;
} hb_text_row;

/* The columns after objects and size; NULL leaves a column out. */
typedef struct hb_text_heads {
    const char *middle, *what, *where;
} hb_text_heads;

void hb_text_print(hb_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Formats raw text; hb_free it. NULL after a failure, which every function below takes as nothing to print. */
char *hb_text_format(hb_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* raw escaped for a terminal, and cut in its middle, marked with an ellipsis, where it is wider than `columns`.
 * One column a character: wide and combining ones are not told apart. *used may be NULL; hb_free the result. */
char *hb_text_fit(hb_text *t, const char *raw, size_t columns, size_t *used);

/* Prints raw, fitted; returns the columns it took. */
size_t hb_text_cell(hb_text *t, const char *raw, size_t columns);

/* The same, followed by spaces up to `columns`. */
void hb_text_padded(hb_text *t, const char *raw, size_t columns);

/* The columns that hb_text_cell would take. */
size_t hb_text_width(hb_text *t, const char *raw, size_t columns);

/* Prints raw, fitted to `columns` in all, in lines that begin at column `start`, where the pen is, and are broken at
 * blanks. No newline at its end. */
void hb_text_wrapped(hb_text *t, const char *raw, size_t start, size_t columns);

/* "1,234,567"; "12.3 MB", powers of ten; both return buffer. */
const char *hb_text_count(char buffer[HB_TEXT_NUMBER], uint64_t value);
const char *hb_text_bytes(char buffer[HB_TEXT_NUMBER], uint64_t bytes);

/* The same for to - from, with a sign; "0" or "0 B" without one. */
const char *hb_text_count_change(char buffer[HB_TEXT_NUMBER], uint64_t from, uint64_t to);
const char *hb_text_bytes_change(char buffer[HB_TEXT_NUMBER], uint64_t from, uint64_t to);

/* Rounded; 100 only for all of it. 0 where whole is 0. */
unsigned hb_text_percent(uint64_t part, uint64_t whole);

/* "s" unless n is 1. */
const char *hb_text_plural(uint64_t n);

/* A heading and n rows, two spaces in; frees the rows' text. */
void hb_text_table(hb_text *t, const hb_text_heads *heads, hb_text_row *rows, size_t n);

#endif
