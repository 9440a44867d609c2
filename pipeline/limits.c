#include "pipeline/limits.h"

#include <string.h>

#include "base/hash.h"

const hb_limits hb_limits_default = {
    .line = UINT64_C(1) << 30,      /* a STRING that holds another dump has tens of megabytes */
    .lines = HB_NO_LIMIT,
    .ratio = 200,                   /* dumps: 17 to 23; DEFLATE's most: 1032 */
    .inflated = UINT64_C(1) << 40,
    .members = 100000000,           /* BGZF has one for each 64 KiB of text */
    .nesting = 64,
    .references = UINT32_MAX,
};

const hb_limit_name *hb_limits_find(const char *text, size_t n)
{
    static const hb_limit_name names[] = {
        { "line", offsetof(hb_limits, line), 1, HB_NO_LIMIT },
        { "lines", offsetof(hb_limits, lines), 0, HB_NO_LIMIT },
        { "ratio", offsetof(hb_limits, ratio), 0, HB_NO_LIMIT },
        { "inflated", offsetof(hb_limits, inflated), 1, HB_NO_LIMIT },
        { "members", offsetof(hb_limits, members), 0, HB_NO_LIMIT },
        { "nesting", offsetof(hb_limits, nesting), 0, HB_NESTING_MOST },
        { "references", offsetof(hb_limits, references), 0, UINT32_MAX },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == n && memcmp(names[i].name, text, n) == 0) return &names[i];
    return NULL;
}

uint64_t hb_limits_hash(const hb_limits *limits)
{
    return hb_hash_bytes(limits, sizeof *limits, 0);
}
