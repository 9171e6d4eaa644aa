/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/claims_view.h"
#include "cli/input.h"
#include "cli/policy_run.h"

bool
cli_policy_load(const char *path, struct assay_policy **out,
    struct assay_diagnostics *diag, struct assay_error *err)
{
	struct assay_buffer text = { 0 };
	bool ok;

	ok = cli_read(path, ASSAY_MAX_POLICY_BYTES, &text, err) &&
	    (assay_policy_compile(assay_buffer_bytes(&text), out, diag,
	    err) || assay_fail_in(err, path));
	assay_buffer_free(&text);
	return ok;
}

/* --- claims ------------------------------------------------------------ */

static bool
issuer_of(const json_t *claim, enum assay_claim_issuer *out,
    struct assay_error *err)
{
	static const enum assay_claim_issuer issuers[] = {
		ASSAY_ISSUER_SERVICE, ASSAY_ISSUER_POLICY,
		ASSAY_ISSUER_CUSTOM,
	};
	const json_t *name = json_object_get(claim, "issuer");

	*out = ASSAY_ISSUER_SERVICE;
	if (name == NULL)
		return true;
	for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++)
		if (json_is_string(name) && strcmp(json_string_value(name),
		    assay_claim_issuer_name(issuers[i])) == 0) {
			*out = issuers[i];
			return true;
		}
	return assay_fail(err, ASSAY_ERR_JSON_TYPE,
	    "issuer of a claim is \"%.64s\", want AttestationService, "
	    "AttestationPolicy or CustomClaim",
	    json_is_string(name) ? json_string_value(name) : "no string");
}

static bool
add_json(struct assay_claims *set, struct assay_claim *claim,
    const json_t *value, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_POLICY_STRING);
	bool ok = assay_json_write(value, &text, err);

	claim->value_type = ASSAY_VALUE_JSON;
	claim->text = assay_buffer_bytes(&text);
	ok = ok && assay_claims_add(set, claim, err);
	assay_buffer_free(&text);
	return ok;
}

static bool
add_value(struct assay_claims *set, const char *type,
    enum assay_claim_issuer issuer, const json_t *value,
    struct assay_error *err)
{
	struct assay_claim claim = { .type = assay_bytes_of(type),
	    .issuer = issuer };

	if (json_is_object(value) || json_is_array(value))
		return add_json(set, &claim, value, err);
	if (json_is_string(value)) {
		claim.value_type = ASSAY_VALUE_STRING;
		claim.text = (struct assay_bytes){
		    (const uint8_t *)json_string_value(value),
		    json_string_length(value) };
	} else if (json_is_integer(value)) {
		claim.value_type = ASSAY_VALUE_INTEGER;
		claim.integer = json_integer_value(value);
	} else if (json_is_boolean(value)) {
		claim.value_type = ASSAY_VALUE_BOOLEAN;
		claim.boolean = json_is_true(value);
	} else {
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "value of claim \"%.64s\" is null or a fraction, want a "
		    "string, an integer, a boolean or JSON", type);
	}
	return assay_claims_add(set, &claim, err);
}

/* A misspelt member would make another claim than the one that was meant. */
static bool
known_members(json_t *claim, struct assay_error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(claim, name, value)
		if (strcmp(name, "type") != 0 && strcmp(name, "value") != 0 &&
		    strcmp(name, "valueType") != 0 &&
		    strcmp(name, "issuer") != 0)
			return assay_fail(err, ASSAY_ERR_JSON_TYPE,
			    "claim has a member \"%.64s\", want type, value, "
			    "issuer", name);
	return true;
}

static bool
add_claim(struct assay_claims *set, json_t *claim, struct assay_error *err)
{
	const json_t *type = json_object_get(claim, "type");
	const json_t *value = json_object_get(claim, "value");
	enum assay_claim_issuer issuer;

	if (!json_is_string(type) || value == NULL)
		return assay_fail(err, ASSAY_ERR_JSON_MISSING_MEMBER,
		    "claim has no type (a string) or no value");
	return known_members(claim, err) && issuer_of(claim, &issuer, err) &&
	    add_value(set, json_string_value(type), issuer, value, err);
}

static bool
add_list(struct assay_claims *set, const json_t *list, struct assay_error *err)
{
	char where[32];

	for (size_t i = 0; i < json_array_size(list); i++) {
		if (add_claim(set, json_array_get(list, i), err))
			continue;
		(void)snprintf(where, sizeof(where), "[%zu]", i);
		return assay_fail_in(err, where);
	}
	return true;
}

static bool
add_map(struct assay_claims *set, json_t *map, struct assay_error *err)
{
	const char *type;
	json_t *value, *element;
	size_t i;

	json_object_foreach(map, type, value) {
		if (!json_is_array(value) && !add_value(set, type,
		    ASSAY_ISSUER_SERVICE, value, err))
			return false;
		json_array_foreach(value, i, element)
			if (!add_value(set, type, ASSAY_ISSUER_SERVICE,
			    element, err))
				return false;
	}
	return true;
}

static bool
add_all(struct assay_claims *set, json_t *root, struct assay_error *err)
{
	json_t *claims = json_is_object(root) ?
	    json_object_get(root, "claims") : root;

	if (json_is_array(claims))
		return add_list(set, claims, err);
	if (json_is_object(claims))
		return add_map(set, claims, err);
	return assay_fail(err, ASSAY_ERR_JSON_TYPE,
	    "no claims, want an array of {\"type\",\"value\",\"issuer\"?} or "
	    "an object with a member \"claims\"");
}

bool
cli_policy_claims(const char *path, struct assay_claims **out,
    struct assay_error *err)
{
	struct assay_buffer text = { 0 };
	struct assay_claims *set = NULL;
	json_t *root = NULL;
	bool ok = false;

	if (!cli_read(path, ASSAY_MAX_JSON_TEXT, &text, err))
		goto out;
	if ((root = assay_json_parse(assay_buffer_bytes(&text), NULL,
	    err)) == NULL)
		goto out;
	if ((set = assay_claims_new()) == NULL) {
		(void)assay_fail_memory(err, "claims");
		goto out;
	}
	if (!add_all(set, root, err))
		goto out;
	*out = set;
	set = NULL;
	ok = true;
out:
	assay_claims_free(set);
	json_decref(root);
	assay_buffer_free(&text);
	return ok || assay_fail_in(err, path);
}

/* --- outcome ----------------------------------------------------------- */

const char *
cli_policy_verdict_name(enum cli_policy_verdict verdict)
{
	switch (verdict) {
	case CLI_POLICY_PERMIT:
		return "permit";
	case CLI_POLICY_DENY:
		return "deny";
	case CLI_POLICY_ERROR:
		return "error";
	}
	return "error";
}

enum cli_exit
cli_policy_exit(enum cli_policy_verdict verdict)
{
	switch (verdict) {
	case CLI_POLICY_PERMIT:
		return CLI_YES;
	case CLI_POLICY_DENY:
		return CLI_NO;
	case CLI_POLICY_ERROR:
		return CLI_UNDECIDED;
	}
	return CLI_UNDECIDED;
}

static enum cli_policy_verdict
verdict_of(const struct assay_error *err)
{
	return err->code == ASSAY_ERR_POLICY_DENIED ||
	    err->code == ASSAY_ERR_POLICY_NOT_PERMITTED ?
	    CLI_POLICY_DENY : CLI_POLICY_ERROR;
}

static bool
add_set(struct assay_claims *to, struct assay_claims *from,
    struct assay_error *err)
{
	struct assay_claim claim;

	for (size_t i = 0; from != NULL && i < assay_claims_count(from); i++)
		if (!assay_claims_at(from, i, &claim, err) ||
		    !assay_claims_add(to, &claim, err))
			return false;
	return true;
}

/* {type: value} of one set after another; each may be NULL. */
static json_t *
sets_json(struct assay_claims *a, struct assay_claims *b,
    struct assay_error *err)
{
	struct assay_claims *both = assay_claims_new();
	json_t *object = NULL;

	if (both == NULL)
		(void)assay_fail_memory(err, "claims");
	else if (add_set(both, a, err) && add_set(both, b, err))
		object = cli_claims_json(both, err);
	assay_claims_free(both);
	return object;
}

bool
cli_policy_run(const struct assay_policy *policy, struct assay_claims *claims,
    bool trace, struct cli_policy_outcome *out, struct assay_error *err)
{
	const struct assay_policy_options options = { .trace = trace };
	struct assay_policy_result configured = { 0 };

	if (assay_policy_configure(policy, &configured, &out->error) &&
	    assay_policy_evaluate(policy, claims, &options, &out->result,
	    &out->error))
		out->verdict = CLI_POLICY_PERMIT;
	else
		out->verdict = verdict_of(&out->error);
	out->trace = out->result.trace;
	out->claims = sets_json(out->verdict == CLI_POLICY_PERMIT ?
	    out->result.issued : NULL, NULL, err);
	out->properties = sets_json(configured.properties,
	    out->verdict == CLI_POLICY_PERMIT ? out->result.properties : NULL,
	    err);
	assay_policy_result_free(&configured);
	return out->claims != NULL && out->properties != NULL;
}

void
cli_policy_outcome_free(struct cli_policy_outcome *outcome)
{
	json_decref(outcome->claims);
	json_decref(outcome->properties);
	assay_policy_result_free(&outcome->result);
	memset(outcome, 0, sizeof(*outcome));
}

json_t *
cli_policy_outcome_json(const struct cli_policy_outcome *outcome)
{
	const bool permit = outcome->verdict == CLI_POLICY_PERMIT;

	return json_pack("{s:s, s:s, s:o, s:O, s:O}",
	    "verdict", cli_policy_verdict_name(outcome->verdict),
	    "code", permit ? "OK" : assay_code_name(outcome->error.code),
	    "reason", cli_json_text(permit ? "" : outcome->error.text),
	    "claims", outcome->claims, "properties", outcome->properties);
}
