/* What enters: hashes of contents, with addresses. What leaves: those with the lowest hashes.
 *
 * A table that holds twice as many is cut down to the lowest when it is full; from then on most hashes are above the highest
 * that is kept, and cost a comparison. Contents that many objects have take one row, whatever their number. 16 bytes a row and 8
 * for the index, 400 KiB in all, allocated as it fills.
 *
 * Dropped: an array that takes every item, sorted when it is full. 3 million strings with 4,000 contents were sorted again and
 * again: 1.4 times the CPU time of reading the dump without landmarks. */
#include "pipeline/landmarks.h"

#include <stdlib.h>

#include "base/hash.h"

#define CAPACITY ((size_t)2 * HB_LANDMARKS_MOST)

void hb_landmarks_init(hb_landmarks *landmarks)
{
    *landmarks = (hb_landmarks){ .highest = UINT64_MAX };
    hb_table_init(&landmarks->rows, 1, HB_LANDMARK_WORDS - 1);
}

void hb_landmarks_fini(hb_landmarks *landmarks)
{
    hb_table_fini(&landmarks->rows);
    landmarks->highest = UINT64_MAX;
}

static int by_hash(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The table keeps its rows in the order in which they are put: each is put again where it is. */
hb_status hb_landmarks_sort(hb_landmarks *l)
{
    const size_t n = l->rows.n, kept = n < HB_LANDMARKS_MOST ? n : HB_LANDMARKS_MOST;
    if (n == 0) return HB_OK;
    qsort(l->rows.rows, n, HB_LANDMARK_WORDS * sizeof *l->rows.rows, by_hash);
    hb_table_clear(&l->rows);
    for (size_t i = 0; i < kept; i++) {
        const uint64_t *row = hb_table_row(&l->rows, i);
        const uint64_t hash = row[HB_LANDMARK_HASH], address = row[HB_LANDMARK_ADDRESS];
        uint64_t *value = hb_table_put(&l->rows, &hash, NULL);
        if (value == NULL) return HB_ERR_MEMORY;
        *value = address;
    }
    if (kept == HB_LANDMARKS_MOST) l->highest = hb_table_row(&l->rows, kept - 1)[HB_LANDMARK_HASH];
    return HB_OK;
}

hb_status hb_landmarks_add(hb_landmarks *l, uint64_t hash, uint64_t address)
{
    int fresh;
    if (hash > l->highest) return HB_OK;
    if (l->rows.n == CAPACITY && hb_landmarks_sort(l) != HB_OK) return HB_ERR_MEMORY;
    uint64_t *value = hb_table_put(&l->rows, &hash, &fresh);
    if (value == NULL) return HB_ERR_MEMORY;
    if (fresh) *value = address;
    else if (*value != address) *value = 0;
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

hb_status hb_landmarks_add_all(hb_landmarks *l, const uint64_t *rows, size_t n)
{
    hb_status status = HB_OK;
    for (size_t i = 0; i < n && status == HB_OK; i++) {
        const uint64_t *row = rows + i * HB_LANDMARK_WORDS;
        status = hb_landmarks_add(l, row[HB_LANDMARK_HASH], row[HB_LANDMARK_ADDRESS]);
    }
    return status;
}

void hb_landmarks_compare(const hb_landmarks *a, const hb_landmarks *b, hb_landmarks_moved *out)
{
    *out = (hb_landmarks_moved){ 0 };
    for (size_t i = 0; i < a->rows.n; i++) {
        const uint64_t *row = hb_table_row(&a->rows, i), *other = hb_table_find(&b->rows, row);
        if (row[HB_LANDMARK_ADDRESS] == 0 || other == NULL || *other == 0) continue;
        out->found++;
        out->elsewhere += row[HB_LANDMARK_ADDRESS] != *other;
    }
}
