/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of a TPM in files: PEM "TSS2 PRIVATE KEY", as OpenSSL's tpm2 provider
 * and the kernel's trusted keys have them. What is inside is wrapped by the
 * parent; no secret of ours. Source: draft-bottomley-tpm2-keys, section 3.
 */
#ifndef ASSAY_CLIENT_TPM_KEYFILE_H
#define ASSAY_CLIENT_TPM_KEYFILE_H

#include "base/buffer.h"

struct assay_keyfile {
	uint32_t		parent;	/* a hierarchy or a persistent key */
	struct assay_bytes	pub;	/* TPM2B_PUBLIC */
	struct assay_bytes	priv;	/* TPM2B_PRIVATE */
	struct assay_buffer	der;	/* what pub and priv borrow from */
};

/*
 * KEY_INVALID: not such a file, or one with a policy, a password or an import
 * secret, which we do not use. Free with assay_keyfile_free().
 */
ASSAY_MUST_USE bool assay_keyfile_parse(struct assay_bytes pem,
    struct assay_keyfile *out, struct assay_error *err);
/* Append the PEM of a loadable key without a password. */
ASSAY_MUST_USE bool assay_keyfile_write(const struct assay_keyfile *file,
    struct assay_buffer *out, struct assay_error *err);
void assay_keyfile_free(struct assay_keyfile *file);

#endif
