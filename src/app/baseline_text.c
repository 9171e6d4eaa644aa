/* SPDX-License-Identifier: Apache-2.0 */
#include "app/baseline_text.h"

#include <string.h>

#include "base/text.h"

static bool
accept_one(uint32_t *accepted, struct assay_bytes name,
    struct assay_error *err)
{
	enum assay_tcb_status status;
	char shown[ASSAY_TEXT_SHOW];

	if (!assay_tcb_status_parse(name, &status))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "\"%s\" is not a TCB status",
		    assay_text_show(name, shown));
	if (status == ASSAY_TCB_REVOKED)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "Revoked is never accepted");
	*accepted |= 1u << status;
	return true;
}

bool
assay_baseline_parse_statuses(struct assay_bytes text, uint32_t *out,
    struct assay_error *err)
{
	uint32_t accepted = 0;
	size_t n;

	for (size_t at = 0; at <= text.len; at += n + 1) {
		n = 0;
		while (at + n < text.len && text.ptr[at + n] != ',')
			n++;
		if (!accept_one(&accepted,
		    (struct assay_bytes){ text.ptr + at, n }, err))
			return false;
	}
	*out = accepted;
	return true;
}

bool
assay_baseline_parse_accept(const char *text, struct assay_baseline *out,
    struct assay_error *err)
{
	return assay_baseline_parse_statuses(assay_bytes_of(text),
	    &out->accepted, err) || assay_fail_in(err, "accept-tcb");
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
