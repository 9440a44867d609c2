/* What a process's memory looked like when a dump of it was taken: the figures of its sidecar (fleet/sidecar.h), as far as it
 * tells them. Plain data. */
#ifndef HB_REPORT_SYMPTOMS_H
#define HB_REPORT_SYMPTOMS_H

#include <stdint.h>

/* Bytes but for slots, objects and counts. */
typedef enum hb_symptom {
    HB_SYMPTOM_RSS,
    HB_SYMPTOM_PSS,
    HB_SYMPTOM_AVAILABLE_SLOTS,
    HB_SYMPTOM_LIVE_SLOTS,   /* known with available slots only, and no more than these */
    HB_SYMPTOM_SLOT_BYTES,   /* of all pages of the Ruby heap */
    HB_SYMPTOM_OLD_OBJECTS,
    HB_SYMPTOM_MALLOC,       /* allocated with malloc() since the last GC, by Ruby's own count */
    HB_SYMPTOM_OLD_MALLOC,   /* the same since the last full one */
    HB_SYMPTOM_GC_COUNT,
    HB_N_SYMPTOMS
} hb_symptom;

typedef struct hb_symptoms {
    uint32_t known;               /* bit 1 << hb_symptom */
    uint64_t of[HB_N_SYMPTOMS];   /* 0 where it is not known; at most HB_SYMPTOM_MOST, so that no sum wraps */
} hb_symptoms;

#define HB_SYMPTOM_MOST (UINT64_C(1) << 50)

static inline int hb_symptoms_know(const hb_symptoms *symptoms, hb_symptom which)
{
    return (symptoms->known >> which & 1) != 0;
}

static inline void hb_symptoms_set(hb_symptoms *symptoms, hb_symptom which, uint64_t figure)
{
    if (figure > HB_SYMPTOM_MOST) return;
    symptoms->known |= 1U << which;
    symptoms->of[which] = figure;
}

#endif
