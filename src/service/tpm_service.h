/* SPDX-License-Identifier: Apache-2.0 */
/* What the service keeps for POST /attest/Tpm between requests. */
#ifndef ASSAY_SERVICE_TPM_SERVICE_H
#define ASSAY_SERVICE_TPM_SERVICE_H

#include "service/challenges.h"
#include "service/service.h"

struct assay_tpm_service {
	struct assay_service_context_key key;
	struct assay_challenges		*challenges;
	int64_t				 lifetime;	/* milliseconds */
};

/* Needs configuration, issuer and keys of the service. */
ASSAY_MUST_USE bool assay_tpm_service_open(
    const struct assay_service *service, struct assay_tpm_service **out,
    struct assay_error *err);
void assay_tpm_service_free(struct assay_tpm_service *tpm);	/* or NULL */

#endif
