#include "report/json_out.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "report/utf8.h"

#define ROUNDED_MOST 9007199254740992.0   /* 2^53: below, a double has every integer */

hb_json *hb_json_put(hb_json_builder *b, hb_json *object, const char *key, hb_json *value)
{
    if (json_object_set_new_nocheck(object, key, value) == 0) return value;
    b->failed = 1;
    return NULL;
}

hb_json *hb_json_append(hb_json_builder *b, hb_json *array, hb_json *value)
{
    if (json_array_append_new(array, value) == 0) return value;
    b->failed = 1;
    return NULL;
}

hb_json *hb_json_object(void) { return json_object(); }
hb_json *hb_json_array(void) { return json_array(); }
hb_json *hb_json_null(void) { return json_null(); }
hb_json *hb_json_bool(int value) { return json_boolean(value); }

hb_json *hb_json_number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

hb_json *hb_json_rounded(double value)
{
    if (!isfinite(value)) return json_null();
    return json_integer((json_int_t)llround(fmin(fmax(value, -ROUNDED_MOST), ROUNDED_MOST)));
}

hb_json *hb_json_text(const char *bytes)
{
    if (bytes == NULL) return json_null();
    size_t n;
    char *clean = hb_utf8_clean(bytes, strlen(bytes), &n);
    if (clean == NULL) return NULL;
    hb_json *value = json_stringn_nocheck(clean, n);
    hb_free(clean);
    return value;
}

hb_json *hb_json_address(uint64_t address)
{
    char hex[24];
    if (address == 0) return json_null();
    snprintf(hex, sizeof hex, "0x%" PRIx64, address);
    return json_string_nocheck(hex);
}

/* json_dump_callback: 0, or -1 to stop. */
static int write_piece(const char *piece, size_t n, void *out)
{
    return fwrite(piece, 1, n, out) == n ? 0 : -1;
}

int hb_json_print(const hb_json *document, FILE *out)
{
    return json_dump_callback(document, write_piece, out, JSON_INDENT(2));
}

hb_status hb_json_end_line(const hb_json_builder *b, hb_json *line, FILE *out)
{
    const int failed = b->failed || (json_dump_callback(line, write_piece, out, JSON_COMPACT) != 0 && !ferror(out));
    if (!failed) (void)fputc('\n', out);
    json_decref(line);
    return failed ? HB_ERR_MEMORY : HB_OK;
}

void hb_json_free(hb_json *document)
{
    json_decref(document);
}
