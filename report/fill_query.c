#include "report/fill_query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "report/fill_graph.h"
#include "report/fill_names.h"
#include "report/path_tree.h"

static hb_status fill_address(uint64_t address, hb_query_report *out)
{
    char text[32];
    const int n = snprintf(text, sizeof text, "0x%" PRIx64, address);
    out->what = hb_copy_text(text, (size_t)n);
    return out->what != NULL ? HB_OK : HB_ERR_MEMORY;
}

hb_status hb_fill_query_object(const hb_shard *shard, const uint32_t *root_name, uint64_t address, const hb_known *known,
                               const hb_known *steps, size_t n_steps, hb_query_report *out)
{
    hb_status status;
    out->option = "path";
    out->is_single = 1;
    HB_TRY(fill_address(address, out));
    if (known == NULL) return HB_OK;
    out->found = 1;
    out->objects = 1;
    out->memsize = known->facts.memsize;
    out->unreachable = n_steps == 0;
    if (n_steps > 0) HB_TRY(hb_fill_steps(shard, root_name, steps, n_steps, &out->steps, &out->n_steps));
out:
    return status;
}

hb_status hb_fill_query_group(const hb_shard *shard, const char *what, uint64_t objects, uint64_t memsize,
                              const hb_paths *paths, hb_query_report *out)
{
    uint64_t reached;
    hb_status status;
    out->option = "path";
    out->what = hb_copy_text(what, strlen(what));
    if (out->what == NULL) return HB_ERR_MEMORY;
    out->found = objects > 0;
    out->objects = objects;
    out->memsize = memsize;
    HB_TRY(hb_path_tree_build(&shard->names, paths, 0, &out->nodes, &out->n_nodes, &reached));
    out->unreachable = objects - reached;
out:
    return status;
}

static hb_status fill_roots(const hb_shard *shard, const uint32_t *root_name, const hb_referrers *r, hb_query_report *out)
{
    hb_status status = HB_OK;
    out->roots = hb_alloc_zero(r->n_roots, sizeof *out->roots);
    if (out->roots == NULL) return HB_ERR_MEMORY;
    while (out->n_roots < r->n_roots && status == HB_OK) {
        const size_t i = out->n_roots++;
        status = hb_fill_name(shard, root_name[r->roots[i]], &out->roots[i]);
    }
    return status;
}

hb_status hb_fill_query_referrers(const hb_shard *shard, const uint32_t *root_name, uint64_t address, int found,
                                  const hb_referrers *r, hb_query_report *out)
{
    hb_status status;
    out->option = "referrers";
    out->found = found;
    out->references = r->references;
    out->instances = r->instances;
    HB_TRY(fill_address(address, out));
    HB_TRY(fill_roots(shard, root_name, r, out));
    out->referrers = hb_alloc_zero(r->n, sizeof *out->referrers);
    if (out->referrers == NULL) HB_TRY(HB_ERR_MEMORY);
    while (out->n_referrers < r->n) {
        const hb_referrer *from = &r->rows[out->n_referrers];
        hb_referrer_row *row = &out->referrers[out->n_referrers++];
        HB_TRY(hb_fill_object(shard, &from->object, &row->object));
        HB_TRY(hb_fill_name(shard, from->via, &row->via));
    }
out:
    return status;
}
