#include "report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

static hb_status fail(const char *path, const char *what, hb_error *err)
{
    return hb_error_set(err, HB_ERR_IO, path, HB_NO_BYTE, "%s: %s", what, strerror(errno));
}

/* What becomes of a stream when it is filled. */
enum { STAYS_OPEN, CLOSES, SYNCS };

/* Into a stream that is open already. */
static hb_status fill(FILE *out, const char *path, int closes, hb_output_writer write, void *ctx, hb_error *err)
{
    hb_status status = write(ctx, out, err);
    int failed = fflush(out) != 0 || ferror(out);
    if (closes == SYNCS && !failed && fsync(fileno(out)) != 0) failed = 1;
    if (closes && fclose(out) != 0) failed = 1;
    if (status == HB_OK && failed) return fail(path, "cannot be written", err);
    if (status != HB_OK && err != NULL && err->path[0] == '\0') snprintf(err->path, sizeof err->path, "%s", path);
    return status;
}

/* Whether a new file may take the place of what is at path: of nothing, or of a regular file. */
static int can_be_replaced(const char *path, const struct stat *info)
{
    struct stat link;
    return lstat(path, &link) != 0 || (S_ISREG(link.st_mode) && S_ISREG(info->st_mode));
}

/* The folder that a path is in; to be freed. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? hb_copy_text(".", 1) : hb_copy_text(path, (size_t)(slash - path) + 1);
}

static hb_status sync_folder(const char *path, hb_error *err)
{
    char *folder = folder_of(path);
    if (folder == NULL) return hb_error_set(err, HB_ERR_MEMORY, path, HB_NO_BYTE, "out of memory");
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hb_free(folder);
    const int failed = fd < 0 || fsync(fd) != 0;
    const hb_status status = failed ? fail(path, "its folder cannot be synced", err) : HB_OK;
    if (fd >= 0) close(fd);
    return status;
}

/* Beside the path, then renamed over it. closes: CLOSES or SYNCS, and then the file is for its owner only. */
static hb_status replace(const char *path, int closes, hb_output_writer write, void *ctx, hb_error *err)
{
    struct stat old;
    size_t room = strlen(path) + 48;
    char *temporary = hb_alloc(room, 1);
    if (temporary == NULL) return hb_error_set(err, HB_ERR_MEMORY, path, HB_NO_BYTE, "out of memory");
    /* A run that was killed may have left one of that name; process ids come back. */
    int fd = -1;
    for (int attempt = 0; fd < 0 && attempt < 100; attempt++) {
        snprintf(temporary, room, "%s.%ld.%d.tmp", path, (long)getpid(), attempt);
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, closes == SYNCS ? 0600 : 0666);
        if (fd < 0 && errno != EEXIST) break;
    }
    if (fd >= 0 && stat(path, &old) == 0) (void)fchmod(fd, old.st_mode & 07777);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    hb_status status = out == NULL ? fail(path, "cannot be created", err) : fill(out, path, closes, write, ctx, err);
    if (status == HB_OK && rename(temporary, path) != 0) status = fail(path, "cannot be put in place", err);
    if (status != HB_OK && fd >= 0) unlink(temporary);
    hb_free(temporary);
    return status == HB_OK && closes == SYNCS ? sync_folder(path, err) : status;
}

hb_status hb_output_check(const char *path, hb_error *err)
{
    struct stat info;
    if (strcmp(path, "-") == 0) return HB_OK;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return hb_error_set(err, HB_ERR_IO, path, HB_NO_BYTE, "is a directory: name a file");
    if (stat(path, &info) == 0 && !can_be_replaced(path, &info))
        return access(path, W_OK) == 0 ? HB_OK : fail(path, "cannot be written", err);
    char *folder = folder_of(path);
    if (folder == NULL) return hb_error_set(err, HB_ERR_MEMORY, path, HB_NO_BYTE, "out of memory");
    hb_status status = access(folder, W_OK | X_OK) == 0 ? HB_OK : fail(path, "cannot be created", err);
    hb_free(folder);
    return status;
}

hb_status hb_output_write(const char *path, hb_output_writer write, void *ctx, hb_error *err)
{
    struct stat info;
    if (strcmp(path, "-") == 0) return fill(stdout, "standard output", STAYS_OPEN, write, ctx, err);
    if (stat(path, &info) != 0 || can_be_replaced(path, &info)) return replace(path, CLOSES, write, ctx, err);
    FILE *out = fopen(path, "we");
    return out == NULL ? fail(path, "cannot be opened", err) : fill(out, path, CLOSES, write, ctx, err);
}

hb_status hb_output_write_durably(const char *path, hb_output_writer write, void *ctx, hb_error *err)
{
    return replace(path, SYNCS, write, ctx, err);
}
