/* The kernel of the line scanner: included once by each scan_<instruction set>.c, after it has defined
 *
 *     BLOCK            bytes in a block, at most 32
 *     block load(p)    the block at p
 *     match(b, c)      mask of the bytes of a block that equal c, lowest byte first
 *     match_brackets   the same for [ \ ] { | }
 *     hex(p, &value)   how many hexadecimal digits stand at p, 16 at most, and the number they write
 *
 * Enters: one line of text, readable HB_SCAN_PADDING bytes past its end. Leaves: an hb_line, or why there is none.
 *
 * Method: recursive descent without the recursion and without a tree. A key is recognised by its first three bytes
 * through a perfect hash and a jump; the case then knows the key's length, so that the processor goes on to the
 * value before the comparison that confirms the key is done. The idea is that of simdjson's On Demand (Keiser and
 * Lemire 2024, doi:10.1002/spe.3313) without its first pass: vectors are used only where strings can be long.
 *
 * Invariant: *last is the '}' that ends the line's text and p <= last between any two steps. Since neither a
 * blank, a digit, a key, a number nor `, "` holds a brace, comparing with any of them stops at last and needs no
 * test for the end; only strings and nested brackets, which may hold braces, test. A line that does not end in '}'
 * is invalid: it is scanned up to its last '}' to tell one that was cut off from one with something after it.
 *
 * Parts: scan_tables.h (keys, types), scan_text.h (strings, skipping), scan_values.h (numbers, references).
 *
 * Memory: 8 bytes a reference, in an array that is used again for the next line. Cost: about 770 instructions for a
 * line of 277 bytes; real dumps at 3.6 to 4.2 GB/s with AVX2 and 1.9 to 2.2 GB/s in words, finding the newlines
 * included, on one core of a shared machine (15 and 3.6 GB/s inside a long string without escapes).
 *
 * Dropped: a struct assignment to reset the hb_line, which gcc made a `rep stos` that took a tenth of the time. */
#ifndef HB_PIPELINE_SCAN_TEMPLATE_H
#define HB_PIPELINE_SCAN_TEMPLATE_H

#include "pipeline/scan_values.h"

#ifdef BLOCK

/* From a key's closing quote to its value. */
HB_SCAN_INLINE const char *colon(scan *s, const char *p)
{
    if (*++p == ':' && p[1] > ' ') return p + 1;
    p = skip_blanks(p);
    return *p == ':' ? skip_blanks(p + 1) : fail(s, p == s->last ? "cut off" : "a key without a colon");
}

static const char *skip_field(scan *s, const char *p)
{
    const char *quote = string_end(p, s->last);
    if (quote == NULL) return fail(s, "cut off");
    p = colon(s, quote);
    return p != NULL ? skip_value(s, p) : NULL;
}

/* A key that is `name`, or the switch is left; `v` is then its value, or NULL. */
#define KEY(name)                                          \
    if (memcmp(p, name "\"", sizeof name) != 0) break;     \
    v = colon(s, p + sizeof name - 1)

/* One field: p is at the first byte of the key, the result after the value, or NULL. */
HB_SCAN_INLINE const char *take_field(scan *s, const char *p)
{
    hb_line *out = s->out;
    hb_view unused;
    const char *v;
    switch ((hb_scan_key)hb_scan_keys[HB_KEY_SLOT(hb_scan_three(p))]) {
    case HB_KEY_ADDRESS: KEY("address"); return take_address(s, v, &out->address, "bad address");
    case HB_KEY_TYPE: KEY("type"); return take_type(s, v);
    case HB_KEY_CLASS: KEY("class"); return take_address(s, v, &out->class_address, "bad class");
    case HB_KEY_REFERENCES: KEY("references"); return take_references(s, v);
    case HB_KEY_FILE: KEY("file"); return take_text(s, v, &out->file, file_end);
    case HB_KEY_LINE: KEY("line"); return take_line(s, v);
    case HB_KEY_METHOD: KEY("method"); return take_text(s, v, &out->method, name_end);
    case HB_KEY_GENERATION: KEY("generation"); return take_generation(s, v);
    case HB_KEY_MEMSIZE: KEY("memsize"); return take_number(s, v, &out->memsize);
    case HB_KEY_FROZEN: KEY("frozen"); return take_flag(s, v, HB_FLAG_FROZEN);
    case HB_KEY_EMBEDDED: KEY("embedded"); return take_flag(s, v, HB_FLAG_EMBEDDED);
    case HB_KEY_SHA:
        if (p[3] == 'r') {
            KEY("shared");
            return take_flag(s, v, HB_FLAG_SHARED);
        }
        if (p[6] == 'i') {
            KEY("shape_id");
            return take_number(s, v, &out->shape_id);
        }
        KEY("shape_type");
        return take_text(s, v, &out->shape_type, name_end);
    case HB_KEY_FSTRING: KEY("fstring"); return take_flag(s, v, HB_FLAG_FSTRING);
    case HB_KEY_SINGLETON: KEY("singleton"); return take_flag(s, v, HB_FLAG_SINGLETON);
    case HB_KEY_BROKEN: KEY("broken"); return take_flag(s, v, HB_FLAG_BROKEN);
    case HB_KEY_BYTESIZE: KEY("bytesize"); return take_number(s, v, &out->size);
    case HB_KEY_LENGTH: KEY("length"); return take_number(s, v, &out->size);
    case HB_KEY_SIZE: KEY("size"); return take_number(s, v, &out->size);
    case HB_KEY_IVARS: KEY("ivars"); return take_number(s, v, &out->ivars);
    case HB_KEY_SLOT_SIZE: KEY("slot_size"); return take_number(s, v, &out->slot_size);
    case HB_KEY_ID:
        KEY("id");
        s->id = v;
        return v != NULL ? skip_value(s, v) : NULL;
    case HB_KEY_NAME: KEY("name"); return take_text(s, v, &out->name, name_end);
    case HB_KEY_STRUCT: KEY("struct"); return take_text(s, v, &out->struct_name, file_end);
    case HB_KEY_REAL_CLASS_NAME: KEY("real_class_name"); return take_text(s, v, &out->real_class_name, file_end);
    case HB_KEY_IMEMO_TYPE: KEY("imemo_type"); return take_text(s, v, &out->imemo_type, name_end);
    case HB_KEY_ROOT: KEY("root"); return take_text(s, v, &out->root, name_end);
    case HB_KEY_ENCODING: KEY("encoding"); return take_text(s, v, &unused, name_end);
    case HB_KEY_NODE_TYPE: KEY("node_type"); return take_text(s, v, &unused, name_end);
    case HB_KEY_CALLED_ID: KEY("called_id"); return take_text(s, v, &unused, name_end);
    case HB_KEY_MID: KEY("mid"); return take_text(s, v, &unused, name_end);
    case HB_KEY_EDGE_NAME: KEY("edge_name"); return take_text(s, v, &out->edge_name, name_end);
    case HB_KEY_PARENT_ID:
        KEY("parent_id");
        s->parent_id = v;
        return v != NULL ? skip_value(s, v) : NULL;
    case HB_KEY_VALUE: KEY("value"); return take_value(s, v);
    case HB_KEY_CODERANGE: KEY("coderange"); return v != NULL ? skip_value(s, v) : NULL;
    case HB_KEY_SUPERCLASS: KEY("superclass"); return v != NULL ? skip_value(s, v) : NULL;
    case HB_KEY_FLAGS: KEY("flags"); return v != NULL ? skip_value(s, v) : NULL;
    case HB_KEY_UNKNOWN: break;
    }
    return skip_field(s, p);
}

/* The fields of the object that opens at p: the result is its closing brace, or NULL. */
HB_SCAN_INLINE const char *take_fields(scan *s, const char *p)
{
    if (*p != '{') return fail(s, "not a JSON object");
    p = skip_blanks(p + 1);
    if (*p == '}') return p;
    for (;;) {
        if (*p != '"') return fail(s, "a key without quotes");
        p = take_field(s, p + 1);
        while (p != NULL && hb_scan_three(p) == COMMA_QUOTE) p = take_field(s, p + 3);
        if (p == NULL) return NULL;
        p = skip_blanks(p);
        if (*p == '}') return p;
        if (*p != ',') return fail(s, "no comma between two fields");
        p = skip_blanks(p + 1);
    }
}

static hb_status finish(scan *s)
{
    hb_line *out = s->out;
    if (!s->typed) return invalid(s, "no type");
    if (out->type == HB_TYPE_ROOT) {
        out->kind = HB_LINE_ROOT;
        out->address = 0;
        return out->root.text != NULL ? HB_OK : invalid(s, "no root name");
    }
    if (out->address == 0) return invalid(s, "no address");
    if (out->type == HB_TYPE_NONE) out->kind = HB_LINE_NONE;
    if (out->type == HB_TYPE_SHAPE) {
        out->kind = HB_LINE_SHAPE;
        if (s->id != NULL && take_number(s, s->id, &out->shape_id) == NULL) return s->status;
        if (s->parent_id != NULL && take_number(s, s->parent_id, &out->parent_id) == NULL) return s->status;
    }
    return HB_OK;
}

/* A line that does not end in a brace: whether it is an object with something after it, or was cut off. */
static hb_status scan_incomplete(scan *s, const char *text, const char *end)
{
    const char *p = text;
    while (p < end && is_blank(*p)) p++;
    if (p == end || *p != '{') return invalid(s, "not a JSON object");
    while (end > p && end[-1] != '}') end--;
    s->last = end - 1;
    int closed = end > p && take_fields(s, p) != NULL;
    if (s->status == HB_ERR_MEMORY) return s->status;
    return invalid(s, closed ? "bytes after the closing brace" : "cut off");
}

static hb_status scan_text(scan *s, const char *text, const char *end)
{
    while (end > text && is_blank(end[-1])) end--;
    if (end == text || end[-1] != '}') return scan_incomplete(s, text, end);
    s->last = end - 1;
    const char *close = take_fields(s, skip_blanks(text));
    if (close == NULL) return s->status;
    return close == s->last ? finish(s) : invalid(s, "bytes after the closing brace");
}

/* As for a line without any key. Field by field: a call of memset or `rep stos` would cost a tenth of the scan. */
static inline void reset(hb_line *out)
{
    const hb_view absent = { NULL, 0 };
    out->kind = HB_LINE_OBJECT;
    out->type = HB_TYPE_UNKNOWN;
    out->address = out->class_address = 0;
    out->memsize = out->size = out->ivars = out->slot_size = 0;
    out->shape_id = out->parent_id = UINT64_MAX;
    out->generation = -1;
    out->line = out->flags = 0;
    out->file = out->method = out->name = out->struct_name = out->real_class_name = absent;
    out->imemo_type = out->root = out->shape_type = out->edge_name = out->value = absent;
    out->n_refs = 0;
}

static hb_status scan_line(const char *text, size_t n, hb_line *out, const char **reason)
{
    reset(out);
    scan s = { .out = out, .status = HB_OK };
    hb_status status = scan_text(&s, text, text + n);
    if (status != HB_OK) *reason = s.reason;
    return status;
}

static size_t find_newline(const char *text, size_t n)
{
    size_t i = 0;
    for (; i + 4 * BLOCK <= n; i += 4 * BLOCK) {
        const char *p = text + i;
        if ((match(load(p), '\n') | match(load(p + BLOCK), '\n') | match(load(p + 2 * BLOCK), '\n') |
             match(load(p + 3 * BLOCK), '\n')) != 0)
            break;
    }
    for (; i + BLOCK <= n; i += BLOCK) {
        const uint64_t found = match(load(text + i), '\n');
        if (found != 0) return i + (size_t)__builtin_ctzll(found);
    }
    if (i == n) return n;
    /* What stands behind the text may be anything, and is not looked at. */
    const uint64_t found = match(load(text + i), '\n') & ((UINT64_C(1) << (n - i)) - 1);
    return found != 0 ? i + (size_t)__builtin_ctzll(found) : n;
}

#endif
#endif
