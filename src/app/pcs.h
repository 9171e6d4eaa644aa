/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One document of collateral from a provisioning certification service:
 * Intel's own (PCS) or a caching one (PCCS). Source: Intel SGX and TDX PCS
 * API 4, SGX PCCS design guide section 3. Nothing here is verified.
 */
#ifndef ASSAY_APP_PCS_H
#define ASSAY_APP_PCS_H

#include "app/collateral_list.h"

/*
 * Where collateral is asked for; text as the operator writes it:
 *
 *	intel			Intel's service
 *	pcs:URL			a service with Intel's paths at URL
 *	pccs:URL		a PCCS at URL
 */
struct assay_pcs_source {
	bool		 pccs;
	char		*url;		/* without trailing slash */
	char		*root_crl_url;
};
/* CONFIG_INVALID; an address must be https, or http on loopback. */
ASSAY_MUST_USE bool assay_pcs_source_parse(const char *text,
    struct assay_pcs_source *out, struct assay_error *err);
void assay_pcs_source_free(struct assay_pcs_source *source);

struct assay_pcs_options {
	const char	*update;	/* "standard" or "early" */
	const char	*cacert;	/* PEM file; NULL: the system's CAs */
	int64_t		 deadline_ms;
	int64_t		 now;		/* when it is obtained */
};

/*
 * Get what want names (kind, tee, fmspc, ca; number 0: as update says) and
 * add it to list, with its issuer chain. FETCH_FAILED, FETCH_REFUSED: no
 * answer. COLLATERAL_MISSING: the service does not have it. A MALFORMED
 * error: the answer is not what was asked for. *retry_after is in seconds,
 * -1 if the service did not say.
 */
ASSAY_MUST_USE bool assay_pcs_get(const struct assay_pcs_source *source,
    const struct assay_pcs_options *opt,
    const struct assay_collateral_item *want,
    struct assay_collateral_list *list, int64_t *retry_after,
    struct assay_error *err);

#endif
