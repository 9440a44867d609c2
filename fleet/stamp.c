/* Enters: a path. Leaves: its stem (no leading "./", no extensions), and the stem cut into directory, timestamp,
 * counter and the pieces of the base name that remain. The rules, with examples, stand in series.h.
 *
 * A timestamp is looked for at every byte that does not stand behind a digit. The take_ functions advance *i past what
 * they recognise and append its digits to the stamp, or return 0; what may be missing is then tried without. The last
 * match counts. What follows it is searched for the counter, so that digits before a timestamp stay in the name.
 *
 * A stamp is the text YYYYMMDDhhmmss and at most nine digits of a fraction: strcmp() orders stamps. A date without a
 * time is its midnight. Zones are recognised, so that their digits are no counter, and kept beside it.
 *
 * Cost: time linear in the name, since a match reads a bounded number of bytes but for the digits of a fraction; no
 * allocation. */
#include "fleet/stamp.h"

#include <stdlib.h>
#include <string.h>

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

const char *hb_stamp_skip_here(const char *path)
{
    const char *rest = path;
    while (rest[0] == '.' && rest[1] == '/') {
        rest += 2;
        while (*rest == '/') rest++;
    }
    return *rest != '\0' ? rest : path;
}

/* How much of the path is directory, its last slash included. */
static size_t directory_length(hb_span path)
{
    while (path.n > 0 && path.at[path.n - 1] != '/') path.n--;
    return path.n;
}

static hb_span strip_one(hb_span path, size_t n_directory, const char *const *extensions)
{
    for (; *extensions != NULL; extensions++) {
        size_t n = strlen(*extensions);
        if (path.n > n_directory + n && hb_span_ends_with(path, *extensions)) return (hb_span){ path.at, path.n - n };
    }
    return path;
}

hb_span hb_stamp_stem(const char *path)
{
    static const char *const packed[] = { ".gz", ".zst", NULL };
    static const char *const text[] = { ".json", ".ndjson", ".jsonl", ".dump", NULL };
    hb_span rest = hb_span_of(hb_stamp_skip_here(path));
    size_t n_directory = directory_length(rest);
    return strip_one(strip_one(rest, n_directory, packed), n_directory, text);
}

/* Reads exactly n digits of a number between low and high, and appends them to the stamp. */
static int take_field(hb_span text, size_t *i, size_t n, int low, int high, char *stamp)
{
    if (text.n - *i < n) return 0;
    int value = 0;
    for (size_t k = 0; k < n; k++) {
        char c = text.at[*i + k];
        if (!hb_natural_is_digit(c)) return 0;
        value = value * 10 + (c - '0');
    }
    if (value < low || value > high) return 0;
    strncat(stamp, text.at + *i, n);
    *i += n;
    return 1;
}

static char char_at(hb_span text, size_t i)
{
    return i < text.n ? text.at[i] : '\0';
}

static int take_char(hb_span text, size_t *i, char c)
{
    if (c == '\0') return 1;
    if (char_at(text, *i) != c) return 0;
    ++*i;
    return 1;
}

static int take_date(hb_span text, size_t *i, char *stamp, int *compact)
{
    if (!take_field(text, i, 4, 1900, 2999, stamp)) return 0;
    char between = char_at(text, *i);
    if (between != '-' && between != '_' && between != '.') between = '\0';
    *compact = between == '\0';
    return take_char(text, i, between) && take_field(text, i, 2, 1, 12, stamp) && take_char(text, i, between) &&
           take_field(text, i, 2, 1, 31, stamp);
}

/* hh:mm:ss or hhmmss; the seconds may be missing behind hh:mm and behind a T. */
static int take_time(hb_span text, size_t *i, char *stamp)
{
    char joint = char_at(text, *i);
    int has_t = joint == 'T' || joint == 't';
    if (has_t || hb_stamp_is_separator(joint)) ++*i;
    if (!take_field(text, i, 2, 0, 23, stamp)) return 0;
    char between = char_at(text, *i);
    if (between != ':' && between != '-' && between != '_' && between != '.') between = '\0';
    if (!take_char(text, i, between) || !take_field(text, i, 2, 0, 59, stamp)) return 0;
    size_t end = *i;
    if (take_char(text, i, between) && take_field(text, i, 2, 0, 60, stamp)) return 1;
    *i = end;
    if (between != ':' && !(has_t && between == '\0')) return 0;
    memcpy(stamp + strlen(stamp), "00", sizeof "00");
    return 1;
}

int hb_stamp_take_zone(hb_span text, size_t *i, int minus_counts, int *minutes)
{
    char digits[HB_STAMP_ROOM] = "";
    char sign = char_at(text, *i);
    if (sign == 'Z' || sign == 'z') {
        if (is_letter(char_at(text, *i + 1)) || hb_natural_is_digit(char_at(text, *i + 1))) return 0;
        ++*i;
        *minutes = 0;
        return 1;
    }
    if (sign != '+' && sign != '-') return 0;
    size_t end = *i + 1;
    if (!take_field(text, &end, 2, 0, 14, digits)) return 0;
    if (char_at(text, end) == ':')
        end++;
    else if (sign == '-' && minus_counts)
        return 0; /* -0015 counts */
    if (!take_field(text, &end, 2, 0, 59, digits) || hb_natural_is_digit(char_at(text, end))) return 0;
    int hhmm = (int)strtol(digits, NULL, 10);
    *minutes = (hhmm / 100 * 60 + hhmm % 100) * (sign == '-' ? -1 : 1);
    *i = end;
    return 1;
}

/* A fraction belongs to the stamp only when a zone follows it: 101500.2 is as likely a counter, and a fraction of
 * fixed width orders the same when taken as one. Its first nine digits count. */
static void take_fraction_and_zone(hb_span text, size_t *i, char *stamp, int *minutes)
{
    char point = char_at(text, *i);
    if (point == '.' || point == ',') {
        hb_span fraction = hb_natural_digits(text, *i + 1);
        size_t end = *i + 1 + fraction.n;
        if (fraction.n != 0 && hb_stamp_take_zone(text, &end, 1, minutes)) {
            strncat(stamp, fraction.at, fraction.n < 9 ? fraction.n : 9);
            *i = end;
            return;
        }
    }
    hb_stamp_take_zone(text, i, 1, minutes);
}

size_t hb_stamp_take(hb_span text, size_t i, char *stamp, int *has_time)
{
    size_t at = i, n_date;
    int compact;
    stamp[0] = '\0';
    *has_time = 0;
    if (!take_date(text, &at, stamp, &compact)) return 0;
    n_date = at;
    if (take_time(text, &at, stamp) && !hb_natural_is_digit(char_at(text, at))) {
        *has_time = 1;
        return at - i;
    }
    if (compact || hb_natural_is_digit(char_at(text, n_date))) return 0; /* eight digits alone are a counter */
    memcpy(stamp + 8, "000000", sizeof "000000");
    return n_date - i;
}

/* The length of the timestamp that begins at byte i, its zone included, or 0. */
static size_t match_stamp(hb_span text, size_t i, char *stamp, int *minutes)
{
    int has_time;
    *minutes = 0;
    if (i > 0 && hb_natural_is_digit(text.at[i - 1])) return 0;
    size_t n = hb_stamp_take(text, i, stamp, &has_time), at = i + n;
    if (has_time) take_fraction_and_zone(text, &at, stamp, minutes);
    return at - i;
}

/* The last timestamp of the text; an empty span when there is none. */
static hb_span find_stamp(hb_span text, char *stamp, int *minutes)
{
    hb_span found = { text.at, 0 };
    stamp[0] = '\0';
    *minutes = 0;
    for (size_t i = 0; i < text.n;) {
        char candidate[HB_STAMP_ROOM];
        int zone;
        size_t n = match_stamp(text, i, candidate, &zone);
        if (n != 0) {
            found = (hb_span){ text.at + i, n };
            memcpy(stamp, candidate, sizeof candidate);
            *minutes = zone;
        }
        i += n != 0 ? n : 1;
    }
    return found;
}

static hb_span find_last_digits(hb_span text)
{
    size_t end = text.n;
    while (end > 0 && !hb_natural_is_digit(text.at[end - 1])) end--;
    size_t start = end;
    while (start > 0 && hb_natural_is_digit(text.at[start - 1])) start--;
    return (hb_span){ text.at + start, end - start };
}

static void add_piece(hb_stamp_parts *parts, const char *from, const char *to)
{
    parts->piece[parts->n_pieces++] = (hb_span){ from, (size_t)(to - from) };
}

void hb_stamp_cut(hb_span stem, hb_stamp_parts *out)
{
    size_t n_directory = directory_length(stem);
    const char *from = stem.at + n_directory, *end = stem.at + stem.n;
    out->directory = (hb_span){ stem.at, n_directory };
    out->base = (hb_span){ from, stem.n - n_directory };
    hb_span stamp = find_stamp(out->base, out->stamp, &out->zone_minutes);
    const char *after_stamp = stamp.at + stamp.n;
    hb_span counter = find_last_digits((hb_span){ after_stamp, (size_t)(end - after_stamp) });
    out->counter = counter;
    out->n_pieces = 0;
    if (stamp.n != 0) {
        add_piece(out, from, stamp.at);
        from = after_stamp;
    }
    if (counter.n != 0) {
        add_piece(out, from, counter.at);
        from = counter.at + counter.n;
    }
    add_piece(out, from, end);
    out->glued = stamp.n == 0 && counter.n != 0 &&
                 ((counter.at > out->base.at && is_letter(counter.at[-1])) || (from < end && is_letter(*from)));
}

static hb_span trim(hb_span text)
{
    while (text.n > 0 && hb_stamp_is_separator(text.at[0])) text.at++, text.n--;
    while (text.n > 0 && hb_stamp_is_separator(text.at[text.n - 1])) text.n--;
    return text;
}

/* The separator that stood between a piece and the next, '\0' when none did. */
static char joint_before(hb_span before, hb_span after)
{
    if (before.n > 0 && hb_stamp_is_separator(before.at[before.n - 1])) return before.at[before.n - 1];
    if (after.n > 0 && hb_stamp_is_separator(after.at[0])) return after.at[0];
    return '\0';
}

size_t hb_stamp_write_rest(const hb_stamp_parts *parts, char mark, char *out)
{
    size_t end = 0;
    for (size_t i = 0; i < parts->n_pieces; i++) {
        hb_span piece = trim(parts->piece[i]);
        if (piece.n == 0) continue;
        char joint = mark != '\0' || i == 0 ? mark : joint_before(parts->piece[i - 1], parts->piece[i]);
        if (end != 0 && joint != '\0') out[end++] = joint;
        memcpy(out + end, piece.at, piece.n);
        end += piece.n;
    }
    return end;
}
