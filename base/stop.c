#include "base/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t requested;

static void note(int signal)
{
    (void)signal;
    requested = 1;
}

void hb_stop_listen(void)
{
    /* Reads and writes under way are taken up again. */
    struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

hb_status hb_stop_status(void)
{
    return requested != 0 ? HB_ERR_STOPPED : HB_OK;
}

hb_status hb_stop_agree(hb_comm *comm)
{
    return hb_comm_agree(comm, hb_stop_status());
}
