/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies in force, compiled and ready for every thread, and the
 * signers that may change them. What is in force is what the store holds:
 * a change is stored first, takes effect for every request that begins
 * after that, and only then is acknowledged.
 */
#ifndef ASSAY_SERVICE_POLICIES_H
#define ASSAY_SERVICE_POLICIES_H

#include <jansson.h>

#include "service/route.h"
#include "token/policy_jws.h"

/* One policy in force; immutable, counted. */
struct assay_policy_entry {
	struct assay_bytes	 jws;		/* verbatim, or of the default */
	struct assay_policy	*policy;	/* NULL: none, nothing passes */
	struct assay_error	 broken;	/* why a set one is not there */
	/* {"alg","kty","use","x5c"} of a signed one; NULL: unsigned. */
	json_t			*signer;
};

ASSAY_MUST_USE bool assay_policies_open(struct assay_service *service,
    struct assay_policies **out, struct assay_error *err);
void assay_policies_free(struct assay_policies *policies);	/* or NULL */
/* Take over what another process has stored. */
ASSAY_MUST_USE bool assay_policies_reload(struct assay_policies *policies,
    struct assay_error *err);

/* Can every policy in force be used? POLICY_UNUSABLE, naming the first. */
ASSAY_MUST_USE bool assay_policies_usable(struct assay_policies *policies,
    struct assay_error *err);

/* Changes must be signed by a management certificate. */
bool assay_policies_isolated(const struct assay_policies *policies);

/* Never NULL; give it back with assay_policy_entry_release(). */
const struct assay_policy_entry *assay_policies_get(
    struct assay_policies *policies, const struct assay_type *type);
void assay_policy_entry_release(struct assay_policies *policies,
    const struct assay_policy_entry *entry);

/* What a change was, for the answer. Free with assay_policy_done_free(). */
struct assay_policy_done {
	json_t	*signer;	/* who signed it, as in the entry; or NULL */
	json_t	*details;	/* of a refusal; or NULL */
	char	 thumbprint[41]; /* of the certificate added or removed */
};
void assay_policy_done_free(struct assay_policy_done *done);

/*
 * Put the JWS in force, or the default if body is EMPTY. Malformed or
 * refused: as assay_policy_jws_parse() and assay_policy_jws_trusted() say,
 * POLICY_PARSING_ERROR, INVALID_OPERATION for a serial that went back.
 */
ASSAY_MUST_USE bool assay_policies_set(struct assay_policies *policies,
    const struct assay_type *type, struct assay_bytes jws,
    enum assay_policy_body body, const struct assay_store_change *change,
    struct assay_policy_done *done, struct assay_error *err);
/* Would it be set? All of that but for the serial; changes nothing. */
ASSAY_MUST_USE bool assay_policies_try(struct assay_policies *policies,
    const struct assay_type *type, struct assay_bytes jws,
    enum assay_policy_body body, int64_t now, struct assay_policy_done *done,
    struct assay_error *err);

/*
 * Add or remove the policy signer that the JWS names. INVALID_OPERATION on
 * an instance that is not isolated, and for the last one.
 */
ASSAY_MUST_USE bool assay_policies_change_signer(
    struct assay_policies *policies, struct assay_bytes jws, bool add,
    const struct assay_store_change *change, struct assay_policy_done *done,
    struct assay_error *err);
/* [{"alg","kty","use","x5c"}, ...]: a new reference, NULL on failure. */
ASSAY_MUST_USE json_t *assay_policies_signers(
    struct assay_policies *policies, struct assay_error *err);

/* Compile; mistakes also go into a new object *details (or stay NULL). */
ASSAY_MUST_USE bool assay_policies_compile(struct assay_bytes text,
    struct assay_policy **out, json_t **details, struct assay_error *err);

#endif
