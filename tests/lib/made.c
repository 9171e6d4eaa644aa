/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/err.h>

#include "base/encode.h"
#include "base/limits.h"
#include "crypto/digest.h"
#include "made.h"
#include "testlib.h"

struct assay_signer *
made_key(const char *name)
{
	struct assay_signer *key;
	struct assay_digest seed;
	struct assay_error err;

	assert_true(assay_digest(ASSAY_SHA256, assay_bytes_of(name), &seed,
	    &err));
	assert_true(assay_signer_from_seed(assay_digest_bytes(&seed), &key,
	    &err));
	return key;
}

struct assay_cert_spec
made_spec(const struct assay_name_part *subject,
    const struct assay_signer *key)
{
	static const uint8_t serial[] = { 0x10, 0x01 };

	return (struct assay_cert_spec){
		.subject = subject,
		.n_subject = 1,
		.serial = { serial, sizeof(serial) },
		.not_before = MADE_FROM,
		.not_after = MADE_TO,
		.key = assay_signer_public(key),
		.pathlen = -1,
		.key_usage = ASSAY_KU_DIGITAL_SIGNATURE,
	};
}

struct assay_cert *
made_cert(const struct assay_cert_spec *spec, const struct made *by,
    const struct assay_signer *key)
{
	struct assay_buffer der = assay_buffer(ASSAY_MAX_CERT_BYTES);
	struct assay_error err;
	struct assay_cert *cert = NULL;

	if (!assay_cert_issue(spec, by != NULL ? by->cert : NULL,
	    by != NULL ? by->key : key, &der, &err) ||
	    !assay_cert_parse(assay_buffer_bytes(&der), &cert, &err))
		fail_msg("%s", err.text);
	assay_buffer_free(&der);
	return cert;
}

struct made
made_ca(const char *name, const struct made *by, int pathlen)
{
	const struct assay_name_part subject = { "CN", name };
	struct made m = { .key = made_key(name) };
	struct assay_cert_spec spec = made_spec(&subject, m.key);

	spec.is_ca = true;
	spec.pathlen = pathlen;
	spec.key_usage = ASSAY_KU_KEY_CERT_SIGN | ASSAY_KU_CRL_SIGN;
	m.cert = made_cert(&spec, by, m.key);
	return m;
}

struct made
made_leaf(const char *name, const struct made *by)
{
	const struct assay_name_part subject = { "CN", name };
	struct made m = { .key = made_key(name) };
	struct assay_cert_spec spec = made_spec(&subject, m.key);

	m.cert = made_cert(&spec, by, m.key);
	return m;
}

struct assay_crl *
made_crl(const struct made *by, const struct assay_bytes *serials, size_t n)
{
	const struct assay_crl_spec spec = {
		.this_update = MADE_FROM,
		.next_update = MADE_TO,
		.number = 7,
		.serials = serials,
		.n_serials = n,
		.revoked_at = MADE_FROM,
	};
	struct assay_buffer der = assay_buffer(ASSAY_MAX_CRL_BYTES);
	struct assay_error err;
	struct assay_crl *crl = NULL;

	if (!assay_crl_issue(&spec, by->cert, by->key, &der, &err) ||
	    !assay_crl_parse(assay_buffer_bytes(&der), &crl, &err))
		fail_msg("%s", err.text);
	assay_buffer_free(&der);
	return crl;
}

void
made_free(struct made *m)
{
	assay_cert_free(m->cert);
	assay_signer_free(m->key);
}

void
made_patch(struct assay_buffer *b, const char *from, const char *to)
{
	struct assay_buffer find = assay_buffer(4096), put = assay_buffer(4096);
	struct assay_error err;
	uint8_t *at;

	assert_true(assay_hex_decode(assay_bytes_of(from), &find, &err));
	assert_true(assay_hex_decode(assay_bytes_of(to), &put, &err));
	assert_int_equal(find.len, put.len);
	if ((at = memmem(b->ptr, b->len, find.ptr, find.len)) == NULL)
		fail_msg("%s is not in the sample", from);
	memcpy(at, put.ptr, put.len);
	assay_buffer_free(&find);
	assay_buffer_free(&put);
}

void
made_assert_clean(void)
{
	assert_int_equal(ERR_peek_error(), 0);
}
