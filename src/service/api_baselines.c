/* SPDX-License-Identifier: Apache-2.0 */
/* GET /tcbbaselines/{type} (api.md section 9). */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "attest/baseline.h"
#include "base/text.h"
#include "base/when.h"
#include "json/json.h"
#include "service/baseline_data.h"
#include "service/framing.h"
#include "service/policies.h"

/* In the first version with the call everything is text. */
#define VERSION_OF_TEXT	"2022-09-01-preview"

/*
 * Platform software that a baseline needs at least, where that is published:
 * Azure Attestation, custom TCB baseline enforcement.
 */
static const struct psw {
	uint32_t	 number;
	const char	*linux_version, *windows_version;
} psw[] = {
	{ 10, "2.9", "2.7.101.2" },
	{ 11, "2.13.3", "2.13.100.2" },
	{ 12, "2.13.3", "2.13.100.2" },
	{ 13, "2.17", "2.16" },
	{ 14, "2.17", "2.16" },
	{ 15, "2.17", "2.16" },
};

/* One answer in the making. */
struct listing {
	struct assay_tcb_numbers	 numbers;
	char				 selected[ASSAY_BASELINE_NAME];
	bool				 as_text;
	bool				 only_selected;
	json_t				*array;
};

static bool
set_psw(json_t *row, uint32_t number)
{
	for (size_t i = 0; i < sizeof(psw) / sizeof(psw[0]); i++)
		if (psw[i].number == number)
			return json_object_set_new(row,
			    "minimumPswLinuxVersion",
			    json_string(psw[i].linux_version)) == 0 &&
			    json_object_set_new(row,
			    "minimumPswWindowsVersion",
			    json_string(psw[i].windows_version)) == 0;
	return true;
}

static bool
set_released(json_t *row, const struct assay_tcb_number *n, bool as_text)
{
	char when[ASSAY_WHEN_TEXT];
	size_t len;

	if (n->released == INT64_MIN)
		return true;
	(void)assay_when_text(n->released, when);
	len = strlen(when);
	/* Without the Z in the version that shows it so. */
	if (as_text && len != 0)
		when[len - 1] = '\0';
	return json_object_set_new(row, "tcbReleaseDate",
	    json_string(when)) == 0;
}

static bool
add_row(struct listing *l, const struct assay_tcb_number *n, json_t *row,
    struct assay_error *err)
{
	if (row == NULL || !set_released(row, n, l->as_text) ||
	    !set_psw(row, n->number)) {
		json_decref(row);
		return assay_fail_memory(err, "baselines");
	}
	return json_array_append_new(l->array, row) == 0 ||
	    assay_fail_memory(err, "baselines");
}

/* The number that the identifier stands for, 0 if it is not held. */
static uint32_t
number_of(const struct listing *l, const char *identifier)
{
	uint32_t number = 0;

	if (strcmp(identifier, ASSAY_BASELINE_DEFAULT) == 0)
		return l->numbers.by_default;
	(void)assay_baseline_is_number(identifier, &number);
	return number;
}

/* ---- as of 2022-09-01-preview ----------------------------------------------- */

static bool
add_text(struct listing *l, const char *text,
    const struct assay_tcb_number *n, struct assay_error *err)
{
	return add_row(l, n, json_pack("{s:s}", "tcbEvaluationDataNumber",
	    text), err);
}

static bool
add_default_text(struct listing *l, struct assay_error *err)
{
	const struct assay_tcb_number *n = assay_tcb_numbers_find(
	    &l->numbers, l->numbers.by_default);
	char text[64];

	if (n == NULL)
		return true;
	(void)snprintf(text, sizeof(text), ASSAY_BASELINE_DEFAULT
	    " (Currently %u)", n->number);
	return add_text(l, text, n, err);
}

static bool
list_as_text(struct listing *l, struct assay_error *err)
{
	bool by_default = strcmp(l->selected, ASSAY_BASELINE_DEFAULT) == 0;
	char text[16];

	if ((!l->only_selected || by_default) && !add_default_text(l, err))
		return false;
	for (size_t i = 0; i < l->numbers.n; i++) {
		(void)snprintf(text, sizeof(text), "%u",
		    l->numbers.row[i].number);
		if (l->only_selected && strcmp(text, l->selected) != 0)
			continue;
		if (!add_text(l, text, &l->numbers.row[i], err))
			return false;
	}
	return true;
}

/* ---- as of later versions --------------------------------------------------- */

static bool
list(struct listing *l, struct assay_error *err)
{
	uint32_t selected = number_of(l, l->selected);
	char text[16];

	for (size_t i = 0; i < l->numbers.n; i++) {
		const struct assay_tcb_number *n = &l->numbers.row[i];

		(void)snprintf(text, sizeof(text), "%u", n->number);
		if (!add_row(l, n, json_pack("{s:s, s:I, s:b}",
		    "tcbIdentifier", text, "tcbEvaluationDataNumber",
		    (json_int_t)n->number, "isSelectedTcb",
		    n->number == selected), err))
			return false;
	}
	return true;
}

/* ---- the call ------------------------------------------------------------------ */

static bool
read_query(struct assay_bytes query, struct listing *l,
    struct assay_error *err)
{
	struct assay_bytes value;
	bool repeated;

	l->as_text = assay_query_find(query, "api-version", &value,
	    &repeated) && assay_text_is_nocase(value, VERSION_OF_TEXT);
	if (!l->as_text || !assay_query_find(query,
	    "provideCurrentTcbInPolicy", &value, &repeated))
		return true;
	l->only_selected = assay_text_is_nocase(value, "true");
	if (repeated || (!l->only_selected &&
	    !assay_text_is_nocase(value, "false")))
		return assay_fail(err, ASSAY_ERR_REQUEST_INVALID,
		    "provideCurrentTcbInPolicy: want true or false, once");
	return true;
}

/* A policy that cannot be used selects nothing. */
static void
read_policy(struct assay_service *service, const struct assay_call *call,
    struct listing *l)
{
	const struct assay_policy_entry *entry =
	    assay_policies_get(service->policies, call->type);
	struct assay_error why = { 0 };

	if (entry->broken.code != ASSAY_ERR_OK ||
	    !assay_baseline_name(entry->policy, l->selected, &why))
		l->selected[0] = '\0';
	assay_policy_entry_release(service->policies, entry);
}

/* Only Intel's evidence is judged by TCB evaluation data. */
static bool
read_numbers(struct assay_service *service, const struct assay_call *call,
    struct listing *l, struct assay_error *err)
{
	const char *type = call->type->name;

	if (strcmp(type, "TdxVm") == 0)
		return assay_baseline_numbers(service, ASSAY_TEE_TDX,
		    &l->numbers, err);
	return (strcmp(type, "SgxEnclave") != 0 &&
	    strcmp(type, "OpenEnclave") != 0) || assay_baseline_numbers(
	    service, ASSAY_TEE_SGX, &l->numbers, err);
}

bool
assay_api_baselines(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	struct listing l = { .array = json_array() };
	json_t *answer = NULL;
	bool ok;

	if (l.array == NULL)
		return assay_fail_memory(err, "baselines");
	read_policy(service, call, &l);
	ok = read_query(call->http->query, &l, err) &&
	    read_numbers(service, call, &l, err) &&
	    (l.as_text ? list_as_text(&l, err) : list(&l, err));
	if (ok && (answer = json_pack("{s:O}", "tcbBaselines",
	    l.array)) == NULL)
		ok = assay_fail_memory(err, "baselines");
	ok = ok && assay_json_write(answer, body, err);
	json_decref(answer);
	json_decref(l.array);
	return ok;
}
