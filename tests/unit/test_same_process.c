/* Telling processes apart: the judgement on sets, the reader on written dumps, and what becomes of series. */
#include "fleet/same_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/series_check.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 4211u

static char folder[] = "/tmp/hb-test-process-XXXXXX";

/* n addresses from `first` on, every 40 bytes; the last `new` of them are elsewhere. */
static hb_roots roots_from(uint64_t first, size_t n, size_t new)
{
    hb_roots roots;
    uint64_t *addresses = hb_alloc(n, sizeof *addresses);
    for (size_t i = 0; i < n; i++) addresses[i] = first + 40 * i + (i + new >= n ? 1000000 : 0);
    hb_roots_take(addresses, n, &roots);
    return roots;
}

static void expect_same(size_t n, size_t moved, int wanted)
{
    hb_roots a = roots_from(4000, n, 0), b = roots_from(4000, n, moved);
    CU_ASSERT_EQUAL(hb_roots_shared(&a, &b), n - moved);
    CU_ASSERT_EQUAL(hb_roots_same_process(&a, &b), wanted);
    CU_ASSERT_EQUAL(hb_roots_same_process(&b, &a), wanted);
    CU_ASSERT_EQUAL(hb_roots_same_process(&a, &a), 1);
    hb_roots_fini(&a), hb_roots_fini(&b);
}

static void test_judgement(void)
{
    expect_same(100, 0, 1);
    expect_same(100, 95, 1);
    expect_same(100, 96, 0);
    expect_same(20, 19, 1);
    expect_same(20, 20, 0);
    /* The smaller set counts: a process that loads code gets more roots, and loses none. */
    hb_roots few = roots_from(4000, 40, 0), many = roots_from(4000, 4000, 0);
    CU_ASSERT_EQUAL(hb_roots_shared(&few, &many), 40);
    CU_ASSERT_EQUAL(hb_roots_same_process(&few, &many), 1);
    hb_roots_fini(&few), hb_roots_fini(&many);
}

/* Against counting by looking at all pairs. */
static void test_shared_at_random(void)
{
    dice d = dice_of(SEED);
    printf("(seed %u) ", SEED);
    for (int round = 0; round < 300; round++) {
        hb_roots set[2];
        for (int k = 0; k < 2; k++) {
            size_t n = roll(&d, 40);
            uint64_t *addresses = hb_alloc(n, sizeof *addresses);
            for (size_t i = 0; i < n; i++) addresses[i] = roll(&d, 60);
            hb_roots_take(addresses, n, &set[k]);
            for (size_t i = 1; i < set[k].n; i++) CU_ASSERT_TRUE(set[k].addresses[i - 1] < set[k].addresses[i]);
        }
        size_t shared = 0;
        for (size_t i = 0; i < set[0].n; i++)
            for (size_t j = 0; j < set[1].n; j++) shared += set[0].addresses[i] == set[1].addresses[j];
        CU_ASSERT_EQUAL(hb_roots_shared(&set[0], &set[1]), shared);
        hb_roots_fini(&set[0]), hb_roots_fini(&set[1]);
    }
}

typedef struct plan {
    uint64_t process;  /* where its heap begins */
    size_t n_roots;    /* of "vm"; -1: no ROOT lines at all */
    size_t n_stack;    /* of "machine_context" */
    size_t n_objects;
    int pads;          /* objects before the ROOT lines, more than a chunk of them */
} plan;

static void write_root(FILE *file, const char *name, uint64_t first, size_t n)
{
    fprintf(file, "{\"type\":\"ROOT\", \"root\":\"%s\", \"references\":[", name);
    for (size_t i = 0; i < n; i++) fprintf(file, "%s\"0x%llx\"", i != 0 ? ", " : "", (unsigned long long)(first + 40 * i));
    fprintf(file, "]}\n");
}

static void write_objects(FILE *file, uint64_t first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fprintf(file, "{\"address\":\"0x%llx\", \"type\":\"STRING\", \"memsize\":40}\n", (unsigned long long)(first + 40 * i));
}

static const char *write_dump(const char *name, const plan *p)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL) abort();
    if (p->pads) write_objects(file, p->process, 2000);
    if (p->n_roots != (size_t)-1) write_root(file, "vm", p->process, p->n_roots);
    if (p->n_stack != 0) write_root(file, "machine_context", 4096, p->n_stack);
    write_objects(file, p->process, p->n_objects);
    if (fclose(file) != 0) abort();
    return path;
}

static size_t count_roots(const char *name, const plan *p)
{
    hb_roots roots;
    CU_ASSERT_EQUAL(hb_roots_read(write_dump(name, p), &hb_limits_default, &roots), HB_OK);
    size_t n = roots.n;
    hb_roots_fini(&roots);
    return n;
}

static void test_reader(void)
{
    CU_ASSERT_EQUAL(count_roots("a.json", &(plan){ .process = 1 << 20, .n_roots = 30, .n_stack = 50, .n_objects = 10 }), 30);
    CU_ASSERT_EQUAL(count_roots("a.json", &(plan){ .process = 1 << 20, .n_roots = 0, .n_objects = 10 }), 0);
    CU_ASSERT_EQUAL(count_roots("a.json", &(plan){ .process = 1 << 20, .n_roots = (size_t)-1, .n_objects = 10 }), 0);
    /* Longer than a chunk; and not the first lines, as no Ruby writes them. */
    CU_ASSERT_EQUAL(count_roots("a.json", &(plan){ .process = 1 << 20, .n_roots = 9000, .n_objects = 10 }), 9000);
    CU_ASSERT_EQUAL(count_roots("a.json", &(plan){ .process = 1 << 20, .n_roots = 30, .n_objects = 10, .pads = 1 }), 0);
}

/* A hostile dump of nothing but ROOT lines is read to the bound. */
static void test_reader_is_bounded(void)
{
    char path[256];
    snprintf(path, sizeof path, "%s/r.json", folder);
    FILE *file = fopen(path, "wb");
    for (size_t i = 0; i < 8 * HB_ROOTS_MOST_BYTES / 4000; i++) write_root(file, "vm", 4096 + 40 * 200 * i, 200);
    fclose(file);
    hb_roots roots;
    CU_ASSERT_EQUAL(hb_roots_read(path, &hb_limits_default, &roots), HB_OK);
    CU_ASSERT_TRUE(roots.n > HB_ROOTS_MOST_BYTES / 25);
    CU_ASSERT_TRUE(roots.n < HB_ROOTS_MOST_BYTES / 8);
    hb_roots_fini(&roots);
}

static void expect_nothing(const char *path)
{
    hb_roots roots;
    CU_ASSERT_EQUAL(hb_roots_read(path, &hb_limits_default, &roots), HB_OK);
    CU_ASSERT_EQUAL(roots.n, 0);
    CU_ASSERT_FALSE(hb_roots_tell(&roots));
    hb_roots_fini(&roots);
}

static void test_unreadable(void)
{
    char path[256];
    expect_nothing("-");
    expect_nothing("/no/such/file");
    expect_nothing(folder);
    snprintf(path, sizeof path, "%s/fifo", folder);
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    expect_nothing(path);
    snprintf(path, sizeof path, "%s/cut.json.gz", folder);
    FILE *file = fopen(path, "wb");
    fwrite("\x1f\x8b\x08\0\0\0\0\0\0\3garbage that is no deflate stream", 1, 40, file);
    fclose(file);
    expect_nothing(path);
}

static void test_gzip(void)
{
    static char text[1 << 16];
    char path[256];
    FILE *file = fopen(write_dump("g.json", &(plan){ .process = 1 << 20, .n_roots = 25, .n_objects = 100 }), "rb");
    size_t n = fread(text, 1, sizeof text, file);
    fclose(file);
    snprintf(path, sizeof path, "%s/g.json.gz", folder);
    gzFile packed = gzopen(path, "wb");
    if (gzwrite(packed, text, (unsigned)n) != (int)n || gzclose(packed) != Z_OK) abort();
    hb_roots roots;
    CU_ASSERT_EQUAL(hb_roots_read(path, &hb_limits_default, &roots), HB_OK);
    CU_ASSERT_EQUAL(roots.n, 25);
    hb_roots_fini(&roots);
}

/* Dumps h.0.json, h.1.json, ... of the processes that the letters name ('.': it has no ROOT lines, 'x': there is no such file),
 * and another series; "h: h.0.json h.1.json; ..." of what becomes of them. */
static void split_as(const char *letters, const char *also, char *text, size_t room)
{
    char path[64][256];
    const char *paths[65];
    size_t n = strlen(letters), end = 0;
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "h.%zu.json", i);
        snprintf(path[i], sizeof path[i], "%s/%s", folder, name);
        const plan p = { .process = (uint64_t)letters[i] << 24, .n_roots = letters[i] == '.' ? (size_t)-1 : 30 + i, .n_objects = 5 };
        if (letters[i] != 'x') write_dump(name, &p);
        else remove(path[i]);
        paths[i] = path[i];
    }
    if (also != NULL) paths[n] = also;
    hb_series_list list;
    CU_ASSERT_EQUAL(hb_series_group(HB_SERIES_AUTO, NULL, paths, n + (also != NULL), &list, NULL), HB_OK);
    CU_ASSERT_EQUAL(hb_series_check(&list, &hb_limits_default), HB_OK);
    text[0] = '\0';
    for (size_t i = 0; i < list.n; i++) {
        const char *name = strrchr(list.items[i].name, '/');
        end += (size_t)snprintf(text + end, room - end, "%s%s:", i != 0 ? "; " : "", name != NULL ? name + 1 : list.items[i].name);
        for (size_t k = 0; k < list.items[i].n_paths; k++)
            end += (size_t)snprintf(text + end, room - end, " %c", list.items[i].paths[k][strlen(folder) + 3]);
    }
    hb_series_list_fini(&list);
}

static void expect_split(const char *letters, const char *also, const char *wanted)
{
    char text[1024];
    split_as(letters, also, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, wanted);
    if (strcmp(text, wanted) != 0) printf("\n  %s gave '%s', not '%s'\n", letters, text, wanted);
}

static void test_splits(void)
{
    expect_split("a", NULL, "h: 0");
    expect_split("aaa", NULL, "h: 0 1 2");
    expect_split("aab", NULL, "h: 0 1; h#2: 2");
    expect_split("abc", NULL, "h: 0; h#2: 1; h#3: 2");
    expect_split("abab", NULL, "h: 0 2; h#2: 1 3");
    expect_split("abcabcabca", NULL, "h: 0 3 6 9; h#2: 1 4 7; h#3: 2 5 8");
}

static void test_those_that_do_not_tell(void)
{
    expect_split("...", NULL, "h: 0 1 2");
    expect_split(".aa", NULL, "h: 0 1 2");
    expect_split("a.a", NULL, "h: 0 1 2");
    expect_split("a.b", NULL, "h: 0 1; h#2: 2");
    expect_split("axa", NULL, "h: 0 1 2");
    expect_split("xab.x", NULL, "h: 0 1; h#2: 2 3 4");
    expect_split("ab.a", NULL, "h: 0 3; h#2: 1 2");
}

static void test_name_is_taken(void)
{
    char taken[256];
    snprintf(taken, sizeof taken, "%s/h#2.3.json", folder);
    write_dump("h#2.3.json", &(plan){ .process = 1 << 20, .n_roots = 40 });
    expect_split("ab", taken, "h: 0; h#2.3.json: 2; h.1.json: 1");
}

/* More processes than are remembered: whoever comes back late begins anew, and nobody's dumps are lost. */
static void test_many_processes(void)
{
    enum { MANY = HB_SERIES_RECENT_PROCESSES + 10 };
    char *paths[MANY + 2];
    uint32_t process[MANY + 2];
    size_t n_processes;
    for (size_t i = 0; i < MANY + 2; i++) {
        char name[32];
        snprintf(name, sizeof name, "m.%zu.json", i);
        size_t id = i < MANY ? i : i == MANY ? MANY - 2 : 0;
        paths[i] = strdup(write_dump(name, &(plan){ .process = (id + 1) << 24, .n_roots = 30 }));
    }
    hb_series series = { .name = folder, .paths = paths, .n_paths = MANY + 2 };
    CU_ASSERT_EQUAL(hb_series_tell_processes(&series, &hb_limits_default, process, &n_processes), HB_OK);
    for (size_t i = 0; i < MANY; i++) CU_ASSERT_EQUAL(process[i], i);
    CU_ASSERT_EQUAL(process[MANY], MANY - 2);
    CU_ASSERT_EQUAL(process[MANY + 1], MANY);
    CU_ASSERT_EQUAL(n_processes, MANY + 1);
    for (size_t i = 0; i < MANY + 2; i++) free(paths[i]);
}

/* Real dumps: three of one Ruby each; ruby31 and ruby31-untraced are two processes of one script. */
static void test_real_dumps(void)
{
    static const char *const kinds[] = { "ruby27", "ruby31", "ruby31-untraced", "ruby33", "ruby41" };
    hb_roots roots[5][3];
    for (int k = 0; k < 5; k++)
        for (int i = 0; i < 3; i++) {
            char path[64];
            snprintf(path, sizeof path, "tests/data/%s.%d.json.gz", kinds[k], i);
            CU_ASSERT_EQUAL(hb_roots_read(path, &hb_limits_default, &roots[k][i]), HB_OK);
            CU_ASSERT_TRUE(hb_roots_tell(&roots[k][i]));
        }
    for (int k = 0; k < 15; k++)
        for (int i = 0; i < 15; i++)
            CU_ASSERT_EQUAL(hb_roots_same_process(&roots[k / 3][k % 3], &roots[i / 3][i % 3]), k / 3 == i / 3);
    for (int k = 0; k < 15; k++) hb_roots_fini(&roots[k / 3][k % 3]);
}

/* Every allocation in turn fails; under AddressSanitizer this finds leaks. */
static void test_memory_fails(void)
{
    const char *paths[3] = { "h.0.json", "h.1.json", "h.2.json" };
    char text[256], path[3][256];
    hb_status status = HB_ERR_MEMORY;
    split_as("aba", NULL, text, sizeof text);
    for (int i = 0; i < 3; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s", folder, paths[i]);
        paths[i] = path[i];
    }
    for (uint64_t nth = 1; status == HB_ERR_MEMORY && nth < 1000; nth++) {
        hb_series_list list;
        CU_ASSERT_EQUAL(hb_series_group(HB_SERIES_AUTO, NULL, paths, 3, &list, NULL), HB_OK);
        hb_memory_fail_at(nth, 0);
        status = hb_series_check(&list, &hb_limits_default);
        hb_memory_fail_at(0, 0);
        if (status == HB_OK) CU_ASSERT_EQUAL(list.n, 2);
        hb_series_list_fini(&list);
    }
    CU_ASSERT_EQUAL(status, HB_OK);
}

int main(void)
{
    if (mkdtemp(folder) == NULL) return 2;
    hb_log_init(HB_LOG_ERROR, -1); /* the warnings are meant */
    CU_TestInfo tests[] = {
        { "judgement", test_judgement },
        { "shared, at random", test_shared_at_random },
        { "reader", test_reader },
        { "reader is bounded", test_reader_is_bounded },
        { "unreadable", test_unreadable },
        { "gzip", test_gzip },
        { "splits", test_splits },
        { "those that do not tell", test_those_that_do_not_tell },
        { "name is taken", test_name_is_taken },
        { "many processes", test_many_processes },
        { "real dumps", test_real_dumps },
        { "memory fails", test_memory_fails },
        CU_TEST_INFO_NULL,
    };
    int failed = hb_suite_run("same process", tests);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) != 0 || failed;
}
