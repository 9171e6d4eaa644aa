/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "client/tpm_keyfile.h"
#include "crypto/der.h"
#include "crypto/pem.h"
#include "testlib.h"

#define PARENT	0x81000001u

static const uint8_t pub[] = { 0, 2, 1, 2 }, priv[] = { 0, 3, 1, 2, 3 };
static const uint8_t yes[] = { ASSAY_DER_BOOLEAN, 1, 0xff };
static const uint8_t no[] = { ASSAY_DER_BOOLEAN, 1, 0 };

/* What a file is made of; zeroed: a sound one. */
struct parts {
	const char	*oid, *label;
	bool		 no_auth, password, policy, no_parent, large_parent;
	bool		 no_priv, trailing, second;
};

static struct assay_bytes
of(const uint8_t *p, size_t n)
{
	return (struct assay_bytes){ p, n };
}

static struct assay_buffer
make(const struct parts *p)
{
	struct assay_buffer der = assay_buffer(1024), pem = assay_buffer(4096);

	(void)assay_der_put_oid(&der, p->oid != NULL ? p->oid :
	    "2.23.133.10.1.3");
	if (!p->no_auth)
		(void)assay_der_put(&der, 0xa0, p->password ?
		    of(no, sizeof(no)) : of(yes, sizeof(yes)));
	if (p->policy)
		(void)assay_der_put(&der, 0xa1, of(yes, sizeof(yes)));
	if (!p->no_parent)
		(void)assay_der_put_uint(&der, ASSAY_DER_INTEGER,
		    p->large_parent ? UINT64_C(0x100000000) : PARENT);
	(void)assay_der_put(&der, ASSAY_DER_OCTET_STRING,
	    of(pub, sizeof(pub)));
	if (!p->no_priv)
		(void)assay_der_put(&der, ASSAY_DER_OCTET_STRING,
		    of(priv, sizeof(priv)));
	if (p->trailing)
		(void)assay_der_put_uint(&der, ASSAY_DER_INTEGER, 1);
	(void)assay_der_wrap(&der, 0, ASSAY_DER_SEQUENCE);
	for (int i = 0; i <= p->second; i++)
		assert_true(assay_pem_put(&pem, p->label != NULL ? p->label :
		    "TSS2 PRIVATE KEY", assay_buffer_bytes(&der)));
	assay_buffer_free(&der);
	return pem;
}

static const struct {
	const char	*name;
	struct parts	 parts;
	const char	*text;	/* NULL: accepted; else what the error says */
} rows[] = {
	{ "sound", { .oid = NULL }, NULL },
	{ "no_empty_auth", { .no_auth = true }, NULL },
	{ "password", { .password = true }, "password" },
	{ "policy", { .policy = true }, "policy" },
	{ "importable", { .oid = "2.23.133.10.1.4" }, "loadable" },
	{ "label", { .label = "PRIVATE KEY" }, "TSS2 PRIVATE KEY" },
	{ "two_blocks", { .second = true }, "one PEM block" },
	{ "no_parent", { .no_parent = true }, "policy" },
	{ "large_parent", { .large_parent = true }, "parent" },
	{ "no_private", { .no_priv = true }, "private" },
	{ "trailing", { .trailing = true }, "private" },
};

static void
test_rows(void **state)
{
	struct test_table t = { .name = "key files" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_buffer pem = make(&rows[i].parts);
		struct assay_error err = { .code = ASSAY_ERR_OK };
		struct assay_keyfile file;
		bool ok = assay_keyfile_parse(assay_buffer_bytes(&pem), &file,
		    &err);

		test_row(&t, rows[i].name, ok == (rows[i].text == NULL) &&
		    (ok || (err.code == ASSAY_ERR_KEY_INVALID &&
		    strstr(err.text, rows[i].text) != NULL)), "%d: %s", ok,
		    err.text);
		if (ok) {
			test_row(&t, rows[i].name, file.parent == PARENT &&
			    assay_bytes_equal(file.pub, of(pub, sizeof(pub))) &&
			    assay_bytes_equal(file.priv,
			    of(priv, sizeof(priv))), "content");
			assay_keyfile_free(&file);
		}
		assay_buffer_free(&pem);
	}
	test_table_end(&t);
}

static void
test_write(void **state)
{
	const struct assay_keyfile in = { .parent = 0x40000001,
	    .pub = of(pub, sizeof(pub)), .priv = of(priv, sizeof(priv)) };
	struct assay_buffer pem = assay_buffer(4096);
	struct assay_keyfile out;
	struct assay_error err;

	(void)state;
	assert_true(assay_keyfile_write(&in, &pem, &err));
	assert_true(assay_keyfile_parse(assay_buffer_bytes(&pem), &out, &err));
	assert_int_equal(out.parent, in.parent);
	assert_true(assay_bytes_equal(out.pub, in.pub));
	assert_true(assay_bytes_equal(out.priv, in.priv));
	assay_keyfile_free(&out);
	assay_buffer_free(&pem);
}

static void
test_not_pem(void **state)
{
	struct assay_keyfile out;
	struct assay_error err;

	(void)state;
	assert_false(assay_keyfile_parse(assay_bytes_of("junk"), &out, &err));
	test_assert_code("junk", &err, ASSAY_ERR_KEY_INVALID);
	assert_false(assay_keyfile_parse(assay_bytes_of(""), &out, &err));
	test_assert_code("empty", &err, ASSAY_ERR_KEY_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_not_pem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
