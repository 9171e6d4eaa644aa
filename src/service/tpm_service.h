/* SPDX-License-Identifier: Apache-2.0 */
/* What the service keeps for POST /attest/Tpm between requests. */
#ifndef ASSAY_SERVICE_TPM_SERVICE_H
#define ASSAY_SERVICE_TPM_SERVICE_H

#include <pthread.h>

#include <assay/tpm.h>

#include "app/challenges.h"
#include "service/service.h"

/* Trust anchors as they were read; immutable, counted. */
struct assay_tpm_trust {
	struct assay_trust		 roots, intermediates;
	struct assay_tpm_anchors	*anchors;
	size_t				 users;
};

struct assay_tpm_service {
	struct assay_service_context_key key;
	struct assay_challenges		*challenges;
	int64_t				 lifetime;	/* milliseconds */
	struct assay_tpm_settings	 settings;
	char				*claim_prefix;
	pthread_mutex_t			 lock;		/* of trust */
	struct assay_tpm_trust		*trust;
};

/* Needs configuration, issuer and keys of the service. */
ASSAY_MUST_USE bool assay_tpm_service_open(
    const struct assay_service *service, struct assay_tpm_service **out,
    struct assay_error *err);
void assay_tpm_service_free(struct assay_tpm_service *tpm);	/* or NULL */
/* Read the files of trust anchors and what is revoked again; on failure the
 * old ones stay. */
ASSAY_MUST_USE bool assay_tpm_service_reload(
    const struct assay_service *service, struct assay_error *err);

/* The anchors of now; give them back with assay_tpm_trust_release(). */
struct assay_tpm_trust *assay_tpm_trust_get(struct assay_tpm_service *tpm);
void assay_tpm_trust_release(struct assay_tpm_service *tpm,
    struct assay_tpm_trust *trust);

#endif
