/* heapbatch: what grew in a Ruby process, where it was allocated, and why it is still alive.
 *
 * main is the table of contents: options, series, their analyses, the report on rank 0, and one exit status for all. */
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "base/comm.h"
#include "base/cpus.h"
#include "base/launch.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/stop.h"
#include "base/version.h"
#include "fleet/allow.h"
#include "fleet/command.h"
#include "fleet/compare.h"
#include "fleet/find_series.h"
#include "fleet/inspect.h"
#include "fleet/options.h"
#include "fleet/outdir.h"
#include "fleet/progress.h"
#include "fleet/read_dump.h"
#include "fleet/remember.h"
#include "fleet/series.h"
#include "fleet/stages.h"
#include "fleet/sweep.h"
#include "fleet/verdict.h"
#include "history/recording.h"
#include "history/show.h"
#include "report/json.h"
#include "report/output.h"
#include "report/text.h"

typedef struct program {
    hb_comm *comm;
    hb_options options;
    hb_command command;
    hb_series_list series;
    hb_stages stages;
    hb_progress progress;
    int n_threads;
    hb_outdir dir;
    hb_allow allow;
    hb_report report;
    hb_error error;
} program;

static int on_root(const program *p)
{
    return hb_comm_rank(p->comm) == 0;
}

static void say_error(const program *p)
{
    if (p->error.path[0] != '\0') hb_log(HB_LOG_ERROR, "%s: %s", p->error.path, p->error.message);
    else if (p->error.message[0] != '\0') hb_log(HB_LOG_ERROR, "%s", p->error.message);
    else hb_log(HB_LOG_ERROR, "out of memory, or what is said above: not all could be done");
}

/* --- the command line --- */

static hb_status write_help(void *ctx, FILE *out, hb_error *err)
{
    const program *p = ctx;
    (void)err;
    if (p->options.show_help) hb_options_help(out);
    else fprintf(out, "heapbatch %s\n", HB_VERSION);
    return HB_OK;
}

/* Reads the command line; whatever is left to do after help, version or an error is the exit status, else -1. */
static int read_options(program *p, int argc, char **argv)
{
    hb_status status = hb_comm_agree(p->comm, hb_options_parse(argc, argv, &p->options, &p->error));
    if (status != HB_OK && on_root(p)) {
        say_error(p);
        if (status == HB_ERR_USAGE) fprintf(stderr, "Try 'heapbatch --help'.\n");
    }
    if (status != HB_OK) return status == HB_ERR_USAGE ? HB_EXIT_USAGE : HB_EXIT_RESOURCES;
    if (!p->options.show_help && !p->options.show_version) return -1;
    status = on_root(p) ? hb_output_write("-", write_help, p, &p->error) : HB_OK;
    return hb_comm_agree(p->comm, status) == HB_OK ? HB_EXIT_OK : HB_EXIT_RESOURCES;
}

/* Threads of this rank, and the CPUs they run on. */
static void settle_in(program *p)
{
    hb_options *o = &p->options;
    if (!hb_launch_is_launched()) o->keep_cpu_mask = 1; /* what taskset or a service manager allows is meant */
    hb_log_init(on_root(p) ? o->log_level : HB_LOG_ERROR, on_root(p) ? -1 : hb_comm_rank(p->comm));
    int cpus = o->keep_cpu_mask ? hb_cpus_count()
                                : hb_cpus_share(hb_comm_local_rank(p->comm), hb_comm_local_size(p->comm));
    p->n_threads = o->n_threads > 0 ? o->n_threads : cpus;
    omp_set_num_threads(p->n_threads);
    hb_log(HB_LOG_INFO, "%d rank%s, %d on this node, %d CPU%s and %d thread%s each", hb_comm_size(p->comm),
           hb_comm_size(p->comm) == 1 ? "" : "s", hb_comm_local_size(p->comm), cpus, cpus == 1 ? "" : "s",
           p->n_threads, p->n_threads == 1 ? "" : "s");
    hb_stages_init(&p->stages, p->comm);
    hb_progress_init(&p->progress, o->progress && on_root(p), o->quiet || !on_root(p));
}

/* --- the work --- */

static void worse(hb_status *status, hb_status other)
{
    if (other > *status) *status = other;
}

static hb_status analyse_all(program *p)
{
    const hb_analysis analysis = { .comm = p->comm, .options = &p->options, .n_threads = p->n_threads,
                                   .samples = p->series.n > 1 || p->options.out_dir != NULL,
                                   .stages = &p->stages, .progress = &p->progress };
    p->report.identity = hb_identity_name(p->options.identity);
    p->report.top = p->options.top;
    p->report.limit_bytes = p->options.limit_bytes;
    hb_status status = hb_sweep(&analysis, &p->series, p->dir.path != NULL ? &p->dir : NULL, &p->report);
    if (on_root(p)) worse(&status, hb_verdict_problems(&p->report));
    return hb_comm_agree(p->comm, status);
}

/* --- the output --- */

/* --out, on all ranks. */
static hb_status open_dir(program *p)
{
    const hb_options *o = &p->options;
    if (o->out_dir == NULL) return HB_OK;
    hb_status status = on_root(p) ? hb_outdir_open(o->out_dir, o->resume || o->merge, &p->dir, &p->error) : HB_OK;
    if ((status = hb_comm_agree(p->comm, status)) != HB_OK) return status;
    if (!on_root(p)) status = hb_outdir_join(o->out_dir, &p->dir, &p->error);
    hb_stop_listen();
    return hb_comm_agree(p->comm, status);
}

static hb_status write_json(void *ctx, FILE *out, hb_error *err)
{
    const program *p = ctx;
    return hb_json_write(&p->report, out, err);
}

static hb_status write_text(void *ctx, FILE *out, hb_error *err)
{
    const program *p = ctx;
    return hb_text_write(&p->report, out, err);
}

static hb_status write_timings(void *ctx, FILE *out, hb_error *err)
{
    const program *p = ctx;
    (void)err;
    return hb_stages_write(&p->stages, p->n_threads, out);
}

/* Whether the outputs can be created at all, before hours go into them. */
static hb_status check_outputs(program *p)
{
    const char *const paths[] = { p->options.json_path, p->options.timings_path };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        hb_status status = paths[i] != NULL ? hb_output_check(paths[i], &p->error) : HB_OK;
        if (status != HB_OK) return status;
    }
    hb_status status = HB_OK;
    if (p->options.allow_path != NULL) status = hb_allow_read(p->options.allow_path, &p->allow, &p->error);
    if (status == HB_OK && p->options.history_path != NULL) status = hb_history_check(p->options.history_path, &p->error);
    return status;
}

/* is_whole: all series are in the report, if only by name because they did not fit. */
static hb_status write_outputs(program *p, int is_whole)
{
    const hb_options *o = &p->options;
    int json_instead = o->json_path != NULL && strcmp(o->json_path, "-") == 0;
    hb_status status = HB_OK;
    /* One that fails does not keep the others from being written; the first failure is the one that is told. */
    if (o->json_path != NULL) worse(&status, hb_output_write(o->json_path, write_json, p, &p->error));
    if (!json_instead && !o->quiet) worse(&status, hb_output_write("-", write_text, p, &p->error));
    if (o->timings_path != NULL) worse(&status, hb_output_write(o->timings_path, write_timings, p, &p->error));
    if (o->out_dir != NULL && is_whole) worse(&status, hb_outdir_save_all(&p->dir, &p->report, &p->error));
    return status;
}

static int say_stopped(const program *p)
{
    if (on_root(p))
        hb_log(HB_LOG_ERROR, "stopped by a signal; what is done is in %s, and --resume goes on from there",
               p->options.out_dir);
    return HB_EXIT_AGAIN;
}

static int run(program *p, int argc, char **argv)
{
    int done = read_options(p, argc, argv);
    if (done >= 0) return done;
    settle_in(p);
    hb_status status = hb_series_find(p->comm, &p->options, &p->series, &p->error);
    if (status == HB_OK && on_root(p)) status = check_outputs(p);
    status = hb_comm_agree(p->comm, status);
    if (status == HB_OK) status = open_dir(p);
    if (status == HB_OK) {
        status = analyse_all(p);
        /* What was finished is written, whatever became of the rest; unless that is still to come. */
        const int is_whole = status == HB_OK || status == HB_ERR_MEMORY;
        /* A history that fails does not keep the report from being written. */
        if (on_root(p) && is_whole && p->options.history_path != NULL)
            worse(&status, hb_remember(&p->series, &p->options, &p->report, &p->error));
        if (on_root(p) && status != HB_ERR_STOPPED) worse(&status, write_outputs(p, is_whole));
        if (on_root(p) && status == HB_OK) done = hb_verdict_exit_status(&p->report, &p->options, &p->allow);
    }
    status = hb_comm_agree(p->comm, status);
    if (status == HB_ERR_STOPPED) return say_stopped(p);
    if (status != HB_OK && on_root(p)) say_error(p);
    if (status != HB_OK) return status == HB_ERR_USAGE ? HB_EXIT_USAGE : HB_EXIT_RESOURCES;
    uint64_t shared = (uint64_t)done;
    hb_comm_broadcast(p->comm, &shared, sizeof shared, 0);
    return (int)shared;
}

/* --- heapbatch diff, read, show, path, objects --- */

static hb_status write_command_help(void *ctx, FILE *out, hb_error *err)
{
    const program *p = ctx;
    (void)err;
    hb_command_help(p->command.name, out);
    return HB_OK;
}

/* Reads the command line; what is to be said of it is said, and the exit status returned, else -1. */
static int read_command(program *p, int argc, char **argv)
{
    hb_status status = hb_comm_agree(p->comm, hb_command_parse(argc, argv, &p->command, &p->options, &p->error));
    if (status == HB_OK && !p->command.show_help) return -1;
    if (status == HB_OK && on_root(p)) status = hb_output_write("-", write_command_help, p, &p->error);
    if (status != HB_OK && on_root(p)) say_error(p);
    if (status == HB_ERR_USAGE && on_root(p)) fprintf(stderr, "Try 'heapbatch %s --help'.\n", argv[0]);
    status = hb_comm_agree(p->comm, status);
    return status == HB_OK ? HB_EXIT_OK : status == HB_ERR_USAGE ? HB_EXIT_USAGE : HB_EXIT_RESOURCES;
}

static int run_command(program *p, int argc, char **argv)
{
    int done = read_command(p, argc, argv);
    if (done >= 0) return done;
    settle_in(p);
    const hb_analysis analysis = { .comm = p->comm, .options = &p->options, .n_threads = p->n_threads, .stages = &p->stages,
                                   .progress = &p->progress };
    hb_status status;
    switch (p->command.name) {
    case HB_COMMAND_DIFF: status = hb_compare(&analysis, &p->command, &done, &p->error); break;
    case HB_COMMAND_READ: status = hb_read_dump(&analysis, &p->command, &done, &p->error); break;
    default: status = hb_inspect(&analysis, &p->command, &done, &p->error); break;
    }
    if (status != HB_OK && on_root(p)) say_error(p);
    return status == HB_OK ? done : status == HB_ERR_DATA ? HB_EXIT_DAMAGED : HB_EXIT_RESOURCES;
}

int main(int argc, char **argv)
{
    program p = { 0 };
    hb_memory_keep_private();
    /* A question to the history is for one process; under mpirun the others have nothing to say. */
    if (argc > 1 && strcmp(argv[1], "history") == 0)
        return hb_launch_rank() == 0 ? hb_history_main(argc - 1, argv + 1) : HB_EXIT_OK;
    hb_error_clear(&p.error);
    if (hb_comm_open(&argc, &argv, &p.comm, &p.error) != HB_OK) {
        say_error(&p);
        hb_comm_abort(NULL, HB_EXIT_RESOURCES);
    }
    const int is_command = argc > 1 && hb_command_is(argv[1]);
    int exit_status = is_command ? run_command(&p, argc - 1, argv + 1) : run(&p, argc, argv);
    hb_report_fini(&p.report);
    hb_outdir_close(&p.dir);
    hb_allow_fini(&p.allow);
    hb_series_list_fini(&p.series);
    hb_options_fini(&p.options);
    hb_command_fini(&p.command);
    hb_stages_fini(&p.stages);
    hb_comm_close(p.comm);
    return exit_status;
}
