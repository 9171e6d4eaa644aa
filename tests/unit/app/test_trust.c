/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/file.h"
#include "app/trust.h"
#include "base/limits.h"
#include "crypto/pem.h"
#include "made.h"
#include "testlib.h"

static char folder[64], paths[3][96];

static int
make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/assay-trust.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	for (size_t i = 0; i < 3; i++)
		(void)snprintf(paths[i], sizeof(paths[i]), "%s/%zu", folder,
		    i);
	return 0;
}

static int
drop_folder(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		(void)unlink(paths[i]);
	return rmdir(folder);
}

static void
put_cert(const char *name, struct assay_buffer *out)
{
	struct made ca = made_ca(name, NULL, -1);

	assert_true(assay_pem_put(out, "CERTIFICATE",
	    assay_cert_der(ca.cert)));
	made_free(&ca);
}

static void
write_file(size_t i, struct assay_bytes text)
{
	struct assay_error err;

	if (!assay_file_write(paths[i], text, 0600, &err))
		fail_msg("%s", err.text);
}

static void
files_become_anchors(void **state)
{
	struct assay_buffer one = assay_buffer(8192);
	struct assay_buffer two = assay_buffer(8192);
	char *list[] = { paths[0], paths[1] };
	struct assay_trust trust;
	struct assay_error err;

	(void)state;
	put_cert("trust a", &one);
	put_cert("trust b", &two);
	put_cert("trust c", &two);
	write_file(0, assay_buffer_bytes(&one));
	write_file(1, assay_buffer_bytes(&two));
	if (!assay_trust_load(list, 2, &trust, &err))
		fail_msg("%s", err.text);
	assert_int_equal(trust.n, 2);
	assert_true(assay_bytes_equal(trust.anchors[0],
	    assay_buffer_bytes(&one)));
	assert_true(assay_bytes_equal(trust.anchors[1],
	    assay_buffer_bytes(&two)));
	assay_trust_free(&trust);
	assert_int_equal(trust.n, 0);
	assert_true(assay_trust_load(NULL, 0, &trust, &err));
	assert_int_equal(trust.n, 0);
	assay_trust_free(&trust);
	assay_buffer_free(&one);
	assay_buffer_free(&two);
}

enum content { GOOD, ABSENT, EMPTY, TEXT, CUT, KEY, LARGE };

static const struct {
	const char	*name;
	enum content	 first, second;
	size_t		 bad;		/* which file is named */
	enum assay_code	 want;
} rows[] = {
	{ "absent", ABSENT, GOOD, 0, ASSAY_ERR_IO_FAILED },
	{ "second_absent", GOOD, ABSENT, 1, ASSAY_ERR_IO_FAILED },
	{ "empty", EMPTY, GOOD, 0, ASSAY_ERR_CERT_MALFORMED },
	{ "text", GOOD, TEXT, 1, ASSAY_ERR_CERT_MALFORMED },
	{ "cut", GOOD, CUT, 1, ASSAY_ERR_CERT_MALFORMED },
	{ "another_label", GOOD, KEY, 1, ASSAY_ERR_CERT_MALFORMED },
	{ "large", GOOD, LARGE, 1, ASSAY_ERR_LIMIT_EXCEEDED },
};

static void
write_content(size_t i, enum content what)
{
	struct assay_buffer b = assay_buffer(ASSAY_MAX_PEM_BYTES + 8192);
	struct assay_bytes text;

	(void)unlink(paths[i]);
	put_cert("trust a", &b);
	text = assay_buffer_bytes(&b);
	switch (what) {
	case GOOD:
		break;
	case ABSENT:
		goto out;
	case EMPTY:
		text.len = 0;
		break;
	case TEXT:
		text = assay_bytes_of("not a certificate\n");
		break;
	case CUT:
		text.len /= 2;
		break;
	case KEY:
		assay_buffer_clear(&b);
		assert_true(assay_pem_put(&b, "PUBLIC KEY",
		    assay_bytes_of("x")));
		text = assay_buffer_bytes(&b);
		break;
	case LARGE:
		assert_true(assay_buffer_fill(&b, '\n', ASSAY_MAX_PEM_BYTES));
		text = assay_buffer_bytes(&b);
		break;
	}
	write_file(i, text);
out:
	assay_buffer_free(&b);
}

static void
a_bad_file_is_named(void **state)
{
	struct test_table t = { "files", 0, 0 };
	char *list[] = { paths[0], paths[1] };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_error err = { ASSAY_ERR_OK, "" };
		struct assay_trust trust;
		bool ok;

		write_content(0, rows[i].first);
		write_content(1, rows[i].second);
		ok = assay_trust_load(list, 2, &trust, &err);
		test_row(&t, rows[i].name, !ok && err.code == rows[i].want &&
		    strstr(err.text, paths[rows[i].bad]) != NULL, "%s %s",
		    assay_code_name(err.code), err.text);
		assay_trust_free(&trust);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_become_anchors,
		    make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(a_bad_file_is_named,
		    make_folder, drop_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
