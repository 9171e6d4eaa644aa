/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How request and keys are bound to the TPM and to the challenge. Source:
 * Azure Attestation, TPM and VBS attestation protocol, "Key binding"; tpm.md
 * section 3.
 */
#ifndef ASSAY_ATTEST_TPM_BIND_H
#define ASSAY_ATTEST_TPM_BIND_H

#include "attest/tpm_state.h"

/*
 * The header is exactly PS256 and one of the two types, and the JWS verifies
 * under the key that the payload names: possession of the key, no more.
 */
ASSAY_MUST_USE bool assay_tpm_bind_header(
    const struct assay_tpm_submission *m, struct assay_checks *checks,
    struct assay_error *err);
ASSAY_MUST_USE bool assay_tpm_bind_signature(
    const struct assay_tpm_submission *m, struct assay_checks *checks,
    struct assay_error *err);

/*
 * What extraData of the current quote must be: the challenge, or, for a key
 * bound by tpm_quote, the hash of jwk, a zero byte and the challenge.
 */
ASSAY_MUST_USE bool assay_tpm_bind_data(const struct assay_tpm_submission *m,
    struct assay_digest *out, struct assay_error *err);

struct assay_tpm_certifier {
	const struct assay_pkey	*aik;
	bool			 sha1;
	struct assay_bytes	 challenge;
};

/* request_key is bound (V2), other_keys not by tpm_quote; what is certified
 * is certified. KEY_NOT_BOUND, KEY_MISMATCH and those of a signed structure. */
ASSAY_MUST_USE bool assay_tpm_bind_keys(const struct assay_tpm_submission *m,
    const struct assay_tpm_certifier *by, struct assay_checks *checks,
    struct assay_error *err);

/* A certification of public_area, with this qualifying data; *out is the name
 * of the key. pub: the key that it has to be, or NULL. */
struct assay_tpm_certified {
	struct assay_tpm_seal	 seal;
	struct assay_bytes	 qualifying;
	const struct assay_pkey	*key;		/* NULL: any */
	struct assay_tpm_attest	*out;		/* what was signed, if not
						   NULL */
};
struct assay_tpm_public;
ASSAY_MUST_USE bool assay_tpm_bind_certified(
    const struct assay_tpm_certified *c, const struct assay_tpm_public *pub,
    struct assay_checks *checks, struct assay_error *err);

#endif
