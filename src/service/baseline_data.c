/* SPDX-License-Identifier: Apache-2.0 */
#include "service/baseline_data.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "app/baseline_number.h"
#include "app/clock.h"
#include "app/collateral_check.h"
#include "attest/baseline.h"
#include "base/mem.h"
#include "service/policies.h"

#define REFRESH_MS	1000

/* As of one generation of the collateral. */
struct numbers {
	bool				read;
	uint64_t			generation;
	struct assay_tcb_numbers	held;
};

struct assay_baseline_sources {
	/* What is read last must be put in place last. */
	pthread_mutex_t		 reload;
	struct assay_anchors	 anchors;
	struct assay_pcs_source	*sources;
	size_t			 n;
	int64_t			 looked;	/* ms, monotonic */
	pthread_mutex_t		 lock;		/* of what follows */
	struct numbers		 numbers[2];	/* by TEE */
	struct assay_baselines	*rules;
};

/* What a directory holds is verified by each use; here it must not be older
 * than what was seen. */
static bool
keep_new(struct assay_service *service,
    const struct assay_collateral_list *from,
    struct assay_collateral_list *to, struct assay_error *err)
{
	const struct assay_collateral_world world = { from, NULL,
	    &service->sources->anchors };
	struct assay_error why;

	for (size_t i = 0; i < from->n; i++) {
		const struct assay_collateral_item *item = &from->items[i];
		bool ok = true;

		why = (struct assay_error){ 0 };
		if (assay_collateral_check(&world, item, &why))
			ok = assay_store_floor_raise(service->store, item,
			    &why);
		if (!ok && why.code == ASSAY_ERR_COLLATERAL_ROLLBACK) {
			assay_log_error(ASSAY_LOG_WARNING,
			    "collateral-rollback", item->source, &why);
			continue;
		}
		if (!ok) {
			*err = why;
			return false;
		}
		if (!assay_collateral_list_add(to, item, err))
			return false;
	}
	return true;
}

static bool
load(struct assay_service *service, struct assay_error *err)
{
	const struct assay_config_list *dirs = &service->config->collateral;
	struct assay_collateral_list *found = assay_collateral_list_new();
	struct assay_collateral_list *list = assay_collateral_list_new();
	bool ok = found != NULL && list != NULL;

	if (!ok)
		assay_fail_memory(err, "collateral");
	for (size_t i = 0; ok && i < dirs->n; i++)
		ok = assay_collateral_list_add_dir(found, dirs->items[i],
		    false, err);
	ok = ok && keep_new(service, found, list, err) &&
	    assay_store_collateral_load(service->store, list, err) &&
	    assay_store_collateral_mark(service->store, list, err);
	assay_collateral_list_free(found);
	if (!ok) {
		assay_collateral_list_free(list);
		return assay_fail_in(err, "collateral");
	}
	ASSAY_LOG(ASSAY_LOG_INFO, "collateral",
	    assay_log_int("items", (int64_t)list->n));
	assay_collateral_set_replace(service->collateral, list);
	return true;
}

bool
assay_baseline_reload(struct assay_service *service, struct assay_error *err)
{
	bool ok;

	pthread_mutex_lock(&service->sources->reload);
	ok = assay_blocks_reload(service->blocks, service->store, err) &&
	    load(service, err);
	pthread_mutex_unlock(&service->sources->reload);
	return ok;
}

static bool
reload(void *ctx, struct assay_error *err)
{
	return assay_baseline_reload(ctx, err);
}

static bool
parse_sources(struct assay_service *service, struct assay_error *err)
{
	const struct assay_config_list *texts =
	    &service->config->collateral_sources;
	struct assay_baseline_sources *b = service->sources;

	b->sources = assay_alloc(texts->n + 1, sizeof(*b->sources));
	if (b->sources == NULL)
		return assay_fail_memory(err, "collateral sources");
	for (; b->n < texts->n; b->n++)
		if (!assay_pcs_source_parse(texts->items[b->n],
		    &b->sources[b->n], err))
			return false;
	return true;
}

static bool
open_feed(struct assay_service *service, struct assay_error *err)
{
	const struct assay_config *c = service->config;
	struct assay_collateral_feed_options opt = {
		.set = service->collateral,
		.store = service->store,
		.trust = &service->trust,
		.update = c->collateral_update == NULL ? "standard" :
		    c->collateral_update,
		.cacert = c->collateral_cacert,
		.deadline_ms = c->collateral_deadline,
		.wait_ms = c->collateral_wait,
		.grace = c->baseline.grace,
		.reload = reload,
		.ctx = service,
	};

	if (c->collateral_sources.n == 0)
		return true;
	if (!parse_sources(service, err))
		return false;
	opt.sources = service->sources->sources;
	opt.n_sources = service->sources->n;
	return assay_collateral_feed_open(&opt, &service->feed, err);
}

static bool
make_locks(struct assay_baseline_sources *b, struct assay_error *err)
{
	if (pthread_mutex_init(&b->reload, NULL) == 0) {
		if (pthread_mutex_init(&b->lock, NULL) == 0)
			return true;
		(void)pthread_mutex_destroy(&b->reload);
	}
	return assay_fail(err, ASSAY_ERR_INTERNAL, "cannot make a mutex");
}

bool
assay_baseline_open(struct assay_service *service, struct assay_error *err)
{
	struct assay_baseline_sources *b = assay_alloc(1, sizeof(*b));

	if (b == NULL)
		return assay_fail_memory(err, "collateral sources");
	if (!make_locks(b, err)) {
		free(b);
		return false;
	}
	service->sources = b;
	if (!assay_baseline_rules_reload(service, err))
		return false;
	if (!assay_anchors_make(service->trust.anchors, service->trust.n,
	    false, &b->anchors, err))
		return false;
	if (!assay_blocks_new(&service->blocks, err) ||
	    !assay_collateral_set_new(ASSAY_COLLATERAL_BY_IDENTIFIER,
	    &service->collateral, err) ||
	    !assay_baseline_reload(service, err) || !open_feed(service, err))
		return false;
	service->collateral_source =
	    assay_collateral_set_source(service->collateral);
	return true;
}

void
assay_baseline_close(struct assay_service *service)
{
	struct assay_baseline_sources *b = service->sources;

	assay_collateral_feed_close(service->feed);
	assay_collateral_set_free(service->collateral);
	assay_blocks_free(service->blocks);
	service->blocks = NULL;
	for (size_t i = 0; b != NULL && i < b->n; i++)
		assay_pcs_source_free(&b->sources[i]);
	if (b != NULL) {
		free(b->sources);
		assay_anchors_free(&b->anchors);
		assay_baselines_free(b->rules);
		(void)pthread_mutex_destroy(&b->reload);
		(void)pthread_mutex_destroy(&b->lock);
	}
	free(b);
	service->feed = NULL;
	service->collateral = NULL;
	service->sources = NULL;
}

void
assay_baseline_tick(struct assay_service *service)
{
	int64_t now = assay_clock_monotonic_ms();

	if (service->feed == NULL ||
	    now - service->sources->looked < REFRESH_MS)
		return;
	service->sources->looked = now;
	assay_collateral_feed_tick(service->feed, assay_clock_now());
}

bool
assay_baseline_numbers(struct assay_service *service, enum assay_tee tee,
    struct assay_tcb_numbers *out, struct assay_error *err)
{
	struct assay_collateral_source source =
	    assay_collateral_set_source(service->collateral);
	struct numbers *n = &service->sources->numbers[tee];
	uint64_t generation;
	bool ok = true;

	pthread_mutex_lock(&service->sources->lock);
	generation = source.generation(source.ctx);
	if (!n->read || n->generation != generation) {
		ok = assay_tcb_numbers_read(service->collateral, tee,
		    &n->held, err);
		n->read = ok;
		n->generation = generation;
	}
	if (ok)
		*out = n->held;
	pthread_mutex_unlock(&service->sources->lock);
	return ok;
}

/* ---- the operator's baselines ------------------------------------------------- */

struct assay_baselines *
assay_baseline_rules(struct assay_service *service)
{
	struct assay_baselines *rules;

	pthread_mutex_lock(&service->sources->lock);
	rules = assay_baselines_ref(service->sources->rules);
	pthread_mutex_unlock(&service->sources->lock);
	return rules;
}

bool
assay_baseline_rules_reload(struct assay_service *service,
    struct assay_error *err)
{
	struct assay_baselines *fresh, *old;

	const struct assay_store_change change = {
		.now = assay_clock_now(), .actor = "configuration",
		.request_id = "" };

	if (!assay_baselines_read(service->config->baselines,
	    &service->config->baseline, &fresh, err))
		return assay_fail_in(err, "baselines");
	if (!assay_baseline_number_take(service->store,
	    fresh->by_default.tcb_evaluation_data_number, &change, err)) {
		assay_baselines_free(fresh);
		return assay_fail_in(err, "baselines");
	}
	pthread_mutex_lock(&service->sources->lock);
	old = service->sources->rules;
	service->sources->rules = fresh;
	pthread_mutex_unlock(&service->sources->lock);
	assay_baselines_free(old);
	return true;
}

static bool
is_known(struct assay_service *service, const char *name,
    struct assay_error *err)
{
	struct assay_baselines *rules = assay_baseline_rules(service);
	const struct assay_attest_context ctx = {
		.baseline = rules->by_default,
		.baselines = rules->named,
		.n_baselines = rules->n,
	};
	struct assay_baseline ignored;
	bool ok = assay_baseline_find(&ctx, name, &ignored, err);

	assay_baselines_free(rules);
	return ok;
}

bool
assay_baseline_of_policy(struct assay_service *service,
    const struct assay_type *type, struct assay_error *err)
{
	const struct assay_policy_entry *entry;
	char name[ASSAY_BASELINE_NAME];
	bool ok = true;

	/* The property has no effect on others. */
	if (strcmp(type->name, "SgxEnclave") != 0 &&
	    strcmp(type->name, "OpenEnclave") != 0)
		return true;
	entry = assay_policies_get(service->policies, type);
	if (entry->broken.code == ASSAY_ERR_OK)
		ok = assay_baseline_name(entry->policy, name, err) ?
		    is_known(service, name, err) :
		    err->code != ASSAY_ERR_BASELINE_UNKNOWN;
	assay_policy_entry_release(service->policies, entry);
	return ok;
}

void
assay_baseline_warn(struct assay_service *service)
{
	for (size_t i = 0; i < assay_type_count(); i++) {
		const struct assay_type *type = assay_type_at(i);
		struct assay_error why = { 0 };

		if (!assay_baseline_of_policy(service, type, &why))
			assay_log_error(ASSAY_LOG_WARNING,
			    "policy-baseline-unknown", type->name, &why);
	}
}
