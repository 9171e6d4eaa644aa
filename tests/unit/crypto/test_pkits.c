/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NIST's Public Key Interoperability Test Suite through assay_chain_verify().
 * The anchor is the suite's, revocation information is always demanded. What
 * the suite accepts and we refuse is listed by name with the reason.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "base/when.h"
#include "crypto/chain.h"
#include "testlib.h"

#define LIST_MAX 32

/* Deliberately stricter than the suite: the profile, doc/x509-profile.md. */
static const struct {
	const char	*id;
	const char	*reason;
} stricter[] = {
	{ "40104_valid_dsa_signatures_test4",
	    "DSA keys are not accepted" },
	{ "40105_valid_dsa_parameter_inheritance_test5",
	    "DSA keys are not accepted" },
	{ "40306_valid_name_chaining_uids_test6",
	    "unique identifiers must not be used (RFC 5280 4.1.2.8)" },
	{ "40414_valid_negative_serial_number_test14",
	    "serial numbers are not negative (RFC 5280 4.1.2.2)" },
	{ "40419_valid_separate_certificate_and_crl_keys_test19",
	    "CRLs come from the key that signed the certificate" },
	{ "40504_valid_basic_self_issued_new_with_old_test4",
	    "CRLs come from the key that signed the certificate" },
	{ "40506_valid_basic_self_issued_crl_signing_key_test6",
	    "CRLs come from the key that signed the certificate" },
	{ "40604_valid_basicconstraints_not_critical_test4",
	    "basicConstraints of a CA is critical (RFC 5280 4.2.1.9)" },
	{ "41418_valid_onlysomereasons_test18",
	    "CRLs for some reasons only are not accepted" },
	{ "41419_valid_onlysomereasons_test19",
	    "CRLs for some reasons only are not accepted" },
	{ "41422_valid_idp_with_indirectcrl_test22",
	    "indirect CRLs are not accepted" },
	{ "41424_valid_idp_with_indirectcrl_test24",
	    "indirect CRLs are not accepted" },
	{ "41425_valid_idp_with_indirectcrl_test25",
	    "indirect CRLs are not accepted" },
	{ "41428_valid_crlissuer_test28",
	    "indirect CRLs are not accepted" },
	{ "41429_valid_crlissuer_test29",
	    "indirect CRLs are not accepted" },
	{ "41430_valid_crlissuer_test30",
	    "indirect CRLs are not accepted" },
	{ "41433_valid_crlissuer_test33",
	    "indirect CRLs are not accepted" },
	{ "41502_valid_deltacrl_test2",
	    "delta CRLs are not accepted" },
	{ "41505_valid_deltacrl_test5",
	    "delta CRLs are not accepted" },
	{ "41507_valid_deltacrl_test7",
	    "delta CRLs are not accepted" },
	{ "41508_valid_deltacrl_test8",
	    "delta CRLs are not accepted" },
};

struct pool {
	struct assay_cert	*leaf, *anchor;
	struct assay_cert	*between[LIST_MAX];
	struct assay_crl	*crls[LIST_MAX];
	size_t			 n_between, n_crls;
	struct assay_error	 parse;		/* why the leaf does not parse */
};

static struct assay_cert *
load_cert(const char *name, struct assay_error *err)
{
	struct assay_buffer der = test_read(test_shared_path(
	    "suites/nist-pkits/certs/%s", name));
	struct assay_cert *cert = NULL;

	if (!assay_cert_parse(assay_buffer_bytes(&der), &cert, err))
		cert = NULL;
	assay_buffer_free(&der);
	return cert;
}

static void
load(json_t *c, struct pool *p)
{
	struct assay_error err;
	struct assay_buffer der;
	json_t *name;
	size_t i;

	memset(p, 0, sizeof(*p));
	p->anchor = load_cert(json_string_value(json_object_get(c,
	    "trust_anchor")), &err);
	assert_non_null(p->anchor);
	p->leaf = load_cert(json_string_value(json_object_get(c, "ee")),
	    &p->parse);
	json_array_foreach(json_object_get(c, "intermediates"), i, name) {
		assert_true(p->n_between < LIST_MAX);
		p->between[p->n_between] = load_cert(json_string_value(name),
		    &err);
		p->n_between += p->between[p->n_between] != NULL;
	}
	json_array_foreach(json_object_get(c, "crls"), i, name) {
		assert_true(p->n_crls < LIST_MAX);
		der = test_read(test_shared_path("suites/nist-pkits/crls/%s",
		    json_string_value(name)));
		p->n_crls += assay_crl_parse(assay_buffer_bytes(&der),
		    &p->crls[p->n_crls], &err);
		assay_buffer_free(&der);
	}
}

static void
unload(struct pool *p)
{
	assay_cert_free(p->leaf);
	assay_cert_free(p->anchor);
	for (size_t i = 0; i < p->n_between; i++)
		assay_cert_free(p->between[i]);
	for (size_t i = 0; i < p->n_crls; i++)
		assay_crl_free(p->crls[i]);
}

static bool
verify(const struct pool *p, struct assay_error *err)
{
	struct assay_chain_params params = {
		.anchors = (const struct assay_cert *const *)&p->anchor,
		.n_anchors = 1,
		.untrusted = (const struct assay_cert *const *)p->between,
		.n_untrusted = p->n_between,
		.crls = (const struct assay_crl *const *)p->crls,
		.n_crls = p->n_crls,
		.require_crl = true,
	};

	if (p->leaf == NULL) {
		*err = p->parse;
		return false;
	}
	assert_true(assay_when_civil(2020, 1, 1, 0, 0, 0, &params.now));
	return assay_chain_verify(p->leaf, &params, err);
}

static const char *
reason_for(const char *id)
{
	for (size_t i = 0; i < sizeof(stricter) / sizeof(stricter[0]); i++)
		if (strcmp(stricter[i].id, id) == 0)
			return stricter[i].reason;
	return NULL;
}

static void
run_all(void **state)
{
	struct test_table t = { .name = "nist-pkits" };
	size_t index, refused_on_purpose = 0;
	json_t *cases, *c;

	(void)state;
	if (test_shared("nist-pkits") == NULL)
		skip();
	cases = json_load_file(test_shared_path(
	    "suites/nist-pkits/cases.json"), 0, NULL);
	assert_non_null(cases);
	json_array_foreach(cases, index, c) {
		const char *id = json_string_value(json_object_get(c, "id"));
		bool want = strcmp(json_string_value(json_object_get(c,
		    "expected")), "accept") == 0, got;
		struct assay_error err = { .text = "" };
		struct pool p;

		load(c, &p);
		got = verify(&p, &err);
		unload(&p);
		if (want && got)	/* a row that is not true goes */
			assert_null(reason_for(id));
		if (want && !got && reason_for(id) != NULL) {
			printf("STRICTER %s: %s (%s)\n", id, err.text,
			    reason_for(id));
			refused_on_purpose++;
			continue;
		}
		test_row(&t, id, got == want, "want %s, got %s %s",
		    want ? "accept" : "reject", got ? "accept" :
		    assay_code_name(err.code), got ? "" : err.text);
	}
	json_decref(cases);
	printf("nist-pkits: %zu accepted by the suite, refused on purpose\n",
	    refused_on_purpose);
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
