/* Questions to indexes that are made up: rankings, and objects that fit a filter, against a plain search through the columns; numbers that
 * contradict each other are found out or do no harm; and no leak when memory fails. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "index/around.h"
#include "index/pen.h"
#include "index/piece.h"
#include "index/ranking.h"
#include "index/select.h"
#include "partition/pagemap.h"
#include "pipeline/site.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 20261201u
#define N_NAMES 4
#define N_SITES 3

static const char *const names[N_NAMES] = { "Array", "Session", "String", "proc" };
static const struct { const char *path; uint32_t line; } sites[N_SITES] = {
    { "/app/cache.rb", 3 }, { "/app/cache.rb", 4 }, { "/lib/my_cache.rb", 3 }
};

/* The columns of an index, a word an item. */
typedef struct columns {
    uint64_t *items[HB_INDEX_NAME_END];
    uint64_t n[HB_INDEX_NAME_END];
} columns;

static columns columns_of(uint64_t n, uint64_t n_targets, uint64_t n_root_edges, uint64_t n_roots, uint64_t n_ivars)
{
    columns c;
    for (unsigned s = 0; s < HB_INDEX_NAME_END; s++) {
        c.n[s] = s <= HB_INDEX_RETAINED_OBJECTS ? n : s == HB_INDEX_FIRST ? n + 1 : s == HB_INDEX_TARGET ? n_targets
               : s == HB_INDEX_ROOT_EDGES ? n_root_edges : s == HB_INDEX_ROOT_NAME ? n_roots : n_ivars;
        c.items[s] = must_alloc(c.n[s], sizeof *c.items[s]);
    }
    return c;
}

/* The section has n zeros then. */
static void columns_resize(columns *c, hb_index_section section, uint64_t n)
{
    free(c->items[section]);
    c->items[section] = must_alloc(n, sizeof *c->items[section]);
    c->n[section] = n;
}

static void columns_fini(columns *c)
{
    for (unsigned s = 0; s < HB_INDEX_NAME_END; s++) free(c->items[s]);
}

static void put_texts(hb_index_pen *pen)
{
    char text[256];
    uint64_t ends[N_NAMES + N_SITES], n = 0;
    for (size_t i = 0; i < N_NAMES; i++) {
        memcpy(text + n, names[i], strlen(names[i]));
        ends[i] = n += strlen(names[i]);
    }
    hb_index_pen_put(pen, ends, N_NAMES * sizeof *ends);
    hb_index_pen_end(pen, HB_INDEX_NAME_END);
    hb_index_pen_put(pen, text, n);
    hb_index_pen_end(pen, HB_INDEX_NAME_TEXT);
    n = 0;
    for (size_t i = 0; i < N_SITES; i++) {
        hb_site_pack(sites[i].path, strlen(sites[i].path), sites[i].line, text + n);
        ends[i] = n += strlen(sites[i].path) + HB_SITE_LINE_BYTES;
    }
    hb_index_pen_put(pen, ends, N_SITES * sizeof *ends);
    hb_index_pen_end(pen, HB_INDEX_SITE_END);
    hb_index_pen_put(pen, text, n);
    hb_index_pen_end(pen, HB_INDEX_SITE_TEXT);
}

static hb_index open_index(const columns *c)
{
    const int fd = memfd_create("index", MFD_CLOEXEC);
    const hb_index_origin origin = { .damage = "" };
    hb_index_pen pen;
    hb_index index;
    hb_index_pen_init(&pen, fd, "index", NULL);
    for (unsigned s = 0; s < HB_INDEX_NAME_END; s++) {
        for (uint64_t i = 0; i < c->n[s]; i++) hb_index_pen_put(&pen, &c->items[s][i], hb_index_item_bytes((hb_index_section)s));
        hb_index_pen_end(&pen, (hb_index_section)s);
    }
    put_texts(&pen);
    CU_ASSERT_EQUAL_FATAL(hb_index_pen_finish(&pen, &origin), HB_OK);
    hb_index_pen_fini(&pen);
    CU_ASSERT_EQUAL_FATAL(hb_index_open(fd, "index", &index, NULL), HB_OK);
    return index;
}

/* --- rankings --- */

static int by_figure(const void *a, const void *b)
{
    const hb_ranked *x = a, *y = b;
    if (x->figure != y->figure) return x->figure < y->figure ? 1 : -1;
    return x->id < y->id ? -1 : 1;
}

static void test_ranking(void)
{
    dice d = dice_of(SEED);
    for (int k = 0; k < 60; k++) {
        const size_t n = roll(&d, 20000), span = 1 + roll(&d, k % 2 == 0 ? 10 : 100000), top = k % 5 == 0 ? 0 : 1 + roll(&d, 2000);
        hb_ranked *all = must_alloc(n, sizeof *all);
        hb_ranking ranking = { .top = top };
        for (size_t i = 0; i < n; i++) {
            all[i] = (hb_ranked){ roll(&d, span), (uint32_t)i * 3 };
            CU_ASSERT_EQUAL(hb_ranking_add(&ranking, all[i].figure, all[i].id), HB_OK);
        }
        hb_ranking_finish(&ranking);
        qsort(all, n, sizeof *all, by_figure);
        CU_ASSERT(ranking.n_all == n && ranking.n == (top != 0 && top < n ? top : n));
        for (size_t i = 0; i < ranking.n; i++) CU_ASSERT(ranking.rows[i].figure == all[i].figure && ranking.rows[i].id == all[i].id);
        hb_ranking_fini(&ranking);
        free(all);
    }
}

/* --- filters --- */

/* Objects without references. */
static columns make_heap(dice *d, uint64_t n)
{
    static const unsigned types[] = { HB_TYPE_STRING, HB_TYPE_ARRAY, HB_TYPE_DATA, HB_TYPE_IMEMO, HB_TYPE_OBJECT, HB_TYPE_HASH };
    columns c = columns_of(n, 0, 0, 1, 0);
    for (uint64_t i = 0; i < n; i++) {
        c.items[HB_INDEX_ADDRESS][i] = (i == 0 ? 8 : c.items[HB_INDEX_ADDRESS][i - 1]) + 8 * (1 + roll(d, 5));
        c.items[HB_INDEX_TYPE][i] = types[roll(d, sizeof types / sizeof *types)];
        c.items[HB_INDEX_CLASS][i] = HB_NO_ID;
        c.items[HB_INDEX_CLASS_NAME][i] = chance(d, 3) ? HB_NO_STRING : roll(d, N_NAMES);
        c.items[HB_INDEX_SITE][i] = chance(d, 3) ? HB_NO_STRING : roll(d, N_SITES);
        c.items[HB_INDEX_NAME][i] = chance(d, 3) ? HB_NO_STRING : roll(d, N_NAMES);
        c.items[HB_INDEX_MEMSIZE][i] = 40 * roll(d, 9);
        c.items[HB_INDEX_RETAINED_MEMSIZE][i] = chance(d, 4) ? 0 : c.items[HB_INDEX_MEMSIZE][i] + 8 * roll(d, 1000);
        c.items[HB_INDEX_DISTANCE][i] = HB_UNREACHED;
        c.items[HB_INDEX_PARENT][i] = HB_NO_PARENT;
        c.items[HB_INDEX_VIA][i] = HB_NO_STRING;
        c.items[HB_INDEX_IDOM][i] = HB_NO_ID;
    }
    return c;
}

/* By its words, one after the other. */
static int is_meant(const columns *c, uint64_t i, const hb_filter *f)
{
    const uint64_t type = c->items[HB_INDEX_TYPE][i], class_name = c->items[HB_INDEX_CLASS_NAME][i], name = c->items[HB_INDEX_NAME][i];
    const uint64_t site = c->items[HB_INDEX_SITE][i];
    const int is_own = type == HB_TYPE_DATA || type == HB_TYPE_IMEMO;
    if (f->has_type && type != f->type) return 0;
    if (f->class_name != NULL && !(class_name < N_NAMES && strcmp(names[class_name], f->class_name) == 0) &&
        !(is_own && name < N_NAMES && strcmp(names[name], f->class_name) == 0)) return 0;
    if (f->file != NULL) {
        if (site >= N_SITES || sites[site].line != f->line) return 0;
        const size_t n = strlen(sites[site].path);
        if (n < f->n_file || strcmp(sites[site].path + n - f->n_file, f->file) != 0) return 0;
        if (n > f->n_file && sites[site].path[n - f->n_file - 1] != '/') return 0;
    }
    return c->items[HB_INDEX_MEMSIZE][i] >= f->min_memsize && c->items[HB_INDEX_RETAINED_MEMSIZE][i] >= f->min_retained;
}

static void check_filter(const columns *c, hb_index *index, const hb_filter *f, hb_select_order order, uint64_t top)
{
    hb_selection got;
    hb_ranked *all = must_alloc(index->n, sizeof *all);
    uint64_t n = 0, memsize = 0;
    for (uint64_t i = 0; i < index->n; i++) {
        if (!is_meant(c, i, f)) continue;
        const uint64_t figures[] = { c->items[HB_INDEX_RETAINED_MEMSIZE][i], c->items[HB_INDEX_MEMSIZE][i], 0 };
        all[n++] = (hb_ranked){ figures[order], (uint32_t)i };
        memsize += c->items[HB_INDEX_MEMSIZE][i];
    }
    qsort(all, n, sizeof *all, by_figure);
    CU_ASSERT_EQUAL_FATAL(hb_select(index, f, order, top, &got, NULL), HB_OK);
    CU_ASSERT(got.objects == n && got.memsize == memsize && got.n == (top != 0 && top < n ? top : n));
    for (size_t i = 0; i < got.n; i++) CU_ASSERT_EQUAL(got.ids[i], all[i].id);
    hb_selection_fini(&got);
    free(all);
}

static hb_filter make_filter(dice *d)
{
    static const char *const files[] = { "cache.rb", "/app/cache.rb", "app/cache.rb", "my_cache.rb", "ache.rb" };
    hb_filter f = { .line = 3 + (uint32_t)roll(d, 2) };
    if (chance(d, 2)) f.has_type = 1;
    f.type = chance(d, 2) ? HB_TYPE_STRING : HB_TYPE_DATA;
    if (chance(d, 2)) f.class_name = chance(d, 6) ? "None" : names[roll(d, N_NAMES)];
    if (f.class_name != NULL) f.n_class_name = strlen(f.class_name);
    if (chance(d, 2)) f.file = files[roll(d, sizeof files / sizeof *files)];
    if (f.file != NULL) f.n_file = strlen(f.file);
    if (chance(d, 2)) f.min_memsize = 40 * roll(d, 11);
    if (chance(d, 2)) f.min_retained = 8 * roll(d, 1200);
    return f;
}

static void test_filters(void)
{
    static const uint64_t sizes[] = { 0, 1, 2, 500, HB_INDEX_PIECE - 1, HB_INDEX_PIECE, HB_INDEX_PIECE + 1, 3 * HB_INDEX_PIECE + 17 };
    dice d = dice_of(SEED + 1);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        columns c = make_heap(&d, sizes[s]);
        hb_index index = open_index(&c);
        for (int k = 0; k < 40; k++) {
            hb_filter f = make_filter(&d);
            if (k == 0) f = (hb_filter){ 0 };
            check_filter(&c, &index, &f, (hb_select_order)(k % 3), k % 4 == 0 ? 0 : 1 + roll(&d, 300));
        }
        hb_index_close(&index);
        columns_fini(&c);
    }
}

static void test_find(void)
{
    dice d = dice_of(SEED + 2);
    for (uint64_t n = 0; n < 40; n++) {
        columns c = make_heap(&d, n);
        hb_index index = open_index(&c);
        uint64_t next = 0;
        for (uint64_t address = 0; address < 48 * (n + 1); address += 8) {
            uint32_t id, expected = HB_NO_ID;
            if (next < n && c.items[HB_INDEX_ADDRESS][next] == address) expected = (uint32_t)next++;
            CU_ASSERT(hb_look_find(&index, address, &id, NULL) == HB_OK && id == expected);
        }
        CU_ASSERT_EQUAL(next, n);
        hb_index_close(&index);
        columns_fini(&c);
    }
}

/* --- what contradicts itself --- */

/* Any numbers, most of them such as might be there. */
static columns make_nonsense(dice *d, uint64_t n)
{
    columns c = columns_of(n, 3 * n, n, 2, 5);
    for (unsigned s = 0; s < HB_INDEX_NAME_END; s++)
        for (uint64_t i = 0; i < c.n[s]; i++) {
            const uint64_t id = chance(d, 30) ? roll64(d) : roll(d, n + 1), few = chance(d, 60) ? roll64(d) : roll(d, N_SITES), none = UINT64_MAX;
            uint64_t value = few;
            if (s == HB_INDEX_TYPE) value = chance(d, 40) ? roll(d, 256) : chance(d, 2) ? HB_TYPE_OBJECT : roll(d, HB_N_TYPES);
            if (s == HB_INDEX_CLASS || s == HB_INDEX_TARGET || s == HB_INDEX_IDOM) value = chance(d, 4) ? none : id;
            if (s == HB_INDEX_PARENT) value = chance(d, 8) ? HB_PARENT_ROOT | few : chance(d, 40) ? none : id << 1 | roll(d, 2);
            if (s == HB_INDEX_FIRST) value = i * c.n[HB_INDEX_TARGET] / (n + 1);
            if (s == HB_INDEX_FIRST && chance(d, 9)) value = chance(d, 6) ? roll64(d) : roll(d, c.n[HB_INDEX_TARGET] + 1);
            if (s == HB_INDEX_ROOT_EDGES) value = few | id << 32;
            if (s == HB_INDEX_ROOT_NAME) value = roll(d, N_NAMES);   /* is checked when it is opened */
            if (s == HB_INDEX_ADDRESS) value = i * 8;
            c.items[s][i] = value;
        }
    return c;
}

static void test_nonsense(void)
{
    dice d = dice_of(SEED + 3);
    size_t good = 0, bad = 0;
    for (int k = 0; k < 400; k++) {
        columns c = make_nonsense(&d, 1 + roll(&d, 60));
        hb_index index = open_index(&c);
        for (uint32_t id = 0; id < index.n; id++) {
            hb_around around;
            hb_known *steps;
            size_t n;
            hb_error err;
            hb_error_clear(&err);
            hb_status status = hb_look_around(&index, id, id % 3, &around, &err);
            CU_ASSERT(status == HB_OK || (status == HB_ERR_DATA && err.message[0] != '\0' && around.references.rows == NULL));
            if (status == HB_OK) hb_around_fini(&around);
            good += status == HB_OK;
            status = hb_look_path(&index, id, &steps, &n, NULL);
            CU_ASSERT(status == HB_OK || (status == HB_ERR_DATA && steps == NULL));
            bad += status != HB_OK;
            hb_free(steps);
        }
        hb_index_close(&index);
        columns_fini(&c);
    }
    CU_ASSERT(good > 100 && bad > 100);
}

/* A list that is longer than what is followed item by item, and the same with its end joined to its beginning. */
static void test_long_chains(void)
{
    enum { N = 5000 };
    dice d = dice_of(SEED + 4);
    columns c = make_heap(&d, N);
    for (int circle = 0; circle < 2; circle++) {
        for (uint64_t i = 0; i < N; i++) {
            const uint64_t above = i * 7 % N, id = (i + 1) * 7 % N;   /* 7 and N have no common divisor */
            c.items[HB_INDEX_DISTANCE][id] = (i + 2) % N;
            c.items[HB_INDEX_PARENT][id] = id == 0 && !circle ? HB_PARENT_ROOT : above << 1;
            c.items[HB_INDEX_IDOM][id] = id == 0 && !circle ? HB_NO_ID : above;
        }
        const uint32_t last = (N - 1) * 7 % N;
        hb_index index = open_index(&c);
        hb_known *steps;
        hb_look_list list;
        size_t n;
        const hb_status wanted = circle ? HB_ERR_DATA : HB_OK;
        CU_ASSERT_EQUAL(hb_look_path(&index, last, &steps, &n, NULL), wanted);
        CU_ASSERT_EQUAL(n, circle ? 0 : N);
        for (size_t i = 0; i < n; i++) CU_ASSERT_EQUAL(steps[i].gid, i * 7 % N);
        CU_ASSERT_EQUAL(hb_look_dominators(&index, last, 10, &list, NULL), wanted);
        CU_ASSERT(list.n_all == (circle ? 0 : N - 1) && list.n == (circle ? 0 : 10));
        for (size_t i = 0; i < list.n; i++) CU_ASSERT_EQUAL(list.rows[i].object.gid, (N - 2 - i) * 7 % N);
        hb_look_list_fini(&list);
        hb_free(steps);
        hb_index_close(&index);
    }
    columns_fini(&c);
}

/* Objects whose references fill several pieces: one has most of them, and a second one begins within a piece. */
static void test_many_references(void)
{
    enum { N = 4, N_FIRST = 2 * HB_INDEX_PIECE + 9, N_ALL = 3 * HB_INDEX_PIECE + 1 };
    dice d = dice_of(SEED + 6);
    columns c = make_heap(&d, N);
    columns_resize(&c, HB_INDEX_TARGET, N_ALL);
    size_t dangling = 0;
    for (uint64_t i = 0; i < N_ALL; i++) {
        c.items[HB_INDEX_TARGET][i] = i % 3 == 2 ? HB_NO_ID : i % 3;
        dangling += i % 3 == 2 && i < N_FIRST;
    }
    const uint64_t first[N + 1] = { 0, N_FIRST, N_FIRST, N_ALL, N_ALL };
    memcpy(c.items[HB_INDEX_FIRST], first, sizeof first);
    c.items[HB_INDEX_TYPE][0] = HB_TYPE_ARRAY;
    hb_index index = open_index(&c);
    hb_around around;
    CU_ASSERT_EQUAL_FATAL(hb_look_around(&index, 0, 5, &around, NULL), HB_OK);
    CU_ASSERT(around.references.n_all == N_FIRST && around.n_dangling == dangling && around.references.n == 5);
    for (size_t i = 0; i < around.references.n; i++) CU_ASSERT_EQUAL(around.references.rows[i].object.gid, i % 2);
    CU_ASSERT(around.referrers.references == 2 && around.referrers.n == 2);
    for (size_t i = 0; i < around.referrers.n; i++) CU_ASSERT(around.referrers.rows[i].object.gid % 2 == 0);
    hb_around_fini(&around);
    CU_ASSERT_EQUAL_FATAL(hb_look_around(&index, 3, 0, &around, NULL), HB_OK);
    CU_ASSERT(around.references.n_all == 0 && around.referrers.references == 0);
    hb_around_fini(&around);
    CU_ASSERT_EQUAL_FATAL(hb_look_around(&index, 2, 0, &around, NULL), HB_OK);
    CU_ASSERT(around.references.n_all == N_ALL - N_FIRST && around.references.n == around.references.n_all - around.n_dangling);
    hb_around_fini(&around);
    hb_index_close(&index);
    columns_fini(&c);
}

/* --- without memory --- */

static hb_status ask_all(hb_index *index)
{
    static const hb_filter filter = { .file = "cache.rb", .n_file = 8, .line = 3 };
    hb_around around;
    hb_selection selection;
    hb_known *steps;
    size_t n;
    hb_status status = hb_look_around(index, 3, 5, &around, NULL);
    if (status != HB_OK) return status;
    hb_around_fini(&around);
    status = hb_look_path(index, 3, &steps, &n, NULL);
    hb_free(steps);
    if (status != HB_OK) return status;
    status = hb_select(index, &filter, HB_SELECT_BY_RETAINED, 10, &selection, NULL);
    hb_selection_fini(&selection);
    return status;
}

static void test_memory(void)
{
    dice d = dice_of(SEED + 5);
    columns c = make_heap(&d, 3000);
    hb_index index = open_index(&c);
    hb_status status = HB_ERR_MEMORY;
    uint64_t nth = 1;
    for (; status == HB_ERR_MEMORY && nth < 200; nth++) {
        hb_memory_fail_at(nth, 0);
        status = ask_all(&index);
        hb_memory_fail_at(0, 0);
    }
    CU_ASSERT(status == HB_OK && nth > 20);
    hb_index_close(&index);
    columns_fini(&c);
}

int main(void)
{
    CU_TestInfo tests[] = { { "rankings", test_ranking }, { "filters", test_filters }, { "find", test_find }, { "nonsense", test_nonsense },
                            { "long chains", test_long_chains }, { "many references", test_many_references },
                            { "without memory", test_memory }, CU_TEST_INFO_NULL };
    return hb_suite_run("look", tests);
}
