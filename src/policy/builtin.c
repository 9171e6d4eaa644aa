/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"
#include "policy/builtin.h"

enum assay_kind
assay_kind_of(enum assay_value_type type)
{
	switch (type) {
	case ASSAY_VALUE_INTEGER:	return ASSAY_KIND_INTEGER;
	case ASSAY_VALUE_BOOLEAN:	return ASSAY_KIND_BOOLEAN;
	case ASSAY_VALUE_STRING:
	case ASSAY_VALUE_JSON:		return ASSAY_KIND_STRING;
	}
	return ASSAY_KIND_ANY;
}

const char *
assay_kind_name(enum assay_kind kind)
{
	switch (kind) {
	case ASSAY_KIND_ANY:		return "a value";
	case ASSAY_KIND_STRING:		return "a string";
	case ASSAY_KIND_INTEGER:	return "an integer";
	case ASSAY_KIND_BOOLEAN:	return "a boolean";
	}
	return "a value";
}

/* --- JmesPath ---------------------------------------------------------- */

/* The query of the call: compiled with the policy if it is a literal, else
 * for this once. */
static bool
search(struct assay_run *run, const struct assay_expr *call,
    const struct assay_value *query, json_t *json, json_t **out,
    struct assay_error *err)
{
	struct assay_jmes *own = NULL;
	const struct assay_jmes *use = call->query;
	struct assay_bytes text;

	if (use == NULL) {
		if (!assay_run_text(run, query, &text, err) ||
		    !assay_run_charge(run, text.len, err))
			return false;
		if (!assay_jmes_compile(text, &own, NULL, err))
			return false;
		use = own;
	}
	*out = assay_jmes_search(use, json, &run->budget, NULL, err);
	assay_jmes_free(own);
	return *out != NULL;
}

/* JmesPath(json, query): the result is JSON text, so a string result keeps
 * its quotes, and nothing found is the text null. */
static bool
jmes_path(struct assay_run *run, const struct assay_expr *call,
    const struct assay_value *const args[ASSAY_BUILTIN_ARGS],
    struct assay_values *out, struct assay_error *err)
{
	static const struct assay_bytes unwritten = { NULL, 0 };
	struct assay_value result;
	json_t *json, *found;

	if (!assay_run_json(run, args[0], &json, err))
		return assay_fail_in(err, "JmesPath: argument 1");
	if (!search(run, call, args[1], json, &found, err))
		return false;
	return assay_run_document(run, found, unwritten, &result, err) &&
	    assay_values_push(run, out, result, err);
}

/* --- JsonToClaimValue -------------------------------------------------- */

static const char *
json_name(const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:	return "an object";
	case JSON_ARRAY:	return "an array";
	case JSON_STRING:	return "a string";
	case JSON_INTEGER:	return "an integer";
	case JSON_REAL:		return "a fraction";
	case JSON_TRUE:
	case JSON_FALSE:	return "a boolean";
	case JSON_NULL:		return "null";
	}
	return "nothing";
}

/* A number that JSON writes with a point, and that is an integer all the
 * same: JMESPath computes in doubles. */
static bool
whole(double real, int64_t *out)
{
	if (!(real >= -9007199254740992.0 && real <= 9007199254740992.0))
		return false;
	*out = (int64_t)real;
	return (double)*out == real;
}

/* One primitive; null is no value at all. */
static bool
push_primitive(struct assay_run *run, const json_t *json, const char *where,
    struct assay_values *out, struct assay_error *err)
{
	int64_t integer;

	if (json_is_null(json))
		return true;
	if (json_is_string(json))
		return assay_values_push(run, out, assay_value_string(
		    (struct assay_bytes){
		    (const uint8_t *)json_string_value(json),
		    json_string_length(json) }), err);
	if (json_is_integer(json))
		return assay_values_push(run, out, assay_value_integer(
		    json_integer_value(json)), err);
	if (json_is_boolean(json))
		return assay_values_push(run, out, assay_value_boolean(
		    json_is_true(json)), err);
	if (json_is_real(json) && whole(json_real_value(json), &integer))
		return assay_values_push(run, out,
		    assay_value_integer(integer), err);
	return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
	    "JsonToClaimValue: found %s%s, expected an integer, a boolean, a "
	    "string or null", json_name(json), where);
}

static bool
push_array(struct assay_run *run, const json_t *array,
    struct assay_values *out, struct assay_error *err)
{
	size_t n = json_array_size(array);

	if (!assay_run_charge(run, n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!push_primitive(run, json_array_get(array, i),
		    " in an array", out, err))
			return false;
	return true;
}

/* Text that is not JSON at all is a string as it stands: the documents turn
 * abc into "abc". What is JSON and still refused is an error. */
static bool
push_text(struct assay_run *run, const struct assay_value *value,
    const struct assay_error *why, struct assay_values *out,
    struct assay_error *err)
{
	if (why->code == ASSAY_ERR_JSON_SYNTAX)
		return assay_values_push(run, out, *value, err);
	return assay_fail(err, why->code == ASSAY_ERR_NO_MEMORY ||
	    why->code == ASSAY_ERR_POLICY_LIMIT ? why->code :
	    ASSAY_ERR_POLICY_RUNTIME_ERROR, "JsonToClaimValue: %s", why->text);
}

/* JsonToClaimValue(json) */
static bool
json_to_claim_value(struct assay_run *run, const struct assay_expr *call,
    const struct assay_value *const args[ASSAY_BUILTIN_ARGS],
    struct assay_values *out, struct assay_error *err)
{
	struct assay_error why = { 0 };
	json_t *json;

	(void)call;
	if (!assay_run_parse(run, args[0], &json, &why))
		return push_text(run, args[0], &why, out, err);
	if (json_is_array(json))
		return push_array(run, json, out, err);
	return push_primitive(run, json, "", out, err);
}

/* --- the others -------------------------------------------------------- */

/* AppendString(a, b): concatenation; empty strings are allowed. */
static bool
append_string(struct assay_run *run, const struct assay_expr *call,
    const struct assay_value *const args[ASSAY_BUILTIN_ARGS],
    struct assay_values *out, struct assay_error *err)
{
	struct assay_bytes a, b;
	uint8_t *text;

	(void)call;
	if (!assay_run_text(run, args[0], &a, err) ||
	    !assay_run_text(run, args[1], &b, err))
		return false;
	if (a.len > ASSAY_MAX_POLICY_STRING ||
	    b.len > ASSAY_MAX_POLICY_STRING - a.len)
		return assay_fail(err, ASSAY_ERR_POLICY_LIMIT,
		    "AppendString: a string is at most %u bytes long",
		    ASSAY_MAX_POLICY_STRING);
	if ((text = assay_run_alloc(run, a.len + b.len + 1, 1, err)) == NULL)
		return false;
	if (a.len != 0)
		memcpy(text, a.ptr, a.len);
	if (b.len != 0)
		memcpy(text + a.len, b.ptr, b.len);
	return assay_values_push(run, out, assay_value_string(
	    (struct assay_bytes){ text, a.len + b.len }), err);
}

/* NegateBool(b) */
static bool
negate_bool(struct assay_run *run, const struct assay_expr *call,
    const struct assay_value *const args[ASSAY_BUILTIN_ARGS],
    struct assay_values *out, struct assay_error *err)
{
	(void)call;
	return assay_values_push(run, out,
	    assay_value_boolean(!args[0]->boolean), err);
}

static bool
contains(struct assay_run *run, const struct assay_values *set,
    const struct assay_value *value, bool *found, struct assay_error *err)
{
	*found = false;
	if (!assay_run_charge(run, set->count, err))
		return false;
	for (size_t i = 0; i < set->count && !*found; i++)
		if (!assay_run_equal(run, &set->at[i], value, found, err))
			return false;
	return true;
}

/* IsSubsetOf(a, b): every value of a is in b; the empty set is in any. */
static bool
is_subset_of(struct assay_run *run, const struct assay_expr *call,
    const struct assay_values args[ASSAY_BUILTIN_ARGS],
    struct assay_values *out, struct assay_error *err)
{
	bool all = true;

	(void)call;
	for (size_t i = 0; i < args[0].count && all; i++)
		if (!contains(run, &args[1], &args[0].at[i], &all, err))
			return false;
	return assay_values_push(run, out, assay_value_boolean(all), err);
}

/* ContainsOnlyValue(set, value): not empty, and nothing but value. */
static bool
contains_only_value(struct assay_run *run, const struct assay_expr *call,
    const struct assay_values args[ASSAY_BUILTIN_ARGS],
    struct assay_values *out, struct assay_error *err)
{
	bool only = args[0].count != 0;

	(void)call;
	if (args[1].count != 1)
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
		    "ContainsOnlyValue: argument 2 is %zu values, expected "
		    "one", args[1].count);
	if (!assay_run_charge(run, args[0].count, err))
		return false;
	for (size_t i = 0; i < args[0].count && only; i++)
		if (!assay_run_equal(run, &args[0].at[i], &args[1].at[0],
		    &only, err))
			return false;
	return assay_values_push(run, out, assay_value_boolean(only), err);
}

static const struct assay_builtin builtins[] = {
	{ .name = "JmesPath", .n_args = 2,
	    .args = { ASSAY_KIND_STRING, ASSAY_KIND_STRING },
	    .result = ASSAY_KIND_STRING, .queries = true, .each = jmes_path },
	{ .name = "JsonToClaimValue", .n_args = 1,
	    .args = { ASSAY_KIND_STRING }, .result = ASSAY_KIND_ANY,
	    .each = json_to_claim_value },
	{ .name = "IsSubsetOf", .n_args = 2, .result = ASSAY_KIND_BOOLEAN,
	    .sets = is_subset_of },
	{ .name = "ContainsOnlyValue", .n_args = 2,
	    .result = ASSAY_KIND_BOOLEAN, .sets = contains_only_value },
	{ .name = "AppendString", .n_args = 2,
	    .args = { ASSAY_KIND_STRING, ASSAY_KIND_STRING },
	    .result = ASSAY_KIND_STRING, .each = append_string },
	{ .name = "NegateBool", .n_args = 1, .args = { ASSAY_KIND_BOOLEAN },
	    .result = ASSAY_KIND_BOOLEAN, .each = negate_bool },
};
#define N_BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

const struct assay_builtin *
assay_builtin_find(struct assay_bytes name)
{
	for (size_t i = 0; i < N_BUILTINS; i++)
		if (assay_text_is(name, builtins[i].name))
			return &builtins[i];
	return NULL;
}

const char *
assay_builtin_nearest(struct assay_bytes name)
{
	const char *names[N_BUILTINS];

	for (size_t i = 0; i < N_BUILTINS; i++)
		names[i] = builtins[i].name;
	return assay_nearest_name(name, names, N_BUILTINS);
}

/* Every value of the argument has the type that the function takes. */
static bool
check_argument(const struct assay_builtin *b, size_t index,
    const struct assay_values *values, struct assay_error *err)
{
	for (size_t i = 0; i < values->count; i++) {
		enum assay_kind kind = assay_kind_of(values->at[i].type);

		if (b->args[index] != ASSAY_KIND_ANY &&
		    b->args[index] != kind)
			return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
			    "%s: argument %zu is %s, expected %s", b->name,
			    index + 1, assay_kind_name(kind),
			    assay_kind_name(b->args[index]));
	}
	return true;
}

/* Every pair (or every value, for one argument). */
static bool
call_each(struct assay_run *run, const struct assay_expr *call,
    const struct assay_values args[ASSAY_BUILTIN_ARGS],
    struct assay_values *out, struct assay_error *err)
{
	const struct assay_builtin *b = call->builtin;
	size_t second = b->n_args > 1 ? args[1].count : 1;

	for (size_t i = 0; i < args[0].count; i++)
		for (size_t j = 0; j < second; j++) {
			const struct assay_value *const one[] = {
				&args[0].at[i],
				b->n_args > 1 ? &args[1].at[j] : NULL,
			};

			if (!assay_run_charge(run, 1, err) ||
			    !b->each(run, call, one, out, err))
				return false;
		}
	return true;
}

bool
assay_builtin_call(struct assay_run *run, const struct assay_expr *call,
    const struct assay_values args[ASSAY_BUILTIN_ARGS],
    struct assay_values *out, struct assay_error *err)
{
	const struct assay_builtin *b = call->builtin;

	for (size_t i = 0; i < b->n_args; i++)
		if (!check_argument(b, i, &args[i], err))
			return false;
	if (b->sets != NULL)
		return b->sets(run, call, args, out, err);
	return call_each(run, call, args, out, err);
}
