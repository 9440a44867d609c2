/* What came of the last sites that were looked at: most objects were allocated where one of the last few was, and to compare
 * a path costs less than to hash it. One thread owns a cache. */
#ifndef HB_PIPELINE_RECENT_SITE_H
#define HB_PIPELINE_RECENT_SITE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HB_RECENT_SITES 128   /* a power of two */

/* Two lines of the cache. Zeroed: none. */
typedef struct hb_recent_site {
    uint64_t value;
    uint32_t line, n;   /* bytes of the path; 0: none */
    char path[112];     /* longer ones are not kept */
} hb_recent_site;

/* Where a site is, if it is. */
static inline hb_recent_site *hb_recent_site_at(hb_recent_site sites[HB_RECENT_SITES], size_t n, uint32_t line)
{
    return &sites[((size_t)line * 31 + n) & (HB_RECENT_SITES - 1)];
}

static inline int hb_recent_site_is(const hb_recent_site *recent, const char *path, size_t n, uint32_t line)
{
    return recent->n == n && recent->line == line && n != 0 && memcmp(recent->path, path, n) == 0;
}

static inline void hb_recent_site_set(hb_recent_site *recent, const char *path, size_t n, uint32_t line, uint64_t value)
{
    if (n > sizeof recent->path) return;
    recent->value = value;
    recent->line = line;
    recent->n = (uint32_t)n;
    memcpy(recent->path, path, n);
}

#endif
