/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
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

/* AppendString(a, b): concatenation; empty strings are allowed. */
static bool
append_string(struct assay_run *run, const struct assay_expr *call,
    const struct assay_value *const args[], struct assay_values *out,
    struct assay_error *err)
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
    const struct assay_value *const args[], struct assay_values *out,
    struct assay_error *err)
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
    const struct assay_values args[], struct assay_values *out,
    struct assay_error *err)
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
    const struct assay_values args[], struct assay_values *out,
    struct assay_error *err)
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
	{ "IsSubsetOf", 2, { ASSAY_KIND_ANY, ASSAY_KIND_ANY },
	    ASSAY_KIND_BOOLEAN, NULL, is_subset_of },
	{ "ContainsOnlyValue", 2, { ASSAY_KIND_ANY, ASSAY_KIND_ANY },
	    ASSAY_KIND_BOOLEAN, NULL, contains_only_value },
	{ "AppendString", 2, { ASSAY_KIND_STRING, ASSAY_KIND_STRING },
	    ASSAY_KIND_STRING, append_string, NULL },
	{ "NegateBool", 1, { ASSAY_KIND_BOOLEAN, ASSAY_KIND_ANY },
	    ASSAY_KIND_BOOLEAN, negate_bool, NULL },
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
    const struct assay_values args[], struct assay_values *out,
    struct assay_error *err)
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
    const struct assay_values args[], struct assay_values *out,
    struct assay_error *err)
{
	const struct assay_builtin *b = call->builtin;

	for (size_t i = 0; i < b->n_args; i++)
		if (!check_argument(b, i, &args[i], err))
			return false;
	if (b->sets != NULL)
		return b->sets(run, call, args, out, err);
	return call_each(run, call, args, out, err);
}
