/* Circles of labels, in trees made by hand. */
#include <string.h>

#include "base/memory.h"
#include "report/path_fold.h"
#include "tests/unit/suite.h"

#define MOST 128

typedef struct made {
    hb_path_branch branches[MOST];
    size_t n;
} made;

/* A branch with one object of a byte for each letter of its label. */
static size_t add(made *m, size_t above, char label)
{
    m->branches[m->n] = (hb_path_branch){ .depth = above == HB_NO_BRANCH ? 0 : m->branches[above].depth + 1,
                                          .objects = 1, .memsize = 10, .example = 100 + m->n, .repeat = 1, .above = above,
                                          .text = hb_copy_text(&label, 1) };
    return m->n++;
}

/* A line of labels below a branch; the last place. */
static size_t add_line(made *m, size_t above, const char *labels)
{
    for (; *labels != '\0'; labels++) above = add(m, above, *labels);
    return above;
}

/* Folds; then the line of labels, and of repeats as digits, when nothing branches. */
static void check_line(const char *labels, const char *want, const char *repeats)
{
    made m = { 0 };
    char text[MOST + 1] = "", counts[MOST + 1] = "";
    uint64_t objects = 0, memsize = 0;
    add_line(&m, HB_NO_BRANCH, labels);
    CU_ASSERT_EQUAL(hb_path_fold(m.branches, &m.n), HB_OK);
    for (size_t i = 0; i < m.n; i++) {
        const hb_path_branch *b = &m.branches[i];
        CU_ASSERT_EQUAL(b->depth, i);
        CU_ASSERT_EQUAL(b->above, i == 0 ? HB_NO_BRANCH : i - 1);
        text[i] = b->text[0];
        counts[i] = (char)('0' + b->repeat);
        objects += b->objects;
        memsize += b->memsize;
        hb_free(b->text);
    }
    CU_ASSERT_STRING_EQUAL(text, want);
    CU_ASSERT_STRING_EQUAL(counts, repeats);
    CU_ASSERT_EQUAL(objects, strlen(labels));
    CU_ASSERT_EQUAL(memsize, 10 * strlen(labels));
}

static void test_lines(void)
{
    check_line("", "", "");
    check_line("r", "r", "1");
    check_line("rab", "rab", "111");
    check_line("raba", "raba", "1111");
    check_line("rabab", "raba", "1121");
    check_line("rababa", "raba", "1122");
    check_line("rabababab", "raba", "1143");
    check_line("rabcab", "rabcab", "111111");
    check_line("rabcabc", "rabcab", "111211");
    check_line("rabcabcabc", "rabcab", "111322");
    check_line("rabcdabcdabcd", "rabcdabcdabcd", "1111111111111");
}

/* One circle after the other: what comes after the first hangs off its first round. */
static void test_two_circles(void)
{
    made m = { 0 };
    add_line(&m, HB_NO_BRANCH, "rababcdcdcd");
    CU_ASSERT_EQUAL(hb_path_fold(m.branches, &m.n), HB_OK);
    CU_ASSERT_EQUAL(m.n, 7);
    for (size_t i = 0; i < m.n; i++) {
        const hb_path_branch *b = &m.branches[i];
        if (b->text[0] == 'c' && b->depth == 3) CU_ASSERT(m.branches[b->above].text[0] == 'b' && b->repeat == 1);
        if (b->text[0] == 'c' && b->depth == 5) CU_ASSERT(b->objects == 2 && b->repeat == 2);
        if (b->text[0] == 'd') CU_ASSERT(b->objects == 3 && b->repeat == 3);
    }
    for (size_t i = 0; i < m.n; i++) hb_free(m.branches[i].text);
}

/* Branches of a circle: what hangs off any round hangs off the one that stays. */
static void test_tree(void)
{
    made m = { 0 };
    const size_t root = add(&m, HB_NO_BRANCH, 'r'), a = add_line(&m, root, "ab");
    const size_t deep = add_line(&m, a, "ab");
    add_line(&m, deep, "s");
    add_line(&m, add_line(&m, deep, "ab"), "st");
    add_line(&m, a, "s");
    m.branches[1].repeat = 5;
    m.branches[3].repeat = 2;
    CU_ASSERT_EQUAL(hb_path_fold(m.branches, &m.n), HB_OK);
    /* r, a, b, a and s below b, t below s; those of one depth as their keys say. */
    CU_ASSERT_EQUAL(m.n, 6);
    CU_ASSERT_STRING_EQUAL(m.branches[1].text, "a");
    CU_ASSERT_EQUAL(m.branches[1].repeat, 5);
    CU_ASSERT_STRING_EQUAL(m.branches[2].text, "b");
    CU_ASSERT(m.branches[2].objects == 3 && m.branches[2].repeat == 3 && m.branches[2].example == 102);
    for (size_t i = 3; i < m.n; i++) {
        const hb_path_branch *b = &m.branches[i];
        if (strcmp(b->text, "a") == 0) CU_ASSERT(b->above == 2 && b->objects == 2 && b->repeat == 3);
        if (strcmp(b->text, "s") == 0) CU_ASSERT(b->above == 2 && b->objects == 3 && b->repeat == 1);
        if (strcmp(b->text, "t") == 0) CU_ASSERT(strcmp(m.branches[b->above].text, "s") == 0 && b->objects == 1);
    }
    for (size_t i = 0; i < m.n; i++) hb_free(m.branches[i].text);
}

/* Nodes side by side whose labels read alike, though the names behind them differ. */
static void test_called_alike(void)
{
    made m = { 0 };
    const size_t root = add(&m, HB_NO_BRANCH, 'r');
    add_line(&m, root, "as");
    add_line(&m, root, "as");
    CU_ASSERT_EQUAL(hb_path_fold(m.branches, &m.n), HB_OK);
    CU_ASSERT_EQUAL(m.n, 3);
    for (size_t i = 1; i < m.n; i++) CU_ASSERT(m.branches[i].objects == 2 && m.branches[i].repeat == 1);
    CU_ASSERT(m.branches[1].example == 101 && m.branches[2].example == 102);
    for (size_t i = 0; i < m.n; i++) hb_free(m.branches[i].text);
}

int main(void)
{
    CU_TestInfo tests[] = { { "lines", test_lines }, { "two circles", test_two_circles }, { "tree", test_tree }, { "called alike", test_called_alike },
                            CU_TEST_INFO_NULL };
    return hb_suite_run("path fold", tests);
}
