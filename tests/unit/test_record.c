/* Every field of a record comes back, at the borders of what is narrow and beyond. */
#include <stdio.h>
#include <string.h>

#include "pipeline/record.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 909u
#define MOST_REFS 40000

static const uint64_t classes[] = { 0, 8, (UINT64_C(1) << 48) - 1, UINT64_C(1) << 48, UINT64_MAX };
static const uint64_t memsizes[] = { 0, 40, UINT32_MAX - 1, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 40 };
static const int64_t generations[] = { -1, 0, 7, INT32_MAX, (int64_t)INT32_MAX + 1, INT64_MAX, INT32_MIN, (int64_t)INT32_MIN - 1 };
static const size_t counts[] = { 0, 1, 3, 32767, 32768, MOST_REFS };
static const uint64_t wheres[] = { 0, 1, (UINT64_C(1) << 48) - 2 };

#define ONE_OF(d, values) ((values)[roll(d, sizeof(values) / sizeof *(values))])

static hb_record random_record(dice *d)
{
    return (hb_record){ .address = roll64(d), .class_address = ONE_OF(d, classes), .where = ONE_OF(d, wheres),
                        .memsize = ONE_OF(d, memsizes), .generation = ONE_OF(d, generations),
                        .site = (uint32_t)roll64(d), .name = (uint32_t)roll64(d),
                        .type = (hb_type)roll(d, HB_N_TYPES), .flags = (uint32_t)roll(d, 64) };
}

static size_t differs(const uint64_t *item, const hb_record *r, const uint64_t *refs, size_t n_refs)
{
    if (item[HB_RECORD_ADDRESS] != r->address || hb_record_class(item) != r->class_address) return 1;
    if (hb_record_where(item) != r->where || hb_record_memsize(item) != r->memsize) return 1;
    if (hb_record_generation(item) != r->generation || hb_record_site(item) != r->site) return 1;
    if (hb_record_name(item) != r->name || hb_record_type(item) != r->type) return 1;
    if (hb_record_flags(item) != r->flags || hb_record_n_refs(item) != n_refs) return 1;
    return memcmp(hb_record_refs(item), refs, n_refs * sizeof *refs) != 0;
}

static void test_fields_come_back(void)
{
    dice d = dice_of(SEED);
    uint64_t *refs = must_alloc(MOST_REFS, sizeof *refs);
    size_t wrong = 0;
    for (size_t i = 0; i < MOST_REFS; i++) refs[i] = roll64(&d);
    for (int i = 0; i < 3000; i++) {
        const hb_record record = random_record(&d);
        const size_t n_refs = ONE_OF(&d, counts);
        hb_wordlist list;
        hb_wordlist_init(&list, 0);
        uint64_t *item = hb_record_put(&list, &record, refs, n_refs);
        CU_ASSERT_PTR_NOT_NULL_FATAL(item);
        wrong += differs(item, &record, refs, n_refs) + (hb_record_size(item) != hb_wordlist_words(&list));
        wrong += (size_t)hb_record_is_lost(item);
        item[HB_RECORD_WHERE] |= HB_RECORD_IS_LOST;
        wrong += differs(item, &record, refs, n_refs) + !hb_record_is_lost(item);
        hb_wordlist_fini(&list);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(refs);
}

static void test_most_take_five_words(void)
{
    const hb_record usual = { .address = 0x7f0123456789, .class_address = 0x7f0123450000, .where = UINT64_C(9) << 30,
                              .memsize = 40, .generation = 12, .site = 1, .name = 2, .type = HB_TYPE_STRING };
    const uint64_t ref = 8;
    hb_wordlist list;
    hb_wordlist_init(&list, 0);
    uint64_t *item = hb_record_put(&list, &usual, &ref, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(item);
    CU_ASSERT_EQUAL(hb_record_size(item), 6);
    hb_wordlist_fini(&list);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "fields come back", test_fields_come_back },
        { "most take five words", test_most_take_five_words }, CU_TEST_INFO_NULL
    };
    printf("seeds from %u\n", SEED);
    return hb_suite_run("record", tests);
}
