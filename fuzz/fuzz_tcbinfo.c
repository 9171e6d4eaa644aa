/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: a TCB info document, then matching against what it says. */
#include <stdlib.h>

#include "collateral/tcbinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct assay_pck pck = { .components = { 7, 7, 3, 3, 255, 255 },
	    .pcesvn = 13 };
	const uint8_t svn[ASSAY_TCB_COMPONENTS] = { 5, 1, 3 };
	struct assay_tcb_info *info = NULL;
	struct assay_signed_json doc = { 0 };
	struct assay_checks checks = { 0 };
	struct assay_error err = { 0 };

	if (assay_signed_json_parse((struct assay_bytes){ data, len },
	    &assay_tcb_info_rules, &doc, &err) &&
	    assay_tcb_info_read(doc.body, &checks, &info, &err)) {
		(void)assay_tcb_info_match(info, &pck, NULL);
		(void)assay_tcb_info_match(info, &pck, svn);
		(void)assay_tcb_info_module(info, svn[1]);
		if (!assay_tcb_info_fits(info, &pck, ASSAY_TEE_SGX, &checks,
		    &err) && err.code == ASSAY_ERR_OK)
			abort();
	}
	assay_tcb_info_free(info);
	assay_signed_json_free(&doc);
	return 0;
}
