# Completion for heapbatch and heapbatch-capture in bash. It needs none of bash-completion's functions.

# Leaves in COMPREPLY those of the words $1 that begin with `cur`; behind one that ends in = comes its value, not a space.
_heapbatch_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *[=:] ]] || compopt -o nospace
}

# $1: -f for files, -d for folders.
_heapbatch_files() {
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

_heapbatch_options_or_files() {
    if [[ $cur == -* ]]; then _heapbatch_words "$1"; else _heapbatch_files -f; fi
}

# Leaves in `cur` what is there of the word, in `of` the option whose value it is, if it is one. An = is a word of its own to
# bash, unless COMP_WORDBREAKS says otherwise.
_heapbatch_where() {
    cur=$2 of=$3
    if [[ $cur == = ]]; then
        cur=""
    elif [[ $of == = ]]; then
        of=${COMP_WORDS[COMP_CWORD-2]}
    elif [[ $cur == --*=* ]]; then
        of=${cur%%=*} cur=${cur#*=}
    else
        return 0
    fi
    [[ $of == --* ]] || of=NAME=
}

# Words of an option that several commands have; fails where it is none of these.
_heapbatch_common() {
    case $of in
        --identity) _heapbatch_words "strict address-type address" ;;
        --log) _heapbatch_words "error warn info debug" ;;
        --max) _heapbatch_words "line= references= nesting= ratio= inflated= members= lines=" ;;
        --top | --threads | --memory | --chunk | NAME=) ;;
        *) return 1 ;;
    esac
}

# diff or read, which heapy has too.
_heapbatch_heapy() {
    local own="--show-values --lines"
    [[ $1 != diff ]] || own="--output-diff --identity"
    _heapbatch_common || case $of in
        --format) _heapbatch_words "table heapy jsonl" ;;
        --output-diff) _heapbatch_files -f ;;
        --lines) ;;
        *)
            _heapbatch_options_or_files "$own --format --top --quiet --max --threads --memory --no-bind --spread --chunk --progress
                --log --help"
            ;;
    esac
}

# show, path or objects.
_heapbatch_inspect() {
    local own="--top --show-values"
    [[ $1 != path ]] || own=""
    [[ $1 != objects ]] || own="--class --type --site --min-memsize --min-retained --order --top"
    _heapbatch_common || case $of in
        --format) _heapbatch_words "table jsonl" ;;
        --index) _heapbatch_files -d ;;
        --order) _heapbatch_words "retained memsize address" ;;
        --type) _heapbatch_words "ARRAY BIGNUM CLASS DATA FILE HASH ICLASS IMEMO MODULE OBJECT REGEXP STRING STRUCT SYMBOL" ;;
        --class | --site | --min-memsize | --min-retained) ;;
        *)
            _heapbatch_options_or_files "$own --index --format --redact --max --threads --memory --no-bind --spread --chunk --quiet
                --progress --log --help"
            ;;
    esac
}

_heapbatch() {
    local cur of
    _heapbatch_where "$@"
    [[ $COMP_CWORD -eq 1 ]] || case ${COMP_WORDS[1]} in
        history) _heapbatch_options_or_files "--findings --sweeps --json --help"; return ;;
        diff | read) _heapbatch_heapy "${COMP_WORDS[1]}"; return ;;
        show | path | objects) _heapbatch_inspect "${COMP_WORDS[1]}"; return ;;
    esac
    _heapbatch_common || case $of in
        --series) _heapbatch_words "auto one each" ;;
        --fail-on) _heapbatch_words "retained= objects= growth growth= new" ;;
        --path) _heapbatch_words "class: site:" ;;
        --out) _heapbatch_files -d ;;
        --manifest | --json | --allow | --history | --timings) _heapbatch_files -f ;;
        --part | --min-retained | --referrers | --limit) ;;
        *)
            _heapbatch_options_or_files "--series --manifest --part --identity --max --top --min-retained --path --referrers --strings
                --show-values --redact --json --limit --fail-on --allow --history --quiet --progress --log --out --resume --merge
                --timings --threads --memory --no-bind --spread --validate --chunk --version --help"
            [[ $COMP_CWORD -ne 1 ]] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "history diff read show path objects" -- "$cur")
            ;;
    esac
}

_heapbatch_capture() {
    local cur of
    _heapbatch_where "$@"
    case $of in
        --via) _heapbatch_words "auto rbtrace gdb" ;;
        --pid) _heapbatch_words "$(pgrep 'ruby|puma')" ;;
        --out) _heapbatch_files -d ;;
        --match | --at | --every | --count) ;;
        *)
            _heapbatch_words "--pid --match --at --every --count --out --gzip --full --trace-allocations --via --stop-tracing --help"
            ;;
    esac
}

complete -F _heapbatch heapbatch
complete -F _heapbatch_capture heapbatch-capture
