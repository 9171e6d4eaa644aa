/* SPDX-License-Identifier: Apache-2.0 */
/* A made report, one edit of its bytes per row, and the synthetic vectors. */
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "crypto/pem.h"
#include "crypto/signer.h"
#include "evidence/vbs_report.h"
#include "testlib.h"

/* Offsets in the package: header, statement, its identity, first module. */
#define STATEMENT	24
#define IDENTITY	(STATEMENT + 8 + 64)
#define VARDATA		(IDENTITY + 152)
#define MODULE_LEN	(8 + 100 + 6)

static struct assay_signer *idks;

static int
make_key(void **state)
{
	struct assay_error err = { 0 };

	(void)state;
	return assay_signer_generate(ASSAY_KEY_RSA, 2048, &idks, &err) ?
	    0 : -1;
}

static int
free_key(void **state)
{
	(void)state;
	assay_signer_free(idks);
	return 0;
}

static void
put_module(struct assay_buffer *b, uint32_t svn)
{
	(void)assay_buffer_put_le(b, 1, 4);
	(void)assay_buffer_put_le(b, MODULE_LEN, 4);
	(void)assay_buffer_fill(b, 0x55, 96);
	(void)assay_buffer_put_le(b, svn, 4);
	(void)assay_buffer_put_le(b, 'm' | 'n' << 16, 6);
}

static struct assay_buffer
statement(size_t modules)
{
	struct assay_buffer b = assay_buffer(ASSAY_MAX_VBS_REPORT_BYTES);

	(void)assay_buffer_put_le(&b, 0, 4);
	(void)assay_buffer_put_le(&b, 1, 4);
	(void)assay_buffer_fill(&b, 0xee, 64);
	(void)assay_buffer_fill(&b, 1, 32);
	(void)assay_buffer_fill(&b, 2, 32);
	(void)assay_buffer_fill(&b, 3, 32);
	(void)assay_buffer_fill(&b, 4, 16);
	(void)assay_buffer_fill(&b, 5, 16);
	for (uint32_t i = 7; i < 13; i++)
		(void)assay_buffer_put_le(&b, i, 4);
	for (uint32_t i = 0; i < modules; i++)
		put_module(&b, i);
	assay_buffer_patch_le(&b, 0, b.len, 4);
	return b;
}

static struct assay_buffer
package(size_t modules)
{
	struct assay_buffer b = assay_buffer(2 * ASSAY_MAX_VBS_REPORT_BYTES);
	struct assay_buffer s = statement(modules);
	struct assay_error err = { 0 };

	(void)assay_buffer_put_le(&b, 0, 4);
	(void)assay_buffer_put_le(&b, 1, 4);
	(void)assay_buffer_put_le(&b, 1, 4);
	(void)assay_buffer_put_le(&b, s.len, 4);
	(void)assay_buffer_put_le(&b, 256, 4);
	(void)assay_buffer_put_le(&b, 0, 4);
	(void)assay_buffer_put(&b, assay_buffer_bytes(&s));
	if (!assay_sign(idks, ASSAY_SIG_PS256, assay_buffer_bytes(&s), &b,
	    &err))
		fail_msg("%s", err.text);
	assay_buffer_patch_le(&b, 0, b.len, 4);
	assay_buffer_free(&s);
	return b;
}

static void
test_good(void **state)
{
	struct assay_buffer b = package(2);
	struct assay_error err = { 0 };
	struct assay_vbs_module module;
	struct assay_vbs_report r;

	(void)state;
	if (!assay_vbs_report_parse(assay_buffer_bytes(&b), &r, &err))
		fail_msg("%s", err.text);
	assert_int_equal(r.enclave_data.len, 64);
	assert_int_equal(r.enclave_data.ptr[0], 0xee);
	assert_int_equal(r.owner_id.ptr[31], 1);
	assert_int_equal(r.unique_id.ptr[31], 2);
	assert_int_equal(r.author_id.ptr[31], 3);
	assert_int_equal(r.family_id.ptr[15], 4);
	assert_int_equal(r.image_id.ptr[15], 5);
	assert_int_equal(r.enclave_svn, 7);
	assert_int_equal(r.secure_kernel_svn, 8);
	assert_int_equal(r.platform_svn, 9);
	assert_int_equal(r.flags, 10);
	assert_int_equal(r.signing_level, 11);
	assert_int_equal(r.enclave_type, 12);
	assert_int_equal(r.n_modules, 2);
	assay_vbs_report_module(&r, 1, &module);
	assert_int_equal(module.svn, 1);
	assert_int_equal(module.name.len, 4);
	assay_vbs_report_module(&r, 2, &module);
	assert_null(module.name.ptr);
	assert_true(assay_vbs_report_verify(&r, assay_signer_public(idks),
	    &err));
	assay_buffer_free(&b);
}

static void
test_truncated(void **state)
{
	struct assay_buffer b = package(1);

	(void)state;
	for (size_t n = 0; n < b.len; n++) {
		struct assay_error err = { 0 };
		struct assay_vbs_report r;

		assert_false(assay_vbs_report_parse((struct assay_bytes){
		    b.ptr, n }, &r, &err));
		assert_int_equal(err.code, ASSAY_ERR_VBS_REPORT_MALFORMED);
	}
	assay_buffer_free(&b);
}

static const struct {
	const char	*name;
	size_t		 at, n;
	uint64_t	 value;
	enum assay_code	 want;		/* of parse, or of verify */
	const char	*text;
} edits[] = {
	{ "package_size", 0, 4, 4, ASSAY_ERR_VBS_REPORT_MALFORMED,
	    "PackageSize at offset 0 is 4" },
	{ "package_version", 4, 4, 2, ASSAY_ERR_VBS_REPORT_MALFORMED,
	    "Version at offset 4 is 2, want 1" },
	{ "scheme", 8, 4, 2, ASSAY_ERR_VBS_REPORT_MALFORMED,
	    "SignatureScheme" },
	{ "statement_longer", 12, 4, 1000, ASSAY_ERR_VBS_REPORT_MALFORMED,
	    "statement of 1000" },
	{ "statement_shorter", 12, 4, 300, ASSAY_ERR_VBS_REPORT_MALFORMED,
	    "statement of 300" },
	{ "signature_longer", 16, 4, 257, ASSAY_ERR_VBS_REPORT_MALFORMED,
	    "signature of 257" },
	{ "signature_shorter", 16, 4, 255, ASSAY_ERR_VBS_REPORT_MALFORMED,
	    "signature of 255" },
	{ "reserved_ignored", 20, 4, 9, ASSAY_ERR_OK, "" },
	{ "report_size", STATEMENT, 4, 5, ASSAY_ERR_VBS_REPORT_MALFORMED,
	    "ReportSize" },
	{ "report_version", STATEMENT + 4, 4, 2,
	    ASSAY_ERR_VBS_REPORT_MALFORMED, "ReportVersion" },
	{ "vardata_type", VARDATA, 4, 2, ASSAY_ERR_VBS_REPORT_MALFORMED,
	    "type 2" },
	{ "vardata_size_small", VARDATA + 4, 4, 7,
	    ASSAY_ERR_VBS_REPORT_MALFORMED, "size 7" },
	{ "vardata_size_large", VARDATA + 4, 4, MODULE_LEN + 1,
	    ASSAY_ERR_VBS_REPORT_MALFORMED, "size 115" },
	{ "module_without_name", VARDATA + 4, 4, 108,
	    ASSAY_ERR_VBS_REPORT_MALFORMED, "name of a module" },
	{ "module_name_odd", VARDATA + 4, 4, 113,
	    ASSAY_ERR_VBS_REPORT_MALFORMED, "name of a module" },
	{ "module_name_without_nul", VARDATA + MODULE_LEN - 2, 2, 'x',
	    ASSAY_ERR_VBS_REPORT_MALFORMED, "ends in a NUL" },
	{ "enclave_data", STATEMENT + 8, 1, 0, ASSAY_ERR_SIGNATURE_INVALID,
	    "VBS report" },
	{ "flags", IDENTITY + 140, 4, 0, ASSAY_ERR_SIGNATURE_INVALID, "" },
	{ "module_svn", VARDATA + 104, 4, 9, ASSAY_ERR_SIGNATURE_INVALID,
	    "" },
	{ "signature", VARDATA + MODULE_LEN + 100, 8, 0,
	    ASSAY_ERR_SIGNATURE_INVALID, "" },
};

static void
test_edits(void **state)
{
	struct test_table t = { .name = "VBS report edits" };

	(void)state;
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct assay_buffer b = package(1);
		struct assay_error err = { 0 };
		struct assay_vbs_report r;
		bool parsed, ok;

		assay_buffer_patch_le(&b, edits[i].at, edits[i].value,
		    edits[i].n);
		parsed = assay_vbs_report_parse(assay_buffer_bytes(&b), &r,
		    &err);
		ok = parsed && assay_vbs_report_verify(&r,
		    assay_signer_public(idks), &err);
		test_row(&t, edits[i].name, err.code == edits[i].want &&
		    ok == (edits[i].want == ASSAY_ERR_OK) && parsed ==
		    (edits[i].want != ASSAY_ERR_VBS_REPORT_MALFORMED) &&
		    strstr(err.text, edits[i].text) != NULL,
		    "got %s \"%s\"", assay_code_name(err.code), err.text);
		assay_buffer_free(&b);
	}
	test_table_end(&t);
}

static void
test_limits(void **state)
{
	struct assay_buffer b = package(ASSAY_MAX_VBS_MODULES);
	struct assay_error err = { 0 };
	struct assay_vbs_report r;

	(void)state;
	assert_true(assay_vbs_report_parse(assay_buffer_bytes(&b), &r, &err));
	assay_buffer_free(&b);
	b = package(ASSAY_MAX_VBS_MODULES + 1);
	assert_false(assay_vbs_report_parse(assay_buffer_bytes(&b), &r,
	    &err));
	assert_int_equal(err.code, ASSAY_ERR_LIMIT_EXCEEDED);
	(void)assay_buffer_fill(&b, 0, ASSAY_MAX_VBS_REPORT_BYTES);
	assert_false(assay_vbs_report_parse(assay_buffer_bytes(&b), &r,
	    &err));
	assert_int_equal(err.code, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_buffer_free(&b);
}

static void
test_other_keys(void **state)
{
	struct assay_signer *other = NULL, *ec = NULL;
	struct assay_buffer b = package(1);
	struct assay_error err = { 0 };
	struct assay_vbs_report r;

	(void)state;
	assert_true(assay_signer_generate(ASSAY_KEY_RSA, 2048, &other, &err));
	assert_true(assay_signer_generate(ASSAY_KEY_EC_P256, 0, &ec, &err));
	assert_true(assay_vbs_report_parse(assay_buffer_bytes(&b), &r, &err));
	assert_false(assay_vbs_report_verify(&r, assay_signer_public(other),
	    &err));
	assert_int_equal(err.code, ASSAY_ERR_SIGNATURE_INVALID);
	assert_false(assay_vbs_report_verify(&r, assay_signer_public(ec),
	    &err));
	assert_int_equal(err.code, ASSAY_ERR_KEY_INVALID);
	assay_signer_free(other);
	assay_signer_free(ec);
	assay_buffer_free(&b);
}

static struct assay_pkey *
key_of_pem(struct assay_bytes pem)
{
	struct assay_buffer der = assay_buffer(4096);
	struct assay_reader r = assay_reader(pem);
	struct assay_pkey *key = NULL;
	struct assay_error err = { 0 };
	struct assay_bytes label;

	if (!assay_pem_next(&r, &label, &der, &err) ||
	    !assay_pkey_from_spki(assay_buffer_bytes(&der), &key, &err))
		fail_msg("%s", err.text);
	assay_buffer_free(&der);
	return key;
}

static void
test_vectors(void **state)
{
	static const char *const names[] = { "syn-v1-vbs-x1carbon",
		"syn-v2-vbs-x1carbon" };

	(void)state;
	if (test_shared("synthetic VBS reports") == NULL)
		skip();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct assay_buffer b = test_read(test_shared_path(
		    "vectors/tpm/%s/vsm_report.bin", names[i]));
		struct assay_buffer pem = test_read(test_shared_path(
		    "vectors/tpm/%s/idks_pub.pem", names[i]));
		struct assay_pkey *key = key_of_pem(assay_buffer_bytes(&pem));
		struct assay_error err = { 0 };
		struct assay_vbs_report r;

		if (!assay_vbs_report_parse(assay_buffer_bytes(&b), &r,
		    &err) || !assay_vbs_report_verify(&r, key, &err))
			fail_msg("%s: %s", names[i], err.text);
		assert_int_equal(r.enclave_svn, 7);
		assert_int_equal(r.platform_svn, 3);
		assert_int_equal(r.flags, 0);
		assert_int_equal(r.n_modules, 3);
		assay_pkey_free(key);
		assay_buffer_free(&pem);
		assay_buffer_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_other_keys),
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, make_key, free_key);
}
