/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys as JSON (RFC 7517): RSA by n and e, EC by crv, x and y, either
 * by the first certificate of x5c. Certificates are containers of keys here:
 * neither their validity nor their issuer is looked at.
 */
#ifndef ASSAY_TOKEN_JWK_H
#define ASSAY_TOKEN_JWK_H

#include <jansson.h>

#include "crypto/cert.h"
#include "crypto/sigver.h"

#define ASSAY_JWK_THUMBPRINT_TEXT 44	/* base64url of 32 bytes, NUL */

struct assay_jwk {
	struct assay_pkey	*key;
	enum assay_sig_alg	 alg;	/* the only one that it verifies */
	char			*kid;	/* "" if it has none */
};

/*
 * Is this a key that we can use at all? False for kty, crv or alg of other
 * kinds and for keys that are not for signatures: a set may hold them, and
 * they are ignored (RFC 7517 section 5).
 */
bool assay_jwk_usable(const json_t *jwk);
/*
 * Members that say the same key twice must agree (RFC 7517 section 4.7).
 * KEY_INVALID; also if it holds a private member. Free with assay_jwk_free().
 */
ASSAY_MUST_USE bool assay_jwk_parse(const json_t *jwk, struct assay_jwk *out,
    struct assay_error *err);
void assay_jwk_free(struct assay_jwk *jwk);

/*
 * The certificates of an x5c value: 1 to max base64 DER texts. Free each of
 * out[0..*n). TOKEN_HEADER if it is no such array, else what
 * assay_cert_parse() says.
 */
ASSAY_MUST_USE bool assay_jwk_x5c_parse(const json_t *x5c,
    struct assay_cert **out, size_t max, size_t *n, struct assay_error *err);

/* {"kty","n","e"} or {"kty","crv","x","y"}; a new reference or NULL. */
ASSAY_MUST_USE json_t *assay_jwk_of_key(const struct assay_pkey *key,
    struct assay_error *err);
/* {"kty","x5c":[...]} as /certs publishes it; a new reference or NULL. */
ASSAY_MUST_USE json_t *assay_jwk_of_certs(
    const struct assay_cert *const *certs, size_t n, struct assay_error *err);
/* SHA-256 thumbprint (RFC 7638), base64url. */
ASSAY_MUST_USE bool assay_jwk_thumbprint(const struct assay_pkey *key,
    char out[ASSAY_JWK_THUMBPRINT_TEXT], struct assay_error *err);

#endif
