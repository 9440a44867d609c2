/* Reports built by hand, for what prints them: a small one as of a real series, and one whose every text is hostile. */
#ifndef HB_TESTS_UNIT_DEMO_REPORT_H
#define HB_TESTS_UNIT_DEMO_REPORT_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/json.h"
#include "report/report.h"
#include "report/suspect_text.h"
#include "tests/unit/suite.h"

#define HOSTILE "evil\x1b[31m\"\\\x01\t\n\x7f\xc2\x9b\xe2\x80\xae\xff\xf0\x9f\x92"
#define DEEP 41
#define R "\xef\xbf\xbd"   /* U+FFFD */

static inline char *copy(const char *text)
{
    char *made = text != NULL ? hb_copy_text(text, strlen(text)) : NULL;
    if (text != NULL && made == NULL) abort();
    return made;
}

static inline void *zeroed(size_t n, size_t item_bytes)
{
    void *made = hb_alloc_zero(n, item_bytes);
    if (made == NULL) abort();
    return made;
}

static inline hb_site_key key_of(const char *type, const char *class_name, const char *file, uint32_t line)
{
    return (hb_site_key){ type, copy(class_name), copy(file), line };
}

static inline void set_dump(hb_dump_report *dump, const char *path, uint64_t objects, uint64_t memsize)
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

static inline void fail_dump(hb_dump_report *dump, const char *path, const char *error)
{
    dump->path = copy(path);
    dump->status = HB_DUMP_FAILED;
    dump->error = copy(error);
}

static inline void set_site(hb_site_row *row, hb_site_key key, size_t n_dumps, uint64_t each)
{
    row->key = key;
    row->born = zeroed(n_dumps, sizeof *row->born);
    for (size_t i = 1; i + 1 < n_dumps || i == 1; i++) {
        row->born[i] = each;
        row->objects += each;
    }
    row->memsize = row->objects * 40;
}

static inline void set_node(hb_path_node *node, const char *label, uint64_t objects, uint32_t depth, uint32_t n_children)
{
    *node = (hb_path_node){ copy(label), 1, objects, objects * 40, depth == 0 ? 0 : 0x7f00 + depth, depth,
                              n_children };
}

static inline void set_demo_path(hb_path_report *path)
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
static inline void set_deep_path(hb_path_report *path)
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

static inline void set_live(hb_series_report *series, int traced)
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

/* Counts of the first and the last of three dumps. */
static inline void set_class_growth(hb_series_report *series, const char *class_name)
{
    series->has_growth = 1;
    series->n_growth = 2;
    series->growth = zeroed(2, sizeof *series->growth);
    for (size_t i = 0; i < 2; i++) {
        hb_growth_row *row = &series->growth[i];
        row->type = i == 0 ? "OBJECT" : "IMEMO";
        if (i == 0) row->class_name = copy(class_name);
        row->objects = zeroed(series->n_dumps, sizeof *row->objects);
        row->memsize = zeroed(series->n_dumps, sizeof *row->memsize);
        for (size_t d = 0; d < series->n_dumps; d++) {
            series->dumps[d].counted = d != 1;
            row->objects[d] = d == 1 ? 0 : 1000 + 2500 * d;
            row->memsize[d] = row->objects[d] * 40;
        }
    }
}

/* Two contents, of which the second is shown as far as `value` goes. */
static inline void set_strings(hb_series_report *series, const char *value)
{
    hb_strings_report *strings = &series->equal;
    *strings = (hb_strings_report){ .is_there = 1, .objects = 5000, .without_value = 12, .distinct = 4300,
                                    .duplicate_objects = 688, .duplicate_memsize = 55080, .n_top = 2 };
    strings->top = zeroed(2, sizeof *strings->top);
    strings->top[0] = (hb_string_row){ .bytes = 3, .objects = 600, .memsize = 48000, .first = 0x7f58 };
    strings->top[1] = (hb_string_row){ .bytes = 2048, .objects = 90, .memsize = 7200, .first = 0x7f80, .value = copy(value),
                                       .is_cut = 1 };
}

static inline void set_reachability(hb_series_report *series)
{
    series->has_reachability = 1;
    series->reachable = 14000;
    series->unreachable = 700;
    series->reachable_memsize = 560000;
    series->without_class_edges = 13800;
    series->max_hops = 44;
    series->hops_sum = 69000;
}

static inline void set_demo_series(hb_series_report *series, const char *name)
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

static inline hb_report new_report(size_t n_series)
{
    return (hb_report){ .identity = "strict", .series = zeroed(n_series, sizeof(hb_series_report)), .n_series = n_series };
}

static inline hb_report demo_report(size_t n_series)
{
    hb_report report = new_report(n_series);
    for (size_t i = 0; i < n_series; i++) set_demo_series(&report.series[i], i == 0 ? "leak" : "leak-too");
    return report;
}

static inline hb_object_row object_row(uint64_t address, const char *label, uint64_t retained, uint64_t other)
{
    return (hb_object_row){ .address = address, .type = "HASH", .class_name = copy("Hash"), .label = copy(label),
                            .memsize = 40, .retained_memsize = retained, .retained_objects = retained / 40,
                            .other = other, .other_memsize = other != 0 ? 4000 : 0 };
}

static inline void set_dominators(hb_dominator_report *d)
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

static inline hb_step_row step(const char *label, uint64_t address, uint64_t repeat)
{
    return (hb_step_row){ copy(label), address, 40, 400000, repeat };
}

/* Nine tenths of what the demo retains, all from its first site. */
static inline void set_suspect(hb_suspect_report *s, size_t n_dumps)
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

static inline void add_suspects(hb_series_report *series, size_t n)
{
    set_dominators(&series->dominators);
    series->n_suspects = n;
    series->suspects = zeroed(n, sizeof *series->suspects);
    for (size_t i = 0; i < n; i++) set_suspect(&series->suspects[i], series->n_dumps);
}

static inline void add_problem(hb_report *report, const char *path, const char *what)
{
    report->n_problems = 1;
    report->problems = zeroed(1, sizeof *report->problems);
    report->problems[0] = (hb_problem){ copy(path), copy(what) };
}

/* A bit of everything a dump can do to us, with one name of n_longest bytes. */
static inline hb_report hostile_report(size_t n_longest)
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
    set_class_growth(series, HOSTILE);
    set_strings(series, HOSTILE);
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
    if (hb_findings_find(&report, &report.findings) != HB_OK) abort();
    return report;
}

typedef hb_status printer(const hb_report *report, FILE *out, hb_error *err);

static inline char *printed(printer *print, const hb_report *report)
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

static inline json_t *parsed(const hb_report *report)
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
static inline json_t *at(json_t *value, const char *path)
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

static inline long long int_at(json_t *value, const char *path)
{
    json_t *found = at(value, path);
    return json_is_integer(found) ? (long long)json_integer_value(found) : -999;
}

static inline const char *text_at(json_t *value, const char *path)
{
    const char *found = json_string_value(at(value, path));
    return found != NULL ? found : "(none)";
}

static inline int has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

#endif
