/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two-certificate chain behind TCB info and QE identity: "Intel SGX TCB
 * Signing" and the root. One set of rules, one name for each check in each of
 * the two uses. Source: QVL TCBSigningChain.
 */
#ifndef ASSAY_COLLATERAL_TCBCHAIN_H
#define ASSAY_COLLATERAL_TCBCHAIN_H

#include "collateral/intel_cert.h"
#include "crypto/crl.h"

struct assay_tcb_chain_rules {
	const char		*what;
	const char		*signer_what, *root_what;
	enum assay_check_id	 length, root, signer, extensions, usage,
				 root_signature, signature, trusted,
				 not_revoked, not_before, not_after;
};
extern const struct assay_tcb_chain_rules assay_tcb_chain_rules;
extern const struct assay_tcb_chain_rules assay_qe_chain_rules;

#define ASSAY_TCB_CHAIN_WINDOWS 2

struct assay_tcb_chain {
	struct assay_cert	*signer, *root;
};

/*
 * Find the two certificates; trusts nothing. UNSUPPORTED_CERT_FORMAT,
 * SGX_ROOT_CA_MISSING, SGX_TCB_SIGNING_CERT_MISSING,
 * SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS.
 */
ASSAY_MUST_USE bool assay_tcb_chain_parse(struct assay_bytes pem,
    const struct assay_tcb_chain_rules *rules, struct assay_checks *checks,
    struct assay_tcb_chain *out, struct assay_error *err);
void assay_tcb_chain_free(struct assay_tcb_chain *chain);

/*
 * Signatures up to the very root key that the PCK chain ends in, uses, and
 * the root's revocation list (verified elsewhere). Says nothing of time.
 */
ASSAY_MUST_USE bool assay_tcb_chain_verify(const struct assay_tcb_chain *chain,
    const struct assay_pkey *root_key, const struct assay_crl *root_crl,
    const struct assay_tcb_chain_rules *rules, struct assay_checks *checks,
    struct assay_error *err);
void assay_tcb_chain_windows(const struct assay_tcb_chain *chain,
    const struct assay_tcb_chain_rules *rules,
    struct assay_window out[ASSAY_TCB_CHAIN_WINDOWS]);

#endif
