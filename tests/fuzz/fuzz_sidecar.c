/* The sidecar of a dump: any bytes have figures in bounds or none; and where they are JSON without a key twice, what is known is what
 * libjansson reads. (A key that is written with escapes is not seen.) */
#include <jansson.h>
#include <string.h>

#include "fleet/sidecar.h"
#include "tests/fuzz/fuzz.h"

static const char *const paths[HB_N_SYMPTOMS][2] = {
    { NULL, "rss_bytes" }, { NULL, "pss_bytes" }, { "gc_stat", "heap_available_slots" }, { "gc_stat", "heap_live_slots" },
    { "gc_stat", "heap_allocated_pages" }, { "gc_stat", "old_objects" }, { "gc_stat", "malloc_increase_bytes" },
    { "gc_stat", "oldmalloc_increase_bytes" }, { NULL, "gc_count" },
};

static void compare(const json_t *document, const hb_symptoms *found)
{
    for (hb_symptom i = 0; i < HB_N_SYMPTOMS; i++) {
        if (!hb_symptoms_know(found, i)) continue;
        const json_t *object = paths[i][0] != NULL ? json_object_get(document, paths[i][0]) : document;
        const json_t *figure = json_object_get(object, paths[i][1]);
        DEMAND(json_is_integer(figure) && json_integer_value(figure) >= 0);
        const uint64_t value = (uint64_t)json_integer_value(figure);
        DEMAND(found->of[i] == value || (i == HB_SYMPTOM_SLOT_BYTES && (found->of[i] == value * 16384 || found->of[i] == value * 65536)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    hb_symptoms found;
    hb_span text;
    const hb_span json = { n > 0 ? (const char *)bytes : "", n };
    hb_sidecar_find_figures(json, &found);
    hb_sidecar_find_time(json, &text);
    DEMAND(found.known >> HB_N_SYMPTOMS == 0);
    for (hb_symptom i = 0; i < HB_N_SYMPTOMS; i++) DEMAND(found.of[i] <= (hb_symptoms_know(&found, i) ? HB_SYMPTOM_MOST : 0));
    DEMAND(found.of[HB_SYMPTOM_LIVE_SLOTS] <= found.of[HB_SYMPTOM_AVAILABLE_SLOTS]);
    json_t *document = json_loadb(json.at, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (document != NULL) compare(document, &found);
    json_decref(document);
    return 0;
}
