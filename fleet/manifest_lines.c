/* Enters: a file. Leaves: what its lines say. A line is read byte by byte into a buffer of fixed size, so that neither a line
 * without an end nor a NUL in it gets any further. */
#include "fleet/manifest_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/manifest.h"
#include "fleet/moment.h"

enum { MOST_COLUMNS = 3 };

typedef struct reader {
    const char *path;
    FILE *file;
    uint64_t line;
    char text[HB_MANIFEST_MOST_LINE + 1];
    size_t n;
} reader;

static hb_status refuse(const reader *r, const char *why, hb_error *err)
{
    char where[sizeof err->path + 32];
    snprintf(where, sizeof where, "%.*s:%" PRIu64, (int)sizeof err->path - 32, r->path, r->line);
    return hb_error_set(err, HB_ERR_USAGE, where, HB_NO_BYTE, "%s", why);
}

/* The next line, without its end; *ended where there is none. */
static hb_status next_line(reader *r, int *ended, hb_error *err)
{
    int c;
    r->line++;
    r->n = 0;
    while ((c = getc_unlocked(r->file)) != EOF && c != '\n') {
        if (c == '\0') return refuse(r, "there is a NUL byte in this line; a manifest is text", err);
        if (r->n == HB_MANIFEST_MOST_LINE) return refuse(r, "this line is too long to be path, series and time", err);
        r->text[r->n++] = (char)c;
    }
    if (ferror(r->file))
        return hb_error_set(err, HB_ERR_USAGE, r->path, HB_NO_BYTE, "the manifest cannot be read: %s", strerror(errno));
    *ended = c == EOF && r->n == 0;
    if (r->n > 0 && r->text[r->n - 1] == '\r') r->n--;
    if (r->line == 1 && r->n >= 3 && memcmp(r->text, "\xef\xbb\xbf", 3) == 0) memmove(r->text, r->text + 3, r->n -= 3);
    r->text[r->n] = '\0';
    return HB_OK;
}

static int says_nothing(const reader *r)
{
    return r->text[0] == '#' || strspn(r->text, " \t") == r->n;
}

/* Cuts the line at its first tabs; a missing column is empty. */
static void cut(char *text, char *columns[MOST_COLUMNS])
{
    for (int i = 0; i < MOST_COLUMNS; i++) {
        columns[i] = text;
        text += strcspn(text, "\t");
        if (i + 1 < MOST_COLUMNS && *text != '\0') *text++ = '\0';
    }
}

static hb_status add_line(const reader *r, char *columns[MOST_COLUMNS], hb_manifest_lines *out, hb_error *err)
{
    const char *path = columns[0], *series = columns[1], *time = columns[2];
    hb_status status;
    if (path[0] == '\0') return refuse(r, "the first column, the path of a dump, is empty", err);
    HB_TRY(hb_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items));
    hb_manifest_line *line = &out->items[out->n];
    *line = (hb_manifest_line){ .line = r->line };
    line->has_time = time[strspn(time, " \t")] != '\0';
    if (line->has_time && !hb_moment_parse(hb_span_of(time), &line->at_ms))
        return refuse(r, "the third column is no time such as 2024-03-07T10:15:00Z or 1709806500", err);
    if (hb_span_ends_with(hb_span_of(path), ".tmp")) {
        hb_log(HB_LOG_WARN, "%s: left out, a .tmp file is still being written", path);
        return HB_OK;
    }
    out->n++;
    line->path = hb_copy_text(path, strlen(path));
    if (series[0] != '\0') line->series = hb_copy_text(series, strlen(series));
    if (line->path == NULL || (series[0] != '\0' && line->series == NULL)) status = HB_ERR_MEMORY;
out:
    return status;
}

hb_status hb_manifest_lines_read(const char *path, hb_manifest_lines *out, hb_error *err)
{
    reader r = { .path = path, .file = fopen(path, "re") };
    hb_status status = HB_OK;
    int ended = 0;
    *out = (hb_manifest_lines){ 0 };
    if (r.file == NULL)
        return hb_error_set(err, HB_ERR_USAGE, path, HB_NO_BYTE, "the manifest cannot be opened: %s", strerror(errno));
    while (status == HB_OK) {
        char *columns[MOST_COLUMNS];
        HB_TRY(next_line(&r, &ended, err));
        if (ended) break;
        if (says_nothing(&r)) continue;
        cut(r.text, columns);
        status = add_line(&r, columns, out, err);
    }
out:
    (void)fclose(r.file);
    return status;
}

void hb_manifest_lines_fini(hb_manifest_lines *lines)
{
    for (size_t i = 0; i < lines->n; i++) {
        hb_free(lines->items[i].path);
        hb_free(lines->items[i].series);
    }
    hb_free(lines->items);
    *lines = (hb_manifest_lines){ 0 };
}
