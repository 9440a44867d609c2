/* Enters: the path of a dump. Leaves: the time that a file beside it tells.
 *
 * The JSON is not parsed but skipped through: strings are taken whole and brackets counted, so that a key within another
 * object, or a command line that looks like JSON, is not taken for "taken_at". Whether the rest is JSON is nobody's concern
 * here. Cost: one read(), of at most 64 KiB. */
#include "fleet/sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "fleet/moment.h"
#include "fleet/stamp.h"

enum { NAME_ROOM = 4096, TIME_MOST_BYTES = 64, META_MOST_BYTES = 65536 };

int hb_sidecar_is_meta(const char *path)
{
    return hb_span_ends_with(hb_span_of(path), ".meta.json");
}

/* Up to n bytes of a regular file; -1 when there is none. Opening a named pipe would wait for its other end. */
static long read_start(const char *path, char *out, size_t n)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t got = -1;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
        do got = read(fd, out, n);
        while (got < 0 && errno == EINTR);
    close(fd);
    return (long)got;
}

static size_t skip_blanks(hb_span json, size_t i)
{
    while (i < json.n && strchr(" \t\r\n", json.at[i]) != NULL && json.at[i] != '\0') i++;
    return i;
}

/* The text of the string that begins at byte *i, escapes as they are; *i is moved behind it. 0: it has no end. */
static int take_string(hb_span json, size_t *i, hb_span *text)
{
    const size_t start = *i + 1;
    size_t end = start;
    while (end < json.n && json.at[end] != '"') end += json.at[end] == '\\' ? 2 : 1;
    if (end >= json.n) return 0;
    *text = (hb_span){ json.at + start, end - start };
    *i = end + 1;
    return 1;
}

/* The value behind a key that ends before byte i. */
static int take_value(hb_span json, size_t i, hb_span *text)
{
    i = skip_blanks(json, i);
    if (i >= json.n || json.at[i] != ':') return 0;
    i = skip_blanks(json, i + 1);
    return i < json.n && json.at[i] == '"' && take_string(json, &i, text) && memchr(text->at, '\\', text->n) == NULL;
}

int hb_sidecar_find_time(hb_span json, hb_span *text)
{
    static const char key[] = "taken_at";
    long depth = 0;
    int is_key = 0; /* a string here is a key of the outermost object */
    size_t i = skip_blanks(json, 0);
    if (i >= json.n || json.at[i] != '{') return 0;
    while (i < json.n) {
        const char c = json.at[i];
        hb_span string;
        if (c == '"') {
            if (!take_string(json, &i, &string)) return 0;
            if (is_key && string.n == sizeof key - 1 && memcmp(string.at, key, string.n) == 0) return take_value(json, i, text);
            is_key = 0;
            continue;
        }
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (depth <= 0) return 0;
        if (depth == 1 && (c == '{' || c == ',')) is_key = 1;
        i++;
    }
    return 0;
}

/* -1: there is no such file. */
static int tell_by_time(const char *path, int64_t *at_ms)
{
    char name[NAME_ROOM], text[TIME_MOST_BYTES + 1];
    if (snprintf(name, sizeof name, "%s.time", path) >= (int)sizeof name) return -1;
    long n = read_start(name, text, sizeof text);
    if (n < 0) return -1;
    if (n <= TIME_MOST_BYTES && hb_moment_parse((hb_span){ text, (size_t)n }, at_ms)) return 1;
    hb_log(HB_LOG_WARN, "%s: tells no time; it should be one line such as 2024-03-07T10:15:00Z or 1709806500", name);
    return 0;
}

static int tell_by_meta(const char *path, int64_t *at_ms)
{
    char name[NAME_ROOM], json[META_MOST_BYTES];
    hb_span text;
    const hb_span stem = hb_stamp_stem(path);
    if (stem.n >= sizeof name || snprintf(name, sizeof name, "%.*s.meta.json", (int)stem.n, stem.at) >= (int)sizeof name) return 0;
    long n = read_start(name, json, sizeof json);
    if (n < 0) return 0;
    if (hb_sidecar_find_time((hb_span){ json, (size_t)n }, &text) && hb_moment_parse(text, at_ms)) return 1;
    hb_log(HB_LOG_WARN, "%s: tells no time; it should have \"taken_at\": \"2024-03-07T10:15:00Z\"", name);
    return 0;
}

int hb_sidecar_tell(const char *path, int64_t *at_ms)
{
    const int told = tell_by_time(path, at_ms);
    return told >= 0 ? told : tell_by_meta(path, at_ms);
}
