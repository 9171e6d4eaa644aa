/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies: the default SGX policy, a policy of 200 rules, the published
 * Windows policy over an event log of 100 events, each as evaluations per
 * second and as a share of one RSA-2048 signature measured in the same run;
 * then series that show how the cost grows with rules and with claims.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <assay/policy.h>

#include "base/buffer.h"
#include "crypto/pkey.h"
#include "crypto/signer.h"

#ifndef WINDOWS_POLICY
#error "WINDOWS_POLICY is the path of tests/policy/windows.policy"
#endif

#define NANOSECONDS	1000000000.0
#define SECONDS		0.5	/* for each measurement */
#define TEXT_MAX	(16u * 1024 * 1024)
#define EVENTS		100

static const char default_policy[] =
    "version= 1.1;configurationrules{=> issueproperty("
    "type=\"x-ms-sgx-tcbidentifier\", value=\"azuredefault\");};"
    "authorizationrules{=> permit();};issuancerules{"
    "c:[type==\"x-ms-sgx-is-debuggable\"] => "
    "issue(type=\"is-debuggable\", value=c.value);"
    "c:[type==\"x-ms-sgx-mrsigner\"] => "
    "issue(type=\"sgx-mrsigner\", value=c.value);"
    "c:[type==\"x-ms-sgx-mrenclave\"] => "
    "issue(type=\"sgx-mrenclave\", value=c.value);"
    "c:[type==\"x-ms-sgx-product-id\"] => "
    "issue(type=\"product-id\", value=c.value);"
    "c:[type==\"x-ms-sgx-svn\"] => issue(type=\"svn\", value=c.value);"
    "c:[type==\"x-ms-attestation-type\"] => "
    "issue(type=\"tee\", value=c.value);};";

static double sign_ns;

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bench_policy: %s: %s\n", what, why);
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / NANOSECONDS;
}

static void
measure_signature(void)
{
	static const uint8_t message[1024];
	struct assay_signer *signer = NULL;
	struct assay_error err;
	double start, spent;
	size_t runs = 0;

	if (!assay_signer_generate(ASSAY_KEY_RSA, 2048, &signer, &err))
		die("RSA key", err.text);
	start = now();
	do {
		struct assay_buffer out = assay_buffer(1024);

		if (!assay_sign(signer, ASSAY_SIG_RS256, (struct assay_bytes){
		    message, sizeof(message) }, &out, &err))
			die("RSA signature", err.text);
		assay_buffer_free(&out);
		runs++;
	} while ((spent = now() - start) < SECONDS);
	sign_ns = spent / (double)runs * NANOSECONDS;
	printf("%-34s %10.0f ns\n", "RSA-2048 signature", sign_ns);
	assay_signer_free(signer);
}

static struct assay_policy *
compile(struct assay_bytes text)
{
	struct assay_policy *policy;
	struct assay_error err;

	if (!assay_policy_compile(text, &policy, NULL, &err))
		die("policy", err.text);
	return policy;
}

static double
evaluate(const struct assay_policy *policy, struct assay_claims *claims)
{
	double start = now(), spent;
	size_t runs = 0;

	do {
		struct assay_policy_result result = { 0 };
		struct assay_error err;

		if (!assay_policy_evaluate(policy, claims, NULL, &result,
		    &err))
			die("evaluation", err.text);
		assay_policy_result_free(&result);
		runs++;
	} while ((spent = now() - start) < SECONDS);
	return spent / (double)runs * NANOSECONDS;
}

static void
report(const char *name, double ns)
{
	printf("%-34s %10.0f ns %10.0f/s %8.2f %% of a signature\n", name, ns,
	    NANOSECONDS / ns, 100 * ns / sign_ns);
}

static void
must(bool ok, const struct assay_error *err)
{
	if (!ok)
		die("claims", err->text);
}

static void
add_string(struct assay_claims *set, const char *type, const char *value)
{
	struct assay_error err;

	must(assay_claims_add_string(set, type, assay_bytes_of(value), &err),
	    &err);
}

static struct assay_claims *
new_claims(void)
{
	struct assay_claims *set = assay_claims_new();

	if (set == NULL)
		die("claims", "out of memory");
	return set;
}

/* What an SGX quote gives. */
static struct assay_claims *
sgx_claims(void)
{
	static const char hex[] = "00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff";
	static const char *const strings[] = { "x-ms-attestation-type",
	    "x-ms-sgx-mrenclave", "x-ms-sgx-mrsigner", "x-ms-sgx-report-data",
	    "x-ms-sgx-tcbidentifier", "x-assay-tcb-status",
	    "x-assay-tcb-date", "x-assay-collateral-expiry", "x-ms-sgx-ehd",
	    "maa-ehd", "aas-ehd" };
	struct assay_claims *set = new_claims();
	struct assay_error err;

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		add_string(set, strings[i], hex);
	must(assay_claims_add_boolean(set, "x-ms-sgx-is-debuggable", false,
	    &err) && assay_claims_add_integer(set, "x-ms-sgx-product-id", 1,
	    &err) && assay_claims_add_integer(set, "x-ms-sgx-svn", 2, &err) &&
	    assay_claims_add_json(set, "x-ms-sgx-collateral",
	    assay_bytes_of("{\"quotehash\":\"00\"}"), &err), &err);
	return set;
}

/* Rules n that each name two claims and issue one. */
static struct assay_policy *
policy_of(size_t rules)
{
	struct assay_buffer text = assay_buffer(TEXT_MAX);
	struct assay_policy *policy;

	(void)assay_buffer_puts(&text, "version=1.2;authorizationrules{"
	    "=>permit();};issuancerules{\n");
	for (size_t i = 0; i < rules; i++)
		(void)assay_buffer_printf(&text, "c:[type==\"in-%zu\", "
		    "issuer==\"AttestationService\"] && ![type==\"no-%zu\"] "
		    "=> issue(type=\"out-%zu\", value=c.value);\n", i, i, i);
	(void)assay_buffer_puts(&text, "};");
	policy = compile(assay_buffer_bytes(&text));
	assay_buffer_free(&text);
	return policy;
}

static struct assay_claims *
claims_of(size_t n, const char *format)
{
	struct assay_claims *set = new_claims();
	struct assay_error err;
	char type[64];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(type, sizeof(type), format, i);
		must(assay_claims_add_integer(set, type, (int64_t)i, &err),
		    &err);
	}
	return set;
}

static void
put_event(struct assay_buffer *out, size_t i)
{
	static const char *const drivers[] = { "winload.efi", "ntoskrnl.exe",
	    "wdboot.sys", "hal.dll", "ci.dll" };

	(void)assay_buffer_printf(out, "%s{\"EventSeq\":%zu,", i ? "," : "",
	    i);
	if (i % 5 == 0)
		(void)assay_buffer_printf(out, "\"EventTypeString\":"
		    "\"EV_EFI_VARIABLE_DRIVER_CONFIG\",\"PcrIndex\":7,"
		    "\"ProcessedData\":{\"VariableGuid\":"
		    "\"8BE4DF61-93CA-11D2-AA0D-00E098032B8C\",\"UnicodeName\":"
		    "\"%s\",\"VariableData\":\"AQ\"}}",
		    i == 0 ? "SecureBoot" : "Boot0001");
	else if (i == EVENTS - 1)
		(void)assay_buffer_puts(out, "\"EventTypeString\":"
		    "\"EV_SEPARATOR\",\"PcrIndex\":12,\"ProcessedData\":{}}");
	else
		(void)assay_buffer_printf(out, "\"EventTypeString\":"
		    "\"EV_EVENT_TAG\",\"PcrIndex\":%d,\"ProcessedData\":"
		    "{\"EVENT_TRUSTBOUNDARY\":{\"EVENT_BITLOCKER_UNLOCK\":"
		    "{\"Value\":4,\"String\":\"TPM\"},\"EVENT_APPLICATION_SVN\""
		    ":%zu,\"EVENT_CODEINTEGRITY\":true,"
		    "\"EVENT_BOOTDEBUGGING\":false,\"EVENT_TRANSFER_CONTROL\":"
		    "{\"Value\":1,\"String\":\"\"},\"EVENT_SAFEMODE\":false,"
		    "\"EVENT_LOADEDMODULE_AGGREGATION\":[{\"EVENT_FILEPATH\":"
		    "\"\\\\windows\\\\system32\\\\drivers\\\\%s\","
		    "\"EVENT_IMAGEVALIDATED\":true,\"EVENT_MODULE_SVN\":1,"
		    "\"EVENT_AUTHENTICODEHASH\":\"%064zx\"}]}}}",
		    i % 2 ? 12 : 13, i, drivers[i % 5], i);
}

static struct assay_claims *
windows_claims(size_t events)
{
	struct assay_buffer text = assay_buffer(TEXT_MAX);
	struct assay_claims *set = new_claims();
	struct assay_error err;

	(void)assay_buffer_puts(&text, "{\"Events\":[");
	for (size_t i = 0; i < events; i++)
		put_event(&text, i);
	(void)assay_buffer_puts(&text, "]}");
	must(assay_claims_add_json(set, "events", assay_buffer_bytes(&text),
	    &err), &err);
	assay_buffer_free(&text);
	return set;
}

static struct assay_policy *
windows_policy(void)
{
	static char text[256 * 1024];
	FILE *f = fopen(WINDOWS_POLICY, "rb");
	size_t n;

	if (f == NULL)
		die(WINDOWS_POLICY, "cannot be read");
	n = fread(text, 1, sizeof(text), f);
	(void)fclose(f);
	return compile((struct assay_bytes){ (const uint8_t *)text, n });
}

/* Takes over both. */
static void
run(const char *name, struct assay_policy *policy, struct assay_claims *claims)
{
	report(name, evaluate(policy, claims));
	assay_policy_free(policy);
	assay_claims_free(claims);
}

static void
measure_compile(const char *name, struct assay_bytes text)
{
	double start = now(), spent;
	size_t runs = 0;

	do {
		assay_policy_free(compile(text));
		runs++;
	} while ((spent = now() - start) < SECONDS);
	report(name, spent / (double)runs * NANOSECONDS);
}

static void
series_point(const char *what, size_t n, double ns, double unit)
{
	printf("%-24s %9zu %10.0f ns %8.1f ns each\n", what, n, ns,
	    ns / unit);
}

static void
series(const char *what, struct assay_policy *policy,
    struct assay_claims *claims, size_t n)
{
	series_point(what, n, evaluate(policy, claims), (double)n);
	assay_policy_free(policy);
	assay_claims_free(claims);
}

static void
all_series(void)
{
	static const size_t rules[] = { 50, 100, 200, 400, 800, 1600 };
	static const size_t claims[] = { 10, 100, 1000, 10000 };
	static const char scan[] = "version=1.2;authorizationrules{"
	    "=>permit();};issuancerules{c:[value==-1] => issue(claim=c);"
	    "[type!=\"a\", value==-1] => issue(type=\"b\", value=1);};";
	static const char copy[] = "version=1.2;authorizationrules{"
	    "=>permit();};issuancerules{c:[type==\"in\"] => "
	    "add(type=\"out\", value=c.value);};";

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		series("rules, over 100 claims", policy_of(rules[i]),
		    claims_of(100, "in-%zu"), rules[i]);
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		series("claims, 200 rules", policy_of(200),
		    claims_of(claims[i], "in-%zu"), claims[i]);
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		series("claims, all looked at", compile(assay_bytes_of(scan)),
		    claims_of(claims[i], "in-%zu"), claims[i]);
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		series("claims, all copied", compile(assay_bytes_of(copy)),
		    claims_of(claims[i], "in"), claims[i]);
	for (size_t i = 50; i <= 800; i *= 2)
		series("events, Windows policy", windows_policy(),
		    windows_claims(i), i);
}

int
main(void)
{
	measure_signature();
	run("default SGX policy", compile(assay_bytes_of(default_policy)),
	    sgx_claims());
	run("200 rules over 200 claims", policy_of(200),
	    claims_of(200, "in-%zu"));
	run("Windows policy over 100 events", windows_policy(),
	    windows_claims(EVENTS));
	measure_compile("compile the default SGX policy",
	    assay_bytes_of(default_policy));
	all_series();
	return 0;
}
