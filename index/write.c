/* What enters: the graph, the search and the dominators, wherever objects live. What leaves: a file, on rank 0.
 *
 * Ranks own ascending ranges of addresses, so an object's number is its local id and the objects of the ranks before its own; a section
 * is what rank 0 has of it, then rank 1, and so on, which send it in pieces. Names and sites are numbered in byte order everywhere,
 * instance variables by the id of their shape, so nothing in the file tells how many ranks there were. */
#include "index/write.h"

#include <string.h>

#include "base/memory.h"
#include "graph/bfs.h"
#include "index/numbers.h"
#include "index/pen.h"

#define PIECE_BYTES (1 << 20)

typedef struct writer {
    hb_comm *comm;
    const hb_graph *graph;
    const hb_knowledge *knowledge;
    const hb_shard *shard;
    int n_threads;
    hb_index_numbers numbers;
    uint64_t *piece;             /* PIECE_BYTES */
    hb_index_pen pen;            /* on rank 0 */
} writer;

static int is_here(const writer *w)
{
    return hb_comm_rank(w->comm) == 0;
}

/* --- columns --- */

static uint32_t name_of(const writer *w, uint32_t id)
{
    const int is_object = hb_shard_type(w->shard, id) == HB_TYPE_OBJECT;
    return is_object ? hb_index_ivar(&w->numbers, hb_graph_last_ivar(w->graph, id)) : w->shard->name[id];
}

static uint32_t class_of(const writer *w, uint32_t id)
{
    const uint32_t c = hb_shard_class_id(w->shard, id);
    return c == HB_NO_CLASS ? HB_NO_ID : hb_index_number(&w->numbers, w->shard->class_gid[c]);
}

static uint32_t class_name_of(const writer *w, uint32_t id)
{
    const uint32_t c = hb_shard_class_id(w->shard, id);
    return c == HB_NO_CLASS ? HB_NO_STRING : w->shard->class_name[c];
}

static uint64_t parent_of(const writer *w, uint32_t id)
{
    const hb_parent parent = w->knowledge->bfs->parent[id];
    if (parent == HB_NO_PARENT || hb_parent_is_root(parent)) return parent;
    return (uint64_t)hb_index_number(&w->numbers, hb_parent_gid(parent)) << 1 | (uint64_t)hb_parent_by_class(parent);
}

static uint64_t root_edge(const writer *w, uint32_t i)
{
    const hb_root_edge *edge = &w->graph->root_edges[i];
    return (uint64_t)hb_index_number(&w->numbers, hb_gid_of(w->shard->rank, edge->id)) << 32 | edge->root;
}

/* Item i of this rank's part of a section. */
static uint64_t value_of(const writer *w, hb_index_section section, uint32_t i)
{
    const hb_bfs *bfs = w->knowledge->bfs;
    const hb_dominators *dominators = w->knowledge->dominators;
    switch (section) {
    case HB_INDEX_ADDRESS: return hb_shard_address(w->shard, i);
    case HB_INDEX_TYPE: return hb_shard_type(w->shard, i);
    case HB_INDEX_MARKS: return w->shard->marks[i];
    case HB_INDEX_CLASS: return class_of(w, i);
    case HB_INDEX_CLASS_NAME: return class_name_of(w, i);
    case HB_INDEX_SITE: return hb_shard_site(w->shard, i);
    case HB_INDEX_NAME: return name_of(w, i);
    case HB_INDEX_MEMSIZE: return hb_shard_memsize(w->shard, i);
    case HB_INDEX_GENERATION: return (uint64_t)hb_shard_generation(w->shard, i);
    case HB_INDEX_DISTANCE: return bfs->distance[i];
    case HB_INDEX_PARENT: return parent_of(w, i);
    case HB_INDEX_VIA: return hb_bfs_via(bfs, i);
    case HB_INDEX_IDOM: return hb_index_number(&w->numbers, dominators->idom[i]);
    case HB_INDEX_RETAINED_MEMSIZE: return dominators->retained_memsize[i];
    case HB_INDEX_RETAINED_OBJECTS: return dominators->retained_objects[i];
    case HB_INDEX_FIRST: return w->numbers.refs_before[w->shard->rank] + w->graph->first[i];
    case HB_INDEX_TARGET: return w->graph->target[i];
    case HB_INDEX_ROOT_EDGES: return root_edge(w, i);
    default: return 0;
    }
}

static void put_value(char *out, size_t item, uint64_t value)
{
    const uint32_t half = (uint32_t)value;
    if (item == sizeof value) memcpy(out, &value, sizeof value);
    else if (item == sizeof half) memcpy(out, &half, sizeof half);
    else *out = (char)value;
}

/* Items [first, first + n). */
static void fill_piece(const writer *w, hb_index_section section, uint64_t first, uint64_t n)
{
    const size_t item = hb_index_item_bytes(section);
#pragma omp parallel for num_threads(w->n_threads) schedule(static)
    for (uint64_t i = 0; i < n; i++) put_value((char *)w->piece + i * item, item, value_of(w, section, (uint32_t)(first + i)));
}

/* A rank's piece goes into rank 0's file. Collective. */
static hb_status pass_piece(writer *w, int from, size_t bytes)
{
    const int sends = hb_comm_rank(w->comm) == from;
    uint64_t *words = NULL;
    size_t n_words = 0;
    if (from == 0) {
        if (sends) hb_index_pen_put(&w->pen, w->piece, bytes);
        return HB_OK;
    }
    const hb_status status = hb_comm_gather(w->comm, w->piece, sends ? (bytes + 7) / 8 : 0, 0, &words, &n_words);
    if (status == HB_OK && is_here(w)) hb_index_pen_put(&w->pen, words, bytes);
    hb_free(words);
    return status;
}

/* A section; before: by rank, and behind the last, its items before those of the rank. What cannot be written is told at the end, by
 * the pen. Collective; agrees on the status. */
static hb_status write_section(writer *w, hb_index_section section, const uint64_t *before)
{
    const size_t item = hb_index_item_bytes(section);
    const uint64_t most = PIECE_BYTES / item;
    hb_status status = HB_OK;
    for (int from = 0; from < hb_comm_size(w->comm); from++) {
        const uint64_t all = before[from + 1] - before[from];
        for (uint64_t first = 0; first < all; first += most) {
            const uint64_t some = all - first < most ? all - first : most;
            if (from == hb_comm_rank(w->comm)) fill_piece(w, section, first, some);
            HB_TRY(pass_piece(w, from, some * item));
        }
    }
    if (is_here(w) && section == HB_INDEX_FIRST)   /* where the last row ends */
        hb_index_pen_put(&w->pen, &w->numbers.refs_before[hb_comm_size(w->comm)], sizeof(uint64_t));
    if (is_here(w)) hb_index_pen_end(&w->pen, section);
out:
    return status;
}

/* --- what all ranks have alike --- */

static void put_half(writer *w, uint32_t value)
{
    hb_index_pen_put(&w->pen, &value, sizeof value);
}

static void write_ivars(writer *w)
{
    const hb_shapes *shapes = &w->shard->shapes;
    const uint32_t *rows = w->numbers.ivar_rows;
    for (size_t i = 0; i < shapes->lines.n; i++) put_half(w, hb_shapes_name(shapes, rows[i]));
    hb_index_pen_end(&w->pen, HB_INDEX_IVAR_NAME);
    for (size_t i = 0; i < shapes->lines.n; i++) put_half(w, hb_index_ivar(&w->numbers, hb_shapes_before(shapes, rows[i])));
    hb_index_pen_end(&w->pen, HB_INDEX_IVAR_BEFORE);
}

static void write_strings(writer *w, const hb_intern *strings, hb_index_section ends, hb_index_section texts)
{
    uint64_t end = 0;
    size_t n;
    for (uint32_t id = 0; id < strings->n; id++) {
        hb_intern_text(strings, id, &n);
        end += n;
        hb_index_pen_put(&w->pen, &end, sizeof end);
    }
    hb_index_pen_end(&w->pen, ends);
    for (uint32_t id = 0; id < strings->n; id++) {
        const char *text = hb_intern_text(strings, id, &n);
        hb_index_pen_put(&w->pen, text, n);
    }
    hb_index_pen_end(&w->pen, texts);
}

static hb_status write_rest(writer *w, const hb_index_origin *origin)
{
    for (uint32_t i = 0; i < w->graph->n_roots; i++) put_half(w, w->graph->root_name[i]);
    hb_index_pen_end(&w->pen, HB_INDEX_ROOT_NAME);
    write_ivars(w);
    write_strings(w, &w->shard->names, HB_INDEX_NAME_END, HB_INDEX_NAME_TEXT);
    write_strings(w, &w->shard->sites, HB_INDEX_SITE_END, HB_INDEX_SITE_TEXT);
    return hb_index_pen_finish(&w->pen, origin);
}

/* Makes ready. Collective; agrees on the status. */
static hb_status begin(writer *w)
{
    hb_status status = w->pen.status;
    w->piece = hb_alloc(PIECE_BYTES, 1);
    if (w->piece == NULL) status = HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(w->comm, status));
    HB_TRY(hb_index_numbers_make(w->comm, w->graph, &w->numbers));
    if (w->numbers.before[hb_comm_size(w->comm)] > HB_INDEX_MOST_OBJECTS)
        status = hb_error_set(w->pen.err, HB_ERR_MEMORY, w->pen.path, HB_NO_BYTE, "there are more objects than an index can number");
out:
    return status;
}

hb_status hb_index_write(hb_comm *comm, hb_graph *graph, const hb_knowledge *knowledge, const hb_index_origin *origin, int n_threads,
                         int fd, const char *path, hb_error *err)
{
    writer w = { .comm = comm, .graph = graph, .knowledge = knowledge, .shard = knowledge->shard, .n_threads = n_threads };
    uint64_t *roots_before = NULL;
    hb_status status;
    if (is_here(&w)) hb_index_pen_init(&w.pen, fd, path, err);
    HB_TRY(begin(&w));
    HB_TRY(hb_index_sum_before(comm, graph->n_root_edges, &roots_before));
    for (unsigned s = 0; s <= HB_INDEX_FIRST; s++) HB_TRY(write_section(&w, (hb_index_section)s, w.numbers.before));
    hb_index_renumber(&w.numbers, graph, n_threads);
    HB_TRY(write_section(&w, HB_INDEX_TARGET, w.numbers.refs_before));
    HB_TRY(write_section(&w, HB_INDEX_ROOT_EDGES, roots_before));
    if (is_here(&w)) status = write_rest(&w, origin);
    status = hb_comm_agree(comm, status);
out:
    hb_index_pen_fini(&w.pen);
    hb_index_numbers_fini(&w.numbers);
    hb_free(roots_before);
    hb_free(w.piece);
    return status;
}
