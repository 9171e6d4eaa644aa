/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service as a privacy CA: certificates for AIKs of machines that nobody
 * else issues one for. A TPM proves by TPM2_ActivateCredential that an AIK
 * lives beside a known endorsement key; what happens between challenge and
 * proof travels with the client, sealed (app/aik_promise.h), so that any node
 * can finish. A proof is taken in its time and once, as app/challenges.h says:
 * by each process for itself, and none from before its start.
 *
 * The CA's key is made when it is first opened and lies sealed in the store
 * as signing keys do (app/keys.h). Every certificate is recorded in the
 * history, subject "aik".
 */
#ifndef ASSAY_APP_AIK_CA_H
#define ASSAY_APP_AIK_CA_H

#include "app/keys.h"
#include "attest/enrol.h"

struct assay_aik_ca;

struct assay_aik_ca_options {
	struct assay_store	*store;
	const struct assay_keys	*keys;
	const char		*issuer;	/* URL of the service */
	int64_t			 now_ms;	/* when it opens */
	int64_t			 lifetime;	/* of certificates, seconds */
	/* Whose endorsement keys are believed: PEM. */
	const struct assay_bytes *anchors;
	size_t			 n_anchors;
	const struct assay_bytes *intermediates;
	size_t			 n_intermediates;
};

/* STORE_FAILED, SEAL_BROKEN, BAD_FIELD without anchors. */
ASSAY_MUST_USE bool assay_aik_ca_open(const struct assay_aik_ca_options *opt,
    struct assay_aik_ca **out, struct assay_error *err);
void assay_aik_ca_free(struct assay_aik_ca *ca);	/* or NULL */
/* True if this call made the key. */
bool assay_aik_ca_fresh(const struct assay_aik_ca *ca);
/* The CA's certificate, in DER and PEM; borrowed. */
struct assay_bytes assay_aik_ca_der(const struct assay_aik_ca *ca);
struct assay_bytes assay_aik_ca_pem(const struct assay_aik_ca *ca);
/* Read again which certificates are revoked; on failure the old stay. */
ASSAY_MUST_USE bool assay_aik_ca_reload(struct assay_aik_ca *ca,
    struct assay_error *err);

/* As TPM2_ActivateCredential takes them; context comes back verbatim. */
struct assay_aik_challenge {
	struct assay_buffer	credential_blob;	/* TPM2B_ID_OBJECT */
	struct assay_buffer	secret;		/* TPM2B_ENCRYPTED_SECRET */
	struct assay_buffer	context;
};
/* Free out whatever happens. As assay_enrol(). */
ASSAY_MUST_USE bool assay_aik_ca_challenge(struct assay_aik_ca *ca,
    const struct assay_enrolment_request *request, int64_t now_ms,
    struct assay_aik_challenge *out, struct assay_error *err);
void assay_aik_challenge_free(struct assay_aik_challenge *c);

/* What a client answers: the context, and what its TPM decrypted. */
struct assay_aik_proof {
	struct assay_bytes	context, secret;
};
/*
 * Issue, and record it. TPM_CONTEXT_INVALID, TPM_CHALLENGE_EXPIRED,
 * TPM_CHALLENGE_USED, TPM_CHALLENGES_FULL, AIK_NOT_PROVEN, CERT_REVOKED (the
 * endorsement key's). Appends DER; fingerprint: lower-case hex of its SHA-256.
 */
ASSAY_MUST_USE bool assay_aik_ca_certify(struct assay_aik_ca *ca,
    const struct assay_aik_proof *proof, int64_t now_ms,
    const struct assay_store_change *change, struct assay_buffer *der,
    char fingerprint[65], struct assay_error *err);

#endif
