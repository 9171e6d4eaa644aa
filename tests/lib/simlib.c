/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "simlib.h"

struct sim_court {
	struct assay_sim_world		*world;
	struct assay_sim_collateral	 collateral;
	struct assay_verifier		*verifier;
	uint64_t			 generation;
};

/* init-time data is bound by CONFIGID, which only KSS enclaves have. */
static void
bind_init_time_data(struct assay_sim_report *body, const char *data)
{
	struct assay_digest digest;
	struct assay_error err;

	assert_true(assay_digest(ASSAY_SHA256, assay_bytes_of(data), &digest,
	    &err));
	memset(body->config_id, 0, sizeof(body->config_id));
	memcpy(body->config_id, digest.bytes, digest.len);
	body->flags |= ASSAY_SIM_FLAG_KSS;
}

void
sim_case_default(struct sim_case *c)
{
	struct assay_error err;

	memset(c, 0, sizeof(*c));
	assay_sim_params_default(&c->params, SIMLIB_NOW);
	c->kind = "SgxEnclave";
	c->runtime_data = "{\"key\":\"made inside\"}";
	c->init_time_data = "configuration of the enclave";
	c->baseline = assay_baseline_default();
	c->now = SIMLIB_NOW;
	assert_true(assay_sim_bind(&c->params.quote.body,
	    assay_bytes_of(c->runtime_data), &err));
	bind_init_time_data(&c->params.quote.body, c->init_time_data);
}

void
sim_case_broken(struct sim_case *c, const struct assay_breakage *b)
{
	sim_case_default(c);
	b->apply(&c->params);
	if (b->check == ASSAY_CHECK_OE_VERSION ||
	    b->check == ASSAY_CHECK_OE_TYPE || b->check == ASSAY_CHECK_OE_SIZE)
		c->kind = "OpenEnclave";
	if (b->check == ASSAY_CHECK_TCB_EVALUATION_NUMBER)
		c->policy = "version= 1.1;configurationrules{=> issueproperty("
		    "type=\"x-ms-sgx-tcbidentifier\", value=\"17\");};"
		    "authorizationrules{=> permit();};issuancerules{};";
}

static bool
find(void *ctx, const struct assay_dcap_wanted *wanted,
    struct assay_dcap_collateral *out, void **token, uint64_t *generation,
    struct assay_error *err)
{
	const struct sim_court *court = ctx;
	const struct assay_sim_collateral *c = &court->collateral;

	(void)wanted;
	(void)err;
	*out = (struct assay_dcap_collateral){ .pck_crl = c->pck_crl,
	    .root_ca_crl = c->root_ca_crl, .tcb_info = c->tcb_info,
	    .tcb_info_chain = c->tcb_info_chain,
	    .qe_identity = c->qe_identity,
	    .qe_identity_chain = c->qe_identity_chain };
	*token = NULL;
	*generation = court->generation;
	return true;
}

static void
release(void *ctx, void *token)
{
	(void)ctx;
	(void)token;
}

static uint64_t
generation(void *ctx)
{
	const struct sim_court *court = ctx;

	return court->generation;
}

struct sim_court *
sim_court_new(const struct assay_sim_params *p)
{
	struct sim_court *court = calloc(1, sizeof(*court));
	struct assay_error err = { ASSAY_ERR_OK, "" };

	assert_non_null(court);
	if (!assay_sim_world_new(p, &court->world, &err))
		fail_msg("simulated world: %s", err.text);
	assay_sim_world_collateral(court->world, &court->collateral);

	struct assay_bytes root = assay_sim_world_root(court->world);
	struct assay_verifier_config config = { .anchors = &root,
	    .n_anchors = 1, .without_builtin = true };
	if (!assay_verifier_new(&config, &court->verifier, &err))
		fail_msg("verifier: %s", err.text);
	return court;
}

void
sim_court_free(struct sim_court *court)
{
	if (court == NULL)
		return;
	assay_verifier_free(court->verifier);
	assay_sim_world_free(court->world);
	free(court);
}

struct assay_sim_collateral *
sim_court_collateral(struct sim_court *court)
{
	court->generation++;
	return &court->collateral;
}

struct assay_buffer
sim_evidence(const struct sim_court *court, const struct sim_case *c)
{
	struct assay_buffer quote = assay_buffer(ASSAY_SIM_MAX_BYTES);
	struct assay_buffer report = assay_buffer(ASSAY_SIM_MAX_BYTES);
	struct assay_error err;

	if (!assay_sim_quote(court->world, &c->params.quote, &quote, &err))
		fail_msg("simulated quote: %s", err.text);
	if (strcmp(c->kind, "OpenEnclave") != 0)
		return quote;
	assert_true(assay_sim_openenclave(&c->params.openenclave,
	    assay_buffer_bytes(&quote), &report, &err));
	assay_buffer_free(&quote);
	return report;
}

static struct assay_bound_data
bound(const char *data)
{
	return (struct assay_bound_data){ .present = data != NULL,
	    .bytes = assay_bytes_of(data), .type = ASSAY_DATA_BINARY };
}

void
sim_judge_bytes(struct sim_court *court, const struct sim_case *c,
    struct assay_bytes evidence, struct assay_attest_result *result)
{
	struct assay_collateral_source source = { .find = find,
	    .release = release, .generation = generation,
	    .ctx = court };
	struct assay_policy *policy = NULL;
	struct assay_error err = { ASSAY_ERR_OK, "" };

	if (c->policy != NULL && !assay_policy_compile(
	    assay_bytes_of(c->policy), &policy, NULL, &err))
		fail_msg("policy: %s", err.text);
	struct assay_attest_request request = { .kind = c->kind,
	    .evidence = evidence,
	    .runtime_data = bound(c->runtime_data),
	    .init_time_data = bound(c->init_time_data) };
	struct assay_attest_context ctx = { .now = c->now,
	    .verifier = court->verifier, .collateral = &source,
	    .baseline = c->baseline, .baselines = c->baselines,
	    .n_baselines = c->n_baselines, .blocked = c->blocked,
	    .policy = policy };
	memset(result, 0, sizeof(*result));
	(void)assay_attest(&request, &ctx, result);
	assay_policy_free(policy);
}

void
sim_judge(struct sim_court *court, const struct sim_case *c,
    struct assay_attest_result *result)
{
	struct assay_buffer evidence = sim_evidence(court, c);

	sim_judge_bytes(court, c, assay_buffer_bytes(&evidence), result);
	assay_buffer_free(&evidence);
}

static enum assay_verdict
verdict_of(enum assay_code code)
{
	switch (assay_code_class(code)) {
	case ASSAY_CLASS_OK:
		return ASSAY_ACCEPT;
	case ASSAY_CLASS_MALFORMED:
	case ASSAY_CLASS_REJECTED:
		return ASSAY_REJECT;
	case ASSAY_CLASS_UNAVAILABLE:
	case ASSAY_CLASS_INTERNAL:
		break;
	}
	return ASSAY_UNDECIDED;
}

void
sim_row(struct test_table *t, const char *row, const struct assay_breakage *b,
    const struct assay_attest_result *r)
{
	const char *want = b->check == ASSAY_CHECK_COUNT ? NULL :
	    assay_check_name(b->check);
	const char *got = r->check_failed;

	test_row(t, row, r->verdict == verdict_of(b->code) &&
	    r->error.code == b->code && (want == NULL ? got == NULL :
	    got != NULL && strcmp(want, got) == 0),
	    "got %s, check %s (%s); want %s, check %s",
	    assay_code_name(r->error.code), got != NULL ? got : "none",
	    r->error.text, assay_code_name(b->code),
	    want != NULL ? want : "none");
}
