/* The journal of --out: any bytes are read, and what a run that follows adds is read after them. */
#include "fleet/journal.h"
#include "tests/fuzz/fuzz_file.h"

#define ID UINT64_C(0x0123456789abcdef)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    hb_table known;
    uint64_t n_torn = 0;
    int fd;
    hb_error error;
    hb_error_clear(&error);
    const char *path = fuzz_file(bytes, n);
    DEMAND(hb_journal_read(path, &known, &n_torn, &error) == HB_OK && n_torn <= n);
    hb_table_fini(&known);
    DEMAND(hb_journal_open(path, &fd, &error) == HB_OK);
    DEMAND(hb_journal_begin(fd, path, 1, &error) == HB_OK && hb_journal_start(fd, path, ID, 0, &error) == HB_OK &&
           hb_journal_done(fd, path, ID, 7, &error) == HB_OK);
    close(fd);
    DEMAND(hb_journal_read(path, &known, &n_torn, &error) == HB_OK);
    const uint64_t id = ID, *row = hb_table_find(&known, &id);
    DEMAND(row != NULL && row[HB_JOURNAL_IS_DONE] == 1 && row[HB_JOURNAL_HASH] == 7);
    hb_table_fini(&known);
    return 0;
}
