/* SPDX-License-Identifier: Apache-2.0 */
/* TPMS_ATTEST and TPMT_SIGNATURE: a good sample, then one breakage per row. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/signer.h"
#include "evidence/tpm_attest.h"
#include "made.h"
#include "testlib.h"

#define NAME	"000b" "11111111111111111111111111111111"		\
		"22222222222222222222222222222222"
#define HEAD(type)							\
	"ff544347" type "0022" NAME "0004" "6e6f6e63"			\
	"00000000000003e8" "00000007" "00000002" "01" "2020031200120003"
#define DIGEST	"33333333333333333333333333333333"			\
		"44444444444444444444444444444444"

/* Offsets: extraData 42, clock 48, safe 64, count 73, selections 77. */
static const char quote_hex[] = HEAD("8018")
    "00000002" "000b" "03" "ff1080" "0004" "04" "01000000" "0020" DIGEST;
static const char certify_hex[] = HEAD("8017") "0022" NAME "0022" NAME;

static struct assay_buffer
unhex(const char *hex)
{
	struct assay_buffer out = assay_buffer(1u << 20);
	struct assay_error err;

	assert_true(assay_hex_decode(assay_bytes_of(hex), &out, &err));
	return out;
}

/* The sample with n bytes at an offset replaced by others. */
static struct assay_buffer
edited(const char *hex, size_t at, size_t n, const char *by)
{
	struct assay_buffer in = unhex(hex), new = unhex(by);
	struct assay_buffer out = assay_buffer(1u << 20);

	assert_true(at + n <= in.len);
	assert_true(assay_buffer_put(&out, (struct assay_bytes){ in.ptr,
	    at }) && assay_buffer_put(&out, assay_buffer_bytes(&new)) &&
	    assay_buffer_put(&out, (struct assay_bytes){ in.ptr + at + n,
	    in.len - at - n }));
	assay_buffer_free(&in);
	assay_buffer_free(&new);
	return out;
}

static void
reads_a_quote(void **state)
{
	struct assay_buffer in = unhex(quote_hex);
	struct assay_tpm_attest a;
	struct assay_error err;

	(void)state;
	assert_true(assay_tpm_attest_parse(assay_buffer_bytes(&in), &a,
	    &err));
	assert_int_equal(a.magic, ASSAY_TPM_GENERATED);
	assert_int_equal(a.type, ASSAY_TPM_ST_QUOTE);
	assert_int_equal(a.raw.len, in.len);
	assert_int_equal(a.qualified_signer.len, 34);
	assert_true(assay_bytes_equal(a.extra_data, assay_bytes_of("nonc")));
	assert_int_equal(a.clock, 1000);
	assert_int_equal(a.reset_count, 7);
	assert_int_equal(a.restart_count, 2);
	assert_true(a.safe);
	assert_true(a.firmware_version == UINT64_C(0x2020031200120003));
	assert_int_equal(a.n_select, 2);
	assert_int_equal(a.select[0].alg, ASSAY_TPM_ALG_SHA256);
	assert_int_equal(a.select[0].mask, 0x8010ff);
	assert_int_equal(a.select[1].alg, ASSAY_TPM_ALG_SHA1);
	assert_int_equal(a.select[1].mask, 1);
	assert_int_equal(a.pcr_digest.len, 32);
	assert_int_equal(a.name.len, 0);
	assay_buffer_free(&in);
}

static void
reads_a_certification(void **state)
{
	struct assay_buffer in = unhex(certify_hex);
	struct assay_tpm_attest a;
	struct assay_error err;

	(void)state;
	assert_true(assay_tpm_attest_parse(assay_buffer_bytes(&in), &a,
	    &err));
	assert_int_equal(a.type, ASSAY_TPM_ST_CERTIFY);
	assert_int_equal(a.name.len, 34);
	assert_int_equal(a.qualified_name.len, 34);
	assert_int_equal(a.n_select, 0);
	assay_buffer_free(&in);
}

static const struct {
	const char	*name;
	const char	*sample;
	size_t		 at, remove;
	const char	*insert;
	const char	*says;		/* in the text; NULL: it parses */
} attests[] = {
	{ "other_magic", quote_hex, 0, 4, "00000000", NULL },
	{ "no_selection", quote_hex, 73, 17, "00000000", NULL },
	{ "selection_of_no_pcr", quote_hex, 80, 3, "000000", NULL },
	{ "empty_extra_data", quote_hex, 42, 6, "0000", NULL },
	{ "unknown_bank", quote_hex, 77, 2, "0012", NULL },
	{ "not_safe", quote_hex, 64, 1, "00", NULL },
	{ "type_creation", quote_hex, 4, 2, "801a", "type is 0x801a" },
	{ "type_nv", quote_hex, 4, 2, "8014", "type is 0x8014" },
	{ "type_zero", quote_hex, 4, 2, "0000", "type is 0x0000" },
	{ "signer_beyond_end", quote_hex, 6, 2, "0043",
	    "qualifiedSigner, before offset 8: 67 bytes, at most 66" },
	{ "signer_of_64k", quote_hex, 6, 2, "ffff", "65535 bytes" },
	{ "extra_data_beyond_limit", quote_hex, 42, 2, "0043", "extraData" },
	{ "extra_data_swallows_clock", quote_hex, 42, 2, "0042",
	    "left" },
	{ "safe_is_2", quote_hex, 64, 1, "02", "safe" },
	{ "count_huge", quote_hex, 73, 4, "ffffffff", "4294967295 banks" },
	{ "count_5", quote_hex, 73, 4, "00000005", "5 banks, at most 4" },
	{ "count_more_than_given", quote_hex, 73, 4, "00000003",
	    "sizeofSelect" },
	{ "count_less_than_given", quote_hex, 73, 4, "00000001",
	    "bytes behind its end" },
	{ "select_size_0", quote_hex, 79, 4, "00", "0, want 3 or 4" },
	{ "select_size_2", quote_hex, 79, 4, "02ff10", "2, want 3 or 4" },
	{ "select_size_5", quote_hex, 79, 4, "05ff10800000", "5, want" },
	{ "pcr_24", quote_hex, 86, 4, "00000001", "PCR above 23" },
	{ "bank_twice", quote_hex, 83, 2, "000b", "selected twice" },
	{ "digest_too_long", quote_hex, 90, 2, "0041", "65 bytes, at most" },
	{ "digest_beyond_end", quote_hex, 90, 2, "0021", "pcrDigest" },
	{ "digest_short", quote_hex, 90, 2, "001f", "1 bytes behind" },
	{ "junk_behind", quote_hex, 124, 0, "00", "1 bytes behind" },
	{ "name_beyond_limit", certify_hex, 73, 2, "0043", "name" },
	{ "qualified_name_cut", certify_hex, 109, 2, "0023", "qualifiedName" },
	{ "junk_behind_certify", certify_hex, 145, 0, "00", "behind" },
};

static void
refuses_broken_attests(void **state)
{
	struct test_table t = { .name = "TPMS_ATTEST" };

	(void)state;
	for (size_t i = 0; i < sizeof(attests) / sizeof(attests[0]); i++) {
		struct assay_buffer in = edited(attests[i].sample,
		    attests[i].at, attests[i].remove, attests[i].insert);
		struct assay_error err = { .text = "" };
		struct assay_tpm_attest a;
		bool ok = assay_tpm_attest_parse(assay_buffer_bytes(&in), &a,
		    &err);

		if (attests[i].says == NULL)
			test_row(&t, attests[i].name, ok, "%s", err.text);
		else
			test_row(&t, attests[i].name, !ok && err.code ==
			    ASSAY_ERR_TPM_ATTEST_MALFORMED &&
			    strstr(err.text, attests[i].says) != NULL,
			    "%s", err.text);
		assay_buffer_free(&in);
	}
	test_table_end(&t);
}

/* Every proper prefix lacks something. */
static void
refuses_prefixes(void **state)
{
	const char *samples[] = { quote_hex, certify_hex };

	(void)state;
	for (size_t s = 0; s < 2; s++) {
		struct assay_buffer in = unhex(samples[s]);

		for (size_t n = 0; n < in.len; n++) {
			struct assay_tpm_attest a;
			struct assay_error err;

			assert_false(assay_tpm_attest_parse(
			    (struct assay_bytes){ in.ptr, n }, &a, &err));
			test_assert_code("prefix", &err,
			    ASSAY_ERR_TPM_ATTEST_MALFORMED);
		}
		assay_buffer_free(&in);
	}
}

#define SIG8	"0008" "0102030405060708"

static const struct {
	const char	*name;
	const char	*hex;
	enum assay_code	 want;
} signatures[] = {
	{ "rsassa", "0014" "000b" SIG8, ASSAY_ERR_OK },
	{ "rsassa_sha1", "0014" "0004" SIG8, ASSAY_ERR_OK },
	{ "rsapss", "0016" "000c" SIG8, ASSAY_ERR_OK },
	{ "ecdsa", "0018" "000d" SIG8 SIG8, ASSAY_ERR_OK },
	{ "empty", "", ASSAY_ERR_TPM_SIGNATURE_MALFORMED },
	{ "no_hash", "0014", ASSAY_ERR_TPM_SIGNATURE_MALFORMED },
	{ "no_signature", "0014000b", ASSAY_ERR_TPM_SIGNATURE_MALFORMED },
	{ "cut", "0014" "000b" "0009" "0102030405060708",
	    ASSAY_ERR_TPM_SIGNATURE_MALFORMED },
	{ "junk_behind", "0014" "000b" SIG8 "00",
	    ASSAY_ERR_TPM_SIGNATURE_MALFORMED },
	{ "no_s", "0018" "000b" SIG8, ASSAY_ERR_TPM_SIGNATURE_MALFORMED },
	{ "too_long", "0014" "000b" "0401",
	    ASSAY_ERR_TPM_SIGNATURE_MALFORMED },
	{ "null", "0010", ASSAY_ERR_ALGORITHM_REFUSED },
	{ "hmac", "0005" "000b" DIGEST, ASSAY_ERR_ALGORITHM_REFUSED },
	{ "ecdaa", "001a" "000b" SIG8 SIG8, ASSAY_ERR_ALGORITHM_REFUSED },
	{ "sm3", "0018" "0012" SIG8 SIG8, ASSAY_ERR_ALGORITHM_REFUSED },
};

static void
reads_signatures(void **state)
{
	struct test_table t = { .name = "TPMT_SIGNATURE" };

	(void)state;
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]);
	    i++) {
		struct assay_buffer in = unhex(signatures[i].hex);
		struct assay_error err = { .code = ASSAY_ERR_OK };
		struct assay_tpm_signature sig;
		bool ok = assay_tpm_signature_parse(assay_buffer_bytes(&in),
		    &sig, &err);

		test_row(&t, signatures[i].name, ok == (signatures[i].want ==
		    ASSAY_ERR_OK) && err.code == signatures[i].want, "%s",
		    err.text);
		assay_buffer_free(&in);
	}
	test_table_end(&t);
}

static const struct {
	const char		*name;
	enum assay_key_type	 type;
	enum assay_sig_alg	 alg;
	enum assay_tpm_scheme	 scheme;
	enum assay_hash		 hash;
} schemes[] = {
	{ "RSASSA SHA-256", ASSAY_KEY_RSA, ASSAY_SIG_RS256, ASSAY_TPM_RSASSA,
	    ASSAY_SHA256 },
	{ "RSASSA SHA-384", ASSAY_KEY_RSA, ASSAY_SIG_RS384, ASSAY_TPM_RSASSA,
	    ASSAY_SHA384 },
	{ "RSASSA SHA-512", ASSAY_KEY_RSA, ASSAY_SIG_RS512, ASSAY_TPM_RSASSA,
	    ASSAY_SHA512 },
	{ "RSAPSS SHA-256", ASSAY_KEY_RSA, ASSAY_SIG_PS256, ASSAY_TPM_RSAPSS,
	    ASSAY_SHA256 },
	{ "RSAPSS SHA-384", ASSAY_KEY_RSA, ASSAY_SIG_PS384, ASSAY_TPM_RSAPSS,
	    ASSAY_SHA384 },
	{ "RSAPSS SHA-512", ASSAY_KEY_RSA, ASSAY_SIG_PS512, ASSAY_TPM_RSAPSS,
	    ASSAY_SHA512 },
	{ "ECDSA P-256", ASSAY_KEY_EC_P256, ASSAY_SIG_ES256_RAW,
	    ASSAY_TPM_ECDSA, ASSAY_SHA256 },
	{ "ECDSA P-384", ASSAY_KEY_EC_P384, ASSAY_SIG_ES384_RAW,
	    ASSAY_TPM_ECDSA, ASSAY_SHA384 },
};
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

static struct assay_tpm_signature
as_tpm(size_t i, const struct assay_buffer *raw)
{
	struct assay_tpm_signature sig = { .scheme = schemes[i].scheme,
	    .hash = schemes[i].hash };

	if (sig.scheme != ASSAY_TPM_ECDSA)
		sig.rsa = assay_buffer_bytes(raw);
	else {
		sig.r = (struct assay_bytes){ raw->ptr, raw->len / 2 };
		sig.s = (struct assay_bytes){ raw->ptr + raw->len / 2,
		    raw->len / 2 };
	}
	return sig;
}

static enum assay_code
verify(const struct assay_tpm_signature *sig, const struct assay_signer *key,
    const char *data, bool sha1)
{
	struct assay_error err = { .code = ASSAY_ERR_OK };

	if (!assay_tpm_signature_verify(sig, assay_signer_public(key),
	    assay_bytes_of(data), sha1, &err))
		assert_int_not_equal(err.code, ASSAY_ERR_OK);
	made_assert_clean();
	return err.code;
}

/* Each scheme verifies as itself only. */
static void
verifies_each_scheme(void **state)
{
	struct assay_buffer raw = assay_buffer(1024);
	struct assay_tpm_signature sig, other;
	struct assay_signer *keys[3];
	struct assay_error err;
	enum assay_code got;

	(void)state;
	for (enum assay_key_type t = ASSAY_KEY_EC_P256; t <= ASSAY_KEY_RSA;
	    t++)
		assert_true(assay_signer_generate(t, 2048, &keys[t], &err));
	for (size_t i = 0; i < SCHEMES; i++) {
		assay_buffer_clear(&raw);
		assert_true(assay_sign(keys[schemes[i].type], schemes[i].alg,
		    assay_bytes_of("quote"), &raw, &err));
		sig = as_tpm(i, &raw);
		assert_int_equal(verify(&sig, keys[schemes[i].type], "quote",
		    false), ASSAY_ERR_OK);
		assert_int_equal(verify(&sig, keys[schemes[i].type], "quota",
		    true), ASSAY_ERR_SIGNATURE_INVALID);
		for (size_t j = 0; j < SCHEMES; j++) {
			if (i == j)
				continue;
			other = as_tpm(j, &raw);
			got = verify(&other, keys[schemes[j].type], "quote",
			    true);
			assert_int_equal(got, ASSAY_ERR_SIGNATURE_INVALID);
		}
		for (enum assay_key_type t = ASSAY_KEY_EC_P256;
		    t <= ASSAY_KEY_RSA; t++)
			if ((t == ASSAY_KEY_RSA) != (schemes[i].type ==
			    ASSAY_KEY_RSA))
				assert_int_equal(verify(&sig, keys[t],
				    "quote", true),
				    ASSAY_ERR_ALGORITHM_REFUSED);
		sig.hash = ASSAY_SHA1;
		assert_int_equal(verify(&sig, keys[schemes[i].type], "quote",
		    true), ASSAY_ERR_SIGNATURE_INVALID);
	}
	for (size_t i = 0; i < 3; i++)
		assay_signer_free(keys[i]);
	assay_buffer_free(&raw);
}

/* The refusal of SHA-1 names the setting that allows it. */
static void
names_the_setting_of_sha1(void **state)
{
	struct assay_tpm_signature sig = { .scheme = ASSAY_TPM_ECDSA,
	    .hash = ASSAY_SHA1 };
	struct assay_signer *key = made_key("aik");
	struct assay_error err;

	(void)state;
	assert_false(assay_tpm_signature_verify(&sig,
	    assay_signer_public(key), assay_bytes_of("q"), false, &err));
	test_assert_code("sha1", &err, ASSAY_ERR_ALGORITHM_REFUSED);
	assert_non_null(strstr(err.text, ASSAY_TPM_SHA1_SETTING));
	assay_signer_free(key);
}

/* Halves without leading zeros verify, longer ones do not. */
static void
takes_short_halves(void **state)
{
	struct assay_buffer raw = assay_buffer(64);
	struct assay_signer *key = made_key("aik");
	struct assay_tpm_signature sig;
	struct assay_error err;
	uint8_t padded[33] = { 0 };

	(void)state;
	do {
		assay_buffer_clear(&raw);
		assert_true(assay_sign(key, ASSAY_SIG_ES256_RAW,
		    assay_bytes_of("q"), &raw, &err));
	} while (raw.ptr[0] != 0);
	sig = as_tpm(6, &raw);
	assert_int_equal(verify(&sig, key, "q", false), ASSAY_ERR_OK);
	memcpy(padded + 1, sig.r.ptr, 32);
	sig.r = (struct assay_bytes){ sig.r.ptr + 1, 31 };
	assert_int_equal(verify(&sig, key, "q", false), ASSAY_ERR_OK);
	sig.r = (struct assay_bytes){ padded, 33 };
	assert_int_equal(verify(&sig, key, "q", false),
	    ASSAY_ERR_SIGNATURE_INVALID);
	sig.r = (struct assay_bytes){ NULL, 0 };
	assert_int_equal(verify(&sig, key, "q", false),
	    ASSAY_ERR_SIGNATURE_INVALID);
	assay_signer_free(key);
	assay_buffer_free(&raw);
}

/* H(values): order of the selections, ascending inside of one. */
static void
hashes_the_selected_values(void **state)
{
	struct assay_pcrs pcrs = { .n_banks = 2 };
	struct assay_tpm_attest quote = { .n_select = 2, .select = {
	    { ASSAY_TPM_ALG_SHA256, 0x800001 }, { ASSAY_TPM_ALG_SHA1, 2 } } };
	struct assay_digest got, want;
	struct assay_error err;
	uint8_t all[84];

	(void)state;
	pcrs.bank[0] = (struct assay_pcr_bank){ .alg = ASSAY_TPM_ALG_SHA1,
	    .mask = 0xffffff };
	pcrs.bank[1] = (struct assay_pcr_bank){ .alg = ASSAY_TPM_ALG_SHA256,
	    .mask = 0xffffff };
	memset(pcrs.bank[1].value[0], 1, 32);
	memset(pcrs.bank[1].value[23], 2, 32);
	memset(pcrs.bank[0].value[1], 3, 20);
	memset(all, 1, 32);
	memset(all + 32, 2, 32);
	memset(all + 64, 3, 20);
	for (enum assay_hash h = ASSAY_SHA1; h <= ASSAY_SHA512; h++) {
		assert_true(assay_tpm_pcr_digest(&quote, &pcrs, h, &got,
		    &err));
		assert_true(assay_digest(h, (struct assay_bytes){ all,
		    sizeof(all) }, &want, &err));
		assert_true(assay_bytes_equal(assay_digest_bytes(&got),
		    assay_digest_bytes(&want)));
	}
	pcrs.bank[1].mask = 1;
	assert_false(assay_tpm_pcr_digest(&quote, &pcrs, ASSAY_SHA256, &got,
	    &err));
	test_assert_code("value_missing", &err, ASSAY_ERR_BAD_FIELD);
	pcrs.n_banks = 1;
	assert_false(assay_tpm_pcr_digest(&quote, &pcrs, ASSAY_SHA256, &got,
	    &err));
	test_assert_code("bank_missing", &err, ASSAY_ERR_BAD_FIELD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_quote),
		cmocka_unit_test(reads_a_certification),
		cmocka_unit_test(refuses_broken_attests),
		cmocka_unit_test(refuses_prefixes),
		cmocka_unit_test(reads_signatures),
		cmocka_unit_test(verifies_each_scheme),
		cmocka_unit_test(names_the_setting_of_sha1),
		cmocka_unit_test(takes_short_halves),
		cmocka_unit_test(hashes_the_selected_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
