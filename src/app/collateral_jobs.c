/* SPDX-License-Identifier: Apache-2.0 */
#include "app/collateral_jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

bool
assay_jobs_init(struct assay_collateral_jobs *jobs, struct assay_error *err)
{
	jobs->n = 0;
	jobs->jobs = assay_alloc(ASSAY_MAX_COLLATERAL_JOBS,
	    sizeof(*jobs->jobs));
	if (jobs->jobs == NULL)
		return assay_fail_memory(err, "collateral jobs");
	return true;
}

void
assay_jobs_free(struct assay_collateral_jobs *jobs)
{
	free(jobs->jobs);
	jobs->jobs = NULL;
	jobs->n = 0;
}

bool
assay_collateral_same(const struct assay_collateral_item *a,
    const struct assay_collateral_item *b)
{
	return a->kind == b->kind && a->tee == b->tee && a->ca == b->ca &&
	    a->number == b->number &&
	    memcmp(a->fmspc, b->fmspc, sizeof(a->fmspc)) == 0;
}

bool
assay_job_under_way(const struct assay_collateral_job *job)
{
	return job->state != ASSAY_JOB_IDLE;
}

bool
assay_jobs_busy(const struct assay_collateral_jobs *jobs)
{
	for (size_t i = 0; i < jobs->n; i++)
		if (jobs->jobs[i].state == ASSAY_JOB_QUEUED ||
		    jobs->jobs[i].state == ASSAY_JOB_RUNNING)
			return true;
	return false;
}

struct assay_collateral_job *
assay_jobs_find(struct assay_collateral_jobs *jobs,
    const struct assay_collateral_item *key)
{
	for (size_t i = 0; i < jobs->n; i++)
		if (assay_collateral_same(&jobs->jobs[i].key, key))
			return &jobs->jobs[i];
	return NULL;
}

/* A fresh place, or that of the idle job which was wanted longest ago. */
static struct assay_collateral_job *
make_room(struct assay_collateral_jobs *jobs, int64_t now_ms)
{
	struct assay_collateral_job *oldest = NULL;

	if (jobs->n < ASSAY_MAX_COLLATERAL_JOBS)
		return &jobs->jobs[jobs->n++];
	for (size_t i = 0; i < jobs->n; i++) {
		struct assay_collateral_job *j = &jobs->jobs[i];

		/* Forgetting one that is held back would let it loose. */
		if (j->state == ASSAY_JOB_IDLE && j->not_before <= now_ms &&
		    (oldest == NULL || j->used < oldest->used))
			oldest = j;
	}
	return oldest;
}

struct assay_collateral_job *
assay_jobs_want(struct assay_collateral_jobs *jobs,
    const struct assay_collateral_item *key, int64_t now_ms)
{
	struct assay_collateral_job *j = assay_jobs_find(jobs, key);

	if (j == NULL) {
		if ((j = make_room(jobs, now_ms)) == NULL)
			return NULL;
		*j = (struct assay_collateral_job){ .key = {
		    .kind = key->kind, .tee = key->tee, .ca = key->ca,
		    .number = key->number } };
		memcpy(j->key.fmspc, key->fmspc, sizeof(j->key.fmspc));
	}
	j->used = now_ms;
	if (j->state == ASSAY_JOB_IDLE && j->not_before <= now_ms)
		j->state = ASSAY_JOB_QUEUED;
	return j;
}

struct assay_collateral_job *
assay_jobs_take(struct assay_collateral_jobs *jobs)
{
	for (size_t i = 0; i < jobs->n; i++) {
		if (jobs->jobs[i].state == ASSAY_JOB_QUEUED) {
			jobs->jobs[i].state = ASSAY_JOB_RUNNING;
			jobs->jobs[i].fetches++;
			return &jobs->jobs[i];
		}
	}
	return NULL;
}

void
assay_job_succeeded(struct assay_collateral_job *job, int64_t now_ms,
    int64_t rest)
{
	job->state = ASSAY_JOB_IDLE;
	job->failures = 0;
	job->not_before = now_ms + rest * 1000;
	job->error = (struct assay_error){ 0 };
}

void
assay_job_failed(struct assay_collateral_job *job, int64_t now_ms,
    int64_t retry_after, uint32_t jitter, const struct assay_error *why)
{
	int64_t delay = ASSAY_JOB_FIRST_DELAY_MS, asked = 0;

	for (unsigned int i = 0; i < job->failures &&
	    delay < ASSAY_JOB_LAST_DELAY_MS; i++)
		delay *= 2;
	if (delay > ASSAY_JOB_LAST_DELAY_MS)
		delay = ASSAY_JOB_LAST_DELAY_MS;
	/* Between half and all of it, so that a fleet does not march. */
	delay = delay / 2 + (int64_t)(jitter % 1024) * (delay / 2) / 1024;
	if (retry_after > 0)
		asked = retry_after > ASSAY_JOB_MAX_RETRY_AFTER_MS / 1000 ?
		    ASSAY_JOB_MAX_RETRY_AFTER_MS : retry_after * 1000;
	job->state = ASSAY_JOB_IDLE;
	job->failures++;
	job->failed++;
	job->not_before = now_ms + (delay > asked ? delay : asked);
	job->error = *why;
}
