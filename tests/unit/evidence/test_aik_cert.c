/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AIK certificates: a made chain, then one breakage per row in which exactly
 * one check fails; then those of Microsoft's and Azure's CAs.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/der.h"
#include "crypto/pem.h"
#include "evidence/aik_cert.h"
#include "made.h"
#include "testlib.h"

#define OID_EK_CERTIFICATE	"2.23.133.8.1"
#define OID_CLIENT_AUTH		"1.3.6.1.5.5.7.3.2"

/* What is made differently; zeroed: the good chain. */
struct knobs {
	bool		 root_not_given, ica_not_given, ica_comes_along;
	bool		 signed_by_other, other_key;
	bool		 revoke_leaf, revoke_ica;
	bool		 leaf_is_ca, ica_is_no_ca, ica_may_not_sign;
	bool		 ica_pathlen_short;	/* one more CA below it */
	const char	*leaf_eku, *ica_eku;	/* "": none */
	unsigned int	 leaf_usage;		/* ~0u: no keyUsage */
	int64_t		 leaf_from, leaf_to, ica_from, ica_to;
	bool		 leaf_critical, ica_critical;	/* unknown extension */
	bool		 no_subject, no_san, san_not_critical;
	bool		 san_without_model, san_model_twice, san_number;
};

static const struct row {
	const char		*name;
	struct knobs		 k;
	enum assay_code		 code;
	enum assay_check_id	 check;
} rows[] = {
	{ "good", { 0 }, ASSAY_ERR_OK, 0 },
	{ "intermediate_comes_along", { .ica_not_given = true,
	    .ica_comes_along = true }, ASSAY_ERR_OK, 0 },
	{ "no_san", { .no_san = true }, ASSAY_ERR_OK, 0 },
	{ "no_subject_but_san", { .no_subject = true }, ASSAY_ERR_OK, 0 },
	{ "no_key_usage", { .leaf_usage = ~0u }, ASSAY_ERR_OK, 0 },
	{ "issuer_limited_to_aiks", { .ica_eku = ASSAY_OID_AIK_CERTIFICATE },
	    ASSAY_ERR_OK, 0 },
	{ "last_second", { .leaf_to = MADE_NOW, .ica_to = MADE_NOW },
	    ASSAY_ERR_OK, 0 },
	{ "first_second", { .leaf_from = MADE_NOW, .ica_from = MADE_NOW },
	    ASSAY_ERR_OK, 0 },
	{ "other_key", { .other_key = true }, ASSAY_ERR_AIK_KEY_MISMATCH,
	    ASSAY_CHECK_AIK_CERT_KEY },
	{ "unknown_root", { .root_not_given = true },
	    ASSAY_ERR_CERT_UNTRUSTED, ASSAY_CHECK_AIK_CHAIN_TRUSTED },
	{ "unknown_intermediate", { .ica_not_given = true },
	    ASSAY_ERR_CERT_UNTRUSTED, ASSAY_CHECK_AIK_CHAIN_TRUSTED },
	{ "signed_by_another", { .signed_by_other = true },
	    ASSAY_ERR_CERT_UNTRUSTED, ASSAY_CHECK_AIK_CHAIN_TRUSTED },
	{ "unknown_critical_in_leaf", { .leaf_critical = true },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CHAIN_EXTENSIONS },
	{ "unknown_critical_in_issuer", { .ica_critical = true },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CHAIN_EXTENSIONS },
	{ "issuer_is_no_ca", { .ica_is_no_ca = true },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CHAIN_CA },
	{ "issuer_may_not_sign", { .ica_may_not_sign = true },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CHAIN_CA },
	{ "path_too_long", { .ica_pathlen_short = true },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CHAIN_CA },
	{ "ek_certificate", { .leaf_eku = OID_EK_CERTIFICATE },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CERT_PURPOSE },
	{ "web_certificate", { .leaf_eku = OID_CLIENT_AUTH },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CERT_PURPOSE },
	{ "no_purpose", { .leaf_eku = "" }, ASSAY_ERR_CERT_PROFILE,
	    ASSAY_CHECK_AIK_CERT_PURPOSE },
	{ "issuer_of_eks", { .ica_eku = OID_EK_CERTIFICATE },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CERT_PURPOSE },
	{ "leaf_not_yet", { .leaf_from = MADE_NOW + 1 },
	    ASSAY_ERR_CERT_NOT_YET_VALID, ASSAY_CHECK_AIK_CHAIN_NOT_BEFORE },
	{ "issuer_not_yet", { .ica_from = MADE_NOW + 1 },
	    ASSAY_ERR_CERT_NOT_YET_VALID, ASSAY_CHECK_AIK_CHAIN_NOT_BEFORE },
	{ "leaf_expired", { .leaf_to = MADE_NOW - 1 },
	    ASSAY_ERR_CERT_EXPIRED, ASSAY_CHECK_AIK_CHAIN_NOT_AFTER },
	{ "issuer_expired", { .ica_to = MADE_NOW - 1 },
	    ASSAY_ERR_CERT_EXPIRED, ASSAY_CHECK_AIK_CHAIN_NOT_AFTER },
	{ "leaf_revoked", { .revoke_leaf = true }, ASSAY_ERR_CERT_REVOKED,
	    ASSAY_CHECK_AIK_NOT_REVOKED },
	{ "issuer_revoked", { .revoke_ica = true }, ASSAY_ERR_CERT_REVOKED,
	    ASSAY_CHECK_AIK_NOT_REVOKED },
	{ "leaf_is_a_ca", { .leaf_is_ca = true }, ASSAY_ERR_CERT_PROFILE,
	    ASSAY_CHECK_AIK_CERT_USAGE },
	{ "leaf_encrypts", { .leaf_usage = ASSAY_KU_KEY_ENCIPHERMENT },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CERT_USAGE },
	{ "no_name_at_all", { .no_subject = true, .no_san = true },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CERT_NAME },
	{ "only_name_not_critical", { .no_subject = true,
	    .san_not_critical = true }, ASSAY_ERR_CERT_PROFILE,
	    ASSAY_CHECK_AIK_CERT_NAME },
	{ "san_without_model", { .san_without_model = true },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CERT_NAME },
	{ "san_model_twice", { .san_model_twice = true },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CERT_NAME },
	{ "san_model_a_number", { .san_number = true },
	    ASSAY_ERR_CERT_PROFILE, ASSAY_CHECK_AIK_CERT_NAME },
};

static void
put_attribute(struct assay_buffer *out, const char *oid, uint8_t tag,
    const char *value)
{
	size_t from = out->len;

	assert_true(assay_der_put_oid(out, oid) && assay_der_put(out, tag,
	    assay_bytes_of(value)) && assay_der_wrap(out, from,
	    ASSAY_DER_SEQUENCE));
	assert_true(assay_der_wrap(out, from, ASSAY_DER_SET));
}

static void
put_san(struct assay_buffer *out, const struct knobs *k)
{
	put_attribute(out, "2.23.133.2.1", ASSAY_DER_UTF8_STRING,
	    "id:00001014");
	put_attribute(out, "2.5.4.3", ASSAY_DER_UTF8_STRING, "passed over");
	if (!k->san_without_model)
		put_attribute(out, "2.23.133.2.2", k->san_number ?
		    ASSAY_DER_INTEGER : ASSAY_DER_UTF8_STRING, "swtpm");
	if (k->san_model_twice)
		put_attribute(out, "2.23.133.2.2", ASSAY_DER_UTF8_STRING,
		    "swtpm");
	put_attribute(out, "2.23.133.2.3", ASSAY_DER_PRINTABLE_STRING,
	    "id:20191023");
	assert_true(assay_der_wrap(out, 0, ASSAY_DER_SEQUENCE) &&
	    assay_der_wrap(out, 0, 0xa4) &&
	    assay_der_wrap(out, 0, ASSAY_DER_SEQUENCE));
}

static void
put_eku(struct assay_buffer *out, const char *oid)
{
	assert_true(assay_der_put_oid(out, "1.3.6.1.4.1.311.10.3.12") &&
	    assay_der_put_oid(out, oid) &&
	    assay_der_wrap(out, 0, ASSAY_DER_SEQUENCE));
}

/* Issue with up to three more extensions. */
struct more {
	struct assay_buffer		eku, san;
	struct assay_extension_spec	ext[3];
};

static void
add_extensions(struct assay_cert_spec *spec, struct more *m, const char *eku,
    bool critical)
{
	static const uint8_t null[] = { ASSAY_DER_NULL, 0 };

	spec->extensions = m->ext;
	if (eku != NULL && eku[0] != '\0') {
		put_eku(&m->eku, eku);
		m->ext[spec->n_extensions++] = (struct assay_extension_spec){
		    "2.5.29.37", false, assay_buffer_bytes(&m->eku) };
	}
	if (critical)
		m->ext[spec->n_extensions++] = (struct assay_extension_spec){
		    "1.3.6.1.4.1.99999.1", true, { null, sizeof(null) } };
}

static struct made
make_ica(const struct knobs *k, const struct made *root)
{
	const struct assay_name_part name = { "CN", "AIK CA" };
	struct made m = { made_key("ica"), NULL };
	struct more more = { assay_buffer(512), assay_buffer(512),
	    { { NULL, false, { NULL, 0 } } } };
	struct assay_cert_spec spec = made_spec(&name, m.key);

	spec.is_ca = !k->ica_is_no_ca;
	spec.pathlen = k->ica_pathlen_short ? 0 : -1;
	spec.key_usage = k->ica_may_not_sign ? ASSAY_KU_CRL_SIGN :
	    ASSAY_KU_KEY_CERT_SIGN;
	if (k->ica_from != 0)
		spec.not_before = k->ica_from;
	if (k->ica_to != 0)
		spec.not_after = k->ica_to;
	add_extensions(&spec, &more, k->ica_eku, k->ica_critical);
	m.cert = made_cert(&spec, root, root->key);
	assay_buffer_free(&more.eku);
	return m;
}

static struct assay_cert *
make_leaf(const struct knobs *k, const struct made *by,
    const struct assay_signer *key)
{
	const struct assay_name_part name = { "CN", "aik" };
	struct more more = { assay_buffer(512), assay_buffer(512),
	    { { NULL, false, { NULL, 0 } } } };
	struct assay_cert_spec spec = made_spec(&name, key);
	struct made forger = { made_key("other"), by->cert };
	struct assay_cert *cert;

	if (k->no_subject)
		spec.n_subject = 0;
	spec.is_ca = k->leaf_is_ca;
	spec.pathlen = -1;
	if (k->leaf_usage != 0)
		spec.key_usage = k->leaf_usage == ~0u ? 0 : k->leaf_usage;
	if (k->leaf_from != 0)
		spec.not_before = k->leaf_from;
	if (k->leaf_to != 0)
		spec.not_after = k->leaf_to;
	add_extensions(&spec, &more, k->leaf_eku != NULL ? k->leaf_eku :
	    ASSAY_OID_AIK_CERTIFICATE, k->leaf_critical);
	if (!k->no_san) {
		put_san(&more.san, k);
		more.ext[spec.n_extensions++] = (struct assay_extension_spec){
		    "2.5.29.17", !k->san_not_critical,
		    assay_buffer_bytes(&more.san) };
	}
	cert = made_cert(&spec, k->signed_by_other ? &forger : by, NULL);
	assay_signer_free(forger.key);
	assay_buffer_free(&more.eku);
	assay_buffer_free(&more.san);
	return cert;
}

/* root - ica - (sub) - leaf, judged with the row's knobs. */
struct chain {
	struct made		 root, ica, sub;
	struct assay_signer	*key;
	struct assay_cert	*leaf;
};

static struct chain
make_chain(const struct knobs *k)
{
	struct chain c = { .root = made_ca("TPM root", NULL, -1),
	    .key = made_key("aik") };

	c.ica = make_ica(k, &c.root);
	c.sub = made_ca("sub", &c.ica, -1);
	c.leaf = make_leaf(k, k->ica_pathlen_short ? &c.sub : &c.ica, c.key);
	return c;
}

static void
free_chain(struct chain *c)
{
	made_free(&c->root);
	made_free(&c->ica);
	made_free(&c->sub);
	assay_signer_free(c->key);
	assay_cert_free(c->leaf);
}

static struct assay_tpm_roots
make_roots(const struct chain *c, const struct knobs *k)
{
	struct assay_buffer root = assay_buffer(8192), ica = assay_buffer(8192);
	struct assay_bytes texts[2];
	struct assay_tpm_roots roots;
	uint8_t revoked[2][32];
	struct assay_error err;
	struct assay_tpm_roots_config config = { .anchors = &texts[0],
	    .n_anchors = 1, .intermediates = &texts[1],
	    .n_intermediates = k->ica_not_given ? 0 : 1,
	    .revoked = (const uint8_t (*)[32])revoked };
	struct assay_signer *key = made_key("another root");
	const struct assay_name_part name = { "CN", "TPM root" };
	struct assay_cert_spec spec = made_spec(&name, key);
	struct assay_cert *unknown;

	spec.is_ca = true;
	spec.pathlen = -1;
	spec.key_usage = ASSAY_KU_KEY_CERT_SIGN;
	unknown = made_cert(&spec, NULL, key);
	assert_true(assay_cert_pem(k->root_not_given ? unknown : c->root.cert,
	    &root));
	assert_true(assay_cert_pem(c->sub.cert, &ica) &&
	    assay_cert_pem(c->ica.cert, &ica));
	texts[0] = assay_buffer_bytes(&root);
	texts[1] = assay_buffer_bytes(&ica);
	memset(revoked, 0x5a, sizeof(revoked));
	config.n_revoked = 2;
	if (k->revoke_leaf)
		assert_true(assay_tpm_fingerprint(c->leaf, revoked[1], &err));
	if (k->revoke_ica)
		assert_true(assay_tpm_fingerprint(c->ica.cert, revoked[0],
		    &err));
	if (!assay_tpm_roots_make(&config, &roots, &err))
		fail_msg("%s", err.text);
	assay_buffer_free(&root);
	assay_buffer_free(&ica);
	assay_cert_free(unknown);
	assay_signer_free(key);
	return roots;
}

static bool
only_failed(const struct assay_checks *checks, enum assay_check_id id)
{
	return checks->any_failed && checks->failed == id &&
	    !assay_checks_has(checks, id);
}

static void
judge_row(const struct row *row, struct test_table *t)
{
	struct chain c = make_chain(&row->k);
	struct assay_tpm_roots roots = make_roots(&c, &row->k);
	const struct assay_cert *extra[] = { c.ica.cert };
	struct assay_tpm_path path = { &roots, extra,
	    row->k.ica_comes_along ? 1 : 0, MADE_NOW };
	struct assay_signer *other = made_key("somebody's");
	struct assay_checks checks = { .any_failed = false };
	struct assay_error err = { .code = ASSAY_ERR_OK };
	struct assay_aik_info info;
	bool ok;

	ok = assay_aik_validate(c.leaf, &path, assay_signer_public(
	    row->k.other_key ? other : c.key), &checks, &info, &err);
	if (row->code == ASSAY_ERR_OK)
		test_row(t, row->name, ok && !checks.any_failed &&
		    strcmp(info.anchor, "CN=TPM root") == 0 &&
		    !info.builtin_anchor, "%s", err.text);
	else
		test_row(t, row->name, !ok && err.code == row->code &&
		    only_failed(&checks, row->check), "got %s, check %s: %s",
		    ok ? "OK" : assay_code_name(err.code), checks.any_failed ?
		    assay_check_name(checks.failed) : "none", err.text);
	made_assert_clean();
	assay_signer_free(other);
	assay_tpm_roots_free(&roots);
	free_chain(&c);
}

static void
judges_made_chains(void **state)
{
	struct test_table t = { .name = "AIK certificates" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		judge_row(&rows[i], &t);
	test_table_end(&t);
}

static void
every_check_has_a_row(void **state)
{
	static const enum assay_check_id ids[] = {
#define X(id, name, source) ASSAY_CHECK_##id,
		ASSAY_CHECKS_AIK(X)
#undef X
	};
	struct test_table t = { .name = "AIK checks with a row" };

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

/* A CA renewed its certificate: the one that is valid is taken. */
static void
prefers_a_valid_issuer(void **state)
{
	const struct knobs good = { 0 }, old = { .ica_to = MADE_NOW - 1 };
	struct chain c = make_chain(&good);
	struct made expired = make_ica(&old, &c.root);
	struct assay_tpm_roots roots = make_roots(&c, &good);
	const struct assay_cert *extra[] = { expired.cert };
	struct assay_tpm_path path = { &roots, extra, 1, MADE_NOW };
	struct assay_checks checks = { .any_failed = false };
	struct assay_aik_info info;
	struct assay_error err;

	(void)state;
	assert_true(assay_aik_validate(c.leaf, &path, NULL, &checks, &info,
	    &err));
	assert_false(assay_checks_has(&checks, ASSAY_CHECK_AIK_CERT_KEY));
	assert_true(assay_bytes_equal(info.tpm.model,
	    assay_bytes_of("swtpm")));
	assert_true(assay_bytes_equal(info.tpm.version,
	    assay_bytes_of("id:20191023")));
	made_free(&expired);
	assay_tpm_roots_free(&roots);
	free_chain(&c);
}

/* CAs that vouch for each other do not make an endless path. */
static void
ends_in_a_circle(void **state)
{
	struct made a = made_ca("a", NULL, -1), b = made_ca("b", NULL, -1);
	struct made leaf = made_leaf("leaf", &a), root = made_ca("r", NULL, -1);
	const struct assay_name_part names[] = { { "CN", "a" },
	    { "CN", "b" } };
	struct assay_cert_spec spec = made_spec(&names[0], a.key);
	struct assay_cert *a_by_b, *b_by_a;
	struct assay_buffer pem = assay_buffer(8192);
	struct assay_bytes text;
	struct assay_tpm_roots roots;
	struct assay_error err;
	struct assay_checks checks = { .any_failed = false };
	struct assay_aik_info info;
	struct assay_tpm_path path = { .roots = &roots, .now = MADE_NOW };
	const struct assay_cert *extra[2];

	(void)state;
	a_by_b = made_cert(&spec, &b, b.key);
	spec = made_spec(&names[1], b.key);
	b_by_a = made_cert(&spec, &a, a.key);
	extra[0] = a_by_b;
	extra[1] = b_by_a;
	path.extra = extra;
	path.n_extra = 2;
	assert_true(assay_cert_pem(root.cert, &pem));
	text = assay_buffer_bytes(&pem);
	assert_true(assay_tpm_roots_make(&(struct assay_tpm_roots_config){
	    .anchors = &text, .n_anchors = 1 }, &roots, &err));
	assert_false(assay_aik_validate(leaf.cert, &path, NULL, &checks,
	    &info, &err));
	test_assert_code("circle", &err, ASSAY_ERR_CERT_UNTRUSTED);
	assay_cert_free(a_by_b);
	assay_cert_free(b_by_a);
	made_free(&a);
	made_free(&b);
	made_free(&leaf);
	made_free(&root);
	assay_tpm_roots_free(&roots);
	assay_buffer_free(&pem);
}

static void
wants_an_anchor(void **state)
{
	struct assay_bytes junk = assay_bytes_of("junk");
	struct assay_tpm_roots roots;
	struct assay_error err;

	(void)state;
	assert_false(assay_tpm_roots_make(&(struct assay_tpm_roots_config){
	    .n_anchors = 0 }, &roots, &err));
	test_assert_code("none", &err, ASSAY_ERR_BAD_FIELD);
	assert_false(assay_tpm_roots_make(&(struct assay_tpm_roots_config){
	    .anchors = &junk, .n_anchors = 1 }, &roots, &err));
	assert_false(assay_tpm_roots_make(&(struct assay_tpm_roots_config){
	    .microsoft = true, .intermediates = &junk, .n_intermediates = 1 },
	    &roots, &err));
}

static void
takes_padding(void **state)
{
	struct made m = made_ca("padded", NULL, -1);
	struct assay_buffer in = assay_buffer(8192);
	struct assay_cert *cert;
	struct assay_error err;

	(void)state;
	assert_true(assay_buffer_put(&in, assay_cert_der(m.cert)));
	for (int pad = 0; pad < 2; pad++) {
		in.len = assay_cert_der(m.cert).len;
		assert_true(assay_buffer_fill(&in, pad ? 0xff : 0, 100));
		assert_true(assay_tpm_cert_parse(assay_buffer_bytes(&in),
		    &cert, &err));
		assert_true(assay_bytes_equal(assay_cert_der(cert),
		    assay_cert_der(m.cert)));
		assay_cert_free(cert);
		in.ptr[in.len - 1] = 1;
		assert_false(assay_tpm_cert_parse(assay_buffer_bytes(&in),
		    &cert, &err));
	}
	in.len = 10;
	assert_false(assay_tpm_cert_parse(assay_buffer_bytes(&in), &cert,
	    &err));
	assay_buffer_free(&in);
	made_free(&m);
}

/* Certificates of real CAs, with the roots that are built in. */
static const struct real {
	const char	*name, *leaf, *ica;
	int64_t		 now;
	enum assay_code	 code;
	const char	*anchor, *manufacturer;
} reals[] = {
	{ "azure", "azure-vtpm-certify-win365/ak_cert.der",
	    "azure-vtpm-certify-win365/ica.der", 1777507200, ASSAY_ERR_OK,
	    "Azure Virtual TPM Root Certificate Authority 2023", "" },
	{ "azure_without_intermediate",
	    "azure-vtpm-certify-win365/ak_cert.der", NULL, 1777507200,
	    ASSAY_ERR_CERT_UNTRUSTED, NULL, NULL },
	{ "azure_later", "azure-vtpm-certify-win365/ak_cert.der",
	    "azure-vtpm-certify-win365/ica.der", 1809000000,
	    ASSAY_ERR_CERT_EXPIRED, NULL, NULL },
	{ "azure_earlier", "azure-vtpm-certify-win365/ak_cert.der",
	    "azure-vtpm-certify-win365/ica.der", 1750000000,
	    ASSAY_ERR_CERT_NOT_YET_VALID, NULL, NULL },
	{ "azure_intermediate_as_aik", "azure-vtpm-certify-win365/ica.der",
	    NULL, 1777507200, ASSAY_ERR_CERT_PROFILE, NULL, NULL },
	{ "dell", "msaik-certify-dell-xps-13/x5c_0.der",
	    "msaik-certify-dell-xps-13/x5c_1.der", 1700000000, ASSAY_ERR_OK,
	    "Microsoft TPM Root Certificate Authority 2014", "id:4E544300" },
	{ "dell_today", "msaik-certify-dell-xps-13/x5c_0.der",
	    "msaik-certify-dell-xps-13/x5c_1.der", 1777507200,
	    ASSAY_ERR_CERT_EXPIRED, NULL, NULL },
	{ "dell_with_intermediate_of_azure",
	    "msaik-certify-dell-xps-13/x5c_0.der",
	    "azure-vtpm-certify-win365/ica.der", 1700000000,
	    ASSAY_ERR_CERT_UNTRUSTED, NULL, NULL },
	{ "lenovo", "msaik-certify-lenovo-carbon-x1/x5c_0.der",
	    "msaik-certify-lenovo-carbon-x1/x5c_1.der", 1700000000,
	    ASSAY_ERR_OK, "Microsoft TPM Root Certificate Authority 2014",
	    "id:" },
	{ "ecc_subject",
	    "msaik-certify-tpm-with-ecc-public-area-type/x5c_0.der",
	    "msaik-certify-tpm-with-ecc-public-area-type/x5c_1.der",
	    1700000000, ASSAY_ERR_OK,
	    "Microsoft TPM Root Certificate Authority 2014", "id:" },
};

static struct assay_cert *
read_cert(const char *name)
{
	struct assay_buffer der = test_read(test_shared_path("vectors/tpm/%s",
	    name));
	struct assay_cert *cert;
	struct assay_error err;

	if (!assay_cert_parse(assay_buffer_bytes(&der), &cert, &err))
		fail_msg("%s: %s", name, err.text);
	assay_buffer_free(&der);
	return cert;
}

static void
judge_real(const struct real *row, const struct assay_tpm_roots *roots,
    struct test_table *t)
{
	struct assay_cert *leaf = read_cert(row->leaf), *ica = NULL;
	const struct assay_cert *extra[1];
	struct assay_tpm_path path = { roots, extra, 0, row->now };
	struct assay_checks checks = { .any_failed = false };
	struct assay_error err = { .code = ASSAY_ERR_OK };
	struct assay_aik_info info = { .anchor = NULL };
	bool ok;

	if (row->ica != NULL) {
		extra[path.n_extra++] = ica = read_cert(row->ica);
	}
	ok = assay_aik_validate(leaf, &path, assay_cert_key(leaf), &checks,
	    &info, &err);
	test_row(t, row->name, ok == (row->code == ASSAY_ERR_OK) &&
	    err.code == row->code, "%s %s", assay_code_name(err.code),
	    err.text);
	if (ok)
		test_row(t, row->name, info.builtin_anchor &&
		    strcmp(info.anchor, row->anchor) == 0 &&
		    info.tpm.manufacturer.len >= strlen(row->manufacturer) &&
		    memcmp(row->manufacturer, row->manufacturer[0] == '\0' ?
		    "" : (const char *)info.tpm.manufacturer.ptr,
		    strlen(row->manufacturer)) == 0, "anchor %s",
		    info.anchor);
	assay_cert_free(leaf);
	assay_cert_free(ica);
}

static void
judges_real_chains(void **state)
{
	struct test_table t = { .name = "AIK certificates of real CAs" };
	struct assay_tpm_roots roots;
	struct assay_error err;

	(void)state;
	if (test_shared(t.name) == NULL)
		skip();
	assert_true(assay_tpm_roots_make(&(struct assay_tpm_roots_config){
	    .microsoft = true }, &roots, &err));
	for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++)
		judge_real(&reals[i], &roots, &t);
	assay_tpm_roots_free(&roots);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_made_chains),
		cmocka_unit_test(every_check_has_a_row),
		cmocka_unit_test(prefers_a_valid_issuer),
		cmocka_unit_test(ends_in_a_circle),
		cmocka_unit_test(wants_an_anchor),
		cmocka_unit_test(takes_padding),
		cmocka_unit_test(judges_real_chains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
