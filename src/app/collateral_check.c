/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "app/collateral_check.h"
#include "collateral/crlrules.h"
#include "collateral/pck.h"
#include "collateral/qeidentity.h"
#include "collateral/tcbchain.h"
#include "collateral/tcbinfo.h"

/* ---- certificates that came along ---------------------------------------- */

struct certs {
	struct assay_cert	*cert[ASSAY_MAX_CHAIN_CERTS];
	size_t			 n;
};

static void
certs_free(struct certs *c)
{
	for (size_t i = 0; i < c->n; i++)
		assay_cert_free(c->cert[i]);
	c->n = 0;
}

static bool
is_anchor(const struct assay_collateral_world *world,
    const struct assay_cert *cert)
{
	return assay_anchors_find(world->anchors, assay_cert_key(cert)) <
	    world->anchors->n;
}

/* Some certificate of the set is a trusted root that signed this one. */
static bool
leads_to_anchor(const struct assay_collateral_world *world,
    const struct certs *c, const struct assay_cert *cert)
{
	struct assay_error ignored;

	for (size_t i = 0; i < c->n; i++)
		if (is_anchor(world, c->cert[i]) &&
		    assay_cert_signed_by(cert, c->cert[i], &ignored))
			return true;
	return false;
}

/*
 * Does a certificate in pem issue the list, with a chain to a trusted root?
 * *err says why not, if a certificate of the right name was there.
 */
static bool
issues(const struct assay_collateral_world *world, struct assay_bytes pem,
    const struct assay_crl *crl, const struct assay_crl_rules *rules,
    struct assay_error *err)
{
	struct assay_checks checks = { 0 };
	struct assay_error why;
	struct certs c = { .n = 0 };
	bool ok = false;

	if (pem.len == 0 || !assay_certs_from_pem(pem, c.cert,
	    ASSAY_MAX_CHAIN_CERTS, &c.n, &why))
		return false;
	for (size_t i = 0; i < c.n && !ok; i++) {
		if (!assay_bytes_equal(assay_cert_subject(c.cert[i]),
		    assay_crl_issuer(crl)))
			continue;
		if (!leads_to_anchor(world, &c, c.cert[i]))
			(void)assay_fail(err,
			    ASSAY_ERR_SGX_PCK_CERT_CHAIN_UNTRUSTED,
			    "%s: its issuer's certificate has no path to a "
			    "trusted root", rules->what);
		else
			ok = assay_crl_verify(crl, c.cert[i], rules, &checks,
			    err);
	}
	certs_free(&c);
	return ok;
}

/* With the certificates of every item of the list. */
static bool
issued_in(const struct assay_collateral_world *world,
    const struct assay_collateral_list *list, const struct assay_crl *crl,
    const struct assay_crl_rules *rules, struct assay_error *err)
{
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		const struct assay_collateral_item *item = &list->items[i];

		if (issues(world, item->chain, crl, rules, err) ||
		    (item->kind == ASSAY_COLLATERAL_PCK_CHAIN &&
		    issues(world, item->body, crl, rules, err)))
			return true;
	}
	return false;
}

static bool
crl_is_issued(const struct assay_collateral_world *world,
    const struct assay_crl *crl, const struct assay_crl_rules *rules,
    struct assay_error *err)
{
	*err = (struct assay_error){ ASSAY_ERR_OK, "" };
	if (issued_in(world, world->fresh, crl, rules, err) ||
	    issued_in(world, world->held, crl, rules, err))
		return true;
	if (err->code != ASSAY_ERR_OK)
		return false;
	return assay_fail(err, ASSAY_ERR_COLLATERAL_MISSING,
	    "%s cannot be verified: its issuer's certificate is not here "
	    "(pck_crl_chain.pem or pck_chain.pem has it)", rules->what);
}

/* ---- the root's revocation list ------------------------------------------- */

static struct assay_crl *
root_crl_in(const struct assay_collateral_list *list,
    const struct assay_cert *root)
{
	struct assay_checks checks = { 0 };
	struct assay_error ignored;
	struct assay_crl *crl;

	for (size_t i = 0; list != NULL && i < list->n; i++) {
		if (list->items[i].kind != ASSAY_COLLATERAL_ROOT_CA_CRL ||
		    !assay_crl_open(list->items[i].body,
		    &assay_root_crl_rules, &crl, &ignored))
			continue;
		if (assay_crl_verify(crl, root, &assay_root_crl_rules,
		    &checks, &ignored))
			return crl;
		assay_crl_free(crl);
	}
	return NULL;
}

/* A new object. */
static bool
root_crl_of(const struct assay_collateral_world *world,
    const struct assay_cert *root, struct assay_crl **out,
    struct assay_error *err)
{
	if ((*out = root_crl_in(world->fresh, root)) != NULL ||
	    (*out = root_crl_in(world->held, root)) != NULL)
		return true;
	return assay_fail(err, ASSAY_ERR_COLLATERAL_MISSING,
	    "no root CA CRL of %s is here to look for revoked signers",
	    assay_cert_subject_text(root));
}

/* ---- each kind --------------------------------------------------------------- */

static bool
check_body(const struct assay_collateral_item *item, const json_t *body,
    struct assay_checks *checks, struct assay_error *err)
{
	struct assay_qe_identity *identity = NULL;
	struct assay_tcb_info *info = NULL;
	bool ok;

	if (item->kind == ASSAY_COLLATERAL_TCB_INFO) {
		ok = assay_tcb_info_read(body, checks, &info, err);
		assay_tcb_info_free(info);
	} else {
		ok = assay_qe_identity_read(body, checks, &identity, err);
		assay_qe_identity_free(identity);
	}
	return ok;
}

static bool
check_signer(const struct assay_collateral_world *world,
    const struct assay_tcb_chain *chain,
    const struct assay_tcb_chain_rules *rules, struct assay_checks *checks,
    struct assay_error *err)
{
	struct assay_crl *crl = NULL;
	bool ok;

	if (!is_anchor(world, chain->root))
		return assay_fail(err,
		    ASSAY_ERR_SGX_TCB_SIGNING_CERT_CHAIN_UNTRUSTED,
		    "%s ends in the key of \"%s\", which is not trusted",
		    rules->what, assay_cert_subject_text(chain->root));
	ok = root_crl_of(world, chain->root, &crl, err) &&
	    assay_tcb_chain_verify(chain, assay_cert_key(chain->root), crl,
	    rules, checks, err);
	assay_crl_free(crl);
	return ok;
}

static bool
check_signed_json(const struct assay_collateral_world *world,
    const struct assay_collateral_item *item, struct assay_error *err)
{
	bool info = item->kind == ASSAY_COLLATERAL_TCB_INFO;
	const struct assay_tcb_chain_rules *rules = info ?
	    &assay_tcb_chain_rules : &assay_qe_chain_rules;
	const struct assay_signed_json_rules *format = info ?
	    &assay_tcb_info_rules : &assay_qe_identity_rules;
	struct assay_tcb_chain chain = { NULL, NULL };
	struct assay_signed_json doc = { 0 };
	struct assay_checks checks = { 0 };
	bool ok;

	ok = assay_tcb_chain_parse(item->chain, rules, &checks, &chain,
	    err) &&
	    check_signer(world, &chain, rules, &checks, err) &&
	    assay_signed_json_parse(item->body, format, &doc, err) &&
	    assay_signed_json_verify(&doc, format,
	    assay_cert_key(chain.signer), &checks, err) &&
	    check_body(item, doc.body, &checks, err);
	assay_signed_json_free(&doc);
	assay_tcb_chain_free(&chain);
	return ok;
}

static bool
check_crl(const struct assay_collateral_world *world,
    const struct assay_collateral_item *item, struct assay_error *err)
{
	const struct assay_crl_rules *rules =
	    item->kind == ASSAY_COLLATERAL_PCK_CRL ? &assay_pck_crl_rules :
	    &assay_root_crl_rules;
	struct assay_crl *crl = NULL;
	bool ok;

	ok = assay_crl_open(item->body, rules, &crl, err) &&
	    crl_is_issued(world, crl, rules, err);
	assay_crl_free(crl);
	return ok;
}

static bool
check_pck_chain(const struct assay_collateral_world *world,
    const struct assay_collateral_item *item, struct assay_error *err)
{
	struct assay_pck_chain chain = { 0 };
	struct assay_checks checks = { 0 };
	size_t anchor;
	bool ok;

	ok = assay_pck_chain_parse(item->body, &checks, &chain, err) &&
	    assay_pck_chain_verify(&chain, world->anchors, &checks, &anchor,
	    err);
	assay_pck_chain_free(&chain);
	return ok;
}

bool
assay_collateral_check(const struct assay_collateral_world *world,
    const struct assay_collateral_item *item, struct assay_error *err)
{
	switch (item->kind) {
	case ASSAY_COLLATERAL_TCB_INFO:
	case ASSAY_COLLATERAL_QE_IDENTITY:
		return check_signed_json(world, item, err);
	case ASSAY_COLLATERAL_PCK_CRL:
	case ASSAY_COLLATERAL_ROOT_CA_CRL:
		return check_crl(world, item, err);
	case ASSAY_COLLATERAL_PCK_CHAIN:
		return check_pck_chain(world, item, err);
	}
	return assay_fail(err, ASSAY_ERR_INTERNAL, "no such collateral");
}
