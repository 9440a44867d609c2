/* Born, newest dump first.
 *
 * Every object of the last dump starts with age 0. Going back in time, the dump of age a raises an object from a - 1
 * to a when it holds an object of equal identity at its address; one that was not raised to a - 1 before is out of
 * reach for good, so a gap ends the walk and each dump is looked at once and dropped. Identity is one word (see
 * pipeline/identity.h), computed here from the columns. Cost: a probe of the page map for each object of each older
 * dump; nothing moves between ranks but those 16-byte items, because all dumps share the splitters of the last. */
#include "partition/diff.h"

#include <string.h>

void hb_diff_start(hb_shard *shard, hb_diff *diff)
{
    *diff = (hb_diff){ 0 };
    if (shard->n != 0) memset(shard->born, 0, shard->n * sizeof *shard->born);
}

void hb_diff_finish(hb_shard *shard, int n_dumps)
{
    for (uint32_t id = 0; id < shard->n; id++) shard->born[id] = (uint16_t)(n_dumps - 1 - shard->born[id]);
}

static uint64_t identity_of(const hb_shard *shard, hb_identity identity, uint32_t id)
{
    uint32_t class_id = hb_shard_class_id(shard, id);
    uint64_t class_address = class_id == HB_NO_CLASS ? 0 : hb_table_row(&shard->classes, class_id)[0];
    uint64_t site = hb_shard_site(shard, id) == HB_NO_STRING ? 0 : shard->site_word[hb_shard_site(shard, id)];
    return hb_identity_word(identity, hb_shard_type(shard, id), class_address, site, hb_shard_generation(shard, id));
}

static int age_is(const hb_shard *shard, uint32_t id, int age)
{
    return __atomic_load_n(&shard->born[id], __ATOMIC_RELAXED) == age;
}

static void raise_block(hb_shard *shard, hb_identity identity, int age, const hb_block *block)
{
    for (const uint64_t *item = block->words; item < block->words + block->n; item += HB_IDENT_WORDS) {
        uint32_t id = hb_pagemap_id(&shard->map, item[HB_IDENT_ADDRESS]);
        if (id == HB_NO_ID || !age_is(shard, id, age - 1)) continue;
        if (identity_of(shard, identity, id) == item[HB_IDENT_WORD])
            __atomic_store_n(&shard->born[id], (uint16_t)age, __ATOMIC_RELAXED);
    }
}

/* Marks what was not raised although the dump has something at its address. */
static void mark_reused(hb_shard *shard, int age, const hb_block *block)
{
    for (const uint64_t *item = block->words; item < block->words + block->n; item += HB_IDENT_WORDS) {
        uint32_t id = hb_pagemap_id(&shard->map, item[HB_IDENT_ADDRESS]);
        if (id != HB_NO_ID && age_is(shard, id, age - 1))
            __atomic_fetch_or(&shard->marks[id], (uint8_t)HB_MARK_REUSED, __ATOMIC_RELAXED);
    }
}

void hb_diff_dump(hb_shard *shard, hb_identity identity, int age, const hb_wordlist *idents, int64_t last_generation,
                  int n_threads, hb_diff *step)
{
    *step = (hb_diff){ 0 };
#pragma omp parallel num_threads(n_threads)
    {
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < idents->n; i++) raise_block(shard, identity, age, &idents->blocks[i]);
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < idents->n; i++) mark_reused(shard, age, &idents->blocks[i]);
    }
    for (uint32_t id = 0; id < shard->n; id++) {
        step->same += shard->born[id] == age;
        if (shard->born[id] != age - 1) continue;
        step->reused += (shard->marks[id] & HB_MARK_REUSED) != 0;
        step->moved += hb_shard_generation(shard, id) < last_generation; /* -1: the object has none, or the dump */
    }
}

/* Of a hundred landmarks. */
static uint64_t found_by_contents(const hb_landmarks_moved *moved)
{
    return moved->found < HB_DIFF_LANDMARKS ? 100 : (moved->found - moved->elsewhere) * 100 / moved->found;
}

void hb_diff_accept(hb_diff *diff, int age, const hb_diff *step)
{
    if (age == 1) diff->same = step->same;
    diff->reused += step->reused;
    diff->moved += step->moved;
    if (found_by_contents(&step->strings) < found_by_contents(&diff->strings) || diff->strings.found == 0)
        diff->strings = step->strings;
}

void hb_diff_undo(hb_shard *shard, int age)
{
    for (uint32_t id = 0; id < shard->n; id++) {
        if (shard->born[id] == age) shard->born[id] = (uint16_t)(age - 1);
        else if (shard->born[id] == age - 1) shard->marks[id] &= (uint8_t)~HB_MARK_REUSED;
    }
}

void hb_diff_sum(hb_comm *comm, hb_diff *diff)
{
    uint64_t *const figures[] = { &diff->same, &diff->reused, &diff->moved, &diff->fixed.found, &diff->fixed.elsewhere,
                                  &diff->strings.found, &diff->strings.elsewhere };
    uint64_t sums[sizeof figures / sizeof *figures];
    const size_t n = sizeof sums / sizeof *sums;
    for (size_t i = 0; i < n; i++) sums[i] = *figures[i];
    hb_comm_sum(comm, sums, n);
    for (size_t i = 0; i < n; i++) *figures[i] = sums[i];
}

/* Of a hundred objects that must have been there. */
static uint64_t found_by_generation(const hb_diff *diff)
{
    return diff->same + diff->moved == 0 ? 100 : diff->same * 100 / (diff->same + diff->moved);
}

uint64_t hb_diff_score(const hb_diff *diff)
{
    const uint64_t generations = found_by_generation(diff), strings = found_by_contents(&diff->strings);
    return generations < strings ? generations : strings;
}

int hb_diff_fits(const hb_diff *step)
{
    return found_by_generation(step) >= HB_DIFF_LEAST_SCORE && found_by_contents(&step->fixed) >= HB_DIFF_LEAST_SCORE;
}

static uint64_t count_missing(const hb_pagemap *map, const hb_block *block)
{
    uint64_t missing = 0;
    for (size_t i = 0; i < block->n; i++) missing += !hb_pagemap_has(map, block->words[i]);
    return missing;
}

hb_status hb_diff_dangling(const hb_wordlist *idents, const hb_wordlist *refs, unsigned shift, int n_threads,
                           uint64_t *dangling)
{
    hb_pagemap map;
    hb_status status = HB_OK;
    uint64_t missing = 0;
    hb_pagemap_init(&map, shift);
    for (size_t i = 0; i < idents->n && status == HB_OK; i++) {
        const hb_block *block = &idents->blocks[i];
        for (size_t at = 0; at < block->n && status == HB_OK; at += HB_IDENT_WORDS)
            status = hb_pagemap_add(&map, block->words[at + HB_IDENT_ADDRESS]);
    }
    if (status == HB_OK) {
#pragma omp parallel for num_threads(n_threads) schedule(dynamic) reduction(+ : missing)
        for (size_t i = 0; i < refs->n; i++) missing += count_missing(&map, &refs->blocks[i]);
    }
    hb_pagemap_fini(&map);
    *dangling = missing;
    return status;
}
