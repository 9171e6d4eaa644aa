/* SPDX-License-Identifier: Apache-2.0 */
/* The number that is set for the default: a life of it, step by step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/baseline_number.h"
#include "testlib.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char folder[64];

static const struct assay_store_change change = { .now = 7, .actor = "me",
	.request_id = "r" };

static int
make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/assay-number.XXXXXX");
	return mkdtemp(folder) == NULL;
}

static int
drop_folder(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[160];

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		(void)snprintf(path, sizeof(path), "%s/assay.db%s", folder,
		    ends[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

static void
arrive(struct assay_store *store, uint32_t number)
{
	struct assay_collateral_item item = {
		.kind = ASSAY_COLLATERAL_TCB_INFO, .number = number,
		.asked = ASSAY_ASKED_NEWEST, .source = "s",
		.body = assay_bytes_of("{}") };
	const struct assay_collateral_list one = { &item, 1, 1 };
	struct assay_error err;
	size_t stored;

	assert_true(assay_store_collateral_put(store, &one, &stored, &err));
}

static const struct {
	const char	*name;
	uint32_t	 arrives;	/* 0: nothing */
	bool		 lower;		/* the operator allows it */
	uint32_t	 number;
	bool		 ok;
} steps[] = {
	{ "none_set", 0, false, 0, true },
	{ "set_before_any_is_held", 0, false, 15, true },
	{ "same", 0, false, 15, true },
	{ "goes_on", 0, false, 17, true },
	{ "goes_back", 0, false, 16, false },
	{ "goes_back_again", 0, false, 16, false },
	{ "allowed", 0, true, 16, true },
	{ "allowed_once", 0, false, 15, false },
	{ "not_set_and_none_held", 0, false, 0, true },
	{ "set_again", 0, false, 16, true },
	{ "not_set_the_newest_is_higher", 18, false, 0, true },
	{ "below_the_newest", 0, false, 17, false },
	{ "the_newest", 0, false, 18, true },
	{ "above_the_newest", 0, false, 19, true },
	{ "not_set_the_newest_is_lower", 0, false, 0, false },
	{ "not_set_allowed", 0, true, 0, true },
};

static bool
count(void *ctx, const struct assay_store_event *event,
    struct assay_error *err)
{
	size_t *n = ctx;

	(void)err;
	if (strcmp(event->name, "default-number") == 0 &&
	    strcmp(event->actor, "me") == 0)
		(*n)++;
	return true;
}

static void
a_life(void **state)
{
	struct test_table t = { "default number", 0, 0 };
	struct assay_store *store;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	size_t events = 0, made = 0;
	uint32_t last = 0;

	(void)state;
	assert_true(assay_store_open(folder, &store, &err));
	for (size_t i = 0; i < COUNT(steps); i++) {
		bool ok;

		if (steps[i].arrives != 0)
			arrive(store, steps[i].arrives);
		if (steps[i].lower) {
			assert_true(assay_baseline_number_lower(store,
			    &change, &err));
			made++;
		}
		ok = assay_baseline_number_take(store, steps[i].number,
		    &change, &err);
		test_row(&t, steps[i].name, ok == steps[i].ok && (ok ||
		    err.code == ASSAY_ERR_COLLATERAL_ROLLBACK), "%s",
		    ok ? "" : err.text);
		made += ok && steps[i].number != last;
		last = ok ? steps[i].number : last;
	}
	assert_true(assay_store_history_each(store, "baseline", NULL, count,
	    &events, &err));
	assert_int_equal(events, made);
	assay_store_close(store);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_life, make_folder,
		    drop_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
