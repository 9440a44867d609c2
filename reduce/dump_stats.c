#include "reduce/dump_stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "partition/pagemap.h"
#include "reduce/gather.h"

/* An example as it travels. */
typedef struct example {
    uint64_t byte, chunk_byte, line;
    char reason[HB_REASON_BYTES];
} example;

#define EXAMPLE_WORDS (sizeof(example) / sizeof(uint64_t))

static int by_byte(const void *a, const void *b)
{
    const example *x = a, *y = b;
    return (x->byte > y->byte) - (x->byte < y->byte);
}

/* Adds one thread's counts to the sums; examples go to the array, *n so far. */
static void add_collector(const hb_collector *c, hb_dump_stats *out, uint64_t *bits, example *examples, size_t *n)
{
    const uint64_t *from = (const uint64_t *)&c->counts;
    uint64_t *to = (uint64_t *)&out->counts;
    for (size_t i = 0; i < sizeof out->counts / sizeof *to; i++) to[i] += from[i];
    if (c->last_generation > out->last_generation) out->last_generation = c->last_generation;
    *bits |= c->address_bits;
    for (size_t i = 0; i < c->n_invalid; i++) {
        const hb_invalid *invalid = &c->invalid[i];
        example *e = &examples[(*n)++];
        memset(e, 0, sizeof *e);
        *e = (example){ .byte = invalid->byte, .chunk_byte = invalid->chunk_byte, .line = invalid->line };
        snprintf(e->reason, sizeof e->reason, "%s", invalid->reason);
    }
}

/* The examples that come first in the dump, on all ranks. */
static hb_status first_examples(hb_comm *comm, const example *own, size_t n_own, example *first, size_t *n_first)
{
    const int root = 0;
    uint64_t *all = NULL;
    size_t n_all;
    hb_status status;
    *n_first = 0;
    HB_TRY(hb_comm_gather(comm, (const uint64_t *)own, n_own * EXAMPLE_WORDS, root, &all, &n_all));
    uint64_t n = 0;
    if (hb_comm_rank(comm) == root) {
        n = n_all / EXAMPLE_WORDS;
        if (n > 0) qsort(all, n, sizeof(example), by_byte);
        if (n > HB_INVALID_EXAMPLES) n = HB_INVALID_EXAMPLES;
        memcpy(first, all, n * sizeof *first);
    }
    hb_comm_broadcast(comm, &n, sizeof n, root);
    hb_comm_broadcast(comm, first, n * sizeof *first, root);
    *n_first = n;
out:
    hb_free(all);
    return status;
}

/* Lines of this rank's chunks that come before the chunk at that offset. */
static uint64_t lines_before(const hb_intake *intake, uint64_t chunk_byte)
{
    uint64_t lines = 0;
    for (size_t t = 0; t < intake->n_collectors; t++) {
        const hb_table *chunks = &intake->collectors[t].chunk_lines;
        for (size_t i = 0; i < chunks->n; i++)
            if (hb_table_row(chunks, i)[0] < chunk_byte) lines += hb_table_values(chunks, i)[0];
    }
    return lines;
}

static void number_examples(hb_comm *comm, const hb_intake *intake, const example *first, hb_dump_stats *out)
{
    uint64_t before[HB_INVALID_EXAMPLES] = { 0 };
    for (size_t i = 0; i < out->n_invalid; i++) before[i] = lines_before(intake, first[i].chunk_byte);
    hb_comm_sum(comm, before, out->n_invalid);
    for (size_t i = 0; i < out->n_invalid; i++) {
        out->invalid[i].line = before[i] + first[i].line + 1;
        out->invalid[i].byte = first[i].byte;
        memcpy(out->invalid[i].reason, first[i].reason, sizeof first[i].reason);
    }
}

/* The damage of the lowest rank that met any. */
static void share_damage(hb_comm *comm, const hb_error *own, hb_error *damage)
{
    uint64_t first = own->code != HB_OK ? (uint64_t)hb_comm_rank(comm) : UINT64_MAX;
    hb_comm_min(comm, &first, 1);
    *damage = *own;
    if (first != UINT64_MAX) hb_comm_broadcast(comm, damage, sizeof *damage, (int)first);
}

static hb_status merge_generations(hb_comm *comm, const hb_intake *intake, hb_table *out)
{
    hb_table own;
    hb_status status = HB_OK;
    hb_table_init(&own, 1, 2);
    for (size_t t = 0; t < intake->n_collectors && status == HB_OK; t++)
        status = hb_add_rows(&own, &intake->collectors[t].generations);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_gather_sums(comm, &own, out));
out:
    hb_table_fini(&own);
    return status;
}

/* The lowest hashes of all collectors of all ranks. */
static hb_status merge_landmarks(hb_comm *comm, const hb_intake *intake, int kind, hb_landmarks *out)
{
    hb_landmarks own;
    uint64_t *all = NULL;
    size_t n_all = 0;
    hb_status status = HB_OK;
    hb_landmarks_init(&own);
    for (size_t t = 0; t < intake->n_collectors && status == HB_OK; t++)
        status = hb_landmarks_add_all(&own, intake->collectors[t].landmarks[kind].rows.rows, intake->collectors[t].landmarks[kind].rows.n);
    if (status == HB_OK) status = hb_landmarks_sort(&own);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_comm_gather(comm, own.rows.rows, own.rows.n * HB_LANDMARK_WORDS, 0, &all, &n_all));
    if (hb_comm_rank(comm) == 0) status = hb_landmarks_add_all(out, all, n_all / HB_LANDMARK_WORDS);
    if (status == HB_OK) status = hb_landmarks_sort(out);
    status = hb_comm_agree(comm, status);
out:
    hb_free(all);
    hb_landmarks_fini(&own);
    return status;
}

hb_status hb_dump_stats_merge(hb_comm *comm, const hb_intake *intake, hb_dump_stats *out)
{
    example first[HB_INVALID_EXAMPLES];
    example *own = hb_alloc(intake->n_collectors * HB_INVALID_EXAMPLES, sizeof *own);
    size_t n_own = 0;
    uint64_t bits = 0;
    hb_status status;
    memset(out, 0, sizeof *out);
    hb_table_init(&out->generations, 1, 2);
    for (int i = 0; i < HB_LANDMARK_KINDS; i++) hb_landmarks_init(&out->landmarks[i]);
    out->last_generation = -1;
    HB_TRY(hb_comm_agree(comm, own != NULL ? HB_OK : HB_ERR_MEMORY));
    for (size_t t = 0; t < intake->n_collectors; t++) add_collector(&intake->collectors[t], out, &bits, own, &n_own);
    hb_comm_sum(comm, (uint64_t *)&out->counts, sizeof out->counts / sizeof(uint64_t));
    uint64_t generation = (uint64_t)out->last_generation + 1, shift = hb_pagemap_shift(bits);
    hb_comm_max(comm, &generation, 1);
    hb_comm_min(comm, &shift, 1);
    out->last_generation = (int64_t)(generation - 1);
    out->shift = (unsigned)shift;
    share_damage(comm, &intake->damage, &out->damage);
    HB_TRY(first_examples(comm, own, n_own, first, &out->n_invalid));
    number_examples(comm, intake, first, out);
    HB_TRY(merge_generations(comm, intake, &out->generations));
    for (int i = 0; i < HB_LANDMARK_KINDS; i++) HB_TRY(merge_landmarks(comm, intake, i, &out->landmarks[i]));
out:
    hb_free(own);
    return status;
}

void hb_dump_stats_forget_landmarks(hb_dump_stats *stats)
{
    for (int i = 0; i < HB_LANDMARK_KINDS; i++) hb_landmarks_fini(&stats->landmarks[i]);
}

void hb_dump_stats_fini(hb_dump_stats *stats)
{
    hb_table_fini(&stats->generations);
    hb_dump_stats_forget_landmarks(stats);
}
