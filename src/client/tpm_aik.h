/* SPDX-License-Identifier: Apache-2.0 */
/* Which key of a TPM somebody means: a persistent handle or a key file. */
#ifndef ASSAY_CLIENT_TPM_AIK_H
#define ASSAY_CLIENT_TPM_AIK_H

#include "client/tpm_device.h"

/* "rsa" (RSASSA), "rsapss" or "ecc"; NULL: rsa. USAGE. */
ASSAY_MUST_USE bool assay_tpm_aik_kind(const char *word,
    enum assay_device_key_kind *out, struct assay_error *err);

/*
 * "0x81......": the key under that persistent handle. Else the path of a key
 * file; one that does not exist is made, readable by its owner only, with a
 * new key of that kind under the owner hierarchy. NULL: a new key that is
 * gone when it is freed. Errors name what was meant.
 */
ASSAY_MUST_USE bool assay_tpm_key_open(struct assay_device *t,
    const char *name, enum assay_device_key_kind kind,
    struct assay_device_key **out, struct assay_error *err);

#endif
