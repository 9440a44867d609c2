#include "reduce/suspects.h"

#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "partition/diff.h"
#include "reduce/gather.h"
#include "reduce/site_sums.h"

#define LEAST_SHARE 20        /* a suspect has at least this part of all retained bytes */
#define LEAST_SHARE_ALONE 10  /* with one dump: Eclipse MAT's threshold */

/* Whether an object counts as retained. */
static int counts_as_retained(const hb_suspects_plan *plan, uint32_t id)
{
    if (plan->dominators->retained_objects[id] == 0) return 0;
    return plan->n_dumps < 2 || hb_diff_retained(plan->n_dumps, plan->shard->born[id]);
}

static void add_totals(const hb_suspects_plan *plan, hb_suspects *out)
{
    uint64_t objects = 0, memsize = 0;
#pragma omp parallel for num_threads(plan->n_threads) schedule(static) reduction(+ : objects, memsize)
    for (uint32_t id = 0; id < plan->shard->n; id++) {
        if (!counts_as_retained(plan, id)) continue;
        objects++;
        memsize += hb_shard_memsize(plan->shard, id);
    }
    uint64_t totals[2] = { objects, memsize };
    hb_comm_sum(plan->comm, totals, 2);
    out->total_objects = totals[0];
    out->total_memsize = totals[1];
    const uint64_t parts = plan->n_dumps < 2 ? LEAST_SHARE_ALONE : LEAST_SHARE;
    out->least = totals[1] / parts + (totals[1] % parts != 0);
    if (out->least < plan->min_bytes) out->least = plan->min_bytes;
    if (out->least == 0) out->least = 1;
}

/* Retained bytes below each object that are retained in the sense of the difference; *own is what to free. With one
 * dump these are its retained bytes. */
static hb_status make_weights(const hb_suspects_plan *plan, const uint64_t **weight, uint64_t **own)
{
    const hb_shard *shard = plan->shard;
    hb_status status = HB_OK;
    *own = NULL;
    *weight = plan->dominators->retained_memsize;
    if (plan->n_dumps < 2) return HB_OK;
    *own = hb_alloc_zero(shard->n, sizeof **own);
    HB_TRY(hb_comm_agree(plan->comm, *own != NULL ? HB_OK : HB_ERR_MEMORY));
#pragma omp parallel for num_threads(plan->n_threads) schedule(static)
    for (uint32_t id = 0; id < shard->n; id++)
        if (counts_as_retained(plan, id)) (*own)[id] = hb_shard_memsize(shard, id);
    HB_TRY(hb_forest_sum(&plan->dominators->forest, *own, NULL));
    *weight = *own;
out:
    return status;
}

/* The accumulation points, on all ranks. */
static hb_status find_holders(const hb_suspects_plan *plan, const uint64_t *weight, hb_suspects *out)
{
    const int root = 0;
    size_t rows[HB_SUSPECTS_MOST], n = 0;
    hb_crown crown = { 0 };
    hb_status status;
    /* Of a suspect's weight the largest child is followed while it has more than 0.7: so far down the crown reaches. */
    HB_TRY(hb_crown_gather(plan->comm, plan->shard, plan->dominators, weight, out->least - out->least / 10 * 3, &crown));
    if (hb_comm_rank(plan->comm) == root) {
        status = hb_suspects_walk(&crown, out->least, rows, &n);
        for (size_t i = 0; i < n; i++) out->holder[i] = crown.rows[rows[i]].gid;
        out->n = n;
    }
    HB_TRY(hb_comm_agree(plan->comm, status));
    hb_comm_broadcast(plan->comm, &out->n, sizeof out->n, root);
    out->n_places = out->n;
    hb_comm_broadcast(plan->comm, out->holder, out->n * sizeof out->holder[0], root);
out:
    hb_crown_fini(&crown);
    return status;
}

static hb_status place_objects(const hb_suspects_plan *plan, hb_suspects *out)
{
    const hb_shard *shard = plan->shard;
    out->place = hb_alloc(shard->n, sizeof *out->place);
    hb_status status = hb_comm_agree(plan->comm, out->place != NULL ? HB_OK : HB_ERR_MEMORY);
    if (status != HB_OK) return status;
    memset(out->place, 0xff, shard->n * sizeof *out->place);
    for (size_t i = 0; i < out->n; i++)
        if (hb_gid_rank(out->holder[i]) == shard->rank) out->place[hb_gid_id(out->holder[i])] = (uint32_t)i;
    return hb_forest_hand_down(&plan->dominators->forest, out->place);
}

#define N_RECENT 4096u   /* a power of two */

/* One thread's sums, and their rows for the last pairs of place and kind: most objects are like one of the last few. */
typedef struct part {
    hb_table sums;
    struct {
        uint32_t place, kind, row;   /* row number + 1; 0: none yet */
    } recent[N_RECENT];
} part;

static uint64_t *row_of(part *p, const hb_shard *shard, uint32_t place, uint32_t kind)
{
    const size_t at = (kind * 40503u ^ place * 2654435761u) & (N_RECENT - 1);
    if (p->recent[at].row != 0 && p->recent[at].place == place && p->recent[at].kind == kind)
        return hb_table_values(&p->sums, p->recent[at].row - 1);
    uint64_t key[HB_SUSPECT_KEY_WORDS] = { place };
    hb_site_key_of(shard, kind, key + HB_SUSPECT_CLASS);
    uint64_t *row = hb_table_put(&p->sums, key, NULL);
    if (row == NULL) return NULL;
    p->recent[at].place = place;
    p->recent[at].kind = kind;
    p->recent[at].row = hb_table_number(&p->sums, row) + 1;
    return row;
}

static hb_status add_object(const hb_suspects_plan *plan, const hb_suspects *s, uint32_t id, part *p)
{
    const hb_shard *shard = plan->shard;
    const int counts = counts_as_retained(plan, id), later = plan->n_dumps >= 2 && shard->born[id] > 0;
    if (plan->dominators->retained_objects[id] == 0 || (!counts && !later)) return HB_OK;
    uint64_t *row = row_of(p, shard, s->place[id], shard->kind[id]);
    if (row == NULL) return HB_ERR_MEMORY;
    if (counts) {
        row[HB_SUSPECT_OBJECTS]++;
        row[HB_SUSPECT_MEMSIZE] += hb_shard_memsize(shard, id);
    }
    if (!later) return HB_OK;
    row[HB_SUSPECT_LATER]++;
    row[HB_SUSPECT_LATER_MEMSIZE] += hb_shard_memsize(shard, id);
    row[HB_SUSPECT_BORN + shard->born[id] - 1]++;
    return HB_OK;
}

/* One table a thread, then their sum, then that of all ranks. */
static hb_status sum_up(const hb_suspects_plan *plan, hb_suspects *out)
{
    const unsigned n_values = HB_SUSPECT_BORN + (unsigned)(plan->n_dumps < 2 ? 0 : plan->n_dumps - 1);
    hb_table own;
    part *parts = hb_alloc_zero((size_t)plan->n_threads, sizeof *parts);
    int worst = parts != NULL ? HB_OK : HB_ERR_MEMORY;
    hb_status status;
    hb_table_init(&own, HB_SUSPECT_KEY_WORDS, n_values);
    for (int t = 0; parts != NULL && t < plan->n_threads; t++)
        hb_table_init(&parts[t].sums, HB_SUSPECT_KEY_WORDS, n_values);
    if (worst == HB_OK) {
#pragma omp parallel for num_threads(plan->n_threads) schedule(static) reduction(max : worst)
        for (uint32_t id = 0; id < plan->shard->n; id++) {
            int now = add_object(plan, out, id, &parts[omp_get_thread_num()]);
            if (now > worst) worst = now;
        }
    }
    for (int t = 0; parts != NULL && t < plan->n_threads; t++) {
        if (worst == HB_OK) worst = hb_add_rows(&own, &parts[t].sums);
        hb_table_fini(&parts[t].sums);
    }
    HB_TRY(hb_comm_agree(plan->comm, (hb_status)worst));
    HB_TRY(hb_gather_sums(plan->comm, &own, &out->sums));
out:
    hb_free(parts);
    hb_table_fini(&own);
    return status;
}

/* Of what counts, the place; sums have been made by where the others are as well. */
static void drop_others(const hb_suspects_plan *plan, hb_suspects *out)
{
#pragma omp parallel for num_threads(plan->n_threads) schedule(static)
    for (uint32_t id = 0; id < plan->shard->n; id++) {
        if (!counts_as_retained(plan, id)) out->place[id] = HB_NO_SUSPECT;
        else if (out->place[id] == HB_NO_SUSPECT) out->place[id] = HB_SUSPECT_REST;
    }
}

hb_status hb_suspects_find(const hb_suspects_plan *plan, hb_suspects *out)
{
    const uint64_t *weight;
    uint64_t *own = NULL;
    hb_status status;
    memset(out, 0, sizeof *out);
    hb_table_init(&out->sums, HB_SUSPECT_KEY_WORDS, HB_SUSPECT_BORN);
    add_totals(plan, out);
    HB_TRY(make_weights(plan, &weight, &own));
    HB_TRY(find_holders(plan, weight, out));
    hb_free(own);
    own = NULL;
    HB_TRY(place_objects(plan, out));
    HB_TRY(sum_up(plan, out));
    drop_others(plan, out);
out:
    hb_free(own);
    return status;
}

void hb_suspects_fini(hb_suspects *s)
{
    hb_free(s->place);
    hb_table_fini(&s->sums);
    memset(s, 0, sizeof *s);
}
