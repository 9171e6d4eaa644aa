/* SPDX-License-Identifier: Apache-2.0 */
/* Trust anchors and what was verified with them, kept for the next time. */
#ifndef ASSAY_ATTEST_VERIFIER_H
#define ASSAY_ATTEST_VERIFIER_H

#include <assay/attest.h>

#include "collateral/platform.h"

/* Where one attestation gets its platform. Borrows everything. */
struct assay_verifier_lookup {
	struct assay_verifier			*verifier;
	const struct assay_collateral_source	*source;
	uint32_t				 number; /* 0, or the
						tcbEvaluationDataNumber */
};
struct assay_platform_keeper assay_verifier_keeper(
    struct assay_verifier_lookup *lookup);

#endif
