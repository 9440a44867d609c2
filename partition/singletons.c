/* No line says what a singleton class belongs to. But a class's or module's own `class` is its singleton class, and
 * that has one such instance with a name at most: where singleton classes of singleton classes share a class, these
 * have no names. In a forged dump it can have several; the first by name counts.
 *
 * Each named class tells the owner of its `class`: some thousands of messages. */
#include "partition/singletons.h"

#include "base/exchange.h"

typedef struct teller {
    hb_shard *shard;
    uint32_t next;
} teller;

/* local id of the class << 32 | the instance's name */
static hb_status tell(void *ctx, hb_outbox *box, int *more)
{
    teller *t = ctx;
    const hb_shard *shard = t->shard;
    for (; t->next < shard->n && !hb_outbox_full(box); t->next++) {
        const uint32_t v = t->next, c = hb_shard_class_id(shard, v);
        if (hb_shard_type(shard, v) != HB_TYPE_CLASS && hb_shard_type(shard, v) != HB_TYPE_MODULE) continue;
        if (shard->name[v] == HB_NO_STRING || shard->marks[v] & HB_MARK_ATTACHED) continue;
        if (c == HB_NO_CLASS || shard->class_gid[c] == HB_NO_GID) continue;
        uint64_t *word = hb_outbox_put(box, hb_gid_rank(shard->class_gid[c]), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = (uint64_t)hb_gid_id(shard->class_gid[c]) << 32 | shard->name[v];
    }
    *more = t->next < shard->n;
    return HB_OK;
}

static hb_status hear(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    hb_shard *shard = ((teller *)ctx)->shard;
    for (size_t i = 0; i < n; i++) {
        const uint32_t id = (uint32_t)(words[i] >> 32), name = (uint32_t)words[i];
        if (!hb_type_is_class(hb_shard_type(shard, id)) || !(shard->marks[id] & HB_MARK_SINGLETON)) continue;
        if (shard->name[id] != HB_NO_STRING && !(shard->marks[id] & HB_MARK_ATTACHED)) continue;
        /* HB_NO_STRING is above every name. */
        if (name >= shard->name[id]) continue;
        shard->name[id] = name;
        shard->marks[id] |= HB_MARK_ATTACHED;
    }
    return HB_OK;
}

hb_status hb_shard_name_singletons(hb_comm *comm, hb_shard *shard)
{
    teller t = { .shard = shard };
    return hb_exchange(comm, tell, hear, &t);
}
