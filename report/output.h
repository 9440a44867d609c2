/* Opens and closes the files that the report goes to. */
#ifndef HB_REPORT_OUTPUT_H
#define HB_REPORT_OUTPUT_H

#include <stdio.h>

#include "base/status.h"

/* Writes something to an open file. */
typedef hb_status (*hb_output_writer)(void *ctx, FILE *out, hb_error *err);

/* Whether a file can be created at path, as far as can be told without doing it. HB_ERR_IO with the reason. */
hb_status hb_output_check(const char *path, hb_error *err);

/* Lets `write` fill the file at path ("-": standard output). A regular file appears under its name only when it is
 * whole: it is written beside it and renamed, with the mode that it had. What a link, such as /dev/stdout, leads to, a
 * device or a pipe is written in place. HB_ERR_IO with the reason in *err. */
hb_status hb_output_write(const char *path, hb_output_writer write, void *ctx, hb_error *err);

/* The same for a regular file, which its owner alone may read, and which is synced before it gets its name, as is its
 * folder afterwards: it is there, whole, when this returns, whatever happens to the machine. */
hb_status hb_output_write_durably(const char *path, hb_output_writer write, void *ctx, hb_error *err);

#endif
