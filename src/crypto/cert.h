/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 certificates (RFC 5280), immutable once parsed, shareable between
 * threads. Parsing is strict: canonical DER that re-encodes to itself, no
 * duplicate extensions, version 3 (version 1 only for a root that the caller
 * pins), serial not negative and at most 20 octets. Parsing trusts nothing.
 */
#ifndef ASSAY_CRYPTO_CERT_H
#define ASSAY_CRYPTO_CERT_H

#include "base/buffer.h"
#include "crypto/pkey.h"

struct assay_cert;

/* RFC 5280 section 4.2.1.3, by bit number. */
enum assay_key_usage {
	ASSAY_KU_DIGITAL_SIGNATURE = 1 << 0,
	ASSAY_KU_KEY_ENCIPHERMENT = 1 << 2,
	ASSAY_KU_KEY_AGREEMENT = 1 << 4,
	ASSAY_KU_KEY_CERT_SIGN = 1 << 5,
	ASSAY_KU_CRL_SIGN = 1 << 6,
};

/* Free with assay_cert_free(). */
ASSAY_MUST_USE bool assay_cert_parse(struct assay_bytes der,
    struct assay_cert **out, struct assay_error *err);
/*
 * All certificates of a PEM text in order, nothing but white space and NULs
 * between and behind them; 1 to max. Free each of out[0..*n).
 */
ASSAY_MUST_USE bool assay_certs_from_pem(struct assay_bytes pem,
    struct assay_cert **out, size_t max, size_t *n, struct assay_error *err);
void assay_cert_free(struct assay_cert *cert);
/* A second owner of the same certificate. */
struct assay_cert *assay_cert_ref(struct assay_cert *cert);

/* All borrowed: they live as long as the certificate. */
struct assay_bytes assay_cert_der(const struct assay_cert *cert);
/* 3, or 1: only for a root that the caller pins. */
int assay_cert_version(const struct assay_cert *cert);
struct assay_bytes assay_cert_subject(const struct assay_cert *cert); /* DER */
struct assay_bytes assay_cert_issuer(const struct assay_cert *cert);  /* DER */
struct assay_bytes assay_cert_serial(const struct assay_cert *cert); /* big-
						endian, no leading zeros */
struct assay_pkey *assay_cert_key(const struct assay_cert *cert);
int64_t assay_cert_not_before(const struct assay_cert *cert);
int64_t assay_cert_not_after(const struct assay_cert *cert);
/* First commonName of subject or issuer; empty bytes if there is none. */
struct assay_bytes assay_cert_subject_cn(const struct assay_cert *cert);
struct assay_bytes assay_cert_issuer_cn(const struct assay_cert *cert);
/* "CN=..., O=..." for people (RFC 2253 escapes, controls escaped too). */
const char *assay_cert_subject_text(const struct assay_cert *cert);
const char *assay_cert_issuer_text(const struct assay_cert *cert);

/*
 * The content of the extension with this dotted OID (inside the OCTET
 * STRING); false if absent. critical may be NULL.
 */
bool assay_cert_extension(const struct assay_cert *cert, const char *oid,
    struct assay_bytes *value, bool *critical);
/* basicConstraints: CA; *pathlen is -1 if unlimited; pathlen may be NULL. */
bool assay_cert_is_ca(const struct assay_cert *cert, int *pathlen);
/* keyUsage bits; false if the extension is absent. */
bool assay_cert_key_usage(const struct assay_cert *cert, unsigned int *bits);
/* The dotted OID of the first critical extension that this code does not
 * process and that the caller does not list; NULL if none. */
const char *assay_cert_unknown_critical(const struct assay_cert *cert,
    const char *const *known, size_t n);
/* Does extKeyUsage list this dotted OID? *present says if it is there at all;
 * false of one that is malformed. */
bool assay_cert_extended_usage(const struct assay_cert *cert,
    const char *purpose, bool *present);
/* Subject equals issuer, byte for byte. Says nothing of the signature. */
bool assay_cert_self_issued(const struct assay_cert *cert);

/*
 * Is cert signed by issuer's key? Checks issuer name == subject name and
 * the signature (with the algorithm of the certificate, both places equal,
 * SHA-256 or stronger). SIGNATURE_INVALID or CERT_PROFILE if not. Checks
 * nothing else: no validity, CA flag, or revocation.
 */
ASSAY_MUST_USE bool assay_cert_signed_by(const struct assay_cert *cert,
    const struct assay_cert *issuer, struct assay_error *err);

/* The same for a key alone: nobody's name is compared. */
ASSAY_MUST_USE bool assay_cert_signed_by_key(const struct assay_cert *cert,
    const struct assay_pkey *key, struct assay_error *err);

/* Append PEM with 64-column lines and a final newline. */
bool assay_cert_pem(const struct assay_cert *cert, struct assay_buffer *out);
/* Append a readable rendering of every field, for `assay inspect cert`. */
bool assay_cert_describe(const struct assay_cert *cert,
    struct assay_buffer *out);

#endif
