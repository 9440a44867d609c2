#include "report/text_symptoms.h"

#include "report/diagnosis.h"
#include "report/text_dumps.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define NAME_COLUMNS 24
#define SENTENCE_COLUMNS 512
#define INDENT 2

static const char *words_of(hb_illness illness)
{
    switch (illness) {
    case HB_ILLNESS_LEAK: return "Ruby objects leak";
    case HB_ILLNESS_FRAGMENTED: return "the slots of the Ruby heap are fragmented";
    case HB_ILLNESS_OUTSIDE: return "memory grows outside the Ruby heap";
    case HB_ILLNESS_WARMING: return "the working set is still warming up";
    case HB_ILLNESS_STEADY: return "nothing grows";
    case HB_ILLNESS_UNKNOWN: break;
    }
    return "no verdict yet";
}

static void print_bytes(hb_text *t, int columns, int is_known, int64_t bytes)
{
    char number[HB_TEXT_NUMBER];
    hb_text_print(t, "  %*s", columns, is_known && bytes >= 0 ? hb_text_bytes(number, (uint64_t)bytes) : "-");
}

static void print_count(hb_text *t, int columns, const hb_symptoms *symptoms, hb_symptom which)
{
    char number[HB_TEXT_NUMBER];
    hb_text_print(t, "  %*s", columns, hb_symptoms_know(symptoms, which) ? hb_text_count(number, symptoms->of[which]) : "-");
}

static void print_dump(hb_text *t, const char *name, size_t columns, const hb_dump_report *dump)
{
    const hb_symptoms *s = &dump->symptoms;
    int64_t empty = 0, outside = 0;
    uint64_t buffers = 0;
    const int has_buffers = hb_diagnosis_buffers(dump, &buffers), has_empty = hb_diagnosis_part(dump, HB_PART_EMPTY, &empty),
              has_outside = hb_diagnosis_part(dump, HB_PART_OUTSIDE, &outside);
    hb_text_print(t, "  ");
    hb_text_padded(t, name, columns);
    print_bytes(t, 8, hb_symptoms_know(s, HB_SYMPTOM_RSS), (int64_t)s->of[HB_SYMPTOM_RSS]);
    print_bytes(t, 8, has_buffers, (int64_t)buffers);
    print_bytes(t, 8, has_empty, empty);
    print_bytes(t, 8, has_outside, outside);
    print_count(t, 11, s, HB_SYMPTOM_AVAILABLE_SLOTS);
    print_count(t, 11, s, HB_SYMPTOM_OLD_OBJECTS);
    hb_text_print(t, "\n");
}

static void print_dumps(hb_text *t, const hb_series_report *series)
{
    const size_t n = series->n_dumps;
    size_t columns = sizeof "dump" - 1, skip_from = n, skip_to = n;
    if (n > HB_TEXT_DUMPS) {
        skip_from = HB_TEXT_FIRST_DUMPS;
        skip_to = n - (HB_TEXT_DUMPS - HB_TEXT_FIRST_DUMPS);
    }
    for (size_t i = 0; i < n; i++) {
        const size_t width = hb_text_width(t, hb_text_dump_name(series, i), NAME_COLUMNS);
        if (width > columns) columns = width;
    }
    hb_text_print(t, "  %-*s  %8s  %8s  %8s  %8s  %11s  %11s\n", (int)columns, "dump", "RSS", "buffers", "empty", "outside", "slots",
                  "old objects");
    for (size_t i = 0; i < n; i++) {
        if (i == skip_from) hb_text_print(t, "  " ELLIPSIS " %zu more\n", skip_to - skip_from);
        if (i < skip_from || i >= skip_to) print_dump(t, hb_text_dump_name(series, i), columns, &series->dumps[i]);
    }
}

/* Whether the last of the dumps that tell their slots has more of them than the first one; each was taken after a GC. */
static void print_slots(hb_text *t, const hb_series_report *series)
{
    char from[HB_TEXT_NUMBER], to[HB_TEXT_NUMBER];
    uint64_t first = 0, last = 0;
    for (size_t i = 0; i < series->n_dumps; i++) {
        if (!hb_symptoms_know(&series->dumps[i].symptoms, HB_SYMPTOM_AVAILABLE_SLOTS)) continue;
        last = series->dumps[i].symptoms.of[HB_SYMPTOM_AVAILABLE_SLOTS];
        if (first == 0) first = last;
    }
    if (last > first)
        hb_text_print(t, "  the Ruby heap went from %s slots to %s, which no GC before a dump gave back\n", hb_text_count(from, first),
                      hb_text_count(to, last));
}

void hb_text_symptoms(hb_text *t, const hb_series_report *series)
{
    hb_diagnosis diagnosis;
    if (!series->has_last || !hb_diagnosis_make(series, &diagnosis)) return;
    hb_text_print(t, "\nSymptoms: %s\n%*s", words_of(diagnosis.illness), INDENT, "");
    hb_text_wrapped(t, diagnosis.why, INDENT, SENTENCE_COLUMNS);
    hb_text_print(t, "\n");
    print_dumps(t, series);
    print_slots(t, series);
    hb_text_print(t, "\n");
}
