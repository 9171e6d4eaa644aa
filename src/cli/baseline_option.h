/* SPDX-License-Identifier: Apache-2.0 */
/* The baseline of an appraisal, in the words of the command line. */
#ifndef ASSAY_CLI_BASELINE_OPTION_H
#define ASSAY_CLI_BASELINE_OPTION_H

#include "app/baselines.h"

struct cli_baseline_options {
	const char	*accept_tcb, *collateral_grace;	/* or NULL */
	const char	*file, *name;			/* or NULL */
	bool		 accept_expired;
};

/*
 * Fill the baselines of ctx, which borrows from *held. With a file, what it
 * and the options do not say is as the service has it; without, every status
 * is accepted. USAGE; errors of assay_baselines_read().
 */
ASSAY_MUST_USE bool cli_baseline(const struct cli_baseline_options *opt,
    struct assay_attest_context *ctx, struct assay_baselines **held,
    struct assay_error *err);

#endif
