#include "report/path_fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/table.h"
#include "pipeline/intern.h"

#define SHORTEST 2   /* labels in a circle */
#define LONGEST 3

typedef struct folder {
    hb_path_branch *branches;
    uint32_t *label;    /* by place: the number of its text */
    size_t *order;      /* places, those above first */
    size_t *into;       /* by place: the branch that it becomes a part of, which may be itself */
    size_t *above;      /* by place, of those that stay: the one above among these */
    uint64_t *passed;   /* by place: its repeat and those of the ones on its line that became the same */
    hb_table below;     /* (branch, label) -> the branch below it that is called so */
} folder;

static int by_depth(const void *a, const void *b, void *ctx)
{
    const hb_path_branch *branches = ctx, *x = &branches[*(const size_t *)a], *y = &branches[*(const size_t *)b];
    return (x->depth > y->depth) - (x->depth < y->depth);
}

/* Of those that stay, the one so many steps above another; HB_NO_BRANCH: there is none. */
static size_t higher(const folder *f, size_t at, size_t steps)
{
    while (steps-- > 0 && at != HB_NO_BRANCH) at = f->above[at];
    return at;
}

/* Whether a step from `above` to what is called as branch i ends the second of two rounds of n labels. */
static int closes_round(const folder *f, size_t above, size_t i, size_t n)
{
    const size_t first = higher(f, above, n - 1);
    if (first == HB_NO_BRANCH || f->label[first] != f->label[i]) return 0;
    for (size_t k = 0; k + 1 < n; k++) {
        const size_t before = higher(f, above, k + n);
        if (before == HB_NO_BRANCH || f->label[before] != f->label[higher(f, above, k)]) return 0;
    }
    return 1;
}

/* Where the step from `above` to branch i leads. */
static hb_status find_place(folder *f, size_t above, size_t i, size_t *into)
{
    const uint64_t key[] = { above, f->label[i] };
    int fresh;
    for (size_t n = SHORTEST; n <= LONGEST; n++)
        if (closes_round(f, above, i, n)) {
            *into = higher(f, above, n - 1);
            return HB_OK;
        }
    uint64_t *known = hb_table_put(&f->below, key, &fresh);
    if (known == NULL) return HB_ERR_MEMORY;
    if (fresh) *known = i;
    *into = *known;
    return HB_OK;
}

/* Makes branch i what it becomes; those above it are done. */
static hb_status fold_one(folder *f, size_t i)
{
    hb_path_branch *b = &f->branches[i];
    const size_t above = b->above == HB_NO_BRANCH ? HB_NO_BRANCH : f->into[b->above];
    const hb_status status = find_place(f, above, i, &f->into[i]);
    if (status != HB_OK) return status;
    size_t same = b->above;
    while (same != HB_NO_BRANCH && f->into[same] != f->into[i]) same = f->branches[same].above;
    f->passed[i] = b->repeat + (same != HB_NO_BRANCH ? f->passed[same] : 0);
    f->above[i] = above;
    if (f->into[i] == i) return HB_OK;
    hb_path_branch *to = &f->branches[f->into[i]];
    to->objects += b->objects;
    to->memsize += b->memsize;
    if (to->example == 0 || (b->example != 0 && b->example < to->example)) to->example = b->example;
    if (f->passed[i] > to->repeat) to->repeat = f->passed[i];
    return HB_OK;
}

/* Those that stay, together and in order; f->passed becomes their new places. */
static void keep(folder *f, hb_path_branch *kept, size_t *n)
{
    const size_t n_before = *n;
    *n = 0;
    for (size_t k = 0; k < n_before; k++) {
        const size_t i = f->order[k];
        if (f->into[i] != i) {
            hb_free(f->branches[i].text);
            continue;
        }
        f->passed[i] = *n;
        kept[*n] = f->branches[i];
        if (f->above[i] != HB_NO_BRANCH) {
            kept[*n].above = f->passed[f->above[i]];
            kept[*n].depth = kept[kept[*n].above].depth + 1;
        }
        (*n)++;
    }
    memcpy(f->branches, kept, *n * sizeof *kept);
}

static hb_status number_labels(folder *f, size_t n)
{
    hb_intern texts;
    hb_status status = HB_OK;
    hb_intern_init(&texts);
    for (size_t i = 0; i < n && status == HB_OK; i++)
        status = hb_intern_put(&texts, f->branches[i].text, strlen(f->branches[i].text), &f->label[i]);
    hb_intern_fini(&texts);
    return status;
}

hb_status hb_path_fold(hb_path_branch *branches, size_t *n)
{
    folder f = { .branches = branches };
    hb_path_branch *kept = hb_alloc(*n, sizeof *kept);
    hb_status status = HB_OK;
    f.label = hb_alloc(*n, sizeof *f.label);
    f.order = hb_alloc(*n, sizeof *f.order);
    f.into = hb_alloc(*n, sizeof *f.into);
    f.above = hb_alloc(*n, sizeof *f.above);
    f.passed = hb_alloc(*n, sizeof *f.passed);
    hb_table_init(&f.below, 2, 1);
    if (*n == 0) goto out;
    if (kept == NULL || f.label == NULL || f.order == NULL || f.into == NULL || f.above == NULL || f.passed == NULL)
        HB_TRY(HB_ERR_MEMORY);
    HB_TRY(number_labels(&f, *n));
    for (size_t i = 0; i < *n; i++) f.order[i] = i;
    qsort_r(f.order, *n, sizeof *f.order, by_depth, branches);
    for (size_t k = 0; k < *n; k++) HB_TRY(fold_one(&f, f.order[k]));
    keep(&f, kept, n);
out:
    hb_table_fini(&f.below);
    void *const blocks[] = { kept, f.label, f.order, f.into, f.above, f.passed };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) hb_free(blocks[i]);
    return status;
}
