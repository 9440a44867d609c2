/* What the arguments of options mean. All set or add to *out, which holds copies, when the argument makes sense;
 * HB_ERR_USAGE with a sentence in err->message when it does not, HB_ERR_MEMORY. */
#ifndef HB_FLEET_OPTION_VALUES_H
#define HB_FLEET_OPTION_VALUES_H

#include "fleet/options.h"

/* Whether the text is a number, or a number of bytes with or without k, M, G, T behind it. *value is undefined if not. */
int hb_value_count(const char *text, uint64_t *value);
int hb_value_bytes(const char *text, uint64_t *value);

/* HB_ERR_USAGE: the option takes `wants`, not `given`. */
hb_status hb_value_refuse(const char *option, const char *wants, const char *given, hb_error *err);

/* Whether two names stand for one file, however they are spelled; a file need not be there yet. */
int hb_value_is_same_file(const char *a, const char *b);

/* A word that is no option: adds it to the dumps. *cap: the room in out->paths. */
hb_status hb_value_dump(hb_options *out, size_t *cap, const char *path, hb_error *err);

hb_status hb_value_top(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_memory(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_manifest(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_part(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_series(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_identity(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_max(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_limit(hb_options *out, const char *value, hb_error *err);   /* --fail-on */
hb_status hb_value_path(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_referrers(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_json(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_timings(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_history(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_allow(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_out(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_threads(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_chunk(hb_options *out, const char *value, hb_error *err);
hb_status hb_value_log(hb_options *out, const char *value, hb_error *err);
void hb_value_redact(hb_options *out, const char *value);   /* NULL: without a key */

#endif
