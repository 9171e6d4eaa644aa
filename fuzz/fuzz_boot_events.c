/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: a TCG log, or failing that an IMA list, as events JSON and claims
 * that a fixed policy looks at: what a client sends to a policy of version
 * 1.2, with the longest way from bytes to verdict.
 */
#include <stdlib.h>

#include <assay/policy.h>

#include "evidence/boot_events.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char policy_text[] =
    "version = 1.2; authorizationrules { => permit(); }; issuancerules {"
    "c:[type==\"events\"] => add(type=\"set\", value=JmesPath(c.value, "
    "\"Events[? EventTypeString == 'EV_EVENT_TAG' && PcrIndex == `12`]"
    ".ProcessedData.EVENT_TRUSTBOUNDARY\"));"
    "c:[type==\"set\"] => issue(type=\"ci\", value=JsonToClaimValue("
    "JmesPath(c.value, \"[*].EVENT_CODEINTEGRITY\")));"
    "c:[type==\"set\"] => issue(type=\"n\", value=JsonToClaimValue("
    "JmesPath(c.value, \"[*].EVENT_LOADEDMODULE_AGGREGATION[] | "
    "[? equals_ignore_case(EVENT_FILEPATH, 'a')] | length(@)\")));"
    "c:[type==\"events\"] => issue(type=\"k\", value=JsonToClaimValue("
    "JmesPath(c.value, \"Events[].ProcessedData.KernelVersion\")));"
    "};";

static struct assay_policy *
policy(void)
{
	static struct assay_policy *p;
	struct assay_error err = { 0 };

	if (p == NULL && !assay_policy_compile(assay_bytes_of(policy_text),
	    &p, NULL, &err))
		abort();
	return p;
}

static void
evaluate(struct assay_boot_logs *logs)
{
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy_result result = { 0 };
	struct assay_error err = { 0 };

	if (claims == NULL)
		return;
	if (assay_boot_claims(logs, claims, &err) &&
	    assay_claims_add_lazy(claims, "events", (struct assay_lazy_text){
	    assay_boot_events_make, logs }, &err) &&
	    !assay_policy_evaluate(policy(), claims, NULL, &result, &err) &&
	    assay_code_class(err.code) == ASSAY_CLASS_INTERNAL &&
	    err.code != ASSAY_ERR_NO_MEMORY)
		abort();
	assay_policy_result_free(&result);
	assay_claims_free(claims);
}

/* What is written is read: by the JSON reader, and without a duplicate. */
static void
check_json(const struct assay_boot_logs *logs)
{
	struct assay_error err = { 0 };
	char *text = NULL;
	json_t *value;

	if (!assay_boot_events_json(logs, &text, &err)) {
		if (err.code == ASSAY_ERR_OK)
			abort();
		return;
	}
	value = assay_json_parse(assay_bytes_of(text), NULL, &err);
	if (value == NULL && err.code != ASSAY_ERR_LIMIT_EXCEEDED &&
	    err.code != ASSAY_ERR_NO_MEMORY)
		abort();
	json_decref(value);
	free(text);
}

static void
check_keys(const struct assay_boot_logs *logs)
{
	struct assay_pkey *keys[ASSAY_BOOT_IDKS];
	struct assay_error err = { 0 };
	size_t n;

	if (!assay_boot_idks(logs, keys, &n, &err))
		return;
	for (size_t i = 0; i < n; i++)
		assay_pkey_free(keys[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_bytes in = { data, len };
	struct assay_pcrs quoted = { .n_banks = 2 };
	struct assay_eventlog tcg = { 0 };
	struct assay_ima_log ima = { 0 };
	struct assay_boot_logs logs = { .tcg = &tcg, .quoted = &quoted };
	struct assay_error err = { 0 };

	quoted.bank[0].alg = ASSAY_TPM_ALG_SHA1;
	quoted.bank[1].alg = ASSAY_TPM_ALG_SHA256;
	quoted.bank[0].mask = quoted.bank[1].mask = 0xffffff;
	if (assay_eventlog_parse(in, &tcg, &err)) {
		logs.n_tcg = 1;
	} else if (assay_ima_parse(in, &ima, &err)) {
		logs.ima = &ima;
		logs.ima_used = ima.n_entries;
	} else {
		return 0;
	}
	check_json(&logs);
	check_keys(&logs);
	evaluate(&logs);
	assay_eventlog_free(&tcg);
	assay_ima_free(&ima);
	return 0;
}
