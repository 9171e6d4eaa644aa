/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The baselines that an operator defines, in a file of sections:
 *
 *	[fleet]
 *	accept-tcb = UpToDate,SWHardeningNeeded
 *	grace-tcb = OutOfDate
 *	grace-until = 2027-01-31
 *
 * What a section does not say is as the service's own options say. The
 * section [azuredefault] is the default itself. doc/baselines.md.
 */
#ifndef ASSAY_APP_BASELINES_H
#define ASSAY_APP_BASELINES_H

#include <assay/attest.h>

/* Immutable, counted. */
struct assay_baselines {
	struct assay_baseline	 by_default;
	struct assay_baseline	*named;
	size_t			 n;
	struct assay_arena	*arena;		/* all that they hold */
	unsigned int		 refs;		/* atomic */
};

/*
 * base: what holds where a section is silent. CONFIG_INVALID naming line,
 * section and key; LIMIT_EXCEEDED. One reference is the caller's.
 */
ASSAY_MUST_USE bool assay_baselines_parse(struct assay_bytes text,
    const struct assay_baseline *base, struct assay_baselines **out,
    struct assay_error *err);
/* The same from a file, which errors name; path NULL: base and no others. */
ASSAY_MUST_USE bool assay_baselines_read(const char *path,
    const struct assay_baseline *base, struct assay_baselines **out,
    struct assay_error *err);
struct assay_baselines *assay_baselines_ref(struct assay_baselines *b);
void assay_baselines_free(struct assay_baselines *b);	/* or NULL */

#endif
