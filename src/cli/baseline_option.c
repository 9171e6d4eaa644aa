/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/baseline_option.h"

#include "app/baseline_text.h"
#include "attest/baseline.h"

/* Judged by the service's reader of settings. */
static bool
read_options(const struct cli_baseline_options *opt,
    struct assay_baseline *base, struct assay_error *err)
{
	*base = opt->file != NULL ? assay_baseline_default() :
	    assay_baseline_any();
	if (opt->accept_expired && opt->collateral_grace != NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--accept-expired and --collateral-grace: want one of "
		    "them");
	if (opt->accept_expired)
		base->grace.any_age = true;
	if ((opt->accept_tcb == NULL ||
	    assay_baseline_parse_accept(opt->accept_tcb, base, err)) &&
	    (opt->collateral_grace == NULL ||
	    assay_baseline_parse_grace(opt->collateral_grace, base, err)))
		return true;
	err->code = ASSAY_ERR_USAGE;
	return false;
}

/* The one that judges where the policy names none. */
static bool
choose(const char *name, struct assay_attest_context *ctx,
    struct assay_error *err)
{
	struct assay_baseline chosen;

	if (name == NULL)
		return true;
	if (!assay_baseline_find(ctx, name, &chosen, err)) {
		err->code = ASSAY_ERR_USAGE;
		return assay_fail_in(err, "--baseline");
	}
	chosen.name = name;
	ctx->baseline = chosen;
	return true;
}

bool
cli_baseline(const struct cli_baseline_options *opt,
    struct assay_attest_context *ctx, struct assay_baselines **held,
    struct assay_error *err)
{
	struct assay_baseline base;

	if (!read_options(opt, &base, err) ||
	    !assay_baselines_read(opt->file, &base, held, err))
		return false;
	ctx->baseline = (*held)->by_default;
	ctx->baselines = (*held)->named;
	ctx->n_baselines = (*held)->n;
	return choose(opt->name, ctx, err);
}
