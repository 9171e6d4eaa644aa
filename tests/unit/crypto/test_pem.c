/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/pem.h"
#include "testlib.h"

#define BEGIN	"-----BEGIN X-----\n"
#define END	"-----END X-----\n"
#define GOOD	BEGIN "aGVsbG8=\n" END

/* With its length: some rows hold a NUL. */
#define RAW(text) text, sizeof(text) - 1

static const struct {
	const char	*name;
	const char	*text;
	size_t		 len;
	enum assay_code	 want;
	const char	*content;
} rows[] = {
	{ "good", RAW(GOOD), ASSAY_ERR_OK, "hello" },
	{ "space_before", RAW(" \t\r\n" GOOD), ASSAY_ERR_OK, "hello" },
	/* Open Enclave puts a NUL behind a chain. */
	{ "nul_before", RAW("\0" GOOD), ASSAY_ERR_OK, "hello" },
	{ "cr_lf", RAW("-----BEGIN X-----\r\naGVsbG8=\r\n-----END X-----"),
	    ASSAY_ERR_OK, "hello" },
	{ "short_lines", RAW(BEGIN "aGV\nsbG8\n=\n" END), ASSAY_ERR_OK,
	    "hello" },
	{ "empty", RAW(BEGIN END), ASSAY_ERR_OK, "" },
	{ "long_label", RAW("-----BEGIN A B C-----\naGVsbG8=\n"
	    "-----END A B C-----"), ASSAY_ERR_OK, "hello" },
	{ "nothing", RAW(""), ASSAY_ERR_BAD_ENCODING, NULL },
	{ "text_before", RAW("x\n" GOOD), ASSAY_ERR_BAD_ENCODING, NULL },
	{ "four_dashes", RAW("----BEGIN X-----\naGVsbG8=\n" END),
	    ASSAY_ERR_BAD_ENCODING, NULL },
	{ "lower_case", RAW("-----begin X-----\naGVsbG8=\n" END),
	    ASSAY_ERR_BAD_ENCODING, NULL },
	{ "label_open", RAW("-----BEGIN X\naGVsbG8=\n" END),
	    ASSAY_ERR_BAD_ENCODING, NULL },
	{ "label_control", RAW("-----BEGIN \x1b-----\naGVsbG8=\n"
	    "-----END \x1b-----\n"), ASSAY_ERR_BAD_ENCODING, NULL },
	{ "label_65", RAW("-----BEGIN "
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "-----\naGVsbG8=\n" END), ASSAY_ERR_BAD_ENCODING, NULL },
	{ "other_end", RAW(BEGIN "aGVsbG8=\n-----END Y-----\n"),
	    ASSAY_ERR_BAD_ENCODING, NULL },
	{ "no_end", RAW(BEGIN "aGVsbG8=\n"), ASSAY_ERR_BAD_ENCODING, NULL },
	{ "begin_twice", RAW(BEGIN "aGVsbG8=\n" GOOD),
	    ASSAY_ERR_BAD_ENCODING, NULL },
	/* RFC 1421 headers: encrypted keys of old. */
	{ "headers", RAW(BEGIN "Proc-Type: 4,ENCRYPTED\n\naGVsbG8=\n" END),
	    ASSAY_ERR_BAD_ENCODING, NULL },
	{ "not_base64", RAW(BEGIN "aGVs*G8=\n" END), ASSAY_ERR_BAD_ENCODING,
	    NULL },
	{ "nul_inside", RAW(BEGIN "aGVs\0bG8=\n" END),
	    ASSAY_ERR_BAD_ENCODING, NULL },
	{ "padding_inside", RAW(BEGIN "aGVsbG8=aGVs\n" END),
	    ASSAY_ERR_BAD_ENCODING, NULL },
	{ "bits_left_over", RAW(BEGIN "aGVsbG9=\n" END),
	    ASSAY_ERR_BAD_ENCODING, NULL },
	{ "large", RAW(BEGIN "aGVsbG8gYWdhaW4=\n" END),
	    ASSAY_ERR_LIMIT_EXCEEDED, NULL },
};

static void
one_block(void **state)
{
	struct test_table t = { "blocks", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_reader r = assay_reader((struct assay_bytes){
		    (const uint8_t *)rows[i].text, rows[i].len });
		struct assay_error err = { ASSAY_ERR_OK, "" };
		struct assay_buffer der = assay_buffer(8);
		struct assay_bytes label;
		bool ok = assay_pem_next(&r, &label, &der, &err);

		test_row(&t, rows[i].name, ok ?
		    rows[i].want == ASSAY_ERR_OK &&
		    strcmp(assay_buffer_str(&der), rows[i].content) == 0 &&
		    !assay_pem_more(&r) : err.code == rows[i].want, "%s %s",
		    assay_code_name(err.code), err.text);
		assay_buffer_free(&der);
	}
	test_table_end(&t);
}

static void
several_blocks(void **state)
{
	static const char text[] = GOOD "\n\n-----BEGIN Y Z-----\nAA==\n"
	    "-----END Y Z-----\n\0\0";
	struct assay_reader r = assay_reader((struct assay_bytes){
	    (const uint8_t *)text, sizeof(text) });
	struct assay_buffer der = assay_buffer(64);
	struct assay_bytes label;
	struct assay_error err;

	(void)state;
	assert_true(assay_pem_more(&r));
	assert_true(assay_pem_next(&r, &label, &der, &err));
	assert_true(assay_bytes_equal(label, assay_bytes_of("X")));
	assert_true(assay_pem_more(&r));
	assert_true(assay_pem_next(&r, &label, &der, &err));
	assert_true(assay_bytes_equal(label, assay_bytes_of("Y Z")));
	assert_int_equal(der.len, 6);	/* one behind the other */
	assert_memory_equal(der.ptr, "hello\0", 6);
	assert_false(assay_pem_more(&r));
	assay_buffer_free(&der);
}

static void
what_looks_like_it(void **state)
{
	(void)state;
	assert_true(assay_pem_looks_like(assay_bytes_of(" \n" GOOD)));
	assert_true(assay_pem_looks_like(assay_bytes_of("-----BEGIN ")));
	assert_false(assay_pem_looks_like(assay_bytes_of("-----BEGIN")));
	assert_false(assay_pem_looks_like(assay_bytes_of("0\x82")));
	assert_false(assay_pem_looks_like(assay_bytes_of("")));
}

/* Every length around the end of a line, out and back in. */
static void
what_is_written_is_read(void **state)
{
	uint8_t data[160];
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 37);
	for (size_t n = 0; n <= sizeof(data); n++) {
		struct assay_buffer text = assay_buffer(1024);
		struct assay_buffer back = assay_buffer(1024);
		struct assay_reader r;
		struct assay_bytes label;
		const char *line;

		assert_true(assay_pem_put(&text, "X Y", (struct assay_bytes){
		    data, n }));
		for (line = assay_buffer_str(&text); *line != '\0';
		    line += strcspn(line, "\n") + 1)
			assert_true(strcspn(line, "\n") <= 64 &&
			    *line != '\n');
		r = assay_reader(assay_buffer_bytes(&text));
		assert_true(assay_pem_next(&r, &label, &back, &err));
		assert_int_equal(back.len, n);
		assert_true(n == 0 || memcmp(back.ptr, data, n) == 0);
		assay_buffer_free(&text);
		assay_buffer_free(&back);
	}
}

static void
too_small_a_buffer_is_told(void **state)
{
	struct assay_buffer out = assay_buffer(40);

	(void)state;
	assert_false(assay_pem_put(&out, "X", assay_bytes_of("0123456789")));
	assert_true(out.failed);
	assay_buffer_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_block),
		cmocka_unit_test(several_blocks),
		cmocka_unit_test(what_looks_like_it),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(too_small_a_buffer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
