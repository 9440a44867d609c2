/* Whose singleton classes the singleton classes are. */
#ifndef HB_PARTITION_SINGLETONS_H
#define HB_PARTITION_SINGLETONS_H

#include "base/comm.h"
#include "partition/shard.h"

/* A singleton class without a name gets that of the class or module whose `class` it is, and HB_MARK_ATTACHED. It has
 * no name still where that has none, or is another object. After hb_shard_resolve_classes. Collective; agrees on the
 * status. */
hb_status hb_shard_name_singletons(hb_comm *comm, hb_shard *shard);

#endif
