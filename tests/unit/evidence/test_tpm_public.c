/* SPDX-License-Identifier: Apache-2.0 */
/* TPMT_PUBLIC: made ones and broken ones, then those of real TPMs. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/signer.h"
#include "evidence/tpm_public.h"
#include "testlib.h"

struct area {
	uint16_t	 type, name_alg;
	uint32_t	 attributes;
	const char	*policy;	/* hex, with its size */
	const char	*parameters;	/* hex, up to curve or exponent */
	struct assay_bytes a, b;	/* modulus; or x and y */
};

static struct assay_signer *rsa, *p256, *p384;
static struct assay_buffer modulus, point, point384;

static void
put_hex(struct assay_buffer *out, const char *hex)
{
	struct assay_error err;

	assert_true(assay_hex_decode(assay_bytes_of(hex), out, &err));
}

static void
put_sized(struct assay_buffer *out, struct assay_bytes in)
{
	assert_true(assay_buffer_put_be(out, in.len, 2) &&
	    assay_buffer_put(out, in));
}

static struct assay_buffer
encode(const struct area *a)
{
	struct assay_buffer out = assay_buffer(4096);

	assert_true(assay_buffer_put_be(&out, a->type, 2) &&
	    assay_buffer_put_be(&out, a->name_alg, 2) &&
	    assay_buffer_put_be(&out, a->attributes, 4));
	put_hex(&out, a->policy);
	put_hex(&out, a->parameters);
	put_sized(&out, a->a);
	if (a->type == ASSAY_TPM_ALG_ECC)
		put_sized(&out, a->b);
	return out;
}

static struct area
rsa_area(void)
{
	return (struct area){ ASSAY_TPM_ALG_RSA, ASSAY_TPM_ALG_SHA256,
	    0x50072, "0000", "0010" "0014000b" "0800" "00000000",
	    assay_buffer_bytes(&modulus), { NULL, 0 } };
}

static struct area
ecc_area(void)
{
	return (struct area){ ASSAY_TPM_ALG_ECC, ASSAY_TPM_ALG_SHA256,
	    0x50072, "0000", "0010" "0018000b" "0003" "0010",
	    { point.ptr, 32 }, { point.ptr + 32, 32 } };
}

static int
make_keys(void **state)
{
	struct assay_buffer e = assay_buffer(8);
	struct assay_error err;

	(void)state;
	modulus = assay_buffer(512);
	point = assay_buffer(128);
	point384 = assay_buffer(128);
	if (!assay_signer_generate(ASSAY_KEY_RSA, 2048, &rsa, &err) ||
	    !assay_signer_generate(ASSAY_KEY_EC_P256, 0, &p256, &err) ||
	    !assay_signer_generate(ASSAY_KEY_EC_P384, 0, &p384, &err) ||
	    !assay_pkey_rsa(assay_signer_public(rsa), &modulus, &e, &err) ||
	    !assay_pkey_point(assay_signer_public(p256), &point, &err) ||
	    !assay_pkey_point(assay_signer_public(p384), &point384, &err))
		return -1;
	assay_buffer_free(&e);
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	assay_signer_free(rsa);
	assay_signer_free(p256);
	assay_signer_free(p384);
	assay_buffer_free(&modulus);
	assay_buffer_free(&point);
	assay_buffer_free(&point384);
	return 0;
}

static enum assay_code
parse(const struct area *a, struct assay_tpm_public *out,
    struct assay_error *err)
{
	struct assay_buffer in = encode(a);

	*err = (struct assay_error){ .code = ASSAY_ERR_OK };
	if (!assay_tpm_public_parse(assay_buffer_bytes(&in), out, err))
		assert_int_not_equal(err->code, ASSAY_ERR_OK);
	out->raw = (struct assay_bytes){ NULL, 0 };	/* in goes */
	out->auth_policy = out->raw;
	assay_buffer_free(&in);
	return err->code;
}

static void
reads_rsa(void **state)
{
	struct area a = rsa_area();
	struct assay_tpm_public p;
	struct assay_error err;

	(void)state;
	assert_int_equal(parse(&a, &p, &err), ASSAY_ERR_OK);
	assert_int_equal(p.type, ASSAY_TPM_ALG_RSA);
	assert_int_equal(p.name_alg, ASSAY_TPM_ALG_SHA256);
	assert_int_equal(p.attributes, ASSAY_TPMA_FIXED_TPM |
	    ASSAY_TPMA_FIXED_PARENT | ASSAY_TPMA_SENSITIVE_DATA_ORIGIN |
	    ASSAY_TPMA_RESTRICTED | ASSAY_TPMA_SIGN | 0x40 /* userWithAuth */);
	assert_int_equal(p.symmetric, ASSAY_TPM_ALG_NULL);
	assert_int_equal(p.scheme, 0x14);
	assert_int_equal(p.scheme_hash, ASSAY_TPM_ALG_SHA256);
	assert_true(assay_pkey_equal(p.key, assay_signer_public(rsa)));
	assay_tpm_public_free(&p);
	assert_null(p.key);
	/* The exponent spelled out is the same key. */
	a.parameters = "0010" "0014000b" "0800" "00010001";
	assert_int_equal(parse(&a, &p, &err), ASSAY_ERR_OK);
	assert_true(assay_pkey_equal(p.key, assay_signer_public(rsa)));
	assay_tpm_public_free(&p);
	/* A storage key: AES-128 in CFB, no scheme. */
	a.attributes = 0x300b2;
	a.parameters = "000600800043" "0010" "0800" "00000000";
	assert_int_equal(parse(&a, &p, &err), ASSAY_ERR_OK);
	assert_int_equal(p.symmetric, ASSAY_TPM_ALG_AES);
	assert_int_equal(p.symmetric_bits, 128);
	assert_int_equal(p.scheme, ASSAY_TPM_ALG_NULL);
	assay_tpm_public_free(&p);
	assay_tpm_public_free(NULL);
}

static void
reads_ecc(void **state)
{
	struct area a = ecc_area();
	struct assay_tpm_public p;
	struct assay_error err;

	(void)state;
	assert_int_equal(parse(&a, &p, &err), ASSAY_ERR_OK);
	assert_int_equal(p.scheme, 0x18);
	assert_true(assay_pkey_equal(p.key, assay_signer_public(p256)));
	assay_tpm_public_free(&p);
	a.parameters = "0010" "0010" "0004" "0010";
	a.a = (struct assay_bytes){ point384.ptr, 48 };
	a.b = (struct assay_bytes){ point384.ptr + 48, 48 };
	assert_int_equal(parse(&a, &p, &err), ASSAY_ERR_OK);
	assert_true(assay_pkey_equal(p.key, assay_signer_public(p384)));
	assay_tpm_public_free(&p);
	/* ECDAA has a count, a KDF a hash: both are passed over. */
	a = ecc_area();
	a.parameters = "0010" "001a000b0001" "0003" "0020000b";
	assert_int_equal(parse(&a, &p, &err), ASSAY_ERR_OK);
	assay_tpm_public_free(&p);
}

static const uint8_t zeros[512];

struct broken {
	const char	*name;
	bool		 ecc;
	const char	*parameters;		/* NULL: those of the sample */
	struct assay_bytes a, b;		/* the same */
	enum assay_code	 want;
};

static const struct broken rows[] = {
	{ "symmetric_xor", false, "000a000b" "0014000b" "0800" "00000000",
	    { NULL, 0 }, { NULL, 0 }, ASSAY_ERR_TPM_PUBLIC_MALFORMED },
	{ "scheme_of_ecc", false, "0010" "0018000b" "0800" "00000000",
	    { NULL, 0 }, { NULL, 0 }, ASSAY_ERR_TPM_PUBLIC_MALFORMED },
	{ "scheme_of_rsa", true, "0010" "0014000b" "0003" "0010",
	    { NULL, 0 }, { NULL, 0 }, ASSAY_ERR_TPM_PUBLIC_MALFORMED },
	{ "key_bits_differ", false, "0010" "0014000b" "0c00" "00000000",
	    { NULL, 0 }, { NULL, 0 }, ASSAY_ERR_TPM_PUBLIC_MALFORMED },
	{ "modulus_too_long", false, "0010" "0014000b" "0800" "00000000",
	    { zeros, 512 }, { NULL, 0 }, ASSAY_ERR_TPM_PUBLIC_MALFORMED },
	{ "modulus_zero", false, NULL, { zeros, 256 }, { NULL, 0 },
	    ASSAY_ERR_KEY_INVALID },
	{ "modulus_of_1024_bits", false, "0010" "0014000b" "0400" "00000000",
	    { zeros, 128 }, { NULL, 0 }, ASSAY_ERR_KEY_INVALID },
	{ "exponent_3", false, "0010" "0014000b" "0800" "00000003",
	    { NULL, 0 }, { NULL, 0 }, ASSAY_ERR_KEY_INVALID },
	{ "exponent_even", false, "0010" "0014000b" "0800" "00010000",
	    { NULL, 0 }, { NULL, 0 }, ASSAY_ERR_KEY_INVALID },
	{ "curve_p521", true, "0010" "0018000b" "0005" "0010", { NULL, 0 },
	    { NULL, 0 }, ASSAY_ERR_KEY_INVALID },
	{ "curve_bn256", true, "0010" "0018000b" "0010" "0010", { NULL, 0 },
	    { NULL, 0 }, ASSAY_ERR_KEY_INVALID },
	{ "curve_p384_with_p256_point", true,
	    "0010" "0018000b" "0004" "0010", { NULL, 0 }, { NULL, 0 },
	    ASSAY_ERR_KEY_INVALID },
	{ "x_too_long", true, NULL, { zeros, 33 }, { NULL, 0 },
	    ASSAY_ERR_TPM_PUBLIC_MALFORMED },
	{ "y_too_long", true, NULL, { NULL, 0 }, { zeros, 64 },
	    ASSAY_ERR_TPM_PUBLIC_MALFORMED },
	{ "y_of_a_kilobit_and_more", true, NULL, { NULL, 0 }, { zeros, 129 },
	    ASSAY_ERR_TPM_PUBLIC_MALFORMED },
	{ "point_off_the_curve", true, NULL, { zeros, 32 }, { NULL, 0 },
	    ASSAY_ERR_KEY_INVALID },
};

static void
refuses_broken_areas(void **state)
{
	struct test_table t = { .name = "TPMT_PUBLIC" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct area a = rows[i].ecc ? ecc_area() : rsa_area();
		struct assay_tpm_public p;
		struct assay_error err;

		if (rows[i].parameters != NULL)
			a.parameters = rows[i].parameters;
		if (rows[i].a.len != 0)
			a.a = rows[i].a;
		if (rows[i].b.len != 0)
			a.b = rows[i].b;
		test_row(&t, rows[i].name, parse(&a, &p, &err) ==
		    rows[i].want, "%s", err.text);
	}
	test_table_end(&t);
}

static void
refuses_prefixes_and_tails(void **state)
{
	struct assay_tpm_public p;
	struct assay_error err;

	(void)state;
	for (int ecc = 0; ecc < 2; ecc++) {
		struct area a = ecc ? ecc_area() : rsa_area();
		struct assay_buffer in = encode(&a);

		for (size_t n = 0; n < in.len; n++) {
			assert_false(assay_tpm_public_parse(
			    (struct assay_bytes){ in.ptr, n }, &p, &err));
			test_assert_code("prefix", &err,
			    ASSAY_ERR_TPM_PUBLIC_MALFORMED);
		}
		assert_true(assay_buffer_putc(&in, 0));
		assert_false(assay_tpm_public_parse(assay_buffer_bytes(&in),
		    &p, &err));
		test_assert_code("tail", &err,
		    ASSAY_ERR_TPM_PUBLIC_MALFORMED);
		in.ptr[1] = 0x08;	/* KEYEDHASH */
		assert_false(assay_tpm_public_parse(assay_buffer_bytes(&in),
		    &p, &err));
		assert_non_null(strstr(err.text, "type is 0x0008"));
		assay_buffer_free(&in);
	}
}

static void
reads_the_sized_form(void **state)
{
	struct area a = ecc_area();
	struct assay_buffer in = encode(&a), sized = assay_buffer(512);
	struct assay_tpm_public p;
	struct assay_error err;

	(void)state;
	put_sized(&sized, assay_buffer_bytes(&in));
	assert_true(assay_tpm2b_public_parse(assay_buffer_bytes(&sized), &p,
	    &err));
	assert_true(assay_bytes_equal(p.raw, assay_buffer_bytes(&in)));
	assay_tpm_public_free(&p);
	assert_true(assay_buffer_putc(&sized, 0));
	assert_false(assay_tpm2b_public_parse(assay_buffer_bytes(&sized), &p,
	    &err));
	sized.len -= 2;
	assert_false(assay_tpm2b_public_parse(assay_buffer_bytes(&sized), &p,
	    &err));
	test_assert_code("size", &err, ASSAY_ERR_TPM_PUBLIC_MALFORMED);
	assay_buffer_free(&in);
	assay_buffer_free(&sized);
}

static void
names_by_each_hash(void **state)
{
	static const uint16_t algs[] = { ASSAY_TPM_ALG_SHA1,
	    ASSAY_TPM_ALG_SHA256, ASSAY_TPM_ALG_SHA384,
	    ASSAY_TPM_ALG_SHA512 };
	struct area a = ecc_area();

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct assay_tpm_public p;
		struct assay_tpm_name name;
		struct assay_digest d;
		struct assay_buffer in;
		struct assay_error err;

		a.name_alg = i < 4 ? algs[i] : 0x0012;	/* SM3 */
		in = encode(&a);
		assert_true(assay_tpm_public_parse(assay_buffer_bytes(&in),
		    &p, &err));
		if (i == 4) {
			assert_false(assay_tpm_public_name(&p, &name, &err));
			test_assert_code("sm3", &err,
			    ASSAY_ERR_ALGORITHM_REFUSED);
		} else {
			assert_true(assay_tpm_public_name(&p, &name, &err));
			assert_true(assay_digest((enum assay_hash)i,
			    assay_buffer_bytes(&in), &d, &err));
			assert_int_equal(name.len, 2 + d.len);
			assert_int_equal(name.bytes[1], algs[i]);
			assert_memory_equal(name.bytes + 2, d.bytes, d.len);
		}
		assay_tpm_public_free(&p);
		assay_buffer_free(&in);
	}
}

/* Public areas of real TPMs; kind and attributes as their notes say. */
static const struct {
	const char	*file;
	bool		 sized;
	uint16_t	 type;
	uint32_t	 attributes;	/* 0: not noted */
} real[] = {
	{ "azure-vtpm-certify-win365/subject_tpmt_public.bin", false,
	    ASSAY_TPM_ALG_ECC, 0 },
	{ "goattest-windows-gcp-shielded-vm/ak_tpmt_public.bin", false,
	    ASSAY_TPM_ALG_RSA, 328818 },
	{ "gotpm-attest-gce-cos-85-no-nonce/ak_tpmt_public.bin", false,
	    ASSAY_TPM_ALG_RSA, 327794 },
	{ "gotpm-attest-gce-cos-85-nonce9009/ak_tpmt_public.bin", false,
	    ASSAY_TPM_ALG_RSA, 327794 },
	{ "msaik-certify-dell-xps-13/subject_tpmt_public.bin", false,
	    ASSAY_TPM_ALG_RSA, 0 },
	{ "msaik-certify-lenovo-carbon-x1/subject_tpmt_public.bin", false,
	    ASSAY_TPM_ALG_RSA, 0 },
	{ "msaik-certify-tpm-with-ecc-public-area-type/"
	    "subject_tpmt_public.bin", false, ASSAY_TPM_ALG_ECC, 0 },
	{ "win-trustpoint-imn-supermicro-wbcl-quote-aiks-0-bla/"
	    "aik_tpm2b_public.bin", true, ASSAY_TPM_ALG_RSA, 328818 },
};

static void
reads_areas_of_real_tpms(void **state)
{
	struct test_table t = { .name = "public areas of real TPMs" };

	(void)state;
	if (test_shared(t.name) == NULL)
		skip();
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
		struct assay_buffer in = test_read(test_shared_path(
		    "vectors/tpm/%s", real[i].file));
		struct assay_tpm_public p = { .key = NULL };
		struct assay_error err = { .text = "" };
		bool ok = real[i].sized ? assay_tpm2b_public_parse(
		    assay_buffer_bytes(&in), &p, &err) :
		    assay_tpm_public_parse(assay_buffer_bytes(&in), &p, &err);

		test_row(&t, real[i].file, ok && p.type == real[i].type &&
		    (real[i].attributes == 0 ||
		    p.attributes == real[i].attributes), "%s, attributes %u",
		    err.text, (unsigned int)p.attributes);
		assay_tpm_public_free(&p);
		assay_buffer_free(&in);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_rsa),
		cmocka_unit_test(reads_ecc),
		cmocka_unit_test(refuses_broken_areas),
		cmocka_unit_test(refuses_prefixes_and_tails),
		cmocka_unit_test(reads_the_sized_form),
		cmocka_unit_test(names_by_each_hash),
		cmocka_unit_test(reads_areas_of_real_tpms),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
