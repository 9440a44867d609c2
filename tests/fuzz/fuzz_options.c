/* The command line: each line of the input is an argument. */
#include <string.h>

#include "fleet/options.h"
#include "tests/fuzz/fuzz.h"

#define MOST_ARGUMENTS 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 1), name[] = "heapbatch", *argv[MOST_ARGUMENTS + 2] = { name };
    int argc = 1;
    hb_options options;
    hb_error error;
    hb_error_clear(&error);
    DEMAND(text != NULL);
    if (n != 0) memcpy(text, bytes, n);
    text[n] = '\0';
    for (char *at = text; at != NULL && argc <= MOST_ARGUMENTS;) {
        char *end = strchr(at, '\n');
        if (end != NULL) *end++ = '\0';
        argv[argc++] = at;
        at = end;
    }
    const hb_status status = hb_options_parse(argc, argv, &options, &error);
    DEMAND(status == HB_OK || (status == HB_ERR_USAGE && error.message[0] != '\0'));
    if (status == HB_OK) DEMAND(options.show_help || options.show_version || options.manifest_path != NULL || options.n_paths > 0);
    hb_options_fini(&options);
    free(text);
    return 0;
}
