/* The index of random heaps: the same file for all ranks together and for one alone, and in it what the heap has. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "graph/known.h"
#include "index/write.h"
#include "tests/unit/graph_way.h"

/* A heap and its index, made by the ranks of `world`. */
typedef struct indexed {
    way w;
    hb_dominators d;
    int fd;                  /* on rank 0 */
} indexed;

static hb_knowledge knowledge_of(const indexed *x)
{
    return (hb_knowledge){ &x->w.shard, &x->w.bfs, &x->d, NULL };
}

static const hb_index_origin origin = { .bytes = 1, .modified_s = 2, .modified_ns = 3, .limits = 4, .invalid_lines = 5, .damage = "none" };

static hb_status make_trees(const heap *h, uint64_t seed, int n_threads, indexed *x)
{
    hb_status status;
    memset(&x->d, 0, sizeof x->d);
    HB_TRY(way_to_search(h, seed, n_threads, &x->w));
    HB_TRY(hb_dominators_find(world, &x->w.graph, &x->w.bfs, n_threads, &x->d));
out:
    return status;
}

static hb_status write_index(indexed *x, int n_threads)
{
    hb_knowledge knowledge = knowledge_of(x);
    hb_error err;
    hb_error_clear(&err);
    x->fd = hb_comm_rank(world) == 0 ? memfd_create("index", MFD_CLOEXEC) : -1;
    return hb_index_write(world, &x->w.graph, &knowledge, &origin, n_threads, x->fd, "index", &err);
}

static void fini(indexed *x)
{
    hb_dominators_fini(&x->d);
    way_fini(&x->w);
    if (x->fd >= 0) close(x->fd);
}

/* --- what it has --- */

static uint64_t item_of(hb_index *index, hb_index_section section, uint64_t i)
{
    uint64_t value = 0;   /* of a machine that puts the low byte first */
    hb_error err;
    hb_error_clear(&err);
    EXPECT(hb_index_read(index, section, i, 1, &value, &err) == HB_OK);
    return value;
}

static void check_object(const indexed *alone, hb_index *index, uint32_t id)
{
    const hb_shard *shard = &alone->w.shard;
    const hb_knowledge knowledge = knowledge_of(alone);
    const hb_known k = hb_known_of(&knowledge, id);
    const uint32_t c = hb_shard_class_id(shard, id);
    const hb_gid class_gid = c == HB_NO_CLASS ? HB_NO_GID : shard->class_gid[c];
    EXPECT(item_of(index, HB_INDEX_ADDRESS, id) == k.facts.address && item_of(index, HB_INDEX_TYPE, id) == k.facts.type);
    EXPECT(item_of(index, HB_INDEX_MARKS, id) == k.facts.marks && item_of(index, HB_INDEX_MEMSIZE, id) == k.facts.memsize);
    EXPECT(item_of(index, HB_INDEX_CLASS_NAME, id) == (uint32_t)k.facts.class_name && item_of(index, HB_INDEX_SITE, id) == (uint32_t)k.facts.site);
    EXPECT(item_of(index, HB_INDEX_CLASS, id) == (class_gid == HB_NO_GID ? HB_NO_ID : hb_gid_id(class_gid)));
    EXPECT(item_of(index, HB_INDEX_GENERATION, id) == (uint64_t)hb_shard_generation(shard, id));
    EXPECT(item_of(index, HB_INDEX_DISTANCE, id) == k.distance && item_of(index, HB_INDEX_PARENT, id) == k.facts.parent);
    EXPECT(item_of(index, HB_INDEX_VIA, id) == (uint32_t)k.facts.via);
    EXPECT(item_of(index, HB_INDEX_IDOM, id) == (k.idom == HB_NO_GID ? HB_NO_ID : hb_gid_id(k.idom)));
    EXPECT(item_of(index, HB_INDEX_RETAINED_MEMSIZE, id) == k.retained_memsize);
    EXPECT(item_of(index, HB_INDEX_RETAINED_OBJECTS, id) == k.retained_objects);
}

static const heap_line *line_at(const heap *h, uint64_t address)
{
    const heap_line *first = NULL;
    for (size_t i = 0; i < h->n_lines; i++)
        if (h->lines[i].address == address && (first == NULL || h->lines[i].where < first->where)) first = &h->lines[i];
    return first;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* References in the order of the line, or, where one dangles, of ids; and what an object's instance variables are called. */
static void check_references(const heap *h, const hb_shard *shard, hb_index *index, uint32_t id)
{
    const heap_line *line = line_at(h, hb_shard_address(shard, id));
    const uint64_t first = item_of(index, HB_INDEX_FIRST, id);
    uint32_t *expected = must_alloc(line->n, sizeof *expected), names[HEAP_SHAPES + 1];
    int dangles = 0;
    for (size_t i = 0; i < line->n; i++) {
        expected[i] = hb_pagemap_id(&shard->map, h->refs[line->first + i]);
        dangles |= expected[i] == HB_NO_ID;
    }
    if (dangles) qsort(expected, line->n, sizeof *expected, by_number);
    EXPECT(item_of(index, HB_INDEX_FIRST, id + 1) - first == line->n);
    for (size_t i = 0; i < line->n; i++) EXPECT(item_of(index, HB_INDEX_TARGET, first + i) == expected[i]);
    free(expected);
    if (line->type != HB_TYPE_OBJECT) return;
    const int n = line->name == HB_NO_STRING || line->n == 0 ? -1 : heap_chain(h, line->name, names);
    uint64_t ivar = item_of(index, HB_INDEX_NAME, id);
    EXPECT((ivar != HB_NO_IVAR) == (n == (int)line->n && !dangles));
    for (int i = 0; ivar != HB_NO_IVAR && i < n; i++, ivar = item_of(index, HB_INDEX_IVAR_BEFORE, ivar))
        EXPECT(item_of(index, HB_INDEX_IVAR_NAME, ivar) == names[i]);
    EXPECT(ivar == HB_NO_IVAR);
}

static void check_roots(const heap *h, const hb_shard *shard, hb_index *index)
{
    size_t n = 0, n_roots = 0;
    for (size_t r = 0; r < h->n_roots; r++) n_roots += h->roots[r].n != 0;
    EXPECT(index->n_roots == n_roots);
    for (size_t r = 0; r < h->n_roots; r++)
        for (size_t i = 0; i < h->roots[r].n; i++) n += hb_pagemap_id(&shard->map, h->refs[h->roots[r].first + i]) != HB_NO_ID;
    EXPECT(index->n_items[HB_INDEX_ROOT_EDGES] == n);
    for (size_t i = 0; i < n; i++) {
        const uint64_t edge = item_of(index, HB_INDEX_ROOT_EDGES, i);
        EXPECT((uint32_t)edge < n_roots && edge >> 32 < shard->n);
        EXPECT(i == 0 || item_of(index, HB_INDEX_ROOT_EDGES, i - 1) <= edge);
    }
}

static void check_contents(const heap *h, const indexed *alone, int fd)
{
    const hb_shard *shard = &alone->w.shard;
    hb_index index;
    hb_error err;
    hb_error_clear(&err);
    if (!EXPECT(hb_index_open(dup(fd), "index", &index, &err) == HB_OK)) return;
    EXPECT(index.n == shard->n && memcmp(&index.origin, &origin, sizeof origin) == 0);
    EXPECT(index.strings.names.n == shard->names.n && index.strings.sites.n == shard->sites.n);
    for (uint32_t id = 0; id < shard->n; id++) {
        check_object(alone, &index, id);
        check_references(h, shard, &index, id);
    }
    check_roots(h, shard, &index);
    hb_index_close(&index);
}

/* --- one file for any ranks --- */

static void *map_file(int fd, size_t *n)
{
    struct stat info;
    EXPECT(fstat(fd, &info) == 0);
    *n = (size_t)info.st_size;
    return mmap(NULL, *n, PROT_READ, MAP_SHARED, fd, 0);
}

static void check_same(int a, int b)
{
    size_t n_a, n_b;
    void *const bytes_a = map_file(a, &n_a), *const bytes_b = map_file(b, &n_b);
    EXPECT(n_a == n_b && memcmp(bytes_a, bytes_b, n_a) == 0);
    munmap(bytes_a, n_a);
    munmap(bytes_b, n_b);
}

static void check_heap(const heap *h, uint64_t seed, int n_threads)
{
    indexed together = { .fd = -1 }, alone = { .fd = -1 };
    hb_comm *const all = world;
    hb_comm *self = NULL;
    EXPECT(make_trees(h, seed, n_threads, &together) == HB_OK && write_index(&together, n_threads) == HB_OK);
    EXPECT(hb_comm_split(world, hb_comm_rank(world), &self) == HB_OK);
    world = self;
    EXPECT(make_trees(h, seed, 1, &alone) == HB_OK);
    if (hb_comm_rank(all) == 0) check_contents(h, &alone, together.fd);   /* writing renumbers the graph */
    EXPECT(write_index(&alone, 1) == HB_OK);
    world = all;
    if (hb_comm_rank(all) == 0) check_same(together.fd, alone.fd);
    hb_comm_free(self);
    fini(&together);
    fini(&alone);
}

static void test_random_heaps(void)
{
    for (uint64_t k = 0; k < 3 * HEAP_N_SHAPES; k++) {
        dice d = dice_of(SEED + k);
        heap h;
        heap_make(&h, SEED + k, (heap_shape)(k % HEAP_N_SHAPES), k < HEAP_N_SHAPES ? 1 + k : 1 + roll(&d, 300));
        check_heap(&h, SEED + k, k % 5 == 4 ? 2 : 1);
        heap_fini(&h);
    }
    agree_that_all_is_well();
}

static void test_no_object(void)
{
    heap h = { 0 };
    check_heap(&h, SEED + 2000, 1);
    agree_that_all_is_well();
}

/* --- what fails --- */

/* Each allocation of the first and of the last rank in turn: all ranks return the same status, and what is there then is no index. */
static void test_memory_fails(void)
{
    heap h;
    heap_make(&h, SEED, HEAP_MIXED, 40);
    for (int rank = 0; rank < hb_comm_size(world); rank += hb_comm_size(world) > 1 ? hb_comm_size(world) - 1 : 1) {
        hb_status status = HB_ERR_MEMORY;
        uint64_t nth = 1;
        for (; status == HB_ERR_MEMORY && nth < 1000; nth++) {
            indexed x = { .fd = -1 };
            hb_index index;
            EXPECT(make_trees(&h, SEED, 1, &x) == HB_OK);
            hb_memory_fail_at(rank == hb_comm_rank(world) ? nth : 0, 0);
            status = write_index(&x, 1);
            hb_memory_fail_at(0, 0);
            EXPECT(hb_comm_agree(world, status) == status);
            if (x.fd >= 0 && EXPECT((hb_index_open(dup(x.fd), "index", &index, NULL) == HB_OK) == (status == HB_OK))) hb_index_close(&index);
            fini(&x);
        }
        EXPECT(status == HB_OK && nth > 5);
    }
    heap_fini(&h);
    agree_that_all_is_well();
}

/* A descriptor that takes nothing. */
static void test_full_disk(void)
{
    heap h;
    indexed x = { .fd = -1 };
    hb_error err;
    hb_error_clear(&err);
    heap_make(&h, SEED, HEAP_MIXED, 300);
    EXPECT(make_trees(&h, SEED, 1, &x) == HB_OK);
    hb_knowledge knowledge = knowledge_of(&x);
    x.fd = hb_comm_rank(world) == 0 ? memfd_create("index", MFD_CLOEXEC | MFD_ALLOW_SEALING) : -1;
    if (x.fd >= 0) EXPECT(fcntl(x.fd, F_ADD_SEALS, F_SEAL_GROW) == 0);
    EXPECT(hb_index_write(world, &x.w.graph, &knowledge, &origin, 1, x.fd, "index", &err) == HB_ERR_IO);
    if (x.fd >= 0) EXPECT(strstr(err.message, "cannot be written") != NULL && strcmp(err.path, "index") == 0);
    fini(&x);
    heap_fini(&h);
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = { { "no object", test_no_object }, { "random heaps", test_random_heaps },
                            { "memory fails", test_memory_fails }, { "a full disk", test_full_disk }, CU_TEST_INFO_NULL };
    return hb_mpi_suite_run("index", SEED, tests, argc, argv);
}
