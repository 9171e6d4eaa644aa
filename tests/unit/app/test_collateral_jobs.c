/* SPDX-License-Identifier: Apache-2.0 */
#include "app/collateral_jobs.h"
#include "base/limits.h"
#include "testlib.h"

static struct assay_collateral_item
key_of(uint32_t n)
{
	struct assay_collateral_item key = {
		.kind = ASSAY_COLLATERAL_TCB_INFO };

	key.fmspc[0] = (uint8_t)n;
	key.fmspc[1] = (uint8_t)(n >> 8);
	return key;
}

static void
setup(struct assay_collateral_jobs *jobs)
{
	struct assay_error err = { 0 };

	assert_true(assay_jobs_init(jobs, &err));
}

static void
test_one_exchange_for_many(void **state)
{
	const struct assay_collateral_item key = key_of(1);
	struct assay_collateral_jobs jobs;
	struct assay_collateral_job *job;

	(void)state;
	setup(&jobs);
	job = assay_jobs_want(&jobs, &key, 0);
	assert_ptr_equal(job, assay_jobs_want(&jobs, &key, 1));
	assert_ptr_equal(assay_jobs_take(&jobs), job);
	/* While it runs nobody else begins it. */
	assert_ptr_equal(assay_jobs_want(&jobs, &key, 2), job);
	assert_null(assay_jobs_take(&jobs));
	assert_true(assay_jobs_busy(&jobs));
	assert_int_equal(job->fetches, 1);
	assay_job_succeeded(job, 3, 0);
	assert_false(assay_job_under_way(job));
	assert_false(assay_jobs_busy(&jobs));
	assay_jobs_free(&jobs);
}

static void
test_back_off(void **state)
{
	static const struct {
		int64_t		retry_after;
		int64_t		least, most;	/* ms until the next try */
	} rows[] = {
		{ -1, 500, 1000 },
		{ -1, 1000, 2000 },
		{ -1, 2000, 4000 },
		{ 60, 60000, 60000 },
		{ 1000000, ASSAY_JOB_MAX_RETRY_AFTER_MS,
		    ASSAY_JOB_MAX_RETRY_AFTER_MS },
		{ -1, 16000, 32000 },
	};
	const struct assay_collateral_item key = key_of(1);
	struct assay_collateral_jobs jobs;
	struct assay_collateral_job *job;
	struct assay_error why = { 0 };
	int64_t now = 0;

	(void)state;
	(void)assay_fail(&why, ASSAY_ERR_FETCH_FAILED, "no answer");
	setup(&jobs);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		job = assay_jobs_want(&jobs, &key, now);
		assert_ptr_equal(assay_jobs_take(&jobs), job);
		assay_job_failed(job, now, rows[i].retry_after,
		    (uint32_t)i * 337, &why);
		assert_in_range(job->not_before - now, rows[i].least,
		    rows[i].most);
		/* Held back until then. */
		(void)assay_jobs_want(&jobs, &key, job->not_before - 1);
		assert_null(assay_jobs_take(&jobs));
		now = job->not_before;
	}
	for (int i = 0; i < 40; i++) {
		job = assay_jobs_want(&jobs, &key, now);
		assert_ptr_equal(assay_jobs_take(&jobs), job);
		assay_job_failed(job, now, -1, 1023, &why);
		assert_true(job->not_before - now <=
		    ASSAY_JOB_LAST_DELAY_MS);
		now = job->not_before;
	}
	assert_int_equal(job->error.code, ASSAY_ERR_FETCH_FAILED);
	job = assay_jobs_want(&jobs, &key, now);
	(void)assay_jobs_take(&jobs);
	assay_job_succeeded(job, now, 60);
	assert_int_equal(job->failures, 0);
	assert_int_equal(job->not_before, now + 60000);
	assay_jobs_free(&jobs);
}

static void
test_places(void **state)
{
	struct assay_collateral_jobs jobs;
	struct assay_collateral_item key;
	struct assay_error why = { 0 };

	(void)state;
	(void)assay_fail(&why, ASSAY_ERR_FETCH_FAILED, "no answer");
	setup(&jobs);
	for (uint32_t i = 0; i < ASSAY_MAX_COLLATERAL_JOBS; i++) {
		key = key_of(i);
		assert_non_null(assay_jobs_want(&jobs, &key, i));
	}
	key = key_of(ASSAY_MAX_COLLATERAL_JOBS);
	assert_null(assay_jobs_want(&jobs, &key, 5000));
	/* One that is held back keeps its place, one that went well not. */
	assay_job_failed(assay_jobs_take(&jobs), 5000, -1, 0, &why);
	assert_null(assay_jobs_want(&jobs, &key, 5000));
	assay_job_succeeded(assay_jobs_take(&jobs), 5000, 0);
	assert_non_null(assay_jobs_want(&jobs, &key, 5000));
	key = key_of(1);
	assert_null(assay_jobs_find(&jobs, &key));
	key = key_of(0);
	assert_non_null(assay_jobs_find(&jobs, &key));
	assay_jobs_free(&jobs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_exchange_for_many),
		cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
