/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SGX quotes as the quoting enclave writes them: version 3, and versions 4 and
 * 5 with an SGX body (Intel SGX ECDSA Quote Library Reference, appendix A).
 *
 *	header 48 | enclave report 384 | u32 length | authentication data
 *	v5:	  u16 body type, u32 body size before the report
 *	v3 auth:  signature 64 | key 64 | QE report 384 | signature 64 |
 *		  u16 n, QE auth data | u16 type, u32 n, certification data
 *	later:  signature 64 | key 64 | u16 6, u32 n, { QE report 384 ... }
 */
#include <string.h>

#include "crypto/digest.h"
#include "sim/sim_world.h"

#define AUTH_KEY_SIZE	64

static void
put(struct assay_buffer *out, const uint8_t *ptr, size_t len)
{
	(void)assay_buffer_put(out, (struct assay_bytes){ ptr, len });
}

/* A reserved field: zeros, unless its first byte is to be wrong. */
static void
put_reserved(struct assay_buffer *out, const struct assay_sim_report *r,
    unsigned int number, size_t len)
{
	(void)assay_buffer_putc(out, (uint8_t)(r->reserved >> number & 1));
	(void)assay_buffer_fill(out, 0, len - 1);
}

/* struct sgx_report_body_t, 384 bytes. */
static void
put_report(struct assay_buffer *out, const struct assay_sim_report *r)
{
	put(out, r->cpusvn, sizeof(r->cpusvn));			/* 0 */
	(void)assay_buffer_put_le(out, r->miscselect, 4);	/* 16 */
	put_reserved(out, r, 1, 12);				/* 20 */
	put(out, r->isv_ext_prod_id, sizeof(r->isv_ext_prod_id)); /* 32 */
	(void)assay_buffer_put_le(out, r->flags, 8);		/* 48 */
	(void)assay_buffer_put_le(out, r->xfrm, 8);		/* 56 */
	put(out, r->mrenclave, sizeof(r->mrenclave));		/* 64 */
	put_reserved(out, r, 2, 32);				/* 96 */
	put(out, r->mrsigner, sizeof(r->mrsigner));		/* 128 */
	put_reserved(out, r, 3, 32);				/* 160 */
	put(out, r->config_id, sizeof(r->config_id));		/* 192 */
	(void)assay_buffer_put_le(out, r->isv_prod_id, 2);	/* 256 */
	(void)assay_buffer_put_le(out, r->isv_svn, 2);		/* 258 */
	(void)assay_buffer_put_le(out, r->config_svn, 2);	/* 260 */
	put_reserved(out, r, 4, 42);				/* 262 */
	put(out, r->isv_family_id, sizeof(r->isv_family_id));	/* 304 */
	put(out, r->report_data, sizeof(r->report_data));	/* 320 */
}

static void
put_header(struct assay_buffer *out, const struct assay_sim_quote *q)
{
	(void)assay_buffer_put_le(out, q->version, 2);
	(void)assay_buffer_put_le(out, q->att_key_type, 2);
	(void)assay_buffer_put_le(out, q->tee_type, 4);
	(void)assay_buffer_put_le(out, q->version == 3 ? q->qe_svn : 0, 2);
	(void)assay_buffer_put_le(out, q->version == 3 ? q->pce_svn : 0, 2);
	put(out, q->vendor_id, sizeof(q->vendor_id));
	put(out, q->user_data, sizeof(q->user_data));
}

/*
 * A TD report 1.0 without content: enough to see where an SGX quote is wanted.
 */
#define TD_REPORT_SIZE	584
#define SGX_REPORT_SIZE	384

static void
put_body(struct assay_buffer *out, const struct assay_sim_quote *q)
{
	int size = q->td_body ? TD_REPORT_SIZE : SGX_REPORT_SIZE;

	if (q->version == 5) {
		(void)assay_buffer_put_le(out, q->body_type, 2);
		(void)assay_buffer_put_le(out,
		    (uint64_t)(size + q->body_size_add), 4);
	}
	if (q->td_body)
		(void)assay_buffer_fill(out, 0, TD_REPORT_SIZE);
	else
		put_report(out, &q->body);
}

/* Everything that a quote is put together from. */
struct parts {
	struct assay_buffer	key;		/* x || y as it stands there */
	struct assay_buffer	qe_auth;	/* 00 01 02 ... */
	struct assay_buffer	qe_report;
	struct assay_buffer	qe_signature;
	struct assay_buffer	signature;
	struct assay_buffer	certification;	/* data of its type */
};

static void
parts_free(struct parts *parts)
{
	assay_buffer_free(&parts->key);
	assay_buffer_free(&parts->qe_auth);
	assay_buffer_free(&parts->qe_report);
	assay_buffer_free(&parts->qe_signature);
	assay_buffer_free(&parts->signature);
	assay_buffer_free(&parts->certification);
}

static bool
make_key(const struct assay_sim_world *w, const struct assay_sim_quote *q,
    struct parts *parts, struct assay_error *err)
{
	if (!assay_pkey_point(assay_signer_public(
	    w->keys[SIM_KEY_ATTESTATION]), &parts->key, err))
		return false;
	/* The last bit of y: no second point has this x and that y. */
	if (q->key_off_curve)
		parts->key.ptr[AUTH_KEY_SIZE - 1] ^= 1;
	for (uint32_t i = 0; i < q->qe_auth_len; i++)
		(void)assay_buffer_putc(&parts->qe_auth, (uint8_t)i);
	return assay_buffer_ok(&parts->qe_auth, "QE auth data", err);
}

/* QE report data: SHA-256(attestation key || QE auth data), then zeros. */
static bool
make_qe_report(const struct assay_sim_world *w,
    const struct assay_sim_quote *q, struct parts *parts,
    struct assay_error *err)
{
	const struct assay_bytes bound[] = { assay_buffer_bytes(&parts->key),
	    assay_buffer_bytes(&parts->qe_auth) };
	struct assay_sim_report qe = q->qe;
	struct assay_digest digest;

	if (!assay_digest_parts(ASSAY_SHA256, bound, 2, &digest, err))
		return false;
	memcpy(qe.report_data, digest.bytes, 32);
	if (q->qe_unbound)
		qe.report_data[0] ^= 1;
	if (q->qe_upper_half)
		qe.report_data[63] ^= 1;
	put_report(&parts->qe_report, &qe);
	return assay_sign(w->keys[q->qe_forged ? SIM_KEY_STRANGER :
	    SIM_KEY_PCK], ASSAY_SIG_ES256_RAW,
	    assay_buffer_bytes(&parts->qe_report), &parts->qe_signature, err);
}

/* Types 1 to 3 name the platform; 4 and 5 carry its certificate. */
static void
make_certification(const struct assay_sim_world *w,
    const struct assay_sim_quote *q, struct parts *parts)
{
	struct assay_buffer *out = &parts->certification;
	const struct assay_sim_pck *pck = &w->params.pck;
	static const size_t ppid_len[] = { 0, 16, 256, 384 };

	if (q->cert_type >= 1 && q->cert_type <= 3) {
		(void)assay_buffer_fill(out, 0x11, ppid_len[q->cert_type]);
		put(out, pck->cpusvn, sizeof(pck->cpusvn));
		(void)assay_buffer_put_le(out, pck->pcesvn, 2);
		put(out, pck->pceid, sizeof(pck->pceid));
		return;
	}
	(void)assay_buffer_put(out, assay_buffer_bytes(&w->pck_chain));
	(void)assay_buffer_putc(out, 0);
}

static bool
make_signature(const struct assay_sim_world *w,
    const struct assay_sim_quote *q, struct assay_bytes signed_part,
    struct parts *parts, struct assay_error *err)
{
	if (q->signature_zero)
		return assay_buffer_fill(&parts->signature, 0, 64);
	return assay_sign(w->keys[q->forged ? SIM_KEY_STRANGER :
	    SIM_KEY_ATTESTATION], ASSAY_SIG_ES256_RAW, signed_part,
	    &parts->signature, err);
}

static uint64_t
changed(size_t len, int add)
{
	return (uint64_t)((int64_t)len + add);
}

/* QE report to certification data: the same in both versions. */
static void
put_qe_part(struct assay_buffer *out, const struct assay_sim_quote *q,
    const struct parts *parts)
{
	(void)assay_buffer_put(out, assay_buffer_bytes(&parts->qe_report));
	(void)assay_buffer_put(out, assay_buffer_bytes(&parts->qe_signature));
	(void)assay_buffer_put_le(out, changed(parts->qe_auth.len,
	    q->qe_auth_len_add), 2);
	(void)assay_buffer_put(out, assay_buffer_bytes(&parts->qe_auth));
	(void)assay_buffer_put_le(out, q->cert_type, 2);
	(void)assay_buffer_put_le(out, changed(parts->certification.len,
	    q->cert_len_add), 4);
	(void)assay_buffer_put(out, assay_buffer_bytes(&parts->certification));
	(void)assay_buffer_fill(out, 0, q->inner_trailing);
}

static void
put_auth(struct assay_buffer *out, const struct assay_sim_quote *q,
    const struct parts *parts)
{
	size_t at;

	(void)assay_buffer_put(out, assay_buffer_bytes(&parts->signature));
	(void)assay_buffer_put(out, assay_buffer_bytes(&parts->key));
	if (q->version == 3) {
		put_qe_part(out, q, parts);
		return;
	}
	(void)assay_buffer_put_le(out, q->outer_type, 2);
	at = out->len;
	(void)assay_buffer_put_le(out, 0, 4);
	put_qe_part(out, q, parts);
	if (!out->failed)
		assay_buffer_patch_le(out, at, changed(out->len - at - 4,
		    q->outer_len_add), 4);
}

static bool
assemble(const struct assay_sim_world *w, const struct assay_sim_quote *q,
    struct assay_buffer *quote, struct parts *parts, struct assay_error *err)
{
	size_t at;

	if (!make_key(w, q, parts, err) || !make_qe_report(w, q, parts, err))
		return false;
	make_certification(w, q, parts);
	put_header(quote, q);
	put_body(quote, q);
	if (!make_signature(w, q, assay_buffer_bytes(quote), parts, err))
		return false;
	at = quote->len;
	(void)assay_buffer_put_le(quote, 0, 4);
	put_auth(quote, q, parts);
	if (!assay_buffer_ok(&parts->certification, "quote", err) ||
	    !assay_buffer_ok(quote, "quote", err))
		return false;
	assay_buffer_patch_le(quote, at, changed(quote->len - at - 4,
	    q->auth_len_add), 4);
	return true;
}

bool
assay_sim_quote(const struct assay_sim_world *w,
    const struct assay_sim_quote *q, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer quote = assay_buffer(ASSAY_SIM_MAX_BYTES);
	struct parts parts = {
		.key = assay_buffer(AUTH_KEY_SIZE),
		.qe_auth = assay_buffer(UINT16_MAX),
		.qe_report = assay_buffer(ASSAY_SIM_MAX_BYTES),
		.qe_signature = assay_buffer(64),
		.signature = assay_buffer(64),
		.certification = assay_buffer(ASSAY_SIM_MAX_BYTES),
	};
	bool ok;

	ok = assemble(w, q, &quote, &parts, err);
	if (ok) {
		struct assay_bytes all = assay_buffer_bytes(&quote);

		all.len -= q->truncate < all.len ? q->truncate : all.len;
		(void)assay_buffer_put(out, all);
		(void)assay_buffer_fill(out, 0, q->trailing);
		ok = assay_buffer_ok(out, "quote", err);
	}
	parts_free(&parts);
	assay_buffer_free(&quote);
	return ok;
}

bool
assay_sim_openenclave(const struct assay_sim_openenclave *header,
    struct assay_bytes quote, struct assay_buffer *out,
    struct assay_error *err)
{
	(void)assay_buffer_put_le(out, header->version, 4);
	(void)assay_buffer_put_le(out, header->type, 4);
	(void)assay_buffer_put_le(out, changed(quote.len, header->size_add),
	    8);
	(void)assay_buffer_put(out, quote);
	return assay_buffer_ok(out, "Open Enclave report", err);
}

bool
assay_sim_bind(struct assay_sim_report *report, struct assay_bytes data,
    struct assay_error *err)
{
	struct assay_digest digest;

	if (!assay_digest(ASSAY_SHA256, data, &digest, err))
		return false;
	memset(report->report_data, 0, sizeof(report->report_data));
	memcpy(report->report_data, digest.bytes, 32);
	return true;
}
