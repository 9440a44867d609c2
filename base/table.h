/* A hash table from keys of one to four 64-bit words to rows of words: the one counting structure of the program.
 * Open addressing, linear probing over a power-of-two index of 32-bit row numbers; rows lie in one array in the
 * order of insertion, so a walk over them is a scan. 4 to 8 bytes a row for the index, plus the rows. */
#ifndef HB_BASE_TABLE_H
#define HB_BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hb_table {
    unsigned n_key, n_value;  /* words */
    uint64_t *rows;           /* n rows of n_key + n_value words: key first */
    size_t n, cap;            /* rows */
    uint32_t *index;          /* row number + 1, or 0 */
    size_t mask;              /* index size - 1 */
} hb_table;

/* Nothing is allocated before the first insertion. n_key is 1 to 4. */
void hb_table_init(hb_table *table, unsigned n_key, unsigned n_value);
void hb_table_fini(hb_table *table);

/* Forgets all rows, keeps the memory. */
void hb_table_clear(hb_table *table);

/* The values of the key's row, made and zeroed when it is new (*fresh says so; may be NULL). NULL: out of memory,
 * or 2^32 - 2 rows. The pointer is good until the next insertion. */
uint64_t *hb_table_put(hb_table *table, const uint64_t *key, int *fresh);

/* The values of the key's row, or NULL. */
uint64_t *hb_table_find(const hb_table *table, const uint64_t *key);

static inline uint64_t *hb_table_row(const hb_table *table, size_t i)
{
    return table->rows + i * (table->n_key + table->n_value);
}

static inline uint64_t *hb_table_values(const hb_table *table, size_t i)
{
    return hb_table_row(table, i) + table->n_key;
}

/* The number of the row that has these values. */
static inline uint32_t hb_table_number(const hb_table *table, const uint64_t *values)
{
    return (uint32_t)((size_t)(values - table->n_key - table->rows) / (table->n_key + table->n_value));
}

/* The hash that places a key, under the secret of the run (hb_hash_place). */
uint64_t hb_table_hash(const uint64_t *key, unsigned n_key);

#endif
