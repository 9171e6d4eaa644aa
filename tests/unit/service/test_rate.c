/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "service/rate.h"
#include "testlib.h"

#define NOW INT64_C(1000000)	/* milliseconds */

static struct assay_rate *
rate_of(unsigned int per_minute, unsigned int burst)
{
	struct assay_rate *rate = NULL;
	struct assay_error err;

	assert_true(assay_rate_new(per_minute, burst, 7, &rate, &err));
	return rate;
}

/* 0: taken; else the seconds to wait. */
static unsigned int
take(struct assay_rate *rate, const char *address, int64_t at)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	unsigned int wait = 0;

	if (assay_rate_take(rate, address, at, &wait, &err))
		return 0;
	test_assert_code("rate", &err, ASSAY_ERR_OVERLOADED);
	assert_int_not_equal(wait, 0);
	return wait;
}

static void
burst_then_pace(void **state)
{
	struct assay_rate *rate = rate_of(60, 3);

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(take(rate, "192.0.2.1", NOW), 0);
	assert_int_equal(take(rate, "192.0.2.1", NOW), 1);
	assert_int_equal(take(rate, "192.0.2.1", NOW + 999), 1);
	assert_int_equal(take(rate, "192.0.2.1", NOW + 1000), 0);
	assert_int_equal(take(rate, "192.0.2.1", NOW + 1000), 1);
	/* A pause fills the bucket, and no more than that. */
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(take(rate, "192.0.2.1", NOW + 600000), 0);
	assert_int_equal(take(rate, "192.0.2.1", NOW + 600000), 1);
	assay_rate_free(rate);
}

/* Callers by number, each with a bucket. */
static void
callers(void **state)
{
	struct assay_rate *rate = rate_of(1, 1);
	struct assay_error err = { ASSAY_ERR_OK, "" };
	unsigned int wait = 0;

	(void)state;
	assert_true(assay_rate_take_id(rate, 1, NOW, &wait, &err));
	assert_true(assay_rate_take_id(rate, UINT64_MAX, NOW, &wait, &err));
	assert_false(assay_rate_take_id(rate, 1, NOW, &wait, &err));
	test_assert_code("caller", &err, ASSAY_ERR_OVERLOADED);
	assert_int_equal(wait, 60);
	assert_non_null(strstr(err.text, "caller"));
	assay_rate_free(rate);
}

/* What is refused costs nothing: who waits as told is served. */
static void
refusals_are_free(void **state)
{
	struct assay_rate *rate = rate_of(2, 1);

	(void)state;
	assert_int_equal(take(rate, "192.0.2.1", NOW), 0);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(take(rate, "192.0.2.1", NOW), 30);
	assert_int_equal(take(rate, "192.0.2.1", NOW + 30000), 0);
	assay_rate_free(rate);
}

static void
clients_are_apart(void **state)
{
	static const struct {
		const char	*name, *first, *second;
		bool		 same;
	} rows[] = {
		{ "itself", "192.0.2.1", "192.0.2.1", true },
		{ "ipv4", "192.0.2.1", "192.0.2.2", false },
		{ "ipv6_of_one_network", "2001:db8:0:1::1",
		    "2001:db8:0:1:ffff::2", true },
		{ "ipv6_of_two", "2001:db8:0:1::1", "2001:db8:0:2::1", false },
		{ "mapped", "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "mapped_others", "::ffff:192.0.2.1", "::ffff:192.0.2.2",
		    false },
		{ "ipv4_and_ipv6", "0.0.0.1", "::1", false },
	};
	struct test_table t = { .name = "clients" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_rate *rate = rate_of(1, 1);

		assert_int_equal(take(rate, rows[i].first, NOW), 0);
		test_row(&t, rows[i].name, (take(rate, rows[i].second, NOW)
		    != 0) == rows[i].same, "shared or not");
		assay_rate_free(rate);
	}
	test_table_end(&t);
}

/* More clients than there is room for: nobody is refused for it, and who
 * asked most is remembered longest. */
static void
many_clients(void **state)
{
	struct assay_rate *rate = rate_of(1, 4);
	char address[32];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(take(rate, "192.0.2.1", NOW), 0);
	for (unsigned int i = 0; i < 2 * ASSAY_MAX_RATE_CLIENTS; i++) {
		(void)snprintf(address, sizeof(address), "10.%u.%u.%u",
		    i >> 16, i >> 8 & 255, i & 255);
		assert_int_equal(take(rate, address, NOW), 0);
	}
	assert_int_not_equal(take(rate, "192.0.2.1", NOW), 0);
	assay_rate_free(rate);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_then_pace),
		cmocka_unit_test(callers),
		cmocka_unit_test(refusals_are_free),
		cmocka_unit_test(clients_are_apart),
		cmocka_unit_test(many_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
