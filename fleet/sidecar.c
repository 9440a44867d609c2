/* Enters: the path of a dump. Leaves: the time that a file beside it tells, and what it tells of the process.
 *
 * libjansson parses the JSON, once. It allocates as much as the text makes it, at most MOST_A_BYTE a byte of text, by malloc. When it gets
 * nothing it may drop a digit and read on, or end the program by an assertion (2.14, lex_save and lex_unget_unsave of load.c). So it is
 * called only after an allocation of all that it can want has succeeded.
 *
 * Cost: one open() and two read(), of at most 64 KiB together, for the time, and the same for the figures. */
#include "fleet/sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/moment.h"
#include "fleet/stamp.h"

enum { NAME_ROOM = 4096, TIME_MOST_BYTES = 64, META_MOST_BYTES = 65536 };
enum { MOST_A_BYTE = 100, LEAST_BYTES = 64 };   /* {},{},... takes 81; and some for the parser itself */

int hb_sidecar_is_meta(const char *path)
{
    return hb_span_ends_with(hb_span_of(path), ".meta.json");
}

/* --- its text --- */

static hb_span text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? (hb_span){ json_string_value(value), json_string_length(value) } : (hb_span){ "", 0 };
}

/* A whole number of at most HB_SYMPTOM_MOST. */
static int find_number(const json_t *object, const char *key, uint64_t *number)
{
    const json_t *value = json_object_get(object, key);
    const json_int_t integer = json_is_integer(value) ? json_integer_value(value) : -1;
    *number = (uint64_t)integer;
    return integer >= 0 && *number <= HB_SYMPTOM_MOST;
}

static void take_number(const json_t *object, const char *key, hb_symptom which, hb_symptoms *out)
{
    uint64_t number;
    if (find_number(object, key, &number)) hb_symptoms_set(out, which, number);
}

/* HEAP_PAGE_SIZE of gc.c: 64 KiB since Ruby 3.2. 0: not known. */
static uint64_t page_bytes(hb_span version)
{
    const hb_span major = hb_natural_digits(version, 0);
    if (major.n != 1 || version.n < 3 || version.at[1] != '.') return 0;
    const hb_span minor = hb_natural_digits(version, 2);
    if (minor.n == 0) return 0;
    return major.at[0] > '3' || (major.at[0] == '3' && (minor.n > 1 || minor.at[0] >= '2')) ? 65536 : 16384;
}

static void take_slots(const json_t *stat, uint64_t bytes_a_page, hb_symptoms *out)
{
    uint64_t available, live, pages;
    if (find_number(stat, "heap_available_slots", &available)) {
        hb_symptoms_set(out, HB_SYMPTOM_AVAILABLE_SLOTS, available);
        if (find_number(stat, "heap_live_slots", &live) && live <= available) hb_symptoms_set(out, HB_SYMPTOM_LIVE_SLOTS, live);
    }
    if (bytes_a_page != 0 && find_number(stat, "heap_allocated_pages", &pages) && pages <= HB_SYMPTOM_MOST / bytes_a_page)
        hb_symptoms_set(out, HB_SYMPTOM_SLOT_BYTES, pages * bytes_a_page);
}

static void take_figures(const json_t *document, hb_symptoms *out)
{
    const json_t *stat = json_object_get(document, "gc_stat");
    take_number(document, "rss_bytes", HB_SYMPTOM_RSS, out);
    take_number(document, "pss_bytes", HB_SYMPTOM_PSS, out);
    take_number(document, "gc_count", HB_SYMPTOM_GC_COUNT, out);
    take_slots(stat, page_bytes(text_of(document, "ruby_version")), out);
    take_number(stat, "old_objects", HB_SYMPTOM_OLD_OBJECTS, out);
    take_number(stat, "malloc_increase_bytes", HB_SYMPTOM_MALLOC, out);
    take_number(stat, "oldmalloc_increase_bytes", HB_SYMPTOM_OLD_MALLOC, out);
}

hb_status hb_sidecar_parse(hb_span json, hb_sidecar *out)
{
    void *enough = hb_alloc(json.n + LEAST_BYTES, MOST_A_BYTE);
    *out = (hb_sidecar){ 0 };
    if (enough == NULL) return HB_ERR_MEMORY;
    hb_free(enough);
    json_t *document = json_loadb(json.at, json.n, JSON_ALLOW_NUL, NULL);
    out->has_time = hb_moment_parse(text_of(document, "taken_at"), &out->at_ms);
    take_figures(document, &out->symptoms);
    json_decref(document);
    return HB_OK;
}

/* --- files --- */

/* Up to n bytes of a regular file; -1 when there is none. Opening a named pipe would wait for its other end. */
static long read_start(const char *path, char *out, size_t n)
{
    struct stat info;
    size_t had = 0;
    ssize_t got = -1;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return -1;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
        do {
            got = read(fd, out + had, n - had);
            if (got > 0) had += (size_t)got;
        } while ((got > 0 && had < n) || (got < 0 && errno == EINTR));
    close(fd);
    return got < 0 ? -1 : (long)had;
}

/* NAME.meta.json beside a dump, into *out; of one that is too large nothing is known. Its name into `name`, "" where there is none. */
static hb_status read_meta(const char *path, char name[NAME_ROOM], hb_sidecar *out)
{
    char json[META_MOST_BYTES + 1];
    const hb_span stem = hb_stamp_stem(path);
    *out = (hb_sidecar){ 0 };
    const int fits = stem.n < NAME_ROOM && snprintf(name, NAME_ROOM, "%.*s.meta.json", (int)stem.n, stem.at) < NAME_ROOM;
    const long n = fits ? read_start(name, json, sizeof json) : -1;
    if (n < 0) name[0] = '\0';
    return n > 0 && n <= META_MOST_BYTES ? hb_sidecar_parse((hb_span){ json, (size_t)n }, out) : HB_OK;
}

hb_status hb_sidecar_figures(const char *path, hb_symptoms *out)
{
    char name[NAME_ROOM];
    hb_sidecar sidecar = { 0 };
    const hb_status status = strcmp(path, "-") != 0 ? read_meta(path, name, &sidecar) : HB_OK;
    *out = sidecar.symptoms;
    return status;
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

hb_status hb_sidecar_tell(const char *path, int *has_time, int64_t *at_ms)
{
    char name[NAME_ROOM];
    hb_sidecar sidecar;
    const int told = tell_by_time(path, at_ms);
    *has_time = told > 0;
    if (told >= 0) return HB_OK;
    const hb_status status = read_meta(path, name, &sidecar);
    *has_time = sidecar.has_time;
    *at_ms = sidecar.at_ms;
    if (status == HB_OK && name[0] != '\0' && !sidecar.has_time)
        hb_log(HB_LOG_WARN, "%s: tells no time; it should have \"taken_at\": \"2024-03-07T10:15:00Z\"", name);
    return status;
}
