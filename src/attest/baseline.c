/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/baseline.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define PROPERTY	"x-ms-sgx-tcbidentifier"

#define BIT(status) (UINT32_C(1) << ASSAY_TCB_##status)

struct assay_baseline
assay_baseline_default(void)
{
	return (struct assay_baseline){
		.accepted = BIT(UP_TO_DATE) | BIT(SW_HARDENING_NEEDED) |
		    BIT(CONFIGURATION_NEEDED) |
		    BIT(CONFIGURATION_AND_SW_HARDENING_NEEDED),
	};
}

struct assay_baseline
assay_baseline_any(void)
{
	struct assay_baseline b = { 0 };

	for (int s = 0; s < ASSAY_TCB_UNKNOWN; s++)
		if (s != ASSAY_TCB_REVOKED)
			b.accepted |= UINT32_C(1) << s;
	return b;
}

/* ---- the one that a policy names ---------------------------------------- */

bool
assay_baseline_is_number(const char *name, uint32_t *number)
{
	uint64_t n;

	if (!assay_text_u64(assay_bytes_of(name), &n) || n == 0 ||
	    n > UINT32_MAX)
		return false;
	*number = (uint32_t)n;
	return true;
}

static bool
copy_name(const struct assay_claim *claim, char out[ASSAY_BASELINE_NAME],
    struct assay_error *err)
{
	if (claim->value_type != ASSAY_VALUE_STRING)
		return assay_fail(err, ASSAY_ERR_BASELINE_UNKNOWN,
		    PROPERTY " is not a string");
	if (claim->text.len == 0 || claim->text.len >= ASSAY_BASELINE_NAME ||
	    memchr(claim->text.ptr, '\0', claim->text.len) != NULL)
		return assay_fail(err, ASSAY_ERR_BASELINE_UNKNOWN,
		    PROPERTY " has %zu characters, want 1 to %d",
		    claim->text.len, ASSAY_BASELINE_NAME - 1);
	memcpy(out, claim->text.ptr, claim->text.len);
	out[claim->text.len] = '\0';
	return true;
}

/* Configuration rules run first and see nothing of the evidence. */
bool
assay_baseline_name(const struct assay_policy *policy,
    char out[ASSAY_BASELINE_NAME], struct assay_error *err)
{
	struct assay_policy_result result = { 0 };
	struct assay_claim claim;
	bool ok = true;

	(void)snprintf(out, ASSAY_BASELINE_NAME, "%s",
	    ASSAY_BASELINE_DEFAULT);
	if (policy == NULL)
		return true;
	if (!assay_policy_configure(policy, &result, err))
		ok = false;
	else if (result.properties != NULL &&
	    assay_claims_find(result.properties, PROPERTY, &claim))
		ok = copy_name(&claim, out, err);
	assay_policy_result_free(&result);
	return ok;
}
