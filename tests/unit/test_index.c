/* The file of an index: what was put in comes out, and nothing that is damaged does. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "index/pen.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 20261130u

/* A heap of n objects whose columns are made up: item i of a section. */
static uint64_t made_up(hb_index_section section, uint64_t i)
{
    return hb_hash_word((uint64_t)section << 32 | i);
}

static uint64_t items_of(hb_index_section section, uint64_t n)
{
    if (section <= HB_INDEX_LAST_COLUMN) return n;
    switch (section) {
    case HB_INDEX_FIRST: return n + 1;
    case HB_INDEX_TARGET: return 2 * n;
    case HB_INDEX_IVAR_NAME: case HB_INDEX_IVAR_BEFORE: return 7;
    default: return 5;
    }
}

static void put_strings(hb_index_pen *pen, hb_index_section ends, hb_index_section texts)
{
    static const char text[] = "abcdefabcdefgabcdefghabcdefghi";   /* three strings, each longer than the one before */
    const uint64_t end[] = { 6, 13, 21, 30 };
    hb_index_pen_put(pen, end, sizeof end);
    hb_index_pen_end(pen, ends);
    hb_index_pen_put(pen, text, sizeof text - 1);
    hb_index_pen_end(pen, texts);
}

static int write_index(uint64_t n)
{
    const int fd = memfd_create("index", MFD_CLOEXEC);
    const hb_index_origin origin = { .bytes = 7, .modified_s = -1, .modified_ns = 999, .limits = 3, .is_damaged = 1, .damage = "cut off" };
    hb_index_pen pen;
    hb_index_pen_init(&pen, fd, "index", NULL);
    for (unsigned s = 0; s < HB_INDEX_NAME_END; s++) {
        const size_t item = hb_index_item_bytes((hb_index_section)s);
        for (uint64_t i = 0; i < items_of((hb_index_section)s, n); i++) {
            const uint64_t value = s == HB_INDEX_ROOT_NAME ? i % 4 : made_up((hb_index_section)s, i);
            hb_index_pen_put(&pen, &value, item);
        }
        hb_index_pen_end(&pen, (hb_index_section)s);
    }
    put_strings(&pen, HB_INDEX_NAME_END, HB_INDEX_NAME_TEXT);
    put_strings(&pen, HB_INDEX_SITE_END, HB_INDEX_SITE_TEXT);
    CU_ASSERT_EQUAL_FATAL(hb_index_pen_finish(&pen, &origin), HB_OK);
    hb_index_pen_fini(&pen);
    return fd;
}

/* Everything that can be read, compared with what was put in; the first status that is not HB_OK. */
static hb_status read_all(int fd, uint64_t n, int *is_right)
{
    hb_index index;
    hb_error err;
    hb_error_clear(&err);
    *is_right = 1;
    hb_status status = hb_index_open(dup(fd), "index", &index, &err);
    if (status != HB_OK) {
        CU_ASSERT(err.message[0] != '\0' && strcmp(err.path, "index") == 0);
        return status;
    }
    if (index.n != n || strcmp(index.origin.damage, "cut off") != 0 || index.origin.modified_s != -1) *is_right = 0;
    for (unsigned s = 0; s < HB_INDEX_ROOT_NAME && status == HB_OK; s++) {
        const size_t item = hb_index_item_bytes((hb_index_section)s);
        const uint64_t n_items = items_of((hb_index_section)s, n);
        char *all = must_alloc(n_items, item);
        status = hb_index_read(&index, (hb_index_section)s, 0, n_items, all, &err);
        for (uint64_t i = 0; status == HB_OK && i < n_items; i++) {
            const uint64_t value = made_up((hb_index_section)s, i);
            if (memcmp(all + i * item, &value, item) != 0) *is_right = 0;
        }
        free(all);
    }
    hb_index_close(&index);
    return status;
}

static void test_round_trip(void)
{
    static const uint64_t sizes[] = { 0, 1, 3, 100, 20000 };
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        int is_right;
        const int fd = write_index(sizes[k]);
        CU_ASSERT(read_all(fd, sizes[k], &is_right) == HB_OK && is_right);
        close(fd);
    }
}

/* Pieces anywhere, and what is not there. */
static void test_pieces(void)
{
    enum { N = 50000 };
    dice d = dice_of(SEED);
    const int fd = write_index(N);
    hb_index index;
    hb_error err;
    hb_error_clear(&err);
    CU_ASSERT_EQUAL_FATAL(hb_index_open(fd, "index", &index, &err), HB_OK);
    uint64_t *values = must_alloc(N, sizeof *values);
    for (int k = 0; k < 300; k++) {
        const uint64_t first = roll(&d, N), n = 1 + roll(&d, N - first);
        const hb_index_section section = chance(&d, 2) ? HB_INDEX_ADDRESS : HB_INDEX_RETAINED_OBJECTS;
        CU_ASSERT_EQUAL_FATAL(hb_index_read(&index, section, first, n, values, &err), HB_OK);
        CU_ASSERT(values[0] == made_up(section, first) && values[n - 1] == made_up(section, first + n - 1));
    }
    CU_ASSERT_EQUAL(hb_index_read(&index, HB_INDEX_ADDRESS, N, 0, values, &err), HB_OK);
    CU_ASSERT_EQUAL(hb_index_read(&index, HB_INDEX_ADDRESS, N, 1, values, &err), HB_ERR_DATA);
    CU_ASSERT_EQUAL(hb_index_read(&index, HB_INDEX_ADDRESS, 1, UINT64_MAX, values, &err), HB_ERR_DATA);
    CU_ASSERT_EQUAL(hb_index_read(&index, HB_INDEX_ADDRESS, UINT64_MAX, 1, values, &err), HB_ERR_DATA);
    free(values);
    hb_index_close(&index);
}

static void flip(int fd, off_t at, unsigned char bits)
{
    unsigned char byte;
    CU_ASSERT(pread(fd, &byte, 1, at) == 1);
    byte ^= bits;
    CU_ASSERT(pwrite(fd, &byte, 1, at) == 1);
}

/* Every byte of a small file, and some of one with many blocks: none changes an answer unseen. */
static void test_damage(void)
{
    static const uint64_t sizes[] = { 3, 20000 };
    for (size_t k = 0; k < 2; k++) {
        struct stat info;
        dice d = dice_of(SEED + k);
        const int fd = write_index(sizes[k]);
        CU_ASSERT(fstat(fd, &info) == 0);
        for (off_t i = 0; i < (k == 0 ? info.st_size : 300); i++) {
            int is_right;
            const off_t at = k == 0 ? i : (off_t)roll(&d, (size_t)info.st_size);
            const unsigned char bits = (unsigned char)(1 + roll(&d, 255));
            flip(fd, at, bits);
            const hb_status status = read_all(fd, sizes[k], &is_right);
            CU_ASSERT(status == HB_ERR_DATA || (status == HB_OK && is_right && at < HB_INDEX_HEAD_BYTES));
            CU_ASSERT(status == HB_ERR_DATA || at >= (off_t)sizeof(hb_index_head));
            flip(fd, at, bits);
        }
        close(fd);
    }
}

static void test_cut_off(void)
{
    struct stat info;
    int is_right;
    const int whole = write_index(3);
    CU_ASSERT(fstat(whole, &info) == 0);
    for (off_t n = info.st_size - 1; n >= 0; n--) {
        CU_ASSERT(ftruncate(whole, n) == 0);
        CU_ASSERT_EQUAL(read_all(whole, 3, &is_right), HB_ERR_DATA);
    }
    close(whole);
    const int longer = write_index(3);
    CU_ASSERT(pwrite(longer, "x", 1, info.st_size) == 1);
    CU_ASSERT_EQUAL(read_all(longer, 3, &is_right), HB_ERR_DATA);
    close(longer);
}

/* Reads the head, changes it, and makes its checksum fit again. */
static int forge(uint64_t n, void (*change)(hb_index_head *head))
{
    hb_index_head head;
    const int fd = write_index(n);
    CU_ASSERT(pread(fd, &head, sizeof head, 0) == sizeof head);
    change(&head);
    head.check = hb_index_head_check(&head);
    CU_ASSERT(pwrite(fd, &head, sizeof head, 0) == sizeof head);
    return fd;
}

static void change_version(hb_index_head *head) { head->version++; }
static void change_order(hb_index_head *head) { head->byte_order = UINT64_C(0x0807060504030201); }
static void change_magic(hb_index_head *head) { head->magic[0] = 'x'; }
static void change_body(hb_index_head *head) { head->body_bytes = UINT64_MAX - 7; }
static void change_objects(hb_index_head *head) { for (unsigned s = 0; s <= HB_INDEX_LAST_COLUMN; s++) head->n_items[s] = UINT32_MAX - 1; }
static void change_targets(hb_index_head *head) { head->n_items[HB_INDEX_TARGET] = UINT64_MAX / 4; }
static void change_column(hb_index_head *head) { head->n_items[HB_INDEX_SITE]++; }
static void change_first(hb_index_head *head) { head->n_items[HB_INDEX_FIRST]++; head->n_items[HB_INDEX_TARGET] -= 2; }
static void change_text(hb_index_head *head) { memset(head->origin.damage, 'x', sizeof head->origin.damage); }

/* No memory comes from what a head says. */
static void test_forged(void)
{
    static void (*const changes[])(hb_index_head *) = { change_version, change_order, change_magic, change_body, change_objects,
                                                        change_targets, change_column, change_first, change_text };
    for (size_t k = 0; k < sizeof changes / sizeof *changes; k++) {
        int is_right;
        const int fd = forge(3, changes[k]);
        CU_ASSERT_EQUAL(read_all(fd, 3, &is_right), HB_ERR_DATA);
        close(fd);
    }
}

/* A block in the place of another, as a bad disk or a copy program may leave it. */
static void test_swapped(void)
{
    static char a[HB_INDEX_BLOCK_BYTES], b[HB_INDEX_BLOCK_BYTES];
    int is_right;
    const int fd = write_index(50000);
    CU_ASSERT(pread(fd, a, sizeof a, HB_INDEX_HEAD_BYTES) == sizeof a);
    CU_ASSERT(pread(fd, b, sizeof b, HB_INDEX_HEAD_BYTES + sizeof a) == sizeof b);
    CU_ASSERT(pwrite(fd, b, sizeof b, HB_INDEX_HEAD_BYTES) == sizeof b);
    CU_ASSERT(pwrite(fd, a, sizeof a, HB_INDEX_HEAD_BYTES + sizeof a) == sizeof a);
    CU_ASSERT_EQUAL(read_all(fd, 50000, &is_right), HB_ERR_DATA);
    close(fd);
}

static void test_memory_fails(void)
{
    const int fd = write_index(100);
    hb_status status = HB_ERR_MEMORY;
    uint64_t nth = 1;
    for (; status == HB_ERR_MEMORY && nth < 1000; nth++) {
        hb_index index;
        hb_error err;
        hb_error_clear(&err);
        hb_memory_fail_at(nth, 0);
        status = hb_index_open(dup(fd), "index", &index, &err);
        hb_memory_fail_at(0, 0);
        CU_ASSERT(status == HB_OK || err.code == HB_ERR_MEMORY);
        hb_index_close(&index);
    }
    CU_ASSERT(status == HB_OK && nth > 5);
    close(fd);
}

int main(void)
{
    CU_TestInfo tests[] = { { "round trip", test_round_trip }, { "pieces", test_pieces }, { "damage", test_damage },
                            { "cut off", test_cut_off }, { "forged heads", test_forged }, { "swapped blocks", test_swapped },
                            { "memory fails", test_memory_fails }, CU_TEST_INFO_NULL };
    return hb_suite_run("index", tests);
}
