#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

void hb_error_clear(hb_error *err)
{
    err->code = HB_OK;
    err->byte = HB_NO_BYTE;
    err->path[0] = '\0';
    err->message[0] = '\0';
}

hb_status hb_error_set(hb_error *err, hb_status code, const char *path, uint64_t byte, const char *format, ...)
{
    if (err == NULL || err->code != HB_OK) return code;
    err->code = code;
    err->byte = byte;
    snprintf(err->path, sizeof err->path, "%s", path != NULL ? path : "");
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return code;
}
