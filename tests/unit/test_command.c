/* The command lines of `heapbatch diff`, `read`, `show`, `path` and `objects`: what fits, what does not, and no leak when memory fails. */
#include "fleet/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/unit/suite.h"

/* Splits at spaces ("~" is an empty word) and parses; the first word is the command. */
static hb_status parse(const char *line, hb_command *out, hb_options *options, hb_error *err)
{
    char buffer[256], *argv[32];
    int argc = 0;
    snprintf(buffer, sizeof buffer, "%s", line);
    for (char *word = strtok(buffer, " "); word != NULL && argc < 31; word = strtok(NULL, " ")) {
        if (strcmp(word, "~") == 0) *word = '\0';
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    hb_error_clear(err);
    return hb_command_parse(argc, argv, out, options, err);
}

static void accept(const char *line, hb_command *out, hb_options *options)
{
    hb_error err;
    const hb_status status = parse(line, out, options, &err);
    CU_ASSERT_EQUAL(status, HB_OK);
    if (status != HB_OK) printf("\n  '%s': %s\n", line, err.message);
}

static void done(hb_command *command, hb_options *options)
{
    hb_command_fini(command);
    hb_options_fini(options);
}

static void refuse(const char *line, const char *part)
{
    hb_command c;
    hb_options o;
    hb_error err;
    CU_ASSERT_EQUAL(parse(line, &c, &o, &err), HB_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, part));
    if (strstr(err.message, part) == NULL) printf("\n  '%s': got '%s', not '%s'\n", line, err.message, part);
    done(&c, &o);
}

static void test_names(void)
{
    CU_ASSERT(hb_command_is("diff") && hb_command_is("read") && hb_command_is("show") && hb_command_is("path") && hb_command_is("objects"));
    CU_ASSERT(!hb_command_is("differ") && !hb_command_is("") && !hb_command_is("history") && !hb_command_is("./diff"));
}

static void test_diff(void)
{
    hb_command c;
    hb_options o;
    accept("diff a b", &c, &o);
    CU_ASSERT(c.name == HB_COMMAND_DIFF && !c.as_heapy && c.diff_path == NULL && o.n_paths == 2 && o.top == 20);
    CU_ASSERT_EQUAL(o.identity, HB_IDENTITY_STRICT);
    done(&c, &o);
    accept("diff a --output_diff=x --format heapy b - --threads 3 --top 7", &c, &o);
    CU_ASSERT(c.as_heapy && o.n_paths == 3 && o.n_threads == 3 && o.top == 7);
    CU_ASSERT_STRING_EQUAL(c.diff_path, "x");
    CU_ASSERT_STRING_EQUAL(o.paths[2], "-");
    CU_ASSERT_EQUAL(o.identity, HB_IDENTITY_ADDRESS);
    done(&c, &o);
    accept("diff -- --help b", &c, &o);
    CU_ASSERT(!c.show_help && o.n_paths == 2);
    done(&c, &o);
    accept("diff --format heapy --format jsonl a b", &c, &o);
    CU_ASSERT(c.as_lines && !c.as_heapy && o.top == 20 && o.identity == HB_IDENTITY_STRICT);
    done(&c, &o);
    accept("diff --output-diff x --output-diff y a b", &c, &o);
    CU_ASSERT_STRING_EQUAL(c.diff_path, "y");
    done(&c, &o);
    accept("diff --help --nonsense", &c, &o);
    CU_ASSERT(c.show_help);
    done(&c, &o);
}

static void test_read(void)
{
    static const struct { const char *line; int64_t first, last; int sited; } ways[] = {
        { "read a", -1, INT64_MAX, 0 }, { "read a all", -1, INT64_MAX, 0 }, { "read a nil", -1, -1, 0 }, { "read a 0", 0, 0, 0 },
        { "read a 17", 17, 17, 0 }, { "read --format heapy a 0", -1, 0, 1 }, { "read a 17 --format heapy", 17, 17, 1 },
        { "read a all --format heapy", -1, INT64_MAX, 1 }, { "read a 9223372036854775807", INT64_MAX, INT64_MAX, 0 },
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        hb_command c;
        hb_options o;
        accept(ways[i].line, &c, &o);
        CU_ASSERT(c.name == HB_COMMAND_READ && o.n_paths == 1 && !o.show_values);
        CU_ASSERT(c.filter.first == ways[i].first && c.filter.last == ways[i].last && c.filter.sited == ways[i].sited);
        CU_ASSERT_EQUAL(o.top, c.as_heapy ? 50 : 20);
        done(&c, &o);
    }
    hb_command c;
    hb_options o;
    accept("read a all --format heapy --lines 3 --show-values", &c, &o);
    CU_ASSERT(o.top == 3 && o.show_values);
    CU_ASSERT_STRING_EQUAL(c.generation, "all");
    done(&c, &o);
    accept("read a nil --format jsonl", &c, &o);
    CU_ASSERT(c.as_lines && !c.as_heapy && o.top == 20 && c.filter.last == -1 && !c.filter.sited);
    done(&c, &o);
}

static void test_addresses(void)
{
    hb_command c;
    hb_options o;
    accept("show a 0x10 0xFF --top 3 --show-values", &c, &o);
    CU_ASSERT(c.name == HB_COMMAND_SHOW && o.n_paths == 1 && c.n_addresses == 2 && o.top == 3 && o.show_values && !c.as_lines);
    CU_ASSERT(c.n_addresses == 2 && c.addresses[0] == 16 && c.addresses[1] == 255 && c.index_dir == NULL);
    CU_ASSERT_STRING_EQUAL(o.paths[0], "a");
    done(&c, &o);
    accept("path a --index x 0x7f --index y --format jsonl --redact=key", &c, &o);
    CU_ASSERT(c.name == HB_COMMAND_PATH && c.as_lines && c.n_addresses == 1 && c.addresses[0] == 0x7f && o.redact_key != 0);
    CU_ASSERT_STRING_EQUAL(c.index_dir, "y");
    done(&c, &o);
    accept("show - 0xffffffffffffffff", &c, &o);
    CU_ASSERT_EQUAL(c.addresses[0], UINT64_MAX);
    done(&c, &o);
}

static void test_objects(void)
{
    hb_command c;
    hb_options o;
    accept("objects a", &c, &o);
    CU_ASSERT(c.name == HB_COMMAND_OBJECTS && o.n_paths == 1 && c.order == HB_SELECT_BY_RETAINED && o.top == 20);
    CU_ASSERT(!c.objects.has_type && c.objects.class_name == NULL && c.objects.file == NULL);
    CU_ASSERT(c.objects.min_memsize == 0 && c.objects.min_retained == 0);
    done(&c, &o);
    accept("objects - --class Foo --class A::B --type HASH --site x:9 --site lib/a:b.rb:12 --min-memsize 4k --min-retained 2M --order memsize",
           &c, &o);
    CU_ASSERT(c.objects.has_type && c.objects.type == HB_TYPE_HASH && c.order == HB_SELECT_BY_MEMSIZE);
    CU_ASSERT(c.objects.min_memsize == 4096 && c.objects.min_retained == 2u << 20 && c.objects.line == 12);
    CU_ASSERT(c.objects.n_class_name == 4 && memcmp(c.objects.class_name, "A::B", 4) == 0);
    CU_ASSERT(c.objects.n_file == 10 && memcmp(c.objects.file, "lib/a:b.rb", 10) == 0);
    done(&c, &o);
    accept("objects a --order address --top 0 --format table", &c, &o);
    CU_ASSERT(c.order == HB_SELECT_BY_ADDRESS && o.top == 0 && !c.as_lines);
    done(&c, &o);
}

static void test_refused(void)
{
    refuse("diff", "name two dumps");
    refuse("diff a", "name two dumps");
    refuse("diff a b c d", "name two dumps");
    refuse("diff a ~", "empty name");
    refuse("diff - a -", "only one dump");
    refuse("diff a - --output-diff x", "reads AFTER a second time");
    refuse("diff a b --output-diff b", "would write over a dump");
    refuse("diff a b --output-diff", "needs an argument");
    refuse("diff a b --output-diff -", "the name of a file");
    refuse("diff a b --format json", "table, heapy or jsonl");
    refuse("diff a b --format heapy --identity address-type", "leave --identity out");
    refuse("diff a b --show-values", "is for heapbatch read");
    refuse("diff a b --path 0x1", "no option of this command");
    refuse("diff a b --quiet=1", "does not take");
    refuse("read", "name one dump");
    refuse("read a 1 2", "name one dump");
    refuse("read a some", "a generation is a number");
    refuse("read a ~", "empty name");
    refuse("read a 18446744073709551615", "a generation is a number");
    refuse("read a nil --format heapy", "a generation is a number or all,");
    refuse("read - 3", "read twice");
    refuse("read a --identity address", "is for heapbatch diff");
    refuse("show", "name one dump, and objects");
    refuse("show a", "name one dump, and objects");
    refuse("show a 10", "an address is a word such as");
    refuse("show a 0x10 b", "an address is a word such as");
    refuse("show a 0x11112222333344445", "an address is a word such as");
    refuse("show a 0x10 --index -", "the name of a directory");
    refuse("show - 0x10 --index d", "--index is for files");
    refuse("show - 0x10 --show-values", "second time");
    refuse("show a 0x10 --show-values --redact", "leave one out");
    refuse("show a 0x10 --format heapy", "table or jsonl");
    refuse("show a 0x10 --order address", "is for heapbatch objects");
    refuse("path a 0x10 --show-values", "is for heapbatch read, show");
    refuse("path a 0x10 --top 3", "is for heapbatch diff, read, show, objects");
    refuse("read a --index d", "is for heapbatch show, path, objects");
    refuse("objects", "name one dump");
    refuse("objects a 0x10", "name one dump");
    refuse("objects a --type hash", "a type as dumps have it");
    refuse("objects a --site a.rb", "FILE:LINE");
    refuse("objects a --site :3", "FILE:LINE");
    refuse("objects a --class=", "the name of a class");
    refuse("objects a --min-memsize 4x", "a number of bytes");
    refuse("objects a --min-retained -1", "a number of bytes");
    refuse("objects a --order size", "retained, memsize or address");
    refuse("objects a --identity address", "is for heapbatch diff");
}

static void test_memory(void)
{
    static const char *const lines[] = { "diff a b c --output-diff x --output-diff y", "read a 17 --format heapy", "show a 0x10 0x20 --index d --index e",
                                         "objects a --class A --class B --site b:3 --site c:4" };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        hb_status status = HB_ERR_MEMORY;
        uint64_t nth = 1;
        for (; status != HB_OK && nth < 50; nth++) {
            hb_command c;
            hb_options o;
            hb_error err;
            hb_memory_fail_at(nth, 1);
            status = parse(lines[i], &c, &o, &err);
            hb_memory_fail_at(0, 0);
            CU_ASSERT(status == HB_OK || (status == HB_ERR_MEMORY && err.message[0] != '\0'));
            done(&c, &o);
        }
        CU_ASSERT(status == HB_OK && nth > 3);
    }
}

static void test_help(void)
{
    for (int name = HB_COMMAND_DIFF; name < HB_N_COMMANDS; name++) {
        char *text = NULL;
        size_t n = 0, column = 0, widest = 0;
        FILE *out = open_memstream(&text, &n);
        hb_command_help((hb_command_name)name, out);
        fclose(out);
        for (size_t i = 0; i < n; i++) {
            column = text[i] == '\n' ? 0 : column + 1;
            widest = column > widest ? column : widest;
        }
        CU_ASSERT(n > 500 && widest <= 80);
        free(text);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "names", test_names }, { "diff", test_diff }, { "read", test_read }, { "addresses", test_addresses },
        { "objects", test_objects }, { "what is refused", test_refused },
        { "without memory", test_memory }, { "help", test_help }, CU_TEST_INFO_NULL
    };
    return hb_suite_run("command", tests);
}
