#include "report/json_symptoms.h"

#include "report/diagnosis.h"

static void put_figure(hb_json_builder *b, hb_json *entry, const char *key, int is_known, uint64_t figure)
{
    hb_json_put(b, entry, key, is_known ? hb_json_number(figure) : hb_json_null());
}

static void put_part(hb_json_builder *b, hb_json *entry, const char *key, const hb_dump_report *dump, hb_part part)
{
    int64_t bytes = 0;
    const int is_known = hb_diagnosis_part(dump, part, &bytes) && bytes >= 0;
    put_figure(b, entry, key, is_known, (uint64_t)bytes);
}

static void append_dump(hb_json_builder *b, hb_json *list, const hb_dump_report *dump)
{
    static const char *const keys[HB_N_SYMPTOMS] = {
        [HB_SYMPTOM_RSS] = "rss", [HB_SYMPTOM_PSS] = "pss", [HB_SYMPTOM_AVAILABLE_SLOTS] = "available_slots",
        [HB_SYMPTOM_LIVE_SLOTS] = "live_slots", [HB_SYMPTOM_SLOT_BYTES] = "slot_bytes", [HB_SYMPTOM_OLD_OBJECTS] = "old_objects",
        [HB_SYMPTOM_MALLOC] = "malloc_increase", [HB_SYMPTOM_OLD_MALLOC] = "oldmalloc_increase", [HB_SYMPTOM_GC_COUNT] = "gc_count",
    };
    const hb_symptoms *symptoms = &dump->symptoms;
    uint64_t buffers = 0;
    hb_json *entry = hb_json_append(b, list, symptoms->known != 0 ? hb_json_object() : hb_json_null());
    if (symptoms->known == 0) return;
    for (hb_symptom i = 0; i < HB_N_SYMPTOMS; i++) put_figure(b, entry, keys[i], hb_symptoms_know(symptoms, i), symptoms->of[i]);
    const int has_buffers = hb_diagnosis_buffers(dump, &buffers);
    put_figure(b, entry, "buffers", has_buffers, buffers);
    put_part(b, entry, "empty", dump, HB_PART_EMPTY);
    put_part(b, entry, "outside", dump, HB_PART_OUTSIDE);
}

void hb_json_put_symptoms(hb_json_builder *b, hb_json *object, const hb_series_report *series)
{
    hb_diagnosis diagnosis;
    const int is_there = hb_diagnosis_make(series, &diagnosis);
    hb_json *symptoms = hb_json_put(b, object, "symptoms", is_there ? hb_json_object() : hb_json_null());
    if (!is_there) return;
    hb_json_put(b, symptoms, "verdict", hb_json_text(hb_illness_name(diagnosis.illness)));
    hb_json_put(b, symptoms, "why", hb_json_text(diagnosis.why));
    hb_json *dumps = hb_json_put(b, symptoms, "dumps", hb_json_array());
    for (size_t i = 0; i < series->n_dumps; i++) append_dump(b, dumps, &series->dumps[i]);
}
