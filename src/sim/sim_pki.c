/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel's SGX certificate hierarchy, made anew: root, processor and platform
 * CA, PCK and TCB signing certificates, their revocation lists (Intel SGX PCK
 * Certificate and CRL Profile Specification).
 */
#include <string.h>

#include "crypto/der.h"
#include "sim/sim_world.h"

#define ROOT_CRL_URL \
    "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"
#define PCK_CRL_URL \
    "https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca="

#define OID_SGX	"1.2.840.113741.1.13.1"

#define SERIAL_LEN 20

/* Labels of serial numbers, and so of certificates. */
#define SERIAL_ROOT		"serial root"
#define SERIAL_INTERMEDIATE	"serial intermediate"
#define SERIAL_PCK		"serial pck"
#define SERIAL_TCB_SIGNING	"serial tcb signing"
#define SERIAL_QE_SIGNING	"serial qe signing"

enum sim_key
sim_ca_key(enum assay_sim_ca ca)
{
	return ca == ASSAY_SIM_PLATFORM ? SIM_KEY_PLATFORM_CA :
	    SIM_KEY_PROCESSOR_CA;
}

/* ---- the PCK certificate's SGX extensions ------------------------------ */

static struct assay_bytes
octets(const uint8_t *ptr, size_t len)
{
	return (struct assay_bytes){ ptr, len };
}

/* SEQUENCE { OID of the base, dot, number; value } */
static bool
put_element(struct assay_buffer *out, const char *base, unsigned int number,
    struct assay_bytes value)
{
	struct assay_buffer seq = assay_buffer(ASSAY_SIM_MAX_BYTES);
	struct assay_buffer oid = assay_buffer(64);
	bool ok;

	ok = assay_buffer_printf(&oid, "%s.%u", base, number) &&
	    assay_der_put_oid(&seq, assay_buffer_str(&oid)) &&
	    assay_buffer_put(&seq, value) &&
	    assay_der_put(out, ASSAY_DER_SEQUENCE, assay_buffer_bytes(&seq));
	assay_buffer_free(&seq);
	assay_buffer_free(&oid);
	return ok;
}

static bool
put_wrapped(struct assay_buffer *out, const char *base, unsigned int number,
    uint8_t tag, struct assay_bytes content)
{
	struct assay_buffer value = assay_buffer(ASSAY_SIM_MAX_BYTES);
	bool ok;

	ok = assay_der_put(&value, tag, content) &&
	    put_element(out, base, number, assay_buffer_bytes(&value));
	assay_buffer_free(&value);
	return ok;
}

static bool
put_number(struct assay_buffer *out, const char *base, unsigned int number,
    uint64_t v)
{
	struct assay_buffer value = assay_buffer(64);
	bool ok;

	ok = assay_der_put_uint(&value, ASSAY_DER_INTEGER, v) &&
	    put_element(out, base, number, assay_buffer_bytes(&value));
	assay_buffer_free(&value);
	return ok;
}

/* .2: the sixteen components, PCESVN and CPUSVN. */
static bool
put_tcb(struct assay_buffer *out, const struct assay_sim_pck *pck)
{
	static const char base[] = OID_SGX ".2";
	struct assay_buffer seq = assay_buffer(ASSAY_SIM_MAX_BYTES);
	bool ok = true;

	for (unsigned int i = 1; i <= 16 && ok; i++)
		if ((pck->omit_tcb >> i & 1) == 0)
			ok = put_number(&seq, base, i, pck->components[i - 1]);
	if ((pck->omit_tcb >> 17 & 1) == 0)
		ok = ok && put_number(&seq, base, 17, pck->pcesvn);
	if ((pck->omit_tcb >> 18 & 1) == 0)
		ok = ok && put_wrapped(&seq, base, 18, ASSAY_DER_OCTET_STRING,
		    octets(pck->cpusvn, sizeof(pck->cpusvn)));
	ok = ok && put_wrapped(out, OID_SGX, 2, ASSAY_DER_SEQUENCE,
	    assay_buffer_bytes(&seq));
	assay_buffer_free(&seq);
	return ok;
}

/* .7: dynamic platform, cached keys, SMT. */
static bool
put_configuration(struct assay_buffer *out, const struct assay_sim_pck *pck)
{
	static const char base[] = OID_SGX ".7";
	static const uint8_t booleans[2] = { 0x00, 0xff };
	struct assay_buffer seq = assay_buffer(ASSAY_SIM_MAX_BYTES);
	bool ok;

	ok = put_wrapped(&seq, base, 1, ASSAY_DER_BOOLEAN,
	    octets(&booleans[pck->dynamic], 1)) &&
	    put_wrapped(&seq, base, 2, ASSAY_DER_BOOLEAN,
	    octets(&booleans[pck->cached_keys], 1)) &&
	    put_wrapped(&seq, base, 3, ASSAY_DER_BOOLEAN,
	    octets(&booleans[pck->smt], 1)) &&
	    put_wrapped(out, OID_SGX, 7, ASSAY_DER_SEQUENCE,
	    assay_buffer_bytes(&seq));
	assay_buffer_free(&seq);
	return ok;
}

static bool
put_sgx_element(struct assay_buffer *out, const struct assay_sim_pck *pck,
    unsigned int number)
{
	size_t less = pck->short_field == number ? 1 : 0;

	switch (number) {
	case 1:
		return put_wrapped(out, OID_SGX, 1, ASSAY_DER_OCTET_STRING,
		    octets(pck->ppid, sizeof(pck->ppid) - less));
	case 2:
		return put_tcb(out, pck);
	case 3:
		return put_wrapped(out, OID_SGX, 3, ASSAY_DER_OCTET_STRING,
		    octets(pck->pceid, sizeof(pck->pceid) - less));
	case 4:
		return put_wrapped(out, OID_SGX, 4, ASSAY_DER_OCTET_STRING,
		    octets(pck->fmspc, sizeof(pck->fmspc) - less));
	case 5:
		return put_wrapped(out, OID_SGX, 5, ASSAY_DER_ENUMERATED,
		    octets(&pck->sgx_type, 1));
	case 6:
		return put_wrapped(out, OID_SGX, 6, ASSAY_DER_OCTET_STRING,
		    octets(pck->instance_id, sizeof(pck->instance_id) - less));
	default:
		return put_configuration(out, pck);
	}
}

/* Five elements under the processor CA, seven under the platform CA. */
static bool
sgx_extensions(const struct assay_sim_params *p, struct assay_buffer *out)
{
	const struct assay_sim_pck *pck = &p->pck;
	struct assay_buffer seq = assay_buffer(ASSAY_SIM_MAX_BYTES);
	unsigned int last = p->ca == ASSAY_SIM_PLATFORM ? 7 : 5;
	bool ok = true;

	for (unsigned int i = 1; i <= last && ok; i++) {
		if ((pck->omit >> i & 1) == 0)
			ok = put_sgx_element(&seq, pck, i);
		if ((pck->twice >> i & 1) != 0)
			ok = ok && put_sgx_element(&seq, pck, i);
	}
	ok = ok && assay_der_put(out, ASSAY_DER_SEQUENCE,
	    assay_buffer_bytes(&seq));
	if (pck->trailing)
		ok = ok && assay_der_put(out, ASSAY_DER_OCTET_STRING,
		    octets(pck->ppid, 1));
	assay_buffer_free(&seq);
	return ok;
}

/* ---- certificates -------------------------------------------------------- */

#define MAX_EXTENSIONS 2

/* What is to be made, with everything that does not come from params. */
struct blueprint {
	const struct assay_sim_cert	*cert;
	const char			*serial;	/* label */
	enum sim_key			 key;		/* the subject's */
	const struct assay_cert		*issuer;	/* NULL: self-signed */
	enum sim_key			 issuer_key;
	const char			*crl_url;
	struct assay_bytes		 sgx;		/* empty: none */
};

static bool
serial_of(const struct assay_sim_world *w, const char *label,
    uint8_t out[SERIAL_LEN], struct assay_error *err)
{
	if (!sim_derive(w->params.seed, label, out, SERIAL_LEN, err))
		return false;
	/* RFC 5280 section 4.1.2.2: positive and at most 20 octets. */
	out[0] = (uint8_t)((out[0] & 0x3f) | 0x40);
	return true;
}

/* The full distinguished name that Intel uses, around a common name. */
#define NAME_PARTS 5
static void
name_of(const char *cn, struct assay_name_part out[NAME_PARTS])
{
	out[0] = (struct assay_name_part){ "CN", cn };
	out[1] = (struct assay_name_part){ "O", "Intel Corporation" };
	out[2] = (struct assay_name_part){ "L", "Santa Clara" };
	out[3] = (struct assay_name_part){ "ST", "CA" };
	out[4] = (struct assay_name_part){ "C", "US" };
}

/*
 * A certificate that exists only to lend its name to what it issues; it holds
 * the key that signs.
 */
static bool
name_lender(struct assay_sim_world *w, const char *cn, enum sim_key key,
    struct assay_cert **out, struct assay_error *err)
{
	struct assay_name_part name[NAME_PARTS];
	struct assay_buffer der = assay_buffer(ASSAY_SIM_MAX_BYTES);
	static const uint8_t serial[] = { 1 };
	bool ok;

	name_of(cn, name);
	struct assay_cert_spec spec = { .subject = name,
	    .n_subject = NAME_PARTS, .serial = octets(serial, 1),
	    .not_before = w->params.at, .not_after = w->params.at + 1,
	    .key = assay_signer_public(w->keys[key]), .is_ca = true,
	    .pathlen = -1,
	    .key_usage = ASSAY_KU_KEY_CERT_SIGN | ASSAY_KU_CRL_SIGN };
	ok = assay_cert_issue(&spec, NULL, w->keys[key], &der, err) &&
	    assay_cert_parse(assay_buffer_bytes(&der), out, err);
	assay_buffer_free(&der);
	return ok;
}

static const struct assay_pkey *
subject_key(const struct assay_sim_world *w, const struct blueprint *b)
{
	if (b->cert->p384)
		return assay_signer_public(w->stranger384);
	return assay_signer_public(w->keys[b->cert->another_key ?
	    SIM_KEY_STRANGER : b->key]);
}

static size_t
extensions_of(const struct blueprint *b,
    struct assay_extension_spec out[MAX_EXTENSIONS])
{
	static const uint8_t null[] = { 0x05, 0x00 };
	size_t n = 0;

	if (b->sgx.len != 0)
		out[n++] = (struct assay_extension_spec){ .oid = OID_SGX,
		    .value = b->sgx };
	if (b->cert->critical_oid != NULL)
		out[n++] = (struct assay_extension_spec){
		    .oid = b->cert->critical_oid, .critical = true,
		    .value = octets(null, sizeof(null)) };
	return n;
}

static bool
issue(struct assay_sim_world *w, const struct blueprint *b,
    struct assay_cert **out, struct assay_error *err)
{
	const struct assay_sim_cert *c = b->cert;
	struct assay_extension_spec extensions[MAX_EXTENSIONS];
	struct assay_name_part name[NAME_PARTS];
	struct assay_buffer der = assay_buffer(ASSAY_SIM_MAX_BYTES);
	struct assay_cert *lender = NULL;
	uint8_t serial[SERIAL_LEN];
	bool ok = false;

	name_of(c->cn, name);
	if (!serial_of(w, b->serial, serial, err))
		goto out;
	struct assay_cert_spec spec = { .subject = name,
	    .n_subject = NAME_PARTS, .serial = octets(serial, sizeof(serial)),
	    .not_before = c->not_before, .not_after = c->not_after,
	    .key = subject_key(w, b), .is_ca = c->is_ca,
	    .pathlen = c->pathlen, .key_usage = c->key_usage,
	    .crl_url = c->no_crl_url ? NULL : b->crl_url,
	    .no_basic_constraints = c->no_basic_constraints,
	    .no_key_ids = c->no_key_ids, .extensions = extensions,
	    .n_extensions = extensions_of(b, extensions) };
	if (c->issuer_cn != NULL && !name_lender(w, c->issuer_cn,
	    b->issuer_key, &lender, err))
		goto out;
	if (!assay_cert_issue(&spec, lender != NULL ? lender : b->issuer,
	    w->keys[c->forged ? SIM_KEY_STRANGER : b->issuer_key], &der, err))
		goto out;
	ok = assay_cert_parse(assay_buffer_bytes(&der), out, err);
out:
	assay_cert_free(lender);
	assay_buffer_free(&der);
	return ok || assay_fail_in(err, c->cn);
}

/* A root for one of the chains: same key and name, perhaps broken. */
static bool
issue_root(struct assay_sim_world *w, const struct assay_sim_cert *cert,
    struct assay_cert **out, struct assay_error *err)
{
	struct blueprint b = { .cert = cert, .serial = SERIAL_ROOT,
	    .key = SIM_KEY_ROOT, .issuer_key = SIM_KEY_ROOT,
	    .crl_url = ROOT_CRL_URL };

	/* A self-signed certificate cannot be made with another's key. */
	if (cert->forged)
		b.issuer = w->root;
	return issue(w, &b, out, err);
}

static bool
issue_intermediate(struct assay_sim_world *w, struct assay_error *err)
{
	struct blueprint b = { .cert = &w->params.intermediate,
	    .serial = SERIAL_INTERMEDIATE, .key = sim_ca_key(w->params.ca),
	    .issuer = w->root, .issuer_key = SIM_KEY_ROOT,
	    .crl_url = ROOT_CRL_URL };

	return issue(w, &b, &w->intermediate, err);
}

static bool
issue_pck(struct assay_sim_world *w, struct assay_cert **out,
    struct assay_error *err)
{
	struct assay_buffer sgx = assay_buffer(ASSAY_SIM_MAX_BYTES);
	struct blueprint b = { .cert = &w->params.pck_cert,
	    .serial = SERIAL_PCK, .key = SIM_KEY_PCK,
	    .issuer = w->intermediate, .issuer_key = sim_ca_key(w->params.ca),
	    .crl_url = w->params.ca == ASSAY_SIM_PLATFORM ?
	    PCK_CRL_URL "platform&encoding=der" :
	    PCK_CRL_URL "processor&encoding=der" };
	bool ok;

	if (!w->params.pck.absent) {
		(void)sgx_extensions(&w->params, &sgx);
		b.sgx = assay_buffer_bytes(&sgx);
	}
	ok = assay_buffer_ok(&sgx, "SGX extensions", err) &&
	    issue(w, &b, out, err);
	assay_buffer_free(&sgx);
	return ok;
}

static bool
issue_signing(struct assay_sim_world *w, const struct assay_sim_cert *cert,
    const struct assay_sim_json *json, const struct assay_cert *stranger,
    bool for_qe, struct assay_cert **out, struct assay_error *err)
{
	struct blueprint b = { .cert = cert,
	    .serial = for_qe ? SERIAL_QE_SIGNING : SERIAL_TCB_SIGNING,
	    .key = for_qe ? SIM_KEY_QE_SIGNING : SIM_KEY_TCB_SIGNING,
	    .issuer = w->root, .issuer_key = SIM_KEY_ROOT,
	    .crl_url = ROOT_CRL_URL };

	if (json->by_intermediate) {
		b.issuer = w->intermediate;
		b.issuer_key = sim_ca_key(w->params.ca);
	}
	/* Names and key identifiers of the issuer come from its certificate. */
	if (json->by_stranger) {
		b.issuer = stranger;
		b.issuer_key = SIM_KEY_STRANGER;
	}
	return issue(w, &b, out, err);
}

/* A sound root of a stranger, by Intel's name. */
static bool
issue_stranger_root(struct assay_sim_world *w, struct assay_cert **out,
    struct assay_error *err)
{
	struct assay_sim_params sound;
	struct blueprint b = { .serial = SERIAL_ROOT, .key = SIM_KEY_STRANGER,
	    .issuer_key = SIM_KEY_STRANGER, .crl_url = ROOT_CRL_URL };

	assay_sim_params_default(&sound, w->params.at);
	b.cert = &sound.root;
	return issue(w, &b, out, err);
}

/* ---- chains -------------------------------------------------------------- */

static bool
make_anchor(struct assay_sim_world *w, struct assay_error *err)
{
	struct assay_sim_params sound;
	struct blueprint b = { .serial = SERIAL_ROOT, .key = SIM_KEY_ROOT,
	    .issuer_key = SIM_KEY_ROOT, .crl_url = ROOT_CRL_URL };

	assay_sim_params_default(&sound, w->params.at);
	b.cert = &sound.root;
	if (!issue(w, &b, &w->root, err))
		return false;
	if (!w->params.other_anchor)
		(void)assay_cert_pem(w->root, &w->anchor);
	return true;
}

/* Somebody else's root, of the same name. */
static bool
make_other_anchor(struct assay_sim_world *w, struct assay_error *err)
{
	struct assay_cert *other = NULL;
	bool ok;

	ok = issue_stranger_root(w, &other, err);
	if (ok)
		(void)assay_cert_pem(other, &w->anchor);
	assay_cert_free(other);
	return ok;
}

static bool
make_pck_chain(struct assay_sim_world *w, struct assay_error *err)
{
	const struct assay_sim_chain *c = &w->params.chain;
	struct assay_cert *root = NULL, *pck = NULL;
	bool ok = false;

	if (!issue_root(w, &w->params.root, &root, err) ||
	    !issue_intermediate(w, err) || !issue_pck(w, &pck, err))
		goto out;
	const struct {
		bool			 there;
		const struct assay_cert	*cert;
	} order[] = { { !c->no_leaf, pck }, { !c->no_intermediate,
	    w->intermediate }, { c->intermediate_twice, w->intermediate },
	    { !c->no_root, root }, { c->extra, root } };
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (order[i].there && !c->garbage)
			(void)assay_cert_pem(order[i].cert, &w->pck_chain);
	if (c->junk_behind || c->garbage)
		(void)assay_buffer_puts(&w->pck_chain, "not a certificate\n");
	ok = assay_buffer_ok(&w->pck_chain, "PCK chain", err);
out:
	assay_cert_free(root);
	assay_cert_free(pck);
	return ok;
}

static bool
make_signing_chain(struct assay_sim_world *w, bool for_qe,
    struct assay_buffer *out, struct assay_error *err)
{
	const struct assay_sim_params *p = &w->params;
	const struct assay_sim_json *json = for_qe ? &p->qe_identity :
	    &p->tcb_info;
	bool own = for_qe && p->qe_own_chain;
	struct assay_cert *root = NULL, *signing = NULL;
	bool ok = false;

	if (json->chain_missing)
		return true;
	if (json->chain_garbage)
		return assay_buffer_puts(out, "not a certificate\n");
	if (!(json->by_stranger ? issue_stranger_root(w, &root, err) :
	    issue_root(w, own ? &p->qe_root : &p->tcb_root, &root, err)) ||
	    !issue_signing(w, own ? &p->qe_signing : &p->tcb_signing, json,
	    root, own, &signing, err))
		goto out;
	(void)assay_cert_pem(signing, out);
	if (!json->chain_short)
		(void)assay_cert_pem(root, out);
	if (json->chain_extra)
		(void)assay_cert_pem(w->intermediate, out);
	ok = assay_buffer_ok(out, "signing chain", err);
out:
	assay_cert_free(root);
	assay_cert_free(signing);
	return ok;
}

static bool
make_signing_chains(struct assay_sim_world *w, struct assay_error *err)
{
	if (!make_signing_chain(w, false, &w->tcb_info_chain, err))
		return false;
	if (w->params.qe_own_chain)
		return make_signing_chain(w, true, &w->qe_identity_chain, err);
	if (w->params.qe_identity.chain_missing)
		return true;
	(void)assay_buffer_put(&w->qe_identity_chain,
	    assay_buffer_bytes(&w->tcb_info_chain));
	return assay_buffer_ok(&w->qe_identity_chain, "signing chain", err);
}

/* ---- revocation lists ---------------------------------------------------- */

#define MAX_SERIALS 5

struct serials {
	uint8_t			bytes[MAX_SERIALS][SERIAL_LEN];
	struct assay_bytes	list[MAX_SERIALS];
	size_t			n;
};

static bool
revoke(struct assay_sim_world *w, struct serials *s, const char *label,
    struct assay_error *err)
{
	if (!serial_of(w, label, s->bytes[s->n], err))
		return false;
	s->list[s->n] = octets(s->bytes[s->n], SERIAL_LEN);
	s->n++;
	return true;
}

static bool
issue_crl(struct assay_sim_world *w, const struct assay_sim_crl *crl,
    const struct serials *s, const struct assay_cert *issuer,
    enum sim_key issuer_key, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_crl_spec spec = { .this_update = crl->this_update,
	    .next_update = crl->next_update, .number = 1,
	    .no_number = crl->no_number, .no_aki = crl->no_aki,
	    .serials = s->list, .n_serials = s->n,
	    .revoked_at = crl->this_update };
	struct assay_cert *lender = NULL;
	bool ok;

	if (crl->missing)
		return true;
	if (crl->garbage)
		return assay_buffer_puts(out, "not a revocation list\n");
	if (crl->issuer_cn != NULL && !name_lender(w, crl->issuer_cn,
	    issuer_key, &lender, err))
		return false;
	ok = assay_crl_issue(&spec, lender != NULL ? lender : issuer,
	    w->keys[crl->forged ? SIM_KEY_STRANGER : issuer_key], out, err) &&
	    (!crl->trailing || assay_buffer_putc(out, 0));
	assay_cert_free(lender);
	return ok;
}

static bool
make_root_crl(struct assay_sim_world *w, struct assay_error *err)
{
	const struct assay_sim_params *p = &w->params;
	struct serials s = { .n = 0 };

	if (p->root_crl.revokes && !revoke(w, &s, SERIAL_INTERMEDIATE, err))
		return false;
	if (p->root_crl_revokes_tcb_signing &&
	    !revoke(w, &s, SERIAL_TCB_SIGNING, err))
		return false;
	if (p->root_crl_revokes_qe_signing &&
	    !revoke(w, &s, SERIAL_QE_SIGNING, err))
		return false;
	return issue_crl(w, &p->root_crl, &s, w->root, SIM_KEY_ROOT,
	    &w->root_ca_crl, err);
}

/* Intel's lists are never empty: two others stand in it always. */
static bool
make_pck_crl(struct assay_sim_world *w, struct assay_error *err)
{
	const struct assay_sim_params *p = &w->params;
	struct serials s = { .n = 0 };

	if (!revoke(w, &s, "serial of another platform", err) ||
	    !revoke(w, &s, "serial of a third platform", err))
		return false;
	if (p->pck_crl.revokes && !revoke(w, &s, SERIAL_PCK, err))
		return false;
	return issue_crl(w, &p->pck_crl, &s, w->intermediate,
	    sim_ca_key(p->ca), &w->pck_crl, err);
}

/* The list of the CA that did not issue this platform's PCK certificate. */
static bool
make_other_pck_crl(struct assay_sim_world *w, struct assay_error *err)
{
	enum assay_sim_ca other = w->params.ca == ASSAY_SIM_PLATFORM ?
	    ASSAY_SIM_PROCESSOR : ASSAY_SIM_PLATFORM;
	struct serials s = { .n = 0 };
	struct assay_cert *ca = NULL;
	bool ok;

	ok = revoke(w, &s, "serial of another platform", err) &&
	    name_lender(w, other == ASSAY_SIM_PLATFORM ?
	    "Intel SGX PCK Platform CA" : "Intel SGX PCK Processor CA",
	    sim_ca_key(other), &ca, err) &&
	    issue_crl(w, &w->params.pck_crl, &s, ca, sim_ca_key(other),
	    &w->pck_crl, err);
	assay_cert_free(ca);
	return ok;
}

static bool
needs_p384(const struct assay_sim_params *p)
{
	return p->root.p384 || p->intermediate.p384 || p->pck_cert.p384 ||
	    p->tcb_signing.p384 || p->qe_signing.p384;
}

bool
sim_make_pki(struct assay_sim_world *w, struct assay_error *err)
{
	const struct assay_sim_params *p = &w->params;

	if (needs_p384(p) && !assay_signer_generate(ASSAY_KEY_EC_P384, 0,
	    &w->stranger384, err))
		return false;
	if (!make_anchor(w, err) ||
	    (p->other_anchor && !make_other_anchor(w, err)) ||
	    !make_pck_chain(w, err) || !make_signing_chains(w, err) ||
	    !make_root_crl(w, err))
		return false;
	return p->other_ca_crl ? make_other_pck_crl(w, err) :
	    make_pck_crl(w, err);
}
