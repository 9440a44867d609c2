#include "fleet/stages.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

void hb_stages_init(hb_stages *stages, hb_comm *comm)
{
    memset(stages, 0, sizeof *stages);
    stages->comm = comm;
    stages->start_wall = stages->wall = hb_clock_wall_ns();
    stages->cpu = hb_clock_cpu_ns();
}

void hb_stages_fini(hb_stages *stages)
{
    hb_free(stages->rows);
    stages->rows = NULL;
}

void hb_stages_series(hb_stages *stages, const char *name)
{
    snprintf(stages->series, sizeof stages->series, "%s", name);
}

void hb_stages_team_begin(hb_stages *stages, hb_comm *team)
{
    stages->resting_peak = team == NULL ? hb_memory_peak_bytes() : 0;
    hb_comm_sum(stages->comm, &stages->resting_peak, 1);
    stages->team = team;
}

void hb_stages_team_end(hb_stages *stages)
{
    stages->team = NULL;
    stages->resting_peak = 0;
}

static void log_row(const hb_stage_row *row, int n_ranks)
{
    char amounts[96] = "";
    double mb = (double)row->bytes / 1e6, millions = (double)row->objects / 1e6;
    double wall = row->wall_s > 1e-9 ? row->wall_s : 1e-9;
    if (row->bytes != 0) snprintf(amounts, sizeof amounts, ", %.1f MB at %.0f MB/s", mb, mb / wall);
    size_t used = strlen(amounts);
    if (row->objects != 0)
        snprintf(amounts + used, sizeof amounts - used, ", %.3f M objects at %.2f M/s", millions, millions / wall);
    hb_log(HB_LOG_INFO, "%-10s %8.3f s, CPU %4.0f %% of %d rank%s%s, peak %.0f MB [%s]", row->name, row->wall_s,
           100 * row->cpu_s / wall, n_ranks, n_ranks == 1 ? "" : "s", amounts, (double)row->peak_bytes / 1e6,
           row->series);
}

void hb_stages_end(hb_stages *stages, const char *name, uint64_t bytes, uint64_t objects)
{
    hb_comm *comm = stages->team != NULL ? stages->team : stages->comm;
    uint64_t wall = hb_clock_wall_ns(), cpu = hb_clock_cpu_ns();
    uint64_t sums[4] = { cpu - stages->cpu, bytes, objects, hb_memory_peak_bytes() };
    hb_comm_sum(comm, sums, 4);
    sums[3] += stages->resting_peak;
    hb_stage_row row = { .wall_s = (double)(wall - stages->wall) / 1e9, .cpu_s = (double)sums[0] / 1e9,
                         .bytes = sums[1], .objects = sums[2], .peak_bytes = sums[3] };
    stages->wall = wall;
    stages->cpu = cpu;
    if (hb_comm_rank(comm) != 0) return;
    snprintf(row.name, sizeof row.name, "%s", name);
    memcpy(row.series, stages->series, sizeof row.series);
    log_row(&row, hb_comm_size(comm));
    /* Out of memory loses a timing, nothing else. */
    if (hb_grow(&stages->rows, &stages->cap, stages->n + 1, sizeof *stages->rows) == HB_OK)
        stages->rows[stages->n++] = row;
}

hb_status hb_stages_gather(hb_stages *stages, const hb_stages *own)
{
    _Static_assert(sizeof(hb_stage_row) % sizeof(uint64_t) == 0, "rows travel as words");
    const size_t words = sizeof(hb_stage_row) / sizeof(uint64_t);
    uint64_t *all = NULL;
    size_t n = 0;
    hb_status status = hb_comm_gather(stages->comm, (const uint64_t *)own->rows, own->n * words, 0, &all, &n);
    if (status == HB_OK && all != NULL) status = hb_grow(&stages->rows, &stages->cap, stages->n + n / words, sizeof *stages->rows);
    if (status == HB_OK && all != NULL) {
        memcpy(stages->rows + stages->n, all, n * sizeof *all);
        stages->n += n / words;
    }
    hb_free(all);
    stages->wall = hb_clock_wall_ns();
    stages->cpu = hb_clock_cpu_ns();
    return hb_comm_agree(stages->comm, status);
}

/* A JSON string; what needs an escape becomes '?'. */
static void put_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        fputc(c < 0x20 || c >= 0x7f || c == '"' || c == '\\' ? '?' : c, out);
    }
    fputc('"', out);
}

hb_status hb_stages_write(const hb_stages *stages, int n_threads, FILE *out)
{
    uint64_t peak = stages->n > 0 ? stages->rows[stages->n - 1].peak_bytes : 0;
    fprintf(out, "{ \"ranks\": %d, \"threads\": %d, \"wall_s\": %.6f, \"peak_bytes\": %llu, \"stages\": [",
            hb_comm_size(stages->comm), n_threads, (double)(hb_clock_wall_ns() - stages->start_wall) / 1e9,
            (unsigned long long)peak);
    for (size_t i = 0; i < stages->n; i++) {
        const hb_stage_row *row = &stages->rows[i];
        fprintf(out, "%s\n  { \"stage\": ", i > 0 ? "," : "");
        put_text(out, row->name);
        fputs(", \"series\": ", out);
        put_text(out, row->series);
        fprintf(out, ", \"wall_s\": %.6f, \"cpu_s\": %.6f, \"bytes\": %llu, \"objects\": %llu, \"peak_bytes\": %llu }",
                row->wall_s, row->cpu_s, (unsigned long long)row->bytes, (unsigned long long)row->objects,
                (unsigned long long)row->peak_bytes);
    }
    fputs("\n] }\n", out);
    return ferror(out) ? HB_ERR_IO : HB_OK;
}
