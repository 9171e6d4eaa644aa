/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/file.h"
#include "app/store.h"
#include "testlib.h"

static char folder[64];

static const char *
database(void)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/assay.db", folder);
	return path;
}

static int
make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/assay-store.XXXXXX");
	return mkdtemp(folder) == NULL;
}

static int
drop_folder(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[160];

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", database(),
		    ends[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

static struct assay_store *
open_store(void)
{
	struct assay_store *store = NULL;
	struct assay_error err;

	if (!assay_store_open(folder, &store, &err))
		fail_msg("%s", err.text);
	return store;
}

static const struct assay_store_change change = { .now = 7, .actor = "me",
	.request_id = "r" };

static bool
put(struct assay_store *store, const char *jws, int64_t serial,
    struct assay_error *err)
{
	return assay_store_policy_put(store, "SgxEnclave",
	    assay_bytes_of(jws), serial < 0 ? NULL : &serial, &change, err);
}

static void
what_is_set_outlives_closing(void **state)
{
	struct assay_store *store = open_store();
	struct assay_buffer value = assay_buffer(16);
	struct assay_error err;
	struct stat st;
	bool found = false;

	(void)state;
	assert_true(assay_store_set(store, "n", assay_bytes_of("v"), &err));
	assay_store_close(store);
	assert_int_equal(stat(database(), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	store = open_store();
	assert_true(assay_store_get(store, "n", &value, &found, &err));
	assert_true(found);
	assert_string_equal(assay_buffer_str(&value), "v");
	assert_true(assay_store_get(store, "m", &value, &found, &err));
	assert_false(found);
	assay_buffer_free(&value);
	assay_store_close(store);
}

/* In this order, on one store. */
static const struct {
	const char	*name;
	const char	*jws;
	int64_t		 serial;	/* -1: none */
	bool		 want;
} changes[] = {
	{ "no_serial", "a", -1, true },
	{ "another_without", "b", -1, true },
	{ "first_serial", "c", 5, true },
	{ "the_same_again", "c", 5, true },
	{ "same_serial_other_content", "d", 5, false },
	{ "lower", "d", 4, false },
	{ "none_any_more", "d", -1, false },
	{ "reset_without", "", -1, false },
	{ "reset_with_higher", "", 6, true },
	{ "back_after_reset", "c", 5, false },
	{ "higher", "e", 7, true },
};

static void
an_old_policy_does_not_come_back(void **state)
{
	struct test_table t = { "policies", 0, 0 };
	struct assay_store *store = open_store();
	struct assay_store_policy held;
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		bool ok = put(store, changes[i].jws, changes[i].serial, &err);

		test_row(&t, changes[i].name, ok == changes[i].want &&
		    (ok || err.code == ASSAY_ERR_INVALID_OPERATION), "%s",
		    ok ? "taken" : err.text);
		/* The rule holds beyond a restart. */
		assay_store_close(store);
		store = open_store();
	}
	assert_true(assay_store_policy_get(store, "SgxEnclave", &held, &err));
	assert_string_equal(assay_buffer_str(&held.jws), "e");
	assert_true(held.has_serial && held.serial == 7);
	assay_store_policy_free(&held);
	assay_store_close(store);
	test_table_end(&t);
}

static bool
count_event(void *ctx, const struct assay_store_event *event,
    struct assay_error *err)
{
	(void)err;
	assert_string_equal(event->actor, "me");
	assert_int_equal(event->time, 7);
	++*(int *)ctx;
	return true;
}

static void
the_last_signer_stays(void **state)
{
	struct assay_store *store = open_store();
	struct assay_bytes der = assay_bytes_of("der");
	struct assay_error err;
	int n = 0;

	(void)state;
	assert_true(assay_store_signer_add(store, "A", der, &change, &err));
	assert_true(assay_store_signer_add(store, "A", der, &change, &err));
	assert_true(assay_store_signer_add(store, "B", der, &change, &err));
	assert_true(assay_store_signer_remove(store, "C", &change, &err));
	assert_true(assay_store_signer_remove(store, "A", &change, &err));
	assert_false(assay_store_signer_remove(store, "B", &change, &err));
	test_assert_code("last", &err, ASSAY_ERR_INVALID_OPERATION);
	/* Only what changed something: two additions, one removal. */
	assert_true(assay_store_history_each(store, "certificate", NULL,
	    count_event, &n, &err));
	assert_int_equal(n, 3);
	assay_store_close(store);
}

static void
two_handles_write(void **state)
{
	struct assay_store *a = open_store(), *b = open_store();
	uint64_t before = 0, after = 0;
	struct assay_error err;

	(void)state;
	assert_true(assay_store_version(a, &before, &err));
	for (int i = 0; i < 20; i++) {
		assert_true(assay_store_set(a, "n", assay_bytes_of("a"),
		    &err));
		assert_true(assay_store_set(b, "n", assay_bytes_of("b"),
		    &err));
	}
	assert_true(assay_store_version(a, &after, &err));
	assert_true(before != after);
	assay_store_close(a);
	assay_store_close(b);
}

static void
a_damaged_file_is_named(void **state)
{
	struct assay_buffer junk = assay_buffer(8192);
	struct assay_store *store = NULL;
	struct assay_error err;

	(void)state;
	assert_true(assay_buffer_fill(&junk, 'x', 8192));
	assert_true(assay_file_write(database(), assay_buffer_bytes(&junk),
	    0600, &err));
	assay_buffer_free(&junk);
	assert_false(assay_store_open(folder, &store, &err));
	test_assert_code("junk", &err, ASSAY_ERR_STORE_FAILED);
	assert_non_null(strstr(err.text, database()));
	assert_null(store);
}

static void
what_others_may_read_is_refused(void **state)
{
	struct assay_store *store = NULL;
	struct assay_error err;

	(void)state;
	assay_store_close(open_store());
	assert_int_equal(chmod(database(), 0640), 0);
	assert_false(assay_store_open(folder, &store, &err));
	test_assert_code("file", &err, ASSAY_ERR_CONFIG_INVALID);
	assert_int_equal(chmod(database(), 0600), 0);
	assert_int_equal(chmod(folder, 0770), 0);
	assert_false(assay_store_open(folder, &store, &err));
	test_assert_code("folder", &err, ASSAY_ERR_CONFIG_INVALID);
}

/* ---- which number is the default ------------------------------------------------ */

static const struct {
	const char			*name;
	enum assay_collateral_asked	 asked;
	uint32_t			 number;
	bool				 ok;
	uint32_t			 by_default;	/* afterwards */
} arrivals[] = {
	{ "first", ASSAY_ASKED_NEWEST, 17, true, 17 },
	{ "later_by_number", ASSAY_ASKED_NUMBER, 18, true, 17 },
	{ "earlier_by_number", ASSAY_ASKED_NUMBER, 15, true, 17 },
	{ "earlier_is_given", ASSAY_ASKED_NOT, 16, true, 17 },
	{ "newest_goes_back", ASSAY_ASKED_NEWEST, 16, false, 17 },
	{ "newest_stays", ASSAY_ASKED_NEWEST, 17, true, 17 },
	{ "newest_goes_on", ASSAY_ASKED_NEWEST, 18, true, 18 },
	{ "later_is_given", ASSAY_ASKED_NOT, 19, true, 19 },
	{ "newest_of_before", ASSAY_ASKED_NEWEST, 18, false, 19 },
};

static bool
arrive(struct assay_store *store, enum assay_collateral_kind kind,
    enum assay_collateral_asked asked, uint32_t number,
    struct assay_error *err)
{
	struct assay_collateral_item item = { .kind = kind,
		.number = number, .asked = asked, .source = "somewhere",
		.body = assay_bytes_of("{}") };
	const struct assay_collateral_list one = { &item, 1, 1 };
	size_t stored;

	return assay_store_collateral_put(store, &one, &stored, err);
}

/* The one of the kind that is not aside; 0 if that is not one. */
static uint32_t
default_of(struct assay_store *store, enum assay_collateral_kind kind)
{
	struct assay_collateral_list *list = assay_collateral_list_new();
	struct assay_error err;
	uint32_t found = 0;
	size_t n = 0;

	assert_non_null(list);
	assert_true(assay_store_collateral_load(store, list, &err));
	assert_true(assay_store_collateral_mark(store, list, &err));
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].kind == kind && !list->items[i].aside) {
			found = list->items[i].number;
			n++;
		}
	assay_collateral_list_free(list);
	return n == 1 ? found : 0;
}

static void
the_default_number_does_not_go_back(void **state)
{
	static const enum assay_collateral_kind kinds[] = {
		ASSAY_COLLATERAL_TCB_INFO, ASSAY_COLLATERAL_QE_IDENTITY };
	struct test_table t = { "numbers", 0, 0 };
	struct assay_store *store = open_store();
	struct assay_error err;
	uint32_t highest = 0;

	(void)state;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < sizeof(arrivals) / sizeof(arrivals[0]);
		    i++) {
			bool ok = arrive(store, kinds[k], arrivals[i].asked,
			    arrivals[i].number, &err);

			test_row(&t, arrivals[i].name, ok == arrivals[i].ok &&
			    (ok || err.code == ASSAY_ERR_COLLATERAL_ROLLBACK) &&
			    default_of(store, kinds[k]) ==
			    arrivals[i].by_default, "default is %u",
			    default_of(store, kinds[k]));
		}
	assert_true(assay_store_newest_number(store, &highest, &err));
	assert_int_equal(highest, 19);
	assay_store_close(store);
	test_table_end(&t);
}

static bool
count_lowered(void *ctx, const struct assay_store_event *event,
    struct assay_error *err)
{
	size_t *n = ctx;

	(void)err;
	*n += strcmp(event->action, "lower-floor") == 0 &&
	    strcmp(event->actor, "me") == 0;
	return true;
}

/* ... unless the operator says so, which is kept. */
static void
a_lowered_default_may_go_back(void **state)
{
	const struct assay_collateral_item like = {
		.kind = ASSAY_COLLATERAL_TCB_INFO };
	struct assay_store *store = open_store();
	struct assay_error err;
	size_t n = 0;

	(void)state;
	assert_true(arrive(store, like.kind, ASSAY_ASKED_NEWEST, 17, &err));
	assay_store_close(store);
	store = open_store();
	assert_false(arrive(store, like.kind, ASSAY_ASKED_NEWEST, 16, &err));
	test_assert_code("after reopening", &err,
	    ASSAY_ERR_COLLATERAL_ROLLBACK);
	assert_true(assay_store_floor_lower(store, &like, &change, &n, &err));
	assert_int_equal(n, 1);
	assert_true(arrive(store, like.kind, ASSAY_ASKED_NEWEST, 16, &err));
	assert_int_equal(default_of(store, like.kind), 16);
	n = 0;
	assert_true(assay_store_history_each(store, "collateral", NULL,
	    count_lowered, &n, &err));
	assert_int_equal(n, 1);
	assay_store_close(store);
}

/* Nothing of one platform or TEE is another's. */
static void
each_platform_has_its_default(void **state)
{
	struct assay_store *store = open_store();
	struct assay_error err;
	struct assay_collateral_item item = {
		.kind = ASSAY_COLLATERAL_TCB_INFO, .number = 17,
		.asked = ASSAY_ASKED_NEWEST, .source = "s",
		.body = assay_bytes_of("{}") };
	const struct assay_collateral_list one = { &item, 1, 1 };
	size_t stored;

	(void)state;
	assert_true(assay_store_collateral_put(store, &one, &stored, &err));
	item.number = 16;
	item.fmspc[5] = 1;
	assert_true(assay_store_collateral_put(store, &one, &stored, &err));
	item.fmspc[5] = 0;
	item.tee = ASSAY_TEE_TDX;
	assert_true(assay_store_collateral_put(store, &one, &stored, &err));
	item.number = 15;
	assert_false(assay_store_collateral_put(store, &one, &stored, &err));
	assay_store_close(store);
}

#define IN_FOLDER(fn) \
	cmocka_unit_test_setup_teardown(fn, make_folder, drop_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(what_is_set_outlives_closing),
		IN_FOLDER(an_old_policy_does_not_come_back),
		IN_FOLDER(the_last_signer_stays),
		IN_FOLDER(two_handles_write),
		IN_FOLDER(the_default_number_does_not_go_back),
		IN_FOLDER(a_lowered_default_may_go_back),
		IN_FOLDER(each_platform_has_its_default),
		IN_FOLDER(a_damaged_file_is_named),
		IN_FOLDER(what_others_may_read_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
