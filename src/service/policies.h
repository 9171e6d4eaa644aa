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

/* Changes must be signed by a management certificate. */
bool assay_policies_isolated(const struct assay_policies *policies);

/* Never NULL; give it back with assay_policy_entry_release(). */
const struct assay_policy_entry *assay_policies_get(
    struct assay_policies *policies, const struct assay_type *type);
void assay_policy_entry_release(struct assay_policies *policies,
    const struct assay_policy_entry *entry);

/* Compile; mistakes also go into a new object *details (or stay NULL). */
ASSAY_MUST_USE bool assay_policies_compile(struct assay_bytes text,
    struct assay_policy **out, json_t **details, struct assay_error *err);

#endif
