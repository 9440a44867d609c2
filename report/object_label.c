#include "report/object_label.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "report/text_out.h"

/* A text that grows; after a failure text is NULL and stays it. */
typedef struct label {
    char *text;
    size_t n, cap;
} label;

static label begin(void)
{
    return (label){ .text = hb_copy_text("", 0), .cap = 1 };
}

static void add(label *l, const char *text)
{
    const size_t n = strlen(text);
    if (l->text == NULL) return;
    if (hb_grow(&l->text, &l->cap, l->n + n + 1, 1) != HB_OK) {
        hb_free(l->text);
        l->text = NULL;
        return;
    }
    memcpy(l->text + l->n, text, n + 1);
    l->n += n;
}

static void add_place(label *l, const hb_object_words *words)
{
    char line[16];
    snprintf(line, sizeof line, ":%u", (unsigned)words->line);
    add(l, words->file);
    add(l, line);
}

/* Its own name where that says what it is, otherwise its class's. */
static const char *name_of(const hb_object_words *words)
{
    if (hb_type_is_class(words->type) || words->type == HB_TYPE_IMEMO) return words->own_name;
    return words->type == HB_TYPE_DATA && words->own_name != NULL ? words->own_name : words->class_name;
}

static void add_name(label *l, const hb_object_words *words)
{
    const char *name = name_of(words);
    const int is_class = hb_type_is_class(words->type);
    add(l, hb_type_name(words->type));
    if (name == NULL && is_class) name = words->is_singleton ? "(singleton)" : "(anonymous)";
    else if (name != NULL && is_class && words->is_singleton) {
        add(l, " #<Class:");
        add(l, name);
        name = NULL;
        add(l, ">");
    }
    if (name == NULL || *name == '\0') return;
    add(l, " ");
    add(l, name);
}

static void add_size(label *l, const hb_object_words *words)
{
    char count[HB_TEXT_NUMBER];
    const int one = words->size == 1;
    add(l, " (");
    add(l, hb_text_count(count, words->size));
    if (words->type == HB_TYPE_HASH) add(l, one ? " entry)" : " entries)");
    else add(l, one ? " element)" : " elements)");
}

char *hb_object_label(const hb_object_words *words)
{
    const int by_place = words->file != NULL && words->own_name == NULL && !words->is_singleton &&
                         hb_type_is_class(words->type);
    label l = begin();
    if (by_place) {
        add(&l, hb_type_name(words->type));
        add(&l, " at ");
        add_place(&l, words);
    } else {
        add_name(&l, words);
    }
    if (words->has_size) add_size(&l, words);
    if (words->via != NULL) {
        add(&l, " in ");
        add(&l, words->via);
    }
    if (words->file != NULL && !by_place) {
        add(&l, ", ");
        add_place(&l, words);
    }
    return l.text;
}

char *hb_step_label(const hb_object_words *words, int by_class)
{
    label l = begin();
    if (words->via != NULL) {
        add(&l, words->via);
        add(&l, " ");
    }
    add_name(&l, words);
    if (by_class) add(&l, " (class)");
    return l.text;
}
