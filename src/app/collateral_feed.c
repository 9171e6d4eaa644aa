/* SPDX-License-Identifier: Apache-2.0 */
#include "app/collateral_feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/clock.h"
#include "app/collateral_check.h"
#include "app/collateral_jobs.h"
#include "app/log.h"
#include "base/encode.h"
#include "base/mem.h"
#include "crypto/random.h"

#define FEED_THREADS	4
#define REST_MIN_S	60
#define REST_MAX_S	(6 * 3600)

struct assay_collateral_feed {
	struct assay_collateral_feed_options	 opt;
	struct assay_anchors			 anchors;

	pthread_mutex_t				 lock;
	pthread_cond_t				 work;	/* something queued */
	pthread_cond_t				 done;	/* a job has ended */
	struct assay_collateral_jobs		 jobs;
	bool					 closing;

	pthread_mutex_t				 stage_lock;
	struct assay_collateral_list		*staged;

	pthread_t				 thread[FEED_THREADS];
	size_t					 n_threads;
	uint32_t				 jitter;	/* of this node */
};

/* ---- what is said of a job ------------------------------------------------- */

static void
log_job(enum assay_log_level level, const char *event,
    const struct assay_collateral_item *item, const struct assay_error *why)
{
	char fmspc[13];

	assay_hex((struct assay_bytes){ item->fmspc, sizeof(item->fmspc) },
	    fmspc);
	ASSAY_LOG(level, event,
	    assay_log_str("kind", assay_collateral_kind_name(item->kind)),
	    assay_log_str("fmspc", item->kind == ASSAY_COLLATERAL_TCB_INFO ?
	    fmspc : NULL),
	    assay_log_str("source", item->source),
	    assay_log_str("code", why == NULL ? NULL :
	    assay_code_name(why->code)),
	    assay_log_str("why", why == NULL ? NULL : why->text));
}

static uint32_t
random_jitter(void)
{
	struct assay_error ignored;
	uint32_t jitter = 0;

	(void)!assay_random(&jitter, sizeof(jitter), &ignored);
	return jitter;
}

/* The job that a document answers: asked for by number, or by newest. */
static struct assay_collateral_job *
job_of(struct assay_collateral_feed *f,
    const struct assay_collateral_item *item)
{
	struct assay_collateral_item key = *item;
	struct assay_collateral_job *job = assay_jobs_find(&f->jobs, &key);

	if (job == NULL || job->state != ASSAY_JOB_STAGED) {
		key.number = 0;
		job = assay_jobs_find(&f->jobs, &key);
	}
	return job;
}

/* A source may serve what is due again at once: then it is left alone for a
 * fortieth of the document's life. */
static int64_t
rest_of(struct assay_collateral_feed *f,
    const struct assay_collateral_item *item)
{
	int64_t rest = (item->next - item->issued) / 40;

	if (assay_clock_now() < assay_collateral_due(item, f->jitter))
		return 0;
	return rest < REST_MIN_S ? REST_MIN_S :
	    rest > REST_MAX_S ? REST_MAX_S : rest;
}

static void
end_well(struct assay_collateral_feed *f,
    const struct assay_collateral_item *item)
{
	struct assay_collateral_job *job;

	pthread_mutex_lock(&f->lock);
	if ((job = job_of(f, item)) != NULL)
		assay_job_succeeded(job, assay_clock_monotonic_ms(),
		    rest_of(f, item));
	pthread_cond_broadcast(&f->done);
	pthread_mutex_unlock(&f->lock);
}

static void
end_badly(struct assay_collateral_feed *f,
    const struct assay_collateral_item *item, int64_t retry_after,
    const struct assay_error *why)
{
	struct assay_collateral_job *job;

	log_job(ASSAY_LOG_WARNING, "collateral-not-fetched", item, why);
	pthread_mutex_lock(&f->lock);
	if ((job = assay_jobs_find(&f->jobs, item)) == NULL ||
	    job->state == ASSAY_JOB_IDLE)
		job = job_of(f, item);
	if (job != NULL)
		assay_job_failed(job, assay_clock_monotonic_ms(), retry_after,
		    random_jitter(), why);
	pthread_cond_broadcast(&f->done);
	pthread_mutex_unlock(&f->lock);
}

/* ---- verify and store -------------------------------------------------------- */

/* Everything staged that verifies, moved to good; the rest stays or ends. */
static bool
sort_staged(struct assay_collateral_feed *f,
    const struct assay_collateral_list *held, bool last,
    struct assay_collateral_list *good, struct assay_error *err)
{
	const struct assay_collateral_world world = { f->staged, held,
	    &f->anchors };
	struct assay_collateral_list *left = assay_collateral_list_new();
	bool ok = left != NULL || assay_fail_memory(err, "collateral");

	for (size_t i = 0; ok && i < f->staged->n; i++) {
		const struct assay_collateral_item *item =
		    &f->staged->items[i];
		struct assay_error why = { 0 };

		if (assay_collateral_check(&world, item, &why))
			ok = assay_collateral_list_add(good, item, err);
		else if (why.code == ASSAY_ERR_COLLATERAL_MISSING && !last)
			ok = assay_collateral_list_add(left, item, err);
		else
			end_badly(f, item, -1, &why);
	}
	if (!ok) {
		assay_collateral_list_free(left);
		return false;
	}
	assay_collateral_list_free(f->staged);
	f->staged = left;
	return true;
}

static const struct assay_collateral_item *
held_like(const struct assay_collateral_list *held,
    const struct assay_collateral_item *item)
{
	for (size_t i = 0; i < held->n; i++)
		if (assay_collateral_same(&held->items[i], item))
			return &held->items[i];
	return NULL;
}

/* A source that has nothing but what has expired is no help. */
static void
end_stored(struct assay_collateral_feed *f,
    const struct assay_collateral_list *held,
    const struct assay_collateral_list *good)
{
	for (size_t i = 0; i < good->n; i++) {
		const struct assay_collateral_item *item = &good->items[i];
		const struct assay_collateral_item *old =
		    held_like(held, item);
		struct assay_error why = { 0 };

		bool newer = old == NULL || old->issued < item->issued;

		if (item->next <= assay_clock_now()) {
			(void)assay_fail(&why, ASSAY_ERR_FETCH_FAILED,
			    "%s has nothing that has not expired",
			    item->source);
			end_badly(f, item, -1, &why);
			continue;
		}
		log_job(newer ? ASSAY_LOG_INFO : ASSAY_LOG_DEBUG, newer ?
		    "collateral-fetched" : "collateral-unchanged", item,
		    NULL);
		end_well(f, item);
	}
}

/* Each by itself; those that go back end here and are not in kept. */
static bool
store_each(struct assay_collateral_feed *f,
    const struct assay_collateral_list *good,
    struct assay_collateral_list *kept, size_t *stored,
    struct assay_error *err)
{
	for (size_t i = 0; i < good->n; i++) {
		const struct assay_collateral_list one = {
			&good->items[i], 1, 1 };
		struct assay_error why = { 0 };
		size_t n = 0;

		if (!assay_store_collateral_put(f->opt.store, &one, &n,
		    &why)) {
			end_badly(f, &good->items[i], -1, &why);
			continue;
		}
		*stored += n;
		if (!assay_collateral_list_add(kept, &good->items[i], err))
			return false;
	}
	return true;
}

/* All at once, so that one fails alone only if it goes back. *good is then
 * what was stored. */
static bool
store_good(struct assay_collateral_feed *f,
    struct assay_collateral_list **good, size_t *stored,
    struct assay_error *err)
{
	struct assay_collateral_list *kept;

	if ((*good)->n == 0 || assay_store_collateral_put(f->opt.store, *good,
	    stored, err))
		return true;
	if (err->code != ASSAY_ERR_COLLATERAL_ROLLBACK)
		return false;
	if ((kept = assay_collateral_list_new()) == NULL)
		return assay_fail_memory(err, "collateral");
	if (!store_each(f, *good, kept, stored, err)) {
		assay_collateral_list_free(kept);
		return false;
	}
	assay_collateral_list_free(*good);
	*good = kept;
	return true;
}

static bool
settle(struct assay_collateral_feed *f, bool last, struct assay_error *err)
{
	struct assay_collateral_list *held = assay_collateral_list_new();
	struct assay_collateral_list *good = assay_collateral_list_new();
	size_t stored = 0;
	bool ok = false;

	if (held == NULL || good == NULL) {
		assay_fail_memory(err, "collateral");
		goto out;
	}
	if (!assay_collateral_set_copy(f->opt.set, held, err) ||
	    !sort_staged(f, held, last, good, err))
		goto out;
	if (!store_good(f, &good, &stored, err) || (stored != 0 &&
	    !f->opt.reload(f->opt.ctx, err))) {
		for (size_t i = 0; i < good->n; i++)
			end_badly(f, &good->items[i], -1, err);
		goto out;
	}
	end_stored(f, held, good);
	ok = true;
out:
	assay_collateral_list_free(held);
	assay_collateral_list_free(good);
	return ok;
}

/* From here on it is among the staged, for whoever looks what is there. */
static void
mark_staged(struct assay_collateral_feed *f,
    const struct assay_collateral_item *key)
{
	struct assay_collateral_job *job = assay_jobs_find(&f->jobs, key);

	if (job != NULL && job->state == ASSAY_JOB_RUNNING)
		job->state = ASSAY_JOB_STAGED;
}

/*
 * Staged documents wait for others; when none is under way they end. A job is
 * under way until its document is where the others look for it.
 */
static void
stage(struct assay_collateral_feed *f,
    const struct assay_collateral_item *key,
    const struct assay_collateral_list *got)
{
	const size_t n = got == NULL ? 0 : got->n;
	struct assay_error err = { 0 };
	bool last;

	pthread_mutex_lock(&f->stage_lock);
	for (size_t i = 0; i < n; i++)
		if (!assay_collateral_list_add(f->staged, &got->items[i],
		    &err))
			end_badly(f, &got->items[i], -1, &err);
	pthread_mutex_lock(&f->lock);
	if (n != 0)
		mark_staged(f, key);
	last = !assay_jobs_busy(&f->jobs);
	pthread_mutex_unlock(&f->lock);
	if (!settle(f, last, &err))
		assay_log_error(ASSAY_LOG_ERROR, "collateral-not-stored",
		    "feed", &err);
	pthread_mutex_unlock(&f->stage_lock);
}

/* ---- fetch --------------------------------------------------------------------- */

/* From the first source that has it. */
static bool
fetch(struct assay_collateral_feed *f,
    const struct assay_collateral_item *key,
    struct assay_collateral_list *got, int64_t *retry_after,
    struct assay_error *err)
{
	const struct assay_pcs_options opt = {
		.update = f->opt.update,
		.cacert = f->opt.cacert,
		.deadline_ms = f->opt.deadline_ms,
		.now = assay_clock_now(),
	};
	int64_t asked;

	*retry_after = -1;
	for (size_t i = 0; i < f->opt.n_sources; i++) {
		if (assay_pcs_get(&f->opt.sources[i], &opt, key, got, &asked,
		    err))
			return true;
		if (asked > *retry_after)
			*retry_after = asked;
		log_job(ASSAY_LOG_WARNING, "collateral-source-failed", key,
		    err);
	}
	return false;
}

static void
work_on(struct assay_collateral_feed *f, struct assay_collateral_item key)
{
	struct assay_collateral_list *got = assay_collateral_list_new();
	struct assay_error err = { 0 };
	int64_t retry_after = -1;
	bool ok = got != NULL || assay_fail_memory(&err, "collateral");

	ok = ok && fetch(f, &key, got, &retry_after, &err);
	if (!ok)
		end_badly(f, &key, retry_after, &err);
	stage(f, &key, got);
	assay_collateral_list_free(got);
}

static void *
worker(void *ctx)
{
	struct assay_collateral_feed *f = ctx;
	struct assay_collateral_job *job;

	pthread_mutex_lock(&f->lock);
	while (!f->closing) {
		struct assay_collateral_item key;

		if ((job = assay_jobs_take(&f->jobs)) == NULL) {
			pthread_cond_wait(&f->work, &f->lock);
			continue;
		}
		key = job->key;
		pthread_mutex_unlock(&f->lock);
		work_on(f, key);
		pthread_mutex_lock(&f->lock);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

/* ---- for the pipeline ------------------------------------------------------------ */

static struct timespec
deadline_after(int64_t ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)(ms / 1000);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static bool
any_under_way(struct assay_collateral_feed *f,
    const struct assay_collateral_lack *lack)
{
	for (size_t i = 0; i < lack->n; i++) {
		const struct assay_collateral_job *job =
		    assay_jobs_find(&f->jobs, &lack->item[i]);

		if (job != NULL && assay_job_under_way(job))
			return true;
	}
	return false;
}

/* What the others lean on is last. */
static void
why_not(struct assay_collateral_feed *f,
    const struct assay_collateral_lack *lack, struct assay_error *why)
{
	for (size_t i = lack->n; i-- > 0;) {
		const struct assay_collateral_job *job =
		    assay_jobs_find(&f->jobs, &lack->item[i]);

		if (job != NULL && !assay_job_under_way(job) &&
		    job->error.code != ASSAY_ERR_OK) {
			*why = job->error;
			return;
		}
	}
}

static void
wait_locked(struct assay_collateral_feed *f,
    const struct assay_collateral_lack *lack, struct assay_error *why)
{
	struct timespec until = deadline_after(f->opt.wait_ms);

	for (size_t i = 0; i < lack->n; i++)
		(void)assay_jobs_want(&f->jobs, &lack->item[i],
		    assay_clock_monotonic_ms());
	pthread_cond_broadcast(&f->work);
	while (any_under_way(f, lack))
		if (pthread_cond_clockwait(&f->done, &f->lock,
		    CLOCK_MONOTONIC, &until) != 0) {
			(void)assay_fail(why, ASSAY_ERR_FETCH_FAILED,
			    "no answer within %lld ms; it is still waited for",
			    (long long)f->opt.wait_ms);
			break;
		}
	why_not(f, lack, why);
}

/*
 * What lacks is looked up under the lock that jobs end under: a moment
 * earlier, and what has just come would be fetched once more.
 */
bool
assay_collateral_feed_wait(struct assay_collateral_feed *f,
    const struct assay_dcap_wanted *wanted, struct assay_error *why)
{
	struct assay_collateral_lack lack;

	*why = (struct assay_error){ ASSAY_ERR_OK, "" };
	pthread_mutex_lock(&f->lock);
	assay_collateral_set_lacks(f->opt.set, wanted, assay_clock_now(),
	    &f->opt.grace, &lack);
	if (lack.n != 0)
		wait_locked(f, &lack, why);
	pthread_mutex_unlock(&f->lock);
	return lack.n != 0;
}

/* ---- ahead of expiry ----------------------------------------------------------------- */

int64_t
assay_collateral_due(const struct assay_collateral_item *item,
    uint32_t jitter)
{
	int64_t life = item->next - item->issued;

	if (life <= 0)
		return item->next;
	return item->next - life / 4 -
	    (int64_t)(jitter % 1024) * (life / 10) / 1024;
}

static void
queue_due(struct assay_collateral_feed *f,
    const struct assay_collateral_list *held, int64_t now)
{
	for (size_t i = 0; i < held->n; i++) {
		struct assay_collateral_item key = held->items[i];

		if (key.kind == ASSAY_COLLATERAL_PCK_CHAIN ||
		    now < assay_collateral_due(&key, f->jitter))
			continue;
		/* The default follows the source to a newer number. */
		if (!key.aside)
			key.number = 0;
		(void)assay_jobs_want(&f->jobs, &key,
		    assay_clock_monotonic_ms());
	}
}

void
assay_collateral_feed_tick(struct assay_collateral_feed *f, int64_t now)
{
	struct assay_collateral_list *held = assay_collateral_list_new();
	struct assay_error ignored;

	if (held == NULL)
		return;
	if (assay_collateral_set_copy(f->opt.set, held, &ignored)) {
		pthread_mutex_lock(&f->lock);
		queue_due(f, held, now);
		pthread_cond_broadcast(&f->work);
		pthread_mutex_unlock(&f->lock);
	}
	assay_collateral_list_free(held);
}

/* ---- life ------------------------------------------------------------------------------ */

static bool
make_locks(struct assay_collateral_feed *f, struct assay_error *err)
{
	bool ok = pthread_mutex_init(&f->lock, NULL) == 0 &&
	    pthread_mutex_init(&f->stage_lock, NULL) == 0 &&
	    pthread_cond_init(&f->work, NULL) == 0 &&
	    pthread_cond_init(&f->done, NULL) == 0;

	if (!ok)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "cannot make locks");
	return true;
}

bool
assay_collateral_feed_open(const struct assay_collateral_feed_options *opt,
    struct assay_collateral_feed **out, struct assay_error *err)
{
	struct assay_collateral_feed *f = assay_alloc(1, sizeof(*f));

	if (f == NULL)
		return assay_fail_memory(err, "collateral feed");
	f->opt = *opt;
	f->jitter = random_jitter();
	if (!make_locks(f, err)) {
		free(f);
		return false;
	}
	f->staged = assay_collateral_list_new();
	if (f->staged == NULL) {
		assay_fail_memory(err, "collateral feed");
		goto fail;
	}
	if (!assay_jobs_init(&f->jobs, err) ||
	    !assay_anchors_make(opt->trust->anchors, opt->trust->n, false,
	    &f->anchors, err))
		goto fail;
	for (; f->n_threads < FEED_THREADS; f->n_threads++)
		if (pthread_create(&f->thread[f->n_threads], NULL, worker,
		    f) != 0) {
			assay_fail(err, ASSAY_ERR_INTERNAL,
			    "cannot make a thread");
			goto fail;
		}
	*out = f;
	return true;
fail:
	assay_collateral_feed_close(f);
	return false;
}

void
assay_collateral_feed_close(struct assay_collateral_feed *f)
{
	if (f == NULL)
		return;
	pthread_mutex_lock(&f->lock);
	f->closing = true;
	pthread_cond_broadcast(&f->work);
	pthread_mutex_unlock(&f->lock);
	for (size_t i = 0; i < f->n_threads; i++)
		(void)pthread_join(f->thread[i], NULL);
	assay_jobs_free(&f->jobs);
	assay_anchors_free(&f->anchors);
	assay_collateral_list_free(f->staged);
	(void)pthread_cond_destroy(&f->work);
	(void)pthread_cond_destroy(&f->done);
	(void)pthread_mutex_destroy(&f->lock);
	(void)pthread_mutex_destroy(&f->stage_lock);
	free(f);
}
