/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TCB evaluation data sets that are held: Intel counts them by
 * tcbEvaluationDataNumber, and several are kept side by side.
 */
#ifndef ASSAY_APP_TCB_NUMBERS_H
#define ASSAY_APP_TCB_NUMBERS_H

#include "app/collateral_set.h"
#include "base/limits.h"

struct assay_tcb_number {
	uint32_t	number;
	/* The latest tcbDate of its TCB infos: when Intel released it. */
	int64_t		released;
};

/* Falling by number; of more than there is room for the highest. */
struct assay_tcb_numbers {
	struct assay_tcb_number	row[ASSAY_MAX_TCB_NUMBERS];
	size_t			n;
	/* By which is judged who names none, on most platforms; 0: none. */
	uint32_t		by_default;
};

/* From all TCB infos of the TEE. MALFORMED errors of their JSON. */
ASSAY_MUST_USE bool assay_tcb_numbers_read(struct assay_collateral_set *set,
    enum assay_tee tee, struct assay_tcb_numbers *out,
    struct assay_error *err);
/* NULL if it is not held. */
const struct assay_tcb_number *assay_tcb_numbers_find(
    const struct assay_tcb_numbers *numbers, uint32_t number);

#endif
