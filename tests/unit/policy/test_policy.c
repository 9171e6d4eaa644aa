/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of policies: what the text files cannot show. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <assay/policy.h>

#include "base/limits.h"
#include "json/json.h"
#include "testlib.h"

static struct assay_policy *
compile(const char *text)
{
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };

	if (!assay_policy_compile(assay_bytes_of(text), &policy, NULL, &err))
		fail_msg("%s", err.text);
	return policy;
}

static void
test_text_and_version(void **state)
{
	static const char text[] =
	    "Version=1.1; authorizationrules{=>permit();};";
	struct assay_policy *policy = compile(text), *second;

	(void)state;
	assert_int_equal(assay_policy_version(policy), 11);
	assert_true(assay_bytes_equal(assay_policy_text(policy),
	    assay_bytes_of(text)));
	second = assay_policy_ref(policy);
	assay_policy_free(policy);
	assert_int_equal(assay_policy_version(second), 11);
	assay_policy_free(second);
	assay_policy_free(NULL);
}

static void
test_diagnostic_members(void **state)
{
	struct assay_diagnostics *d = assay_diagnostics_new();
	const struct assay_diagnostic *g;
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };

	(void)state;
	assert_false(assay_policy_compile(assay_bytes_of(
	    "version=1.0;\nauthorizationrules{ => premit(); };"), &policy, d,
	    &err));
	test_assert_code("premit", &err, ASSAY_ERR_POLICY_PARSING_ERROR);
	assert_null(policy);
	assert_int_equal(assay_diagnostics_count(d), 1);
	g = assay_diagnostics_at(d, 0);
	assert_int_equal(g->kind, ASSAY_DIAGNOSTIC_ERROR);
	assert_string_equal(g->id, "unknown-action");
	assert_int_equal(g->line, 2);
	assert_int_equal(g->column, 24);
	assert_int_equal(g->offset, 36);
	assert_int_equal(g->length, 6);
	assert_null(assay_diagnostics_at(d, 1));
	assay_diagnostics_free(d);
	assay_diagnostics_free(NULL);
}

static void
test_not_utf8(void **state)
{
	static const char text[] =
	    "version=1.0;authorizationrules{[type==\"\xff\"]=>permit();};";
	struct assay_diagnostics *d = assay_diagnostics_new();
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };

	(void)state;
	assert_false(assay_policy_compile(assay_bytes_of(text), &policy, NULL,
	    &err));
	assert_string_equal(err.text, "line 1, column 40: byte 0xff at "
	    "offset 39 is not UTF-8");
	assert_false(assay_policy_compile(assay_bytes_of(text), &policy, d,
	    &err));
	assert_string_equal(assay_diagnostics_at(d, 0)->id, "not-utf8");
	assay_diagnostics_free(d);
}

static void
test_nul_and_control_characters(void **state)
{
	static const char text[] =
	    "version=1.0;\0authorizationrules{[type==\"\x01\"]=>permit();};";
	struct assay_diagnostics *d = assay_diagnostics_new();
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };

	(void)state;
	assert_false(assay_policy_compile((struct assay_bytes){
	    (const uint8_t *)text, sizeof(text) - 1 }, &policy, d, &err));
	assert_int_equal(assay_diagnostics_count(d), 2);
	assert_string_equal(assay_diagnostics_at(d, 0)->message,
	    "character has no meaning here");
	assert_string_equal(assay_diagnostics_at(d, 1)->message,
	    "control character in a string");
	assay_diagnostics_free(d);
}

static void
test_byte_order_mark(void **state)
{
	(void)state;
	assay_policy_free(compile(
	    "\xef\xbb\xbfversion=1.0;authorizationrules{=>permit();};"));
}

/* --- limits ------------------------------------------------------------ */

static void
test_text_too_long(void **state)
{
	size_t n = ASSAY_MAX_POLICY_BYTES;
	char *text = malloc(n + 2);
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };
	int used;

	(void)state;
	assert_non_null(text);
	used = snprintf(text, n,
	    "version=1.0;authorizationrules{=>permit();};");
	memset(text + used, ' ', n + 1 - (size_t)used);
	assert_true(assay_policy_compile((struct assay_bytes){
	    (const uint8_t *)text, n }, &policy, NULL, &err));
	assay_policy_free(policy);
	assert_false(assay_policy_compile((struct assay_bytes){
	    (const uint8_t *)text, n + 1 }, &policy, NULL, &err));
	assert_string_equal(err.text,
	    "policy of 262145 bytes, at most 262144");
	free(text);
}

static void
test_too_many_rules(void **state)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_POLICY_BYTES);
	struct assay_diagnostics *d = assay_diagnostics_new();
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };

	(void)state;
	(void)assay_buffer_puts(&text, "version=1.0;authorizationrules{");
	for (size_t i = 0; i < ASSAY_MAX_POLICY_RULES + 5; i++)
		(void)assay_buffer_puts(&text, "=>permit();");
	(void)assay_buffer_puts(&text, "};");
	assert_false(assay_policy_compile(assay_buffer_bytes(&text), &policy,
	    d, &err));
	assert_int_equal(assay_diagnostics_count(d), 1);
	assert_string_equal(assay_diagnostics_at(d, 0)->id, "too-many-rules");
	assert_string_equal(assay_diagnostics_at(d, 0)->message,
	    "a policy has at most 4096 rules");
	assay_diagnostics_free(d);
	assay_buffer_free(&text);
}

static void
test_too_many_diagnostics(void **state)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_POLICY_BYTES);
	struct assay_diagnostics *d = assay_diagnostics_new();
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };

	(void)state;
	(void)assay_buffer_puts(&text, "version=1.0;authorizationrules{");
	for (size_t i = 0; i < 2 * ASSAY_MAX_POLICY_DIAGNOSTICS; i++)
		(void)assay_buffer_puts(&text, "=>premit();");
	(void)assay_buffer_puts(&text, "};");
	assert_false(assay_policy_compile(assay_buffer_bytes(&text), &policy,
	    d, &err));
	assert_int_equal(assay_diagnostics_count(d),
	    ASSAY_MAX_POLICY_DIAGNOSTICS);
	assert_non_null(strstr(err.text, "(and 127 more mistakes)"));
	assay_diagnostics_free(d);
	assay_buffer_free(&text);
}

/* The id of the first mistake of a rule that has n times the piece between
 * head and tail; "" if it compiles. */
static const char *
repeated(const char *head, const char *piece, size_t n, const char *tail)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_POLICY_BYTES);
	struct assay_diagnostics *d = assay_diagnostics_new();
	struct assay_policy *policy = NULL;
	struct assay_error err;
	const char *id = "";

	(void)assay_buffer_puts(&text, head);
	for (size_t i = 0; i < n; i++)
		(void)assay_buffer_puts(&text, piece);
	(void)assay_buffer_puts(&text, tail);
	if (!assay_policy_compile(assay_buffer_bytes(&text), &policy, d,
	    &err))
		id = assay_diagnostics_at(d, 0)->id;
	assay_policy_free(policy);
	assay_diagnostics_free(d);
	assay_buffer_free(&text);
	return id;
}

static void
test_too_many_conditions(void **state)
{
	static const char head[] = "version=1.0;authorizationrules{\n";

	(void)state;
	assert_string_equal(repeated(head, "[]&&",
	    ASSAY_MAX_POLICY_CONDITIONS - 1, "[]=>permit();};"), "");
	assert_string_equal(repeated(head, "[]&&",
	    ASSAY_MAX_POLICY_CONDITIONS, "[]=>permit();};"),
	    "too-many-conditions");
}

static void
test_too_many_tests(void **state)
{
	static const char head[] = "version=1.0;authorizationrules{\n[";

	(void)state;
	assert_string_equal(repeated(head, "value>1,",
	    ASSAY_MAX_POLICY_TESTS - 1, "value>1]=>permit();};"), "");
	assert_string_equal(repeated(head, "value>1,",
	    ASSAY_MAX_POLICY_TESTS, "value>1]=>permit();};"),
	    "too-many-tests");
}

/* Evaluate over n claims a = 0, 1, ... in so many steps; the code. */
static enum assay_code
code_within(const char *text, size_t n, size_t steps, struct assay_error *err)
{
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy *policy = compile(text);
	struct assay_policy_result result = { 0 };

	assay_policy_limit(policy, steps);
	assert_non_null(claims);
	*err = (struct assay_error){ 0 };
	for (size_t i = 0; i < n; i++)
		assert_true(assay_claims_add_integer(claims, "a", (int64_t)i,
		    err));
	(void)assay_policy_evaluate(policy, claims, NULL, &result, err);
	assert_true(err->code == ASSAY_ERR_OK || result.issued == NULL);
	assay_policy_result_free(&result);
	assay_claims_free(claims);
	assay_policy_free(policy);
	return err->code;
}

static enum assay_code
code_over(const char *text, size_t n, struct assay_error *err)
{
	return code_within(text, n, 0, err);
}

static void
test_claims_limit(void **state)
{
	static const char text[] =
	    "version=1.0;authorizationrules{=>permit();};issuancerules{"
	    "c:[type==\"a\"] => add(type=\"b\", value=c.value);"
	    "c:[type==\"a\"] => add(type=\"c\", value=c.value);};";
	struct assay_error err;

	(void)state;
	assert_int_equal(code_over(text, 1000, &err), ASSAY_ERR_OK);
	assert_int_equal(code_over(text, ASSAY_MAX_POLICY_CLAIMS / 2, &err),
	    ASSAY_ERR_POLICY_LIMIT);
	assert_non_null(strstr(err.text, "issuancerules, rule 2"));
	assert_non_null(strstr(err.text, "more than 65536 claims"));
}

static void
test_steps_limit(void **state)
{
	static const char text[] =
	    "version=1.0;authorizationrules{=>permit();};issuancerules{"
	    "c:[type==\"a\"] && [type==\"a\", value>c.value, value==-1] => "
	    "issue(type=\"b\", value=1);};";
	struct assay_error err;

	(void)state;
	assert_int_equal(code_over(text, 100, &err), ASSAY_ERR_OK);
	assert_int_equal(code_over(text, 20000, &err),
	    ASSAY_ERR_POLICY_LIMIT);
	assert_non_null(strstr(err.text, "more than 16777216 steps"));
}

static void
test_own_steps_limit(void **state)
{
	static const struct {
		const char	*name;
		size_t		 steps;
		enum assay_code	 want;
		const char	*text;
	} rows[] = {
		{ "default", 0, ASSAY_ERR_OK, "" },
		{ "enough", 100000, ASSAY_ERR_OK, "" },
		{ "too_few", 50, ASSAY_ERR_POLICY_LIMIT,
		    "more than 50 steps" },
		{ "not_more_than_the_maximum", SIZE_MAX, ASSAY_ERR_OK, "" },
	};
	static const char text[] =
	    "version=1.0;authorizationrules{=>permit();};issuancerules{"
	    "c:[type==\"a\"] => issue(type=\"b\", value=c.value);};";
	struct test_table t = { .name = "steps of a policy's own" };
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)code_within(text, 100, rows[i].steps, &err);
		test_row(&t, rows[i].name, err.code == rows[i].want &&
		    strstr(err.text, rows[i].text) != NULL, "got %s (%s)",
		    assay_code_name(err.code), err.text);
	}
	test_table_end(&t);
}

static void
test_memory_limit(void **state)
{
	/* Every pair of 3,000 values would be nine million claims. */
	static const char text[] =
	    "version=1.2;authorizationrules{=>permit();};issuancerules{"
	    "c:[type==\"a\"] => add(type=\"b\", value=AppendString(c.type, "
	    "AppendString(c.issuer, AppendString(c.valueType, c.type))));};";
	struct assay_error err;

	(void)state;
	assert_int_equal(code_over(text, 10, &err), ASSAY_ERR_OK);
	assert_int_equal(code_over(text, 3000, &err), ASSAY_ERR_POLICY_LIMIT);
}

static void
test_string_limit(void **state)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_POLICY_BYTES);
	struct assay_error err;

	(void)state;
	/* Doubles a kilobyte, fourteen times: 16 MB. */
	(void)assay_buffer_puts(&text, "version=1.2;"
	    "authorizationrules{=>permit();};issuancerules{"
	    "=>add(type=\"s0\", value=\"");
	(void)assay_buffer_fill(&text, 'x', 1024);
	(void)assay_buffer_puts(&text, "\");");
	for (size_t i = 0; i < 14; i++)
		(void)assay_buffer_printf(&text, "c:[type==\"s%zu\"] => "
		    "add(type=\"s%zu\", value=AppendString(c.value, "
		    "c.value));", i, i + 1);
	(void)assay_buffer_puts(&text, "};");
	assert_int_equal(code_over(assay_buffer_str(&text), 0, &err),
	    ASSAY_ERR_POLICY_LIMIT);
	assert_non_null(strstr(err.text,
	    "AppendString: a string is at most 8388608 bytes long"));
	assay_buffer_free(&text);
}

/* --- lazy claims ------------------------------------------------------- */

static bool
make_text(void *ctx, char **text, struct assay_error *err)
{
	int *made = ctx;

	(void)err;
	++*made;
	*text = strdup("{\"Events\":[]}");
	return *text != NULL;
}

static bool
fail_text(void *ctx, char **text, struct assay_error *err)
{
	(void)ctx;
	(void)text;
	return assay_fail_memory(err, "events");
}

/* How often the text of a lazy claim "events" is made. */
static int
made_by(const char *text)
{
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy *policy = compile(text);
	struct assay_policy_result result = { 0 };
	struct assay_error err = { 0 };
	int made = 0;

	assert_non_null(claims);
	assert_true(assay_claims_add_integer(claims, "a", 1, &err));
	assert_true(assay_claims_add_lazy(claims, "events",
	    (struct assay_lazy_text){ make_text, &made }, &err));
	(void)assay_policy_evaluate(policy, claims, NULL, &result, &err);
	assay_policy_result_free(&result);
	assay_claims_free(claims);
	assay_policy_free(policy);
	return made;
}

static void
test_lazy_claims(void **state)
{
	(void)state;
	assert_int_equal(made_by("version=1.0;authorizationrules{"
	    "[type==\"a\"]=>permit();};"), 0);
	assert_int_equal(made_by("version=1.0;authorizationrules{"
	    "[type==\"events\"]=>permit();};"), 0);	/* type alone */
	assert_int_equal(made_by("version=1.0;authorizationrules{"
	    "[type==\"events\", value!=\"\"]=>permit();};"), 1);
	/* A refusal before anybody looks. */
	assert_int_equal(made_by("version=1.2;authorizationrules{=>deny();};"
	    "issuancerules{c:[type==\"events\"]=>issue(type=\"e\","
	    "value=JmesPath(c.value, \"Events\"));};"), 0);
	assert_int_equal(made_by("version=1.2;authorizationrules{=>permit();"
	    "};issuancerules{c:[type==\"events\"]=>issue(type=\"e\","
	    "value=JmesPath(c.value, \"Events\"));c:[type==\"events\"]=>"
	    "issue(type=\"f\",value=c.value);};"), 1);
}

/* That a claim could not be made is not the evidence's fault. */
static void
test_lazy_failure(void **state)
{
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy *policy = compile("version=1.0;"
	    "authorizationrules{[type==\"events\", value!=\"\"]=>permit();};");
	struct assay_policy_result result = { 0 };
	struct assay_error err = { 0 };

	(void)state;
	assert_non_null(claims);
	assert_true(assay_claims_add_lazy(claims, "events",
	    (struct assay_lazy_text){ fail_text, NULL }, &err));
	assert_false(assay_policy_evaluate(policy, claims, NULL, &result,
	    &err));
	assert_int_equal(assay_code_class(err.code), ASSAY_CLASS_INTERNAL);
	assay_policy_result_free(&result);
	assay_claims_free(claims);
	assay_policy_free(policy);
}

/* --- traces ------------------------------------------------------------ */

static void
test_trace_json(void **state)
{
	const struct assay_policy_options opt = { .trace = true };
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy *policy = compile("version=1.0;\n"
	    "authorizationrules{\n c:[type==\"a\", value==2] => permit(); };");
	struct assay_policy_result result = { 0 };
	struct assay_error err = { 0 };
	char *text;

	(void)state;
	assert_non_null(claims);
	assert_true(assay_claims_add_integer(claims, "a", 1, &err));
	assert_false(assay_policy_evaluate(policy, claims, &opt, &result,
	    &err));
	text = assay_policy_trace_json(result.trace);
	assert_string_equal(text, "[{\"action\":\"permit\",\"claims\":[],"
	    "\"column\":2,\"conditions\":[{\"claims\":[],\"column\":2,"
	    "\"decided\":true,\"held\":false,\"line\":3,\"missed\":["
	    "{\"failed\":\"value==2\",\"issuer\":\"AttestationService\","
	    "\"type\":\"a\",\"value\":1}],\"selected\":0,\"source\":"
	    "\"c:[type==\\\"a\\\", value==2]\"}],\"decided\":true,\"line\":3,"
	    "\"rule\":1,\"section\":\"authorizationrules\",\"source\":"
	    "\"c:[type==\\\"a\\\", value==2] => permit()\",\"taken\":false}]");
	free(text);
	assay_policy_result_free(&result);
	assay_claims_free(claims);
	assay_policy_free(policy);
}

/* A trace outlives policy and claims, and stays within its memory. */
static void
test_trace_of_much(void **state)
{
	const struct assay_policy_options opt = { .trace = true };
	struct assay_buffer source = assay_buffer(ASSAY_MAX_POLICY_BYTES);
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy_result result = { 0 };
	struct assay_policy *policy;
	struct assay_error err = { 0 };
	char *text;

	(void)state;
	assert_non_null(claims);
	(void)assay_buffer_puts(&source,
	    "version=1.0;authorizationrules{=>permit();};issuancerules{");
	for (size_t i = 0; i < 4000; i++)
		(void)assay_buffer_puts(&source,
		    "c:[type==\"a\"]=>add(type=\"b\",value=c.value);");
	(void)assay_buffer_puts(&source, "};");
	policy = compile(assay_buffer_str(&source));
	for (int i = 0; i < 100; i++)
		assert_true(assay_claims_add_integer(claims, "a", i, &err));
	assert_true(assay_policy_evaluate(policy, claims, &opt, &result,
	    &err));
	assay_claims_free(claims);
	assay_policy_free(policy);
	text = assay_policy_trace_text(result.trace);
	assert_non_null(text);
	assert_non_null(strstr(text, "longer than its limit"));
	free(text);
	text = assay_policy_trace_json(result.trace);
	assert_non_null(text);
	free(text);
	assay_policy_result_free(&result);
	assay_buffer_free(&source);
}

/* Text with control characters does not reach a terminal as such. */
static void
test_trace_is_plain(void **state)
{
	const struct assay_policy_options opt = { .trace = true };
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy *policy = compile("version=1.0;"
	    "authorizationrules{\n[type==\"a\", value==\"x\"] => permit();};");
	struct assay_policy_result result = { 0 };
	struct assay_error err = { 0 };
	char *text;

	(void)state;
	assert_non_null(claims);
	assert_true(assay_claims_add_string(claims, "a",
	    assay_bytes_of("\x1b[2J\n"), &err));
	assert_false(assay_policy_evaluate(policy, claims, &opt, &result,
	    &err));
	text = assay_policy_trace_text(result.trace);
	assert_null(strchr(text, '\x1b'));
	free(text);
	assert_null(strchr(err.text, '\x1b'));
	assay_policy_result_free(&result);
	assay_claims_free(claims);
	assay_policy_free(policy);
}

/* --- threads ----------------------------------------------------------- */

#define THREADS	4
#define ROUNDS	500

static void *
evaluate_often(void *arg)
{
	const struct assay_policy *policy = arg;

	for (size_t i = 0; i < ROUNDS; i++) {
		struct assay_claims *claims = assay_claims_new();
		struct assay_policy_result result = { 0 };
		struct assay_error err = { 0 };
		struct assay_claim claim;
		bool ok;

		if (claims == NULL || !assay_claims_add_json(claims, "events",
		    assay_bytes_of("{\"Events\":[{\"n\":5}]}"), &err))
			return arg;
		ok = assay_policy_evaluate(policy, claims, NULL, &result,
		    &err) && assay_claims_find(result.issued, "n", &claim) &&
		    claim.integer == 5;
		assay_policy_result_free(&result);
		assay_claims_free(claims);
		if (!ok)
			return arg;
	}
	return NULL;
}

/* One compiled policy, literal queries included, for all threads. */
static void
test_threads(void **state)
{
	struct assay_policy *policy = compile("version=1.2;"
	    "authorizationrules{=>permit();};issuancerules{c:[type=="
	    "\"events\"]=>issue(type=\"n\", value=JsonToClaimValue(JmesPath("
	    "c.value, \"Events[?n == `5`].n | [0] || `[1,2,{}]`\")));};");
	pthread_t threads[THREADS];
	void *failed = NULL;

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    evaluate_often, policy), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *one;

		assert_int_equal(pthread_join(threads[i], &one), 0);
		if (one != NULL)
			failed = one;
	}
	assert_null(failed);
	assay_policy_free(policy);
}

/* --- the default policy of the service --------------------------------- */

static void
test_evaluation_leaves_claims_alone(void **state)
{
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy *policy = compile("version=1.0;"
	    "authorizationrules{=>permit();};issuancerules{"
	    "c:[type==\"a\"]=>issue(type=\"b\",value=c.value);};");
	struct assay_error err = { 0 };

	(void)state;
	assert_non_null(claims);
	assert_true(assay_claims_add_integer(claims, "a", 1, &err));
	for (int i = 0; i < 3; i++) {
		struct assay_policy_result result = { 0 };

		assert_true(assay_policy_evaluate(policy, claims, NULL,
		    &result, &err));
		assert_int_equal(assay_claims_count(result.issued), 1);
		assert_int_equal(assay_claims_count(claims), 1);
		assert_null(result.trace);
		assay_policy_result_free(&result);
	}
	assay_claims_free(claims);
	assay_policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_and_version),
		cmocka_unit_test(test_diagnostic_members),
		cmocka_unit_test(test_not_utf8),
		cmocka_unit_test(test_nul_and_control_characters),
		cmocka_unit_test(test_byte_order_mark),
		cmocka_unit_test(test_text_too_long),
		cmocka_unit_test(test_too_many_rules),
		cmocka_unit_test(test_too_many_diagnostics),
		cmocka_unit_test(test_too_many_conditions),
		cmocka_unit_test(test_too_many_tests),
		cmocka_unit_test(test_claims_limit),
		cmocka_unit_test(test_steps_limit),
		cmocka_unit_test(test_own_steps_limit),
		cmocka_unit_test(test_memory_limit),
		cmocka_unit_test(test_string_limit),
		cmocka_unit_test(test_lazy_claims),
		cmocka_unit_test(test_lazy_failure),
		cmocka_unit_test(test_trace_json),
		cmocka_unit_test(test_trace_of_much),
		cmocka_unit_test(test_trace_is_plain),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_evaluation_leaves_claims_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
