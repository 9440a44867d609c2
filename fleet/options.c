/* Enters: argc and argv. Leaves: hb_options with every default filled in, or one sentence on what is wrong.
 *
 * getopt_long (glibc, musl) does the splitting. Its option string starts with "-", so that it hands over paths in their
 * places and neither sorts argv nor stops at the first path under POSIXLY_CORRECT; then ":", so that a
 * missing argument is told from an unknown option. optind = 0 makes it start afresh.
 *
 * An output file that a forgotten argument turned out to be a dump or an option is refused: `--json a.json a.json`,
 * `--json --quiet`. Options that only later versions have are known by name and answered as such. */
#include "fleet/options.h"

#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/version.h"

enum {
    OPT_SERIES = 256, OPT_IDENTITY, OPT_TOP, OPT_JSON, OPT_FAIL_ON, OPT_MIN_RETAINED, OPT_THREADS, OPT_NO_BIND,
    OPT_QUIET, OPT_PROGRESS, OPT_LOG, OPT_TIMINGS, OPT_CHUNK, OPT_VERSION, OPT_HELP,
    OPT_PATH, OPT_REFERRERS, OPT_VALIDATE,
    OPT_LATER /* this and all above: not in this version */
};

#define MAX_THREADS 4096u
#define MAX_CHUNK_BYTES (1u << 30)

static const struct option long_options[] = {
    { "series", required_argument, NULL, OPT_SERIES },
    { "identity", required_argument, NULL, OPT_IDENTITY },
    { "top", required_argument, NULL, OPT_TOP },
    { "min-retained", required_argument, NULL, OPT_MIN_RETAINED },
    { "path", required_argument, NULL, OPT_PATH },
    { "referrers", required_argument, NULL, OPT_REFERRERS },
    { "fail-on", required_argument, NULL, OPT_FAIL_ON },
    { "json", required_argument, NULL, OPT_JSON },
    { "timings", required_argument, NULL, OPT_TIMINGS },
    { "threads", required_argument, NULL, OPT_THREADS },
    { "no-bind", no_argument, NULL, OPT_NO_BIND },
    { "validate", no_argument, NULL, OPT_VALIDATE },
    { "chunk", required_argument, NULL, OPT_CHUNK },
    { "quiet", no_argument, NULL, OPT_QUIET },
    { "progress", no_argument, NULL, OPT_PROGRESS },
    { "log", required_argument, NULL, OPT_LOG },
    { "version", no_argument, NULL, OPT_VERSION },
    { "help", no_argument, NULL, OPT_HELP },
    { "out", optional_argument, NULL, OPT_LATER },
    { "resume", optional_argument, NULL, OPT_LATER + 1 },
    { "memory", optional_argument, NULL, OPT_LATER + 2 },
    { "show-values", optional_argument, NULL, OPT_LATER + 3 },
    { NULL, 0, NULL, 0 }
};

void hb_options_help(FILE *out)
{
    static const char *const parts[] = {
        "heapbatch " HB_VERSION "\n"
        "\n"
        "heapbatch reads Ruby heap dumps (ObjectSpace.dump_all) that are too large or too\n"
        "many for one process, and answers three questions: what grew between the dumps\n"
        "of one process, where it was allocated, and what keeps it alive.\n"
        "\n"
        "Usage: heapbatch [OPTION...] DUMP...\n"
        "       mpirun -n RANKS heapbatch [OPTION...] DUMP...\n"
        "\n"
        "DUMP is a .json or .json.gz file, or - for standard input. Dumps of\n"
        "one process, oldest first, are a series: what was allocated between the first\n"
        "and the last and is still there is retained. One dump alone is described.\n"
        "\n"
        "Examples:\n"
        "  mpirun -n 2 heapbatch web.*.json.gz\n"
        "      two ranks; web.1.json.gz, web.2.json.gz, ... are one series\n"
        "  heapbatch --series each --json - dump.json\n"
        "      one dump by itself, as JSON on standard output\n"
        "  heapbatch --quiet --fail-on retained=50M web.*.json.gz\n"
        "      a gate: exit status 2 when a series retains more than 50 MiB\n"
        "  heapbatch --path class:Session --path site:app/cache.rb:15 web.*.json.gz\n"
        "      what keeps sessions alive, and what was allocated at that line\n"
        "  heapbatch --path 0x7f1c3a2b --referrers 0x7f1c3a2b web.9.json.gz\n"
        "      one object: the path that holds it, and all that refer to it\n"
        "\n",
        "Dumps of one process can be taken with\n"
        "  require \"objspace\"; ObjectSpace.trace_object_allocations_start\n"
        "  GC.start\n"
        "  File.open(\"heap.0.json\", \"w\") { |f| ObjectSpace.dump_all(output: f) }\n"
        "and again later into heap.1.json, heap.2.json: three dumps tell the most.\n"
        "\n",
        "What is read and compared:\n"
        "  --series auto|one|each|REGEX\n"
        "                      which dumps are a series (default auto)\n"
        "                      auto: same directory and name; the last number or\n"
        "                      timestamp in the name orders\n"
        "                      one: all, in the order of the command line\n"
        "                      each: every dump by itself\n"
        "                      REGEX: extended; group 1 names the series, group 2 orders\n"
        "  --identity strict|address-type|address\n"
        "                      what makes an object the same in two dumps (default\n"
        "                      strict: address, type, class, site and generation)\n"
        "\n",
        "What is shown:\n"
        "  --top N             rows in every ranking; 0: all (default 20)\n"
        "  --min-retained BYTES\n"
        "                      leave out sites that retain less (default 0)\n"
        "  --path ADDRESS|class:NAME|site:FILE:LINE\n"
        "                      how an object of the last dump is held from a GC root, or\n"
        "                      all objects of a class or of an allocation site; FILE may\n"
        "                      be the end of a path; repeatable (default: none)\n"
        "  --referrers ADDRESS who refers to an object; repeatable (default: none)\n"
        "  --json FILE         the whole report as JSON; - for standard output in place\n"
        "                      of the text (default: none)\n"
        "  --fail-on retained=BYTES|objects=N|growth=PERCENT\n"
        "                      exit status 2 when a series exceeds this; repeatable, one\n"
        "                      limit of each kind (default: none)\n"
        "  --quiet             no text report (default: print it)\n"
        "  --progress          show progress even with --quiet (default: a line that\n"
        "                      rewrites itself on a terminal, one every 10 s elsewhere)\n"
        "  --log LEVEL         error, warn, info or debug (default warn)\n"
        "  --timings FILE      times and memory of every stage (default: none)\n"
        "\n",
        "How it runs:\n"
        "  --threads N         threads of every rank (default: as many as its CPUs)\n"
        "  --no-bind           keep the CPUs that mpirun chose (default: share all CPUs\n"
        "                      of the node among its ranks)\n"
        "  --validate          check the finished answer against the graph; exit status 1\n"
        "                      when it does not hold (default: do not)\n"
        "  --chunk BYTES       text handed to a scanner at a time, for tests (default 1M)\n"
        "  --version           print the version\n"
        "  --help              print this\n"
        "BYTES may end in k, M or G: powers of 1024.\n"
        "\n",
        "Exit status:\n"
        "  0  all well\n"
        "  1  wrong usage, nothing could be analysed, or --validate found a fault\n"
        "  2  a --fail-on limit was exceeded\n"
        "  3  some dumps were truncated or unreadable; the report names them\n"
        "  4  out of memory, or an error while writing output\n",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) fputs(parts[i], out);
}

static hb_status set_text(char **field, const char *value)
{
    char *copy = hb_copy_text(value, strlen(value));
    if (copy == NULL) return HB_ERR_MEMORY;
    hb_free(*field);
    *field = copy;
    return HB_OK;
}

/* Reads decimal digits; returns where they end, NULL when there are none or the number exceeds 64 bits. */
static const char *read_digits(const char *text, uint64_t *value)
{
    const char *p = text;
    uint64_t sum = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(sum, 10u, &sum) || __builtin_add_overflow(sum, (uint64_t)(*p - '0'), &sum))
            return NULL;
    *value = sum;
    return p != text ? p : NULL;
}

static int read_count(const char *text, uint64_t *value)
{
    const char *end = read_digits(text, value);
    return end != NULL && *end == '\0';
}

static int read_percent(const char *text, uint64_t *value)
{
    const char *end = read_digits(text, value);
    return end != NULL && (*end == '\0' || strcmp(end, "%") == 0);
}

static int read_bytes(const char *text, uint64_t *value)
{
    const char *end = read_digits(text, value);
    if (end == NULL) return 0;
    uint64_t unit = 1;
    switch (*end) {
    case 'k': case 'K': unit = 1u << 10; break;
    case 'm': case 'M': unit = 1u << 20; break;
    case 'g': case 'G': unit = 1u << 30; break;
    case '\0': return 1;
    default: return 0;
    }
    return end[1] == '\0' && !__builtin_mul_overflow(*value, unit, value);
}

/* HB_ERR_USAGE: the option takes `wants`, not `given`. */
static hb_status refuse(const char *option, const char *wants, const char *given, hb_error *err)
{
    return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "--%s takes %s, not '%.60s'", option, wants, given);
}

static hb_status set_series(hb_options *out, const char *value, hb_error *err)
{
    static const char *const words[] = { "auto", "one", "each" };
    static const hb_series_mode modes[] = { HB_SERIES_AUTO, HB_SERIES_ONE, HB_SERIES_EACH };
    if (*value == '\0') return refuse("series", "auto, one, each or a regular expression", value, err);
    for (size_t i = 0; i < 3; i++)
        if (strcmp(value, words[i]) == 0) {
            out->series_mode = modes[i];
            hb_free(out->series_regex);
            out->series_regex = NULL;
            return HB_OK;
        }
    out->series_mode = HB_SERIES_REGEX;
    return set_text(&out->series_regex, value);
}

static hb_status set_identity(hb_options *out, const char *value, hb_error *err)
{
    static const hb_identity all[] = { HB_IDENTITY_STRICT, HB_IDENTITY_ADDRESS_TYPE, HB_IDENTITY_ADDRESS };
    for (size_t i = 0; i < 3; i++)
        if (strcmp(value, hb_identity_name(all[i])) == 0) {
            out->identity = all[i];
            return HB_OK;
        }
    return refuse("identity", "strict, address-type or address", value, err);
}

static hb_status set_limit(hb_options *out, const char *value, hb_error *err)
{
    static const char wants[] = "retained=BYTES (as 50M), objects=N or growth=PERCENT";
    hb_limit limit = { 1, 0 };
    hb_limit *which;
    int is_read;
    if (strncmp(value, "retained=", 9) == 0) {
        which = &out->max_retained_bytes;
        is_read = read_bytes(value + 9, &limit.value);
    } else if (strncmp(value, "objects=", 8) == 0) {
        which = &out->max_retained_objects;
        is_read = read_count(value + 8, &limit.value);
    } else if (strncmp(value, "growth=", 7) == 0) {
        which = &out->max_growth_percent;
        is_read = read_percent(value + 7, &limit.value);
    } else {
        return refuse("fail-on", wants, value, err);
    }
    if (!is_read) return refuse("fail-on", wants, value, err);
    *which = limit;
    return HB_OK;
}

/* status: that of reading the argument of --path or --referrers. */
static hb_status add_query(hb_options *out, hb_status status, const hb_query *query)
{
    size_t cap = out->n_queries;
    if (status == HB_OK) status = hb_grow(&out->queries, &cap, out->n_queries + 1, sizeof *out->queries);
    if (status == HB_OK) out->queries[out->n_queries++] = *query;
    return status;
}

static hb_status add_path_query(hb_options *out, const char *value, hb_error *err)
{
    hb_query query;
    hb_status status = add_query(out, hb_query_parse_path(value, &query), &query);
    if (status != HB_OK) hb_query_fini(&query);
    if (status != HB_ERR_USAGE) return status;
    return refuse("path", "an address such as 0x7f1c3a2b, class:NAME or site:FILE:LINE", value, err);
}

static hb_status add_referrers_query(hb_options *out, const char *value, hb_error *err)
{
    hb_query query;
    hb_status status = add_query(out, hb_query_parse_referrers(value, &query), &query);
    return status == HB_ERR_USAGE ? refuse("referrers", "an address such as 0x7f1c3a2b", value, err) : status;
}

static hb_status set_json(hb_options *out, const char *value, hb_error *err)
{
    if (*value == '\0' || (*value == '-' && value[1] != '\0'))
        return refuse("json", "the name of a file to write, or - for standard output", value, err);
    return set_text(&out->json_path, value);
}

static hb_status set_timings(hb_options *out, const char *value, hb_error *err)
{
    if (*value == '\0' || *value == '-') return refuse("timings", "the name of a file to write", value, err);
    return set_text(&out->timings_path, value);
}

static hb_status set_threads(hb_options *out, const char *value, hb_error *err)
{
    uint64_t n;
    if (!read_count(value, &n) || n < 1 || n > MAX_THREADS)
        return refuse("threads", "a number from 1 to 4096", value, err);
    out->n_threads = (int)n;
    return HB_OK;
}

static hb_status set_chunk(hb_options *out, const char *value, hb_error *err)
{
    uint64_t n;
    if (!read_bytes(value, &n) || n < 1 || n > MAX_CHUNK_BYTES)
        return refuse("chunk", "a number of bytes from 1 to 1G", value, err);
    out->chunk_bytes = (size_t)n;
    return HB_OK;
}

static hb_status set_log_level(hb_options *out, const char *value, hb_error *err)
{
    int level = hb_log_level_parse(value);
    if (level < 0) return refuse("log", "error, warn, info or debug", value, err);
    out->log_level = (hb_log_level)level;
    return HB_OK;
}

static hb_status add_path(hb_options *out, size_t *cap, const char *path, hb_error *err)
{
    if (*path == '\0')
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "a dump has an empty name; name a file, or - for standard input");
    hb_status status = hb_grow(&out->paths, cap, out->n_paths + 1, sizeof *out->paths);
    if (status != HB_OK) return status;
    out->paths[out->n_paths] = hb_copy_text(path, strlen(path));
    if (out->paths[out->n_paths] == NULL) return HB_ERR_MEMORY;
    out->n_paths++;
    return HB_OK;
}

static const char *option_name(int code)
{
    for (const struct option *o = long_options; o->name != NULL; o++)
        if (o->val == code) return o->name;
    return "?";
}

/* What getopt_long could not make sense of: `last` is the word it had just read. */
static hb_status refuse_word(int answer, const char *last, hb_error *err)
{
    if (answer == ':')
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "--%s needs an argument; see --help",
                            option_name(optopt));
    if (optopt >= OPT_SERIES)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "--%s takes no argument, but was given one: '%.60s'",
                            option_name(optopt), last);
    if (optopt != 0)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "there are no options of one letter such as '-%c'; write options in full, as in --help",
                            optopt);
    return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                        "'%.60s' is no option, or short for several; --help lists them all", last);
}

static hb_status apply(hb_options *out, int code, const char *value, hb_error *err)
{
    switch (code) {
    case OPT_SERIES: return set_series(out, value, err);
    case OPT_IDENTITY: return set_identity(out, value, err);
    case OPT_TOP:
        if (read_count(value, &out->top)) return HB_OK;
        return refuse("top", "a number of rows, or 0 for all", value, err);
    case OPT_MIN_RETAINED:
        if (read_bytes(value, &out->min_retained_bytes)) return HB_OK;
        return refuse("min-retained", "a number of bytes, as 4096, 64k, 10M or 1G", value, err);
    case OPT_FAIL_ON: return set_limit(out, value, err);
    case OPT_PATH: return add_path_query(out, value, err);
    case OPT_REFERRERS: return add_referrers_query(out, value, err);
    case OPT_VALIDATE: out->validate = 1; return HB_OK;
    case OPT_JSON: return set_json(out, value, err);
    case OPT_TIMINGS: return set_timings(out, value, err);
    case OPT_THREADS: return set_threads(out, value, err);
    case OPT_CHUNK: return set_chunk(out, value, err);
    case OPT_LOG: return set_log_level(out, value, err);
    case OPT_NO_BIND: out->keep_cpu_mask = 1; return HB_OK;
    case OPT_QUIET: out->quiet = 1; return HB_OK;
    case OPT_PROGRESS: out->progress = 1; return HB_OK;
    case OPT_VERSION: out->show_version = 1; return HB_OK;
    case OPT_HELP: out->show_help = 1; return HB_OK;
    default:
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--%s is not in this version yet (heapbatch " HB_VERSION "); --help lists what is",
                            option_name(code));
    }
}

/* Whether two names stand for one file, however they are spelled; a file need not be there yet. */
static int is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    if (strcmp(a, b) == 0) return 1;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Refuses to write over a dump. */
static hb_status check_output(const hb_options *options, const char *option, const char *path, hb_error *err)
{
    if (path == NULL || strcmp(path, "-") == 0) return HB_OK;
    for (size_t i = 0; i < options->n_paths; i++)
        if (strcmp(options->paths[i], "-") != 0 && is_same_file(path, options->paths[i]))
            return hb_error_set(err, HB_ERR_USAGE, path, HB_NO_BYTE,
                                "--%s would write over a dump; give it a file of its own", option);
    return HB_OK;
}

static hb_status check_whole(const hb_options *options, hb_error *err)
{
    if (options->n_paths == 0)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "no dump was named; name at least one file, or - for standard input (see --help)");
    const char *json = options->json_path, *timings = options->timings_path;
    if (json != NULL && timings != NULL && is_same_file(json, timings))
        return hb_error_set(err, HB_ERR_USAGE, json, HB_NO_BYTE,
                            "--json and --timings name the same file; give each its own");
    hb_status status = check_output(options, "json", json, err);
    return status == HB_OK ? check_output(options, "timings", timings, err) : status;
}

hb_status hb_options_parse(int argc, char **argv, hb_options *out, hb_error *err)
{
    hb_status status;
    size_t cap = 0;
    int code;
    *out = (hb_options){ .top = 20, .chunk_bytes = 1u << 20, .log_level = HB_LOG_WARN };
    opterr = 0;
    optind = 0;
    while ((code = getopt_long(argc, argv, "-:", long_options, NULL)) != -1) {
        if (code == 1)
            HB_TRY(add_path(out, &cap, optarg, err));
        else if (code == '?' || code == ':')
            HB_TRY(refuse_word(code, argv[optind - 1], err));
        else
            HB_TRY(apply(out, code, optarg, err));
        if (out->show_help || out->show_version) return HB_OK;
    }
    for (; optind < argc; optind++) HB_TRY(add_path(out, &cap, argv[optind], err));
    HB_TRY(check_whole(out, err));
out:
    if (status == HB_ERR_MEMORY)
        hb_error_set(err, HB_ERR_MEMORY, NULL, HB_NO_BYTE, "out of memory while reading the command line");
    if (status != HB_OK) hb_options_fini(out);
    return status;
}

void hb_options_fini(hb_options *options)
{
    for (size_t i = 0; i < options->n_paths; i++) hb_free(options->paths[i]);
    for (size_t i = 0; i < options->n_queries; i++) hb_query_fini(&options->queries[i]);
    hb_free(options->paths);
    hb_free(options->queries);
    hb_free(options->series_regex);
    hb_free(options->json_path);
    hb_free(options->timings_path);
    *options = (hb_options){ 0 };
}
