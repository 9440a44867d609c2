#include "fleet/query.h"

#include <string.h>

#include "base/memory.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* 0x and 1 to 16 digits; zeros before them are fine. */
static int read_address(const char *text, uint64_t *address)
{
    *address = 0;
    if (strncmp(text, "0x", 2) != 0 || text[2] == '\0') return 0;
    for (const char *p = text + 2; *p != '\0'; p++) {
        const int digit = hex_digit(*p);
        if (digit < 0 || *address >> 60 != 0) return 0;
        *address = *address << 4 | (unsigned)digit;
    }
    return 1;
}

/* The decimal number at the end, behind a colon; *colon is where that stands. */
static int read_line(char *text, char **colon, uint32_t *line)
{
    uint64_t value = 0;
    *colon = strrchr(text, ':');
    if (*colon == NULL || (*colon)[1] == '\0') return 0;
    for (const char *p = *colon + 1; *p != '\0'; p++) {
        if (*p < '0' || *p > '9') return 0;
        value = value * 10 + (unsigned)(*p - '0');
        if (value > UINT32_MAX) return 0;
    }
    *line = (uint32_t)value;
    return 1;
}

static hb_status read_class(hb_query *out)
{
    out->kind = HB_QUERY_CLASS;
    out->name = out->text + strlen("class:");
    out->n_name = strlen(out->name);
    return out->n_name > 0 ? HB_OK : HB_ERR_USAGE;
}

/* Where the file begins, a copy. */
static hb_status read_site(hb_query *out, char *name)
{
    char *colon;
    out->kind = HB_QUERY_SITE;
    out->name = name;
    if (!read_line(out->name, &colon, &out->line) || colon == out->name) return HB_ERR_USAGE;
    out->n_name = (size_t)(colon - out->name);
    return HB_OK;
}

hb_status hb_query_parse_path(const char *text, hb_query *out)
{
    hb_status status = HB_ERR_USAGE;
    *out = (hb_query){ .kind = HB_QUERY_ADDRESS };
    if (read_address(text, &out->address)) return HB_OK;
    const int is_class = strncmp(text, "class:", 6) == 0;
    if (!is_class && strncmp(text, "site:", 5) != 0) return HB_ERR_USAGE;
    out->text = hb_copy_text(text, strlen(text));
    if (out->text == NULL) return HB_ERR_MEMORY;
    status = is_class ? read_class(out) : read_site(out, out->text + strlen("site:"));
    if (status != HB_OK) hb_query_fini(out);
    return status;
}

hb_status hb_query_parse_site(const char *text, hb_query *out)
{
    *out = (hb_query){ .text = hb_copy_text(text, strlen(text)) };
    if (out->text == NULL) return HB_ERR_MEMORY;
    const hb_status status = read_site(out, out->text);
    if (status != HB_OK) hb_query_fini(out);
    return status;
}

hb_status hb_query_parse_referrers(const char *text, hb_query *out)
{
    *out = (hb_query){ .kind = HB_QUERY_REFERRERS };
    return read_address(text, &out->address) ? HB_OK : HB_ERR_USAGE;
}

void hb_query_fini(hb_query *query)
{
    hb_free(query->text);
    *query = (hb_query){ 0 };
}
