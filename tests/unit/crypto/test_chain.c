/* SPDX-License-Identifier: Apache-2.0 */
/* One good path, then one change in each row. */
#include <string.h>

#include "base/limits.h"
#include "crypto/chain.h"
#include "made.h"
#include "testlib.h"

struct world {
	struct made		 root, middle, leaf, other_root;
	struct assay_crl	*root_crl, *middle_crl;
};

static struct world
world(void)
{
	struct world w;

	w.root = made_ca("root", NULL, -1);
	w.middle = made_ca("middle", &w.root, 0);
	w.leaf = made_leaf("leaf", &w.middle);
	w.other_root = made_ca("other", NULL, -1);
	w.root_crl = made_crl(&w.root, NULL, 0);
	w.middle_crl = made_crl(&w.middle, NULL, 0);
	return w;
}

static void
world_free(struct world *w)
{
	made_free(&w->root);
	made_free(&w->middle);
	made_free(&w->leaf);
	made_free(&w->other_root);
	assay_crl_free(w->root_crl);
	assay_crl_free(w->middle_crl);
}

/* The leaf against one anchor, one intermediate and two lists, NULL: not
 * given. */
static enum assay_code
judge(const struct assay_cert *leaf, const struct assay_cert *anchor,
    const struct assay_cert *between, const struct assay_crl *a,
    const struct assay_crl *b, bool require, int64_t now,
    struct assay_error *err)
{
	const struct assay_crl *crls[2] = { a != NULL ? a : b, b };
	const struct assay_chain_params params = {
		.now = now,
		.anchors = &anchor,
		.n_anchors = anchor != NULL,
		.untrusted = &between,
		.n_untrusted = between != NULL,
		.crls = crls,
		.n_crls = (size_t)(a != NULL) + (b != NULL),
		.require_crl = require,
	};

	err->code = ASSAY_ERR_OK;
	err->text[0] = '\0';
	if (assay_chain_verify(leaf, &params, err))
		assert_int_equal(err->code, ASSAY_ERR_OK);
	else
		assert_int_not_equal(err->code, ASSAY_ERR_OK);
	made_assert_clean();
	return err->code;
}

static void
judges_paths(void **state)
{
	struct world w = world();
	struct assay_cert *leaf = w.leaf.cert, *mid = w.middle.cert;
	struct assay_cert *root = w.root.cert, *other = w.other_root.cert;
	const struct {
		const char		*name;
		const struct assay_cert	*leaf, *anchor, *between;
		const struct assay_crl	*a, *b;
		bool			 require;
		int64_t			 now;
		enum assay_code		 want;
	} rows[] = {
		{ "good", leaf, root, mid, NULL, NULL, false, MADE_NOW,
		    ASSAY_ERR_OK },
		{ "good_with_lists", leaf, root, mid, w.root_crl,
		    w.middle_crl, true, MADE_NOW, ASSAY_ERR_OK },
		{ "anchor_is_intermediate", leaf, mid, NULL, NULL, NULL,
		    false, MADE_NOW, ASSAY_ERR_OK },
		{ "anchor_is_leaf", leaf, leaf, NULL, NULL, NULL, true,
		    MADE_NOW, ASSAY_ERR_OK },
		{ "partial_list_not_required", leaf, root, mid, w.root_crl,
		    NULL, false, MADE_NOW, ASSAY_ERR_OK },
		{ "first_second", leaf, root, mid, NULL, NULL, false,
		    MADE_FROM, ASSAY_ERR_OK },
		{ "last_second", leaf, root, mid, NULL, NULL, false, MADE_TO,
		    ASSAY_ERR_OK },
		{ "no_anchor", leaf, NULL, mid, NULL, NULL, false, MADE_NOW,
		    ASSAY_ERR_CERT_UNTRUSTED },
		{ "other_anchor", leaf, other, mid, NULL, NULL, false,
		    MADE_NOW, ASSAY_ERR_CERT_UNTRUSTED },
		{ "no_intermediate", leaf, root, NULL, NULL, NULL, false,
		    MADE_NOW, ASSAY_ERR_CERT_UNTRUSTED },
		{ "root_only_untrusted", leaf, other, root, NULL, NULL, false,
		    MADE_NOW, ASSAY_ERR_CERT_UNTRUSTED },
		{ "too_early", leaf, root, mid, NULL, NULL, false,
		    MADE_FROM - 1, ASSAY_ERR_CERT_NOT_YET_VALID },
		{ "too_late", leaf, root, mid, NULL, NULL, false, MADE_TO + 1,
		    ASSAY_ERR_CERT_EXPIRED },
		{ "no_lists", leaf, root, mid, NULL, NULL, true, MADE_NOW,
		    ASSAY_ERR_CRL_MISSING },
		{ "one_list", leaf, root, mid, w.root_crl, NULL, true,
		    MADE_NOW, ASSAY_ERR_CRL_MISSING },
		{ "other_list", leaf, root, mid, w.middle_crl, NULL, true,
		    MADE_NOW, ASSAY_ERR_CRL_MISSING },
	};
	struct test_table t = { .name = "chain" };
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum assay_code got = judge(rows[i].leaf, rows[i].anchor,
		    rows[i].between, rows[i].a, rows[i].b, rows[i].require,
		    rows[i].now, &err);

		test_row(&t, rows[i].name, got == rows[i].want,
		    "got %s (%s), want %s", assay_code_name(got), err.text,
		    assay_code_name(rows[i].want));
	}
	world_free(&w);
	test_table_end(&t);
}

/* Lists: revoked, at both levels; out of date; too new; forged. */
static void
judges_lists(void **state)
{
	static const uint8_t serial[] = { 0x10, 0x01 };
	const struct assay_bytes serials[] = { { serial, 2 } };
	struct world w = world();
	struct made forger = { .key = made_key("forger"),
	    .cert = assay_cert_ref(w.middle.cert) };
	struct assay_crl *revoked = made_crl(&w.middle, serials, 1);
	struct assay_crl *revoked_ca = made_crl(&w.root, serials, 1);
	struct assay_crl *forged = made_crl(&forger, NULL, 0);
	const struct {
		const char		*name;
		const struct assay_crl	*a, *b;
		bool			 require;
		enum assay_code		 want;
	} rows[] = {
		{ "leaf_revoked", w.root_crl, revoked, true,
		    ASSAY_ERR_CERT_REVOKED },
		{ "leaf_revoked_not_required", NULL, revoked, false,
		    ASSAY_ERR_CERT_REVOKED },
		{ "ca_revoked", revoked_ca, w.middle_crl, true,
		    ASSAY_ERR_CERT_REVOKED },
		{ "forged", w.root_crl, forged, true, ASSAY_ERR_CRL_INVALID },
		{ "forged_not_required", NULL, forged, false,
		    ASSAY_ERR_CRL_INVALID },
	};
	struct test_table t = { .name = "chain_crl" };
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum assay_code got = judge(w.leaf.cert, w.root.cert,
		    w.middle.cert, rows[i].a, rows[i].b, rows[i].require,
		    MADE_NOW, &err);

		test_row(&t, rows[i].name, got == rows[i].want,
		    "got %s (%s), want %s", assay_code_name(got), err.text,
		    assay_code_name(rows[i].want));
	}
	assay_crl_free(revoked);
	assay_crl_free(revoked_ca);
	assay_crl_free(forged);
	made_free(&forger);
	world_free(&w);
	test_table_end(&t);
}

/* A list with these times, number and AKI, or their lack. */
static enum assay_code
judge_crl_spec(const struct world *w, const struct assay_crl_spec *spec,
    struct assay_error *err)
{
	struct assay_buffer der = assay_buffer(ASSAY_MAX_CRL_BYTES);
	struct assay_crl *crl = NULL;
	enum assay_code code;

	assert_true(assay_crl_issue(spec, w->middle.cert, w->middle.key, &der,
	    err));
	assert_true(assay_crl_parse(assay_buffer_bytes(&der), &crl, err));
	code = judge(w->leaf.cert, w->root.cert, w->middle.cert, w->root_crl,
	    crl, true, MADE_NOW, err);
	assay_crl_free(crl);
	assay_buffer_free(&der);
	return code;
}

static void
judges_list_fields(void **state)
{
	struct assay_crl_spec good = {
		.this_update = MADE_FROM,
		.next_update = MADE_TO,
		.number = 1,
	}, spec;
	struct world w = world();
	struct assay_error err;

	(void)state;
	assert_int_equal(judge_crl_spec(&w, &good, &err), ASSAY_ERR_OK);
	spec = good;
	spec.next_update = MADE_NOW - 1;
	assert_int_equal(judge_crl_spec(&w, &spec, &err),
	    ASSAY_ERR_CRL_EXPIRED);
	spec = good;
	spec.this_update = MADE_NOW + 1;
	assert_int_equal(judge_crl_spec(&w, &spec, &err),
	    ASSAY_ERR_CRL_INVALID);
	spec = good;
	spec.no_number = true;
	assert_int_equal(judge_crl_spec(&w, &spec, &err),
	    ASSAY_ERR_CRL_INVALID);
	world_free(&w);
}

struct profile_row {
	const char	*name;
	void		 (*change)(struct assay_cert_spec *ca,
			    struct assay_cert_spec *leaf);
	enum assay_code	 want;
};

static const uint8_t zero;
static const uint8_t null[] = { 0x05, 0x00 };
/* permitted: dNSName example.com */
static const uint8_t constraints[] = {
	0x30, 0x11, 0xa0, 0x0f, 0x30, 0x0d, 0x82, 0x0b, 'e', 'x', 'a', 'm',
	'p', 'l', 'e', '.', 'c', 'o', 'm',
};
static const struct assay_extension_spec unknown_critical[] = {
	{ "1.2.3.4", true, { null, sizeof(null) } },
};
static const struct assay_extension_spec constrained[] = {
	{ "2.5.29.30", true, { constraints, sizeof(constraints) } },
};
static const struct assay_extension_spec constrained_loosely[] = {
	{ "2.5.29.30", false, { constraints, sizeof(constraints) } },
};

static void
no_change(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	(void)ca;
	(void)leaf;
}

static void
not_a_ca(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	(void)leaf;
	ca->is_ca = false;
	ca->key_usage = ASSAY_KU_DIGITAL_SIGNATURE;
}

static void
no_basic_constraints(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	(void)leaf;
	ca->no_basic_constraints = true;
}

static void
no_cert_sign(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	(void)leaf;
	ca->key_usage = ASSAY_KU_CRL_SIGN;
}

static void
no_key_ids(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	(void)ca;
	leaf->no_key_ids = true;
}

static void
serial_zero(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	(void)ca;
	leaf->serial = (struct assay_bytes){ &zero, 1 };
}

static void
critical_in_leaf(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	(void)ca;
	leaf->extensions = unknown_critical;
	leaf->n_extensions = 1;
}

static void
critical_in_ca(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	(void)leaf;
	ca->extensions = unknown_critical;
	ca->n_extensions = 1;
}

static void
name_permitted(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	ca->extensions = constrained;
	ca->n_extensions = 1;
	leaf->dns_names = "a.example.com";
}

static void
name_not_permitted(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	name_permitted(ca, leaf);
	leaf->dns_names = "a.example.org";
}

static void
wildcard(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	name_permitted(ca, leaf);
	leaf->dns_names = "*.example.com";
}

static void
constraints_not_critical(struct assay_cert_spec *ca,
    struct assay_cert_spec *leaf)
{
	name_permitted(ca, leaf);
	ca->extensions = constrained_loosely;
}

static void
constraints_in_leaf(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	(void)ca;
	leaf->extensions = constrained;
	leaf->n_extensions = 1;
}

static void
leaf_too_long_ago(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	(void)ca;
	leaf->not_after = MADE_NOW - 1;
}

static void
ca_not_yet(struct assay_cert_spec *ca, struct assay_cert_spec *leaf)
{
	(void)leaf;
	ca->not_before = MADE_NOW + 1;
}

static const struct profile_row profile_rows[] = {
	{ "good", no_change, ASSAY_ERR_OK },
	{ "name_permitted", name_permitted, ASSAY_ERR_OK },
	{ "not_a_ca", not_a_ca, ASSAY_ERR_CERT_PROFILE },
	{ "no_basic_constraints", no_basic_constraints,
	    ASSAY_ERR_CERT_PROFILE },
	{ "no_cert_sign", no_cert_sign, ASSAY_ERR_CERT_PROFILE },
	{ "no_key_ids", no_key_ids, ASSAY_ERR_CERT_PROFILE },
	{ "serial_zero", serial_zero, ASSAY_ERR_CERT_PROFILE },
	{ "critical_in_leaf", critical_in_leaf, ASSAY_ERR_CERT_PROFILE },
	{ "critical_in_ca", critical_in_ca, ASSAY_ERR_CERT_PROFILE },
	{ "name_not_permitted", name_not_permitted, ASSAY_ERR_CERT_PROFILE },
	{ "wildcard", wildcard, ASSAY_ERR_CERT_PROFILE },
	{ "constraints_not_critical", constraints_not_critical,
	    ASSAY_ERR_CERT_PROFILE },
	{ "constraints_in_leaf", constraints_in_leaf,
	    ASSAY_ERR_CERT_PROFILE },
	{ "leaf_expired", leaf_too_long_ago, ASSAY_ERR_CERT_EXPIRED },
	{ "ca_not_yet_valid", ca_not_yet, ASSAY_ERR_CERT_NOT_YET_VALID },
};

static void
run_profile_row(const struct profile_row *row, const struct made *root,
    struct test_table *t)
{
	const struct assay_name_part ca_name = { "CN", "ca" };
	const struct assay_name_part leaf_name = { "CN", "leaf" };
	struct made ca = { .key = made_key("ca") };
	struct made leaf = { .key = made_key("leaf") };
	struct assay_cert_spec ca_spec = made_spec(&ca_name, ca.key);
	struct assay_cert_spec leaf_spec = made_spec(&leaf_name, leaf.key);
	struct assay_error err;
	enum assay_code got;

	ca_spec.is_ca = true;
	ca_spec.key_usage = ASSAY_KU_KEY_CERT_SIGN | ASSAY_KU_CRL_SIGN;
	row->change(&ca_spec, &leaf_spec);
	ca.cert = made_cert(&ca_spec, root, ca.key);
	leaf.cert = made_cert(&leaf_spec, &ca, leaf.key);
	got = judge(leaf.cert, root->cert, ca.cert, NULL, NULL, false,
	    MADE_NOW, &err);
	test_row(t, row->name, got == row->want, "got %s (%s), want %s",
	    assay_code_name(got), err.text, assay_code_name(row->want));
	if (got != ASSAY_ERR_OK)	/* the text says who */
		assert_non_null(strstr(err.text, "CN="));
	made_free(&ca);
	made_free(&leaf);
}

static void
judges_profile(void **state)
{
	struct test_table t = { .name = "chain_profile" };
	struct made root = made_ca("root", NULL, -1);

	(void)state;
	for (size_t i = 0; i < sizeof(profile_rows) /
	    sizeof(profile_rows[0]); i++)
		run_profile_row(&profile_rows[i], &root, &t);
	made_free(&root);
	test_table_end(&t);
}

static void
minds_lengths(void **state)
{
	struct made ca[ASSAY_MAX_CHAIN_CERTS + 1];
	const struct assay_cert *between[ASSAY_MAX_CHAIN_CERTS + 1];
	const struct assay_cert *many[ASSAY_MAX_CHAIN_UNTRUSTED + 1];
	struct assay_chain_params params = { .now = MADE_NOW,
	    .n_anchors = 1, .untrusted = between };
	struct assay_error err;
	char name[16] = "ca A";

	(void)state;
	for (size_t i = 0; i < ASSAY_MAX_CHAIN_CERTS + 1; i++) {
		name[3] = (char)('A' + i);
		ca[i] = made_ca(name, i != 0 ? &ca[i - 1] : NULL, -1);
		between[i] = ca[i].cert;
	}
	params.anchors = &between[0];
	params.n_untrusted = ASSAY_MAX_CHAIN_CERTS + 1;
	assert_true(assay_chain_verify(between[ASSAY_MAX_CHAIN_CERTS - 1],
	    &params, &err));
	assert_false(assay_chain_verify(between[ASSAY_MAX_CHAIN_CERTS],
	    &params, &err));
	test_assert_code("too_long", &err, ASSAY_ERR_CERT_UNTRUSTED);
	for (size_t i = 0; i < ASSAY_MAX_CHAIN_UNTRUSTED + 1; i++)
		many[i] = ca[0].cert;
	params.untrusted = many;
	params.n_untrusted = ASSAY_MAX_CHAIN_UNTRUSTED + 1;
	assert_false(assay_chain_verify(between[0], &params, &err));
	test_assert_code("too_many", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	for (size_t i = 0; i < ASSAY_MAX_CHAIN_CERTS + 1; i++)
		made_free(&ca[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_paths),
		cmocka_unit_test(judges_lists),
		cmocka_unit_test(judges_list_fields),
		cmocka_unit_test(judges_profile),
		cmocka_unit_test(minds_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
