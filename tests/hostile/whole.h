/* Files through the whole of heapbatch within this process, from reading to both reports: for tests that do so thousands of
 * times. One rank, as a process that no launcher started. */
#ifndef HB_TESTS_HOSTILE_WHOLE_H
#define HB_TESTS_HOSTILE_WHOLE_H

#include <string.h>

#include "base/comm.h"
#include "base/log.h"
#include "base/memory.h"
#include "fleet/analyse.h"
#include "fleet/verdict.h"
#include "report/json.h"
#include "report/report.h"
#include "report/text.h"
#include "tests/fuzz/fuzz.h"

typedef struct whole {
    hb_comm *comm;
    hb_options options;
    FILE *nowhere;
} whole;

/* Options as on the command line, without the name of the program and without files. */
static void whole_open(whole *w, int argc, char **argv)
{
    int mpi_argc = 0;
    char **mpi_argv = NULL;
    hb_error error;
    char *args[16] = { (char *)"heapbatch" };
    hb_error_clear(&error);
    DEMAND(argc <= 14);
    for (int i = 0; i < argc; i++) args[i + 1] = argv[i];
    args[argc + 1] = (char *)"none.json";
    DEMAND(hb_comm_open(&mpi_argc, &mpi_argv, &w->comm, &error) == HB_OK);
    DEMAND(hb_options_parse(argc + 2, args, &w->options, &error) == HB_OK);
    hb_log_init(HB_LOG_ERROR, -1);
    w->nowhere = fopen("/dev/null", "w");
    DEMAND(w->nowhere != NULL);
}

static void whole_close(whole *w)
{
    fclose(w->nowhere);
    hb_options_fini(&w->options);
    hb_comm_close(w->comm);
}

/* The files as one series, oldest first; both reports are written, to nowhere. *report is for hb_report_fini. */
static void whole_analyse(whole *w, char **paths, size_t n_paths, hb_report *report)
{
    hb_stages stages;
    hb_progress progress;
    hb_error error;
    char name[] = "series";
    hb_series series = { .name = name, .paths = paths, .n_paths = n_paths };
    hb_error_clear(&error);
    hb_stages_init(&stages, w->comm);
    hb_progress_init(&progress, 0, 1);
    const hb_analysis analysis = { .comm = w->comm, .options = &w->options, .n_threads = 1, .stages = &stages,
                                   .progress = &progress };
    *report = (hb_report){ .identity = hb_identity_name(w->options.identity), .top = w->options.top };
    report->series = hb_alloc_zero(1, sizeof *report->series);
    report->n_series = 1;
    DEMAND(hb_analyse_series(&analysis, &series, &report->series[0]) == HB_OK);
    DEMAND(hb_verdict_problems(report) == HB_OK);
    DEMAND(hb_json_write(report, w->nowhere, &error) == HB_OK);
    DEMAND(hb_text_write(report, w->nowhere, &error) == HB_OK);
    DEMAND(report->series[0].fault == NULL);
    hb_stages_fini(&stages);
}

#endif
