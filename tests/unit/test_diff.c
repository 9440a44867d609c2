/* The difference of dumps on random series of a small heap, against its definition: an object of the last dump is
 * born in the first dump from which on every dump has an equal one at its address. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "partition/diff.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 606u
#define SLOTS 400
#define MOST_DUMPS 7
#define N_SITES 4

static const char *const files[N_SITES] = { "app/a.rb", "app/a.rb", "lib/odd \"x\".rb", "" };
static const uint32_t lines[N_SITES] = { 1, 70000, 0, 9 };

typedef struct thing {
    int there;
    unsigned type;
    uint64_t class_address;
    int site;            /* -1: none */
    int64_t generation;
} thing;

/* One dump; a slot can have a second line with the same address, which only older dumps may have. */
typedef struct dump {
    thing slot[SLOTS], again[SLOTS];
    int64_t last_generation;
} dump;

static uint64_t address_of(size_t slot)
{
    return UINT64_C(0x7f5500000000) + slot * 40 + slot / 50 * 65536;
}

static thing random_thing(dice *d, int64_t newest)
{
    static const unsigned types[] = { HB_TYPE_STRING, HB_TYPE_HASH };
    return (thing){ .there = 1, .type = types[roll(d, 2)], .class_address = chance(d, 4) ? 0 : 0x1000 + 40 * roll(d, 2),
                    .site = (int)roll(d, N_SITES + 1) - 1,
                    .generation = chance(d, 4) ? -1 : (int64_t)roll(d, (size_t)newest + 1) };
}

/* A copy that differs in at most one field. */
static thing touched(dice *d, thing t)
{
    thing other = random_thing(d, 8);
    switch (roll(d, 5)) {
    case 0: t.type = other.type; break;
    case 1: t.class_address = other.class_address; break;
    case 2: t.site = other.site; break;
    case 3: t.generation = other.generation; break;
    default: break;
    }
    return t;
}

static void make_series(dice *d, dump *dumps, int n)
{
    for (int k = 0; k < n; k++) {
        dump *now = &dumps[k];
        memset(now, 0, sizeof *now);
        for (size_t s = 0; s < SLOTS; s++) {
            /* cppcheck-suppress uninitvar ; the dumps before are filled */
            const thing *before = k > 0 ? &dumps[k - 1].slot[s] : NULL, *older = k > 1 ? &dumps[k - 2].slot[s] : NULL;
            size_t what = roll(d, 10);
            if (before == NULL || !before->there) {
                /* Come back after a gap, as it was, or something new. */
                if (older != NULL && older->there && what < 5) now->slot[s] = *older;
                else if (what < 6) now->slot[s] = random_thing(d, k * 2);
            } else if (what < 6) now->slot[s] = *before;
            else if (what < 8) now->slot[s] = touched(d, *before);
            else if (what < 9) now->slot[s] = random_thing(d, k * 2);
            if (now->slot[s].there && chance(d, 10)) now->again[s] = touched(d, now->slot[s]);
        }
        now->last_generation = chance(d, 8) ? -1 : (int64_t)(k * 2);
    }
}

/* --- what is expected --- */

static int same_thing(hb_identity identity, const thing *a, const thing *b)
{
    if (!a->there || !b->there) return 0;
    if (identity == HB_IDENTITY_ADDRESS) return 1;
    if (a->type != b->type || identity == HB_IDENTITY_ADDRESS_TYPE) return a->type == b->type;
    return a->class_address == b->class_address && a->site == b->site && a->generation == b->generation;
}

static int has_same(hb_identity identity, const dump *k, size_t s, const thing *t)
{
    return same_thing(identity, &k->slot[s], t) || same_thing(identity, &k->again[s], t);
}

static int naive_born(hb_identity identity, const dump *dumps, int n, size_t s)
{
    int born = n - 1;
    const thing *t = &dumps[n - 1].slot[s];
    while (born > 0 && has_same(identity, &dumps[born - 1], s, t)) born--;
    return born;
}

/* --- the shard of the last dump, and the items of the others --- */

static int build_shard(hb_shard *shard, const dump *last)
{
    hb_wordlist records, rows;
    int good = 1;
    memset(shard, 0, sizeof *shard);
    hb_wordlist_init(&records, 0);
    hb_wordlist_init(&rows, 0);
    shard->splitters = (hb_splitters){ hb_alloc_zero(1, sizeof(uint64_t)), 1 };
    for (int i = 0; i < N_SITES; i++) {
        char text[64];
        uint32_t id;
        size_t n = strlen(files[i]);
        memcpy(text, files[i], n);
        for (int b = 0; b < 4; b++) text[n + (size_t)b] = (char)(lines[i] >> (24 - 8 * b));
        good &= hb_intern_put(&shard->sites, text, n + 4, &id) == HB_OK && id == (uint32_t)i;
    }
    for (size_t s = 0; s < SLOTS; s++) {
        const thing *t = &last->slot[s];
        if (!t->there) continue;
        const hb_record record = { .address = address_of(s), .class_address = t->class_address, .where = s * 100,
                                   .memsize = 40, .generation = t->generation, .type = t->type,
                                   .site = (uint32_t)(t->site + 1) };
        good &= hb_record_put(&records, &record, NULL, 0) != NULL;
    }
    good &= hb_shard_build(shard, &records, 3, 1, &rows) == HB_OK;
    hb_wordlist_fini(&records);
    hb_wordlist_fini(&rows);
    return good;
}

static void stage_ident(hb_wordlist *idents, hb_identity identity, size_t s, const thing *t)
{
    if (!t->there) return;
    uint64_t *item = hb_wordlist_put(idents, HB_IDENT_WORDS);
    uint64_t site = t->site < 0 ? 0 : hb_identity_site(files[t->site], strlen(files[t->site]), lines[t->site]);
    item[HB_IDENT_ADDRESS] = address_of(s);
    item[HB_IDENT_WORD] = hb_identity_word(identity, t->type, t->class_address, site, t->generation);
}

static void stage_dump(dice *d, hb_wordlist *idents, hb_identity identity, const dump *k)
{
    hb_wordlist_init(idents, 0);
    size_t first = roll(d, SLOTS);
    for (size_t i = 0; i < SLOTS; i++) {
        size_t s = (first + i * 7) % SLOTS;
        int again_first = chance(d, 2);
        stage_ident(idents, identity, s, again_first ? &k->again[s] : &k->slot[s]);
        stage_ident(idents, identity, s, again_first ? &k->slot[s] : &k->again[s]);
    }
}

static size_t compare(const hb_shard *shard, const hb_diff *diff, hb_identity identity, const dump *dumps, int n)
{
    uint64_t same = 0, reused = 0, moved = 0;
    size_t wrong = 0, objects = 0;
    for (size_t s = 0; s < SLOTS; s++) {
        const thing *t = &dumps[n - 1].slot[s];
        if (!t->there) continue;
        uint32_t id = hb_pagemap_id(&shard->map, address_of(s));
        int born = naive_born(identity, dumps, n, s);
        const dump *before = born > 0 ? &dumps[born - 1] : NULL;
        int was_other = before != NULL && (before->slot[s].there || before->again[s].there);
        objects++;
        same += born <= n - 2;
        reused += (unsigned)was_other;
        moved += before != NULL && before->last_generation >= 0 && (t->generation < 0 || t->generation < before->last_generation);
        wrong += shard->born[id] != born;
        wrong += ((shard->marks[id] & HB_MARK_REUSED) != 0) != was_other;
    }
    wrong += shard->n != objects || diff->same != same || diff->reused != reused || diff->moved != moved;
    wrong += hb_diff_score(diff) != (same + moved == 0 ? 100 : 100 * same / (same + moved));
    return wrong;
}

static void try_series(uint64_t seed, hb_identity identity, int n, int n_threads)
{
    dice d = dice_of(seed);
    dump *dumps = must_alloc((size_t)n, sizeof *dumps);
    hb_shard shard;
    hb_diff diff;
    make_series(&d, dumps, n);
    CU_ASSERT_TRUE(build_shard(&shard, &dumps[n - 1]));
    hb_diff_start(&shard, &diff);
    for (int k = n - 2; k >= 0; k--) {
        hb_wordlist idents;
        hb_diff step;
        const int age = n - 1 - k;
        if (chance(&d, 3)) { /* a dump that does not belong here, taken back */
            stage_dump(&d, &idents, identity, &dumps[roll(&d, (size_t)n)]);
            hb_diff_dump(&shard, identity, age, &idents, 5, n_threads, &step);
            hb_diff_undo(&shard, age);
            hb_wordlist_fini(&idents);
        }
        stage_dump(&d, &idents, identity, &dumps[k]);
        hb_diff_dump(&shard, identity, age, &idents, dumps[k].last_generation, n_threads, &step);
        hb_diff_accept(&diff, age, &step);
        hb_wordlist_fini(&idents);
    }
    hb_diff_finish(&shard, n);
    size_t wrong = compare(&shard, &diff, identity, dumps, n);
    CU_ASSERT_EQUAL(wrong, 0);
    if (wrong != 0) printf("\n  seed %llu, %s, %d dumps\n", (unsigned long long)seed, hb_identity_name(identity), n);
    hb_shard_fini(&shard);
    free(dumps);
}

static void test_random_series(void)
{
    for (uint64_t k = 0; k < 40; k++)
        for (hb_identity identity = HB_IDENTITY_STRICT; identity <= HB_IDENTITY_ADDRESS; identity++)
            for (int n = 1; n <= MOST_DUMPS; n++) try_series(SEED + k, identity, n, 1 + (int)(k % 2));
}

/* A dump and itself: nothing is new, whatever the identity. */
static void test_same_dump(void)
{
    dice d = dice_of(SEED + 500);
    for (hb_identity identity = HB_IDENTITY_STRICT; identity <= HB_IDENTITY_ADDRESS; identity++) {
        dump one;
        hb_shard shard;
        hb_diff diff;
        hb_wordlist idents;
        make_series(&d, &one, 1);
        CU_ASSERT_TRUE(build_shard(&shard, &one));
        hb_diff_start(&shard, &diff);
        stage_dump(&d, &idents, identity, &one);
        hb_diff_dump(&shard, identity, 1, &idents, one.last_generation, 1, &diff);
        hb_diff_finish(&shard, 2);
        CU_ASSERT(diff.same == shard.n && diff.reused == 0 && diff.moved == 0 && hb_diff_score(&diff) == 100);
        for (uint32_t id = 0; id < shard.n; id++) CU_ASSERT_EQUAL_FATAL(shard.born[id], 0);
        hb_wordlist_fini(&idents);
        hb_shard_fini(&shard);
    }
}

static void test_retained(void)
{
    CU_ASSERT(!hb_diff_retained(2, 0) && hb_diff_retained(2, 1));
    for (int n = 3; n < 8; n++)
        for (int born = 0; born < n; born++) {
            /* Not there in the first dump, and seen in two at least. */
            int expected = born != 0 && n - born >= 2;
            CU_ASSERT_EQUAL(hb_diff_retained(n, born) != 0, expected);
        }
}

static void test_dangling(void)
{
    for (uint64_t k = 0; k < 30; k++) {
        dice d = dice_of(SEED + 600 + k);
        dump one;
        hb_wordlist idents, refs;
        uint64_t expected = 0, got = 0;
        make_series(&d, &one, 1);
        stage_dump(&d, &idents, HB_IDENTITY_STRICT, &one);
        hb_wordlist_init(&refs, 0);
        for (size_t i = roll(&d, 3000); i > 0; i--) {
            uint64_t *ref = hb_wordlist_put(&refs, 1);
            size_t s = roll(&d, SLOTS);
            *ref = chance(&d, 5) ? roll64(&d) : address_of(s) + (chance(&d, 5) ? roll(&d, 40) : 0);
            int there = 0;
            for (size_t q = 0; q < SLOTS; q++) there |= one.slot[q].there && address_of(q) == *ref;
            expected += !there;
        }
        CU_ASSERT_EQUAL(hb_diff_dangling(&idents, &refs, 3, 1 + (int)(k % 3), &got), HB_OK);
        CU_ASSERT_EQUAL(got, expected);
        hb_wordlist_fini(&idents);
        hb_wordlist_fini(&refs);
    }
}

static void test_landmarks(void)
{
    static const struct { hb_diff diff; uint64_t score; int fits; } cases[] = {
        { { .same = 0 }, 100, 1 },
        { { .same = 9, .moved = 1 }, 90, 1 },
        { { .same = 89, .moved = 11 }, 89, 0 },
        { { .same = 9, .strings = { 100, 60 } }, 40, 1 },      /* loaded again, perhaps */
        { { .same = 9, .strings = { 19, 19 } }, 100, 1 },      /* too few to tell */
        { { .same = 9, .fixed = { 1000, 101 } }, 100, 0 },
        { { .same = 9, .fixed = { 1000, 100 } }, 100, 1 },
        { { .same = 9, .fixed = { 19, 19 } }, 100, 1 },
        { { .same = 80, .moved = 20, .strings = { 100, 10 } }, 80, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CU_ASSERT(hb_diff_score(&cases[i].diff) == cases[i].score);
        CU_ASSERT(hb_diff_fits(&cases[i].diff) == cases[i].fits);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "random series", test_random_series }, { "a dump and itself", test_same_dump }, { "retained", test_retained },
        { "dangling", test_dangling }, { "landmarks", test_landmarks }, CU_TEST_INFO_NULL
    };
    printf("seeds from %u\n", SEED);
    return hb_suite_run("diff", tests);
}
