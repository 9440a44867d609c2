/* What `heapbatch read` makes of sites: the same by file and by gem, and the tables of both, with the shapes by instance variable; and the same as
 * JSON, a line each. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/site.h"
#include "report/json_rows.h"
#include "report/text_reading.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 2718u
#define MOST_SITES 60

typedef struct sum {
    uint64_t objects, memsize, references;
} sum;

static void put_site(hb_places *places, const char *path, uint32_t line, sum of)
{
    char packed[200];
    uint32_t id = 0;
    uint64_t site = 0;
    if (path != NULL) {
        hb_site_pack(path, strlen(path), line, packed);
        CU_ASSERT_FATAL(hb_intern_put(&places->texts, packed, strlen(path) + HB_SITE_LINE_BYTES, &id) == HB_OK);
        site = id + 1;
    }
    uint64_t *values = hb_table_put(&places->rows, &site, NULL);
    CU_ASSERT_FATAL(values != NULL);
    values[HB_PLACE_OBJECTS] += of.objects;
    values[HB_PLACE_MEMSIZE] += of.memsize;
    values[HB_PLACE_REFERENCES] += of.references;
}

static void put_edge(hb_places *edges, const char *name, uint64_t shapes)
{
    uint32_t id;
    CU_ASSERT_FATAL(hb_intern_put(&edges->texts, name, strlen(name), &id) == HB_OK);
    uint64_t *value = hb_table_put(&edges->rows, &(uint64_t){ id + 1 }, NULL);
    CU_ASSERT_FATAL(value != NULL);
    *value = shapes;
}

static void begin(hb_places *places, unsigned n_values)
{
    hb_intern_init(&places->texts);
    hb_table_init(&places->rows, 1, n_values);
}

/* The sum of all rows of the list with that name; each name stands once. */
static sum find(const hb_place_list *list, const char *name)
{
    sum found = { 0 };
    size_t n = 0;
    for (const hb_place_row *row = list->rows; row < list->rows + list->n; row++) {
        if (name == NULL ? row->file != NULL : row->file == NULL || strcmp(row->file, name) != 0) continue;
        CU_ASSERT(row->line == 0);
        found = (sum){ row->objects, row->memsize, row->references };
        n++;
    }
    CU_ASSERT(n <= 1);
    return found;
}

static void expect_sum(sum found, sum expected)
{
    CU_ASSERT(found.objects == expected.objects && found.memsize == expected.memsize && found.references == expected.references);
}

/* Gems "g0-1" to "g3-1" with files "f0.rb" to "f2.rb" of several lines, and what has no site. */
static void try_sums(dice *d)
{
    sum gems[4] = { { 0 } }, files[4][3] = { { { 0 } } }, none = { 0 };
    hb_places places;
    hb_reading reading = { 0 };
    begin(&places, HB_PLACE_VALUES);
    for (size_t n = roll(d, MOST_SITES); n > 0; n--) {
        const size_t gem = roll(d, 4), file = roll(d, 3);
        const sum of = { 1 + roll(d, 9), roll(d, 1000), roll(d, 5) };
        sum *const all[] = { &gems[gem], &files[gem][file], &none };
        const int is_none = chance(d, 8);
        char path[80];
        snprintf(path, sizeof path, "/v/gems/g%zu-1/f%zu.rb", gem, file);
        put_site(&places, is_none ? NULL : path, (uint32_t)roll(d, 4), of);
        for (int i = is_none ? 2 : 0; i < (is_none ? 3 : 2); i++)
            *all[i] = (sum){ all[i]->objects + of.objects, all[i]->memsize + of.memsize, all[i]->references + of.references };
    }
    CU_ASSERT(hb_reading_fill_places(&places, &reading) == HB_OK);
    expect_sum(find(&reading.gems, NULL), none);
    expect_sum(find(&reading.files, NULL), none);
    size_t n_gems = none.objects != 0, n_files = n_gems;
    for (size_t gem = 0; gem < 4; gem++) {
        char name[80];
        snprintf(name, sizeof name, "g%zu-1", gem);
        expect_sum(find(&reading.gems, name), gems[gem]);
        n_gems += gems[gem].objects != 0;
        for (size_t file = 0; file < 3; file++) {
            snprintf(name, sizeof name, "/v/gems/g%zu-1/f%zu.rb", gem, file);
            expect_sum(find(&reading.files, name), files[gem][file]);
            n_files += files[gem][file].objects != 0;
        }
    }
    CU_ASSERT(reading.gems.n == n_gems && reading.files.n == n_files && reading.places.n == places.rows.n);
    hb_reading_fini(&reading);
    hb_places_fini(&places);
}

static void test_sums(void)
{
    dice d = dice_of(SEED);
    for (int k = 0; k < 300; k++) try_sums(&d);
}

static void fill_small(hb_places *places, hb_places *edges)
{
    begin(places, HB_PLACE_VALUES);
    begin(edges, 1);
    put_site(places, "/v/gems/b-1.0/b.rb", 1, (sum){ 2, 100, 0 });
    put_site(places, "/v/gems/b-1.0/b.rb", 2, (sum){ 3, 20, 4 });
    put_site(places, "/v/gems/a-1.0/\x1b[31m.rb", 3, (sum){ 5, 110, 1 });
    put_site(places, NULL, 0, (sum){ 1, 40, 0 });
    put_edge(edges, "@b", 7);
    put_edge(edges, "@\x1b[2J", 1200);
    put_edge(edges, "@a", 7);
}

/* What was written since the last call. */
static char *written;
static size_t n_written;

static FILE *begin_writing(void)
{
    free(written);
    written = NULL;
    return open_memstream(&written, &n_written);
}

static void print(hb_reading *reading, uint64_t top)
{
    FILE *out = begin_writing();
    const hb_status status = hb_text_reading(reading, "all", top, out);
    CU_ASSERT(fclose(out) == 0 && status == HB_OK);
}

static void print_lines(hb_reading *reading, uint64_t top)
{
    FILE *out = begin_writing();
    const hb_status status = hb_json_reading(reading, top, out);
    CU_ASSERT(fclose(out) == 0 && status == HB_OK);
}

static void expect_text(const char *part)
{
    const int is_there = strstr(written, part) != NULL;
    if (!is_there) printf("\n  not there: '%s' in:\n%s\n", part, written);
    CU_ASSERT(is_there);
}

static void test_tables(void)
{
    hb_places places, edges;
    hb_reading reading = { 0 };
    fill_small(&places, &edges);
    CU_ASSERT(hb_reading_fill_places(&places, &reading) == HB_OK);
    CU_ASSERT(hb_reading_fill_edges(&edges, &reading) == HB_OK);
    print(&reading, 0);
    expect_text("Generation all: 11 objects, 270 B\n"
                "\nGems by bytes\n      objects       size  gem\n"
                "            5      120 B  b-1.0\n            5      110 B  a-1.0\n            1       40 B  (no site recorded)\n"
                "\nGems by objects\n      objects       size  gem\n"
                "            5      110 B  a-1.0\n            5      120 B  b-1.0\n            1       40 B  (no site recorded)\n"
                "\nFiles by bytes\n      objects       size  file\n"
                "            5      120 B  /v/gems/b-1.0/b.rb\n            5      110 B  /v/gems/a-1.0/\\x1b[31m.rb\n"
                "            1       40 B  (no site recorded)\n"
                "\nFiles by objects\n      objects       size  file\n"
                "            5      110 B  /v/gems/a-1.0/\\x1b[31m.rb\n            5      120 B  /v/gems/b-1.0/b.rb\n"
                "            1       40 B  (no site recorded)\n"
                "\nSites by bytes\n");
    expect_text("\nShape edges: instance variables by how many shapes add them\n       shapes  instance variable\n"
                "        1,200  @\\x1b[2J\n            7  @a\n            7  @b\n");
    print(&reading, 2);
    expect_text("            7  @a\n  1 more: --top 0 shows all\n");
    expect_text("            5      110 B  a-1.0\n  1 more: --top 0 shows all\n");
    hb_reading_fini(&reading);
    hb_places_fini(&places);
    hb_places_fini(&edges);
}

/* A class without a name, and contents that are shown. */
static void test_lines(void)
{
    hb_site_row class = { .key.type = "IMEMO", .objects = 2, .memsize = 80 };
    hb_string_row string = { .bytes = 250, .objects = 3, .memsize = 120, .first = 0x7f10, .value = "a\"\n", .is_cut = 1 };
    hb_place_row sites[] = { { .file = "b.rb", .line = 2, .objects = 2 }, { .objects = 1 } };
    hb_place_list where = { sites, 2 };
    hb_places places, edges;
    hb_reading reading = { 0 };
    fill_small(&places, &edges);
    CU_ASSERT(hb_reading_fill_places(&places, &reading) == HB_OK);
    CU_ASSERT(hb_reading_fill_edges(&edges, &reading) == HB_OK);
    hb_reading lent = reading;
    lent.classes = &class;
    lent.strings = &where;
    lent.series.equal.top = &string;
    lent.n_classes = lent.series.equal.n_top = 1;
    print_lines(&lent, 2);
    CU_ASSERT_STRING_EQUAL(written,
        "{\"ranking\":\"gem\",\"gem\":\"b-1.0\",\"objects\":5,\"memsize\":120,\"references\":4}\n"
        "{\"ranking\":\"gem\",\"gem\":\"a-1.0\",\"objects\":5,\"memsize\":110,\"references\":1}\n"
        "{\"ranking\":\"file\",\"file\":\"/v/gems/b-1.0/b.rb\",\"objects\":5,\"memsize\":120,\"references\":4}\n"
        "{\"ranking\":\"file\",\"file\":\"/v/gems/a-1.0/\\u001B[31m.rb\",\"objects\":5,\"memsize\":110,\"references\":1}\n"
        "{\"ranking\":\"site\",\"file\":\"/v/gems/a-1.0/\\u001B[31m.rb\",\"line\":3,\"objects\":5,\"memsize\":110,\"references\":1}\n"
        "{\"ranking\":\"site\",\"file\":\"/v/gems/b-1.0/b.rb\",\"line\":1,\"objects\":2,\"memsize\":100,\"references\":0}\n"
        "{\"ranking\":\"class\",\"type\":\"IMEMO\",\"class\":null,\"objects\":2,\"memsize\":80}\n"
        "{\"ranking\":\"string\",\"bytes\":250,\"objects\":3,\"memsize\":120,\"first\":\"0x7f10\",\"value\":\"a\\\"\\n\",\"value_cut\":true,"
        "\"sites\":[{\"file\":\"b.rb\",\"line\":2,\"objects\":2},{\"file\":null,\"line\":null,\"objects\":1}]}\n"
        "{\"ranking\":\"shape_edge\",\"name\":\"@\\u001B[2J\",\"shapes\":1200}\n"
        "{\"ranking\":\"shape_edge\",\"name\":\"@a\",\"shapes\":7}\n");
    string.value = NULL;
    print_lines(&lent, 0);
    expect_text("\"gem\":null,");
    CU_ASSERT(strstr(written, "value") == NULL);
    hb_reading_fini(&reading);
    hb_places_fini(&places);
    hb_places_fini(&edges);
}

/* Nothing was traced, and there are no shapes. */
static void test_nothing(void)
{
    hb_places places;
    hb_reading reading = { 0 };
    begin(&places, HB_PLACE_VALUES);
    put_site(&places, NULL, 0, (sum){ 3, 40, 0 });
    CU_ASSERT(hb_reading_fill_places(&places, &reading) == HB_OK);
    print(&reading, 20);
    expect_text("Generation all: 3 objects, 40 B\n\nSites by bytes\n");
    CU_ASSERT(strstr(written, "Shape edges") == NULL);
    print_lines(&reading, 20);
    CU_ASSERT_STRING_EQUAL(written, "{\"ranking\":\"site\",\"file\":null,\"line\":null,\"objects\":3,\"memsize\":40,\"references\":0}\n");
    hb_reading_fini(&reading);
    hb_places_fini(&places);
}

/* At each allocation. */
static void test_memory(void)
{
    hb_places places, edges;
    hb_status status = HB_ERR_MEMORY;
    uint64_t nth = 1;
    fill_small(&places, &edges);
    for (; status != HB_OK && nth < 100; nth++) {
        hb_reading reading = { 0 };
        hb_memory_fail_at(nth, 1);
        status = hb_reading_fill_places(&places, &reading);
        if (status == HB_OK) status = hb_reading_fill_edges(&edges, &reading);
        hb_memory_fail_at(0, 0);
        CU_ASSERT(status == HB_OK || status == HB_ERR_MEMORY);
        hb_reading_fini(&reading);
    }
    CU_ASSERT(status == HB_OK && nth > 10);
    hb_places_fini(&places);
    hb_places_fini(&edges);
}

int main(void)
{
    printf("seed %u\n", SEED);
    CU_TestInfo tests[] = { { "sums", test_sums }, { "tables", test_tables }, { "lines", test_lines },
                            { "tables and lines of nothing", test_nothing }, { "without memory", test_memory }, CU_TEST_INFO_NULL };
    const int failed = hb_suite_run("reading", tests);
    free(written);
    return failed;
}
