/* Text on its way in and out: what is cleaned is UTF-8, what is escaped steers no terminal, and JSON's escapes are read as
 * a JSON parser reads them. */
#include <jansson.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/unescape.h"
#include "report/utf8.h"
#include "tests/fuzz/fuzz.h"

static int is_utf8(const char *bytes, size_t n)
{
    json_t *text = json_stringn(bytes, n);
    const int is = text != NULL;
    json_decref(text);
    return is;
}

static void clean(const char *bytes, size_t n)
{
    size_t n_clean;
    char *text = hb_utf8_clean(bytes, n, &n_clean);
    DEMAND(text != NULL && n_clean <= 3 * n && is_utf8(text, n_clean));
    if (is_utf8(bytes, n)) DEMAND(n_clean == n && (n == 0 || memcmp(text, bytes, n) == 0));
    hb_free(text);
}

static void escape(const char *bytes, size_t n)
{
    size_t n_escaped;
    char *text = hb_utf8_escape_terminal(bytes, n, &n_escaped);
    DEMAND(text != NULL && is_utf8(text, n_escaped));
    for (size_t at = 0; at < n_escaped;) {
        uint32_t code;
        at += hb_utf8_decode(text + at, n_escaped - at, &code);
        DEMAND(code >= 0x20 && !(code >= 0x7f && code < 0xa0) && !(code >= 0x202a && code <= 0x202e));
    }
    hb_free(text);
}

static void unescape(const char *bytes, size_t n)
{
    char *out = malloc(n + 1), *quoted = malloc(n + 2);
    DEMAND(out != NULL && quoted != NULL);
    const size_t n_out = hb_unescape(bytes, n, out);
    DEMAND(n_out <= n);
    quoted[0] = quoted[n + 1] = '"';
    if (n != 0) memcpy(quoted + 1, bytes, n);
    json_error_t error;
    json_t *text = json_loadb(quoted, n + 2, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (json_is_string(text))
        DEMAND(json_string_length(text) == n_out && memcmp(json_string_value(text), out, n_out) == 0);
    json_decref(text);
    free(quoted);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    clean((const char *)bytes, n);
    escape((const char *)bytes, n);
    unescape((const char *)bytes, n);
    return 0;
}
