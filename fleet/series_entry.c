/* Enters: paths. Leaves: for each the key of its group, the name it would give to it, and what orders it (a timestamp as
 * 14 digits, then a text in natural order, then its place on the command line). The rules stand in series.h.
 *
 * stamp.c recognises what counts in a name and takes it out; natural order is natural.c's.
 *
 * Key and name differ: the name of a-1-b and of a-b-1 is a-b, but these are two series, so the key keeps a mark
 * where the counter stood inside the name. */
#include "fleet/series_entry.h"

#include <regex.h>
#include <string.h>

#include "base/memory.h"
#include "fleet/natural.h"

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

static hb_status describe_auto(hb_series_entry *e)
{
    hb_stamp_parts parts;
    hb_stamp_cut(hb_stamp_stem(e->path), &parts);
    e->alone = parts.n_pieces == 1;
    e->order = parts.counter;
    memcpy(e->stamp, parts.stamp, sizeof e->stamp);
    e->key = join(&parts, '\x01');
    e->name = join(&parts, '\0');
    if (e->key == NULL || e->name == NULL) return HB_ERR_MEMORY;
    if (!parts.glued) return HB_OK;
    hb_stamp_parts whole = { .directory = parts.directory, .base = parts.base, .piece = { parts.base }, .n_pieces = 1 };
    e->solo_name = join(&whole, '\0');
    return e->solo_name != NULL ? HB_OK : HB_ERR_MEMORY;
}

static hb_status name_both(hb_series_entry *e, hb_span text)
{
    e->key = hb_copy_text(text.at, text.n);
    e->name = hb_copy_text(text.at, text.n);
    return e->key != NULL && e->name != NULL ? HB_OK : HB_ERR_MEMORY;
}

static hb_status describe_each(hb_series_entry *e)
{
    e->alone = 1;
    return name_both(e, hb_stamp_stem(e->path));
}

static hb_status describe_stdin(hb_series_entry *e)
{
    e->alone = 1;
    return name_both(e, hb_span_of("stdin"));
}

/* What all paths without extensions begin with. */
static hb_span common_prefix(const hb_series_entry *entries, size_t n)
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

static hb_status describe_regex(hb_series_entry *e, const regex_t *regex, hb_error *err)
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

static hb_status describe_all_by_regex(hb_series_entry *entries, size_t n, const char *regex, hb_error *err)
{
    regex_t compiled;
    hb_status status = compile(&compiled, regex, err);
    if (status != HB_OK) return status;
    for (size_t i = 0; i < n && status == HB_OK; i++) status = describe_regex(&entries[i], &compiled, err);
    regfree(&compiled);
    return status;
}

hb_status hb_series_describe(hb_series_mode mode, const char *regex, hb_series_entry *entries, size_t n, hb_error *err)
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

void hb_series_entry_fini(hb_series_entry *e)
{
    hb_free(e->key);
    hb_free(e->name);
    hb_free(e->solo_name);
}
