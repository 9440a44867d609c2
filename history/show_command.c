/* The command line of `heapbatch history`. */
#include <ctype.h>
#include <string.h>

#include "base/log.h"
#include "history/show.h"

static const char help[] =
    "Usage: heapbatch history FILE [--sweeps|--findings|FINGERPRINT] [--json]\n"
    "\n"
    "Shows what a history has. FILE is what a sweep was given as --history FILE; it\n"
    "is only read here.\n"
    "\n"
    "  --findings   every finding: its state as of the last sweep, when it was first\n"
    "               seen, and its figures when it was last seen (this is the default)\n"
    "  --sweeps     every sweep: what it covered, how many findings were new, known\n"
    "               and gone\n"
    "  FINGERPRINT  the course of one finding over the sweeps: 16 hexadecimal digits,\n"
    "               as reports show them\n"
    "  --json       the same as JSON\n"
    "  --help       print this\n"
    "\n"
    "States: new, in no earlier sweep; known, in an earlier one, even if it was gone\n"
    "in between; gone, not any more; unseen, the sweep could not tell, as processes\n"
    "that had it were not analysed.\n"
    "\n"
    "Examples:\n"
    "  mpirun -n 4 heapbatch --history leaks.db --fail-on new dumps/*/*.json.gz\n"
    "      a nightly sweep that is marked and recorded\n"
    "  heapbatch history leaks.db\n"
    "  heapbatch history leaks.db 0123456789abcdef --json\n"
    "\n"
    "Exit status: 0 all well; 1 wrong usage, or no such finding; 4 the file cannot be\n"
    "read, is no history, or the output cannot be written.\n";

static int usage(const char *what, const char *word)
{
    fprintf(stderr, "heapbatch history: %s", what);
    if (word != NULL) {
        fputs(" '", stderr);
        for (size_t i = 0; i < 60 && word[i] != '\0'; i++) fputc(isprint((unsigned char)word[i]) ? word[i] : '?', stderr);
        fputc('\'', stderr);
    }
    fputs("\nTry 'heapbatch history --help'.\n", stderr);
    return 1;
}

static int is_fingerprint(const char *word)
{
    return strlen(word) == 16 && strspn(word, "0123456789abcdef") == 16;
}

int hb_history_main(int argc, char **argv)
{
    const char *path = NULL, *fingerprint = NULL;
    hb_history_what what = HB_HISTORY_FINDINGS;
    int as_json = 0, n_lists = 0, only_names = 0;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const int is_option = word[0] == '-' && !only_names;
        if (is_option && strcmp(word, "--") == 0) only_names = 1;
        else if (is_option && strcmp(word, "--help") == 0) return fputs(help, stdout) < 0 || fflush(stdout) != 0 ? 4 : 0;
        else if (is_option && strcmp(word, "--json") == 0) as_json = 1;
        else if (is_option && strcmp(word, "--findings") == 0) n_lists++, what = HB_HISTORY_FINDINGS;
        else if (is_option && strcmp(word, "--sweeps") == 0) n_lists++, what = HB_HISTORY_SWEEPS;
        else if (is_option) return usage("unknown option", word);
        else if (*word == '\0') return usage("an empty name", NULL);
        else if (path == NULL) path = word;
        else if (is_fingerprint(word)) n_lists++, what = HB_HISTORY_COURSE, fingerprint = word;
        else return usage("a fingerprint is 16 hexadecimal digits in lower case, not", word);
    }
    if (path == NULL) return usage("name the file of the history", NULL);
    if (n_lists > 1) return usage("only one of --sweeps, --findings and FINGERPRINT", NULL);
    hb_error err;
    hb_error_clear(&err);
    hb_status status = hb_history_show(path, what, fingerprint, as_json, stdout, &err);
    if (status == HB_OK) return 0;
    if (err.path[0] != '\0') hb_log(HB_LOG_ERROR, "%s: %s", err.path, err.message);
    else hb_log(HB_LOG_ERROR, "%s", status == HB_ERR_MEMORY ? "out of memory" : "the output cannot be written");
    return status == HB_ERR_USAGE ? 1 : 4;
}
