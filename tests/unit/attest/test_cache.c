/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/cache.h"
#include "testlib.h"

struct thing {
	unsigned int	refs;
	unsigned int	number;
};

static unsigned int alive;

static void
ref(void *object)
{
	struct thing *t = object;

	(void)__atomic_add_fetch(&t->refs, 1, __ATOMIC_RELAXED);
}

static void
unref(void *object)
{
	struct thing *t = object;

	if (__atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		(void)__atomic_sub_fetch(&alive, 1, __ATOMIC_RELAXED);
		free(t);
	}
}

static struct thing *
make(unsigned int number)
{
	struct thing *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->refs = 1;
	t->number = number;
	(void)__atomic_add_fetch(&alive, 1, __ATOMIC_RELAXED);
	return t;
}

static struct assay_cache *
new_cache(size_t entries)
{
	static const struct assay_cache_type type = { ref, unref };
	struct assay_cache *c = NULL;
	struct assay_error err = { 0 };

	assert_true(assay_cache_new(entries, &type, &c, &err));
	return c;
}

static struct assay_cache_key
key(const char *head, const char *tail)
{
	return (struct assay_cache_key){ assay_bytes_of(head),
	    assay_bytes_of(tail) };
}

static void
put(struct assay_cache *c, const char *head, const char *tail,
    unsigned int number)
{
	struct assay_cache_key k = key(head, tail);
	struct thing *t = make(number);

	assay_cache_put(c, &k, t);
	unref(t);
}

/* The number under the key, 0 if there is none. */
static unsigned int
get(struct assay_cache *c, const char *head, const char *tail)
{
	struct assay_cache_key k = key(head, tail);
	struct thing *t = assay_cache_get(c, &k);
	unsigned int number = 0;

	if (t != NULL) {
		number = t->number;
		unref(t);
	}
	return number;
}

static void
test_keys(void **state)
{
	struct assay_cache *c = new_cache(64);

	(void)state;
	put(c, "head", "tail", 1);
	assert_int_equal(get(c, "head", "tail"), 1);
	assert_int_equal(get(c, "head", "tailx"), 0);
	assert_int_equal(get(c, "headt", "ail"), 0);
	assert_int_equal(get(c, "", "headtail"), 0);
	assert_int_equal(get(c, "head", "tai\001"), 0);
	put(c, "head", "tail", 2);
	assert_int_equal(get(c, "head", "tail"), 2);
	assert_int_equal(alive, 1);
	assay_cache_free(c);
	assert_int_equal(alive, 0);
}

/* Many more than fit: memory stays bounded, the one in use stays. */
static void
test_bounded(void **state)
{
	struct assay_cache *c = new_cache(8);
	char name[16];

	(void)state;
	put(c, "kept", "", 7);
	for (unsigned int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		put(c, name, "", i + 1);
		assert_int_equal(get(c, "kept", ""), 7);
	}
	assert_true(alive <= 8);
	assay_cache_free(c);
	assert_int_equal(alive, 0);
}

/* An object outlives the cache as long as somebody holds it. */
static void
test_held(void **state)
{
	struct assay_cache *c = new_cache(4);
	struct assay_cache_key k = key("a", "b");
	struct thing *t;

	(void)state;
	put(c, "a", "b", 3);
	t = assay_cache_get(c, &k);
	assert_non_null(t);
	assay_cache_free(c);
	assert_int_equal(t->number, 3);
	unref(t);
	assert_int_equal(alive, 0);
}

static void *
hammer(void *arg)
{
	struct assay_cache *c = arg;
	char name[16];

	for (unsigned int i = 0; i < 2000; i++) {
		struct assay_cache_key k;
		struct thing *t;

		(void)snprintf(name, sizeof(name), "n%u", i % 40);
		k = key(name, "");
		t = assay_cache_get(c, &k);
		if (t == NULL) {
			t = make(i % 40);
			assay_cache_put(c, &k, t);
		} else if (t->number != i % 40)
			abort();
		unref(t);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct assay_cache *c = new_cache(16);
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, c),
		    0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assay_cache_free(c);
	assert_int_equal(alive, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
