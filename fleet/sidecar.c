/* Enters: the path of a dump. Leaves: the time that a file beside it tells, and what it tells of the process.
 *
 * The JSON is not parsed but skipped through: strings are taken whole and brackets counted, so that a key within another
 * object, or a command line that looks like JSON, is not taken for "taken_at". Whether the rest is JSON is nobody's concern
 * here. Cost: one read(), of at most 64 KiB, for the time and one for the figures, and a walk over that a figure. */
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

/* Where the value of a key of the outermost object begins, into *at. */
static int find_value(hb_span json, const char *key, size_t *at)
{
    const size_t n = strlen(key);
    long depth = 0;
    int is_key = 0; /* a string here is a key of the outermost object */
    size_t i = skip_blanks(json, 0);
    if (i >= json.n || json.at[i] != '{') return 0;
    while (i < json.n) {
        const char c = json.at[i];
        hb_span string;
        if (c == '"') {
            if (!take_string(json, &i, &string)) return 0;
            if (is_key && string.n == n && memcmp(string.at, key, n) == 0) {
                i = skip_blanks(json, i);
                if (i >= json.n || json.at[i] != ':') return 0;
                *at = skip_blanks(json, i + 1);
                return *at < json.n;
            }
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

/* The value of such a key that is a string without escapes. */
static int find_text(hb_span json, const char *key, hb_span *text)
{
    size_t at = 0;
    return find_value(json, key, &at) && json.at[at] == '"' && take_string(json, &at, text) && memchr(text->at, '\\', text->n) == NULL;
}

int hb_sidecar_find_time(hb_span json, hb_span *text)
{
    return find_text(json, "taken_at", text);
}

/* --- figures --- */

/* The value of such a key that is a whole number, up to its end; at most HB_SYMPTOM_MOST. */
static int find_number(hb_span json, const char *key, uint64_t *number)
{
    size_t at = 0;
    if (!find_value(json, key, &at)) return 0;
    const hb_span digits = hb_natural_digits(json, at);
    *number = 0;
    for (size_t i = 0; i < digits.n && *number <= HB_SYMPTOM_MOST; i++) *number = *number * 10 + (uint64_t)(digits.at[i] - '0');
    at = skip_blanks(json, at + digits.n);
    return digits.n > 0 && *number <= HB_SYMPTOM_MOST && at < json.n && (json.at[at] == ',' || json.at[at] == '}');
}

static void take_number(hb_span json, const char *key, hb_symptom which, hb_symptoms *out)
{
    uint64_t number;
    if (find_number(json, key, &number)) hb_symptoms_set(out, which, number);
}

/* HEAP_PAGE_SIZE of gc.c: 64 KiB since Ruby 3.2. 0: not known. */
static uint64_t page_bytes(hb_span json)
{
    hb_span version, major, minor;
    if (!find_text(json, "ruby_version", &version)) return 0;
    major = hb_natural_digits(version, 0);
    if (major.n != 1 || version.n < 3 || version.at[1] != '.') return 0;
    minor = hb_natural_digits(version, 2);
    if (minor.n == 0) return 0;
    return major.at[0] > '3' || (major.at[0] == '3' && (minor.n > 1 || minor.at[0] >= '2')) ? 65536 : 16384;
}

static void take_slots(hb_span json, hb_span stat, hb_symptoms *out)
{
    uint64_t available, live, pages;
    if (find_number(stat, "heap_available_slots", &available)) {
        hb_symptoms_set(out, HB_SYMPTOM_AVAILABLE_SLOTS, available);
        if (find_number(stat, "heap_live_slots", &live) && live <= available) hb_symptoms_set(out, HB_SYMPTOM_LIVE_SLOTS, live);
    }
    const uint64_t bytes = page_bytes(json);
    if (bytes != 0 && find_number(stat, "heap_allocated_pages", &pages) && pages <= HB_SYMPTOM_MOST / bytes)
        hb_symptoms_set(out, HB_SYMPTOM_SLOT_BYTES, pages * bytes);
}

void hb_sidecar_find_figures(hb_span json, hb_symptoms *out)
{
    size_t at = 0;
    *out = (hb_symptoms){ 0 };
    take_number(json, "rss_bytes", HB_SYMPTOM_RSS, out);
    take_number(json, "pss_bytes", HB_SYMPTOM_PSS, out);
    take_number(json, "gc_count", HB_SYMPTOM_GC_COUNT, out);
    if (!find_value(json, "gc_stat", &at)) return;
    const hb_span stat = { json.at + at, json.n - at };
    take_slots(json, stat, out);
    take_number(stat, "old_objects", HB_SYMPTOM_OLD_OBJECTS, out);
    take_number(stat, "malloc_increase_bytes", HB_SYMPTOM_MALLOC, out);
    take_number(stat, "oldmalloc_increase_bytes", HB_SYMPTOM_OLD_MALLOC, out);
}

/* --- files --- */

/* The start of NAME.meta.json beside a dump, into a room of META_MOST_BYTES; -1: there is none. Its name into `name`. */
static long read_meta(const char *path, char name[NAME_ROOM], char *json)
{
    const hb_span stem = hb_stamp_stem(path);
    if (stem.n >= NAME_ROOM || snprintf(name, NAME_ROOM, "%.*s.meta.json", (int)stem.n, stem.at) >= NAME_ROOM) return -1;
    return read_start(name, json, META_MOST_BYTES);
}

void hb_sidecar_figures(const char *path, hb_symptoms *out)
{
    char name[NAME_ROOM], json[META_MOST_BYTES];
    const long n = strcmp(path, "-") != 0 ? read_meta(path, name, json) : -1;
    hb_sidecar_find_figures((hb_span){ json, n > 0 ? (size_t)n : 0 }, out);
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
    const long n = read_meta(path, name, json);
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
