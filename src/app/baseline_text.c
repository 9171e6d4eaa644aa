/* SPDX-License-Identifier: Apache-2.0 */
#include "app/baseline_text.h"

#include <string.h>

#include "base/text.h"
#include "collateral/window.h"

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

/* "tcb_info:86400" */
static bool
grace_of_kind(struct assay_bytes text, struct assay_grace *grace)
{
	const uint8_t *colon = text.len == 0 ? NULL :
	    memchr(text.ptr, ':', text.len);
	struct assay_bytes name, number;
	int64_t n;

	if (colon == NULL)
		return false;
	name = (struct assay_bytes){ text.ptr, (size_t)(colon - text.ptr) };
	number = (struct assay_bytes){ colon + 1, text.len - name.len - 1 };
	if (!assay_text_i64(number, &n) || n < 0)
		return false;
	for (int i = ASSAY_DATED_TCB_INFO; i < ASSAY_DATED_KINDS; i++)
		if (assay_bytes_equal(name, assay_bytes_of(
		    assay_dated_name((enum assay_dated)i)))) {
			grace->seconds[i] = n;
			return true;
		}
	return false;
}

static bool
grace_of_kinds(struct assay_bytes text, struct assay_grace *grace)
{
	size_t n;

	for (size_t at = 0; at <= text.len; at += n + 1) {
		n = 0;
		while (at + n < text.len && text.ptr[at + n] != ',')
			n++;
		if (!grace_of_kind((struct assay_bytes){ text.ptr + at, n },
		    grace))
			return false;
	}
	return true;
}

bool
assay_baseline_parse_grace(const char *text, struct assay_baseline *out,
    struct assay_error *err)
{
	struct assay_grace grace = { .any_age = strcmp(text, "any") == 0 };
	int64_t n;

	if (!grace.any_age && assay_text_i64(assay_bytes_of(text), &n) &&
	    n >= 0) {
		for (int i = ASSAY_DATED_TCB_INFO; i < ASSAY_DATED_KINDS; i++)
			grace.seconds[i] = n;
	} else if (!grace.any_age &&
	    !grace_of_kinds(assay_bytes_of(text), &grace))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "collateral-grace is \"%.96s\", want seconds, a list like "
		    "tcb_info:86400,pck_crl:3600 (kinds: tcb_info, "
		    "qe_identity, pck_crl, root_ca_crl), or \"any\"", text);
	out->grace = grace;
	return true;
}
