/* SPDX-License-Identifier: Apache-2.0 */
/* The key of a policy author, and what is signed with it. */
#ifndef ASSAY_CLI_POLICY_KEY_H
#define ASSAY_CLI_POLICY_KEY_H

#include "token/policy_jws.h"

/* A key and its chain, leaf first. Zero it before use. */
struct cli_policy_key {
	struct assay_signer	*signer;	/* NULL: sign nothing */
	struct assay_cert	*certs[ASSAY_MAX_CHAIN_CERTS];
	size_t			 n_certs;
};

/*
 * From PEM files. Refuses what a service would: see
 * assay_policy_signer_check(). key and cert NULL: success without a signer.
 * USAGE: one of them is missing.
 */
ASSAY_MUST_USE bool cli_policy_key_load(const char *key, const char *cert,
    int64_t now, struct cli_policy_key *out, struct assay_error *err);
void cli_policy_key_free(struct cli_policy_key *key);

/*
 * Append the JWS of the policy, or of a reset if policy.ptr is NULL. Without
 * a signer it is unsecured, which a serial cannot be.
 */
ASSAY_MUST_USE bool cli_policy_wrap(const struct cli_policy_key *key,
    struct assay_bytes policy, const struct assay_policy_terms *terms,
    struct assay_buffer *out, struct assay_error *err);
/* Append the JWS that adds or removes the certificate. */
ASSAY_MUST_USE bool cli_policy_wrap_certificate(
    const struct cli_policy_key *key, const struct assay_cert *cert,
    const char *action, struct assay_buffer *out, struct assay_error *err);

#endif
