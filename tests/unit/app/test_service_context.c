/* SPDX-License-Identifier: Apache-2.0 */
/* A context that opens, and everything that must not. */
#include <string.h>

#include "app/service_context.h"
#include "testlib.h"

#define NOW 1800000000000

static const char secret[] = "0123456789abcdef0123456789abcdef";

static struct assay_service_context_key
make_key(const char *text, const char *issuer)
{
	struct assay_service_context_key key;
	struct assay_error err;

	assert_true(assay_service_context_key(assay_bytes_of(text), issuer,
	    &key, &err));
	return key;
}

static struct assay_buffer
make(const struct assay_service_context_key *key,
    struct assay_service_context *context)
{
	struct assay_buffer out = assay_buffer(ASSAY_SERVICE_CONTEXT_MAX);
	struct assay_error err;

	assert_true(assay_service_context_new(NOW, 1000, context, &err));
	assert_true(assay_service_context_seal(key, context, &out, &err));
	return out;
}

static void
opens_as_it_was_sealed(void **state)
{
	struct assay_service_context_key key = make_key(secret, "http://a");
	struct assay_service_context in, out, other;
	struct assay_buffer sealed = make(&key, &in);
	struct assay_buffer again = make(&key, &other);
	struct assay_error err;

	(void)state;
	assert_true(assay_service_context_open(&key,
	    assay_buffer_bytes(&sealed), &out, &err));
	assert_memory_equal(in.challenge, out.challenge,
	    sizeof(out.challenge));
	assert_int_equal(out.issued, NOW);
	assert_int_equal(out.expiry, NOW + 1000);
	assert_memory_not_equal(in.challenge, other.challenge,
	    sizeof(in.challenge));
	/* The same key id, and nothing else in common. */
	assert_memory_equal(sealed.ptr, again.ptr, ASSAY_SERVICE_CONTEXT_ID);
	assert_memory_not_equal(sealed.ptr + ASSAY_SERVICE_CONTEXT_ID,
	    again.ptr + ASSAY_SERVICE_CONTEXT_ID, 16);
	assay_buffer_free(&sealed);
	assay_buffer_free(&again);
}

/* The nodes of one instance have one secret and one issuer. */
static void
nodes_of_one_instance_open_it(void **state)
{
	struct assay_service_context_key a = make_key(secret, "http://a");
	struct assay_service_context_key b = make_key(secret, "http://a");
	struct assay_service_context context, out;
	struct assay_buffer sealed = make(&a, &context);
	struct assay_error err;

	(void)state;
	assert_true(assay_service_context_open(&b,
	    assay_buffer_bytes(&sealed), &out, &err));
	assay_buffer_free(&sealed);
}

static void
other_instances_do_not(void **state)
{
	static const struct {
		const char *name, *secret, *issuer;
	} others[] = {
		{ "other_issuer", secret, "http://b" },
		{ "longer_issuer", secret, "http://aa" },
		{ "other_secret", "0123456789abcdef0123456789abcdeg",
		    "http://a" },
	};
	struct assay_service_context_key key = make_key(secret, "http://a");
	struct assay_service_context context, out;
	struct assay_buffer sealed = make(&key, &context);
	struct test_table t = { "instances", 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct assay_service_context_key other = make_key(
		    others[i].secret, others[i].issuer);
		struct assay_error err = { ASSAY_ERR_OK, "" };

		assert_false(assay_service_context_open(&other,
		    assay_buffer_bytes(&sealed), &out, &err));
		test_row(&t, others[i].name,
		    err.code == ASSAY_ERR_TPM_CONTEXT_FOREIGN, "%s",
		    err.text);
		/* Whoever forges the key id gets no further. */
		memcpy(other.id, key.id, sizeof(other.id));
		assert_false(assay_service_context_open(&other,
		    assay_buffer_bytes(&sealed), &out, &err));
		test_row(&t, others[i].name,
		    err.code == ASSAY_ERR_TPM_CONTEXT_INVALID, "%s",
		    err.text);
	}
	assay_buffer_free(&sealed);
	test_table_end(&t);
}

/* Every bit counts, and so does every byte's being there. */
static void
no_changed_context_opens(void **state)
{
	struct assay_service_context_key key = make_key(secret, "http://a");
	struct assay_service_context context, out;
	struct assay_buffer sealed = make(&key, &context);
	struct test_table t = { "changed", 0, 0 };
	struct assay_error err;

	(void)state;
	for (size_t bit = 0; bit < sealed.len * 8; bit++) {
		sealed.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
		test_row(&t, "bit", !assay_service_context_open(&key,
		    assay_buffer_bytes(&sealed), &out, &err) && err.code ==
		    (bit < 64 ? ASSAY_ERR_TPM_CONTEXT_FOREIGN :
		    ASSAY_ERR_TPM_CONTEXT_INVALID), "bit %zu", bit);
		sealed.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t n = 0; n < sealed.len; n++)
		test_row(&t, "cut", !assay_service_context_open(&key,
		    (struct assay_bytes){ sealed.ptr, n }, &out, &err) &&
		    err.code == ASSAY_ERR_TPM_CONTEXT_INVALID, "%zu", n);
	for (int i = 0; i < 60; i++) {
		assay_buffer_putc(&sealed, 0);
		test_row(&t, "longer", !assay_service_context_open(&key,
		    assay_buffer_bytes(&sealed), &out, &err) &&
		    err.code == ASSAY_ERR_TPM_CONTEXT_INVALID, "%d", i);
	}
	assay_buffer_free(&sealed);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_as_it_was_sealed),
		cmocka_unit_test(nodes_of_one_instance_open_it),
		cmocka_unit_test(other_instances_do_not),
		cmocka_unit_test(no_changed_context_opens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
