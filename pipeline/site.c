#include "pipeline/site.h"

#include "base/memory.h"

static int is_of(const char *site, size_t n, const char *file, size_t n_file, uint32_t line)
{
    if (hb_site_split(site, &n) != line || n < n_file || memcmp(site + n - n_file, file, n_file) != 0) return 0;
    return n == n_file || site[n - n_file - 1] == '/';
}

hb_status hb_site_find(const hb_intern *sites, const char *file, size_t n_file, uint32_t line, uint8_t **out)
{
    *out = hb_alloc_zero(sites->n, 1);
    if (*out == NULL) return HB_ERR_MEMORY;
    for (uint32_t id = 0; id < sites->n; id++) {
        size_t n;
        const char *site = hb_intern_text(sites, id, &n);
        (*out)[id] = (uint8_t)is_of(site, n, file, n_file, line);
    }
    return HB_OK;
}
