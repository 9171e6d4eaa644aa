/* SPDX-License-Identifier: Apache-2.0 */
#include "service/rate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

#define WAYS		8u
#define SETS		(ASSAY_MAX_RATE_CLIENTS / WAYS)	/* a power of two */
#define MINUTE_US	INT64_C(60000000)

/* When the bucket of the client is empty; the past: free for another. */
struct client {
	uint64_t	id;
	int64_t		empty_at;	/* microseconds */
};

struct assay_rate {
	pthread_mutex_t	 lock;
	uint64_t	 seed;
	int64_t		 each;		/* microseconds that one costs */
	int64_t		 depth;		/* of the bucket, less one */
	unsigned int	 per_minute;
	struct client	 clients[SETS][WAYS];
};

bool
assay_rate_new(unsigned int per_minute, unsigned int burst, uint64_t seed,
    struct assay_rate **out, struct assay_error *err)
{
	struct assay_rate *rate = assay_alloc(1, sizeof(*rate));

	if (rate == NULL || pthread_mutex_init(&rate->lock, NULL) != 0) {
		free(rate);
		return assay_fail_memory(err, "table of rates");
	}
	rate->seed = seed;
	rate->per_minute = per_minute;
	rate->each = MINUTE_US / per_minute;
	rate->depth = (int64_t)(burst - 1) * rate->each;
	*out = rate;
	return true;
}

void
assay_rate_free(struct assay_rate *rate)
{
	if (rate == NULL)
		return;
	pthread_mutex_destroy(&rate->lock);
	free(rate);
}

/* The two kinds of address do not meet: bit 63 tells them apart. */
static uint64_t
client_of(const char *address)
{
	const uint64_t v6_bit = UINT64_C(1) << 63;
	struct in6_addr v6;
	struct in_addr v4;
	uint64_t id = 0;

	if (inet_pton(AF_INET, address, &v4) == 1)
		return v4.s_addr;
	if (inet_pton(AF_INET6, address, &v6) != 1)
		return 0;
	if (IN6_IS_ADDR_V4MAPPED(&v6)) {
		memcpy(&v4, &v6.s6_addr[12], sizeof(v4));
		return v4.s_addr;
	}
	for (size_t i = 0; i < 8; i++)
		id = id << 8 | v6.s6_addr[i];
	return id | v6_bit;
}

/* The finalizer of SplitMix64. */
static size_t
set_of(const struct assay_rate *rate, uint64_t id)
{
	uint64_t x = id ^ rate->seed;

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (size_t)(x ^ x >> 31) & (SETS - 1);
}

/* The client's place, or else that of the one who has asked least. */
static struct client *
find(struct assay_rate *rate, uint64_t id)
{
	struct client *set = rate->clients[set_of(rate, id)];
	struct client *least = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].id == id)
			return &set[i];
		if (set[i].empty_at < least->empty_at)
			least = &set[i];
	}
	*least = (struct client){ .id = id };
	return least;
}

static unsigned int
seconds_of(int64_t us)
{
	return (unsigned int)((us + 999999) / 1000000);
}

static bool
take(struct assay_rate *rate, uint64_t id, const char *who, int64_t now_ms,
    unsigned int *wait, struct assay_error *err)
{
	const int64_t now = now_ms * 1000;
	struct client *c;
	int64_t late;

	pthread_mutex_lock(&rate->lock);
	c = find(rate, id);
	if (c->empty_at < now)
		c->empty_at = now;
	late = c->empty_at - now - rate->depth;
	if (late <= 0)
		c->empty_at += rate->each;
	pthread_mutex_unlock(&rate->lock);
	if (late <= 0)
		return true;
	*wait = seconds_of(late);
	return assay_fail(err, ASSAY_ERR_OVERLOADED,
	    "this %s asks more often than %u times a minute: wait %u s", who,
	    rate->per_minute, *wait);
}

bool
assay_rate_take(struct assay_rate *rate, const char *address, int64_t now_ms,
    unsigned int *wait, struct assay_error *err)
{
	return take(rate, client_of(address), "address", now_ms, wait, err);
}

bool
assay_rate_take_id(struct assay_rate *rate, uint64_t id, int64_t now_ms,
    unsigned int *wait, struct assay_error *err)
{
	return take(rate, id, "caller", now_ms, wait, err);
}
