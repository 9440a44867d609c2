/* Enters: argc and argv behind the program's name. Leaves: what is to be compared, and how.
 *
 * getopt_long is used as in fleet/options.c; values that the whole program knows are read by fleet/option_values.h. */
#include "fleet/command.h"

#include <getopt.h>
#include <string.h>

#include "base/memory.h"
#include "fleet/option_values.h"

#define LEAST_DUMPS 2          /* of diff */
#define MOST_DUMPS 3
#define HEAPY_READ_ROWS 50     /* of a ranking, where --top does not say */

static const char *const names[] = { "diff", "read" };   /* by hb_command_name */

enum {
    OPT_FORMAT = 256, OPT_OUTPUT_DIFF, OPT_IDENTITY, OPT_SHOW_VALUES, OPT_TOP, OPT_MAX, OPT_THREADS, OPT_MEMORY, OPT_NO_BIND, OPT_SPREAD, OPT_CHUNK,
    OPT_QUIET, OPT_PROGRESS, OPT_LOG, OPT_HELP
};

static const struct option long_options[] = {
    { "format", required_argument, NULL, OPT_FORMAT },
    { "output-diff", required_argument, NULL, OPT_OUTPUT_DIFF },
    { "output_diff", required_argument, NULL, OPT_OUTPUT_DIFF },   /* as heapy writes it */
    { "identity", required_argument, NULL, OPT_IDENTITY },
    { "show-values", no_argument, NULL, OPT_SHOW_VALUES },
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

int hb_command_is(const char *word)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(word, names[i]) == 0) return 1;
    return 0;
}

/* What getopt_long could not make sense of: `last` is the word it had just read. */
static hb_status refuse_word(int answer, const char *last, hb_error *err)
{
    return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, answer == ':' ? "'%.60s' needs an argument" :
                        "'%.60s' is no option of this command, short for several, or has an argument that it does not take", last);
}

static hb_status set_format(hb_command *out, const char *value, hb_error *err)
{
    out->as_heapy = strcmp(value, "heapy") == 0;
    return out->as_heapy || strcmp(value, "table") == 0 ? HB_OK : hb_value_refuse("format", "table or heapy", value, err);
}

static hb_status set_diff_path(hb_command *out, const char *value, hb_error *err)
{
    if (*value == '\0' || *value == '-') return hb_value_refuse("output-diff", "the name of a file", value, err);
    hb_free(out->diff_path);
    out->diff_path = hb_copy_text(value, strlen(value));
    return out->diff_path != NULL ? HB_OK : HB_ERR_MEMORY;
}

/* Refuses the options of the other command. */
static hb_status check_option(const hb_command *out, int code, hb_error *err)
{
    const int of_diff = code == OPT_OUTPUT_DIFF || code == OPT_IDENTITY, of_read = code == OPT_SHOW_VALUES;
    if (out->name == HB_COMMAND_READ ? !of_diff : !of_read) return HB_OK;
    return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "--%s is for heapbatch %s",
                        of_read ? "show-values" : code == OPT_IDENTITY ? "identity" : "output-diff", names[of_diff ? HB_COMMAND_DIFF : HB_COMMAND_READ]);
}

static hb_status apply(hb_command *out, hb_options *options, int code, const char *value, hb_error *err)
{
    switch (code) {
    case OPT_FORMAT: return set_format(out, value, err);
    case OPT_OUTPUT_DIFF: return set_diff_path(out, value, err);
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

static hb_status check_diff(const hb_command *command, const hb_options *options, hb_error *err)
{
    size_t n_stdin = 0;
    if (options->n_paths < LEAST_DUMPS || options->n_paths > MOST_DUMPS)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "name two dumps, or three: BEFORE AFTER [LATER]");
    for (size_t i = 0; i < options->n_paths; i++) {
        n_stdin += strcmp(options->paths[i], "-") == 0;
        if (command->diff_path != NULL && hb_value_is_same_file(command->diff_path, options->paths[i]))
            return hb_error_set(err, HB_ERR_USAGE, command->diff_path, HB_NO_BYTE,
                                "--output-diff would write over a dump; give it a file of its own");
    }
    if (n_stdin > 1) return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "only one dump can come from standard input");
    if (command->diff_path != NULL && strcmp(options->paths[1], "-") == 0)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--output-diff reads AFTER a second time, which standard input does not allow; give it as a file");
    if (command->as_heapy && options->identity != HB_IDENTITY_STRICT && options->identity != HB_IDENTITY_ADDRESS)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--format heapy tells objects apart by their addresses alone; leave --identity out");
    return HB_OK;
}

/* What a generation means: `all`, a number, `nil` for objects that have none; to heapy these are of generation 0. */
static hb_status set_generation(hb_command *out, const char *word, hb_error *err)
{
    uint64_t number = 0;
    out->generation = hb_copy_text(word, strlen(word));
    if (out->generation == NULL) return HB_ERR_MEMORY;
    const int is_all = strcmp(word, "all") == 0, is_nil = !out->as_heapy && strcmp(word, "nil") == 0;
    if (!is_all && !is_nil && (!hb_value_count(word, &number) || number > INT64_MAX))
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "a generation is a number or all%s, not '%.60s'",
                            out->as_heapy ? "" : ", or nil for objects that have none", word);
    out->filter.first = is_all || is_nil || (out->as_heapy && number == 0) ? -1 : (int64_t)number;
    out->filter.last = is_all ? INT64_MAX : is_nil ? -1 : (int64_t)number;
    return HB_OK;
}

/* Takes the generation out of the paths. */
static hb_status check_read(hb_command *command, hb_options *options, hb_error *err)
{
    if (options->n_paths < 1 || options->n_paths > 2)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "name one dump, and maybe a generation: DUMP [GENERATION|all|nil]");
    if (options->n_paths == 1) return HB_OK;
    const hb_status status = set_generation(command, options->paths[1], err);
    if (status != HB_OK) return status;
    if (strcmp(options->paths[0], "-") == 0)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "the dump is read twice for a generation, which standard input does not allow; give it as a file");
    hb_free(options->paths[1]);
    options->n_paths = 1;
    return HB_OK;
}

static hb_status check_whole(hb_command *command, hb_options *options, hb_error *err)
{
    command->filter = (hb_place_filter){ .first = -1, .last = INT64_MAX, .sited = command->as_heapy };
    return command->name == HB_COMMAND_DIFF ? check_diff(command, options, err) : check_read(command, options, err);
}

hb_status hb_command_parse(int argc, char **argv, hb_command *out, hb_options *options, hb_error *err)
{
    hb_status status = HB_OK;
    size_t cap = 0;
    int code, has_top = 0;
    *out = (hb_command){ .name = strcmp(argv[0], names[HB_COMMAND_READ]) == 0 ? HB_COMMAND_READ : HB_COMMAND_DIFF };
    *options = hb_options_default();
    opterr = 0;
    optind = 0;
    while ((code = getopt_long(argc, argv, "-:", long_options, NULL)) != -1) {
        if (code == 1) HB_TRY(hb_value_dump(options, &cap, optarg, err));
        else if (code == '?' || code == ':') HB_TRY(refuse_word(code, argv[optind - 1], err));
        else {
            HB_TRY(check_option(out, code, err));
            HB_TRY(apply(out, options, code, optarg, err));
        }
        has_top |= code == OPT_TOP;
        if (out->show_help) return HB_OK;
    }
    for (; optind < argc; optind++) HB_TRY(hb_value_dump(options, &cap, argv[optind], err));
    HB_TRY(check_whole(out, options, err));
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
    *command = (hb_command){ 0 };
}
