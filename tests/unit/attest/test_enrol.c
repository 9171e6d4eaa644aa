/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment: a sound request, then one breakage per row in which exactly one
 * check fails. */
#include <stdio.h>
#include <string.h>

#include "crypto/der.h"
#include "attest/enrol.h"
#include "made.h"
#include "testlib.h"

#define EK_BITS		0x000300b2u	/* template L-2: restricted, decrypt */
#define AIK_BITS	0x00050072u	/* restricted, sign */
#define ALG_ECDSA	0x0018

/* What is made differently; zeroed: the good request. */
struct knobs {
	bool		 unknown_root, not_a_ca, critical, ek_is_ca, revoked;
	const char	*eku;
	unsigned int	 usage;
	int64_t		 from, to;
	bool		 no_san, other_ek_pub, no_ek_pub, sized;
	uint32_t	 ek_bits, aik_bits;	/* toggled */
	uint16_t	 ek_name_alg, ek_cipher;
	uint16_t	 aik_name_alg, aik_scheme, aik_hash;
};

static const struct row {
	const char		*name;
	struct knobs		 k;
	enum assay_code		 code;
	enum assay_check_id	 check;
} rows[] = {
	{ "good", { 0 }, ASSAY_ERR_OK, 0 },
	{ "no_ek_pub", { .no_ek_pub = true }, ASSAY_ERR_OK, 0 },
	{ "sized_public_areas", { .sized = true }, ASSAY_ERR_OK, 0 },
	{ "key_encipherment", { .usage = ASSAY_KU_KEY_ENCIPHERMENT },
	    ASSAY_ERR_OK, 0 },
	{ "unknown_root", { .unknown_root = true },
	    ASSAY_ERR_CERT_UNTRUSTED, ASSAY_CHECK_EK_CHAIN_TRUSTED },
	{ "unknown_critical", { .critical = true }, ASSAY_ERR_CERT_PROFILE,
	    ASSAY_CHECK_EK_CHAIN_EXTENSIONS },
	{ "issuer_is_no_ca", { .not_a_ca = true }, ASSAY_ERR_CERT_PROFILE,
	    ASSAY_CHECK_EK_CHAIN_CA },
	{ "aik_certificate", { .eku = "2.23.133.8.3" },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_EK_CERT_PURPOSE },
	{ "not_yet", { .from = MADE_NOW + 1 }, ASSAY_ERR_CERT_NOT_YET_VALID,
	    ASSAY_CHECK_EK_CHAIN_NOT_BEFORE },
	{ "expired", { .to = MADE_NOW - 1 }, ASSAY_ERR_CERT_EXPIRED,
	    ASSAY_CHECK_EK_CHAIN_NOT_AFTER },
	{ "revoked", { .revoked = true }, ASSAY_ERR_CERT_REVOKED,
	    ASSAY_CHECK_EK_NOT_REVOKED },
	{ "ek_is_a_ca", { .ek_is_ca = true }, ASSAY_ERR_CERT_PROFILE,
	    ASSAY_CHECK_EK_CERT_USAGE },
	{ "ek_signs", { .usage = ASSAY_KU_DIGITAL_SIGNATURE },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_EK_CERT_USAGE },
	{ "no_san", { .no_san = true }, ASSAY_ERR_CERT_PROFILE,
	    ASSAY_CHECK_EK_CERT_NAME },
	{ "other_ek_pub", { .other_ek_pub = true },
	    ASSAY_ERR_EK_KEY_MISMATCH, ASSAY_CHECK_EK_CERT_KEY },
	{ "ek_not_restricted", { .ek_bits = ASSAY_TPMA_RESTRICTED },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_EK_ATTRIBUTES },
	{ "ek_signs_too", { .ek_bits = ASSAY_TPMA_SIGN },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_EK_ATTRIBUTES },
	{ "ek_name_over_sha1", { .ek_name_alg = ASSAY_TPM_ALG_SHA1 },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_EK_ATTRIBUTES },
	{ "ek_with_sm4", { .ek_cipher = 0x0013 }, ASSAY_ERR_AIK_REFUSED,
	    ASSAY_CHECK_EK_ATTRIBUTES },
	{ "aik_not_restricted", { .aik_bits = ASSAY_TPMA_RESTRICTED },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_AIK_ATTRIBUTES },
	{ "aik_not_fixed_to_tpm", { .aik_bits = ASSAY_TPMA_FIXED_TPM },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_AIK_ATTRIBUTES },
	{ "aik_not_fixed_to_parent", { .aik_bits = ASSAY_TPMA_FIXED_PARENT },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_AIK_ATTRIBUTES },
	{ "aik_came_from_outside", {
	    .aik_bits = ASSAY_TPMA_SENSITIVE_DATA_ORIGIN },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_AIK_ATTRIBUTES },
	{ "aik_does_not_sign", { .aik_bits = ASSAY_TPMA_SIGN },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_AIK_ATTRIBUTES },
	{ "aik_decrypts", { .aik_bits = ASSAY_TPMA_DECRYPT },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_AIK_ATTRIBUTES },
	{ "aik_name_over_sha1", { .aik_name_alg = ASSAY_TPM_ALG_SHA1 },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_AIK_ALGORITHMS },
	{ "aik_signs_over_sha1", { .aik_hash = ASSAY_TPM_ALG_SHA1 },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_AIK_ALGORITHMS },
	{ "aik_signs_ecschnorr", { .aik_scheme = 0x001c },
	    ASSAY_ERR_AIK_REFUSED, ASSAY_CHECK_AIK_ALGORITHMS },
};

static void
put_san(struct assay_buffer *out)
{
	static const char *const oids[] = { "2.23.133.2.1", "2.23.133.2.2",
	    "2.23.133.2.3" };

	for (size_t i = 0; i < 3; i++) {
		size_t from = out->len;

		assert_true(assay_der_put_oid(out, oids[i]) &&
		    assay_der_put(out, ASSAY_DER_UTF8_STRING,
		    assay_bytes_of("id:00001014")) &&
		    assay_der_wrap(out, from, ASSAY_DER_SEQUENCE));
	}
	assert_true(assay_der_wrap(out, 0, ASSAY_DER_SET) &&
	    assay_der_wrap(out, 0, ASSAY_DER_SEQUENCE) &&
	    assay_der_wrap(out, 0, 0xa4) &&
	    assay_der_wrap(out, 0, ASSAY_DER_SEQUENCE));
}

static struct assay_cert *
make_ek_cert(const struct knobs *k, const struct made *by,
    const struct assay_signer *key)
{
	static const uint8_t null[] = { ASSAY_DER_NULL, 0 };
	const struct assay_name_part name = { "CN", "ek" };
	struct assay_cert_spec spec = made_spec(&name, key);
	struct assay_buffer eku = assay_buffer(64), san = assay_buffer(512);
	struct assay_extension_spec ext[3];
	struct assay_cert *cert;

	assert_true(assay_der_put_oid(&eku, k->eku != NULL ? k->eku :
	    ASSAY_OID_EK_CERTIFICATE) && assay_der_wrap(&eku, 0,
	    ASSAY_DER_SEQUENCE));
	put_san(&san);
	ext[spec.n_extensions++] = (struct assay_extension_spec){
	    "2.5.29.37", false, assay_buffer_bytes(&eku) };
	if (!k->no_san)
		ext[spec.n_extensions++] = (struct assay_extension_spec){
		    "2.5.29.17", true, assay_buffer_bytes(&san) };
	if (k->critical)
		ext[spec.n_extensions++] = (struct assay_extension_spec){
		    "1.3.6.1.4.1.99999.1", true, { null, sizeof(null) } };
	spec.extensions = ext;
	spec.key_usage = k->usage != 0 ? k->usage : ASSAY_KU_KEY_AGREEMENT;
	spec.is_ca = k->ek_is_ca;
	spec.not_before = k->from != 0 ? k->from : MADE_FROM;
	/* EK certificates have no end: RFC 5280 4.1.2.5. */
	spec.not_after = k->to != 0 ? k->to : INT64_C(253402300799);
	cert = made_cert(&spec, by, NULL);
	assay_buffer_free(&eku);
	assay_buffer_free(&san);
	return cert;
}

struct area {
	uint16_t	name_alg;
	uint32_t	bits;
	uint16_t	cipher, scheme, hash;
};

static struct assay_buffer
public_area(const struct area *a, const struct assay_signer *key, bool sized)
{
	struct assay_buffer out = assay_buffer(512), xy = assay_buffer(64);
	struct assay_error err;

	assert_true(assay_pkey_point(assay_signer_public(key), &xy, &err));
	if (sized)
		assay_buffer_put_be(&out, 0, 2);
	assay_buffer_put_be(&out, ASSAY_TPM_ALG_ECC, 2);
	assay_buffer_put_be(&out, a->name_alg, 2);
	assay_buffer_put_be(&out, a->bits, 4);
	assay_buffer_put_be(&out, 0, 2);	/* authPolicy */
	assay_buffer_put_be(&out, a->cipher, 2);
	if (a->cipher != ASSAY_TPM_ALG_NULL)
		assay_buffer_put_be(&out, 0x00800043, 4);
	assay_buffer_put_be(&out, a->scheme, 2);
	if (a->scheme != ASSAY_TPM_ALG_NULL)
		assay_buffer_put_be(&out, a->hash, 2);
	assay_buffer_put_be(&out, 0x00030010, 4);	/* P-256, no KDF */
	for (size_t i = 0; i < 2; i++) {
		assay_buffer_put_be(&out, 32, 2);
		assay_buffer_put(&out, (struct assay_bytes){
		    xy.ptr + 32 * i, 32 });
	}
	assert_true(assay_buffer_ok(&out, "area", &err));
	if (sized)
		out.ptr[1] = (uint8_t)(out.len - 2);
	assay_buffer_free(&xy);
	return out;
}

static struct assay_buffer
ek_area(const struct knobs *k, const struct assay_signer *key)
{
	const struct area a = {
		.name_alg = k->ek_name_alg != 0 ? k->ek_name_alg :
		    ASSAY_TPM_ALG_SHA256,
		.bits = EK_BITS ^ k->ek_bits,
		.cipher = k->ek_cipher != 0 ? k->ek_cipher :
		    ASSAY_TPM_ALG_AES,
		.scheme = ASSAY_TPM_ALG_NULL,
	};

	return public_area(&a, key, k->sized);
}

static struct assay_buffer
aik_area(const struct knobs *k, const struct assay_signer *key)
{
	const struct area a = {
		.name_alg = k->aik_name_alg != 0 ? k->aik_name_alg :
		    ASSAY_TPM_ALG_SHA256,
		.bits = AIK_BITS ^ k->aik_bits,
		.cipher = ASSAY_TPM_ALG_NULL,
		.scheme = k->aik_scheme != 0 ? k->aik_scheme : ALG_ECDSA,
		.hash = k->aik_hash != 0 ? k->aik_hash : ASSAY_TPM_ALG_SHA256,
	};

	return public_area(&a, key, k->sized);
}

static struct assay_tpm_roots
make_roots(const struct assay_cert *anchor, const struct assay_cert *mid,
    const struct assay_cert *revoked)
{
	struct assay_buffer a = assay_buffer(8192), m = assay_buffer(8192);
	struct assay_bytes texts[2];
	uint8_t print[1][32];
	struct assay_tpm_roots roots;
	struct assay_error err;

	assert_true(assay_cert_pem(anchor, &a) && assay_cert_pem(mid, &m));
	texts[0] = assay_buffer_bytes(&a);
	texts[1] = assay_buffer_bytes(&m);
	if (revoked != NULL)
		assert_true(assay_tpm_fingerprint(revoked, print[0], &err));
	assert_true(assay_tpm_roots_make(&(struct assay_tpm_roots_config){
	    .anchors = &texts[0], .n_anchors = 1,
	    .intermediates = &texts[1], .n_intermediates = 1,
	    .revoked = (const uint8_t (*)[32])print,
	    .n_revoked = revoked != NULL ? 1 : 0 }, &roots, &err));
	assay_buffer_free(&a);
	assay_buffer_free(&m);
	return roots;
}

static bool
is_judged(const struct knobs *k, struct assay_checks *checks,
    struct assay_error *err)
{
	struct made root = made_ca("vendor", NULL, -1);
	struct made fake = made_leaf("no CA", &root);
	struct made stranger = made_ca("stranger", NULL, -1);
	struct assay_signer *ek = made_key("ek"), *aik = made_key("aik");
	struct assay_cert *cert = make_ek_cert(k, k->not_a_ca ? &fake : &root,
	    ek);
	struct assay_buffer ek_pub = ek_area(k, k->other_ek_pub ? aik : ek);
	struct assay_buffer aik_pub = aik_area(k, aik);
	struct assay_tpm_roots roots = make_roots(k->unknown_root ?
	    stranger.cert : root.cert, fake.cert, k->revoked ? cert : NULL);
	struct assay_tpm_path path = { .roots = &roots, .now = MADE_NOW };
	struct assay_enrolment_request request = {
	    .ek_cert = assay_cert_der(cert),
	    .ek_pub = k->no_ek_pub ? (struct assay_bytes){ NULL, 0 } :
	    assay_buffer_bytes(&ek_pub),
	    .aik_pub = assay_buffer_bytes(&aik_pub) };
	struct assay_enrolment e;
	bool ok;

	ok = assay_enrolment_judge(&request, &path, checks, &e, err);
	if (ok) {
		assert_true(assay_pkey_equal(e.ek.key,
		    assay_signer_public(ek)));
		assert_true(assay_pkey_equal(e.aik_pub.key,
		    assay_signer_public(aik)));
		assert_int_equal(e.ek.name_alg, ASSAY_SHA256);
		assert_int_equal(e.ek.aes_bits, 128);
		assert_int_equal(e.aik_name.len, 34);
		assert_true(assay_bytes_equal(e.tpm.manufacturer,
		    assay_bytes_of("id:00001014")));
		assay_enrolment_free(&e);
	}
	assay_tpm_roots_free(&roots);
	assay_buffer_free(&ek_pub);
	assay_buffer_free(&aik_pub);
	assay_cert_free(cert);
	assay_signer_free(ek);
	assay_signer_free(aik);
	made_free(&root);
	made_free(&fake);
	made_free(&stranger);
	return ok;
}

static void
judges_requests(void **state)
{
	struct test_table t = { .name = "enrolment" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_checks checks = { .any_failed = false };
		struct assay_error err = { .code = ASSAY_ERR_OK };
		bool ok = is_judged(&rows[i].k, &checks, &err);

		if (rows[i].code == ASSAY_ERR_OK)
			test_row(&t, rows[i].name, ok && !checks.any_failed,
			    "%s", err.text);
		else
			test_row(&t, rows[i].name, !ok &&
			    err.code == rows[i].code && checks.any_failed &&
			    checks.failed == rows[i].check,
			    "got %s, check %s: %s", ok ? "OK" :
			    assay_code_name(err.code), checks.any_failed ?
			    assay_check_name(checks.failed) : "none",
			    err.text);
	}
	test_table_end(&t);
}

static void
every_check_has_a_row(void **state)
{
	static const enum assay_check_id ids[] = {
#define X(id, name, source) ASSAY_CHECK_##id,
		ASSAY_CHECKS_EK(X)
#undef X
	};
	struct test_table t = { .name = "enrolment checks with a row" };

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		bool found = false;

		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
			found = found || (rows[j].code != ASSAY_ERR_OK &&
			    rows[j].check == ids[i]);
		test_row(&t, assay_check_name(ids[i]), found, "no row");
	}
	test_table_end(&t);
}

static void
refuses_junk(void **state)
{
	struct made root = made_ca("vendor", NULL, -1);
	struct assay_tpm_roots roots = make_roots(root.cert, root.cert, NULL);
	struct assay_tpm_path path = { .roots = &roots, .now = MADE_NOW };
	struct assay_bytes junk = assay_bytes_of("junk");
	struct assay_enrolment_request request = { .ek_cert = junk,
	    .ek_pub = junk, .aik_pub = junk };
	struct assay_checks checks = { .any_failed = false };
	struct assay_enrolment e;
	struct assay_error err;

	(void)state;
	assert_false(assay_enrolment_judge(&request, &path, &checks, &e,
	    &err));
	test_assert_code("cert", &err, ASSAY_ERR_CERT_MALFORMED);
	request.ek_cert = assay_cert_der(root.cert);
	assert_false(assay_enrolment_judge(&request, &path, &checks, &e,
	    &err));
	test_assert_code("ek", &err, ASSAY_ERR_TPM_PUBLIC_MALFORMED);
	request.ek_pub = (struct assay_bytes){ NULL, 0 };
	assert_false(assay_enrolment_judge(&request, &path, &checks, &e,
	    &err));
	test_assert_code("aik", &err, ASSAY_ERR_TPM_PUBLIC_MALFORMED);
	assert_false(checks.any_failed);
	assay_tpm_roots_free(&roots);
	made_free(&root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_requests),
		cmocka_unit_test(every_check_has_a_row),
		cmocka_unit_test(refuses_junk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
