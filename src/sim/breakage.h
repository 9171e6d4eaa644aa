/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The named ways to break a simulated platform: one list for the tests of the
 * verifier, for fuzz seeds and for `assay sim`. All but the broken point stays
 * validly signed, so that exactly one check has reason to fail.
 */
#ifndef ASSAY_SIM_BREAKAGE_H
#define ASSAY_SIM_BREAKAGE_H

#include "base/check.h"
#include "sim/sim.h"

struct assay_breakage {
	const char		*name;		/* "bad-qe-signature" */
	const char		*what;		/* a phrase for people */
	/* What the verifier must answer; OK: it accepts, with a status. */
	enum assay_code		 code;
	/* The check that fails; ASSAY_CHECK_COUNT: none (parsing fails, or
	 * something is missing). */
	enum assay_check_id	 check;
	/* It changes p->quote and p->openenclave alone: the world is sound. */
	bool			 of_quote;
	void			(*apply)(struct assay_sim_params *p);
};

/* The list; *n is its length. Static. */
const struct assay_breakage *assay_breakages(size_t *n);
/* NULL if there is none of this name. */
const struct assay_breakage *assay_breakage_find(const char *name);

#endif
