/* SPDX-License-Identifier: Apache-2.0 */
#include "app/key_schedule.h"
#include "testlib.h"

#define D	ASSAY_DAY
#define T0	(1800000000)

/* Three generations: a until day 90, b until 180, c from there. */
static const struct assay_key_times three[] = {
	{ .created = T0, .active = T0 },
	{ .created = T0, .active = T0 + 90 * D },
	{ .created = T0 + 90 * D, .active = T0 + 180 * D },
};

#define USED_UNTIL	(90 * D + ASSAY_KEY_TOKEN_LIFETIME + ASSAY_KEY_SKEW)

static void
states(void **state)
{
	static const struct {
		int64_t			 at;	/* from T0 */
		enum assay_key_state	 a, b, c;
	} rows[] = {
		{ -D, ASSAY_KEY_IN_USE, ASSAY_KEY_NEXT, ASSAY_KEY_NEXT },
		{ 0, ASSAY_KEY_IN_USE, ASSAY_KEY_NEXT, ASSAY_KEY_NEXT },
		{ 90 * D - 1, ASSAY_KEY_IN_USE, ASSAY_KEY_NEXT,
		    ASSAY_KEY_NEXT },
		{ 90 * D, ASSAY_KEY_USED, ASSAY_KEY_IN_USE, ASSAY_KEY_NEXT },
		{ USED_UNTIL - 1, ASSAY_KEY_USED, ASSAY_KEY_IN_USE,
		    ASSAY_KEY_NEXT },
		{ USED_UNTIL, ASSAY_KEY_GONE, ASSAY_KEY_IN_USE,
		    ASSAY_KEY_NEXT },
		{ 180 * D, ASSAY_KEY_GONE, ASSAY_KEY_USED,
		    ASSAY_KEY_IN_USE },
		{ 9999 * D, ASSAY_KEY_GONE, ASSAY_KEY_GONE,
		    ASSAY_KEY_IN_USE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t now = T0 + rows[i].at;

		assert_int_equal(assay_key_state(three, 3, 0, now),
		    rows[i].a);
		assert_int_equal(assay_key_state(three, 3, 1, now),
		    rows[i].b);
		assert_int_equal(assay_key_state(three, 3, 2, now),
		    rows[i].c);
	}
}

static void
published_states(void **state)
{
	(void)state;
	assert_true(assay_key_published(ASSAY_KEY_NEXT));
	assert_true(assay_key_published(ASSAY_KEY_IN_USE));
	assert_true(assay_key_published(ASSAY_KEY_USED));
	assert_false(assay_key_published(ASSAY_KEY_GONE));
	assert_false(assay_key_published(ASSAY_KEY_WITHDRAWN));
}

/* A report of a TPM that lives for a year keeps its key for a year. */
static void
covers_keep_it_published(void **state)
{
	struct assay_key_times keys[2] = { three[0], three[1] };

	(void)state;
	keys[0].covers = T0 + 400 * D;
	assert_int_equal(assay_key_until(keys, 2, 0),
	    T0 + 400 * D + ASSAY_KEY_SKEW);
	assert_int_equal(assay_key_state(keys, 2, 0, T0 + 400 * D),
	    ASSAY_KEY_USED);
	assert_int_equal(assay_key_state(keys, 2, 0, T0 + 401 * D),
	    ASSAY_KEY_GONE);
	/* What it never needs it does not shorten. */
	keys[0].covers = T0 + 1;
	assert_int_equal(assay_key_until(keys, 2, 0), T0 + USED_UNTIL);
	assert_true(assay_key_until(keys, 2, 1) == INT64_MAX);
}

static void
withdrawn_are_passed_over(void **state)
{
	struct assay_key_times keys[3] = { three[0], three[1], three[2] };

	(void)state;
	keys[1].withdrawn = T0 + 1;
	assert_int_equal(assay_key_in_use(keys, 3, T0 + 100 * D), 0);
	assert_int_equal(assay_key_state(keys, 3, 1, T0), ASSAY_KEY_WITHDRAWN);
	assert_int_equal(assay_key_until(keys, 3, 0), T0 + 180 * D +
	    ASSAY_KEY_TOKEN_LIFETIME + ASSAY_KEY_SKEW);
	keys[0].withdrawn = T0 + 1;
	assert_int_equal(assay_key_in_use(keys, 3, T0 + 100 * D), 2);
	keys[2].withdrawn = T0 + 1;
	assert_int_equal(assay_key_in_use(keys, 3, T0 + 100 * D), 3);
	assert_true(assay_key_boundary(keys, 3, T0) == INT64_MAX);
}

/* Every change of an answer is at a boundary, and every boundary is one. */
static void
boundaries(void **state)
{
	static const int64_t want[] = { 90 * D, USED_UNTIL, 180 * D,
		180 * D + ASSAY_KEY_TOKEN_LIFETIME + ASSAY_KEY_SKEW };
	int64_t now = T0;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		now = assay_key_boundary(three, 3, now);
		assert_int_equal(now, T0 + want[i]);
	}
	assert_true(assay_key_boundary(three, 3, now) == INT64_MAX);
	assert_int_equal(assay_key_boundary(three, 3, T0 - 5), T0);
}

static void
first_use(void **state)
{
	(void)state;
	/* None before it: at once. */
	assert_int_equal(assay_key_first_use(NULL, 0, 90 * D, T0), T0);
	/* In time: when the one before has had its days. */
	assert_int_equal(assay_key_first_use(three, 1, 90 * D, T0 + 5),
	    T0 + 90 * D);
	/* Late (the service was off): never before a day of publication. */
	assert_int_equal(assay_key_first_use(three, 1, 90 * D,
	    T0 + 90 * D - 5), T0 + 91 * D - 5);
	assert_int_equal(assay_key_first_use(three, 1, 90 * D,
	    T0 + 200 * D), T0 + 201 * D);
}

static void
order(void **state)
{
	struct assay_key_times a = { .created = 1, .active = 5 },
	    b = { .created = 2, .active = 5 }, c = { .created = 0,
	    .active = 6 };

	(void)state;
	assert_true(assay_key_order(&a, &b) < 0);
	assert_true(assay_key_order(&b, &a) > 0);
	assert_true(assay_key_order(&b, &c) < 0);
	assert_true(assay_key_order(&a, &a) == 0);
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(assay_key_state_name(ASSAY_KEY_NEXT), "next");
	assert_string_equal(assay_key_state_name(ASSAY_KEY_IN_USE), "in use");
	assert_string_equal(assay_key_state_name(ASSAY_KEY_USED), "used");
	assert_string_equal(assay_key_state_name(ASSAY_KEY_GONE), "gone");
	assert_string_equal(assay_key_state_name(ASSAY_KEY_WITHDRAWN),
	    "withdrawn");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(states),
		cmocka_unit_test(published_states),
		cmocka_unit_test(covers_keep_it_published),
		cmocka_unit_test(withdrawn_are_passed_over),
		cmocka_unit_test(boundaries),
		cmocka_unit_test(first_use),
		cmocka_unit_test(order),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
