#include "report/time_source.h"

const char *hb_time_source_name(hb_time_source source)
{
    static const char *const names[] = { "none", "manifest", "name", "sidecar", "mtime" };
    return names[source];
}
