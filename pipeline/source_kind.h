/* What a path leads to, before it is read. Local. */
#ifndef HB_PIPELINE_SOURCE_KIND_H
#define HB_PIPELINE_SOURCE_KIND_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/status.h"

typedef enum hb_source_kind {
    HB_SOURCE_PLAIN,   /* a regular file of text: byte ranges can be read side by side */
    HB_SOURCE_STREAM   /* gzip, or standard input: from the start to the end by one reader */
} hb_source_kind;

/* What path is. "-" is standard input, of which nothing is read yet. HB_ERR_DATA, with the reason in *err, for
 * what is no readable dump file: missing, no permission, not a regular file, empty, zstd, or named .gz without
 * being gzip. *size is that of the file in bytes, 0 for standard input. */
hb_status hb_source_probe(const char *path, hb_source_kind *kind, uint64_t *size, hb_error *err);

/* --- for pipeline/source.c --- */

int hb_source_is_stdin(const char *path);

/* By the first n bytes. */
int hb_source_is_gzip(const uint8_t *magic, size_t n);

/* What the first n bytes, up to 4, say against reading the file at all: HB_ERR_DATA with the reason. */
hb_status hb_source_judge(const char *path, const uint8_t *magic, size_t n, hb_error *err);

/* Opens a regular file; *fd is to be closed, unless it is negative, also after an error: HB_ERR_DATA with the reason. */
hb_status hb_source_open_regular(const char *path, int *fd, struct stat *info, hb_error *err);

/* Reads n bytes, fewer at the end; returns how many, -1 with errno on an error. */
long hb_source_read_fully(int fd, void *buffer, size_t n);

#endif
