/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "crypto/der.h"
#include "made.h"
#include "testlib.h"

static void
has(const struct assay_buffer *text, const char *line)
{
	if (strstr(assay_buffer_str(text), line) == NULL)
		fail_msg("\"%s\" is not in:\n%s", line,
		    assay_buffer_str(text));
}

/* SEQUENCE { OID, value } of an SGX extension. */
static void
put_sgx(struct assay_buffer *out, const char *oid, uint8_t tag, uint64_t v)
{
	static const uint8_t fmspc[] = { 0x00, 0x90, 0x6e, 0xd5, 0x00, 0x00 };
	size_t from = out->len;

	(void)assay_der_put_oid(out, oid);
	if (tag == ASSAY_DER_OCTET_STRING)
		(void)assay_der_put(out, tag, (struct assay_bytes){ fmspc,
		    sizeof(fmspc) });
	else
		(void)assay_der_put_uint(out, tag, v);
	(void)assay_der_wrap(out, from, ASSAY_DER_SEQUENCE);
}

static struct assay_buffer
sgx_extension(void)
{
	struct assay_buffer b = assay_buffer(1024);
	struct assay_buffer pair = assay_buffer(1024);
	size_t tcb;

	put_sgx(&b, "1.2.840.113741.1.13.1.4", ASSAY_DER_OCTET_STRING, 0);
	tcb = b.len;
	put_sgx(&b, "1.2.840.113741.1.13.1.2.3", ASSAY_DER_INTEGER, 42);
	put_sgx(&b, "1.2.840.113741.1.13.1.2.17", ASSAY_DER_INTEGER, 13);
	(void)assay_der_wrap(&b, tcb, ASSAY_DER_SEQUENCE);
	(void)assay_der_put_oid(&pair, "1.2.840.113741.1.13.1.2");
	(void)assay_buffer_put(&pair, (struct assay_bytes){ b.ptr + tcb,
	    b.len - tcb });
	(void)assay_der_wrap(&pair, 0, ASSAY_DER_SEQUENCE);
	b.len = tcb;
	(void)assay_buffer_put(&b, assay_buffer_bytes(&pair));
	assay_buffer_free(&pair);
	put_sgx(&b, "1.2.840.113741.1.13.1.5", ASSAY_DER_ENUMERATED, 1);
	assert_true(assay_der_wrap(&b, 0, ASSAY_DER_SEQUENCE));
	return b;
}

static void
names_what_is_there(void **state)
{
	static const uint8_t five[] = { 0x02, 0x01, 0x05 };
	static const uint8_t junk[] = { 0xde, 0xad, 0xbe, 0xef };
	struct assay_buffer sgx = sgx_extension();
	const struct assay_extension_spec exts[] = {
		{ "1.2.840.113741.1.13.1", false, assay_buffer_bytes(&sgx) },
		{ "1.3.6.1.4.1.3704.1.3.3", false, { five, 3 } },
		{ "1.2.3.4", true, { junk, 4 } },
	};
	const struct assay_name_part name[] = { { "CN", "a\x1b[31m" },
	    { "O", "line\nbreak" } };
	struct made m = { .key = made_key("a") };
	struct assay_cert_spec spec = made_spec(name, m.key);
	struct assay_buffer text = assay_buffer(1u << 20);
	struct assay_buffer small = assay_buffer(100);

	(void)state;
	spec.n_subject = 2;
	spec.is_ca = true;
	spec.pathlen = 1;
	spec.extensions = exts;
	spec.n_extensions = 3;
	spec.dns_names = "host.example\x1b,::1";
	spec.crl_url = "http://crl.example/";
	spec.server_auth = true;
	m.cert = made_cert(&spec, NULL, m.key);
	assert_true(assay_cert_describe(m.cert, &text));
	has(&text, "subject:     CN=a\\1b[31m, O=line\\0abreak\n");
	has(&text, "serial:      1001\n");
	has(&text, "not before:  2023-11-14T22:13:20Z\n");
	has(&text, "key:         EC P-256, 256 bits\n");
	has(&text, "signature:   ECDSA with sha256\n");
	has(&text, "keyUsage (2.5.29.15), critical, 4 bytes:\n"
	    "        digitalSignature\n");
	has(&text, "        CA, path length 1\n");
	has(&text, "DNS:host.example\\1b, IP Address:0:0:0:0:0:0:0:1");
	has(&text, "URI:http://crl.example/");
	has(&text, "        FMSPC: 00906ed50000\n");
	has(&text, "            SGX TCB Comp3 SVN: 42\n");
	has(&text, "            PCESVN: 13\n");
	has(&text, "        SGX Type: 1 Scalable\n");
	has(&text, "AMD snpSPL (1.3.6.1.4.1.3704.1.3.3), 3 bytes:\n"
	    "        5\n");
	has(&text, "    1.2.3.4, critical, 4 bytes:\n        deadbeef\n");
	assert_null(strchr(assay_buffer_str(&text), 0x1b));
	assert_false(assay_cert_describe(m.cert, &small));
	made_assert_clean();
	assay_buffer_free(&text);
	assay_buffer_free(&small);
	assay_buffer_free(&sgx);
	made_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
