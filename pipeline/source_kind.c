/* What enters: a path. What leaves: what the file is, told by its first bytes, or why it cannot be a dump. */
#include "pipeline/source_kind.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int hb_source_is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

int hb_source_is_gzip(const uint8_t *magic, size_t n)
{
    return n >= 2 && magic[0] == 0x1f && magic[1] == 0x8b;
}

static int named_gz(const char *path)
{
    size_t n = strlen(path);
    return n > 3 && strcmp(path + n - 3, ".gz") == 0;
}

long hb_source_read_fully(int fd, void *buffer, size_t n)
{
    size_t got = 0;
    while (got < n) {
        ssize_t now = read(fd, (char *)buffer + got, n - got);
        if (now < 0 && errno == EINTR) continue;
        if (now < 0) return -1;
        if (now == 0) break;
        got += (size_t)now;
    }
    return (long)got;
}

hb_status hb_source_judge(const char *path, const uint8_t *magic, size_t n, hb_error *err)
{
    if (n == 0) return hb_error_set(err, HB_ERR_DATA, path, 0, "empty: no dump was written, or the disk was full");
    if (n >= 4 && memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0)
        return hb_error_set(err, HB_ERR_DATA, path, 0,
                            "zstd is not read by this version: unpack it with zstd -d first");
    if (named_gz(path) && !hb_source_is_gzip(magic, n))
        return hb_error_set(err, HB_ERR_DATA, path, 0,
                            "named .gz, but no gzip header (1f 8b) there: rename it if it is plain JSON lines");
    return HB_OK;
}

hb_status hb_source_open_regular(const char *path, int *fd, struct stat *info, hb_error *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) return hb_error_set(err, HB_ERR_DATA, path, HB_NO_BYTE, "cannot be opened: %s", strerror(errno));
    if (fstat(*fd, info) != 0)
        return hb_error_set(err, HB_ERR_DATA, path, HB_NO_BYTE, "cannot be examined: %s", strerror(errno));
    if (S_ISDIR(info->st_mode))
        return hb_error_set(err, HB_ERR_DATA, path, HB_NO_BYTE, "is a directory: name the dump files in it");
    if (!S_ISREG(info->st_mode))
        return hb_error_set(err, HB_ERR_DATA, path, HB_NO_BYTE,
                            "is not a regular file: use - to read a dump from standard input");
    return HB_OK;
}

hb_status hb_source_probe(const char *path, hb_source_kind *kind, uint64_t *size, hb_error *err)
{
    *kind = HB_SOURCE_STREAM;
    *size = 0;
    if (hb_source_is_stdin(path)) return HB_OK;
    int fd;
    struct stat info;
    uint8_t magic[4];
    hb_status status = hb_source_open_regular(path, &fd, &info, err);
    if (status == HB_OK) {
        long n = hb_source_read_fully(fd, magic, sizeof magic);
        if (n < 0)
            status = hb_error_set(err, HB_ERR_DATA, path, 0, "cannot be read: %s", strerror(errno));
        else
            status = hb_source_judge(path, magic, (size_t)n, err);
        if (status == HB_OK && !hb_source_is_gzip(magic, (size_t)n)) *kind = HB_SOURCE_PLAIN;
        *size = (uint64_t)info.st_size;
    }
    if (fd >= 0) close(fd);
    return status;
}
