/* SPDX-License-Identifier: Apache-2.0 */
#include "app/baseline_text.h"

#include <string.h>

#include "base/text.h"

static bool
accept_one(uint32_t *accepted, struct assay_bytes name,
    struct assay_error *err)
{
	enum assay_tcb_status status;

	if (!assay_tcb_status_parse(name, &status))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "accept-tcb: \"%.*s\" is not a TCB status",
		    name.len > 64 ? 64 : (int)name.len,
		    (const char *)name.ptr);
	if (status == ASSAY_TCB_REVOKED)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "accept-tcb: Revoked is never accepted");
	*accepted |= 1u << status;
	return true;
}

bool
assay_baseline_parse_accept(const char *text, struct assay_baseline *out,
    struct assay_error *err)
{
	uint32_t accepted = 0;
	const char *at = text;

	for (;;) {
		size_t n = strcspn(at, ",");

		if (!accept_one(&accepted,
		    (struct assay_bytes){ (const uint8_t *)at, n }, err))
			return false;
		if (at[n] == '\0')
			break;
		at += n + 1;
	}
	out->accepted = accepted;
	return true;
}

bool
assay_baseline_parse_grace(const char *text, struct assay_baseline *out,
    struct assay_error *err)
{
	int64_t n;

	if (strcmp(text, "any") == 0)
		n = INT64_MAX;
	else if (!assay_text_i64(assay_bytes_of(text), &n) || n < 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "collateral-grace is \"%s\", want seconds or \"any\"",
		    text);
	out->grace = n;
	return true;
}
