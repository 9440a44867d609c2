/* Whether dumps are of one process, by the objects that their ROOT lines name. Local.
 *
 * What the roots of a Ruby process hold (constants, what C extensions have registered, the symbols) was mostly made when it
 * started, lives as long as it, and is pinned, so that compaction leaves it where it is; and address space randomisation puts
 * the heap of another process elsewhere. ROOT lines are the first of a dump, some 20 kB. Lines of "machine_context" are left
 * out: what the machine stack holds comes and goes. Shared addresses, of the smaller set, as measured:
 *
 *   pairs of dumps                                                             addresses     shared
 *   one process, Ruby 2.7, 3.1, 3.3 (tests/data)                               436 to 715    99.9 to 100 %
 *   one process, Ruby 4.1 (tests/data)                                         38            97.4 %
 *   Ruby 3.1: GC.compact or GC.auto_compact between the dumps                  595 to 772    99.8 to 99.9 %
 *   Ruby 3.1: GC.verify_compaction_references, which moves all it can          596 to 771    98.7 to 99.0 %
 *   Ruby 3.1: forked siblings, also after GC.compact in each                   592 to 778    100 %
 *   Ruby 3.1: two processes of one script                                      591 to 773    0.0 %
 *   Ruby 3.1: the same, randomisation turned off (setarch -R)                  592           89.2 %
 *
 * So siblings of one parent count as one process, and so does every process where randomisation is off.
 *
 * Tried and dropped: address and name of the classes in the first 4 MiB. Two processes share 0.0 % of these as well, but so do
 * two dumps of one process around GC.verify_compaction_references, and where the heap has grown other classes are among
 * the first 4 MiB: of Ruby 4.1's 302 none, of Ruby 3.3's 370 none in any dump. */
#ifndef HB_FLEET_SAME_PROCESS_H
#define HB_FLEET_SAME_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "pipeline/limits.h"

/* Reading ends behind the ROOT lines, or here: bytes of text. A line that begins before is read to its end. */
#define HB_ROOTS_MOST_BYTES ((size_t)4 << 20)

/* Fewer addresses than this say nothing. */
#define HB_ROOTS_LEAST 20

/* Dumps that share less than this are of two processes. */
#define HB_ROOTS_LEAST_PERCENT 5

/* What ROOT lines name. */
typedef struct hb_roots {
    uint64_t *addresses;  /* ascending, no two the same */
    size_t n;
} hb_roots;

/* Takes the addresses, n of them in any order, which were allocated with hb_alloc. */
void hb_roots_take(uint64_t *addresses, size_t n, hb_roots *out);

/* Reads the ROOT lines of a dump. A dump that cannot be read has none, nor has standard input, which can be read once only, or
 * the dump of a generation (since:). HB_OK or HB_ERR_MEMORY. */
hb_status hb_roots_read(const char *path, const hb_limits *limits, hb_roots *out);

void hb_roots_fini(hb_roots *roots);

/* Whether there are enough to tell. */
static inline int hb_roots_tell(const hb_roots *roots)
{
    return roots->n >= HB_ROOTS_LEAST;
}

/* How many addresses both have. Time linear. */
size_t hb_roots_shared(const hb_roots *a, const hb_roots *b);

/* Whether they are of one process; both must tell. */
int hb_roots_same_process(const hb_roots *a, const hb_roots *b);

#endif
