/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate for an AIK from a service that enrols them: the TPM shows by
 * TPM2_ActivateCredential that the AIK lives beside its endorsement key
 * (doc/api.md, "AIK enrolment").
 */
#ifndef ASSAY_CLIENT_TPM_ENROLL_H
#define ASSAY_CLIENT_TPM_ENROLL_H

#include "client/exchange.h"
#include "client/tpm_device.h"

struct assay_enroll_params {
	const char		*tcti;		/* NULL: this machine's TPM */
	const char		*aik;		/* as assay_tpm_key_open() */
	enum assay_device_key_kind aik_kind;	/* of a new one */
	/* DER; empty: the first that the TPM has in NV. */
	struct assay_bytes	 ek_cert;
	enum assay_device_key_kind ek_kind;	/* of ek_cert's key */
};

/*
 * Append DER of the certificate to cert and of its issuer to issuer;
 * fingerprint is lower-case hex of the certificate's SHA-256. *step, *refusal
 * and errors as of assay_tpm_session_attest(); free the refusal in any case.
 */
struct assay_enroll_result {
	struct assay_buffer	cert, issuer;
	char			fingerprint[65];
};
ASSAY_MUST_USE bool assay_tpm_enroll(const struct assay_service_address *to,
    const struct assay_enroll_params *params, struct assay_enroll_result *out,
    const char **step, struct assay_refusal *refusal,
    struct assay_error *err);
void assay_enroll_result_free(struct assay_enroll_result *r);

/* The template whose EK has keys of this type and size; false for others. */
bool assay_tpm_ek_kind(const struct assay_pkey *key,
    enum assay_device_key_kind *out);

#endif
