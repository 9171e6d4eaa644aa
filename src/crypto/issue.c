/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/cert_impl.h"
#include "crypto/issue.h"
#include "crypto/random.h"

#define SERIAL_SIZE	16
#define KEY_ID_SIZE	20
#define NAME_MAX_BYTES	255

#define EXPLICIT(n)	((uint8_t)(0xa0 | (n)))
#define IMPLICIT(n)	((uint8_t)(0x80 | (n)))

static bool
cannot(struct assay_error *err, const char *what)
{
	return assay_fail(err, ASSAY_ERR_BAD_FIELD, "cannot issue: %s", what);
}

/* What goes with the kind of the signing key. */
static const struct {
	enum assay_sig_alg	 alg;
	const char		*oid;
	bool			 null;	/* parameters: NULL or none */
} algorithms[] = {
	[ASSAY_KEY_EC_P256] = { ASSAY_SIG_ES256_DER, "1.2.840.10045.4.3.2",
	    false },
	[ASSAY_KEY_EC_P384] = { ASSAY_SIG_ES384_DER, "1.2.840.10045.4.3.3",
	    false },
	[ASSAY_KEY_RSA] = { ASSAY_SIG_RS256, "1.2.840.113549.1.1.11", true },
};

static bool
put_algorithm(struct assay_buffer *out, enum assay_key_type type)
{
	size_t from = out->len;

	(void)assay_der_put_oid(out, algorithms[type].oid);
	if (algorithms[type].null)
		(void)assay_der_put(out, ASSAY_DER_NULL,
		    (struct assay_bytes){ NULL, 0 });
	return assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
}

/* Turn the content of tbs into SEQUENCE { tbs, algorithm, signature }. */
static bool
sign_tbs(struct assay_buffer *tbs, const struct assay_signer *key,
    struct assay_buffer *der, struct assay_error *err)
{
	enum assay_key_type type = assay_pkey_type(assay_signer_public(key));
	struct assay_buffer sig = assay_buffer(ASSAY_MAX_SIGNATURE_BYTES);
	size_t from = der->len;
	bool ok = false;

	(void)assay_der_wrap(tbs, 0, ASSAY_DER_SEQUENCE);
	if (!assay_buffer_ok(tbs, "to be signed", err) ||
	    !assay_sign(key, algorithms[type].alg, assay_buffer_bytes(tbs),
	    &sig, err))
		goto out;
	(void)assay_buffer_put(der, assay_buffer_bytes(tbs));
	(void)put_algorithm(der, type);
	(void)assay_der_put_bits(der, assay_buffer_bytes(&sig));
	(void)assay_der_wrap(der, from, ASSAY_DER_SEQUENCE);
	ok = assay_buffer_ok(der, "signed", err);
out:
	assay_buffer_free(&sig);
	return ok;
}

static const char *
attribute_oid(const char *type)
{
	static const struct {
		const char	*type, *oid;
	} known[] = {
		{ "CN", "2.5.4.3" }, { "O", "2.5.4.10" }, { "OU", "2.5.4.11" },
		{ "L", "2.5.4.7" }, { "ST", "2.5.4.8" }, { "C", "2.5.4.6" },
		{ "serialNumber", "2.5.4.5" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].type, type) == 0)
			return known[i].oid;
	return NULL;
}

/* RFC 5280 appendix A.1: country and serial number are PrintableString. */
static bool
put_name(struct assay_buffer *out, const struct assay_name_part *parts,
    size_t n, struct assay_error *err)
{
	size_t from = out->len, set;
	const char *oid;

	for (size_t i = 0; i < n; i++) {
		bool printable = strcmp(parts[i].type, "C") == 0 ||
		    strcmp(parts[i].type, "serialNumber") == 0;

		if ((oid = attribute_oid(parts[i].type)) == NULL)
			return assay_fail(err, ASSAY_ERR_BAD_FIELD, "cannot "
			    "issue: unknown name part \"%s\"", parts[i].type);
		set = out->len;
		(void)assay_der_put_oid(out, oid);
		(void)assay_der_put(out, printable ?
		    ASSAY_DER_PRINTABLE_STRING : ASSAY_DER_UTF8_STRING,
		    assay_bytes_of(parts[i].value));
		(void)assay_der_wrap(out, set, ASSAY_DER_SEQUENCE);
		(void)assay_der_wrap(out, set, ASSAY_DER_SET);
	}
	(void)assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
	return assay_buffer_ok(out, "name", err);
}

static bool
put_serial(struct assay_buffer *out, struct assay_bytes serial,
    struct assay_error *err)
{
	uint8_t random[SERIAL_SIZE];

	if (serial.len == 0) {
		if (!assay_random(random, sizeof(random), err))
			return false;
		/* Positive, and of the full size. */
		random[0] = (uint8_t)((random[0] & 0x7f) | 0x40);
		serial = (struct assay_bytes){ random, sizeof(random) };
	}
	(void)assay_der_put_big(out, serial);
	return assay_buffer_ok(out, "serial number", err);
}

static bool
put_validity(struct assay_buffer *out, int64_t from_time, int64_t to_time,
    struct assay_error *err)
{
	size_t from = out->len;

	if (!assay_der_put_time(out, from_time) ||
	    !assay_der_put_time(out, to_time) ||
	    !assay_der_wrap(out, from, ASSAY_DER_SEQUENCE))
		return cannot(err, "a time is not in the years 1970 to 9999");
	return true;
}

/*
 * Content of extnValue was appended since out->len was from: put the rest of
 * the Extension around it.
 */
static bool
finish_extension(struct assay_buffer *out, size_t from, const char *oid,
    bool critical)
{
	static const uint8_t yes = 0xff;
	struct assay_buffer value = assay_buffer(out->max);

	(void)assay_buffer_put(&value, (struct assay_bytes){ out->ptr + from,
	    out->len - from });
	if (!out->failed)
		out->len = from;
	(void)assay_der_put_oid(out, oid);
	if (critical)
		(void)assay_der_put(out, ASSAY_DER_BOOLEAN,
		    (struct assay_bytes){ &yes, 1 });
	(void)assay_der_put(out, ASSAY_DER_OCTET_STRING,
	    assay_buffer_bytes(&value));
	if (value.failed)
		out->failed = true;
	assay_buffer_free(&value);
	return assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
}

/* RFC 7093 2 (1): the left 160 bits of the SHA-256 of the key's bits. */
static bool
key_id(const struct assay_pkey *key, uint8_t out[KEY_ID_SIZE],
    struct assay_error *err)
{
	struct assay_buffer spki = assay_buffer(ASSAY_MAX_RSA_BITS / 4);
	struct assay_reader r, seq, alg;
	struct assay_bytes bits;
	struct assay_digest d;
	bool ok = false;

	if (!assay_pkey_spki(key, &spki, err))
		goto out;
	r = assay_reader(assay_buffer_bytes(&spki));
	if (!assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq) ||
	    !assay_der_next(&seq, ASSAY_DER_SEQUENCE, &alg) ||
	    !assay_der_bits(&seq, &bits)) {
		(void)assay_fail(err, ASSAY_ERR_INTERNAL, "key identifier");
		goto out;
	}
	if (!assay_digest(ASSAY_SHA256, bits, &d, err))
		goto out;
	memcpy(out, d.bytes, KEY_ID_SIZE);
	ok = true;
out:
	assay_buffer_free(&spki);
	return ok;
}

static bool
put_ski(struct assay_buffer *out, const struct assay_pkey *key,
    struct assay_error *err)
{
	uint8_t id[KEY_ID_SIZE];
	size_t from = out->len;

	if (!key_id(key, id, err))
		return false;
	(void)assay_der_put(out, ASSAY_DER_OCTET_STRING,
	    (struct assay_bytes){ id, sizeof(id) });
	(void)finish_extension(out, from, ASSAY_OID_SKI, false);
	return true;
}

/* The issuer's own SKI if it has one, as RFC 5280 4.2.1.1 demands. */
static bool
put_aki(struct assay_buffer *out, const struct assay_cert *issuer,
    const struct assay_pkey *key, struct assay_error *err)
{
	uint8_t made[KEY_ID_SIZE];
	struct assay_bytes value, id = { made, sizeof(made) };
	struct assay_reader r;
	size_t from = out->len;

	if (!key_id(key, made, err))
		return false;
	if (issuer != NULL && assay_cert_extension(issuer, ASSAY_OID_SKI,
	    &value, NULL)) {
		r = assay_reader(value);
		if (!assay_der_octets(&r, &id))
			return cannot(err, "issuer's key identifier is not "
			    "an OCTET STRING");
	}
	(void)assay_der_put(out, IMPLICIT(0), id);
	(void)assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
	(void)finish_extension(out, from, ASSAY_OID_AKI, false);
	return true;
}

/* 4.2.1.13: SEQUENCE OF { [0] { [0] fullName { [6] URI } } } */
static bool
put_crl_url(struct assay_buffer *out, const char *url)
{
	size_t from = out->len;

	(void)assay_der_put(out, IMPLICIT(6), assay_bytes_of(url));
	(void)assay_der_wrap(out, from, EXPLICIT(0));
	(void)assay_der_wrap(out, from, EXPLICIT(0));
	(void)assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
	(void)assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
	return finish_extension(out, from, ASSAY_OID_CRL_DP, false);
}

/* Nine bits at most; trailing zero bits are cut (X.690 11.2.2). */
static bool
put_key_usage(struct assay_buffer *out, unsigned int usage)
{
	uint8_t b[3] = { 0, 0, 0 };
	size_t from = out->len, n = 0;

	for (unsigned int i = 0; i < 9; i++)
		if ((usage & 1u << i) != 0) {
			b[1 + i / 8] |= (uint8_t)(0x80 >> i % 8);
			b[0] = (uint8_t)(7 - i % 8);
			n = 2 + i / 8;
		}
	(void)assay_der_put(out, ASSAY_DER_BIT_STRING,
	    (struct assay_bytes){ b, n });
	return finish_extension(out, from, ASSAY_OID_KEY_USAGE, true);
}

static bool
put_basic(struct assay_buffer *out, bool is_ca, int pathlen)
{
	static const uint8_t yes = 0xff;
	size_t from = out->len;

	if (is_ca)
		(void)assay_der_put(out, ASSAY_DER_BOOLEAN,
		    (struct assay_bytes){ &yes, 1 });
	if (is_ca && pathlen >= 0)
		(void)assay_der_put_uint(out, ASSAY_DER_INTEGER,
		    (uint64_t)pathlen);
	(void)assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
	return finish_extension(out, from, ASSAY_OID_BASIC, true);
}

/* One GeneralName: [7] address octets, or [2] dNSName. */
static bool
put_host(struct assay_buffer *out, struct assay_bytes host)
{
	char text[NAME_MAX_BYTES + 1];
	uint8_t addr[16];

	if (host.len == 0 || host.len > NAME_MAX_BYTES)
		return false;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	if (inet_pton(AF_INET, text, addr) == 1)
		return assay_der_put(out, IMPLICIT(7),
		    (struct assay_bytes){ addr, 4 });
	if (inet_pton(AF_INET6, text, addr) == 1)
		return assay_der_put(out, IMPLICIT(7),
		    (struct assay_bytes){ addr, 16 });
	return assay_der_put(out, IMPLICIT(2), host);
}

static bool
put_hosts(struct assay_buffer *out, const char *names,
    struct assay_error *err)
{
	size_t from = out->len, n;

	for (;;) {
		n = strcspn(names, ",");
		if (!put_host(out, (struct assay_bytes){
		    (const uint8_t *)names, n }))
			return cannot(err, "a host name is empty or too long");
		if (names[n] == '\0')
			break;
		names += n + 1;
	}
	(void)assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
	(void)finish_extension(out, from, ASSAY_OID_SAN, false);
	return true;
}

static bool
put_server_auth(struct assay_buffer *out)
{
	size_t from = out->len;

	(void)assay_der_put_oid(out, "1.3.6.1.5.5.7.3.1");
	(void)assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
	return finish_extension(out, from, ASSAY_OID_EKU, false);
}

static bool
put_extra(struct assay_buffer *out, const struct assay_extension_spec *e,
    struct assay_error *err)
{
	size_t from = out->len;

	(void)assay_buffer_put(out, e->value);
	(void)finish_extension(out, from, e->oid, e->critical);
	return assay_buffer_ok(out, e->oid, err);
}

static bool
put_extensions(struct assay_buffer *out, const struct assay_cert_spec *spec,
    const struct assay_cert *issuer, const struct assay_signer *issuer_key,
    struct assay_error *err)
{
	size_t from = out->len;

	if (!spec->no_key_ids && (!put_aki(out, issuer,
	    assay_signer_public(issuer_key), err) ||
	    !put_ski(out, spec->key, err)))
		return false;
	if (spec->crl_url != NULL)
		(void)put_crl_url(out, spec->crl_url);
	if (spec->key_usage != 0)
		(void)put_key_usage(out, spec->key_usage);
	if (!spec->no_basic_constraints)
		(void)put_basic(out, spec->is_ca, spec->pathlen);
	if (spec->dns_names != NULL && !put_hosts(out, spec->dns_names, err))
		return false;
	if (spec->server_auth)
		(void)put_server_auth(out);
	for (size_t i = 0; i < spec->n_extensions; i++)
		if (!put_extra(out, &spec->extensions[i], err))
			return false;
	if (out->len != from) {
		(void)assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
		(void)assay_der_wrap(out, from, EXPLICIT(3));
	}
	return assay_buffer_ok(out, "extensions", err);
}

static bool
put_tbs(struct assay_buffer *out, const struct assay_cert_spec *spec,
    const struct assay_cert *issuer, const struct assay_signer *issuer_key,
    struct assay_error *err)
{
	(void)assay_der_put_uint(out, ASSAY_DER_INTEGER, 2);
	(void)assay_der_wrap(out, 0, EXPLICIT(0));
	if (!put_serial(out, spec->serial, err))
		return false;
	(void)put_algorithm(out, assay_pkey_type(
	    assay_signer_public(issuer_key)));
	if (issuer != NULL)
		(void)assay_buffer_put(out, assay_cert_subject(issuer));
	else if (!put_name(out, spec->subject, spec->n_subject, err))
		return false;
	return put_validity(out, spec->not_before, spec->not_after, err) &&
	    put_name(out, spec->subject, spec->n_subject, err) &&
	    assay_pkey_spki(spec->key, out, err) &&
	    put_extensions(out, spec, issuer, issuer_key, err);
}

bool
assay_cert_issue(const struct assay_cert_spec *spec,
    const struct assay_cert *issuer, const struct assay_signer *issuer_key,
    struct assay_buffer *der, struct assay_error *err)
{
	struct assay_buffer tbs = assay_buffer(ASSAY_MAX_CERT_BYTES);
	bool ok;

	if (issuer == NULL && !assay_pkey_equal(spec->key,
	    assay_signer_public(issuer_key)))
		return cannot(err, "a self-signed certificate for another key "
		    "than the one that signs");
	ok = put_tbs(&tbs, spec, issuer, issuer_key, err) &&
	    sign_tbs(&tbs, issuer_key, der, err);
	assay_buffer_free(&tbs);
	return ok;
}

static bool
put_revoked(struct assay_buffer *out, const struct assay_crl_spec *spec)
{
	size_t list = out->len, entry;

	for (size_t i = 0; i < spec->n_serials; i++) {
		entry = out->len;
		(void)assay_der_put_big(out, spec->serials[i]);
		(void)assay_der_put_time(out, spec->revoked_at);
		(void)assay_der_wrap(out, entry, ASSAY_DER_SEQUENCE);
	}
	return spec->n_serials == 0 ||
	    assay_der_wrap(out, list, ASSAY_DER_SEQUENCE);
}

static bool
put_crl_extensions(struct assay_buffer *out,
    const struct assay_crl_spec *spec, const struct assay_cert *issuer,
    struct assay_error *err)
{
	size_t from = out->len, at;

	if (!spec->no_aki && !put_aki(out, issuer, assay_cert_key(issuer),
	    err))
		return false;
	if (!spec->no_number) {
		at = out->len;
		(void)assay_der_put_uint(out, ASSAY_DER_INTEGER,
		    spec->number);
		(void)finish_extension(out, at, ASSAY_OID_CRL_NUMBER, false);
	}
	if (out->len != from) {
		(void)assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
		(void)assay_der_wrap(out, from, EXPLICIT(0));
	}
	return true;
}

bool
assay_crl_issue(const struct assay_crl_spec *spec,
    const struct assay_cert *issuer, const struct assay_signer *issuer_key,
    struct assay_buffer *der, struct assay_error *err)
{
	struct assay_buffer tbs = assay_buffer(ASSAY_MAX_CRL_BYTES);
	bool ok = false;

	(void)assay_der_put_uint(&tbs, ASSAY_DER_INTEGER, 1);
	(void)put_algorithm(&tbs, assay_pkey_type(
	    assay_signer_public(issuer_key)));
	(void)assay_buffer_put(&tbs, assay_cert_subject(issuer));
	if (!assay_der_put_time(&tbs, spec->this_update) ||
	    !assay_der_put_time(&tbs, spec->next_update)) {
		(void)cannot(err, "a time is not in the years 1970 to 9999");
		goto out;
	}
	(void)put_revoked(&tbs, spec);
	ok = put_crl_extensions(&tbs, spec, issuer, err) &&
	    sign_tbs(&tbs, issuer_key, der, err);
out:
	assay_buffer_free(&tbs);
	return ok;
}
