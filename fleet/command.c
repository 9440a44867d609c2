/* Enters: argc and argv behind the program's name. Leaves: what is to be compared, and how.
 *
 * getopt_long is used as in fleet/options.c; values that the whole program knows are read by fleet/option_values.h. */
#include "fleet/command.h"

#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "fleet/option_values.h"

#define LEAST_DUMPS 2
#define MOST_DUMPS 3

enum {
    OPT_FORMAT = 256, OPT_OUTPUT_DIFF, OPT_IDENTITY, OPT_TOP, OPT_MAX, OPT_THREADS, OPT_MEMORY, OPT_NO_BIND, OPT_SPREAD, OPT_CHUNK,
    OPT_QUIET, OPT_PROGRESS, OPT_LOG, OPT_HELP
};

static const struct option long_options[] = {
    { "format", required_argument, NULL, OPT_FORMAT },
    { "output-diff", required_argument, NULL, OPT_OUTPUT_DIFF },
    { "output_diff", required_argument, NULL, OPT_OUTPUT_DIFF },   /* as heapy writes it */
    { "identity", required_argument, NULL, OPT_IDENTITY },
    { "top", required_argument, NULL, OPT_TOP },
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

static const char help[] =
    "Usage: heapbatch diff [OPTION...] BEFORE AFTER [LATER]\n"
    "       mpirun -n RANKS heapbatch diff [OPTION...] BEFORE AFTER [LATER]\n"
    "\n"
    "Shows by allocation site what is new: the objects of the dump AFTER that are not\n"
    "in the dump BEFORE; with LATER only those that are still there. Dumps are of one\n"
    "process, .json or .json.gz, or one of them - for standard input. It is what\n"
    "heapbatch BEFORE AFTER LATER calls retained, without what holds it.\n"
    "\n"
    "  --format table|heapy\n"
    "                      heapy: the lines of heapy diff, all of them; objects are\n"
    "                      the same where their addresses are, so one in the place of\n"
    "                      a freed one is not new (default table)\n"
    "  --output-diff FILE  write the lines of AFTER of these objects into FILE; they\n"
    "                      hold contents of strings, as the dump does (default: none)\n"
    "  --identity strict|address-type|address\n"
    "                      what makes an object the same in two dumps (default\n"
    "                      strict: address, type, class, site and generation)\n"
    "  --top N             rows of the table; 0: all (default 20)\n"
    "  --quiet             no table: for --output-diff alone\n"
    "  --max NAME=VALUE, --threads N, --memory BYTES, --no-bind, --spread,\n"
    "  --chunk BYTES, --progress, --log LEVEL\n"
    "                      as in heapbatch --help\n"
    "  --help              print this\n"
    "\n"
    "Examples:\n"
    "  heapbatch diff heap.0.json.gz heap.1.json.gz heap.2.json.gz\n"
    "  heapbatch diff --format heapy heap.0.json heap.1.json --output-diff new.json\n"
    "\n"
    "Exit status: 0 all well; 1 wrong usage, or the dumps cannot be compared; 3 a dump\n"
    "is truncated or unreadable, so there is no difference; 4 out of memory, or an\n"
    "error while writing output.\n";

int hb_command_is(const char *word)
{
    return strcmp(word, "diff") == 0;
}

static hb_status add_path(hb_options *out, size_t *cap, const char *path, hb_error *err)
{
    if (*path == '\0') return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "a dump has an empty name; name a file");
    if (hb_grow(&out->paths, cap, out->n_paths + 1, sizeof *out->paths) != HB_OK) return HB_ERR_MEMORY;
    out->paths[out->n_paths] = hb_copy_text(path, strlen(path));
    if (out->paths[out->n_paths] == NULL) return HB_ERR_MEMORY;
    out->n_paths++;
    return HB_OK;
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

static hb_status apply(hb_command *out, hb_options *options, int code, const char *value, hb_error *err)
{
    switch (code) {
    case OPT_FORMAT: return set_format(out, value, err);
    case OPT_OUTPUT_DIFF: return set_diff_path(out, value, err);
    case OPT_IDENTITY: return hb_value_identity(options, value, err);
    case OPT_TOP:
        return hb_value_count(value, &options->top) ? HB_OK : hb_value_refuse("top", "a number of rows, or 0 for all", value, err);
    case OPT_MAX: return hb_value_max(options, value, err);
    case OPT_THREADS: return hb_value_threads(options, value, err);
    case OPT_MEMORY:
        if (hb_value_bytes(value, &options->memory) && options->memory > 0) return HB_OK;
        return hb_value_refuse("memory", "a number of bytes, as 500M or 16G", value, err);
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

static int is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    if (strcmp(a, b) == 0) return 1;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static hb_status check_whole(const hb_command *command, const hb_options *options, hb_error *err)
{
    size_t n_stdin = 0;
    if (options->n_paths < LEAST_DUMPS || options->n_paths > MOST_DUMPS)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "name two dumps, or three: BEFORE AFTER [LATER]");
    for (size_t i = 0; i < options->n_paths; i++) {
        n_stdin += strcmp(options->paths[i], "-") == 0;
        if (command->diff_path != NULL && is_same_file(command->diff_path, options->paths[i]))
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

hb_status hb_command_parse(int argc, char **argv, hb_command *out, hb_options *options, hb_error *err)
{
    hb_status status = HB_OK;
    size_t cap = 0;
    int code;
    *out = (hb_command){ 0 };
    *options = (hb_options){ .top = 20, .limits = hb_limits_default, .chunk_bytes = 1u << 20, .log_level = HB_LOG_WARN };
    opterr = 0;
    optind = 0;
    while ((code = getopt_long(argc, argv, "-:", long_options, NULL)) != -1) {
        if (code == 1) HB_TRY(add_path(options, &cap, optarg, err));
        else if (code == '?' || code == ':') HB_TRY(refuse_word(code, argv[optind - 1], err));
        else HB_TRY(apply(out, options, code, optarg, err));
        if (out->show_help) return HB_OK;
    }
    for (; optind < argc; optind++) HB_TRY(add_path(options, &cap, argv[optind], err));
    HB_TRY(check_whole(out, options, err));
    if (out->as_heapy) options->identity = HB_IDENTITY_ADDRESS;
out:
    if (status == HB_ERR_MEMORY)
        hb_error_set(err, HB_ERR_MEMORY, NULL, HB_NO_BYTE, "out of memory while reading the command line");
    return status;
}

void hb_command_fini(hb_command *command)
{
    hb_free(command->diff_path);
    *command = (hb_command){ 0 };
}

void hb_command_help(FILE *out)
{
    fputs(help, out);
}
