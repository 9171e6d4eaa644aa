/* SPDX-License-Identifier: Apache-2.0 */
/* Each challenge once, in its time; nothing forgotten too early. */
#include <pthread.h>
#include <string.h>

#include "app/challenges.h"
#include "testlib.h"

#define START	1800000000000
#define LIFE	300000

static struct assay_challenges *
make(size_t max)
{
	struct assay_challenges *c;
	struct assay_error err;

	assert_true(assay_challenges_new(START, max, &c, &err));
	return c;
}

static struct assay_service_context
issue(uint32_t number, int64_t at)
{
	struct assay_service_context c = { .issued = at,
		.expiry = at + LIFE };

	c.challenge[0] = 1;
	memcpy(c.challenge + 1, &number, sizeof(number));
	return c;
}

static enum assay_code
use(struct assay_challenges *c, const struct assay_service_context *context,
    int64_t now)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	bool ok = assay_challenges_use(c, context, now, &err);

	assert_true(ok == (err.code == ASSAY_ERR_OK));
	return err.code;
}

static enum assay_code
check(struct assay_challenges *c,
    const struct assay_service_context *context, int64_t now)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	bool ok = assay_challenges_check(c, context, now, &err);

	assert_true(ok == (err.code == ASSAY_ERR_OK));
	return err.code;
}

static void
once(void **state)
{
	struct assay_challenges *c = make(10);
	struct assay_service_context a = issue(1, START);
	struct assay_service_context b = issue(2, START);

	(void)state;
	/* Looking uses nothing up. */
	assert_int_equal(check(c, &a, START), ASSAY_ERR_OK);
	assert_int_equal(check(c, &a, START), ASSAY_ERR_OK);
	assert_int_equal(use(c, &a, START), ASSAY_ERR_OK);
	assert_int_equal(check(c, &a, START), ASSAY_ERR_TPM_CHALLENGE_USED);
	assert_int_equal(use(c, &a, START), ASSAY_ERR_TPM_CHALLENGE_USED);
	assert_int_equal(use(c, &a, START + LIFE - 1),
	    ASSAY_ERR_TPM_CHALLENGE_USED);
	assert_int_equal(use(c, &b, START), ASSAY_ERR_OK);
	assert_int_equal(assay_challenges_count(c), 2);
	assay_challenges_free(c);
}

static const struct {
	const char	*name;
	int64_t		 issued, now;
	enum assay_code	 want;
} times[] = {
	{ "at_once", START, START, ASSAY_ERR_OK },
	{ "last_moment", START, START + LIFE - 1, ASSAY_ERR_OK },
	{ "at_expiry", START, START + LIFE, ASSAY_ERR_TPM_CHALLENGE_EXPIRED },
	{ "after_expiry", START, START + 10 * LIFE,
	    ASSAY_ERR_TPM_CHALLENGE_EXPIRED },
	{ "before_the_start", START - 1, START,
	    ASSAY_ERR_TPM_CHALLENGE_EXPIRED },
	{ "clock_a_little_ahead", START + 59000, START, ASSAY_ERR_OK },
	{ "from_the_future", START + 61000, START,
	    ASSAY_ERR_TPM_CHALLENGE_EXPIRED },
};

static void
in_its_time(void **state)
{
	struct test_table t = { "times", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct assay_challenges *c = make(10);
		struct assay_service_context a = issue(1, times[i].issued);
		enum assay_code found = check(c, &a, times[i].now);

		test_row(&t, times[i].name, found == times[i].want &&
		    use(c, &a, times[i].now) == times[i].want, "%s",
		    assay_code_name(found));
		assay_challenges_free(c);
	}
	test_table_end(&t);
}

/* Full means 503, not a forgotten challenge; what expired makes room. */
static void
full_until_something_expires(void **state)
{
	struct assay_challenges *c = make(1000);
	struct assay_service_context a, late = issue(5000, START + 1);

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		a = issue(i, START);
		assert_int_equal(use(c, &a, START), ASSAY_ERR_OK);
	}
	assert_int_equal(use(c, &late, START + 1),
	    ASSAY_ERR_TPM_CHALLENGES_FULL);
	for (uint32_t i = 0; i < 1000; i++) {
		a = issue(i, START);
		assert_int_equal(use(c, &a, START + LIFE - 1),
		    ASSAY_ERR_TPM_CHALLENGE_USED);
	}
	late = issue(5000, START + 2 * LIFE);
	assert_int_equal(use(c, &late, START + 2 * LIFE), ASSAY_ERR_OK);
	assert_int_equal(assay_challenges_count(c), 1);
	assay_challenges_free(c);
}

/* Setting the clock back revives nothing that was forgotten. */
static void
forgotten_stays_dead(void **state)
{
	struct assay_challenges *c = make(10);
	struct assay_service_context a = issue(1, START);
	struct assay_service_context b = issue(2, START + 2 * LIFE);

	(void)state;
	assert_int_equal(use(c, &a, START), ASSAY_ERR_OK);
	assert_int_equal(use(c, &b, START + 2 * LIFE), ASSAY_ERR_OK);
	assert_int_equal(assay_challenges_count(c), 1);
	assert_int_equal(use(c, &a, START),
	    ASSAY_ERR_TPM_CHALLENGE_EXPIRED);
	assert_int_equal(check(c, &a, START),
	    ASSAY_ERR_TPM_CHALLENGE_EXPIRED);
	assay_challenges_free(c);
}

/* Sixty thousand over an hour of lifetimes, as growing needs. */
static void
many(void **state)
{
	struct assay_challenges *c = make(100000);
	struct assay_service_context a;

	(void)state;
	for (uint32_t i = 0; i < 60000; i++) {
		a = issue(i, START + (int64_t)i * 4);
		assert_int_equal(use(c, &a, a.issued), ASSAY_ERR_OK);
		if (i % 3 == 0)
			assert_int_equal(use(c, &a, a.issued),
			    ASSAY_ERR_TPM_CHALLENGE_USED);
	}
	for (uint32_t i = 0; i < 60000; i++) {
		a = issue(i, START + (int64_t)i * 4);
		assert_int_equal(check(c, &a, START + 60000 * 4),
		    ASSAY_ERR_TPM_CHALLENGE_USED);
	}
	assert_int_equal(assay_challenges_count(c), 60000);
	assay_challenges_free(c);
}

struct racer {
	pthread_t		 thread;
	struct assay_challenges	*challenges;
	unsigned int		 won;
};

static void *
race(void *arg)
{
	struct racer *r = arg;

	for (uint32_t i = 0; i < 2000; i++) {
		struct assay_service_context a = issue(i, START);
		struct assay_error err;

		r->won += assay_challenges_use(r->challenges, &a, START,
		    &err);
	}
	return NULL;
}

static void
one_of_many_threads_wins(void **state)
{
	struct assay_challenges *c = make(10000);
	struct racer racers[4];
	unsigned int won = 0;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		racers[i] = (struct racer){ .challenges = c };
		assert_int_equal(pthread_create(&racers[i].thread, NULL,
		    race, &racers[i]), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		(void)pthread_join(racers[i].thread, NULL);
		won += racers[i].won;
	}
	assert_int_equal(won, 2000);
	assay_challenges_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(once),
		cmocka_unit_test(in_its_time),
		cmocka_unit_test(full_until_something_expires),
		cmocka_unit_test(forgotten_stays_dead),
		cmocka_unit_test(many),
		cmocka_unit_test(one_of_many_threads_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
