/* The findings of a fleet, as JSON. */
#ifndef HB_REPORT_JSON_FLEET_H
#define HB_REPORT_JSON_FLEET_H

#include "report/json_out.h"
#include "report/report.h"

/* Keys of the fleet. */
void hb_json_put_totals(hb_json_builder *builder, hb_json *fleet, const hb_report *report);
void hb_json_put_findings(hb_json_builder *builder, hb_json *fleet, const hb_report *report);

#endif
