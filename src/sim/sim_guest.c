/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/issue.h"
#include "sim/sim_guest.h"
#include "sim/sim_machine.h"

#define BYTES		ASSAY_SIM_PCR_BYTES
#define MAX_BYTES	(256u * 1024)
#define VALID		(365 * 24 * 60 * 60)

enum { KEY_AIK, KEY_STRANGER, KEY_ENC, RSA_KEYS };

struct assay_sim_guest {
	struct assay_signer	*rsa[RSA_KEYS], *ca;
	struct assay_buffer	 root_pem, aik_der[KEY_ENC];
};

/* ---- keys and certificates ---------------------------------------------- */

void
assay_sim_guest_free(struct assay_sim_guest *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < RSA_KEYS; i++)
		assay_signer_free(w->rsa[i]);
	for (size_t i = 0; i < KEY_ENC; i++)
		assay_buffer_free(&w->aik_der[i]);
	assay_signer_free(w->ca);
	assay_buffer_free(&w->root_pem);
	free(w);
}

static bool
issue(const struct assay_sim_guest *w, const struct assay_cert_spec *like,
    const char *name, const struct assay_cert *ca, struct assay_buffer *out,
    struct assay_error *err)
{
	const struct assay_name_part part = { "CN", name };
	struct assay_cert_spec spec = *like;

	spec.subject = &part;
	spec.n_subject = 1;
	spec.pathlen = -1;
	*out = assay_buffer(MAX_BYTES);
	return assay_cert_issue(&spec, ca, w->ca, out, err);
}

static bool
issue_aik(struct assay_sim_guest *w, int64_t at, const struct assay_cert *ca,
    size_t key, struct assay_error *err)
{
	/* SEQUENCE { 2.23.133.8.3 } */
	static const uint8_t eku[] = { 0x30, 0x07, 0x06, 0x05, 0x67, 0x81,
	    0x05, 0x08, 0x03 };
	const struct assay_extension_spec extension = {
	    "2.5.29.37", false, { eku, sizeof(eku) } };
	const struct assay_cert_spec spec = {
	    .not_before = at - VALID, .not_after = at + VALID,
	    .key = assay_signer_public(w->rsa[key]),
	    .key_usage = ASSAY_KU_DIGITAL_SIGNATURE,
	    .extensions = &extension, .n_extensions = 1 };

	return issue(w, &spec, "Simulated guest", ca, &w->aik_der[key], err);
}

static bool
make_certs(struct assay_sim_guest *w, int64_t at, struct assay_error *err)
{
	const struct assay_cert_spec spec = {
	    .not_before = at - VALID, .not_after = at + VALID,
	    .key = assay_signer_public(w->ca), .is_ca = true,
	    .key_usage = ASSAY_KU_KEY_CERT_SIGN | ASSAY_KU_CRL_SIGN };
	struct assay_buffer der = { .ptr = NULL };
	struct assay_cert *ca = NULL;
	bool ok;

	w->root_pem = assay_buffer(MAX_BYTES);
	ok = issue(w, &spec, "Simulated guest CA", NULL, &der, err) &&
	    assay_cert_parse(assay_buffer_bytes(&der), &ca, err);
	if (ok) {
		(void)assay_cert_pem(ca, &w->root_pem);
		ok = assay_buffer_ok(&w->root_pem, "root", err) &&
		    issue_aik(w, at, ca, KEY_AIK, err) &&
		    issue_aik(w, at, ca, KEY_STRANGER, err);
	}
	assay_cert_free(ca);
	assay_buffer_free(&der);
	return ok;
}

bool
assay_sim_guest_new(int64_t at, struct assay_sim_guest **out,
    struct assay_error *err)
{
	static const uint8_t seed[BYTES] = "simulated CA of guests";
	struct assay_sim_guest *w = assay_alloc(1, sizeof(*w));
	bool ok;

	if (w == NULL)
		return assay_fail_memory(err, "simulated guest");
	ok = assay_signer_from_seed((struct assay_bytes){ seed,
	    sizeof(seed) }, &w->ca, err);
	for (size_t i = 0; ok && i < RSA_KEYS; i++)
		ok = assay_signer_generate(ASSAY_KEY_RSA, 2048, &w->rsa[i],
		    err);
	if (!ok || !make_certs(w, at, err)) {
		assay_sim_guest_free(w);
		return false;
	}
	*out = w;
	return true;
}

struct assay_bytes
assay_sim_guest_root(const struct assay_sim_guest *w)
{
	return assay_buffer_bytes(&w->root_pem);
}

struct assay_sim_guest_params
assay_sim_guest_params_default(void)
{
	return (struct assay_sim_guest_params){
		.isolation = "TrustedLaunch",
		.state = { .mask = 0xff, .reset_count = 7,
		    .restart_count = 2, .clock = 20000 },
		.certify_reset_count = 7,
		.aik_attributes = 0x00050472, .key_attributes = 0x00020432,
		.key_scheme = 0x0010,
	};
}

/* ---- TPM 2.0 part 2 ----------------------------------------------------- */

static void
put_sized(struct assay_buffer *b, struct assay_bytes in)
{
	(void)assay_buffer_put_be(b, in.len, 2);
	(void)assay_buffer_put(b, in);
}

/* TPMT_PUBLIC of an RSA-2048 key, 12.2.4; hash 0: a scheme without one. */
static bool
put_public(struct assay_buffer *out, const struct assay_signer *key,
    uint32_t attributes, struct assay_bytes policy, uint16_t scheme,
    struct assay_error *err)
{
	struct assay_buffer n = assay_buffer(1024), e = assay_buffer(16);
	bool ok = assay_pkey_rsa(assay_signer_public(key), &n, &e, err);

	(void)assay_buffer_put_be(out, 0x0001, 2);
	(void)assay_buffer_put_be(out, 0x000b, 2);
	(void)assay_buffer_put_be(out, attributes, 4);
	put_sized(out, policy);
	(void)assay_buffer_put_be(out, 0x0010, 2);
	(void)assay_buffer_put_be(out, scheme, 2);
	if (scheme == 0x0014 || scheme == 0x0017)	/* RSASSA, OAEP */
		(void)assay_buffer_put_be(out, 0x000b, 2);
	(void)assay_buffer_put_be(out, 8 * n.len, 2);
	(void)assay_buffer_put_be(out, 0, 4);
	put_sized(out, assay_buffer_bytes(&n));
	assay_buffer_free(&n);
	assay_buffer_free(&e);
	return ok && assay_buffer_ok(out, "TPMT_PUBLIC", err);
}

/* TPMS_ATTEST up to its body, 10.12.12. */
static void
put_head(struct assay_buffer *b, const struct assay_sim_tpm_attest *faults,
    bool quote, uint32_t reset_count, const struct assay_sim_tpm_state *s)
{
	static const uint8_t signer[34] = { 0x00, 0x0b };
	static const uint8_t data[] = { 0x55 };

	(void)assay_buffer_put_be(b, faults->wrong_magic ? 0x414141 :
	    0xff544347, 4);
	(void)assay_buffer_put_be(b, quote ? 0x8018 : 0x8017, 2);
	put_sized(b, (struct assay_bytes){ signer, sizeof(signer) });
	put_sized(b, (struct assay_bytes){ data, faults->wrong_data });
	(void)assay_buffer_put_be(b, s->clock, 8);
	(void)assay_buffer_put_be(b, reset_count, 4);
	(void)assay_buffer_put_be(b, s->restart_count, 4);
	(void)assay_buffer_putc(b, 1);
	(void)assay_buffer_put_be(b, 1, 8);
}

/* TPML_PCR_SELECTION, 10.9.7. */
static void
put_selection(struct assay_buffer *b, uint32_t mask)
{
	(void)assay_buffer_put_be(b, 1, 4);
	(void)assay_buffer_put_be(b, 0x000b, 2);
	(void)assay_buffer_putc(b, 3);
	(void)assay_buffer_put_le(b, mask, 3);
}

static void
put_body(struct assay_buffer *b, bool quote, uint32_t mask,
    struct assay_bytes bytes)
{
	if (quote)
		put_selection(b, mask);
	put_sized(b, bytes);
	if (!quote)
		put_sized(b, bytes);
}

static bool
sign(const struct assay_sim_guest *w, const struct assay_buffer *attest,
    const struct assay_sim_tpm_attest *faults, struct assay_buffer *out,
    struct assay_error *err)
{
	bool ok = assay_buffer_ok(attest, "TPMS_ATTEST", err) &&
	    assay_sign(w->rsa[faults->by_stranger ? KEY_STRANGER : KEY_AIK],
	    ASSAY_SIG_RS256, assay_buffer_bytes(attest), out, err);

	if (ok && faults->bad_signature)
		out->ptr[40] ^= 1;
	return ok;
}

static bool
digest_values(const struct assay_sim_machine *m, uint32_t mask,
    struct assay_digest *out, struct assay_error *err)
{
	struct assay_buffer values = assay_buffer(ASSAY_SIM_PCRS * BYTES);
	bool ok;

	for (size_t i = 0; i < ASSAY_SIM_PCRS; i++)
		if ((mask >> i & 1) != 0)
			(void)assay_buffer_put(&values, (struct assay_bytes){
			    m->pcr[i], BYTES });
	ok = assay_digest(ASSAY_SHA256, assay_buffer_bytes(&values), out,
	    err);
	assay_buffer_free(&values);
	return ok;
}

/* Part 3, 23.7: TPM2_PolicyPCR in a new session. */
static bool
make_policy(const struct assay_sim_guest_params *p,
    const struct assay_digest *values, struct assay_digest *out,
    struct assay_error *err)
{
	struct assay_buffer in = assay_buffer(256);
	bool ok;

	(void)assay_buffer_fill(&in, 0, BYTES);
	(void)assay_buffer_put_be(&in, 0x17f, 4);
	put_selection(&in, p->state.mask ^ p->other_policy);
	(void)assay_buffer_put(&in, assay_digest_bytes(values));
	ok = assay_digest(ASSAY_SHA256, assay_buffer_bytes(&in), out, err);
	assay_buffer_free(&in);
	return ok;
}

/* ---- JSON --------------------------------------------------------------- */

static void
put_b64(struct assay_buffer *out, const char *name, struct assay_bytes in)
{
	(void)assay_buffer_printf(out, "\"%s\":\"", name);
	(void)assay_base64_encode(in, out);
	(void)assay_buffer_putc(out, '"');
}

static void
put_area(struct assay_buffer *out, const char *name,
    const struct assay_buffer *area)
{
	struct assay_buffer sized = assay_buffer(2048);

	put_sized(&sized, assay_buffer_bytes(area));
	put_b64(out, name, assay_buffer_bytes(&sized));
	(void)assay_buffer_putc(out, ',');
	assay_buffer_free(&sized);
}

static void
put_pcrs(struct assay_buffer *out, const struct assay_sim_machine *m,
    uint32_t mask)
{
	bool first = true;

	(void)assay_buffer_puts(out, "\"PcrSet\":[");
	for (unsigned int i = 0; i < ASSAY_SIM_PCRS; i++)
		if ((mask >> i & 1) != 0) {
			(void)assay_buffer_printf(out, first ? "%u" : ",%u",
			    i);
			first = false;
		}
	(void)assay_buffer_puts(out, "],\"PCRs\":[");
	first = true;
	for (unsigned int i = 0; i < ASSAY_SIM_PCRS; i++) {
		if ((mask >> i & 1) == 0)
			continue;
		(void)assay_buffer_printf(out, "%s{\"Index\":%u,",
		    first ? "" : ",", i);
		put_b64(out, "Digest", (struct assay_bytes){ m->pcr[i],
		    BYTES });
		(void)assay_buffer_putc(out, '}');
		first = false;
	}
	(void)assay_buffer_putc(out, ']');
}

/* A signed structure under two names. */
static bool
put_attest(const struct assay_sim_guest *w, struct assay_buffer *attest,
    const struct assay_sim_tpm_attest *faults, const char *name,
    const char *signature_name, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer signature = assay_buffer(1024);
	bool ok = sign(w, attest, faults, &signature, err);

	put_b64(out, name, assay_buffer_bytes(attest));
	(void)assay_buffer_putc(out, ',');
	put_b64(out, signature_name, assay_buffer_bytes(&signature));
	(void)assay_buffer_putc(out, ',');
	assay_buffer_free(&signature);
	return ok;
}

static bool
put_quote(const struct assay_sim_guest *w,
    const struct assay_sim_guest_params *p, const struct assay_digest *values,
    struct assay_buffer *out, struct assay_error *err)
{
	const struct assay_sim_tpm_attest *faults = &p->state.attest;
	struct assay_buffer attest = assay_buffer(1024);
	struct assay_digest digest = *values;
	bool ok;

	digest.bytes[0] ^= p->state.wrong_digest;
	put_head(&attest, faults, !faults->wrong_type, p->state.reset_count,
	    &p->state);
	put_body(&attest, !faults->wrong_type, p->state.mask,
	    assay_digest_bytes(&digest));
	ok = put_attest(w, &attest, faults, "PcrQuote", "PcrSignature", out,
	    err);
	assay_buffer_free(&attest);
	return ok;
}

static bool
put_certify(const struct assay_sim_guest *w,
    const struct assay_sim_guest_params *p, struct assay_bytes area,
    struct assay_buffer *out, struct assay_error *err)
{
	const struct assay_sim_tpm_attest *faults = &p->certify;
	struct assay_buffer attest = assay_buffer(1024);
	uint8_t name[2 + BYTES] = { 0x00, 0x0b };
	struct assay_digest digest;
	bool ok;

	if (!assay_digest(ASSAY_SHA256, area, &digest, err))
		return false;
	memcpy(name + 2, digest.bytes, BYTES);
	name[2] ^= p->certify_other_name;
	put_head(&attest, faults, faults->wrong_type, p->certify_reset_count,
	    &p->state);
	put_body(&attest, faults->wrong_type, p->state.mask,
	    (struct assay_bytes){ name, sizeof(name) });
	ok = put_attest(w, &attest, faults, "EncKeyCertifyInfo",
	    "EncKeyCertifyInfoSignature", out, err);
	assay_buffer_free(&attest);
	return ok;
}

static bool
put_keys(const struct assay_sim_guest *w,
    const struct assay_sim_guest_params *p, const struct assay_digest *values,
    struct assay_buffer *out, struct assay_error *err)
{
	struct assay_buffer aik = assay_buffer(1024), key = assay_buffer(1024);
	struct assay_digest policy;
	bool ok;

	ok = make_policy(p, values, &policy, err) &&
	    put_public(&aik, w->rsa[KEY_AIK], p->aik_attributes,
	    (struct assay_bytes){ NULL, 0 }, 0x0014, err) &&
	    put_public(&key, w->rsa[KEY_ENC], p->key_attributes,
	    assay_digest_bytes(&policy), p->key_scheme, err);
	put_area(out, "AikPub", &aik);
	put_area(out, "EncKeyPub", &key);
	ok = ok && put_quote(w, p, values, out, err) &&
	    put_certify(w, p, assay_buffer_bytes(&key), out, err);
	assay_buffer_free(&aik);
	assay_buffer_free(&key);
	return ok;
}

static bool
put_tpm_info(const struct assay_sim_guest *w,
    const struct assay_sim_guest_params *p, const struct assay_sim_machine *m,
    struct assay_buffer *out, struct assay_error *err)
{
	struct assay_digest values;

	(void)assay_buffer_puts(out, "\"TpmInfo\":{");
	if (!p->no_aik_cert) {
		put_b64(out, "AikCert", assay_buffer_bytes(&w->aik_der[
		    p->other_aik_cert ? KEY_STRANGER : KEY_AIK]));
		(void)assay_buffer_putc(out, ',');
	}
	if (!digest_values(m, p->state.mask, &values, err) ||
	    !put_keys(w, p, &values, out, err))
		return false;
	put_pcrs(out, m, (p->state.mask & ~p->state.unlisted) |
	    p->state.unquoted);
	(void)assay_buffer_putc(out, '}');
	return true;
}

bool
assay_sim_guest_info(const struct assay_sim_guest *w,
    const struct assay_sim_guest_params *p, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_sim_machine m;
	bool ok = assay_sim_machine_boot(&p->state, NULL, &m, err);

	(void)assay_buffer_puts(out, "{\"AttestationProtocolVersion\":\"2.0\","
	    "\"OSType\":\"TGludXg=\",\"OSDistro\":\"VWJ1bnR1\","
	    "\"OSBuild\":\"Tm90QXBwbGljYXRpb24=\",\"OSVersionMajor\":24,"
	    "\"OSVersionMinor\":4,\"ClientPayload\":{\"nonce\":"
	    "\"c2ltdWxhdGVk\"},");
	if (p->isolation != NULL)
		(void)assay_buffer_printf(out,
		    "\"IsolationInfo\":{\"Type\":\"%s\"},", p->isolation);
	put_b64(out, "TcgLogs", assay_buffer_bytes(&m.log));
	(void)assay_buffer_putc(out, ',');
	ok = ok && put_tpm_info(w, p, &m, out, err);
	(void)assay_buffer_putc(out, '}');
	assay_buffer_free(&m.log);
	return ok && assay_buffer_ok(out, "AttestationInfo", err);
}
