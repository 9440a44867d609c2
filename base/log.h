/* Log lines on standard error, one a stage: what, wall time, CPU ratio, amounts, rate, peak memory.
 * The only mutable file-scope state of the program besides memory's: level and rank. */
#ifndef HB_BASE_LOG_H
#define HB_BASE_LOG_H

typedef enum hb_log_level { HB_LOG_ERROR, HB_LOG_WARN, HB_LOG_INFO, HB_LOG_DEBUG } hb_log_level;

/* rank < 0: lines carry no rank. Lines below `level` are dropped. */
void hb_log_init(hb_log_level level, int rank);

/* Whether a line of this level would be written. */
int hb_log_enabled(hb_log_level level);

/* One line; control characters (C0, DEL, and C1 as UTF-8 has them) become '?' so that no text from a dump can steer
 * a terminal. */
void hb_log(hb_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "error", "warn", "info", "debug" to the level; -1 when it is none of them. */
int hb_log_level_parse(const char *name);

#endif
