/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/cert_impl.h"
#include "crypto/crl_impl.h"
#include "crypto/pem.h"

#define EXPLICIT(n)	((uint8_t)(0xa0 | (n)))

static bool
malformed(struct assay_error *err, const char *what)
{
	return assay_fail(err, ASSAY_ERR_CRL_MALFORMED, "CRL: %s", what);
}

static bool
malformed_by(struct assay_error *err)
{
	if (assay_code_class(err->code) == ASSAY_CLASS_MALFORMED)
		err->code = ASSAY_ERR_CRL_MALFORMED;
	return assay_fail_in(err, "CRL");
}

/* Remember the first critical extension that the caller, or that the chain
 * verifier, would have to process and does not. */
static bool
note_critical(struct assay_crl *c, const struct assay_extension *exts,
    size_t n, struct assay_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct assay_extension *e = &exts[i];

		if (!e->critical)
			continue;
		if (c->unknown == NULL &&
		    (c->unknown = assay_extension_oid(e)) == NULL)
			return assay_fail_memory(err, "CRL");
		if (c->unknown_to_chain == NULL &&
		    !assay_extension_is(e, ASSAY_OID_IDP) &&
		    (c->unknown_to_chain = assay_extension_oid(e)) == NULL)
			return assay_fail_memory(err, "CRL");
	}
	return true;
}

/* SEQUENCE { serial, time, extensions OPTIONAL } (5.1.2.6, 5.3) */
static bool
read_entry(struct assay_reader *list, struct assay_crl *c,
    struct assay_bytes *serial, struct assay_error *err)
{
	struct assay_extension exts[ASSAY_MAX_CRL_EXTENSIONS];
	struct assay_reader entry, seq;
	int64_t when;
	size_t n;

	if (!assay_der_next(list, ASSAY_DER_SEQUENCE, &entry) ||
	    !assay_der_big(&entry, serial) || !assay_der_time(&entry, &when))
		return malformed(err, "an entry is not a serial number and a "
		    "time");
	if (assay_reader_left(&entry) == 0)
		return true;
	if (!assay_der_next(&entry, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&entry) != 0)
		return malformed(err, "an entry has something other than "
		    "extensions at its end");
	if (!assay_extensions_read(seq, exts, ASSAY_MAX_CRL_EXTENSIONS, &n,
	    err))
		return malformed_by(err);
	return note_critical(c, exts, n, err);
}

static int
compare(const void *va, const void *vb)
{
	const struct assay_bytes *a = va, *b = vb;

	if (a->len != b->len)	/* no leading zeros: longer is larger */
		return a->len < b->len ? -1 : 1;
	return memcmp(a->ptr, b->ptr, a->len);
}

static size_t
count_elements(struct assay_reader r)
{
	struct assay_bytes body;
	uint8_t tag;
	size_t n = 0;

	while (assay_der_any(&r, &tag, &body, NULL))
		n++;
	return n;
}

/* 5.1.2.6: absent, not empty, if nothing is revoked. */
static bool
read_entries(struct assay_reader *r, struct assay_crl *c,
    struct assay_error *err)
{
	struct assay_reader list;
	size_t n;

	if (assay_der_peek(r) != ASSAY_DER_SEQUENCE)
		return true;
	if (!assay_der_next(r, ASSAY_DER_SEQUENCE, &list) ||
	    (n = count_elements(list)) == 0)
		return malformed(err, "an empty list of revoked certificates");
	if ((c->serials = assay_alloc(n, sizeof(*c->serials))) == NULL)
		return assay_fail_memory(err, "CRL");
	for (size_t i = 0; i < n; i++)
		if (!read_entry(&list, c, &c->serials[i], err))
			return false;
	c->n_serials = n;
	qsort(c->serials, n, sizeof(*c->serials), compare);
	return true;
}

static bool
read_number(struct assay_crl *c, struct assay_error *err)
{
	const struct assay_extension *e = assay_extension_find(c->exts,
	    c->n_exts, ASSAY_OID_CRL_NUMBER);
	struct assay_reader r;

	if (e == NULL)
		return true;
	r = assay_reader(e->value);
	if (!assay_der_big(&r, &c->number) || assay_reader_left(&r) != 0 ||
	    c->number.len > 20)	/* 5.2.3 */
		return malformed(err, "CRL number is not an INTEGER of at "
		    "most 20 octets");
	c->has_number = true;
	return true;
}

static bool
read_extensions(struct assay_reader *r, struct assay_crl *c,
    struct assay_error *err)
{
	struct assay_reader field, seq;

	if (assay_reader_left(r) == 0)
		return true;
	if (c->version != 2 || !assay_der_next(r, EXPLICIT(0), &field) ||
	    assay_reader_left(r) != 0 ||
	    !assay_der_next(&field, ASSAY_DER_SEQUENCE, &seq) ||
	    assay_reader_left(&field) != 0)
		return malformed(err, "something other than extensions of "
		    "version 2 at the end");
	if (!assay_extensions_read(seq, c->exts, ASSAY_MAX_CRL_EXTENSIONS,
	    &c->n_exts, err))
		return malformed_by(err);
	return note_critical(c, c->exts, c->n_exts, err) &&
	    read_number(c, err);
}

/* 5.1.2.1: 1 (for version 2), or absent in version 1. */
static bool
read_version(struct assay_reader *r, struct assay_crl *c,
    struct assay_error *err)
{
	uint64_t v;

	c->version = 1;
	if (assay_der_peek(r) != ASSAY_DER_INTEGER)
		return true;
	if (!assay_der_uint(r, ASSAY_DER_INTEGER, &v) || v != 1)
		return malformed(err, "version field is not 1 (version 2)");
	c->version = 2;
	return true;
}

static bool
read_tbs(struct assay_reader *r, struct assay_crl *c, struct assay_error *err)
{
	struct assay_bytes body, inner;
	uint8_t tag;

	if (!read_version(r, c, err))
		return false;
	if (!assay_der_any(r, &tag, &body, &inner) ||
	    !assay_bytes_equal(inner, c->outer.algorithm))	/* 5.1.1.2 */
		return malformed(err, "the signature algorithm inside differs "
		    "from the one outside");
	if (!assay_der_any(r, &tag, &body, &c->issuer) ||
	    !assay_name_valid(c->issuer) || assay_name_empty(c->issuer))
		return malformed(err, "issuer is not a Name");
	if (!assay_der_time(r, &c->this_update))
		return malformed(err, "thisUpdate is not a time");
	if (!assay_der_time(r, &c->next_update))	/* 5.1.2.5: MUST */
		return malformed(err, "nextUpdate is not there or not a time");
	return read_entries(r, c, err) && read_extensions(r, c, err);
}

static bool
read_openssl(struct assay_crl *c, struct assay_error *err)
{
	const unsigned char *p = c->der.ptr;

	c->x509 = d2i_X509_CRL(NULL, &p, (long)c->der.len);
	ERR_clear_error();
	if (c->x509 == NULL || p != c->der.ptr + c->der.len)
		return malformed(err, "OpenSSL does not read it");
	return true;
}

/* One PEM block, or DER as it is, into the buffer. */
static bool
take_input(struct assay_bytes in, struct assay_buffer *der,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(in);
	struct assay_bytes label;

	if (!assay_pem_looks_like(in)) {
		(void)assay_buffer_put(der, in);
		return assay_buffer_ok(der, "CRL", err);
	}
	if (!assay_pem_next(&r, &label, der, err))
		return malformed_by(err);
	if (!assay_text_is(label, "X509 CRL"))
		return assay_fail(err, ASSAY_ERR_CRL_MALFORMED, "PEM block is "
		    "\"%.*s\", want \"X509 CRL\"", (int)label.len,
		    (const char *)label.ptr);
	return !assay_pem_more(&r) || malformed(err, "text behind the PEM "
	    "block");
}

bool
assay_crl_parse(struct assay_bytes in, struct assay_crl **out,
    struct assay_error *err)
{
	struct assay_crl *c;

	if (in.len > 2 * (size_t)ASSAY_MAX_CRL_BYTES)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED, "CRL of %zu "
		    "bytes, at most %u", in.len, ASSAY_MAX_CRL_BYTES);
	if ((c = assay_alloc(1, sizeof(*c))) == NULL)
		return assay_fail_memory(err, "CRL");
	c->der = assay_buffer(ASSAY_MAX_CRL_BYTES);
	if (!take_input(in, &c->der, err))
		goto out;
	if (!assay_der_valid(assay_buffer_bytes(&c->der), err)) {
		(void)malformed_by(err);
		goto out;
	}
	if (!assay_signed_read(assay_buffer_bytes(&c->der), &c->outer)) {
		(void)malformed(err, "not SEQUENCE { tbsCertList, "
		    "signatureAlgorithm, signature }");
		goto out;
	}
	if (!read_tbs(&c->outer.fields, c, err) || !read_openssl(c, err))
		goto out;
	*out = c;
	return true;
out:
	assay_crl_free(c);
	return false;
}

void
assay_crl_free(struct assay_crl *crl)
{
	if (crl == NULL)
		return;
	free(crl->serials);
	free(crl->unknown);
	free(crl->unknown_to_chain);
	X509_CRL_free(crl->x509);
	assay_buffer_free(&crl->der);
	free(crl);
}

struct assay_bytes
assay_crl_der(const struct assay_crl *crl)
{
	return assay_buffer_bytes(&crl->der);
}

struct assay_bytes
assay_crl_issuer(const struct assay_crl *crl)
{
	return crl->issuer;
}

int64_t
assay_crl_this_update(const struct assay_crl *crl)
{
	return crl->this_update;
}

int64_t
assay_crl_next_update(const struct assay_crl *crl)
{
	return crl->next_update;
}

size_t
assay_crl_entries(const struct assay_crl *crl)
{
	return crl->n_serials;
}

bool
assay_crl_number(const struct assay_crl *crl, struct assay_bytes *out)
{
	if (crl->has_number)
		*out = crl->number;
	return crl->has_number;
}

bool
assay_crl_has_aki(const struct assay_crl *crl)
{
	return assay_extension_find(crl->exts, crl->n_exts,
	    ASSAY_OID_AKI) != NULL;
}

const char *
assay_crl_unknown_critical(const struct assay_crl *crl)
{
	return crl->unknown;
}

bool
assay_crl_signed_by(const struct assay_crl *crl,
    const struct assay_cert *issuer, struct assay_error *err)
{
	return assay_signed_verify(&crl->outer, crl->issuer, issuer, err) ||
	    assay_fail_in(err, "CRL");
}

bool
assay_crl_revokes(const struct assay_crl *crl, struct assay_bytes serial)
{
	while (serial.len > 1 && serial.ptr[0] == 0)
		serial = (struct assay_bytes){ serial.ptr + 1,
		    serial.len - 1 };
	return crl->n_serials != 0 && serial.len != 0 &&
	    bsearch(&serial, crl->serials, crl->n_serials,
	    sizeof(*crl->serials), compare) != NULL;
}

bool
assay_crl_pem(const struct assay_crl *crl, struct assay_buffer *out)
{
	return assay_pem_put(out, "X509 CRL", assay_buffer_bytes(&crl->der));
}
