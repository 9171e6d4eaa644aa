/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "client/tpm_keyfile.h"
#include "crypto/der.h"
#include "crypto/pem.h"

#define LABEL		"TSS2 PRIVATE KEY"
#define OID_LOADABLE	"2.23.133.10.1.3"
#define FILE_MAX	8192
#define TAG_EMPTY_AUTH	0xa0	/* [0] EXPLICIT */

/* emptyAuth [0] BOOLEAN: true, or the key has a password. */
static bool
read_empty_auth(struct assay_reader *r, struct assay_error *err)
{
	struct assay_reader inner;
	bool empty = false;

	if (assay_der_peek(r) != TAG_EMPTY_AUTH)
		return true;
	if (!assay_der_next(r, TAG_EMPTY_AUTH, &inner) ||
	    !assay_der_bool(&inner, &empty))
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "key file: emptyAuth is not a BOOLEAN");
	return empty || assay_fail(err, ASSAY_ERR_KEY_INVALID,
	    "key file: the key has a password; use a persistent handle of a "
	    "key without one");
}

/*
 * TPMKey ::= SEQUENCE { type OID, emptyAuth [0] BOOLEAN OPTIONAL, policy [1],
 * secret [2], authPolicy [3], ... OPTIONAL, parent INTEGER, pubkey OCTET
 * STRING, privkey OCTET STRING }
 */
static bool
read_key(struct assay_bytes der, struct assay_keyfile *out,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(der), key;
	uint64_t parent;

	if (!assay_der_valid(der, err) ||
	    !assay_der_next(&r, ASSAY_DER_SEQUENCE, &key))
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "key file: not the DER of a TPM key");
	if (!assay_der_is_oid(&key, OID_LOADABLE))
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "key file: not of type \"loadable key\" (" OID_LOADABLE
		    ")");
	if (!read_empty_auth(&key, err))
		return false;
	if (assay_der_peek(&key) != ASSAY_DER_INTEGER)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "key file: keys with a policy or an import secret are not "
		    "used here");
	if (!assay_der_uint(&key, ASSAY_DER_INTEGER, &parent) ||
	    parent > UINT32_MAX || !assay_der_octets(&key, &out->pub) ||
	    !assay_der_octets(&key, &out->priv) ||
	    assay_reader_left(&key) != 0)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "key file: parent, public or private part is not right");
	out->parent = (uint32_t)parent;
	return true;
}

bool
assay_keyfile_parse(struct assay_bytes pem, struct assay_keyfile *out,
    struct assay_error *err)
{
	struct assay_keyfile file = { .der = assay_buffer(FILE_MAX) };
	struct assay_reader r = assay_reader(pem);
	struct assay_bytes label;

	if (!assay_pem_next(&r, &label, &file.der, err)) {
		err->code = ASSAY_ERR_KEY_INVALID;
		(void)assay_fail_in(err, "key file");
		goto fail;
	}
	if (!assay_text_is(label, LABEL) || assay_pem_more(&r)) {
		(void)assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "key file: want one PEM block \"" LABEL "\"");
		goto fail;
	}
	if (!read_key(assay_buffer_bytes(&file.der), &file, err))
		goto fail;
	*out = file;
	return true;
fail:
	assay_keyfile_free(&file);
	return false;
}

bool
assay_keyfile_write(const struct assay_keyfile *file,
    struct assay_buffer *out, struct assay_error *err)
{
	static const uint8_t yes[] = { ASSAY_DER_BOOLEAN, 1, 0xff };
	struct assay_buffer der = assay_buffer(FILE_MAX);
	bool ok;

	(void)assay_der_put_oid(&der, OID_LOADABLE);
	(void)assay_der_put(&der, TAG_EMPTY_AUTH,
	    (struct assay_bytes){ yes, sizeof(yes) });
	(void)assay_der_put_uint(&der, ASSAY_DER_INTEGER, file->parent);
	(void)assay_der_put(&der, ASSAY_DER_OCTET_STRING, file->pub);
	(void)assay_der_put(&der, ASSAY_DER_OCTET_STRING, file->priv);
	(void)assay_der_wrap(&der, 0, ASSAY_DER_SEQUENCE);
	ok = assay_buffer_ok(&der, "key file", err);
	if (ok) {
		(void)assay_pem_put(out, LABEL, assay_buffer_bytes(&der));
		ok = assay_buffer_ok(out, "key file", err);
	}
	assay_buffer_free(&der);
	return ok;
}

void
assay_keyfile_free(struct assay_keyfile *file)
{
	assay_buffer_free(&file->der);
	memset(file, 0, sizeof(*file));
}
