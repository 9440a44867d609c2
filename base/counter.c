#include "base/counter.h"

#include <mpi.h>

#include "base/memory.h"

struct hb_counter {
    MPI_Comm node;
    MPI_Win window;
    uint64_t *value;
    int n_nodes, number;
};

/* Each node's lowest rank stands for it. leads: room for a word a rank, zeroed. */
static void number_nodes(hb_comm *world, hb_counter *c, uint64_t *leads)
{
    int lowest = hb_comm_rank(world);
    MPI_Bcast(&lowest, 1, MPI_INT, 0, c->node);
    leads[hb_comm_rank(world)] = lowest == hb_comm_rank(world);
    hb_comm_sum(world, leads, (size_t)hb_comm_size(world));
    for (int r = 0; r < hb_comm_size(world); r++) {
        c->n_nodes += (int)leads[r];
        if (r < lowest) c->number += (int)leads[r];
    }
}

hb_counter *hb_counter_open(hb_comm *world)
{
    hb_counter *c = hb_alloc_zero(1, sizeof *c);
    uint64_t *leads = hb_alloc_zero((size_t)hb_comm_size(world), sizeof *leads);
    if (hb_comm_agree(world, c != NULL && leads != NULL ? HB_OK : HB_ERR_MEMORY) != HB_OK) {
        hb_free(leads);
        hb_free(c);
        return NULL;
    }
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, hb_comm_rank(world), MPI_INFO_NULL, &c->node);
    int rank, unit;
    MPI_Aint bytes;
    uint64_t *own;
    MPI_Comm_rank(c->node, &rank);
    MPI_Win_allocate_shared(rank == 0 ? sizeof *own : 0, 1, MPI_INFO_NULL, c->node, &own, &c->window);
    MPI_Win_shared_query(c->window, 0, &bytes, &unit, &c->value);
    if (rank == 0) __atomic_store_n(c->value, 0, __ATOMIC_RELAXED);
    MPI_Barrier(c->node);
    number_nodes(world, c, leads);
    hb_free(leads);
    return c;
}

uint64_t hb_counter_next(hb_counter *c)
{
    return __atomic_fetch_add(c->value, 1, __ATOMIC_RELAXED);
}

int hb_counter_nodes(const hb_counter *c) { return c->n_nodes; }
int hb_counter_node(const hb_counter *c) { return c->number; }

void hb_counter_close(hb_counter *c)
{
    if (c == NULL) return;
    MPI_Win_free(&c->window);
    MPI_Comm_free(&c->node);
    hb_free(c);
}
