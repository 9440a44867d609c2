/* Which scanner to run, and what all of them share.
 *
 * A line goes through one kernel (scan_template.h) that is compiled once for each instruction set, as libdeflate
 * does (https://github.com/ebiggers/libdeflate, lib/x86): scan_portable.c with words of eight bytes, scan_avx2.c
 * with vectors of thirty-two. The choice is made when a scanner is asked for and kept by the caller, so that
 * nothing mutable lives here. A call through the pointer costs nothing beside a line of 300 bytes. */
#include "pipeline/scan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/scan_tables.h"

/* clang does not know the name; whatever has BMI2 has it. */
#ifdef __clang__
#define HAS_LZCNT 1
#else
#define HAS_LZCNT __builtin_cpu_supports("lzcnt")
#endif

static const hb_scanner *avx2_if_able(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && HAS_LZCNT &&
        __builtin_cpu_supports("popcnt"))
        return hb_scanner_avx2();
#endif
    return NULL;
}

const hb_scanner *hb_scanner_named(const char *name)
{
    if (strcmp(name, "portable") == 0) return hb_scanner_portable();
    return strcmp(name, "avx2") == 0 ? avx2_if_able() : NULL;
}

const hb_scanner *hb_scanner_best(void)
{
    const char *wanted = getenv("HB_SCAN");
    const hb_scanner *scanner = wanted != NULL ? hb_scanner_named(wanted) : NULL;
    if (scanner == NULL) scanner = avx2_if_able();
    return scanner != NULL ? scanner : hb_scanner_portable();
}

void hb_line_init(hb_line *line, const hb_limits *limits)
{
    assert(limits->nesting <= HB_NESTING_MOST);
    memset(line, 0, sizeof *line);
    line->most_refs = limits->references;
    line->most_nesting = (unsigned)limits->nesting;
}

void hb_line_fini(hb_line *line)
{
    hb_free(line->refs);
    memset(line, 0, sizeof *line);
}

const char *hb_type_name(hb_type type)
{
    static const char *const names[HB_N_TYPES] = {
#define HB_SCAN_TYPE(name, ...) [HB_TYPE_##name] = #name,
        HB_SCAN_TYPES(HB_SCAN_TYPE)
#undef HB_SCAN_TYPE
    };
    return (unsigned)type < HB_N_TYPES ? names[type] : names[HB_TYPE_UNKNOWN];
}

unsigned hb_type_find(const char *name)
{
    unsigned type = 0;
    while (type < HB_N_TYPES && strcmp(hb_type_name((hb_type)type), name) != 0) type++;
    return type;
}
