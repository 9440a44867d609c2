/* Enters: argc and argv behind the program's name. Leaves: what is asked for, and how.
 *
 * getopt_long is used as in fleet/options.c; values that the whole program knows are read by fleet/option_values.h. All commands share one
 * list of options; which of them a command takes stands in `takers`. */
#include "fleet/command.h"

#include <getopt.h>
#include <string.h>

#include "base/memory.h"
#include "fleet/command_words.h"
#include "fleet/option_values.h"

#define HEAPY_READ_ROWS 50     /* of a ranking, where --top does not say */

static const char *const names[HB_N_COMMANDS] = { "diff", "read", "show", "path", "objects" };   /* by hb_command_name */

enum {
    OPT_FORMAT = 256, OPT_OUTPUT_DIFF, OPT_IDENTITY, OPT_SHOW_VALUES, OPT_INDEX, OPT_REDACT, OPT_CLASS, OPT_TYPE, OPT_SITE, OPT_MIN_MEMSIZE,
    OPT_MIN_RETAINED, OPT_ORDER, OPT_TOP, OPT_MAX, OPT_THREADS, OPT_MEMORY, OPT_NO_BIND, OPT_SPREAD, OPT_CHUNK, OPT_QUIET, OPT_PROGRESS, OPT_LOG,
    OPT_HELP
};

enum {
    DIFF = 1 << HB_COMMAND_DIFF, READ = 1 << HB_COMMAND_READ, SHOW = 1 << HB_COMMAND_SHOW, PATH = 1 << HB_COMMAND_PATH,
    OBJECTS = 1 << HB_COMMAND_OBJECTS
};

/* Options that not every command takes, and the commands that do. */
static const struct { int code, commands; } takers[] = {
    { OPT_OUTPUT_DIFF, DIFF }, { OPT_IDENTITY, DIFF }, { OPT_SHOW_VALUES, READ | SHOW }, { OPT_INDEX, SHOW | PATH | OBJECTS },
    { OPT_REDACT, SHOW | PATH | OBJECTS }, { OPT_CLASS, OBJECTS }, { OPT_TYPE, OBJECTS }, { OPT_SITE, OBJECTS }, { OPT_MIN_MEMSIZE, OBJECTS },
    { OPT_MIN_RETAINED, OBJECTS }, { OPT_ORDER, OBJECTS }, { OPT_TOP, DIFF | READ | SHOW | OBJECTS }
};

static const struct option long_options[] = {
    { "format", required_argument, NULL, OPT_FORMAT },
    { "output-diff", required_argument, NULL, OPT_OUTPUT_DIFF },
    { "output_diff", required_argument, NULL, OPT_OUTPUT_DIFF },   /* as heapy writes it */
    { "identity", required_argument, NULL, OPT_IDENTITY },
    { "show-values", no_argument, NULL, OPT_SHOW_VALUES },
    { "index", required_argument, NULL, OPT_INDEX },
    { "redact", optional_argument, NULL, OPT_REDACT },
    { "class", required_argument, NULL, OPT_CLASS },
    { "type", required_argument, NULL, OPT_TYPE },
    { "site", required_argument, NULL, OPT_SITE },
    { "min-memsize", required_argument, NULL, OPT_MIN_MEMSIZE },
    { "min-retained", required_argument, NULL, OPT_MIN_RETAINED },
    { "order", required_argument, NULL, OPT_ORDER },
    { "top", required_argument, NULL, OPT_TOP },
    { "lines", required_argument, NULL, OPT_TOP },   /* as heapy has it */
    { "max", required_argument, NULL, OPT_MAX },
    { "threads", required_argument, NULL, OPT_THREADS },
    { "memory", required_argument, NULL, OPT_MEMORY },
    { "no-bind", no_argument, NULL, OPT_NO_BIND },
    { "spread", no_argument, NULL, OPT_SPREAD },
    { "chunk", required_argument, NULL, OPT_CHUNK },
    { "quiet", no_argument, NULL, OPT_QUIET },
    { "progress", no_argument, NULL, OPT_PROGRESS },
    { "log", required_argument, NULL, OPT_LOG },
    { "help", no_argument, NULL, OPT_HELP },
    { NULL, 0, NULL, 0 }
};

/* HB_N_COMMANDS: it is none. */
static hb_command_name name_of(const char *word)
{
    unsigned i = 0;
    while (i < HB_N_COMMANDS && strcmp(word, names[i]) != 0) i++;
    return (hb_command_name)i;
}

int hb_command_is(const char *word)
{
    return name_of(word) < HB_N_COMMANDS;
}

/* What getopt_long could not make sense of: `last` is the word it had just read. */
static hb_status refuse_word(int answer, const char *last, hb_error *err)
{
    return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, answer == ':' ? "'%.60s' needs an argument" :
                        "'%.60s' is no option of this command, short for several, or has an argument that it does not take", last);
}

/* A copy in place of what was given before. */
static hb_status set_text(char **field, const char *value)
{
    hb_free(*field);
    *field = hb_copy_text(value, strlen(value));
    return *field != NULL ? HB_OK : HB_ERR_MEMORY;
}

static hb_status set_format(hb_command *out, const char *value, hb_error *err)
{
    const int is_heapys = out->name == HB_COMMAND_DIFF || out->name == HB_COMMAND_READ;
    out->as_heapy = is_heapys && strcmp(value, "heapy") == 0;
    out->as_lines = strcmp(value, "jsonl") == 0;
    if (out->as_heapy || out->as_lines || strcmp(value, "table") == 0) return HB_OK;
    return hb_value_refuse("format", is_heapys ? "table, heapy or jsonl" : "table or jsonl", value, err);
}

static hb_status set_path(char **path, const char *option, const char *wants, const char *value, hb_error *err)
{
    return *value == '\0' || *value == '-' ? hb_value_refuse(option, wants, value, err) : set_text(path, value);
}

static hb_status set_class(hb_command *out, const char *value, hb_error *err)
{
    return *value == '\0' ? hb_value_refuse("class", "the name of a class", value, err) : set_text(&out->class_name, value);
}

static hb_status set_type(hb_command *out, const char *value, hb_error *err)
{
    out->objects.type = hb_type_find(value);
    out->objects.has_type = 1;
    return out->objects.type < HB_N_TYPES ? HB_OK : hb_value_refuse("type", "a type as dumps have it, such as STRING or HASH", value, err);
}

static hb_status set_site(hb_command *out, const char *value, hb_error *err)
{
    hb_query_fini(&out->site);
    const hb_status status = hb_query_parse_site(value, &out->site);
    return status == HB_ERR_USAGE ? hb_value_refuse("site", "FILE:LINE, where FILE may be the end of a path", value, err) : status;
}

static hb_status set_bytes(const char *option, uint64_t *bytes, const char *value, hb_error *err)
{
    return hb_value_bytes(value, bytes) ? HB_OK : hb_value_refuse(option, "a number of bytes, as 4096, 64k, 10M or 1G", value, err);
}

static hb_status set_order(hb_command *out, const char *value, hb_error *err)
{
    static const char *const words[] = { "retained", "memsize", "address" };   /* by hb_select_order */
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(value, words[i]) == 0) {
            out->order = (hb_select_order)i;
            return HB_OK;
        }
    return hb_value_refuse("order", "retained, memsize or address", value, err);
}

/* Refuses the options of other commands. */
static hb_status check_option(const hb_command *out, int code, const char *name, hb_error *err)
{
    char which[64] = "";
    int commands = ~0;
    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++)
        if (takers[i].code == code) commands = takers[i].commands;
    if ((commands & 1 << out->name) != 0) return HB_OK;
    for (size_t i = 0, n = 0; i < HB_N_COMMANDS; i++)
        if ((commands & 1 << i) != 0) n += (size_t)snprintf(which + n, sizeof which - n, "%s%s", n == 0 ? "" : ", ", names[i]);
    return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "--%s is for heapbatch %s", name, which);
}

static hb_status apply(hb_command *out, hb_options *options, int code, const char *value, hb_error *err)
{
    switch (code) {
    case OPT_FORMAT: return set_format(out, value, err);
    case OPT_OUTPUT_DIFF: return set_path(&out->diff_path, "output-diff", "the name of a file", value, err);
    case OPT_INDEX: return set_path(&out->index_dir, "index", "the name of a directory", value, err);
    case OPT_CLASS: return set_class(out, value, err);
    case OPT_TYPE: return set_type(out, value, err);
    case OPT_SITE: return set_site(out, value, err);
    case OPT_MIN_MEMSIZE: return set_bytes("min-memsize", &out->objects.min_memsize, value, err);
    case OPT_MIN_RETAINED: return set_bytes("min-retained", &out->objects.min_retained, value, err);
    case OPT_ORDER: return set_order(out, value, err);
    case OPT_REDACT: hb_value_redact(options, value); return HB_OK;
    case OPT_IDENTITY: return hb_value_identity(options, value, err);
    case OPT_SHOW_VALUES: options->show_values = 1; return HB_OK;
    case OPT_TOP: return hb_value_top(options, value, err);
    case OPT_MAX: return hb_value_max(options, value, err);
    case OPT_THREADS: return hb_value_threads(options, value, err);
    case OPT_MEMORY: return hb_value_memory(options, value, err);
    case OPT_CHUNK: return hb_value_chunk(options, value, err);
    case OPT_LOG: return hb_value_log(options, value, err);
    case OPT_NO_BIND: options->keep_cpu_mask = 1; return HB_OK;
    case OPT_SPREAD: options->spread = 1; return HB_OK;
    case OPT_QUIET: options->quiet = 1; return HB_OK;
    case OPT_PROGRESS: options->progress = 1; return HB_OK;
    case OPT_HELP: out->show_help = 1; return HB_OK;
    default: return HB_OK;
    }
}

hb_status hb_command_parse(int argc, char **argv, hb_command *out, hb_options *options, hb_error *err)
{
    hb_status status = HB_OK;
    size_t cap = 0;
    int code, which = 0, has_top = 0;
    *out = (hb_command){ .name = name_of(argv[0]) };
    *options = hb_options_default();
    opterr = 0;
    optind = 0;
    while ((code = getopt_long(argc, argv, "-:", long_options, &which)) != -1) {
        if (code == 1) HB_TRY(hb_value_dump(options, &cap, optarg, err));
        else if (code == '?' || code == ':') HB_TRY(refuse_word(code, argv[optind - 1], err));
        else {
            HB_TRY(check_option(out, code, long_options[which].name, err));
            HB_TRY(apply(out, options, code, optarg, err));
        }
        has_top |= code == OPT_TOP;
        if (out->show_help) return HB_OK;
    }
    for (; optind < argc; optind++) HB_TRY(hb_value_dump(options, &cap, argv[optind], err));
    HB_TRY(hb_command_check(out, options, err));
    if (out->as_heapy) options->identity = HB_IDENTITY_ADDRESS;
    if (out->as_heapy && !has_top) options->top = HEAPY_READ_ROWS;
out:
    if (status == HB_ERR_MEMORY)
        hb_error_set(err, HB_ERR_MEMORY, NULL, HB_NO_BYTE, "out of memory while reading the command line");
    return status;
}

void hb_command_fini(hb_command *command)
{
    hb_free(command->diff_path);
    hb_free(command->generation);
    hb_free(command->index_dir);
    hb_free(command->addresses);
    hb_free(command->class_name);
    hb_query_fini(&command->site);
    *command = (hb_command){ 0 };
}
