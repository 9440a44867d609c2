/* What enters: BEFORE AFTER [LATER]. What leaves: a table, heapy's lines or JSON lines, and with --output-diff the lines of AFTER.
 *
 * The three are a series, of which only the sites are asked for: what it retains was born after its first dump and is in both others.
 * Nothing in that depends on which of these comes last, but the last one describes the objects: type, site and size. To heapy
 * that is AFTER, so it comes last under --format heapy; which is only sound since identity is the address there. */
#include "fleet/compare.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/pick_lines.h"
#include "fleet/verdict.h"
#include "report/json_rows.h"
#include "report/output.h"
#include "report/text_compare.h"

enum { BEFORE, AFTER, LATER, N_PLACES };

typedef struct comparison {
    const hb_options *options;
    const hb_command *command;
    hb_addresses retained;
    hb_series_report report;
} comparison;

/* The dumps as a series. paths: of N_PLACES. */
static hb_series arrange(const hb_options *options, const hb_command *command, char *name, char **paths)
{
    const size_t n = options->n_paths;
    for (size_t i = 0; i < n; i++) paths[i] = options->paths[i];
    if (command->as_heapy && n == N_PLACES) {
        paths[AFTER] = options->paths[LATER];
        paths[LATER] = options->paths[AFTER];
    }
    return (hb_series){ .name = name, .paths = paths, .n_paths = n };
}

/* Whether there is a difference; if not, says so. On rank 0. */
static int judge(const hb_series_report *report)
{
    int exit_status = HB_EXIT_OK;
    for (size_t i = report->n_dumps; i-- > 0;) {
        const hb_dump_report *dump = &report->dumps[i];
        if (dump->status != HB_DUMP_OK) exit_status = HB_EXIT_DAMAGED;
        else if (!dump->compared && exit_status == HB_EXIT_OK) exit_status = HB_EXIT_USAGE;
    }
    if (exit_status == HB_EXIT_DAMAGED)
        hb_log(HB_LOG_ERROR, "no difference is shown: it takes whole dumps, and what one lacks would look new; see above");
    if (exit_status == HB_EXIT_USAGE)
        hb_log(HB_LOG_ERROR, "no difference is shown: these dumps cannot be compared object by object, see above; --identity address "
               "compares them all the same");
    return exit_status;
}

static hb_status write_answer(void *ctx, FILE *out, hb_error *err)
{
    const comparison *c = ctx;
    const int is_later = c->options->n_paths == N_PLACES;
    (void)err;
    if (c->command->as_lines) return hb_json_compare(&c->report, c->options->top, out);
    if (!c->command->as_heapy) return hb_text_compare(&c->report, is_later, c->options->top, out);
    hb_status status = hb_text_compare_heapy(&c->report, is_later, out);
    if (c->command->diff_path != NULL) fprintf(out, "\nWriting heap dump diff to %s\n", c->command->diff_path);
    return status;
}

/* An error of the stream is seen by who closes it. */
static hb_status write_line(void *ctx, uint64_t address, const char *line, size_t n)
{
    (void)address;
    (void)fwrite(line, 1, n, ctx);
    (void)fputc('\n', ctx);
    return HB_OK;
}

static hb_status write_lines(void *ctx, FILE *out, hb_error *err)
{
    const comparison *c = ctx;
    const hb_pick picks = { .path = c->options->paths[AFTER], .limits = &c->options->limits, .chunk_bytes = c->options->chunk_bytes,
                            .wanted = &c->retained, .take = write_line, .ctx = out };
    return hb_pick_lines(&picks, err);
}

/* The lines first: who reads of them on standard output finds them. On rank 0. */
static hb_status write_outputs(comparison *c, hb_error *err)
{
    hb_status status = HB_OK;
    if (c->command->diff_path != NULL) status = hb_output_write(c->command->diff_path, write_lines, c, err);
    if (status == HB_OK && !c->options->quiet) status = hb_output_write("-", write_answer, c, err);
    return status;
}

hb_status hb_compare(const hb_analysis *analysis, const hb_command *command, int *exit_status, hb_error *err)
{
    comparison c = { .options = analysis->options, .command = command };
    char name[] = "diff", *paths[N_PLACES];
    const hb_series series = arrange(analysis->options, command, name, paths);
    const int here = hb_comm_rank(analysis->comm) == 0;
    hb_analysis sites = *analysis;
    uint64_t done = HB_EXIT_OK;
    hb_status status = HB_OK;
    sites.only_sites = 1;
    sites.retained = command->diff_path != NULL ? &c.retained : NULL;
    if (here && command->diff_path != NULL) status = hb_output_check(command->diff_path, err);
    HB_TRY(hb_comm_agree(analysis->comm, status));
    HB_TRY(hb_analyse_series(&sites, &series, &c.report));
    if (here) done = (uint64_t)judge(&c.report);
    if (here && done == HB_EXIT_OK) status = write_outputs(&c, err);
    hb_comm_broadcast(analysis->comm, &done, sizeof done, 0);
    *exit_status = (int)done;
    status = hb_comm_agree(analysis->comm, status);
out:
    hb_free(c.retained.items);
    hb_series_report_fini(&c.report);
    return status;
}
