/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a TPM request and how they say they are bound to the TPM. */
#ifndef ASSAY_ATTEST_TPM_KEY_H
#define ASSAY_ATTEST_TPM_KEY_H

#include "attest/tpm_request.h"

/* A JWK that we can use. KEY_INVALID. */
ASSAY_MUST_USE bool assay_tpm_key_parse(const json_t *jwk,
    struct assay_pkey **out, struct assay_error *err);
/*
 * {"jwk":...,"info":...} of V2. must_use: the key has to be one that we can
 * use, as the request is signed by it; a key that is certified has to be in
 * any case. JSON_*, BAD_ENCODING, BAD_FIELD, KEY_INVALID.
 */
ASSAY_MUST_USE bool assay_tpm_key_read(struct assay_tpm_submission *m,
    const json_t *value, struct assay_tpm_key *out, bool must_use,
    struct assay_error *err);

#endif
