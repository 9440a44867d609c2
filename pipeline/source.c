/* What enters: a path. What leaves: chunks of whole lines.
 *
 * A chunk is filled straight from pread or from the inflater, cut after its last newline, and what is left over (part
 * of a line) opens the next one: a copy of one line a chunk, nothing else. A chunk without a newline doubles
 * until it has one, so memory grows with the longest line that is really there, up to the limit for lines: of a longer one
 * no more than a chunk at a time is held while it is read to its end, and it is handed on as its first byte and a length.
 *
 * A byte range [begin, end) of a plain file stands for the lines that begin in it: reading starts at begin - 1
 * and skips to behind the first newline; it stops behind the first newline at or after end - 1. Neighbouring
 * ranges so share out every line once, whatever the cut. */
#include "pipeline/source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "pipeline/gzip.h"
#include "pipeline/source_kind.h"

struct hb_source {
    char path[sizeof ((hb_error *)0)->path];
    int fd;
    const hb_inflater *inflater;
    hb_gzip *gzip;          /* NULL: plain */
    uint8_t magic[4];       /* the first bytes of a stream, read to tell what it is */
    size_t n_magic, magic_at;
    size_t chunk_bytes;
    hb_limits limits;
    uint64_t position;      /* plain: next byte to read */
    uint64_t end;           /* plain part: lines from here on are the next part's */
    int skip;               /* the first line is the previous part's */
    char *carry;            /* start of the next chunk: text behind the last newline of this one */
    size_t n_carry, cap_carry;
    uint64_t offset;        /* of the carry, in the uncompressed text */
    int ended;
    hb_error damage;
};

/* The gzip reader's source: the magic that was read ahead, then the file. */
static long read_raw(void *ctx, void *buffer, size_t n)
{
    hb_source *source = ctx;
    if (source->magic_at < source->n_magic) {
        size_t left = source->n_magic - source->magic_at;
        if (n > left) n = left;
        memcpy(buffer, source->magic + source->magic_at, n);
        source->magic_at += n;
        return (long)n;
    }
    ssize_t got;
    do got = read(source->fd, buffer, n);
    while (got < 0 && errno == EINTR);
    return (long)got;
}

/* Tells a stream's kind by its first bytes. */
static hb_status open_stream(hb_source *source, const char *path, hb_error *err)
{
    long n = hb_source_read_fully(source->fd, source->magic, sizeof source->magic);
    if (n < 0) return hb_error_set(err, HB_ERR_DATA, path, 0, "cannot be read: %s", strerror(errno));
    source->n_magic = (size_t)n;
    hb_status status = hb_source_judge(path, source->magic, (size_t)n, err);
    if (status == HB_OK && hb_source_is_gzip(source->magic, (size_t)n))
        status = hb_gzip_open(source->inflater, read_raw, source, path, &source->limits, &source->gzip, err);
    return status;
}

static hb_status open_part(hb_source *source, const hb_source_plan *plan, hb_error *err)
{
    struct stat info;
    hb_status status = hb_source_open_regular(plan->path, &source->fd, &info, err);
    if (status != HB_OK) return status;
    if (plan->n_parts == 1) return open_stream(source, plan->path, err);
    uint64_t parts = (uint64_t)plan->n_parts, at = (uint64_t)plan->part, size = plan->size;
    uint64_t begin = size / parts * at + size % parts * at / parts;
    source->end = size / parts * (at + 1) + size % parts * (at + 1) / parts;
    if (plan->part == plan->n_parts - 1) source->end = UINT64_MAX;
    source->skip = begin > 0;
    source->position = source->offset = begin > 0 ? begin - 1 : 0;
    source->ended = begin >= source->end;
    if (lseek(source->fd, (off_t)source->position, SEEK_SET) < 0)
        return hb_error_set(err, HB_ERR_DATA, plan->path, begin, "cannot be positioned: %s", strerror(errno));
    return HB_OK;
}

hb_status hb_source_open(const hb_source_plan *plan, hb_source **out, hb_error *err)
{
    hb_source *source = hb_alloc_zero(1, sizeof *source);
    *out = NULL;
    if (source == NULL) return hb_error_set(err, HB_ERR_MEMORY, plan->path, HB_NO_BYTE, "out of memory");
    source->inflater = hb_source_is_stdin(plan->path) ? &hb_inflater_zlib : plan->inflater;
    source->chunk_bytes = plan->chunk_bytes;
    source->limits = *plan->limits;
    source->end = UINT64_MAX;
    hb_error_clear(&source->damage);
    strncpy(source->path, plan->path, sizeof source->path - 1);
    hb_status status = hb_source_is_stdin(plan->path) ? open_stream(source, plan->path, err) : open_part(source, plan, err);
    if (status != HB_OK) {
        hb_source_close(source);
        return status;
    }
    *out = source;
    return HB_OK;
}

/* Up to cap bytes of text; *n = 0 at the end or at damage. */
static hb_status read_text(hb_source *source, char *buffer, size_t cap, size_t *n)
{
    *n = 0;
    if (source->gzip != NULL) {
        hb_status status = hb_gzip_read(source->gzip, buffer, cap, n, &source->damage);
        return status == HB_ERR_MEMORY ? status : HB_OK;
    }
    long got = read_raw(source, buffer, cap);
    if (got < 0)
        hb_error_set(&source->damage, HB_ERR_IO, source->path, source->position, "cannot be read from here on: %s",
                     strerror(errno));
    else {
        *n = (size_t)got;
        source->position += (size_t)got;
    }
    return HB_OK;
}

/* Fills the chunk up to its capacity; sets ended at the end of the text. */
static hb_status fill(hb_source *source, hb_chunk *chunk)
{
    while (chunk->n < chunk->cap && !source->ended) {
        size_t got;
        hb_status status = read_text(source, hb_chunk_text(chunk) + chunk->n, chunk->cap - chunk->n, &got);
        if (status != HB_OK) return status;
        if (got == 0) source->ended = 1;
        chunk->n += got;
        if (source->damage.code != HB_OK) source->ended = 1;
    }
    return HB_OK;
}

/* Drops the line that belongs to the previous part; says whether it could (its end was in the text). */
static int skip_first_line(hb_source *source, hb_chunk *chunk)
{
    char *text = hb_chunk_text(chunk);
    const char *newline = memchr(text, '\n', chunk->n);
    if (newline == NULL && !source->ended) {
        chunk->byte += chunk->n;
        chunk->n = 0;
        return 0;
    }
    size_t gone = newline == NULL ? chunk->n : (size_t)(newline - text) + 1;
    memmove(text, text + gone, chunk->n - gone);
    chunk->n -= gone;
    chunk->byte += gone;
    source->skip = 0;
    if (chunk->byte >= source->end) {
        chunk->n = 0;
        source->ended = 1;
    }
    return 1;
}

/* Behind the last line of this part, once the text reaches that far; 0 before. */
static size_t part_end(const hb_source *source, const hb_chunk *chunk)
{
    if (source->end <= chunk->byte || source->end - chunk->byte > chunk->n) return 0;
    const char *text = hb_chunk_text(chunk);
    size_t from = source->end - 1 - chunk->byte;
    const char *newline = memchr(text + from, '\n', chunk->n - from);
    return newline == NULL ? 0 : (size_t)(newline - text) + 1;
}

/* Behind the last newline; 0 when there is none. */
static size_t last_line_end(const hb_chunk *chunk)
{
    const char *text = hb_chunk_text(chunk);
    const char *newline = memrchr(text, '\n', chunk->n);
    return newline == NULL ? 0 : (size_t)(newline - text) + 1;
}

static hb_status keep_carry(hb_source *source, const hb_chunk *chunk, size_t cut)
{
    size_t n = chunk->n - cut;
    hb_status status = hb_grow(&source->carry, &source->cap_carry, n, 1);
    if (status != HB_OK) return status;
    if (n != 0) memcpy(source->carry, hb_chunk_text(chunk) + cut, n);
    source->n_carry = n;
    return HB_OK;
}

static hb_status start_chunk(hb_source *source, hb_chunk *chunk)
{
    size_t want = source->chunk_bytes > source->n_carry ? source->chunk_bytes : source->n_carry + 1;
    hb_status status = hb_chunk_start(chunk, want);
    if (status != HB_OK) return status;
    if (source->n_carry != 0) memcpy(hb_chunk_text(chunk), source->carry, source->n_carry);
    chunk->n = source->n_carry;
    chunk->byte = source->offset;
    chunk->final = 0;
    source->n_carry = 0;
    return HB_OK;
}

/* The chunk begins a line that is longer than may be: reads on to its end, and carries over what is behind it. */
static hb_status discard_line(hb_source *source, hb_chunk *chunk)
{
    const char first = *hb_chunk_text(chunk), *newline = NULL;
    uint64_t n = chunk->n;   /* bytes of the line, so far */
    hb_status status;
    HB_TRY(hb_chunk_start(chunk, source->chunk_bytes));
    while (newline == NULL && !source->ended) {
        chunk->n = 0;
        HB_TRY(fill(source, chunk));
        newline = memchr(hb_chunk_text(chunk), '\n', chunk->n);
        n += newline == NULL ? chunk->n : (size_t)(newline - hb_chunk_text(chunk)) + 1;
    }
    if (source->end - chunk->byte <= n) source->ended = 1;   /* the next line is the next part's */
    else if (newline != NULL) HB_TRY(keep_carry(source, chunk, (size_t)(newline - hb_chunk_text(chunk)) + 1));
    chunk->final = newline == NULL;
    *hb_chunk_text(chunk) = first;
    chunk->n = 1;
    chunk->skipped = n - 1;
out:
    return status;
}

/* Room for twice as much, but for no more of a line than may be. */
static hb_status grow(const hb_source *source, hb_chunk *chunk)
{
    const size_t twice = chunk->cap * 2;
    return hb_chunk_reserve(chunk, twice > source->limits.line ? (size_t)source->limits.line + 1 : twice);
}

/* Fills the chunk with whole lines and says in *cut where they end; what is behind that is carried over. */
static hb_status fill_with_lines(hb_source *source, hb_chunk *chunk, size_t *cut)
{
    for (;;) {
        hb_status status = fill(source, chunk);
        if (status != HB_OK) return status;
        if (source->skip && !skip_first_line(source, chunk)) continue;
        *cut = part_end(source, chunk);
        if (*cut != 0) {
            source->ended = 1;
            return HB_OK;
        }
        if (source->ended) {
            *cut = chunk->n;
            chunk->final = 1;
            return HB_OK;
        }
        *cut = last_line_end(chunk);
        if (*cut != 0) return keep_carry(source, chunk, *cut);
        if (chunk->n > source->limits.line) {
            *cut = 1;
            return discard_line(source, chunk);
        }
        status = grow(source, chunk);
        if (status != HB_OK) return status;
    }
}

hb_status hb_source_next(hb_source *source, hb_chunk *chunk)
{
    size_t cut;
    hb_status status;
    HB_TRY(start_chunk(source, chunk));
    HB_TRY(fill_with_lines(source, chunk, &cut));
    hb_chunk_end(chunk, cut);
    source->offset = chunk->byte + cut + chunk->skipped;
out:
    return status;
}

const hb_error *hb_source_damage(const hb_source *source)
{
    return source->damage.code != HB_OK ? &source->damage : NULL;
}

int hb_source_needs_zlib(const hb_source *source)
{
    return source->gzip != NULL && source->inflater != &hb_inflater_zlib && source->damage.code == HB_ERR_DATA;
}

uint64_t hb_source_position(const hb_source *source)
{
    return source->gzip != NULL ? hb_gzip_consumed(source->gzip) : source->position;
}

void hb_source_close(hb_source *source)
{
    if (source == NULL) return;
    hb_gzip_close(source->gzip);
    if (source->fd > 0) close(source->fd);
    hb_free(source->carry);
    hb_free(source);
}
