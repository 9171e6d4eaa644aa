/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payload of an attestation token, but for what the signer adds: the
 * service's claims, what the policy issued (inside x-ms-policy and again at
 * top level), sorted. Source: api.md section 4.
 */
#ifndef ASSAY_ATTEST_TOKEN_CLAIMS_H
#define ASSAY_ATTEST_TOKEN_CLAIMS_H

#include <assay/attest.h>

struct assay_token_claims_parts {
	struct assay_claims	*service;
	struct assay_claims	*issued;	/* or NULL */
	/* Claims of the service that are not in the token by themselves, but
	 * that the policy may put there unchanged; or NULL. */
	struct assay_claims	*known;
	bool			 flat;	/* no x-ms-policy: TPM reports */
	const char		*policy_hash;	/* or NULL */
	struct assay_bytes	 nonce;		/* JSON text; empty: none */
};

/*
 * Compact JSON, to be free()d. POLICY_RUNTIME_ERROR if the policy issued a
 * claim that only the service may make, or that contradicts one that it made;
 * BAD_FIELD for a nonce that is neither string nor integer.
 */
ASSAY_MUST_USE bool assay_token_claims_make(
    const struct assay_token_claims_parts *parts, char **out,
    struct assay_error *err);

#endif
