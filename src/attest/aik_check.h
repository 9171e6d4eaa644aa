/* SPDX-License-Identifier: Apache-2.0 */
/* The AIK of evidence from a TPM and its certificate: tpm.md section 4, 5. */
#ifndef ASSAY_ATTEST_AIK_CHECK_H
#define ASSAY_ATTEST_AIK_CHECK_H

#include <assay/tpm.h>

#include "attest/tpm_request.h"
#include "base/check.h"

/* Zero it before use; free with assay_tpm_aik_free(), whatever happens. */
struct assay_tpm_aik {
	struct assay_cert		*cert;		/* owned, or NULL */
	const struct assay_pkey		*key;		/* borrowed */
	bool				 validated;
	bool				 test_anchor;	/* not a built-in */
};

/*
 * The key is aik_pub of the statement; without one, that of aik_cert. If
 * require is false, the certificate need not be there nor be valid, but must
 * not be of another key. AIK_CERT_MISSING, AIK_KEY_MISMATCH, CERT_*.
 */
ASSAY_MUST_USE bool assay_tpm_aik_check(const struct assay_tpm_statement *st,
    const struct assay_tpm_context *ctx, bool require,
    struct assay_checks *checks, struct assay_tpm_aik *out,
    struct assay_error *err);
void assay_tpm_aik_free(struct assay_tpm_aik *aik);
/* The checks that a valid certificate has passed. */
extern const enum assay_check_id assay_tpm_aik_mandatory[];
extern const size_t assay_tpm_n_aik_mandatory;

#endif
