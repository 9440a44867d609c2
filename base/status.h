/* Status codes and error records.
 *
 * Every function that can fail returns hb_status and leaves its details in an hb_error, which the first
 * writer fills: later failures on the way out never overwrite the cause. Bad data that the program can live
 * with (an invalid line, a dangling reference) is counted, not reported here. */
#ifndef HB_BASE_STATUS_H
#define HB_BASE_STATUS_H

#include <stdint.h>

typedef enum hb_status {
    HB_OK = 0,
    HB_ERR_USAGE,       /* the command line or an argument is wrong */
    HB_ERR_DATA,        /* the input is unreadable or damaged from some byte on */
    HB_ERR_MEMORY,      /* an allocation failed */
    HB_ERR_IO,          /* the system refused a read or a write */
    HB_ERR_STOPPED      /* a signal asked for an end in order (base/stop.h) */
} hb_status;

typedef struct hb_error {
    hb_status code;
    uint64_t byte;      /* offset in the file as stored on disk; HB_NO_BYTE where none applies */
    char path[1024];    /* empty where no file is concerned; cut off when longer */
    char message[256];  /* one sentence: what is wrong and, where that is known, what to do */
} hb_error;

#define HB_NO_BYTE UINT64_MAX

/* Makes *err ready for its first writer. */
void hb_error_clear(hb_error *err);

/* Fills *err unless it is filled already (err may be NULL); returns code, so that a caller can
 * `return hb_error_set(...)`. path may be NULL. */
hb_status hb_error_set(hb_error *err, hb_status code, const char *path, uint64_t byte, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Leaves the function through its `out:` label when the call failed; needs a local `hb_status status`. */
#define HB_TRY(call)                  \
    do {                              \
        status = (call);              \
        if (status != HB_OK) goto out; \
    } while (0)

#endif
