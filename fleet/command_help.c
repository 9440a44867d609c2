/* What --help prints of the commands. */
#include "fleet/command.h"

static const char of_diff[] =
    "Usage: heapbatch diff [OPTION...] BEFORE AFTER [LATER]\n"
    "       mpirun -n RANKS heapbatch diff [OPTION...] BEFORE AFTER [LATER]\n"
    "\n"
    "Shows by allocation site what is new: the objects of the dump AFTER that are not\n"
    "in the dump BEFORE; with LATER only those that are still there. Dumps are of one\n"
    "process, .json or .json.gz, or one of them - for standard input. It is what\n"
    "heapbatch BEFORE AFTER LATER calls retained, without what holds it.\n"
    "\n"
    "  --format table|heapy|jsonl\n"
    "                      heapy: the lines of heapy diff, all of them; objects are\n"
    "                      the same where their addresses are, so one in the place of\n"
    "                      a freed one is not new; jsonl: an object of JSON a line\n"
    "                      (default table)\n"
    "  --output-diff FILE  write the lines of AFTER of these objects into FILE; they\n"
    "                      hold contents of strings, as the dump does (default: none)\n"
    "  --identity strict|address-type|address\n"
    "                      what makes an object the same in two dumps (default\n"
    "                      strict: address, type, class, site and generation)\n"
    "  --top N             rows of the table, lines of jsonl; 0: all (default 20)\n"
    "  --quiet             no table: for --output-diff alone\n"
    "  --max NAME=VALUE, --threads N, --memory BYTES, --no-bind, --spread,\n"
    "  --chunk BYTES, --progress, --log LEVEL\n"
    "                      as in heapbatch --help\n"
    "  --help              print this\n"
    "\n"
    "Examples:\n"
    "  heapbatch diff heap.0.json.gz heap.1.json.gz heap.2.json.gz\n"
    "  heapbatch diff --format heapy heap.0.json heap.1.json --output-diff new.json\n"
    "  heapbatch diff --format jsonl --top 0 heap.0.json heap.1.json | jq .file\n"
    "\n"
    "Exit status: 0 all well; 1 wrong usage, or the dumps cannot be compared; 3 one\n"
    "is truncated or unreadable, so there is no difference; 4 out of memory, or an\n"
    "error while writing output.\n";

static const char of_read[] =
    "Usage: heapbatch read [OPTION...] DUMP [GENERATION|all|nil]\n"
    "       mpirun -n RANKS heapbatch read [OPTION...] DUMP [GENERATION|all|nil]\n"
    "\n"
    "Shows the objects of a dump by the generation of the garbage collector in which\n"
    "they were allocated (nil: not known, before tracing began). With a generation,\n"
    "its objects: by gem, file, site and class, which sites have objects with many\n"
    "references, and which contents several strings have; with all also how many\n"
    "shapes add an instance variable (shape edges). DUMP is .json or .json.gz, or -\n"
    "for standard input, which a generation does not allow.\n"
    "\n"
    "  --format table|heapy|jsonl\n"
    "                      heapy: the lines of heapy read. To it what has no\n"
    "                      generation is of generation 0 and takes no bytes, and only\n"
    "                      objects with a file count; jsonl: an object of JSON a\n"
    "                      line, each ranking by bytes (default table)\n"
    "  --show-values       show contents of strings, which may be secrets (default:\n"
    "                      show how long they are)\n"
    "  --top N, --lines N  rows of every table; 0: all (default 20; 50 for heapy)\n"
    "  --max NAME=VALUE, --threads N, --memory BYTES, --no-bind, --spread,\n"
    "  --chunk BYTES, --progress, --quiet, --log LEVEL\n"
    "                      as in heapbatch --help\n"
    "  --help              print this\n"
    "\n"
    "Examples:\n"
    "  heapbatch read heap.2.json.gz\n"
    "  heapbatch read heap.2.json.gz all\n"
    "  heapbatch read heap.2.json.gz 36 --show-values\n"
    "\n"
    "Exit status: 0 all well; 1 wrong usage, no such generation, or the dump cannot\n"
    "be read; 3 it is truncated, and what comes before is shown; 4 out of memory, or\n"
    "an error while writing output.\n";

#define COMMON                                                                         \
    "  --index DIR         keep what was found out of the dump in DIR: the next time\n" \
    "                      it is asked there, and the dump is read only if it has\n"   \
    "                      changed (default: read the dump each time)\n"
#define COMMON_END                                                                     \
    "  --redact[=KEY], --max NAME=VALUE, --threads N, --memory BYTES, --no-bind,\n"    \
    "  --spread, --chunk BYTES, --quiet, --progress, --log LEVEL\n"                    \
    "                      as in heapbatch --help\n"                                   \
    "  --help              print this\n"
#define STATUS                                                                         \
    "3 it is truncated,\n"                                                             \
    "and what comes before is shown; 4 out of memory, or an error while reading or\n"  \
    "writing a file.\n"

static const char of_show[] =
    "Usage: heapbatch show [OPTION...] DUMP ADDRESS...\n"
    "       mpirun -n RANKS heapbatch show [OPTION...] DUMP ADDRESS...\n"
    "\n"
    "Shows all there is to say of an object: class, size, where it was allocated, how\n"
    "far it is from a root, what it retains, which objects dominate it and which it\n"
    "dominates, what it refers to and what refers to it. DUMP is .json or .json.gz,\n"
    "or - for standard input.\n"
    "\n"
    COMMON
    "  --format table|jsonl\n"
    "                      jsonl: an object of JSON a line (default table)\n"
    "  --show-values       show the object's line of the dump as well, with contents\n"
    "                      of strings, which may be secrets; reads the dump once more\n"
    "                      (default: do not)\n"
    "  --top N             rows of every list; 0: all (default 20)\n"
    COMMON_END
    "\n"
    "Examples:\n"
    "  heapbatch show heap.2.json.gz 0x7f1c3a2b\n"
    "  heapbatch show --index indexes heap.2.json.gz 0x7f1c3a2b 0x7f1c3a50\n"
    "\n"
    "Exit status: 0 all well; 1 wrong usage, the dump cannot be read, or no object of\n"
    "it has an ADDRESS (the others are shown); " STATUS;

static const char of_path[] =
    "Usage: heapbatch path [OPTION...] DUMP ADDRESS...\n"
    "       mpirun -n RANKS heapbatch path [OPTION...] DUMP ADDRESS...\n"
    "\n"
    "Shows how objects are held: the path of references from a root of the garbage\n"
    "collector, step by step. It is what heapbatch --path ADDRESS DUMP shows. DUMP is\n"
    ".json or .json.gz, or - for standard input.\n"
    "\n"
    COMMON
    "  --format table|jsonl\n"
    "                      jsonl: an object of JSON a line (default table)\n"
    COMMON_END
    "\n"
    "Examples:\n"
    "  heapbatch path heap.2.json.gz 0x7f1c3a2b\n"
    "  heapbatch path --format jsonl heap.2.json.gz 0x7f1c3a2b | jq .steps\n"
    "\n"
    "Exit status: 0 all well; 1 wrong usage, the dump cannot be read, or no object of\n"
    "it has an ADDRESS (the others are shown); " STATUS;

static const char of_objects[] =
    "Usage: heapbatch objects [OPTION...] DUMP\n"
    "       mpirun -n RANKS heapbatch objects [OPTION...] DUMP\n"
    "\n"
    "Lists the objects of a dump that fit all of what is given, those that retain\n"
    "most first, and says how many there are. DUMP is .json or .json.gz, or - for\n"
    "standard input.\n"
    "\n"
    "  --class NAME        their class is called so; of DATA and IMEMO their struct\n"
    "                      or imemo type may be (default: any)\n"
    "  --type TYPE         STRING, HASH, OBJECT and so on (default: any)\n"
    "  --site FILE:LINE    they were allocated there; FILE may be the end of a path\n"
    "                      (default: anywhere)\n"
    "  --min-memsize BYTES\n"
    "                      they take at least so much (default 0)\n"
    "  --min-retained BYTES\n"
    "                      they retain at least so much (default 0)\n"
    "  --order retained|memsize|address\n"
    "                      what is shown first (default retained)\n"
    COMMON
    "  --format table|jsonl\n"
    "                      jsonl: an object of JSON a line (default table)\n"
    "  --top N             rows; 0: all (default 20)\n"
    COMMON_END
    "\n"
    "Examples:\n"
    "  heapbatch objects heap.2.json.gz --class Session --min-retained 1M\n"
    "  heapbatch objects heap.2.json.gz --site cache.rb:15 --top 0 --format jsonl\n"
    "\n"
    "Exit status: 0 all well, also when none fits; 1 wrong usage, or the dump cannot\n"
    "be read; " STATUS;

void hb_command_help(hb_command_name name, FILE *out)
{
    static const char *const texts[HB_N_COMMANDS] = { of_diff, of_read, of_show, of_path, of_objects };   /* by hb_command_name */
    fputs(texts[name], out);
}
