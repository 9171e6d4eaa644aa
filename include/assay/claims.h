/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claim sets: what is known about evidence, as (type, value, issuer). The
 * policy sees nothing else. Order of addition is kept.
 * Source: Azure Attestation, claim sets (spec: policy language section 3).
 */
#ifndef ASSAY_CLAIMS_H
#define ASSAY_CLAIMS_H

#include <assay/error.h>

/* Who asserts the claim. */
enum assay_claim_issuer {
	ASSAY_ISSUER_SERVICE,	/* "AttestationService": from the evidence */
	ASSAY_ISSUER_POLICY,	/* "AttestationPolicy": made by a rule */
	ASSAY_ISSUER_CUSTOM,	/* "CustomClaim": sent by the client */
};

enum assay_value_type {
	ASSAY_VALUE_STRING,
	ASSAY_VALUE_INTEGER,
	ASSAY_VALUE_BOOLEAN,
	/* JSON text: an object or array. A policy sees it as a String. */
	ASSAY_VALUE_JSON,
};

/* Borrowed from the set; text is followed by a NUL that len excludes. */
struct assay_claim {
	struct assay_bytes		type;
	enum assay_claim_issuer		issuer;
	enum assay_value_type		value_type;
	struct assay_bytes		text;		/* STRING, JSON */
	int64_t				integer;	/* INTEGER */
	bool				boolean;	/* BOOLEAN */
};

struct assay_claims;

/*
 * Makes the text of a claim when somebody first looks: for values that cost
 * much and that few policies read. *text is malloc()ed JSON text, which the
 * set then owns. Must be a pure function of ctx.
 */
struct assay_lazy_text {
	bool	(*make)(void *ctx, char **text, struct assay_error *err);
	void	*ctx;		/* outlives the set */
};

/* NULL when out of memory. */
ASSAY_API struct assay_claims *assay_claims_new(void);
ASSAY_API void assay_claims_free(struct assay_claims *set);	/* or NULL */

/*
 * Add one claim; everything is copied. Types and texts must be UTF-8 without
 * NUL (BAD_ENCODING), types not empty (BAD_FIELD); LIMIT_EXCEEDED when the
 * set is full. That a JSON text is JSON is the caller's care. Duplicates
 * (same type, value and issuer) are kept: a caller that wants a set asks
 * assay_claims_has().
 */
ASSAY_API bool assay_claims_add(struct assay_claims *set,
    const struct assay_claim *claim, struct assay_error *err);
ASSAY_API bool assay_claims_add_string(struct assay_claims *set,
    const char *type, struct assay_bytes value, struct assay_error *err);
ASSAY_API bool assay_claims_add_hex(struct assay_claims *set,
    const char *type, struct assay_bytes value, struct assay_error *err);
ASSAY_API bool assay_claims_add_integer(struct assay_claims *set,
    const char *type, int64_t value, struct assay_error *err);
ASSAY_API bool assay_claims_add_boolean(struct assay_claims *set,
    const char *type, bool value, struct assay_error *err);
ASSAY_API bool assay_claims_add_json(struct assay_claims *set,
    const char *type, struct assay_bytes text, struct assay_error *err);
/* The three above add with issuer SERVICE; so does this. */
ASSAY_API bool assay_claims_add_lazy(struct assay_claims *set,
    const char *type, struct assay_lazy_text lazy, struct assay_error *err);

ASSAY_API size_t assay_claims_count(const struct assay_claims *set);
/*
 * The claim at index (0 <= index < count); its text is made now if it was
 * lazy, which is the only way this can fail. Not for two threads at once on
 * a set that has lazy claims.
 */
ASSAY_API bool assay_claims_at(struct assay_claims *set, size_t index,
    struct assay_claim *out, struct assay_error *err);
/* The type alone, which never makes a text. */
ASSAY_API struct assay_bytes assay_claims_type_at(
    const struct assay_claims *set, size_t index);
/*
 * First claim of the type, or false. Makes a lazy text; false also if that
 * fails: where this matters, ask assay_claims_at().
 */
ASSAY_API bool assay_claims_find(struct assay_claims *set, const char *type,
    struct assay_claim *out);
/* STRING and JSON compare alike, since a policy sees both as String. */
ASSAY_API bool assay_claims_has(struct assay_claims *set,
    const struct assay_claim *claim);

/* "AttestationService", ...; static. */
ASSAY_API const char *assay_claim_issuer_name(enum assay_claim_issuer issuer);
/* "String", "Integer", "Boolean" ("String" for JSON); static. */
ASSAY_API const char *assay_value_type_name(enum assay_value_type type);

#endif
