#include "fleet/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"

#define DIGITS 16
#define LONGEST 128   /* bytes of a line, its newline included */

static hb_status fail(const char *path, const char *what, hb_error *err)
{
    return hb_error_set(err, HB_ERR_IO, path, HB_NO_BYTE, "%s: %s", what, strerror(errno));
}

/* --- reading --- */

/* 16 hexadecimal digits in lower case and what stands behind them. */
static int read_hex(const char *text, size_t n, char behind, uint64_t *word)
{
    if (n < DIGITS + 1 || text[DIGITS] != behind) return 0;
    *word = 0;
    for (int i = 0; i < DIGITS; i++) {
        const char c = text[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return 0;
        *word = *word << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return 1;
}

/* Whether the text begins with the word, and if so goes behind it. */
static int skip_word(const char **text, size_t *n, const char *word)
{
    const size_t length = strlen(word);
    if (*n < length || memcmp(*text, word, length) != 0) return 0;
    *text += length;
    *n -= length;
    return 1;
}

enum { AT_WORK = 1, AT_WORK_ALONE };

/* The run that has been told of is over: what it left open, it died at. */
static void end_run(hb_table *known)
{
    for (size_t i = 0; i < known->n; i++) {
        uint64_t *row = hb_table_values(known, i);
        if (row[HB_JOURNAL_IS_OPEN] == 0) continue;
        if (row[HB_JOURNAL_IS_OPEN] == AT_WORK_ALONE) row[HB_JOURNAL_DEATHS]++;
        row[HB_JOURNAL_IS_OPEN] = 0;
        row[HB_JOURNAL_IS_SUSPECT] = 1;
    }
}

enum { BEGIN, START, ALONE, DONE, STOP, N_KINDS };

/* One line with its newline; *torn: it counts for nothing. */
static hb_status take_line(const char *line, size_t n, hb_table *known, int *torn)
{
    static const char *const words[N_KINDS] = { "begin ", "start ", "alone ", "done ", "stop " };
    uint64_t sum, id, hash = 0;
    int kind = 0;
    *torn = 1;
    if (!read_hex(line, n, ' ', &sum)) return HB_OK;
    const char *text = line + DIGITS + 1;
    size_t left = n - DIGITS - 1;
    if (hb_hash_bytes(text, left, 0) != sum) return HB_OK;
    while (kind < N_KINDS && !skip_word(&text, &left, words[kind])) kind++;
    if (kind == N_KINDS || !read_hex(text, left, kind == DONE ? ' ' : '\n', &id)) return HB_OK;
    if (kind == DONE && !read_hex(text + DIGITS + 1, left - DIGITS - 1, '\n', &hash)) return HB_OK;
    *torn = 0;
    if (kind == BEGIN) {
        end_run(known);
        return HB_OK;
    }
    uint64_t *row = hb_table_put(known, &id, NULL);
    if (row == NULL) return HB_ERR_MEMORY;
    row[HB_JOURNAL_IS_OPEN] = kind == START ? AT_WORK : kind == ALONE ? AT_WORK_ALONE : 0;
    if (kind != DONE) return HB_OK;
    row[HB_JOURNAL_IS_DONE] = 1;
    row[HB_JOURNAL_HASH] = hash;
    return HB_OK;
}

static hb_status read_lines(FILE *in, hb_table *known, uint64_t *n_torn)
{
    char line[LONGEST];
    size_t n = 0;
    for (int c; (c = getc(in)) != EOF;) {
        if (n < sizeof line) line[n++] = (char)c;
        if (c != '\n') continue;
        int torn = 1;
        const hb_status status = line[n - 1] == '\n' ? take_line(line, n, known, &torn) : HB_OK;
        if (status != HB_OK) return status;
        *n_torn += (uint64_t)torn;
        n = 0;
    }
    *n_torn += n > 0;
    end_run(known);
    return HB_OK;
}

hb_status hb_journal_read(const char *path, hb_table *known, uint64_t *n_torn, hb_error *err)
{
    hb_table_init(known, 1, HB_JOURNAL_WORDS);
    *n_torn = 0;
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    FILE *in = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (in == NULL && fd >= 0) close(fd);
    if (in == NULL) return errno == ENOENT ? HB_OK : fail(path, "cannot be read", err);
    hb_status status = read_lines(in, known, n_torn);
    if (status == HB_OK && ferror(in)) status = fail(path, "cannot be read", err);
    (void)fclose(in);
    if (status != HB_OK) hb_table_fini(known);
    return status;
}

/* --- adding --- */

hb_status hb_journal_open(const char *path, int *fd, hb_error *err)
{
    *fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    return *fd >= 0 ? HB_OK : fail(path, "cannot be opened", err);
}

static int lock_all(int fd, short type)
{
    struct flock whole = { .l_type = type, .l_whence = SEEK_SET };
    int got;
    do got = fcntl(fd, F_OFD_SETLKW, &whole);
    while (got != 0 && errno == EINTR);
    return got == 0;
}

/* Whether the file ends inside a line: its writer died. */
static int is_torn(int fd)
{
    char last = '\n';
    const off_t end = lseek(fd, 0, SEEK_END);
    return end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n';
}

static hb_status add(int fd, const char *path, const char *text, hb_error *err)
{
    char line[LONGEST];
    hb_status status = HB_OK;
    if (!lock_all(fd, F_WRLCK)) return fail(path, "cannot be locked", err);
    const int n = snprintf(line, sizeof line, "%s%016" PRIx64 " %s", is_torn(fd) ? "\n" : "",
                           hb_hash_bytes(text, strlen(text), 0), text);
    const ssize_t written = write(fd, line, (size_t)n);
    if (written >= 0 && written < n) errno = ENOSPC;
    if (written != n || fdatasync(fd) != 0) status = fail(path, "cannot be written", err);
    lock_all(fd, F_UNLCK);
    return status;
}

static hb_status add_word(int fd, const char *path, const char *what, uint64_t word, hb_error *err)
{
    char text[LONGEST / 2];
    snprintf(text, sizeof text, "%s %016" PRIx64 "\n", what, word);
    return add(fd, path, text, err);
}

hb_status hb_journal_begin(int fd, const char *path, uint64_t process, hb_error *err)
{
    return add_word(fd, path, "begin", process, err);
}

hb_status hb_journal_start(int fd, const char *path, uint64_t id, int alone, hb_error *err)
{
    return add_word(fd, path, alone ? "alone" : "start", id, err);
}

hb_status hb_journal_stop(int fd, const char *path, uint64_t id, hb_error *err)
{
    return add_word(fd, path, "stop", id, err);
}

hb_status hb_journal_done(int fd, const char *path, uint64_t id, uint64_t hash, hb_error *err)
{
    char text[LONGEST / 2];
    snprintf(text, sizeof text, "done %016" PRIx64 " %016" PRIx64 "\n", id, hash);
    return add(fd, path, text, err);
}
