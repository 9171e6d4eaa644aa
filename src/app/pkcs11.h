/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret that a PKCS #11 token makes from a key which never leaves it:
 *
 *	pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=file:FILE
 *
 * (RFC 7512, section 2.3; these four attributes, each once, no other). The
 * object is a generic secret key of the token that may sign; the secret is
 * HMAC-SHA-256 with it (PKCS #11 v2.40, CKM_SHA256_HMAC) over a fixed text.
 */
#ifndef ASSAY_APP_PKCS11_H
#define ASSAY_APP_PKCS11_H

#include "base/buffer.h"

#define ASSAY_PKCS11_SECRET	32

struct assay_pkcs11_uri {
	char	*token, *object;
	char	*module;	/* a path; absolute */
	char	*pin_file;	/* a path; absolute */
};
/* CONFIG_INVALID naming what is wrong; free whatever happens. */
ASSAY_MUST_USE bool assay_pkcs11_uri_parse(const char *text,
    struct assay_pkcs11_uri *out, struct assay_error *err);
void assay_pkcs11_uri_free(struct assay_pkcs11_uri *uri);

/*
 * CONFIG_INVALID: no such token or object, or more than one, a PIN file that
 * others may read; IO_FAILED: the module cannot be loaded or fails. Wipe
 * out after use.
 */
ASSAY_MUST_USE bool assay_pkcs11_secret(const char *uri,
    uint8_t out[ASSAY_PKCS11_SECRET], struct assay_error *err);

#endif
