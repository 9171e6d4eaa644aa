/* SPDX-License-Identifier: Apache-2.0 */
#include "app/challenges.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/*
 * Challenges are kept by the minute in which they expire, so that a whole
 * set goes at once. Lifetimes of an hour touch 61 minutes.
 */
#define SPAN_MS		60000
#define N_SETS		64
#define FIRST_SLOTS	64
/* Clocks of the nodes of one instance differ by less than this. */
#define SKEW_MS		60000

/* Open addressing; a slot of zeros is free. Challenges are our own random
 * bytes: their first eight are as good as any hash. */
struct set {
	int64_t	  minute;
	uint8_t	(*slots)[ASSAY_TPM_CHALLENGE];
	size_t	  n, cap;	/* cap: 0 or a power of two */
};

struct assay_challenges {
	pthread_mutex_t	lock;
	struct set	set[N_SETS];
	size_t		n, max;
	int64_t		started;
	/* What expired before this has been forgotten: a clock that was set
	 * back does not bring it to life. */
	int64_t		floor;
};

/* ---- one set --------------------------------------------------------------- */

static bool
is_free(const uint8_t *slot)
{
	static const uint8_t zeros[ASSAY_TPM_CHALLENGE];

	return memcmp(slot, zeros, sizeof(zeros)) == 0;
}

/* Where it is, or where it would go. There is always a free slot. */
static size_t
find_slot(const struct set *s, const uint8_t *challenge)
{
	uint64_t hash;
	size_t i;

	memcpy(&hash, challenge, sizeof(hash));
	i = (size_t)hash & (s->cap - 1);
	while (!is_free(s->slots[i]) &&
	    memcmp(s->slots[i], challenge, ASSAY_TPM_CHALLENGE) != 0)
		i = (i + 1) & (s->cap - 1);
	return i;
}

static bool
grow(struct set *s, struct assay_error *err)
{
	struct set larger = { .minute = s->minute, .n = s->n,
		.cap = s->cap == 0 ? FIRST_SLOTS : s->cap * 2 };

	if ((larger.slots = assay_alloc(larger.cap,
	    sizeof(*larger.slots))) == NULL)
		return assay_fail_memory(err, "used challenges");
	for (size_t i = 0; i < s->cap; i++)
		if (!is_free(s->slots[i]))
			memcpy(larger.slots[find_slot(&larger, s->slots[i])],
			    s->slots[i], ASSAY_TPM_CHALLENGE);
	free(s->slots);
	*s = larger;
	return true;
}

static void
empty(struct set *s)
{
	free(s->slots);
	*s = (struct set){ 0 };
}

/* ---- all ------------------------------------------------------------------- */

static struct set *
find_set(struct assay_challenges *c, int64_t minute)
{
	for (size_t i = 0; i < N_SETS; i++)
		if (c->set[i].n != 0 && c->set[i].minute == minute)
			return &c->set[i];
	return NULL;
}

/* Forget the minutes that are over. */
static void
forget(struct assay_challenges *c, int64_t now)
{
	for (size_t i = 0; i < N_SETS; i++) {
		struct set *s = &c->set[i];
		int64_t end = (s->minute + 1) * SPAN_MS;

		if (s->n == 0 || end > now)
			continue;
		if (end > c->floor)
			c->floor = end;
		c->n -= s->n;
		empty(s);
	}
}

static struct set *
add_set(struct assay_challenges *c, int64_t minute)
{
	for (size_t i = 0; i < N_SETS; i++) {
		if (c->set[i].n != 0)
			continue;
		c->set[i].minute = minute;
		return &c->set[i];
	}
	return NULL;
}

static bool
check_time(const struct assay_challenges *c,
    const struct assay_service_context *context, int64_t now,
    struct assay_error *err)
{
	if (context->expiry <= now || context->expiry <= c->floor)
		return assay_fail(err, ASSAY_ERR_TPM_CHALLENGE_EXPIRED,
		    "challenge expired %lld s ago, %lld s after it was "
		    "issued: ask for a new one",
		    (long long)(now - context->expiry) / 1000,
		    (long long)(context->expiry - context->issued) / 1000);
	if (context->issued < c->started)
		return assay_fail(err, ASSAY_ERR_TPM_CHALLENGE_EXPIRED,
		    "challenge was issued before this service started, which "
		    "does not know whether it was answered then: ask for a "
		    "new one");
	if (context->issued > now + SKEW_MS)
		return assay_fail(err, ASSAY_ERR_TPM_CHALLENGE_EXPIRED,
		    "challenge was issued %lld s in the future: clocks of "
		    "the service's nodes differ, or one was set back",
		    (long long)(context->issued - now) / 1000);
	return true;
}

static bool
check_unused(struct assay_challenges *c,
    const struct assay_service_context *context, struct assay_error *err)
{
	const struct set *s = find_set(c, context->expiry / SPAN_MS);

	if (is_free(context->challenge) || (s != NULL &&
	    !is_free(s->slots[find_slot(s, context->challenge)])))
		return assay_fail(err, ASSAY_ERR_TPM_CHALLENGE_USED,
		    "this challenge was answered before: ask for a new one");
	return true;
}

static bool
remember(struct assay_challenges *c,
    const struct assay_service_context *context, struct assay_error *err)
{
	int64_t minute = context->expiry / SPAN_MS;
	struct set *s = find_set(c, minute);

	if (c->n >= c->max || (s == NULL && (s = add_set(c, minute)) == NULL))
		return assay_fail(err, ASSAY_ERR_TPM_CHALLENGES_FULL,
		    "%zu used challenges have not expired yet, and no more "
		    "can be remembered: try again later", c->n);
	if ((s->n + 1) * 2 > s->cap && !grow(s, err))
		return false;
	memcpy(s->slots[find_slot(s, context->challenge)],
	    context->challenge, ASSAY_TPM_CHALLENGE);
	s->n++;
	c->n++;
	return true;
}

/* ---- the interface ---------------------------------------------------------- */

bool
assay_challenges_new(int64_t started, size_t max,
    struct assay_challenges **out, struct assay_error *err)
{
	struct assay_challenges *c = assay_alloc(1, sizeof(*c));

	if (c == NULL || pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		return assay_fail_memory(err, "used challenges");
	}
	c->started = started;
	c->max = max;
	*out = c;
	return true;
}

void
assay_challenges_free(struct assay_challenges *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < N_SETS; i++)
		free(c->set[i].slots);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

bool
assay_challenges_check(struct assay_challenges *c,
    const struct assay_service_context *context, int64_t now,
    struct assay_error *err)
{
	bool ok;

	(void)pthread_mutex_lock(&c->lock);
	ok = check_time(c, context, now, err) &&
	    check_unused(c, context, err);
	(void)pthread_mutex_unlock(&c->lock);
	return ok;
}

bool
assay_challenges_use(struct assay_challenges *c,
    const struct assay_service_context *context, int64_t now,
    struct assay_error *err)
{
	bool ok;

	(void)pthread_mutex_lock(&c->lock);
	forget(c, now);
	ok = check_time(c, context, now, err) &&
	    check_unused(c, context, err) && remember(c, context, err);
	(void)pthread_mutex_unlock(&c->lock);
	return ok;
}

size_t
assay_challenges_count(struct assay_challenges *c)
{
	size_t n;

	(void)pthread_mutex_lock(&c->lock);
	n = c->n;
	(void)pthread_mutex_unlock(&c->lock);
	return n;
}
