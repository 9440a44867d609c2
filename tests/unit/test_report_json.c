/* The JSON report, parsed back and compared. */
#include "base/version.h"
#include "report/fleet_sites.h"
#include "tests/unit/demo_report.h"

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

static void test_json_empty(void)
{
    char keys[512];
    hb_report report = { .identity = "address" };
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
                           "name dumps symptoms classes sites growth trust class_growth strings retained reachability paths dominators suspects");
    CU_ASSERT_STRING_EQUAL(keys_at(series, "dumps.0", keys),
                           "path status error taken_at time_source compared left_out bytes lines invalid_lines invalid objects memsize roots shapes "
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
                           "text held_by holder objects memsize share_permille born growth_objects growth_memsize rate rate_low rate_high "
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

static void test_json_strings(void)
{
    char keys[512];
    hb_report report = demo_report(2);
    set_strings(&report.series[0], HOSTILE);
    json_t *document = parsed(&report);
    CU_ASSERT_STRING_EQUAL(keys_at(document, "series.0.strings", keys),
                           "objects without_value distinct duplicate_objects duplicate_memsize top");
    CU_ASSERT_STRING_EQUAL(keys_at(document, "series.0.strings.top.0", keys), "bytes objects memsize first value value_cut");
    CU_ASSERT_EQUAL(int_at(document, "series.0.strings.duplicate_memsize"), 55080);
    CU_ASSERT_EQUAL(int_at(document, "series.0.strings.top.0.objects"), 600);
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.0.strings.top.0.first"), "0x7f58");
    CU_ASSERT(json_is_null(at(document, "series.0.strings.top.0.value")) && json_is_false(at(document, "series.0.strings.top.0.value_cut")));
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.0.strings.top.1.value"),
                           "evil\x1b[31m\"\\\x01\t\n\x7f\xc2\x9b\xe2\x80\xae" R R);
    CU_ASSERT(json_is_true(at(document, "series.0.strings.top.1.value_cut")));
    CU_ASSERT(json_is_null(at(document, "series.1.strings")));
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
    set_class_growth(&report.series[1], "Order");
    json_t *document = parsed(&report);
    CU_ASSERT_STRING_EQUAL(keys_at(document, "series.0", keys), "name dumps symptoms classes sites growth trust class_growth strings reachability paths dominators suspects");
    CU_ASSERT(json_is_null(at(document, "series.1.reachability")));
    CU_ASSERT(json_is_null(at(document, "series.0.class_growth")));
    CU_ASSERT_STRING_EQUAL(keys_at(document, "series.1.class_growth.0", keys), "type class objects memsize");
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.1.class_growth.0.class"), "Order");
    CU_ASSERT_EQUAL(int_at(document, "series.1.class_growth.0.objects.2"), 6000);
    CU_ASSERT_EQUAL(int_at(document, "series.1.class_growth.0.memsize.0"), 40000);
    CU_ASSERT(json_is_null(at(document, "series.1.class_growth.1.objects.1")));
    CU_ASSERT(json_is_null(at(document, "series.1.class_growth.1.class")));
    CU_ASSERT_EQUAL(json_array_size(at(document, "series.1.paths")), 0);
    CU_ASSERT(json_is_array(at(document, "series.1.paths")));
    CU_ASSERT_STRING_EQUAL(keys_at(document, "series.2", keys), "name dumps");
    json_decref(document);
    hb_report_fini(&report);
}

static void test_json_symptoms(void)
{
    char keys[512];
    hb_report report = demo_report(1);
    json_t *document = parsed(&report);
    CU_ASSERT(json_is_null(at(document, "series.0.symptoms")));
    json_decref(document);
    hb_symptoms *symptoms = &report.series[0].dumps[2].symptoms;
    hb_symptoms_set(symptoms, HB_SYMPTOM_AVAILABLE_SLOTS, 1000);
    hb_symptoms_set(symptoms, HB_SYMPTOM_LIVE_SLOTS, 250);
    hb_symptoms_set(symptoms, HB_SYMPTOM_RSS, 7);
    document = parsed(&report);
    CU_ASSERT_STRING_EQUAL(keys_at(document, "series.0.symptoms", keys), "verdict why dumps");
    CU_ASSERT(json_is_null(at(document, "series.0.symptoms.dumps.0")));
    CU_ASSERT_STRING_EQUAL(keys_at(document, "series.0.symptoms.dumps.2", keys),
                           "rss pss available_slots live_slots slot_bytes old_objects malloc_increase oldmalloc_increase gc_count buffers "
                           "empty outside");
    CU_ASSERT_EQUAL(int_at(document, "series.0.symptoms.dumps.2.rss"), 7);
    CU_ASSERT_EQUAL(int_at(document, "series.0.symptoms.dumps.2.empty"), 30000);
    CU_ASSERT(json_is_null(at(document, "series.0.symptoms.dumps.2.pss")));
    CU_ASSERT(json_is_null(at(document, "series.0.symptoms.dumps.2.outside")));   /* below 0 */
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

int main(void)
{
    CU_TestInfo tests[] = {
        { "JSON: empty report", test_json_empty },
        { "JSON: keys in order", test_json_key_order },
        { "JSON: keys of the graph in order", test_json_graph_key_order },
        { "JSON: values of the graph", test_json_graph_values },
        { "JSON: values", test_json_values },
        { "JSON: path trees", test_json_tree },
        { "strings", test_json_strings }, { "JSON: what is absent", test_json_absent_parts },
        { "JSON: symptoms", test_json_symptoms },
        { "JSON: hostile text", test_json_hostile },
        { "JSON: fleet", test_json_fleet },
        { "fleet: random rows", test_fleet_random },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("report, JSON", tests);
}
