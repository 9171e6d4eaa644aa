/* SPDX-License-Identifier: Apache-2.0 */
/* Several tcbEvaluationDataNumbers side by side: which is found by what. */
#include <stdio.h>
#include <string.h>

#include "app/collateral_set.h"
#include "testlib.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t fmspc[6] = { 1, 2, 3, 4, 5, 6 };

/* Text of the body says what it is. */
static void
put(struct assay_collateral_list *list, struct assay_collateral_item item)
{
	struct assay_error err;
	char body[64];

	if (item.kind == ASSAY_COLLATERAL_TCB_INFO)
		memcpy(item.fmspc, fmspc, sizeof(fmspc));
	(void)snprintf(body, sizeof(body), "%s %u %lld",
	    assay_collateral_kind_name(item.kind), item.number,
	    (long long)item.issued);
	item.body = assay_bytes_of(body);
	assert_true(assay_collateral_list_add(list, &item, &err));
}

static struct assay_collateral_set *
make_set(const struct assay_collateral_item *items, size_t n)
{
	struct assay_collateral_list *list = assay_collateral_list_new();
	struct assay_collateral_set *set;
	struct assay_error err;

	assert_non_null(list);
	for (size_t i = 0; i < n; i++)
		put(list, items[i]);
	assert_true(assay_collateral_set_new(ASSAY_COLLATERAL_BY_IDENTIFIER,
	    &set, &err));
	assay_collateral_set_replace(set, list);
	return set;
}

#define TCB	.kind = ASSAY_COLLATERAL_TCB_INFO
#define QE	.kind = ASSAY_COLLATERAL_QE_IDENTITY

static const struct assay_collateral_item held[] = {
	{ TCB, .number = 18, .aside = true },
	{ TCB, .number = 17, .issued = 1 },
	{ TCB, .number = 17, .issued = 2 },
	{ TCB, .number = 16, .aside = true },
	{ QE, .number = 18, .aside = true },
	{ QE, .number = 17 },
	{ QE, .number = 15, .aside = true },
};

static const struct {
	const char	*name;
	uint32_t	 number;
	const char	*tcb, *qe;	/* NULL: missing */
} rows[] = {
	{ "default", 0, "tcb_info 17 2", "qe_identity 17 0" },
	{ "the_default_by_its_number", 17, "tcb_info 17 2",
	    "qe_identity 17 0" },
	{ "later", 18, "tcb_info 18 0", "qe_identity 18 0" },
	{ "earlier_has_no_identity", 16, "tcb_info 16 0", "" },
	{ "identity_without_tcb_info", 15, NULL, NULL },
	{ "unknown", 19, NULL, NULL },
};

static bool
is(struct assay_bytes body, const char *text)
{
	return body.len == strlen(text) && (body.len == 0 ||
	    memcmp(body.ptr, text, body.len) == 0);
}

static void
by_number(void **state)
{
	struct test_table t = { .name = "numbers" };
	struct assay_collateral_set *set = make_set(held, COUNT(held));
	struct assay_collateral_source source =
	    assay_collateral_set_source(set);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct assay_dcap_wanted wanted = {
			.tcb_evaluation_data_number = rows[i].number };
		struct assay_dcap_collateral found = { 0 };
		struct assay_error err = { ASSAY_ERR_OK, "" };
		uint64_t generation;
		void *token = NULL;
		bool ok;

		memcpy(wanted.fmspc, fmspc, sizeof(fmspc));
		ok = source.find(source.ctx, &wanted, &found, &token,
		    &generation, &err);
		test_row(&t, rows[i].name, rows[i].tcb == NULL ? !ok &&
		    err.code == ASSAY_ERR_COLLATERAL_MISSING :
		    ok && is(found.tcb_info, rows[i].tcb) &&
		    is(found.qe_identity, rows[i].qe), "%s %.*s", err.text,
		    (int)found.tcb_info.len,
		    (const char *)found.tcb_info.ptr);
		if (ok)
			source.release(source.ctx, token);
	}
	assay_collateral_set_free(set);
	test_table_end(&t);
}

/* What was the default is gone: nothing else steps into its place. */
static void
none_by_default(void **state)
{
	static const struct assay_collateral_item aside[] = {
		{ TCB, .number = 16, .aside = true } };
	struct assay_collateral_set *set = make_set(aside, COUNT(aside));
	struct assay_collateral_source source =
	    assay_collateral_set_source(set);
	struct assay_dcap_wanted wanted = { 0 };
	struct assay_dcap_collateral found;
	struct assay_error err;
	uint64_t generation;
	void *token;

	(void)state;
	memcpy(wanted.fmspc, fmspc, sizeof(fmspc));
	assert_false(source.find(source.ctx, &wanted, &found, &token,
	    &generation, &err));
	assert_int_equal(err.code, ASSAY_ERR_COLLATERAL_MISSING);
	assert_non_null(strstr(err.text, "16 is held"));
	wanted.tcb_evaluation_data_number = 16;
	assert_true(source.find(source.ctx, &wanted, &found, &token,
	    &generation, &err));
	source.release(source.ctx, token);
	assay_collateral_set_free(set);
}

static void
what_is_lacking(void **state)
{
	struct assay_collateral_set *set = make_set(held, COUNT(held));
	struct assay_dcap_wanted wanted = { 0 };
	const struct assay_grace any = { .any_age = true };
	struct assay_collateral_lack lack;

	(void)state;
	memcpy(wanted.fmspc, fmspc, sizeof(fmspc));
	assay_collateral_set_lacks(set, &wanted, 0, &any, &lack);
	assert_int_equal(lack.n, 2);	/* the revocation lists */
	wanted.tcb_evaluation_data_number = 16;
	assay_collateral_set_lacks(set, &wanted, 0, &any, &lack);
	assert_int_equal(lack.n, 3);
	assert_int_equal(lack.item[0].kind, ASSAY_COLLATERAL_QE_IDENTITY);
	assert_int_equal(lack.item[0].number, 16);
	assay_collateral_set_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_number),
		cmocka_unit_test(none_by_default),
		cmocka_unit_test(what_is_lacking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
