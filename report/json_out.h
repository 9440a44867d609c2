/* JSON, built in memory from the top down and printed, through libjansson (https://jansson.readthedocs.io).
 *
 * hb_json_put and hb_json_append hand a new value to its parent and return it, borrowed, or NULL when anything failed. A
 * NULL parent or value is a failure, and the other is freed; so builders need no checks: one flag tells at the end. Cost:
 * about 100 bytes a number and 500 an object. Writing piece by piece would need less, but it is the rankings, a few
 * thousand rows, that fill a document, and escaping is better left to the library. */
#ifndef HB_REPORT_JSON_OUT_H
#define HB_REPORT_JSON_OUT_H

#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

typedef struct json_t hb_json;

typedef struct hb_json_builder {
    int failed;
} hb_json_builder;

hb_json *hb_json_put(hb_json_builder *builder, hb_json *object, const char *key, hb_json *value);
hb_json *hb_json_append(hb_json_builder *builder, hb_json *array, hb_json *value);

hb_json *hb_json_object(void);
hb_json *hb_json_array(void);
hb_json *hb_json_null(void);
hb_json *hb_json_bool(int value);
hb_json *hb_json_number(uint64_t value);       /* at most INT64_MAX */
hb_json *hb_json_rounded(double value);        /* to an integer of at most 2^53; not finite: null */
hb_json *hb_json_text(const char *bytes);      /* what is not UTF-8 becomes U+FFFD; NULL: null */
hb_json *hb_json_address(uint64_t address);    /* "0x7f…"; 0: null */

/* Indented, without a last newline; 0, or not when it could not be written. */
int hb_json_print(const hb_json *document, FILE *out);

/* Prints a line, if all of it was built, with a newline, and frees it. HB_ERR_MEMORY; an error of the stream is seen by who closes it. */
hb_status hb_json_end_line(const hb_json_builder *builder, hb_json *line, FILE *out);
void hb_json_free(hb_json *document);

#endif
