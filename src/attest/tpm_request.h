/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request of the TPM attestation protocol, taken apart: JWS of type attReq
 * (V1) or attReqV2, basic or vbs. Structure only: nothing is verified here.
 * Source: Azure Attestation, "Trusted Platform Module and Virtualization-based
 * Security Enclave attestation protocol"; tpm.md sections 2 and 3.
 */
#ifndef ASSAY_ATTEST_TPM_REQUEST_H
#define ASSAY_ATTEST_TPM_REQUEST_H

#include "base/limits.h"
#include "evidence/pcrs.h"
#include "token/jws.h"

enum assay_tpm_binding {
	ASSAY_TPM_UNBOUND,
	ASSAY_TPM_BY_QUOTE,	/* info.tpm_quote */
	ASSAY_TPM_BY_CERTIFY,	/* info.tpm_certify */
};

/* One of request_key, other_keys, attest_key. */
struct assay_tpm_key {
	const json_t		*value;		/* borrowed: {"jwk","info"};
						   V1: the jwk itself */
	struct assay_bytes	 jwk_text;	/* borrowed, as on the wire;
						   of request_key only */
	struct assay_pkey	*key;		/* owned; NULL for a key that
						   nobody has to use */
	enum assay_tpm_binding	 binding;
	enum assay_hash		 hash;		/* of BY_QUOTE */
	/* Of BY_CERTIFY; borrowed from the request. */
	struct assay_bytes	 public_area, certification, signature;
};

/* What a TPM says about the state of a platform. All bytes are borrowed from
 * the request. */
struct assay_tpm_statement {
	bool			 present;
	/* In the order of measurement. */
	struct assay_bytes	 tcg[ASSAY_MAX_TCG_LOGS];
	size_t			 n_tcg;
	struct assay_bytes	 ima;		/* empty: none */
	struct assay_bytes	 aik_cert;	/* DER; empty: none */
	struct assay_pkey	*aik_pub;	/* owned; NULL: none */
	struct assay_pcrs	 pcrs;		/* as listed */
	struct assay_bytes	 quote;		/* TPMS_ATTEST */
	struct assay_bytes	 signature;	/* TPMT_SIGNATURE */
};

#define ASSAY_TPM_BLOBS 48

/* Zero it before use; free with assay_tpm_submission_free(). */
struct assay_tpm_submission {
	struct assay_jws		 jws;
	json_t				*document;
	struct assay_buffer		 blobs[ASSAY_TPM_BLOBS];
	size_t				 n_blobs;

	struct assay_bytes		 type;	/* typ of the header, if any */
	bool				 v2;
	/* The rest is there after assay_tpm_submission_read(). */
	bool				 vbs;
	struct assay_bytes		 rp_id, rp_data;	/* text */
	struct assay_bytes		 challenge, service_context;
	struct assay_tpm_statement	 current, boot;
	/* V1 sends no second log with boot_claim unless it resumed. */
	bool				 boot_is_current;
	struct assay_tpm_key		 key;	/* request_key, attest_key */
	struct assay_tpm_key		 other[ASSAY_MAX_TPM_OTHER_KEYS];
	size_t				 n_other;
	const json_t			*custom_claims;	/* array or NULL */
	struct assay_bytes		 report_signed;	/* as on the wire */
	struct assay_bytes		 vbs_report;
};

/*
 * Take the JWS apart: header and payload as JSON, in which no object names a
 * member twice. TOKEN_MALFORMED, TOKEN_HEADER, LIMIT_EXCEEDED, JSON_*. The
 * header is not judged: type and v2 say what it claims.
 */
ASSAY_MUST_USE bool assay_tpm_submission_open(struct assay_bytes jws,
    struct assay_tpm_submission *out, struct assay_error *err);
/*
 * Read the payload in the form that v2 says. Members that the protocol does
 * not know are ignored, a null counts as absent. JSON_*, BAD_ENCODING,
 * BAD_FIELD, KEY_INVALID, LIMIT_EXCEEDED, TPM_CLAIM_MALFORMED, each naming
 * the member.
 */
ASSAY_MUST_USE bool assay_tpm_submission_read(struct assay_tpm_submission *m,
    struct assay_error *err);
void assay_tpm_submission_free(struct assay_tpm_submission *m);

#endif
