/* A request from outside to come to an end in order: SIGTERM, SIGUSR1. It is noted, and asked for where work can be given up. */
#ifndef HB_BASE_STOP_H
#define HB_BASE_STOP_H

#include "base/comm.h"

/* From here on these signals are requests, and do not kill. */
void hb_stop_listen(void);

/* HB_ERR_STOPPED when one has come to this rank. Local; any thread may ask. */
hb_status hb_stop_status(void);

/* The same on all ranks, when one has come to any. Collective. */
hb_status hb_stop_agree(hb_comm *comm);

#endif
