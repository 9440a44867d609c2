/* What the analyzer of `make lint` cannot find out by itself, as it reads one file at a time: it is included before each
 * file (clang-tidy's -include), and by nothing else. Each says what the function's own file holds. */
#include "base/comm.h"
#include "base/status.h"

/* base/comm.c: where one rank's status is not HB_OK, no rank's is. */
static inline hb_status known_agree(hb_comm *comm, hb_status mine)
{
    hb_status all = hb_comm_agree(comm, mine);
    return mine != HB_OK ? mine : all;
}
#define hb_comm_agree known_agree

/* base/status.c: what is returned is the code that was given. */
#define hb_error_set(err, code, ...) ((void)hb_error_set(err, code, __VA_ARGS__), (code))
