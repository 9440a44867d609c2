#include "fleet/allow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define DIGITS 16

/* 1: *print is set; 0: the line says nothing; -1: it is something else. */
static int read_line(char *line, size_t n, uint64_t *print)
{
    if (memchr(line, '\0', n) != NULL) return -1;
    line[strcspn(line, "#\r\n")] = '\0';
    line += strspn(line, " \t");
    if (*line == '\0') return 0;
    const size_t digits = strspn(line, "0123456789abcdefABCDEF");
    if (digits != DIGITS || line[digits + strspn(line + digits, " \t")] != '\0') return -1;
    *print = strtoull(line, NULL, 16);
    return 1;
}

hb_status hb_allow_read(const char *path, hb_allow *out, hb_error *err)
{
    char *line = NULL;
    size_t room = 0, cap = 0;
    ssize_t n;
    hb_status status = HB_OK;
    *out = (hb_allow){ 0 };
    FILE *in = fopen(path, "r");
    if (in == NULL) return hb_error_set(err, HB_ERR_IO, path, HB_NO_BYTE, "cannot be read: %s", strerror(errno));
    for (uint64_t number = 1; (n = getline(&line, &room, in)) >= 0; number++) {
        uint64_t print = 0;
        const int what = read_line(line, (size_t)n, &print);
        if (what < 0)
            HB_TRY(hb_error_set(err, HB_ERR_USAGE, path, HB_NO_BYTE,
                                "line %llu is no fingerprint: 16 hexadecimal digits, and # before a comment",
                                (unsigned long long)number));
        if (what == 0) continue;
        HB_TRY(hb_grow(&out->prints, &cap, out->n + 1, sizeof *out->prints));
        out->prints[out->n++] = print;
    }
    if (ferror(in)) status = hb_error_set(err, HB_ERR_IO, path, HB_NO_BYTE, "cannot be read: %s", strerror(errno));
out:
    free(line);
    (void)fclose(in);
    if (status != HB_OK) hb_allow_fini(out);
    return status;
}

int hb_allow_has(const hb_allow *allow, const char *fingerprint)
{
    const uint64_t print = strtoull(fingerprint, NULL, 16);
    for (size_t i = 0; i < allow->n; i++)
        if (allow->prints[i] == print) return 1;
    return 0;
}

void hb_allow_fini(hb_allow *allow)
{
    hb_free(allow->prints);
    *allow = (hb_allow){ 0 };
}
