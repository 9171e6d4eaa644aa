/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/cert_impl.h"
#include "crypto/pem.h"

#define SERIAL_MAX	20	/* RFC 5280 4.1.2.2 */
#define KEY_USAGE_BITS	9	/* 4.2.1.3 */

#define EXPLICIT(n)	((uint8_t)(0xa0 | (n)))

static bool
malformed(struct assay_error *err, const char *what)
{
	return assay_fail(err, ASSAY_ERR_CERT_MALFORMED, "certificate: %s",
	    what);
}

/* A failure of a lower layer becomes this one's, with its text. */
static bool
malformed_by(struct assay_error *err)
{
	if (assay_code_class(err->code) == ASSAY_CLASS_MALFORMED)
		err->code = ASSAY_ERR_CERT_MALFORMED;
	return assay_fail_in(err, "certificate");
}

bool
assay_signed_read(struct assay_bytes der, struct assay_signed *out)
{
	struct assay_reader r = assay_reader(der), seq;
	struct assay_bytes body;
	uint8_t tag;

	if (!assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&r) != 0 ||
	    !assay_der_any(&seq, &tag, &body, &out->tbs) ||
	    tag != ASSAY_DER_SEQUENCE)
		return false;
	out->fields = assay_reader(body);
	return assay_der_any(&seq, &tag, &body, &out->algorithm) &&
	    tag == ASSAY_DER_SEQUENCE &&
	    assay_der_bits(&seq, &out->signature) &&
	    assay_reader_left(&seq) == 0;
}

static bool
signed_by_key(const struct assay_signed *s, const struct assay_pkey *key,
    struct assay_error *err)
{
	struct assay_reader alg = assay_reader(s->algorithm);
	struct assay_sig_scheme scheme;

	if (!assay_sig_algorithm(&alg, &scheme, err)) {
		err->code = ASSAY_ERR_CERT_PROFILE;
		return false;
	}
	if (assay_sig_verify_scheme(&scheme, key, s->tbs, s->signature, err))
		return true;
	if (err->code == ASSAY_ERR_ALGORITHM_REFUSED)
		err->code = ASSAY_ERR_CERT_PROFILE;
	return false;
}

bool
assay_signed_verify(const struct assay_signed *s, struct assay_bytes issuer,
    const struct assay_cert *by, struct assay_error *err)
{
	if (!assay_bytes_equal(issuer, by->subject))
		return assay_fail(err, ASSAY_ERR_SIGNATURE_INVALID, "its "
		    "issuer is not the subject of \"%s\"", by->subject_text);
	return signed_by_key(s, by->key, err);
}

/* 4.1.2.1: the default, version 1, is not encoded; 2 was never used. */
static bool
read_version(struct assay_reader *r, struct assay_cert *c,
    struct assay_error *err)
{
	struct assay_reader field;
	uint64_t v;

	c->version = 1;
	if (assay_der_peek(r) != EXPLICIT(0))
		return true;
	if (!assay_der_next(r, EXPLICIT(0), &field) ||
	    !assay_der_uint(&field, ASSAY_DER_INTEGER, &v) ||
	    assay_reader_left(&field) != 0)
		return malformed(err, "version is not an INTEGER");
	if (v != 2)
		return assay_fail(err, ASSAY_ERR_CERT_MALFORMED,
		    "certificate: version field is %llu, want 2 (version 3)",
		    (unsigned long long)v);
	c->version = 3;
	return true;
}

/* 4.1.2.2 wants it positive; AMD gives every VCEK and VLEK the number 0. */
static bool
read_serial(struct assay_reader *r, struct assay_cert *c,
    struct assay_error *err)
{
	if (!assay_der_big(r, &c->serial))
		return malformed(err, "serial number is not an INTEGER from "
		    "zero on");
	/* The magnitude: Intel's fill 20 octets, a sign octet before them. */
	if (c->serial.len > SERIAL_MAX)
		return assay_fail(err, ASSAY_ERR_CERT_MALFORMED,
		    "certificate: serial number of %zu octets, at most %d",
		    c->serial.len, SERIAL_MAX);
	return true;
}

static bool
read_name(struct assay_reader *r, struct assay_bytes *out, char **text,
    const char *what, struct assay_error *err)
{
	struct assay_bytes body;
	struct assay_buffer buf;
	uint8_t tag;

	if (!assay_der_any(r, &tag, &body, out) || !assay_name_valid(*out))
		return assay_fail(err, ASSAY_ERR_CERT_MALFORMED,
		    "certificate: %s is not a Name", what);
	/* An octet becomes at most three characters, a name a few more. */
	buf = assay_buffer(out->len * 16 + 1);
	(void)assay_name_text(*out, &buf);
	(void)assay_buffer_putc(&buf, '\0');
	if ((*text = assay_buffer_take(&buf)) == NULL)
		return assay_fail_memory(err, "certificate");
	return true;
}

static bool
read_validity(struct assay_reader *r, struct assay_cert *c,
    struct assay_error *err)
{
	struct assay_reader seq;

	if (!assay_der_next(r, ASSAY_DER_SEQUENCE, &seq) ||
	    !assay_der_time(&seq, &c->not_before) ||
	    !assay_der_time(&seq, &c->not_after) ||
	    assay_reader_left(&seq) != 0)
		return malformed(err, "validity is not two times");
	return true;
}

static bool
read_key(struct assay_reader *r, struct assay_cert *c, struct assay_error *err)
{
	struct assay_bytes body;
	uint8_t tag;

	if (!assay_der_any(r, &tag, &body, &c->spki))
		return malformed(err, "no subject public key");
	if (assay_pkey_from_spki(c->spki, &c->key, err))
		return true;
	return assay_fail_in(err, c->subject_text);
}

/* BasicConstraints ::= SEQUENCE { cA DEFAULT FALSE, pathLen OPTIONAL } */
static bool
read_basic(struct assay_cert *c, struct assay_bytes value,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(value), seq;
	uint64_t pathlen;

	if (!assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&r) != 0)
		return malformed(err, "basicConstraints is not a SEQUENCE");
	if (assay_der_peek(&seq) == ASSAY_DER_BOOLEAN &&
	    (!assay_der_bool(&seq, &c->is_ca) || !c->is_ca))
		return malformed(err, "basicConstraints cA is not TRUE in "
		    "DER (FALSE is the default and not encoded)");
	if (assay_reader_left(&seq) == 0)
		return true;
	if (!assay_der_uint(&seq, ASSAY_DER_INTEGER, &pathlen) ||
	    assay_reader_left(&seq) != 0 || pathlen > INT_MAX)
		return malformed(err, "basicConstraints pathLenConstraint is "
		    "not a small INTEGER");
	if (!c->is_ca)	/* 4.2.1.9 */
		return malformed(err, "basicConstraints has a path length and "
		    "no CA flag");
	c->pathlen = (int)pathlen;
	return true;
}

/* KeyUsage ::= BIT STRING, at least one bit set (4.2.1.3). */
static bool
read_key_usage(struct assay_cert *c, struct assay_bytes value,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(value), bits;
	struct assay_bytes b;

	if (assay_der_next(&r, ASSAY_DER_BIT_STRING, &bits) &&
	    assay_reader_left(&r) == 0) {
		b = assay_reader_rest(&bits);
		for (unsigned int i = 0; i < KEY_USAGE_BITS; i++)
			if (1 + i / 8 < b.len &&
			    (b.ptr[1 + i / 8] & 0x80u >> i % 8) != 0)
				c->key_usage |= 1u << i;
	}
	c->has_key_usage = true;
	return c->key_usage != 0 || malformed(err, "keyUsage is not a BIT "
	    "STRING with a bit set");
}

static bool
read_known(struct assay_cert *c, struct assay_error *err)
{
	for (size_t i = 0; i < c->n_exts; i++) {
		const struct assay_extension *e = &c->exts[i];

		if ((c->oids[i] = assay_extension_oid(e)) == NULL)
			return assay_fail_memory(err, "certificate");
		/* Standard extensions are DER throughout; others are bytes. */
		if (strncmp(c->oids[i], "2.5.29.", 7) == 0 &&
		    !assay_der_valid(e->value, err)) {
			(void)assay_fail_in(err, c->oids[i]);
			return malformed_by(err);
		}
		if (strcmp(c->oids[i], ASSAY_OID_BASIC) == 0 &&
		    !read_basic(c, e->value, err))
			return false;
		if (strcmp(c->oids[i], ASSAY_OID_KEY_USAGE) == 0 &&
		    !read_key_usage(c, e->value, err))
			return false;
	}
	return true;
}

/* 4.1.2.8, 4.1.2.9: unique identifiers must not be used. */
static bool
read_extensions(struct assay_reader *r, struct assay_cert *c,
    struct assay_error *err)
{
	struct assay_reader field, seq;

	c->pathlen = -1;
	if (assay_reader_left(r) == 0)
		return true;
	if (c->version != 3)
		return malformed(err, "version 1 with fields of version 3");
	if (!assay_der_next(r, EXPLICIT(3), &field) ||
	    assay_reader_left(r) != 0 ||
	    !assay_der_next(&field, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&field) != 0)
		return malformed(err, "something other than extensions after "
		    "the key");
	if (!assay_extensions_read(seq, c->exts, ASSAY_MAX_CERT_EXTENSIONS,
	    &c->n_exts, err))
		return malformed_by(err);
	return read_known(c, err);
}

static bool
read_tbs(struct assay_reader *r, struct assay_cert *c,
    struct assay_error *err)
{
	struct assay_bytes body, inner;
	uint8_t tag;

	if (!read_version(r, c, err) || !read_serial(r, c, err))
		return false;
	if (!assay_der_any(r, &tag, &body, &inner) ||
	    !assay_bytes_equal(inner, c->algorithm))	/* 4.1.1.2 */
		return malformed(err, "the signature algorithm inside differs "
		    "from the one outside");
	if (!read_name(r, &c->issuer, &c->issuer_text, "issuer", err) ||
	    !read_validity(r, c, err) ||
	    !read_name(r, &c->subject, &c->subject_text, "subject", err))
		return false;
	if (assay_name_empty(c->issuer))	/* 4.1.2.4 */
		return malformed(err, "issuer is empty");
	return read_key(r, c, err) && read_extensions(r, c, err);
}

/* OpenSSL's own opinion; its verifier needs the object anyway. */
static bool
read_openssl(struct assay_cert *c, struct assay_error *err)
{
	const unsigned char *p = c->der.ptr;

	c->x509 = d2i_X509(NULL, &p, (long)c->der.len);
	ERR_clear_error();
	if (c->x509 == NULL || p != c->der.ptr + c->der.len)
		return malformed(err, "OpenSSL does not read it");
	return true;
}

bool
assay_cert_parse(struct assay_bytes der, struct assay_cert **out,
    struct assay_error *err)
{
	struct assay_cert *c;
	struct assay_signed s;

	if (der.len > ASSAY_MAX_CERT_BYTES)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED, "certificate "
		    "of %zu bytes, at most %u", der.len, ASSAY_MAX_CERT_BYTES);
	if (!assay_der_valid(der, err))
		return malformed_by(err);
	if ((c = assay_alloc(1, sizeof(*c))) == NULL)
		return assay_fail_memory(err, "certificate");
	atomic_init(&c->refs, 1);
	c->der = assay_buffer(ASSAY_MAX_CERT_BYTES);
	if (!assay_buffer_put(&c->der, der)) {
		(void)assay_fail_memory(err, "certificate");
		goto out;
	}
	if (!assay_signed_read(assay_buffer_bytes(&c->der), &s)) {
		(void)malformed(err, "not SEQUENCE { tbsCertificate, "
		    "signatureAlgorithm, signature }");
		goto out;
	}
	c->tbs = s.tbs;
	c->algorithm = s.algorithm;
	c->signature = s.signature;
	if (!read_tbs(&s.fields, c, err) || !read_openssl(c, err))
		goto out;
	*out = c;
	return true;
out:
	assay_cert_free(c);
	return false;
}

void
assay_cert_free(struct assay_cert *cert)
{
	if (cert == NULL || atomic_fetch_sub(&cert->refs, 1) != 1)
		return;
	for (size_t i = 0; i < cert->n_exts; i++)
		free(cert->oids[i]);
	free(cert->subject_text);
	free(cert->issuer_text);
	assay_pkey_free(cert->key);
	X509_free(cert->x509);
	assay_buffer_free(&cert->der);
	free(cert);
}

struct assay_cert *
assay_cert_ref(struct assay_cert *cert)
{
	(void)atomic_fetch_add(&cert->refs, 1);
	return cert;
}

static bool
next_from_pem(struct assay_reader *r, struct assay_buffer *der,
    struct assay_cert **out, struct assay_error *err)
{
	struct assay_bytes label;

	assay_buffer_clear(der);
	if (!assay_pem_next(r, &label, der, err))
		return malformed_by(err);
	if (!assay_text_is(label, "CERTIFICATE"))
		return assay_fail(err, ASSAY_ERR_CERT_MALFORMED, "PEM block "
		    "is \"%.*s\", want \"CERTIFICATE\"", (int)label.len,
		    (const char *)label.ptr);
	return assay_cert_parse(assay_buffer_bytes(der), out, err);
}

bool
assay_certs_from_pem(struct assay_bytes pem, struct assay_cert **out,
    size_t max, size_t *n, struct assay_error *err)
{
	struct assay_reader r = assay_reader(pem);
	struct assay_buffer der = assay_buffer(ASSAY_MAX_CERT_BYTES);
	size_t count = 0;
	bool ok = false;

	if (pem.len > ASSAY_MAX_PEM_BYTES) {
		(void)assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED, "PEM text of "
		    "%zu bytes, at most %u", pem.len, ASSAY_MAX_PEM_BYTES);
		goto out;
	}
	while (assay_pem_more(&r)) {
		if (count == max) {
			(void)assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
			    "more than %zu certificates", max);
			goto out;
		}
		if (!next_from_pem(&r, &der, &out[count], err))
			goto out;
		count++;
	}
	if (count == 0) {
		(void)malformed(err, "no PEM block in the text");
		goto out;
	}
	*n = count;
	ok = true;
out:
	while (!ok && count > 0) {
		assay_cert_free(out[--count]);
		out[count] = NULL;
	}
	assay_buffer_free(&der);
	return ok;
}

struct assay_bytes
assay_cert_der(const struct assay_cert *cert)
{
	return assay_buffer_bytes(&cert->der);
}

int
assay_cert_version(const struct assay_cert *cert)
{
	return cert->version;
}

struct assay_bytes
assay_cert_subject(const struct assay_cert *cert)
{
	return cert->subject;
}

struct assay_bytes
assay_cert_issuer(const struct assay_cert *cert)
{
	return cert->issuer;
}

struct assay_bytes
assay_cert_serial(const struct assay_cert *cert)
{
	return cert->serial;
}

struct assay_pkey *
assay_cert_key(const struct assay_cert *cert)
{
	return cert->key;
}

int64_t
assay_cert_not_before(const struct assay_cert *cert)
{
	return cert->not_before;
}

int64_t
assay_cert_not_after(const struct assay_cert *cert)
{
	return cert->not_after;
}

struct assay_bytes
assay_cert_subject_cn(const struct assay_cert *cert)
{
	return assay_name_cn(cert->subject);
}

struct assay_bytes
assay_cert_issuer_cn(const struct assay_cert *cert)
{
	return assay_name_cn(cert->issuer);
}

const char *
assay_cert_subject_text(const struct assay_cert *cert)
{
	return cert->subject_text;
}

const char *
assay_cert_issuer_text(const struct assay_cert *cert)
{
	return cert->issuer_text;
}

bool
assay_cert_extension(const struct assay_cert *cert, const char *oid,
    struct assay_bytes *value, bool *critical)
{
	for (size_t i = 0; i < cert->n_exts; i++) {
		if (strcmp(cert->oids[i], oid) != 0)
			continue;
		*value = cert->exts[i].value;
		if (critical != NULL)
			*critical = cert->exts[i].critical;
		return true;
	}
	return false;
}

bool
assay_cert_is_ca(const struct assay_cert *cert, int *pathlen)
{
	if (cert->is_ca && pathlen != NULL)
		*pathlen = cert->pathlen;
	return cert->is_ca;
}

bool
assay_cert_key_usage(const struct assay_cert *cert, unsigned int *bits)
{
	if (cert->has_key_usage)
		*bits = cert->key_usage;
	return cert->has_key_usage;
}

const char *
assay_key_usage_name(unsigned int bit)
{
	static const char *const names[KEY_USAGE_BITS] = {
		"digitalSignature", "nonRepudiation", "keyEncipherment",
		"dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign",
		"encipherOnly", "decipherOnly",
	};

	return bit < KEY_USAGE_BITS ? names[bit] : NULL;
}

static bool
listed(const char *oid, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(oid, list[i]) == 0)
			return true;
	return false;
}

const char *
assay_cert_unknown_critical(const struct assay_cert *cert,
    const char *const *known, size_t n)
{
	static const char *const own[] = {
		ASSAY_OID_BASIC, ASSAY_OID_KEY_USAGE
	};

	for (size_t i = 0; i < cert->n_exts; i++)
		if (cert->exts[i].critical &&
		    !listed(cert->oids[i], own, sizeof(own) / sizeof(own[0])) &&
		    !listed(cert->oids[i], known, n))
			return cert->oids[i];
	return NULL;
}

bool
assay_cert_self_issued(const struct assay_cert *cert)
{
	return assay_bytes_equal(cert->subject, cert->issuer);
}

bool
assay_cert_signed_by(const struct assay_cert *cert,
    const struct assay_cert *issuer, struct assay_error *err)
{
	const struct assay_signed s = {
		.tbs = cert->tbs,
		.algorithm = cert->algorithm,
		.signature = cert->signature,
	};

	return assay_signed_verify(&s, cert->issuer, issuer, err) ||
	    assay_fail_in(err, cert->subject_text);
}

bool
assay_cert_signed_by_key(const struct assay_cert *cert,
    const struct assay_pkey *key, struct assay_error *err)
{
	const struct assay_signed s = {
		.tbs = cert->tbs,
		.algorithm = cert->algorithm,
		.signature = cert->signature,
	};

	return signed_by_key(&s, key, err) ||
	    assay_fail_in(err, cert->subject_text);
}

/* RFC 5280 4.2.1.12: SEQUENCE SIZE (1..MAX) OF KeyPurposeId. */
bool
assay_cert_extended_usage(const struct assay_cert *cert, const char *purpose,
    bool *present)
{
	struct assay_reader r, seq, other;
	struct assay_bytes value;
	bool found = false;

	*present = assay_cert_extension(cert, ASSAY_OID_EKU, &value, NULL);
	if (!*present)
		return false;
	r = assay_reader(value);
	if (!assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&r) != 0)
		return false;
	while (assay_reader_left(&seq) != 0) {
		if (assay_der_is_oid(&seq, purpose))
			found = true;
		else if (!assay_der_next(&seq, ASSAY_DER_OID, &other))
			return false;
	}
	return found;
}

bool
assay_cert_pem(const struct assay_cert *cert, struct assay_buffer *out)
{
	return assay_pem_put(out, "CERTIFICATE",
	    assay_buffer_bytes(&cert->der));
}
