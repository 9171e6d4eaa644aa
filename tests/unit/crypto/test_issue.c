/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "crypto/chain.h"
#include "made.h"
#include "testlib.h"

/* Each kind of key signs a root, a leaf and a list that verify. */
static void
issues_with_every_kind(void **state)
{
	const struct assay_name_part name = { "CN", "root" };
	const struct assay_name_part leaf_name = { "CN", "leaf" };

	(void)state;
	for (enum assay_key_type t = ASSAY_KEY_EC_P256; t <= ASSAY_KEY_RSA;
	    t++) {
		struct made root = { .key = NULL };
		struct made leaf = { .key = made_key("leaf") };
		struct assay_cert_spec spec, leaf_spec;
		struct assay_chain_params params = { .now = MADE_NOW,
		    .n_anchors = 1, .n_crls = 1, .require_crl = true };
		struct assay_crl *crl;
		struct assay_error err;

		assert_true(assay_signer_generate(t, 2048, &root.key, &err));
		spec = made_spec(&name, root.key);
		spec.is_ca = true;
		spec.key_usage = ASSAY_KU_KEY_CERT_SIGN | ASSAY_KU_CRL_SIGN;
		root.cert = made_cert(&spec, NULL, root.key);
		leaf_spec = made_spec(&leaf_name, leaf.key);
		leaf.cert = made_cert(&leaf_spec, &root, leaf.key);
		crl = made_crl(&root, NULL, 0);
		params.anchors = (const struct assay_cert *const *)&root.cert;
		params.crls = (const struct assay_crl *const *)&crl;
		if (!assay_chain_verify(leaf.cert, &params, &err))
			fail_msg("%s", err.text);
		assert_true(assay_crl_signed_by(crl, root.cert, &err));
		made_assert_clean();
		assay_crl_free(crl);
		made_free(&leaf);
		made_free(&root);
	}
}

static void
writes_what_is_asked(void **state)
{
	const struct assay_name_part name[] = { { "CN", "service" },
	    { "OU", "unit" }, { "serialNumber", "17" } };
	struct made m = { .key = made_key("service") };
	struct assay_cert_spec spec = made_spec(name, m.key);
	struct assay_bytes value;
	unsigned int usage;
	bool critical;

	(void)state;
	spec.n_subject = 3;
	spec.serial = (struct assay_bytes){ NULL, 0 };
	spec.key_usage = ASSAY_KU_DIGITAL_SIGNATURE | 1u << 8;
	spec.not_after = 4102444800;	/* 2100: GeneralizedTime */
	spec.crl_url = "http://crl.example/ca.crl";
	spec.dns_names = "a.example,127.0.0.1,::1";
	spec.server_auth = true;
	m.cert = made_cert(&spec, NULL, m.key);
	assert_string_equal(assay_cert_subject_text(m.cert),
	    "CN=service, OU=unit, serialNumber=17");
	assert_int_equal(assay_cert_serial(m.cert).len, 16);
	assert_int_equal(assay_cert_not_after(m.cert), 4102444800);
	assert_true(assay_cert_key_usage(m.cert, &usage));
	assert_int_equal(usage, ASSAY_KU_DIGITAL_SIGNATURE | 1u << 8);
	assert_true(assay_cert_extension(m.cert, "2.5.29.17", &value, NULL));
	assert_int_equal(value.len, 2 + 11 + 6 + 18);
	assert_true(assay_cert_extension(m.cert, "2.5.29.37", &value, NULL));
	assert_true(assay_cert_extension(m.cert, "2.5.29.31", &value, NULL));
	assert_true(assay_cert_extension(m.cert, "2.5.29.19", &value,
	    &critical));
	assert_true(critical);
	assert_false(assay_cert_is_ca(m.cert, NULL));
	made_free(&m);
}

static void
leaves_out_what_is_asked(void **state)
{
	const struct assay_name_part name = { "CN", "bare" };
	struct made m = { .key = made_key("bare") };
	struct assay_cert_spec spec = made_spec(&name, m.key);
	struct assay_bytes value;
	unsigned int usage;

	(void)state;
	spec.no_basic_constraints = true;
	spec.no_key_ids = true;
	spec.key_usage = 0;
	m.cert = made_cert(&spec, NULL, m.key);
	assert_false(assay_cert_extension(m.cert, "2.5.29.14", &value, NULL));
	assert_false(assay_cert_extension(m.cert, "2.5.29.35", &value, NULL));
	assert_false(assay_cert_extension(m.cert, "2.5.29.19", &value, NULL));
	assert_false(assay_cert_key_usage(m.cert, &usage));
	made_free(&m);
}

static void
refuses_bad_requests(void **state)
{
	const struct assay_name_part name = { "CN", "x" };
	const struct assay_name_part odd = { "XX", "x" };
	struct assay_signer *a = made_key("a"), *b = made_key("b");
	const struct assay_cert_spec good = made_spec(&name, a);
	struct assay_cert_spec spec;
	struct assay_buffer der = assay_buffer(ASSAY_MAX_CERT_BYTES);
	struct assay_buffer small = assay_buffer(100);
	struct assay_error err;

	(void)state;
	assert_false(assay_cert_issue(&good, NULL, b, &der, &err));
	test_assert_code("other_key", &err, ASSAY_ERR_BAD_FIELD);
	spec = good;
	spec.subject = &odd;
	assert_false(assay_cert_issue(&spec, NULL, a, &der, &err));
	test_assert_code("name_type", &err, ASSAY_ERR_BAD_FIELD);
	spec = good;
	spec.not_before = -1;
	assert_false(assay_cert_issue(&spec, NULL, a, &der, &err));
	test_assert_code("before_1970", &err, ASSAY_ERR_BAD_FIELD);
	spec = good;
	spec.not_after = INT64_C(253402300800);	/* the year 10000 */
	assert_false(assay_cert_issue(&spec, NULL, a, &der, &err));
	test_assert_code("year_10000", &err, ASSAY_ERR_BAD_FIELD);
	spec = good;
	spec.dns_names = "a,,b";
	assert_false(assay_cert_issue(&spec, NULL, a, &der, &err));
	test_assert_code("empty_host", &err, ASSAY_ERR_BAD_FIELD);
	assert_false(assay_cert_issue(&good, NULL, a, &small, &err));
	test_assert_code("no_room", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_buffer_free(&der);
	assay_buffer_free(&small);
	assay_signer_free(a);
	assay_signer_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(issues_with_every_kind),
		cmocka_unit_test(writes_what_is_asked),
		cmocka_unit_test(leaves_out_what_is_asked),
		cmocka_unit_test(refuses_bad_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
