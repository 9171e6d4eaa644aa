/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published Windows policy (tests/policy/windows.policy) over the event
 * logs of real machines, against what an independent JMESPath implementation
 * makes of the same expressions. Needs the shared vectors.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <assay/policy.h>

#include "json/json.h"
#include "testlib.h"

static struct assay_policy *
windows_policy(void)
{
	const char *root = getenv("ASSAY_SOURCE_ROOT");
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };
	struct assay_buffer text;
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/tests/policy/windows.policy",
	    root != NULL ? root : ".");
	text = test_read(path);
	if (!assay_policy_compile(assay_buffer_bytes(&text), &policy, NULL,
	    &err))
		fail_msg("%s", err.text);
	assay_buffer_free(&text);
	return policy;
}

static json_t *
json_of(const struct assay_claim *claim)
{
	switch (claim->value_type) {
	case ASSAY_VALUE_INTEGER:	return json_integer(claim->integer);
	case ASSAY_VALUE_BOOLEAN:	return json_boolean(claim->boolean);
	case ASSAY_VALUE_STRING:
	case ASSAY_VALUE_JSON:		break;
	}
	return json_stringn((const char *)claim->text.ptr, claim->text.len);
}

/* What the token would say: one value, an array of several, or null. */
static json_t *
issued(struct assay_claims *set, const char *type)
{
	json_t *values = json_array(), *one;
	struct assay_claim claim;
	struct assay_error err;

	for (size_t i = 0; i < assay_claims_count(set); i++) {
		assert_true(assay_claims_at(set, i, &claim, &err));
		if (assay_bytes_equal(claim.type, assay_bytes_of(type)))
			(void)json_array_append_new(values, json_of(&claim));
	}
	if (json_array_size(values) > 1)
		return values;
	one = json_array_size(values) == 0 ? json_null() :
	    json_incref(json_array_get(values, 0));
	json_decref(values);
	return one;
}

/* The reference writes lists; claims are a set, so that what stands twice in
 * a log is one claim, and one claim is no list. */
static bool
same(json_t *have, json_t *want)
{
	json_t *set;
	bool equal;

	if (!json_is_array(want))
		return json_equal(have, want);
	set = json_array();
	for (size_t i = 0; i < json_array_size(want); i++) {
		json_t *one = json_array_get(want, i);
		size_t j = 0;

		while (j < json_array_size(set) &&
		    !json_equal(json_array_get(set, j), one))
			j++;
		if (j == json_array_size(set))
			(void)json_array_append(set, one);
	}
	equal = json_array_size(set) == 0 ? json_is_null(have) :
	    json_equal(have, json_array_size(set) == 1 ?
	    json_array_get(set, 0) : set);
	json_decref(set);
	return equal;
}

static void
compare(struct test_table *t, const char *vector, struct assay_claims *set,
    json_t *want)
{
	const char *name;
	json_t *value;

	json_object_foreach(want, name, value) {
		json_t *have = issued(set, name);
		char *shown = json_dumps(have, JSON_ENCODE_ANY);
		char row[512];

		(void)snprintf(row, sizeof(row), "%s/%s", vector, name);
		test_row(t, row, same(have, value), "got %s", shown);
		free(shown);
		json_decref(have);
	}
}

static void
run_vector(struct test_table *t, const struct assay_policy *policy,
    const char *vector)
{
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy_result result = { 0 };
	struct assay_error err = { 0 };
	struct assay_buffer events, want;
	json_t *expected;

	if (!test_read_if(test_shared_path("vectors/tpm/%s/maa_events.json",
	    vector), &events)) {
		assay_claims_free(claims);
		return;
	}
	want = test_read(test_shared_path(
	    "vectors/tpm/%s/maa_policy_results.json", vector));
	expected = assay_json_parse(assay_buffer_bytes(&want), NULL, &err);
	assert_non_null(expected);
	assert_true(assay_claims_add_json(claims, "events",
	    assay_buffer_bytes(&events), &err));
	if (!assay_policy_evaluate(policy, claims, NULL, &result, &err))
		fail_msg("%s: %s", vector, err.text);
	compare(t, vector, result.issued, json_object_get(expected,
	    "claims"));
	json_decref(expected);
	assay_policy_result_free(&result);
	assay_claims_free(claims);
	assay_buffer_free(&events);
	assay_buffer_free(&want);
}

static void
test_windows_logs(void **state)
{
	struct test_table table = { .name = "Windows logs" };
	struct assay_policy *policy;
	struct dirent *e;
	DIR *d;

	(void)state;
	if (test_shared("the Windows policy over recorded event logs") == NULL)
		skip();
	policy = windows_policy();
	d = opendir(test_shared_path("vectors/tpm"));
	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			run_vector(&table, policy, e->d_name);
	(void)closedir(d);
	assay_policy_free(policy);
	test_table_end(&table);
}

/* Without a shared folder it compiles at least, and is free of warnings. */
static void
test_windows_policy_is_clean(void **state)
{
	struct assay_diagnostics *d = assay_diagnostics_new();
	struct assay_policy *policy = windows_policy();
	struct assay_error err;

	(void)state;
	assert_true(assay_policy_lint(policy, "Tpm", d, &err));
	for (size_t i = 0; i < assay_diagnostics_count(d); i++)
		printf("%s", assay_diagnostics_at(d, i)->text);
	assert_int_equal(assay_diagnostics_count(d), 0);
	assay_diagnostics_free(d);
	assay_policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows_logs),
		cmocka_unit_test(test_windows_policy_is_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
