/* What the words of a command's line mean together: the second half of fleet/command.c. */
#ifndef HB_FLEET_COMMAND_WORDS_H
#define HB_FLEET_COMMAND_WORDS_H

#include "fleet/command.h"

/* All words and options have been read: options->paths has every word that is no option. Leaves the dumps there, and takes out what stands behind
 * them: a generation, addresses. HB_ERR_USAGE where the words do not go together, HB_ERR_MEMORY. */
hb_status hb_command_check(hb_command *command, hb_options *options, hb_error *err);

#endif
