/* Plain data to bytes and back, by one description for both ways: what packs a struct also unpacks it, so that the two cannot
 * differ. Everything is 64-bit words, little-endian; a text is its length + 1 (0: NULL) and its bytes, padded with zeros to
 * whole words; a list is its length and its items. Local. */
#ifndef HB_REPORT_CODEC_H
#define HB_REPORT_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hb_codec {
    int reads;             /* unpacks; otherwise packs */
    uint8_t *bytes;        /* written so far, or all that there is to read */
    size_t n, cap, at;     /* at: read so far */
    hb_status status;      /* the first that went wrong: HB_ERR_MEMORY, or HB_ERR_DATA; then nothing more is done, and what is
                              read is 0, NULL or empty */
} hb_codec;

/* One each way. Of what is read, `most` is the largest figure that is no damage. */
void hb_codec_word(hb_codec *c, uint64_t *word);
void hb_codec_int(hb_codec *c, int *figure, uint64_t most);
void hb_codec_u32(hb_codec *c, uint32_t *figure);
void hb_codec_text(hb_codec *c, char **text);

/* A static string: `find` gives the program's own for what is read, or NULL, which is damage. */
void hb_codec_static(hb_codec *c, const char **text, const char *(*find)(const char *text));

/* The length of a list, and when reading its items, zeroed: no more than there are words left. Returns the items. */
void *hb_codec_list(hb_codec *c, void *items, size_t *n, size_t item_bytes);

/* The n words of an array that may be NULL. */
void hb_codec_words(hb_codec *c, uint64_t **words, size_t n);

/* What is read does not fit together. */
void hb_codec_refuse(hb_codec *c);

#endif
