/* Landmarks: objects that can be told by their contents, to find out whether those of an older dump are where they were.
 *
 * Of the contents that a dump has, the ones with the lowest hashes are kept: both dumps keep the same ones, where both have
 * them (the bottom-k sketch of Cohen and Kaplan 2007, doi:10.1145/1281100.1281133). Which ones that are does not depend on the
 * order of lines, nor on how they are dealt to threads and ranks. Only hashes are kept. */
#ifndef HB_PIPELINE_LANDMARKS_H
#define HB_PIPELINE_LANDMARKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/table.h"
#include "pipeline/line.h"

#define HB_LANDMARKS_MOST 8192   /* contents that are kept */

/* Two kinds: what Ruby has once, and leaves where it is unless a compaction moves it (named classes and modules, interned
 * strings); and strings of some length, which a program may also make anew. */
typedef enum hb_landmark_kind { HB_LANDMARK_FIXED, HB_LANDMARK_STRING, HB_LANDMARK_KINDS } hb_landmark_kind;

/* Strings below this length, as JSON text, are no landmarks. */
#define HB_LANDMARK_STRING_BYTES 8

/* A row of the table. */
enum { HB_LANDMARK_HASH, HB_LANDMARK_ADDRESS, HB_LANDMARK_WORDS };

typedef struct hb_landmarks {
    hb_table rows;        /* hash -> address, 0: several objects have these contents; by hash after hb_landmarks_sort */
    uint64_t highest;     /* no hash above this is among the lowest */
} hb_landmarks;

/* How many contents two dumps have in common, once in each, and how many of them are at another address. */
typedef struct hb_landmarks_moved {
    uint64_t found, elsewhere;
} hb_landmarks_moved;

void hb_landmarks_init(hb_landmarks *landmarks);
void hb_landmarks_fini(hb_landmarks *landmarks);

/* Contents, by their hash, at an address. HB_OK or HB_ERR_MEMORY. */
hb_status hb_landmarks_add(hb_landmarks *landmarks, uint64_t hash, uint64_t address);

/* Adds the object of the line to its kind, when it is a landmark. HB_OK or HB_ERR_MEMORY. */
hb_status hb_landmarks_note(hb_landmarks kinds[HB_LANDMARK_KINDS], const hb_line *line);

/* Adds n rows of another one. */
hb_status hb_landmarks_add_all(hb_landmarks *landmarks, const uint64_t *rows, size_t n);

/* At most HB_LANDMARKS_MOST rows are left, by hash. HB_OK or HB_ERR_MEMORY. */
hb_status hb_landmarks_sort(hb_landmarks *landmarks);

/* Of two that are sorted. */
void hb_landmarks_compare(const hb_landmarks *a, const hb_landmarks *b, hb_landmarks_moved *out);

#endif
