/* The manifest: series and times of any bytes, or an error that names the line. */
#include "base/log.h"
#include "fleet/manifest.h"
#include "tests/fuzz/fuzz_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    hb_series_list list = { 0 };
    hb_error error;
    hb_error_clear(&error);
    hb_log_init(HB_LOG_ERROR, -1);
    const hb_status status = hb_manifest_read(fuzz_file(bytes, n), &list, &error);
    DEMAND(status == HB_OK || (status == HB_ERR_USAGE && error.message[0] != '\0'));
    for (size_t i = 0; i < list.n; i++) {
        DEMAND(list.items[i].name != NULL && list.items[i].n_paths > 0);
        for (size_t k = 0; k < list.items[i].n_paths; k++) DEMAND(list.items[i].paths[k][0] != '\0');
    }
    hb_series_list_fini(&list);
    return 0;
}
