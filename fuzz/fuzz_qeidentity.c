/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: an enclave identity document. */
#include "collateral/qeidentity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_qe_identity *identity = NULL;
	struct assay_signed_json doc = { 0 };
	struct assay_checks checks = { 0 };
	struct assay_error err = { 0 };

	if (assay_signed_json_parse((struct assay_bytes){ data, len },
	    &assay_qe_identity_rules, &doc, &err) &&
	    assay_qe_identity_read(doc.body, &checks, &identity, &err))
		(void)assay_svn_levels_match(&identity->levels, 5);
	assay_qe_identity_free(identity);
	assay_signed_json_free(&doc);
	return 0;
}
