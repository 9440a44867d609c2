/* The command line: each line of the input is an argument. With a command for the first, that command's. */
#include <string.h>

#include "fleet/command.h"
#include "fleet/options.h"
#include "tests/fuzz/fuzz.h"

#define MOST_ARGUMENTS 64

static void parse_options(int argc, char **argv)
{
    hb_options options;
    hb_error error;
    hb_error_clear(&error);
    const hb_status status = hb_options_parse(argc, argv, &options, &error);
    DEMAND(status == HB_OK || (status == HB_ERR_USAGE && error.message[0] != '\0'));
    if (status == HB_OK) DEMAND(options.show_help || options.show_version || options.manifest_path != NULL || options.n_paths > 0);
    hb_options_fini(&options);
}

/* Of diff two dumps or three, of the others one; and addresses where a command asks about these. */
static void parse_command(int argc, char **argv)
{
    hb_command command;
    hb_options options;
    hb_error error;
    hb_error_clear(&error);
    const hb_status status = hb_command_parse(argc, argv, &command, &options, &error);
    DEMAND(status == HB_OK || (status == HB_ERR_USAGE && error.message[0] != '\0'));
    if (status == HB_OK && !command.show_help) {
        const int asks = command.name == HB_COMMAND_SHOW || command.name == HB_COMMAND_PATH;
        DEMAND(command.name == HB_COMMAND_DIFF ? options.n_paths == 2 || options.n_paths == 3 : options.n_paths == 1);
        DEMAND(asks == (command.n_addresses > 0));
        DEMAND(!command.objects.has_type || command.objects.type < HB_N_TYPES);
    }
    hb_command_fini(&command);
    hb_options_fini(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 1), name[] = "heapbatch", *argv[MOST_ARGUMENTS + 2] = { name };
    int argc = 1;
    DEMAND(text != NULL);
    if (n != 0) memcpy(text, bytes, n);
    text[n] = '\0';
    for (char *at = text; at != NULL && argc <= MOST_ARGUMENTS;) {
        char *end = strchr(at, '\n');
        if (end != NULL) *end++ = '\0';
        argv[argc++] = at;
        at = end;
    }
    if (hb_command_is(argv[1])) parse_command(argc - 1, argv + 1);
    else parse_options(argc, argv);
    free(text);
    return 0;
}
