/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collateral/qememo.h"

#define PLACES	4
#define PARTS	4

struct place {
	uint8_t			*bytes;		/* the words, one by one */
	size_t			 lens[PARTS];
	struct assay_qe_verdict	 verdict;
};

struct assay_qe_memo {
	pthread_rwlock_t	 lock;
	struct place		 places[PLACES];
	size_t			 next;
};

struct assay_qe_memo *
assay_qe_memo_new(void)
{
	struct assay_qe_memo *memo;

	if ((memo = assay_alloc(1, sizeof(*memo))) == NULL)
		return NULL;
	if (pthread_rwlock_init(&memo->lock, NULL) != 0) {
		free(memo);
		return NULL;
	}
	return memo;
}

static void
clear(struct place *p)
{
	assay_pkey_free(p->verdict.attestation_key);
	free(p->bytes);
	*p = (struct place){ 0 };
}

void
assay_qe_memo_free(struct assay_qe_memo *memo)
{
	if (memo == NULL)
		return;
	for (size_t i = 0; i < PLACES; i++)
		clear(&memo->places[i]);
	(void)pthread_rwlock_destroy(&memo->lock);
	free(memo);
}

static void
split(const struct assay_qe_words *w, struct assay_bytes out[PARTS])
{
	out[0] = w->attestation_key;
	out[1] = w->report;
	out[2] = w->report_signature;
	out[3] = w->auth_data;
}

static bool
holds(const struct place *p, const struct assay_bytes parts[PARTS])
{
	const uint8_t *at = p->bytes;

	if (at == NULL)
		return false;
	for (size_t i = 0; i < PARTS; i++) {
		if (p->lens[i] != parts[i].len || (parts[i].len != 0 &&
		    memcmp(at, parts[i].ptr, parts[i].len) != 0))
			return false;
		at += parts[i].len;
	}
	return true;
}

bool
assay_qe_memo_recall(struct assay_qe_memo *memo,
    const struct assay_qe_words *words, struct assay_qe_verdict *out)
{
	struct assay_bytes parts[PARTS];
	bool found = false;

	split(words, parts);
	if (pthread_rwlock_rdlock(&memo->lock) != 0)
		return false;
	for (size_t i = 0; i < PLACES && !found; i++)
		if (holds(&memo->places[i], parts)) {
			*out = memo->places[i].verdict;
			(void)assay_pkey_ref(out->attestation_key);
			found = true;
		}
	(void)pthread_rwlock_unlock(&memo->lock);
	return found;
}

void
assay_qe_memo_keep(struct assay_qe_memo *memo,
    const struct assay_qe_words *words,
    const struct assay_qe_verdict *verdict)
{
	struct place fresh = { .verdict = *verdict };
	struct assay_bytes parts[PARTS];
	size_t total = 0;

	split(words, parts);
	for (size_t i = 0; i < PARTS; i++)
		total += parts[i].len;
	if ((fresh.bytes = assay_alloc(total + 1, 1)) == NULL)
		return;
	total = 0;
	for (size_t i = 0; i < PARTS; i++) {
		if (parts[i].len != 0)
			memcpy(fresh.bytes + total, parts[i].ptr,
			    parts[i].len);
		fresh.lens[i] = parts[i].len;
		total += parts[i].len;
	}
	if (pthread_rwlock_wrlock(&memo->lock) != 0) {
		free(fresh.bytes);
		return;
	}
	(void)assay_pkey_ref(verdict->attestation_key);
	clear(&memo->places[memo->next]);
	memo->places[memo->next] = fresh;
	memo->next = (memo->next + 1) % PLACES;
	(void)pthread_rwlock_unlock(&memo->lock);
}
