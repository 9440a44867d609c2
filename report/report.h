/* The finished answer, on one rank: what report/json.c and report/text.c print. Everything here is plain data
 * owned by the report; strings are NUL-terminated copies, bytes as the dump had them (not yet escaped, not
 * necessarily UTF-8). Rankings are sorted by their first figure, then by key. */
#ifndef HB_REPORT_REPORT_H
#define HB_REPORT_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "reduce/sample.h"
#include "report/findings.h"
#include "report/symptoms.h"
#include "report/time_source.h"

typedef enum hb_dump_status { HB_DUMP_OK, HB_DUMP_TRUNCATED, HB_DUMP_FAILED } hb_dump_status;

typedef struct hb_invalid_line {
    uint64_t line;       /* 1-based */
    uint64_t byte;       /* offset of its first byte in the uncompressed text */
    char reason[64];     /* why it could not be read */
} hb_invalid_line;

typedef struct hb_type_row {
    const char *type;    /* a static string */
    uint64_t objects, memsize;
} hb_type_row;

typedef struct hb_generation_row {
    int64_t generation;  /* -1: allocated before tracing began (null in JSON) */
    uint64_t objects, memsize;
} hb_generation_row;

typedef struct hb_dump_report {
    char *path;
    hb_dump_status status;
    char *error;         /* NULL when ok */
    int has_time;        /* it is known when the dump was taken: then */
    int64_t taken_at_ms; /* Unix time, UTC */
    hb_time_source time_source;
    int compared;        /* it takes part in the difference: `born` and what is retained go by it */
    int counted;         /* by class, for `growth` */
    char *left_out;      /* why it does not although it is whole; NULL: it does, or is not whole */
    uint64_t bytes;      /* uncompressed text read */
    uint64_t lines, invalid_lines;
    hb_invalid_line *invalid;  /* the first examples, by line */
    size_t n_invalid;
    uint64_t objects, memsize, roots, shapes, empty_slots, references, dangling_references;
    hb_type_row *types;              /* by name, only types that occur */
    size_t n_types;
    hb_generation_row *generations;  /* ascending, -1 first */
    size_t n_generations;
    hb_symptoms symptoms;            /* of its sidecar; slots also from the empty slots of a `full` dump */
} hb_dump_report;

typedef struct hb_site_key {
    const char *type;    /* a static string */
    char *class_name;    /* NULL: the class has no name, or is not in the dump */
    char *file;          /* NULL: allocated before tracing began */
    uint32_t line;       /* 0 with no file */
} hb_site_key;

typedef struct hb_site_row {
    hb_site_key key;
    uint64_t objects, memsize;
    uint64_t *born;      /* n_dumps figures: objects born in each dump; failed dumps have 0 */
} hb_site_row;

/* Objects of a type and class in each dump. */
typedef struct hb_growth_row {
    const char *type;            /* a static string */
    char *class_name;            /* NULL: no name */
    uint64_t *objects, *memsize; /* n_dumps figures each; 0 where the dump was not counted */
} hb_growth_row;

/* Contents that several strings of the last dump have. */
typedef struct hb_string_row {
    uint64_t bytes;              /* their length */
    uint64_t objects, memsize;
    uint64_t first;              /* address of the first line of the dump that has them */
    char *value;                 /* as far as they are shown; NULL: they are not */
    int is_cut;                  /* there is more than that */
} hb_string_row;

typedef struct hb_strings_report {
    int is_there;                /* otherwise nothing else is known, but for */
    char *fault;                 /* what could not be done, a sentence; NULL: all that was asked for was done */
    uint64_t objects;            /* STRING lines */
    uint64_t without_value;      /* of these, lines that do not tell the contents */
    uint64_t distinct;           /* different contents */
    uint64_t duplicate_objects, duplicate_memsize;   /* of each of them all objects but the first */
    hb_string_row *top;
    size_t n_top;
} hb_strings_report;

typedef struct hb_class_row {
    char *class_name;    /* NULL: no name */
    uint64_t objects, memsize;
} hb_class_row;

/* A node of a merged tree of retention paths; nodes of one tree stand in one array, parents before children,
 * siblings by objects descending, then by label. */
typedef struct hb_path_node {
    char *label;                /* all steps in a row that have it are in this node */
    uint64_t repeat;            /* how many these are on one path, at most; 1 for a ROOT */
    uint64_t objects, memsize;  /* of the site's objects held through this branch, this node included */
    uint64_t example;           /* lowest address among the vertices merged here; 0: none (a ROOT) */
    uint32_t depth;             /* 0 for a ROOT */
    uint32_t n_children;        /* its direct children follow later in the array, at depth + 1, in preorder */
} hb_path_node;

typedef struct hb_path_report {
    hb_site_key site;
    uint64_t objects, memsize;
    uint64_t unreachable;       /* objects of the site that no root reaches */
    hb_path_node *nodes;        /* preorder */
    size_t n_nodes;
} hb_path_report;

/* An object of the last dump. */
typedef struct hb_object_row {
    uint64_t address;
    const char *type;           /* a static string */
    char *class_name;           /* NULL: no name */
    char *label;
    uint64_t memsize, retained_memsize, retained_objects;
    uint64_t other;             /* address of its immediate dominator, 0: the virtual root; in a big drop, of the child that
                                   retains most, 0: it has none */
    uint64_t other_memsize;     /* what that child retains */
} hb_object_row;

/* Objects that retain something together: of one type and class, or of one site. */
typedef struct hb_group_row {
    const char *type;           /* of a class; a static string */
    char *name;                 /* class or file; NULL: the class has no name */
    uint32_t line;              /* of a site */
    uint64_t objects, outermost, retained_memsize, retained_objects;
} hb_group_row;

typedef struct hb_dominator_report {
    hb_object_row *top, *drops;
    hb_group_row *classes, *sites;
    size_t n_top, n_drops, n_classes, n_sites;
} hb_dominator_report;

/* A step of a retention path; the first is a ROOT line, which has address 0. */
typedef struct hb_step_row {
    char *label;
    uint64_t address, memsize, retained_memsize;
    uint64_t repeat;            /* so many steps in a row that are called alike; figures are those of the first */
} hb_step_row;

/* A part of what a suspect holds. */
typedef struct hb_part_row {
    const char *type;           /* of a class; a static string */
    char *class_name, *file;    /* NULL: the class has no name; allocated before tracing began */
    uint32_t line;
    uint64_t objects, memsize;
} hb_part_row;

typedef struct hb_suspect_report {
    const char *held_by;        /* a static string: docs/REPORT.md lists them */
    int has_holder;             /* objects are below one object; otherwise they have their paths in common */
    hb_object_row holder;
    uint64_t objects, memsize;  /* retained ones below it */
    uint64_t share_permille;    /* of all retained bytes */
    uint64_t *born;             /* n_dumps figures: objects below it born in each dump but the first; NULL with one dump */
    uint64_t growth_objects, growth_memsize;   /* a dump */
    int has_survival;           /* with three dumps or more */
    uint64_t survival_permille;
    hb_step_row *path;          /* to the holder, or what the paths have in common */
    size_t n_path;
    hb_part_row *classes;       /* what is retained there, by type and class */
    size_t n_classes;
    hb_part_row *sites;         /* the same by file and line */
    size_t n_sites;
    hb_path_node *nodes;        /* merged paths of the objects, preorder */
    size_t n_nodes;
    char *text;                 /* one sentence */
} hb_suspect_report;

/* An object that refers to the one that was asked about. */
typedef struct hb_referrer_row {
    hb_object_row object;
    char *via;                  /* the instance variable that does; NULL: none, or it cannot be told */
} hb_referrer_row;

/* The answer to a --path or --referrers. */
typedef struct hb_query_report {
    const char *option;         /* "path" or "referrers" */
    char *what;                 /* its argument, addresses in lower case */
    int found;                  /* some object is meant by it */
    int no_roots;               /* the dump has no ROOT lines: whether any reaches it is not known */
    int is_single;              /* of a path: one object was asked about, so steps count; otherwise nodes */
    uint64_t objects, memsize, unreachable;
    hb_step_row *steps;         /* none: no root reaches it */
    size_t n_steps;
    hb_path_node *nodes;        /* preorder */
    size_t n_nodes;
    char **roots;               /* of referrers: names of the ROOT lines, in the order of the dump; NULL: no name */
    size_t n_roots;
    uint64_t references;        /* objects that refer to it */
    uint64_t instances;         /* objects whose class it is */
    hb_referrer_row *referrers; /* by retained bytes, descending, then by address */
    size_t n_referrers;
} hb_query_report;

typedef struct hb_series_report {
    char *name;
    hb_dump_report *dumps;      /* oldest first */
    size_t n_dumps;
    int has_last;               /* some dump could be analysed; otherwise only `dumps` holds anything */
    size_t last;                /* index of the last dump that could be */

    /* trust */
    uint64_t same, reused_slots, moved, score;
    uint64_t strings, strings_elsewhere;   /* found by their contents in an untraced older dump and the last; at another address */

    /* The last dump: its top classes and allocation sites; born is NULL in these rows. */
    int traced;                 /* some object of it has an allocation site */
    hb_class_row *classes;
    size_t n_classes;
    hb_site_row *live_sites;
    size_t n_live_sites;

    /* retained; only where has_retained (at least two analysed dumps) */
    int has_retained;
    uint64_t retained_objects, retained_memsize;
    hb_site_row *sites;         /* all of them: the printers cut, so that the fleet's sums are whole */
    size_t n_sites;

    int has_growth;             /* some dumps could not be compared, or not with trust: */
    hb_growth_row *growth;      /* what grew by class, by bytes, descending */
    size_t n_growth;

    hb_strings_report equal;    /* with --strings */

    /* reachability; only where has_reachability (the last dump has ROOT lines) */
    int has_reachability;
    uint64_t reachable, unreachable, reachable_memsize, without_class_edges, max_hops, hops_sum;

    hb_path_report *paths;
    size_t n_paths;
    hb_dominator_report dominators;
    hb_suspect_report *suspects;   /* by bytes, descending */
    size_t n_suspects;
    hb_sample sample;              /* of the objects of the last dump; none: not drawn */
    int has_queries;               /* some were asked */
    char *fault;                   /* what --validate found, a sentence; NULL: the answer holds, or was not checked */
    hb_query_report *queries;      /* in the order of the command line; none without ROOT lines */
    size_t n_queries;
} hb_series_report;

typedef struct hb_problem {
    char *path;
    char *what;
} hb_problem;

typedef struct hb_report {
    const char *identity;       /* "strict", "address-type", "address" */
    uint64_t top;               /* rows in every ranking; 0: all */
    uint64_t limit_bytes;       /* of a finding in a process, for hb_finding_hours_until; 0: none */
    hb_series_report *series;
    size_t n_series;
    hb_problem *problems;       /* in the order of series and dumps */
    size_t n_problems;
    hb_findings findings;       /* hb_findings_find; empty: it was not called */
} hb_report;

/* The first and the last dump that was counted for `growth`; 0: there are no two. */
int hb_series_report_counted(const hb_series_report *series, size_t *first, size_t *last);

/* Frees what a report holds and empties it. */
void hb_report_fini(hb_report *report);
void hb_series_report_fini(hb_series_report *series);
void hb_suspect_report_fini(hb_suspect_report *suspect);

/* Free what they hold. */
void hb_object_row_fini(hb_object_row *row);
void hb_query_report_fini(hb_query_report *query);

#endif
