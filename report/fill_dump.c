#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/fill.h"

static hb_status fill_types(const hb_collect_counts *counts, hb_dump_report *out)
{
    out->types = hb_alloc(HB_N_TYPES, sizeof *out->types);
    if (out->types == NULL) return HB_ERR_MEMORY;
    /* hb_type is in the order of the names. */
    for (int type = 0; type < HB_N_TYPES; type++)
        if (counts->type_objects[type] != 0)
            out->types[out->n_types++] = (hb_type_row){ .type = hb_type_name((hb_type)type),
                                                        .objects = counts->type_objects[type],
                                                        .memsize = counts->type_memsize[type] };
    return HB_OK;
}

static int by_generation(const void *a, const void *b)
{
    const hb_generation_row *x = a, *y = b;
    return (x->generation > y->generation) - (x->generation < y->generation);
}

static hb_status fill_generations(const hb_table *table, hb_dump_report *out)
{
    out->generations = hb_alloc(table->n, sizeof *out->generations);
    if (out->generations == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < table->n; i++) {
        const uint64_t *row = hb_table_row(table, i);
        out->generations[i] =
            (hb_generation_row){ .generation = (int64_t)row[0], .objects = row[1], .memsize = row[2] };
    }
    out->n_generations = table->n;
    if (table->n > 0) qsort(out->generations, table->n, sizeof *out->generations, by_generation);
    return HB_OK;
}

static hb_status fill_invalid(const hb_dump_stats *stats, hb_dump_report *out)
{
    out->invalid = hb_alloc(stats->n_invalid, sizeof *out->invalid);
    if (out->invalid == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < stats->n_invalid; i++) {
        out->invalid[i] = (hb_invalid_line){ .line = stats->invalid[i].line, .byte = stats->invalid[i].byte };
        snprintf(out->invalid[i].reason, sizeof out->invalid[i].reason, "%s", stats->invalid[i].reason);
    }
    out->n_invalid = stats->n_invalid;
    return HB_OK;
}

/* What is wrong with the dump as a whole, into text; empty when nothing is. */
static void describe_trouble(const hb_dump_stats *stats, char *text, size_t n)
{
    const hb_collect_counts *counts = &stats->counts;
    text[0] = '\0';
    if (stats->damage.code != HB_OK && stats->damage.byte != HB_NO_BYTE)
        snprintf(text, n, "byte %llu: %s", (unsigned long long)stats->damage.byte, stats->damage.message);
    else if (stats->damage.code != HB_OK)
        snprintf(text, n, "%s", stats->damage.message);
    else if (hb_dump_stats_is_forged(stats))
        snprintf(text, n, "its objects claim a pebibyte or more by their memsize: forged, or damaged");
    else if (!hb_dump_stats_is_dump(stats) && stats->n_invalid > 0)
        snprintf(text, n, "no heap dump: none of %llu lines can be read; line %llu at byte %llu: %s",
                 (unsigned long long)counts->lines, (unsigned long long)stats->invalid[0].line,
                 (unsigned long long)stats->invalid[0].byte, stats->invalid[0].reason);
    else if (!hb_dump_stats_is_dump(stats))
        snprintf(text, n, "no heap dump: nothing in %llu lines", (unsigned long long)counts->lines);
    else if (counts->cut_off != 0)
        snprintf(text, n, "byte %llu: the last line, %llu, is cut off: still being written, or the disk was full",
                 (unsigned long long)counts->cut_off - 1, (unsigned long long)counts->lines);
}

hb_status hb_fill_dump(const char *path, const hb_dump_stats *stats, hb_dump_report *out)
{
    const hb_collect_counts *counts = &stats->counts;
    char trouble[512];
    hb_status status;
    describe_trouble(stats, trouble, sizeof trouble);
    out->path = hb_copy_text(path, strlen(path));
    out->error = trouble[0] != '\0' ? hb_copy_text(trouble, strlen(trouble)) : NULL;
    if (out->path == NULL || (trouble[0] != '\0' && out->error == NULL)) return HB_ERR_MEMORY;
    out->status = !hb_dump_stats_is_dump(stats) ? HB_DUMP_FAILED : trouble[0] != '\0' ? HB_DUMP_TRUNCATED : HB_DUMP_OK;
    out->bytes = counts->bytes;
    out->lines = counts->lines;
    out->invalid_lines = counts->invalid_lines;
    out->objects = counts->objects;
    out->memsize = hb_dump_stats_is_forged(stats) ? 0 : counts->memsize;
    out->roots = counts->roots;
    out->shapes = counts->shapes;
    out->empty_slots = counts->empty_slots;
    out->references = counts->references;
    out->dangling_references = stats->dangling;
    if (!hb_dump_stats_is_forged(stats)) {
        HB_TRY(fill_types(counts, out));
        HB_TRY(fill_generations(&stats->generations, out));
    }
    HB_TRY(fill_invalid(stats, out));
out:
    return status;
}
