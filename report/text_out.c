/* Words, numbers and cells on one FILE. Widths are counted in characters of the escaped text, so nothing that a
 * dump contains can move what stands beside it by more than a wide character does. */
#include "report/text_out.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/memory.h"
#include "report/utf8.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define INDENT 2
#define OBJECTS_COLUMNS 11
#define BYTES_COLUMNS 9
#define GAP 2
#define MIDDLE_COLUMNS 24  /* at most */
#define WHAT_COLUMNS 30    /* at most */

void hb_text_print(hb_text *t, const char *format, ...)
{
    if (t->status != HB_OK) return;
    va_list args;
    va_start(args, format);
    vfprintf(t->out, format, args);
    va_end(args);
}

char *hb_text_format(hb_text *t, const char *format, ...)
{
    if (t->status != HB_OK) return NULL;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = n < 0 ? NULL : hb_alloc((size_t)n + 1, 1);
    if (text == NULL) {
        t->status = HB_ERR_MEMORY;
        return NULL;
    }
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return text;
}

static int starts_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

static size_t count_characters(const char *text, size_t n)
{
    size_t characters = 0;
    for (size_t i = 0; i < n; i++) characters += (size_t)starts_character(text[i]);
    return characters;
}

/* The byte at which the character numbered `character` begins. */
static size_t offset_of(const char *text, size_t character)
{
    size_t at = 0;
    for (size_t seen = 0;; at++) {
        if (text[at] == '\0') return at;
        if (starts_character(text[at]) && seen++ == character) return at;
    }
}

/* Keeps a third of the room for the beginning and the rest for the end, where paths and names differ. */
static void cut_middle(char *text, size_t length, size_t characters, size_t columns)
{
    assert(columns >= 4 && characters > columns);
    size_t head = (columns - 1) / 3, tail = columns - 1 - head;
    size_t head_end = offset_of(text, head), tail_start = offset_of(text, characters - tail);
    /* Two ASCII characters left out are too few bytes for an ellipsis. */
    if (tail_start - head_end >= sizeof ELLIPSIS - 1) {
        memcpy(text + head_end, ELLIPSIS, sizeof ELLIPSIS - 1);
        head_end += sizeof ELLIPSIS - 1;
    } else {
        text[head_end++] = '~';
    }
    memmove(text + head_end, text + tail_start, length - tail_start + 1);
}

char *hb_text_fit(hb_text *t, const char *raw, size_t columns, size_t *used)
{
    if (used != NULL) *used = 0;
    if (raw == NULL || t->status != HB_OK) return NULL;
    size_t length, characters;
    char *text = hb_utf8_escape_terminal(raw, strlen(raw), &length);
    if (text == NULL) {
        t->status = HB_ERR_MEMORY;
        return NULL;
    }
    characters = count_characters(text, length);
    if (characters > columns) {
        cut_middle(text, length, characters, columns);
        characters = columns;
    }
    if (used != NULL) *used = characters;
    return text;
}

size_t hb_text_cell(hb_text *t, const char *raw, size_t columns)
{
    size_t used;
    char *text = hb_text_fit(t, raw, columns, &used);
    if (text != NULL) hb_text_print(t, "%s", text);
    hb_free(text);
    return used;
}

void hb_text_padded(hb_text *t, const char *raw, size_t columns)
{
    size_t used = hb_text_cell(t, raw, columns);
    hb_text_print(t, "%*s", (int)(columns - used), "");
}

size_t hb_text_width(hb_text *t, const char *raw, size_t columns)
{
    size_t used;
    hb_free(hb_text_fit(t, raw, columns, &used));
    return used;
}

void hb_text_wrapped(hb_text *t, const char *raw, size_t start, size_t columns)
{
    size_t column = start;
    char *text = hb_text_fit(t, raw, columns, NULL);
    for (const char *word = text; word != NULL && *word != '\0';) {
        size_t n = strcspn(word, " "), characters = count_characters(word, n);
        if (column > start && column + 1 + characters > HB_TEXT_COLUMNS) {
            hb_text_print(t, "\n%*s", (int)start, "");
            column = start;
        } else if (word != text) {
            hb_text_print(t, " ");
            column++;
        }
        /* A word that is wider than a line. */
        for (size_t room; characters > (room = HB_TEXT_COLUMNS - column); characters -= room, column = start) {
            const size_t piece = offset_of(word, room);
            hb_text_print(t, "%.*s\n%*s", (int)piece, word, (int)start, "");
            word += piece;
            n -= piece;
        }
        hb_text_print(t, "%.*s", (int)n, word);
        column += characters;
        word += n;
        word += *word == ' ';
    }
    hb_free(text);
}

const char *hb_text_count(char buffer[HB_TEXT_NUMBER], uint64_t value)
{
    char digits[24];
    size_t n = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, value), used = 0;
    for (size_t i = 0; i < n; i++) {
        if (i != 0 && (n - i) % 3 == 0) buffer[used++] = ',';
        buffer[used++] = digits[i];
    }
    buffer[used] = '\0';
    return buffer;
}

const char *hb_text_bytes(char buffer[HB_TEXT_NUMBER], uint64_t bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
    size_t unit = 0;
    double value = (double)bytes;
    while (value >= (unit == 0 ? 1000 : 999.95)) {
        value /= 1000;
        unit++;
    }
    snprintf(buffer, HB_TEXT_NUMBER, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return buffer;
}

typedef const char *number_format(char buffer[HB_TEXT_NUMBER], uint64_t value);

static const char *signed_change(char buffer[HB_TEXT_NUMBER], uint64_t from, uint64_t to, number_format *format)
{
    if (to == from) return format(buffer, 0);
    buffer[0] = to > from ? '+' : '-';
    char magnitude[HB_TEXT_NUMBER];
    format(magnitude, to > from ? to - from : from - to);
    memcpy(buffer + 1, magnitude, sizeof magnitude - 1);
    return buffer;
}

const char *hb_text_count_change(char buffer[HB_TEXT_NUMBER], uint64_t from, uint64_t to)
{
    return signed_change(buffer, from, to, hb_text_count);
}

const char *hb_text_bytes_change(char buffer[HB_TEXT_NUMBER], uint64_t from, uint64_t to)
{
    return signed_change(buffer, from, to, hb_text_bytes);
}

unsigned hb_text_percent(uint64_t part, uint64_t whole)
{
    if (whole == 0) return 0;
    if (part >= whole) return 100;
    unsigned percent = (unsigned)((double)part * 100 / (double)whole + 0.5);
    return percent < 100 ? percent : 99;
}

const char *hb_text_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void print_row(hb_text *t, const hb_text_heads *heads, const hb_text_row *row, size_t middle, size_t what)
{
    char objects[HB_TEXT_NUMBER], size[HB_TEXT_NUMBER];
    size_t left = INDENT + OBJECTS_COLUMNS + GAP + BYTES_COLUMNS;
    hb_text_print(t, "  %*s  %*s", OBJECTS_COLUMNS, hb_text_count(objects, row->objects), BYTES_COLUMNS,
                  hb_text_bytes(size, row->memsize));
    if (heads->middle != NULL) {
        hb_text_print(t, "  ");
        hb_text_padded(t, row->middle, middle);
        left += GAP + middle;
    }
    hb_text_print(t, "  ");
    if (heads->where != NULL) {
        hb_text_padded(t, row->what, what);
        hb_text_print(t, "  ");
        hb_text_cell(t, row->where, HB_TEXT_COLUMNS - left - GAP - what - GAP);
    } else {
        hb_text_cell(t, row->what, HB_TEXT_COLUMNS - left - GAP);
    }
    hb_text_print(t, "\n");
}

void hb_text_table(hb_text *t, const hb_text_heads *heads, hb_text_row *rows, size_t n)
{
    size_t middle = heads->middle != NULL ? strlen(heads->middle) : 0, what = strlen(heads->what);
    for (size_t i = 0; i < n; i++) {
        middle = larger(middle, hb_text_width(t, rows[i].middle, MIDDLE_COLUMNS));
        what = larger(what, hb_text_width(t, rows[i].what, WHAT_COLUMNS));
    }
    hb_text_print(t, "  %*s  %*s", OBJECTS_COLUMNS, "objects", BYTES_COLUMNS, "size");
    if (heads->middle != NULL) hb_text_print(t, "  %-*s", (int)middle, heads->middle);
    if (heads->where != NULL)
        hb_text_print(t, "  %-*s  %s\n", (int)what, heads->what, heads->where);
    else
        hb_text_print(t, "  %s\n", heads->what);
    for (size_t i = 0; i < n; i++) {
        print_row(t, heads, &rows[i], middle, what);
        hb_free(rows[i].middle);
        hb_free(rows[i].what);
        hb_free(rows[i].where);
    }
}
