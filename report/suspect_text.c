#include "report/suspect_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/text_out.h"

typedef struct words {
    const char *held_by;
    const char *before, *behind;  /* the label of the step that decided */
    const char *itself;           /* when what it hangs below decided */
    const char *root;             /* when the ROOT line did */
} words;

static const words all_words[] = {
    { "constant_or_ivar", "held by a constant or instance variable of ", "", "in its constants or instance variables",
      "held by a constant or instance variable" },
    { "thread", "held by the locals or the stack of ", "", "in its locals or on its stack", "held by a thread" },
    { "fiber", "held by the locals or the stack of ", "", "in its locals or on its stack", "held by a fiber" },
    { "c_extension", "held by ", ", a struct of C code", "a struct of C code", "held by a variable of C code" },
    { "vm", "held by ", " of the VM", "a part of the VM", "held by the VM" },
    { "jit", "held by ", " of the JIT compiler", "a part of the JIT compiler", "held by the JIT compiler" },
    { "global", "held by a global variable, ", "", "held by a global variable", "held by a global variable" },
    { "finalizer", "held by a finalizer, ", "", "held by a finalizer", "held by a finalizer" },
    { "symbols", "held by the symbol table, ", "", "held by the symbol table", "held by the symbol table" },
    { "tracing", "held by ", ", Ruby's record of allocations, which goes when tracing stops",
      "Ruby's record of allocations, which goes when tracing stops", "held by Ruby's record of allocations" },
    { "machine_stack", "held by the machine stack, ", "", "held by the machine stack",
      "held by the machine stack, where anything that looks like a pointer counts as one" },
};

static const words *find_words(const char *held_by)
{
    for (size_t i = 0; i < sizeof all_words / sizeof *all_words; i++)
        if (strcmp(all_words[i].held_by, held_by) == 0) return &all_words[i];
    return NULL;
}

static void put_held_by(FILE *out, const hb_suspect_report *s, const char *by, const char *root)
{
    const words *known = find_words(s->held_by);
    if (known == NULL && root == NULL) return;
    fputs(", ", out);
    if (known == NULL) fprintf(out, "held by ROOT %s", root);
    else if (by == NULL) fputs(known->root, out);
    else if (*by == '\0') fputs(known->itself, out);
    else fprintf(out, "%s%s%s", known->before, by, known->behind);
}

static void put_what(FILE *out, const hb_suspect_report *s, int n_analysed)
{
    char a[HB_TEXT_NUMBER], b[HB_TEXT_NUMBER];
    const char *label = s->has_holder ? s->holder.label : s->n_path > 0 ? s->path[s->n_path - 1].label : "the roots";
    const int is_alone = s->has_holder && s->objects == 1 && s->holder.retained_objects == 1;
    if (s->share_permille < 10) fputs("Less than 1 %", out);
    else fprintf(out, "%u %%", (unsigned)(s->share_permille / 10));
    fprintf(out, " of what is %s", n_analysed < 2 ? "reachable" : "retained");
    if (n_analysed > 1 || !s->has_holder)
        fprintf(out, " (%s object%s, %s)", hb_text_count(a, s->objects), hb_text_plural(s->objects),
                hb_text_bytes(b, s->memsize));
    if (is_alone) fprintf(out, " is %s", label);
    else if (s->has_holder) fprintf(out, " hangs below %s", label);
    else fprintf(out, " has no single holder, but is all reached through %s", label);
}

/* A class or a thread is not freed, what it holds can be. With one dump these are all figures there are. */
static void put_gain(FILE *out, const hb_suspect_report *s, const char *by, int n_analysed)
{
    char size[HB_TEXT_NUMBER], objects[HB_TEXT_NUMBER];
    if (!s->has_holder) return;
    const int stays = by != NULL && *by == '\0' && strcmp(s->held_by, "c_extension") != 0;
    hb_text_bytes(size, s->holder.retained_memsize);
    fprintf(out, stays ? "; it retains %s in all" : "; freeing it frees %s", size);
    if (n_analysed < 2)
        fprintf(out, " (%s object%s)", hb_text_count(objects, s->holder.retained_objects),
                hb_text_plural(s->holder.retained_objects));
}

static void put_growth(FILE *out, const hb_suspect_report *s, int n_analysed)
{
    char a[HB_TEXT_NUMBER], b[HB_TEXT_NUMBER];
    if (n_analysed < 2) return;
    if (s->growth_objects == 0) fputs("; it grows by less than an object from dump to dump", out);
    else
        fprintf(out, "; it grows by %s object%s (%s) from dump to dump", hb_text_count(a, s->growth_objects),
                hb_text_plural(s->growth_objects), hb_text_bytes(b, s->growth_memsize));
}

char *hb_suspect_text(const hb_suspect_report *s, const char *by, const char *root, int n_analysed)
{
    char *text = NULL, *copy;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    if (out == NULL) return NULL;
    put_what(out, s, n_analysed);
    put_held_by(out, s, by, root);
    put_gain(out, s, by, n_analysed);
    put_growth(out, s, n_analysed);
    fputc('.', out);
    const int failed = ferror(out);
    copy = fclose(out) != 0 || failed ? NULL : hb_copy_text(text, n);
    free(text);
    return copy;
}
