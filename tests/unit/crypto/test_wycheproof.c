/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Project Wycheproof: every file about an operation that crypto/ offers. A
 * signature that Wycheproof calls valid must verify if its parameters are
 * ours (RSA-PSS with MGF1 over the same SHA-2 hash and a salt as long as the
 * hash, exponents from 65537 on), and must be refused if they are not.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/encode.h"
#include "crypto/random.h"
#include "crypto/sigver_impl.h"
#include "testlib.h"

#define DATA_MAX (1u << 20)

static const struct {
	const char		*file;
	enum assay_sig_form	 form;
} signatures[] = {
	{ "ecdsa_secp256r1_sha256_p1363_test", ASSAY_SIG_RAW },
	{ "ecdsa_secp256r1_sha256_test", ASSAY_SIG_DER },
	{ "ecdsa_secp384r1_sha256_test", ASSAY_SIG_DER },
	{ "ecdsa_secp384r1_sha384_p1363_test", ASSAY_SIG_RAW },
	{ "ecdsa_secp384r1_sha384_test", ASSAY_SIG_DER },
	{ "rsa_pss_2048_sha1_mgf1_20_test", ASSAY_SIG_PSS },
	{ "rsa_pss_2048_sha256_mgf1_0_test", ASSAY_SIG_PSS },
	{ "rsa_pss_2048_sha256_mgf1_32_params_test", ASSAY_SIG_PSS },
	{ "rsa_pss_2048_sha256_mgf1_32_test", ASSAY_SIG_PSS },
	{ "rsa_pss_2048_sha384_mgf1_48_test", ASSAY_SIG_PSS },
	{ "rsa_pss_3072_sha256_mgf1_32_params_test", ASSAY_SIG_PSS },
	{ "rsa_pss_3072_sha256_mgf1_32_test", ASSAY_SIG_PSS },
	{ "rsa_pss_4096_sha256_mgf1_32_test", ASSAY_SIG_PSS },
	{ "rsa_pss_4096_sha384_mgf1_48_test", ASSAY_SIG_PSS },
	{ "rsa_pss_misc_params_test", ASSAY_SIG_PSS },
	{ "rsa_pss_misc_test", ASSAY_SIG_PSS },
	{ "rsa_signature_2048_sha256_test", ASSAY_SIG_PKCS1 },
	{ "rsa_signature_2048_sha384_test", ASSAY_SIG_PKCS1 },
	{ "rsa_signature_3072_sha256_test", ASSAY_SIG_PKCS1 },
	{ "rsa_signature_4096_sha256_test", ASSAY_SIG_PKCS1 },
	{ "rsa_signature_4096_sha384_test", ASSAY_SIG_PKCS1 },
};

static const struct {
	const char	*file;
	const char	*reason;
} not_applicable[] = {
	{ "aes_gcm_test", "sealing chooses its own nonce and binds a version" },
	{ "rsa_oaep_2048_sha1_mgf1sha1_test", "no RSA encryption" },
	{ "rsa_oaep_2048_sha256_mgf1sha256_test", "no RSA encryption" },
	{ "json_web_crypto_test", "JOSE is token/" },
	{ "json_web_encryption_test", "JOSE is token/" },
	{ "json_web_key_test", "JOSE is token/" },
	{ "json_web_signature_test", "JOSE is token/" },
};

/* Made for other parameters than its file's: for ours, as it happens. */
static bool
made_for_ours(const char *file, json_int_t id)
{
	return strcmp(file, "rsa_pss_2048_sha256_mgf1_0_test") == 0 &&
	    id == 69;	/* "s_len changed to 32" */
}

static const char *
text(json_t *object, const char *member)
{
	const char *s = json_string_value(json_object_get(object, member));

	assert_non_null(s);
	return s;
}

static struct assay_buffer
hex(json_t *object, const char *member)
{
	struct assay_buffer out = assay_buffer(DATA_MAX);
	struct assay_error err;

	assert_true(assay_hex_decode(assay_bytes_of(text(object, member)),
	    &out, &err));
	return out;
}

static json_t *
load(const char *file)
{
	json_t *suite = json_load_file(test_shared_path(
	    "suites/wycheproof/%s.json", file), 0, NULL);

	assert_non_null(suite);
	return suite;
}

static enum assay_hash
hash_of(const char *name)
{
	if (strcmp(name, "SHA-256") == 0)
		return ASSAY_SHA256;
	if (strcmp(name, "SHA-384") == 0)
		return ASSAY_SHA384;
	if (strcmp(name, "SHA-512") == 0)
		return ASSAY_SHA512;
	return ASSAY_SHA1;	/* stands for every hash that is refused */
}

/* Is this what we say that we accept? */
static bool
ours(json_t *group, enum assay_sig_form form)
{
	enum assay_hash hash = hash_of(text(group, "sha"));

	if (hash == ASSAY_SHA1)
		return false;
	if (form == ASSAY_SIG_PKCS1)
		return strcmp(text(json_object_get(group, "publicKey"),
		    "publicExponent"), "010001") == 0;
	return form != ASSAY_SIG_PSS ||
	    (strcmp(text(group, "sha"), text(group, "mgfSha")) == 0 &&
	    json_integer_value(json_object_get(group, "sLen")) ==
	    (json_int_t)assay_hash_size(hash));
}

/* Keys with the RSASSA-PSS identifier (RFC 4055 1.2) are refused; the same
 * key as plain RSA is in publicKey. */
static struct assay_pkey *
key_of(json_t *group, struct assay_error *err)
{
	json_t *rsa = json_object_get(group, "publicKey");
	struct assay_buffer der = hex(group, "publicKeyDer"), n, e;
	struct assay_pkey *key;
	bool ok;

	ok = assay_pkey_from_spki(assay_buffer_bytes(&der), &key, err);
	assay_buffer_free(&der);
	if (ok)
		return key;
	if (json_object_get(rsa, "modulus") == NULL)
		return NULL;
	n = hex(rsa, "modulus");
	e = hex(rsa, "publicExponent");
	ok = assay_pkey_from_rsa(assay_buffer_bytes(&n),
	    assay_buffer_bytes(&e), &key, err);
	assay_buffer_free(&n);
	assay_buffer_free(&e);
	return ok ? key : NULL;
}

struct counts {
	size_t	verified, refused, foreign, acceptable;
};

static void
run_signature(json_t *group, json_t *test, enum assay_sig_form form,
    const struct assay_pkey *key, struct test_table *t, struct counts *n)
{
	const struct assay_sig_scheme scheme = { form,
	    hash_of(text(group, "sha")) };
	const char *result = text(test, "result");
	struct assay_buffer msg = hex(test, "msg"), sig = hex(test, "sig");
	struct assay_error err = { .text = "" };
	char row[96];
	bool got, want;

	got = key != NULL && assay_sig_verify_scheme(&scheme, key,
	    assay_buffer_bytes(&msg), assay_buffer_bytes(&sig), &err);
	(void)snprintf(row, sizeof(row), "%s tcId %lld", result,
	    json_integer_value(json_object_get(test, "tcId")));
	want = (ours(group, form) && strcmp(result, "valid") == 0) ||
	    made_for_ours(t->name, json_integer_value(json_object_get(test,
	    "tcId")));
	if (strcmp(result, "acceptable") == 0 && ours(group, form)) {
		n->acceptable++;
		want = got;
	} else if (!ours(group, form))
		n->foreign++;
	else if (want)
		n->verified++;
	else
		n->refused++;
	test_row(t, row, got == want && (got || key == NULL ||
	    err.code == ASSAY_ERR_SIGNATURE_INVALID ||
	    err.code == ASSAY_ERR_ALGORITHM_REFUSED), "got %s %s: %s",
	    got ? "yes" : assay_code_name(err.code), err.text,
	    text(test, "comment"));
	assay_buffer_free(&msg);
	assay_buffer_free(&sig);
}

static void
run_file(size_t which, struct counts *n)
{
	struct test_table t = { .name = signatures[which].file };
	json_t *suite = load(t.name), *group, *test;
	struct assay_error err;
	struct assay_pkey *key;
	size_t i, j;

	json_array_foreach(json_object_get(suite, "testGroups"), i, group) {
		key = key_of(group, &err);
		if (key == NULL && ours(group, signatures[which].form))
			fail_msg("%s: %s", t.name, err.text);
		json_array_foreach(json_object_get(group, "tests"), j, test)
			run_signature(group, test, signatures[which].form,
			    key, &t, n);
		assay_pkey_free(key);
	}
	json_decref(suite);
	test_table_end(&t);
}

static void
run_signatures(void **state)
{
	struct counts n = { .verified = 0 };

	(void)state;
	if (test_shared("wycheproof signatures") == NULL)
		skip();
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
		run_file(i, &n);
	printf("wycheproof signatures: %zu verified, %zu refused, %zu refused "
	    "for parameters that are not ours, %zu acceptable\n", n.verified,
	    n.refused, n.foreign, n.acceptable);
	for (size_t i = 0; i < sizeof(not_applicable) /
	    sizeof(not_applicable[0]); i++)
		printf("NOT APPLICABLE %s: %s\n", not_applicable[i].file,
		    not_applicable[i].reason);
}

/* The hash of the group, if a TPM signs with it and MGF1 uses it, too. */
static bool
tpm_hash(json_t *group, enum assay_hash *out)
{
	const char *sha = text(group, "sha");

	if (strcmp(sha, text(group, "mgfSha")) != 0)
		return false;
	*out = hash_of(sha);
	return *out != ASSAY_SHA1 || strcmp(sha, "SHA-1") == 0;
}

/* Invalid only because the salt is not as long as the file wants. */
static bool
wrong_by_its_salt(json_t *test)
{
	return strncmp(text(test, "comment"), "s_len changed to ", 17) == 0;
}

static void
run_any_salt(json_t *group, json_t *test, const struct assay_pkey *key,
    struct test_table *t)
{
	struct assay_buffer msg = hex(test, "msg"), sig = hex(test, "sig");
	struct assay_sig_parts parts = { .kind = ASSAY_SIG_KIND_RSAPSS,
	    .allow_sha1 = true, .rsa = assay_buffer_bytes(&sig) };
	struct assay_error err = { .text = "" };
	bool got, want;

	if (tpm_hash(group, &parts.hash)) {
		got = assay_sig_verify_parts(&parts, key,
		    assay_buffer_bytes(&msg), &err);
		want = strcmp(text(test, "result"), "invalid") != 0 ||
		    wrong_by_its_salt(test);
		test_row(t, text(test, "comment"), got == want &&
		    (got || err.code == ASSAY_ERR_SIGNATURE_INVALID),
		    "tcId %lld got %s: %s", json_integer_value(
		    json_object_get(test, "tcId")), got ? "yes" : "no",
		    err.text);
	}
	assay_buffer_free(&msg);
	assay_buffer_free(&sig);
}

/* RSASSA-PSS as TPMs sign: any length of salt, SHA-1 included. */
static void
run_salts(void **state)
{
	struct test_table t = { .name = "RSASSA-PSS with any salt" };
	json_t *suite, *group, *test;
	struct assay_error err;
	struct assay_pkey *key;
	size_t i, j, f;

	(void)state;
	if (test_shared("wycheproof salts") == NULL)
		skip();
	for (f = 0; f < sizeof(signatures) / sizeof(signatures[0]); f++) {
		if (signatures[f].form != ASSAY_SIG_PSS)
			continue;
		suite = load(signatures[f].file);
		json_array_foreach(json_object_get(suite, "testGroups"), i,
		    group) {
			if ((key = key_of(group, &err)) == NULL)
				continue;
			json_array_foreach(json_object_get(group, "tests"), j,
			    test)
				run_any_salt(group, test, key, &t);
			assay_pkey_free(key);
		}
		json_decref(suite);
	}
	test_table_end(&t);
}

/* Truncated tags are compared over their length, as Wycheproof means them. */
static void
run_hmac(void **state)
{
	struct test_table t = { .name = "hmac_sha256_test" };
	json_t *suite, *group, *test;
	struct assay_error err;
	uint8_t mac[32];
	size_t i, j;

	(void)state;
	if (test_shared("wycheproof HMAC") == NULL)
		skip();
	suite = load(t.name);
	json_array_foreach(json_object_get(suite, "testGroups"), i, group)
		json_array_foreach(json_object_get(group, "tests"), j, test) {
			struct assay_buffer key = hex(test, "key");
			struct assay_buffer msg = hex(test, "msg");
			struct assay_buffer tag = hex(test, "tag");
			bool same;

			assert_true(assay_hmac_sha256(assay_buffer_bytes(
			    &key), assay_buffer_bytes(&msg), mac, &err));
			same = tag.len <= sizeof(mac) && assay_bytes_equal(
			    assay_buffer_bytes(&tag), (struct assay_bytes){
			    mac, tag.len });
			test_row(&t, text(test, "result"), same ==
			    (strcmp(text(test, "result"), "valid") == 0),
			    "tcId %lld", json_integer_value(json_object_get(
			    test, "tcId")));
			assay_buffer_free(&key);
			assay_buffer_free(&msg);
			assay_buffer_free(&tag);
		}
	json_decref(suite);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_signatures),
		cmocka_unit_test(run_salts),
		cmocka_unit_test(run_hmac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
