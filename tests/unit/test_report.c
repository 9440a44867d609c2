/* The printers of the report, on reports built by hand: JSON parsed back and compared, text searched, and both
 * rerun with every allocation failing once. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/version.h"
#include "report/fleet_sites.h"
#include "report/json.h"
#include "report/object_label.h"
#include "report/report.h"
#include "report/suspect_text.h"
#include "report/text.h"
#include "report/utf8.h"
#include "tests/unit/suite.h"

#define HOSTILE "evil\x1b[31m\"\\\x01\t\n\x7f\xc2\x9b\xe2\x80\xae\xff\xf0\x9f\x92"
#define DEEP 41

static char *copy(const char *text)
{
    char *made = text != NULL ? hb_copy_text(text, strlen(text)) : NULL;
    if (text != NULL && made == NULL) abort();
    return made;
}

static void *zeroed(size_t n, size_t item_bytes)
{
    void *made = hb_alloc_zero(n, item_bytes);
    if (made == NULL) abort();
    return made;
}

static hb_site_key key_of(const char *type, const char *class_name, const char *file, uint32_t line)
{
    return (hb_site_key){ type, copy(class_name), copy(file), line };
}

static void set_dump(hb_dump_report *dump, const char *path, uint64_t objects, uint64_t memsize)
{
    dump->path = copy(path);
    dump->compared = 1;
    dump->bytes = memsize * 3;
    dump->lines = objects + 20;
    dump->objects = objects;
    dump->memsize = memsize;
    dump->roots = 12;
    dump->references = objects * 2;
    dump->n_types = 2;
    dump->types = zeroed(2, sizeof *dump->types);
    dump->types[0] = (hb_type_row){ "HASH", objects / 4, memsize / 4 };
    dump->types[1] = (hb_type_row){ "STRING", objects - objects / 4, memsize - memsize / 4 };
    dump->n_generations = 2;
    dump->generations = zeroed(2, sizeof *dump->generations);
    dump->generations[0] = (hb_generation_row){ -1, 7, 280 };
    dump->generations[1] = (hb_generation_row){ 21, objects - 7, memsize - 280 };
}

static void fail_dump(hb_dump_report *dump, const char *path, const char *error)
{
    dump->path = copy(path);
    dump->status = HB_DUMP_FAILED;
    dump->error = copy(error);
}

static void set_site(hb_site_row *row, hb_site_key key, size_t n_dumps, uint64_t each)
{
    row->key = key;
    row->born = zeroed(n_dumps, sizeof *row->born);
    for (size_t i = 1; i + 1 < n_dumps || i == 1; i++) {
        row->born[i] = each;
        row->objects += each;
    }
    row->memsize = row->objects * 40;
}

static void set_node(hb_path_node *node, const char *label, uint64_t objects, uint32_t depth, uint32_t n_children)
{
    *node = (hb_path_node){ copy(label), 1, objects, objects * 40, depth == 0 ? 0 : 0x7f00 + depth, depth,
                              n_children };
}

static void set_demo_path(hb_path_report *path)
{
    path->site = key_of("STRING", "String", "app/models/leak.rb", 15);
    path->objects = 2280;
    path->memsize = 91200;
    path->unreachable = 30;
    path->n_nodes = 9;
    path->nodes = zeroed(9, sizeof *path->nodes);
    set_node(&path->nodes[0], "ROOT vm", 2200, 0, 1);
    set_node(&path->nodes[1], "Leaky (class)", 2200, 1, 1);
    set_node(&path->nodes[2], "Hash", 2200, 2, 3);
    set_node(&path->nodes[3], "Array", 1500, 3, 1);
    set_node(&path->nodes[4], "Struct Entry", 1500, 4, 0);
    path->nodes[4].repeat = 150000;
    set_node(&path->nodes[5], "Set", 695, 3, 0);
    set_node(&path->nodes[6], "Proc", 5, 3, 0);
    set_node(&path->nodes[7], "ROOT machine_context", 50, 0, 1);
    set_node(&path->nodes[8], "IMEMO env", 50, 1, 0);
}

/* One chain of `DEEP` levels, below a root of its own. */
static void set_deep_path(hb_path_report *path)
{
    path->site = key_of("OBJECT", "Node", "lib/list.rb", 3);
    path->objects = 1000;
    path->memsize = 40000;
    path->n_nodes = DEEP;
    path->nodes = zeroed(DEEP, sizeof *path->nodes);
    for (uint32_t i = 0; i < DEEP; i++) {
        char label[32];
        snprintf(label, sizeof label, i == 0 ? "ROOT global" : "Node%u", (unsigned)i);
        set_node(&path->nodes[i], label, 1000, i, i + 1 < DEEP);
    }
}

static void set_live(hb_series_report *series, int traced)
{
    series->n_classes = 2;
    series->classes = zeroed(2, sizeof *series->classes);
    series->classes[0] = (hb_class_row){ copy("String"), 9000, 360000 };
    series->classes[1] = (hb_class_row){ NULL, 40, 1600 };
    series->traced = traced;
    series->n_live_sites = 2;
    series->live_sites = zeroed(2, sizeof *series->live_sites);
    series->live_sites[0] = (hb_site_row){ key_of("STRING", "String", NULL, 0), 9000, 360000, NULL };
    series->live_sites[1] =
        (hb_site_row){ key_of("HASH", NULL, traced ? "app/live.rb" : NULL, traced ? 8 : 0), 40, 1600, NULL };
}

static void set_reachability(hb_series_report *series)
{
    series->has_reachability = 1;
    series->reachable = 14000;
    series->unreachable = 700;
    series->reachable_memsize = 560000;
    series->without_class_edges = 13800;
    series->max_hops = 44;
    series->hops_sum = 69000;
}

static void set_demo_series(hb_series_report *series, const char *name)
{
    series->name = copy(name);
    series->n_dumps = 3;
    series->dumps = zeroed(3, sizeof *series->dumps);
    set_dump(&series->dumps[0], "/tmp/demo/leak-1.json", 12345, 1234567);
    set_dump(&series->dumps[1], "/tmp/demo/leak-2.json", 13500, 1300000);
    set_dump(&series->dumps[2], "/tmp/demo/leak-3.json", 14700, 1400000);
    series->has_last = 1;
    series->last = 2;
    series->same = 12000;
    series->score = 100;
    set_live(series, 1);
    series->has_retained = 1;
    series->retained_objects = 2400;
    series->retained_memsize = 96000;
    series->n_sites = 2;
    series->sites = zeroed(2, sizeof *series->sites);
    set_site(&series->sites[0], key_of("STRING", "String", "app/models/leak.rb", 15), 3, 2280);
    set_site(&series->sites[1], key_of("HASH", "Hash", "app/models/leak.rb", 16), 3, 120);
    set_reachability(series);
    series->n_paths = 2;
    series->paths = zeroed(2, sizeof *series->paths);
    set_demo_path(&series->paths[0]);
    set_deep_path(&series->paths[1]);
}

static hb_report new_report(size_t n_series)
{
    return (hb_report){ "strict", 0, zeroed(n_series, sizeof(hb_series_report)), n_series, NULL, 0 };
}

static hb_report demo_report(size_t n_series)
{
    hb_report report = new_report(n_series);
    for (size_t i = 0; i < n_series; i++) set_demo_series(&report.series[i], i == 0 ? "leak" : "leak-too");
    return report;
}

static hb_object_row object_row(uint64_t address, const char *label, uint64_t retained, uint64_t other)
{
    return (hb_object_row){ .address = address, .type = "HASH", .class_name = copy("Hash"), .label = copy(label),
                            .memsize = 40, .retained_memsize = retained, .retained_objects = retained / 40,
                            .other = other, .other_memsize = other != 0 ? 4000 : 0 };
}

static void set_dominators(hb_dominator_report *d)
{
    d->n_top = 2;
    d->top = zeroed(2, sizeof *d->top);
    d->top[0] = object_row(0x7f01, "CLASS Registry", 400040, 0);
    d->top[1] = object_row(0x7f02, "HASH Hash (9,000 entries) in @cache", 400000, 0x7f01);
    d->n_drops = 1;
    d->drops = zeroed(1, sizeof *d->drops);
    d->drops[0] = object_row(0x7f02, "HASH Hash (9,000 entries) in @cache", 400000, 0x7f03);
    d->n_classes = 1;
    d->classes = zeroed(1, sizeof *d->classes);
    d->classes[0] = (hb_group_row){ "HASH", copy("Hash"), 0, 12, 3, 410000, 10100 };
    d->n_sites = 1;
    d->sites = zeroed(1, sizeof *d->sites);
    d->sites[0] = (hb_group_row){ NULL, copy("app/models/leak.rb"), 15, 9000, 8999, 360000, 9000 };
}

static hb_step_row step(const char *label, uint64_t address, uint64_t repeat)
{
    return (hb_step_row){ copy(label), address, 40, 400000, repeat };
}

/* Nine tenths of what the demo retains, all from its first site. */
static void set_suspect(hb_suspect_report *s, size_t n_dumps)
{
    s->held_by = "constant_or_ivar";
    s->has_holder = 1;
    s->holder = object_row(0x7f02, "HASH Hash (9,000 entries) in @cache", 400000, 0x7f01);
    s->objects = 2280;
    s->memsize = 91200;
    s->share_permille = 950;
    s->born = zeroed(n_dumps, sizeof *s->born);
    s->born[1] = 2280;
    s->growth_objects = 1140;
    s->growth_memsize = 45600;
    s->has_survival = 1;
    s->survival_permille = 1000;
    s->n_path = 4;
    s->path = zeroed(4, sizeof *s->path);
    s->path[0] = step("ROOT vm", 0, 1);
    s->path[1] = step("CLASS Object", 0x7e00, 1);
    s->path[2] = step("OBJECT Node", 0x7e08, 12345);
    s->path[3] = step("@cache HASH Hash", 0x7f02, 1);
    s->n_classes = s->n_sites = 1;
    s->classes = zeroed(1, sizeof *s->classes);
    s->classes[0] = (hb_part_row){ "STRING", copy("String"), NULL, 0, 2280, 91200 };
    s->sites = zeroed(1, sizeof *s->sites);
    s->sites[0] = (hb_part_row){ NULL, NULL, copy("app/models/leak.rb"), 15, 2280, 91200 };
    s->n_nodes = 3;
    s->nodes = zeroed(3, sizeof *s->nodes);
    set_node(&s->nodes[0], "ROOT vm", 2280, 0, 1);
    set_node(&s->nodes[1], "@cache HASH Hash", 2280, 1, 1);
    set_node(&s->nodes[2], "STRING String", 2280, 2, 0);
    s->text = hb_suspect_text(s, "CLASS Registry", "vm", 3);
}

static void add_suspects(hb_series_report *series, size_t n)
{
    set_dominators(&series->dominators);
    series->n_suspects = n;
    series->suspects = zeroed(n, sizeof *series->suspects);
    for (size_t i = 0; i < n; i++) set_suspect(&series->suspects[i], series->n_dumps);
}

static void add_problem(hb_report *report, const char *path, const char *what)
{
    report->n_problems = 1;
    report->problems = zeroed(1, sizeof *report->problems);
    report->problems[0] = (hb_problem){ copy(path), copy(what) };
}

/* A bit of everything a dump can do to us, with one name of n_longest bytes. */
static hb_report hostile_report(size_t n_longest)
{
    hb_report report = demo_report(2);
    hb_series_report *series = &report.series[0];
    char *longest = zeroed(n_longest + 1, 1);
    memset(longest, 'x', n_longest);
    hb_free(series->sites[0].key.class_name);
    hb_free(series->sites[0].key.file);
    hb_free(series->sites[1].key.class_name);
    hb_free(series->paths[0].nodes[1].label);
    hb_free(series->classes[0].class_name);
    hb_free(series->name);
    hb_free(series->dumps[1].path);
    series->sites[0].key.class_name = copy(HOSTILE);
    series->sites[0].key.file = copy(HOSTILE ".rb");
    series->sites[1].key.class_name = longest;
    series->paths[0].nodes[1].label = copy(HOSTILE);
    series->classes[0].class_name = copy(HOSTILE);
    series->name = copy(HOSTILE);
    series->dumps[1].path = copy("/tmp/demo/" HOSTILE);
    series->dumps[1].status = HB_DUMP_TRUNCATED;
    series->dumps[1].error = copy("cut off " HOSTILE);
    series->dumps[1].invalid_lines = 2;
    series->dumps[1].n_invalid = 1;
    series->dumps[1].invalid = zeroed(1, sizeof(hb_invalid_line));
    series->dumps[1].invalid[0] = (hb_invalid_line){ 1234, 99887, "no type" };
    series->score = 40;
    series->reused_slots = 12;
    series->moved = 3;
    add_suspects(series, 7);
    hb_suspect_report *suspect = &series->suspects[0];
    hb_free(suspect->text);
    hb_free(suspect->path[1].label);
    hb_free(suspect->classes[0].class_name);
    hb_free(suspect->sites[0].file);
    hb_free(suspect->holder.label);
    suspect->path[1].label = copy(HOSTILE);
    suspect->classes[0].class_name = copy(HOSTILE);
    suspect->sites[0].file = copy(longest);
    suspect->holder.label = copy(longest);
    suspect->text = hb_suspect_text(suspect, HOSTILE, HOSTILE, 3);
    add_problem(&report, "/tmp/demo/" HOSTILE, "cut off " HOSTILE);
    return report;
}

typedef hb_status printer(const hb_report *report, FILE *out, hb_error *err);

static char *printed(printer *print, const hb_report *report)
{
    char *text = NULL;
    size_t n = 0;
    hb_error err;
    hb_error_clear(&err);
    FILE *out = open_memstream(&text, &n);
    if (out == NULL) abort();
    CU_ASSERT_EQUAL(print(report, out, &err), HB_OK);
    fclose(out);
    CU_ASSERT_EQUAL(err.code, HB_OK);
    CU_ASSERT_EQUAL(strlen(text), n);
    return text;
}

static json_t *parsed(const hb_report *report)
{
    json_error_t error;
    char *text = printed(hb_json_write, report);
    size_t n = strlen(text);
    CU_ASSERT(n > 2 && text[n - 1] == '\n' && text[n - 2] == '}');
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    free(text);
    return document;
}

/* The value at a path like "series.0.dumps"; NULL when it is not there. */
static json_t *at(json_t *value, const char *path)
{
    char part[64];
    while (value != NULL && *path != '\0') {
        size_t n = strcspn(path, ".");
        snprintf(part, sizeof part, "%.*s", (int)n, path);
        value = json_is_array(value) ? json_array_get(value, (size_t)atoi(part)) : json_object_get(value, part);
        path += n + (path[n] == '.');
    }
    return value;
}

static long long int_at(json_t *value, const char *path)
{
    json_t *found = at(value, path);
    return json_is_integer(found) ? (long long)json_integer_value(found) : -999;
}

static const char *text_at(json_t *value, const char *path)
{
    const char *found = json_string_value(at(value, path));
    return found != NULL ? found : "(none)";
}

/* The keys of an object in their order, joined by blanks. */
static const char *keys_at(json_t *value, const char *path, char buffer[512])
{
    const char *key;
    json_t *member;
    buffer[0] = '\0';
    json_object_foreach(at(value, path), key, member)
    {
        if (buffer[0] != '\0') strcat(buffer, " ");
        strcat(buffer, key);
    }
    return buffer;
}

static int has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void check_clean(const char *bytes, const char *expected)
{
    size_t n = strlen(bytes), n_clean;
    char *exact = malloc(n);  /* no NUL: AddressSanitizer sees one byte over */
    memcpy(exact, bytes, n);
    char *clean = hb_utf8_clean(exact, n, &n_clean);
    CU_ASSERT_PTR_NOT_NULL_FATAL(clean);
    CU_ASSERT_STRING_EQUAL(clean, expected);
    CU_ASSERT_EQUAL(n_clean, strlen(expected));
    hb_free(clean);
    free(exact);
}

#define R "\xef\xbf\xbd"

/* Tables 3-8 to 3-11 of the Unicode Standard 15.0. */
static void test_utf8_maximal_subparts(void)
{
    check_clean("a\xc2\xa2\xe2\x82\xac\xf0\x9f\x92\xa9z", "a\xc2\xa2\xe2\x82\xac\xf0\x9f\x92\xa9z");
    check_clean("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82" "A", R R R R R R R R "A");
    check_clean("\xed\xa0\x80\xed\xbf\xbf\xed\xaf" "A", R R R R R R R R "A");
    check_clean("\xf4\x91\x92\x93\xff" "A\x80\xbf" "B", R R R R R "A" R R "B");
    check_clean("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf" "A", R R R R "A");
    check_clean("\xf0\x9f\x92", R);
    check_clean("\xe2\x82", R);
    check_clean("\xc2", R);
    check_clean("\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80", "\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80");
}

/* Every code point, encoded the long way by another method, passes; every surrogate does not. */
static void test_utf8_all_code_points(void)
{
    for (uint32_t code = 0; code < 0x110000; code++) {
        unsigned char bytes[4];
        size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
        for (size_t i = 0; i < n; i++)
            bytes[i] = (unsigned char)(0x80 | (code >> 6 * (n - 1 - i) & 0x3f));
        bytes[0] = (unsigned char)(lead[n] | code >> 6 * (n - 1));
        uint32_t decoded;
        size_t used = hb_utf8_decode((const char *)bytes, n, &decoded);
        int surrogate = code >= 0xd800 && code < 0xe000;
        if (surrogate ? decoded != HB_UTF8_BAD || used != 1 : decoded != code || used != n) {
            CU_FAIL("code point decoded wrongly");
            return;
        }
    }
}

static void test_utf8_terminal(void)
{
    static const char raw[] = "a\0\x1b[2J\n\x7f\xc2\x80\xc2\x9f\xc2\xa0"
                              "\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa\xff\\";
    size_t n;
    char *escaped = hb_utf8_escape_terminal(raw, sizeof raw - 1, &n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(escaped);
    CU_ASSERT_STRING_EQUAL(escaped, "a\\x00\\x1b[2J\\x0a\\x7f\\x80\\x9f\xc2\xa0"
                                    "\\u202a\\u202e\\u2066\\u2069\xe2\x81\xaa" R "\\");
    CU_ASSERT_EQUAL(n, strlen(escaped));
    hb_free(escaped);
    escaped = hb_utf8_escape_terminal("", 0, NULL);
    CU_ASSERT_STRING_EQUAL(escaped, "");
    hb_free(escaped);
}

static void test_json_empty(void)
{
    char keys[512];
    hb_report report = { "address", 0, NULL, 0, NULL, 0 };
    json_t *document = parsed(&report);
    CU_ASSERT_STRING_EQUAL(keys_at(document, "", keys), "schema generator identity series fleet problems");
    CU_ASSERT_EQUAL(int_at(document, "schema"), 1);
    CU_ASSERT_STRING_EQUAL(text_at(document, "generator"), "heapbatch " HB_VERSION);
    CU_ASSERT_STRING_EQUAL(text_at(document, "identity"), "address");
    CU_ASSERT_EQUAL(json_array_size(at(document, "series")), 0);
    CU_ASSERT_EQUAL(int_at(document, "fleet.series"), 0);
    CU_ASSERT_EQUAL(int_at(document, "fleet.dumps"), 0);
    CU_ASSERT(json_is_array(at(document, "fleet.sites")));
    json_decref(document);
    hb_report_fini(&report);
}

static void test_json_key_order(void)
{
    char keys[512];
    hb_report report = demo_report(1);
    json_t *series = parsed(&report), *document = series;
    series = at(document, "series.0");
    CU_ASSERT_STRING_EQUAL(keys_at(series, "", keys),
                           "name dumps classes sites trust retained reachability paths dominators suspects");
    CU_ASSERT_STRING_EQUAL(keys_at(series, "dumps.0", keys),
                           "path status error compared bytes lines invalid_lines invalid objects memsize roots shapes "
                           "empty_slots references dangling_references types generations");
    CU_ASSERT_STRING_EQUAL(keys_at(series, "retained.sites.0", keys), "type class file line objects memsize born");
    CU_ASSERT_STRING_EQUAL(keys_at(series, "sites.0", keys), "type class file line objects memsize");
    CU_ASSERT_STRING_EQUAL(keys_at(series, "reachability", keys),
                           "reachable unreachable reachable_memsize without_class_edges max_hops hops_sum");
    CU_ASSERT_STRING_EQUAL(keys_at(series, "paths.0", keys), "site objects memsize unreachable tree");
    CU_ASSERT_STRING_EQUAL(keys_at(series, "paths.0.tree.0", keys), "label repeat objects memsize example children");
    json_decref(document);
    hb_report_fini(&report);
}

static void test_json_graph_key_order(void)
{
    static const char object[] = "address type class label retained_memsize retained_objects";
    char keys[512];
    hb_report report = demo_report(1);
    add_suspects(&report.series[0], 1);
    json_t *document = parsed(&report), *d = at(document, "series.0.dominators"), *s = at(document, "series.0.suspects.0");
    CU_ASSERT_STRING_EQUAL(keys_at(d, "", keys), "total_objects total_memsize top classes sites big_drops");
    CU_ASSERT_STRING_EQUAL(keys_at(d, "top.0", keys),
                           "address type class label retained_memsize retained_objects idom");
    CU_ASSERT_STRING_EQUAL(keys_at(d, "classes.0", keys),
                           "type class objects outermost retained_memsize retained_objects");
    CU_ASSERT_STRING_EQUAL(keys_at(d, "sites.0", keys),
                           "file line objects outermost retained_memsize retained_objects");
    CU_ASSERT_STRING_EQUAL(keys_at(d, "big_drops.0", keys), "address type class label retained_memsize retained_objects "
                                                            "largest_child largest_child_memsize");
    CU_ASSERT_STRING_EQUAL(keys_at(s, "", keys),
                           "text held_by holder objects memsize share_permille born growth_objects growth_memsize "
                           "survival_permille path classes sites tree");
    CU_ASSERT_STRING_EQUAL(keys_at(s, "holder", keys), object);
    CU_ASSERT_STRING_EQUAL(keys_at(s, "path.1", keys), "label address memsize retained_memsize repeat");
    CU_ASSERT_STRING_EQUAL(keys_at(s, "classes.0", keys), "type class objects memsize");
    CU_ASSERT_STRING_EQUAL(keys_at(s, "sites.0", keys), "file line objects memsize");
    CU_ASSERT_STRING_EQUAL(keys_at(s, "tree.0", keys), "label repeat objects memsize example children");
    json_decref(document);
    hb_report_fini(&report);
}

static void test_json_graph_values(void)
{
    hb_report report = demo_report(3);
    add_suspects(&report.series[0], 2);
    report.series[0].suspects[1].has_holder = report.series[0].suspects[1].has_survival = 0;
    report.series[1].has_reachability = 0;
    json_t *document = parsed(&report), *d = at(document, "series.0.dominators"), *s = at(document, "series.0.suspects.0");
    CU_ASSERT_EQUAL(int_at(d, "total_objects"), 14000);
    CU_ASSERT_EQUAL(int_at(d, "total_memsize"), 560000);
    CU_ASSERT_STRING_EQUAL(text_at(d, "top.0.idom"), "root");
    CU_ASSERT_STRING_EQUAL(text_at(d, "top.1.idom"), "0x7f01");
    CU_ASSERT_STRING_EQUAL(text_at(d, "big_drops.0.largest_child"), "0x7f03");
    CU_ASSERT_EQUAL(int_at(d, "big_drops.0.largest_child_memsize"), 4000);
    CU_ASSERT_EQUAL(int_at(d, "classes.0.outermost"), 3);
    CU_ASSERT_EQUAL(int_at(d, "sites.0.line"), 15);
    CU_ASSERT_STRING_EQUAL(text_at(s, "held_by"), "constant_or_ivar");
    CU_ASSERT_STRING_EQUAL(text_at(s, "holder.address"), "0x7f02");
    CU_ASSERT_EQUAL(int_at(s, "share_permille"), 950);
    CU_ASSERT_EQUAL(json_array_size(at(s, "born")), 3);
    CU_ASSERT_EQUAL(int_at(s, "survival_permille"), 1000);
    CU_ASSERT(json_is_null(at(s, "path.0.address")) && json_is_null(at(s, "path.0.retained_memsize")));
    CU_ASSERT_EQUAL(int_at(s, "path.2.repeat"), 12345);
    CU_ASSERT_STRING_EQUAL(text_at(s, "tree.0.children.0.children.0.label"), "STRING String");
    CU_ASSERT(json_is_null(at(document, "series.0.suspects.1.holder")));
    CU_ASSERT(json_is_null(at(document, "series.0.suspects.1.survival_permille")));
    CU_ASSERT(json_is_null(at(document, "series.1.dominators")));
    CU_ASSERT(json_is_array(at(document, "series.1.suspects")));
    CU_ASSERT_EQUAL(json_array_size(at(document, "series.2.dominators.top")), 0);
    json_decref(document);
    hb_report_fini(&report);
}

static void test_json_values(void)
{
    hb_report report = demo_report(1);
    report.series[0].dumps[0].bytes = UINT64_MAX;
    json_t *document = parsed(&report), *series = at(document, "series.0");
    CU_ASSERT_STRING_EQUAL(text_at(series, "name"), "leak");
    CU_ASSERT_STRING_EQUAL(text_at(series, "dumps.2.status"), "ok");
    CU_ASSERT(json_is_null(at(series, "dumps.2.error")));
    CU_ASSERT_EQUAL(int_at(series, "dumps.0.bytes"), INT64_MAX);
    CU_ASSERT_EQUAL(int_at(series, "dumps.0.objects"), 12345);
    CU_ASSERT_EQUAL(int_at(series, "dumps.0.types.HASH.objects"), 12345 / 4);
    CU_ASSERT(json_is_null(at(series, "dumps.0.generations.0.generation")));
    CU_ASSERT_EQUAL(int_at(series, "dumps.0.generations.1.generation"), 21);
    CU_ASSERT(json_is_null(at(series, "classes.1.class")));
    CU_ASSERT_EQUAL(int_at(series, "classes.1.memsize"), 1600);
    CU_ASSERT(json_is_null(at(series, "sites.0.file")) && json_is_null(at(series, "sites.0.line")));
    CU_ASSERT_EQUAL(int_at(series, "sites.1.line"), 8);
    CU_ASSERT_EQUAL(int_at(series, "trust.score"), 100);
    CU_ASSERT_EQUAL(int_at(series, "retained.objects"), 2400);
    CU_ASSERT_EQUAL(json_array_size(at(series, "retained.sites.0.born")), 3);
    CU_ASSERT_EQUAL(int_at(series, "retained.sites.0.born.1"), 2280);
    CU_ASSERT_EQUAL(int_at(series, "reachability.hops_sum"), 69000);
    json_decref(document);
    hb_report_fini(&report);
}

static void check_label(char *label, const char *expected)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(label);
    if (strcmp(label, expected) != 0) printf("\n  %s, not %s\n", label, expected);
    CU_ASSERT_STRING_EQUAL(label, expected);
    hb_free(label);
}

static void test_object_labels(void)
{
    const hb_object_words hash = { .type = HB_TYPE_HASH, .class_name = "Hash", .via = "@cache", .has_size = 1,
                                   .size = 26666, .file = "app.rb", .line = 15 };
    const hb_object_words array = { .type = HB_TYPE_ARRAY, .has_size = 1, .size = 1 };
    const hb_object_words made = { .type = HB_TYPE_CLASS, .class_name = "Class", .file = "app.rb", .line = 3 };
    const hb_object_words of_foo = { .type = HB_TYPE_CLASS, .own_name = "Foo", .is_singleton = 1, .file = "app.rb" };
    const hb_object_words of_other = { .type = HB_TYPE_CLASS, .is_singleton = 1, .file = "app.rb", .line = 9 };
    const hb_object_words data = { .type = HB_TYPE_DATA, .class_name = "Proc", .own_name = "proc" };
    check_label(hb_object_label(&hash), "HASH Hash (26,666 entries) in @cache, app.rb:15");
    check_label(hb_step_label(&hash, 0), "@cache HASH Hash");
    check_label(hb_object_label(&array), "ARRAY (1 element)");
    check_label(hb_object_label(&made), "CLASS at app.rb:3");
    check_label(hb_step_label(&made, 1), "CLASS (anonymous) (class)");
    check_label(hb_object_label(&of_foo), "CLASS #<Class:Foo>, app.rb:0");
    check_label(hb_object_label(&of_other), "CLASS (singleton), app.rb:9");
    check_label(hb_object_label(&data), "DATA proc");
}

static void test_json_tree(void)
{
    hb_report report = demo_report(1);
    json_t *document = parsed(&report), *path = at(document, "series.0.paths.0");
    CU_ASSERT_EQUAL(int_at(path, "unreachable"), 30);
    CU_ASSERT_STRING_EQUAL(text_at(path, "site.file"), "app/models/leak.rb");
    CU_ASSERT_EQUAL(json_array_size(at(path, "tree")), 2);
    CU_ASSERT(json_is_null(at(path, "tree.0.example")));
    CU_ASSERT_STRING_EQUAL(text_at(path, "tree.0.children.0.example"), "0x7f01");
    CU_ASSERT_EQUAL(json_array_size(at(path, "tree.0.children.0.children.0.children")), 3);
    CU_ASSERT_STRING_EQUAL(text_at(path, "tree.0.children.0.children.0.children.0.children.0.label"), "Struct Entry");
    CU_ASSERT_EQUAL(int_at(path, "tree.0.children.0.children.0.children.0.children.0.repeat"), 150000);
    CU_ASSERT_STRING_EQUAL(text_at(path, "tree.0.children.0.children.0.children.2.label"), "Proc");
    CU_ASSERT_STRING_EQUAL(text_at(path, "tree.1.children.0.label"), "IMEMO env");

    json_t *level = at(document, "series.0.paths.1.tree");
    size_t levels = 0;
    for (; json_array_size(level) == 1; level = at(level, "0.children")) levels++;
    CU_ASSERT_EQUAL(levels, DEEP);
    CU_ASSERT(json_is_array(level) && json_array_size(level) == 0);
    json_decref(document);
    hb_report_fini(&report);
}

static void test_json_absent_parts(void)
{
    char keys[512];
    hb_report report = demo_report(3);
    report.series[0].has_retained = 0;
    report.series[1].has_reachability = 0;
    report.series[2].has_last = 0;
    json_t *document = parsed(&report);
    CU_ASSERT_STRING_EQUAL(keys_at(document, "series.0", keys), "name dumps classes sites trust reachability paths dominators suspects");
    CU_ASSERT(json_is_null(at(document, "series.1.reachability")));
    CU_ASSERT_EQUAL(json_array_size(at(document, "series.1.paths")), 0);
    CU_ASSERT(json_is_array(at(document, "series.1.paths")));
    CU_ASSERT_STRING_EQUAL(keys_at(document, "series.2", keys), "name dumps");
    json_decref(document);
    hb_report_fini(&report);
}

static void test_json_hostile(void)
{
    static const char clean[] = "evil\x1b[31m\"\\\x01\t\n\x7f\xc2\x9b\xe2\x80\xae" R R;
    hb_report report = hostile_report(200000);
    char *text = printed(hb_json_write, &report);
    CU_ASSERT(!has(text, "\x1b"));
    CU_ASSERT(has(text, "\\u001B[31m\\\"\\\\\\u0001\\t\\n"));
    free(text);
    json_t *document = parsed(&report);
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.0.name"), clean);
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.0.retained.sites.0.class"), clean);
    CU_ASSERT_EQUAL(strlen(text_at(document, "series.0.retained.sites.1.class")), 200000);
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.0.paths.0.tree.0.children.0.label"), clean);
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.0.dumps.1.status"), "truncated");
    CU_ASSERT_EQUAL(int_at(document, "series.0.dumps.1.invalid.0.line"), 1234);
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.0.dumps.1.invalid.0.reason"), "no type");
    CU_ASSERT_NSTRING_EQUAL(text_at(document, "problems.0.what"), "cut off evil", 12);
    json_decref(document);
    hb_report_fini(&report);
}

static void test_json_fleet(void)
{
    hb_report report = demo_report(3);
    report.series[2].has_retained = 0;
    hb_free(report.series[1].sites[1].key.file);
    report.series[1].sites[1].key.file = copy("other.rb");
    json_t *document = parsed(&report);
    CU_ASSERT_EQUAL(int_at(document, "fleet.series"), 3);
    CU_ASSERT_EQUAL(int_at(document, "fleet.dumps"), 9);
    CU_ASSERT_EQUAL(json_array_size(at(document, "fleet.sites")), 3);
    CU_ASSERT_EQUAL(int_at(document, "fleet.sites.0.objects"), 4560);
    CU_ASSERT_EQUAL(int_at(document, "fleet.sites.0.memsize"), 4560 * 40);
    CU_ASSERT_EQUAL(int_at(document, "fleet.sites.0.series"), 2);
    CU_ASSERT_STRING_EQUAL(text_at(document, "fleet.sites.1.file"), "app/models/leak.rb");
    CU_ASSERT_STRING_EQUAL(text_at(document, "fleet.sites.2.file"), "other.rb");
    CU_ASSERT_EQUAL(int_at(document, "fleet.sites.2.series"), 1);
    json_decref(document);
    hb_report_fini(&report);
}

/* Against the obvious quadratic merge, on seeded random rows. */
static void test_fleet_random(void)
{
    static const char *const names[] = { NULL, "A", "B" };
    unsigned seed = 12345;
    hb_report report = new_report(5);
    for (size_t s = 0; s < 5; s++) {
        hb_series_report *series = &report.series[s];
        series->has_retained = 1;
        series->sites = zeroed(27, sizeof *series->sites);
        for (unsigned k = 0; k < 27; k++) {
            if (rand_r(&seed) % 2 == 0) continue;
            set_site(&series->sites[series->n_sites++],
                     key_of(k % 3 == 0 ? "HASH" : "STRING", names[k / 3 % 3], names[k / 9], k % 3), 2,
                     (uint64_t)(rand_r(&seed) % 4));
        }
    }
    hb_fleet_site *sites;
    size_t n;
    CU_ASSERT_EQUAL_FATAL(hb_fleet_sites_merge(&report, &sites, &n, NULL), HB_OK);
    uint64_t n_rows = 0, n_merged = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t objects = 0, n_series = 0;
        for (size_t s = 0; s < 5; s++)
            for (size_t k = 0; k < report.series[s].n_sites; k++)
                if (hb_site_key_compare(sites[i].key, &report.series[s].sites[k].key) == 0) {
                    objects += report.series[s].sites[k].objects;
                    n_series++;
                }
        CU_ASSERT_EQUAL(sites[i].objects, objects);
        CU_ASSERT_EQUAL(sites[i].n_series, n_series);
        n_merged += n_series;
        if (i != 0)
            CU_ASSERT(sites[i - 1].objects > sites[i].objects ||
                      (sites[i - 1].objects == sites[i].objects &&
                       hb_site_key_compare(sites[i - 1].key, sites[i].key) < 0));
    }
    for (size_t s = 0; s < 5; s++) n_rows += report.series[s].n_sites;
    CU_ASSERT_EQUAL(n_rows, n_merged);
    hb_free(sites);
    hb_report_fini(&report);
}

/* No line is wider than 100 characters; returns the number of lines. */
static size_t check_lines(const char *text)
{
    size_t n_lines = 0, column = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\n') {
            CU_ASSERT(column <= 100);
            column = 0;
            n_lines++;
        } else if (((unsigned char)*p & 0xc0) != 0x80) {
            column++;
        }
    }
    CU_ASSERT_EQUAL(column, 0);
    return n_lines;
}

/* The screen shows ten sites and says how many there are; the JSON goes by the report's top. */
static void test_many_sites(void)
{
    hb_report report = demo_report(1);
    hb_series_report *series = &report.series[0];
    for (size_t i = 0; i < series->n_sites; i++) {
        hb_free(series->sites[i].key.class_name);
        hb_free(series->sites[i].key.file);
        hb_free(series->sites[i].born);
    }
    hb_free(series->sites);
    series->n_sites = 25;
    series->sites = zeroed(25, sizeof *series->sites);
    for (uint32_t i = 0; i < 25; i++)
        set_site(&series->sites[i], key_of("ARRAY", "Array", "many.rb", i + 1), 3, 30 - i);
    report.top = 12;
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "many.rb:10\n") && !has(text, "many.rb:11\n") && has(text, "15 more sites"));
    json_t *document = parsed(&report);
    json_t *first = json_array_get(json_object_get(document, "series"), 0);
    json_t *retained = json_object_get(json_object_get(first, "retained"), "sites");
    CU_ASSERT_EQUAL(json_array_size(retained), 12);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(json_object_get(document, "fleet"), "sites")), 12);
    json_decref(document);
    free(text);
    hb_report_fini(&report);
}

static void test_text_demo(void)
{
    hb_report report = demo_report(1);
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(check_lines(text) <= 45);
    CU_ASSERT(has(text, "No suspect: no place holds 5 % or more of what is retained"));
    CU_ASSERT(has(text, "\nWhy they are held (") && !has(text, "Who retains most"));
    CU_ASSERT(has(text, "Series leak: 3 dumps\n"));
    CU_ASSERT(has(text, "leak-2.json") && !has(text, "/tmp/demo"));
    CU_ASSERT(has(text, "+1,155") && has(text, "+65.4 kB"));
    CU_ASSERT(has(text, "Retained: 2,400 objects, 96.0 kB\n"
                        "  allocated after dump leak-1.json and before dump leak-3.json, still there\n"));
    CU_ASSERT(has(text, "+2280") && has(text, "STRING String") && has(text, "app/models/leak.rb:15\n"));
    CU_ASSERT(!has(text, "more sites"));
    CU_ASSERT(has(text, "96 %        2,200  ROOT vm -> Leaky (class) -> Hash\n"));
    CU_ASSERT(has(text, "66 %        1,500    Array -> Struct Entry (x 150,000 in a row)\n"));
    CU_ASSERT(has(text, "0 %            5    \xe2\x80\xa6 1 more (5 objects, 200 B)\n") && !has(text, "Proc"));
    CU_ASSERT(has(text, "30  no root reaches these"));
    CU_ASSERT(has(text, "ROOT global -> Node1 -> Node2 -> Node3 -> \xe2\x80\xa6 32 more \xe2\x80\xa6 -> Node36"));
    CU_ASSERT(has(text, "unreachable: 700;") && has(text, "5.0 hops on average, 44 at most"));
    CU_ASSERT(!has(text, "Trust") && !has(text, "Problems") && !has(text, "Fleet"));
    CU_ASSERT(!has(text, "no allocation sites"));
    free(text);
    hb_report_fini(&report);
}

/* The line of the text in which a part begins, from 1; 0: none. */
static size_t line_of(const char *text, const char *part)
{
    const char *found = strstr(text, part);
    size_t line = found != NULL;
    for (const char *p = text; found != NULL && p < found; p++) line += *p == '\n';
    return line;
}

static void test_text_suspects(void)
{
    hb_report report = demo_report(1);
    add_suspects(&report.series[0], 1);
    char *text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "\nSuspect\n"
                        "  1. 95 % of what is retained (2,280 objects, 91.2 kB) hangs below HASH Hash (9,000 entries) in\n"
                        "     @cache, held by a constant or instance variable of CLASS Registry; freeing it frees 400.0 kB;\n"
                        "     it grows by 1,140 objects (45.6 kB) from dump to dump.\n"
                        "     path     ROOT vm -> CLASS Object -> OBJECT Node (x 12,345 in a row) -> @cache HASH Hash\n"
                        "     classes  2,280 STRING String (91.2 kB)\n"
                        "     sites    2,280 at app/models/leak.rb:15 (91.2 kB)\n\n"));
    CU_ASSERT(line_of(text, "     sites    2,280") <= 24);
    CU_ASSERT(has(text, "  1. HASH Hash (9,000 entries) in @cache: 2,280 objects, 91.2 kB\n"
                        "   100 %        2,280  ROOT vm -> @cache HASH Hash -> STRING String\n"));
    /* Its site is explained, the other is not. */
    CU_ASSERT(has(text, "Why others are held") && has(text, "OBJECT Node, lib/list.rb:3: ") && !has(text, "leak.rb:15: "));
    CU_ASSERT(has(text, "       10,001   400.0 kB  CLASS Registry\n"));
    CU_ASSERT(has(text, "       10,100   410.0 kB  12     HASH Hash\n"));
    CU_ASSERT(has(text, "        9,000   360.0 kB  9,000  app/models/leak.rb:15\n"));
    CU_ASSERT(has(text, "       10,000   400.0 kB  4.0 kB        HASH Hash (9,000 entries) in @cache\n"));
    CU_ASSERT(!has(text, "outlive"));
    free(text);
    hb_report_fini(&report);
}

static void test_text_many_suspects(void)
{
    hb_report report = demo_report(1);
    hb_series_report *series = &report.series[0];
    add_suspects(series, 7);
    for (size_t i = 0; i < 7; i++) series->suspects[i].share_permille = 140;
    series->suspects[1].survival_permille = 123;
    hb_suspect_report *s = &series->suspects[2];
    hb_free(s->sites[0].file);
    hb_free(s->sites);
    s->n_sites = 9;
    s->sites = zeroed(9, sizeof *s->sites);
    for (uint32_t i = 0; i < 9; i++) s->sites[i] = (hb_part_row){ NULL, NULL, copy("app/models/a.rb"), i + 1, 10, 400 };
    char *text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "  5. ") && !has(text, "  6. "));
    CU_ASSERT(has(text, "  \xe2\x80\xa6 2 more suspects, with 28 % of what is retained: --json FILE has all\n"));
    CU_ASSERT(has(text, "but      only 12 % of such objects outlive the next dump"));
    CU_ASSERT(has(text, "     sites    10 at app/models/a.rb:1 (400 B), 10 at app/models/a.rb:2 (400 B),\n"
                        "              10 at app/models/a.rb:3 (400 B), 10 at app/models/a.rb:4 (400 B), "
                        "\xe2\x80\xa6 5 more\n"));
    free(text);
    hb_report_fini(&report);
}

static void check_none(hb_report *report, const char *expected)
{
    char *text = printed(hb_text_write, report);
    check_lines(text);
    CU_ASSERT(has(text, expected));
    free(text);
}

static void test_text_no_suspect(void)
{
    hb_report report = demo_report(1);
    hb_series_report *series = &report.series[0];
    check_none(&report, "\nNo suspect: no place holds 5 % or more of what is retained");
    series->retained_objects = 0;
    check_none(&report, "\nNo suspect: nothing is retained.\n");
    series->has_retained = 0;
    check_none(&report, "\nNo suspect: no place holds 10 % or more of what is reachable.\n");
    series->has_reachability = 0;
    check_none(&report, "\nNo suspects: no ROOT lines (a `since:` dump?)");
    hb_report_fini(&report);
}

static void check_sentence(hb_suspect_report *s, const char *held_by, const char *by, const char *root, int n_analysed,
                           const char *expected)
{
    s->held_by = held_by;
    char *text = hb_suspect_text(s, by, root, n_analysed);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    if (strcmp(text, expected) != 0) printf("\n  %s\n  %s\n", text, expected);
    CU_ASSERT_STRING_EQUAL(text, expected);
    hb_free(text);
}

static void test_suspect_sentences(void)
{
    hb_suspect_report s = { 0 };
    set_suspect(&s, 3);
#define BELOW "95 % of what is retained (2,280 objects, 91.2 kB) hangs below HASH Hash (9,000 entries) in @cache, "
#define GAIN "; freeing it frees 400.0 kB; it grows by 1,140 objects (45.6 kB) from dump to dump."
    check_sentence(&s, "global", NULL, "global_tbl", 3, BELOW "held by a global variable" GAIN);
    check_sentence(&s, "thread", "DATA VM/thread", "vm", 3, BELOW "held by the locals or the stack of DATA VM/thread" GAIN);
    check_sentence(&s, "c_extension", "DATA queue", "vm", 3, BELOW "held by DATA queue, a struct of C code" GAIN);
    check_sentence(&s, "c_extension", "", "vm", 3, BELOW "a struct of C code" GAIN);
    check_sentence(&s, "unknown", NULL, "new_root", 3, BELOW "held by ROOT new_root" GAIN);
    check_sentence(&s, "constant_or_ivar", "", "vm", 3,
                   BELOW "in its constants or instance variables; it retains 400.0 kB in all; it grows by 1,140 objects "
                         "(45.6 kB) from dump to dump.");
    check_sentence(&s, "global", NULL, "global_tbl", 1,
                   "95 % of what is reachable hangs below HASH Hash (9,000 entries) in @cache, held by a global "
                   "variable; freeing it frees 400.0 kB (10,000 objects).");
    s.growth_objects = 0;
    s.share_permille = 9;
    s.has_holder = 0;
    check_sentence(&s, "constant_or_ivar", "CLASS Registry", "vm", 3,
                   "Less than 1 % of what is retained (2,280 objects, 91.2 kB) has no single holder, but is all reached "
                   "through @cache HASH Hash, held by a constant or instance variable of CLASS Registry; it grows by less "
                   "than an object from dump to dump.");
    s.has_holder = 1;
    s.objects = s.holder.retained_objects = 1;
    s.share_permille = 1000;
    check_sentence(&s, "unknown", NULL, NULL, 1,
                   "100 % of what is reachable is HASH Hash (9,000 entries) in @cache; freeing it frees 400.0 kB (1 "
                   "object).");
    hb_suspect_report_fini(&s);
}

static void test_text_hostile(void)
{
    hb_report report = hostile_report(200000);
    char *text = printed(hb_text_write, &report);
    for (const char *p = text; *p != '\0'; p++) CU_ASSERT(((unsigned char)*p >= 0x20 && *p != 0x7f) || *p == '\n');
    CU_ASSERT(!has(text, "\xc2\x9b") && !has(text, "\xe2\x80\xae") && !has(text, "\xff"));
    CU_ASSERT(has(text, "evil\\x1b[31m\"\\\\x01\\x09\\x0a"));
    CU_ASSERT(strlen(text) < 20000);
    CU_ASSERT(has(text, "Trust in the difference: 40 of 100"));
    CU_ASSERT(has(text, "12 addresses") && has(text, "3 objects seem"));
    CU_ASSERT(has(text, "truncated") && has(text, "\nProblems\n"));
    CU_ASSERT(has(text, "2 lines could not be read") && has(text, "line 1,234, byte 99,887: no type"));
    CU_ASSERT(has(text, "Fleet: 2 series, 6 dumps"));
    strstr(text, "\nProblems\n")[1] = '\0';   /* these have long lines */
    check_lines(text);
    free(text);
    hb_report_fini(&report);
}

static void test_text_empty_and_failed(void)
{
    hb_report report = { "strict", 0, NULL, 0, NULL, 0 };
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "Nothing was analysed."));
    free(text);

    report = new_report(1);
    report.series[0].name = copy("gone");
    report.series[0].n_dumps = 1;
    report.series[0].dumps = zeroed(1, sizeof(hb_dump_report));
    fail_dump(&report.series[0].dumps[0], "gone.json", "no such file");
    text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "Series gone: 1 dump\n") && has(text, "failed     no such file"));
    CU_ASSERT(has(text, "No dump of this series could be analysed.") && !has(text, "Why they are held"));
    free(text);
    json_t *document = parsed(&report);
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.0.dumps.0.status"), "failed");
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.0.dumps.0.error"), "no such file");
    json_decref(document);
    hb_report_fini(&report);
}

static void make_single(hb_series_report *series)
{
    series->name = copy("one");
    series->n_dumps = 1;
    series->dumps = zeroed(1, sizeof *series->dumps);
    set_dump(&series->dumps[0], "one.json", 9040, 361600);
    series->has_last = 1;
    series->score = 100;
}

static void test_text_single(void)
{
    hb_report report = new_report(1);
    make_single(&report.series[0]);
    set_live(&report.series[0], 1);
    char *text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "A second dump") && has(text, "app/live.rb:8") && has(text, "(no name)"));
    CU_ASSERT(has(text, "no ROOT lines (a `since:` dump?): no retention paths"));
    CU_ASSERT(!has(text, "Retained") && !has(text, "no allocation sites"));
    CU_ASSERT(strstr(text, "STRING") < strstr(text, "HASH"));
    free(text);
    hb_report_fini(&report);
}

static void test_text_untraced(void)
{
    hb_report report = new_report(1);
    make_single(&report.series[0]);
    set_live(&report.series[0], 0);
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "no allocation sites: call ObjectSpace.trace_object_allocations_start"));
    free(text);
    hb_report_fini(&report);
}

/* 40 dumps, the third failed: the middle of the table and of the histogram are left out. */
static void test_text_many_dumps(void)
{
    hb_report report = new_report(1);
    hb_series_report *series = &report.series[0];
    series->name = copy("long");
    series->n_dumps = 40;
    series->dumps = zeroed(40, sizeof *series->dumps);
    for (unsigned i = 0; i < 40; i++) {
        char path[64];
        snprintf(path, sizeof path, "/d%u/x.json", i);
        if (i == 2)
            fail_dump(&series->dumps[i], path, "unreadable");
        else
            set_dump(&series->dumps[i], path, 1000 + 10 * i, 40000);
    }
    series->has_last = series->has_retained = 1;
    series->last = 39;
    series->score = 100;
    series->n_sites = 1;
    series->sites = zeroed(1, sizeof *series->sites);
    set_site(&series->sites[0], key_of("STRING", NULL, "a.rb", 1), 40, 7);
    char *text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "34 more\n"));
    CU_ASSERT(has(text, "d1/x.json") && has(text, "d39/x.json") && !has(text, "d5/x.json"));
    CU_ASSERT(has(text, "+7 +7 \xe2\x80\xa6 +7 +7  STRING"));
    free(text);
    hb_report_fini(&report);
}

static void test_text_two_dumps(void)
{
    hb_report report = new_report(1);
    hb_series_report *series = &report.series[0];
    series->name = copy("two");
    series->n_dumps = 2;
    series->dumps = zeroed(2, sizeof *series->dumps);
    set_dump(&series->dumps[0], "a.json", 5000, 1000000);
    set_dump(&series->dumps[1], "b.json", 4000, 900000);
    series->has_last = series->has_retained = 1;
    series->last = 1;
    series->score = 100;
    series->retained_objects = 9;
    series->n_sites = 1;
    series->sites = zeroed(1, sizeof *series->sites);
    set_site(&series->sites[0], key_of("STRING", "String", "a.rb", 1), 2, 9);
    char *text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "-1,000") && has(text, "-100.0 kB") && has(text, "+9 "));
    CU_ASSERT(has(text, "allocated after dump a.json, there in dump b.json"));
    CU_ASSERT(has(text, "a third dump"));
    free(text);
    hb_report_fini(&report);
}

/* A hundred branches of one percent each, each of two: the threshold rises until they fit, the first root stays. */
static void test_text_wide_tree(void)
{
    hb_report report = new_report(1);
    hb_series_report *series = &report.series[0];
    make_single(series);
    set_reachability(series);
    series->n_paths = 1;
    series->paths = zeroed(1, sizeof *series->paths);
    hb_path_report *path = &series->paths[0];
    path->site = key_of("STRING", NULL, NULL, 0);
    path->objects = 100;
    path->n_nodes = 200;
    path->nodes = zeroed(200, sizeof *path->nodes);
    for (uint32_t i = 0; i < 200; i++) set_node(&path->nodes[i], i % 2 == 0 ? "ROOT r" : "leaf", 1, i % 2, 1 - i % 2);
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "\xe2\x80\xa6 99 more (99 objects, 4.0 kB)\n") && has(text, "1 %            1  ROOT r\n"));
    CU_ASSERT(check_lines(text) < 30);
    free(text);
    hb_report_fini(&report);
}

static void check_full(printer *print)
{
    hb_report report = demo_report(1);
    hb_error err;
    hb_error_clear(&err);
    FILE *full = fopen("/dev/full", "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(full);
    CU_ASSERT_EQUAL(print(&report, full, &err), HB_ERR_IO);
    CU_ASSERT_EQUAL(err.code, HB_ERR_IO);
    CU_ASSERT(has(err.message, "No space left"));
    fclose(full);

    hb_error_clear(&err);
    full = fopen("/dev/full", "w");
    setvbuf(full, NULL, _IONBF, 0);
    CU_ASSERT_EQUAL(print(&report, full, &err), HB_ERR_IO);
    fclose(full);
    hb_report_fini(&report);
}

static void test_disk_full(void)
{
    check_full(hb_json_write);
    check_full(hb_text_write);
}

static long live_blocks;  /* of jansson's */

static void *counted_alloc(size_t n)
{
    void *block = hb_alloc(n, 1);
    if (block != NULL) live_blocks++;
    return block;
}

static void counted_free(void *block)
{
    if (block != NULL) live_blocks--;
    hb_free(block);
}

/* Fails allocation 1, 2, ... until the call succeeds; returns how many failed. */
static uint64_t sweep(printer *print, int persistent)
{
    hb_report report = hostile_report(500);
    char *expected = printed(print, &report);
    hb_status status = HB_ERR_MEMORY;
    uint64_t nth = 0;
    while (status != HB_OK && nth < 100000) {
        char *text = NULL;
        size_t n = 0;
        hb_error err;
        hb_error_clear(&err);
        FILE *out = open_memstream(&text, &n);
        if (out == NULL) abort();
        hb_memory_fail_at(++nth, persistent);
        status = print(&report, out, &err);
        hb_memory_fail_at(0, 0);
        fclose(out);
        if (status != HB_OK && (status != HB_ERR_MEMORY || err.code != HB_ERR_MEMORY)) CU_FAIL("wrong status");
        if (status == HB_OK) CU_ASSERT_STRING_EQUAL(text, expected);
        if (live_blocks != 0) CU_FAIL("jansson leaked");
        free(text);
    }
    CU_ASSERT_EQUAL(status, HB_OK);
    free(expected);
    hb_report_fini(&report);
    return nth - 1;
}

static void test_allocation_failures(void)
{
    json_malloc_t plain_alloc;
    json_free_t plain_free;
    json_get_alloc_funcs(&plain_alloc, &plain_free);
    json_set_alloc_funcs(counted_alloc, counted_free);
    for (int persistent = 0; persistent < 2; persistent++) {
        CU_ASSERT(sweep(hb_json_write, persistent) > 500);
        CU_ASSERT(sweep(hb_text_write, persistent) > 50);
    }
    json_set_alloc_funcs(plain_alloc, plain_free);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "UTF-8: maximal subparts", test_utf8_maximal_subparts },
        { "UTF-8: every code point", test_utf8_all_code_points },
        { "UTF-8: terminal", test_utf8_terminal },
        { "JSON: empty report", test_json_empty },
        { "JSON: keys in order", test_json_key_order },
        { "JSON: keys of the graph in order", test_json_graph_key_order },
        { "JSON: values of the graph", test_json_graph_values },
        { "JSON: values", test_json_values },
        { "JSON: path trees", test_json_tree },
        { "JSON: what is absent", test_json_absent_parts },
        { "JSON: hostile text", test_json_hostile },
        { "JSON: fleet", test_json_fleet },
        { "more sites than are shown", test_many_sites },
        { "fleet: random rows", test_fleet_random },
        { "text: demo", test_text_demo },
        { "text: suspects", test_text_suspects },
        { "text: many suspects", test_text_many_suspects },
        { "text: no suspect", test_text_no_suspect },
        { "suspects in a sentence", test_suspect_sentences },
        { "text: hostile text", test_text_hostile },
        { "text: empty and failed", test_text_empty_and_failed },
        { "text: single dump", test_text_single },
        { "text: no tracing", test_text_untraced },
        { "text: many dumps", test_text_many_dumps },
        { "text: two dumps", test_text_two_dumps },
        { "text: wide tree", test_text_wide_tree },
        { "object labels", test_object_labels },
        { "disk full", test_disk_full },
        { "every allocation fails", test_allocation_failures },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("report", tests);
}
