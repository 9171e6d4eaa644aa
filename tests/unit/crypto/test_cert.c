/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "made.h"
#include "testlib.h"

static const struct assay_name_part subject[] = {
	{ "CN", "good, or \"not\"" }, { "O", "Example" }, { "C", "DE" },
};

/* The good sample, in DER: a CA under a root, path length 3. */
static struct assay_buffer
sample(const struct made *root, const struct assay_extension_spec *exts,
    size_t n)
{
	struct assay_buffer der = assay_buffer(ASSAY_MAX_CERT_BYTES);
	struct assay_signer *key = made_key("sample");
	struct assay_cert_spec spec = made_spec(subject, key);
	struct assay_error err;

	spec.n_subject = 3;
	spec.is_ca = true;
	spec.pathlen = 3;
	spec.key_usage = ASSAY_KU_KEY_CERT_SIGN;
	spec.extensions = exts;
	spec.n_extensions = n;
	if (!assay_cert_issue(&spec, root->cert, root->key, &der, &err))
		fail_msg("%s", err.text);
	assay_signer_free(key);
	return der;
}

static void
reads_every_field(void **state)
{
	static const uint8_t five[] = { 0x02, 0x01, 0x05 };
	const struct assay_extension_spec ext = { "1.2.3.4", true,
	    { five, 3 } };
	struct made root = made_ca("root", NULL, -1);
	struct assay_buffer der = sample(&root, &ext, 1);
	const char *const known[] = { "1.2.3.4" };
	struct assay_bytes value;
	struct assay_error err;
	struct assay_cert *c;
	unsigned int usage;
	bool critical;
	int pathlen;

	(void)state;
	assert_true(assay_cert_parse(assay_buffer_bytes(&der), &c, &err));
	assert_true(assay_bytes_equal(assay_cert_der(c),
	    assay_buffer_bytes(&der)));
	assert_int_equal(assay_cert_version(c), 3);
	assert_true(assay_bytes_equal(assay_cert_issuer(c),
	    assay_cert_subject(root.cert)));
	assert_string_equal(assay_cert_subject_text(c),
	    "CN=good\\, or \\\"not\\\", O=Example, C=DE");
	assert_string_equal(assay_cert_issuer_text(c), "CN=root");
	assert_true(assay_text_is(assay_cert_subject_cn(c),
	    "good, or \"not\""));
	assert_true(assay_text_is(assay_cert_issuer_cn(c), "root"));
	assert_true(assay_bytes_equal(assay_cert_serial(c),
	    (struct assay_bytes){ (const uint8_t *)"\x10\x01", 2 }));
	assert_int_equal(assay_cert_not_before(c), MADE_FROM);
	assert_int_equal(assay_cert_not_after(c), MADE_TO);
	assert_true(assay_cert_is_ca(c, &pathlen));
	assert_int_equal(pathlen, 3);
	assert_true(assay_cert_key_usage(c, &usage));
	assert_int_equal(usage, ASSAY_KU_KEY_CERT_SIGN);
	assert_true(assay_cert_extension(c, "1.2.3.4", &value, &critical));
	assert_true(critical && assay_bytes_equal(value,
	    (struct assay_bytes){ five, 3 }));
	assert_false(assay_cert_extension(c, "1.2.3.5", &value, NULL));
	assert_string_equal(assay_cert_unknown_critical(c, NULL, 0),
	    "1.2.3.4");
	assert_null(assay_cert_unknown_critical(c, known, 1));
	assert_false(assay_cert_self_issued(c));
	assert_true(assay_cert_self_issued(root.cert));
	assert_int_equal(assay_pkey_type(assay_cert_key(c)),
	    ASSAY_KEY_EC_P256);
	assay_cert_free(assay_cert_ref(c));
	assert_true(assay_cert_signed_by(c, root.cert, &err));
	made_assert_clean();
	assay_cert_free(c);
	assay_buffer_free(&der);
	made_free(&root);
}

/* Each changes a few bytes of the good sample, never its length. */
static const struct {
	const char	*name;
	const char	*from, *to;	/* hex */
	enum assay_code	 want;
} broken[] = {
	{ "version_2", "a003020102", "a003020101", ASSAY_ERR_CERT_MALFORMED },
	{ "version_is_text", "a003020102", "a0030c0102",
	    ASSAY_ERR_CERT_MALFORMED },
	{ "serial_negative", "02021001", "02029001",
	    ASSAY_ERR_CERT_MALFORMED },
	{ "serial_padded", "02021001", "02020001", ASSAY_ERR_CERT_MALFORMED },
	{ "algorithms_differ", "06082a8648ce3d040302",
	    "06082a8648ce3d040303", ASSAY_ERR_CERT_MALFORMED },
	{ "time_is_text", "170d3233", "170d3278", ASSAY_ERR_CERT_MALFORMED },
	{ "month_13", "170d32333131", "170d32333133",
	    ASSAY_ERR_CERT_MALFORMED },
	{ "boolean_01", "0101ff", "010101", ASSAY_ERR_CERT_MALFORMED },
	{ "boolean_default", "0101ff", "010100", ASSAY_ERR_CERT_MALFORMED },
	{ "curve_unknown", "06082a8648ce3d030107", "06082a8648ce3d030106",
	    ASSAY_ERR_KEY_INVALID },
	{ "point_compressed", "03420004", "03420002",
	    ASSAY_ERR_KEY_INVALID },
	{ "key_usage_empty", "03020204", "03020200",
	    ASSAY_ERR_CERT_MALFORMED },
	{ "key_usage_unused_bits", "03020204", "03020304",
	    ASSAY_ERR_CERT_MALFORMED },
	{ "pathlen_without_ca", "30060101ff020103", "3006020103020103",
	    ASSAY_ERR_CERT_MALFORMED },
	{ "pathlen_negative", "30060101ff020103", "30060101ff020183",
	    ASSAY_ERR_CERT_MALFORMED },
	{ "utf8_broken", "676f6f64", "67ff6f64", ASSAY_ERR_CERT_MALFORMED },
	{ "country_not_printable", "13024445", "13024440",
	    ASSAY_ERR_CERT_MALFORMED },
	{ "oid_padded", "0603550403", "0603800403",
	    ASSAY_ERR_CERT_MALFORMED },
	{ "extension_twice", "0603551d0f", "0603551d13",
	    ASSAY_ERR_CERT_MALFORMED },
	{ "unique_id", "a3663064", "a2663064", ASSAY_ERR_CERT_MALFORMED },
};

static void
refuses_breakages(void **state)
{
	struct test_table t = { .name = "cert_parse" };
	struct made root = made_ca("root", NULL, -1);
	struct assay_error err;
	struct assay_cert *c;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct assay_buffer der = sample(&root, NULL, 0);
		bool ok;

		made_patch(&der, broken[i].from, broken[i].to);
		err.code = ASSAY_ERR_OK;
		if ((ok = assay_cert_parse(assay_buffer_bytes(&der), &c,
		    &err)))
			assay_cert_free(c);
		test_row(&t, broken[i].name, !ok && err.code ==
		    broken[i].want, "got %s (%s), want %s", ok ? "yes" :
		    assay_code_name(err.code), err.text,
		    assay_code_name(broken[i].want));
		assay_buffer_free(&der);
	}
	made_free(&root);
	made_assert_clean();
	test_table_end(&t);
}

static void
refuses_every_cut(void **state)
{
	struct made root = made_ca("root", NULL, -1);
	struct assay_buffer der = sample(&root, NULL, 0);
	struct assay_error err;
	struct assay_cert *c;

	(void)state;
	for (size_t n = 0; n < der.len; n++) {
		err.code = ASSAY_ERR_OK;
		assert_false(assay_cert_parse((struct assay_bytes){ der.ptr,
		    n }, &c, &err));
		test_assert_code("cut", &err, ASSAY_ERR_CERT_MALFORMED);
	}
	assert_true(assay_buffer_putc(&der, 0));
	assert_false(assay_cert_parse(assay_buffer_bytes(&der), &c, &err));
	test_assert_code("trailing", &err, ASSAY_ERR_CERT_MALFORMED);
	assert_true(assay_buffer_fill(&der, 0, ASSAY_MAX_CERT_BYTES -
	    der.len));
	der.max++;
	assert_true(assay_buffer_putc(&der, 0));
	assert_false(assay_cert_parse(assay_buffer_bytes(&der), &c, &err));
	test_assert_code("too_long", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_buffer_free(&der);
	made_free(&root);
}

static void
refuses_extension_rules(void **state)
{
	static const uint8_t null[] = { 0x05, 0x00 };
	struct assay_extension_spec exts[ASSAY_MAX_CERT_EXTENSIONS + 1];
	char oids[ASSAY_MAX_CERT_EXTENSIONS + 1][16];
	struct made root = made_ca("root", NULL, -1);
	struct assay_buffer der;
	struct assay_error err;
	struct assay_cert *c;

	(void)state;
	for (size_t i = 0; i < ASSAY_MAX_CERT_EXTENSIONS + 1; i++) {
		(void)snprintf(oids[i], sizeof(oids[i]), "1.2.3.%zu", i);
		exts[i] = (struct assay_extension_spec){ oids[i], false,
		    { null, 2 } };
	}
	der = sample(&root, exts, ASSAY_MAX_CERT_EXTENSIONS + 1);
	assert_false(assay_cert_parse(assay_buffer_bytes(&der), &c, &err));
	test_assert_code("too_many", &err, ASSAY_ERR_CERT_MALFORMED);
	assay_buffer_free(&der);
	exts[1].oid = exts[0].oid;
	der = sample(&root, exts, 2);
	assert_false(assay_cert_parse(assay_buffer_bytes(&der), &c, &err));
	test_assert_code("twice", &err, ASSAY_ERR_CERT_MALFORMED);
	assert_non_null(strstr(err.text, "1.2.3.0 is there twice"));
	assay_buffer_free(&der);
	made_free(&root);
}

static void
judges_signatures(void **state)
{
	struct made root = made_ca("root", NULL, -1);
	struct made other = made_ca("other", NULL, -1);
	struct made impostor = { .key = made_key("impostor") };
	const struct assay_name_part name = { "CN", "root" };
	struct assay_cert_spec spec = made_spec(&name, impostor.key);
	struct made leaf = made_leaf("leaf", &root);
	struct assay_buffer der = assay_buffer(ASSAY_MAX_CERT_BYTES);
	struct assay_error err;
	struct assay_cert *sha1;

	(void)state;
	impostor.cert = made_cert(&spec, NULL, impostor.key);
	assert_true(assay_cert_signed_by(leaf.cert, root.cert, &err));
	assert_true(assay_cert_signed_by(root.cert, root.cert, &err));
	assert_false(assay_cert_signed_by(leaf.cert, other.cert, &err));
	test_assert_code("other_name", &err, ASSAY_ERR_SIGNATURE_INVALID);
	assert_false(assay_cert_signed_by(leaf.cert, impostor.cert, &err));
	test_assert_code("other_key", &err, ASSAY_ERR_SIGNATURE_INVALID);
	/* ecdsa-with-SHA1 in both places */
	assert_true(assay_buffer_put(&der, assay_cert_der(leaf.cert)));
	made_patch(&der, "300a06082a8648ce3d040302",
	    "300a06082a8648ce3d040304");
	made_patch(&der, "300a06082a8648ce3d040302",
	    "300a06082a8648ce3d040304");
	assert_true(assay_cert_parse(assay_buffer_bytes(&der), &sha1, &err));
	assert_false(assay_cert_signed_by(sha1, root.cert, &err));
	test_assert_code("other_hash", &err, ASSAY_ERR_SIGNATURE_INVALID);
	assay_cert_free(sha1);
	made_patch(&der, "300a06082a8648ce3d040304",
	    "300a06082a8648ce3d040301");
	made_patch(&der, "300a06082a8648ce3d040304",
	    "300a06082a8648ce3d040301");
	assert_true(assay_cert_parse(assay_buffer_bytes(&der), &sha1, &err));
	assert_false(assay_cert_signed_by(sha1, root.cert, &err));
	test_assert_code("unknown_hash", &err, ASSAY_ERR_CERT_PROFILE);
	assay_cert_free(sha1);
	assay_buffer_free(&der);
	made_assert_clean();
	made_free(&leaf);
	made_free(&impostor);
	made_free(&other);
	made_free(&root);
}

/* CVE-2009-2408 and its kind: a NUL ends no name. */
static void
keeps_nul_in_names(void **state)
{
	struct made root = made_ca("root", NULL, -1);
	struct assay_buffer der = sample(&root, NULL, 0);
	struct assay_error err;
	struct assay_cert *c;

	(void)state;
	made_patch(&der, "676f6f642c", "676f6f6400");
	assert_true(assay_cert_parse(assay_buffer_bytes(&der), &c, &err));
	assert_int_equal(assay_cert_subject_cn(c).len, 14);
	assert_non_null(strstr(assay_cert_subject_text(c), "CN=good\\00 or"));
	assay_cert_free(c);
	/* U+202E turns the text that follows round. */
	made_patch(&der, "00206f", "e280ae");
	assert_true(assay_cert_parse(assay_buffer_bytes(&der), &c, &err));
	assert_non_null(strstr(assay_cert_subject_text(c),
	    "CN=good\\e2\\80\\aer"));
	assay_cert_free(c);
	assay_buffer_free(&der);
	made_free(&root);
}

static void
reads_pem(void **state)
{
	struct made root = made_ca("root", NULL, -1);
	struct made leaf = made_leaf("leaf", &root);
	struct assay_buffer pem = assay_buffer(ASSAY_MAX_PEM_BYTES + 1);
	struct assay_cert *certs[3] = { NULL, NULL, NULL };
	struct assay_error err;
	size_t n = 99;

	(void)state;
	assert_true(assay_cert_pem(leaf.cert, &pem));
	assert_true(assay_buffer_puts(&pem, "\r\n \t\n"));
	assert_true(assay_cert_pem(root.cert, &pem));
	assert_true(assay_buffer_putc(&pem, 0));
	assert_true(assay_certs_from_pem(assay_buffer_bytes(&pem), certs, 2,
	    &n, &err));
	assert_int_equal(n, 2);
	assert_true(assay_bytes_equal(assay_cert_der(certs[1]),
	    assay_cert_der(root.cert)));
	assay_cert_free(certs[0]);
	assay_cert_free(certs[1]);
	assert_false(assay_certs_from_pem(assay_buffer_bytes(&pem), certs, 1,
	    &n, &err));
	test_assert_code("too_many", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_true(assay_buffer_puts(&pem, "junk"));
	assert_false(assay_certs_from_pem(assay_buffer_bytes(&pem), certs, 3,
	    &n, &err));
	test_assert_code("junk_behind", &err, ASSAY_ERR_CERT_MALFORMED);
	assert_false(assay_certs_from_pem(assay_bytes_of(" \n"), certs, 3, &n,
	    &err));
	test_assert_code("nothing", &err, ASSAY_ERR_CERT_MALFORMED);
	assay_buffer_clear(&pem);
	assert_true(assay_pkey_pem(assay_signer_public(leaf.key), &pem,
	    &err));
	assert_false(assay_certs_from_pem(assay_buffer_bytes(&pem), certs, 3,
	    &n, &err));
	test_assert_code("label", &err, ASSAY_ERR_CERT_MALFORMED);
	assay_buffer_clear(&pem);
	assert_true(assay_buffer_fill(&pem, ' ', ASSAY_MAX_PEM_BYTES + 1));
	assert_false(assay_certs_from_pem(assay_buffer_bytes(&pem), certs, 3,
	    &n, &err));
	test_assert_code("too_long", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_int_equal(n, 2);
	assay_buffer_free(&pem);
	made_free(&leaf);
	made_free(&root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_field),
		cmocka_unit_test(refuses_breakages),
		cmocka_unit_test(refuses_every_cut),
		cmocka_unit_test(refuses_extension_rules),
		cmocka_unit_test(judges_signatures),
		cmocka_unit_test(keeps_nul_in_names),
		cmocka_unit_test(reads_pem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
