/* The nearest step above the objects that is not just a container decides: a class or module holds by a constant or an
 * instance variable, a thread or fiber by its locals or its stack, a struct of C by what it marks. Procs, methods and
 * enumerators are containers as well: what matters is who keeps them. If all steps are containers, the ROOT line decides.
 * Names of structs and of imemo types: rb_data_type_t in Ruby's sources, imemo_type_name() in imemo.c, and the ROOT lines
 * of gc.c (rb_objspace_reachable_objects_from_root). */
#include "report/held_by.h"

#include <string.h>

#include "pipeline/line.h"

typedef struct holder_name {
    const char *name, *held_by;   /* held_by NULL: a container */
} holder_name;

static const holder_name structs[] = {
    { "proc", NULL },          { "method", NULL },         { "binding", NULL },        { "enumerator", NULL },
    { "generator", NULL },     { "yielder", NULL },        { "enumerator_chain", NULL }, { "enum_lazy", NULL },
    { "set", NULL },           { "exception", NULL },      { "unbound_method", NULL },
    { "VM/thread", "thread" }, { "thread", "thread" },     { "ractor", "thread" },     { "fiber", "fiber" },
    { "cont", "fiber" },       { "VM", "vm" },             { "iseq", "vm" },           { "T_IMEMO/iseq", "vm" },
    { "autoload", "vm" },      { "autoload_data", "vm" },  { "autoload_const", "vm" }, { "autoload_table", "vm" },
    { "autoload_i", "vm" },    { "yjit", "jit" },          { "rjit", "jit" },          { "mjit", "jit" },
    { "ObjectTracing/allocation_info_tracer", "tracing" },   /* ext/objspace/object_tracing.c */
};

static const holder_name imemos[] = {
    { "iseq", "vm" },      { "ment", "vm" }, { "callcache", "vm" }, { "callinfo", "vm" }, { "constcache", "vm" },
    { "cref", "vm" },      { "ast", "vm" },  { "cc_table", "vm" },  { "subclasses", "vm" },
};

static const holder_name roots[] = {
    { "vm", "vm" },                       { "machine_context", "machine_stack" }, { "global_tbl", "global" },
    { "finalizers", "finalizer" },        { "global_list", "c_extension" },       { "global_symbols", "symbols" },
    { "symbols", "symbols" },             { "fstring", "symbols" },               { "end_proc", "vm" },
    { "protected_object", "c_extension" }, { "yjit", "jit" },                     { "rjit", "jit" },
    { "mjit", "jit" },                    { "object_id", "vm" },
};

static const holder_name *find(const holder_name *list, size_t n, const char *name, size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i].name) == length && memcmp(list[i].name, name, length) == 0) return &list[i];
    return NULL;
}

#define FIND(list, name, n) find(list, sizeof(list) / sizeof *(list), name, n)

/* What a step says; NULL: it is a container. */
static const char *step_says(const hb_shard *shard, const hb_object_facts *facts)
{
    const hb_type type = (hb_type)facts->type;
    const char *name = "";
    size_t n = 0;
    if (hb_type_is_class(type)) return "constant_or_ivar";
    if (type != HB_TYPE_DATA && type != HB_TYPE_IMEMO) return NULL;
    if (facts->own_name != HB_NO_STRING) name = hb_intern_text(&shard->names, (uint32_t)facts->own_name, &n);
    const holder_name *known = type == HB_TYPE_DATA ? FIND(structs, name, n) : FIND(imemos, name, n);
    if (known != NULL) return known->held_by;
    if (n > 3 && memcmp(name, "VM/", 3) == 0) return "vm";
    return type == HB_TYPE_DATA ? "c_extension" : NULL;
}

const char *hb_held_by(const hb_shard *shard, const hb_known *steps, size_t n, const char *root, size_t *by)
{
    for (size_t i = n; i-- > 0;) {
        const char *held_by = step_says(shard, &steps[i].facts);
        *by = i;
        if (held_by != NULL) return held_by;
    }
    *by = SIZE_MAX;
    const holder_name *known = root == NULL ? NULL : FIND(roots, root, strlen(root));
    return known != NULL ? known->held_by : "unknown";
}

const char *hb_held_by_find(const char *name)
{
    static const char *const others[] = { "constant_or_ivar", "c_extension", "unknown" };
    static const struct { const holder_name *list; size_t n; } lists[] = {
        { structs, sizeof structs / sizeof *structs }, { imemos, sizeof imemos / sizeof *imemos },
        { roots, sizeof roots / sizeof *roots },
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i], name) == 0) return others[i];
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        for (size_t i = 0; i < lists[l].n; i++)
            if (lists[l].list[i].held_by != NULL && strcmp(lists[l].list[i].held_by, name) == 0)
                return lists[l].list[i].held_by;
    return NULL;
}
