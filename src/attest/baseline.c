/* SPDX-License-Identifier: Apache-2.0 */
#include <assay/attest.h>

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
