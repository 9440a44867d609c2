/* The command line: defaults, values that fit and values that do not, and no leak when memory fails. */
#include "fleet/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/unit/suite.h"

enum { MAX_WORDS = 64 };

/* Splits at spaces ("~" is an empty word) and parses; words live in the caller's buffer. */
static hb_status parse(const char *line, hb_options *out, hb_error *err)
{
    char buffer[1024], *argv[MAX_WORDS], program[] = "heapbatch";
    int argc = 0;
    argv[argc++] = program;
    snprintf(buffer, sizeof buffer, "%s", line);
    for (char *word = strtok(buffer, " "); word != NULL && argc < MAX_WORDS - 1; word = strtok(NULL, " ")) {
        if (strcmp(word, "~") == 0) *word = '\0';
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    hb_error_clear(err);
    return hb_options_parse(argc, argv, out, err);
}

static void accept(const char *line, hb_options *out)
{
    hb_error err;
    hb_status status = parse(line, out, &err);
    CU_ASSERT_EQUAL(status, HB_OK);
    CU_ASSERT_EQUAL(err.code, HB_OK);
    if (status != HB_OK) printf("\n  '%s': %s\n", line, err.message);
}

/* The line is a usage error whose message holds `part`. */
static void refuse(const char *line, const char *part)
{
    hb_options options;
    hb_error err;
    CU_ASSERT_EQUAL(parse(line, &options, &err), HB_ERR_USAGE);
    CU_ASSERT_EQUAL(err.code, HB_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, part));
    if (strstr(err.message, part) == NULL) printf("\n  '%s': got '%s', not '%s'\n", line, err.message, part);
    CU_ASSERT_PTR_NULL(options.paths);
    CU_ASSERT_EQUAL(options.n_paths, 0);
    hb_options_fini(&options);
}

static void test_defaults(void)
{
    hb_options o;
    accept("a.json", &o);
    CU_ASSERT_FALSE(o.show_help || o.show_version || o.quiet || o.progress || o.keep_cpu_mask);
    CU_ASSERT_EQUAL(o.n_paths, 1);
    CU_ASSERT_STRING_EQUAL(o.paths[0], "a.json");
    CU_ASSERT_EQUAL(o.series_mode, HB_SERIES_AUTO);
    CU_ASSERT_PTR_NULL(o.series_regex);
    CU_ASSERT_EQUAL(o.identity, HB_IDENTITY_STRICT);
    CU_ASSERT_EQUAL(o.top, 20);
    CU_ASSERT(o.n_queries == 0 && !o.validate);
    CU_ASSERT_EQUAL(o.min_retained_bytes, 0);
    CU_ASSERT_FALSE(o.max_retained_bytes.is_set || o.max_retained_objects.is_set || o.max_growth_percent.is_set);
    CU_ASSERT_PTR_NULL(o.json_path);
    CU_ASSERT_PTR_NULL(o.timings_path);
    CU_ASSERT_EQUAL(o.n_threads, 0);
    CU_ASSERT_EQUAL(o.chunk_bytes, 1048576);
    CU_ASSERT_EQUAL(o.log_level, HB_LOG_WARN);
    hb_options_fini(&o);
    hb_options_fini(&o);
}

static void test_every_option(void)
{
    hb_options o;
    accept("--series one --identity=address-type b.json --top 0 --json - --min-retained 64k --threads 3 --no-bind "
           "--quiet a.json --progress --log debug --timings t.json --chunk 1 --fail-on retained=50M "
           "--fail-on objects=7 --fail-on growth=12% - -- --json", &o);
    CU_ASSERT_EQUAL(o.series_mode, HB_SERIES_ONE);
    CU_ASSERT_EQUAL(o.identity, HB_IDENTITY_ADDRESS_TYPE);
    CU_ASSERT_EQUAL(o.top, 0);
    CU_ASSERT_STRING_EQUAL(o.json_path, "-");
    CU_ASSERT_EQUAL(o.min_retained_bytes, 65536);
    CU_ASSERT_EQUAL(o.n_threads, 3);
    CU_ASSERT_TRUE(o.keep_cpu_mask && o.quiet && o.progress);
    CU_ASSERT_EQUAL(o.log_level, HB_LOG_DEBUG);
    CU_ASSERT_STRING_EQUAL(o.timings_path, "t.json");
    CU_ASSERT_EQUAL(o.chunk_bytes, 1);
    CU_ASSERT_TRUE(o.max_retained_bytes.is_set && o.max_retained_objects.is_set && o.max_growth_percent.is_set);
    CU_ASSERT_EQUAL(o.max_retained_bytes.value, 50u << 20);
    CU_ASSERT_EQUAL(o.max_retained_objects.value, 7);
    CU_ASSERT_EQUAL(o.max_growth_percent.value, 12);
    CU_ASSERT_EQUAL_FATAL(o.n_paths, 4);
    CU_ASSERT_STRING_EQUAL(o.paths[0], "b.json");
    CU_ASSERT_STRING_EQUAL(o.paths[1], "a.json");
    CU_ASSERT_STRING_EQUAL(o.paths[2], "-");
    CU_ASSERT_STRING_EQUAL(o.paths[3], "--json");
    hb_options_fini(&o);
}

static void test_last_one_counts(void)
{
    hb_options o;
    accept("--series (.*)-x --series (.*)-y --json a --json b --fail-on objects=1 --fail-on objects=0 x.json", &o);
    CU_ASSERT_EQUAL(o.series_mode, HB_SERIES_REGEX);
    CU_ASSERT_STRING_EQUAL(o.series_regex, "(.*)-y");
    CU_ASSERT_STRING_EQUAL(o.json_path, "b");
    CU_ASSERT_TRUE(o.max_retained_objects.is_set);
    CU_ASSERT_EQUAL(o.max_retained_objects.value, 0);
    hb_options_fini(&o);
    accept("--series (.*)-x --series each x.json", &o);
    CU_ASSERT_EQUAL(o.series_mode, HB_SERIES_EACH);
    CU_ASSERT_PTR_NULL(o.series_regex);
    hb_options_fini(&o);
}

static void test_strings(void)
{
    hb_options o;
    accept("a.json", &o);
    CU_ASSERT(!o.strings && !o.show_values);
    hb_options_fini(&o);
    accept("--strings --redact a.json", &o);
    CU_ASSERT(o.strings && !o.show_values);
    hb_options_fini(&o);
    accept("a.json --show-values", &o);
    CU_ASSERT(o.strings && o.show_values);
    hb_options_fini(&o);
}

static void test_queries(void)
{
    static const char *const wrong[] = { "~", "0x", "0xg", "7f1c", "0x12345678123456781", "class:", "klass:Foo", "site:a.rb",
                                         "site:a.rb:", "site::3", "site:a.rb:3x", "site:a.rb:4294967296" };
    char line[128];
    hb_options o;
    accept("--path 0x7F1c --path class:Foo::Bar a.json --referrers 0x00ffffffffffffffff --path site:c:/lib/a.rb:15 "
           "--validate", &o);
    CU_ASSERT_EQUAL(o.validate, 1);
    CU_ASSERT_EQUAL_FATAL(o.n_queries, 4);
    CU_ASSERT(o.queries[0].kind == HB_QUERY_ADDRESS && o.queries[0].address == 0x7f1c);
    CU_ASSERT(o.queries[1].kind == HB_QUERY_CLASS && o.queries[1].n_name == 8);
    CU_ASSERT_STRING_EQUAL(o.queries[1].name, "Foo::Bar");
    CU_ASSERT(o.queries[2].kind == HB_QUERY_REFERRERS && o.queries[2].address == UINT64_MAX);
    CU_ASSERT(o.queries[3].kind == HB_QUERY_SITE && o.queries[3].line == 15 && o.queries[3].n_name == 11);
    CU_ASSERT_NSTRING_EQUAL(o.queries[3].name, "c:/lib/a.rb", 11);
    CU_ASSERT_STRING_EQUAL(o.queries[3].text, "site:c:/lib/a.rb:15");
    hb_options_fini(&o);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(line, sizeof line, "--path %s a.json", wrong[i]);
        refuse(line, "--path takes an address such as");
    }
    refuse("--referrers class:Foo a.json", "--referrers takes an address such as");
    refuse("--path class:Foo", "no dump was named");
}

static void test_bytes(void)
{
    static const struct { const char *text; uint64_t value; } fits[] = {
        { "0", 0 }, { "1", 1 }, { "4096", 4096 }, { "1k", 1024 }, { "1K", 1024 }, { "3M", 3u << 20 }, { "3m", 3u << 20 },
        { "5G", UINT64_C(5) << 30 }, { "007", 7 }, { "18446744073709551615", UINT64_MAX },
        { "17179869183G", UINT64_C(17179869183) << 30 }, { "2t", UINT64_C(2) << 40 }, { "16777215T", UINT64_C(16777215) << 40 },
    };
    static const char *const wrong[] = { "~", "k", "-1", "+1", "1.5M", "1MB", "1kk", "0x10", "1TB", "16777216T",
                                         "18446744073709551616", "17179869184G", "99999999999999999999999999" };
    char line[128];
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        hb_options o;
        snprintf(line, sizeof line, "--min-retained %s --fail-on retained=%s a.json", fits[i].text, fits[i].text);
        accept(line, &o);
        CU_ASSERT_EQUAL(o.min_retained_bytes, fits[i].value);
        CU_ASSERT_EQUAL(o.max_retained_bytes.value, fits[i].value);
        hb_options_fini(&o);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(line, sizeof line, "--min-retained %s a.json", wrong[i]);
        refuse(line, "--min-retained takes");
        snprintf(line, sizeof line, "--fail-on retained=%s a.json", *wrong[i] == '~' ? "" : wrong[i]);
        refuse(line, "--fail-on takes");
    }
}

static void test_limits(void)
{
    static const char *const wrong[] = { "~", "line", "line=", "=3", "lines:3", "Line=3", "line=0", "line=3q", "lines=1k", "ratio=0",
                                         "ratio=2M", "members=none!", "nesting=1025", "nesting=64k", "references=4294967296",
                                         "inflated=-1", "depth=3", "none", "line=16777216T" };
    char line[128];
    hb_options o;
    accept("a.json", &o);
    CU_ASSERT(memcmp(&o.limits, &hb_limits_default, sizeof o.limits) == 0);
    const hb_limits expected = { .line = 1u << 30, .lines = HB_NO_LIMIT, .ratio = 200, .inflated = UINT64_C(1) << 40, .members = 100000000,
                                 .nesting = 64, .references = UINT32_MAX };
    CU_ASSERT(memcmp(&o.limits, &expected, sizeof expected) == 0);
    hb_options_fini(&o);
    accept("--max line=2G --max lines=5 a.json --max ratio=300 --max inflated=3T --max members=4 --max nesting=1024 --max "
           "references=6 --max lines=7", &o);
    const hb_limits all = { UINT64_C(2) << 30, 7, 300, UINT64_C(3) << 40, 4, 1024, 6 };
    CU_ASSERT(memcmp(&o.limits, &all, sizeof all) == 0);
    hb_options_fini(&o);
    accept("--max line=none --max lines=none --max ratio=none --max inflated=none --max members=none --max nesting=none --max "
           "references=none a.json", &o);
    const hb_limits none = { HB_NO_LIMIT, HB_NO_LIMIT, HB_NO_LIMIT, HB_NO_LIMIT, HB_NO_LIMIT, HB_NESTING_MOST, UINT32_MAX };
    CU_ASSERT(memcmp(&o.limits, &none, sizeof none) == 0);
    hb_options_fini(&o);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(line, sizeof line, "--max %s a.json", wrong[i]);
        refuse(line, "--max takes line=BYTES");
    }
    refuse("a.json --max", "--max needs an argument");
}

static void test_wrong_values(void)
{
    refuse("--series ~ a.json", "auto, one, each");
    refuse("--identity strictly a.json", "strict, address-type or address, not 'strictly'");
    refuse("--top -1 a.json", "--top takes");
    refuse("--top ten a.json", "--top takes");
    refuse("--top 1k a.json", "--top takes");
    refuse("--fail-on retained a.json", "retained=BYTES");
    refuse("--fail-on born=3 a.json", "retained=BYTES");
    refuse("--fail-on objects=3k a.json", "objects=N");
    refuse("--fail-on growth=3%% a.json", "growth=PERCENT");
    refuse("--fail-on growth=-3 a.json", "growth=PERCENT");
    refuse("--threads 0 a.json", "from 1 to 4096");
    refuse("--threads 4097 a.json", "from 1 to 4096");
    refuse("--chunk 0 a.json", "from 1 to 1G");
    refuse("--chunk 1073741825 a.json", "from 1 to 1G");
    refuse("--log loud a.json", "error, warn, info or debug");
    refuse("--json --quiet a.json", "--json takes the name of a file");
    refuse("--json ~ a.json", "--json takes the name of a file");
    refuse("--timings - a.json", "--timings takes the name of a file");
}

static void test_wrong_words(void)
{
    refuse("", "no dump was named");
    refuse("--quiet", "no dump was named");
    refuse("--", "no dump was named");
    refuse("~", "empty name");
    refuse("-- ~", "empty name");
    refuse("a.json --sereis one", "'--sereis' is no option");
    refuse("-h", "-h");
    refuse("-json a.json", "-j");
    refuse("a.json --top", "--top needs an argument");
    refuse("--quiet=1 a.json", "--quiet takes no argument");
    refuse("--t 1 a.json", "--help lists them all");
    refuse("--out", "--out needs an argument");
    refuse("--out= a.json", "--out takes the name of a directory");
    refuse("--resume a.json", "--resume goes on in the directory of --out");
    refuse("--resume=yes --out dir a.json", "--resume takes no argument");
    refuse("--memory lots a.json", "--memory takes a number of bytes");
    refuse("--memory 0 a.json", "--memory takes a number of bytes");
    refuse("--show-values=yes a.json", "--show-values takes no argument");
    refuse("--strings=yes a.json", "--strings takes no argument");
    refuse("--show-values --redact a.json", "leave one out");
    refuse("--redact=key a.json --show-values", "leave one out");
}

static void test_outputs_apart(void)
{
    hb_options o;
    refuse("--json a.json a.json b.json", "write over a dump");
    refuse("b.json a.json --timings a.json", "write over a dump");
    refuse("--timings t --json t a.json", "the same file");
    accept("--json - -", &o);
    hb_options_fini(&o);
}

static void test_long_words_are_cut(void)
{
    char line[512] = "--log ";
    memset(line + 6, 'x', 400);
    line[406] = '\0';
    refuse(line, "error, warn, info or debug");
}

static void test_help_and_version(void)
{
    hb_options o;
    accept("--help", &o);
    CU_ASSERT_TRUE(o.show_help);
    hb_options_fini(&o);
    accept("a.json --version --bogus", &o);
    CU_ASSERT_TRUE(o.show_version && !o.show_help);
    hb_options_fini(&o);
}

/* argv stays as it was, whatever the order of options and paths. */
static void test_argv_is_left_alone(void)
{
    char words[][16] = { "heapbatch", "b.json", "--quiet", "a.json", "--top", "3" };
    char *argv[7] = { words[0], words[1], words[2], words[3], words[4], words[5], NULL };
    hb_options o;
    hb_error err;
    hb_error_clear(&err);
    CU_ASSERT_EQUAL(hb_options_parse(6, argv, &o, &err), HB_OK);
    for (size_t i = 0; i < 6; i++) CU_ASSERT_PTR_EQUAL(argv[i], words[i]);
    hb_options_fini(&o);
}

static void test_help_text(void)
{
    static const char *const needed[] = {
        "--series auto|one|each|REGEX", "--identity strict|address-type|address", "--top N", "--json FILE",
        "--fail-on retained=BYTES|objects=N|growth=PERCENT", "--min-retained BYTES", "--threads N", "--no-bind", "--quiet",
        "--progress", "--log LEVEL", "--timings FILE", "--chunk BYTES", "--path ADDRESS|class:NAME|site:FILE:LINE",
        "--referrers ADDRESS", "--max NAME=VALUE", "--redact[=KEY]", "--strings", "--show-values", "--validate", "--version", "--help",
        "trace_object_allocations_start",
        "mpirun -n 2 heapbatch web.*.json.gz", "heapbatch --series each --json - dump.json", "--fail-on retained=50M" };
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    hb_options_help(out);
    fclose(out);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(text, needed[i]));
        if (strstr(text, needed[i]) == NULL) printf("\n  help lacks '%s'\n", needed[i]);
    }
    for (const char *line = text; *line != '\0';) {
        size_t width = strcspn(line, "\n");
        CU_ASSERT(width <= 80);
        if (width > 80) printf("\n  %zu: %.*s\n", width, (int)width, line);
        line += width + (line[width] == '\n');
    }
    free(text);
}

static void test_memory_fails(void)
{
    hb_options o;
    hb_error err;
    hb_status status = HB_ERR_MEMORY;
    uint64_t nth = 1;
    for (; status == HB_ERR_MEMORY && nth < 100; nth++) {
        hb_memory_fail_at(nth, (int)(nth & 1));
        status = parse("a b c d e --series (x) --path class:A --path 0x1 --referrers 0x2 --json j --json k --timings t f g h i j1 k1 l m n o p q r s", &o, &err);
        hb_memory_fail_at(0, 0);
        CU_ASSERT_EQUAL(err.code, status);
        if (status == HB_ERR_MEMORY) CU_ASSERT_PTR_NULL(o.paths);
    }
    CU_ASSERT_EQUAL(status, HB_OK);
    CU_ASSERT(nth > 20);
    CU_ASSERT_EQUAL(o.n_paths, 19);
    hb_options_fini(&o);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "defaults", test_defaults },
        { "every option", test_every_option },
        { "the last one counts", test_last_one_counts },
        { "strings", test_strings }, { "queries", test_queries },
        { "bytes", test_bytes },
        { "limits", test_limits },
        { "wrong values", test_wrong_values },
        { "wrong words", test_wrong_words },
        { "outputs apart", test_outputs_apart },
        { "long words are cut", test_long_words_are_cut },
        { "help and version", test_help_and_version },
        { "argv is left alone", test_argv_is_left_alone },
        { "help text", test_help_text },
        { "memory fails", test_memory_fails },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("options", tests);
}
