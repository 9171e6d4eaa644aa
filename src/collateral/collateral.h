/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of collateral, verified once and then kept: immutable, counted,
 * shareable between threads. Verified says nothing of time: the windows are
 * looked at on every use.
 */
#ifndef ASSAY_COLLATERAL_COLLATERAL_H
#define ASSAY_COLLATERAL_COLLATERAL_H

#include "collateral/pck.h"
#include "collateral/qeidentity.h"
#include "collateral/tcbchain.h"
#include "collateral/tcbinfo.h"
#include "crypto/crl.h"

/* Both revocation lists, both chains, both documents. */
#define ASSAY_COLLATERAL_WINDOWS (2 + 2 * (ASSAY_TCB_CHAIN_WINDOWS + 1))

/* Hashes of collateral as claims give them (sgx-tdx 5); hex, lower case. */
struct assay_collateral_hashes {
	char	tcb_info[65], tcb_info_certs[65];
	char	qe_identity[65], qe_identity_certs[65];
	char	root_crl[65];
};

struct assay_collateral {
	struct assay_crl		*root_crl, *pck_crl;
	struct assay_tcb_chain		 tcb_chain, qe_chain;
	struct assay_tcb_info		*tcb_info;
	struct assay_qe_identity	*qe_identity;
	struct assay_collateral_hashes	 hashes;
	struct assay_window		 windows[ASSAY_COLLATERAL_WINDOWS];
	struct assay_checks		 checks;	/* made and passed */
	unsigned int			 refs;		/* atomic */
};

/*
 * Open the revocation lists, which the PCK chain needs first; the rest of raw
 * waits for assay_collateral_verify(). COLLATERAL_MISSING names the member
 * that is not there; SGX_CRL_UNSUPPORTED_FORMAT.
 */
ASSAY_MUST_USE bool assay_collateral_open(
    const struct assay_dcap_collateral *raw, struct assay_collateral **out,
    struct assay_error *err);
/*
 * The revocation lists against the chain, and the chain against them. The
 * checks that speak of the chain go to chain_checks, all others to the set.
 */
ASSAY_MUST_USE bool assay_collateral_verify_pck(
    const struct assay_collateral *c, const struct assay_pck_chain *chain,
    struct assay_checks *checks, struct assay_error *err);
/*
 * Chains, signatures and structure of TCB info and QE identity. root_key is
 * that of the PCK chain; root_crl must have been verified with it. Not for
 * a set that somebody else sees already.
 */
ASSAY_MUST_USE bool assay_collateral_verify(struct assay_collateral *c,
    const struct assay_dcap_collateral *raw,
    const struct assay_pkey *root_key, struct assay_checks *checks,
    struct assay_error *err);

struct assay_collateral *assay_collateral_ref(struct assay_collateral *c);
void assay_collateral_free(struct assay_collateral *c);	/* or NULL */

#endif
