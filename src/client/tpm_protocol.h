/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's half of the TPM attestation protocol, version 2: challenge in,
 * request out, report in. Values and text; nothing is sent from here. Source:
 * Azure Attestation, "Trusted Platform Module and Virtualization-based
 * Security Enclave attestation protocol", V2.
 */
#ifndef ASSAY_CLIENT_TPM_PROTOCOL_H
#define ASSAY_CLIENT_TPM_PROTOCOL_H

#include <jansson.h>

#include "client/tpm_device.h"

/* What a service sent; free with assay_tpm_challenge_free(). */
struct assay_tpm_challenge {
	struct assay_buffer	 bytes;
	json_t			*text;		/* to be copied verbatim */
	json_t			*context;	/* likewise */
};
void assay_tpm_challenge_free(struct assay_tpm_challenge *c);

/* Bodies of POST /attest/Tpm: {"data": base64url(JSON)}. Append. */
ASSAY_MUST_USE bool assay_tpm_body_init(struct assay_buffer *out,
    struct assay_error *err);
ASSAY_MUST_USE bool assay_tpm_body_request(struct assay_bytes jws,
    struct assay_buffer *out, struct assay_error *err);
/* Answers, with or without "payload" around the message. FETCH_FAILED. */
ASSAY_MUST_USE bool assay_tpm_read_challenge(const json_t *answer,
    struct assay_tpm_challenge *out, struct assay_error *err);
/* The report is a token; free() it. */
ASSAY_MUST_USE bool assay_tpm_read_report(const json_t *answer, char **token,
    struct assay_error *err);

/* {"name","value"} of --claim; strings. */
struct assay_tpm_claim {
	struct assay_bytes	name, value;
};

/* Everything that a request says. Bytes are borrowed. */
struct assay_tpm_said {
	const struct assay_tpm_challenge *challenge;
	struct assay_device_key		*aik, *request_key;
	struct assay_bytes		 aik_cert;	/* DER; empty: none */
	const struct assay_bytes	*tcg;		/* logs, in order */
	size_t				 n_tcg;
	struct assay_bytes		 ima;		/* empty: none */
	const struct assay_device_bank	*banks;		/* as quoted */
	size_t				 n_banks;
	const struct assay_device_attest *quote;
	const struct assay_device_attest *certify;	/* or NULL: by quote */
	const char			*rp_id;		/* or NULL */
	struct assay_bytes		 rp_data;	/* ptr NULL: none */
	const struct assay_tpm_claim	*claims;
	size_t				 n_claims;
};

/*
 * What a quote has to carry so that it binds the key: SHA-256 of the JWK as
 * it will stand in the request, a zero byte, the challenge.
 */
ASSAY_MUST_USE bool assay_tpm_quote_binding(
    const struct assay_device_key *request_key, struct assay_bytes challenge,
    struct assay_digest *out, struct assay_error *err);

/* Append the JWS (PS256, attReqV2), signed by the request key. */
ASSAY_MUST_USE bool assay_tpm_request_jws(const struct assay_tpm_said *said,
    struct assay_buffer *out, struct assay_error *err);

#endif
