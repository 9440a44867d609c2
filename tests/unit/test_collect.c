/* The collector: random dumps, cut into chunks at random and given in random order; everything that is counted and staged
 * must be what was written. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/collect.h"
#include "tests/unit/collect_dump.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 2718u

/* --- collecting --- */

static hb_status collect_part(hb_collector *c, const dump *d, size_t part)
{
    size_t begin = d->cuts[part], n = d->cuts[part + 1] - begin;
    /* Of exactly the size that a scanner may read, with what could mislead it behind the text. */
    hb_chunk chunk = { .base = must_alloc(HB_CHUNK_HEADER + n + HB_SCAN_PADDING, 1), .cap = n, .n = n, .byte = begin,
                       .final = part + 1 == d->n_cuts };
    memcpy(hb_chunk_text(&chunk), d->text + begin, n);
    memset(hb_chunk_text(&chunk) + n, '"', HB_SCAN_PADDING);
    hb_status status = hb_collect_chunk(c, &chunk);
    free(chunk.base);
    return status;
}

static hb_status collect_all(hb_collector *c, const dump *d, uint64_t seed)
{
    dice r = dice_of(seed);
    size_t order[MOST_LINES + 1];
    for (size_t i = 0; i < d->n_cuts; i++) {
        size_t at = roll(&r, i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    for (size_t i = 0; i < d->n_cuts; i++) {
        hb_status status = collect_part(c, d, order[i]);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

/* --- comparing --- */

static size_t wrong;

static void expect(int ok, const char *what, int at)
{
    if (!ok && wrong++ < 10) printf("\n  line %d: %s", at, what);
}
#define EXPECT(ok) expect((ok) != 0, #ok, __LINE__)

static void check_counts(const hb_collector *c, const dump *d)
{
    hb_collect_counts e = { .bytes = d->n, .lines = d->n_lines };
    uint64_t bits = 0, generations[10][2] = { { 0 } };
    int64_t last = -1;
    for (size_t i = 0; i < d->n_lines; i++) {
        const line *l = &d->lines[i];
        e.references += l->n_refs;
        e.roots += l->kind == ROOT;
        e.shapes += l->kind == SHAPE;
        e.empty_slots += l->kind == EMPTY_SLOT;
        e.invalid_lines += l->kind == INVALID;
        if (l->last_cut) e.cut_off = l->where + 1;
        if (l->kind != OBJECT) continue;
        e.objects++;
        e.memsize += l->memsize;
        e.memsize_mib += l->memsize / 1048576;
        e.type_objects[l->type]++;
        e.type_memsize[l->type] += l->memsize;
        generations[l->generation + 1][0]++;
        generations[l->generation + 1][1] += l->memsize;
        bits |= l->address;
        if (l->generation > last) last = l->generation;
    }
    EXPECT(memcmp(&e, &c->counts, sizeof e) == 0);
    EXPECT(c->address_bits == bits && c->last_generation == last);
    size_t rows = 0;
    for (int64_t g = -1; g < 9; g++) {
        uint64_t key = (uint64_t)g;
        const uint64_t *values = hb_table_find(&c->generations, &key);
        EXPECT((values != NULL) == (generations[g + 1][0] > 0));
        rows += values != NULL;
        if (values != NULL) EXPECT(memcmp(values, generations[g + 1], sizeof generations[0]) == 0);
    }
    EXPECT(c->generations.n == rows && c->chunk_lines.n == d->n_cuts);
    for (size_t i = 0; i < d->n_cuts; i++) {
        uint64_t n = 0;
        for (size_t k = 0; k < d->n_lines; k++) n += d->lines[k].chunk_byte == d->cuts[i];
        /* cppcheck-suppress internalAstError ; it does not parse the compound literal */
        const uint64_t *values = hb_table_find(&c->chunk_lines, &(uint64_t){ d->cuts[i] });
        EXPECT(values != NULL && values[0] == n);
    }
}

static void check_invalid(const hb_collector *c, const dump *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_lines && n < HB_INVALID_EXAMPLES; i++) {
        const line *l = &d->lines[i];
        if (l->kind != INVALID) continue;
        const hb_invalid *seen = &c->invalid[n++];
        EXPECT(n <= c->n_invalid && seen->byte == l->where && seen->chunk_byte == l->chunk_byte);
        EXPECT(n <= c->n_invalid && seen->line == l->line_in_chunk && seen->reason != NULL);
    }
    EXPECT(c->n_invalid == n);
}

static const line *line_at(const dump *d, uint64_t where)
{
    for (size_t i = 0; i < d->n_lines; i++)
        if (d->lines[i].where == where) return &d->lines[i];
    return NULL;
}

static int is_text(const hb_intern *table, uint32_t id, const char *bytes, size_t n)
{
    size_t length;
    if (id >= table->n) return 0;
    const char *text = hb_intern_text(table, id, &length);
    return length == n && memcmp(text, bytes, n) == 0;
}

static int is_site(const hb_collector *c, uint32_t id_or_0, const line *l)
{
    if (l->file < 0) return id_or_0 == 0;
    char text[200];
    size_t n = strlen(files[l->file]);
    assert(n + 4 <= sizeof text);
    memcpy(text, files[l->file], n);
    text[n] = (char)(l->number >> 24);
    text[n + 1] = (char)(l->number >> 16);
    text[n + 2] = (char)(l->number >> 8);
    text[n + 3] = (char)l->number;
    return id_or_0 != 0 && is_text(&c->sites, id_or_0 - 1, text, n + 4);
}

static int is_name(const hb_collector *c, uint32_t id_or_0, const line *l)
{
    const int has_name = l->type == HB_TYPE_CLASS || l->type == HB_TYPE_MODULE || l->type == HB_TYPE_ICLASS ||
                         l->type == HB_TYPE_DATA || l->type == HB_TYPE_IMEMO;
    if (l->name < 0 || !has_name) return id_or_0 == 0;
    const char *meant = l->type == HB_TYPE_DATA ? structs[l->name] : names[l->name].meant;
    return id_or_0 != 0 && is_text(&c->names, id_or_0 - 1, meant, strlen(meant));
}

/* A size, saturated, or the shape of an object whose references are all its instance variables. */
static uint32_t expected_in_place_of_name(const line *l)
{
    if (l->type != HB_TYPE_OBJECT) return l->size == UINT64_MAX ? 1 : l->size >= UINT32_MAX - 1 ? UINT32_MAX : (uint32_t)l->size + 1;
    return l->shape < HB_SHAPE_IDS && l->n_refs > 0 && l->ivars == l->n_refs ? (uint32_t)l->shape + 1 : 0;
}

static void check_shapes(const hb_collector *c, const dump *d)
{
    uint64_t n = 0, expected = 0;
    for (size_t i = 0; i < d->n_lines; i++) expected += d->lines[i].kind == SHAPE && d->lines[i].shape < HB_SHAPE_IDS;
    for (size_t b = 0; b < c->shapes.n; b++)
        for (size_t at = 0; at < c->shapes.blocks[b].n; at += HB_SHAPE_WORDS) {
            const uint64_t *item = c->shapes.blocks[b].words + at;
            const line *l = line_at(d, item[HB_SHAPE_WHERE]);
            n++;
            EXPECT(c->shapes.blocks[b].tag == 3 && l != NULL && l->kind == SHAPE);
            if (l == NULL) continue;
            EXPECT(item[HB_SHAPE_ID] == l->shape && item[HB_SHAPE_PARENT] == l->parent);
            if (l->shape_type != 0 || l->name < 0) EXPECT(item[HB_SHAPE_IVAR] == 0);
            else EXPECT(item[HB_SHAPE_IVAR] != 0 && is_text(&c->names, (uint32_t)item[HB_SHAPE_IVAR] - 1,
                                                            names[l->name].meant, strlen(names[l->name].meant)));
        }
    EXPECT(n == expected);
}

static void check_records(const hb_collector *c, const dump *d)
{
    uint64_t n = 0;
    for (size_t b = 0; b < c->records.n; b++) {
        const hb_block *block = &c->records.blocks[b];
        EXPECT(block->tag == 3);
        for (const uint64_t *item = block->words; item < block->words + block->n; item += hb_record_size(item)) {
            const line *l = line_at(d, hb_record_where(item));
            n++;
            EXPECT(l != NULL && l->kind == OBJECT);
            if (l == NULL) continue;
            EXPECT(item[HB_RECORD_ADDRESS] == l->address && hb_record_class(item) == l->class_address);
            EXPECT(hb_record_memsize(item) == l->memsize && hb_record_generation(item) == l->generation);
            EXPECT(hb_record_type(item) == l->type && hb_record_flags(item) == l->flags);
            EXPECT(!hb_record_is_lost(item) && hb_record_n_refs(item) == l->n_refs);
            EXPECT(memcmp(hb_record_refs(item), l->refs, l->n_refs * sizeof *item) == 0);
            EXPECT(is_site(c, hb_record_site(item), l));
            const uint32_t name = hb_record_name(item);
            EXPECT(hb_record_is_named(item) ? is_name(c, name, l) : name == expected_in_place_of_name(l));
        }
    }
    EXPECT(n == c->counts.objects);
}

static void check_roots(const hb_collector *c, const dump *d)
{
    uint64_t n = 0, expected = 0;
    for (size_t i = 0; i < d->n_lines; i++) expected += d->lines[i].kind == ROOT ? d->lines[i].n_refs : 0;
    for (size_t b = 0; b < c->roots.n; b++)
        for (size_t at = 0; at < c->roots.blocks[b].n; at += HB_ROOT_WORDS) {
            const uint64_t *item = c->roots.blocks[b].words + at;
            const line *l = line_at(d, item[HB_ROOT_WHERE]);
            n++;
            EXPECT(l != NULL && l->kind == ROOT);
            if (l == NULL || l->kind != ROOT) continue;
            size_t times = 0;
            for (size_t k = 0; k < l->n_refs; k++) times += l->refs[k] == item[HB_ROOT_TARGET];
            EXPECT(times > 0);
            EXPECT(is_text(&c->names, (uint32_t)item[HB_ROOT_NAME], root_names[l->name], strlen(root_names[l->name])));
        }
    EXPECT(n == expected);
}

static void check_idents(const hb_collector *c, const dump *d, hb_identity identity)
{
    size_t taken = 0, block = 0, at = 0;
    /* Chunk by chunk in the order given, so each line's item is looked for among all. */
    for (size_t i = 0; i < d->n_lines; i++) {
        const line *l = &d->lines[i];
        if (l->kind != OBJECT) continue;
        uint64_t site = l->file < 0 ? 0 : hb_hash_bytes(files[l->file], strlen(files[l->file]), l->number);
        uint64_t word = hb_identity_word(identity, l->type, l->class_address, site, l->generation);
        int found = 0;
        for (block = 0; block < c->idents.n; block++)
            for (at = 0; at < c->idents.blocks[block].n; at += HB_IDENT_WORDS) {
                const uint64_t *item = c->idents.blocks[block].words + at;
                found |= item[HB_IDENT_ADDRESS] == l->address && item[HB_IDENT_WORD] == word;
            }
        EXPECT(found);
        taken++;
    }
    EXPECT(hb_wordlist_words(&c->idents) == taken * HB_IDENT_WORDS);
}

static int by_word(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* References that are no edges: of SHAPE lines; in the other mode of every line. */
static void check_refs(const hb_collector *c, const dump *d)
{
    uint64_t expected[MOST_LINES * MOST_REFS], got[MOST_LINES * MOST_REFS];
    size_t n = 0, m = 0;
    for (size_t i = 0; i < d->n_lines; i++)
        for (size_t k = 0; k < d->lines[i].n_refs; k++)
            if (c->mode == HB_COLLECT_IDENTITY || d->lines[i].kind == SHAPE) expected[n++] = d->lines[i].refs[k];
    EXPECT(hb_wordlist_words(&c->refs) == n);
    if (hb_wordlist_words(&c->refs) != n) return;
    for (size_t b = 0; b < c->refs.n; b++)
        for (size_t at = 0; at < c->refs.blocks[b].n; at++) got[m++] = c->refs.blocks[b].words[at];
    qsort(expected, n, sizeof *expected, by_word);
    qsort(got, m, sizeof *got, by_word);
    EXPECT(memcmp(expected, got, n * sizeof *got) == 0);
}

static void check_dump(const dump *d, uint64_t seed, hb_collect_mode mode, hb_identity identity)
{
    hb_collector c;
    hb_collector_init(&c, mode, identity, &hb_limits_default, 3);
    EXPECT(collect_all(&c, d, seed) == HB_OK);
    check_counts(&c, d);
    check_invalid(&c, d);
    check_refs(&c, d);
    if (mode == HB_COLLECT_FULL) {
        check_records(&c, d);
        check_roots(&c, d);
        check_shapes(&c, d);
        EXPECT(c.idents.n == 0);
    } else {
        check_idents(&c, d, identity);
        EXPECT(c.records.n == 0 && c.roots.n == 0 && c.sites.n == 0 && c.names.n == 0);
    }
    hb_collector_fini(&c);
}

static void test_random_dumps(void)
{
    wrong = 0;
    for (uint64_t k = 0; k < 100; k++) {
        size_t before = wrong;
        dump *d = make_dump(SEED + k, k < 20 ? 1 + k : MOST_LINES - k);
        for (uint64_t order = 0; order < 3; order++) check_dump(d, k * 3 + order, HB_COLLECT_FULL, HB_IDENTITY_STRICT);
        for (hb_identity i = HB_IDENTITY_STRICT; i <= HB_IDENTITY_ADDRESS; i++) check_dump(d, k, HB_COLLECT_IDENTITY, i);
        if (wrong != before) printf("\n  seed %llu", (unsigned long long)(SEED + k));
        free_dump(d);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* A dump of one line, cut behind every byte: cut off until it is whole; the newline is nothing of its own. */
static void test_every_cut(void)
{
    static const char whole[] = "{\"type\":\"ROOT\", \"root\":\"vm\", \"references\":[\"0x8\"]}\n"
                                "{\"address\":\"0x8\", \"type\":\"STRING\", \"class\":\"0x10\", \"memsize\":40}\n";
    const size_t first = strlen(whole) - strlen(strchr(whole, '\n') + 1), full = sizeof whole - 1;
    for (size_t n = 1; n <= full; n++) {
        dump *d = must_alloc(1, sizeof *d);
        hb_collector c;
        d->text = must_alloc(n, 1);
        memcpy(d->text, whole, n);
        d->n_cuts = 1;
        d->cuts[1] = n;
        hb_collector_init(&c, HB_COLLECT_FULL, HB_IDENTITY_STRICT, &hb_limits_default, 0);
        CU_ASSERT_EQUAL(collect_part(&c, d, 0), HB_OK);
        CU_ASSERT_EQUAL(c.counts.lines, n <= first ? 1 : 2);
        CU_ASSERT_EQUAL(c.counts.bytes, n);
        if (n >= full - 1) CU_ASSERT(c.counts.cut_off == 0 && c.counts.objects == 1 && c.counts.invalid_lines == 0);
        if (n == first || n == first - 1) CU_ASSERT(c.counts.cut_off == 0 && c.counts.roots == 1);
        if (n > first && n < first + 20) CU_ASSERT(c.counts.cut_off == first + 1 && c.counts.invalid_lines == 1);
        if (n < 8) CU_ASSERT(c.counts.cut_off == 1 && c.counts.invalid_lines == 1 && c.invalid[0].byte == 0);
        hb_collector_fini(&c);
        free_dump(d);
    }
}

static void test_memory(void)
{
    dump *d = make_dump(SEED + 300, 60);
    for (int mode = 0; mode < 2; mode++)
        for (uint64_t nth = 1;; nth++) {
            hb_collector c;
            hb_memory_fail_at(nth, 1);
            hb_collector_init(&c, (hb_collect_mode)mode, HB_IDENTITY_STRICT, &hb_limits_default, 0);
            hb_status status = collect_all(&c, d, 1);
            hb_memory_fail_at(0, 0);
            hb_collector_fini(&c);
            if (status == HB_OK) {
                CU_ASSERT(nth > 8);
                break;
            }
            CU_ASSERT_EQUAL_FATAL(status, HB_ERR_MEMORY);
        }
    free_dump(d);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "random dumps", test_random_dumps }, { "every cut", test_every_cut }, { "out of memory", test_memory },
        CU_TEST_INFO_NULL
    };
    printf("seeds from %u\n", SEED);
    return hb_suite_run("collect", tests);
}
