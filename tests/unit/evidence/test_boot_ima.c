/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy sees of IMA: made entries, relabelled ones, and the published
 * policies for Linux and for a dynamic launch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/boot_events.h"
#include "evidence/event_type.h"
#include "evidence/sipa.h"
#include "made.h"
#include "madelog.h"
#include "madesipa.h"
#include "published.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void
put_field(struct assay_buffer *b, struct assay_bytes in)
{
	(void)assay_buffer_put_le(b, in.len, 4);
	(void)assay_buffer_put(b, in);
}

/* d-ng of content, n-ng and a third field, which is content unless given. */
static struct assay_buffer
template_data(const char *name, struct assay_bytes content,
    struct assay_bytes third)
{
	struct assay_buffer b = assay_buffer(8192), d = assay_buffer(128);
	struct assay_digest digest;
	struct assay_error err = { 0 };

	assert_true(assay_digest(ASSAY_SHA256, content, &digest, &err));
	(void)assay_buffer_put(&d, MADE_TEXT("sha256:\0"));
	(void)assay_buffer_put(&d, assay_digest_bytes(&digest));
	put_field(&b, assay_buffer_bytes(&d));
	put_field(&b, (struct assay_bytes){ (const uint8_t *)name,
	    strlen(name) + 1 });
	put_field(&b, third);
	assay_buffer_free(&d);
	return b;
}

static void
put_entry(struct assay_buffer *log, uint32_t pcr, const char *template,
    const char *name, struct assay_bytes content, struct assay_bytes third)
{
	struct assay_buffer data = template_data(name, content, third);
	struct assay_digest digest;
	struct assay_error err = { 0 };

	assert_true(assay_digest(ASSAY_SHA1, assay_buffer_bytes(&data),
	    &digest, &err));
	(void)assay_buffer_put_le(log, pcr, 4);
	(void)assay_buffer_put(log, assay_digest_bytes(&digest));
	put_field(log, (struct assay_bytes){ (const uint8_t *)template,
	    strlen(template) });
	put_field(log, assay_buffer_bytes(&data));
	assay_buffer_free(&data);
}

struct linux_boot {
	struct made		cert;
	struct assay_buffer	bytes;
	struct assay_ima_log	ima;
	struct made_log		made;
	struct assay_eventlog	tcg;
	struct assay_pcrs	quoted;
	struct assay_boot_logs	logs;
};

#define RELEASE "6.1.0-18-amd64"

static void
put_ima(struct linux_boot *l)
{
	const struct assay_bytes release = MADE_TEXT(RELEASE);
	struct assay_bytes der = assay_cert_der(l->cert.cert);

	put_entry(&l->bytes, 10, "ima-buf", "kernel_version", release,
	    release);
	put_entry(&l->bytes, 10, "ima-buf", ".builtin_trusted_keys", der,
	    der);
	put_entry(&l->bytes, 10, "ima-buf", ".ima", MADE_TEXT("no key"),
	    MADE_TEXT("no key"));
	put_entry(&l->bytes, 10, "ima-buf", "kexec-cmdline",
	    MADE_TEXT("quiet"), MADE_TEXT("quiet"));
	put_entry(&l->bytes, 10, "ima-sig", "/bin/sh", MADE_TEXT("elf"),
	    MADE_TEXT("\3\2"));
	/* A signed file of that name, in the log as a buffer. */
	put_entry(&l->bytes, 10, "ima-buf", "kernel_version",
	    MADE_TEXT("file"), MADE_TEXT("9.9.9"));
	put_entry(&l->bytes, 10, "ima-sig", "/tmp/\xff", MADE_TEXT("x"),
	    MADE_TEXT(""));
	put_entry(&l->bytes, 11, "ima-sig", "/else", MADE_TEXT("x"),
	    MADE_TEXT(""));
	/* Behind what is quoted. */
	put_entry(&l->bytes, 10, "ima-buf", "kernel_version",
	    MADE_TEXT("later"), MADE_TEXT("later"));
}

static void
put_variable(struct made_log *log, uint32_t pcr, uint32_t type,
    const char *name, struct assay_bytes value, bool value_hashed)
{
	struct assay_buffer b = assay_buffer(1024);

	made_variable(&b, name, value);
	made_log_hashed(log, pcr, type, assay_buffer_bytes(&b),
	    value_hashed ? value : assay_buffer_bytes(&b));
	assay_buffer_free(&b);
}

static void
make_linux(struct linux_boot *l, bool value_hashed)
{
	static const uint16_t algs[] = { ASSAY_TPM_ALG_SHA256, 0 };
	struct assay_error err = { 0 };

	*l = (struct linux_boot){ .cert = made_leaf("built-in key", NULL),
	    .bytes = assay_buffer(65536), .made = made_log_agile(algs) };
	put_ima(l);
	put_variable(&l->made, 7, ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG,
	    "SecureBoot", MADE_TEXT("\1"), false);
	put_variable(&l->made, 7, ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG, "PK",
	    MADE_TEXT("platform key"), false);
	put_variable(&l->made, 1, ASSAY_EV_EFI_VARIABLE_BOOT, "BootOrder",
	    MADE_TEXT("\1\0"), value_hashed);
	made_log_event(&l->made, 7, ASSAY_EV_SEPARATOR, MADE_TEXT("\0\0\0"
	    "\0"));
	if (!assay_ima_parse(assay_buffer_bytes(&l->bytes), &l->ima, &err) ||
	    !assay_eventlog_parse(made_log_bytes(&l->made), &l->tcg, &err))
		fail_msg("%s", err.text);
	l->quoted.n_banks = 1;
	l->quoted.bank[0].alg = ASSAY_TPM_ALG_SHA256;
	l->quoted.bank[0].mask = 1u << 1 | 1u << 7 | 1u << 10;
	l->logs = (struct assay_boot_logs){ .tcg = &l->tcg, .n_tcg = 1,
	    .ima = &l->ima, .ima_used = l->ima.n_entries - 1,
	    .quoted = &l->quoted };
}

static void
free_linux(struct linux_boot *l)
{
	assay_ima_free(&l->ima);
	assay_eventlog_free(&l->tcg);
	made_log_free(&l->made);
	assay_buffer_free(&l->bytes);
	made_free(&l->cert);
}

static json_t *
events_of(const struct assay_boot_logs *logs)
{
	struct assay_error err = { 0 };
	char *text = NULL;
	json_t *value;

	if (!assay_boot_events_json(logs, &text, &err))
		fail_msg("%s", err.text);
	value = assay_json_parse(assay_bytes_of(text), NULL, &err);
	if (value == NULL)
		fail_msg("%s", err.text);
	free(text);
	return value;
}

/* The first entry against the PCRs quoted: of how many it is, which are
 * quoted, and what is said of it. */
static const struct {
	const char	*name;
	size_t		 of;
	uint32_t	 quoted;
	bool		 other;		/* boot */
	const char	*want;		/* JSON; NULL: nothing */
} aggregates[] = {
	{ "of_ten", 10, 0x7ff, false, "true" },
	{ "of_eight", 8, 0x7ff, false, "true" },
	{ "of_another_boot", 10, 0x7ff, true, "false" },
	{ "of_eight_of_eight", 8, 0x4ff, false, "true" },
	/* It may be of ten, of which two are not known. */
	{ "of_another_boot_of_eight", 8, 0x4ff, true, NULL },
	{ "of_few", 8, 0x47f, false, NULL },
};

static void
judge_aggregate(struct test_table *t, size_t row)
{
	struct assay_buffer bytes = assay_buffer(4096);
	struct assay_pcrs quoted = { .n_banks = 1 };
	struct assay_ima_log ima = { 0 };
	struct assay_error err = { 0 };
	uint8_t values[10][32];
	json_t *all, *found;

	for (size_t i = 0; i < N(values); i++)
		memset(values[i], (int)i + 1, sizeof(values[i]));
	put_entry(&bytes, 10, "ima-sig", "boot_aggregate",
	    (struct assay_bytes){ values[0], aggregates[row].of * 32 },
	    MADE_TEXT(""));
	if (!assay_ima_parse(assay_buffer_bytes(&bytes), &ima, &err))
		fail_msg("%s", err.text);
	values[3][0] ^= aggregates[row].other;
	quoted.bank[0].alg = ASSAY_TPM_ALG_SHA256;
	quoted.bank[0].mask = aggregates[row].quoted;
	for (size_t i = 0; i < N(values); i++)
		memcpy(quoted.bank[0].value[i], values[i], 32);
	all = events_of(&(struct assay_boot_logs){ .ima = &ima,
	    .ima_used = 1, .quoted = &quoted });
	found = json_object_get(json_object_get(json_array_get(
	    json_object_get(all, "Events"), 0), "ProcessedData"),
	    "MatchesPCRs");
	test_row(t, aggregates[row].name, aggregates[row].want == NULL ?
	    found == NULL : found != NULL && json_is_true(found) ==
	    (strcmp(aggregates[row].want, "true") == 0), "got %s",
	    found == NULL ? "nothing" : json_is_true(found) ? "true" :
	    "false");
	json_decref(all);
	assay_ima_free(&ima);
	assay_buffer_free(&bytes);
}

static void
test_aggregates(void **state)
{
	struct test_table t = { .name = "boot_aggregate" };

	(void)state;
	for (size_t i = 0; i < N(aggregates); i++)
		judge_aggregate(&t, i);
	test_table_end(&t);
}

static void
test_entries(void **state)
{
	static const char *const want[] = {
		"{\"TemplateName\":\"ima-buf\",\"FileName\":\"kernel_version"
		"\",\"KernelVersion\":\"" RELEASE "\"}",
		"{\"TemplateName\":\"ima-buf\",\"FileName\":"
		"\".builtin_trusted_keys\",\"Keyring\":"
		"\".builtin_trusted_keys\",\"CertificateSubject\":"
		"\"CN=built-in key\"}",
		"{\"TemplateName\":\"ima-buf\",\"FileName\":\".ima\","
		"\"Keyring\":\".ima\"}",
		"{\"TemplateName\":\"ima-buf\",\"FileName\":\"kexec-cmdline"
		"\",\"Buffer\":\"cXVpZXQ\"}",
		"{\"TemplateName\":\"ima-sig\",\"FileName\":\"/bin/sh\"}",
		"{\"TemplateName\":\"ima-buf\",\"FileName\":\"kernel_version"
		"\"}",
		"{\"TemplateName\":\"ima-sig\",\"FileName\":{\"RawData\":"
		"\"L3RtcC__\"}}",
	};
	struct test_table t = { .name = "IMA entries" };
	struct linux_boot l;
	json_t *all, *events;

	(void)state;
	make_linux(&l, false);
	all = events_of(&l.logs);
	events = json_object_get(all, "Events");
	assert_int_equal(json_array_size(events), l.tcg.n_events + N(want));
	for (size_t i = 0; i < N(want); i++) {
		json_t *e = json_array_get(events, l.tcg.n_events + i);
		json_t *data = json_object_get(e, "ProcessedData");
		struct assay_error err = { 0 };
		json_t *expected = assay_json_parse(assay_bytes_of(want[i]),
		    NULL, &err);
		char *shown = json_dumps(data, JSON_COMPACT);

		test_row(&t, want[i], json_string_length(json_object_get(data,
		    "FileHash")) == 43 && json_object_del(data, "FileHash") ==
		    0 && json_equal(data, expected) &&
		    json_integer_value(json_object_get(e, "PcrIndex")) == 10
		    && (size_t)json_integer_value(json_object_get(e,
		    "EventSeq")) == l.tcg.n_events + i, "got %s", shown);
		free(shown);
		json_decref(expected);
	}
	json_decref(all);
	free_linux(&l);
	test_table_end(&t);
}

/* The kernel extends something else than it logs. */
static void
test_violation(void **state)
{
	struct linux_boot l;
	json_t *all, *data;

	(void)state;
	make_linux(&l, false);
	l.ima.entries[0].violation = true;
	all = events_of(&l.logs);
	data = json_object_get(json_array_get(json_object_get(all, "Events"),
	    l.tcg.n_events), "ProcessedData");
	assert_int_equal(json_object_size(data), 1);
	assert_true(json_is_true(json_object_get(data, "Violation")));
	json_decref(all);
	free_linux(&l);
}

static void
run_policy(const char *name, const struct assay_boot_logs *logs,
    struct test_table *t, const char *row, const char *want)
{
	struct assay_policy *policy = published_policy(name);
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy_result result = { 0 };
	struct assay_boot_logs copy = *logs;
	struct assay_error err = { 0 };
	json_t *expected;

	assert_true(assay_claims_add_boolean(claims, "aikValidated", true,
	    &err));
	assert_true(assay_claims_add_lazy(claims, "events",
	    (struct assay_lazy_text){ assay_boot_events_make, &copy }, &err));
	if (!assay_policy_evaluate(policy, claims, NULL, &result, &err))
		fail_msg("%s: %s", row, err.text);
	expected = assay_json_parse(assay_bytes_of(want), NULL, &err);
	assert_non_null(expected);
	published_compare(t, row, result.issued, expected);
	json_decref(expected);
	assay_policy_result_free(&result);
	assay_claims_free(claims);
	assay_policy_free(policy);
}

static void
test_linux_policy(void **state)
{
	struct test_table t = { .name = "the policy for Linux" };
	struct linux_boot l;

	(void)state;
	make_linux(&l, false);
	run_policy("linux", &l.logs, &t, "linux", "{\"secureBootEnabled\":"
	    "true,\"platformKey\":\"cGxhdGZvcm0ga2V5\",\"bootOrder\":"
	    "\"AQA\",\"kernelVersions\":\"" RELEASE "\","
	    "\"builtintrustedkeys\":\"CN=built-in key\","
	    "\"forbiddenSignatures\":false}");
	free_linux(&l);
	/* Firmware that hashes the value alone does not vouch for the name. */
	make_linux(&l, true);
	run_policy("linux", &l.logs, &t, "value hashed",
	    "{\"bootOrder\":false,\"secureBootEnabled\":true}");
	l.logs.ima = NULL;
	run_policy("linux", &l.logs, &t, "no IMA", "{\"kernelVersions\":null,"
	    "\"builtintrustedkeys\":null}");
	free_linux(&l);
	test_table_end(&t);
}

/* The signature of the state cannot be checked, since its layout is not
 * public: it is never said to be valid. */
static void
test_system_guard(void **state)
{
	static const uint16_t algs[] = { ASSAY_TPM_ALG_SHA256, 0 };
	struct test_table t = { .name = "the policy for System Guard" };
	struct made_log made = made_log_agile(algs);
	struct assay_buffer b = assay_buffer(256);
	struct assay_eventlog log = { 0 };
	struct assay_pcrs quoted = { .n_banks = 1 };
	struct assay_boot_logs logs = { .tcg = &log, .n_tcg = 1,
	    .quoted = &quoted };
	struct assay_error err = { 0 };
	size_t at;

	(void)state;
	quoted.bank[0].alg = ASSAY_TPM_ALG_SHA256;
	quoted.bank[0].mask = 0xffffff;
	made_sipa(&b, 0x000c0002, MADE_TEXT("\2"));
	made_log_event(&made, 20, ASSAY_EV_EVENT_TAG, assay_buffer_bytes(&b));
	assay_buffer_clear(&b);
	at = made_sipa_begin(&b, ASSAY_SIPA_TRUSTBOUNDARY);
	made_sipa(&b, 0x000c0001, MADE_TEXT("who knows"));
	made_sipa_end(&b, at);
	made_log_event(&made, 20, ASSAY_EV_EVENT_TAG, assay_buffer_bytes(&b));
	assert_true(assay_eventlog_parse(made_log_bytes(&made), &log, &err));
	run_policy("systemguard", &logs, &t, "dynamic launch",
	    "{\"drtmMleValid\":false,\"smmLevel\":2}");
	assay_eventlog_free(&log);
	assay_buffer_free(&b);
	made_log_free(&made);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_aggregates),
		cmocka_unit_test(test_violation),
		cmocka_unit_test(test_linux_policy),
		cmocka_unit_test(test_system_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
