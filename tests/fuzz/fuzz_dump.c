/* Small dumps to both reports: the bytes as a file, plain or gzip as they begin, and when the first byte is odd what follows it twice,
 * as an older dump cut off at a byte that it chooses. The finished answer is checked (--validate); the last dump is read
 * three times, to its contents (--show-values). */
#include "tests/fuzz/fuzz_file.h"
#include "tests/hostile/whole.h"

static whole program;
static char older[64];

static void leave(void)
{
    unlink(older);
    whole_close(&program);
}

static void start(void)
{
    static char *args[] = { (char *)"--validate", (char *)"--show-values", (char *)"--min-retained", (char *)"0" };
    whole_open(&program, sizeof args / sizeof *args, args);
    snprintf(older, sizeof older, "%s/hb-fuzz-older-%d", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
    atexit(leave);
}

static void write_older(const uint8_t *bytes, size_t n)
{
    FILE *out = fopen(older, "wb");
    DEMAND(out != NULL && fwrite(bytes, 1, n, out) == n && fclose(out) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2) return 0;
    if (older[0] == '\0') start();
    char newest[64];
    char *paths[] = { older, newest };
    snprintf(newest, sizeof newest, "%s", fuzz_file(bytes + 1, n - 1));
    const int two = (bytes[0] & 1) != 0;
    if (two) write_older(bytes + 1, (n - 1) * bytes[0] / 255);
    hb_report report;
    whole_analyse(&program, two ? paths : paths + 1, two ? 2 : 1, &report);
    hb_report_fini(&report);
    return 0;
}
