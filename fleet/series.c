/* Enters: paths in the order of the command line. Leaves: series, oldest dump first. The rules stand in series.h.
 *
 * Every path becomes an entry: the key of its group, the name it would give to it, and what orders it (a
 * timestamp as 14 digits, then a text in natural order, then its place on the command line). One sort by (key, order)
 * makes every series a run of entries; a second sort, by name, puts the series in their final order.
 *
 * stamp.c recognises what counts in a name and takes it out; natural order is natural.c's.
 *
 * Key and name differ: the name of a-1-b and of a-b-1 is a-b, but these are two series, so the key keeps a mark
 * where the counter stood inside the name. What is a series of its own (`alone`) never joins a run, whatever its key.
 *
 * Series with one name are renamed to their first path until no two are the same. A rename can run into a
 * third name, so this repeats; it ends because paths are distinct and every round renames at least one more. */
#include "fleet/series.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/natural.h"
#include "fleet/stamp.h"

typedef struct entry {
    const char *path;           /* the caller's */
    char *key;
    char *name;                 /* of its series */
    char *solo_name;            /* of its series when it has no other member; NULL: name */
    char stamp[HB_STAMP_ROOM];  /* YYYYMMDDhhmmss and digits of a fraction; empty: none */
    hb_span order;              /* inside path */
    size_t place;               /* on the command line */
    int alone;
} entry;

int hb_series_compare_natural(const char *a, const char *b)
{
    return hb_natural_compare(hb_span_of(a), hb_span_of(b));
}

/* The directory and what remains of the base name in one text; mark as in hb_stamp_write_rest(). A name, which has no
 * mark, is never empty. */
static char *join(const hb_stamp_parts *parts, char mark)
{
    hb_span directory = parts->directory;
    char *text = hb_alloc(directory.n + parts->base.n + sizeof "series", 1);
    if (text == NULL) return NULL;
    if (directory.n != 0) memcpy(text, directory.at, directory.n);
    size_t end = directory.n + hb_stamp_write_rest(parts, mark, text + directory.n);
    if (end == directory.n && mark == '\0') {
        while (end > 0 && text[end - 1] == '/') end--;
        if (end == 0) {
            memcpy(text, "series", 6);
            end = 6;
        }
    }
    text[end] = '\0';
    return text;
}

static hb_status describe_auto(entry *e)
{
    hb_stamp_parts parts;
    hb_stamp_cut(hb_stamp_stem(e->path), &parts);
    e->alone = parts.n_pieces == 1;
    e->order = parts.counter;
    strcpy(e->stamp, parts.stamp);
    e->key = join(&parts, '\x01');
    e->name = join(&parts, '\0');
    if (e->key == NULL || e->name == NULL) return HB_ERR_MEMORY;
    if (!parts.glued) return HB_OK;
    hb_stamp_parts whole = { .directory = parts.directory, .base = parts.base, .piece = { parts.base }, .n_pieces = 1 };
    e->solo_name = join(&whole, '\0');
    return e->solo_name != NULL ? HB_OK : HB_ERR_MEMORY;
}

static hb_status name_both(entry *e, hb_span text)
{
    e->key = hb_copy_text(text.at, text.n);
    e->name = hb_copy_text(text.at, text.n);
    return e->key != NULL && e->name != NULL ? HB_OK : HB_ERR_MEMORY;
}

static hb_status describe_each(entry *e)
{
    e->alone = 1;
    return name_both(e, hb_stamp_stem(e->path));
}

static hb_status describe_stdin(entry *e)
{
    e->alone = 1;
    return name_both(e, hb_span_of("stdin"));
}

/* What all paths without extensions begin with. */
static hb_span common_prefix(const entry *entries, size_t n)
{
    hb_span prefix = hb_stamp_stem(entries[0].path);
    int splits_number = 0;
    for (size_t i = 1; i < n; i++) {
        hb_span other = hb_stamp_stem(entries[i].path);
        size_t same = 0;
        while (same < prefix.n && same < other.n && prefix.at[same] == other.at[same]) same++;
        if (same < prefix.n) splits_number = hb_natural_is_digit(prefix.at[same]);
        if (same < other.n && hb_natural_is_digit(other.at[same])) splits_number = 1;
        prefix.n = same;
    }
    while (splits_number && prefix.n > 0 && hb_natural_is_digit(prefix.at[prefix.n - 1])) prefix.n--;
    /* Nor a character of UTF-8, whose later bytes are 10xxxxxx. */
    if (n > 1)
        while (prefix.n > 0 && ((unsigned char)prefix.at[prefix.n] & 0xc0) == 0x80) prefix.n--;
    while (prefix.n > 0 && (prefix.at[prefix.n - 1] == '/' || hb_stamp_is_separator(prefix.at[prefix.n - 1])))
        prefix.n--;
    return prefix.n != 0 ? prefix : hb_span_of("series");
}

static hb_status compile(regex_t *compiled, const char *regex, hb_error *err)
{
    int code = regcomp(compiled, regex, REG_EXTENDED);
    if (code == REG_ESPACE) return hb_error_set(err, HB_ERR_MEMORY, NULL, HB_NO_BYTE, "out of memory");
    if (code != 0) {
        char why[80];
        regerror(code, NULL, why, sizeof why);
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--series takes auto, one, each or an extended regular expression, and '%.80s' is none: %s",
                            regex, why);
    }
    if (compiled->re_nsub >= 1) return HB_OK;
    regfree(compiled);
    return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                        "--series '%.80s' is not auto, one or each, and as a regular expression it needs a group that "
                        "names the series, as in '([^/]*)\\.([0-9]+)\\.json'", regex);
}

static hb_status describe_regex(entry *e, const regex_t *regex, hb_error *err)
{
    regmatch_t group[3];
    if (regexec(regex, e->path, 3, group, 0) != 0)
        return hb_error_set(err, HB_ERR_USAGE, e->path, HB_NO_BYTE,
                            "the path does not match the regular expression of --series");
    if (group[1].rm_so < 0 || group[1].rm_so == group[1].rm_eo)
        return hb_error_set(err, HB_ERR_USAGE, e->path, HB_NO_BYTE,
                            "group 1 of the regular expression of --series must name a series, but is empty here");
    if (regex->re_nsub >= 2 && group[2].rm_so >= 0)
        e->order = (hb_span){ e->path + group[2].rm_so, (size_t)(group[2].rm_eo - group[2].rm_so) };
    return name_both(e, (hb_span){ e->path + group[1].rm_so, (size_t)(group[1].rm_eo - group[1].rm_so) });
}

static hb_status describe_all_by_regex(entry *entries, size_t n, const char *regex, hb_error *err)
{
    regex_t compiled;
    hb_status status = compile(&compiled, regex, err);
    if (status != HB_OK) return status;
    for (size_t i = 0; i < n && status == HB_OK; i++) status = describe_regex(&entries[i], &compiled, err);
    regfree(&compiled);
    return status;
}

static hb_status describe(hb_series_mode mode, const char *regex, entry *entries, size_t n, hb_error *err)
{
    if (mode == HB_SERIES_REGEX) return describe_all_by_regex(entries, n, regex, err);
    hb_span prefix = mode == HB_SERIES_ONE ? common_prefix(entries, n) : hb_span_of("");
    hb_status status = HB_OK;
    for (size_t i = 0; i < n && status == HB_OK; i++) {
        if (mode == HB_SERIES_ONE)
            status = name_both(&entries[i], prefix);
        else if (strcmp(entries[i].path, "-") == 0)
            status = describe_stdin(&entries[i]);
        else
            status = mode == HB_SERIES_EACH ? describe_each(&entries[i]) : describe_auto(&entries[i]);
    }
    return status;
}

static int compare_places(const entry *a, const entry *b)
{
    return (a->place > b->place) - (a->place < b->place);
}

static int by_path(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    int order = strcmp(hb_stamp_skip_here(a->path), hb_stamp_skip_here(b->path));
    return order != 0 ? order : compare_places(a, b);
}

static int by_place(const void *left, const void *right)
{
    return compare_places(left, right);
}

static int compare_moments(const entry *a, const entry *b)
{
    int order = strcmp(a->stamp, b->stamp);
    return order != 0 ? order : hb_natural_compare(a->order, b->order);
}

static int by_key_and_moment(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    if (order == 0) order = a->alone - b->alone;
    if (order == 0) order = compare_moments(a, b);
    return order != 0 ? order : compare_places(a, b);
}

static int by_name(const void *left, const void *right)
{
    const hb_series *a = left, *b = right;
    int order = hb_series_compare_natural(a->name, b->name);
    return order != 0 ? order : strcmp(a->name, b->name);
}

/* Fills the entries with every distinct path that is no .tmp file, in the order of the command line; returns how
 * many. */
static size_t admit(const char *const *paths, size_t n_paths, entry *entries)
{
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < n_paths; i++) {
        if (hb_span_ends_with(hb_span_of(paths[i]), ".tmp"))
            hb_log(HB_LOG_WARN, "%s: left out, a .tmp file is still being written", paths[i]);
        else
            entries[n++] = (entry){ .path = paths[i], .order = { paths[i], 0 }, .place = i };
    }
    if (n == 0) return 0;
    qsort(entries, n, sizeof *entries, by_path);
    for (size_t i = 0; i < n; i++) {
        if (kept != 0 && strcmp(hb_stamp_skip_here(entries[kept - 1].path), hb_stamp_skip_here(entries[i].path)) == 0)
            hb_log(HB_LOG_WARN, "%s: given more than once, counted once", entries[i].path);
        else
            entries[kept++] = entries[i];
    }
    qsort(entries, kept, sizeof *entries, by_place);
    return kept;
}

static int same_series(const entry *a, const entry *b)
{
    return !a->alone && !b->alone && strcmp(a->key, b->key) == 0;
}

static hb_status fill_series(hb_series *series, const entry *first, size_t n)
{
    const char *name = n == 1 && first->solo_name != NULL ? first->solo_name : first->name;
    series->name = hb_copy_text(name, strlen(name));
    series->paths = hb_alloc_zero(n, sizeof *series->paths);
    if (series->name == NULL || series->paths == NULL) return HB_ERR_MEMORY;
    for (series->n_paths = 0; series->n_paths < n; series->n_paths++) {
        const char *path = first[series->n_paths].path;
        series->paths[series->n_paths] = hb_copy_text(path, strlen(path));
        if (series->paths[series->n_paths] == NULL) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

static void warn_of_equal_moments(const entry *run, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (compare_moments(&run[i - 1], &run[i]) == 0)
            hb_log(HB_LOG_WARN, "%s and %s have the same place in one series: is it the same dump twice?",
                   run[i - 1].path, run[i].path);
}

/* Entries sorted by key and moment to series, one a run. */
static hb_status gather(const entry *entries, size_t n, int warns, hb_series_list *out)
{
    out->items = hb_alloc_zero(n, sizeof *out->items);
    if (out->items == NULL) return HB_ERR_MEMORY;
    for (size_t start = 0, end; start < n; start = end) {
        for (end = start + 1; end < n && same_series(&entries[start], &entries[end]);) end++;
        if (warns) warn_of_equal_moments(entries + start, end - start);
        hb_status status = fill_series(&out->items[out->n++], entries + start, end - start);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

/* Names the series by its first path; sets *renamed unless it is named so already. */
static hb_status rename_to_path(hb_series *series, int *renamed)
{
    if (strcmp(series->name, series->paths[0]) == 0) return HB_OK;
    char *name = hb_copy_text(series->paths[0], strlen(series->paths[0]));
    if (name == NULL) return HB_ERR_MEMORY;
    hb_free(series->name);
    series->name = name;
    *renamed = 1;
    return HB_OK;
}

static hb_status sort_and_tell_apart(hb_series_list *list)
{
    int renamed = 1;
    while (renamed) {
        renamed = 0;
        qsort(list->items, list->n, sizeof *list->items, by_name);
        for (size_t start = 0, end; start < list->n; start = end) {
            const char *name = list->items[start].name;
            for (end = start + 1; end < list->n && strcmp(name, list->items[end].name) == 0;) end++;
            for (size_t i = start; end - start > 1 && i < end; i++)
                if (rename_to_path(&list->items[i], &renamed) != HB_OK) return HB_ERR_MEMORY;
        }
    }
    return HB_OK;
}

static hb_status refuse_too_long(const hb_series_list *list, hb_error *err)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].n_paths > HB_SERIES_MOST_DUMPS)
            return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "series %s has %zu dumps; at most %d go into one",
                                list->items[i].name, list->items[i].n_paths, HB_SERIES_MOST_DUMPS);
    return HB_OK;
}

hb_status hb_series_group(hb_series_mode mode, const char *regex, const char *const *paths, size_t n_paths,
                          hb_series_list *out, hb_error *err)
{
    hb_status status;
    size_t n = 0;
    *out = (hb_series_list){ NULL, 0 };
    entry *entries = hb_alloc(n_paths, sizeof *entries);
    HB_TRY(entries != NULL ? HB_OK : HB_ERR_MEMORY);
    n = admit(paths, n_paths, entries);
    if (n == 0) {
        status = hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                              "there is no dump to read; name at least one that does not end in .tmp");
        goto out;
    }
    HB_TRY(describe(mode, regex, entries, n, err));
    if (mode != HB_SERIES_ONE) qsort(entries, n, sizeof *entries, by_key_and_moment);
    HB_TRY(gather(entries, n, mode == HB_SERIES_AUTO, out));
    HB_TRY(sort_and_tell_apart(out));
    HB_TRY(refuse_too_long(out, err));
out:
    if (status == HB_ERR_MEMORY)
        hb_error_set(err, HB_ERR_MEMORY, NULL, HB_NO_BYTE, "out of memory while grouping %zu paths", n_paths);
    for (size_t i = 0; i < n; i++) {
        hb_free(entries[i].key);
        hb_free(entries[i].name);
        hb_free(entries[i].solo_name);
    }
    hb_free(entries);
    if (status != HB_OK) hb_series_list_fini(out);
    return status;
}

void hb_series_list_fini(hb_series_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        hb_series *series = &list->items[i];
        for (size_t k = 0; k < series->n_paths; k++) hb_free(series->paths[k]);
        hb_free(series->paths);
        hb_free(series->name);
    }
    hb_free(list->items);
    *list = (hb_series_list){ NULL, 0 };
}
