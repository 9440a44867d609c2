#include "reduce/group_sets.h"

#include "base/memory.h"

hb_status hb_group_sets_init(hb_group_sets *s)
{
    *s = (hb_group_sets){ .n = 1 };
    for (size_t i = 0; i < HB_GROUP_RECENT; i++) s->recent[i].group = HB_NO_GROUP;
    hb_table_init(&s->next, 2, 1);
    return hb_grow(&s->pairs, &s->cap, 2, sizeof *s->pairs);
}

void hb_group_sets_fini(hb_group_sets *s)
{
    hb_free(s->pairs);
    hb_table_fini(&s->next);
}

static int has(const hb_group_sets *s, uint64_t set, uint64_t group)
{
    for (; set != 0; set = s->pairs[2 * set])
        if (s->pairs[2 * set + 1] == group) return 1;
    return 0;
}

hb_status hb_group_sets_look(hb_group_sets *s, uint32_t set, uint64_t group, uint32_t *next)
{
    int fresh;
    uint64_t *known = hb_table_put(&s->next, (uint64_t[]){ set, group }, &fresh);
    if (known == NULL) return HB_ERR_MEMORY;
    if (fresh) {
        *known = set;
        if (!has(s, set, group)) {
            if (s->n == HB_NO_VALUE) return HB_ERR_MEMORY;
            if (hb_grow(&s->pairs, &s->cap, 2 * (s->n + 1), sizeof *s->pairs) != HB_OK) return HB_ERR_MEMORY;
            s->pairs[2 * s->n] = set;
            s->pairs[2 * s->n + 1] = group;
            *known = s->n++;
        }
    }
    *next = (uint32_t)*known;
    return HB_OK;
}

hb_status hb_group_sets_connect(hb_group_sets *s)
{
    for (uint64_t i = 1; i < s->n; i++) {
        uint64_t *next = hb_table_put(&s->next, s->pairs + 2 * i, NULL);
        if (next == NULL) return HB_ERR_MEMORY;
        *next = i;
    }
    return HB_OK;
}
