/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/cache.h"
#include "attest/verifier.h"
#include "base/encode.h"
#include "base/mem.h"

#define DEFAULT_ENTRIES	512

struct assay_verifier {
	struct assay_anchors	 anchors;
	struct assay_cache	*platforms;
	struct assay_cache	*collateral;
};

/* ---- life -------------------------------------------------------------- */

static void
ref_platform(void *p)
{
	(void)assay_platform_ref(p);
}

static void
unref_platform(void *p)
{
	assay_platform_free(p);
}

static void
ref_collateral(void *c)
{
	(void)assay_collateral_ref(c);
}

static void
unref_collateral(void *c)
{
	assay_collateral_free(c);
}

void
assay_verifier_free(struct assay_verifier *v)
{
	if (v == NULL)
		return;
	assay_cache_free(v->platforms);
	assay_cache_free(v->collateral);
	assay_anchors_free(&v->anchors);
	free(v);
}

bool
assay_verifier_new(const struct assay_verifier_config *config,
    struct assay_verifier **out, struct assay_error *err)
{
	static const struct assay_cache_type platforms = {
		ref_platform, unref_platform,
	};
	static const struct assay_cache_type sets = {
		ref_collateral, unref_collateral,
	};
	size_t entries = config->cache_entries != 0 ? config->cache_entries :
	    DEFAULT_ENTRIES;
	struct assay_verifier *v;

	if ((v = assay_alloc(1, sizeof(*v))) == NULL)
		return assay_fail_memory(err, "verifier");
	if (!assay_anchors_make(config->anchors, config->n_anchors,
	    config->without_builtin, &v->anchors, err) ||
	    !assay_cache_new(entries, &platforms, &v->platforms, err) ||
	    !assay_cache_new(entries, &sets, &v->collateral, err)) {
		assay_verifier_free(v);
		return false;
	}
	*out = v;
	return true;
}

/* ---- keys -------------------------------------------------------------- */

/* Everything besides the certificates that a verified object depends on. */
struct head {
	uint8_t	bytes[128];
	size_t	len;
};

static void
put(struct head *h, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n && h->len < sizeof(h->bytes); i++)
		h->bytes[h->len++] = (uint8_t)(v >> (8 * i));
}

static struct head
head_of(const struct assay_collateral_source *source, uint64_t generation,
    enum assay_tee tee, uint32_t number)
{
	struct head h = { .len = 0 };

	put(&h, (uint64_t)(uintptr_t)source->find, 8);
	put(&h, (uint64_t)(uintptr_t)source->ctx, 8);
	put(&h, generation, 8);
	put(&h, (uint64_t)tee, 4);
	put(&h, number, 4);
	return h;
}

static struct head
set_head_of(const struct assay_collateral_source *source, uint64_t generation,
    const struct assay_dcap_wanted *wanted, size_t anchor)
{
	struct head h = head_of(source, generation, wanted->tee,
	    wanted->tcb_evaluation_data_number);

	put(&h, (uint64_t)wanted->ca, 4);
	put(&h, anchor, 8);
	for (size_t i = 0; i < sizeof(wanted->fmspc); i++)
		put(&h, wanted->fmspc[i], 1);
	return h;
}

static struct assay_cache_key
key_of(const struct head *h, struct assay_bytes tail)
{
	return (struct assay_cache_key){ { h->bytes, h->len }, tail };
}

/* ---- one platform ------------------------------------------------------ */

/* A platform that is being made. */
struct making {
	struct assay_verifier		*v;
	const struct assay_verifier_lookup *l;
	struct assay_dcap_wanted	 wanted;
	struct assay_pck_chain		 chain;
	size_t				 anchor;
	struct assay_dcap_collateral	 raw;
	void				*token;
	uint64_t			 generation;
	bool				 found;		/* to be released */
	struct assay_collateral		*set;
	struct assay_checks		*checks;
};

static bool
name_wanted(const struct making *m, struct assay_error *err)
{
	char fmspc[2 * sizeof(m->wanted.fmspc) + 1], what[96];

	if (err->code != ASSAY_ERR_COLLATERAL_MISSING)
		return false;
	assay_hex((struct assay_bytes){ m->wanted.fmspc,
	    sizeof(m->wanted.fmspc) }, fmspc);
	(void)snprintf(what, sizeof(what), "FMSPC %s, %s CA, %s", fmspc,
	    assay_pck_ca_name(m->wanted.ca),
	    m->wanted.tee == ASSAY_TEE_TDX ? "TDX" : "SGX");
	return assay_fail_in(err, what);
}

static struct assay_collateral *
kept_set(struct making *m)
{
	const struct assay_collateral_source *source = m->l->source;
	struct assay_cache_key key;
	struct head h;

	if (source->generation == NULL)
		return NULL;
	m->generation = source->generation(source->ctx);
	h = set_head_of(source, m->generation, &m->wanted, m->anchor);
	key = key_of(&h, (struct assay_bytes){ h.bytes, 0 });
	return assay_cache_get(m->v->collateral, &key);
}

static void
keep_set(const struct making *m)
{
	struct assay_cache_key key;
	struct head h;

	if (m->l->source->generation == NULL)
		return;
	h = set_head_of(m->l->source, m->generation, &m->wanted, m->anchor);
	key = key_of(&h, (struct assay_bytes){ h.bytes, 0 });
	assay_cache_put(m->v->collateral, &key, m->set);
}

/* Verified collateral from the cache, or opened and not yet verified. */
static bool
get_set(struct making *m, bool *verified, struct assay_error *err)
{
	const struct assay_collateral_source *source = m->l->source;

	if ((m->set = kept_set(m)) != NULL) {
		*verified = true;
		return true;
	}
	*verified = false;
	if (!source->find(source->ctx, &m->wanted, &m->raw, &m->token,
	    &m->generation, err))
		return name_wanted(m, err);
	m->found = true;
	return assay_collateral_open(&m->raw, &m->set, err) ||
	    name_wanted(m, err);
}

/*
 * In the order of Intel's library, so that the first fault found is the same:
 * the PCK chain with its revocation lists, TCB info, QE identity.
 */
static bool
verify_set(struct making *m, struct assay_error *err)
{
	struct assay_checks own = { 0 };
	bool verified, ok;

	if (!get_set(m, &verified, err) ||
	    !assay_collateral_verify_pck(m->set, &m->chain, m->checks, err))
		return false;
	if (verified) {
		assay_checks_merge(m->checks, &m->set->checks);
		return true;
	}
	ok = assay_collateral_verify(m->set, &m->raw,
	    assay_cert_key(m->chain.root), &own, err);
	assay_checks_merge(m->checks, &own);
	if (!ok) {
		m->checks->any_failed = own.any_failed;
		m->checks->failed = own.failed;
		return false;
	}
	keep_set(m);
	return true;
}

static bool
make_platform(struct making *m, struct assay_bytes pem, enum assay_tee tee,
    bool *has_wanted, struct assay_platform **out, struct assay_error *err)
{
	if (!assay_pck_chain_parse(pem, m->checks, &m->chain, err))
		return false;
	memcpy(m->wanted.fmspc, m->chain.pck.fmspc, sizeof(m->wanted.fmspc));
	m->wanted.ca = m->chain.ca;
	m->wanted.tee = tee;
	m->wanted.tcb_evaluation_data_number = m->l->number;
	*has_wanted = true;
	/* Nobody is asked for the collateral of an untrusted chain. */
	return assay_pck_chain_verify(&m->chain, &m->v->anchors, m->checks,
	    &m->anchor, err) &&
	    verify_set(m, err) &&
	    assay_platform_new(&m->chain, m->set, &m->wanted,
	    !assay_anchors_is_builtin(&m->v->anchors, m->anchor), m->checks,
	    out, err);
}

static void
forget(struct making *m)
{
	const struct assay_collateral_source *source = m->l->source;

	if (m->found)
		source->release(source->ctx, m->token);
	assay_collateral_free(m->set);
	assay_pck_chain_free(&m->chain);
}

static struct assay_platform *
kept_platform(const struct assay_verifier_lookup *l, struct assay_bytes pem,
    enum assay_tee tee)
{
	const struct assay_collateral_source *source = l->source;
	struct assay_cache_key key;
	struct head h;

	if (source->generation == NULL)
		return NULL;
	h = head_of(source, source->generation(source->ctx), tee, l->number);
	key = key_of(&h, pem);
	return assay_cache_get(l->verifier->platforms, &key);
}

/* Under the generation of the collateral that it was judged by. */
static void
keep_platform(const struct making *m, struct assay_bytes pem,
    struct assay_platform *p)
{
	struct assay_cache_key key;
	struct head h;

	if (m->l->source->generation == NULL)
		return;
	h = head_of(m->l->source, m->generation, m->wanted.tee, m->l->number);
	key = key_of(&h, pem);
	assay_cache_put(m->v->platforms, &key, p);
}

static bool
get(void *ctx, struct assay_bytes pem, enum assay_tee tee,
    struct assay_platform **out, struct assay_dcap_wanted *wanted,
    bool *has_wanted, struct assay_checks *checks, struct assay_error *err)
{
	const struct assay_verifier_lookup *l = ctx;
	struct making m = { .v = l->verifier, .l = l, .checks = checks };
	struct assay_platform *p = kept_platform(l, pem, tee);
	bool ok = true;

	if (p != NULL) {
		*checks = p->checks;
		m.wanted = p->wanted;
		*has_wanted = true;
	} else if ((ok = make_platform(&m, pem, tee, has_wanted, &p, err)))
		keep_platform(&m, pem, p);
	*wanted = m.wanted;
	forget(&m);
	if (ok)
		*out = p;
	return ok;
}

struct assay_platform_keeper
assay_verifier_keeper(struct assay_verifier_lookup *lookup)
{
	return (struct assay_platform_keeper){ get, lookup };
}
