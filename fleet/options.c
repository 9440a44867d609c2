/* Enters: argc and argv. Leaves: hb_options with every default filled in, or one sentence on what is wrong.
 *
 * getopt_long (glibc, musl) does the splitting. Its option string starts with "-", so that it hands over paths in their
 * places and neither sorts argv nor stops at the first path under POSIXLY_CORRECT; then ":", so that a
 * missing argument is told from an unknown option. optind = 0 makes it start afresh.
 *
 * An output file that a forgotten argument turned out to be a dump or an option is refused: `--json a.json a.json`,
 * `--json --quiet`. */
#include "fleet/options.h"

#include <getopt.h>
#include <string.h>

#include "base/memory.h"
#include "fleet/option_values.h"

enum {
    OPT_SERIES = 256, OPT_IDENTITY, OPT_TOP, OPT_JSON, OPT_FAIL_ON, OPT_MIN_RETAINED, OPT_THREADS, OPT_NO_BIND, OPT_SPREAD,
    OPT_QUIET, OPT_PROGRESS, OPT_LOG, OPT_TIMINGS, OPT_CHUNK, OPT_VERSION, OPT_HELP,
    OPT_PATH, OPT_REFERRERS, OPT_VALIDATE, OPT_MEMORY, OPT_OUT, OPT_RESUME, OPT_MERGE, OPT_MANIFEST, OPT_PART,
    OPT_LIMIT, OPT_HISTORY, OPT_ALLOW, OPT_REDACT, OPT_MAX, OPT_STRINGS, OPT_SHOW_VALUES
};

static const struct option long_options[] = {
    { "series", required_argument, NULL, OPT_SERIES },
    { "manifest", required_argument, NULL, OPT_MANIFEST },
    { "part", required_argument, NULL, OPT_PART },
    { "identity", required_argument, NULL, OPT_IDENTITY },
    { "max", required_argument, NULL, OPT_MAX },
    { "top", required_argument, NULL, OPT_TOP },
    { "min-retained", required_argument, NULL, OPT_MIN_RETAINED },
    { "path", required_argument, NULL, OPT_PATH },
    { "referrers", required_argument, NULL, OPT_REFERRERS },
    { "strings", no_argument, NULL, OPT_STRINGS },
    { "show-values", no_argument, NULL, OPT_SHOW_VALUES },
    { "fail-on", required_argument, NULL, OPT_FAIL_ON },
    { "redact", optional_argument, NULL, OPT_REDACT },
    { "json", required_argument, NULL, OPT_JSON },
    { "out", required_argument, NULL, OPT_OUT },
    { "resume", no_argument, NULL, OPT_RESUME },
    { "merge", no_argument, NULL, OPT_MERGE },
    { "limit", required_argument, NULL, OPT_LIMIT },
    { "history", required_argument, NULL, OPT_HISTORY },
    { "allow", required_argument, NULL, OPT_ALLOW },
    { "timings", required_argument, NULL, OPT_TIMINGS },
    { "threads", required_argument, NULL, OPT_THREADS },
    { "memory", required_argument, NULL, OPT_MEMORY },
    { "no-bind", no_argument, NULL, OPT_NO_BIND },
    { "spread", no_argument, NULL, OPT_SPREAD },
    { "validate", no_argument, NULL, OPT_VALIDATE },
    { "chunk", required_argument, NULL, OPT_CHUNK },
    { "quiet", no_argument, NULL, OPT_QUIET },
    { "progress", no_argument, NULL, OPT_PROGRESS },
    { "log", required_argument, NULL, OPT_LOG },
    { "version", no_argument, NULL, OPT_VERSION },
    { "help", no_argument, NULL, OPT_HELP },
    { NULL, 0, NULL, 0 }
};

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
    case OPT_SERIES: return hb_value_series(out, value, err);
    case OPT_MANIFEST: return hb_value_manifest(out, value, err);
    case OPT_PART: return hb_value_part(out, value, err);
    case OPT_IDENTITY: return hb_value_identity(out, value, err);
    case OPT_MAX: return hb_value_max(out, value, err);
    case OPT_TOP: return hb_value_top(out, value, err);
    case OPT_MIN_RETAINED:
        if (hb_value_bytes(value, &out->min_retained_bytes)) return HB_OK;
        return hb_value_refuse("min-retained", "a number of bytes, as 4096, 64k, 10M or 1G", value, err);
    case OPT_MEMORY: return hb_value_memory(out, value, err);
    case OPT_LIMIT:
        if (hb_value_bytes(value, &out->limit_bytes) && out->limit_bytes > 0) return HB_OK;
        return hb_value_refuse("limit", "a number of bytes, as 500M or 2G", value, err);
    case OPT_FAIL_ON: return hb_value_limit(out, value, err);
    case OPT_PATH: return hb_value_path(out, value, err);
    case OPT_REFERRERS: return hb_value_referrers(out, value, err);
    case OPT_REDACT: hb_value_redact(out, value); return HB_OK;
    case OPT_VALIDATE: out->validate = 1; return HB_OK;
    case OPT_STRINGS: out->strings = 1; return HB_OK;
    case OPT_SHOW_VALUES: out->strings = out->show_values = 1; return HB_OK;
    case OPT_JSON: return hb_value_json(out, value, err);
    case OPT_TIMINGS: return hb_value_timings(out, value, err);
    case OPT_OUT: return hb_value_out(out, value, err);
    case OPT_RESUME: out->resume = 1; return HB_OK;
    case OPT_MERGE: out->merge = 1; return HB_OK;
    case OPT_HISTORY: return hb_value_history(out, value, err);
    case OPT_ALLOW: return hb_value_allow(out, value, err);
    case OPT_THREADS: return hb_value_threads(out, value, err);
    case OPT_CHUNK: return hb_value_chunk(out, value, err);
    case OPT_LOG: return hb_value_log(out, value, err);
    case OPT_NO_BIND: out->keep_cpu_mask = 1; return HB_OK;
    case OPT_SPREAD: out->spread = 1; return HB_OK;
    case OPT_QUIET: out->quiet = 1; return HB_OK;
    case OPT_PROGRESS: out->progress = 1; return HB_OK;
    case OPT_VERSION: out->show_version = 1; return HB_OK;
    case OPT_HELP: out->show_help = 1; return HB_OK;
    default: return HB_OK;
    }
}

/* Refuses to write over a dump. */
static hb_status check_output(const hb_options *options, const char *option, const char *path, hb_error *err)
{
    if (path == NULL || strcmp(path, "-") == 0) return HB_OK;
    for (size_t i = 0; i < options->n_paths; i++)
        if (strcmp(options->paths[i], "-") != 0 && hb_value_is_same_file(path, options->paths[i]))
            return hb_error_set(err, HB_ERR_USAGE, path, HB_NO_BYTE,
                                "--%s would write over a dump; give it a file of its own", option);
    return HB_OK;
}

static hb_status check_whole(const hb_options *options, hb_error *err)
{
    if (options->n_paths == 0 && options->manifest_path == NULL)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "no dump was named; name at least one file, or - for standard input (see --help)");
    if (options->manifest_path != NULL && (options->n_paths > 0 || options->has_series_mode))
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--manifest says which dumps there are, and which are a series; %s",
                            options->n_paths > 0 ? "name no others" : "leave --series out");
    if ((options->resume || options->merge) && options->out_dir == NULL)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "--%s goes on in the directory of --out; name that too",
                            options->resume ? "resume" : "merge");
    if (options->merge && options->n_parts > 0)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "--merge takes all parts together; leave --part out");
    if (options->n_parts > 0 && options->history_path != NULL)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--history is for a whole sweep; give it to the run with --merge, not to one with --part");
    if (options->fail_on_new && options->history_path == NULL)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--fail-on new: what is new is told by the file of --history; name that too");
    if (options->allow_path != NULL && !options->fail_on_new && !options->fail_on_growing)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--allow is for --fail-on new and --fail-on growth; give one of these too");
    if (options->show_values && options->redact_key != 0)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--redact is for reports that leave the house, --show-values for those that do not; leave one out");
    const char *json = options->json_path, *timings = options->timings_path;
    if (json != NULL && timings != NULL && hb_value_is_same_file(json, timings))
        return hb_error_set(err, HB_ERR_USAGE, json, HB_NO_BYTE,
                            "--json and --timings name the same file; give each its own");
    hb_status status = check_output(options, "json", json, err);
    if (status == HB_OK) status = check_output(options, "timings", timings, err);
    return status == HB_OK ? check_output(options, "history", options->history_path, err) : status;
}

hb_options hb_options_default(void)
{
    return (hb_options){ .top = 20, .limits = hb_limits_default, .chunk_bytes = 1u << 20, .log_level = HB_LOG_WARN };
}

hb_status hb_options_parse(int argc, char **argv, hb_options *out, hb_error *err)
{
    hb_status status;
    size_t cap = 0;
    int code;
    *out = hb_options_default();
    opterr = 0;
    optind = 0;
    while ((code = getopt_long(argc, argv, "-:", long_options, NULL)) != -1) {
        if (code == 1)
            HB_TRY(hb_value_dump(out, &cap, optarg, err));
        else if (code == '?' || code == ':')
            HB_TRY(refuse_word(code, argv[optind - 1], err));
        else
            HB_TRY(apply(out, code, optarg, err));
        if (out->show_help || out->show_version) return HB_OK;
    }
    for (; optind < argc; optind++) HB_TRY(hb_value_dump(out, &cap, argv[optind], err));
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
    hb_free(options->manifest_path);
    hb_free(options->series_regex);
    hb_free(options->json_path);
    hb_free(options->timings_path);
    hb_free(options->out_dir);
    hb_free(options->history_path);
    hb_free(options->allow_path);
    *options = (hb_options){ 0 };
}
