/* Field by field; the order is the format. */
#include "report/pack_dump.h"

#include <string.h>

#include "base/memory.h"
#include "pipeline/line.h"
#include "report/pack_parts.h"

const char *hb_pack_find_type(const char *text)
{
    const unsigned type = hb_type_find(text);
    return type < HB_N_TYPES ? hb_type_name((hb_type)type) : NULL;
}

void hb_pack_put_symptoms(hb_codec *c, hb_symptoms *s)
{
    hb_codec_u32(c, &s->known);
    for (int i = 0; i < HB_N_SYMPTOMS; i++) {
        hb_codec_word(c, &s->of[i]);
        if (s->of[i] > (s->known >> i & 1 ? HB_SYMPTOM_MOST : 0)) hb_codec_refuse(c);
    }
    if (s->known >> HB_N_SYMPTOMS != 0 || hb_symptoms_know(s, HB_SYMPTOM_LIVE_SLOTS) > hb_symptoms_know(s, HB_SYMPTOM_AVAILABLE_SLOTS) ||
        s->of[HB_SYMPTOM_LIVE_SLOTS] > s->of[HB_SYMPTOM_AVAILABLE_SLOTS])
        hb_codec_refuse(c);
}

/* Lines that could not be read: the examples. */
static void put_invalid(hb_codec *c, hb_dump_report *d)
{
    HB_PACK_LIST(c, d->invalid, d->n_invalid);
    HB_PACK_EACH (line, d->invalid, d->n_invalid) {
        char *reason = c->reads ? NULL : line->reason;
        hb_codec_word(c, &line->line);
        hb_codec_word(c, &line->byte);
        hb_codec_text(c, &reason);
        if (!c->reads) continue;
        const size_t n = reason != NULL ? strlen(reason) + 1 : 0;
        if (n == 0 || n > sizeof line->reason) hb_codec_refuse(c);
        else memcpy(line->reason, reason, n);
        hb_free(reason);
    }
}

static void put_rows(hb_codec *c, hb_dump_report *d)
{
    HB_PACK_LIST(c, d->types, d->n_types);
    HB_PACK_EACH (row, d->types, d->n_types) {
        hb_codec_static(c, &row->type, hb_pack_find_type);
        hb_codec_word(c, &row->objects);
        hb_codec_word(c, &row->memsize);
    }
    HB_PACK_LIST(c, d->generations, d->n_generations);
    HB_PACK_EACH (row, d->generations, d->n_generations) {
        hb_codec_word(c, (uint64_t *)&row->generation);
        hb_codec_word(c, &row->objects);
        hb_codec_word(c, &row->memsize);
    }
}

void hb_pack_put_dump(hb_codec *c, hb_dump_report *d)
{
    int status = (int)d->status;
    hb_codec_text(c, &d->path);
    hb_codec_int(c, &status, HB_DUMP_FAILED);
    d->status = (hb_dump_status)status;
    hb_codec_text(c, &d->error);
    hb_codec_int(c, &d->compared, 1);
    hb_codec_int(c, &d->counted, 1);
    hb_codec_text(c, &d->left_out);
    int source = (int)d->time_source;
    hb_codec_int(c, &d->has_time, 1);
    hb_codec_word(c, (uint64_t *)&d->taken_at_ms);
    hb_codec_int(c, &source, HB_TIME_MTIME);
    d->time_source = (hb_time_source)source;
    uint64_t *const figures[] = { &d->bytes, &d->lines, &d->invalid_lines, &d->objects, &d->memsize, &d->roots, &d->shapes,
                                  &d->empty_slots, &d->references, &d->dangling_references };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) hb_codec_word(c, figures[i]);
    put_invalid(c, d);
    put_rows(c, d);
    hb_pack_put_symptoms(c, &d->symptoms);
    if (d->path == NULL || (d->status == HB_DUMP_OK) != (d->error == NULL)) hb_codec_refuse(c);
    if (d->invalid_lines > 0 && d->n_invalid == 0 && d->status == HB_DUMP_OK) hb_codec_refuse(c);
}
