/* SPDX-License-Identifier: Apache-2.0 */
/* Private to crypto/: what a parsed certificate is made of. */
#ifndef ASSAY_CRYPTO_CERT_IMPL_H
#define ASSAY_CRYPTO_CERT_IMPL_H

#include <stdatomic.h>

#include <openssl/x509.h>

#include "base/limits.h"
#include "crypto/cert.h"
#include "crypto/sigver_impl.h"
#include "crypto/x509.h"

struct assay_cert {
	atomic_uint		 refs;
	struct assay_buffer	 der;		/* what follows borrows here */
	struct assay_bytes	 tbs;
	struct assay_bytes	 algorithm;	/* whole AlgorithmIdentifier */
	struct assay_bytes	 signature;
	int			 version;	/* 1 or 3 */
	struct assay_bytes	 serial;
	struct assay_bytes	 issuer, subject;
	struct assay_bytes	 spki;
	int64_t			 not_before, not_after;
	struct assay_extension	 exts[ASSAY_MAX_CERT_EXTENSIONS];
	size_t			 n_exts;
	char			*oids[ASSAY_MAX_CERT_EXTENSIONS];
	bool			 is_ca;
	int			 pathlen;	/* -1: unlimited */
	bool			 has_key_usage;
	unsigned int		 key_usage;
	struct assay_pkey	*key;
	char			*subject_text, *issuer_text;
	X509			*x509;		/* for OpenSSL's verifier */
};

#define ASSAY_OID_SKI		"2.5.29.14"
#define ASSAY_OID_KEY_USAGE	"2.5.29.15"
#define ASSAY_OID_SAN		"2.5.29.17"
#define ASSAY_OID_BASIC		"2.5.29.19"
#define ASSAY_OID_CRL_NUMBER	"2.5.29.20"
#define ASSAY_OID_IDP		"2.5.29.28"
#define ASSAY_OID_NAME_CONSTRAINTS "2.5.29.30"
#define ASSAY_OID_CRL_DP	"2.5.29.31"
#define ASSAY_OID_AKI		"2.5.29.35"
#define ASSAY_OID_EKU		"2.5.29.37"

/* keyUsage by bit number, in the words of RFC 5280 4.2.1.3; NULL beyond. */
const char *assay_key_usage_name(unsigned int bit);

/*
 * The shared end of certificates and revocation lists: SEQUENCE { tbs,
 * AlgorithmIdentifier, BIT STRING } and nothing behind.
 */
struct assay_signed {
	struct assay_bytes	tbs, algorithm, signature;
	struct assay_reader	fields;		/* inside tbs */
};
ASSAY_MUST_USE bool assay_signed_read(struct assay_bytes der,
    struct assay_signed *out);
/* The signature is by this key, whose owner and subject are for the text. */
ASSAY_MUST_USE bool assay_signed_verify(const struct assay_signed *s,
    struct assay_bytes issuer, const struct assay_cert *by,
    struct assay_error *err);

#endif
