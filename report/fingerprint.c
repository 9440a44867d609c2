/* Enters: a suspect of the report. Leaves: its text without addresses and counts, and a hash of that. Names are arbitrary
 * bytes, so what is left out is found by where the program puts it (report/object_label.c), not by what it looks like.
 * Nothing gets longer, so one array of the labels' size is enough. */
#include "report/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

#define ADDRESS_DIGITS 16
#define ARROW " -> "
#define LINE_ROOM 12   /* ":" and 32 bits */

/* --- labels --- */

/* The length of an address that begins at `at` and ends before a `>`; 0: there is none. */
static size_t address_length(const char *at)
{
    if (strncmp(at, ":0x", 3) != 0) return 0;
    const size_t digits = strspn(at + 3, "0123456789abcdefABCDEF");
    return digits >= 1 && digits <= ADDRESS_DIGITS && at[3 + digits] == '>' ? 3 + digits : 0;
}

/* Whether `at` is in a `#<` that is not closed yet. It looks back as far as the last bracket. */
static int is_in_brackets(const char *begin, const char *at)
{
    while (at > begin && at[-1] != '<' && at[-1] != '>') at--;
    return at - begin >= 2 && at[-1] == '<' && at[-2] == '#';
}

/* Appends n bytes without addresses. */
static char *put_named(const char *text, size_t n, char *to)
{
    for (size_t i = 0; i < n;) {
        const size_t address = address_length(text + i);
        if (address != 0 && i + address < n && is_in_brackets(text, text + i)) i += address;
        else *to++ = text[i++];
    }
    return to;
}

char *hb_fingerprint_step(const char *label, char *to)
{
    char *end = put_named(label, strlen(label), to);
    *end = '\0';
    return end;
}

/* The length of the size that begins at `at`; 0: there is none. */
static size_t size_length(const char *at)
{
    static const char *const units[] = { " entry)", " entries)", " element)", " elements)" };
    if (strncmp(at, " (", 2) != 0) return 0;
    const size_t digits = strspn(at + 2, "0123456789,");
    for (size_t i = 0; digits > 0 && i < sizeof units / sizeof *units; i++)
        if (strncmp(at + 2 + digits, units[i], strlen(units[i])) == 0) return 2 + digits + strlen(units[i]);
    return 0;
}

/* Where the size of an object stands in its label, if it has one: behind type and class. */
static size_t size_place(const hb_object_row *object)
{
    const int is_sized = strcmp(object->type, "HASH") == 0 || strcmp(object->type, "ARRAY") == 0;
    const int is_named = object->class_name != NULL && object->class_name[0] != '\0';
    const size_t place = strlen(object->type) + (is_named ? 1 + strlen(object->class_name) : 0), n = strlen(object->label);
    return is_sized && place < n ? place : n;
}

char *hb_fingerprint_object(const hb_object_row *object, char *to)
{
    const size_t place = size_place(object), size = size_length(object->label + place);
    char *end = put_named(object->label, place, to);
    return hb_fingerprint_step(object->label + place + size, end);
}

/* --- suspects --- */

static size_t room_for(const hb_suspect_report *s)
{
    size_t room = strlen(s->held_by) + 1 + 1 + 1;
    if (s->has_holder) room += strlen(s->holder.label);
    if (s->n_sites > 0 && s->sites[0].file != NULL) room += strlen(s->sites[0].file) + LINE_ROOM;
    for (size_t i = 0; i < s->n_path; i++) room += strlen(s->path[i].label) + 1;
    return room;
}

/* Each of these appends a text and leaves `to` behind its NUL. */
static char *put_holder(const hb_suspect_report *s, char *to)
{
    *to = '\0';
    return (s->has_holder ? hb_fingerprint_object(&s->holder, to) : to) + 1;
}

static char *put_site(const hb_suspect_report *s, char *to)
{
    *to = '\0';
    if (s->n_sites == 0 || s->sites[0].file == NULL) return to + 1;
    const size_t n = strlen(s->sites[0].file);
    memcpy(to, s->sites[0].file, n);
    return to + n + snprintf(to + n, LINE_ROOM, ":%" PRIu32, s->sites[0].line) + 1;
}

static char *put_path(const hb_suspect_report *s, char *to)
{
    const char *last = NULL;
    for (size_t i = 0; i < s->n_path; i++) {
        char *end = hb_fingerprint_step(s->path[i].label, to);
        if (last != NULL && strcmp(last, to) == 0) continue;
        last = to;
        to = end + 1;
    }
    return to;
}

hb_status hb_fingerprint_make(const hb_suspect_report *s, hb_fingerprint *out)
{
    const size_t n = strlen(s->held_by) + 1;
    out->text = hb_alloc(room_for(s), 1);
    if (out->text == NULL) return HB_ERR_MEMORY;
    memcpy(out->text, s->held_by, n);
    char *at = out->text + n;
    out->holder = at;
    at = put_holder(s, at);
    out->site = at;
    at = put_site(s, at);
    out->path = at;
    at = put_path(s, at);
    out->n = (size_t)(at - out->text);
    out->hash = hb_hash_bytes(out->text, out->n, 0);
    return HB_OK;
}

int hb_fingerprint_compare(const hb_fingerprint *a, const hb_fingerprint *b)
{
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    const int order = memcmp(a->text, b->text, a->n < b->n ? a->n : b->n);
    return order != 0 ? order : (a->n > b->n) - (a->n < b->n);
}

char *hb_fingerprint_path(const hb_fingerprint *fingerprint)
{
    const char *end = fingerprint->text + fingerprint->n;
    size_t room = 1, used = 0;
    for (const char *step = fingerprint->path; step < end; step += strlen(step) + 1) room += strlen(step) + strlen(ARROW);
    char *path = hb_alloc(room, 1);
    if (path == NULL) return NULL;
    path[0] = '\0';
    for (const char *step = fingerprint->path; step < end; step += strlen(step) + 1)
        used += (size_t)snprintf(path + used, room - used, "%s%s", used == 0 ? "" : ARROW, step);
    return path;
}
