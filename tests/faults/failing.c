/* The program on a machine that fails: the linker puts these functions in place of the C library's in all that is
 * heapbatch's own (--wrap, see the Makefile), and the HB_TEST_FAIL-th call that HB_TEST_FAULT names fails.
 *
 *     HB_TEST_FAULT   memory: an allocation (base/memory.h); EIO, ENOSPC, EINTR, ...: a call that can fail so;
 *                     short: a read or a write does half of what was asked
 *     HB_TEST_FAIL    the number of the call, from 1; with a + behind it, all later ones fail too
 *     HB_TEST_CALL    only calls of this function count
 *     HB_TEST_RANK    of a job: the rank that it happens to (default 0)
 *     HB_TEST_TOLD    a file to which the function's name is added when it happens, and "never" at the end if it did not
 *
 * A call that fails has done nothing, but for fclose, which closes. What stdio writes fails when it is flushed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#define MEMORY (-1)
#define SHORT (-2)

/* What a call can fail with: reads as reads do, writes as writes do. */
enum { READS = 1, WRITES = 2, WAITS = 4 };

static const struct {
    const char *name;
    int error, hits;
} faults[] = {
    { "memory", MEMORY, 0 },
    { "short", SHORT, 0 },
    { "EIO", EIO, READS | WRITES },
    { "ENOSPC", ENOSPC, WRITES },
    { "EACCES", EACCES, READS | WRITES },
    { "EMFILE", EMFILE, READS | WRITES },
    { "EINTR", EINTR, WAITS },
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int fault, hits, persistent;
static long number, countdown;   /* calls until it happens: at first, and now; 0: not any more */
static int happened;
static const char *only; /* NULL: all functions */

FILE *__real_fopen(const char *path, const char *mode);
int __real_fclose(FILE *file);

/* Says that it has happened. */
static void tell(const char *function)
{
    const char *path = getenv("HB_TEST_TOLD");
    FILE *told = path != NULL ? __real_fopen(path, "a") : NULL;
    if (told == NULL) return;
    fprintf(told, "%s\n", function);
    __real_fclose(told);
}

static int is_this_rank(void)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK"), *wanted = getenv("HB_TEST_RANK");
    return atoi(rank != NULL ? rank : "0") == atoi(wanted != NULL ? wanted : "0");
}

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("HB_TEST_FAULT"), *text = getenv("HB_TEST_FAIL");
    if (name == NULL || text == NULL || !is_this_rank()) return;
    persistent = strchr(text, '+') != NULL;
    only = getenv("HB_TEST_CALL");
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strcmp(name, faults[i].name) == 0) {
            fault = faults[i].error;
            hits = faults[i].hits;
            number = countdown = atol(text);
        }
    if (fault == MEMORY) hb_memory_fail_at((uint64_t)countdown, persistent);
}

/* An allocation that is still to fail does so within as many as were asked for. */
static int memory_failed(void)
{
    for (long i = 0; i < number; i++) {
        void *memory = hb_alloc(1, 1);
        if (memory == NULL) return persistent && i == 0;
        hb_free(memory);
        if (persistent) return 0;
    }
    return 1;
}

__attribute__((destructor)) static void end(void)
{
    if (number > 0 && !(fault == MEMORY ? memory_failed() : happened)) tell("never");
}

/* Whether this call is the one. */
static int is_hit(const char *function)
{
    if (only != NULL && strcmp(only, function) != 0) return 0;
    pthread_mutex_lock(&lock);
    const int hit = countdown > 0 && --countdown == 0, first = hit && !happened;
    if (hit && persistent) countdown = 1;
    happened |= hit;
    pthread_mutex_unlock(&lock);
    if (first) tell(function);
    return hit;
}

static int fails(int kinds, const char *function)
{
    if ((hits & kinds) == 0 || !is_hit(function)) return 0;
    errno = fault;
    return 1;
}

static size_t shorter(size_t n, const char *function)
{
    return fault == SHORT && n > 1 && is_hit(function) ? n / 2 : n;
}

/* --- in place of the real ones --- */

#define WRAP(type, name, parameters) type __real_##name parameters; type __wrap_##name parameters; type __wrap_##name parameters

/* A function that only passes on, or fails. */
#define PASS(type, name, parameters, arguments, kinds, failed) \
    WRAP(type, name, parameters) { return fails(kinds, #name) ? (failed) : __real_##name arguments; }

PASS(int, fstat, (int fd, struct stat *info), (fd, info), READS, -1)
PASS(int, stat, (const char *path, struct stat *info), (path, info), READS, -1)
PASS(int, lstat, (const char *path, struct stat *info), (path, info), READS, -1)
PASS(int, access, (const char *path, int mode), (path, mode), READS, -1)
PASS(off_t, lseek, (int fd, off_t offset, int whence), (fd, offset, whence), READS, -1)
PASS(DIR *, opendir, (const char *path), (path), READS, NULL)
PASS(int, mkdir, (const char *path, mode_t mode), (path, mode), WRITES, -1)
PASS(int, fsync, (int fd), (fd), WRITES | WAITS, -1)
PASS(int, fdatasync, (int fd), (fd), WRITES | WAITS, -1)
PASS(int, rename, (const char *from, const char *to), (from, to), WRITES, -1)
PASS(int, flock, (int fd, int operation), (fd, operation), WRITES | WAITS, -1)
PASS(int, ftruncate, (int fd, off_t n), (fd, n), WRITES | WAITS, -1)
PASS(int, fchmod, (int fd, mode_t mode), (fd, mode), WRITES, -1)
PASS(FILE *, fopen, (const char *path, const char *mode), (path, mode), strchr(mode, 'r') ? READS : WRITES, NULL)
PASS(FILE *, fdopen, (int fd, const char *mode), (fd, mode), WRITES, NULL)
PASS(int, fflush, (FILE *file), (file), WRITES, EOF)
PASS(ssize_t, read, (int fd, void *to, size_t n), (fd, to, shorter(n, "read")), READS | WAITS, -1)
PASS(ssize_t, pread, (int fd, void *to, size_t n, off_t at), (fd, to, shorter(n, "pread"), at), READS | WAITS, -1)
PASS(ssize_t, write, (int fd, const void *from, size_t n), (fd, from, shorter(n, "write")), WRITES | WAITS, -1)
PASS(ssize_t, pwrite, (int fd, const void *from, size_t n, off_t at), (fd, from, shorter(n, "pwrite"), at), WRITES | WAITS, -1)
PASS(void *, mmap, (void *at, size_t n, int protection, int flags, int fd, off_t offset),
     (at, n, protection, flags, fd, offset), WRITES, MAP_FAILED)
PASS(int, madvise, (void *at, size_t n, int advice), (at, n, advice), WRITES, -1)

WRAP(int, fclose, (FILE *file))
{
    const int failed = fails(WRITES, "fclose"), error = errno, status = __real_fclose(file);
    if (!failed) return status;
    errno = error;
    return EOF;
}

WRAP(int, open, (const char *path, int flags, ...))
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (fails(((flags & O_ACCMODE) == O_RDONLY ? READS : WRITES) | WAITS, "open")) return -1;
    return __real_open(path, flags, mode);
}

WRAP(int, fcntl, (int fd, int command, ...))
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    /* To give a whole lock back does not fail (fcntl(2): ENOLCK is for parts of it). */
    const int gives_back = command == F_OFD_SETLKW && ((struct flock *)argument)->l_type == F_UNLCK;
    return !gives_back && fails(WRITES | WAITS, "fcntl") ? -1 : __real_fcntl(fd, command, argument);
}
