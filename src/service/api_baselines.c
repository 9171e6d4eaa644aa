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
	struct assay_baselines		*rules;
	bool				 intel;	/* of Intel's evidence */
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

/* What "azuredefault" stands for, 0 if nothing is held. */
static uint32_t
default_number(const struct listing *l)
{
	uint32_t fixed = l->rules->by_default.tcb_evaluation_data_number;

	return fixed != 0 && l->intel ? fixed : l->numbers.by_default;
}

static bool
set_released(json_t *row, const struct assay_tcb_number *n, bool as_text)
{
	char when[ASSAY_WHEN_TEXT];
	size_t len;

	if (n == NULL || n->released == INT64_MIN)
		return true;
	(void)assay_when_text(n->released, when);
	len = strlen(when);
	/* Without the Z in the version that shows it so. */
	if (as_text && len != 0)
		when[len - 1] = '\0';
	return json_object_set_new(row, "tcbReleaseDate",
	    json_string(when)) == 0;
}

/* Of these a row is made. */
struct entry {
	const char	*identifier;
	bool		 is_number;
	uint32_t	 number;	/* 0: none is held */
};

static json_t *
make_row(const struct listing *l, const struct entry *e)
{
	bool by_default = strcmp(l->selected, ASSAY_BASELINE_DEFAULT) == 0;
	char text[ASSAY_BASELINE_NAME + 32];
	json_t *row;

	if (l->as_text) {
		(void)snprintf(text, sizeof(text), e->is_number ? "%s" :
		    "%s (Currently %u)", e->identifier, e->number);
		return json_pack("{s:s}", "tcbEvaluationDataNumber", text);
	}
	row = json_pack("{s:s, s:b}", "tcbIdentifier", e->identifier,
	    "isSelectedTcb", by_default ? e->is_number && e->number ==
	    default_number(l) : strcmp(l->selected, e->identifier) == 0);
	if (e->number != 0)
		(void)json_object_set_new(row, "tcbEvaluationDataNumber",
		    json_integer(e->number));
	return row;
}

static bool
add(struct listing *l, const struct entry *e, struct assay_error *err)
{
	json_t *row;

	if (l->only_selected && strcmp(e->identifier, l->selected) != 0)
		return true;
	row = make_row(l, e);
	if (row == NULL || !set_released(row, assay_tcb_numbers_find(
	    &l->numbers, e->number), l->as_text) ||
	    !set_psw(row, e->number)) {
		json_decref(row);
		return assay_fail_memory(err, "baselines");
	}
	return json_array_append_new(l->array, row) == 0 ||
	    assay_fail_memory(err, "baselines");
}

/*
 * The default as a row of its own is what the first version shows; later
 * ones mark the number that it stands for.
 */
static bool
add_default(struct listing *l, struct assay_error *err)
{
	const struct entry e = { ASSAY_BASELINE_DEFAULT, false,
	    default_number(l) };

	return !l->as_text || e.number == 0 || add(l, &e, err);
}

static bool
add_numbers(struct listing *l, struct assay_error *err)
{
	char text[16];

	for (size_t i = 0; i < l->numbers.n; i++) {
		const struct entry e = { text, true,
		    l->numbers.row[i].number };

		(void)snprintf(text, sizeof(text), "%u", e.number);
		if (!add(l, &e, err))
			return false;
	}
	return true;
}

static bool
add_named(struct listing *l, struct assay_error *err)
{
	for (size_t i = 0; l->intel && i < l->rules->n; i++) {
		const struct assay_baseline *b = &l->rules->named[i];
		const struct entry e = { b->name, false,
		    b->tcb_evaluation_data_number != 0 ?
		    b->tcb_evaluation_data_number : l->numbers.by_default };

		if (!add(l, &e, err))
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
	bool tdx = strcmp(type, "TdxVm") == 0;

	l->intel = tdx || strcmp(type, "SgxEnclave") == 0 ||
	    strcmp(type, "OpenEnclave") == 0;
	return !l->intel || assay_baseline_numbers(service, tdx ?
	    ASSAY_TEE_TDX : ASSAY_TEE_SGX, &l->numbers, err);
}

static bool
write_list(const struct listing *l, struct assay_buffer *body,
    struct assay_error *err)
{
	json_t *answer = json_pack("{s:O}", "tcbBaselines", l->array);
	bool ok;

	if (answer == NULL)
		return assay_fail_memory(err, "baselines");
	ok = assay_json_write(answer, body, err);
	json_decref(answer);
	return ok;
}

bool
assay_api_baselines(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	struct listing l = { .array = json_array() };
	bool ok;

	if (l.array == NULL)
		return assay_fail_memory(err, "baselines");
	l.rules = assay_baseline_rules(service);
	read_policy(service, call, &l);
	ok = read_query(call->http->query, &l, err) &&
	    read_numbers(service, call, &l, err) && add_default(&l, err) &&
	    add_numbers(&l, err) && add_named(&l, err) &&
	    write_list(&l, body, err);
	assay_baselines_free(l.rules);
	json_decref(l.array);
	return ok;
}
