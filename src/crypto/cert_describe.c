/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates for people. Everything that a stranger wrote into one is shown
 * in one line each and escaped, so that it cannot pass for our words.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/encode.h"
#include "base/when.h"
#include "crypto/cert_impl.h"

#define HEX_LINE	32	/* octets of hex in one line */

static const struct {
	const char	*oid;
	const char	*name;
} names[] = {
	/* RFC 5280 4.2.1, 4.2.2 */
	{ ASSAY_OID_SKI, "subjectKeyIdentifier" },
	{ ASSAY_OID_KEY_USAGE, "keyUsage" },
	{ ASSAY_OID_SAN, "subjectAltName" },
	{ "2.5.29.18", "issuerAltName" },
	{ ASSAY_OID_BASIC, "basicConstraints" },
	{ "2.5.29.30", "nameConstraints" },
	{ ASSAY_OID_CRL_DP, "cRLDistributionPoints" },
	{ "2.5.29.32", "certificatePolicies" },
	{ "2.5.29.33", "policyMappings" },
	{ ASSAY_OID_AKI, "authorityKeyIdentifier" },
	{ "2.5.29.36", "policyConstraints" },
	{ ASSAY_OID_EKU, "extKeyUsage" },
	{ "2.5.29.46", "freshestCRL" },
	{ "2.5.29.54", "inhibitAnyPolicy" },
	{ "2.5.29.9", "subjectDirectoryAttributes" },
	{ "1.3.6.1.5.5.7.1.1", "authorityInfoAccess" },
	{ "1.3.6.1.5.5.7.1.11", "subjectInfoAccess" },
	/* Intel SGX PCK Certificate and CRL Profile Specification 1.3.5 */
	{ "1.2.840.113741.1.13.1", "Intel SGX Extensions" },
	{ "1.2.840.113741.1.13.1.1", "PPID" },
	{ "1.2.840.113741.1.13.1.2", "TCB" },
	{ "1.2.840.113741.1.13.1.2.17", "PCESVN" },
	{ "1.2.840.113741.1.13.1.2.18", "CPUSVN" },
	{ "1.2.840.113741.1.13.1.3", "PCE-ID" },
	{ "1.2.840.113741.1.13.1.4", "FMSPC" },
	{ "1.2.840.113741.1.13.1.5", "SGX Type" },
	{ "1.2.840.113741.1.13.1.6", "Platform Instance ID" },
	{ "1.2.840.113741.1.13.1.7", "Configuration" },
	{ "1.2.840.113741.1.13.1.7.1", "Dynamic Platform" },
	{ "1.2.840.113741.1.13.1.7.2", "Cached Keys" },
	{ "1.2.840.113741.1.13.1.7.3", "SMT Enabled" },
	/* AMD 57230, VCEK Certificate and KDS Interface, table 8 */
	{ "1.3.6.1.4.1.3704.1.1", "AMD structVersion" },
	{ "1.3.6.1.4.1.3704.1.2", "AMD productName" },
	{ "1.3.6.1.4.1.3704.1.3.1", "AMD blSPL" },
	{ "1.3.6.1.4.1.3704.1.3.2", "AMD teeSPL" },
	{ "1.3.6.1.4.1.3704.1.3.3", "AMD snpSPL" },
	{ "1.3.6.1.4.1.3704.1.3.8", "AMD ucodeSPL" },
	{ "1.3.6.1.4.1.3704.1.4", "AMD hwID" },
	{ "1.3.6.1.4.1.3704.1.5", "AMD CSP ID" },
	/* Microsoft Azure Attestation's own certificates */
	{ "1.3.6.1.4.1.311.105.1", "Azure Attestation quote" },
};

#define SGX_PREFIX	"1.2.840.113741.1.13.1"
#define SGX_COMPONENT	SGX_PREFIX ".2."

static const char *
name_of(const char *oid)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].oid, oid) == 0)
			return names[i].name;
	return NULL;
}

static void
put_hex(struct assay_buffer *out, struct assay_bytes b)
{
	(void)assay_hex_encode(b, out);
}

/* Lines of hex, indented, for what nobody here can read. */
static void
put_dump(struct assay_buffer *out, struct assay_bytes b)
{
	for (size_t at = 0; at < b.len; at += HEX_LINE) {
		size_t n = b.len - at < HEX_LINE ? b.len - at : HEX_LINE;

		(void)assay_buffer_puts(out, "        ");
		put_hex(out, (struct assay_bytes){ b.ptr + at, n });
		(void)assay_buffer_putc(out, '\n');
	}
}

static void
put_time(struct assay_buffer *out, const char *label, int64_t when)
{
	char text[ASSAY_WHEN_TEXT];

	(void)assay_buffer_printf(out, "%s%s\n", label,
	    assay_when_text(when, text));
}

static void
put_key(struct assay_buffer *out, const struct assay_cert *cert)
{
	struct assay_error err;
	struct assay_digest d;

	(void)assay_buffer_printf(out, "key:         %s, %u bits\n",
	    assay_key_type_name(cert->key->type), cert->key->bits);
	if (cert->key->type == ASSAY_KEY_RSA) {
		(void)assay_buffer_puts(out, "    exponent ");
		put_hex(out, (struct assay_bytes){ cert->key->e,
		    cert->key->e_len });
		(void)assay_buffer_puts(out, "\n    modulus\n");
		put_dump(out, (struct assay_bytes){ cert->key->n,
		    cert->key->n_len });
	} else {
		(void)assay_buffer_puts(out, "    point x || y\n");
		put_dump(out, (struct assay_bytes){ cert->key->xy,
		    2 * assay_key_coordinate(cert->key->type) });
	}
	if (assay_digest(ASSAY_SHA256, cert->spki, &d, &err)) {
		(void)assay_buffer_puts(out, "    SHA-256 of the "
		    "SubjectPublicKeyInfo\n");
		put_dump(out, assay_digest_bytes(&d));
	}
}

static void
put_signature(struct assay_buffer *out, const struct assay_cert *cert)
{
	static const char *const forms[] = { "ECDSA", "ECDSA",
	    "RSASSA-PKCS1-v1_5", "RSASSA-PSS" };
	struct assay_reader alg = assay_reader(cert->algorithm);
	struct assay_sig_scheme scheme;
	struct assay_error err;

	if (assay_sig_algorithm(&alg, &scheme, &err))
		(void)assay_buffer_printf(out, "signature:   %s with %s\n",
		    forms[scheme.form], assay_hash_name(scheme.hash));
	else
		(void)assay_buffer_printf(out, "signature:   %s\n", err.text);
}

static void
put_basic(struct assay_buffer *out, const struct assay_cert *cert)
{
	if (!cert->is_ca)
		(void)assay_buffer_puts(out, "        not a CA\n");
	else if (cert->pathlen < 0)
		(void)assay_buffer_puts(out, "        CA, any path length\n");
	else
		(void)assay_buffer_printf(out, "        CA, path length %d\n",
		    cert->pathlen);
}

static void
put_key_usage(struct assay_buffer *out, unsigned int bits)
{
	const char *between = "        ", *name;

	for (unsigned int i = 0; (name = assay_key_usage_name(i)) != NULL;
	    i++) {
		if ((bits & 1u << i) == 0)
			continue;
		(void)assay_buffer_printf(out, "%s%s", between, name);
		between = ", ";
	}
	(void)assay_buffer_putc(out, '\n');
}

static void
put_octet_values(struct assay_buffer *out, struct assay_bytes b)
{
	put_hex(out, b);
	/* A single small number is what people look for. */
	if (b.len <= 2 && b.len != 0)
		(void)assay_buffer_printf(out, " (%u)", b.len == 1 ? b.ptr[0] :
		    (unsigned int)b.ptr[0] << 8 | b.ptr[1]);
}

/* PCK profile 1.3.5: SGXType ::= ENUMERATED */
static const char *
sgx_type(uint64_t v)
{
	static const char *const types[] = { "Standard", "Scalable",
	    "ScalableWithIntegrity" };

	return v < sizeof(types) / sizeof(types[0]) ? types[v] : "unknown";
}

static bool
is_text(uint8_t tag)
{
	return tag == ASSAY_DER_UTF8_STRING || tag == ASSAY_DER_IA5_STRING ||
	    tag == ASSAY_DER_PRINTABLE_STRING;
}

/* One element in its own notation, hex where there is none. */
static void
put_value(struct assay_buffer *out, bool is_sgx_type, struct assay_reader r)
{
	struct assay_reader at = r;
	struct assay_bytes b;
	uint8_t tag;
	uint64_t v;
	bool flag;

	if (assay_der_octets(&at, &b))
		put_octet_values(out, b);
	else if (assay_der_bool(&at, &flag))
		(void)assay_buffer_puts(out, flag ? "true" : "false");
	else if (assay_der_uint(&at, ASSAY_DER_INTEGER, &v))
		(void)assay_buffer_printf(out, "%llu", (unsigned long long)v);
	else if (assay_der_uint(&at, ASSAY_DER_ENUMERATED, &v))
		(void)assay_buffer_printf(out, "%llu %s",
		    (unsigned long long)v, is_sgx_type ? sgx_type(v) : "");
	else if (assay_der_any(&at, &tag, &b, NULL) && is_text(tag))
		(void)assay_safe_text(b, "\\", out);
	else
		put_hex(out, assay_reader_rest(&r));
}

static void
put_sgx_label(struct assay_buffer *out, const char *oid)
{
	const char *name = name_of(oid);
	size_t n = sizeof(SGX_COMPONENT) - 1;

	if (name != NULL)
		(void)assay_buffer_puts(out, name);
	else if (strncmp(oid, SGX_COMPONENT, n) == 0)
		(void)assay_buffer_printf(out, "SGX TCB Comp%s SVN", oid + n);
	else
		(void)assay_buffer_puts(out, oid);
}

static bool put_sgx(struct assay_buffer *out, struct assay_reader list,
    int indent);

/* One pair: its name, then its value or, a level deeper, its pairs. */
static bool
put_sgx_pair(struct assay_buffer *out, const char *oid,
    struct assay_reader value, int indent)
{
	struct assay_reader inner;

	(void)assay_buffer_printf(out, "%*s", indent, "");
	put_sgx_label(out, oid);
	(void)assay_buffer_putc(out, ':');
	if (indent < 16 && assay_der_next(&value, ASSAY_DER_SEQUENCE,
	    &inner)) {
		(void)assay_buffer_putc(out, '\n');
		return put_sgx(out, inner, indent + 4);
	}
	(void)assay_buffer_putc(out, ' ');
	put_value(out, strcmp(oid, SGX_PREFIX ".5") == 0, value);
	return assay_buffer_putc(out, '\n');
}

/* SEQUENCE OF { OID, value }, where a value may be such a sequence again. */
static bool
put_sgx(struct assay_buffer *out, struct assay_reader list, int indent)
{
	struct assay_buffer text = assay_buffer(512);
	struct assay_reader pair, oid;
	bool ok = true;

	while (ok && assay_reader_left(&list) != 0) {
		assay_buffer_clear(&text);
		ok = assay_der_next(&list, ASSAY_DER_SEQUENCE, &pair) &&
		    assay_der_next(&pair, ASSAY_DER_OID, &oid) &&
		    assay_oid_text(assay_reader_rest(&oid), &text) &&
		    put_sgx_pair(out, assay_buffer_str(&text), pair, indent);
	}
	assay_buffer_free(&text);
	return ok;
}

static bool
describe_sgx(struct assay_buffer *out, struct assay_bytes value)
{
	struct assay_reader r = assay_reader(value), list;
	size_t before = out->len;

	if (assay_der_next(&r, ASSAY_DER_SEQUENCE, &list) &&
	    assay_reader_left(&r) == 0 && put_sgx(out, list, 8))
		return true;
	if (!out->failed)
		out->len = before;
	return false;
}

/* OpenSSL's lines, each escaped and indented; false if it has none. */
static bool
describe_openssl(struct assay_buffer *out, const struct assay_cert *cert,
    size_t i)
{
	X509_EXTENSION *ext = X509_get_ext(cert->x509, (int)i);
	BIO *bio = BIO_new(BIO_s_mem());
	const char *line, *end;
	char *text = NULL;
	long n;
	bool ok = false;

	if (bio == NULL || ext == NULL ||
	    X509V3_EXT_print(bio, ext, X509V3_EXT_DEFAULT, 0) != 1 ||
	    (n = BIO_get_mem_data(bio, &text)) <= 0)
		goto out;
	for (line = text; line < text + n; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + n - line));
		if (end == NULL)
			end = text + n;
		if (end == line)
			continue;
		(void)assay_buffer_puts(out, "        ");
		(void)assay_safe_text((struct assay_bytes){
		    (const uint8_t *)line, (size_t)(end - line) }, "\\", out);
		(void)assay_buffer_putc(out, '\n');
	}
	ok = true;
out:
	BIO_free(bio);
	ERR_clear_error();
	return ok;
}

/* Vendors' extensions are often one number or one short text. */
static bool
describe_value(struct assay_buffer *out, struct assay_bytes value)
{
	struct assay_reader r = assay_reader(value), at = r;
	struct assay_bytes b;
	uint8_t tag;

	if (!assay_der_any(&at, &tag, &b, NULL) ||
	    assay_reader_left(&at) != 0 || b.len > HEX_LINE ||
	    (!is_text(tag) && tag != ASSAY_DER_INTEGER &&
	    tag != ASSAY_DER_BOOLEAN && tag != ASSAY_DER_ENUMERATED))
		return false;
	(void)assay_buffer_puts(out, "        ");
	put_value(out, false, r);
	(void)assay_buffer_putc(out, '\n');
	return true;
}

static void
put_extension(struct assay_buffer *out, const struct assay_cert *cert,
    size_t i)
{
	const struct assay_extension *e = &cert->exts[i];
	const char *oid = cert->oids[i], *name = name_of(oid);

	if (name != NULL)
		(void)assay_buffer_printf(out, "    %s (%s)", name, oid);
	else
		(void)assay_buffer_printf(out, "    %s", oid);
	(void)assay_buffer_printf(out, "%s, %zu bytes:\n",
	    e->critical ? ", critical" : "", e->value.len);
	if (strcmp(oid, ASSAY_OID_BASIC) == 0)
		put_basic(out, cert);
	else if (strcmp(oid, ASSAY_OID_KEY_USAGE) == 0)
		put_key_usage(out, cert->key_usage);
	else if ((strcmp(oid, SGX_PREFIX) != 0 ||
	    !describe_sgx(out, e->value)) &&
	    !describe_openssl(out, cert, i) && !describe_value(out, e->value))
		put_dump(out, e->value);
}

bool
assay_cert_describe(const struct assay_cert *cert, struct assay_buffer *out)
{
	struct assay_error err;
	struct assay_digest d;

	(void)assay_buffer_printf(out, "subject:     %s\n",
	    cert->subject_text);
	(void)assay_buffer_printf(out, "issuer:      %s\n",
	    cert->issuer_text);
	(void)assay_buffer_printf(out, "version:     %d\n", cert->version);
	(void)assay_buffer_puts(out, "serial:      ");
	put_hex(out, cert->serial);
	(void)assay_buffer_putc(out, '\n');
	put_time(out, "not before:  ", cert->not_before);
	put_time(out, "not after:   ", cert->not_after);
	put_key(out, cert);
	put_signature(out, cert);
	if (cert->n_exts != 0)
		(void)assay_buffer_puts(out, "extensions:\n");
	for (size_t i = 0; i < cert->n_exts; i++)
		put_extension(out, cert, i);
	if (assay_digest(ASSAY_SHA256, assay_buffer_bytes(&cert->der), &d,
	    &err)) {
		(void)assay_buffer_puts(out, "SHA-256:     ");
		put_hex(out, assay_digest_bytes(&d));
		(void)assay_buffer_putc(out, '\n');
	}
	return !out->failed;
}
