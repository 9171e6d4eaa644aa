/* SPDX-License-Identifier: Apache-2.0 */
#include "app/blocks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

#define VALUE_MAX 20

struct assay_blocks_held {
	struct assay_block	*blocks;
	uint8_t			(*values)[VALUE_MAX];
	size_t			 n;
	unsigned int		 refs;	/* under the lock */
};

struct assay_blocks {
	pthread_mutex_t			 lock;
	struct assay_blocks_held	*current;	/* NULL: none */
};

static const char *const names[] = {
	[ASSAY_BLOCK_FMSPC] = "fmspc",
	[ASSAY_BLOCK_PCK_SERIAL] = "pck-serial",
	[ASSAY_BLOCK_PPID] = "ppid",
};

const char *
assay_block_kind_name(enum assay_block_kind kind)
{
	return names[kind];
}

bool
assay_block_kind_parse(const char *name, enum assay_block_kind *out)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*out = (enum assay_block_kind)i;
			return true;
		}
	}
	return false;
}

bool
assay_blocks_new(struct assay_blocks **out, struct assay_error *err)
{
	struct assay_blocks *b = assay_alloc(1, sizeof(*b));

	if (b == NULL)
		return assay_fail_memory(err, "blocks");
	if (pthread_mutex_init(&b->lock, NULL) != 0) {
		free(b);
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "cannot make a mutex");
	}
	*out = b;
	return true;
}

static void
held_free(struct assay_blocks_held *held)
{
	if (held == NULL)
		return;
	free(held->blocks);
	free(held->values);
	free(held);
}

void
assay_blocks_free(struct assay_blocks *blocks)
{
	if (blocks == NULL)
		return;
	assay_blocks_release(blocks, blocks->current);
	(void)pthread_mutex_destroy(&blocks->lock);
	free(blocks);
}

/* ---- from the store -------------------------------------------------------- */

static bool
add(void *ctx, const char *what, struct assay_bytes value, const char *reason,
    struct assay_error *err)
{
	struct assay_blocks_held *held = ctx;
	struct assay_block *b = &held->blocks[held->n];

	(void)reason;
	if (!assay_block_kind_parse(what, &b->kind) || value.len > VALUE_MAX)
		return assay_fail(err, ASSAY_ERR_STORE_FAILED,
		    "store holds a block of an unknown kind");
	if (held->n == ASSAY_MAX_BLOCKS)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "more than %u platforms are blocked", ASSAY_MAX_BLOCKS);
	memcpy(held->values[held->n], value.ptr, value.len);
	b->value = (struct assay_bytes){ held->values[held->n], value.len };
	held->n++;
	return true;
}

static struct assay_blocks_held *
read_all(struct assay_store *store, struct assay_error *err)
{
	struct assay_blocks_held *held = assay_alloc(1, sizeof(*held));

	if (held == NULL) {
		(void)assay_fail_memory(err, "blocks");
		return NULL;
	}
	held->refs = 1;
	held->blocks = assay_alloc(ASSAY_MAX_BLOCKS + 1,
	    sizeof(*held->blocks));
	held->values = assay_alloc(ASSAY_MAX_BLOCKS + 1,
	    sizeof(*held->values));
	if (held->blocks == NULL || held->values == NULL)
		(void)assay_fail_memory(err, "blocks");
	else if (assay_store_blocks_each(store, add, held, err))
		return held;
	held_free(held);
	return NULL;
}

bool
assay_blocks_reload(struct assay_blocks *blocks, struct assay_store *store,
    struct assay_error *err)
{
	struct assay_blocks_held *fresh = read_all(store, err), *old;

	if (fresh == NULL)
		return false;
	pthread_mutex_lock(&blocks->lock);
	old = blocks->current;
	blocks->current = fresh;
	pthread_mutex_unlock(&blocks->lock);
	assay_blocks_release(blocks, old);
	return true;
}

/* ---- for a request ------------------------------------------------------------ */

struct assay_blocks_held *
assay_blocks_hold(struct assay_blocks *blocks, struct assay_block_list *out)
{
	struct assay_blocks_held *held;

	*out = (struct assay_block_list){ NULL, 0 };
	pthread_mutex_lock(&blocks->lock);
	held = blocks->current;
	if (held != NULL) {
		held->refs++;
		*out = (struct assay_block_list){ held->blocks, held->n };
	}
	pthread_mutex_unlock(&blocks->lock);
	return held;
}

void
assay_blocks_release(struct assay_blocks *blocks,
    struct assay_blocks_held *held)
{
	bool last;

	if (held == NULL)
		return;
	pthread_mutex_lock(&blocks->lock);
	last = --held->refs == 0;
	pthread_mutex_unlock(&blocks->lock);
	if (last)
		held_free(held);
}
