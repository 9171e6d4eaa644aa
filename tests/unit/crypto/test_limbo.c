/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The x509-limbo suite through assay_chain_verify(). A chain says nothing of
 * host names, extended key usages or the rules of web browsers: cases that
 * turn on those are listed as not applicable, by name and with the reason.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "base/when.h"
#include "crypto/chain.h"
#include "testlib.h"

#define POOL_MAX 128

struct note {
	const char	*id;
	const char	*reason;
};

/* We accept; the suite refuses for a reason that is not a chain's. */
static const struct note not_applicable[] = {
	{ "pathlen::max-chain-depth-0-exhausted",
	    "no limit below the fixed one is offered" },
	{ "pathlen::max-chain-depth-1-exhausted",
	    "no limit below the fixed one is offered" },
	{ "rfc5280::aki::cross-signed-root-missing-aki",
	    "an anchor is trusted as it is" },
	{ "rfc5280::eku::ee-wrong-eku",
	    "extended key usage is the caller's" },
	{ "rfc5280::nc::permitted-dns-match-noncritical",
	    "an anchor is trusted as it is" },
	{ "rfc5280::pc::ica-noncritical-pc",
	    "processed whether critical or not, as PKITS has it" },
	{ "rfc5280::san::ip-in-dns",
	    "host names are the TLS library's" },
	{ "rfc5280::ca-as-leaf-wrong-san",
	    "host names are the TLS library's" },
	{ "webpki::aki::root-with-aki-missing-keyidentifier",
	    "an anchor is trusted as it is" },
	{ "webpki::aki::root-with-aki-authoritycertissuer",
	    "an anchor is trusted as it is" },
	{ "webpki::aki::root-with-aki-all-fields",
	    "an anchor is trusted as it is" },
	{ "webpki::aki::root-with-aki-ski-mismatch",
	    "an anchor is trusted as it is" },
	{ "webpki::cn::ipv4-leading-zeros-mismatch",
	    "host names are the TLS library's" },
	{ "webpki::cn::ipv6-uncompressed-mismatch",
	    "host names are the TLS library's" },
	{ "webpki::cn::ipv6-non-rfc5952-mismatch",
	    "host names are the TLS library's" },
	{ "webpki::cn::punycode-not-in-san",
	    "host names are the TLS library's" },
	{ "webpki::eku::ee-anyeku",
	    "extended key usage is the caller's" },
	{ "webpki::eku::ee-critical-eku",
	    "extended key usage is the caller's" },
	{ "webpki::eku::root-has-eku",
	    "extended key usage is the caller's" },
	{ "webpki::san::mismatch-domain-san",
	    "host names are the TLS library's" },
	{ "webpki::san::mismatch-subdomain-san",
	    "host names are the TLS library's" },
	{ "webpki::san::mismatch-apex-subdomain-san",
	    "host names are the TLS library's" },
	{ "webpki::san::public-suffix-private-namespace-wildcard-san",
	    "host names are the TLS library's" },
	{ "webpki::san::wildcard-embedded-leftmost-san",
	    "host names are the TLS library's" },
	{ "webpki::san::wildcard-not-in-leftmost-san",
	    "host names are the TLS library's" },
	{ "webpki::san::unicode-emoji-san",
	    "host names are the TLS library's" },
	{ "webpki::san::san-wildcard-only",
	    "host names are the TLS library's" },
	{ "webpki::san::san-wildcard-only-tld",
	    "host names are the TLS library's" },
	{ "webpki::san::san-critical-with-nonempty-subject",
	    "a rule of browsers" },
	{ "webpki::malformed-aia",
	    "authorityInfoAccess is not followed" },
	{ "webpki::forbidden-rsa-not-divisible-by-8-in-root",
	    "a rule of browsers" },
	{ "webpki::ee-basicconstraints-ca",
	    "a rule of browsers" },
	{ "webpki::ca-as-leaf",
	    "a rule of browsers" },
};

/* We refuse; the suite accepts. */
static const struct note stricter[] = {
	{ "crl::issuer-no-keyusage-extension",
	    "a CA says that it may sign (keyUsage)" },
	{ "rfc5280::nc::nc-forbids-same-chain-ica",
	    "the first path that is built decides" },
};

struct pool {
	struct assay_cert	*anchors[POOL_MAX], *between[POOL_MAX];
	struct assay_crl	*crls[POOL_MAX];
	size_t			 n_anchors, n_between, n_crls;
};

static const char *
reason_for(const struct note *notes, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(notes[i].id, id) == 0)
			return notes[i].reason;
	return NULL;
}

/* What does not parse is not there, except the leaf. */
static struct assay_cert *
cert_of(json_t *pem, struct assay_error *err)
{
	struct assay_cert *cert;
	size_t n;

	if (!assay_certs_from_pem(assay_bytes_of(json_string_value(pem)),
	    &cert, 1, &n, err))
		return NULL;
	return cert;
}

static size_t
load_certs(json_t *list, struct assay_cert **out)
{
	struct assay_error err;
	size_t i, n = 0;
	json_t *pem;

	json_array_foreach(list, i, pem) {
		assert_true(n < POOL_MAX);
		if ((out[n] = cert_of(pem, &err)) != NULL)
			n++;
	}
	return n;
}

static void
load(json_t *c, struct pool *p)
{
	struct assay_error err;
	size_t i;
	json_t *pem;

	memset(p, 0, sizeof(*p));
	p->n_anchors = load_certs(json_object_get(c, "trusted_certs"),
	    p->anchors);
	p->n_between = load_certs(json_object_get(c,
	    "untrusted_intermediates"), p->between);
	json_array_foreach(json_object_get(c, "crls"), i, pem) {
		assert_true(p->n_crls < POOL_MAX);
		p->n_crls += assay_crl_parse(assay_bytes_of(
		    json_string_value(pem)), &p->crls[p->n_crls], &err);
	}
}

static void
unload(struct pool *p)
{
	for (size_t i = 0; i < p->n_anchors; i++)
		assay_cert_free(p->anchors[i]);
	for (size_t i = 0; i < p->n_between; i++)
		assay_cert_free(p->between[i]);
	for (size_t i = 0; i < p->n_crls; i++)
		assay_crl_free(p->crls[i]);
}

/* "2024-01-01T00:00:00+00:00", always with this offset. */
static int64_t
time_of(json_t *c)
{
	const char *text = json_string_value(json_object_get(c,
	    "validation_time"));
	struct assay_error err;
	char utc[21];
	int64_t when;

	if (text == NULL) {	/* "now" of the suite; certificates last */
		assert_true(assay_when_civil(2024, 6, 1, 0, 0, 0, &when));
		return when;
	}
	(void)snprintf(utc, sizeof(utc), "%.19sZ", text);
	assert_true(assay_when_parse(assay_bytes_of(utc), &when, &err));
	return when;
}

static bool
verify(json_t *c, struct assay_error *err)
{
	struct assay_cert *leaf;
	struct pool p;
	bool ok;

	load(c, &p);
	const struct assay_chain_params params = {
		.now = time_of(c),
		.anchors = (const struct assay_cert *const *)p.anchors,
		.n_anchors = p.n_anchors,
		.untrusted = (const struct assay_cert *const *)p.between,
		.n_untrusted = p.n_between,
		.crls = (const struct assay_crl *const *)p.crls,
		.n_crls = p.n_crls,
		.require_crl = json_array_size(json_object_get(c,
		    "crls")) != 0,
	};
	leaf = cert_of(json_object_get(c, "peer_certificate"), err);
	ok = leaf != NULL && assay_chain_verify(leaf, &params, err);
	assay_cert_free(leaf);
	unload(&p);
	return ok;
}

#define REASON(notes, id) \
	reason_for(notes, sizeof(notes) / sizeof((notes)[0]), id)

static void
run_all(void **state)
{
	struct test_table t = { .name = "x509-limbo" };
	size_t i, outside = 0, refused_on_purpose = 0;
	json_t *suite, *c;

	(void)state;
	if (test_shared("x509-limbo") == NULL)
		skip();
	suite = json_load_file(test_shared_path(
	    "suites/x509-limbo/limbo.json"), 0, NULL);
	assert_non_null(suite);
	json_array_foreach(json_object_get(suite, "testcases"), i, c) {
		const char *id = json_string_value(json_object_get(c, "id"));
		bool want = strcmp(json_string_value(json_object_get(c,
		    "expected_result")), "SUCCESS") == 0;
		struct assay_error err = { .text = "" };
		bool got = verify(c, &err);
		const char *why = got ? REASON(not_applicable, id) :
		    REASON(stricter, id);

		if (got != want && why != NULL) {
			printf("%s %s: %s%s(%s)\n", got ? "NOT APPLICABLE" :
			    "STRICTER", id, got ? "" : err.text,
			    got ? "" : " ", why);
			outside += got;
			refused_on_purpose += !got;
			continue;
		}
		/* A row of a list that is not true any more goes. */
		test_row(&t, id, got == want && why == NULL,
		    "want %s, got %s %s: %s", want ? "accept" : "reject",
		    got ? "accept" : assay_code_name(err.code),
		    got ? "" : err.text, json_string_value(json_object_get(c,
		    "description")));
	}
	json_decref(suite);
	printf("x509-limbo: %zu not applicable, %zu refused on purpose\n",
	    outside, refused_on_purpose);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
