#include "report/text_chain.h"

#include <string.h>

#include "base/memory.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define LABEL_COLUMNS 48   /* at most, each */
#define HEAD 4             /* labels kept at both ends of a chain that is too long */
#define TAIL 5

void hb_text_chain_begin(hb_text_chain *chain, hb_text *t, size_t start, size_t n)
{
    *chain = (hb_text_chain){ t, start, start, n, 0 };
}

/* Behind an arrow, on a new line where it must be; suffix: short, or "". */
static void print_link(hb_text_chain *chain, const char *raw, const char *suffix)
{
    hb_text *t = chain->t;
    if (chain->at != 0) {
        const size_t wanted = 4 + hb_text_width(t, raw, LABEL_COLUMNS) + strlen(suffix);
        if (chain->column + wanted > HB_TEXT_COLUMNS) {
            hb_text_print(t, "\n%*s", (int)chain->start, "");
            chain->column = chain->start;
        }
        hb_text_print(t, " -> ");
        chain->column += 4;
    }
    chain->column += hb_text_cell(t, raw, LABEL_COLUMNS) + strlen(suffix);
    hb_text_print(t, "%s", suffix);
}

void hb_text_chain_add(hb_text_chain *chain, const char *label, uint64_t repeat)
{
    char suffix[HB_TEXT_NUMBER + 16] = "", count[HB_TEXT_NUMBER];
    const int is_long = chain->n > HEAD + TAIL + 1;
    if (is_long && chain->at == HEAD) {
        char *words = hb_text_format(chain->t, ELLIPSIS " %zu more " ELLIPSIS, chain->n - HEAD - TAIL);
        print_link(chain, words, "");
        hb_free(words);
    } else if (!is_long || chain->at < HEAD || chain->at >= chain->n - TAIL) {
        if (repeat > 1) snprintf(suffix, sizeof suffix, " (x %s)", hb_text_count(count, repeat));
        print_link(chain, label, suffix);
    }
    chain->at++;
}
