/* The sidecar of a dump: any bytes have a time, or none, and figures in bounds, or none. */
#include "fleet/sidecar.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    hb_sidecar found;
    DEMAND(hb_sidecar_parse((hb_span){ n > 0 ? (const char *)bytes : "", n }, &found) == HB_OK);
    DEMAND(found.has_time == 1 || (found.has_time == 0 && found.at_ms == 0));
    DEMAND(found.symptoms.known >> HB_N_SYMPTOMS == 0);
    for (hb_symptom i = 0; i < HB_N_SYMPTOMS; i++)
        DEMAND(found.symptoms.of[i] <= (hb_symptoms_know(&found.symptoms, i) ? HB_SYMPTOM_MOST : 0));
    DEMAND(found.symptoms.of[HB_SYMPTOM_LIVE_SLOTS] <= found.symptoms.of[HB_SYMPTOM_AVAILABLE_SLOTS]);
    return 0;
}
