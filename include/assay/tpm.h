/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TPM workflow as one pure call: a request of the TPM attestation
 * protocol (attReq, attReqV2) is judged against challenge, trust anchors and
 * policy. Source: Azure Attestation, TPM and VBS attestation protocol; TPM
 * 2.0 library.
 */
#ifndef ASSAY_TPM_H
#define ASSAY_TPM_H

#include <assay/attest.h>

/* How the digests of the claim pcrs are written. */
enum assay_pcr_encoding {
	ASSAY_PCR_BASE64URL,	/* as every other binary of the claims */
	ASSAY_PCR_HEX,		/* 64 lower-case digits, as some samples want */
};

/* What the operator allows. Zeroed: the strict defaults. */
struct assay_tpm_settings {
	bool			 sha1_signatures;	/* by AIKs of Windows */
	enum assay_pcr_encoding	 pcr_encoding;
	const char		*claim_prefix;	/* of custom claims; NULL: "" */
};

/* Trust anchors of AIK certificates, built-in and given; immutable. */
struct assay_tpm_anchors;
struct assay_tpm_anchors_config {
	const struct assay_bytes *pem;	/* one or more certificates each */
	size_t			  n_pem;
	/* PEM, believed for nothing: requests carry one certificate only. */
	const struct assay_bytes *intermediates;
	size_t			  n_intermediates;
	bool			  without_builtin; /* Microsoft's roots */
	/* SHA-256 of the DER of revoked certificates: AIKs or their issuers. */
	const uint8_t		(*revoked)[32];
	size_t			  n_revoked;
};
/* CERT_MALFORMED, or BAD_FIELD if no anchor is left. */
ASSAY_API bool assay_tpm_anchors_new(
    const struct assay_tpm_anchors_config *config,
    struct assay_tpm_anchors **out, struct assay_error *err);
ASSAY_API void assay_tpm_anchors_free(struct assay_tpm_anchors *anchors);

struct assay_tpm_request {
	struct assay_bytes	jws;		/* compact, as it came */
	/* The challenge that the service_context carries: 16 bytes. The
	 * caller has opened the context and found it valid and unused. */
	struct assay_bytes	challenge;
};

struct assay_tpm_context {
	int64_t				 now;
	const struct assay_tpm_anchors	*anchors;
	struct assay_tpm_settings	 settings;
	const struct assay_policy	*policy;	/* NULL: permit */
	bool				 trace;
};

/*
 * Judge; result as for assay_attest(). token_claims has cnf, rp_data, nonce
 * and what the policy issued. The service_context of a request, for whoever
 * has to open it first: assay_tpm_service_context().
 */
ASSAY_API bool assay_tpm_attest(const struct assay_tpm_request *request,
    const struct assay_tpm_context *ctx, struct assay_attest_result *result);
/* The decoded service_context of the JWS, to be free()d; nothing is verified.
 * TOKEN_MALFORMED, JSON_*, BAD_ENCODING, LIMIT_EXCEEDED. */
ASSAY_API bool assay_tpm_service_context(struct assay_bytes jws,
    char **out, size_t *len, struct assay_error *err);

#endif
