/* What enters: the name of a dump. What leaves: its index, open.
 *
 * An index is made in a file that has no name yet, and gets its name when it is whole: neither a run that is killed nor two that make the
 * same one at a time leave anything behind. It is not synced: after a power failure its checksums do not fit, and it is made anew. */
#include "fleet/index_dump.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/memory.h"
#include "fleet/verdict.h"

#define NAME_BYTES 100   /* of a dump's name, at most, in that of its index */

/* What rank 0 knows of the dump and of where its index belongs. */
typedef struct place {
    const hb_index_plan *plan;
    const char *dump;
    char *path;             /* of the index; NULL: it gets no name */
    char *unnamed;          /* what it is called until then, where the file system knows no files without a name; NULL otherwise */
    hb_index_request request;
} place;

static const char *where(const place *p)
{
    return p->path != NULL ? p->path : "temporary index";
}

/* DIR/name-0123456789abcdef.hbindex, or with another ending; the digits tell dumps of one name in several folders apart. */
static char *name_index(const char *dir, const char *dump, const char *ending)
{
    char *real = realpath(dump, NULL);
    const char *const whole = real != NULL ? real : dump, *const slash = strrchr(whole, '/'), *const name = slash != NULL ? slash + 1 : whole;
    const uint64_t hash = hb_hash_bytes(whole, strlen(whole), 0);
    const size_t room = strlen(dir) + NAME_BYTES + 64;
    char *path = hb_alloc(room, 1);
    if (path != NULL) snprintf(path, room, "%s/%.*s-%016" PRIx64 "%s", dir, NAME_BYTES, name, hash, ending);
    free(real);
    return path;
}

/* --- the dump's file --- */

/* Standard input has neither size nor time; a file that is missing is refused where it is read. */
static void look_at_dump(const place *p, hb_index_origin *out)
{
    struct stat info = { 0 };
    if (strcmp(p->dump, "-") != 0 && stat(p->dump, &info) != 0) memset(&info, 0, sizeof info);
    out->bytes = (uint64_t)info.st_size;
    out->modified_s = info.st_mtim.tv_sec;
    out->modified_ns = info.st_mtim.tv_nsec;
    out->limits = hb_limits_hash(&p->plan->analysis->options->limits);
}

static int is_of_same_dump(const hb_index_origin *a, const hb_index_origin *b)
{
    return a->bytes == b->bytes && a->modified_s == b->modified_s && a->modified_ns == b->modified_ns && a->limits == b->limits;
}

/* --- one that is there --- */

static hb_status make_dir(const char *dir, hb_error *err)
{
    struct stat info;
    if (mkdir(dir, 0700) == 0) return HB_OK;
    if (errno == EEXIST && stat(dir, &info) == 0 && S_ISDIR(info.st_mode)) return HB_OK;
    return hb_error_set(err, HB_ERR_IO, dir, HB_NO_BYTE, "cannot be a directory for indexes: %s", strerror(errno == EEXIST ? ENOTDIR : errno));
}

static void say_anew(const place *p, const char *why)
{
    hb_log(HB_LOG_WARN, "%s: %s: it is made anew", p->path, why);
}

/* The file that has its name; -1: there is none, or none that is to be believed. What somebody else wrote, he may have made up. */
static int open_file(const place *p)
{
    struct stat info;
    const int fd = open(p->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT) say_anew(p, strerror(errno));
        return -1;
    }
    const int is_file = fstat(fd, &info) == 0 && S_ISREG(info.st_mode), is_ours = is_file && info.st_uid == geteuid();
    if (is_ours) return fd;
    say_anew(p, is_file ? "the index is another user's" : "is no regular file");
    close(fd);
    return -1;
}

/* Whether there is one that fits; it is open then. What is wrong with one that does not is no error: it is made anew. */
static int open_kept(place *p, hb_index *out)
{
    hb_error why;
    hb_index_origin now = { 0 };
    if (p->path == NULL || p->plan->anew) return 0;
    hb_error_clear(&why);
    const int fd = open_file(p);
    if (fd < 0) return 0;
    if (hb_index_open(fd, p->path, out, &why) != HB_OK) {
        say_anew(p, why.message);
        return 0;
    }
    look_at_dump(p, &now);
    if (is_of_same_dump(&now, &out->origin)) return 1;
    hb_log(HB_LOG_INFO, "%s: the dump has changed since, or other limits hold: the index is made anew", p->path);
    hb_index_close(out);
    return 0;
}

/* What was said when it was made. */
static void say_again(const place *p, const hb_index_origin *origin)
{
    if (origin->is_damaged) hb_log(HB_LOG_WARN, "%s: truncated: %s", p->dump, origin->damage);
    if (origin->invalid_lines > 0)
        hb_log(HB_LOG_WARN, "%s: %" PRIu64 " line%s cannot be read in all", p->dump, origin->invalid_lines, origin->invalid_lines == 1 ? "" : "s");
}

/* --- a new one --- */

/* What the file is called between making and renaming; what has that name is left over from a process with our number. */
static hb_status name_unnamed(place *p, const char *dir)
{
    char ending[32];
    snprintf(ending, sizeof ending, ".%ld.tmp", (long)getpid());
    p->unnamed = name_index(dir, p->dump, ending);
    if (p->unnamed == NULL) return HB_ERR_MEMORY;
    unlink(p->unnamed);
    return HB_OK;
}

/* A file without a name in `dir`, or where the file system has none such, one whose name is in p->unnamed. */
static hb_status create(place *p, const char *dir, hb_error *err)
{
    p->request.fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (p->request.fd >= 0) return HB_OK;
    const hb_status status = name_unnamed(p, dir);
    if (status != HB_OK) return status;
    p->request.fd = open(p->unnamed, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (p->request.fd >= 0) return HB_OK;
    return hb_error_set(err, HB_ERR_IO, dir, HB_NO_BYTE, "no index can be made there: %s%s", strerror(errno),
                        p->path == NULL ? "; TMPDIR names another directory" : "");
}

static hb_status create_request(place *p, hb_error *err)
{
    const char *const temporary = getenv("TMPDIR");
    p->request.path = where(p);
    p->request.err = err;
    look_at_dump(p, &p->request.origin);
    return create(p, p->path != NULL ? p->plan->dir : temporary != NULL && *temporary != '\0' ? temporary : "/var/tmp", err);
}

/* Gives the file without a name one, so that it can be renamed over an older index. */
static hb_status link_unnamed(place *p)
{
    char own[64];
    snprintf(own, sizeof own, "/proc/self/fd/%d", p->request.fd);
    const hb_status status = name_unnamed(p, p->plan->dir);
    if (status != HB_OK) return status;
    return linkat(AT_FDCWD, own, AT_FDCWD, p->unnamed, AT_SYMLINK_FOLLOW) == 0 ? HB_OK : HB_ERR_IO;
}

/* The index gets its name, unless the dump is not any more what was read. */
static hb_status publish(place *p, hb_error *err)
{
    hb_index_origin now = { 0 };
    look_at_dump(p, &now);
    if (!is_of_same_dump(&now, &p->request.origin)) {
        hb_log(HB_LOG_WARN, "%s: changed while it was read: its index is not kept", p->dump);
        return HB_OK;
    }
    hb_status status = p->unnamed == NULL ? link_unnamed(p) : HB_OK;
    if (status == HB_OK && rename(p->unnamed, p->path) != 0) status = HB_ERR_IO;
    if (status == HB_ERR_IO) return hb_error_set(err, HB_ERR_IO, p->path, HB_NO_BYTE, "the index cannot be put in place: %s", strerror(errno));
    hb_free(p->unnamed);
    p->unnamed = NULL;
    return status;
}

/* Opens what was written. */
static hb_status take_over(place *p, hb_index *out, hb_error *err)
{
    hb_status status = p->path != NULL ? publish(p, err) : HB_OK;
    if (status != HB_OK) return status;
    status = hb_index_open(p->request.fd, where(p), out, err);
    p->request.fd = -1;
    return status == HB_ERR_DATA ? HB_ERR_IO : status;   /* what was written a moment ago: the disk is at fault */
}

/* Reads the dump. Collective; agrees on the status. */
static hb_status make(place *p, hb_index *out, int *exit_status, hb_error *err)
{
    const hb_analysis *given = p->plan->analysis;
    hb_analysis analysis = *given;
    char name[] = "index";
    const hb_series series = { .name = name, .paths = given->options->paths, .n_paths = 1 };
    const int here = hb_comm_rank(given->comm) == 0;
    hb_series_report report = { 0 };
    hb_status status = here ? create_request(p, err) : HB_OK;
    analysis.index = &p->request;
    HB_TRY(hb_comm_agree(given->comm, status));
    HB_TRY(hb_analyse_series(&analysis, &series, &report));
    if (here) {
        const hb_dump_status dump = report.dumps[0].status;
        *exit_status = dump == HB_DUMP_OK ? HB_EXIT_OK : dump == HB_DUMP_TRUNCATED ? HB_EXIT_DAMAGED : HB_EXIT_USAGE;
        if (dump != HB_DUMP_FAILED) status = take_over(p, out, err);
    }
    status = hb_comm_agree(given->comm, status);
out:
    hb_series_report_fini(&report);
    return status;
}

static hb_status find_place(place *p, hb_error *err)
{
    if (p->plan->dir == NULL) return HB_OK;
    const hb_status status = make_dir(p->plan->dir, err);
    if (status != HB_OK) return status;
    p->path = name_index(p->plan->dir, p->dump, ".hbindex");
    return p->path != NULL ? HB_OK : HB_ERR_MEMORY;
}

hb_status hb_index_dump(const hb_index_plan *plan, hb_index *out, int *exit_status, hb_error *err)
{
    hb_comm *comm = plan->analysis->comm;
    const int here = hb_comm_rank(comm) == 0;
    place p = { .plan = plan, .dump = plan->analysis->options->paths[0], .request = { .fd = -1 } };
    uint64_t words[] = { 0, 0 };   /* whether there was one; the exit status */
    hb_status status = here ? find_place(&p, err) : HB_OK;
    *out = (hb_index){ .fd = -1 };
    *exit_status = HB_EXIT_OK;
    HB_TRY(hb_comm_agree(comm, status));
    if (here) words[0] = (uint64_t)open_kept(&p, out);
    hb_comm_broadcast(comm, words, sizeof words, 0);
    if (words[0] == 0) HB_TRY(make(&p, out, exit_status, err));
    else if (here) {
        say_again(&p, &out->origin);
        *exit_status = out->origin.is_damaged ? HB_EXIT_DAMAGED : HB_EXIT_OK;
    }
    words[1] = (uint64_t)*exit_status;
    hb_comm_broadcast(comm, words, sizeof words, 0);
    *exit_status = (int)words[1];
out:
    if (p.request.fd >= 0) close(p.request.fd);
    if (p.unnamed != NULL) unlink(p.unnamed);
    hb_free(p.unnamed);
    hb_free(p.path);
    return status;
}
