/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "collateral/collateral.h"
#include "collateral/crlrules.h"
#include "crypto/digest.h"

/* ---- life -------------------------------------------------------------- */

struct assay_collateral *
assay_collateral_ref(struct assay_collateral *c)
{
	(void)__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void
assay_collateral_free(struct assay_collateral *c)
{
	if (c == NULL || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	assay_crl_free(c->root_crl);
	assay_crl_free(c->pck_crl);
	assay_tcb_chain_free(&c->tcb_chain);
	assay_tcb_chain_free(&c->qe_chain);
	assay_tcb_info_free(c->tcb_info);
	assay_qe_identity_free(c->qe_identity);
	free(c);
}

static bool
all_there(const struct assay_dcap_collateral *raw, struct assay_error *err)
{
	const struct {
		const struct assay_bytes	*bytes;
		const char			*name;
	} members[] = {
		{ &raw->pck_crl, "PCK CRL" },
		{ &raw->root_ca_crl, "root CA CRL" },
		{ &raw->tcb_info, "TCB info" },
		{ &raw->tcb_info_chain, "TCB info chain" },
		{ &raw->qe_identity, "QE identity" },
		{ &raw->qe_identity_chain, "QE identity chain" },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (members[i].bytes->ptr == NULL)
			return assay_fail(err, ASSAY_ERR_COLLATERAL_MISSING,
			    "collateral has no %s", members[i].name);
	return true;
}

bool
assay_collateral_open(const struct assay_dcap_collateral *raw,
    struct assay_collateral **out, struct assay_error *err)
{
	struct assay_collateral *c;

	if (!all_there(raw, err))
		return false;
	if ((c = assay_alloc(1, sizeof(*c))) == NULL)
		return assay_fail_memory(err, "collateral");
	c->refs = 1;
	if (!assay_crl_open(raw->root_ca_crl, &assay_root_crl_rules,
	    &c->root_crl, err) ||
	    !assay_crl_open(raw->pck_crl, &assay_pck_crl_rules, &c->pck_crl,
	    err)) {
		assay_collateral_free(c);
		return false;
	}
	*out = c;
	return true;
}

/* ---- hashes ------------------------------------------------------------ */

/* SHA-256 over the text and one NUL: buffers of Open Enclave hold C strings
 * (recomputed on recorded tokens, sgx-tdx 5). */
static bool
hash_text(struct assay_bytes text, char out[65], struct assay_error *err)
{
	static const uint8_t nul = 0;
	const struct assay_bytes parts[] = { text, { &nul, 1 } };
	struct assay_digest d;

	if (!assay_digest_parts(ASSAY_SHA256, parts, 2, &d, err))
		return false;
	assay_hex(assay_digest_bytes(&d), out);
	return true;
}

/* Signer, then root, whatever order they came in. */
static bool
hash_chain(const struct assay_tcb_chain *chain, char out[65],
    struct assay_error *err)
{
	struct assay_buffer pem = assay_buffer(ASSAY_MAX_PEM_BYTES);
	bool ok;

	(void)assay_cert_pem(chain->signer, &pem);
	(void)assay_cert_pem(chain->root, &pem);
	ok = assay_buffer_ok(&pem, "TCB chain", err) &&
	    hash_text(assay_buffer_bytes(&pem), out, err);
	assay_buffer_free(&pem);
	return ok;
}

/* In PEM, whatever form it came in. */
static bool
hash_crl(const struct assay_crl *crl, char out[65], struct assay_error *err)
{
	struct assay_buffer pem = assay_buffer(2 * ASSAY_MAX_CRL_BYTES);
	bool ok;

	(void)assay_crl_pem(crl, &pem);
	ok = assay_buffer_ok(&pem, "root CA CRL", err) &&
	    hash_text(assay_buffer_bytes(&pem), out, err);
	assay_buffer_free(&pem);
	return ok;
}

static bool
hash_all(struct assay_collateral *c, const struct assay_dcap_collateral *raw,
    struct assay_error *err)
{
	struct assay_collateral_hashes *h = &c->hashes;

	return hash_text(raw->tcb_info, h->tcb_info, err) &&
	    hash_text(raw->qe_identity, h->qe_identity, err) &&
	    hash_chain(&c->tcb_chain, h->tcb_info_certs, err) &&
	    hash_chain(&c->qe_chain, h->qe_identity_certs, err) &&
	    hash_crl(c->root_crl, h->root_crl, err);
}

/* ---- verification ------------------------------------------------------ */

bool
assay_collateral_verify_pck(const struct assay_collateral *c,
    const struct assay_pck_chain *chain, struct assay_checks *checks,
    struct assay_error *err)
{
	return assay_crl_verify(c->root_crl, chain->root,
	    &assay_root_crl_rules, checks, err) &&
	    assay_crl_verify(c->pck_crl, chain->intermediate,
	    &assay_pck_crl_rules, checks, err) &&
	    assay_crl_clears(c->root_crl, chain->intermediate,
	    ASSAY_CHECK_INTERMEDIATE_NOT_REVOKED,
	    ASSAY_ERR_SGX_INTERMEDIATE_CA_REVOKED, checks, err) &&
	    assay_crl_clears(c->pck_crl, chain->leaf,
	    ASSAY_CHECK_PCK_NOT_REVOKED, ASSAY_ERR_SGX_PCK_REVOKED, checks,
	    err);
}

static bool
verify_tcb_info(struct assay_collateral *c,
    const struct assay_dcap_collateral *raw, const struct assay_pkey *root_key,
    struct assay_checks *checks, struct assay_error *err)
{
	struct assay_signed_json doc = { 0 };
	bool ok;

	ok = assay_tcb_chain_parse(raw->tcb_info_chain,
	    &assay_tcb_chain_rules, checks, &c->tcb_chain, err) &&
	    assay_signed_json_parse(raw->tcb_info, &assay_tcb_info_rules,
	    &doc, err) &&
	    assay_tcb_info_read(doc.body, checks, &c->tcb_info, err) &&
	    assay_tcb_chain_verify(&c->tcb_chain, root_key, c->root_crl,
	    &assay_tcb_chain_rules, checks, err) &&
	    assay_signed_json_verify(&doc, &assay_tcb_info_rules,
	    assay_cert_key(c->tcb_chain.signer), checks, err);
	assay_signed_json_free(&doc);
	return ok;
}

static bool
verify_qe_identity(struct assay_collateral *c,
    const struct assay_dcap_collateral *raw, const struct assay_pkey *root_key,
    struct assay_checks *checks, struct assay_error *err)
{
	struct assay_signed_json doc = { 0 };
	bool ok;

	ok = assay_tcb_chain_parse(raw->qe_identity_chain,
	    &assay_qe_chain_rules, checks, &c->qe_chain, err) &&
	    assay_signed_json_parse(raw->qe_identity,
	    &assay_qe_identity_rules, &doc, err) &&
	    assay_qe_identity_read(doc.body, checks, &c->qe_identity, err) &&
	    assay_tcb_chain_verify(&c->qe_chain, root_key, c->root_crl,
	    &assay_qe_chain_rules, checks, err) &&
	    assay_signed_json_verify(&doc, &assay_qe_identity_rules,
	    assay_cert_key(c->qe_chain.signer), checks, err);
	assay_signed_json_free(&doc);
	return ok;
}

/* In the order in which Intel's library meets them. */
static void
set_windows(struct assay_collateral *c)
{
	struct assay_window *w = c->windows;

	*w++ = assay_crl_window(c->root_crl, &assay_root_crl_rules);
	*w++ = assay_crl_window(c->pck_crl, &assay_pck_crl_rules);
	assay_tcb_chain_windows(&c->tcb_chain, &assay_tcb_chain_rules, w);
	w += ASSAY_TCB_CHAIN_WINDOWS;
	*w++ = assay_tcb_info_window(c->tcb_info);
	assay_tcb_chain_windows(&c->qe_chain, &assay_qe_chain_rules, w);
	w += ASSAY_TCB_CHAIN_WINDOWS;
	*w = assay_qe_identity_window(c->qe_identity);
}

bool
assay_collateral_verify(struct assay_collateral *c,
    const struct assay_dcap_collateral *raw, const struct assay_pkey *root_key,
    struct assay_checks *checks, struct assay_error *err)
{
	if (!verify_tcb_info(c, raw, root_key, checks, err) ||
	    !verify_qe_identity(c, raw, root_key, checks, err) ||
	    !hash_all(c, raw, err))
		return false;
	set_windows(c);
	c->checks = *checks;
	return true;
}
