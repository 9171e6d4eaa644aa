/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The callers file: which OpenID Connect issuers' tokens and which client
 * certificates are believed, and for which role. One JSON object;
 * doc/callers.md describes every member.
 */
#ifndef ASSAY_APP_CALLER_CONFIG_H
#define ASSAY_APP_CALLER_CONFIG_H

#include "base/limits.h"
#include "crypto/cert.h"
#include "token/bearer.h"

/* Bits; a Contributor may all that a Reader may. */
#define ASSAY_ROLE_READER	1u
#define ASSAY_ROLE_CONTRIBUTOR	2u

struct assay_caller_texts {
	char	**items;
	size_t	  n;
};

struct assay_caller_issuer {
	char				*issuer;
	struct assay_caller_texts	 audiences;	/* at least one */
	uint32_t			 algs;
	int64_t				 skew;		/* seconds */
	char				*discovery;	/* URL; or */
	char				*jwks_file;	/* path */
	char				*cacert;	/* path; NULL: system's */
	int64_t				 refresh;	/* seconds */
	int64_t				 max_age;	/* seconds */
	struct assay_caller_texts	 roles_claim;	/* path of members */
	bool				 roles_words;
	/* Names of roles in tokens that make a Reader, a Contributor. */
	struct assay_caller_texts	 readers, contributors;
};

/* A client certificate under ca that is all of what is set here. */
struct assay_caller_certificate {
	struct assay_cert		*ca[ASSAY_MAX_CHAIN_CERTS];
	size_t				 n_ca;
	struct assay_buffer		 ca_pem;	/* as it was read */
	char				*subject;	/* RFC 2253 text */
	char				*dns, *uri;	/* of subjectAltName */
	bool				 has_sha256;
	uint8_t				 sha256[32];	/* of the DER */
	unsigned int			 role;
};

struct assay_caller_config {
	struct assay_caller_issuer	*issuers;
	size_t				 n_issuers;
	struct assay_caller_certificate	*certificates;
	size_t				 n_certificates;
};

/*
 * CONFIG_INVALID naming member and reason; IO_FAILED of a certificate file
 * that it names. own_issuer is the service's own, which is no issuer of
 * callers. Free with assay_caller_config_free(), whatever happens.
 */
ASSAY_MUST_USE bool assay_caller_config_parse(struct assay_bytes text,
    const char *own_issuer, struct assay_caller_config *out,
    struct assay_error *err);
void assay_caller_config_free(struct assay_caller_config *config);

#endif
