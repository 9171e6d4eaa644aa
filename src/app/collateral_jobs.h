/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which documents are being fetched, and when one that could not be had may
 * be tried again: exponential back-off with jitter, or as long as the server
 * asked. Pure bookkeeping: the caller locks, and says what time it is.
 */
#ifndef ASSAY_APP_COLLATERAL_JOBS_H
#define ASSAY_APP_COLLATERAL_JOBS_H

#include "app/collateral_list.h"

#define ASSAY_JOB_FIRST_DELAY_MS	1000
#define ASSAY_JOB_LAST_DELAY_MS		(600 * 1000)
#define ASSAY_JOB_MAX_RETRY_AFTER_MS	(3600 * 1000)

enum assay_job_state {
	ASSAY_JOB_IDLE,		/* nothing to do; error says how it ended */
	ASSAY_JOB_QUEUED,
	ASSAY_JOB_RUNNING,
	ASSAY_JOB_STAGED,	/* fetched; waits for what verifies it */
};

struct assay_collateral_job {
	struct assay_collateral_item	 key;	/* identifiers alone */
	enum assay_job_state		 state;
	unsigned int			 failures;	/* in a row */
	int64_t				 not_before;	/* ms, monotonic */
	int64_t				 used;		/* ms, monotonic */
	uint64_t			 fetches, failed;
	struct assay_error		 error;	/* OK: the last went well */
};

struct assay_collateral_jobs {
	struct assay_collateral_job	*jobs;
	size_t				 n;
};

ASSAY_MUST_USE bool assay_jobs_init(struct assay_collateral_jobs *jobs,
    struct assay_error *err);
void assay_jobs_free(struct assay_collateral_jobs *jobs);

/* Do two items have the same identifiers? */
bool assay_collateral_same(const struct assay_collateral_item *a,
    const struct assay_collateral_item *b);
/* NULL if there is none. */
struct assay_collateral_job *assay_jobs_find(
    struct assay_collateral_jobs *jobs,
    const struct assay_collateral_item *key);
/*
 * The job of the item, queued unless it is under way or may not be tried
 * yet. NULL when all places are taken by jobs that are under way or being
 * held back.
 */
struct assay_collateral_job *assay_jobs_want(
    struct assay_collateral_jobs *jobs,
    const struct assay_collateral_item *key, int64_t now_ms);
/* A queued job, now running; NULL if there is none. */
struct assay_collateral_job *assay_jobs_take(
    struct assay_collateral_jobs *jobs);
bool assay_job_under_way(const struct assay_collateral_job *job);
/* Is any queued or running? */
bool assay_jobs_busy(const struct assay_collateral_jobs *jobs);

/* It may not be tried again for rest seconds. */
void assay_job_succeeded(struct assay_collateral_job *job, int64_t now_ms,
    int64_t rest);
/*
 * Hold the job back. jitter is any random number; retry_after is in seconds,
 * -1 if nobody said.
 */
void assay_job_failed(struct assay_collateral_job *job, int64_t now_ms,
    int64_t retry_after, uint32_t jitter, const struct assay_error *why);

#endif
