/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens (JWT, RFC 7519; JWS compact, RFC 7515) and the keys that verify
 * them. Never follows jku, x5u, jwk or x5c of a header; kid is only an index
 * into the given key set; the algorithm is fixed by the key (RFC 8725).
 */
#ifndef ASSAY_TOKEN_H
#define ASSAY_TOKEN_H

#include <assay/error.h>

/* Public keys by kid, from a JWKS (RFC 7517: x5c[0], or n/e, or x/y). */
struct assay_keyset;
ASSAY_API bool assay_keyset_parse(struct assay_bytes jwks,
    struct assay_keyset **out, struct assay_error *err);
ASSAY_API void assay_keyset_free(struct assay_keyset *set);
ASSAY_API size_t assay_keyset_count(const struct assay_keyset *set);

struct assay_token_expectations {
	int64_t			 now;
	int64_t			 skew;		/* seconds, both ends */
	const char		*issuer;	/* required, compared exactly */
	const char		*audience;	/* NULL: aud is not looked at */
	bool			 allow_unsecured; /* alg none: drafts; never
						     for a decision */
};

/* Owned by the caller after verify; free with assay_token_free(). */
struct assay_token {
	char	*header;	/* JSON text */
	char	*payload;	/* JSON text */
	bool	 verified;	/* signature good; false only for unsecured */
	int64_t	 iat, nbf, exp;
};

/*
 * TOKEN_MALFORMED, TOKEN_HEADER, ALGORITHM_REFUSED, TOKEN_KEY_UNKNOWN,
 * SIGNATURE_INVALID, TOKEN_ISSUER, TOKEN_EXPIRED, TOKEN_NOT_YET_VALID,
 * TOKEN_CLAIM. out is filled only on success.
 */
ASSAY_API bool assay_token_verify(struct assay_bytes token,
    const struct assay_keyset *keys,
    const struct assay_token_expectations *expect, struct assay_token *out,
    struct assay_error *err);
/* Split and decode without any trust: to look at, never to decide. */
ASSAY_API bool assay_token_decode(struct assay_bytes token,
    struct assay_token *out, struct assay_error *err);
ASSAY_API void assay_token_free(struct assay_token *token);

/*
 * Is there a claim "name" (a path a.b.c into objects if no member has the
 * whole name) whose value equals value as text, number or boolean?
 */
ASSAY_API bool assay_token_require(const struct assay_token *token,
    const char *name, const char *value, struct assay_error *err);

#endif
