/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of POST /attest/Tpm: {"data": base64url(JSON)} in and out.
 * The JSON is the message itself or {"payload": message}; each client gets
 * the shape it used. Pure, so that it can be fuzzed without a server.
 * Source: Azure Attestation, TPM attestation protocol (init, challenge,
 * request, report).
 */
#ifndef ASSAY_SERVICE_TPM_ENVELOPE_H
#define ASSAY_SERVICE_TPM_ENVELOPE_H

#include <assay/error.h>
#include <jansson.h>

#include "base/buffer.h"

enum assay_tpm_envelope_kind {
	ASSAY_TPM_ENVELOPE_INIT,		/* {"type": "aikcert"} */
	ASSAY_TPM_ENVELOPE_REQUEST,	/* {"request": JWS} */
};

struct assay_tpm_envelope {
	enum assay_tpm_envelope_kind	 kind;
	bool				 enveloped;
	struct assay_bytes		 jws;	/* of a request; borrowed */
	json_t				*json;
};

/*
 * MALFORMED errors; REQUEST_INVALID for a type other than aikcert and for
 * what is neither init nor request. Free with assay_tpm_envelope_free()
 * whatever happens; zero it before.
 */
ASSAY_MUST_USE bool assay_tpm_envelope_read(struct assay_bytes body,
    struct assay_tpm_envelope *out, struct assay_error *err);
void assay_tpm_envelope_free(struct assay_tpm_envelope *message);

/* Append the body of the answer to an init. */
ASSAY_MUST_USE bool assay_tpm_envelope_challenge(bool enveloped,
    struct assay_bytes challenge, struct assay_bytes context,
    struct assay_buffer *body, struct assay_error *err);
/* Append the body of the answer to a request; the report is a JWT. */
ASSAY_MUST_USE bool assay_tpm_envelope_report(bool enveloped,
    struct assay_bytes report, struct assay_buffer *body,
    struct assay_error *err);

#endif
