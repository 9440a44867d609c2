/* The reference of the scan benchmark: the same fields of the same lines by simdjson's On Demand parser. The only
 * user of simdjson, and the only C++; nothing but the benchmark needs either. */
#ifndef HB_BENCH_SCAN_SIMDJSON_H
#define HB_BENCH_SCAN_SIMDJSON_H

#include "bench/scan_fields.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct scan_simdjson scan_simdjson;

/* For texts of at most so many bytes: what it allocates is made once. NULL: out of memory. */
scan_simdjson *scan_simdjson_new(size_t most_bytes);
void scan_simdjson_free(scan_simdjson *scanner);

/* Adds all lines of text[0..n), which must be readable 64 bytes past its end. 0; or -1 when a line cannot be read, with
 * *reason a text that holds until the next call. */
int scan_simdjson_lines(scan_simdjson *scanner, const char *text, size_t n, scan_sum *sum, const char **reason);

/* The instruction set that it was compiled for, as simdjson names it, such as "haswell". */
const char *scan_simdjson_kernel(void);

#ifdef __cplusplus
}
#endif

#endif
