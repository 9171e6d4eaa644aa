/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs of real machines as a policy sees them: the claim events against an
 * independent rendering of the same logs, and the published policies against
 * what an independent evaluator makes of it.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/boot_events.h"
#include "evidence/event_type.h"
#include "published.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Where we differ from the reference, on purpose. It shows the data of every
 * event; we show what was measured.
 */
enum difference {
	NOT_MEASURED,	/* EV_NO_ACTION, and digests of something else */
	NAME_NOT_MEASURED, /* firmware hashes the value of a boot variable
			      alone, so its name could be any */
	SEVERAL,	/* of several variables in one event, the reference
			   shows the first; we show the bytes */
	MORE_MEMBERS,	/* structures are decoded beside their bytes */
	N_DIFFERENCES
};
static const char *const difference_names[N_DIFFERENCES] = {
	"not measured", "name not measured", "several", "more members",
};
static size_t differences[N_DIFFERENCES];

/* A quote of all PCRs in these banks; the values do not matter here. */
static struct assay_pcrs
quote_of(const struct assay_eventlog *log)
{
	static const uint16_t algs[] = { ASSAY_TPM_ALG_SHA1,
		ASSAY_TPM_ALG_SHA256, ASSAY_TPM_ALG_SHA384,
		ASSAY_TPM_ALG_SHA512 };
	struct assay_pcrs pcrs = { .n_banks = log->agile ? 4 : 1 };

	for (size_t i = 0; i < pcrs.n_banks; i++) {
		pcrs.bank[i].alg = algs[i];
		pcrs.bank[i].mask = 0xffffff;
	}
	return pcrs;
}

static json_t *
parse_text(struct assay_bytes text, const char *what)
{
	struct assay_error err = { 0 };
	json_t *value = assay_json_parse(text, NULL, &err);

	if (value == NULL)
		fail_msg("%s: %s", what, err.text);
	return value;
}

/* Members of structures that we add are taken out again. */
static bool
strip_members(json_t *value)
{
	static const char *const extra[] = { "PolicyVersion", "PolicyName",
		"CreationTime", "HashAlgID", "Digest", "Options",
		"SignersCount", "KeyBitLength" };
	const char *name;
	json_t *member;
	size_t index;
	bool any = false;

	if (json_is_array(value)) {
		json_array_foreach(value, index, member)
			any |= strip_members(member);
		return any;
	}
	if (json_object_get(value, "RawData") != NULL)
		for (size_t i = 0; i < N(extra); i++)
			any |= json_object_del(value, extra[i]) == 0;
	json_object_foreach(value, name, member)
		any |= strip_members(member);
	return any;
}

/* The value alone of a boot variable. */
static bool
same_variable(json_t *have, json_t *want, const struct assay_event *e)
{
	differences[NAME_NOT_MEASURED]++;
	return json_object_size(have) == 1 &&
	    e->type == ASSAY_EV_EFI_VARIABLE_BOOT &&
	    e->vouched.ptr != e->data.ptr &&
	    json_equal(json_object_get(have, "VariableData"),
	    json_object_get(want, "VariableData"));
}

static bool
same_processed(json_t *have, json_t *want, const struct assay_event *e)
{
	if (json_equal(have, want))
		return true;
	if (json_object_size(have) == 0) {
		differences[NOT_MEASURED]++;
		return e->trust != ASSAY_EVENT_VERIFIED;
	}
	if (json_object_get(have, "VariableData") != NULL)
		return same_variable(have, want, e);
	if (e->type == ASSAY_EV_EFI_VARIABLE_BOOT) {
		differences[SEVERAL]++;
		return json_object_get(have, "RawData") != NULL;
	}
	if (strip_members(have))
		differences[MORE_MEMBERS]++;
	return json_equal(have, want);
}

static bool
same_event(json_t *have, json_t *want, const struct assay_event *e)
{
	static const char *const names[] = { "EventSeq", "EventType",
		"EventTypeString", "PcrIndex" };

	for (size_t i = 0; i < N(names); i++)
		if (!json_equal(json_object_get(have, names[i]),
		    json_object_get(want, names[i])))
			return false;
	return (e->type == ASSAY_EV_NO_ACTION ||
	    json_equal(json_object_get(have, "Digests"),
	    json_object_get(want, "Digests"))) &&
	    same_processed(json_object_get(have, "ProcessedData"),
	    json_object_get(want, "ProcessedData"), e);
}

static void
compare_events(struct test_table *t, const char *vector, const char *text,
    const struct assay_eventlog *log)
{
	json_t *have, *want, *all;
	struct assay_buffer b;

	if (!test_read_if(test_shared_path("vectors/tpm/%s/maa_events.json",
	    vector), &b))
		return;
	all = parse_text(assay_buffer_bytes(&b), vector);
	want = json_object_get(all, "Events");
	json_t *ours = parse_text(assay_bytes_of(text), vector);
	have = json_object_get(ours, "Events");
	test_row(t, vector, json_array_size(have) == json_array_size(want) &&
	    json_array_size(have) == log->n_events, "%zu events of %zu",
	    json_array_size(have), json_array_size(want));
	for (size_t i = 0; i < json_array_size(have); i++) {
		json_t *a = json_array_get(have, i);
		bool ok = same_event(a, json_array_get(want, i),
		    &log->events[i]);
		char *shown = ok ? NULL : json_dumps(a, JSON_COMPACT);

		test_row(t, vector, ok, "%.600s", shown);
		free(shown);
	}
	json_decref(ours);
	json_decref(all);
	assay_buffer_free(&b);
}

/* On other systems only Secure Boot means something. */
static void
compare_policy(struct test_table *t, const char *vector, const char *text,
    const struct assay_policy *policy)
{
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy_result result = { 0 };
	struct assay_error err = { 0 };
	struct assay_buffer b;
	json_t *all;

	if (!test_read_if(test_shared_path(
	    "vectors/tpm/%s/maa_policy_results.json", vector), &b)) {
		assay_claims_free(claims);
		return;
	}
	all = parse_text(assay_buffer_bytes(&b), vector);
	assert_true(assay_claims_add_json(claims, "events",
	    assay_bytes_of(text), &err));
	if (!assay_policy_evaluate(policy, claims, NULL, &result, &err))
		fail_msg("%s: %s", vector, err.text);
	published_compare(t, vector, result.issued,
	    json_object_get(all, "claims"));
	json_decref(all);
	assay_policy_result_free(&result);
	assay_claims_free(claims);
	assay_buffer_free(&b);
}

struct run {
	struct assay_policy	*windows;
	struct test_table	 events, policy;
};

static void
run_vector(struct run *run, const char *vector)
{
	struct assay_eventlog log = { 0 };
	struct assay_boot_logs logs = { .tcg = &log, .n_tcg = 1 };
	struct assay_error err = { 0 };
	struct assay_pcrs quoted;
	struct assay_buffer b;
	char *text = NULL;

	if (!test_read_if(test_shared_path("vectors/tpm/%s/eventlog.bin",
	    vector), &b))
		return;
	if (assay_eventlog_parse(assay_buffer_bytes(&b), &log, &err)) {
		quoted = quote_of(&log);
		logs.quoted = &quoted;
		if (!assay_boot_events_json(&logs, &text, &err))
			fail_msg("%s: %s", vector, err.text);
		compare_events(&run->events, vector, text, &log);
		compare_policy(&run->policy, vector, text, run->windows);
		free(text);
		assay_eventlog_free(&log);
	}
	assay_buffer_free(&b);
}

static void
test_vectors(void **state)
{
	struct run run = { .events = { .name = "events of real logs" },
	    .policy = { .name = "published policies over real logs" } };
	struct dirent *e;
	DIR *d;

	(void)state;
	if (test_shared("boot logs of real machines") == NULL)
		skip();
	run.windows = published_policy("windows");
	d = opendir(test_shared_path("vectors/tpm"));
	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			run_vector(&run, e->d_name);
	(void)closedir(d);
	assay_policy_free(run.windows);
	test_table_end(&run.events);
	test_table_end(&run.policy);
	/* None of the differences is listed for nothing. */
	for (size_t i = 0; i < N_DIFFERENCES; i++) {
		printf("%s: %zu events\n", difference_names[i],
		    differences[i]);
		assert_int_not_equal(differences[i], 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
