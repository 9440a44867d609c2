/* What an object is called in a report. */
#ifndef HB_REPORT_OBJECT_LABEL_H
#define HB_REPORT_OBJECT_LABEL_H

#include <stdint.h>

#include "pipeline/line.h"

/* What is known of it; texts are borrowed, raw bytes, NULL: none. */
typedef struct hb_object_words {
    hb_type type;
    int is_singleton;        /* a singleton class; own_name is that of the class it belongs to */
    const char *class_name;
    const char *own_name;    /* of a class or module, a struct, an imemo type */
    const char *via;         /* the instance variable of what holds it */
    int has_size;
    uint64_t size;           /* entries of a HASH, elements of an ARRAY */
    const char *file;        /* where it was allocated */
    uint32_t line;
} hb_object_words;

/* One object: `HASH Hash (26,666 entries) in @cache, app.rb:15`. A class without a name that was traced is told by
 * where it was made, `CLASS at app.rb:3`. hb_free the result; NULL: out of memory. */
char *hb_object_label(const hb_object_words *words);

/* A step of a path, which many objects share, so with neither size nor place: `@cache HASH Hash`, with ` (class)`
 * behind it when it is reached over a class pointer. hb_free the result; NULL: out of memory. */
char *hb_step_label(const hb_object_words *words, int by_class);

#endif
