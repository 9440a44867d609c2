/* A line through all scanners, from a buffer that ends HB_SCAN_PADDING bytes after it, once for each kind of hostile padding: all
 * must agree. */
#ifndef HB_TESTS_UNIT_SCAN_CHECK_H
#define HB_TESTS_UNIT_SCAN_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/scan.h"
#include "tests/unit/suite.h"

#define N_OF(table) (sizeof(table) / sizeof *(table))
#define REAL_ADDRESS "{\"address\":\"0x7f0000000028\", \"type\":\"OBJECT\", "

static const char *const paddings[] = { "\"", "}", "0", "f\"]}", ", \"line\":9}", "\\", "\n", "\0" };

/* Text in a buffer of exactly n + HB_SCAN_PADDING bytes, so that AddressSanitizer sees a read too far. */
static inline char *padded(const char *text, size_t n, const char *padding)
{
    char *copy = malloc(n + HB_SCAN_PADDING);
    size_t cycle = padding[0] != '\0' ? strlen(padding) : 1;
    memcpy(copy, text, n);
    for (size_t i = 0; i < HB_SCAN_PADDING; i++) copy[n + i] = padding[i % cycle];
    return copy;
}

static inline int same_view(hb_view a, hb_view b, const char *a_text, const char *b_text)
{
    if (a.text == NULL || b.text == NULL) return a.text == b.text && a.n == b.n;
    return a.n == b.n && a.text - a_text == b.text - b_text;
}

static inline int same_line(const hb_line *a, const hb_line *b, const char *a_text, const char *b_text)
{
    return a->kind == b->kind && a->type == b->type && a->address == b->address &&
           a->class_address == b->class_address && a->memsize == b->memsize && a->size == b->size &&
           a->ivars == b->ivars && a->shape_id == b->shape_id && a->slot_size == b->slot_size && a->parent_id == b->parent_id &&
           a->generation == b->generation && a->line == b->line && a->flags == b->flags &&
           same_view(a->file, b->file, a_text, b_text) && same_view(a->method, b->method, a_text, b_text) &&
           same_view(a->name, b->name, a_text, b_text) &&
           same_view(a->struct_name, b->struct_name, a_text, b_text) &&
           same_view(a->real_class_name, b->real_class_name, a_text, b_text) &&
           same_view(a->imemo_type, b->imemo_type, a_text, b_text) &&
           same_view(a->shape_type, b->shape_type, a_text, b_text) &&
           same_view(a->edge_name, b->edge_name, a_text, b_text) &&
           same_view(a->value, b->value, a_text, b_text) &&
           same_view(a->root, b->root, a_text, b_text) && a->n_refs == b->n_refs &&
           (a->n_refs == 0 || memcmp(a->refs, b->refs, a->n_refs * sizeof *a->refs) == 0);
}

/* Whether this scanner on this padding gives what the first scan gave. */
static inline int agrees(const hb_scanner *scanner, const char *text, size_t n, const char *padding, hb_status status,
                  const char *reason, const hb_line *expected, const char *expected_text)
{
    hb_line line;
    const char *why = NULL;
    hb_line_init(&line, &hb_limits_default);
    char *copy = padded(text, n, padding);
    int same = scanner->line(copy, n, &line, &why) == status;
    if (same) same = status == HB_OK ? same_line(&line, expected, copy, expected_text) : strcmp(why, reason) == 0;
    free(copy);
    hb_line_fini(&line);
    if (!same) printf("\n%s, padding %s: %.*s\n", scanner->name, padding, (int)(n < 1000 ? n : 1000), text);
    return same;
}

/* Scans with the portable scanner, then compares all others. *copy is what views point into; the caller frees it. */
static inline hb_status scan_padded(const char *text, size_t n, size_t n_paddings, hb_line *line, const char **reason,
                             char **copy)
{
    const hb_scanner *portable = hb_scanner_named("portable"), *avx2 = hb_scanner_named("avx2");
    *reason = "";
    *copy = padded(text, n, "\"");
    hb_status status = portable->line(*copy, n, line, reason);
    int same = 1;
    for (size_t i = 0; i < n_paddings; i++) {
        same &= agrees(portable, text, n, paddings[i], status, *reason, line, *copy);
        if (avx2 != NULL) same &= agrees(avx2, text, n, paddings[i], status, *reason, line, *copy);
    }
    CU_ASSERT_TRUE(same);
    return status;
}

static inline void render_view(FILE *out, const char *name, hb_view view)
{
    if (view.text != NULL) fprintf(out, " %s=[%.*s]", name, (int)view.n, view.text);
}

static inline void render_number(FILE *out, const char *name, uint64_t number, uint64_t absent)
{
    if (number != absent) fprintf(out, " %s=%llu", name, (unsigned long long)number);
}

static inline void render(FILE *out, const hb_line *line)
{
    static const char *const kinds[] = { "OBJECT", "ROOT", "SHAPE", "NONE" };
    static const char *const flags[] = { "frozen", "embedded", "shared", "fstring", "singleton", "broken" };
    fprintf(out, "%s %s", kinds[line->kind], hb_type_name(line->type));
    if (line->address != 0) fprintf(out, " address=%llx", (unsigned long long)line->address);
    if (line->class_address != 0) fprintf(out, " class=%llx", (unsigned long long)line->class_address);
    render_number(out, "memsize", line->memsize, 0);
    render_number(out, "size", line->size, 0);
    render_number(out, "ivars", line->ivars, 0);
    render_number(out, "shape", line->shape_id, UINT64_MAX);
    render_number(out, "parent", line->parent_id, UINT64_MAX);
    render_number(out, "slot", line->slot_size, 0);
    render_number(out, "generation", (uint64_t)line->generation, UINT64_MAX);
    render_number(out, "line", line->line, 0);
    for (size_t i = 0; i < N_OF(flags); i++)
        if (line->flags >> i & 1) fprintf(out, " %s", flags[i]);
    render_view(out, "file", line->file);
    render_view(out, "method", line->method);
    render_view(out, "name", line->name);
    render_view(out, "struct", line->struct_name);
    render_view(out, "real_class_name", line->real_class_name);
    render_view(out, "imemo_type", line->imemo_type);
    render_view(out, "root", line->root);
    render_view(out, "shape_type", line->shape_type);
    render_view(out, "edge_name", line->edge_name);
    for (size_t i = 0; i < line->n_refs; i++)
        fprintf(out, "%s%llx", i == 0 ? " refs=" : ",", (unsigned long long)line->refs[i]);
}

/* A line rendered, or the reason why there is none. */
static inline void check_text(const char *text, size_t n, const char *expected)
{
    hb_line line;
    const char *reason;
    char *copy, rendered[4096] = "";
    hb_line_init(&line, &hb_limits_default);
    FILE *out = fmemopen(rendered, sizeof rendered, "w");
    if (scan_padded(text, n, N_OF(paddings), &line, &reason, &copy) == HB_OK)
        render(out, &line);
    else
        fputs(reason, out);
    fclose(out);
    if (strcmp(rendered, expected) != 0) printf("\n%s\n  is       %s\n  expected %s\n", text, rendered, expected);
    CU_ASSERT_STRING_EQUAL(rendered, expected);
    free(copy);
    hb_line_fini(&line);
}

#endif
