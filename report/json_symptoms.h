/* What the series shows before any path, as JSON. */
#ifndef HB_REPORT_JSON_SYMPTOMS_H
#define HB_REPORT_JSON_SYMPTOMS_H

#include "report/json_out.h"
#include "report/report.h"

/* A key of a series. */
void hb_json_put_symptoms(hb_json_builder *builder, hb_json *object, const hb_series_report *series);

#endif
