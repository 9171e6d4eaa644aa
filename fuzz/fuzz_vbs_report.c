/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: the report package of a VBS enclave. */
#include <stdlib.h>

#include "evidence/vbs_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_vbs_report report;
	struct assay_vbs_module module;
	struct assay_error err = { 0 };

	if (!assay_vbs_report_parse((struct assay_bytes){ data, len },
	    &report, &err)) {
		if (err.code == ASSAY_ERR_OK)
			abort();
		return 0;
	}
	if (report.enclave_data.len != 64 || report.author_id.len != 32)
		abort();
	for (size_t i = 0; i < report.n_modules; i++) {
		assay_vbs_report_module(&report, i, &module);
		if (module.unique_id.len != 32)
			abort();
	}
	return 0;
}
