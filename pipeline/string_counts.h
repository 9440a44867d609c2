/* Strings of a dump by their contents, which are not kept: a row has a keyed hash of them. */
#ifndef HB_PIPELINE_STRING_COUNTS_H
#define HB_PIPELINE_STRING_COUNTS_H

#include "base/table.h"
#include "pipeline/line.h"

/* Key: hash of the contents without escapes, with the key of the run, and their length in bytes. Two contents of one length are taken
 * for equal with a probability of 2^-64. */
enum { HB_STRING_HASH, HB_STRING_BYTES, HB_STRING_KEY };

/* Values: objects and their bytes; offset of the first line of the dump that has the contents, its address and its bytes. */
enum { HB_STRING_OBJECTS, HB_STRING_MEMSIZE, HB_STRING_WHERE, HB_STRING_ADDRESS, HB_STRING_FIRST_MEMSIZE, HB_STRING_VALUES };

#define HB_STRING_WORDS ((size_t)HB_STRING_KEY + HB_STRING_VALUES)

/* Contents that were asked for (--show-values): what is shown of them at most, bytes. */
#define HB_STRING_SHOWN 200

/* Key of a row: offset of the line. Values: how many bytes are kept, whether there were more, and the bytes, padded with zeros. */
enum { HB_CONTENTS_BYTES, HB_CONTENTS_IS_CUT, HB_CONTENTS_TEXT, HB_CONTENTS_VALUES = HB_CONTENTS_TEXT + HB_STRING_SHOWN / 8 };

typedef struct hb_string_counts {
    uint64_t key;             /* of the hash: of this run, and in no output */
    const hb_table *wanted;   /* lines whose contents are asked for: offset -> hash, bytes; not its own */
    hb_table counts;          /* HB_STRING_KEY, HB_STRING_VALUES */
    hb_table contents;        /* of the wanted lines */
    uint64_t without_value;   /* STRING lines that do not tell the contents */
    char *scratch;            /* contents without escapes */
    size_t cap_scratch;
} hb_string_counts;

void hb_string_counts_init(hb_string_counts *counts);
void hb_string_counts_fini(hb_string_counts *counts);

/* Counts the object of a STRING line at that offset. Lines may come in any order. HB_OK or HB_ERR_MEMORY. */
hb_status hb_string_counts_add(hb_string_counts *counts, const hb_line *line, uint64_t byte);

/* Adds n rows of another one, of HB_STRING_WORDS each. HB_OK or HB_ERR_MEMORY. */
hb_status hb_string_counts_add_rows(hb_table *to, const uint64_t *rows, size_t n);

/* Keeps the contents of a STRING line at that offset, when it is wanted and has the contents that it had. HB_OK or HB_ERR_MEMORY. */
hb_status hb_string_counts_keep(hb_string_counts *counts, const hb_line *line, uint64_t byte);

/* Hash and length of the contents of a STRING line that tells them. HB_OK or HB_ERR_MEMORY. */
hb_status hb_string_counts_hash(hb_string_counts *counts, const hb_line *line, uint64_t *hash, uint64_t *bytes);

#endif
