#include "fleet/command_words.h"

#include <string.h>

#include "base/memory.h"
#include "fleet/option_values.h"

#define LEAST_DUMPS 2          /* of diff */
#define MOST_DUMPS 3

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

/* The words behind the dump are addresses. */
static hb_status take_addresses(hb_command *command, hb_options *options, hb_error *err)
{
    hb_query query;
    command->addresses = hb_alloc(options->n_paths, sizeof *command->addresses);
    if (command->addresses == NULL) return HB_ERR_MEMORY;
    for (size_t i = 1; i < options->n_paths; i++) {
        if (hb_query_parse_referrers(options->paths[i], &query) != HB_OK)
            return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "an address is a word such as 0x7f1c3a2b, not '%.60s'", options->paths[i]);
        command->addresses[command->n_addresses++] = query.address;
    }
    for (; options->n_paths > 1; options->n_paths--) hb_free(options->paths[options->n_paths - 1]);
    return HB_OK;
}

static hb_status check_question(hb_command *command, hb_options *options, hb_error *err)
{
    const int is_stdin = options->n_paths > 0 && strcmp(options->paths[0], "-") == 0;
    if (command->name == HB_COMMAND_OBJECTS && options->n_paths != 1)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "name one dump: DUMP");
    if (command->name != HB_COMMAND_OBJECTS && options->n_paths < 2)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "name one dump, and objects of it by their addresses: DUMP ADDRESS...");
    if (is_stdin && command->index_dir != NULL)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--index is for files, which are told by their size and time; standard input has none of these");
    if (is_stdin && options->show_values)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--show-values reads the dump a second time, which standard input does not allow; give it as a file");
    if (options->show_values && options->redact_key != 0)
        return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                            "--show-values shows lines of the dump, with the paths that --redact hides; leave one out");
    command->objects.class_name = command->class_name;
    command->objects.n_class_name = command->class_name != NULL ? strlen(command->class_name) : 0;
    command->objects.file = command->site.name;
    command->objects.n_file = command->site.n_name;
    command->objects.line = command->site.line;
    return command->name == HB_COMMAND_OBJECTS ? HB_OK : take_addresses(command, options, err);
}

hb_status hb_command_check(hb_command *command, hb_options *options, hb_error *err)
{
    command->filter = (hb_place_filter){ .first = -1, .last = INT64_MAX, .sited = command->as_heapy };
    switch (command->name) {
    case HB_COMMAND_DIFF: return check_diff(command, options, err);
    case HB_COMMAND_READ: return check_read(command, options, err);
    default: return check_question(command, options, err);
    }
}
