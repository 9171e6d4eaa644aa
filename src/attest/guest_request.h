/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AttestationInfo of a guest, taken apart: structure only, nothing is
 * verified here. Source: Azure's guest attestation client, versions 1.0 and
 * 2.0 of its protocol; tpm.md section 9.
 */
#ifndef ASSAY_ATTEST_GUEST_REQUEST_H
#define ASSAY_ATTEST_GUEST_REQUEST_H

#include "attest/tpm_request.h"
#include "evidence/tpm_public.h"

/* What the guest says of its operating system, and nobody vouches for. */
struct assay_guest_system {
	struct assay_bytes	type, distro, build;	/* UTF-8; ptr NULL:
							   not said */
	int64_t			major, minor;
	bool			has_major, has_minor;
};

/* Zero it before use; free with assay_guest_submission_free(). Bytes are
 * borrowed from base. */
struct assay_guest_submission {
	/* The document, what was decoded from it, and in base.current logs,
	 * certificate, key, quote, bare signature and PCRs of SHA-256. */
	struct assay_tpm_submission	 base;
	struct assay_bytes		 version;
	struct assay_guest_system	 system;
	const json_t			*payload;	/* of strings, or NULL */
	struct assay_bytes		 isolation;	/* ptr NULL: not said */
	struct assay_tpm_public		 aik, key;	/* AikPub, EncKeyPub */
	/* Of key: TPMS_ATTEST, RSASSA signature. */
	struct assay_bytes		 certification, signature;
};

/*
 * Members that the protocol does not know are ignored, a null counts as
 * absent. JSON_*, BAD_ENCODING, BAD_FIELD, LIMIT_EXCEEDED,
 * TPM_PUBLIC_MALFORMED, KEY_INVALID, each naming the member.
 */
ASSAY_MUST_USE bool assay_guest_submission_read(struct assay_bytes info,
    struct assay_guest_submission *out, struct assay_error *err);
void assay_guest_submission_free(struct assay_guest_submission *g);

#endif
