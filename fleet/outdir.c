#include "fleet/outdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/memory.h"
#include "fleet/verdict.h"
#include "report/json.h"
#include "report/output.h"
#include "report/pack.h"
#include "report/text.h"

static hb_status fail(const char *path, const char *what, hb_error *err)
{
    return hb_error_set(err, HB_ERR_IO, path, HB_NO_BYTE, "%s: %s", what, strerror(errno));
}

/* DIR/name; to be freed. */
static char *inside(const char *dir, const char *name)
{
    const size_t n = strlen(dir) + strlen(name) + 2;
    char *path = hb_alloc(n, 1);
    if (path != NULL) snprintf(path, n, "%s/%s", dir, name);
    return path;
}

static char *file_of(const hb_outdir *dir, uint64_t id, const char *kind)
{
    char name[64];
    snprintf(name, sizeof name, "%016" PRIx64 ".%s", id, kind);
    return inside(dir->path, name);
}

/* --- opening --- */

static hb_status init(const char *path, hb_outdir *out)
{
    *out = (hb_outdir){ .lock = -1, .journal = -1 };
    hb_table_init(&out->known, 1, HB_JOURNAL_WORDS);
    out->path = hb_copy_text(path, strlen(path));
    out->journal_path = inside(path, "journal");
    return out->path != NULL && out->journal_path != NULL ? HB_OK : HB_ERR_MEMORY;
}

/* Who else has the lock, as far as they said. */
static hb_status refuse_second(const char *path, int lock, hb_error *err)
{
    char who[128] = "";
    const ssize_t n = pread(lock, who, sizeof who - 1, 0);
    who[n > 0 ? n : 0] = '\0';
    who[strcspn(who, "\n")] = '\0';   /* what could steer a terminal is made harmless where it is logged */
    return hb_error_set(err, HB_ERR_USAGE, path, HB_NO_BYTE, "another run is at work there%s%s; wait for it, or name another directory",
                        who[0] != '\0' ? ": " : "", who);
}

static hb_status take_lock(hb_outdir *out, hb_error *err)
{
    char host[64] = "", who[128];
    char *name = inside(out->path, "lock");
    if (name == NULL) return HB_ERR_MEMORY;
    out->lock = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    hb_free(name);
    if (out->lock < 0) return fail(out->path, "no lock can be made there", err);
    if (flock(out->lock, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? refuse_second(out->path, out->lock, err) : fail(out->path, "cannot be locked", err);
    gethostname(host, sizeof host - 1);
    const int n = snprintf(who, sizeof who, "process %ld on %s\n", (long)getpid(), host);
    if (ftruncate(out->lock, 0) != 0 || pwrite(out->lock, who, (size_t)n, 0) != n)
        return fail(out->path, "its lock cannot be written", err);
    return HB_OK;
}

/* A file of ours that is not whole yet: its name, process and attempt, as report/output.c calls it. */
#define LEFTOVER "^([0-9a-f]{16}\\.(report|json|txt)|fleet\\.(json|txt))\\.[0-9]+\\.[0-9]+\\.tmp$"

/* Files that runs before this one died over; they are in nobody's way where that cannot be done. */
static void remove_leftovers(const char *path)
{
    regex_t leftover;
    DIR *dir = opendir(path);
    if (dir == NULL) return;
    if (regcomp(&leftover, LEFTOVER, REG_EXTENDED | REG_NOSUB) == 0) {
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
            if (regexec(&leftover, entry->d_name, 0, NULL, 0) == 0) unlinkat(dirfd(dir), entry->d_name, 0);
        regfree(&leftover);
    }
    closedir(dir);
}

static hb_status read_journal(hb_outdir *out, hb_error *err)
{
    uint64_t n_torn = 0;
    const hb_status status = hb_journal_read(out->journal_path, &out->known, &n_torn, err);
    if (n_torn > 0)
        hb_log(HB_LOG_WARN, "%s: %" PRIu64 " line%s cut off when a run died", out->journal_path, n_torn,
               n_torn == 1 ? " was" : "s were");
    return status;
}

hb_status hb_outdir_open_to_read(const char *path, hb_outdir *out, hb_error *err)
{
    hb_status status;
    HB_TRY(init(path, out));
    HB_TRY(read_journal(out, err));
out:
    if (status != HB_OK) hb_outdir_close(out);
    return status;
}

hb_status hb_outdir_open(const char *path, int resume, hb_outdir *out, hb_error *err)
{
    hb_status status;
    HB_TRY(init(path, out));
    if (mkdir(path, 0700) != 0 && errno != EEXIST) HB_TRY(fail(path, "cannot be made", err));
    HB_TRY(take_lock(out, err));
    if (!resume && access(out->journal_path, F_OK) == 0)
        HB_TRY(hb_error_set(err, HB_ERR_USAGE, path, HB_NO_BYTE,
                            "has the journal of an earlier run; --resume goes on with that, or name another directory"));
    HB_TRY(read_journal(out, err));
    HB_TRY(hb_journal_open(out->journal_path, &out->journal, err));
    HB_TRY(hb_journal_begin(out->journal, out->journal_path, (uint64_t)getpid(), err));
    remove_leftovers(path);
out:
    if (status != HB_OK) hb_outdir_close(out);
    return status;
}

hb_status hb_outdir_join(const char *path, hb_outdir *out, hb_error *err)
{
    hb_status status;
    HB_TRY(init(path, out));
    HB_TRY(hb_journal_open(out->journal_path, &out->journal, err));
out:
    if (status != HB_OK) hb_outdir_close(out);
    return status;
}

void hb_outdir_close(hb_outdir *dir)
{
    if (dir->path == NULL) return;
    if (dir->journal >= 0) close(dir->journal);
    if (dir->lock >= 0) close(dir->lock);
    hb_table_fini(&dir->known);
    hb_free(dir->path);
    hb_free(dir->journal_path);
    *dir = (hb_outdir){ .lock = -1, .journal = -1 };
}

/* --- what is known --- */

static uint64_t known_of(const hb_outdir *dir, uint64_t id, int which)
{
    const uint64_t *row = hb_table_find(&dir->known, &id);
    return row != NULL ? row[which] : 0;
}

int hb_outdir_is_done(const hb_outdir *dir, uint64_t id) { return known_of(dir, id, HB_JOURNAL_IS_DONE) != 0; }
int hb_outdir_is_suspect(const hb_outdir *dir, uint64_t id) { return known_of(dir, id, HB_JOURNAL_IS_SUSPECT) != 0; }
uint64_t hb_outdir_deaths(const hb_outdir *dir, uint64_t id) { return known_of(dir, id, HB_JOURNAL_DEATHS); }

/* All bytes of a regular file; to be freed. */
static hb_status read_all(const char *path, uint8_t **bytes, size_t *n, hb_error *err)
{
    size_t cap = 0;
    hb_status status = HB_OK;
    struct stat info;
    *bytes = NULL;
    *n = 0;
    if (stat(path, &info) != 0) return fail(path, "cannot be read", err);
    if (!S_ISREG(info.st_mode)) return hb_error_set(err, HB_ERR_DATA, path, HB_NO_BYTE, "is no regular file");
    FILE *in = fopen(path, "re");
    if (in == NULL) return fail(path, "cannot be read", err);
    for (size_t got = 1; got > 0 && status == HB_OK; *n += got) {
        status = hb_grow(bytes, &cap, *n + 65536, 1);
        got = status == HB_OK ? fread(*bytes + *n, 1, 65536, in) : 0;
    }
    if (status == HB_OK && ferror(in)) status = fail(path, "cannot be read", err);
    (void)fclose(in);
    return status;
}

hb_status hb_outdir_load(const hb_outdir *dir, uint64_t id, hb_series_report *out, hb_error *err)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    char *path = file_of(dir, id, "report");
    hb_status status = path != NULL ? HB_OK : HB_ERR_MEMORY;
    if (status == HB_OK) status = read_all(path, &bytes, &n, err);
    if (status == HB_OK && hb_hash_bytes(bytes, n, 0) != known_of(dir, id, HB_JOURNAL_HASH))
        status = hb_error_set(err, HB_ERR_DATA, path, HB_NO_BYTE, "is not the file that the journal tells of");
    if (status == HB_OK) status = hb_unpack_series(bytes, n, out, err);
    hb_free(bytes);
    hb_free(path);
    return status;
}

/* --- adding --- */

hb_status hb_outdir_start(const hb_outdir *dir, uint64_t id, int alone, hb_error *err)
{
    return hb_journal_start(dir->journal, dir->journal_path, id, alone, err);
}

hb_status hb_outdir_stop(const hb_outdir *dir, uint64_t id, hb_error *err)
{
    return hb_journal_stop(dir->journal, dir->journal_path, id, err);
}

typedef struct packed {
    uint8_t *bytes;
    size_t n;
} packed;

static hb_status write_packed(void *ctx, FILE *out, hb_error *err)
{
    const packed *p = ctx;
    (void)err;
    return fwrite(p->bytes, 1, p->n, out) == p->n ? HB_OK : HB_ERR_IO;
}

static hb_status write_json(void *ctx, FILE *out, hb_error *err) { return hb_json_write(ctx, out, err); }
static hb_status write_text(void *ctx, FILE *out, hb_error *err) { return hb_text_write(ctx, out, err); }

/* path is freed here. */
static hb_status write_file(char *path, hb_output_writer write, void *ctx, hb_error *err)
{
    const hb_status status = path != NULL ? hb_output_write_durably(path, write, ctx, err) : HB_ERR_MEMORY;
    hb_free(path);
    return status;
}

hb_status hb_outdir_save(const hb_outdir *dir, uint64_t id, const hb_report *like, hb_series_report *series, hb_error *err)
{
    hb_report alone = { .identity = like->identity, .top = like->top, .series = series, .n_series = 1 };
    packed p = { 0 };
    hb_status status;
    HB_TRY(hb_verdict_problems(&alone));
    HB_TRY(hb_pack_series(series, &p.bytes, &p.n));
    HB_TRY(write_file(file_of(dir, id, "json"), write_json, &alone, err));
    HB_TRY(write_file(file_of(dir, id, "txt"), write_text, &alone, err));
    HB_TRY(write_file(file_of(dir, id, "report"), write_packed, &p, err));
    HB_TRY(hb_journal_done(dir->journal, dir->journal_path, id, hb_hash_bytes(p.bytes, p.n, 0), err));
out:
    hb_free(p.bytes);
    alone.series = NULL;   /* not ours */
    alone.n_series = 0;
    hb_report_fini(&alone);
    return status;
}

hb_status hb_outdir_save_all(const hb_outdir *dir, const hb_report *report, hb_error *err)
{
    hb_status status;
    HB_TRY(write_file(inside(dir->path, "fleet.json"), write_json, (void *)report, err));
    HB_TRY(write_file(inside(dir->path, "fleet.txt"), write_text, (void *)report, err));
out:
    return status;
}
