/* SPDX-License-Identifier: Apache-2.0 */
/* What the public <assay/token.h> and signed policies have in common. */
#ifndef ASSAY_TOKEN_JWT_H
#define ASSAY_TOKEN_JWT_H

#include <assay/token.h>

#include "token/jws.h"

struct assay_jwt_times {
	int64_t	iat, nbf, exp;	/* 0: not there */
};

/*
 * typ absent or JWT in any case (RFC 7519 section 5.1), so that a token made
 * for another purpose is not taken for ours (RFC 8725 section 3.11); cty
 * absent, since a payload is claims and nothing else. TOKEN_HEADER.
 */
ASSAY_MUST_USE bool assay_jwt_check_type(const struct assay_jws *jws,
    struct assay_error *err);
/*
 * The payload as one JSON object; a new reference, NULL on failure:
 * TOKEN_MALFORMED, LIMIT_EXCEEDED.
 */
ASSAY_MUST_USE json_t *assay_jwt_payload(const struct assay_jws *jws,
    struct assay_error *err);
/*
 * iat, nbf, exp (RFC 7519 section 4.1), fractions cut off, TOKEN_CLAIM if one
 * is no sane number; then against now: TOKEN_EXPIRED, TOKEN_NOT_YET_VALID.
 * skew is cut to 0 to 300 seconds.
 */
ASSAY_MUST_USE bool assay_jwt_read_times(const json_t *payload,
    struct assay_jwt_times *out, struct assay_error *err);
ASSAY_MUST_USE bool assay_jwt_check_times(const struct assay_jwt_times *t,
    int64_t now, int64_t skew, struct assay_error *err);

/*
 * Append the header of an attestation token: exactly alg, jku, kid and typ,
 * sorted (Azure Attestation; the C++ and JS clients read all four). alg NULL
 * is "none", for answers to draft policies.
 */
ASSAY_MUST_USE bool assay_jwt_header(const char *alg, const char *jku,
    const char *kid, struct assay_buffer *out, struct assay_error *err);

#endif
