/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core on one thread: bench_core DIR, where DIR holds a quote, its
 * collateral and its root as `assay sim sgx --out DIR` writes them, or is a
 * vector. Lines "name per-second": cold (nothing kept), warm (collateral and
 * chain kept, as for a second quote of a platform), with the default policy,
 * the limit (two P-256 verifications with ready keys on the same bytes in the
 * same run), and the ratio of warm to that limit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <assay/attest.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/sigver.h"
#include "evidence/dcap_quote.h"

#define NANOSECONDS	1000000000.0
#define SECONDS		2.0	/* for each measurement */
#define FILES		6

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

struct bench {
	struct assay_buffer	 quote, root, files[FILES];
	struct assay_verifier	*verifier;
	struct assay_policy	*policy;
	int64_t			 now;
	struct assay_dcap_quote	 parsed;
	struct assay_pkey	*pck_key, *attestation_key;
};

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bench_core: %s: %s\n", what, why);
	exit(1);
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / NANOSECONDS;
}

static bool
read_file(const char *dir, const char *name, struct assay_buffer *out)
{
	char path[4096], chunk[65536];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((f = fopen(path, "rb")) == NULL)
		return false;
	*out = assay_buffer(ASSAY_MAX_CRL_BYTES);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) != 0)
		if (!assay_buffer_put(out, (struct assay_bytes){
		    (const uint8_t *)chunk, n }))
			die(path, "too large");
	(void)fclose(f);
	return true;
}

static void
read_all(struct bench *b, const char *dir)
{
	static const char *const names[FILES] = {
		"pck_crl.der", "root_ca_crl.der", "tcb_info.json",
		"tcb_info_chain.pem", "qe_identity.json",
		"qe_identity_chain.pem",
	};

	for (int i = 0; i < FILES; i++)
		if (!read_file(dir, names[i], &b->files[i]))
			die(dir, names[i]);
	if (!read_file(dir, "quote.bin", &b->quote))
		die(dir, "no quote.bin");
	if (!read_file(dir, "root.pem", &b->root) &&
	    !read_file(dir, "trusted_root.pem", &b->root))
		die(dir, "no root.pem");
}

static bool
find(void *ctx, const struct assay_dcap_wanted *wanted,
    struct assay_dcap_collateral *out, void **token, uint64_t *generation,
    struct assay_error *err)
{
	const struct bench *b = ctx;

	(void)wanted;
	(void)err;
	*out = (struct assay_dcap_collateral){
		.pck_crl = assay_buffer_bytes(&b->files[0]),
		.root_ca_crl = assay_buffer_bytes(&b->files[1]),
		.tcb_info = assay_buffer_bytes(&b->files[2]),
		.tcb_info_chain = assay_buffer_bytes(&b->files[3]),
		.qe_identity = assay_buffer_bytes(&b->files[4]),
		.qe_identity_chain = assay_buffer_bytes(&b->files[5]),
	};
	*token = NULL;
	*generation = 1;
	return true;
}

static void
release(void *ctx, void *token)
{
	(void)ctx;
	(void)token;
}

static uint64_t
generation(void *ctx)
{
	(void)ctx;
	return 1;
}

static void
new_verifier(struct bench *b)
{
	struct assay_bytes root = assay_buffer_bytes(&b->root);
	const struct assay_verifier_config config = {
		.anchors = &root, .n_anchors = 1, .without_builtin = true,
		.cache_entries = 64,
	};
	struct assay_error err = { 0 };

	assay_verifier_free(b->verifier);
	if (!assay_verifier_new(&config, &b->verifier, &err))
		die("verifier", err.text);
}

static void
attest(struct bench *b, const struct assay_policy *policy, bool keep)
{
	const struct assay_collateral_source source = {
		find, release, keep ? generation : NULL, b,
	};
	const struct assay_attest_request request = {
		.kind = "SgxEnclave",
		.evidence = assay_buffer_bytes(&b->quote),
	};
	struct assay_attest_context ctx = {
		.now = b->now,
		.verifier = b->verifier,
		.collateral = &source,
		.baseline = assay_baseline_any(),
		.policy = policy,
	};
	struct assay_attest_result r = { 0 };

	ctx.baseline.grace.any_age = true;
	if (!assay_attest(&request, &ctx, &r) || r.verdict != ASSAY_ACCEPT)
		die(assay_code_name(r.error.code), r.error.text);
	assay_attest_result_free(&r);
}

static void
cold(struct bench *b)
{
	attest(b, NULL, false);
}

static void
warm(struct bench *b)
{
	attest(b, NULL, true);
}

static void
with_policy(struct bench *b)
{
	attest(b, b->policy, true);
}

/* Two verifications and nothing else. */
static void
limit(struct bench *b)
{
	const struct assay_dcap_quote *q = &b->parsed;
	struct assay_error err = { 0 };

	if (!assay_sig_verify(ASSAY_SIG_ES256_RAW, b->pck_key, q->qe_report,
	    q->qe_report_signature, &err) ||
	    !assay_sig_verify(ASSAY_SIG_ES256_RAW, b->attestation_key,
	    q->signed_part, q->signature, &err))
		die("limit", err.text);
}

/* Keys for the limit, taken from a quote that was accepted. */
static void
read_keys(struct bench *b)
{
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS];
	struct assay_error err = { 0 };
	size_t n = 0;

	if (!assay_dcap_quote_split(assay_buffer_bytes(&b->quote), &b->parsed,
	    &err) || !assay_certs_from_pem(b->parsed.cert_data, certs,
	    ASSAY_MAX_CHAIN_CERTS, &n, &err) ||
	    !assay_pkey_from_point(ASSAY_KEY_EC_P256,
	    b->parsed.attestation_key, &b->attestation_key, &err))
		die("quote", err.text);
	b->pck_key = assay_pkey_ref(assay_cert_key(certs[0]));
	for (size_t i = 0; i < n; i++)
		assay_cert_free(certs[i]);
}

static double
rate(struct bench *b, void (*run)(struct bench *))
{
	double start, end;
	size_t n = 0;

	for (int i = 0; i < 16; i++)
		run(b);
	start = seconds();
	do {
		for (int i = 0; i < 16; i++, n++)
			run(b);
		end = seconds();
	} while (end - start < SECONDS);
	return (double)n / (end - start);
}

/* The better of two, taken in turns: the machine has other things to do. */
static void
measure(struct bench *b)
{
	static const struct {
		const char	*name;
		void		(*run)(struct bench *);
	} rows[] = {
		{ "limit", limit }, { "warm", warm },
		{ "warm-policy", with_policy }, { "cold", cold },
	};
	double best[4] = { 0 }, r;

	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < 4; i++)
			if ((r = rate(b, rows[i].run)) > best[i])
				best[i] = r;
	for (int i = 0; i < 4; i++)
		printf("%s %.0f\n", rows[i].name, best[i]);
	printf("warm-ratio %.3f\n", best[1] / best[0]);
}

int
main(int argc, char **argv)
{
	struct assay_error err = { 0 };
	struct bench b = { 0 };

	if (argc < 2)
		die("usage", "bench_core DIR [SECONDS-SINCE-1970]");
	read_all(&b, argv[1]);
	b.now = argc > 2 ? strtoll(argv[2], NULL, 10) : (int64_t)time(NULL);
	new_verifier(&b);
	if (!assay_policy_compile(assay_bytes_of(default_policy), &b.policy,
	    NULL, &err))
		die("policy", err.text);
	attest(&b, NULL, false);
	read_keys(&b);
	measure(&b);
	assay_pkey_free(b.pck_key);
	assay_pkey_free(b.attestation_key);
	assay_policy_free(b.policy);
	assay_verifier_free(b.verifier);
	assay_buffer_free(&b.quote);
	assay_buffer_free(&b.root);
	for (int i = 0; i < FILES; i++)
		assay_buffer_free(&b.files[i]);
	return 0;
}
