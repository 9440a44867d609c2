/* What enters: the argument of an option. What leaves: its value in hb_options, or what the option takes. */
#include "fleet/option_values.h"

#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/memory.h"

#define MAX_THREADS 4096u
#define MAX_CHUNK_BYTES (1u << 30)

static hb_status set_text(char **field, const char *value)
{
    char *copy = hb_copy_text(value, strlen(value));
    if (copy == NULL) return HB_ERR_MEMORY;
    hb_free(*field);
    *field = copy;
    return HB_OK;
}

/* Reads decimal digits; returns where they end, NULL when there are none or the number exceeds 64 bits. */
static const char *read_digits(const char *text, uint64_t *value)
{
    const char *p = text;
    uint64_t sum = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(sum, 10u, &sum) || __builtin_add_overflow(sum, (uint64_t)(*p - '0'), &sum))
            return NULL;
    *value = sum;
    return p != text ? p : NULL;
}

int hb_value_count(const char *text, uint64_t *value)
{
    const char *end = read_digits(text, value);
    return end != NULL && *end == '\0';
}

static int read_percent(const char *text, uint64_t *value)
{
    const char *end = read_digits(text, value);
    return end != NULL && (*end == '\0' || strcmp(end, "%") == 0);
}

int hb_value_bytes(const char *text, uint64_t *value)
{
    const char *end = read_digits(text, value);
    if (end == NULL) return 0;
    uint64_t unit = 1;
    switch (*end) {
    case 'k': case 'K': unit = 1u << 10; break;
    case 'm': case 'M': unit = 1u << 20; break;
    case 'g': case 'G': unit = 1u << 30; break;
    case 't': case 'T': unit = UINT64_C(1) << 40; break;
    case '\0': return 1;
    default: return 0;
    }
    return end[1] == '\0' && !__builtin_mul_overflow(*value, unit, value);
}

hb_status hb_value_refuse(const char *option, const char *wants, const char *given, hb_error *err)
{
    return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "--%s takes %s, not '%.60s'", option, wants, given);
}

hb_status hb_value_dump(hb_options *out, size_t *cap, const char *path, hb_error *err)
{
    if (*path == '\0')
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "a dump has an empty name; name a file, or - for standard input");
    hb_status status = hb_grow(&out->paths, cap, out->n_paths + 1, sizeof *out->paths);
    if (status != HB_OK) return status;
    out->paths[out->n_paths] = hb_copy_text(path, strlen(path));
    if (out->paths[out->n_paths] == NULL) return HB_ERR_MEMORY;
    out->n_paths++;
    return HB_OK;
}

int hb_value_is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    if (strcmp(a, b) == 0) return 1;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

hb_status hb_value_top(hb_options *out, const char *value, hb_error *err)
{
    return hb_value_count(value, &out->top) ? HB_OK : hb_value_refuse("top", "a number of rows, or 0 for all", value, err);
}

hb_status hb_value_memory(hb_options *out, const char *value, hb_error *err)
{
    if (hb_value_bytes(value, &out->memory) && out->memory > 0) return HB_OK;
    return hb_value_refuse("memory", "a number of bytes, as 500M or 16G", value, err);
}

hb_status hb_value_series(hb_options *out, const char *value, hb_error *err)
{
    static const char *const words[] = { "auto", "one", "each" };
    static const hb_series_mode modes[] = { HB_SERIES_AUTO, HB_SERIES_ONE, HB_SERIES_EACH };
    out->has_series_mode = 1;
    if (*value == '\0') return hb_value_refuse("series", "auto, one, each or a regular expression", value, err);
    for (size_t i = 0; i < 3; i++)
        if (strcmp(value, words[i]) == 0) {
            out->series_mode = modes[i];
            hb_free(out->series_regex);
            out->series_regex = NULL;
            return HB_OK;
        }
    out->series_mode = HB_SERIES_REGEX;
    return set_text(&out->series_regex, value);
}

hb_status hb_value_manifest(hb_options *out, const char *value, hb_error *err)
{
    if (*value == '\0' || *value == '-') return hb_value_refuse("manifest", "the name of a file", value, err);
    return set_text(&out->manifest_path, value);
}

hb_status hb_value_part(hb_options *out, const char *value, hb_error *err)
{
    const char *end = read_digits(value, &out->part);
    if (end == NULL || *end != '/' || !hb_value_count(end + 1, &out->n_parts) || out->part >= out->n_parts)
        return hb_value_refuse("part", "K/N, as 0/4 to 3/4 for four parts", value, err);
    return HB_OK;
}

hb_status hb_value_identity(hb_options *out, const char *value, hb_error *err)
{
    static const hb_identity all[] = { HB_IDENTITY_STRICT, HB_IDENTITY_ADDRESS_TYPE, HB_IDENTITY_ADDRESS };
    for (size_t i = 0; i < 3; i++)
        if (strcmp(value, hb_identity_name(all[i])) == 0) {
            out->identity = all[i];
            return HB_OK;
        }
    return hb_value_refuse("identity", "strict, address-type or address", value, err);
}

hb_status hb_value_max(hb_options *out, const char *value, hb_error *err)
{
    static const char wants[] = "line=BYTES, lines=N, ratio=N, inflated=BYTES, members=N, nesting=N (to 1024) or references=N "
                                "(to 4294967295), from 1 on or none";
    const size_t n = strcspn(value, "=");
    const hb_limit_name *limit = value[n] == '=' ? hb_limits_find(value, n) : NULL;
    if (limit == NULL) return hb_value_refuse("max", wants, value, err);
    const char *text = value + n + 1;
    uint64_t most = limit->most;
    const int is_read = strcmp(text, "none") == 0 || (limit->is_bytes ? hb_value_bytes(text, &most) : hb_value_count(text, &most));
    if (!is_read || most == 0 || most > limit->most) return hb_value_refuse("max", wants, value, err);
    memcpy((char *)&out->limits + limit->offset, &most, sizeof most);
    return HB_OK;
}

hb_status hb_value_limit(hb_options *out, const char *value, hb_error *err)
{
    static const char wants[] = "retained=BYTES (as 50M), objects=N, growth=PERCENT, new or growth";
    hb_limit limit = { 1, 0 };
    hb_limit *which;
    int is_read;
    if (strcmp(value, "new") == 0) {
        out->fail_on_new = 1;
        return HB_OK;
    }
    if (strcmp(value, "growth") == 0) {
        out->fail_on_growing = 1;
        return HB_OK;
    }
    if (strncmp(value, "retained=", 9) == 0) {
        which = &out->max_retained_bytes;
        is_read = hb_value_bytes(value + 9, &limit.value);
    } else if (strncmp(value, "objects=", 8) == 0) {
        which = &out->max_retained_objects;
        is_read = hb_value_count(value + 8, &limit.value);
    } else if (strncmp(value, "growth=", 7) == 0) {
        which = &out->max_growth_percent;
        is_read = read_percent(value + 7, &limit.value);
    } else {
        return hb_value_refuse("fail-on", wants, value, err);
    }
    if (!is_read) return hb_value_refuse("fail-on", wants, value, err);
    *which = limit;
    return HB_OK;
}

/* status: that of reading the argument of --path or --referrers. */
static hb_status add_query(hb_options *out, hb_status status, const hb_query *query)
{
    size_t cap = out->n_queries;
    if (status == HB_OK) status = hb_grow(&out->queries, &cap, out->n_queries + 1, sizeof *out->queries);
    if (status == HB_OK) out->queries[out->n_queries++] = *query;
    return status;
}

hb_status hb_value_path(hb_options *out, const char *value, hb_error *err)
{
    hb_query query;
    hb_status status = add_query(out, hb_query_parse_path(value, &query), &query);
    if (status != HB_OK) hb_query_fini(&query);
    if (status != HB_ERR_USAGE) return status;
    return hb_value_refuse("path", "an address such as 0x7f1c3a2b, class:NAME or site:FILE:LINE", value, err);
}

hb_status hb_value_referrers(hb_options *out, const char *value, hb_error *err)
{
    hb_query query;
    hb_status status = add_query(out, hb_query_parse_referrers(value, &query), &query);
    return status == HB_ERR_USAGE ? hb_value_refuse("referrers", "an address such as 0x7f1c3a2b", value, err) : status;
}

void hb_value_redact(hb_options *out, const char *value)
{
    const char *key = value != NULL ? value : "";
    out->redact_key = hb_hash_bytes(key, strlen(key), 0) | 1;
}

hb_status hb_value_json(hb_options *out, const char *value, hb_error *err)
{
    if (*value == '\0' || (*value == '-' && value[1] != '\0'))
        return hb_value_refuse("json", "the name of a file to write, or - for standard output", value, err);
    return set_text(&out->json_path, value);
}

hb_status hb_value_out(hb_options *out, const char *value, hb_error *err)
{
    if (*value == '\0' || *value == '-') return hb_value_refuse("out", "the name of a directory", value, err);
    return set_text(&out->out_dir, value);
}

hb_status hb_value_history(hb_options *out, const char *value, hb_error *err)
{
    if (*value == '\0' || *value == '-') return hb_value_refuse("history", "the name of a file", value, err);
    return set_text(&out->history_path, value);
}

hb_status hb_value_allow(hb_options *out, const char *value, hb_error *err)
{
    if (*value == '\0' || *value == '-') return hb_value_refuse("allow", "the name of a file", value, err);
    return set_text(&out->allow_path, value);
}

hb_status hb_value_timings(hb_options *out, const char *value, hb_error *err)
{
    if (*value == '\0' || *value == '-') return hb_value_refuse("timings", "the name of a file to write", value, err);
    return set_text(&out->timings_path, value);
}

hb_status hb_value_threads(hb_options *out, const char *value, hb_error *err)
{
    uint64_t n;
    if (!hb_value_count(value, &n) || n < 1 || n > MAX_THREADS)
        return hb_value_refuse("threads", "a number from 1 to 4096", value, err);
    out->n_threads = (int)n;
    return HB_OK;
}

hb_status hb_value_chunk(hb_options *out, const char *value, hb_error *err)
{
    uint64_t n;
    if (!hb_value_bytes(value, &n) || n < 1 || n > MAX_CHUNK_BYTES)
        return hb_value_refuse("chunk", "a number of bytes from 1 to 1G", value, err);
    out->chunk_bytes = (size_t)n;
    return HB_OK;
}

hb_status hb_value_log(hb_options *out, const char *value, hb_error *err)
{
    int level = hb_log_level_parse(value);
    if (level < 0) return hb_value_refuse("log", "error, warn, info or debug", value, err);
    out->log_level = (hb_log_level)level;
    return HB_OK;
}
