/* SPDX-License-Identifier: Apache-2.0 */
/* A client's certificate that a rule means; then one breakage a row in which
 * exactly one check fails. */
#include <string.h>

#include "app/caller_cert.h"
#include "crypto/der.h"
#include "crypto/digest.h"
#include "made.h"
#include "testlib.h"

#define NONE		ASSAY_CHECK_COUNT
#define OID_EKU		"2.5.29.37"
#define OID_SAN		"2.5.29.17"
#define CLIENT_AUTH	"1.3.6.1.5.5.7.3.2"
#define SERVER_AUTH	"1.3.6.1.5.5.7.3.1"
#define URI		"spiffe://example/ci"

/* What is made, or wanted, differently; zeroed: the good one. */
struct knobs {
	bool		 strange_ca, direct, no_chain, is_ca, no_eku;
	const char	*eku;		/* NULL: clientAuth */
	unsigned int	 usage;		/* 0: digitalSignature */
	int64_t		 from, to;
	const char	*subject, *dns, *uri;	/* of the rule */
	bool		 other_sha256, right_sha256;
};

static const struct row {
	const char		*name;
	struct knobs		 k;
	enum assay_code		 code;
	enum assay_check_id	 check;
} rows[] = {
	{ "good", { 0 }, ASSAY_ERR_OK, NONE },
	{ "without_intermediate", { .direct = true }, ASSAY_ERR_OK, NONE },
	{ "subject", { .subject = "CN=client" }, ASSAY_ERR_OK, NONE },
	{ "dns", { .dns = "CI.example" }, ASSAY_ERR_OK, NONE },
	{ "uri", { .uri = URI }, ASSAY_ERR_OK, NONE },
	{ "sha256", { .right_sha256 = true }, ASSAY_ERR_OK, NONE },
	{ "all", { .subject = "CN=client", .dns = "ci.example", .uri = URI,
	    .right_sha256 = true }, ASSAY_ERR_OK, NONE },
	{ "strange_ca", { .strange_ca = true }, ASSAY_ERR_CERT_UNTRUSTED,
	    ASSAY_CHECK_CLIENT_CERT_PATH },
	{ "intermediate_missing", { .no_chain = true },
	    ASSAY_ERR_CERT_UNTRUSTED, ASSAY_CHECK_CLIENT_CERT_PATH },
	{ "expired", { .to = MADE_NOW - 1 }, ASSAY_ERR_CERT_EXPIRED,
	    ASSAY_CHECK_CLIENT_CERT_PATH },
	{ "not_yet", { .from = MADE_NOW + 1 }, ASSAY_ERR_CERT_NOT_YET_VALID,
	    ASSAY_CHECK_CLIENT_CERT_PATH },
	{ "server", { .eku = SERVER_AUTH }, ASSAY_ERR_CERT_PROFILE,
	    ASSAY_CHECK_CLIENT_CERT_USAGE },
	{ "no_eku", { .no_eku = true }, ASSAY_ERR_CERT_PROFILE,
	    ASSAY_CHECK_CLIENT_CERT_USAGE },
	{ "is_a_ca", { .is_ca = true, .usage = ASSAY_KU_DIGITAL_SIGNATURE |
	    ASSAY_KU_KEY_CERT_SIGN }, ASSAY_ERR_CERT_PROFILE,
	    ASSAY_CHECK_CLIENT_CERT_USAGE },
	{ "signs_nothing", { .usage = ASSAY_KU_KEY_AGREEMENT },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_CLIENT_CERT_USAGE },
	{ "other_subject", { .subject = "CN=clien" }, ASSAY_ERR_UNAUTHORIZED,
	    ASSAY_CHECK_CLIENT_CERT_IDENTITY },
	{ "subject_in_part", { .subject = "client" }, ASSAY_ERR_UNAUTHORIZED,
	    ASSAY_CHECK_CLIENT_CERT_IDENTITY },
	{ "other_dns", { .dns = "example" }, ASSAY_ERR_UNAUTHORIZED,
	    ASSAY_CHECK_CLIENT_CERT_IDENTITY },
	{ "dns_as_uri", { .uri = "ci.example" }, ASSAY_ERR_UNAUTHORIZED,
	    ASSAY_CHECK_CLIENT_CERT_IDENTITY },
	{ "uri_in_another_case", { .uri = "spiffe://example/CI" },
	    ASSAY_ERR_UNAUTHORIZED, ASSAY_CHECK_CLIENT_CERT_IDENTITY },
	{ "other_sha256", { .other_sha256 = true }, ASSAY_ERR_UNAUTHORIZED,
	    ASSAY_CHECK_CLIENT_CERT_IDENTITY },
	{ "one_of_two", { .subject = "CN=client", .dns = "x.example" },
	    ASSAY_ERR_UNAUTHORIZED, ASSAY_CHECK_CLIENT_CERT_IDENTITY },
};

/* { clientAuth } */
static struct assay_buffer
eku_of(const char *purpose)
{
	struct assay_buffer out = assay_buffer(64);

	assert_true(assay_der_put_oid(&out, purpose) &&
	    assay_der_wrap(&out, 0, ASSAY_DER_SEQUENCE));
	return out;
}

/* RFC 5280 section 4.2.1.6: dNSName [2], uniformResourceIdentifier [6]. */
static struct assay_buffer
san_of(void)
{
	struct assay_buffer out = assay_buffer(256);

	assert_true(assay_der_put(&out, 0x82, assay_bytes_of("x.y")) &&
	    assay_der_put(&out, 0x82, assay_bytes_of("ci.EXAMPLE")) &&
	    assay_der_put(&out, 0x86, assay_bytes_of(URI)) &&
	    assay_der_wrap(&out, 0, ASSAY_DER_SEQUENCE));
	return out;
}

static struct assay_cert *
make_client(const struct knobs *k, const struct made *by)
{
	static const struct assay_name_part name = { "CN", "client" };
	struct assay_signer *key = made_key("client");
	struct assay_cert_spec spec = made_spec(&name, key);
	struct assay_buffer eku = eku_of(k->eku != NULL ? k->eku :
	    CLIENT_AUTH), san = san_of();
	const struct assay_extension_spec extensions[] = {
		{ OID_SAN, false, assay_buffer_bytes(&san) },
		{ OID_EKU, false, assay_buffer_bytes(&eku) },
	};
	struct assay_cert *cert;

	spec.extensions = extensions;
	spec.n_extensions = k->no_eku ? 1 : 2;
	spec.is_ca = k->is_ca;
	if (k->is_ca)
		spec.pathlen = -1;
	if (k->usage != 0)
		spec.key_usage = k->usage;
	if (k->from != 0)
		spec.not_before = k->from;
	if (k->to != 0)
		spec.not_after = k->to;
	cert = made_cert(&spec, by, key);
	assay_buffer_free(&eku);
	assay_buffer_free(&san);
	assay_signer_free(key);
	return cert;
}

static void
set_rule(struct assay_caller_certificate *rule, const struct knobs *k,
    struct assay_cert *ca, const struct assay_cert *leaf)
{
	struct assay_digest d;
	struct assay_error err;

	*rule = (struct assay_caller_certificate){
		.ca = { ca }, .n_ca = 1,
		.subject = (char *)(uintptr_t)k->subject,
		.dns = (char *)(uintptr_t)k->dns,
		.uri = (char *)(uintptr_t)k->uri,
		.has_sha256 = k->right_sha256 || k->other_sha256,
	};
	assert_true(assay_digest(ASSAY_SHA256, assay_cert_der(leaf), &d,
	    &err));
	memcpy(rule->sha256, d.bytes, sizeof(rule->sha256));
	rule->sha256[31] ^= k->other_sha256 ? 1 : 0;
}

static void
judge(const struct row *r, struct test_table *t)
{
	struct made root = made_ca("root", NULL, -1);
	struct made between = made_ca("between", &root, -1);
	struct made strange = made_ca("strange", NULL, -1);
	struct assay_cert *leaf = make_client(&r->k,
	    r->k.direct ? &root : &between);
	struct assay_bytes ders[2] = { assay_cert_der(leaf),
	    assay_cert_der(between.cert) };
	struct assay_checks checks = { .any_failed = false };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_caller_certificate rule;
	struct assay_caller_chain chain;
	enum assay_check_id check = NONE;

	set_rule(&rule, &r->k, r->k.strange_ca ? strange.cert : root.cert,
	    leaf);
	assert_true(assay_caller_chain_parse(ders,
	    r->k.no_chain || r->k.direct ? 1 : 2, &chain, &err));
	if (assay_caller_cert_matches(&rule, &chain, MADE_NOW, &checks, &err))
		err.code = ASSAY_ERR_OK;
	if (checks.any_failed)
		check = checks.failed;
	test_row(t, r->name, err.code == r->code && check == r->check,
	    "want %s, check %s; got %s, check %s (%s)",
	    assay_code_name(r->code),
	    r->check == NONE ? "none" : assay_check_name(r->check),
	    assay_code_name(err.code),
	    check == NONE ? "none" : assay_check_name(check), err.text);
	assay_caller_chain_free(&chain);
	assay_cert_free(leaf);
	made_free(&root);
	made_free(&between);
	made_free(&strange);
}

static void
test_rows(void **state)
{
	struct test_table t = { .name = "client certificates" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		judge(&rows[i], &t);
	test_table_end(&t);
	made_assert_clean();
}

static void
test_chains(void **state)
{
	struct assay_bytes ders[ASSAY_MAX_CHAIN_CERTS + 1];
	struct assay_caller_chain chain;
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < ASSAY_MAX_CHAIN_CERTS + 1; i++)
		ders[i] = assay_bytes_of("junk");
	assert_false(assay_caller_chain_parse(ders, 0, &chain, &err));
	test_assert_code("none", &err, ASSAY_ERR_CERT_MALFORMED);
	assert_false(assay_caller_chain_parse(ders, 1, &chain, &err));
	test_assert_code("junk", &err, ASSAY_ERR_CERT_MALFORMED);
	assert_false(assay_caller_chain_parse(ders,
	    ASSAY_MAX_CHAIN_CERTS + 1, &chain, &err));
	test_assert_code("too many", &err, ASSAY_ERR_CERT_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_chains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
