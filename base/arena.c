#include "base/arena.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE ((size_t)4096)
#define HUGE_PAGES ((size_t)512)            /* pages in a huge page */
#define SMALL_PAGES HUGE_PAGES              /* arrays below are rather taken from the upper end */
#define FIRST_RUNS 256
#define SLACK_HUGE_PAGES 4                  /* of which arrays have parts: not worth a look at all runs */

/* Neighbouring pages, free or one array's. Runs cover the range without a gap; no two free ones touch. */
typedef struct run {
    uint32_t first, n;
    int taken;
} run;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char *_Atomic base;      /* NULL: no range; set last, read without the lock */
    int opened;
    run *runs;               /* by address */
    size_t n, cap;
    uint8_t *held;           /* by huge page: whether it may have memory. One that has not reads as zeros */
    size_t n_huge, n_held;
    size_t taken;            /* pages */
    size_t at_start;         /* bytes that the process had before the arena took any */
    int private;             /* core dumps leave it out */
} arena;

/* --- the range --- */

static size_t peak_bytes(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (size_t)usage.ru_maxrss * 1024 : 0;
}

/* Twice the machine's memory, so that gaps between arrays never matter. */
static void open_range(void)
{
    const size_t huge = HUGE_PAGES * PAGE;
    const size_t memory = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    arena.opened = 1;
    arena.n_huge = memory / huge * 2;
    if (sysconf(_SC_PAGESIZE) != (long)PAGE || arena.n_huge == 0 || arena.n_huge > UINT32_MAX / HUGE_PAGES) return;
    char *base = mmap(NULL, (arena.n_huge + 1) * huge, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return;
    base += -(uintptr_t)base & (huge - 1);
    arena.runs = malloc(FIRST_RUNS * sizeof *arena.runs);
    arena.held = calloc(arena.n_huge, 1);
    if (arena.runs == NULL || arena.held == NULL) return;
    /* Who was started by a Ruby has inherited from it that it gets no huge pages (prctl(2), PR_SET_THP_DISABLE). */
    (void)prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
    (void)madvise(base, arena.n_huge * huge, MADV_HUGEPAGE);
    if (arena.private) (void)madvise(base, arena.n_huge * huge, MADV_DONTDUMP);
    arena.cap = FIRST_RUNS;
    arena.runs[arena.n++] = (run){ .first = 0, .n = (uint32_t)(arena.n_huge * HUGE_PAGES) };
    arena.at_start = peak_bytes();
    arena.base = base;
}

void hb_arena_keep_private(void)
{
    arena.private = 1;
}

static size_t pages_of(size_t bytes)
{
    return bytes / PAGE + (bytes % PAGE != 0);
}

/* --- runs --- */

/* Room for `more` further runs. */
static int reserve_runs(size_t more)
{
    if (arena.n + more <= arena.cap) return 1;
    run *runs = realloc(arena.runs, arena.cap * 2 * sizeof *runs);
    if (runs == NULL) return 0;
    arena.runs = runs;
    arena.cap *= 2;
    return 1;
}

static void insert_run(size_t at, run fresh)
{
    memmove(arena.runs + at + 1, arena.runs + at, (arena.n - at) * sizeof *arena.runs);
    arena.runs[at] = fresh;
    arena.n++;
}

static void remove_run(size_t at)
{
    arena.n--;
    memmove(arena.runs + at, arena.runs + at + 1, (arena.n - at) * sizeof *arena.runs);
}

static size_t run_of(const void *array)
{
    const uint32_t page = (uint32_t)((size_t)((const char *)array - arena.base) / PAGE);
    size_t low = 0, high = arena.n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (arena.runs[middle].first <= page) low = middle;
        else high = middle;
    }
    return low;
}

/* The smallest free run of at least n pages, of several the lowest; arena.n: none. */
static size_t best_fit(size_t n)
{
    size_t best = arena.n;
    for (size_t i = 0; i < arena.n; i++)
        /* Where the range could not be opened n is 0. NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch) */
        if (!arena.runs[i].taken && arena.runs[i].n >= n && (best == arena.n || arena.runs[i].n < arena.runs[best].n))
            best = i;
    return best;
}

/* Whether an array of n pages is taken from the upper end of a free run: where there is memory, else by its size. */
static int from_above(const run *r, size_t n)
{
    const int low = arena.held[r->first / HUGE_PAGES], high = arena.held[(r->first + r->n - 1) / HUGE_PAGES];
    return high != low ? high : n < SMALL_PAGES;
}

/* Cuts a run in two behind its first n pages; the second has the number at + 1. */
static void cut(size_t at, size_t n)
{
    run rest = arena.runs[at];
    rest.first += (uint32_t)n;
    rest.n -= (uint32_t)n;
    arena.runs[at].n = (uint32_t)n;
    insert_run(at + 1, rest);
}

/* Frees a run and joins it with free neighbours. */
static void free_run(size_t at)
{
    arena.taken -= arena.runs[at].n;
    arena.runs[at].taken = 0;
    if (at + 1 < arena.n && !arena.runs[at + 1].taken) {
        arena.runs[at].n += arena.runs[at + 1].n;
        remove_run(at + 1);
    }
    if (at > 0 && !arena.runs[at - 1].taken) {
        arena.runs[at - 1].n += arena.runs[at].n;
        remove_run(at);
    }
}

/* --- memory --- */

/* Gives back up to `most` huge pages that lie in the free run; how many. */
static size_t release(const run *r, size_t most)
{
    const size_t first = (r->first + HUGE_PAGES - 1) / HUGE_PAGES, end = ((size_t)r->first + r->n) / HUGE_PAGES;
    size_t n = 0;
    for (size_t h = first; h < end && n < most;) {
        const size_t from = h;
        while (h < end && n + (h - from) < most && arena.held[h]) h++;
        if (h == from) {
            h++;
            continue;
        }
        /* Where the system does not take them, they stay, with what is in them. */
        if (madvise(arena.base + from * HUGE_PAGES * PAGE, (h - from) * HUGE_PAGES * PAGE, MADV_DONTNEED) != 0) continue;
        memset(arena.held + from, 0, h - from);
        n += h - from;
    }
    return n;
}

/* What is kept beside the arrays is at most what they fall short of the peak. */
static void settle(void)
{
    const size_t peak = peak_bytes(), allowed = peak > arena.at_start ? (peak - arena.at_start) / PAGE : 0;
    const size_t most = (allowed > arena.taken ? allowed : arena.taken) / HUGE_PAGES + SLACK_HUGE_PAGES;
    for (size_t i = arena.n; i-- > 0 && arena.n_held > most;)
        if (!arena.runs[i].taken) arena.n_held -= release(&arena.runs[i], arena.n_held - most);
}

/* Says that these pages are used from now on; zeroed: clears those that may not be zero. */
static void hold(size_t first, size_t n, int zeroed)
{
    const size_t end = first + n;
    for (size_t page = first; page < end;) {
        const size_t h = page / HUGE_PAGES;
        size_t next = (h + 1) * HUGE_PAGES;
        if (next > end) next = end;
        if (!arena.held[h]) {
            arena.held[h] = 1;
            arena.n_held++;
        } else if (zeroed) {
            memset(arena.base + page * PAGE, 0, (next - page) * PAGE);
        }
        page = next;
    }
}

/* --- arrays --- */

void *hb_arena_take(size_t bytes, int zeroed)
{
    const size_t n = pages_of(bytes);
    char *array = NULL;
    pthread_mutex_lock(&lock);
    if (!arena.opened) open_range();
    /* More than the machine has is refused here: the system would grant it, and end the process when it is used. */
    const int fits = arena.base != NULL && arena.taken + n <= arena.n_huge / 2 * HUGE_PAGES;
    size_t at = fits && reserve_runs(1) ? best_fit(n) : arena.n;
    if (at < arena.n) {
        if (arena.runs[at].n > n) {
            const int upper = from_above(&arena.runs[at], n);
            cut(at, upper ? arena.runs[at].n - n : n);
            at += (size_t)upper;
        }
        arena.runs[at].taken = 1;
        arena.taken += n;
        hold(arena.runs[at].first, n, zeroed);
        settle();
        array = arena.base + arena.runs[at].first * PAGE;
    }
    pthread_mutex_unlock(&lock);
    return array;
}

int hb_arena_has(const void *array)
{
    const char *at = array;
    return arena.base != NULL && at >= arena.base && at < arena.base + arena.n_huge * HUGE_PAGES * PAGE;
}

size_t hb_arena_bytes(const void *array)
{
    pthread_mutex_lock(&lock);
    const size_t bytes = arena.runs[run_of(array)].n * PAGE;
    pthread_mutex_unlock(&lock);
    return bytes;
}

/* Takes the first `more` pages of the free run behind a run. */
static int extend(size_t at, size_t more)
{
    run *behind = &arena.runs[at + 1];
    if (at + 1 == arena.n || behind->taken || behind->n < more) return 0;
    hold(behind->first, more, 0);
    arena.runs[at].n += (uint32_t)more;
    arena.taken += more;
    behind->first += (uint32_t)more;
    behind->n -= (uint32_t)more;
    if (behind->n == 0) remove_run(at + 1);
    return 1;
}

int hb_arena_resize(void *array, size_t bytes)
{
    pthread_mutex_lock(&lock);
    const size_t at = run_of(array), n = pages_of(bytes), had = arena.runs[at].n;
    int done = n == had;
    if (n > had) done = extend(at, n - had);
    if (n < had && reserve_runs(1)) {
        cut(at, n);
        free_run(at + 1);
        done = 1;
    }
    settle();
    pthread_mutex_unlock(&lock);
    return done;
}

void hb_arena_give(void *array)
{
    pthread_mutex_lock(&lock);
    free_run(run_of(array));
    settle();
    pthread_mutex_unlock(&lock);
}

void hb_arena_trim(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < arena.n; i++)
        if (!arena.runs[i].taken) arena.n_held -= release(&arena.runs[i], arena.n_held);
    pthread_mutex_unlock(&lock);
}
