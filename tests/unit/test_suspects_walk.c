/* Accumulation points of dominator trees made by hand. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/line.h"
#include "reduce/suspects.h"
#include "tests/unit/suite.h"

#define MOST 64
#define ROOT HB_NO_GID
#define HIDDEN HB_NO_STRING

/* A crown that grows row by row; gids are places. */
typedef struct made {
    hb_crown_row rows[MOST];
    hb_crown crown;
    size_t found[HB_SUSPECTS_MOST], n_found;
} made;

static hb_gid add(made *m, hb_gid above, hb_type type, uint32_t class_name, uint64_t weight)
{
    m->crown.rows = m->rows;
    m->rows[m->crown.n] = (hb_crown_row){ .gid = m->crown.n, .idom = above, .weight = weight,
                                          .kind = type | (uint64_t)class_name << 32 };
    return m->crown.n++;
}

static void walk(made *m, uint64_t least)
{
    CU_ASSERT_EQUAL(hb_suspects_walk(&m->crown, least, m->found, &m->n_found), HB_OK);
}

#define EXPECT_FOUND(m, ...)                                                                      \
    do {                                                                                          \
        const size_t want[] = { __VA_ARGS__ };                                                    \
        CU_ASSERT_EQUAL((m)->n_found, sizeof want / sizeof *want);                                \
        CU_ASSERT(memcmp((m)->found, want, sizeof want) == 0);                                    \
    } while (0)

static void test_nothing(void)
{
    made m = { 0 };
    walk(&m, 1);
    CU_ASSERT_EQUAL(m.n_found, 0);
}

/* The largest child is followed while it keeps more than 0.7. */
static void test_largest_child(void)
{
    made m = { 0 };
    hb_gid hash = add(&m, ROOT, HB_TYPE_HASH, 1, 1000), array = add(&m, hash, HB_TYPE_ARRAY, 2, 701);
    add(&m, array, HB_TYPE_STRING, 3, 490);
    walk(&m, 100);
    EXPECT_FOUND(&m, 1);
    m.rows[1].weight = 700;
    walk(&m, 100);
    EXPECT_FOUND(&m, 0);
}

/* Each large branch of a place is a suspect; what is left is one if it is large. */
static void test_places_split(void)
{
    made m = { 0 };
    hb_gid place = add(&m, ROOT, HB_TYPE_CLASS, 1, 1000);
    add(&m, place, HB_TYPE_HASH, 2, 300);
    add(&m, place, HB_TYPE_ARRAY, 2, 400);
    add(&m, place, HB_TYPE_ARRAY, 2, 99);
    walk(&m, 100);
    EXPECT_FOUND(&m, 0, 2, 1);
    m.rows[0].weight = 799;
    walk(&m, 100);
    EXPECT_FOUND(&m, 2, 1);
}

/* A container does not split: its parts are alike. */
static void test_containers_do_not(void)
{
    made m = { 0 };
    hb_gid hash = add(&m, ROOT, HB_TYPE_HASH, 1, 1000);
    for (int i = 0; i < 3; i++) add(&m, hash, HB_TYPE_ARRAY, 2, 300);
    walk(&m, 100);
    EXPECT_FOUND(&m, 0);
}

/* A list of objects is its first node; a list of arrays, its first array; namespaces are no lists. */
static void test_recursion(void)
{
    made m = { 0 }, arrays = { 0 }, classes = { 0 };
    hb_gid at = add(&m, ROOT, HB_TYPE_OBJECT, 1, 1000);
    for (int i = 0; i < 30; i++) at = add(&m, at, HB_TYPE_STRUCT, 2, 999 - (uint64_t)i);
    walk(&m, 100);
    EXPECT_FOUND(&m, 1);
    at = add(&arrays, ROOT, HB_TYPE_HASH, 1, 1000);
    for (int i = 0; i < 30; i++) at = add(&arrays, at, HB_TYPE_ARRAY, 2, 999 - (uint64_t)i);
    walk(&arrays, 100);
    EXPECT_FOUND(&arrays, 1);
    at = add(&classes, ROOT, HB_TYPE_CLASS, HIDDEN, 1000);
    for (int i = 0; i < 3; i++) at = add(&classes, at, HB_TYPE_CLASS, HIDDEN, 1000);
    add(&classes, at, HB_TYPE_HASH, 1, 1000);
    walk(&classes, 100);
    EXPECT_FOUND(&classes, 4);
}

/* What is hidden from Ruby is not named: the queue, not its array. Unless there is nothing above. */
static void test_hidden(void)
{
    made m = { 0 }, top = { 0 }, class = { 0 };
    hb_gid queue = add(&m, ROOT, HB_TYPE_DATA, 1, 1000);
    add(&m, queue, HB_TYPE_ARRAY, HIDDEN, 990);
    walk(&m, 100);
    EXPECT_FOUND(&m, 0);
    add(&top, ROOT, HB_TYPE_ARRAY, HIDDEN, 990);
    walk(&top, 100);
    EXPECT_FOUND(&top, 0);
    hb_gid outer = add(&class, ROOT, HB_TYPE_MODULE, HIDDEN, 1000);
    add(&class, outer, HB_TYPE_CLASS, HIDDEN, 990);
    walk(&class, 100);
    EXPECT_FOUND(&class, 1);
}

/* Ties go to the lower address; weights near 2^64 do not overflow. */
static void test_order(void)
{
    made m = { 0 }, huge = { 0 };
    for (int i = 0; i < 3; i++) add(&m, ROOT, HB_TYPE_HASH, 1, 500);
    add(&m, ROOT, HB_TYPE_HASH, 1, 501);
    walk(&m, 500);
    EXPECT_FOUND(&m, 3, 0, 1, 2);
    hb_gid hash = add(&huge, ROOT, HB_TYPE_HASH, 1, UINT64_MAX);
    add(&huge, hash, HB_TYPE_ARRAY, 2, UINT64_MAX / 10 * 7);
    walk(&huge, UINT64_MAX / 20);
    EXPECT_FOUND(&huge, 0);
    huge.rows[1].weight += UINT64_MAX / 100;
    walk(&huge, UINT64_MAX / 20);
    EXPECT_FOUND(&huge, 1);
}

int main(void)
{
    CU_TestInfo tests[] = { { "nothing", test_nothing }, { "the largest child", test_largest_child },
                            { "places split", test_places_split }, { "containers do not", test_containers_do_not },
                            { "recursive structures", test_recursion }, { "hidden objects", test_hidden },
                            { "order", test_order }, CU_TEST_INFO_NULL };
    return hb_suite_run("suspects walk", tests);
}
