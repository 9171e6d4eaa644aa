/* SPDX-License-Identifier: Apache-2.0 */
/* Make certificates and CRLs: the service's own, and simulated vendors'. */
#ifndef ASSAY_CRYPTO_ISSUE_H
#define ASSAY_CRYPTO_ISSUE_H

#include "crypto/cert.h"
#include "crypto/signer.h"

struct assay_name_part {
	const char	*type;		/* "CN", "O", "L", "ST", "C" */
	const char	*value;		/* UTF-8 */
};

struct assay_extension_spec {
	const char		*oid;
	bool			 critical;
	struct assay_bytes	 value;	/* DER inside the OCTET STRING */
};

struct assay_cert_spec {
	const struct assay_name_part	*subject;
	size_t				 n_subject;
	struct assay_bytes		 serial;	/* empty: random 16 bytes */
	int64_t				 not_before, not_after;
	const struct assay_pkey		*key;		/* the subject's */
	bool				 is_ca;
	int				 pathlen;	/* -1: none */
	unsigned int			 key_usage;	/* 0: no extension */
	const char			*crl_url;	/* NULL: none */
	const char			*dns_names;	/* comma-separated DNS
							   names and IPs; NULL */
	bool				 server_auth;	/* EKU */
	/* Leave standard extensions out, to make broken certificates. */
	bool				 no_basic_constraints;
	bool				 no_key_ids;	/* SKI and AKI */
	const struct assay_extension_spec *extensions;
	size_t				 n_extensions;
};

/*
 * Append the DER. issuer NULL: self-signed (issuer_key signs, and must be the
 * subject's). SKI and AKI are added. ECDSA/RSA with SHA-256.
 */
ASSAY_MUST_USE bool assay_cert_issue(const struct assay_cert_spec *spec,
    const struct assay_cert *issuer, const struct assay_signer *issuer_key,
    struct assay_buffer *der, struct assay_error *err);

struct assay_crl_spec {
	int64_t				 this_update, next_update;
	uint64_t			 number;
	bool				 no_number, no_aki;	/* broken ones */
	const struct assay_bytes	*serials;	/* revoked */
	size_t				 n_serials;
	int64_t				 revoked_at;
};

ASSAY_MUST_USE bool assay_crl_issue(const struct assay_crl_spec *spec,
    const struct assay_cert *issuer, const struct assay_signer *issuer_key,
    struct assay_buffer *der, struct assay_error *err);

#endif
