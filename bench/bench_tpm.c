/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TPM attestation on one thread: bench_tpm CA.pem CHALLENGE EVENTS=FILE...,
 * where each file holds a request (a JWS of type attReqV2) over a log of so
 * many events. For each: attestations a second and microseconds for one, with
 * a policy that permits and with one that reads the events as JSON; what the
 * unavoidable cryptography takes in the same run (the three signatures that
 * must be verified, over as many bytes, and the one that is made); the ratio
 * of that to the attestation with its signature. Then the cost of one event.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <assay/tpm.h>

#include "base/encode.h"
#include "base/limits.h"
#include "crypto/signer.h"

#define NANOSECONDS	1000000000.0
#define MICROSECONDS	1000000.0
#define SECONDS		1.0	/* for each measurement */
#define MAX_FILES	8
/* What AIK certificates and quotes of real TPMs have, about. */
#define CERT_BYTES	800
#define QUOTE_BYTES	150

static const char permit[] =
    "version=1.0;authorizationrules{=> permit();};issuancerules{};";
static const char events_policy[] =
    "version=1.2;configurationrules{};authorizationrules{=> permit();};"
    "issuancerules{c:[type==\"events\", issuer==\"AttestationService\"] => "
    "add(type=\"variables\", value=JmesPath(c.value, \"Events[?"
    "EventTypeString == 'EV_EFI_VARIABLE_DRIVER_CONFIG' && "
    "ProcessedData.VariableGuid == "
    "'8BE4DF61-93CA-11D2-AA0D-00E098032B8C']\"));"
    "c:[type==\"variables\", issuer==\"AttestationPolicy\"] => "
    "issue(type=\"secureBootEnabled\", value=JsonToClaimValue(JmesPath("
    "c.value, \"[?ProcessedData.UnicodeName == 'SecureBoot'] | "
    "length(@) == `1` && @[0].ProcessedData.VariableData == 'AQ'\")));};";

struct bench {
	struct assay_buffer		 ca, challenge;
	struct assay_tpm_anchors	*anchors;
	struct assay_policy		*permit, *events;
	struct assay_signer		*signer;
	struct assay_buffer		 bytes;		/* to sign */
	struct assay_buffer		 rs256[2], ps256;
};

/* One file, and what was measured. */
struct row {
	long			 n_events;
	struct assay_buffer	 jws;
	double			 plain, json, verify;	/* seconds for one */
};

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bench_tpm: %s: %s\n", what, why);
	exit(1);
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / NANOSECONDS;
}

static struct assay_buffer
read_file(const char *path)
{
	struct assay_buffer out = assay_buffer(ASSAY_MAX_TPM_BODY);
	char chunk[65536];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		die(path, "cannot be opened");
	while ((n = fread(chunk, 1, sizeof(chunk), f)) != 0)
		if (!assay_buffer_put(&out, (struct assay_bytes){
		    (const uint8_t *)chunk, n }))
			die(path, "too large");
	(void)fclose(f);
	while (out.len > 0 && out.ptr[out.len - 1] == '\n')
		out.len--;
	return out;
}

static void
attest(const struct bench *b, const struct row *row,
    const struct assay_policy *policy)
{
	const struct assay_tpm_request request = {
		.jws = assay_buffer_bytes(&row->jws),
		.challenge = assay_buffer_bytes(&b->challenge),
	};
	const struct assay_tpm_context ctx = {
		.now = (int64_t)time(NULL),
		.anchors = b->anchors,
		.policy = policy,
	};
	struct assay_attest_result r = { 0 };

	if (!assay_tpm_attest(&request, &ctx, &r) ||
	    r.verdict != ASSAY_ACCEPT)
		die(assay_code_name(r.error.code), r.error.text);
	assay_attest_result_free(&r);
}

/* ---- what cannot be avoided --------------------------------------------------- */

static void
sign(struct bench *b, enum assay_sig_alg alg, size_t len,
    struct assay_buffer *out)
{
	struct assay_error err = { 0 };

	*out = assay_buffer(ASSAY_MAX_SIGNATURE_BYTES);
	if (!assay_sign(b->signer, alg, (struct assay_bytes){ b->bytes.ptr,
	    len }, out, &err))
		die("signature", err.text);
}

static void
verify(const struct bench *b, enum assay_sig_alg alg, size_t len,
    const struct assay_buffer *signature)
{
	struct assay_error err = { 0 };

	if (!assay_sig_verify(alg, assay_signer_public(b->signer),
	    (struct assay_bytes){ b->bytes.ptr, len },
	    assay_buffer_bytes(signature), &err))
		die("verification", err.text);
}

/* AIK certificate, quote, JWS. */
static void
verify_all(const struct bench *b, const struct row *row)
{
	verify(b, ASSAY_SIG_RS256, CERT_BYTES, &b->rs256[0]);
	verify(b, ASSAY_SIG_RS256, QUOTE_BYTES, &b->rs256[1]);
	verify(b, ASSAY_SIG_PS256, row->jws.len, &b->ps256);
}

static double
time_sign(struct bench *b)
{
	struct assay_buffer out;
	double start = seconds(), end;
	size_t n = 0;

	do {
		sign(b, ASSAY_SIG_RS256, 1024, &out);
		assay_buffer_free(&out);
		n++;
		end = seconds();
	} while (end - start < SECONDS);
	return (end - start) / (double)n;
}

/* ---- measuring ------------------------------------------------------------------ */

/* The better of two: the machine has other things to do. */
static double
time_one(const struct bench *b, const struct row *row,
    const struct assay_policy *policy)
{
	double best = 0, start, end;

	for (int turn = 0; turn < 2; turn++) {
		size_t n = 0;

		start = seconds();
		do {
			if (policy == NULL)
				verify_all(b, row);
			else
				attest(b, row, policy);
			n++;
			end = seconds();
		} while (end - start < SECONDS);
		if (turn == 0 || (end - start) / (double)n < best)
			best = (end - start) / (double)n;
	}
	return best;
}

static void
measure(struct bench *b, struct row *row)
{
	b->bytes.len = 0;
	assay_buffer_fill(&b->bytes, 'x', row->jws.len + CERT_BYTES);
	sign(b, ASSAY_SIG_RS256, CERT_BYTES, &b->rs256[0]);
	sign(b, ASSAY_SIG_RS256, QUOTE_BYTES, &b->rs256[1]);
	sign(b, ASSAY_SIG_PS256, row->jws.len, &b->ps256);
	row->verify = time_one(b, row, NULL);
	row->plain = time_one(b, row, b->permit);
	row->json = time_one(b, row, b->events);
	assay_buffer_free(&b->rs256[0]);
	assay_buffer_free(&b->rs256[1]);
	assay_buffer_free(&b->ps256);
}

static void
print_row(const struct row *row, double sign_time)
{
	double limit = row->verify + sign_time;

	printf("%6ld events, %7zu bytes: %7.1f/s %8.0f us; with event JSON "
	    "%7.1f/s %8.0f us; unavoidable %5.0f us; ratio %.2f, with "
	    "event JSON %.2f\n", row->n_events, row->jws.len,
	    1 / (row->plain + sign_time),
	    MICROSECONDS * (row->plain + sign_time),
	    1 / (row->json + sign_time),
	    MICROSECONDS * (row->json + sign_time), MICROSECONDS * limit,
	    limit / (row->plain + sign_time),
	    limit / (row->json + sign_time));
}

/* Linear means that each step costs the same for one event. */
static void
print_steps(const struct row *rows, int n)
{
	for (int i = 1; i < n; i++) {
		double events = (double)(rows[i].n_events -
		    rows[i - 1].n_events);

		printf("from %ld to %ld events: one costs %.2f us, with event "
		    "JSON %.2f us\n", rows[i - 1].n_events,
		    rows[i].n_events, MICROSECONDS *
		    (rows[i].plain - rows[i - 1].plain) / events,
		    MICROSECONDS * (rows[i].json - rows[i - 1].json) /
		    events);
	}
}

static void
prepare(struct bench *b, const char *ca, const char *challenge)
{
	struct assay_error err = { 0 };
	struct assay_bytes pem;
	const struct assay_tpm_anchors_config config = {
		.pem = &pem, .n_pem = 1 };

	b->ca = read_file(ca);
	pem = assay_buffer_bytes(&b->ca);
	b->challenge = assay_buffer(64);
	b->bytes = assay_buffer(2 * ASSAY_MAX_TPM_BODY);
	if (!assay_base64url_decode(assay_bytes_of(challenge), &b->challenge,
	    &err) || !assay_tpm_anchors_new(&config, &b->anchors, &err) ||
	    !assay_policy_compile(assay_bytes_of(permit), &b->permit, NULL,
	    &err) || !assay_policy_compile(assay_bytes_of(events_policy),
	    &b->events, NULL, &err) || !assay_signer_generate(ASSAY_KEY_RSA,
	    2048, &b->signer, &err))
		die("start", err.text);
}

int
main(int argc, char **argv)
{
	struct row rows[MAX_FILES] = { { 0 } };
	struct bench b = { 0 };
	double sign_time;
	int n = 0;

	if (argc < 4)
		die("usage", "bench_tpm CA.pem CHALLENGE EVENTS=FILE...");
	prepare(&b, argv[1], argv[2]);
	b.bytes.len = 0;
	assay_buffer_fill(&b.bytes, 'x', 1024);
	sign_time = time_sign(&b);
	for (; n < MAX_FILES && 3 + n < argc; n++) {
		char *path;

		rows[n].n_events = strtol(argv[3 + n], &path, 10);
		if (*path++ != '=')
			die(argv[3 + n], "want EVENTS=FILE");
		rows[n].jws = read_file(path);
		measure(&b, &rows[n]);
		print_row(&rows[n], sign_time);
	}
	print_steps(rows, n);
	for (int i = 0; i < n; i++)
		assay_buffer_free(&rows[i].jws);
	assay_tpm_anchors_free(b.anchors);
	assay_policy_free(b.permit);
	assay_policy_free(b.events);
	assay_signer_free(b.signer);
	assay_buffer_free(&b.ca);
	assay_buffer_free(&b.challenge);
	assay_buffer_free(&b.bytes);
	return 0;
}
