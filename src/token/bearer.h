/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bearer tokens (RFC 6750) of OpenID Connect issuers: access tokens as JWT
 * (RFC 9068, and what issuers sent before it) that say who calls. Whoever
 * verifies says which issuer, keys, algorithms and audiences; the token is
 * only asked which of the issuers it claims to be from.
 */
#ifndef ASSAY_TOKEN_BEARER_H
#define ASSAY_TOKEN_BEARER_H

#include "base/check.h"
#include "token/keyset.h"
#include "token/jws.h"

/* What tokens of one issuer must be. Borrowed. */
struct assay_bearer_rules {
	const char		*issuer;	/* compared exactly */
	/* One of them must be in aud; none: no token is for this service. */
	const char *const	*audiences;
	size_t			 n_audiences;
	uint32_t		 algs;	/* 1u << enum assay_sig_alg, each */
	int64_t			 skew;	/* seconds; at most 300 count */
};

/* Taken apart, and not trusted. Free with assay_bearer_free(). */
struct assay_bearer {
	struct assay_jws	 jws;
	json_t			*payload;	/* an object */
	/* Borrowed from the token: */
	struct assay_bytes	 issuer;	/* iss; claimed */
	struct assay_bytes	 kid;		/* ptr NULL: none */
};

/*
 * A signed JWS whose payload is one object with a string iss. TOKEN_MALFORMED,
 * TOKEN_HEADER, TOKEN_ISSUER, LIMIT_EXCEEDED.
 */
ASSAY_MUST_USE bool assay_bearer_parse(struct assay_bytes text,
    struct assay_bearer *out, struct assay_error *err);
void assay_bearer_free(struct assay_bearer *bearer);

/*
 * Is it a token of this issuer, for one of these audiences, at this time?
 * Named checks bearer-*, all of which must have been made. ALGORITHM_REFUSED,
 * TOKEN_HEADER, TOKEN_KEY_UNKNOWN, SIGNATURE_INVALID, TOKEN_ISSUER,
 * TOKEN_EXPIRED, TOKEN_NOT_YET_VALID, TOKEN_CLAIM. It looks at no role.
 */
ASSAY_MUST_USE bool assay_bearer_verify(const struct assay_bearer *bearer,
    const struct assay_bearer_rules *rules, const struct assay_keyset *keys,
    int64_t now, struct assay_checks *checks, struct assay_error *err);

/* Of a verified one: sub, borrowed. */
struct assay_bytes assay_bearer_subject(const struct assay_bearer *bearer);

/* Where an issuer's tokens say which roles the caller has. Borrowed. */
struct assay_bearer_claim {
	const char *const	*path;	/* members, from the outside in */
	size_t			 n;
	/* A string is words with spaces between, as scope (RFC 8693 section
	 * 4.2), and not one name. */
	bool			 words;
};
/*
 * Does a verified token have this role there: as a string, or in an array of
 * them? Exact spelling. False for anything of another type.
 */
bool assay_bearer_has_role(const struct assay_bearer *bearer,
    const struct assay_bearer_claim *claim, const char *role);

#endif
