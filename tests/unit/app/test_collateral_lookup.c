/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the held documents answers a question. */
#include <string.h>

#include "app/collateral_set.h"
#include "testlib.h"

#define SGX	ASSAY_TEE_SGX
#define TDX	ASSAY_TEE_TDX
#define PLATFORM ASSAY_PCK_CA_PLATFORM
#define PROCESSOR ASSAY_PCK_CA_PROCESSOR

/* The body is the document's name; its chain "chain of" that. */
struct held {
	const char			*body;
	enum assay_collateral_kind	 kind;
	enum assay_tee			 tee;
	uint8_t				 fmspc;		/* its last byte */
	enum assay_pck_ca		 ca;
	uint32_t			 number;
	int64_t				 issued, next;
};

static const struct held held[] = {
	{ "tcb 1", ASSAY_COLLATERAL_TCB_INFO, SGX, 1, 0, 16, 100, 200 },
	{ "tcb 1 new", ASSAY_COLLATERAL_TCB_INFO, SGX, 1, 0, 17, 90, 200 },
	{ "tcb 1 newer", ASSAY_COLLATERAL_TCB_INFO, SGX, 1, 0, 17, 95, 205 },
	{ "tcb 1 tdx", ASSAY_COLLATERAL_TCB_INFO, TDX, 1, 0, 17, 95, 205 },
	{ "tcb 2", ASSAY_COLLATERAL_TCB_INFO, SGX, 2, 0, 0, 100, 200 },
	{ "tcb 4", ASSAY_COLLATERAL_TCB_INFO, SGX, 4, 0, 18, 100, 200 },
	{ "qe 16", ASSAY_COLLATERAL_QE_IDENTITY, SGX, 0, 0, 16, 100, 200 },
	{ "qe 17", ASSAY_COLLATERAL_QE_IDENTITY, SGX, 0, 0, 17, 80, 300 },
	{ "qe tdx", ASSAY_COLLATERAL_QE_IDENTITY, TDX, 0, 0, 17, 80, 300 },
	{ "crl old", ASSAY_COLLATERAL_PCK_CRL, 0, 0, PLATFORM, 0, 100, 150 },
	{ "crl", ASSAY_COLLATERAL_PCK_CRL, 0, 0, PLATFORM, 0, 140, 180 },
	{ "crl proc", ASSAY_COLLATERAL_PCK_CRL, 0, 0, PROCESSOR, 0, 150,
	    180 },
	{ "root crl", ASSAY_COLLATERAL_ROOT_CA_CRL, 0, 0, 0, 0, 100, 400 },
	{ "pck chain", ASSAY_COLLATERAL_PCK_CHAIN, 0, 1, 0, 0, 0, 0 },
};
#define N_HELD (sizeof(held) / sizeof(held[0]))

static struct assay_collateral_list *
list_of(const struct held *rows, size_t n)
{
	struct assay_collateral_list *list = assay_collateral_list_new();
	struct assay_error err;

	assert_non_null(list);
	for (size_t i = 0; i < n; i++) {
		/* Backwards: the order given is not the order of a set. */
		const struct held *h = &rows[n - 1 - i];
		struct assay_collateral_item item = { .kind = h->kind,
			.tee = h->tee, .fmspc = { 0, 0, 0, 0, 0, h->fmspc },
			.ca = h->ca, .number = h->number,
			.issued = h->issued, .next = h->next,
			.body = assay_bytes_of(h->body), .source = "test" };

		if (h->kind == ASSAY_COLLATERAL_TCB_INFO)
			item.chain = assay_bytes_of("chain of tcb");
		if (h->kind == ASSAY_COLLATERAL_QE_IDENTITY)
			item.chain = assay_bytes_of("chain of qe");
		if (!assay_collateral_list_add(list, &item, &err))
			fail_msg("%s", err.text);
	}
	return list;
}

static struct assay_collateral_set *
make_set(enum assay_collateral_lookup lookup)
{
	struct assay_collateral_set *set = NULL;
	struct assay_error err;

	assert_true(assay_collateral_set_new(lookup, &set, &err));
	return set;
}

static bool
is(struct assay_bytes got, const char *want)
{
	return assay_bytes_equal(got, assay_bytes_of(want));
}

static struct assay_dcap_wanted
wanted_of(enum assay_tee tee, uint8_t fmspc, enum assay_pck_ca ca,
    uint32_t number)
{
	return (struct assay_dcap_wanted){ .fmspc = { 0, 0, 0, 0, 0, fmspc },
		.ca = ca, .tee = tee, .tcb_evaluation_data_number = number };
}

static const struct {
	const char		*name;
	enum assay_tee		 tee;
	uint8_t			 fmspc;
	enum assay_pck_ca	 ca;
	uint32_t		 number;
	const char		*tcb;		/* NULL: none */
	const char		*qe, *crl, *pck;
} questions[] = {
	{ "highest_number_then_date", SGX, 1, PLATFORM, 0, "tcb 1 newer",
	    "qe 17", "crl", "pck chain" },
	{ "by_number", SGX, 1, PLATFORM, 16, "tcb 1", "qe 16", "crl",
	    "pck chain" },
	{ "another_tee", TDX, 1, PLATFORM, 0, "tcb 1 tdx", "qe tdx", "crl",
	    "pck chain" },
	{ "another_ca", SGX, 1, PROCESSOR, 0, "tcb 1 newer", "qe 17",
	    "crl proc", "pck chain" },
	{ "without_number", SGX, 2, PLATFORM, 0, "tcb 2", "qe 17", "crl",
	    "" },
	/* The default takes what there is; a number does not. */
	{ "no_identity_of_its_number", SGX, 4, PLATFORM, 0, "tcb 4",
	    "qe 17", "crl", "" },
	{ "nor_for_the_number", SGX, 4, PLATFORM, 18, "tcb 4", "", "crl",
	    "" },
	{ "number_not_held", SGX, 1, PLATFORM, 18, NULL, "", "", "" },
	{ "fmspc_not_held", SGX, 3, PLATFORM, 0, NULL, "", "", "" },
	{ "tee_not_held", TDX, 2, PLATFORM, 0, NULL, "", "", "" },
};

static void
documents_by_identifier(void **state)
{
	struct test_table t = { "questions", 0, 0 };
	struct assay_collateral_set *set =
	    make_set(ASSAY_COLLATERAL_BY_IDENTIFIER);
	struct assay_collateral_source source =
	    assay_collateral_set_source(set);

	(void)state;
	assay_collateral_set_replace(set, list_of(held, N_HELD));
	assert_int_equal(assay_collateral_set_count(set), N_HELD);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]);
	    i++) {
		struct assay_dcap_wanted wanted = wanted_of(questions[i].tee,
		    questions[i].fmspc, questions[i].ca, questions[i].number);
		struct assay_error err = { ASSAY_ERR_OK, "" };
		struct assay_dcap_collateral c = { 0 };
		void *token = NULL;
		uint64_t generation = 0;
		bool ok = source.find(source.ctx, &wanted, &c, &token,
		    &generation, &err);

		if (questions[i].tcb == NULL) {
			test_row(&t, questions[i].name, !ok &&
			    err.code == ASSAY_ERR_COLLATERAL_MISSING, "%s",
			    err.text);
			continue;
		}
		test_row(&t, questions[i].name, ok &&
		    is(c.tcb_info, questions[i].tcb) &&
		    is(c.tcb_info_chain, "chain of tcb") &&
		    is(c.qe_identity, questions[i].qe) &&
		    is(c.qe_identity_chain, *questions[i].qe == '\0' ? "" :
		    "chain of qe") && is(c.pck_crl, questions[i].crl) &&
		    is(c.pck_chain, questions[i].pck) &&
		    is(c.root_ca_crl, "root crl"), "%s %.*s", err.text,
		    (int)c.tcb_info.len, (const char *)c.tcb_info.ptr);
		source.release(source.ctx, token);
	}
	test_table_end(&t);
	assay_collateral_set_free(set);
}

static void
what_is_missing_is_named(void **state)
{
	struct assay_collateral_set *set =
	    make_set(ASSAY_COLLATERAL_BY_IDENTIFIER);
	struct assay_collateral_source source =
	    assay_collateral_set_source(set);
	struct assay_dcap_wanted wanted = wanted_of(TDX, 0xab, PLATFORM, 21);
	struct assay_dcap_collateral c;
	struct assay_error err;
	uint64_t generation;
	void *token;

	(void)state;
	/* An empty set says so as well. */
	assert_false(source.find(source.ctx, &wanted, &c, &token, &generation,
	    &err));
	test_assert_code("empty", &err, ASSAY_ERR_COLLATERAL_MISSING);
	assert_string_equal(err.text, "no TDX TCB info for FMSPC "
	    "0000000000ab (PCK Platform CA) with tcbEvaluationDataNumber 21 "
	    "is held");
	assay_collateral_set_free(set);
}

/* Old content lives as long as somebody holds it. */
static void
content_changes_in_one_step(void **state)
{
	struct assay_collateral_set *set =
	    make_set(ASSAY_COLLATERAL_BY_IDENTIFIER);
	struct assay_collateral_source source =
	    assay_collateral_set_source(set);
	struct assay_dcap_wanted wanted = wanted_of(SGX, 2, PLATFORM, 0);
	struct assay_dcap_collateral before, after;
	uint64_t empty = source.generation(source.ctx), old = 0, new = 0;
	struct assay_error err;
	void *was = NULL, *is_now = NULL;

	(void)state;
	assay_collateral_set_replace(set, list_of(held, N_HELD));
	assert_true(source.find(source.ctx, &wanted, &before, &was, &old,
	    &err));
	assert_true(old != empty && old == source.generation(source.ctx));
	assay_collateral_set_replace(set, list_of(&held[4], 1));
	assert_true(source.find(source.ctx, &wanted, &after, &is_now, &new,
	    &err));
	assert_true(new != old && new == source.generation(source.ctx));
	assert_true(is(before.pck_crl, "crl"));
	assert_true(is(after.tcb_info, "tcb 2") && after.pck_crl.len == 0);
	assert_ptr_not_equal(before.tcb_info.ptr, after.tcb_info.ptr);
	source.release(source.ctx, was);
	source.release(source.ctx, is_now);
	assay_collateral_set_free(set);
}

static void
somebody_chose_it(void **state)
{
	struct assay_collateral_set *set = make_set(ASSAY_COLLATERAL_AS_IS);
	struct assay_collateral_source source =
	    assay_collateral_set_source(set);
	/* Of another platform: whether it fits is the verifier's to say. */
	struct assay_dcap_wanted wanted = wanted_of(TDX, 9, PROCESSOR, 99);
	struct assay_dcap_collateral c = { 0 };
	struct assay_error err;
	uint64_t generation;
	void *token = NULL;

	(void)state;
	assay_collateral_set_replace(set, list_of(&held[4], 9));
	assert_true(source.find(source.ctx, &wanted, &c, &token, &generation,
	    &err));
	assert_true(is(c.tcb_info, "tcb 2") && is(c.root_ca_crl, "root crl"));
	source.release(source.ctx, token);
	assay_collateral_set_free(set);
}

static const struct {
	const char	*name;
	uint8_t		 fmspc;
	uint32_t	 number;
	int64_t		 now, grace;
	const char	*lacks;		/* a letter for each: T Q C R */
} lacking[] = {
	{ "nothing", 1, 0, 180, 0, "" },
	{ "a_list_expired", 1, 0, 181, 0, "C" },
	{ "within_grace", 1, 0, 190, 10, "" },
	{ "beyond_grace", 1, 0, 191, 10, "C" },
	{ "tcb_info_too", 1, 0, 206, 0, "TC" },
	{ "all_expired", 1, 0, 1000, 0, "TQCR" },
	{ "any_grace", 1, 0, 1000, INT64_MAX, "" },
	{ "another_platform", 3, 0, 150, INT64_MAX, "T" },
	{ "another_number", 1, 18, 150, INT64_MAX, "TQ" },
};

static void
what_to_fetch(void **state)
{
	static const char letters[] = { [ASSAY_COLLATERAL_TCB_INFO] = 'T',
		[ASSAY_COLLATERAL_QE_IDENTITY] = 'Q',
		[ASSAY_COLLATERAL_PCK_CRL] = 'C',
		[ASSAY_COLLATERAL_ROOT_CA_CRL] = 'R' };
	struct test_table t = { "lacking", 0, 0 };
	struct assay_collateral_set *set =
	    make_set(ASSAY_COLLATERAL_BY_IDENTIFIER);
	struct assay_dcap_wanted wanted = wanted_of(SGX, 1, PLATFORM, 0);
	const struct assay_grace any = { .any_age = true };
	struct assay_collateral_lack lack;

	(void)state;
	assay_collateral_set_lacks(set, &wanted, 0, &any, &lack);
	assert_int_equal(lack.n, 4);	/* an empty set lacks all */
	assay_collateral_set_replace(set, list_of(held, N_HELD));
	for (size_t i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++) {
		const int64_t s = lacking[i].grace;
		const struct assay_grace grace = { { 0, s, s, s, s },
			s == INT64_MAX };
		char got[5] = "";

		wanted = wanted_of(SGX, lacking[i].fmspc, PLATFORM,
		    lacking[i].number);
		assay_collateral_set_lacks(set, &wanted, lacking[i].now,
		    &grace, &lack);
		for (size_t j = 0; j < lack.n; j++)
			got[j] = letters[lack.item[j].kind];
		test_row(&t, lacking[i].name,
		    strcmp(got, lacking[i].lacks) == 0, "lacks %s", got);
	}
	test_table_end(&t);
	assay_collateral_set_free(set);
}

static bool
stop_at_third(void *ctx, const struct assay_collateral_item *item,
    struct assay_error *err)
{
	size_t *n = ctx;

	(void)item;
	return ++*n < 3 || assay_fail(err, ASSAY_ERR_INTERNAL, "third");
}

static void
every_item_is_seen(void **state)
{
	struct assay_collateral_set *set =
	    make_set(ASSAY_COLLATERAL_BY_IDENTIFIER);
	struct assay_collateral_list *copy = assay_collateral_list_new();
	struct assay_error err;
	size_t n = 0;

	(void)state;
	assert_non_null(copy);
	assert_true(assay_collateral_set_each(set, stop_at_third, &n, &err));
	assert_int_equal(n, 0);
	assay_collateral_set_replace(set, list_of(held, N_HELD));
	assert_false(assay_collateral_set_each(set, stop_at_third, &n, &err));
	assert_int_equal(n, 3);
	assert_string_equal(err.text, "third");
	assert_true(assay_collateral_set_copy(set, copy, &err));
	assert_int_equal(copy->n, N_HELD);
	assay_collateral_set_free(set);
	/* The copy does not borrow. */
	assert_string_equal(copy->items[0].source, "test");
	assay_collateral_list_free(copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_by_identifier),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(content_changes_in_one_step),
		cmocka_unit_test(somebody_chose_it),
		cmocka_unit_test(what_to_fetch),
		cmocka_unit_test(every_item_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
