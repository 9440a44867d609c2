/* The exchange: random items between random ranks arrive once, whole, in the order they were put for each pair, also
 * when the box fills many times over; and a failure anywhere is everyone's. */
#include <stdlib.h>
#include <string.h>

#include "base/exchange.h"
#include "tests/unit/dice.h"
#include "tests/unit/mpi_suite.h"

#define SEED 977u

/* An item: its place in the stream of its pair, its words, then words that follow from those two. */
typedef struct traffic {
    dice out;              /* what this rank sends */
    size_t n_items, put;
    size_t most_words;
    uint64_t *sent, *heard;  /* by rank: items */
    uint64_t *rounds;        /* by rank: takes */
    uint64_t words_put;
    int wrong;
} traffic;

static uint64_t payload(uint64_t number, int from, int to, size_t i)
{
    return (number * 64 + (uint64_t)from) * 64 + (uint64_t)to + i * 0x10000001;
}

static hb_status fill(void *ctx, hb_outbox *box, int *more)
{
    traffic *t = ctx;
    const int me = hb_comm_rank(world);
    for (; t->put < t->n_items && !hb_outbox_full(box); t->put++) {
        int to = (int)roll(&t->out, (size_t)hb_comm_size(world));
        size_t n = 2 + roll(&t->out, t->most_words);
        uint64_t *words = hb_outbox_put(box, to, n);
        if (words == NULL) return HB_ERR_MEMORY;
        words[0] = t->sent[to]++;
        words[1] = n;
        for (size_t i = 2; i < n; i++) words[i] = payload(words[0], me, to, i);
        t->words_put += n;
    }
    *more = t->put < t->n_items;
    return HB_OK;
}

static hb_status take(void *ctx, int from, const uint64_t *words, size_t n)
{
    traffic *t = ctx;
    t->rounds[from]++;
    for (size_t at = 0; at < n;) {
        const uint64_t *item = words + at;
        if (n - at < 2 || item[1] < 2 || item[1] > n - at || item[0] != t->heard[from]) {
            t->wrong = 1;
            return HB_OK;
        }
        t->heard[from]++;
        for (size_t i = 2; i < item[1]; i++)
            t->wrong |= item[i] != payload(item[0], from, hb_comm_rank(world), i);
        at += item[1];
    }
    return HB_OK;
}

static void traffic_init(traffic *t, uint64_t seed, size_t n_items, size_t most_words)
{
    const size_t size = (size_t)hb_comm_size(world);
    *t = (traffic){ .out = dice_of(seed * 100 + (uint64_t)hb_comm_rank(world)), .n_items = n_items,
                    .most_words = most_words, .sent = must_alloc(size, sizeof *t->sent),
                    .heard = must_alloc(size, sizeof *t->heard), .rounds = must_alloc(size, sizeof *t->rounds) };
}

static void traffic_fini(traffic *t)
{
    free(t->sent);
    free(t->heard);
    free(t->rounds);
}

/* What every rank says it sent, every rank heard. */
static void check_traffic(traffic *t)
{
    const int size = hb_comm_size(world);
    uint64_t *said = must_alloc((size_t)size, sizeof *said);
    hb_comm_all_to_all(world, t->sent, said);
    EXPECT(!t->wrong);
    for (int r = 0; r < size; r++) EXPECT(t->heard[r] == said[r]);
    free(said);
}

static void test_random_traffic(void)
{
    for (uint64_t k = 0; k < 50; k++) {
        traffic t;
        dice d = dice_of(SEED + k + (uint64_t)hb_comm_rank(world) * 1000);
        traffic_init(&t, SEED + k, roll(&d, 3) * roll(&d, 400), 1 + roll(&d, 60));
        EXPECT(hb_exchange(world, fill, take, &t) == HB_OK);
        check_traffic(&t);
        traffic_fini(&t);
    }
    agree_that_all_is_well();
}

/* One rank has several boxes full, the others little: those must stay for the later rounds. */
static void test_full_box(void)
{
    traffic t;
    int last = hb_comm_rank(world) == hb_comm_size(world) - 1;
    traffic_init(&t, SEED + 500, last ? 24000 : 5, 300);
    EXPECT(hb_exchange(world, fill, take, &t) == HB_OK);
    check_traffic(&t);
    EXPECT(t.rounds[hb_comm_size(world) - 1] >= 2);
    if (last) EXPECT(t.words_put > HB_EXCHANGE_WORDS);
    traffic_fini(&t);
    agree_that_all_is_well();
}

/* An item longer than a whole box. */
static void test_giant_item(void)
{
    hb_outbox box;
    traffic t;
    const int size = hb_comm_size(world), to = (hb_comm_rank(world) + 1) % size;
    const size_t n = hb_comm_rank(world) == 0 ? HB_EXCHANGE_WORDS + 12345 : 3;
    traffic_init(&t, SEED, 0, 1);
    EXPECT(hb_outbox_init(&box, size) == HB_OK);
    uint64_t *words = hb_outbox_put(&box, to, n);
    if (EXPECT(words != NULL)) {
        words[0] = t.sent[to]++;
        words[1] = n;
        for (size_t i = 2; i < n; i++) words[i] = payload(0, hb_comm_rank(world), to, i);
    }
    EXPECT(hb_exchange_round(world, &box, HB_OK, take, &t) == HB_OK);
    EXPECT(box.total == 0 && box.n[to] == 0);
    check_traffic(&t);
    hb_outbox_fini(&box);
    traffic_fini(&t);
    agree_that_all_is_well();
}

typedef struct trouble {
    int rank;           /* who fails */
    int in_take;
    int round;
    traffic t;
} trouble;

static hb_status troubled_fill(void *ctx, hb_outbox *box, int *more)
{
    trouble *x = ctx;
    hb_status status = fill(&x->t, box, more);
    return !x->in_take && hb_comm_rank(world) == x->rank ? HB_ERR_IO : status;
}

static hb_status troubled_take(void *ctx, int from, const uint64_t *words, size_t n)
{
    trouble *x = ctx;
    hb_status status = take(&x->t, from, words, n);
    return x->in_take && hb_comm_rank(world) == x->rank ? HB_ERR_IO : status;
}

static void test_failure_is_agreed(void)
{
    for (int rank = 0; rank < hb_comm_size(world); rank++)
        for (int in_take = 0; in_take < 2; in_take++) {
            trouble x = { .rank = rank, .in_take = in_take };
            /* Everyone sends enough that everyone hears something. */
            traffic_init(&x.t, SEED + 900, 400, 10);
            EXPECT(hb_exchange(world, troubled_fill, troubled_take, &x) == HB_ERR_IO);
            traffic_fini(&x.t);
        }
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {
        { "random traffic", test_random_traffic }, { "full box", test_full_box }, { "giant item", test_giant_item },
        { "failure is agreed", test_failure_is_agreed }, CU_TEST_INFO_NULL
    };
    return hb_mpi_suite_run("exchange", SEED, tests, argc, argv);
}
