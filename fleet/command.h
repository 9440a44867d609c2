/* The command lines of `heapbatch diff` and `heapbatch read`, for those who know heapy (https://github.com/zombocom/heapy), and of `heapbatch
 * show`, `path` and `objects`, which ask about the objects of one dump. */
#ifndef HB_FLEET_COMMAND_H
#define HB_FLEET_COMMAND_H

#include <stdio.h>

#include "base/status.h"
#include "fleet/options.h"
#include "index/select.h"
#include "pipeline/place_counts.h"

typedef enum hb_command_name { HB_COMMAND_DIFF, HB_COMMAND_READ, HB_COMMAND_SHOW, HB_COMMAND_PATH, HB_COMMAND_OBJECTS } hb_command_name;

#define HB_N_COMMANDS (HB_COMMAND_OBJECTS + 1)

typedef struct hb_command {
    hb_command_name name;
    int show_help;         /* nothing behind it was read */
    int as_heapy;          /* diff, read: --format heapy: its lines, and objects are told apart by their addresses alone, as it does */
    int as_lines;          /* --format jsonl */
    char *diff_path;       /* diff: --output-diff; NULL: none */
    char *generation;      /* read: as it was given; NULL: none */
    hb_place_filter filter;   /* what that means */
    char *index_dir;       /* --index; NULL: none */
    uint64_t *addresses;   /* show, path: in the order of the command line */
    size_t n_addresses;
    char *class_name;      /* objects: --class, --site; NULL and empty: not given */
    hb_query site;
    hb_filter objects;     /* what is asked for; borrows from these two */
    hb_select_order order;
} hb_command;

/* Whether the word is the name of such a command. */
int hb_command_is(const char *word);

/* Reads the command line; argv[0] is the name of the command. *options has the dumps, and what of its options the command takes; all
 * else there has its default. Prints nothing. HB_ERR_USAGE with one sentence in err->message, HB_ERR_MEMORY; what was copied
 * is freed by hb_command_fini and hb_options_fini, also then. Not for two threads at once. */
hb_status hb_command_parse(int argc, char **argv, hb_command *out, hb_options *options, hb_error *err);

void hb_command_fini(hb_command *command);

/* What --help prints of a command; no line is longer than 80 bytes. */
void hb_command_help(hb_command_name name, FILE *out);

#endif
