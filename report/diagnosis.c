#include "report/diagnosis.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/text_out.h"

#define SLOT_BYTES 40   /* of the smallest, on 64 bits */
#define NOISE_SHARE 50
#define RETAINED_LITTLE 10   /* of what objects gained, this part */

static const int64_t noise_bytes[HB_N_PARTS] = { 256 << 10, 1 << 20, 4 << 20 };
static const char *const part_names[HB_N_PARTS] = { "Ruby objects", "empty slots", "what is outside the Ruby heap" };

/* A part in the dumps that tell it: the first of them, the one at two thirds, the last. */
typedef struct trail {
    size_t n;                             /* how many */
    size_t at_turn;                       /* which dump of the series the one at two thirds is */
    int64_t first, turn, last;            /* bytes */
    double first_time, turn_time, last_time;   /* milliseconds, or places in the series */
    int64_t noise;
} trail;

static uint64_t slots_to_bytes(const hb_symptoms *s, uint64_t slots)
{
    const uint64_t all = s->of[HB_SYMPTOM_AVAILABLE_SLOTS];
    if (!hb_symptoms_know(s, HB_SYMPTOM_SLOT_BYTES) || all == 0) return slots * SLOT_BYTES;
    return (uint64_t)((double)s->of[HB_SYMPTOM_SLOT_BYTES] * ((double)slots / (double)all));
}

static uint64_t empty_slots(const hb_symptoms *s)
{
    return s->of[HB_SYMPTOM_AVAILABLE_SLOTS] - s->of[HB_SYMPTOM_LIVE_SLOTS];
}

int hb_diagnosis_part(const hb_dump_report *dump, hb_part part, int64_t *bytes)
{
    const hb_symptoms *s = &dump->symptoms;
    const int has_slots = hb_symptoms_know(s, HB_SYMPTOM_LIVE_SLOTS);
    if (dump->memsize > HB_SYMPTOM_MOST) return 0;
    const int64_t empty = has_slots ? (int64_t)slots_to_bytes(s, empty_slots(s)) : 0;
    switch (part) {
    case HB_PART_OBJECTS: *bytes = (int64_t)dump->memsize; return 1;
    case HB_PART_EMPTY: *bytes = empty; return has_slots;
    default: break;
    }
    *bytes = (int64_t)s->of[HB_SYMPTOM_RSS] - (int64_t)dump->memsize - empty;
    return has_slots && hb_symptoms_know(s, HB_SYMPTOM_RSS);
}

int hb_diagnosis_buffers(const hb_dump_report *dump, uint64_t *bytes)
{
    const hb_symptoms *s = &dump->symptoms;
    if (!hb_symptoms_know(s, HB_SYMPTOM_LIVE_SLOTS)) return 0;
    const uint64_t slots = slots_to_bytes(s, s->of[HB_SYMPTOM_LIVE_SLOTS]);
    *bytes = dump->memsize > slots ? dump->memsize - slots : 0;
    return 1;
}

const char *hb_illness_name(hb_illness illness)
{
    static const char *const names[] = { "unknown", "steady", "warming", "leak", "fragmented", "outside" };
    return names[illness];
}

/* --- what grows --- */

static int have_times(const hb_series_report *series)
{
    for (size_t i = 0; i < series->n_dumps; i++)
        if (series->dumps[i].compared && !series->dumps[i].has_time) return 0;
    return 1;
}

static size_t count_tellers(const hb_series_report *series, hb_part part)
{
    int64_t bytes;
    size_t n = 0;
    for (size_t i = 0; i < series->n_dumps; i++) n += series->dumps[i].compared && hb_diagnosis_part(&series->dumps[i], part, &bytes);
    return n;
}

static int64_t noise_of(const hb_dump_report *first, hb_part part, int64_t bytes)
{
    const int64_t rss = (int64_t)first->symptoms.of[HB_SYMPTOM_RSS];
    const int64_t share = (part == HB_PART_OBJECTS || rss == 0 ? bytes : rss) / NOISE_SHARE;
    return share > noise_bytes[part] ? share : noise_bytes[part];
}

static trail follow(const hb_series_report *series, hb_part part, int by_time)
{
    trail t = { .n = count_tellers(series, part) };
    size_t nth = 0;
    for (size_t i = 0; i < series->n_dumps; i++) {
        const hb_dump_report *dump = &series->dumps[i];
        int64_t bytes = 0;
        if (!dump->compared || !hb_diagnosis_part(dump, part, &bytes)) continue;
        t.last = bytes;
        t.last_time = by_time ? (double)dump->taken_at_ms : (double)i;
        if (nth == 0) {
            t.first = t.last;
            t.first_time = t.last_time;
            t.noise = noise_of(dump, part, t.last);
        }
        if (nth == 2 * (t.n - 1) / 3) {
            t.turn = t.last;
            t.turn_time = t.last_time;
            t.at_turn = i;
        }
        nth++;
    }
    return t;
}

static int64_t gain(const trail *t)
{
    return t->last - t->first;
}

static unsigned empty_percent(const hb_dump_report *dump)
{
    return hb_text_percent(empty_slots(&dump->symptoms), dump->symptoms.of[HB_SYMPTOM_AVAILABLE_SLOTS]);
}

/* The last compared dump that tells its slots; NULL: none does. */
static const hb_dump_report *last_with_slots(const hb_series_report *series)
{
    for (size_t i = series->n_dumps; i-- > 0;)
        if (series->dumps[i].compared && hb_symptoms_know(&series->dumps[i].symptoms, HB_SYMPTOM_LIVE_SLOTS)) return &series->dumps[i];
    return NULL;
}

static int grew(const hb_series_report *series, const trail *trails, hb_part part)
{
    if (trails[part].n < 2 || gain(&trails[part]) <= trails[part].noise) return 0;
    return part != HB_PART_EMPTY || empty_percent(last_with_slots(series)) > HB_EMPTY_KEPT;
}

/* In its last third: -1: much slower than before, 1: much faster, and before there was nothing but noise, 0: neither, or not
 * known. */
static int turn_of(const trail *t)
{
    const double early = (double)(t->turn - t->first), late = (double)(t->last - t->turn);
    const double early_time = t->turn_time - t->first_time, late_time = t->last_time - t->turn_time;
    if (t->n < 3 || early_time <= 0 || late_time <= 0) return 0;
    if (late / late_time < early / early_time / HB_PACE) return -1;
    return early <= (double)t->noise && late / late_time > early / early_time * HB_PACE ? 1 : 0;
}

/* --- sentences --- */

__attribute__((format(printf, 2, 3))) static void say(hb_diagnosis *d, const char *format, ...)
{
    const size_t n = strlen(d->why);
    va_list args;
    va_start(args, format);
    vsnprintf(d->why + n, sizeof d->why - n, format, args);
    va_end(args);
}

static const char *bytes_of(char number[HB_TEXT_NUMBER], int64_t bytes)
{
    return hb_text_bytes(number, bytes > 0 ? (uint64_t)bytes : 0);
}

static void say_gain(hb_diagnosis *d, const trail *trails, hb_part part)
{
    char by[HB_TEXT_NUMBER], to[HB_TEXT_NUMBER];
    const trail *t = &trails[part];
    say(d, "%s gained %s and %s %s now", part_names[part], bytes_of(by, gain(t)), part == HB_PART_OUTSIDE ? "is" : "are", bytes_of(to, t->last));
}

/* by: the bytes gained. */
static void say_advice(hb_diagnosis *d, const hb_series_report *series, hb_illness illness, int64_t by)
{
    char number[HB_TEXT_NUMBER];
    if (illness == HB_ILLNESS_LEAK && series->n_dumps > 2 && series->retained_memsize < (uint64_t)by / RETAINED_LITTLE)
        say(d, "; only %s are objects that were allocated in between and are still there: older ones have grown. Who retains most "
            "tells which.", hb_text_bytes(number, series->retained_memsize));
    else if (illness == HB_ILLNESS_LEAK)
        say(d, "; %s are objects that were allocated in between and are still there. %s", hb_text_bytes(number, series->retained_memsize),
            series->n_suspects > 0 ? "The suspects below tell who holds them." : "No suspect holds much of them; sites tell more.");
    else if (illness == HB_ILLNESS_FRAGMENTED)
        say(d, ": %u %% of all slots. Objects strewn among them keep Ruby from giving their pages back. Allocate less at a time, "
            "GC.compact, or restart workers after a peak.", empty_percent(last_with_slots(series)));
    else if (illness == HB_ILLNESS_OUTSIDE)
        say(d, "; whose it is no dump can tell. Start the process with MALLOC_ARENA_MAX=2 or jemalloc: if it stays small then, the arenas "
            "of malloc were fragmented. Call malloc_trim(0) in it: if RSS falls, malloc kept what was freed. If neither helps it is "
            "native memory: heaptrack or jeprof tell which extension.");
}

/* --- the verdict --- */

static hb_illness illness_of(hb_part part, int turn)
{
    if (part == HB_PART_EMPTY) return HB_ILLNESS_FRAGMENTED;
    if (turn != 0) return turn < 0 ? HB_ILLNESS_WARMING : HB_ILLNESS_UNKNOWN;
    return part == HB_PART_OBJECTS ? HB_ILLNESS_LEAK : HB_ILLNESS_OUTSIDE;
}

static void judge_growth(const hb_series_report *series, const trail *trails, hb_part part, hb_diagnosis *out)
{
    out->illness = illness_of(part, turn_of(&trails[part]));
    say_gain(out, trails, part);
    say_advice(out, series, out->illness, gain(&trails[part]));
    if (out->illness == HB_ILLNESS_WARMING)
        say(out, ", but hardly any of it since dump %zu of %zu. Take another one later: if it shows no growth, this is the working set.",
            trails[part].at_turn + 1, series->n_dumps);
    else if (out->illness == HB_ILLNESS_UNKNOWN)
        say(out, ", nearly all of it since dump %zu of %zu. Take another one to see whether it stays.", trails[part].at_turn + 1,
            series->n_dumps);
    else if (out->illness != HB_ILLNESS_FRAGMENTED && trails[part].n == 2)
        say(out, " Two dumps cannot tell this from a program that still warms up: take a third.");
}

static int is_too_empty(const hb_series_report *series)
{
    const hb_dump_report *last = last_with_slots(series);
    int64_t bytes = 0;
    return last != NULL && hb_diagnosis_part(last, HB_PART_EMPTY, &bytes) && bytes > noise_bytes[HB_PART_EMPTY] &&
           empty_percent(last) > HB_EMPTY_TOO_MUCH;
}

static void judge_rest(const hb_series_report *series, const trail *trails, hb_diagnosis *out)
{
    char number[HB_TEXT_NUMBER];
    if (is_too_empty(series)) {
        out->illness = HB_ILLNESS_FRAGMENTED;
        say(out, "nothing grows, but empty slots take %s", bytes_of(number, trails[HB_PART_EMPTY].last));
        say_advice(out, series, out->illness, 0);
    } else if (trails[HB_PART_OBJECTS].n < 2) {
        say(out, "one dump shows no growth: take two more, minutes or hours apart.");
    } else if (trails[HB_PART_OUTSIDE].n < 2) {
        say(out, "Ruby objects do not grow; whether the process does is not known. heapbatch-capture writes the RSS of the process beside "
            "each dump.");
    } else {
        out->illness = HB_ILLNESS_STEADY;
        say(out, "neither Ruby objects nor empty slots nor the rest of RSS grew by more than noise.");
    }
}

static int has_figures(const hb_series_report *series)
{
    for (size_t i = 0; i < series->n_dumps; i++)
        if (series->dumps[i].symptoms.known != 0) return 1;
    return 0;
}

int hb_diagnosis_make(const hb_series_report *series, hb_diagnosis *out)
{
    const int by_time = have_times(series);
    trail trails[HB_N_PARTS];
    hb_part leads = HB_N_PARTS;
    *out = (hb_diagnosis){ .illness = HB_ILLNESS_UNKNOWN };
    if (!has_figures(series)) return 0;
    for (hb_part part = 0; part < HB_N_PARTS; part++) trails[part] = follow(series, part, by_time);
    for (hb_part part = 0; part < HB_N_PARTS; part++)
        if (grew(series, trails, part) && (leads == HB_N_PARTS || gain(&trails[part]) > gain(&trails[leads]))) leads = part;
    if (leads != HB_N_PARTS) judge_growth(series, trails, leads, out);
    else judge_rest(series, trails, out);
    if (out->why[0] >= 'a') out->why[0] = (char)(out->why[0] - 'a' + 'A');
    return 1;
}
