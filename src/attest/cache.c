/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "attest/cache.h"
#include "base/mem.h"

#define WAYS 4

struct entry {
	uint64_t	 hash;
	uint64_t	 used;		/* atomic: tick of the last use */
	uint8_t		*key;		/* head, then tail; owned */
	size_t		 head_len, tail_len;
	void		*object;	/* owned; NULL: the place is free */
};

struct assay_cache {
	pthread_rwlock_t	 lock;
	struct assay_cache_type	 type;
	struct entry		*entries;	/* n_sets * WAYS */
	size_t			 n_sets;	/* a power of two */
	uint64_t		 tick;		/* counts puts */
};

bool
assay_cache_new(size_t entries, const struct assay_cache_type *type,
    struct assay_cache **out, struct assay_error *err)
{
	struct assay_cache *c;

	if ((c = assay_alloc(1, sizeof(*c))) == NULL)
		return assay_fail_memory(err, "cache");
	c->type = *type;
	for (c->n_sets = 1; c->n_sets < entries / WAYS; c->n_sets *= 2)
		;
	c->entries = assay_alloc(c->n_sets * WAYS, sizeof(*c->entries));
	if (c->entries == NULL || pthread_rwlock_init(&c->lock, NULL) != 0) {
		free(c->entries);
		free(c);
		return assay_fail_memory(err, "cache");
	}
	*out = c;
	return true;
}

static void
clear(struct assay_cache *c, struct entry *e)
{
	if (e->object != NULL)
		c->type.unref(e->object);
	free(e->key);
	*e = (struct entry){ 0 };
}

void
assay_cache_free(struct assay_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_sets * WAYS; i++)
		clear(c, &c->entries[i]);
	(void)pthread_rwlock_destroy(&c->lock);
	free(c->entries);
	free(c);
}

/* Eight bytes at a time; spreads, protects nothing. */
static uint64_t
mix(uint64_t h, struct assay_bytes in)
{
	uint64_t word;
	size_t n;

	for (size_t at = 0; at < in.len; at += n) {
		n = in.len - at < sizeof(word) ? in.len - at : sizeof(word);
		word = 0;
		memcpy(&word, in.ptr + at, n);
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

static uint64_t
hash_of(const struct assay_cache_key *key)
{
	return mix(mix(key->head.len, key->head), key->tail);
}

static bool
holds(const struct entry *e, uint64_t hash, const struct assay_cache_key *key)
{
	return e->object != NULL && e->hash == hash &&
	    e->head_len == key->head.len && e->tail_len == key->tail.len &&
	    memcmp(e->key, key->head.ptr, key->head.len) == 0 &&
	    memcmp(e->key + key->head.len, key->tail.ptr, key->tail.len) == 0;
}

static struct entry *
set_of(struct assay_cache *c, uint64_t hash)
{
	return &c->entries[(hash & (c->n_sets - 1)) * WAYS];
}

void *
assay_cache_get(struct assay_cache *c, const struct assay_cache_key *key)
{
	uint64_t hash = hash_of(key), tick;
	void *object = NULL;
	struct entry *set;

	if (pthread_rwlock_rdlock(&c->lock) != 0)
		return NULL;
	set = set_of(c, hash);
	for (size_t i = 0; i < WAYS && object == NULL; i++) {
		if (!holds(&set[i], hash, key))
			continue;
		tick = c->tick;
		if (__atomic_load_n(&set[i].used, __ATOMIC_RELAXED) != tick)
			__atomic_store_n(&set[i].used, tick,
			    __ATOMIC_RELAXED);
		object = set[i].object;
		c->type.ref(object);
	}
	(void)pthread_rwlock_unlock(&c->lock);
	return object;
}

/* The place that has the key, else a free one, else the oldest. */
static struct entry *
place_for(struct entry *set, uint64_t hash, const struct assay_cache_key *key)
{
	struct entry *best = &set[0];

	for (size_t i = 0; i < WAYS; i++)
		if (holds(&set[i], hash, key))
			return &set[i];
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].object == NULL)
			return &set[i];
		if (set[i].used < best->used)
			best = &set[i];
	}
	return best;
}

void
assay_cache_put(struct assay_cache *c, const struct assay_cache_key *key,
    void *object)
{
	struct entry fresh = {
		.hash = hash_of(key),
		.head_len = key->head.len,
		.tail_len = key->tail.len,
		.object = object,
	};
	struct entry *e;

	fresh.key = assay_alloc(key->head.len + key->tail.len + 1, 1);
	if (fresh.key == NULL)
		return;
	memcpy(fresh.key, key->head.ptr, key->head.len);
	memcpy(fresh.key + key->head.len, key->tail.ptr, key->tail.len);
	if (pthread_rwlock_wrlock(&c->lock) != 0) {
		free(fresh.key);
		return;
	}
	c->type.ref(object);
	fresh.used = ++c->tick;
	e = place_for(set_of(c, fresh.hash), fresh.hash, key);
	clear(c, e);
	*e = fresh;
	(void)pthread_rwlock_unlock(&c->lock);
}
