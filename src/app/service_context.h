/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service_context of the TPM attestation protocol: what the service has
 * to know again when the answer to its challenge comes, encrypted and
 * authenticated, so that it keeps no state between the two messages and any
 * node with the same key can take the second.
 *
 *	key id 8 | salt 16 | sealed(challenge 16, issued 8, expiry 8)
 *
 * Every context is sealed with a key of its own, derived from the salt:
 * whoever asks for challenges without end comes no nearer to a repeated
 * nonce (NIST SP 800-38D section 8.3).
 */
#ifndef ASSAY_APP_SERVICE_CONTEXT_H
#define ASSAY_APP_SERVICE_CONTEXT_H

#include "base/buffer.h"
#include "crypto/seal.h"

#define ASSAY_TPM_CHALLENGE	16
#define ASSAY_SERVICE_CONTEXT_ID 8
#define ASSAY_SERVICE_CONTEXT_MAX 128	/* bytes, more than one has */

struct assay_service_context_key {
	uint8_t	id[ASSAY_SERVICE_CONTEXT_ID];
	uint8_t	key[ASSAY_SEAL_KEY];
};

/* What a context says; times in milliseconds since 1970. */
struct assay_service_context {
	uint8_t	challenge[ASSAY_TPM_CHALLENGE];
	int64_t	issued;
	int64_t	expiry;
};

/*
 * The key for the instance (its issuer) under a secret that all of its nodes
 * have. Wipe it after use.
 */
ASSAY_MUST_USE bool assay_service_context_key(struct assay_bytes secret,
    const char *issuer, struct assay_service_context_key *out,
    struct assay_error *err);

/* A fresh random challenge for lifetime milliseconds from now. */
ASSAY_MUST_USE bool assay_service_context_new(int64_t now, int64_t lifetime,
    struct assay_service_context *out, struct assay_error *err);

/* Append the sealed form. */
ASSAY_MUST_USE bool assay_service_context_seal(
    const struct assay_service_context_key *key,
    const struct assay_service_context *context, struct assay_buffer *out,
    struct assay_error *err);
/*
 * TPM_CONTEXT_FOREIGN: sealed by another instance; TPM_CONTEXT_INVALID: not
 * what this instance sealed. Says nothing about time or earlier use.
 */
ASSAY_MUST_USE bool assay_service_context_open(
    const struct assay_service_context_key *key, struct assay_bytes sealed,
    struct assay_service_context *out, struct assay_error *err);

#endif
