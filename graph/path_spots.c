#include "graph/path_spots.h"

#include "base/memory.h"

#define AHEAD 16   /* objects whose parents are fetched so early that they are there in time */

hb_status hb_path_spots_init(hb_path_spots *spots, hb_path_local *local, const hb_path_entries *entries,
                             hb_path_walker *walker)
{
    *spots = (hb_path_spots){ .local = local, .entries = entries, .walker = walker,
                              .known = hb_alloc_zero(HB_PATH_KNOWN_SPOTS, sizeof *spots->known),
                              .like = hb_alloc_zero(HB_PATH_LIKES, sizeof *spots->like),
                              .passed = hb_alloc_zero(HB_PATH_KNOWN_SPOTS, sizeof *spots->passed) };
    hb_table_init(&spots->rows, HB_SPOT_KEY_WORDS, HB_SPOT_WORDS);
    if (spots->known == NULL || spots->like == NULL || spots->passed == NULL) return HB_ERR_MEMORY;
    return HB_OK;
}

void hb_path_spots_fini(hb_path_spots *spots)
{
    hb_table_fini(&spots->rows);
    hb_free(spots->known);
    hb_free(spots->like);
    hb_free(spots->passed);
    *spots = (hb_path_spots){ 0 };
}

/* The values of the key's row. Most objects have the key of one shortly before them. */
static uint64_t *find(hb_path_spots *spots, const uint64_t key[HB_SPOT_KEY_WORDS])
{
    const uint64_t mixed = (key[HB_SPOT_WAY] ^ (key[HB_SPOT_MASK] ^ key[HB_SPOT_GROUP]) * UINT64_C(0xff51afd7ed558ccd)) *
                           UINT64_C(0x9e3779b97f4a7c15);
    uint32_t *known = &spots->known[mixed >> 40 & (HB_PATH_KNOWN_SPOTS - 1)];
    if (*known < spots->rows.n) {
        const uint64_t *row = hb_table_row(&spots->rows, *known);
        if (row[HB_SPOT_WAY] == key[HB_SPOT_WAY] && row[HB_SPOT_MASK] == key[HB_SPOT_MASK] &&
            row[HB_SPOT_GROUP] == key[HB_SPOT_GROUP])
            return hb_table_values(&spots->rows, *known);
    }
    uint64_t *values = hb_table_put(&spots->rows, key, NULL);
    if (values != NULL) *known = hb_table_number(&spots->rows, values);
    return values;
}

/* --- where an object stands --- */

/* The row of the node that an object's way counts from, HB_NO_ID: it begins with a ROOT line. *run: how many steps in a row, up
 * to the object, are in its node; that goes on above an entry. */
static uint32_t base_of(const hb_path_spots *spots, uint32_t id, uint32_t *run)
{
    const hb_path_local *local = spots->local;
    const hb_path_entries *entries = spots->entries;
    *run = hb_path_run_of(local, id);
    if (local->top == NULL || !hb_path_is_entry(local, local->top[id])) return HB_NO_ID;
    const size_t entry = hb_forest_entry(entries->forest, local->top[id]);
    if (hb_path_run_is_open(local, id, 0, *run)) *run += entries->run[entry] - 1;
    return entries->node[entry];
}

static void count(uint64_t *values, uint64_t n, uint32_t first, uint32_t run)
{
    if (values[HB_SPOT_OBJECTS] == 0 || first < values[HB_SPOT_FIRST]) values[HB_SPOT_FIRST] = first;
    if (run > values[HB_SPOT_RUN]) values[HB_SPOT_RUN] = run;
    values[HB_SPOT_OBJECTS] += n;
}

/* Counts an object that has its way; *values: its row's. */
static hb_status count_at(hb_path_spots *spots, uint32_t id, uint32_t mask, unsigned group, uint64_t **values)
{
    uint32_t run;
    const uint64_t base = base_of(spots, id, &run);
    const uint64_t key[HB_SPOT_KEY_WORDS] = { [HB_SPOT_WAY] = base << 32 | hb_path_way_of(spots->local, id),
                                              [HB_SPOT_MASK] = mask,
                                              [HB_SPOT_GROUP] = group };
    *values = find(spots, key);
    if (*values == NULL) return HB_ERR_MEMORY;
    count(*values, 1, id, run);
    return HB_OK;
}

static hb_status find_way(hb_path_spots *spots, uint32_t id)
{
    if (hb_path_way_of(spots->local, id) != HB_NO_WAY) return HB_OK;
    return hb_path_find_way(spots->local, spots->walker, id);
}

/* --- what is on the paths --- */

/* Sets bits in an object's mask; those that were not set yet. A bit that two threads' stores lose is set once more later, by
 * one who counts the same once more, which changes no lowest id and no longest run: cheaper than that none is lost. But an
 * entry's are told to another rank, so that with several ranks none may be. */
static uint32_t set_bits(const hb_path_local *local, uint32_t id, uint32_t bits)
{
    uint32_t *mask = &local->place[id].mask;
    const uint32_t before = __atomic_load_n(mask, __ATOMIC_RELAXED);
    bits &= ~before;
    if (bits == 0) return 0;
    if (local->top == NULL) __atomic_store_n(mask, before | bits, __ATOMIC_RELEASE);
    else __atomic_fetch_or(mask, bits, __ATOMIC_RELEASE);
    return bits;
}

/* Counts an object that is on the paths of these groups. */
static inline hb_status pass_one(hb_path_spots *spots, uint32_t id, uint32_t groups)
{
    uint64_t *values;
    if (spots->local->top != NULL) return count_at(spots, id, groups, HB_SPOT_NO_GROUP, &values);
    const uint32_t way = hb_path_way_of(spots->local, id), run = hb_path_run_of(spots->local, id);
    const uint64_t mixed = ((uint64_t)groups << 32 | way) * UINT64_C(0x9e3779b97f4a7c15);
    hb_path_passed *passed = &spots->passed[mixed >> 40 & (HB_PATH_KNOWN_SPOTS - 1)];
    if (passed->way == way && passed->groups == groups && id >= passed->first && run <= passed->run) return HB_OK;
    const hb_status status = count_at(spots, id, groups, HB_SPOT_NO_GROUP, &values);
    if (status != HB_OK) return status;
    *passed = (hb_path_passed){ way, groups, (uint32_t)values[HB_SPOT_FIRST], (uint32_t)values[HB_SPOT_RUN] };
    return HB_OK;
}

hb_status hb_path_spots_pass(hb_path_spots *spots, uint32_t id, uint32_t groups)
{
    const hb_path_local *local = spots->local;
    hb_status status = find_way(spots, id);
    while (status == HB_OK && (groups = set_bits(local, id, groups)) != 0) {
        status = pass_one(spots, id, groups);
        const hb_parent parent = local->bfs->parent[id];
        if (hb_parent_is_root(parent) || !hb_path_is_here(local, parent)) break;
        id = hb_gid_id(hb_parent_gid(parent));
    }
    return status;
}

/* --- objects of groups --- */

static inline hb_path_like *place_of(const hb_path_spots *spots, uint64_t parent_and_kind, uint64_t via_and_group)
{
    const uint64_t mixed = (parent_and_kind ^ via_and_group * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15);
    return &spots->like[mixed >> 40 & (HB_PATH_LIKES - 1)];
}

/* Finds the object's way and its row; *values: its row's. */
static hb_status add_one(hb_path_spots *spots, uint32_t id, unsigned group, uint64_t **values)
{
    hb_status status;
    HB_TRY(find_way(spots, id));
    HB_TRY(count_at(spots, id, UINT32_C(1) << group, group, values));
    (*values)[HB_SPOT_MEMSIZE] += hb_shard_memsize(spots->local->graph->shard, id);
out:
    return status;
}

/* Adds to the row what was counted. */
static void settle(hb_path_spots *spots, hb_path_like *like)
{
    if (like->objects == 0) return;
    uint64_t *values = hb_table_values(&spots->rows, like->row);
    count(values, like->objects, like->first, like->run);
    values[HB_SPOT_MEMSIZE] += like->memsize;
    like->objects = 0;
    like->memsize = 0;
}

/* Finds an object that is not like the last one that had its place in `like`, and remembers it there; not a class, whose label
 * says more than its name. */
static hb_status add_unlike(hb_path_spots *spots, uint32_t id, const uint64_t key[2], unsigned group,
                            hb_path_like *place)
{
    const hb_shard *shard = spots->local->graph->shard;
    const unsigned type = hb_shard_type(shard, id);
    uint64_t *values;
    const hb_status status = add_one(spots, id, group, &values);
    if (status != HB_OK || hb_type_is_class(type)) return status;
    settle(spots, place);
    *place = (hb_path_like){ .parent_and_kind = key[0], .via_and_group = key[1], .name = shard->name[id],
                             .has_name = (uint32_t)hb_path_label_is_own(type), .way = hb_path_way_of(spots->local, id),
                             .row = hb_table_number(&spots->rows, values), .is_set = 1 };
    return HB_OK;
}

/* Counts an object that is like another. */
static inline void add_like(const hb_path_local *local, uint32_t id, uint32_t above, hb_path_like *like)
{
    uint32_t run = 1;
    if (like->way == like->parent_and_kind >> 32) run = hb_path_run_of(local, above) + 1;
    hb_path_put_place(local, id, like->way, run);
    if (like->objects++ == 0) {
        like->first = id;
        like->run = run;
    }
    if (run > like->run) like->run = run;
    like->memsize += hb_shard_memsize(local->graph->shard, id);
}

/* Adds objects of a heap that one rank has. Each of them is looked at; what for is kept out of the loop. */
static hb_status add_here(hb_path_spots *spots, uint32_t begin, uint32_t end, const uint8_t *groups)
{
    const hb_path_local *local = spots->local;
    const hb_shard *shard = local->graph->shard;
    const hb_parent *parents = local->bfs->parent;
    const hb_path_place *places = local->place;
    const uint32_t *kinds = shard->kind;
    uint64_t *values;
    hb_status status = HB_OK;
    for (uint32_t id = begin; id < end && status == HB_OK; id++) {
        const unsigned group = groups[id - begin];
        if (id + AHEAD < end && (parents[id + AHEAD] & HB_PARENT_ROOT) == 0)
            __builtin_prefetch(&places[hb_gid_id(hb_parent_gid(parents[id + AHEAD]))]);
        if (group == HB_SPOT_NO_GROUP) continue;
        if (hb_parent_is_root(parents[id])) {
            status = add_one(spots, id, group, &values);
            continue;
        }
        const uint32_t above = hb_gid_id(hb_parent_gid(parents[id])), bit = UINT32_C(1) << group;
        /* One that is on the paths has its way. */
        if ((__atomic_load_n(&places[above].mask, __ATOMIC_ACQUIRE) & bit) == 0)
            HB_TRY(hb_path_spots_pass(spots, above, bit));
        const uint64_t key[2] = { (uint64_t)hb_path_way_of(local, above) << 32 | kinds[id],
                                  (uint64_t)hb_bfs_via(local->bfs, id) << 32 | group << 1 |
                                      (unsigned)hb_parent_by_class(parents[id]) };
        hb_path_like *like = place_of(spots, key[0], key[1]);
        if (like->parent_and_kind == key[0] && like->via_and_group == key[1] && like->is_set &&
            (!like->has_name || like->name == shard->name[id]))
            add_like(local, id, above, like);
        else
            status = add_unlike(spots, id, key, group, like);
    }
out:
    return status;
}

/* Adds an object of a heap that several ranks have. */
static hb_status add_spread(hb_path_spots *spots, uint32_t id, unsigned group)
{
    const hb_path_local *local = spots->local;
    const hb_parent parent = local->bfs->parent[id];
    uint64_t *values;
    hb_status status = HB_OK;
    if (!hb_parent_is_root(parent)) {
        const uint32_t at = hb_path_is_here(local, parent) ? hb_gid_id(hb_parent_gid(parent)) : id;
        status = hb_path_spots_pass(spots, at, UINT32_C(1) << group);
    }
    return status == HB_OK ? add_one(spots, id, group, &values) : status;
}

hb_status hb_path_spots_add(hb_path_spots *spots, uint32_t begin, uint32_t end, const uint8_t *groups)
{
    hb_status status = HB_OK;
    if (spots->local->top == NULL) return add_here(spots, begin, end, groups);
    for (uint32_t id = begin; id < end && status == HB_OK; id++)
        if (groups[id - begin] != HB_SPOT_NO_GROUP) status = add_spread(spots, id, groups[id - begin]);
    return status;
}

void hb_path_spots_close(hb_path_spots *spots)
{
    for (size_t i = 0; i < HB_PATH_LIKES; i++) settle(spots, &spots->like[i]);
}

hb_status hb_path_spots_merge(hb_path_spots *spots, const hb_path_spots *other)
{
    for (size_t i = 0; i < other->rows.n; i++) {
        const uint64_t *row = hb_table_row(&other->rows, i), *from = row + HB_SPOT_KEY_WORDS;
        int fresh;
        uint64_t *to = hb_table_put(&spots->rows, row, &fresh);
        if (to == NULL) return HB_ERR_MEMORY;
        to[HB_SPOT_OBJECTS] += from[HB_SPOT_OBJECTS];
        to[HB_SPOT_MEMSIZE] += from[HB_SPOT_MEMSIZE];
        if (fresh || from[HB_SPOT_FIRST] < to[HB_SPOT_FIRST]) to[HB_SPOT_FIRST] = from[HB_SPOT_FIRST];
        if (from[HB_SPOT_RUN] > to[HB_SPOT_RUN]) to[HB_SPOT_RUN] = from[HB_SPOT_RUN];
    }
    return HB_OK;
}
