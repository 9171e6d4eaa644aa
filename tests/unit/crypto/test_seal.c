/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/seal.h"
#include "made.h"
#include "testlib.h"

static const uint8_t key[ASSAY_SEAL_KEY] = { 1, 2, 3 };

static void
opens_what_it_sealed(void **state)
{
	const char *const secrets[] = { "", "x", "a longer secret" };
	struct assay_buffer a = assay_buffer(100), b = assay_buffer(100);
	struct assay_buffer out = assay_buffer(100);
	struct assay_bytes aad = assay_bytes_of("signing key");
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct assay_bytes secret = assay_bytes_of(secrets[i]);

		assay_buffer_clear(&a);
		assay_buffer_clear(&b);
		assay_buffer_clear(&out);
		assert_true(assay_seal(key, aad, secret, &a, &err));
		assert_true(assay_seal(key, aad, secret, &b, &err));
		assert_int_equal(a.len, secret.len + 29);
		assert_false(assay_bytes_equal(assay_buffer_bytes(&a),
		    assay_buffer_bytes(&b)));	/* fresh nonce */
		assert_true(assay_unseal(key, aad, assay_buffer_bytes(&a),
		    &out, &err));
		assert_true(assay_bytes_equal(assay_buffer_bytes(&out),
		    secret));
	}
	assay_buffer_free(&a);
	assay_buffer_free(&b);
	assay_buffer_free(&out);
}

static void
refuses(const char *row, const uint8_t *k, struct assay_bytes aad,
    struct assay_bytes sealed)
{
	struct assay_buffer out = assay_buffer(100);
	struct assay_error err = { .code = ASSAY_ERR_OK };

	assert_false(assay_unseal(k, aad, sealed, &out, &err));
	test_assert_code(row, &err, ASSAY_ERR_SEAL_BROKEN);
	assert_int_equal(out.len, 0);
	assay_buffer_free(&out);
}

static void
refuses_every_change(void **state)
{
	struct assay_bytes aad = assay_bytes_of("signing key"), all;
	struct assay_buffer sealed = assay_buffer(100);
	uint8_t other[ASSAY_SEAL_KEY] = { 1, 2, 4 };
	struct assay_error err;

	(void)state;
	assert_true(assay_seal(key, aad, assay_bytes_of("secret"), &sealed,
	    &err));
	all = assay_buffer_bytes(&sealed);
	refuses("other_key", other, aad, all);
	refuses("other_aad", key, assay_bytes_of("signing kex"), all);
	refuses("no_aad", key, (struct assay_bytes){ NULL, 0 }, all);
	for (size_t i = 0; i < sealed.len; i++)
		for (unsigned int bit = 0; bit < 8; bit++) {
			sealed.ptr[i] ^= (uint8_t)(1u << bit);
			refuses("flip", key, aad, all);
			sealed.ptr[i] ^= (uint8_t)(1u << bit);
		}
	for (size_t n = 0; n < sealed.len; n++)
		refuses("cut", key, aad, (struct assay_bytes){ sealed.ptr,
		    n });
	assert_true(assay_buffer_putc(&sealed, 0));
	refuses("longer", key, aad, assay_buffer_bytes(&sealed));
	made_assert_clean();
	assay_buffer_free(&sealed);
}

static void
minds_the_maximum(void **state)
{
	struct assay_buffer small = assay_buffer(34), out = assay_buffer(5);
	struct assay_buffer sealed = assay_buffer(100);
	struct assay_bytes aad = assay_bytes_of("a");
	struct assay_error err;

	(void)state;
	assert_false(assay_seal(key, aad, assay_bytes_of("secret"), &small,
	    &err));
	test_assert_code("seal", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_int_equal(small.len, 0);
	assert_true(assay_seal(key, aad, assay_bytes_of("secret"), &sealed,
	    &err));
	assert_false(assay_unseal(key, aad, assay_buffer_bytes(&sealed), &out,
	    &err));
	test_assert_code("unseal", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_buffer_free(&small);
	assay_buffer_free(&sealed);
	assay_buffer_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_it_sealed),
		cmocka_unit_test(refuses_every_change),
		cmocka_unit_test(minds_the_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
