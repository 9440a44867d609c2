/* Lines by address: which, in which order, as they are; for chunks of any size; and a dump that has changed. */
#include "fleet/pick_lines.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/suite.h"

#define OBJECT(address, more) "{\"address\":\"0x" address "\", \"type\":\"STRING\"" more "}"

static const char text[] = "{\"type\":\"ROOT\", \"root\":\"vm\", \"references\":[\"0x30\"]}\n" OBJECT("20", "") "\nnonsense\n"
                           OBJECT("30", ", \"value\":\"two\\nlines\"") "\n\n" OBJECT("10", "") "\n" OBJECT("20", ", \"memsize\":40") "\n"
                           "{\"address\":\"0x50\", \"type\":\"SHAPE\", \"id\":1}\n" OBJECT("40", "");   /* no newline */

static char path[] = "/tmp/hb-test-pick-XXXXXX";

/* The line has the address that it is said to have. */
static hb_status write_line(void *ctx, uint64_t address, const char *line, size_t n)
{
    char start[48];
    const int length = snprintf(start, sizeof start, "{\"address\":\"0x%llx\"", (unsigned long long)address);
    CU_ASSERT(n > (size_t)length && memcmp(line, start, (size_t)length) == 0);
    fprintf(ctx, "%.*s\n", (int)n, line);
    return HB_OK;
}

static hb_status pick(uint64_t *addresses, size_t n, size_t chunk_bytes, char **lines)
{
    const hb_addresses wanted = { addresses, n };
    size_t length;
    hb_error err;
    FILE *out = open_memstream(lines, &length);
    const hb_pick plan = { .path = path, .limits = &hb_limits_default, .chunk_bytes = chunk_bytes, .wanted = &wanted,
                           .take = write_line, .ctx = out };
    hb_error_clear(&err);
    const hb_status status = hb_pick_lines(&plan, &err);
    fclose(out);
    CU_ASSERT_EQUAL(err.code, status);
    return status;
}

static void check(uint64_t *addresses, size_t n, const char *expected)
{
    static const size_t chunks[] = { 1, 2, 7, 50, 64, 1000 };
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        char *lines = NULL;
        CU_ASSERT_EQUAL(pick(addresses, n, chunks[i], &lines), HB_OK);
        CU_ASSERT_STRING_EQUAL(lines, expected);
        free(lines);
    }
}

static void test_lines(void)
{
    uint64_t addresses[] = { 0x10, 0x20, 0x30, 0x40 };
    check(NULL, 0, "");
    check(addresses, 1, OBJECT("10", "") "\n");
    check(addresses + 1, 2, OBJECT("20", "") "\n" OBJECT("30", ", \"value\":\"two\\nlines\"") "\n" OBJECT("20", ", \"memsize\":40") "\n");
    check(addresses + 3, 1, OBJECT("40", "") "\n");
}

static void test_what_is_gone(void)
{
    uint64_t gone = 0x18, no_object = 0x50;
    char *lines = NULL;
    CU_ASSERT_EQUAL(pick(&gone, 1, 64, &lines), HB_ERR_DATA);
    free(lines);
    CU_ASSERT_EQUAL(pick(&no_object, 1, 64, &lines), HB_ERR_DATA);
    free(lines);
}

int main(void)
{
    const int fd = mkstemp(path);
    if (fd < 0 || write(fd, text, sizeof text - 1) != (ssize_t)sizeof text - 1 || close(fd) != 0) return 2;
    CU_TestInfo tests[] = { { "lines", test_lines }, { "what is gone", test_what_is_gone }, CU_TEST_INFO_NULL };
    const int status = hb_suite_run("pick_lines", tests);
    unlink(path);
    return status;
}
