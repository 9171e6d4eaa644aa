/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A platform: a verified PCK chain together with the verified collateral that
 * judges it. Immutable but for its memory of quoting enclaves, counted,
 * shareable between threads: a second quote from the platform starts here.
 */
#ifndef ASSAY_COLLATERAL_PLATFORM_H
#define ASSAY_COLLATERAL_PLATFORM_H

#include "collateral/collateral.h"
#include "collateral/qememo.h"

struct assay_platform {
	struct assay_collateral	*collateral;	/* owned */
	struct assay_pck_chain	 chain;		/* owned */
	struct assay_dcap_wanted wanted;
	bool			 test_anchor;
	/* SGX: the level of the platform, NULL if it reaches none. TDX needs
	 * the quote to tell. */
	const struct assay_tcb_level *sgx_level;
	struct assay_qe_memo	*qe_memo;	/* owned; locks itself */
	struct assay_window	 windows[ASSAY_PCK_WINDOWS];
	struct assay_checks	 checks;
	unsigned int		 refs;		/* atomic */
};

/*
 * Takes chain and a reference to collateral on success. wanted is what the
 * collateral was asked for by. checks: all that were made on
 * chain and collateral; those of this step are added. TCB_INFO_MISMATCH,
 * BASELINE_UNKNOWN.
 */
ASSAY_MUST_USE bool assay_platform_new(struct assay_pck_chain *chain,
    struct assay_collateral *collateral,
    const struct assay_dcap_wanted *wanted, bool test_anchor,
    struct assay_checks *checks, struct assay_platform **out,
    struct assay_error *err);
struct assay_platform *assay_platform_ref(struct assay_platform *p);
void assay_platform_free(struct assay_platform *p);	/* or NULL */

/* Look at every window of the chain and of the collateral. */
void assay_platform_look(const struct assay_platform *p,
    struct assay_freshness *f, struct assay_checks *checks);

/*
 * How evidence gets its platform: a function of whoever keeps verified
 * objects. pck_chain is PEM from the quote. *wanted is set as soon as it is
 * known, whatever the outcome; checks has what was made, also on failure.
 */
struct assay_platform_keeper {
	bool	(*get)(void *ctx, struct assay_bytes pck_chain,
		    enum assay_tee tee, struct assay_platform **out,
		    struct assay_dcap_wanted *wanted, bool *has_wanted,
		    struct assay_checks *checks, struct assay_error *err);
	void	*ctx;
};

#endif
