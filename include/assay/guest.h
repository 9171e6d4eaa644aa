/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attestation of a virtual machine by its virtual TPM, in one message: what
 * POST /attest/AzureGuest takes. There is no challenge. That a token is of
 * now is shown by who can read it: the answer is encrypted to a key that this
 * TPM uses only while its PCRs are those quoted. Source: Azure's guest
 * attestation client; TPM 2.0 library.
 */
#ifndef ASSAY_GUEST_H
#define ASSAY_GUEST_H

#include <assay/tpm.h>

/*
 * Judge an AttestationInfo, as JSON text; result as for assay_attest(). The
 * settings of ctx count as for TPM requests, sha1_signatures excepted. For
 * ACCEPT, result->reply_key is what the answer has to be encrypted to.
 */
ASSAY_API bool assay_guest_attest(struct assay_bytes info,
    const struct assay_tpm_context *ctx, struct assay_attest_result *result);

/*
 * The answer that only the guest can open: compact JSON text with the token
 * in it, encrypted to reply_key; *out is to be free()d. KEY_INVALID,
 * CRYPTO_FAILED, LIMIT_EXCEEDED.
 */
ASSAY_API bool assay_guest_reply(struct assay_bytes reply_key,
    struct assay_bytes token, char **out, struct assay_error *err);

#endif
