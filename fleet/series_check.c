/* Enters: series by name. Leaves: series of which each is of one process.
 *
 * Dumps are looked at in order; of each process the roots of its latest dump are kept, the process that dumped last
 * first, so that two workers whose dumps alternate in one series become two series, not one for each dump. The list has
 * a bound: a series of thousands of dumps of a process each costs no square.
 *
 * Cost: 64 KiB of text a dump; up to 64 merges of some hundred addresses. */
#include "fleet/series_check.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/same_process.h"

typedef struct process_seen {
    hb_roots roots;   /* of its latest dump that tells */
    size_t dump;      /* that dump's place in the series */
    uint32_t number;
} process_seen;

typedef struct recent {
    process_seen items[HB_SERIES_RECENT_PROCESSES];  /* the one that dumped last comes first */
    size_t n;
} recent;

/* The place of the process that has these roots; r->n when there is none. */
static size_t find(const recent *r, const hb_roots *roots)
{
    size_t at = 0;
    while (at < r->n && !hb_roots_same_process(&r->items[at].roots, roots)) at++;
    return at;
}

/* Puts `seen` first, in place of what is at `at`; a new process, for which that is r->n, takes the last place when all are taken. */
static void remember(recent *r, size_t at, const process_seen *seen)
{
    if (at == HB_SERIES_RECENT_PROCESSES) at--;
    if (at < r->n) hb_roots_fini(&r->items[at].roots);
    else r->n++;
    memmove(&r->items[1], &r->items[0], at * sizeof r->items[0]);
    r->items[0] = *seen;
}

static void warn(const hb_series *series, const process_seen *last, const process_seen *seen)
{
    const hb_roots *a = &last->roots, *b = &seen->roots;
    hb_log(HB_LOG_WARN, "%s is of another process than %s: of %zu and %zu objects that their roots name, %zu are the same, where "
           "one process keeps nearly all; it goes into a series of its own, %s#%u; --series one keeps them together",
           series->paths[seen->dump], series->paths[last->dump], b->n, a->n, hb_roots_shared(a, b), series->name,
           seen->number + 1);
}

static hb_status look_at(const hb_series *series, const hb_limits *limits, size_t i, recent *r, uint32_t *process, size_t *n_processes)
{
    process_seen seen = { .dump = i };
    hb_status status = hb_roots_read(series->paths[i], limits, &seen.roots);
    if (status != HB_OK) return status;
    process[i] = i > 0 ? process[i - 1] : 0;
    if (!hb_roots_tell(&seen.roots)) {
        hb_roots_fini(&seen.roots);
        return HB_OK;
    }
    const size_t at = find(r, &seen.roots);
    if (at < r->n) seen.number = r->items[at].number;
    else if (r->n != 0) {
        seen.number = (uint32_t)(*n_processes)++;
        warn(series, &r->items[0], &seen);
    }
    remember(r, at, &seen);
    process[i] = seen.number;
    return HB_OK;
}

hb_status hb_series_tell_processes(const hb_series *series, const hb_limits *limits, uint32_t *process, size_t *n_processes)
{
    hb_status status = HB_OK;
    recent r = { .n = 0 };
    *n_processes = 1;
    process[0] = 0;
    for (size_t i = 0; series->n_paths > 1 && i < series->n_paths; i++)
        HB_TRY(look_at(series, limits, i, &r, process, n_processes));
out:
    for (size_t i = 0; i < r.n; i++) hb_roots_fini(&r.items[i].roots);
    return status;
}

static size_t count_processes(const uint32_t *process, size_t n)
{
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++)
        if (process[i] > most) most = process[i];
    return most + (size_t)1;
}

/* Room for n paths, under the name of `series` and a number above 1. */
static hb_status begin_part(const hb_series *series, size_t number, size_t n, hb_series *out)
{
    size_t room = strlen(series->name) + 24;
    out->name = hb_alloc(room, 1);
    out->paths = hb_alloc_zero(n, sizeof *out->paths);
    if (out->name == NULL || out->paths == NULL) {
        hb_free(out->name);
        hb_free(out->paths);
        return HB_ERR_MEMORY;
    }
    snprintf(out->name, room, "%s#%zu", series->name, number);
    return HB_OK;
}

/* Moves the paths of processes 1 to n_parts to parts[0..n_parts), and closes the gaps. All parts have been allocated. */
static void deal(hb_series *series, const uint32_t *process, hb_series *parts)
{
    size_t kept = 0;
    for (size_t i = 0; i < series->n_paths; i++) {
        if (process[i] == 0) series->paths[kept++] = series->paths[i];
        else parts[process[i] - 1].paths[parts[process[i] - 1].n_paths++] = series->paths[i];
    }
    series->n_paths = kept;
}

/* Splits one series; the parts but the first go to list->items[list->n...], where there is room for them. */
static hb_status split_one(hb_series_list *list, size_t at, const uint32_t *process, size_t n_processes)
{
    hb_series *series = &list->items[at], *parts = &list->items[list->n];
    hb_status status = HB_OK;
    size_t n = 0;
    size_t *members = hb_alloc_zero(n_processes, sizeof *members);
    if (members == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < series->n_paths; i++) members[process[i]]++;
    memset(parts, 0, (n_processes - 1) * sizeof *parts);
    for (; n < n_processes - 1; n++) HB_TRY(begin_part(series, n + 2, members[n + 1], &parts[n]));
    deal(series, process, parts);
    list->n += n;
out:
    for (size_t i = 0; status != HB_OK && i < n; i++) {
        hb_free(parts[i].name);
        hb_free(parts[i].paths);
    }
    hb_free(members);
    return status;
}

hb_status hb_series_split(hb_series_list *list, const uint32_t *process)
{
    const size_t n = list->n;
    hb_status status = HB_OK;
    size_t cap = list->n;
    for (size_t i = 0; i < n; i++) {
        const size_t n_paths = list->items[i].n_paths, n_processes = count_processes(process, n_paths);
        assert(list->items[i].times == NULL);
        if (n_processes > 1) {
            HB_TRY(hb_grow(&list->items, &cap, list->n + n_processes - 1, sizeof *list->items));
            HB_TRY(split_one(list, i, process, n_processes));
        }
        process += n_paths;
    }
    if (list->n != n) status = hb_series_list_settle(list, NULL);
out:
    return status;
}

hb_status hb_series_check(hb_series_list *list, const hb_limits *limits)
{
    hb_status status;
    size_t n_paths = 0, at = 0, n_processes;
    for (size_t i = 0; i < list->n; i++) n_paths += list->items[i].n_paths;
    uint32_t *process = hb_alloc(n_paths, sizeof *process);
    HB_TRY(process != NULL ? HB_OK : HB_ERR_MEMORY);
    for (size_t i = 0; i < list->n; at += list->items[i++].n_paths)
        HB_TRY(hb_series_tell_processes(&list->items[i], limits, process + at, &n_processes));
    HB_TRY(hb_series_split(list, process));
out:
    hb_free(process);
    return status;
}
