/* Random dumps whose lines are known before they are written: each is made as a struct of what it means, then spelt as
 * Ruby would spell it, or as no Ruby would. */
#ifndef HB_TESTS_UNIT_COLLECT_DUMP_H
#define HB_TESTS_UNIT_COLLECT_DUMP_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "pipeline/collect.h"
#include "tests/unit/dice.h"

#define MOST_LINES 260
#define MOST_REFS 5

typedef enum kind { OBJECT, ROOT, SHAPE, EMPTY_SLOT, INVALID, BLANK, N_KINDS } kind;

/* How a string is written, and what it is. */
typedef struct spelling {
    const char *written, *meant;
} spelling;

static const spelling names[] = { { "User", "User" }, { "A\\\"B\\\\C", "A\"B\\C" }, { "\\u00e9t\\u00e9", "\xc3\xa9t\xc3\xa9" },
                                  { "#<Class:0x1>", "#<Class:0x1>" }, { "", "" } };
/* Ruby writes these as they are. */
/* Some of the same length, and around the longest that recent_site.h keeps. */
#define LONG_PATH "/usr/lib/ruby/gems/3.1.0/gems/a_gem_with_a_long_name-12.34.56/lib/a_gem_with_a_long_name/adapters/here.rb"
static const char *const files[] = { "app/models/user.rb", "app/models/uses.rb", "odd \"dir\"/pa\\th.rb", "<internal:gc>",
                                     LONG_PATH "1234567", LONG_PATH "123456z", LONG_PATH "12345678", LONG_PATH "1234567z" };
static const char *const structs[] = { "proc", "odd\\struct" };
static const char *const root_names[] = { "vm", "machine_context", "global_list" };
static const char *const invalid[] = { "{", "garbage", "{\"type\":\"STRING\", \"memsize\":40}", "null", "{}", "[1]" };
static const unsigned types[] = { HB_TYPE_STRING, HB_TYPE_CLASS, HB_TYPE_DATA, HB_TYPE_IMEMO, HB_TYPE_HASH, HB_TYPE_ARRAY,
                                  HB_TYPE_OBJECT };
static const char *const shape_types[] = { "IVAR", "ROOT", "IVARS", "FROZEN" };

#define N_OF(table) (sizeof(table) / sizeof *(table))

typedef struct line {
    kind kind;
    uint64_t where, chunk_byte, line_in_chunk;
    uint64_t address, class_address, memsize;
    int64_t generation;
    unsigned type, flags;
    int file, name;           /* -1: none */
    uint32_t number;          /* of the source line */
    uint64_t size, shape, parent, ivars;  /* UINT64_MAX: none */
    int shape_type;           /* -1: none */
    uint64_t refs[MOST_REFS];
    size_t n_refs;
    int last_cut;             /* without newline, at the end */
} line;

typedef struct dump {
    line lines[MOST_LINES];
    size_t n_lines;
    char *text;
    size_t n;
    size_t cuts[MOST_LINES + 1], n_cuts;   /* chunk c is [cuts[c], cuts[c + 1]) */
} dump;

/* --- writing --- */

static void add(dump *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(dump *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    d->n += (size_t)vsprintf(d->text + d->n, format, args);
    va_end(args);
}

static void write_refs(dump *d, const line *l)
{
    if (l->n_refs == 0) return;
    add(d, ", \"references\":[");
    for (size_t i = 0; i < l->n_refs; i++) add(d, "%s\"0x%llx\"", i > 0 ? ", " : "", (unsigned long long)l->refs[i]);
    add(d, "]");
}

static void write_object(dump *d, const line *l)
{
    add(d, "{\"address\":\"0x%llx\", \"type\":\"%s\"", (unsigned long long)l->address, hb_type_name((hb_type)l->type));
    if (l->class_address != 0) add(d, ", \"class\":\"0x%llx\"", (unsigned long long)l->class_address);
    if (l->flags & HB_FLAG_SINGLETON) add(d, ", \"singleton\":true");
    if (l->flags & HB_FLAG_FROZEN) add(d, ", \"frozen\":true");
    if (l->name >= 0 && l->type == HB_TYPE_DATA) add(d, ", \"struct\":\"%s\"", structs[l->name]);
    else if (l->name >= 0)
        add(d, ", \"%s\":\"%s\"", l->type == HB_TYPE_IMEMO ? "imemo_type" : "name", names[l->name].written);
    if (l->size != UINT64_MAX)
        add(d, ", \"%s\":%llu", l->type == HB_TYPE_ARRAY ? "length" : "size", (unsigned long long)l->size);
    if (l->shape != UINT64_MAX) add(d, ", \"shape_id\":%llu", (unsigned long long)l->shape);
    if (l->ivars != UINT64_MAX) add(d, ", \"ivars\":%llu", (unsigned long long)l->ivars);
    write_refs(d, l);
    if (l->file >= 0) add(d, ", \"file\":\"%s\", \"line\":%u", files[l->file], l->number);
    if (l->generation >= 0) add(d, ", \"generation\":%lld", (long long)l->generation);
    if (l->memsize > 0) add(d, ", \"memsize\":%llu", (unsigned long long)l->memsize);
    add(d, ", \"flags\":{\"wb_protected\":true, \"old\":true}}");
}

static void write_shape(dump *d, const line *l)
{
    add(d, "{\"address\":\"0x%llx\", \"type\":\"SHAPE\"", (unsigned long long)l->address);
    if (l->shape != UINT64_MAX) add(d, ", \"id\":%llu", (unsigned long long)l->shape);
    if (l->parent != UINT64_MAX) add(d, ", \"parent_id\":%llu", (unsigned long long)l->parent);
    if (l->shape_type >= 0) add(d, ", \"shape_type\":\"%s\"", shape_types[l->shape_type]);
    if (l->name >= 0) add(d, ",\"edge_name\":\"%s\"", names[l->name].written);
    write_refs(d, l);
    add(d, ", \"memsize\":40}");
}

static void write_line(dump *d, const line *l, dice *r)
{
    switch (l->kind) {
    case OBJECT: write_object(d, l); break;
    case ROOT:
        add(d, "{\"type\":\"ROOT\", \"root\":\"%s\"", root_names[l->name]);
        write_refs(d, l);
        add(d, "}");
        break;
    case SHAPE: write_shape(d, l); break;
    case EMPTY_SLOT: add(d, "{\"address\":\"0x%llx\", \"type\":\"NONE\"}", (unsigned long long)l->address); break;
    case INVALID: add(d, "%s", invalid[roll(r, N_OF(invalid))]); break;
    default: add(d, "%s", chance(r, 2) ? "" : "  \t "); break;
    }
}

static uint64_t random_shape(dice *r)
{
    static const uint64_t odd[] = { UINT64_MAX, HB_SHAPE_IDS - 1, HB_SHAPE_IDS, UINT64_C(1) << 40 };
    return chance(r, 3) ? odd[roll(r, N_OF(odd))] : roll(r, 8);
}

static void random_shape_fields(line *l, dice *r)
{
    static const uint64_t sizes[] = { UINT64_MAX, 0, 7, 26666, UINT32_MAX - 1, UINT32_MAX, UINT64_C(1) << 50 };
    if (l->kind == SHAPE) {
        l->shape = random_shape(r);
        l->parent = random_shape(r);
        l->shape_type = chance(r, 2) ? 0 : (int)roll(r, N_OF(shape_types) + 1) - 1;
        if (!chance(r, 4)) l->name = (int)roll(r, N_OF(names));
    } else if (l->kind == OBJECT && l->type == HB_TYPE_OBJECT) {
        l->shape = random_shape(r);
        l->ivars = chance(r, 4) ? UINT64_MAX : l->n_refs + (chance(r, 3) ? 1 : 0);
    } else if (l->kind == OBJECT && (l->type == HB_TYPE_HASH || l->type == HB_TYPE_ARRAY)) {
        l->size = sizes[roll(r, N_OF(sizes))];
    }
}

static line random_line(dice *r)
{
    static const kind kinds[] = { OBJECT, OBJECT, OBJECT, OBJECT, OBJECT, OBJECT, ROOT, SHAPE, EMPTY_SLOT, INVALID, BLANK };
    line l = { .kind = kinds[roll(r, N_OF(kinds))], .file = -1, .name = -1, .generation = -1,
               .size = UINT64_MAX, .shape = UINT64_MAX, .parent = UINT64_MAX, .ivars = UINT64_MAX, .shape_type = -1 };
    l.address = 0x7f0000000000 + 8 * roll(r, 100000);
    l.type = types[roll(r, N_OF(types))];
    if (l.kind == OBJECT) {
        l.class_address = chance(r, 4) ? 0 : (0x7e0000000000 + 40 * roll(r, 5)) << (chance(r, 9) ? 9 : 0);
        l.memsize = 40 * roll(r, 4) << (chance(r, 9) ? 30 : 0);
        l.flags = (chance(r, 4) ? HB_FLAG_FROZEN : 0u) | (chance(r, 4) ? HB_FLAG_SINGLETON : 0u);
        l.number = (uint32_t)roll(r, 3) * 70000;
        if (!chance(r, 3)) l.file = (int)roll(r, N_OF(files));
        if (!chance(r, 3)) l.generation = (int64_t)roll(r, 9);
        if (chance(r, 2)) l.name = (int)roll(r, l.type == HB_TYPE_DATA ? N_OF(structs) : N_OF(names));
    }
    if (l.kind == ROOT) l.name = (int)roll(r, N_OF(root_names));
    if (l.kind <= SHAPE) l.n_refs = roll(r, MOST_REFS + 1);
    for (size_t i = 0; i < l.n_refs; i++) l.refs[i] = 0x7f0000000000 + 8 * roll(r, 100000);
    random_shape_fields(&l, r);
    return l;
}

/* The last line is whole, cut off, or without its newline only. */
static dump *make_dump(uint64_t seed, size_t n_lines)
{
    dice r = dice_of(seed);
    dump *d = must_alloc(1, sizeof *d);
    int crlf = chance(&r, 5), last_newline = chance(&r, 2), cut_off = !last_newline && chance(&r, 2);
    d->text = must_alloc(n_lines * 700 + 100, 1);
    d->n_lines = n_lines;
    d->cuts[d->n_cuts++] = 0;
    for (size_t i = 0; i < n_lines; i++) {
        line *l = &d->lines[i];
        *l = random_line(&r);
        if (i + 1 == n_lines && cut_off) *l = (line){ .kind = OBJECT, .address = 8, .file = -1, .name = -1,
                                                              .size = UINT64_MAX, .shape = UINT64_MAX, .ivars = UINT64_MAX };
        l->where = d->n;
        l->chunk_byte = d->cuts[d->n_cuts - 1];
        l->line_in_chunk = i > 0 && d->lines[i - 1].chunk_byte == l->chunk_byte ? d->lines[i - 1].line_in_chunk + 1 : 0;
        write_line(d, l, &r);
        if (i + 1 == n_lines && cut_off) {
            /* Before the type is through, so that nothing can be made of it. */
            d->n = l->where + 1 + roll(&r, 30);
            l->kind = INVALID;
            l->n_refs = 0;
        }
        if (i + 1 == n_lines && !last_newline) {
            l->last_cut = l->kind == INVALID;
            /* A blank line of no byte at all is no line. */
            if (d->n == l->where) add(d, " ");
            break;
        }
        add(d, crlf ? "\r\n" : "\n");
        if (i + 1 < n_lines && chance(&r, 8)) d->cuts[d->n_cuts++] = d->n;
    }
    d->cuts[d->n_cuts] = d->n;
    return d;
}

static void free_dump(dump *d)
{
    free(d->text);
    free(d);
}

#endif
