/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collateral that keeps itself fresh: what is missing is fetched while the
 * request waits for it, for a bounded time; what will expire is fetched
 * before it does. Fetched documents are verified, then stored, then used.
 * One request to a source is under way for each document, however many
 * quotes wait for it.
 */
#ifndef ASSAY_APP_COLLATERAL_FEED_H
#define ASSAY_APP_COLLATERAL_FEED_H

#include "app/collateral_set.h"
#include "app/pcs.h"
#include "app/store.h"
#include "app/trust.h"

struct assay_collateral_feed;

struct assay_collateral_feed_options {
	struct assay_collateral_set	*set;
	struct assay_store		*store;
	const struct assay_trust	*trust;	/* besides the built-in root */
	const struct assay_pcs_source	*sources;	/* in order */
	size_t				 n_sources;
	const char			*update;	/* standard, early */
	const char			*cacert;	/* or NULL */
	int64_t				 deadline_ms;	/* of one exchange */
	int64_t				 wait_ms;	/* of one attestation */
	/* Past expiry, per enum assay_dated. */
	struct assay_grace		 grace;
	/* Make the set's content anew from wherever it comes; any thread. */
	bool	(*reload)(void *ctx, struct assay_error *err);
	void	*ctx;
};

/* Borrows everything of opt; starts its threads. */
ASSAY_MUST_USE bool assay_collateral_feed_open(
    const struct assay_collateral_feed_options *opt,
    struct assay_collateral_feed **out, struct assay_error *err);
/* Waits for exchanges that are under way; nobody may be in it. */
void assay_collateral_feed_close(struct assay_collateral_feed *feed);

/*
 * For a request that could not be decided by what the set holds: fetch what
 * of wanted it lacks or has expired, and wait for it, as long as opt says.
 * True if there was something to wait for: then judge anew, at the time,
 * under the rules and with the documents of then; *why is the last failure
 * to fetch, or OK. Never within a judgement.
 */
bool assay_collateral_feed_wait(struct assay_collateral_feed *feed,
    const struct assay_dcap_wanted *wanted, struct assay_error *why);
/* Queue what is about to expire: call now and then. Never waits. */
void assay_collateral_feed_tick(struct assay_collateral_feed *feed,
    int64_t now);

/*
 * When a document is to be fetched anew: a quarter of its life before it
 * expires, earlier by up to a tenth so that nodes do not ask all at once.
 */
int64_t assay_collateral_due(const struct assay_collateral_item *item,
    uint32_t jitter);

#endif
