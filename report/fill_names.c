#include "report/fill_names.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "pipeline/site.h"
#include "report/object_label.h"

char *hb_fill_copy(const char *text, size_t n)
{
    size_t nuls = 0, used = 0;
    for (size_t i = 0; i < n; i++) nuls += text[i] == '\0';
    char *copy = hb_alloc(n + 2 * nuls + 1, 1);
    if (copy == NULL) return NULL;
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '\0') copy[used++] = text[i];
        else {
            memcpy(copy + used, "\xef\xbf\xbd", 3);
            used += 3;
        }
    }
    copy[used] = '\0';
    return copy;
}

char *hb_fill_file(const hb_shard *shard, const char *path, size_t n)
{
    char text[32];
    if (shard->path_key == 0) return hb_fill_copy(path, n);
    const uint64_t hash = hb_hash_bytes(path, n, shard->path_key);
    const int is_ruby = n > 3 && memcmp(path + n - 3, ".rb", 3) == 0;
    const int length = snprintf(text, sizeof text, "path-%012llx%s", (unsigned long long)(hash >> 16), is_ruby ? ".rb" : "");
    return hb_copy_text(text, (size_t)length);
}

hb_status hb_fill_name(const hb_shard *shard, uint64_t id, char **out)
{
    size_t n;
    *out = NULL;
    if (id == HB_NO_STRING) return HB_OK;
    const char *text = hb_intern_text(&shard->names, (uint32_t)id, &n);
    *out = hb_fill_copy(text, n);
    return *out != NULL ? HB_OK : HB_ERR_MEMORY;
}

hb_status hb_fill_place(const hb_shard *shard, uint64_t id, char **file, uint32_t *line)
{
    size_t n;
    *file = NULL;
    *line = 0;
    if (id == HB_NO_STRING) return HB_OK;
    const char *text = hb_intern_text(&shard->sites, (uint32_t)id, &n);
    *line = hb_site_split(text, &n);
    *file = hb_fill_file(shard, text, n);
    return *file != NULL ? HB_OK : HB_ERR_MEMORY;
}

/* An object's words, to be freed by free_words. */
static hb_status words_of(const hb_shard *shard, const hb_object_facts *facts, char *texts[4], hb_object_words *words)
{
    hb_status status;
    memset(texts, 0, 4 * sizeof *texts);
    HB_TRY(hb_fill_name(shard, facts->class_name, &texts[0]));
    HB_TRY(hb_fill_name(shard, facts->own_name, &texts[1]));
    HB_TRY(hb_fill_name(shard, facts->via, &texts[2]));
    HB_TRY(hb_fill_place(shard, facts->site, &texts[3], &words->line));
    words->type = (hb_type)facts->type;
    words->is_singleton = (facts->marks & HB_MARK_SINGLETON) != 0;
    words->class_name = texts[0];
    words->own_name = texts[1];
    words->via = texts[2];
    words->file = texts[3];
    words->has_size = facts->size != UINT64_MAX;
    words->size = facts->size;
out:
    return status;
}

static void free_words(char *texts[4])
{
    for (int i = 0; i < 4; i++) hb_free(texts[i]);
}

hb_status hb_fill_label(const hb_shard *shard, const hb_object_facts *facts, char **out)
{
    char *texts[4];
    hb_object_words words = { 0 };
    hb_status status = words_of(shard, facts, texts, &words);
    *out = status == HB_OK ? hb_object_label(&words) : NULL;
    free_words(texts);
    return *out != NULL ? HB_OK : HB_ERR_MEMORY;
}

hb_status hb_fill_step_label(const hb_shard *shard, const hb_object_facts *facts, char **out)
{
    char *texts[4];
    hb_object_words words = { 0 };
    hb_status status = words_of(shard, facts, texts, &words);
    const int by_class = !hb_parent_is_root(facts->parent) && hb_parent_by_class(facts->parent);
    *out = status == HB_OK ? hb_step_label(&words, by_class) : NULL;
    free_words(texts);
    return *out != NULL ? HB_OK : HB_ERR_MEMORY;
}

hb_status hb_fill_object(const hb_shard *shard, const hb_known *known, hb_object_row *out)
{
    hb_status status;
    *out = (hb_object_row){ .address = known->facts.address, .type = hb_type_name((hb_type)known->facts.type),
                            .memsize = known->facts.memsize, .retained_memsize = known->retained_memsize,
                            .retained_objects = known->retained_objects };
    HB_TRY(hb_fill_name(shard, known->facts.class_name, &out->class_name));
    HB_TRY(hb_fill_label(shard, &known->facts, &out->label));
out:
    return status;
}
