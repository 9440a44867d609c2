/* Ids of strings, and what is known of objects, as the report's own text. Each function allocates what it hands out;
 * HB_ERR_MEMORY leaves NULL there. */
#ifndef HB_REPORT_FILL_NAMES_H
#define HB_REPORT_FILL_NAMES_H

#include "graph/known.h"
#include "report/report.h"

/* A copy of n bytes; a NUL within becomes U+FFFD, as JSON would have it. */
char *hb_fill_copy(const char *text, size_t n);

/* A copy of a path of the dump, or where shard->path_key says so its pseudonym: `path-` and 12 hexadecimal digits of the keyed XXH3-64
 * of the path, which is the same for one path and key everywhere, and `.rb` if the path ends so. */
char *hb_fill_file(const hb_shard *shard, const char *path, size_t n);

/* The name with that id; HB_NO_STRING: NULL. */
hb_status hb_fill_name(const hb_shard *shard, uint64_t id, char **out);

/* Path and line of the site with that id; HB_NO_STRING: NULL and 0. */
hb_status hb_fill_place(const hb_shard *shard, uint64_t id, char **file, uint32_t *line);

/* What an object is called: for itself (hb_object_label), or as a step of a path (hb_step_label). */
hb_status hb_fill_label(const hb_shard *shard, const hb_object_facts *facts, char **out);
hb_status hb_fill_step_label(const hb_shard *shard, const hb_object_facts *facts, char **out);

/* A row of the report; its `other` is left to the caller. */
hb_status hb_fill_object(const hb_shard *shard, const hb_known *known, hb_object_row *out);

#endif
