/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tcbEvaluationDataNumber that the operator has set for the default
 * baseline must not go back by an old configuration file.
 */
#ifndef ASSAY_APP_BASELINE_NUMBER_H
#define ASSAY_APP_BASELINE_NUMBER_H

#include "app/store.h"

/*
 * Take number (0: whatever is the newest) as the default's from now on, and
 * write a change into the history. COLLATERAL_ROLLBACK if it is lower than
 * what was the default before and nobody has said that it may be.
 */
ASSAY_MUST_USE bool assay_baseline_number_take(struct assay_store *store,
    uint32_t number, const struct assay_store_change *change,
    struct assay_error *err);
/* The next one may be lower; in the history. */
ASSAY_MUST_USE bool assay_baseline_number_lower(struct assay_store *store,
    const struct assay_store_change *change, struct assay_error *err);

#endif
