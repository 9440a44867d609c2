/* The line scanner: both versions against each other, and against a JSON parser where the line is JSON. */
#include <jansson.h>
#include <string.h>

#include "pipeline/scan.h"
#include "tests/fuzz/fuzz.h"

static int same_view(hb_view a, hb_view b)
{
    return (a.text == NULL) == (b.text == NULL) && a.n == b.n && (a.n == 0 || memcmp(a.text, b.text, a.n) == 0);
}

static int same_texts(const hb_line *a, const hb_line *b)
{
    return same_view(a->file, b->file) && same_view(a->method, b->method) && same_view(a->name, b->name) &&
           same_view(a->struct_name, b->struct_name) && same_view(a->real_class_name, b->real_class_name) &&
           same_view(a->imemo_type, b->imemo_type) && same_view(a->root, b->root) &&
           same_view(a->shape_type, b->shape_type) && same_view(a->edge_name, b->edge_name) && same_view(a->value, b->value);
}

static int same_numbers(const hb_line *a, const hb_line *b)
{
    return a->kind == b->kind && a->type == b->type && a->address == b->address && a->class_address == b->class_address &&
           a->memsize == b->memsize && a->size == b->size && a->ivars == b->ivars && a->shape_id == b->shape_id &&
           a->parent_id == b->parent_id && a->slot_size == b->slot_size && a->generation == b->generation &&
           a->line == b->line && a->flags == b->flags && a->n_refs == b->n_refs &&
           (a->n_refs == 0 || memcmp(a->refs, b->refs, a->n_refs * sizeof *a->refs) == 0);
}

/* "0x..." as the scanner reads it; 0 for anything else. */
static uint64_t address_of(const json_t *value)
{
    const char *text = value != NULL ? json_string_value(value) : NULL;
    return text != NULL && strncmp(text, "0x", 2) == 0 ? strtoull(text + 2, NULL, 16) : 0;
}

static void compare_with_json(const char *text, size_t n, const hb_line *line)
{
    json_error_t error;
    json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!json_is_object(object)) {
        json_decref(object);
        return;
    }
    const json_t *references = json_object_get(object, "references"), *memsize = json_object_get(object, "memsize");
    const size_t n_refs = references != NULL ? json_array_size(references) : 0;
    if (line->kind != HB_LINE_ROOT) DEMAND(line->address == address_of(json_object_get(object, "address")));
    DEMAND(line->class_address == address_of(json_object_get(object, "class")));
    DEMAND(line->n_refs == n_refs);
    for (size_t i = 0; i < n_refs; i++) DEMAND(line->refs[i] == address_of(json_array_get(references, i)));
    if (json_is_integer(memsize)) DEMAND(line->memsize == (uint64_t)json_integer_value(memsize));
    json_decref(object);
}

static void try_line(const hb_scanner *best, const hb_scanner *portable, const char *text, size_t n)
{
    hb_line a, b;
    const char *why_a = NULL, *why_b = NULL;
    hb_line_init(&a, &hb_limits_default);
    hb_line_init(&b, &hb_limits_default);
    const hb_status first = best->line(text, n, &a, &why_a), second = portable->line(text, n, &b, &why_b);
    DEMAND(first == second);
    if (first == HB_OK) {
        DEMAND(same_numbers(&a, &b) && same_texts(&a, &b));
        compare_with_json(text, n, &a);
    } else {
        DEMAND(first == HB_ERR_DATA && strcmp(why_a, why_b) == 0);
    }
    hb_line_fini(&a);
    hb_line_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const hb_scanner *best = hb_scanner_best(), *portable = hb_scanner_named("portable");
    char *text = malloc(n + HB_SCAN_PADDING);
    DEMAND(text != NULL);
    if (n != 0) memcpy(text, bytes, n);
    memset(text + n, '"', HB_SCAN_PADDING);
    for (size_t at = 0; at < n;) {
        const size_t length = best->newline(text + at, n - at);
        DEMAND(length == portable->newline(text + at, n - at));
        try_line(best, portable, text + at, length);
        at += length + 1;
    }
    free(text);
    return 0;
}
