#include "report/codec.h"

#include <string.h>

#include "base/memory.h"

#define WORD sizeof(uint64_t)

static void fail(hb_codec *c, hb_status status)
{
    if (c->status == HB_OK) c->status = status;
}

void hb_codec_refuse(hb_codec *c)
{
    fail(c, HB_ERR_DATA);
}

static size_t padded(size_t n)
{
    return (n + WORD - 1) / WORD * WORD;
}

static size_t left(const hb_codec *c)
{
    return c->status == HB_OK ? c->n - c->at : 0;
}

/* Room for n more bytes, and where it is; NULL after a failure. */
static uint8_t *room(hb_codec *c, size_t n)
{
    if (c->status == HB_OK) fail(c, hb_grow(&c->bytes, &c->cap, c->n + n, 1));
    if (c->status != HB_OK) return NULL;
    c->n += n;
    return c->bytes + c->n - n;
}

static void put_word(hb_codec *c, uint64_t word)
{
    uint8_t *to = room(c, WORD);
    for (size_t i = 0; to != NULL && i < WORD; i++) to[i] = (uint8_t)(word >> (8 * i));
}

static uint64_t get_word(hb_codec *c)
{
    uint64_t word = 0;
    if (left(c) < WORD) {
        hb_codec_refuse(c);
        return 0;
    }
    for (size_t i = 0; i < WORD; i++) word |= (uint64_t)c->bytes[c->at++] << (8 * i);
    return word;
}

void hb_codec_word(hb_codec *c, uint64_t *word)
{
    if (c->reads) *word = get_word(c);
    else put_word(c, *word);
}

void hb_codec_int(hb_codec *c, int *figure, uint64_t most)
{
    uint64_t word = (uint64_t)(unsigned)*figure;
    hb_codec_word(c, &word);
    if (word > most) hb_codec_refuse(c);
    if (c->reads) *figure = c->status == HB_OK ? (int)word : 0;
}

void hb_codec_u32(hb_codec *c, uint32_t *figure)
{
    uint64_t word = *figure;
    hb_codec_word(c, &word);
    if (word > UINT32_MAX) hb_codec_refuse(c);
    if (c->reads) *figure = c->status == HB_OK ? (uint32_t)word : 0;
}

static void put_text(hb_codec *c, const char *text)
{
    const size_t n = text != NULL ? strlen(text) : 0;
    put_word(c, text != NULL ? (uint64_t)n + 1 : 0);
    uint8_t *to = room(c, padded(n));
    if (to == NULL) return;
    memset(to, 0, padded(n));
    if (n > 0) memcpy(to, text, n); /* NOLINT(bugprone-not-null-terminated-result): its length stands before it */
}

/* NULL where the text is NULL, and after a failure. */
static char *get_text(hb_codec *c)
{
    const uint64_t n = get_word(c);
    if (n == 0) return NULL;
    if (n - 1 > left(c) || padded((size_t)n - 1) > left(c) || memchr(c->bytes + c->at, '\0', (size_t)n - 1) != NULL) {
        hb_codec_refuse(c);
        return NULL;
    }
    char *text = hb_copy_text((const char *)c->bytes + c->at, (size_t)n - 1);
    if (text == NULL) fail(c, HB_ERR_MEMORY);
    c->at += padded((size_t)n - 1);
    return text;
}

void hb_codec_text(hb_codec *c, char **text)
{
    if (c->reads) *text = get_text(c);
    else put_text(c, *text);
}

void hb_codec_static(hb_codec *c, const char **text, const char *(*find)(const char *text))
{
    if (!c->reads) {
        put_text(c, *text);
        return;
    }
    char *name = get_text(c);
    *text = name != NULL ? find(name) : NULL;
    if (*text == NULL) hb_codec_refuse(c);
    hb_free(name);
}

void *hb_codec_list(hb_codec *c, void *items, size_t *n, size_t item_bytes)
{
    uint64_t word = *n;
    hb_codec_word(c, &word);
    if (!c->reads) return items;
    *n = 0;
    if (word > left(c) / WORD) hb_codec_refuse(c);
    if (c->status != HB_OK || word == 0) return NULL;
    void *made = hb_alloc_zero((size_t)word, item_bytes);
    if (made == NULL) fail(c, HB_ERR_MEMORY);
    else *n = (size_t)word;
    return made;
}

void hb_codec_words(hb_codec *c, uint64_t **words, size_t n)
{
    int there = *words != NULL;
    hb_codec_int(c, &there, 1);
    if (c->reads) {
        *words = NULL;
        if (!there || c->status != HB_OK) return;
        if (n > left(c) / WORD) hb_codec_refuse(c);
        else if ((*words = hb_alloc(n, sizeof **words)) == NULL) fail(c, HB_ERR_MEMORY);
    }
    for (size_t i = 0; *words != NULL && i < n; i++) hb_codec_word(c, &(*words)[i]);
}
