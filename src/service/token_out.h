/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens that the service gives out (api.md sections 4 to 6). */
#ifndef ASSAY_SERVICE_TOKEN_OUT_H
#define ASSAY_SERVICE_TOKEN_OUT_H

#include <jansson.h>

#include "service/service.h"

#define ASSAY_TOKEN_LIFETIME_ATTEST	28800
#define ASSAY_TOKEN_LIFETIME_POLICY	3600
#define ASSAY_TOKEN_LIFETIME_REPORT	86400	/* of a TPM, by default */
/*
 * iat and nbf lie this much in the past: SDKs that check them without slack
 * run on machines whose clock is a little behind (pains.md 4).
 */
#define ASSAY_TOKEN_BACKDATE		10

enum assay_token_seal {
	ASSAY_TOKEN_SIGNED,
	/* alg none: the answer to a draft policy, never anything else. */
	ASSAY_TOKEN_UNSECURED,
};

/*
 * Append {"token":"..."} with claims, iss, iat, nbf and exp. claims is an
 * object, and is changed.
 */
ASSAY_MUST_USE bool assay_token_out(struct assay_service *service,
    json_t *claims, int64_t lifetime, enum assay_token_seal seal,
    struct assay_buffer *body, struct assay_error *err);
/* The token alone. */
ASSAY_MUST_USE bool assay_token_make(struct assay_service *service,
    json_t *claims, int64_t lifetime, enum assay_token_seal seal,
    struct assay_buffer *token, struct assay_error *err);
/*
 * The report of a TPM: claims with iss, iat, exp, and nbf five minutes before
 * iat; the header has kid and x5c, or x5t instead of x5c, as Azure
 * Attestation's has (tpm.md section 5).
 */
ASSAY_MUST_USE bool assay_token_report(struct assay_service *service,
    json_t *claims, int64_t lifetime, bool omit_x5c,
    struct assay_buffer *token, struct assay_error *err);

#endif
