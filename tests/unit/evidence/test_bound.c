/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/digest.h"
#include "evidence/bound.h"
#include "testlib.h"

static const struct {
	const char		*name;
	const char		*data;		/* what the client sends */
	size_t			 at;		/* slot byte to flip; 64: none */
	size_t			 slot_len;
	enum assay_check_id	 id;
	enum assay_code		 want;
} rows[] = {
	{ "good", "data", 64, 64, ASSAY_CHECK_RUNTIME_DATA, ASSAY_ERR_OK },
	{ "slot_of_32", "data", 64, 32, ASSAY_CHECK_RUNTIME_DATA,
	    ASSAY_ERR_OK },
	{ "slot_of_48", "data", 64, 48, ASSAY_CHECK_RUNTIME_DATA,
	    ASSAY_ERR_OK },
	{ "other_data", "date", 64, 64, ASSAY_CHECK_RUNTIME_DATA,
	    ASSAY_ERR_RUNTIME_DATA_MISMATCH },
	{ "empty_data", "", 64, 64, ASSAY_CHECK_RUNTIME_DATA,
	    ASSAY_ERR_RUNTIME_DATA_MISMATCH },
	{ "first_byte", "data", 0, 64, ASSAY_CHECK_RUNTIME_DATA,
	    ASSAY_ERR_RUNTIME_DATA_MISMATCH },
	{ "last_byte_of_hash", "data", 31, 64, ASSAY_CHECK_RUNTIME_DATA,
	    ASSAY_ERR_RUNTIME_DATA_MISMATCH },
	{ "behind_the_hash", "data", 32, 64, ASSAY_CHECK_RUNTIME_DATA,
	    ASSAY_ERR_RUNTIME_DATA_MISMATCH },
	{ "last_byte", "data", 63, 64, ASSAY_CHECK_RUNTIME_DATA,
	    ASSAY_ERR_RUNTIME_DATA_MISMATCH },
	{ "slot_too_short", "data", 64, 31, ASSAY_CHECK_RUNTIME_DATA,
	    ASSAY_ERR_RUNTIME_DATA_MISMATCH },
	{ "no_slot", "data", 64, 0, ASSAY_CHECK_INIT_TIME_DATA,
	    ASSAY_ERR_INIT_TIME_DATA_MISMATCH },
	{ "init_time", "data", 5, 64, ASSAY_CHECK_INIT_TIME_DATA,
	    ASSAY_ERR_INIT_TIME_DATA_MISMATCH },
};

static void
test_rows(void **state)
{
	struct test_table t = { .name = "bound data" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_checks checks = { 0 };
		struct assay_error err = { 0 };
		struct assay_digest d;
		uint8_t slot[64] = { 0 };
		bool ok;

		assert_true(assay_digest(ASSAY_SHA256, assay_bytes_of("data"),
		    &d, &err));
		memcpy(slot, d.bytes, d.len);
		if (rows[i].at < sizeof(slot))
			slot[rows[i].at] ^= 1;
		ok = assay_bound_check(assay_bytes_of(rows[i].data),
		    (struct assay_bytes){ slot, rows[i].slot_len }, rows[i].id,
		    &checks, &err);
		test_row(&t, rows[i].name, err.code == rows[i].want &&
		    ok == (rows[i].want == ASSAY_ERR_OK) &&
		    assay_checks_has(&checks, rows[i].id) == ok,
		    "got %s \"%s\"", assay_code_name(err.code), err.text);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
