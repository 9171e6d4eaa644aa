/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which baseline a policy names. Source: Azure Attestation, custom TCB
 * baseline; policy language, property x-ms-sgx-tcbidentifier.
 */
#ifndef ASSAY_ATTEST_BASELINE_H
#define ASSAY_ATTEST_BASELINE_H

#include <assay/attest.h>

#define ASSAY_BASELINE_DEFAULT	"azuredefault"
#define ASSAY_BASELINE_NAME	64	/* room for a name */

/*
 * ASSAY_BASELINE_DEFAULT for a policy (or NULL) that names none.
 * BASELINE_UNKNOWN for what is no name; errors of assay_policy_configure().
 */
ASSAY_MUST_USE bool assay_baseline_name(const struct assay_policy *policy,
    char out[ASSAY_BASELINE_NAME], struct assay_error *err);
/* Is the name a tcbEvaluationDataNumber? */
bool assay_baseline_is_number(const char *name, uint32_t *number);

#endif
