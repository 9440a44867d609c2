/* For parsers that want a path: the bytes as a file, the same one each time. */
#ifndef HB_TESTS_FUZZ_FILE_H
#define HB_TESTS_FUZZ_FILE_H

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/* Its path; removed when the program ends. */
static char fuzz_path[64];
static int fuzz_fd = -1;

static void fuzz_file_remove(void)
{
    unlink(fuzz_path);
}

static const char *fuzz_file(const uint8_t *bytes, size_t n)
{
    if (fuzz_fd < 0) {
        snprintf(fuzz_path, sizeof fuzz_path, "%s/hb-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        fuzz_fd = mkstemp(fuzz_path);
        atexit(fuzz_file_remove);
    }
    DEMAND(fuzz_fd >= 0 && ftruncate(fuzz_fd, 0) == 0 && pwrite(fuzz_fd, bytes, n, 0) == (ssize_t)n);
    return fuzz_path;
}

#endif
