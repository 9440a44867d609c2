/* What tells when a dump was taken. Local. */
#ifndef HB_REPORT_TIME_SOURCE_H
#define HB_REPORT_TIME_SOURCE_H

/* docs/REPORT.md says what each is. */
typedef enum hb_time_source {
    HB_TIME_NONE,
    HB_TIME_MANIFEST,
    HB_TIME_NAME,
    HB_TIME_SIDECAR,
    HB_TIME_MTIME
} hb_time_source;

/* "none", "manifest", "name", "sidecar", "mtime". */
const char *hb_time_source_name(hb_time_source source);

#endif
