/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "made.h"
#include "testlib.h"

static const uint8_t serials_raw[][3] = {
	{ 0x80, 0, 0 }, { 0x01, 0x02, 0x03 }, { 0x00, 0x00, 0x05 },
	{ 0xff, 0xff, 0xff }, { 0x00, 0x01, 0x00 },
};
#define SERIALS (sizeof(serials_raw) / sizeof(serials_raw[0]))

static struct assay_crl *
sample(const struct made *ca)
{
	struct assay_bytes serials[SERIALS];

	for (size_t i = 0; i < SERIALS; i++)
		serials[i] = (struct assay_bytes){ serials_raw[i], 3 };
	return made_crl(ca, serials, SERIALS);
}

static void
reads_every_field(void **state)
{
	struct made ca = made_ca("ca", NULL, -1);
	struct assay_crl *crl = sample(&ca), *again;
	struct assay_buffer pem = assay_buffer(65536);
	struct assay_bytes number;
	struct assay_error err;
	uint8_t serial[4] = { 0 };

	(void)state;
	assert_true(assay_bytes_equal(assay_crl_issuer(crl),
	    assay_cert_subject(ca.cert)));
	assert_int_equal(assay_crl_this_update(crl), MADE_FROM);
	assert_int_equal(assay_crl_next_update(crl), MADE_TO);
	assert_int_equal(assay_crl_entries(crl), SERIALS);
	assert_true(assay_crl_number(crl, &number));
	assert_true(number.len == 1 && number.ptr[0] == 7);
	assert_true(assay_crl_has_aki(crl));
	assert_null(assay_crl_unknown_critical(crl));
	assert_true(assay_crl_signed_by(crl, ca.cert, &err));
	for (size_t i = 0; i < SERIALS; i++) {
		assert_true(assay_crl_revokes(crl, (struct assay_bytes){
		    serials_raw[i], 3 }));
		memcpy(serial + 1, serials_raw[i], 3);	/* padded */
		assert_true(assay_crl_revokes(crl, (struct assay_bytes){
		    serial, 4 }));
		serial[3] ^= 0x40;
		assert_false(assay_crl_revokes(crl, (struct assay_bytes){
		    serial, 4 }));
	}
	assert_false(assay_crl_revokes(crl, (struct assay_bytes){ NULL, 0 }));
	assert_true(assay_crl_pem(crl, &pem));
	assert_true(assay_crl_parse(assay_buffer_bytes(&pem), &again, &err));
	assert_true(assay_bytes_equal(assay_crl_der(crl),
	    assay_crl_der(again)));
	assay_crl_free(again);
	assert_true(assay_buffer_puts(&pem, "junk"));
	assert_false(assay_crl_parse(assay_buffer_bytes(&pem), &again, &err));
	test_assert_code("junk", &err, ASSAY_ERR_CRL_MALFORMED);
	made_assert_clean();
	assay_buffer_free(&pem);
	assay_crl_free(crl);
	made_free(&ca);
}

static void
revokes_nothing(void **state)
{
	struct made ca = made_ca("ca", NULL, -1);
	struct made other = made_ca("other", NULL, -1);
	struct assay_crl *crl = made_crl(&ca, NULL, 0);
	struct assay_error err;

	(void)state;
	assert_int_equal(assay_crl_entries(crl), 0);
	assert_false(assay_crl_revokes(crl, (struct assay_bytes){
	    serials_raw[0], 3 }));
	assert_false(assay_crl_signed_by(crl, other.cert, &err));
	test_assert_code("other", &err, ASSAY_ERR_SIGNATURE_INVALID);
	assay_crl_free(crl);
	made_free(&ca);
	made_free(&other);
}

static const struct {
	const char	*name;
	const char	*from, *to;
	enum assay_code	 want;
} broken[] = {
	{ "version_3", "020101300a", "020102300a", ASSAY_ERR_CRL_MALFORMED },
	{ "algorithms_differ", "06082a8648ce3d040302",
	    "06082a8648ce3d040303", ASSAY_ERR_CRL_MALFORMED },
	{ "serial_negative", "020400800000", "0204ff800000",
	    ASSAY_ERR_CRL_MALFORMED },
	{ "time_text", "170d3233", "170d3278", ASSAY_ERR_CRL_MALFORMED },
	{ "no_next_update", "170d3237", "0c0d3237",
	    ASSAY_ERR_CRL_MALFORMED },
	{ "number_is_text", "0403020107", "04030c0107",
	    ASSAY_ERR_CRL_MALFORMED },
	{ "number_negative", "0403020107", "0403020187",
	    ASSAY_ERR_CRL_MALFORMED },
	{ "extension_twice", "0603551d14", "0603551d23",
	    ASSAY_ERR_CRL_MALFORMED },
	{ "extensions_tag", "a02f302d", "a12f302d",
	    ASSAY_ERR_CRL_MALFORMED },
};

static void
refuses_breakages(void **state)
{
	struct test_table t = { .name = "crl_parse" };
	struct made ca = made_ca("ca", NULL, -1);
	struct assay_crl *crl = sample(&ca), *bad;
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct assay_buffer der = assay_buffer(65536);
		bool ok;

		assert_true(assay_buffer_put(&der, assay_crl_der(crl)));
		made_patch(&der, broken[i].from, broken[i].to);
		err.code = ASSAY_ERR_OK;
		if ((ok = assay_crl_parse(assay_buffer_bytes(&der), &bad,
		    &err)))
			assay_crl_free(bad);
		test_row(&t, broken[i].name, !ok &&
		    err.code == broken[i].want, "got %s (%s)",
		    assay_code_name(err.code), err.text);
		assay_buffer_free(&der);
	}
	for (size_t n = 0; n < assay_crl_der(crl).len; n++) {
		assert_false(assay_crl_parse((struct assay_bytes){
		    assay_crl_der(crl).ptr, n }, &bad, &err));
		test_assert_code("cut", &err, ASSAY_ERR_CRL_MALFORMED);
	}
	made_assert_clean();
	assay_crl_free(crl);
	made_free(&ca);
	test_table_end(&t);
}

static void
finds_one_in_many(void **state)
{
	static struct assay_bytes list[5000];
	static uint8_t raw[5000][2];
	struct made ca = made_ca("ca", NULL, -1);
	struct assay_crl *crl;
	size_t found = 0;
	uint8_t probe[2];

	(void)state;
	for (size_t i = 0; i < 5000; i++) {	/* every multiple of 13 */
		size_t v = (i * 2777) % 5000 * 13;

		raw[i][0] = (uint8_t)(v >> 8);
		raw[i][1] = (uint8_t)v;
		list[i] = (struct assay_bytes){ raw[i], 2 };
	}
	crl = made_crl(&ca, list, 5000);
	for (size_t v = 0; v < 65536; v++) {
		probe[0] = (uint8_t)(v >> 8);
		probe[1] = (uint8_t)v;
		found += assay_crl_revokes(crl, (struct assay_bytes){ probe,
		    2 }) == (v % 13 == 0 && v < 65000);
	}
	assert_int_equal(found, 65536);
	assay_crl_free(crl);
	made_free(&ca);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_field),
		cmocka_unit_test(revokes_nothing),
		cmocka_unit_test(refuses_breakages),
		cmocka_unit_test(finds_one_in_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
