/* SPDX-License-Identifier: Apache-2.0 */
#include "app/key_make.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/when.h"
#include "crypto/digest.h"
#include "crypto/issue.h"

#define RSA_BITS	2048
#define MAX_PKCS8	(16 * 1024)
#define SEAL_LABEL	"assay signing key: "

/* ---- names ------------------------------------------------------------ */

static bool
make_kid(const struct assay_pkey *key, char **out, struct assay_error *err)
{
	struct assay_buffer pem = assay_buffer(ASSAY_MAX_PEM_BYTES);
	struct assay_buffer text = assay_buffer(64);
	struct assay_digest d;
	bool ok = false;

	if (!assay_pkey_pem(key, &pem, err))
		goto out;
	assay_buffer_putc(&pem, 0);
	if (!assay_buffer_ok(&pem, "key", err) ||
	    !assay_digest(ASSAY_SHA256, assay_buffer_bytes(&pem), &d, err))
		goto out;
	assay_base64_encode(assay_digest_bytes(&d), &text);
	if (!assay_buffer_ok(&text, "kid", err))
		goto out;
	*out = assay_buffer_take(&text);
	ok = true;
out:
	assay_buffer_free(&pem);
	assay_buffer_free(&text);
	return ok;
}

/* As the service that we follow: self-signed, the issuer as its name. */
bool
assay_key_certify(const struct assay_signer *signer, const char *issuer,
    int64_t now, struct assay_buffer *der, struct assay_error *err)
{
	const struct assay_name_part subject = { "CN", issuer };
	struct assay_cert_spec spec = {
		.subject = &subject,
		.n_subject = 1,
		.not_before = now - 24 * 3600,
		.key = assay_signer_public(signer),
		.pathlen = -1,
		.key_usage = ASSAY_KU_DIGITAL_SIGNATURE,
	};

	if (!assay_when_civil(2050, 12, 31, 23, 59, 59, &spec.not_after))
		return assay_fail(err, ASSAY_ERR_INTERNAL, "calendar");
	return assay_cert_issue(&spec, NULL, signer, der, err);
}

/* ---- at rest ---------------------------------------------------------- */

static void
seal_label(const char *kid, char *out, size_t size)
{
	(void)snprintf(out, size, SEAL_LABEL "%s", kid);
}

static bool
seal_key(const uint8_t *seal, const char *kid,
    const struct assay_signer *signer, struct assay_buffer *sealed,
    struct assay_error *err)
{
	struct assay_buffer pkcs8 = assay_buffer(MAX_PKCS8);
	char label[128];
	bool ok;

	seal_label(kid, label, sizeof(label));
	ok = assay_signer_pkcs8(signer, &pkcs8, err) &&
	    assay_seal(seal, assay_bytes_of(label),
	    assay_buffer_bytes(&pkcs8), sealed, err);
	assay_buffer_wipe(&pkcs8);
	return ok;
}

bool
assay_key_unseal(const uint8_t seal[ASSAY_SEAL_KEY], const char *kid,
    struct assay_bytes sealed, struct assay_buffer *pkcs8,
    struct assay_error *err)
{
	char label[128];

	seal_label(kid, label, sizeof(label));
	return assay_unseal(seal, assay_bytes_of(label), sealed, pkcs8,
	    err) || assay_fail_in(err, "signing key in the store");
}

/* ---- making ----------------------------------------------------------- */

bool
assay_key_make(bool es256, const char *issuer,
    const uint8_t seal[ASSAY_SEAL_KEY], int64_t now,
    struct assay_made_key *out, struct assay_error *err)
{
	struct assay_made_key key = {
		.cert = assay_buffer(ASSAY_MAX_CERT_BYTES),
		.sealed = assay_buffer(2 * MAX_PKCS8),
	};
	struct assay_signer *signer = NULL;
	bool ok;

	ok = assay_signer_generate(es256 ? ASSAY_KEY_EC_P256 : ASSAY_KEY_RSA,
	    RSA_BITS, &signer, err) &&
	    make_kid(assay_signer_public(signer), &key.kid, err) &&
	    assay_key_certify(signer, issuer, now, &key.cert, err) &&
	    seal_key(seal, key.kid, signer, &key.sealed, err);
	assay_signer_free(signer);
	if (ok)
		*out = key;
	else
		assay_made_key_free(&key);
	return ok;
}

void
assay_made_key_free(struct assay_made_key *key)
{
	free(key->kid);
	assay_buffer_free(&key->cert);
	assay_buffer_free(&key->sealed);
	*key = (struct assay_made_key){ 0 };
}
