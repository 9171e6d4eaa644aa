/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quotes and certifications: a suite of made ones, judged as its rows say, and
 * every one of a real TPM that the vectors hold, whose fields, signature,
 * digest and name must be what is known of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/encode.h"
#include "crypto/cert.h"
#include "crypto/pem.h"
#include "evidence/tpm_attest.h"
#include "evidence/tpm_public.h"
#include "testlib.h"

#define DATA_MAX (1u << 20)

static json_t *
load(const char *path)
{
	json_t *value = json_load_file(path, 0, NULL);

	if (value == NULL)
		fail_msg("cannot read %s", path);
	return value;
}

static const char *
text(json_t *object, const char *member)
{
	const char *s = json_string_value(json_object_get(object, member));

	if (s == NULL)
		fail_msg("no member %s", member);
	return s;
}

static struct assay_buffer
unhex(const char *hex)
{
	struct assay_buffer out = assay_buffer(DATA_MAX);
	struct assay_error err;

	assert_true(assay_hex_decode(assay_bytes_of(hex), &out, &err));
	return out;
}

static struct assay_buffer
b64u(json_t *object, const char *member)
{
	struct assay_buffer out = assay_buffer(DATA_MAX);
	struct assay_error err;

	assert_true(assay_base64url_decode(assay_bytes_of(text(object,
	    member)), &out, &err));
	return out;
}

static struct assay_pkey *
key_of_jwk(json_t *jwk)
{
	struct assay_pkey *key = NULL;
	struct assay_buffer a, b;
	struct assay_error err;
	bool ok;

	if (strcmp(text(jwk, "kty"), "RSA") == 0) {
		a = b64u(jwk, "n");
		b = b64u(jwk, "e");
		ok = assay_pkey_from_rsa(assay_buffer_bytes(&a),
		    assay_buffer_bytes(&b), &key, &err);
	} else {
		a = b64u(jwk, "x");
		b = b64u(jwk, "y");
		assert_true(assay_buffer_put(&a, assay_buffer_bytes(&b)));
		ok = assay_pkey_from_point(ASSAY_KEY_EC_P256,
		    assay_buffer_bytes(&a), &key, &err);
	}
	assert_true(ok);
	assay_buffer_free(&a);
	assay_buffer_free(&b);
	return key;
}

static struct assay_pcr_bank *
bank_of(struct assay_pcrs *pcrs, uint16_t alg)
{
	struct assay_pcr_bank *bank = &pcrs->bank[pcrs->n_banks++];

	assert_true(pcrs->n_banks <= ASSAY_PCR_BANKS);
	*bank = (struct assay_pcr_bank){ .alg = alg };
	return bank;
}

static void
put_value(struct assay_pcr_bank *bank, size_t index, const char *hex)
{
	struct assay_buffer v = unhex(hex);

	assert_true(index < ASSAY_PCR_COUNT && v.len <= ASSAY_DIGEST_MAX);
	memcpy(bank->value[index], v.ptr, v.len);
	bank->mask |= UINT32_C(1) << index;
	assay_buffer_free(&v);
}

/* An array of values from PCR 0 on. */
static struct assay_pcrs
sha256_bank(json_t *values)
{
	struct assay_pcrs pcrs = { .n_banks = 0 };
	struct assay_pcr_bank *bank = bank_of(&pcrs, ASSAY_TPM_ALG_SHA256);
	json_t *value;
	size_t i;

	json_array_foreach(values, i, value)
		put_value(bank, i, json_string_value(value));
	return pcrs;
}

/* {"sha256": {"0": HEX, ...}, ...}, as pcrs.json has it. */
static struct assay_pcrs
read_pcrs(const char *folder)
{
	static const struct {
		const char	*name;
		uint16_t	 alg;
	} names[] = {
		{ "sha1", ASSAY_TPM_ALG_SHA1 },
		{ "sha256", ASSAY_TPM_ALG_SHA256 },
		{ "sha384", ASSAY_TPM_ALG_SHA384 },
	};
	struct assay_pcrs pcrs = { .n_banks = 0 };
	json_t *file, *values, *value;
	struct assay_pcr_bank *bank;
	struct assay_buffer there;
	const char *path, *index;

	path = test_shared_path("vectors/tpm/%s/pcrs.json", folder);
	if (!test_read_if(path, &there))
		return pcrs;
	assay_buffer_free(&there);
	file = load(path);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((values = json_object_get(file, names[i].name)) == NULL)
			continue;
		bank = bank_of(&pcrs, names[i].alg);
		json_object_foreach(values, index, value)
			put_value(bank, strtoul(index, NULL, 10),
			    json_string_value(value));
	}
	json_decref(file);
	return pcrs;
}

/* All that a verifier of a quote asks; the suite's own rules. */
static bool
quote_good(struct assay_bytes message, struct assay_bytes signature,
    const struct assay_pkey *key, struct assay_bytes nonce,
    const struct assay_pcrs *pcrs, struct assay_error *err)
{
	struct assay_tpm_attest a;
	struct assay_tpm_signature sig;
	struct assay_digest digest;

	if (!assay_tpm_attest_parse(message, &a, err) ||
	    !assay_tpm_signature_parse(signature, &sig, err) ||
	    !assay_tpm_signature_verify(&sig, key, a.raw, false, err) ||
	    !assay_tpm_pcr_digest(&a, pcrs, sig.hash, &digest, err))
		return false;
	if (a.magic != ASSAY_TPM_GENERATED || a.type != ASSAY_TPM_ST_QUOTE ||
	    !assay_bytes_equal(a.extra_data, nonce) ||
	    !assay_bytes_equal(a.pcr_digest, assay_digest_bytes(&digest)))
		return assay_fail(err, ASSAY_ERR_BAD_FIELD, "magic, type, "
		    "nonce or digest");
	return true;
}

static void
run_case(json_t *row, json_t *keys, struct test_table *t, size_t n[2])
{
	struct assay_buffer message = unhex(text(row, "message_hex"));
	struct assay_buffer sig = unhex(text(row, "tpmt_signature_hex"));
	struct assay_buffer nonce = unhex(text(row, "expected_nonce_hex"));
	struct assay_pkey *key = key_of_jwk(json_object_get(keys, text(row,
	    "key")));
	struct assay_pcrs pcrs = sha256_bank(json_object_get(row,
	    "pcrs_sha256_hex"));
	const char *expected = text(row, "expected");
	struct assay_error err = { .text = "accepted" };
	bool good;

	good = quote_good(assay_buffer_bytes(&message),
	    assay_buffer_bytes(&sig), key, assay_buffer_bytes(&nonce), &pcrs,
	    &err);
	n[good ? 0 : 1]++;
	/* "policy": the structure is fine, a policy has to decide. */
	test_row(t, text(row, "id"), good != (strcmp(expected, "reject") ==
	    0) || strcmp(expected, "either") == 0, "want %s, got %s",
	    expected, err.text);
	assay_pkey_free(key);
	assay_buffer_free(&message);
	assay_buffer_free(&sig);
	assay_buffer_free(&nonce);
}

static void
judges_the_suite(void **state)
{
	struct test_table t = { .name = "suites/tpm-quote" };
	json_t *suite, *row;
	size_t i, n[2] = { 0, 0 };

	(void)state;
	if (test_shared(t.name) == NULL)
		skip();
	suite = load(test_shared_path("suites/tpm-quote/quote-cases.json"));
	json_array_foreach(json_object_get(suite, "cases"), i, row)
		run_case(row, json_object_get(suite, "keys"), &t, n);
	json_decref(suite);
	printf("%s: %zu accepted, %zu refused\n", t.name, n[0], n[1]);
	test_table_end(&t);
}

static bool
is_hex(struct assay_bytes got, const char *want)
{
	char hex[2 * 512 + 1];

	if (want == NULL || got.len > 512)
		return false;
	assay_hex(got, hex);
	return strcmp(hex, want) == 0;
}

static bool
is_number(json_t *object, const char *member, uint64_t got)
{
	return (uint64_t)json_integer_value(json_object_get(object,
	    member)) == got;
}

static bool
is_selection(const struct assay_tpm_attest *a, json_t *want)
{
	json_t *one, *pcr;
	size_t i, j;

	if (json_array_size(want) != a->n_select)
		return false;
	json_array_foreach(want, i, one) {
		const char *name = json_string_value(json_object_get(one,
		    "hash"));
		uint32_t mask = 0;

		json_array_foreach(json_object_get(one, "pcrs"), j, pcr)
			mask |= UINT32_C(1) << json_integer_value(pcr);
		if (mask != a->select[i].mask || (name != NULL ?
		    strtoul(name, NULL, 16) != a->select[i].alg :
		    !is_number(one, "hash", a->select[i].alg)))
			return false;
	}
	return true;
}

static void
run_real(json_t *row, struct test_table *t)
{
	struct assay_buffer message = unhex(text(row, "message_hex"));
	struct assay_buffer raw = unhex(text(row, "signature_hex"));
	struct assay_pkey *key = key_of_jwk(json_object_get(row, "ak_jwk"));
	struct assay_tpm_signature sig = { .scheme = ASSAY_TPM_RSASSA,
	    .hash = ASSAY_SHA256, .rsa = assay_buffer_bytes(&raw) };
	json_t *values = json_object_get(row, "pcr_values_hex");
	struct assay_error err = { .text = "" };
	struct assay_digest digest = { .len = 0 };
	struct assay_tpm_attest a = { .n_select = 0 };
	struct assay_pcrs pcrs;
	bool ok;

	ok = assay_tpm_attest_parse(assay_buffer_bytes(&message), &a, &err) &&
	    is_hex(a.qualified_signer, text(row, "qualified_signer_hex")) &&
	    is_hex(a.extra_data, text(row, "extra_data_hex")) &&
	    is_number(row, "clock", a.clock) &&
	    is_number(row, "reset_count", a.reset_count) &&
	    is_number(row, "restart_count", a.restart_count) &&
	    is_number(row, "safe", a.safe) &&
	    is_number(row, "firmware_version", a.firmware_version) &&
	    is_selection(&a, json_object_get(row, "selection")) &&
	    is_hex(a.pcr_digest, text(row, "pcr_digest_hex"));
	test_row(t, text(row, "id"), ok, "fields: %s", err.text);
	ok = assay_tpm_signature_verify(&sig, key, a.raw, false, &err);
	test_row(t, text(row, "id"), ok == json_is_true(json_object_get(row,
	    "signature_ok")), "signature: %s", err.text);
	if (values != NULL) {
		pcrs = sha256_bank(values);
		ok = assay_tpm_pcr_digest(&a, &pcrs, ASSAY_SHA256, &digest,
		    &err) && assay_bytes_equal(a.pcr_digest,
		    assay_digest_bytes(&digest));
		test_row(t, text(row, "id"), ok, "digest: %s", err.text);
	}
	assay_pkey_free(key);
	assay_buffer_free(&message);
	assay_buffer_free(&raw);
}

static void
judges_quotes_of_azure(void **state)
{
	struct test_table t = { .name = "real-quotes" };
	json_t *suite, *row;
	size_t i;

	(void)state;
	if (test_shared(t.name) == NULL)
		skip();
	suite = load(test_shared_path("suites/tpm-quote/real-quotes.json"));
	json_array_foreach(suite, i, row)
		run_real(row, &t);
	json_decref(suite);
	test_table_end(&t);
}

/*
 * The vectors: names of the attestation, and of the certificate that has the
 * key where there is no ak_pub.pem. digest: H of the scheme is checked
 * against pcrs.json. kind: where meta.json describes it.
 */
static const struct vector {
	const char	*folder, *name;
	const char	*cert;
	const char	*kind;
	size_t		 index;
	bool		 sha1;
} vectors[] = {
	{ "azure-snp-vtpm-live", "quote", NULL, "quote", 0, false },
	{ "azure-snp-vtpm-trustee-v1", "quote", NULL, "quote", 0, false },
	{ "azure-tdx-vtpm-live", "quote", NULL, "quote", 0, false },
	{ "azure-vtpm-certify-win365", "certify", "ak_cert.der", "certify", 0,
	    false },
	{ "goattest-windows-gcp-shielded-vm", "quote", NULL, "quote", 0,
	    true },
	{ "gotpm-attest-gce-cos-85-no-nonce", "quote_sha1", NULL, "quotes", 0,
	    false },
	{ "gotpm-attest-gce-cos-85-no-nonce", "quote_sha256", NULL, "quotes",
	    1, false },
	{ "gotpm-attest-gce-cos-85-no-nonce", "quote_sha384", NULL, "quotes",
	    2, false },
	{ "gotpm-attest-gce-cos-85-nonce9009", "quote_sha1", NULL, "quotes",
	    0, false },
	{ "gotpm-attest-gce-cos-85-nonce9009", "quote_sha256", NULL,
	    "quotes", 1, false },
	{ "gotpm-attest-gce-cos-85-nonce9009", "quote_sha384", NULL,
	    "quotes", 2, false },
	{ "guard-dell-notebook-5eventlogs-wbcl", "quote", NULL, "quote", 0,
	    false },
	{ "guard-desktop-mimu51j-epp-eset", "quote", NULL, "quote", 0,
	    false },
	{ "guard-imn-dell-wbcl-bootctrs", "quote", NULL, "quote", 0, false },
	{ "guard-imn-dell", "quote", NULL, "quote", 0, false },
	{ "guard-imn-supermicro-wbcl-quote-aiks", "quote", NULL, "quote", 0,
	    false },
	{ "guard-issue926-x1carbon-ancient", "quote", NULL, "quote", 0,
	    false },
	{ "guard-issue926-x1carbon-before", "quote", NULL, "quote", 0,
	    false },
	{ "msaik-certify-dell-xps-13", "certify", "x5c_0.der", "certify", 0,
	    true },
	{ "msaik-certify-lenovo-carbon-x1", "certify", "x5c_0.der", "certify",
	    0, true },
	{ "msaik-certify-tpm-with-ecc-public-area-type", "certify",
	    "x5c_0.der", "certify", 0, true },
	{ "trustee-tpm-evidence", "quote", NULL, "quote", 0, false },
	{ "win-trustpoint-imn-dell-0-windows_aik", "trustpoint", NULL,
	    "trustpoint", 0, true },
	{ "win-trustpoint-imn-supermicro-wbcl-quote-aiks-0-bla", "trustpoint",
	    NULL, "trustpoint", 0, true },
};

static const char *
path_of(const struct vector *v, const char *suffix)
{
	return test_shared_path("vectors/tpm/%s/%s%s", v->folder, v->name,
	    suffix);
}

/* NULL: the vector has no key. */
static struct assay_pkey *
key_of(const struct vector *v)
{
	struct assay_buffer file, der = assay_buffer(DATA_MAX);
	struct assay_pkey *key = NULL;
	struct assay_cert *cert = NULL;
	struct assay_bytes label;
	struct assay_error err;
	struct assay_reader r;

	if (!test_read_if(test_shared_path("vectors/tpm/%s/%s", v->folder,
	    v->cert != NULL ? v->cert : "ak_pub.pem"), &file))
		goto out;
	if (v->cert != NULL) {
		assert_true(assay_cert_parse(assay_buffer_bytes(&file), &cert,
		    &err));
		key = assay_pkey_ref(assay_cert_key(cert));
	} else {
		r = assay_reader(assay_buffer_bytes(&file));
		assert_true(assay_pem_next(&r, &label, &der, &err) &&
		    assay_pkey_from_spki(assay_buffer_bytes(&der), &key,
		    &err));
	}
out:
	assay_cert_free(cert);
	assay_buffer_free(&file);
	assay_buffer_free(&der);
	return key;
}

/* .sig.bin is a TPMT_SIGNATURE, .sig.raw.bin the octets of RSASSA. */
static bool
signature_of(const struct vector *v, struct assay_buffer *file,
    struct assay_tpm_signature *out, struct assay_error *err)
{
	if (test_read_if(path_of(v, ".sig.bin"), file))
		return assay_tpm_signature_parse(assay_buffer_bytes(file),
		    out, err);
	assay_buffer_free(file);
	*file = test_read(path_of(v, ".sig.raw.bin"));
	*out = (struct assay_tpm_signature){ .scheme = ASSAY_TPM_RSASSA,
	    .hash = v->sha1 ? ASSAY_SHA1 : ASSAY_SHA256,
	    .rsa = assay_buffer_bytes(file) };
	return true;
}

static json_t *
described(json_t *meta, const struct vector *v)
{
	json_t *what = json_object_get(json_object_get(meta, "expected"),
	    v->kind);

	if (json_is_array(what))
		what = json_array_get(what, v->index);
	assert_true(json_is_object(what));
	return what;
}

static bool
fields_are(const struct assay_tpm_attest *a, json_t *want)
{
	char firmware[17];

	(void)snprintf(firmware, sizeof(firmware), "%016llx",
	    (unsigned long long)a->firmware_version);
	if (!is_number(want, "magic", a->magic) ||
	    !is_number(want, "type", a->type) ||
	    !is_hex(a->qualified_signer, text(want, "qualifiedSigner")) ||
	    !is_hex(a->extra_data, text(want, "extraData")) ||
	    !is_number(want, "clock", a->clock) ||
	    !is_number(want, "resetCount", a->reset_count) ||
	    !is_number(want, "restartCount", a->restart_count) ||
	    !is_number(want, "safe", a->safe) ||
	    strcmp(firmware, text(want, "firmwareVersion")) != 0)
		return false;
	if (a->type == ASSAY_TPM_ST_CERTIFY)
		return is_hex(a->name, text(want, "name")) &&
		    is_hex(a->qualified_name, text(want, "qualifiedName"));
	return is_selection(a, json_object_get(want, "pcrSelect")) &&
	    is_hex(a->pcr_digest, text(want, "pcrDigest"));
}

static bool
name_is(const struct vector *v, const struct assay_tpm_attest *a,
    struct assay_error *err)
{
	struct assay_buffer in = test_read(test_shared_path(
	    "vectors/tpm/%s/subject_tpmt_public.bin", v->folder));
	struct assay_tpm_public p = { .key = NULL };
	struct assay_tpm_name name;
	bool ok;

	ok = assay_tpm_public_parse(assay_buffer_bytes(&in), &p, err) &&
	    assay_tpm_public_name(&p, &name, err) && assay_bytes_equal(
	    a->name, (struct assay_bytes){ name.bytes, name.len });
	assay_tpm_public_free(&p);
	assay_buffer_free(&in);
	return ok;
}

struct counts {
	size_t	fields, signatures, refused, digests, names;
};

static void
check_signature(const struct vector *v, const struct assay_tpm_attest *a,
    const struct assay_tpm_signature *sig, struct test_table *t,
    struct counts *n)
{
	struct assay_pkey *key = key_of(v);
	struct assay_error err = { .text = "" };
	bool ok;

	if (key == NULL)
		return;
	ok = assay_tpm_signature_verify(sig, key, a->raw, v->sha1, &err);
	test_row(t, v->folder, ok, "signature: %s", err.text);
	n->signatures += ok;
	if (v->sha1) {
		ok = !assay_tpm_signature_verify(sig, key, a->raw, false,
		    &err) && err.code == ASSAY_ERR_ALGORITHM_REFUSED;
		test_row(t, v->folder, ok, "SHA-1 without leave: %s",
		    err.text);
		n->refused += ok;
	}
	assay_pkey_free(key);
}

static void
check_digest(const struct vector *v, const struct assay_tpm_attest *a,
    enum assay_hash hash, struct test_table *t, struct counts *n)
{
	struct assay_pcrs pcrs = read_pcrs(v->folder);
	struct assay_error err = { .text = "" };
	struct assay_digest digest;
	bool ok;

	if (pcrs.n_banks == 0)
		return;
	ok = assay_tpm_pcr_digest(a, &pcrs, hash, &digest, &err) &&
	    assay_bytes_equal(a->pcr_digest, assay_digest_bytes(&digest));
	test_row(t, v->folder, ok, "pcrDigest: %s", err.text);
	n->digests += ok;
}

static void
run_vector(const struct vector *v, struct test_table *t, struct counts *n)
{
	json_t *meta = load(test_shared_path("vectors/tpm/%s/meta.json",
	    v->folder)), *want = described(meta, v);
	struct assay_buffer message = test_read(path_of(v, ".attest.bin"));
	struct assay_buffer file = assay_buffer(DATA_MAX);
	struct assay_tpm_signature sig = { .hash = ASSAY_SHA256 };
	struct assay_tpm_attest a = { .n_select = 0 };
	struct assay_error err = { .text = "" };
	bool ok;

	ok = assay_tpm_attest_parse(assay_buffer_bytes(&message), &a, &err) &&
	    fields_are(&a, json_object_get(want, "attest"));
	test_row(t, v->folder, ok, "fields: %s", err.text);
	n->fields += ok;
	ok = signature_of(v, &file, &sig, &err);
	test_row(t, v->folder, ok, "%s", err.text);
	check_signature(v, &a, &sig, t, n);
	if (a.type == ASSAY_TPM_ST_CERTIFY) {
		ok = name_is(v, &a, &err);
		test_row(t, v->folder, ok, "name: %s", err.text);
		n->names += ok;
	} else
		check_digest(v, &a, sig.hash, t, n);
	assay_buffer_free(&message);
	assay_buffer_free(&file);
	json_decref(meta);
}

static void
judges_the_vectors(void **state)
{
	struct test_table t = { .name = "quotes and certifications" };
	struct counts n = { 0 };

	(void)state;
	if (test_shared(t.name) == NULL)
		skip();
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		run_vector(&vectors[i], &t, &n);
	printf("%s: %zu with the fields known, %zu signatures verified, %zu "
	    "refused for SHA-1 alone, %zu digests and %zu names matched\n",
	    t.name, n.fields, n.signatures, n.refused, n.digests, n.names);
	test_table_end(&t);
}

/* What a TPM signs that is neither: refused by its type. */
static void
refuses_a_creation(void **state)
{
	struct assay_tpm_attest a;
	struct assay_buffer in;
	struct assay_error err;

	(void)state;
	if (test_shared("a creation attestation") == NULL)
		skip();
	in = test_read(test_shared_path("vectors/tpm/"
	    "goattest-windows-gcp-shielded-vm/ak_creation_attest.bin"));
	assert_false(assay_tpm_attest_parse(assay_buffer_bytes(&in), &a,
	    &err));
	test_assert_code("creation", &err, ASSAY_ERR_TPM_ATTEST_MALFORMED);
	assay_buffer_free(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_the_suite),
		cmocka_unit_test(judges_quotes_of_azure),
		cmocka_unit_test(judges_the_vectors),
		cmocka_unit_test(refuses_a_creation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
