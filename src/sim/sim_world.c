/* SPDX-License-Identifier: Apache-2.0 */
/* What a simulated platform is like unless somebody says otherwise. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/random.h"
#include "sim/sim_world.h"

#define MINUTE	60
#define DAY	(24 * 60 * MINUTE)
#define YEAR	(365 * (int64_t)DAY)

/* RFC 5280 section 4.2.1.3: nonRepudiation, which Intel's leaves carry. */
#define KU_NON_REPUDIATION (1u << 1)

static const uint8_t intel_qe_vendor_id[16] = {
	0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
	0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07,
};

/* MRSIGNER of Intel's SGX quoting enclave (sgx-tdx.md section 4.13). */
static const uint8_t intel_qe_mrsigner[32] = {
	0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50, 0x3e,
	0x96, 0x13, 0x7f, 0x77, 0xc6, 0x8a, 0x82, 0x9a,
	0x00, 0x56, 0xac, 0x8d, 0xed, 0x70, 0x14, 0x0b,
	0x08, 0x1b, 0x09, 0x44, 0x90, 0xc5, 0x7b, 0xff,
};

bool
sim_derive(const char *seed, const char *label, uint8_t *out, size_t n,
    struct assay_error *err)
{
	return assay_hkdf(assay_bytes_of(seed), assay_bytes_of(label), out, n,
	    err);
}

static struct assay_sim_cert
ca_cert(const char *cn, int64_t from, int64_t until, int pathlen)
{
	return (struct assay_sim_cert){ .cn = cn, .not_before = from,
	    .not_after = until, .is_ca = true, .pathlen = pathlen,
	    .key_usage = ASSAY_KU_KEY_CERT_SIGN | ASSAY_KU_CRL_SIGN };
}

static struct assay_sim_cert
leaf_cert(const char *cn, int64_t from, int64_t until)
{
	return (struct assay_sim_cert){ .cn = cn, .not_before = from,
	    .not_after = until, .pathlen = -1,
	    .key_usage = ASSAY_KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION };
}

static void
default_certs(struct assay_sim_params *p, int64_t at)
{
	p->root = ca_cert("Intel SGX Root CA", at - 5 * YEAR, at + 20 * YEAR,
	    1);
	p->tcb_root = p->root;
	p->qe_root = p->root;
	p->intermediate = ca_cert("Intel SGX PCK Platform CA", at - 4 * YEAR,
	    at + 11 * YEAR, 0);
	p->pck_cert = leaf_cert("Intel SGX PCK Certificate", at - YEAR,
	    at + 6 * YEAR);
	p->tcb_signing = leaf_cert("Intel SGX TCB Signing", at - YEAR,
	    at + 6 * YEAR);
	p->qe_signing = p->tcb_signing;
}

/* Intel serves collateral for 30 days, the root's CRL for a year. */
static void
default_collateral(struct assay_sim_params *p, int64_t at)
{
	p->root_crl = (struct assay_sim_crl){ .this_update = at - 10 * DAY,
	    .next_update = at + YEAR };
	p->pck_crl = (struct assay_sim_crl){ .this_update = at - DAY,
	    .next_update = at + 29 * DAY };
	p->tcb_info.version = 3;
	p->tcb_info.evaluation_number = 17;
	p->tcb_info.issue_date = at - DAY;
	p->tcb_info.next_update = at + 29 * DAY;
	p->qe_identity = p->tcb_info;
	p->qe_identity.version = 2;
}

static void
default_pck(struct assay_sim_params *p)
{
	/* No processor that Intel sells has this FMSPC: simulated collateral
	 * must never be mistaken for that of real hardware. */
	static const uint8_t fmspc[6] = { 0xf0, 0x60, 0x6a, 0, 0, 0 };
	static const uint8_t ppid[16] = { 0x51, 0x3a, 0x11 };

	memcpy(p->pck.fmspc, fmspc, sizeof(fmspc));
	memcpy(p->pck.ppid, ppid, sizeof(ppid));
	memset(p->pck.instance_id, 0x28, sizeof(p->pck.instance_id));
	p->pck.sgx_type = 1;
	p->pck.dynamic = true;
}

static void
default_quote(struct assay_sim_quote *q)
{
	q->version = 3;
	q->att_key_type = 2;
	q->qe_svn = 9;
	q->pce_svn = 14;
	q->cert_type = 5;
	q->outer_type = 6;
	q->body_type = 1;
	q->qe_auth_len = 32;
	memcpy(q->vendor_id, intel_qe_vendor_id, sizeof(q->vendor_id));
	memset(q->user_data, 0x60, 16);

	q->body.flags = ASSAY_SIM_FLAG_INIT | ASSAY_SIM_FLAG_MODE64;
	q->body.xfrm = 0xe7;
	q->body.isv_prod_id = 1;
	q->body.isv_svn = 1;
	memset(q->body.mrenclave, 0xe1, sizeof(q->body.mrenclave));
	memset(q->body.mrsigner, 0x51, sizeof(q->body.mrsigner));

	q->qe.flags = ASSAY_SIM_FLAG_INIT | ASSAY_SIM_FLAG_MODE64 |
	    ASSAY_SIM_FLAG_PROVISION;
	q->qe.xfrm = 0xe7;
	q->qe.isv_prod_id = 1;
	q->qe.isv_svn = 8;
	memset(q->qe.mrenclave, 0x9e, sizeof(q->qe.mrenclave));
	memcpy(q->qe.mrsigner, intel_qe_mrsigner, sizeof(q->qe.mrsigner));
}

void
assay_sim_params_default(struct assay_sim_params *p, int64_t at)
{
	memset(p, 0, sizeof(*p));
	memcpy(p->seed, "assay", sizeof("assay"));
	p->at = at;
	p->ca = ASSAY_SIM_PLATFORM;
	default_certs(p, at);
	default_collateral(p, at);
	default_pck(p);
	default_quote(&p->quote);
	p->openenclave.version = 1;
	p->openenclave.type = 2;
	if (!assay_sim_set_tcb_status(p, "UpToDate"))
		abort();	/* a level of our own table is missing */
}

void
assay_sim_set_ca(struct assay_sim_params *p, enum assay_sim_ca ca)
{
	p->ca = ca;
	p->intermediate.cn = ca == ASSAY_SIM_PLATFORM ?
	    "Intel SGX PCK Platform CA" : "Intel SGX PCK Processor CA";
	p->pck.sgx_type = ca == ASSAY_SIM_PLATFORM ? 1 : 0;
}

static bool
make_keys(struct assay_sim_world *w, struct assay_error *err)
{
	static const char *const labels[SIM_KEY_COUNT] = {
		[SIM_KEY_ROOT] = "root",
		[SIM_KEY_PROCESSOR_CA] = "processor ca",
		[SIM_KEY_PLATFORM_CA] = "platform ca",
		[SIM_KEY_PCK] = "pck",
		[SIM_KEY_TCB_SIGNING] = "tcb signing",
		[SIM_KEY_QE_SIGNING] = "qe signing",
		[SIM_KEY_ATTESTATION] = "attestation",
		[SIM_KEY_STRANGER] = "stranger",
	};
	uint8_t seed[32];

	for (size_t i = 0; i < SIM_KEY_COUNT; i++)
		if (!sim_derive(w->params.seed, labels[i], seed, sizeof(seed),
		    err) ||
		    !assay_signer_from_seed((struct assay_bytes){ seed,
		    sizeof(seed) }, &w->keys[i], err))
			return assay_fail_in(err, "simulated keys");
	return true;
}

/* The platform's own numbers, and what the quoting enclave wrote from them. */
static void
settle(struct assay_sim_params *p)
{
	static const uint8_t none[16];

	if (memcmp(p->pck.cpusvn, none, sizeof(none)) == 0)
		memcpy(p->pck.cpusvn, p->pck.components,
		    sizeof(p->pck.cpusvn));
}

bool
assay_sim_world_new(const struct assay_sim_params *p,
    struct assay_sim_world **out, struct assay_error *err)
{
	struct assay_sim_world *w;

	if ((w = assay_alloc(1, sizeof(*w))) == NULL)
		return assay_fail_memory(err, "simulated world");
	w->params = *p;
	settle(&w->params);
	struct assay_buffer *const buffers[] = { &w->anchor, &w->pck_chain,
	    &w->pck_crl, &w->root_ca_crl, &w->tcb_info, &w->tcb_info_chain,
	    &w->qe_identity, &w->qe_identity_chain };
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		*buffers[i] = assay_buffer(ASSAY_SIM_MAX_BYTES);
	if (!make_keys(w, err) || !sim_make_pki(w, err) ||
	    !sim_make_json(w, err)) {
		assay_sim_world_free(w);
		return false;
	}
	*out = w;
	return true;
}

void
assay_sim_world_free(struct assay_sim_world *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < SIM_KEY_COUNT; i++)
		assay_signer_free(w->keys[i]);
	assay_signer_free(w->stranger384);
	assay_cert_free(w->root);
	assay_cert_free(w->intermediate);
	assay_buffer_free(&w->anchor);
	assay_buffer_free(&w->pck_chain);
	assay_buffer_free(&w->pck_crl);
	assay_buffer_free(&w->root_ca_crl);
	assay_buffer_free(&w->tcb_info);
	assay_buffer_free(&w->tcb_info_chain);
	assay_buffer_free(&w->qe_identity);
	assay_buffer_free(&w->qe_identity_chain);
	free(w);
}

/* An empty buffer is an absent member. */
static struct assay_bytes
member(const struct assay_buffer *b)
{
	return b->len == 0 ? (struct assay_bytes){ NULL, 0 } :
	    assay_buffer_bytes(b);
}

void
assay_sim_world_collateral(const struct assay_sim_world *w,
    struct assay_sim_collateral *out)
{
	out->pck_crl = member(&w->pck_crl);
	out->root_ca_crl = member(&w->root_ca_crl);
	out->tcb_info = member(&w->tcb_info);
	out->tcb_info_chain = member(&w->tcb_info_chain);
	out->qe_identity = member(&w->qe_identity);
	out->qe_identity_chain = member(&w->qe_identity_chain);
	out->pck_chain = member(&w->pck_chain);
}

struct assay_bytes
assay_sim_world_root(const struct assay_sim_world *w)
{
	return assay_buffer_bytes(&w->anchor);
}
