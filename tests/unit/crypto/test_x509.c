/* SPDX-License-Identifier: Apache-2.0 */
/* Names and extensions of certificates and lists. */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/x509.h"
#include "testlib.h"

static struct assay_buffer
unhex(const char *text)
{
	struct assay_buffer out = assay_buffer(1u << 16);
	struct assay_error err;

	if (!assay_hex_decode(assay_bytes_of(text), &out, &err))
		fail_msg("%s: %s", text, err.text);
	return out;
}

/* ---- names ------------------------------------------------------------------ */

#define CN	"0603550403"
#define O	"060355040a"

static const struct {
	const char	*name;
	const char	*hex;
	bool		 valid;
	const char	*text;		/* of a valid one */
	const char	*cn;
} names[] = {
	{ "empty", "3000", true, "", "" },
	{ "one", "300c310a3008" CN "0c0141", true, "CN=A", "A" },
	{ "two", "3018310a3008" O "0c0142310a3008" CN "130141", true,
	    "O=B, CN=A", "A" },
	{ "two_in_a_set", "301631143008" CN "0c01413008" O "0c0142", true,
	    "CN=A + O=B", "A" },
	{ "first_of_two_cn", "3018310a3008" CN "0c0141310a3008" CN "0c0142",
	    true, "CN=A, CN=B", "A" },
	{ "unknown_type", "300b3109300706022a030c0141", true, "1.2.3=A",
	    "" },
	{ "bmp_string", "300d310b3009" CN "1e020041", true, "CN=#1e:0041",
	    "" },
	{ "special", "301231103" "00e" CN "0c07612c2b223c3e5c", true,
	    "CN=a\\,\\+\\\"\\<\\>\\\\", "a,+\"<>\\" },
	{ "control", "300d310b3009" CN "0c021b5b", true, "CN=\\1b[",
	    "\x1b[" },
	/* U+202E would turn around what follows it. */
	{ "right_to_left", "300f310d300b" CN "0c04e280ae41", true,
	    "CN=\\e2\\80\\aeA", "\xe2\x80\xae" "A" },
	{ "no_break_c1", "300d310b3009" CN "0c02c29b", true, "CN=\\c2\\9b",
	    "\xc2\x9b" },
	{ "umlaut", "300d310b3009" CN "0c02c3a4", true, "CN=\xc3\xa4",
	    "\xc3\xa4" },
	{ "not_a_sequence", "310c310a3008" CN "0c0141", false, NULL, NULL },
	{ "nothing", "", false, NULL, NULL },
	{ "trailing", "300000", false, NULL, NULL },
	{ "empty_set", "30023100", false, NULL, NULL },
	{ "set_of_octets", "3005310304" "0141", false, NULL, NULL },
	{ "no_value", "3009310730" "05" CN, false, NULL, NULL },
	{ "three_in_attribute", "300f310d300b" CN "0c01410c0141", false,
	    NULL, NULL },
	{ "type_not_oid", "300a310830060c01410c0141", false, NULL, NULL },
	{ "cut", "300c310a3008" CN "0c02", false, NULL, NULL },
};

static void
names_as_text(void **state)
{
	struct test_table t = { "names", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct assay_buffer der = unhex(names[i].hex);
		struct assay_buffer text = assay_buffer(256);
		struct assay_bytes in = assay_buffer_bytes(&der);
		bool valid = assay_name_valid(in);

		test_row(&t, names[i].name, valid == names[i].valid &&
		    (!valid || (assay_name_text(in, &text) &&
		    strcmp(assay_buffer_str(&text), names[i].text) == 0 &&
		    assay_bytes_equal(assay_name_cn(in),
		    assay_bytes_of(names[i].cn)) &&
		    assay_name_empty(in) == (names[i].text[0] == '\0'))),
		    "%d %s", valid, assay_buffer_str(&text));
		assay_buffer_free(&der);
		assay_buffer_free(&text);
	}
	test_table_end(&t);
}

/* ---- extensions --------------------------------------------------------------- */

#define BASIC	"0603551d13"	/* 2.5.29.19 */
#define USAGE	"0603551d0f"	/* 2.5.29.15 */

static const struct {
	const char	*name;
	const char	*hex;		/* content of an Extensions */
	enum assay_code	 want;
	size_t		 n;
	const char	*says;
} lists[] = {
	{ "one", "3009" BASIC "04023000", ASSAY_ERR_OK, 1, NULL },
	{ "two", "3009" BASIC "04023000" "3009" USAGE "04020300",
	    ASSAY_ERR_OK, 2, NULL },
	{ "critical", "300c" BASIC "0101ff04023000", ASSAY_ERR_OK, 1, NULL },
	{ "none", "", ASSAY_ERR_BAD_ENCODING, 0, "empty list" },
	{ "twice", "3009" BASIC "04023000" "300c" BASIC "0101ff04023000",
	    ASSAY_ERR_BAD_ENCODING, 0, "2.5.29.19 is there twice" },
	{ "too_many", "3009" BASIC "04023000" "3009" USAGE "04020300"
	    "3009" "0603551d0e" "04020400", ASSAY_ERR_LIMIT_EXCEEDED, 0,
	    "more than 2" },
	{ "default_encoded", "300c" BASIC "01010004023000",
	    ASSAY_ERR_BAD_ENCODING, 0, "extension 0" },
	{ "boolean_not_der", "300c" BASIC "01010104023000",
	    ASSAY_ERR_BAD_ENCODING, 0, "extension 0" },
	{ "no_value", "3005" BASIC, ASSAY_ERR_BAD_ENCODING, 0,
	    "extension 0" },
	{ "value_not_octets", "3009" BASIC "03020000",
	    ASSAY_ERR_BAD_ENCODING, 0, "extension 0" },
	{ "behind_value", "300b" BASIC "040230000500",
	    ASSAY_ERR_BAD_ENCODING, 0, "extension 0" },
	{ "no_oid", "300404023000", ASSAY_ERR_BAD_ENCODING, 0,
	    "extension 0" },
	{ "second_cut", "3009" BASIC "04023000" "3009" USAGE,
	    ASSAY_ERR_BAD_ENCODING, 0, "extension 1" },
};

static void
lists_of_extensions(void **state)
{
	struct test_table t = { "extensions", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct assay_buffer der = unhex(lists[i].hex);
		struct assay_error err = { ASSAY_ERR_OK, "" };
		struct assay_extension exts[2];
		size_t n = 99;
		bool ok = assay_extensions_read(assay_reader(
		    assay_buffer_bytes(&der)), exts, 2, &n, &err);

		test_row(&t, lists[i].name, ok ?
		    lists[i].want == ASSAY_ERR_OK && n == lists[i].n :
		    n == 99 && err.code == lists[i].want &&
		    strstr(err.text, lists[i].says) != NULL, "%s %s",
		    assay_code_name(err.code), err.text);
		assay_buffer_free(&der);
	}
	test_table_end(&t);
}

static void
extensions_by_oid(void **state)
{
	struct assay_buffer der = unhex("300c" BASIC "0101ff04023000"
	    "3009" USAGE "04020300");
	struct assay_extension exts[4];
	const struct assay_extension *found;
	struct assay_error err;
	char *oid;
	size_t n;

	(void)state;
	assert_true(assay_extensions_read(assay_reader(
	    assay_buffer_bytes(&der)), exts, 4, &n, &err));
	found = assay_extension_find(exts, n, "2.5.29.19");
	assert_non_null(found);
	assert_true(found->critical);
	assert_int_equal(found->value.len, 2);
	assert_memory_equal(found->value.ptr, "\x30\x00", 2);
	found = assay_extension_find(exts, n, "2.5.29.15");
	assert_non_null(found);
	assert_false(found->critical);
	assert_true(assay_extension_is(found, "2.5.29.15"));
	assert_false(assay_extension_is(found, "2.5.29.1"));
	assert_false(assay_extension_is(found, "no oid"));
	assert_null(assay_extension_find(exts, n, "2.5.29.14"));
	oid = assay_extension_oid(found);
	assert_string_equal(oid, "2.5.29.15");
	free(oid);
	assay_buffer_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_as_text),
		cmocka_unit_test(lists_of_extensions),
		cmocka_unit_test(extensions_by_oid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
