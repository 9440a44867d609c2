/* What enters: the counts of each thread by type and address of the class, and the names of classes. What leaves: rows by name
 * on rank 0. The address of a class means nothing in another dump; its name does. Kinds and classes are some thousands, so all
 * go to rank 0. */
#include "reduce/class_growth.h"

#include "base/memory.h"
#include "partition/load.h"
#include "reduce/gather.h"

void hb_class_growth_init(hb_class_growth *growth, size_t n_dumps)
{
    hb_intern_init(&growth->names);
    hb_table_init(&growth->rows, 1, (unsigned)(2 * n_dumps));
}

void hb_class_growth_fini(hb_class_growth *growth)
{
    hb_intern_fini(&growth->names);
    hb_table_fini(&growth->rows);
}

static hb_status sum_counts(hb_comm *comm, const hb_intake *intake, hb_table *out)
{
    hb_table own;
    hb_status status = HB_OK;
    hb_table_init(&own, HB_CLASS_COUNT_KEY, HB_CLASS_COUNT_VALUES);
    for (size_t t = 0; t < intake->n_collectors && status == HB_OK; t++)
        status = hb_add_rows(&own, &intake->collectors[t].class_counts.counts);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_gather_sums(comm, &own, out));
out:
    hb_table_fini(&own);
    return status;
}

/* Adds classes to a table of them: of lines with one address the first of the dump counts. */
static hb_status add_classes(hb_table *to, const uint64_t *rows, size_t n, const uint32_t *map)
{
    for (const uint64_t *row = rows; row < rows + n * (1 + HB_CLASS_NAME_VALUES); row += 1 + HB_CLASS_NAME_VALUES) {
        const uint64_t *values = row + 1;
        int fresh;
        uint64_t *found = hb_table_put(to, row, &fresh);
        if (found == NULL) return HB_ERR_MEMORY;
        if (!fresh && found[HB_CLASS_NAME_BYTE] < values[HB_CLASS_NAME_BYTE]) continue;
        found[HB_CLASS_NAME_BYTE] = values[HB_CLASS_NAME_BYTE];
        found[HB_CLASS_NAME_ID] = map != NULL ? map[values[HB_CLASS_NAME_ID]] : values[HB_CLASS_NAME_ID];
    }
    return HB_OK;
}

/* The names of all ranks, and on rank 0 the classes that have them. */
static hb_status name_classes(hb_comm *comm, const hb_intake *intake, hb_intern *names, hb_table *classes)
{
    const size_t n = intake->n_collectors;
    uint32_t **maps = hb_alloc_zero(n, sizeof *maps);
    uint64_t *all = NULL;
    size_t n_all;
    hb_table own;
    hb_status status;
    hb_table_init(&own, 1, HB_CLASS_NAME_VALUES);
    HB_TRY(hb_comm_agree(comm, maps != NULL ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(hb_intake_merge_strings(comm, intake, 1, names, maps));
    for (size_t t = 0; t < n && status == HB_OK; t++) {
        const hb_table *part = &intake->collectors[t].class_counts.classes;
        status = add_classes(&own, part->rows, part->n, maps[t]);
    }
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_comm_gather(comm, own.rows, own.n * (1 + HB_CLASS_NAME_VALUES), 0, &all, &n_all));
    if (hb_comm_rank(comm) == 0) status = add_classes(classes, all, n_all / (1 + HB_CLASS_NAME_VALUES), NULL);
    status = hb_comm_agree(comm, status);
out:
    for (size_t t = 0; maps != NULL && t < n; t++) hb_free(maps[t]);
    hb_free(maps);
    hb_free(all);
    hb_table_fini(&own);
    return status;
}

/* The counts of one dump by name. */
static hb_status add_counts(const hb_table *counts, const hb_intern *names, const hb_table *classes, size_t dump, hb_class_growth *out)
{
    hb_status status = HB_OK;
    for (size_t i = 0; i < counts->n; i++) {
        const uint64_t *key = hb_table_row(counts, i), *values = hb_table_values(counts, i);
        const uint64_t *class = hb_table_find(classes, &key[HB_CLASS_COUNT_CLASS]);
        uint64_t name = 0;
        if (class != NULL) {
            size_t n;
            uint32_t id;
            const char *text = hb_intern_text(names, (uint32_t)class[HB_CLASS_NAME_ID], &n);
            HB_TRY(hb_intern_put(&out->names, text, n, &id));
            name = (uint64_t)id + 1;
        }
        uint64_t *row = hb_table_put(&out->rows, &(uint64_t){ key[HB_CLASS_COUNT_TYPE] | name << 32 }, NULL);
        if (row == NULL) return HB_ERR_MEMORY;
        row[2 * dump] += values[HB_CLASS_COUNT_OBJECTS];
        row[2 * dump + 1] += values[HB_CLASS_COUNT_MEMSIZE];
    }
out:
    return status;
}

hb_status hb_class_growth_add(hb_comm *comm, const hb_intake *intake, size_t dump, hb_class_growth *out)
{
    hb_table counts, classes;
    hb_intern names;
    hb_status status;
    hb_table_init(&counts, HB_CLASS_COUNT_KEY, HB_CLASS_COUNT_VALUES);
    hb_table_init(&classes, 1, HB_CLASS_NAME_VALUES);
    hb_intern_init(&names);
    HB_TRY(sum_counts(comm, intake, &counts));
    HB_TRY(name_classes(comm, intake, &names, &classes));
    if (hb_comm_rank(comm) == 0) status = add_counts(&counts, &names, &classes, dump, out);
    status = hb_comm_agree(comm, status);
out:
    hb_table_fini(&counts);
    hb_table_fini(&classes);
    hb_intern_fini(&names);
    return status;
}
