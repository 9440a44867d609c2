#include "partition/resolve.h"

#include "base/exchange.h"

typedef struct resolver {
    const hb_shard *shard;
    hb_outbox questions, answers;
    hb_resolved found;
    void *ctx;
} resolver;

/* The name of a class; what other objects have in that column is no name of theirs. */
static uint32_t class_name(const hb_shard *shard, uint32_t id)
{
    return hb_type_is_class(hb_shard_type(shard, id)) ? shard->name[id] : HB_NO_STRING;
}

/* A question is (token, address), an answer (token, local id | name << 32). */
static hb_status answer(void *ctx, int from, const uint64_t *words, size_t n)
{
    resolver *r = ctx;
    for (size_t at = 0; at < n; at += 2) {
        uint32_t id = hb_pagemap_id(&r->shard->map, words[at + 1]);
        if (id == HB_NO_ID) continue;
        uint64_t *reply = hb_outbox_put(&r->answers, from, 2);
        if (reply == NULL) return HB_ERR_MEMORY;
        reply[0] = words[at];
        reply[1] = id | (uint64_t)class_name(r->shard, id) << 32;
    }
    return HB_OK;
}

static hb_status hear(void *ctx, int from, const uint64_t *words, size_t n)
{
    resolver *r = ctx;
    for (size_t at = 0; at < n; at += 2) {
        hb_gid gid = hb_gid_of(from, (uint32_t)words[at + 1]);
        hb_status status = r->found(r->ctx, words[at], gid, (uint32_t)(words[at + 1] >> 32));
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

static hb_status put_block(resolver *r, hb_block *block)
{
    for (const uint64_t *query = block->words; query < block->words + block->n; query += 2) {
        uint64_t *words = hb_outbox_put(&r->questions, hb_splitters_owner(&r->shard->splitters, query[1]), 2);
        if (words == NULL) return HB_ERR_MEMORY;
        words[0] = query[0];
        words[1] = query[1];
    }
    hb_block_free(block);
    return HB_OK;
}

hb_status hb_resolve(hb_comm *comm, const hb_shard *shard, hb_wordlist *queries, hb_status mine, hb_resolved found,
                     void *ctx)
{
    resolver r = { .shard = shard, .found = found, .ctx = ctx };
    const int size = hb_comm_size(comm);
    size_t at = 0;
    uint64_t more = 1;
    hb_status status = hb_outbox_init(&r.questions, size);
    if (hb_outbox_init(&r.answers, size) != HB_OK) status = HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(comm, mine != HB_OK ? mine : status));
    while (more != 0) {
        while (at < queries->n && !hb_outbox_full(&r.questions) && status == HB_OK)
            status = put_block(&r, &queries->blocks[at++]);
        more = at < queries->n;
        hb_comm_max(comm, &more, 1);
        HB_TRY(hb_exchange_round(comm, &r.questions, status, answer, &r));
        HB_TRY(hb_exchange_round(comm, &r.answers, HB_OK, hear, &r));
    }
out:
    hb_outbox_fini(&r.questions);
    hb_outbox_fini(&r.answers);
    return status;
}

static hb_status class_found(void *ctx, uint64_t token, hb_gid gid, uint32_t name)
{
    hb_shard *shard = ctx;
    shard->class_gid[token] = gid;
    shard->class_name[token] = name;
    return HB_OK;
}

hb_status hb_shard_resolve_classes(hb_comm *comm, hb_shard *shard)
{
    hb_wordlist queries;
    hb_status status = HB_OK;
    hb_wordlist_init(&queries, 0);
    for (size_t i = 0; i < shard->classes.n && status == HB_OK; i++) {
        uint64_t *query = hb_wordlist_put(&queries, 2);
        if (query == NULL) {
            status = HB_ERR_MEMORY;
            break;
        }
        query[0] = i;
        query[1] = hb_table_row(&shard->classes, i)[0];
    }
    status = hb_resolve(comm, shard, &queries, status, class_found, shard);
    hb_wordlist_fini(&queries);
    return status;
}
