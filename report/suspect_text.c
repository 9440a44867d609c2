#include "report/suspect_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/text_out.h"

typedef struct words {
    const char *held_by, *text;   /* with the step that decided; "" before its label */
    const char *alone;            /* without */
} words;

static const words all_words[] = {
    { "constant_or_ivar", "a constant or instance variable of ", "a constant or instance variable" },
    { "global", "a global variable, ", "a global variable" },
    { "thread", "the locals or the stack of ", "a thread's locals or stack" },
    { "fiber", "the locals or the stack of ", "a fiber's locals or stack" },
    { "c_extension", "a struct of C code, ", "C code" },
    { "vm", "the VM's ", "the VM" },
    { "jit", "the JIT compiler's ", "the JIT compiler" },
    { "finalizer", "the finalizers, ", "a finalizer" },
    { "symbols", "the symbol table, ", "the symbol table" },
    { "machine_stack", "the machine stack (conservative: it may be a stale pointer), ",
      "the machine stack (conservative: it may be a stale pointer)" },
};

static void put_holder(FILE *out, const hb_suspect_report *s, const char *by, const char *root)
{
    for (size_t i = 0; i < sizeof all_words / sizeof *all_words; i++) {
        if (strcmp(all_words[i].held_by, s->held_by) != 0) continue;
        fprintf(out, ", held by %s%s", by != NULL ? all_words[i].text : all_words[i].alone, by != NULL ? by : "");
        return;
    }
    if (root != NULL) fprintf(out, ", held by ROOT %s", root);
}

static void put_growth(FILE *out, const hb_suspect_report *s, int n_analysed)
{
    char a[HB_TEXT_NUMBER], b[HB_TEXT_NUMBER];
    if (n_analysed < 2) return;
    fprintf(out, "; it grows by %s object%s (%s) from dump to dump", hb_text_count(a, s->growth_objects),
            hb_text_plural(s->growth_objects), hb_text_bytes(b, s->growth_memsize));
}

char *hb_suspect_text(const hb_suspect_report *s, const char *by, const char *root, int n_analysed)
{
    char a[HB_TEXT_NUMBER], b[HB_TEXT_NUMBER], c[HB_TEXT_NUMBER];
    char *text = NULL, *copy;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    if (out == NULL) return NULL;
    fprintf(out, "%u %% of what is %s (%s object%s, %s) hangs below ", (unsigned)(s->share_permille / 10),
            n_analysed < 2 ? "reachable" : "retained", hb_text_count(a, s->objects), hb_text_plural(s->objects),
            hb_text_bytes(b, s->memsize));
    fputs(s->has_holder ? s->holder.label : s->n_path > 0 ? s->path[s->n_path - 1].label : "the roots", out);
    put_holder(out, s, by, root);
    if (s->has_holder) fprintf(out, "; freeing it frees %s", hb_text_bytes(c, s->holder.retained_memsize));
    put_growth(out, s, n_analysed);
    fputc('.', out);
    const int failed = ferror(out);
    copy = fclose(out) != 0 || failed ? NULL : hb_copy_text(text, n);
    free(text);
    return copy;
}
