/* What enters: a dump. What leaves: tables, heapy's lines, or JSON lines.
 *
 * Nothing is staged: a first reading counts objects by generation, site and class, strings by a hash of their contents, and shapes by the
 * instance variable that they add; a second one, of the contents that are shown, where these strings were allocated, and with
 * --show-values what they are. */
#include "fleet/read_dump.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/analyse_parts.h"
#include "fleet/verdict.h"
#include "reduce/class_growth.h"
#include "reduce/equal_strings.h"
#include "reduce/places.h"
#include "report/fill.h"
#include "report/json_rows.h"
#include "report/output.h"
#include "report/text_reading.h"

typedef struct reader {
    hb_run run;
    const hb_command *command;
    hb_equal_strings equal;
    hb_reading reading;      /* on rank 0 */
    hb_error *err;
} reader;

static int is_here(const reader *r)
{
    return hb_comm_rank(r->run.comm) == 0;
}

static int is_all(const reader *r)
{
    return strcmp(r->command->generation, "all") == 0;
}

/* Shapes are of no generation, and heapy has no table of them. */
static hb_status add_up_shapes(reader *r, hb_intake *intake)
{
    hb_places edges = { 0 };
    hb_status status = HB_OK;
    if (!is_all(r) || r->command->as_heapy) return HB_OK;
    HB_TRY(hb_places_gather(r->run.comm, intake, HB_PLACES_OF_SHAPES, &edges));
    if (is_here(r)) status = hb_reading_fill_edges(&edges, &r->reading);
    status = hb_comm_agree(r->run.comm, status);
out:
    hb_places_fini(&edges);
    return status;
}

/* The sums of the first reading. */
static hb_status add_up(reader *r, hb_intake *intake)
{
    const hb_options *o = r->run.analysis->options;
    const hb_equal_order order = r->command->as_lines ? HB_EQUAL_BY_BYTES : HB_EQUAL_BY_OBJECTS;
    hb_places places = { 0 };
    hb_class_growth classes;
    hb_status status;
    hb_class_growth_init(&classes, 1);
    HB_TRY(hb_places_gather(r->run.comm, intake, HB_PLACES_OF_OBJECTS, &places));
    HB_TRY(hb_class_growth_add(r->run.comm, intake, 0, &classes));
    HB_TRY(hb_equal_strings_find(r->run.comm, intake, o->top, order, &r->equal));
    if (is_here(r)) status = hb_reading_fill_places(&places, &r->reading);
    if (is_here(r) && status == HB_OK) status = hb_reading_fill_classes(&classes, &r->reading);
    HB_TRY(hb_comm_agree(r->run.comm, status));
    status = add_up_shapes(r, intake);
out:
    hb_places_fini(&places);
    hb_class_growth_fini(&classes);
    return status;
}

/* The first reading. Fills the dump's report. */
static hb_status read_first(reader *r)
{
    hb_run *run = &r->run;
    hb_series_report *series = &r->reading.series;
    hb_intake intake = { 0 };
    hb_status status;
    hb_stages_series(run->analysis->stages, run->series->name);
    HB_TRY(hb_run_read(run, 0, r->command->generation != NULL ? HB_COLLECT_PLACES : HB_COLLECT_CLASSES, &intake));
    HB_TRY(hb_dump_stats_merge(run->comm, &intake, &run->stats[0]));
    if (is_here(r)) {
        series->dumps = hb_alloc_zero(1, sizeof *series->dumps);
        status = series->dumps == NULL ? HB_ERR_MEMORY : hb_fill_dump(run->series->paths[0], &run->stats[0], &series->dumps[0]);
        series->n_dumps = series->dumps != NULL;
        if (status == HB_OK) hb_run_log_trouble(run, 0, &series->dumps[0]);
    }
    HB_TRY(hb_comm_agree(run->comm, status));
    if (r->command->generation != NULL && hb_dump_stats_is_dump(&run->stats[0])) status = add_up(r, &intake);
out:
    hb_intake_fini(&intake);
    return status;
}

/* By contents: the line that stands for them. *out is initialised here. */
static hb_status turn_around(const hb_table *wanted, hb_table *out)
{
    hb_table_init(out, HB_STRING_KEY, 1);
    for (size_t i = 0; i < wanted->n; i++) {
        uint64_t *where = hb_table_put(out, hb_table_values(wanted, i), NULL);
        if (where == NULL) return HB_ERR_MEMORY;
        *where = hb_table_row(wanted, i)[0];
    }
    return HB_OK;
}

static hb_status gather_strings(reader *r, const hb_intake *intake)
{
    hb_places places = { 0 };
    hb_table contents = { 0 };
    hb_status status;
    HB_TRY(hb_places_gather(r->run.comm, intake, HB_PLACES_OF_STRINGS, &places));
    HB_TRY(hb_equal_strings_gather(r->run.comm, intake, &contents));   /* none, if none are wanted */
    if (is_here(r)) status = hb_reading_fill_strings(&r->equal, &contents, &places, &r->reading);
    status = hb_comm_agree(r->run.comm, status);
out:
    hb_places_fini(&places);
    hb_table_fini(&contents);
    return status;
}

/* The second reading, for strings. */
static hb_status read_second(reader *r)
{
    hb_run *run = &r->run;
    hb_intake intake = { 0 };
    hb_table wanted, contents = { 0 };
    int is_same = 0;
    hb_status status;
    HB_TRY(hb_equal_strings_want(run->comm, &r->equal, &wanted));
    HB_TRY(hb_comm_agree(run->comm, turn_around(&wanted, &contents)));
    run->wanted_strings = run->analysis->options->show_values ? &wanted : NULL;
    run->wanted_contents = &contents;
    HB_TRY(hb_run_read_again(run, 0, HB_COLLECT_STRING_PLACES, &intake, &is_same));
    if (is_same) HB_TRY(gather_strings(r, &intake));
    else
        status = hb_error_set(r->err, HB_ERR_DATA, run->series->paths[0], HB_NO_BYTE, "read once more for its strings, it was not what it "
                              "had been: it is still being written, or the disk failed for a moment; run again");
out:
    run->wanted_strings = run->wanted_contents = NULL;
    hb_table_fini(&wanted);
    hb_table_fini(&contents);
    hb_intake_fini(&intake);
    return status;
}

static hb_status write_generations(const reader *r, FILE *out)
{
    if (r->command->as_lines) return hb_json_generations(&r->reading, out);
    return r->command->as_heapy ? hb_text_heapy_generations(&r->reading, out) : hb_text_generations(&r->reading, out);
}

static hb_status write_answer(void *ctx, FILE *out, hb_error *err)
{
    reader *r = ctx;
    const hb_command *c = r->command;
    const uint64_t top = r->run.analysis->options->top;
    (void)err;
    if (c->generation == NULL) return write_generations(r, out);
    if (c->as_lines) return hb_json_reading(&r->reading, top, out);
    return c->as_heapy ? hb_text_heapy_reading(&r->reading, c->generation, top, out) : hb_text_reading(&r->reading, c->generation, top, out);
}

/* Whether there is something to show; if not, says so. On rank 0. */
static int judge(const reader *r, int *exit_status)
{
    const hb_dump_report *dump = &r->reading.series.dumps[0];
    *exit_status = dump->status == HB_DUMP_FAILED ? HB_EXIT_USAGE : dump->status == HB_DUMP_TRUNCATED ? HB_EXIT_DAMAGED : HB_EXIT_OK;
    if (dump->status == HB_DUMP_FAILED || r->command->generation == NULL || r->reading.places.n != 0) return dump->status != HB_DUMP_FAILED;
    hb_log(HB_LOG_ERROR, "%s: no object of %s%s%s: heapbatch read %s shows which there are", dump->path,
           is_all(r) ? "any generation" : "generation ", is_all(r) ? "" : r->command->generation,
           r->command->as_heapy ? " with a file" : "", dump->path);
    *exit_status = HB_EXIT_USAGE;
    return 0;
}

static hb_status read_all(reader *r, uint64_t *done)
{
    int exit_status = HB_EXIT_OK;
    uint64_t shows = 0;
    hb_status status;
    HB_TRY(read_first(r));
    if (is_here(r)) shows = (uint64_t)judge(r, &exit_status);
    hb_comm_broadcast(r->run.comm, &shows, sizeof shows, 0);
    if (shows && r->command->generation != NULL) HB_TRY(read_second(r));
    if (shows && is_here(r) && !r->run.analysis->options->quiet) status = hb_output_write("-", write_answer, r, r->err);
    *done = (uint64_t)exit_status;
    hb_comm_broadcast(r->run.comm, done, sizeof *done, 0);
    status = hb_comm_agree(r->run.comm, status);
out:
    return status;
}

hb_status hb_read_dump(const hb_analysis *analysis, const hb_command *command, int *exit_status, hb_error *err)
{
    char name[] = "read";
    const hb_series series = { .name = name, .paths = analysis->options->paths, .n_paths = 1 };
    hb_dump_stats stats = { 0 };
    reader r = { .run = { .analysis = analysis, .series = &series, .comm = analysis->comm, .stats = &stats, .places = &command->filter },
                 .command = command, .err = err };
    uint64_t done = HB_EXIT_OK;
    hb_equal_strings_init(&r.equal);
    r.run.reading_threads = hb_team_reading_threads(r.run.comm, analysis->options, analysis->n_threads, series.paths[0]);
    const hb_status status = read_all(&r, &done);
    *exit_status = (int)done;
    hb_equal_strings_fini(&r.equal);
    hb_reading_fini(&r.reading);
    hb_dump_stats_fini(&stats);
    return status;
}
