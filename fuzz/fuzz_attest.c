/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: the whole pipeline in a simulated world of seed "fuzz". The first
 * byte says what the rest replaces: 0 a quote, 1 an Open Enclave report, 2 to
 * 7 one member of the collateral, the others runtime data. Where collateral
 * is the world's own, what was verified once is kept, as a service keeps it;
 * now and then, and where it is not, nothing is.
 */
#include <stdlib.h>

#include <assay/attest.h>

#include "sim/sim.h"

#define AT	1800000000
#define MEMBERS	6
#define COLD	32	/* one input in so many */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct assay_sim_world *world;
static struct assay_verifier *verifier;
static struct assay_buffer quote;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
make_world(void)
{
	struct assay_sim_params params;
	struct assay_error err = { 0 };
	struct assay_bytes root;

	assay_sim_params_default(&params, AT);
	params.seed[0] = 'f', params.seed[1] = 'u', params.seed[2] = 'z';
	params.seed[3] = '\0';
	must(assay_sim_world_new(&params, &world, &err));
	quote = assay_buffer(ASSAY_SIM_MAX_BYTES);
	must(assay_sim_quote(world, &params.quote, &quote, &err));
	root = assay_sim_world_root(world);
	must(assay_verifier_new(&(struct assay_verifier_config){
	    .anchors = &root, .n_anchors = 1, .without_builtin = true,
	    }, &verifier, &err));
}

static bool
find(void *ctx, const struct assay_dcap_wanted *wanted,
    struct assay_dcap_collateral *out, void **token, uint64_t *generation,
    struct assay_error *err)
{
	(void)wanted;
	(void)err;
	*out = *(const struct assay_dcap_collateral *)ctx;
	*token = NULL;
	*generation = 0;
	return true;
}

static uint64_t
generation_of(void *ctx)
{
	(void)ctx;
	return 0;
}

static void
release(void *ctx, void *token)
{
	(void)ctx;
	(void)token;
}

static struct assay_dcap_collateral
collateral(unsigned int replaced, struct assay_bytes with)
{
	struct assay_sim_collateral c;
	struct assay_bytes *const members[MEMBERS] = {
		&c.pck_crl, &c.root_ca_crl, &c.tcb_info, &c.tcb_info_chain,
		&c.qe_identity, &c.qe_identity_chain,
	};

	assay_sim_world_collateral(world, &c);
	if (replaced < MEMBERS)
		*members[replaced] = with;
	return (struct assay_dcap_collateral){
		.pck_crl = c.pck_crl,
		.root_ca_crl = c.root_ca_crl,
		.tcb_info = c.tcb_info,
		.tcb_info_chain = c.tcb_info_chain,
		.qe_identity = c.qe_identity,
		.qe_identity_chain = c.qe_identity_chain,
	};
}

static struct assay_dcap_collateral *
own_collateral(void)
{
	static struct assay_dcap_collateral own;

	own = collateral(MEMBERS, (struct assay_bytes){ NULL, 0 });
	return &own;
}

static void
run(unsigned int what, struct assay_bytes in)
{
	struct assay_dcap_collateral c = collateral(what - 2, in);
	/* The keys under which things are kept include ctx: always the same. */
	struct assay_dcap_collateral *kept = own_collateral();
	bool cold = (what >= 2 && what < 2 + MEMBERS) ||
	    (in.len > 0 && in.ptr[in.len - 1] % COLD == 1);
	const struct assay_collateral_source source = {
		.find = find, .release = release, .ctx = cold ? &c : kept,
		.generation = cold ? NULL : generation_of,
	};
	struct assay_attest_request request = {
		.kind = what == 1 ? "OpenEnclave" : "SgxEnclave",
		.evidence = what < 2 ? in : assay_buffer_bytes(&quote),
	};
	const struct assay_attest_context ctx = {
		.now = AT, .verifier = verifier, .collateral = &source,
		.baseline = assay_baseline_any(),
	};
	struct assay_attest_result r = { 0 };

	if (what >= 2 + MEMBERS)
		request.runtime_data = (struct assay_bound_data){
			true, in, ASSAY_DATA_JSON,
		};
	(void)assay_attest(&request, &ctx, &r);
	assay_attest_result_free(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (world == NULL)
		make_world();
	if (len != 0)
		run(data[0], (struct assay_bytes){ data + 1, len - 1 });
	return 0;
}
