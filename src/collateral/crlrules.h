/* SPDX-License-Identifier: Apache-2.0 */
/* Intel's rules for its two revocation lists, with a name for each. */
#ifndef ASSAY_COLLATERAL_CRLRULES_H
#define ASSAY_COLLATERAL_CRLRULES_H

#include "collateral/intel_cert.h"
#include "crypto/crl.h"

struct assay_crl_rules {
	const char		*what;
	enum assay_dated	 dated;
	enum assay_check_id	 issuer, number, extensions, signature, window;
};

/* Of the root CA (revokes intermediates and TCB signers). */
extern const struct assay_crl_rules assay_root_crl_rules;
/* Of the Processor or Platform CA (revokes PCK certificates). */
extern const struct assay_crl_rules assay_pck_crl_rules;

/* SGX_CRL_UNSUPPORTED_FORMAT. */
ASSAY_MUST_USE bool assay_crl_open(struct assay_bytes in,
    const struct assay_crl_rules *rules, struct assay_crl **out,
    struct assay_error *err);
/*
 * Is it issuer's list? SGX_CRL_UNKNOWN_ISSUER, SGX_CRL_UNSUPPORTED_FORMAT (no
 * number), SGX_CRL_INVALID_EXTENSIONS, SGX_CRL_INVALID_SIGNATURE. Says
 * nothing of the time.
 */
ASSAY_MUST_USE bool assay_crl_verify(const struct assay_crl *crl,
    const struct assay_cert *issuer, const struct assay_crl_rules *rules,
    struct assay_checks *checks, struct assay_error *err);
struct assay_window assay_crl_window(const struct assay_crl *crl,
    const struct assay_crl_rules *rules);
/* A named check that the list does not have the certificate. */
ASSAY_MUST_USE bool assay_crl_clears(const struct assay_crl *crl,
    const struct assay_cert *cert, enum assay_check_id id,
    enum assay_code code, struct assay_checks *checks,
    struct assay_error *err);

#endif
