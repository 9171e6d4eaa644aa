/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key that encrypts secrets at rest, and where it comes from:
 *
 *	file:PATH	32 bytes, mode 0600
 *	credential:NAME	32 bytes in $CREDENTIALS_DIRECTORY/NAME
 *			(systemd.exec(5), LoadCredentialEncrypted=)
 *	pkcs11:...	made by a key of a PKCS #11 token: pkcs11.h
 */
#ifndef ASSAY_APP_KEY_SEAL_H
#define ASSAY_APP_KEY_SEAL_H

#include "crypto/seal.h"

/*
 * source NULL: DIR/seal.key, which is made if it is absent and may_make.
 * CONFIG_INVALID: no such source, absent, of another length, or a file that
 * others may read. Wipe out after use.
 */
ASSAY_MUST_USE bool assay_key_seal_load(const char *source, const char *dir,
    bool may_make, uint8_t out[ASSAY_SEAL_KEY], struct assay_error *err);
/* CONFIG_INVALID if the text is not one of the forms above. */
ASSAY_MUST_USE bool assay_key_seal_check(const char *source,
    struct assay_error *err);

#endif
