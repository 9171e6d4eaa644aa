/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens (JWT, RFC 7519; JWS compact, RFC 7515) and the keys that verify
 * them. Never follows jku, x5u, jwk or x5c of a header; kid is only an index
 * into the given key set; the algorithm is fixed by the key (RFC 8725).
 */
#ifndef ASSAY_TOKEN_H
#define ASSAY_TOKEN_H

#include <assay/error.h>

/*
 * Public keys by kid, from a JWKS (RFC 7517): {"keys":[...]} with the key in
 * x5c[0], in n and e, or in x and y. Who serves the set is trusted: where it
 * comes from must be configured, never taken from a token. Keys of kinds that
 * are not supported, broken or too short are ignored (a token that names one
 * is refused, saying why); a kid that occurs twice or a private key refuses
 * the whole set: KEY_INVALID, JSON_*, LIMIT_EXCEEDED. Certificates are
 * containers of keys, no more.
 *
 * Each key verifies one algorithm: that of its alg member, else RS256 for RSA,
 * ES256 for P-256, ES384 for P-384. Immutable, shareable between threads.
 */
struct assay_keyset;
ASSAY_API bool assay_keyset_parse(struct assay_bytes jwks,
    struct assay_keyset **out, struct assay_error *err);
ASSAY_API void assay_keyset_free(struct assay_keyset *set);	/* or NULL */
/* Usable keys: may be 0. */
ASSAY_API size_t assay_keyset_count(const struct assay_keyset *set);
/* "" if the key has none; NULL if index is not below the count. Borrowed. */
ASSAY_API const char *assay_keyset_kid(const struct assay_keyset *set,
    size_t index);

struct assay_token_expectations {
	int64_t			 now;
	int64_t			 skew;		/* seconds, both ends */
	const char		*issuer;	/* required, compared exactly */
	const char		*audience;	/* NULL: aud is not looked at */
	bool			 allow_unsecured; /* alg none: drafts; never
						     for a decision */
};

/* Owned by the caller; free with assay_token_free(). */
struct assay_token {
	char	*header;	/* JSON text */
	char	*payload;	/* JSON text; "" only from assay_token_decode */
	bool	 verified;	/* signature good; false only for unsecured */
	int64_t	 iat, nbf, exp;	/* 0: not there */
};

/*
 * Verify a token under a key of the set and check what it says of itself:
 * three parts in canonical base64url; typ absent or JWT; no crit; the kid
 * names a key (a token without kid is taken only if the set has one key);
 * alg is that key's; the signature; one JSON object, no name twice; iss; exp
 * there and after now, nbf and iat, if there, not after now, within the skew
 * (at most 300 seconds count); aud if asked. It does not look at claims about
 * the evidence: see assay_token_require().
 *
 * TOKEN_MALFORMED, TOKEN_HEADER, ALGORITHM_REFUSED, TOKEN_KEY_UNKNOWN,
 * SIGNATURE_INVALID, TOKEN_ISSUER, TOKEN_EXPIRED, TOKEN_NOT_YET_VALID,
 * TOKEN_CLAIM, LIMIT_EXCEEDED. out is filled only on success.
 *
 *	struct assay_token_expectations expect = {
 *		.now = time(NULL), .skew = 30,
 *		.issuer = "https://attest.example",
 *	};
 *
 *	if (!assay_token_verify(text, keys, &expect, &token, &err))
 *		errx(1, "%s", err.text);
 *	if (!assay_token_require(&token, "x-ms-sgx-is-debuggable", "false",
 *	    &err) || !assay_token_require(&token, "x-ms-sgx-mrsigner",
 *	    "83d7...", &err))
 *		errx(1, "%s", err.text);
 */
ASSAY_API bool assay_token_verify(struct assay_bytes token,
    const struct assay_keyset *keys,
    const struct assay_token_expectations *expect, struct assay_token *out,
    struct assay_error *err);
/*
 * Split and decode without any trust: to look at, never to decide. The
 * payload must be a JSON object or empty. TOKEN_MALFORMED, TOKEN_HEADER.
 */
ASSAY_API bool assay_token_decode(struct assay_bytes token,
    struct assay_token *out, struct assay_error *err);
ASSAY_API void assay_token_free(struct assay_token *token);

/*
 * Is there a claim "name" whose value is this string, the decimal text of
 * this integer, or this boolean ("true", "false")? If no member has the whole
 * name, the part before its first dot names an object to look into: a.b.c.
 * TOKEN_CLAIM if not, saying what was found. It trusts the payload: verify
 * first, and look at token->verified.
 */
ASSAY_API bool assay_token_require(const struct assay_token *token,
    const char *name, const char *value, struct assay_error *err);

#endif
