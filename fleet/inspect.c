/* What enters: a dump and a question. What leaves: the answer, as text or JSON lines.
 *
 * All answers come out of an index (index/index.h): one that is kept, or one that is made now. Rank 0 alone looks at it. Nothing is printed
 * before all of the answer has been read: where the index turns out to be damaged, what was read is thrown away, and the question asked once more
 * of a new one. Of objects that fit a filter only the ids are kept; they are looked up twice, to see that they can be read and to print them. */
#include "fleet/inspect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/index_dump.h"
#include "fleet/pick_lines.h"
#include "fleet/verdict.h"
#include "partition/pagemap.h"
#include "report/fill_names.h"
#include "report/fill_query.h"
#include "report/json_sheet.h"
#include "report/output.h"
#include "report/text_sheet.h"

#define BATCH 262144   /* objects that are looked up at a time: ranked, they are strewn over the whole index, of which each batch reads most */

typedef struct inspection {
    const hb_options *options;
    const hb_command *command;
    hb_index index;             /* on rank 0 */
    hb_sheet *sheets;           /* show: by address */
    hb_query_report *paths;     /* path: the same */
    hb_selection selection;     /* objects */
    hb_error *err;
} inspection;

static void forget_answer(inspection *q)
{
    for (size_t i = 0; i < q->command->n_addresses; i++) {
        if (q->sheets != NULL) hb_sheet_fini(&q->sheets[i]);
        if (q->paths != NULL) hb_query_report_fini(&q->paths[i]);
    }
    hb_free(q->sheets);
    hb_free(q->paths);
    hb_selection_fini(&q->selection);
    q->sheets = NULL;
    q->paths = NULL;
}

/* --- one object --- */

static hb_status ask_show(inspection *q, uint32_t id, hb_sheet *out)
{
    hb_around around;
    hb_status status = hb_look_around(&q->index, id, q->options->top, &around, q->err);
    if (status != HB_OK) return status;
    status = hb_sheet_fill(&q->index, &around, out);
    hb_around_fini(&around);
    return status;
}

static hb_status ask_path(inspection *q, uint32_t id, uint64_t address, hb_query_report *out)
{
    const int found = id != HB_NO_ID;
    hb_known known, *steps = NULL;
    size_t n = 0;
    hb_status status = HB_OK;
    if (found) HB_TRY(hb_look_known(&q->index, &id, 1, &known, q->err));
    if (found) HB_TRY(hb_look_path(&q->index, id, &steps, &n, q->err));
    status = hb_fill_query_object(&q->index.strings, q->index.root_name, address, found ? &known : NULL, steps, n, out);
    out->no_roots = q->index.n_roots == 0;
out:
    hb_free(steps);
    return status;
}

static hb_status ask_addresses(inspection *q)
{
    const int shows = q->command->name == HB_COMMAND_SHOW;
    const size_t n = q->command->n_addresses;
    hb_status status = HB_OK;
    if (shows) q->sheets = hb_alloc_zero(n, sizeof *q->sheets);
    else q->paths = hb_alloc_zero(n, sizeof *q->paths);
    if (shows ? q->sheets == NULL : q->paths == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < n && status == HB_OK; i++) {
        const uint64_t address = q->command->addresses[i];
        uint32_t id;
        status = hb_look_find(&q->index, address, &id, q->err);
        if (shows) q->sheets[i].address = address;
        if (status == HB_OK && !shows) status = ask_path(q, id, address, &q->paths[i]);
        else if (status == HB_OK && id != HB_NO_ID) status = ask_show(q, id, &q->sheets[i]);
    }
    return status;
}

/* Says which addresses are of no object; how many. */
static size_t count_missing(const inspection *q)
{
    size_t n = 0;
    for (size_t i = 0; i < q->command->n_addresses; i++) {
        if (q->sheets != NULL ? q->sheets[i].found : q->paths[i].found) continue;
        hb_log(HB_LOG_ERROR, "%s: no object has the address 0x%" PRIx64, q->options->paths[0], q->command->addresses[i]);
        n++;
    }
    return n;
}

/* --- lines of the dump --- */

static hb_status take_line(void *ctx, uint64_t address, const char *line, size_t n)
{
    inspection *q = ctx;
    for (size_t i = 0; i < q->command->n_addresses; i++) {
        hb_sheet *sheet = &q->sheets[i];
        if (!sheet->found || sheet->address != address || sheet->text != NULL) continue;
        sheet->text = hb_fill_copy(line, n);
        if (sheet->text == NULL) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

static int by_address(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Reads the dump once more. Of several lines with one address the first counts. */
static hb_status read_lines(inspection *q, int is_damaged)
{
    hb_addresses wanted = { hb_alloc(q->command->n_addresses, sizeof *wanted.items), 0 };
    const hb_pick pick = { .path = q->options->paths[0], .limits = &q->options->limits, .chunk_bytes = q->options->chunk_bytes, .wanted = &wanted,
                           .is_damaged = is_damaged, .take = take_line, .ctx = q };
    if (wanted.items == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < q->command->n_addresses; i++)
        if (q->sheets[i].found) wanted.items[wanted.n++] = q->sheets[i].address;
    qsort(wanted.items, wanted.n, sizeof *wanted.items, by_address);
    size_t n = 0;
    for (size_t i = 0; i < wanted.n; i++)
        if (n == 0 || wanted.items[n - 1] != wanted.items[i]) wanted.items[n++] = wanted.items[i];
    wanted.n = n;
    const hb_status status = n > 0 ? hb_pick_lines(&pick, q->err) : HB_OK;
    hb_free(wanted.items);
    return status;
}

/* --- many objects --- */

static hb_status print_found(const inspection *q, const hb_known *known, FILE *out)
{
    hb_object_row row;
    char *file = NULL;
    uint32_t line = 0;
    hb_status status;
    HB_TRY(hb_fill_object(&q->index.strings, known, &row));
    if (q->command->as_lines) HB_TRY(hb_fill_place(&q->index.strings, known->facts.site, &file, &line));
    status = q->command->as_lines ? hb_json_found(&row, file, line, out) : hb_text_found(&row, out);
out:
    hb_object_row_fini(&row);
    hb_free(file);
    return status;
}

/* Looks up the objects that were selected, and prints them; out NULL: only looks. */
static hb_status go_through(inspection *q, FILE *out)
{
    hb_known *known = hb_alloc(q->selection.n < BATCH ? q->selection.n : BATCH, sizeof *known);
    hb_status status = known != NULL ? HB_OK : HB_ERR_MEMORY;
    for (size_t at = 0, n; at < q->selection.n && status == HB_OK; at += n) {
        n = q->selection.n - at < BATCH ? q->selection.n - at : BATCH;
        status = hb_look_known(&q->index, q->selection.ids + at, n, known, q->err);
        for (size_t i = 0; i < n && out != NULL && status == HB_OK; i++) status = print_found(q, &known[i], out);
    }
    hb_free(known);
    return status;
}

static hb_status ask_objects(inspection *q)
{
    const hb_status status = hb_select(&q->index, &q->command->objects, q->command->order, q->options->top, &q->selection, q->err);
    return status == HB_OK ? go_through(q, NULL) : status;
}

/* --- printing --- */

static hb_status write_objects(inspection *q, FILE *out)
{
    const int has_frame = !q->command->as_lines;
    hb_status status = has_frame ? hb_text_found_begin(q->selection.objects, q->selection.memsize, out) : HB_OK;
    if (status == HB_OK) status = go_through(q, out);
    return status == HB_OK && has_frame ? hb_text_found_end(q->selection.objects - q->selection.n, out) : status;
}

static hb_status write_answer(void *ctx, FILE *out, hb_error *err)
{
    inspection *q = ctx;
    const int as_lines = q->command->as_lines;
    hb_status status = HB_OK;
    (void)err;
    if (q->command->name == HB_COMMAND_OBJECTS) return write_objects(q, out);
    for (size_t i = 0; i < q->command->n_addresses && status == HB_OK; i++) {
        if (i > 0 && !as_lines) (void)fputc('\n', out);
        if (q->sheets != NULL) status = as_lines ? hb_json_sheet(&q->sheets[i], out) : hb_text_sheet(&q->sheets[i], out);
        else status = as_lines ? hb_json_answer(&q->paths[i], out) : hb_text_answer(&q->paths[i], out);
    }
    return status;
}

/* --- all of it --- */

/* One attempt. HB_ERR_DATA: the index is damaged. Collective; agrees on the status. */
static hb_status ask(inspection *q, const hb_index_plan *plan, int *exit_status)
{
    const int here = hb_comm_rank(plan->analysis->comm) == 0;
    hb_status status;
    HB_TRY(hb_index_dump(plan, &q->index, exit_status, q->err));
    if (here && *exit_status != HB_EXIT_USAGE) {
        q->index.strings.path_key = q->options->redact_key;
        status = q->command->name == HB_COMMAND_OBJECTS ? ask_objects(q) : ask_addresses(q);
    }
    status = hb_comm_agree(plan->analysis->comm, status);
out:
    return status;
}

/* Prints the answer that rank 0 has. */
static hb_status finish(inspection *q, int *exit_status)
{
    hb_status status = HB_OK;
    if (*exit_status == HB_EXIT_USAGE) return HB_OK;
    if (q->options->show_values) HB_TRY(read_lines(q, *exit_status == HB_EXIT_DAMAGED));
    if (q->index.n_roots == 0)
        hb_log(HB_LOG_WARN, "%s: no ROOT lines (a since: dump?): nothing is known of what holds its objects", q->options->paths[0]);
    if (count_missing(q) > 0 && *exit_status == HB_EXIT_OK) *exit_status = HB_EXIT_USAGE;   /* what a truncated dump lacks is nobody's mistake */
    if (!q->options->quiet) status = hb_output_write("-", write_answer, q, q->err);
    if (status == HB_ERR_DATA) status = HB_ERR_IO;   /* of what could be read a moment ago */
out:
    return status;
}

hb_status hb_inspect(const hb_analysis *analysis, const hb_command *command, int *exit_status, hb_error *err)
{
    inspection q = { .options = analysis->options, .command = command, .index = { .fd = -1 }, .err = err };
    hb_index_plan plan = { .analysis = analysis, .dir = command->index_dir };
    const int here = hb_comm_rank(analysis->comm) == 0;
    hb_status status = ask(&q, &plan, exit_status);
    if (status == HB_ERR_DATA) {
        if (here) hb_log(HB_LOG_WARN, "%s: %s: it is made anew", err->path, err->message);
        forget_answer(&q);
        hb_index_close(&q.index);
        hb_error_clear(err);
        plan.anew = 1;
        status = ask(&q, &plan, exit_status);
    }
    if (status == HB_ERR_DATA) status = HB_ERR_IO;   /* twice: the disk is at fault */
    HB_TRY(status);
    if (here) status = finish(&q, exit_status);
    uint64_t shared = (uint64_t)*exit_status;
    hb_comm_broadcast(analysis->comm, &shared, sizeof shared, 0);
    *exit_status = (int)shared;
    status = hb_comm_agree(analysis->comm, status);
out:
    forget_answer(&q);
    hb_index_close(&q.index);
    return status;
}
