/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identity of Intel's quoting enclave, version 2. Source: Intel PCS API,
 * enclave identity; QVL EnclaveIdentityV2.
 */
#ifndef ASSAY_COLLATERAL_QEIDENTITY_H
#define ASSAY_COLLATERAL_QEIDENTITY_H

#include "collateral/signed_json.h"
#include "collateral/tcb.h"
#include "collateral/window.h"

enum assay_qe_id { ASSAY_QE, ASSAY_TD_QE, ASSAY_QVE };

struct assay_qe_identity {
	enum assay_qe_id	id;
	int64_t			issue_date, next_update;
	uint32_t		tcb_evaluation_data_number;
	/* As bytes in the order of an enclave report. */
	uint8_t			miscselect[4], miscselect_mask[4];
	uint8_t			attributes[16], attributes_mask[16];
	uint8_t			mrsigner[32];
	uint16_t		isvprodid;
	struct assay_svn_levels	levels;
};

extern const struct assay_signed_json_rules assay_qe_identity_rules;

/*
 * Read the inner object. SGX_ENCLAVE_IDENTITY_UNSUPPORTED_VERSION,
 * SGX_ENCLAVE_IDENTITY_INVALID. Free with assay_qe_identity_free().
 */
ASSAY_MUST_USE bool assay_qe_identity_read(const json_t *body,
    struct assay_checks *checks, struct assay_qe_identity **out,
    struct assay_error *err);
void assay_qe_identity_free(struct assay_qe_identity *q);
struct assay_window assay_qe_identity_window(
    const struct assay_qe_identity *q);

#endif
