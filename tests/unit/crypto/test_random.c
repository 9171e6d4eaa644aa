/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/random.h"
#include "made.h"
#include "testlib.h"

static struct assay_buffer
unhex(const char *text)
{
	struct assay_buffer out = assay_buffer(4096);
	struct assay_error err;

	assert_true(assay_hex_decode(assay_bytes_of(text), &out, &err));
	return out;
}

static void
gives_random_bytes(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };
	struct assay_error err;

	(void)state;
	assert_true(assay_random(a, sizeof(a), &err));
	assert_true(assay_random(b, sizeof(b), &err));
	assert_int_not_equal(memcmp(a, b, sizeof(a)), 0);
	assert_true(assay_random(a, 0, &err));
	assert_false(assay_random(a, (size_t)INT_MAX + 1, &err));
	test_assert_code("too_many", &err, ASSAY_ERR_LIMIT_EXCEEDED);
}

/* RFC 5869 appendix A.3: the test case without salt and info. */
static void
derives_keys(void **state)
{
	struct assay_buffer ikm = unhex(
	    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	struct assay_bytes none = { NULL, 0 };
	struct assay_error err;
	uint8_t okm[42], other[42];
	char text[2 * sizeof(okm) + 1];
	static uint8_t longest[8161];

	(void)state;
	assert_true(assay_hkdf(assay_buffer_bytes(&ikm), none, okm,
	    sizeof(okm), &err));
	assay_hex((struct assay_bytes){ okm, sizeof(okm) }, text);
	assert_string_equal(text, "8da4e775a563c18f715f802a063c5a31"
	    "b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
	assert_true(assay_hkdf(assay_buffer_bytes(&ikm),
	    assay_bytes_of("purpose"), other, sizeof(other), &err));
	assert_int_not_equal(memcmp(okm, other, sizeof(okm)), 0);
	assert_true(assay_hkdf(assay_buffer_bytes(&ikm), none, longest, 8160,
	    &err));
	assert_false(assay_hkdf(assay_buffer_bytes(&ikm), none, longest, 8161,
	    &err));
	test_assert_code("too_long", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_false(assay_hkdf(assay_buffer_bytes(&ikm), none, longest, 0,
	    &err));
	test_assert_code("empty", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	made_assert_clean();
	assay_buffer_free(&ikm);
}

/* RFC 4231 test case 2; and HMAC of nothing with an empty key. */
static void
authenticates(void **state)
{
	struct assay_error err;
	uint8_t mac[32];
	char text[65];

	(void)state;
	assert_true(assay_hmac_sha256(assay_bytes_of("Jefe"),
	    assay_bytes_of("what do ya want for nothing?"), mac, &err));
	assay_hex((struct assay_bytes){ mac, 32 }, text);
	assert_string_equal(text, "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
	assert_true(assay_hmac_sha256((struct assay_bytes){ NULL, 0 },
	    (struct assay_bytes){ NULL, 0 }, mac, &err));
	assay_hex((struct assay_bytes){ mac, 32 }, text);
	assert_string_equal(text, "b613679a0814d9ec772f95d778c35fc5"
	    "ff1697c493715653c6c712144292c5ad");
	made_assert_clean();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_random_bytes),
		cmocka_unit_test(derives_keys),
		cmocka_unit_test(authenticates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
