/* What a dump may ask for before it is taken for hostile or damaged: --max of the command line. Each bounds memory or time
 * by something that a file could otherwise have as much of as it likes. What meets a limit is told, and never depends on
 * ranks, threads, chunk size or compression; what becomes of it stands in docs/FORMAT.md. */
#ifndef HB_PIPELINE_LIMITS_H
#define HB_PIPELINE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define HB_NO_LIMIT UINT64_MAX
#define HB_NESTING_MOST 1024

/* The most that there may be, at least 1. */
typedef struct hb_limits {
    uint64_t line;         /* bytes of a line, its newline not counted */
    uint64_t lines;        /* of a dump */
    uint64_t ratio;        /* how many times its size a gzip file inflates to, after the first 64 MiB */
    uint64_t inflated;     /* bytes that a gzip file inflates to */
    uint64_t members;      /* of a gzip file */
    uint64_t nesting;      /* brackets within brackets of a value that is skipped; HB_NESTING_MOST at most */
    uint64_t references;   /* of a line; UINT32_MAX at most */
} hb_limits;

extern const hb_limits hb_limits_default;

/* How --max names a limit. */
typedef struct hb_limit_name {
    const char *name;
    size_t offset;       /* in hb_limits */
    int is_bytes;        /* the value may end in k, M, G, T */
    uint64_t most;       /* the highest value, and what `none` stands for */
} hb_limit_name;

/* The limit of that name, text[0..n); NULL when there is none. */
const hb_limit_name *hb_limits_find(const char *text, size_t n);

/* A number that tells these limits from others: for what depends on them. */
uint64_t hb_limits_hash(const hb_limits *limits);

#endif
