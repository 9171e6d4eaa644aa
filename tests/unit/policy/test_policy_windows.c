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
#include "published.h"

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
	published_compare(t, vector, result.issued, json_object_get(expected,
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
	policy = published_policy("windows");
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
	struct assay_policy *policy = published_policy("windows");
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
