/* Manifests: what series they make, what is wrong with them and where, and a large one. */
#include "fleet/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/times.h"
#include "tests/unit/suite.h"

static char file_name[] = "/tmp/hb-test-manifest-XXXXXX";

static void put(const char *bytes, size_t n)
{
    FILE *file = fopen(file_name, "wb");
    if (file == NULL || fwrite(bytes, 1, n, file) != n || fclose(file) != 0) abort();
}

static hb_status read_text(const char *text, hb_series_list *list, hb_error *err)
{
    put(text, strlen(text));
    hb_error_clear(err);
    return hb_manifest_read(file_name, list, err);
}

/* "name: path@seconds path; name: path". */
static void write_out(const hb_series_list *list, char *text, size_t room)
{
    size_t end = 0;
    text[0] = '\0';
    for (size_t i = 0; i < list->n; i++) {
        const hb_series *s = &list->items[i];
        end += (size_t)snprintf(text + end, room - end, "%s%s:", i != 0 ? "; " : "", s->name);
        for (size_t k = 0; k < s->n_paths; k++) {
            end += (size_t)snprintf(text + end, room - end, " %s", s->paths[k]);
            if (s->times == NULL || !s->times[k].has_time) continue;
            CU_ASSERT_EQUAL(s->times[k].source, HB_TIME_MANIFEST);
            end += (size_t)snprintf(text + end, room - end, "@%" PRId64, s->times[k].at_ms / 1000 - 1709800000);
        }
    }
}

static void expect(const char *text, const char *wanted)
{
    hb_series_list list;
    hb_error err;
    char got[4096];
    CU_ASSERT_EQUAL(read_text(text, &list, &err), HB_OK);
    CU_ASSERT_EQUAL(err.code, HB_OK);
    write_out(&list, got, sizeof got);
    CU_ASSERT_STRING_EQUAL(got, wanted);
    if (strcmp(got, wanted) != 0) printf("\n  got    %s %s\n  wanted %s\n", got, err.message, wanted);
    hb_series_list_fini(&list);
}

static void refuse_file(uint64_t line, const char *part)
{
    hb_series_list list;
    hb_error err;
    char where[64];
    hb_error_clear(&err);
    CU_ASSERT_EQUAL(hb_manifest_read(file_name, &list, &err), HB_ERR_USAGE);
    if (line != 0) snprintf(where, sizeof where, "%s:%" PRIu64, file_name, line);
    else strcpy(where, file_name);
    CU_ASSERT_STRING_EQUAL(err.path, where);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, part));
    if (strstr(err.message, part) == NULL) printf("\n  got '%s', not '%s'\n", err.message, part);
    CU_ASSERT_EQUAL(list.n, 0);
    CU_ASSERT_PTR_NULL(list.items);
}

static void refuse(const char *text, uint64_t line, const char *part)
{
    put(text, strlen(text));
    refuse_file(line, part);
}

static void test_series(void)
{
    expect("a\tweb\nb\tapi\nc\tweb\n", "api: b; web: a c");
    expect("z\tweb\na\tweb", "web: z a");
    expect("a 1 \tthe web\t\n", "the web: a 1 ");
    expect("a\tw10\nb\tw9\n", "w9: b; w10: a");
    expect("a\tweb\nb\tapi\na\tapi\n", "api: b a; web: a");
    expect("-\tin\n", "in: -");
}

static void test_times(void)
{
    expect("a\tweb\t1709800300\nb\tweb\t1709800100\nc\tweb\t1709800200\n", "web: b@100 c@200 a@300");
    expect("a\tweb\t1709800300\nb\tweb\nc\tweb\t1709800200\n", "web: a@300 b c@200");
    expect("b\tweb\t1709800100\na\tweb\t1709800100\n", "web: b@100 a@100");
    expect("a\tweb\t2024-03-07T09:30:00+01:00\nb\tweb\t 2024-03-07 08:29:59 UTC \n", "web: b@199 a@200");
}

static void test_without_series(void)
{
    expect("h.10.json\nh.9.json\nx\tweb\n", "h: h.9.json h.10.json; web: x");
    expect("h.2.json\t\t1709800100\nh.1.json\t\t1709800200\n", "h: h.2.json@100 h.1.json@200");
    expect("h.2.json\t\t1709800100\nh.1.json\t\t1709800100\n", "h: h.1.json@100 h.2.json@100");
    expect("./h.2.json\t\t1709800100\nh.1.json\n", "h: h.1.json ./h.2.json@100");
    expect("h.1.json\nx\th\n", "h.1.json: h.1.json; x: x"); /* one name for two series */
}

static void test_what_is_passed_over(void)
{
    expect("\xef\xbb\xbf# dumps\r\n\r\n  \t \r\na\tweb\r\n#b\tweb\r\n./#c\tweb\r\n", "web: a ./#c");
    expect("a\tweb\nb.tmp\tweb\nc.json.TMP\n", "web: a");
    expect("a\tweb\n./a\tweb\na\tweb\nb\tweb\n", "web: a b");
    expect("b\tweb\n.//a\tweb\na\tweb\n", "web: b .//a");
    expect("h.1.json\nh.1.json\nh.1.json.time\n", "h: h.1.json");
}

static void test_errors(void)
{
    refuse("", 0, "no dump");
    refuse("# nothing\n\n", 0, "no dump");
    refuse("a.tmp\n", 0, "no dump");
    refuse("a\n\tweb\n", 2, "path of a dump, is empty");
    refuse("# x\n\na\tweb\tnoon\n", 3, "third column");
    refuse("a\tweb\t1709800300\tmore\n", 1, "third column");
    refuse("a\tweb\t2023-02-29\r\n", 1, "third column");
    put("a\nb\0c\n", 6);
    refuse_file(2, "NUL");
    put("a\n\0", 3);
    refuse_file(2, "NUL");
}

static void test_unreadable(void)
{
    hb_series_list list;
    hb_error err;
    hb_error_clear(&err);
    CU_ASSERT_EQUAL(hb_manifest_read("/no/such/manifest", &list, &err), HB_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "No such file"));
    hb_error_clear(&err);
    CU_ASSERT_EQUAL(hb_manifest_read("/tmp", &list, &err), HB_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "cannot be read"));
    hb_error_clear(&err);
    CU_ASSERT_EQUAL(hb_manifest_read("/dev/zero", &list, &err), HB_ERR_USAGE);
    CU_ASSERT_STRING_EQUAL(err.path, "/dev/zero:1");
}

static void test_long_lines(void)
{
    static char text[HB_MANIFEST_MOST_LINE + 16];
    memset(text, 'a', sizeof text);
    text[HB_MANIFEST_MOST_LINE] = '\n';
    put(text, HB_MANIFEST_MOST_LINE + 1);
    hb_series_list list;
    CU_ASSERT_EQUAL(hb_manifest_read(file_name, &list, NULL), HB_OK);
    CU_ASSERT_EQUAL(strlen(list.items[0].paths[0]), HB_MANIFEST_MOST_LINE);
    hb_series_list_fini(&list);
    text[HB_MANIFEST_MOST_LINE] = 'a';
    put(text, HB_MANIFEST_MOST_LINE + 1);
    refuse_file(1, "too long");
}

static void test_too_many_dumps(void)
{
    FILE *file = fopen(file_name, "wb");
    for (int i = 0; i <= HB_SERIES_MOST_DUMPS; i++) fprintf(file, "d%d\tweb\n", i);
    fclose(file);
    hb_series_list list;
    hb_error err;
    hb_error_clear(&err);
    CU_ASSERT_EQUAL(hb_manifest_read(file_name, &list, &err), HB_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "at most"));
}

/* Many lines, each with a series of ten, in an order that is not theirs. */
static void test_many_lines(void)
{
    enum { N = 200000 };
    FILE *file = fopen(file_name, "wb");
    for (int i = 0; i < N; i++) fprintf(file, "dumps/%d.json\tworker-%d\t%d\n", i, i % (N / 10), 1709800000 + N - i);
    fclose(file);
    hb_series_list list;
    CU_ASSERT_EQUAL(hb_manifest_read(file_name, &list, NULL), HB_OK);
    CU_ASSERT_EQUAL(list.n, N / 10);
    int wrong = 0;
    for (size_t i = 0; i < list.n; i++) {
        const hb_series *s = &list.items[i];
        wrong += s->n_paths != 10;
        for (size_t k = 1; k < s->n_paths; k++) wrong += s->times[k - 1].at_ms >= s->times[k].at_ms;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    hb_series_list_fini(&list);
}

static void test_times_are_kept(void)
{
    hb_series_list list;
    hb_error err;
    CU_ASSERT_EQUAL(read_text("heap-1.json\tweb\t1709800300\nheap-0.json\tweb\t1709800100\n", &list, &err), HB_OK);
    CU_ASSERT_EQUAL(hb_times_find(&list), HB_OK);
    CU_ASSERT_EQUAL(list.items[0].times[0].at_ms, 1709800100000);
    CU_ASSERT_EQUAL(list.items[0].times[0].source, HB_TIME_MANIFEST);
    hb_series_list_fini(&list);
}

static void test_memory_fails(void)
{
    static const char text[] = "a\tweb\t1709800300\nb\tweb\nb\tweb\nh.1.json\nh.2.json\t\t1709800300\nx.json\n";
    hb_status status = HB_ERR_MEMORY;
    hb_series_list list;
    hb_error err;
    uint64_t nth = 1;
    for (; status == HB_ERR_MEMORY && nth < 1000; nth++) {
        put(text, strlen(text));
        hb_error_clear(&err);
        hb_memory_fail_at(nth, 0);
        status = hb_manifest_read(file_name, &list, &err);
        hb_memory_fail_at(0, 0);
        CU_ASSERT_EQUAL(err.code, status);
        CU_ASSERT_EQUAL(list.n, status == HB_OK ? 3 : 0);
    }
    CU_ASSERT_EQUAL(status, HB_OK);
    CU_ASSERT_TRUE(nth > 10);
    hb_series_list_fini(&list);
}

int main(void)
{
    int fd = mkstemp(file_name);
    if (fd < 0) return 2;
    close(fd);
    hb_log_init(HB_LOG_ERROR, -1); /* the warnings are meant */
    CU_TestInfo tests[] = {
        { "series", test_series },
        { "times", test_times },
        { "without series", test_without_series },
        { "what is passed over", test_what_is_passed_over },
        { "errors", test_errors },
        { "unreadable", test_unreadable },
        { "long lines", test_long_lines },
        { "too many dumps", test_too_many_dumps },
        { "many lines", test_many_lines },
        { "times are kept", test_times_are_kept },
        { "memory fails", test_memory_fails },
        CU_TEST_INFO_NULL,
    };
    int failed = hb_suite_run("manifest", tests);
    return unlink(file_name) != 0 || failed;
}
