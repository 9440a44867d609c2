/* What enters: hashes of contents, with addresses. What leaves: those with the lowest hashes.
 *
 * Items are appended to an array of twice the size and cut down to the lowest when it is full; from then on most hashes are
 * above the highest that is kept, and cost a comparison. 16 bytes an item, 256 KiB in all, allocated with the first one. */
#include "pipeline/landmarks.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"

#define CAPACITY ((size_t)2 * HB_LANDMARKS_MOST)

void hb_landmarks_init(hb_landmarks *landmarks)
{
    *landmarks = (hb_landmarks){ .highest = UINT64_MAX };
}

void hb_landmarks_fini(hb_landmarks *landmarks)
{
    hb_free(landmarks->items);
    hb_landmarks_init(landmarks);
}

static int by_hash(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void hb_landmarks_sort(hb_landmarks *l)
{
    size_t kept = 0;
    if (l->n != 0) qsort(l->items, l->n, HB_LANDMARK_WORDS * sizeof *l->items, by_hash);
    for (size_t i = 0; i < l->n; i++) {
        const uint64_t *item = l->items + i * HB_LANDMARK_WORDS;
        uint64_t *last = kept != 0 ? l->items + (kept - 1) * HB_LANDMARK_WORDS : NULL;
        if (last != NULL && last[HB_LANDMARK_HASH] == item[HB_LANDMARK_HASH]) {
            if (last[HB_LANDMARK_ADDRESS] != item[HB_LANDMARK_ADDRESS]) last[HB_LANDMARK_ADDRESS] = 0;
            continue;
        }
        if (kept == HB_LANDMARKS_MOST) break;
        l->items[kept * HB_LANDMARK_WORDS + HB_LANDMARK_HASH] = item[HB_LANDMARK_HASH];
        l->items[kept * HB_LANDMARK_WORDS + HB_LANDMARK_ADDRESS] = item[HB_LANDMARK_ADDRESS];
        kept++;
    }
    l->n = kept;
    if (kept == HB_LANDMARKS_MOST) l->highest = l->items[(kept - 1) * HB_LANDMARK_WORDS + HB_LANDMARK_HASH];
}

hb_status hb_landmarks_add(hb_landmarks *l, uint64_t hash, uint64_t address)
{
    if (hash > l->highest) return HB_OK;
    if (l->n == CAPACITY) hb_landmarks_sort(l);
    if (l->items == NULL) {
        l->items = hb_alloc(CAPACITY * HB_LANDMARK_WORDS, sizeof *l->items);
        if (l->items == NULL) return HB_ERR_MEMORY;
    }
    l->items[l->n * HB_LANDMARK_WORDS + HB_LANDMARK_HASH] = hash;
    l->items[l->n * HB_LANDMARK_WORDS + HB_LANDMARK_ADDRESS] = address;
    l->n++;
    return HB_OK;
}

hb_status hb_landmarks_note(hb_landmarks kinds[HB_LANDMARK_KINDS], const hb_line *line)
{
    const int is_class = line->type == HB_TYPE_CLASS || line->type == HB_TYPE_MODULE;
    const int is_fixed = is_class || (line->flags & HB_FLAG_FSTRING) != 0;
    const hb_view contents = is_class ? line->name : line->value;
    if (contents.text == NULL || !(is_class || line->type == HB_TYPE_STRING)) return HB_OK;
    if (!is_fixed && contents.n < HB_LANDMARK_STRING_BYTES) return HB_OK;
    return hb_landmarks_add(&kinds[is_fixed ? HB_LANDMARK_FIXED : HB_LANDMARK_STRING],
                            hb_hash_bytes(contents.text, contents.n, (uint64_t)line->type), line->address);
}

hb_status hb_landmarks_add_all(hb_landmarks *l, const uint64_t *items, size_t n)
{
    hb_status status = HB_OK;
    for (size_t i = 0; i < n && status == HB_OK; i++, items += HB_LANDMARK_WORDS)
        status = hb_landmarks_add(l, items[HB_LANDMARK_HASH], items[HB_LANDMARK_ADDRESS]);
    return status;
}

void hb_landmarks_compare(const hb_landmarks *a, const hb_landmarks *b, hb_landmarks_moved *out)
{
    *out = (hb_landmarks_moved){ 0 };
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        const uint64_t *x = a->items + i * HB_LANDMARK_WORDS, *y = b->items + j * HB_LANDMARK_WORDS;
        if (x[HB_LANDMARK_HASH] == y[HB_LANDMARK_HASH] && x[HB_LANDMARK_ADDRESS] != 0 && y[HB_LANDMARK_ADDRESS] != 0) {
            out->found++;
            out->elsewhere += x[HB_LANDMARK_ADDRESS] != y[HB_LANDMARK_ADDRESS];
        }
        i += x[HB_LANDMARK_HASH] <= y[HB_LANDMARK_HASH];
        j += y[HB_LANDMARK_HASH] <= x[HB_LANDMARK_HASH];
    }
}
