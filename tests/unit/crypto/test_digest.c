/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "made.h"
#include "testlib.h"

/* FIPS 180-4 examples: "abc". */
static const struct {
	enum assay_hash	 alg;
	const char	*name;
	size_t		 size;
	const char	*hex;
} rows[] = {
	{ ASSAY_SHA1, "sha1", 20, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ ASSAY_SHA256, "sha256", 32, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad" },
	{ ASSAY_SHA384, "sha384", 48, "cb00753f45a35e8bb5a03d699ac65007"
	    "272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
	},
	{ ASSAY_SHA512, "sha512", 64, "ddaf35a193617abacc417349ae204131"
	    "12e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
	    "454d4423643ce80e2a9ac94fa54ca49f" },
};

static void
hashes(void **state)
{
	const struct assay_bytes parts[] = { assay_bytes_of("a"),
	    { NULL, 0 }, assay_bytes_of("bc") };
	char text[2 * ASSAY_DIGEST_MAX + 1];
	struct assay_digest d;
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(assay_hash_size(rows[i].alg), rows[i].size);
		assert_string_equal(assay_hash_name(rows[i].alg),
		    rows[i].name);
		assert_true(assay_digest(rows[i].alg, assay_bytes_of("abc"),
		    &d, &err));
		assay_hex(assay_digest_bytes(&d), text);
		assert_string_equal(text, rows[i].hex);
		memset(&d, 0, sizeof(d));
		assert_true(assay_digest_parts(rows[i].alg, parts, 3, &d,
		    &err));
		assay_hex(assay_digest_bytes(&d), text);
		assert_string_equal(text, rows[i].hex);
	}
	made_assert_clean();
}

static void
hashes_nothing(void **state)
{
	char text[2 * ASSAY_DIGEST_MAX + 1];
	struct assay_digest d;
	struct assay_error err;

	(void)state;
	assert_true(assay_digest(ASSAY_SHA256, (struct assay_bytes){ NULL, 0 },
	    &d, &err));
	assay_hex(assay_digest_bytes(&d), text);
	assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	assert_true(assay_digest_parts(ASSAY_SHA256, NULL, 0, &d, &err));
	assay_hex(assay_digest_bytes(&d), text);
	assert_int_equal(memcmp(text, "e3b0c442", 8), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes),
		cmocka_unit_test(hashes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
