/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom certificates of TPMs (of endorsement keys, of AIKs) are believed from,
 * and paths from such a certificate to one of them. Every rule is a named
 * check; RFC 5280 section 6 with keys as anchors, since chains of TPMs carry
 * no root and roots are issued anew.
 */
#ifndef ASSAY_EVIDENCE_TPM_ROOTS_H
#define ASSAY_EVIDENCE_TPM_ROOTS_H

#include "base/check.h"
#include "evidence/tpm_cert.h"

struct assay_tpm_root {
	struct assay_pkey	*key;
	struct assay_cert	*cert;		/* NULL: built-in */
	const char		*name;		/* for people */
};

/* Immutable once made. */
struct assay_tpm_roots {
	struct assay_tpm_root	*root;
	size_t			 n;
	size_t			 n_builtin;	/* the first ones */
	struct assay_cert	**intermediate;	/* believed for nothing */
	size_t			 n_intermediates;
	uint8_t			(*revoked)[32];	/* sorted */
	size_t			 n_revoked;
};

struct assay_tpm_roots_config {
	const struct assay_bytes *anchors;	/* PEM, some in each */
	size_t			  n_anchors;
	const struct assay_bytes *intermediates;	/* the same */
	size_t			  n_intermediates;
	bool			  microsoft;	/* built-in roots of AIKs */
	/* SHA-256 of the DER of certificates that are not to be believed. */
	const uint8_t		(*revoked)[32];
	size_t			  n_revoked;
};

/*
 * Every certificate among anchors is believed as it is, root or not.
 * CERT_MALFORMED, BAD_FIELD if no anchor is left. Free with
 * assay_tpm_roots_free().
 */
ASSAY_MUST_USE bool assay_tpm_roots_make(
    const struct assay_tpm_roots_config *config, struct assay_tpm_roots *out,
    struct assay_error *err);
void assay_tpm_roots_free(struct assay_tpm_roots *roots);

/* The named checks of one kind of path, and what its leaf is for. */
struct assay_tpm_path_rules {
	enum assay_check_id	trusted, extensions, ca, purpose, not_before,
				not_after, not_revoked;
	const char		*oid;		/* extKeyUsage of the leaf */
	const char		*what;		/* "AIK certificate" */
};

struct assay_tpm_path {
	const struct assay_tpm_roots	*roots;
	const struct assay_cert *const	*extra;	/* came with the leaf */
	size_t				 n_extra;
	int64_t				 now;
};

/*
 * Is there a path to an anchor, and does everything on it conform? *anchor is
 * the index of the anchor. CERT_UNTRUSTED, CERT_PROFILE, CERT_EXPIRED,
 * CERT_NOT_YET_VALID, CERT_REVOKED, naming the certificate and the rule.
 */
ASSAY_MUST_USE bool assay_tpm_path_verify(const struct assay_cert *leaf,
    const struct assay_tpm_path *path,
    const struct assay_tpm_path_rules *rules, struct assay_checks *checks,
    size_t *anchor, struct assay_error *err);

#endif
