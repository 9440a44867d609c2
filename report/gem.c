/* Enters: a path, any bytes. Leaves: what of it names a gem, and nothing is copied. The path is walked over at most three times, once for
 * each way in which it can name one. */
#include "report/gem.h"

#include <string.h>

#define N_ABOVE 3

typedef struct walk {
    const char *at, *end;
    hb_view part;              /* empty only at the start */
    int is_directory;
    hb_view above[N_ABOVE];    /* the directories that it is in, the nearest first */
} walk;

static walk walk_of(hb_view path)
{
    return (walk){ .at = path.text, .end = path.text + path.n };
}

static int next_part(walk *w)
{
    if (w->part.n != 0) {
        memmove(w->above + 1, w->above, (N_ABOVE - 1) * sizeof *w->above);
        w->above[0] = w->part;
    }
    while (w->at < w->end && *w->at == '/') w->at++;
    w->part.text = w->at;
    while (w->at < w->end && *w->at != '/') w->at++;
    w->part.n = (size_t)(w->at - w->part.text);
    w->is_directory = w->at < w->end;
    return w->part.n != 0;
}

static int is(hb_view part, const char *word)
{
    return part.n == strlen(word) && part.n != 0 && memcmp(part.text, word, part.n) == 0;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int begins_with_digit(hb_view part)
{
    return part.n != 0 && is_digit(part.text[0]);
}

/* Whether it is NAME-SOMETHING, or NAME-VERSION. */
static int has_dash(hb_view part, int before_digit)
{
    for (size_t i = 1; i + 1 < part.n; i++)
        if (part.text[i] == '-' && (!before_digit || is_digit(part.text[i + 1]))) return 1;
    return 0;
}

static hb_view find_gem(hb_view path)
{
    hb_view versioned = { 0 }, named = { 0 };
    for (walk w = walk_of(path); next_part(&w) && w.is_directory;) {
        const int in_gems = is(w.above[0], "gems"), in_bundler = in_gems && is(w.above[1], "bundler");
        const int in_extensions = is(w.above[2], "extensions") && begins_with_digit(w.above[0]);
        if (!in_gems && !in_extensions) continue;
        if (has_dash(w.part, !in_bundler && !in_extensions)) versioned = w.part;
        else if (in_gems && !begins_with_digit(w.part) && !is(w.part, "extensions")) named = w.part;
    }
    return versioned.n != 0 ? versioned : named;
}

/* A file's name up to its first dot. */
static hb_view stem_of(hb_view file)
{
    const char *dot = memchr(file.text + 1, '.', file.n - 1);
    return dot != NULL ? (hb_view){ file.text, (size_t)(dot - file.text) } : file;
}

static hb_view find_library(hb_view path)
{
    hb_view found = { 0 };
    int is_inside = 0;
    for (walk w = walk_of(path); next_part(&w);) {
        const int is_platform = has_dash(w.part, 0) && begins_with_digit(w.above[0]);
        if (is_inside && w.is_directory && (begins_with_digit(w.part) || is_platform)) continue;
        if (is_inside) found = w.is_directory ? w.part : stem_of(w.part);
        is_inside = is(w.part, "vendor_ruby") || is(w.part, "site_ruby") || (is(w.above[0], "ruby") && begins_with_digit(w.part));
    }
    return found;
}

/* Whether an application can be called so. */
static int is_name(hb_view part)
{
    size_t dots = 0;
    while (dots < part.n && part.text[dots] == '.') dots++;
    return dots < part.n && !is(part, "usr") && !is(part, "local") && !is(part, "var");
}

static hb_view find_app(hb_view path)
{
    for (walk w = walk_of(path); next_part(&w) && w.is_directory;) {
        const int is_code = is(w.part, "app") || is(w.part, "bin") || is(w.part, "lib");
        if (is_code && is_name(w.above[0])) return (hb_view){ w.above[0].text, (size_t)(w.at - w.above[0].text) };
    }
    return (hb_view){ 0 };
}

static int ends_with(hb_view path, const char *word)
{
    const size_t n = strlen(word);
    return path.n >= n && memcmp(path.text + path.n - n, word, n) == 0;
}

static hb_view word_of(const char *word)
{
    return (hb_view){ word, strlen(word) };
}

hb_view hb_gem_of(hb_view path)
{
    if (ends_with(path, ".gemspec")) return word_of("rubygems");
    hb_view found = find_gem(path);
    if (found.n == 0) found = find_library(path);
    if (found.n == 0) found = find_app(path);
    return found.n != 0 ? found : word_of("other");
}
