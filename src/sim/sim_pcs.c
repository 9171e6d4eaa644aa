/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sim_pcs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"

#define SLOW_SECONDS	20
#define RETRY_AFTER	2

static const char *const item_names[ASSAY_SIM_PCS_ITEMS] = {
	[ASSAY_SIM_PCS_TCB] = "tcb",
	[ASSAY_SIM_PCS_QE] = "qe",
	[ASSAY_SIM_PCS_PCK_CRL] = "pckcrl",
	[ASSAY_SIM_PCS_ROOT_CRL] = "rootcrl",
};

static const char *const mode_names[ASSAY_SIM_PCS_MODES] = {
	[ASSAY_SIM_PCS_OK] = "ok",
	[ASSAY_SIM_PCS_SLOW] = "slow",
	[ASSAY_SIM_PCS_NOT_FOUND] = "404",
	[ASSAY_SIM_PCS_TOO_MANY] = "429",
	[ASSAY_SIM_PCS_ERROR] = "5xx",
	[ASSAY_SIM_PCS_TRUNCATED] = "truncated",
	[ASSAY_SIM_PCS_STALE] = "stale",
	[ASSAY_SIM_PCS_FORGED] = "forged",
	[ASSAY_SIM_PCS_OTHER] = "other",
};

/* Both services; "tdx" in the place of "sgx" is looked at apart. */
static const struct {
	const char		*path;
	enum assay_sim_pcs_item	 item;
	bool			 tdx, hex;
} paths[] = {
	{ "/sgx/certification/v4/tcb", ASSAY_SIM_PCS_TCB, false, false },
	{ "/tdx/certification/v4/tcb", ASSAY_SIM_PCS_TCB, true, false },
	{ "/sgx/certification/v4/qe/identity", ASSAY_SIM_PCS_QE, false,
	    false },
	{ "/tdx/certification/v4/qe/identity", ASSAY_SIM_PCS_QE, true,
	    false },
	{ "/sgx/certification/v4/pckcrl", ASSAY_SIM_PCS_PCK_CRL, false,
	    false },
	{ "/IntelSGXRootCA.der", ASSAY_SIM_PCS_ROOT_CRL, false, false },
	{ "/sgx/certification/v4/rootcacrl", ASSAY_SIM_PCS_ROOT_CRL, false,
	    true },
};

const char *
assay_sim_pcs_item_name(enum assay_sim_pcs_item item)
{
	return item_names[item];
}

const char *
assay_sim_pcs_mode_name(enum assay_sim_pcs_mode mode)
{
	return mode_names[mode];
}

void
assay_sim_pcs_free(struct assay_sim_pcs_answer *answer)
{
	assay_buffer_free(&answer->chain);
	assay_buffer_free(&answer->body);
}

/* ---- the world of one answer ----------------------------------------------- */

static bool
set_fmspc(const char *text, struct assay_sim_params *p)
{
	struct assay_buffer bytes = assay_buffer(sizeof(p->pck.fmspc));
	struct assay_error ignored;
	bool ok;

	ok = text != NULL &&
	    assay_hex_decode(assay_bytes_of(text), &bytes, &ignored) &&
	    bytes.len == sizeof(p->pck.fmspc);
	if (ok)
		memcpy(p->pck.fmspc, bytes.ptr, sizeof(p->pck.fmspc));
	assay_buffer_free(&bytes);
	return ok;
}

/* The number asked for, or that of the update policy; false: there is none. */
static bool
set_number(const struct assay_sim_pcs *pcs,
    const struct assay_sim_pcs_query *q, struct assay_sim_params *p)
{
	uint64_t number = pcs->number;

	if (q->number != NULL) {
		if (!assay_text_u64(assay_bytes_of(q->number), &number) ||
		    number == 0 || number > pcs->number + 1)
			return false;
	} else if (q->update != NULL && strcmp(q->update, "early") == 0)
		number++;
	p->tcb_info.evaluation_number = (uint32_t)number;
	p->qe_identity.evaluation_number = (uint32_t)number;
	return true;
}

static void
set_times(const struct assay_sim_pcs *pcs, enum assay_sim_pcs_mode mode,
    int64_t now, struct assay_sim_params *p)
{
	bool stale = mode == ASSAY_SIM_PCS_STALE;
	int64_t from = stale ? now - pcs->life - 1 : now;
	int64_t until = stale ? now - 1 : now + pcs->life;

	p->tcb_info.issue_date = p->qe_identity.issue_date = from;
	p->tcb_info.next_update = p->qe_identity.next_update = until;
	p->root_crl.this_update = p->pck_crl.this_update = from;
	p->root_crl.next_update = p->pck_crl.next_update = until;
}

static void
set_fault(enum assay_sim_pcs_mode mode, struct assay_sim_params *p)
{
	bool forged = mode == ASSAY_SIM_PCS_FORGED;

	p->tcb_info.forged = p->qe_identity.forged = forged;
	p->root_crl.forged = p->pck_crl.forged = forged;
	if (mode == ASSAY_SIM_PCS_OTHER) {
		p->pck.fmspc[5] ^= 0xff;
		p->qe_identity.tdx = !p->qe_identity.tdx;
	}
}

/* ---- what is sent --------------------------------------------------------------- */

/* RFC 3986 section 2.1, as Intel's service writes it. */
static void
percent_encode(struct assay_bytes in, struct assay_buffer *out)
{
	for (size_t i = 0; i < in.len; i++) {
		uint8_t c = in.ptr[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
		    c == '_' || c == '~')
			assay_buffer_putc(out, c);
		else
			assay_buffer_printf(out, "%%%02X", c);
	}
}

/* The chain of the PCK certificate without its first certificate. */
static struct assay_bytes
issuer_chain(struct assay_bytes chain)
{
	static const char begin[] = "-----BEGIN";
	const uint8_t *second;

	if (chain.len == 0)
		return chain;
	second = memmem(chain.ptr + 1, chain.len - 1, begin,
	    sizeof(begin) - 1);
	if (second == NULL)
		return chain;
	return (struct assay_bytes){ second,
	    chain.len - (size_t)(second - chain.ptr) };
}

static void
put_document(const struct assay_sim_collateral *c,
    enum assay_sim_pcs_item item, bool hex,
    struct assay_sim_pcs_answer *out)
{
	out->status = 200;
	out->type = "application/pkix-crl";
	switch (item) {
	case ASSAY_SIM_PCS_TCB:
		out->type = "application/json";
		out->chain_header = "TCB-Info-Issuer-Chain";
		percent_encode(c->tcb_info_chain, &out->chain);
		assay_buffer_put(&out->body, c->tcb_info);
		break;
	case ASSAY_SIM_PCS_QE:
		out->type = "application/json";
		out->chain_header = "SGX-Enclave-Identity-Issuer-Chain";
		percent_encode(c->qe_identity_chain, &out->chain);
		assay_buffer_put(&out->body, c->qe_identity);
		break;
	case ASSAY_SIM_PCS_PCK_CRL:
		out->chain_header = "SGX-PCK-CRL-Issuer-Chain";
		percent_encode(issuer_chain(c->pck_chain), &out->chain);
		assay_buffer_put(&out->body, c->pck_crl);
		break;
	case ASSAY_SIM_PCS_ROOT_CRL:
		if (hex)
			(void)assay_hex_encode(c->root_ca_crl, &out->body);
		else
			assay_buffer_put(&out->body, c->root_ca_crl);
		break;
	case ASSAY_SIM_PCS_ITEMS:
		break;
	}
}

static bool
serve_document(const struct assay_sim_pcs *pcs,
    const struct assay_sim_pcs_query *q, size_t row, int64_t now,
    struct assay_sim_pcs_answer *out, struct assay_error *err)
{
	enum assay_sim_pcs_item item = paths[row].item;
	enum assay_sim_pcs_mode mode = pcs->mode[item];
	struct assay_sim_collateral collateral;
	struct assay_sim_world *world = NULL;
	struct assay_sim_params p;
	bool platform = q->ca != NULL && strcmp(q->ca, "platform") == 0;

	assay_sim_params_default(&p, now);
	memcpy(p.seed, pcs->seed, sizeof(p.seed));
	out->status = 400;
	if (item == ASSAY_SIM_PCS_TCB && !set_fmspc(q->fmspc, &p))
		return true;
	if (item == ASSAY_SIM_PCS_PCK_CRL) {
		if (!platform && (q->ca == NULL ||
		    strcmp(q->ca, "processor") != 0))
			return true;
		assay_sim_set_ca(&p, platform != (mode ==
		    ASSAY_SIM_PCS_OTHER) ? ASSAY_SIM_PLATFORM :
		    ASSAY_SIM_PROCESSOR);
	}
	out->status = 404;
	if (!set_number(pcs, q, &p))
		return true;
	p.tcb_info.tdx = p.qe_identity.tdx = paths[row].tdx;
	set_times(pcs, mode, now, &p);
	set_fault(mode, &p);
	if (!assay_sim_world_new(&p, &world, err))
		return false;
	assay_sim_world_collateral(world, &collateral);
	put_document(&collateral, item, paths[row].hex, out);
	assay_sim_world_free(world);
	return assay_buffer_ok(&out->body, "document", err) &&
	    assay_buffer_ok(&out->chain, "chain", err);
}

static void
fail_as_asked(enum assay_sim_pcs_mode mode, struct assay_sim_pcs_answer *out)
{
	if (mode == ASSAY_SIM_PCS_NOT_FOUND)
		out->status = 404;
	if (mode == ASSAY_SIM_PCS_TOO_MANY) {
		out->status = 429;
		out->retry_after = RETRY_AFTER;
	}
	if (mode == ASSAY_SIM_PCS_ERROR)
		out->status = 503;
	if (mode == ASSAY_SIM_PCS_SLOW)
		out->delay = SLOW_SECONDS;
	out->truncated = mode == ASSAY_SIM_PCS_TRUNCATED;
	if (out->status != 200) {
		out->chain_header = NULL;
		assay_buffer_clear(&out->body);
	}
}

bool
assay_sim_pcs_serve(struct assay_sim_pcs *pcs,
    const struct assay_sim_pcs_query *query, int64_t now,
    struct assay_sim_pcs_answer *out, struct assay_error *err)
{
	const size_t n = sizeof(paths) / sizeof(paths[0]);
	struct assay_sim_pcs_answer answer = { .status = 404,
	    .type = "text/plain",
	    .chain = assay_buffer(ASSAY_SIM_MAX_BYTES),
	    .body = assay_buffer(ASSAY_SIM_MAX_BYTES) };
	size_t row = 0;

	while (row < n && strcmp(paths[row].path, query->path) != 0)
		row++;
	if (row < n) {
		pcs->count[paths[row].item]++;
		if (!serve_document(pcs, query, row, now, &answer, err)) {
			assay_sim_pcs_free(&answer);
			return false;
		}
		fail_as_asked(pcs->mode[paths[row].item], &answer);
	}
	*out = answer;
	return true;
}
