/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two keys of a guest: the AIK, which signed the quote, and the key that
 * the answer is encrypted to. Source: TPM 2.0 library; tpm.md section 9.
 */
#ifndef ASSAY_ATTEST_GUEST_KEY_H
#define ASSAY_ATTEST_GUEST_KEY_H

#include "attest/guest_request.h"
#include "attest/tpm_state.h"

/*
 * A restricted signing key, by what TpmInfo says of it: that it is one is for
 * its certificate to say, since nothing signs its public area. AIK_REFUSED.
 */
ASSAY_MUST_USE bool assay_guest_aik(const struct assay_guest_submission *g,
    struct assay_checks *checks, struct assay_error *err);

/*
 * A decryption key that the AIK certified in the boot that it quoted, and that
 * its TPM uses only while the PCRs are as quoted. Codes of a signed
 * structure, KEY_MISMATCH, BOOT_MISMATCH, GUEST_KEY_REFUSED,
 * GUEST_KEY_POLICY_MISMATCH.
 */
ASSAY_MUST_USE bool assay_guest_key(const struct assay_guest_submission *g,
    const struct assay_tpm_state *state, struct assay_checks *checks,
    struct assay_error *err);

#endif
