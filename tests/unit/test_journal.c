/* The journal: what was added is read again, whatever its end looks like and whoever died while adding. */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "fleet/journal.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 1066u

static char folder[64], path[96];
static hb_error err;

static void fresh(void)
{
    unlink(path);
    hb_error_clear(&err);
}

static int opened(void)
{
    int fd = -1;
    CU_ASSERT_EQUAL_FATAL(hb_journal_open(path, &fd, &err), HB_OK);
    return fd;
}

/* A word of a series after reading; *n_torn as it comes. */
static hb_table known_now(uint64_t *n_torn)
{
    hb_table known;
    CU_ASSERT_EQUAL_FATAL(hb_journal_read(path, &known, n_torn, &err), HB_OK);
    return known;
}

static uint64_t word_of(const hb_table *known, uint64_t id, int which)
{
    const uint64_t *row = hb_table_find(known, &id);
    return row != NULL ? row[which] : UINT64_MAX;
}

static void expect(uint64_t id, uint64_t is_done, uint64_t deaths, uint64_t is_suspect)
{
    uint64_t n_torn;
    hb_table known = known_now(&n_torn);
    CU_ASSERT_EQUAL(n_torn, 0);
    CU_ASSERT_EQUAL(word_of(&known, id, HB_JOURNAL_IS_DONE), is_done);
    CU_ASSERT_EQUAL(word_of(&known, id, HB_JOURNAL_DEATHS), deaths);
    CU_ASSERT_EQUAL(word_of(&known, id, HB_JOURNAL_IS_SUSPECT), is_suspect);
    hb_table_fini(&known);
}

static void test_nothing(void)
{
    uint64_t n_torn = 7;
    fresh();
    hb_table known = known_now(&n_torn);
    CU_ASSERT(known.n == 0 && n_torn == 0);
    hb_table_fini(&known);
    CU_ASSERT_EQUAL(hb_journal_read(folder, &known, &n_torn, &err), HB_ERR_IO);
    int fd;
    CU_ASSERT_EQUAL(hb_journal_open("/nowhere/at/all/journal", &fd, &err), HB_ERR_IO);
}

static void test_deaths(void)
{
    fresh();
    const int fd = opened();
    hb_journal_begin(fd, path, 1, &err);
    hb_journal_start(fd, path, 10, 0, &err);
    hb_journal_done(fd, path, 10, 99, &err);
    hb_journal_start(fd, path, 11, 0, &err);
    hb_journal_stop(fd, path, 11, &err);
    expect(10, 1, 0, 0);
    expect(11, 0, 0, 0);
    /* Two at work: either may have been it. */
    hb_journal_start(fd, path, 12, 0, &err);
    hb_journal_start(fd, path, 13, 0, &err);
    hb_journal_begin(fd, path, 2, &err);
    expect(12, 0, 0, 1);
    expect(13, 0, 0, 1);
    /* The last of several may not have been it. */
    hb_journal_start(fd, path, 12, 0, &err);
    hb_journal_begin(fd, path, 3, &err);
    expect(12, 0, 0, 1);
    /* Alone: that was it, and again. */
    hb_journal_start(fd, path, 12, 1, &err);
    hb_journal_begin(fd, path, 3, &err);
    expect(12, 0, 1, 1);
    hb_journal_start(fd, path, 12, 1, &err);
    expect(12, 0, 2, 1);
    hb_journal_begin(fd, path, 4, &err);
    hb_journal_start(fd, path, 13, 0, &err);
    hb_journal_done(fd, path, 13, 5, &err);
    expect(13, 1, 0, 1);
    CU_ASSERT_EQUAL(err.code, HB_OK);
    close(fd);
}

static char text[4096];
static size_t n_text;

static void write_some(void)
{
    fresh();
    const int fd = opened();
    hb_journal_begin(fd, path, 1, &err);
    for (uint64_t id = 1; id <= 8; id++) {
        hb_journal_start(fd, path, id, 0, &err);
        hb_journal_done(fd, path, id, id * 1000, &err);
    }
    close(fd);
    FILE *in = fopen(path, "r");
    n_text = fread(text, 1, sizeof text, in);
    fclose(in);
}

static void put_back(const char *bytes, size_t n)
{
    FILE *out = fopen(path, "w");
    CU_ASSERT_EQUAL(fwrite(bytes, 1, n, out), n);
    fclose(out);
}

/* Cut anywhere: what stands before is known, the next line that is added as well. */
static void test_cut(void)
{
    write_some();
    for (size_t n = 0; n < n_text; n++) {
        put_back(text, n);
        size_t n_done = 0;
        for (size_t i = 0; i < n; i++) n_done += text[i] == 'd' && i > 16 && text[i - 1] == ' ' && memchr(text + i, '\n', n - i) != NULL;
        uint64_t n_torn;
        hb_table known = known_now(&n_torn);
        size_t known_done = 0;
        for (size_t i = 0; i < known.n; i++) known_done += hb_table_values(&known, i)[HB_JOURNAL_IS_DONE];
        CU_ASSERT_EQUAL(known_done, n_done);
        CU_ASSERT_EQUAL(n_torn, n > 0 && text[n - 1] != '\n');
        hb_table_fini(&known);
        const int fd = opened();
        CU_ASSERT_EQUAL(hb_journal_done(fd, path, 77, 770, &err), HB_OK);
        close(fd);
        known = known_now(&n_torn);
        CU_ASSERT_EQUAL(word_of(&known, 77, HB_JOURNAL_HASH), 770);
        hb_table_fini(&known);
    }
}

/* A bit that is wrong makes one line count for nothing, or two where it was a newline; nothing else changes, and nothing is invented. */
static void test_flips(void)
{
    write_some();
    for (size_t at = 0; at < n_text; at++)
        for (int bit = 0; bit < 8; bit++) {
            char changed[sizeof text];
            memcpy(changed, text, n_text);
            changed[at] ^= (char)(1 << bit);
            put_back(changed, n_text);
            uint64_t n_torn;
            hb_table known = known_now(&n_torn);
            size_t n_done = 0;
            for (size_t i = 0; i < known.n; i++) {
                const uint64_t *row = hb_table_values(&known, i);
                if (row[HB_JOURNAL_IS_DONE]) CU_ASSERT_EQUAL(row[HB_JOURNAL_HASH], *hb_table_row(&known, i) * 1000);
                n_done += row[HB_JOURNAL_IS_DONE] != 0;
            }
            CU_ASSERT(n_torn >= 1 && n_torn <= 2 && n_done >= 7);
            hb_table_fini(&known);
        }
}

/* Lines whose sum is right, and which yet say nothing that is known: they count for nothing, and those around them count. */
static void test_odd_lines(void)
{
    static const char *const odd[] = {
        "", "\n", "done", "done \n", "done 000000000000000a\n", "done 000000000000000a 000000000000000b", "done 000000000000000a 000000000000000b \n",
        "done 000000000000000A 000000000000000b\n", "done 000000000000000a 00000000000000g0\n", "start 00000000000000\n", "start 000000000000000a \n",
        "begin 000000000000000a", "gone 000000000000000a\n", "stop  00000000000000a\n", "START 000000000000000a\n"
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        fresh();
        const int fd = opened();
        hb_journal_done(fd, path, 1, 100, &err);
        dprintf(fd, "%016" PRIx64 " %s", hb_hash_bytes(odd[i], strlen(odd[i]), 0), odd[i]);
        hb_journal_done(fd, path, 2, 200, &err);
        close(fd);
        uint64_t n_torn;
        hb_table known = known_now(&n_torn);
        CU_ASSERT_EQUAL(n_torn, 1);
        CU_ASSERT_EQUAL(known.n, 2);
        CU_ASSERT_EQUAL(word_of(&known, 1, HB_JOURNAL_HASH), 100);
        CU_ASSERT_EQUAL(word_of(&known, 2, HB_JOURNAL_HASH), 200);
        hb_table_fini(&known);
    }
}

/* Memory that is short while reading is told, and leaks nothing. */
static void test_memory(void)
{
    write_some();
    hb_status status = HB_ERR_MEMORY;
    for (uint64_t nth = 1; status == HB_ERR_MEMORY; nth++) {
        hb_table known;
        uint64_t n_torn;
        hb_memory_fail_at(nth, 0);
        status = hb_journal_read(path, &known, &n_torn, &err);
        hb_memory_fail_at(0, 0);
        CU_ASSERT_EQUAL(status, nth < 3 ? HB_ERR_MEMORY : HB_OK);
        if (status == HB_OK) hb_table_fini(&known);
    }
}

/* Processes that add side by side, and are killed: all lines that they were told of are there. */
static void test_killed_writers(void)
{
    dice r = dice_of(SEED);
    for (int round = 0; round < 40; round++) {
        fresh();
        int told[2];
        pid_t writers[3];
        CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
        for (uint64_t w = 0; w < 3; w++) {
            writers[w] = fork();
            if (writers[w] != 0) continue;
            const int fd = opened();
            for (uint64_t id = w << 32;; id++)
                if (hb_journal_done(fd, path, id, ~id, &err) != HB_OK || write(told[1], &id, sizeof id) != sizeof id) _exit(1);
        }
        close(told[1]);
        usleep((useconds_t)roll(&r, 8000));
        for (int w = 0; w < 3; w++) kill(writers[w], SIGKILL);
        for (int w = 0; w < 3; w++) waitpid(writers[w], NULL, 0);
        uint64_t n_torn, id;
        hb_table known = known_now(&n_torn);
        while (read(told[0], &id, sizeof id) == sizeof id) CU_ASSERT_EQUAL(word_of(&known, id, HB_JOURNAL_HASH), ~id);
        CU_ASSERT(n_torn <= 3);
        hb_table_fini(&known);
        close(told[0]);
    }
}

static void test_full_disk(void)
{
    const int fd = open("/dev/full", O_RDWR | O_APPEND);
    fresh();
    CU_ASSERT_EQUAL(hb_journal_start(fd, "/dev/full", 1, 0, &err), HB_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "cannot be written"));
    close(fd);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "nothing", test_nothing }, { "deaths", test_deaths }, { "cut", test_cut }, { "flipped bits", test_flips },
        { "odd lines", test_odd_lines },
        { "out of memory", test_memory }, { "killed writers", test_killed_writers }, { "full disk", test_full_disk }, CU_TEST_INFO_NULL
    };
    strcpy(folder, "/tmp/heapbatch-journal-XXXXXX");
    if (mkdtemp(folder) == NULL) return 2;
    snprintf(path, sizeof path, "%s/journal", folder);
    const int status = hb_suite_run("journal", tests);
    unlink(path);
    rmdir(folder);
    return status;
}
