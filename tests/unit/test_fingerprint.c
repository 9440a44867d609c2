/* Fingerprints: what of a label, a step and a suspect is left out and what not, and which are the same. */
#include "report/fingerprint.h"

#include <regex.h>

#include "tests/unit/demo_fleet.h"
#include "tests/unit/dice.h"

#define SEED 21

/* --- labels --- */

typedef struct label_case {
    const char *type, *class_name, *label, *expected;   /* type NULL: a step */
} label_case;

static const label_case label_cases[] = {
    { "HASH", "Hash", "HASH Hash (26,666 entries)", "HASH Hash" },
    { "HASH", "Hash", "HASH Hash (1 entry) in @cache, app.rb:15", "HASH Hash in @cache, app.rb:15" },
    { "ARRAY", NULL, "ARRAY (7 elements)", "ARRAY" },
    { "ARRAY", "", "ARRAY (1 element), a.rb:1", "ARRAY, a.rb:1" },
    { "ARRAY", "Array", "ARRAY Array", "ARRAY Array" },
    { "CLASS", NULL, "CLASS at app.rb:3", "CLASS at app.rb:3" },
    { "CLASS", "Class", "CLASS #<Class:0x00007f0012345678>::Row, a.rb:3", "CLASS #<Class>::Row, a.rb:3" },
    { "HASH", "#<Class:0x00007f0012345678>", "HASH #<Class:0x00007f0012345678> (2 entries)", "HASH #<Class>" },
    /* Names that look like a size: they stay, and the size goes. */
    { "HASH", "Foo (3 entries)", "HASH Foo (3 entries)", "HASH Foo (3 entries)" },
    { "HASH", "Foo (3 entries)", "HASH Foo (3 entries) (4 entries)", "HASH Foo (3 entries)" },
    { "HASH", "Foo", "HASH Foo (4 entries) in @x (3 entries)", "HASH Foo in @x (3 entries)" },
    { "OBJECT", "Foo (3 entries)", "OBJECT Foo (3 entries)", "OBJECT Foo (3 entries)" },
    { "OBJECT", "Foo", "OBJECT Foo (3 entries)", "OBJECT Foo (3 entries)" },
    { "HASH", "Foo", "HASH Foo (many entries)", "HASH Foo (many entries)" },
    { "HASH", "Foo", "HASH Foo (3 entries", "HASH Foo (3 entries" },
    { "HASH", "Foo", "HASH", "HASH" },
    { NULL, NULL, "@cache HASH Hash", "@cache HASH Hash" },
    { NULL, NULL, "ARRAY (7 elements)", "ARRAY (7 elements)" },   /* steps have no size: this is a name */
    { NULL, NULL, "CLASS #<Class:#<Module:0x7f1>::Foo> (class)", "CLASS #<Class:#<Module>::Foo> (class)" },
    { NULL, NULL, "OBJECT #<Class:0xABCdef>", "OBJECT #<Class>" },
    { NULL, NULL, "#<A:0x1>#<B:0x2>", "#<A>#<B>" },
    /* No address. */
    { NULL, NULL, "OBJECT A:0x1>", "OBJECT A:0x1>" },
    { NULL, NULL, "OBJECT <A:0x1>", "OBJECT <A:0x1>" },
    { NULL, NULL, "#<A:0x>", "#<A:0x>" },
    { NULL, NULL, "#<A:0x1", "#<A:0x1" },
    { NULL, NULL, "#<A:0xg>", "#<A:0xg>" },
    { NULL, NULL, "#<A:0x12345678901234567>", "#<A:0x12345678901234567>" },
    { NULL, NULL, "#<A>:0x1>", "#<A>:0x1>" },
    { NULL, NULL, ":0x1>", ":0x1>" },
    { NULL, NULL, HOSTILE, HOSTILE },
    { NULL, NULL, "", "" },
};

static void test_labels(void)
{
    for (size_t i = 0; i < sizeof label_cases / sizeof *label_cases; i++) {
        const label_case *c = &label_cases[i];
        char *label = copy(c->label), *name = copy(c->class_name), *to = must_alloc(strlen(label) + 1, 1);
        const hb_object_row row = { .type = c->type, .class_name = name, .label = label };
        const char *end = c->type != NULL ? hb_fingerprint_object(&row, to) : hb_fingerprint_step(label, to);
        if (strcmp(to, c->expected) != 0) printf("\n  %s became %s\n", c->label, to);
        CU_ASSERT_STRING_EQUAL(to, c->expected);
        CU_ASSERT_EQUAL((size_t)(end - to), strlen(to));
        hb_free(label);
        hb_free(name);
        free(to);
    }
}

/* The same by a regular expression, which takes one address after the other out of the label. */
static void without_addresses(const char *label, char *to)
{
    regex_t address;
    regmatch_t found[3];
    if (regcomp(&address, "(#<[^<>]*)(:0x[0-9a-fA-F]{1,16})>", REG_EXTENDED) != 0) abort();
    *to = '\0';
    while (regexec(&address, label, 3, found, 0) == 0) {
        strncat(to, label, (size_t)found[1].rm_eo);
        strcat(to, ">");
        label += found[0].rm_eo;
    }
    strcat(to, label);
    regfree(&address);
}

/* Texts made of the pieces that are looked for. */
static void test_random_labels(void)
{
    static const char *const pieces[] = { "#<", "#<", ":0x", ":0x", "1f", ">", ">", "A", "<", "#", ":", "0123456789abcde" };
    dice d = dice_of(SEED);
    int cut = 0;
    printf(" (seed %d)", SEED);
    for (int again = 0; again < 5000; again++) {
        char label[320] = "", got[320], expected[320];
        for (size_t n = roll(&d, 16); n > 0; n--) strcat(label, pieces[roll(&d, sizeof pieces / sizeof *pieces)]);
        hb_fingerprint_step(label, got);
        without_addresses(label, expected);
        CU_ASSERT_STRING_EQUAL(got, expected);
        cut += strcmp(label, got) != 0;
    }
    CU_ASSERT(cut > 50);
}

/* --- whole fingerprints --- */

static hb_fingerprint print_of(const hb_suspect_report *s)
{
    hb_fingerprint print;
    CU_ASSERT_EQUAL_FATAL(hb_fingerprint_make(s, &print), HB_OK);
    return print;
}

static int order_of(const hb_suspect_report *a, const hb_suspect_report *b)
{
    hb_fingerprint p = print_of(a), q = print_of(b);
    const int order = hb_fingerprint_compare(&p, &q);
    CU_ASSERT_EQUAL(order == 0, p.hash == q.hash);
    CU_ASSERT_EQUAL(order < 0, hb_fingerprint_compare(&q, &p) > 0);
    hb_free(p.text);
    hb_free(q.text);
    return order;
}

static void test_same_print(void)
{
    hb_suspect_report a = { 0 }, b = { 0 };
    set_suspect(&a, 3);
    set_suspect(&b, 3);
    rename_text(&b.holder.label, "HASH Hash (12 entries) in @cache");
    b.holder.address = 0xabc0;
    b.objects = 12;
    b.memsize = 480;
    b.path[1].address = 0x1230;
    b.path[2].repeat = 2;
    b.sites[0].objects = 12;
    rename_text(&b.classes[0].class_name, "Symbol");
    rename_text(&b.text, "Other words.");
    CU_ASSERT_EQUAL(order_of(&a, &b), 0);

    /* A step more that is called like the one before it. */
    hb_step_row *longer = zeroed(5, sizeof *longer);
    memcpy(longer, b.path, 3 * sizeof *longer);
    longer[3] = step("OBJECT Node", 0x7e10, 1);
    longer[4] = b.path[3];
    hb_free(b.path);
    b.path = longer;
    b.n_path = 5;
    CU_ASSERT_EQUAL(order_of(&a, &b), 0);

    hb_fingerprint print = print_of(&b);
    char *path = hb_fingerprint_path(&print);
    CU_ASSERT_STRING_EQUAL(path, "ROOT vm -> CLASS Object -> OBJECT Node -> @cache HASH Hash");
    CU_ASSERT_STRING_EQUAL(print.holder, "HASH Hash in @cache");
    CU_ASSERT_STRING_EQUAL(print.site, "app/models/leak.rb:15");
    hb_free(path);
    hb_free(print.text);
    hb_suspect_report_fini(&a);
    hb_suspect_report_fini(&b);
}

static void change_holder(hb_suspect_report *s) { rename_text(&s->holder.label, "HASH Hash (9,000 entries) in @other"); }
static void change_class(hb_suspect_report *s) { rename_text(&s->holder.class_name, "Hash (9,000 entries)"); }
static void change_held_by(hb_suspect_report *s) { s->held_by = "global"; }
static void change_step(hb_suspect_report *s) { rename_text(&s->path[1].label, "CLASS Kernel"); }
static void change_line(hb_suspect_report *s) { s->sites[0].line++; }
static void change_file(hb_suspect_report *s) { rename_text(&s->sites[0].file, "app/models/leek.rb"); }
static void change_no_holder(hb_suspect_report *s) { s->has_holder = 0; }

static void change_no_site(hb_suspect_report *s)
{
    hb_free(s->sites[0].file);
    s->n_sites = 0;
}

static void change_no_path(hb_suspect_report *s)
{
    for (size_t i = 0; i < s->n_path; i++) hb_free(s->path[i].label);
    s->n_path = 0;
}

/* Two steps that read like one: the same letters in other texts. */
static void change_border(hb_suspect_report *s)
{
    rename_text(&s->path[1].label, "CLASS Object -> OBJECT Node");
    hb_free(s->path[2].label);
    s->path[2] = s->path[3];
    s->n_path = 3;
}

static void test_other_print(void)
{
    static void (*const changes[])(hb_suspect_report *) = { change_holder, change_class, change_held_by, change_step,
                                                            change_line, change_file, change_no_holder, change_no_site,
                                                            change_no_path, change_border };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        hb_suspect_report a = { 0 }, b = { 0 };
        set_suspect(&a, 3);
        set_suspect(&b, 3);
        changes[i](&b);
        CU_ASSERT_NOT_EQUAL(order_of(&a, &b), 0);
        hb_suspect_report_fini(&a);
        hb_suspect_report_fini(&b);
    }
}

/* Equal hashes do not make two the same. */
static void test_collision(void)
{
    char one[] = "a\0b", other[] = "a\0c", longer[] = "a\0b\0d";
    const hb_fingerprint a = { .hash = 5, .text = one, .n = sizeof one }, b = { .hash = 5, .text = other, .n = sizeof other },
                         c = { .hash = 5, .text = longer, .n = sizeof longer }, e = { .hash = 4, .text = one, .n = sizeof one };
    CU_ASSERT(hb_fingerprint_compare(&a, &a) == 0 && hb_fingerprint_compare(&a, &b) < 0);
    CU_ASSERT(hb_fingerprint_compare(&a, &c) < 0 && hb_fingerprint_compare(&c, &a) > 0);
    CU_ASSERT(hb_fingerprint_compare(&e, &a) < 0);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "labels", test_labels },
        { "random labels", test_random_labels },
        { "the same", test_same_print },
        { "different", test_other_print },
        { "equal hashes", test_collision },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("fingerprint", tests);
}
