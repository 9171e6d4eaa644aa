/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of an issuer's keys, with an issuer that is a function. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "app/caller_keys.h"
#include "testlib.h"
#include "token/keyset.h"

static atomic_int fetches;
static atomic_bool issuer_down, issuer_slow, second_key;

static char name[] = "https://issuer.example";
static const struct assay_caller_issuer issuer = {
	.issuer = name, .refresh = 3600, .max_age = 86400,
};

/* EC keys need a point of the curve: keys of the RSA kind need none. */
static bool
make_set(const char *kids, struct assay_keyset **out, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(8192);
	bool ok;

	assay_buffer_puts(&text, "{\"keys\":[");
	for (const char *kid = kids; *kid != '\0'; kid++) {
		assay_buffer_printf(&text, "%s{\"kty\":\"RSA\",\"kid\":\"%c\","
		    "\"e\":\"AQAB\",\"n\":\"", kid == kids ? "" : ",", *kid);
		for (int i = 0; i < 341; i++)
			assay_buffer_putc(&text, '_');
		assay_buffer_puts(&text, "w\"}");
	}
	assay_buffer_puts(&text, "]}");
	ok = assay_keyset_parse(assay_buffer_bytes(&text), out, err);
	assay_buffer_free(&text);
	return ok;
}

static bool
fetch(const struct assay_caller_issuer *from, struct assay_keyset **out,
    struct assay_error *err)
{
	const struct timespec moment = { .tv_nsec = 2000000 };

	(void)from;
	atomic_fetch_add(&fetches, 1);
	while (atomic_load(&issuer_slow))
		(void)nanosleep(&moment, NULL);
	if (atomic_load(&issuer_down))
		return assay_fail(err, ASSAY_ERR_FETCH_FAILED, "it is down");
	return make_set(atomic_load(&second_key) ? "ab" : "a", out, err);
}

static int
reset(void **state)
{
	(void)state;
	atomic_store(&fetches, 0);
	atomic_store(&issuer_down, false);
	atomic_store(&issuer_slow, false);
	atomic_store(&second_key, false);
	return 0;
}

static struct assay_caller_keys *
open_keys(struct assay_caller_keys *old)
{
	struct assay_caller_keys *keys = NULL;
	struct assay_error err;

	assert_true(assay_caller_keys_open(&issuer, fetch, old, &keys,
	    &err));
	return keys;
}

/* OK, or the code; *has: the kid is in what was given. */
static enum assay_code
get(struct assay_caller_keys *keys, const char *kid, bool *has)
{
	struct assay_shared_keys *shared = NULL;
	struct assay_error err = { ASSAY_ERR_OK, "" }, ignored;
	const struct assay_jwk *jwk;

	*has = false;
	if (!assay_caller_keys_get(keys, assay_bytes_of(kid), &shared, &err))
		return err.code;
	*has = assay_keyset_find(assay_shared_keys_set(shared),
	    assay_bytes_of(kid), &jwk, &ignored);
	assay_shared_keys_release(shared);
	return ASSAY_ERR_OK;
}

/* As get, but who is told to come again does. */
static enum assay_code
get_in_time(struct assay_caller_keys *keys, const char *kid, bool *has)
{
	enum assay_code code = ASSAY_ERR_CALLER_KEYS_MISSING;

	for (int i = 0; i < 20 && code == ASSAY_ERR_CALLER_KEYS_MISSING; i++)
		code = get(keys, kid, has);
	return code;
}

/* The first request waits for the first fetch. */
static void
warm(void **state)
{
	struct assay_caller_keys *keys = open_keys(NULL);
	bool has;

	(void)state;
	assert_int_equal(get_in_time(keys, "a", &has), ASSAY_ERR_OK);
	assert_true(has);
	for (int i = 0; i < 100; i++)
		assert_int_equal(get(keys, "a", &has), ASSAY_ERR_OK);
	assert_int_equal(atomic_load(&fetches), 1);
	assay_caller_keys_close(keys);
}

static void
rotation(void **state)
{
	struct assay_caller_keys *keys = open_keys(NULL);
	bool has;

	(void)state;
	assert_int_equal(get_in_time(keys, "a", &has), ASSAY_ERR_OK);
	atomic_store(&second_key, true);
	assert_int_equal(get_in_time(keys, "b", &has), ASSAY_ERR_OK);
	assert_true(has);
	assert_int_equal(atomic_load(&fetches), 2);
	/* What is not there now is not asked for again. */
	for (int i = 0; i < 100; i++) {
		assert_int_equal(get(keys, "c", &has), ASSAY_ERR_OK);
		assert_false(has);
	}
	assert_int_equal(atomic_load(&fetches), 2);
	assay_caller_keys_close(keys);
}

/* Without keys nothing is decided; with keys what they know is. */
static void
outage(void **state)
{
	struct assay_caller_keys *keys, *cold;
	bool has;

	(void)state;
	keys = open_keys(NULL);
	assert_int_equal(get_in_time(keys, "a", &has), ASSAY_ERR_OK);
	atomic_store(&issuer_down, true);
	assert_int_equal(get(keys, "b", &has), ASSAY_ERR_CALLER_KEYS_MISSING);
	assert_int_equal(get(keys, "a", &has), ASSAY_ERR_OK);
	assert_true(has);
	cold = open_keys(NULL);
	assert_int_equal(get(cold, "a", &has), ASSAY_ERR_CALLER_KEYS_MISSING);
	assay_caller_keys_close(cold);
	/* After a reload of the configuration they are still there. */
	cold = open_keys(keys);
	assert_int_equal(get(cold, "a", &has), ASSAY_ERR_OK);
	assert_true(has);
	assay_caller_keys_close(cold);
	assay_caller_keys_close(keys);
}

static void
too_old(void **state)
{
	struct assay_caller_issuer brief = issuer;
	struct assay_caller_keys *keys, *old = open_keys(NULL);
	struct assay_error err;
	bool has;

	(void)state;
	brief.max_age = 0;
	assert_int_equal(get_in_time(old, "a", &has), ASSAY_ERR_OK);
	atomic_store(&issuer_down, true);
	assert_true(assay_caller_keys_open(&brief, fetch, old, &keys, &err));
	assert_int_equal(get(keys, "a", &has), ASSAY_ERR_CALLER_KEYS_MISSING);
	assay_caller_keys_close(keys);
	assay_caller_keys_close(old);
}

struct asker {
	struct assay_caller_keys	*keys;
	enum assay_code			 code;
};

static void *
ask(void *ctx)
{
	struct asker *a = ctx;
	bool has;

	a->code = get(a->keys, "a", &has);
	return NULL;
}

/* A slow issuer holds one request, not every thread. */
static void
one_waits(void **state)
{
	struct assay_caller_keys *keys;
	struct asker askers[4];
	pthread_t threads[4];
	size_t told = 0;

	(void)state;
	atomic_store(&issuer_slow, true);
	keys = open_keys(NULL);
	for (size_t i = 0; i < 4; i++) {
		askers[i] = (struct asker){ keys, ASSAY_ERR_OK };
		assert_int_equal(pthread_create(&threads[i], NULL, ask,
		    &askers[i]), 0);
	}
	for (size_t i = 0; i < 4; i++)
		(void)pthread_join(threads[i], NULL);
	for (size_t i = 0; i < 4; i++)
		told += askers[i].code == ASSAY_ERR_CALLER_KEYS_MISSING;
	assert_int_equal(told, 4);
	atomic_store(&issuer_slow, false);
	assay_caller_keys_close(keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(warm, reset),
		cmocka_unit_test_setup(rotation, reset),
		cmocka_unit_test_setup(outage, reset),
		cmocka_unit_test_setup(too_old, reset),
		cmocka_unit_test_setup(one_waits, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
