/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which baseline a policy names, and whether a platform meets it. Source:
 * Azure Attestation, custom TCB baseline; policy language, property
 * x-ms-sgx-tcbidentifier.
 */
#ifndef ASSAY_ATTEST_BASELINE_H
#define ASSAY_ATTEST_BASELINE_H

#include <assay/attest.h>

#include "evidence/kind.h"

/*
 * ASSAY_BASELINE_DEFAULT for a policy (or NULL) that names none.
 * BASELINE_UNKNOWN for what is no name; errors of assay_policy_configure().
 */
ASSAY_MUST_USE bool assay_baseline_name(const struct assay_policy *policy,
    char out[ASSAY_BASELINE_NAME], struct assay_error *err);
/* Is the name a tcbEvaluationDataNumber? */
bool assay_baseline_is_number(const char *name, uint32_t *number);

/*
 * The baseline of this name: the default, the default by another number, or
 * one of the operator's. BASELINE_UNKNOWN.
 */
ASSAY_MUST_USE bool assay_baseline_find(
    const struct assay_attest_context *ctx, const char *name,
    struct assay_baseline *out, struct assay_error *err);

/* Is it only for a time that the baseline accepts the status? */
bool assay_baseline_in_grace(const struct assay_baseline *b,
    enum assay_tcb_status status);
/*
 * Every rule, one named check each: BELOW_BASELINE, BASELINE_GRACE_OVER,
 * BASELINE_TCB_DATE, BASELINE_ADVISORY, BASELINE_PLATFORM.
 */
ASSAY_MUST_USE bool assay_baseline_check(const struct assay_baseline *b,
    int64_t now, struct assay_finding *finding, struct assay_error *err);

#endif
