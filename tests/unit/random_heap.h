/* Random heaps: what a dump's lines say, as plain structs that every rank makes alike from a seed, and the staging of
 * a share of them as items. */
#ifndef HB_TESTS_UNIT_RANDOM_HEAP_H
#define HB_TESTS_UNIT_RANDOM_HEAP_H

#include <string.h>

#include "base/wordlist.h"
#include "partition/shard.h"
#include "pipeline/collect.h"
#include "tests/unit/dice.h"

#define HEAP_NAMES 12
#define HEAP_SITES 5
#define HEAP_SHAPES 14

typedef struct heap_line {
    uint64_t address, class_address, where, memsize;
    unsigned type, flags;
    int64_t generation;
    uint32_t site, name;   /* HB_NO_STRING: none; name: the size of a HASH or ARRAY, the shape of an OBJECT */
    size_t first, n;       /* its references */
} heap_line;

typedef struct heap_root {
    uint32_t name;
    uint64_t where;
    size_t first, n;
} heap_root;

typedef struct heap_layout {
    uint64_t parent;       /* UINT64_MAX: none */
    uint32_t ivar;         /* HB_NO_STRING: adds none */
} heap_layout;

typedef enum heap_shape {
    HEAP_SPARSE, HEAP_DENSE, HEAP_LISTS, HEAP_TREE, HEAP_CLASS_CHAIN, HEAP_MIXED, HEAP_STAR, HEAP_N_SHAPES
} heap_shape;

typedef struct heap {
    heap_line *lines;      /* several may have one address: the lowest `where` counts */
    size_t n_lines, n_distinct;
    heap_root *roots;
    size_t n_roots;
    uint64_t *refs;
    size_t n_refs, cap_refs;
    uint64_t *loose;       /* references that are no edges */
    size_t n_loose;
    heap_layout layouts[HEAP_SHAPES];  /* SHAPE lines, by id */
    size_t n_layouts;
    uint64_t bits;         /* all addresses, or-ed together */
} heap;

/* Names of a shape's instance variables, from the last to the first; -1: its chain reaches no root. */
static inline int heap_chain(const heap *h, uint64_t id, uint32_t *names)
{
    int n = 0;
    for (size_t steps = 0; steps <= h->n_layouts; steps++) {
        if (id >= h->n_layouts) return -1;
        if (h->layouts[id].ivar != HB_NO_STRING) names[n++] = h->layouts[id].ivar;
        if (h->layouts[id].parent == UINT64_MAX) return n;
        id = h->layouts[id].parent;
    }
    return -1;
}

/* Mostly one long chain with side branches; now and then a cycle or a parent that is missing. */
static inline void heap_make_layouts(heap *h, dice *d)
{
    h->n_layouts = chance(d, 6) ? 0 : HEAP_SHAPES;
    for (size_t i = 0; i < h->n_layouts; i++) {
        h->layouts[i].parent = i == 0 ? UINT64_MAX : chance(d, 4) ? roll(d, i) : i - 1;
        h->layouts[i].ivar = i == 0 || chance(d, 4) ? HB_NO_STRING : (uint32_t)roll(d, HEAP_NAMES);
        if (chance(d, 12)) h->layouts[i].parent = chance(d, 3) ? UINT64_MAX : roll(d, HEAP_SHAPES + 2);
    }
}

/* A shape with as many instance variables as there are references, if there is one, or any. */
static inline uint32_t heap_layout_for(const heap *h, dice *d, size_t n_refs)
{
    uint32_t names[HEAP_SHAPES + 1], id = (uint32_t)roll(d, HEAP_SHAPES + 3);
    if (chance(d, 5) || n_refs == 0) return HB_NO_STRING;
    for (uint32_t k = 0; k < HEAP_SHAPES && !chance(d, 10); k++, id = (id + 1) % HEAP_SHAPES)
        if (heap_chain(h, id, names) == (int)n_refs) return id;
    return id;
}

static inline int heap_by_word(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Up to n distinct addresses in ascending order; *made says how many. */
static inline uint64_t *heap_addresses(dice *d, size_t n, size_t *made)
{
    uint64_t *all = must_alloc(n, sizeof *all), pages[6];
    const size_t layout = roll(d, 5);
    for (size_t i = 0; i < 6; i++) pages[i] = UINT64_C(0x7f0000000000) + roll(d, 1 << 20) * 65536;
    uint64_t at = 0x7f1200000000;
    for (size_t i = 0; i < n; i++) {
        at += 40 * (1 + (chance(d, 9) ? roll(d, 2000) : 0));
        all[i] = layout == 0 ? at
               : layout == 1 ? (8 + (roll64(d) & 0x7ffffffffff8))
               : layout == 2 ? pages[roll(d, 6)] + 40 * roll(d, 1600)
               : layout == 3 ? 0x8000000 + 20 * roll(d, n * 3)
                             : 1 + (roll64(d) & 0xfffff);
    }
    qsort(all, n, sizeof *all, heap_by_word);
    *made = 0;
    for (size_t i = 0; i < n; i++)
        if (*made == 0 || all[*made - 1] != all[i]) all[(*made)++] = all[i];
    return all;
}

static inline void heap_ref(heap *h, uint64_t address)
{
    if (h->n_refs == h->cap_refs) {
        h->cap_refs = h->cap_refs * 2 + 64;
        h->refs = realloc(h->refs, h->cap_refs * sizeof *h->refs);
        if (h->refs == NULL) exit(2);
    }
    h->refs[h->n_refs++] = address;
}

/* Near objects, far from them, beside their grain, and the ends of the address space. */
static inline uint64_t heap_dangling(dice *d, const uint64_t *addresses, size_t n)
{
    uint64_t near = addresses[roll(d, n)] + roll(d, 64);
    uint64_t far[] = { 0, 1, UINT64_MAX, UINT64_MAX - 7, roll64(d), addresses[0] - 8, addresses[n - 1] + 8 };
    return chance(d, 2) ? near : far[roll(d, sizeof far / sizeof *far)];
}

/* The edges that the shape gives object i; a: addresses in random order. */
static inline void heap_edges(heap *h, dice *d, heap_shape shape, const uint64_t *a, size_t n, size_t i)
{
    if (shape == HEAP_MIXED) shape = i % 2 == 0 ? HEAP_LISTS : (heap_shape)roll(d, HEAP_MIXED);
    size_t n_edges = shape == HEAP_SPARSE ? roll(d, 4) : shape == HEAP_DENSE ? roll(d, 24) : 0;
    for (size_t k = 0; k < n_edges; k++) heap_ref(h, a[roll(d, n)]);
    if (shape == HEAP_LISTS && i + 1 < n) heap_ref(h, a[i + 1]);
    if (shape == HEAP_LISTS && chance(d, 60)) heap_ref(h, a[roll(d, n)]);
    if (shape == HEAP_TREE) {
        if (2 * i + 1 < n) heap_ref(h, a[2 * i + 1]);
        if (2 * i + 2 < n) heap_ref(h, a[2 * i + 2]);
        if (i > 0 && chance(d, 3)) heap_ref(h, a[(i - 1) / 2]);
    }
    if (shape == HEAP_CLASS_CHAIN && chance(d, 10)) heap_ref(h, a[roll(d, n)]);
    if (shape == HEAP_STAR && i == 0)
        for (size_t k = 0; k < n; k++) heap_ref(h, a[k]);
    if (shape == HEAP_STAR && chance(d, 4)) heap_ref(h, a[roll(d, n)]);
    if (chance(d, 12)) heap_ref(h, a[i]);
    if (chance(d, 8)) {
        uint64_t twice = a[roll(d, n)];
        heap_ref(h, twice);
        heap_ref(h, twice);
    }
}

static inline uint64_t heap_class(dice *d, heap_shape shape, const uint64_t *a, size_t n, size_t i)
{
    if (shape == HEAP_CLASS_CHAIN) return a[(i + 1) % n];
    switch (roll(d, 8)) {
    case 0: return 0;
    case 1: return heap_dangling(d, a, n);
    case 2: return a[i];
    case 3: return a[(i + 1) % n];
    default: return a[roll(d, n < 6 ? n : 6)];
    }
}

static inline void heap_fields(heap_line *line, dice *d, unsigned plain_type)
{
    static const unsigned types[] = { HB_TYPE_CLASS, HB_TYPE_MODULE, HB_TYPE_ICLASS, HB_TYPE_IMEMO, HB_TYPE_DATA,
                                      HB_TYPE_STRING, HB_TYPE_ARRAY, HB_TYPE_HASH, HB_TYPE_OBJECT };
    line->type = plain_type < HB_N_TYPES ? plain_type : types[roll(d, sizeof types / sizeof *types)];
    line->flags = roll(d, 3) == 0 ? HB_FLAG_SINGLETON | HB_FLAG_FROZEN : 0;
    line->memsize = chance(d, 20) ? UINT64_C(1) << 40 : 40 * roll(d, 8);
    line->generation = chance(d, 3) ? -1 : (int64_t)roll(d, 20) << (chance(d, 20) ? 40 : 0);
    line->site = chance(d, 3) ? HB_NO_STRING : (uint32_t)roll(d, HEAP_SITES);
    line->name = chance(d, 2) ? HB_NO_STRING : (uint32_t)roll(d, HEAP_NAMES);
}

static inline void heap_shuffle(dice *d, uint64_t *words, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t other = roll(d, i);
        uint64_t word = words[i - 1];
        words[i - 1] = words[other];
        words[other] = word;
    }
}

static inline void heap_make_roots(heap *h, dice *d, heap_shape shape, const uint64_t *a, size_t n)
{
    h->n_roots = roll(d, 7);
    if (shape == HEAP_STAR && h->n_roots == 0) h->n_roots = 1;
    h->roots = must_alloc(h->n_roots, sizeof *h->roots);
    for (size_t r = 0; r < h->n_roots; r++) {
        heap_root *root = &h->roots[r];
        root->name = chance(d, 8) ? HB_NO_STRING : (uint32_t)roll(d, 3);
        root->first = h->n_refs;
        size_t targets = roll(d, 5);
        for (size_t k = 0; k < targets; k++)
            heap_ref(h, chance(d, 6) ? heap_dangling(d, a, n) : a[roll(d, n < 40 ? n : 40)]);
        if (shape == HEAP_STAR && r == 0) heap_ref(h, a[0]);
        root->n = h->n_refs - root->first;
    }
}

/* Where each line stands: ROOT lines first in half of the heaps, anywhere in the others. */
static inline void heap_make_order(heap *h, dice *d)
{
    size_t n = h->n_lines + h->n_roots;
    uint64_t *place = must_alloc(n, sizeof *place);
    for (size_t i = 0; i < n; i++) place[i] = i * 200 + roll(d, 200);
    if (chance(d, 2)) heap_shuffle(d, place, n);
    for (size_t r = 0; r < h->n_roots; r++) h->roots[r].where = place[r];
    for (size_t i = 0; i < h->n_lines; i++) h->lines[i].where = place[h->n_roots + i];
    free(place);
}

static inline void heap_make(heap *h, uint64_t seed, heap_shape shape, size_t n)
{
    dice d = dice_of(seed);
    *h = (heap){ 0 };
    uint64_t *a = heap_addresses(&d, n, &h->n_distinct);
    n = h->n_distinct;
    for (size_t i = 0; i < n; i++) h->bits |= a[i];
    if (chance(&d, 2)) heap_shuffle(&d, a, n);
    heap_make_layouts(h, &d);
    unsigned plain_type = chance(&d, 3) ? HB_TYPE_OBJECT : HB_N_TYPES;
    size_t n_again = chance(&d, 2) ? 0 : 1 + n / 20;
    h->lines = must_alloc(n + n_again, sizeof *h->lines);
    h->n_lines = n + n_again;
    for (size_t i = 0; i < h->n_lines; i++) {
        heap_line *line = &h->lines[i];
        size_t which = i < n ? i : roll(&d, n);
        heap_fields(line, &d, chance(&d, 30) ? HB_N_TYPES : plain_type);
        line->address = a[which];
        line->class_address = heap_class(&d, shape, a, n, which);
        line->first = h->n_refs;
        heap_edges(h, &d, shape, a, n, which);
        if (chance(&d, 15)) heap_ref(h, heap_dangling(&d, a, n));
        line->n = h->n_refs - line->first;
        if (line->type == HB_TYPE_OBJECT) line->name = heap_layout_for(h, &d, line->n);
    }
    heap_make_roots(h, &d, shape, a, n);
    h->n_loose = roll(&d, 6);
    h->loose = must_alloc(h->n_loose, sizeof *h->loose);
    for (size_t i = 0; i < h->n_loose; i++) h->loose[i] = chance(&d, 2) ? a[roll(&d, n)] : heap_dangling(&d, a, n);
    heap_make_order(h, &d);
    free(a);
}

static inline void heap_fini(heap *h)
{
    free(h->lines);
    free(h->roots);
    free(h->refs);
    free(h->loose);
}

static inline hb_status heap_stage_line(const heap *h, const heap_line *line, hb_wordlist *records)
{
    const hb_record record = { .address = line->address, .class_address = line->class_address, .where = line->where,
                               .memsize = line->memsize, .generation = line->generation, .type = line->type,
                               .flags = line->flags, .site = (uint32_t)(line->site + 1), .name = (uint32_t)(line->name + 1) };
    return hb_record_put(records, &record, line->n > 0 ? h->refs + line->first : NULL, line->n) != NULL ? HB_OK : HB_ERR_MEMORY;
}

static inline size_t heap_record_words(const heap_line *line)
{
    const int wide = line->memsize > UINT32_MAX || line->generation > INT32_MAX ||
                     line->class_address > HB_RECORD_48_BITS || line->n > 0x7fff;
    return (wide ? HB_RECORD_WIDE_WORDS : HB_RECORD_WORDS) + line->n;
}

typedef struct heap_stage {
    hb_wordlist records, roots, refs, shapes;
} heap_stage;

static inline void heap_stage_fini(heap_stage *s)
{
    hb_wordlist_fini(&s->records);
    hb_wordlist_fini(&s->roots);
    hb_wordlist_fini(&s->refs);
    hb_wordlist_fini(&s->shapes);
}

/* A line of a shape; a second one comes later in the dump and says something else. */
static inline hb_status heap_stage_layout(const heap *h, size_t id, int again, hb_wordlist *shapes)
{
    uint64_t *item = hb_wordlist_put(shapes, HB_SHAPE_WORDS);
    if (item == NULL) return HB_ERR_MEMORY;
    item[HB_SHAPE_ID] = id;
    item[HB_SHAPE_PARENT] = again ? UINT64_MAX : h->layouts[id].parent;
    item[HB_SHAPE_WHERE] = again ? 5000 : id;
    item[HB_SHAPE_IVAR] = again ? 1 : (uint64_t)(uint32_t)(h->layouts[id].ivar + 1);
    return HB_OK;
}

/* Stages what falls to `rank` of `size` when each line is dealt to a random one; seed: of the deal. */
static inline hb_status heap_stage_share(const heap *h, uint64_t seed, int rank, int size, heap_stage *s)
{
    dice d = dice_of(seed);
    hb_wordlist_init(&s->records, 0);
    hb_wordlist_init(&s->roots, 0);
    hb_wordlist_init(&s->refs, 0);
    hb_wordlist_init(&s->shapes, 0);
    for (size_t i = 0; i < h->n_lines; i++)
        if ((int)roll(&d, (size_t)size) == rank && heap_stage_line(h, &h->lines[i], &s->records) != HB_OK)
            return HB_ERR_MEMORY;
    for (size_t r = 0; r < h->n_roots; r++) {
        if ((int)roll(&d, (size_t)size) != rank) continue;
        for (size_t k = 0; k < h->roots[r].n; k++) {
            uint64_t *item = hb_wordlist_put(&s->roots, HB_ROOT_WORDS);
            if (item == NULL) return HB_ERR_MEMORY;
            item[HB_ROOT_NAME] = h->roots[r].name;
            item[HB_ROOT_WHERE] = h->roots[r].where;
            item[HB_ROOT_TARGET] = h->refs[h->roots[r].first + k];
        }
    }
    for (size_t i = 0; i < 2 * h->n_layouts; i++)
        if ((int)roll(&d, (size_t)size) == rank && heap_stage_layout(h, i / 2, (int)(i % 2), &s->shapes) != HB_OK)
            return HB_ERR_MEMORY;
    for (size_t i = 0; i < h->n_loose; i++) {
        if ((int)roll(&d, (size_t)size) != rank) continue;
        uint64_t *item = hb_wordlist_put(&s->refs, 1);
        if (item == NULL) return HB_ERR_MEMORY;
        *item = h->loose[i];
    }
    return HB_OK;
}

/* The heaps' strings, the same on every rank. */
static inline hb_status heap_strings(hb_intern *sites, hb_intern *names)
{
    char text[32];
    uint32_t id;
    hb_intern_init(sites);
    hb_intern_init(names);
    for (unsigned i = 0; i < HEAP_NAMES; i++) {
        int n = snprintf(text, sizeof text, "Name%u", i);
        if (hb_intern_put(names, text, (size_t)n, &id) != HB_OK) return HB_ERR_MEMORY;
    }
    for (unsigned i = 0; i < HEAP_SITES; i++) {
        int n = snprintf(text, sizeof text, "lib/%u.rb", i);
        memcpy(text + n, "\0\1\2", 3);
        text[n + 3] = (char)i;
        if (hb_intern_put(sites, text, (size_t)n + 4, &id) != HB_OK) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

#endif
