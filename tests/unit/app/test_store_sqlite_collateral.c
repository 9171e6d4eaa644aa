/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of collateral, floors and blocks: what goes in comes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/store.h"
#include "testlib.h"

static char folder[64];

static int
make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/assay-rows.XXXXXX");
	return mkdtemp(folder) == NULL;
}

static int
drop_folder(void **state)
{
	static const char *const names[] = { "assay.db", "assay.db-wal",
		"assay.db-shm" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
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

/* ---- collateral ------------------------------------------------------------- */

static struct assay_collateral_item
tcb_info(uint8_t fmspc, uint32_t number, int64_t issued, const char *body)
{
	return (struct assay_collateral_item){
		.kind = ASSAY_COLLATERAL_TCB_INFO, .tee = ASSAY_TEE_TDX,
		.fmspc = { 1, 2, 3, 4, 5, fmspc }, .number = number,
		.issued = issued, .next = issued + 30,
		.body = assay_bytes_of(body),
		.chain = assay_bytes_of("chain"), .source = "here",
		.obtained = 42,
	};
}

static struct assay_collateral_item
crl(uint8_t number, int64_t issued)
{
	struct assay_collateral_item item = {
		.kind = ASSAY_COLLATERAL_PCK_CRL,
		.ca = ASSAY_PCK_CA_PLATFORM, .issued = issued,
		.next = issued + 30, .body = assay_bytes_of("list"),
		.source = "here",
	};

	item.crl_number[19] = number;
	return item;
}

static bool
put_one(struct assay_store *store, struct assay_collateral_item item,
    size_t *stored, struct assay_error *err)
{
	struct assay_collateral_list list = { .items = &item, .n = 1 };

	return assay_store_collateral_put(store, &list, stored, err);
}

static struct assay_collateral_list *
load(struct assay_store *store)
{
	struct assay_collateral_list *list = assay_collateral_list_new();
	struct assay_error err;

	assert_non_null(list);
	if (!assay_store_collateral_load(store, list, &err))
		fail_msg("%s", err.text);
	return list;
}

static void
documents_come_back_whole(void **state)
{
	struct assay_store *store = open_store();
	struct assay_collateral_item items[] = {
		tcb_info(6, 17, 1000, "a"), tcb_info(6, 18, 1000, "b"),
		tcb_info(7, 17, 1000, "c"), crl(3, 1000),
	};
	struct assay_collateral_list list = { .items = items, .n = 4 };
	struct assay_collateral_list *held;
	struct assay_error err;
	size_t n = 0;

	(void)state;
	assert_true(assay_store_collateral_put(store, &list, &n, &err));
	assert_int_equal(n, 4);
	assay_store_close(store);
	store = open_store();
	held = load(store);
	assert_int_equal(held->n, 4);
	for (size_t i = 0, seen = 0; i < held->n; i++) {
		const struct assay_collateral_item *h = &held->items[i];

		if (!assay_bytes_equal(h->body, items[0].body))
			continue;
		assert_int_equal(++seen, 1);
		assert_int_equal(h->kind, ASSAY_COLLATERAL_TCB_INFO);
		assert_int_equal(h->tee, ASSAY_TEE_TDX);
		assert_memory_equal(h->fmspc, items[0].fmspc, 6);
		assert_int_equal(h->number, 17);
		assert_int_equal(h->issued, 1000);
		assert_int_equal(h->next, 1030);
		assert_true(assay_bytes_equal(h->chain, items[0].chain));
		assert_string_equal(h->source, "here");
		assert_int_equal(h->obtained, 42);
	}
	assay_collateral_list_free(held);
	/* The identifiers of one, and nothing else of it. */
	assert_true(assay_store_collateral_remove(store, &items[1], &n,
	    &err));
	assert_int_equal(n, 1);
	assert_true(assay_store_collateral_remove(store, &items[1], &n,
	    &err));
	assert_int_equal(n, 0);
	held = load(store);
	assert_int_equal(held->n, 3);
	assay_collateral_list_free(held);
	assay_store_close(store);
}

/* ---- floors ----------------------------------------------------------------- */

/* In this order, on one store. */
static const struct {
	const char	*name;
	bool		 list;		/* a CRL, else TCB info */
	uint8_t		 number;	/* of the CRL, or the FMSPC's end */
	int64_t		 issued;
	bool		 want;
} offered[] = {
	{ "first", false, 6, 1000, true },
	{ "same", false, 6, 1000, true },
	{ "newer", false, 6, 1001, true },
	{ "older", false, 6, 1000, false },
	{ "older_of_another", false, 7, 900, true },
	{ "list", true, 5, 1000, true },
	{ "list_later_number_lower", true, 4, 1100, false },
	{ "list_number_higher_older", true, 6, 999, false },
	{ "list_newer", true, 6, 1100, true },
};

static void
what_was_seen_is_a_floor(void **state)
{
	struct test_table t = { "floors", 0, 0 };
	struct assay_store *store = open_store();
	struct assay_collateral_item like = tcb_info(6, 17, 0, "");
	struct assay_error err;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(offered) / sizeof(offered[0]); i++) {
		bool ok = put_one(store, offered[i].list ?
		    crl(offered[i].number, offered[i].issued) :
		    tcb_info(offered[i].number, 17, offered[i].issued, "x"), &n,
		    &err);

		test_row(&t, offered[i].name, ok == offered[i].want &&
		    (ok || err.code == ASSAY_ERR_COLLATERAL_ROLLBACK), "%s",
		    ok ? "taken" : err.text);
		assay_store_close(store);
		store = open_store();
	}
	test_table_end(&t);
	/* Whoever removes a document does not remove its floor. */
	assert_true(assay_store_collateral_remove(store, &like, &n, &err));
	assert_int_equal(n, 1);
	assert_false(put_one(store, tcb_info(6, 17, 1000, "x"), &n, &err));
	test_assert_code("removed", &err, ASSAY_ERR_COLLATERAL_ROLLBACK);
	assert_true(assay_store_floor_lower(store, &like, &change, &n,
	    &err));
	assert_int_equal(n, 1);
	assert_true(put_one(store, tcb_info(6, 17, 1000, "x"), &n, &err));
	assay_store_close(store);
}

static void
one_below_its_floor_stores_none(void **state)
{
	struct assay_store *store = open_store();
	struct assay_collateral_item items[] = {
		tcb_info(8, 17, 1000, "new"), tcb_info(6, 17, 500, "old") };
	struct assay_collateral_list list = { .items = items, .n = 2 };
	struct assay_collateral_list *held;
	struct assay_error err;
	size_t n = 99;

	(void)state;
	/* A document that is verified but not kept raises the floor, too. */
	items[1].issued = 600;
	assert_true(assay_store_floor_raise(store, &items[1], &err));
	items[1].issued = 500;
	assert_false(assay_store_collateral_put(store, &list, &n, &err));
	test_assert_code("floor", &err, ASSAY_ERR_COLLATERAL_ROLLBACK);
	assert_int_equal(n, 99);
	held = load(store);
	assert_int_equal(held->n, 0);
	assay_collateral_list_free(held);
	assay_store_close(store);
}

/* ---- blocks ----------------------------------------------------------------- */

static bool
count_block(void *ctx, const char *what, struct assay_bytes value,
    const char *reason, struct assay_error *err)
{
	(void)err;
	if (strcmp(what, "fmspc") == 0) {
		assert_memory_equal(value.ptr, "\1\2\3", 3);
		assert_string_equal(reason, "stolen");
	}
	++*(int *)ctx;
	return true;
}

static int
blocks(struct assay_store *store)
{
	struct assay_error err;
	int n = 0;

	if (!assay_store_blocks_each(store, count_block, &n, &err))
		fail_msg("%s", err.text);
	return n;
}

static bool
count_event(void *ctx, const struct assay_store_event *event,
    struct assay_error *err)
{
	(void)err;
	assert_string_equal(event->actor, "me");
	++*(int *)ctx;
	return true;
}

static void
blocks_are_changed_once(void **state)
{
	struct assay_store *store = open_store();
	struct assay_bytes value = { (const uint8_t *)"\1\2\3", 3 };
	struct assay_error err;
	int n = 0;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_true(assay_store_block(store, "fmspc", value, i == 0 ?
		    "stolen" : "again", &change, &err));
	assert_true(assay_store_block(store, "ppid", value, "", &change,
	    &err));
	assert_int_equal(blocks(store), 2);
	for (int i = 0; i < 2; i++)
		assert_true(assay_store_unblock(store, "fmspc", value,
		    &change, &err));
	assert_int_equal(blocks(store), 1);
	/* Only what changed something. */
	assert_true(assay_store_history_each(store, "collateral", NULL,
	    count_event, &n, &err));
	assert_int_equal(n, 3);
	assay_store_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(documents_come_back_whole,
		    make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(what_was_seen_is_a_floor,
		    make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(
		    one_below_its_floor_stores_none, make_folder,
		    drop_folder),
		cmocka_unit_test_setup_teardown(blocks_are_changed_once,
		    make_folder, drop_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
