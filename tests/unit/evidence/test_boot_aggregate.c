/* SPDX-License-Identifier: Apache-2.0 */
/* boot_aggregate of IMA lists, against hashes computed in the test. */
#include <string.h>

#include "evidence/boot_aggregate.h"
#include "testlib.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* PCR i of a bank is all i + 1. */
static void
make_values(struct assay_pcrs *values, enum assay_hash hash, uint32_t mask)
{
	memset(values, 0, sizeof(*values));
	values->n_banks = 1;
	values->bank[0].alg = assay_tpm_alg(hash);
	values->bank[0].mask = mask;
	for (int i = 0; i < ASSAY_PCR_COUNT; i++)
		memset(values->bank[0].value[i], i + 1, ASSAY_DIGEST_MAX);
}

/* The hash of PCR 0 to last. */
static struct assay_digest
aggregate_of(enum assay_hash hash, size_t last)
{
	const size_t size = assay_hash_size(hash);
	uint8_t text[ASSAY_PCR_COUNT * ASSAY_DIGEST_MAX];
	struct assay_error err;
	struct assay_digest d;

	for (size_t i = 0; i <= last; i++)
		memset(text + i * size, (int)i + 1, size);
	assert_true(assay_digest(hash, (struct assay_bytes){ text,
	    (last + 1) * size }, &d, &err));
	return d;
}

static const struct {
	const char		*name, *alg;
	enum assay_hash		 hash, bank;
	size_t			 last;
	uint32_t		 mask;
	enum assay_aggregate	 want;
} rows[] = {
	{ "sha256 of 0 to 9", "sha256", ASSAY_SHA256, ASSAY_SHA256, 9,
	    0xffffff, ASSAY_AGGREGATE_MATCHES },
	{ "sha256 of 0 to 7", "sha256", ASSAY_SHA256, ASSAY_SHA256, 7,
	    0xffffff, ASSAY_AGGREGATE_MATCHES },
	{ "sha256 of 0 to 7, no others known", "sha256", ASSAY_SHA256,
	    ASSAY_SHA256, 7, 0xff, ASSAY_AGGREGATE_MATCHES },
	{ "sha384 of 0 to 9", "sha384", ASSAY_SHA384, ASSAY_SHA384, 9,
	    0x3ff, ASSAY_AGGREGATE_MATCHES },
	{ "sha512 of 0 to 9", "sha512", ASSAY_SHA512, ASSAY_SHA512, 9,
	    0x3ff, ASSAY_AGGREGATE_MATCHES },
	{ "sha1 of 0 to 7", "sha1", ASSAY_SHA1, ASSAY_SHA1, 7, 0xffffff,
	    ASSAY_AGGREGATE_MATCHES },
	{ "sha1 of 0 to 9", "sha1", ASSAY_SHA1, ASSAY_SHA1, 9, 0xffffff,
	    ASSAY_AGGREGATE_DIFFERS },
	{ "sha256 of 0 to 8", "sha256", ASSAY_SHA256, ASSAY_SHA256, 8,
	    0xffffff, ASSAY_AGGREGATE_DIFFERS },
	{ "bank of another hash", "sha256", ASSAY_SHA256, ASSAY_SHA384, 9,
	    0xffffff, ASSAY_AGGREGATE_UNKNOWN },
	{ "PCR 3 is absent", "sha256", ASSAY_SHA256, ASSAY_SHA256, 9,
	    0xfffff7, ASSAY_AGGREGATE_UNKNOWN },
	{ "PCR 9 is absent", "sha256", ASSAY_SHA256, ASSAY_SHA256, 9, 0x1ff,
	    ASSAY_AGGREGATE_UNKNOWN },
	{ "hash without a name", "sm3", ASSAY_SHA256, ASSAY_SHA256, 9,
	    0xffffff, ASSAY_AGGREGATE_UNKNOWN },
};

static void
made(void **state)
{
	struct test_table t = { .name = "aggregates" };

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct assay_digest d = aggregate_of(rows[i].hash,
		    rows[i].last);
		const struct assay_ima_entry e = {
			.file_hash_alg = assay_bytes_of(rows[i].alg),
			.file_hash = assay_digest_bytes(&d),
		};
		enum assay_aggregate got = ASSAY_AGGREGATE_ZEROS;
		struct assay_pcrs values;
		struct assay_error err;

		make_values(&values, rows[i].bank, rows[i].mask);
		assert_true(assay_ima_aggregate(&e, &values, &got, &err));
		test_row(&t, rows[i].name, got == rows[i].want, "%d", got);
	}
	test_table_end(&t);
}

static void
zeros(void **state)
{
	static const uint8_t zero[32];
	const struct assay_ima_entry e = {
		.file_hash_alg = assay_bytes_of("sha256"),
		.file_hash = { zero, sizeof(zero) },
	};
	enum assay_aggregate got = ASSAY_AGGREGATE_MATCHES;
	struct assay_pcrs values;
	struct assay_error err;

	(void)state;
	make_values(&values, ASSAY_SHA256, 0xffffff);
	assert_true(assay_ima_aggregate(&e, &values, &got, &err));
	assert_int_equal(got, ASSAY_AGGREGATE_ZEROS);
}

static void
names(void **state)
{
	struct assay_ima_entry e = { .seq = 0 };

	(void)state;
	assert_false(assay_ima_is_aggregate(&e));
	e.file_name = assay_bytes_of("boot_aggregate");
	assert_true(assay_ima_is_aggregate(&e));
	e.file_name = assay_bytes_of("/tmp/boot_aggregate");
	assert_false(assay_ima_is_aggregate(&e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made),
		cmocka_unit_test(zeros),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
