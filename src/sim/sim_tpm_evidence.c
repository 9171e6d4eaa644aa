/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/issue.h"
#include "sim/sim_machine.h"
#include "sim/sim_tpm_evidence.h"

#define BYTES		ASSAY_SIM_PCR_BYTES
#define PCRS		ASSAY_SIM_PCRS
#define MAX_BYTES	(256u * 1024)
#define ATTRIBUTES	UINT32_C(0x00040472)
#define VALID		(365 * 24 * 60 * 60)

enum { KEY_REQUEST, KEY_STRANGER, RSA_KEYS };
enum { KEY_CA, KEY_AIK, KEY_OTHER_AIK, EC_KEYS };

struct assay_sim_tpm {
	struct assay_signer	*rsa[RSA_KEYS], *ec[EC_KEYS];
	struct assay_buffer	 root_pem, aik_der[EC_KEYS];
	uint8_t			 challenge[ASSAY_SIM_TPM_CHALLENGE];
};

/* ---- keys and certificates ---------------------------------------------- */

void
assay_sim_tpm_free(struct assay_sim_tpm *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < RSA_KEYS; i++)
		assay_signer_free(w->rsa[i]);
	for (size_t i = 0; i < EC_KEYS; i++) {
		assay_signer_free(w->ec[i]);
		assay_buffer_free(&w->aik_der[i]);
	}
	assay_buffer_free(&w->root_pem);
	free(w);
}

static bool
make_keys(struct assay_sim_tpm *w, struct assay_error *err)
{
	uint8_t seed[BYTES] = "simulated TPM, key number ";

	for (size_t i = 0; i < RSA_KEYS; i++)
		if (!assay_signer_generate(ASSAY_KEY_RSA, 2048, &w->rsa[i],
		    err))
			return false;
	for (size_t i = 0; i < EC_KEYS; i++) {
		seed[BYTES - 1] = (uint8_t)i;
		if (!assay_signer_from_seed((struct assay_bytes){ seed,
		    sizeof(seed) }, &w->ec[i], err))
			return false;
	}
	return true;
}

static bool
issue_aik(struct assay_sim_tpm *w, int64_t at, const struct assay_cert *ca,
    size_t key, struct assay_error *err)
{
	/* SEQUENCE { 2.23.133.8.3 } */
	static const uint8_t eku[] = { 0x30, 0x07, 0x06, 0x05, 0x67, 0x81,
	    0x05, 0x08, 0x03 };
	static const struct assay_name_part name = { "CN", "Simulated AIK" };
	const struct assay_extension_spec extension = {
	    "2.5.29.37", false, { eku, sizeof(eku) } };
	const struct assay_cert_spec spec = { .subject = &name, .n_subject = 1,
	    .not_before = at - VALID, .not_after = at + VALID,
	    .key = assay_signer_public(w->ec[key]), .pathlen = -1,
	    .key_usage = ASSAY_KU_DIGITAL_SIGNATURE,
	    .extensions = &extension, .n_extensions = 1 };

	w->aik_der[key] = assay_buffer(MAX_BYTES);
	return assay_cert_issue(&spec, ca, w->ec[KEY_CA], &w->aik_der[key],
	    err);
}

static bool
make_certs(struct assay_sim_tpm *w, int64_t at, struct assay_error *err)
{
	static const struct assay_name_part name = { "CN", "Simulated AIK CA" };
	const struct assay_cert_spec spec = { .subject = &name, .n_subject = 1,
	    .not_before = at - VALID, .not_after = at + VALID,
	    .key = assay_signer_public(w->ec[KEY_CA]), .is_ca = true,
	    .pathlen = -1,
	    .key_usage = ASSAY_KU_KEY_CERT_SIGN | ASSAY_KU_CRL_SIGN };
	struct assay_buffer der = assay_buffer(MAX_BYTES);
	struct assay_cert *ca = NULL;
	bool ok;

	w->root_pem = assay_buffer(MAX_BYTES);
	ok = assay_cert_issue(&spec, NULL, w->ec[KEY_CA], &der, err) &&
	    assay_cert_parse(assay_buffer_bytes(&der), &ca, err);
	if (ok) {
		(void)assay_cert_pem(ca, &w->root_pem);
		ok = assay_buffer_ok(&w->root_pem, "root", err) &&
		    issue_aik(w, at, ca, KEY_AIK, err) &&
		    issue_aik(w, at, ca, KEY_OTHER_AIK, err);
	}
	assay_cert_free(ca);
	assay_buffer_free(&der);
	return ok;
}

bool
assay_sim_tpm_new(int64_t at, struct assay_sim_tpm **out,
    struct assay_error *err)
{
	struct assay_sim_tpm *w = assay_alloc(1, sizeof(*w));

	if (w == NULL)
		return assay_fail_memory(err, "simulated TPM");
	for (size_t i = 0; i < sizeof(w->challenge); i++)
		w->challenge[i] = (uint8_t)(i * 17);
	if (!make_keys(w, err) || !make_certs(w, at, err)) {
		assay_sim_tpm_free(w);
		return false;
	}
	*out = w;
	return true;
}

struct assay_bytes
assay_sim_tpm_root(const struct assay_sim_tpm *w)
{
	return assay_buffer_bytes(&w->root_pem);
}

struct assay_bytes
assay_sim_tpm_challenge(const struct assay_sim_tpm *w)
{
	return (struct assay_bytes){ w->challenge, sizeof(w->challenge) };
}

struct assay_sim_tpm_params
assay_sim_tpm_params_default(void)
{
	return (struct assay_sim_tpm_params){
		.header = "{\"alg\":\"PS256\",\"typ\":\"attReqV2\"}",
		.current = { .mask = 0xffffff, .reset_count = 7,
		    .restart_count = 2, .clock = 20000 },
		.boot = { .mask = 0xffffff, .reset_count = 7,
		    .restart_count = 1, .clock = 10000 },
	};
}

/* ---- what a TPM signs: TPM 2.0 part 2, 10.12 ---------------------------- */

struct attesting {
	const struct assay_sim_tpm		*w;
	const struct assay_sim_tpm_attest	*faults;
	size_t					 aik;
	struct assay_buffer			 attest, signature;
};

static void
put_sized(struct assay_buffer *b, struct assay_bytes in)
{
	(void)assay_buffer_put_be(b, in.len, 2);
	(void)assay_buffer_put(b, in);
}

static void
put_head(struct attesting *a, uint16_t type, struct assay_bytes data,
    const struct assay_sim_tpm_state *s)
{
	static const uint8_t signer[34] = { 0x00, 0x0b };
	struct assay_buffer *b = &a->attest;

	a->attest = assay_buffer(4096);
	a->signature = assay_buffer(1024);
	(void)assay_buffer_put_be(b, a->faults->wrong_magic ? 0x414141 :
	    0xff544347, 4);
	(void)assay_buffer_put_be(b, type, 2);
	put_sized(b, (struct assay_bytes){ signer, sizeof(signer) });
	if (a->faults->wrong_data)
		data.len--;
	put_sized(b, data);
	(void)assay_buffer_put_be(b, s->clock, 8);
	(void)assay_buffer_put_be(b, s->reset_count, 4);
	(void)assay_buffer_put_be(b, s->restart_count, 4);
	(void)assay_buffer_putc(b, 1);
	(void)assay_buffer_put_be(b, 1, 8);
}

static void
put_quote(struct assay_buffer *b, const struct assay_sim_tpm_state *s,
    const struct assay_digest *digest)
{
	(void)assay_buffer_put_be(b, 1, 4);
	(void)assay_buffer_put_be(b, 0x000b, 2);
	(void)assay_buffer_putc(b, 3);
	(void)assay_buffer_put_le(b, s->mask, 3);
	put_sized(b, assay_digest_bytes(digest));
}

static void
put_certify(struct assay_buffer *b, struct assay_bytes name)
{
	put_sized(b, name);
	put_sized(b, name);
}

/* TPMT_SIGNATURE: ECDSA with SHA-256. */
static bool
seal(struct attesting *a, struct assay_error *err)
{
	struct assay_buffer raw = assay_buffer(256);
	const struct assay_signer *key = a->w->ec[a->faults->by_stranger ?
	    KEY_CA : a->aik];
	bool ok;

	ok = assay_buffer_ok(&a->attest, "TPMS_ATTEST", err) &&
	    assay_sign(key, ASSAY_SIG_ES256_RAW,
	    assay_buffer_bytes(&a->attest), &raw, err);
	if (ok && a->faults->bad_signature)
		raw.ptr[40] ^= 1;
	if (ok) {
		(void)assay_buffer_put_be(&a->signature, 0x0018, 2);
		(void)assay_buffer_put_be(&a->signature,
		    a->faults->says_sha1 ? 0x0004 : 0x000b, 2);
		put_sized(&a->signature, (struct assay_bytes){ raw.ptr, 32 });
		put_sized(&a->signature, (struct assay_bytes){ raw.ptr + 32,
		    32 });
	}
	assay_buffer_free(&raw);
	return ok && assay_buffer_ok(&a->signature, "signature", err);
}

static bool
quote(struct attesting *a, const struct assay_sim_tpm_state *s,
    const struct assay_sim_machine *m, struct assay_bytes data, struct assay_error *err)
{
	struct assay_buffer values = assay_buffer(PCRS * BYTES);
	struct assay_digest digest;
	bool ok;

	for (size_t i = 0; i < PCRS; i++)
		if ((s->mask >> i & 1) != 0)
			(void)assay_buffer_put(&values, (struct assay_bytes){
			    m->pcr[i], BYTES });
	ok = assay_digest(ASSAY_SHA256, assay_buffer_bytes(&values), &digest,
	    err);
	assay_buffer_free(&values);
	if (!ok)
		return false;
	digest.bytes[0] ^= s->wrong_digest;
	put_head(a, a->faults->wrong_type ? 0x8017 : 0x8018, data, s);
	if (a->faults->wrong_type)
		put_certify(&a->attest, assay_digest_bytes(&digest));
	else
		put_quote(&a->attest, s, &digest);
	return seal(a, err);
}

/* ---- JSON --------------------------------------------------------------- */

static void
put_b64(struct assay_buffer *out, const char *name, struct assay_bytes in)
{
	(void)assay_buffer_printf(out, "\"%s\":\"", name);
	(void)assay_base64url_encode(in, out);
	(void)assay_buffer_putc(out, '"');
}

static bool
put_rsa_jwk(struct assay_buffer *out, const struct assay_signer *key,
    struct assay_error *err)
{
	struct assay_buffer n = assay_buffer(1024), e = assay_buffer(16);
	bool ok = assay_pkey_rsa(assay_signer_public(key), &n, &e, err);

	(void)assay_buffer_puts(out, "{\"kty\":\"RSA\",");
	put_b64(out, "n", assay_buffer_bytes(&n));
	(void)assay_buffer_puts(out, ", ");
	put_b64(out, "e", assay_buffer_bytes(&e));
	(void)assay_buffer_puts(out, "}");
	assay_buffer_free(&n);
	assay_buffer_free(&e);
	return ok;
}

static bool
put_ec_jwk(struct assay_buffer *out, const struct assay_signer *key,
    struct assay_error *err)
{
	struct assay_buffer xy = assay_buffer(64);
	bool ok = assay_pkey_point(assay_signer_public(key), &xy, err);

	(void)assay_buffer_puts(out, "{\"kty\":\"EC\",\"crv\":\"P-256\",");
	if (ok) {
		put_b64(out, "x", (struct assay_bytes){ xy.ptr, 32 });
		(void)assay_buffer_puts(out, ",");
		put_b64(out, "y", (struct assay_bytes){ xy.ptr + 32, 32 });
	}
	(void)assay_buffer_puts(out, "}");
	assay_buffer_free(&xy);
	return ok;
}

static void
put_pcrs(struct assay_buffer *out, const struct assay_sim_machine *m, uint32_t mask)
{
	bool first = true;

	(void)assay_buffer_puts(out,
	    "\"pcrs\":[{\"algorithm\":11,\"values\":[");
	for (unsigned int i = 0; i < PCRS; i++) {
		if ((mask >> i & 1) == 0)
			continue;
		(void)assay_buffer_printf(out, "%s{\"index\":%u,",
		    first ? "" : ",", i);
		put_b64(out, "digest", (struct assay_bytes){ m->pcr[i],
		    BYTES });
		(void)assay_buffer_puts(out, "}");
		first = false;
	}
	(void)assay_buffer_puts(out, "]}],");
}

/* One entry of template ima-ng for PCR 10, which nothing extended. */
static void
put_ima(struct assay_buffer *out)
{
	struct assay_buffer log = assay_buffer(512);
	struct assay_digest hash = { .len = 0 };
	struct assay_buffer data = assay_buffer(256);
	struct assay_error err;

	(void)assay_buffer_put_le(&data, 8 + BYTES, 4);
	(void)assay_buffer_put(&data, (struct assay_bytes){
	    (const uint8_t *)"sha256:", 8 });
	(void)assay_buffer_fill(&data, 0xab, BYTES);
	(void)assay_buffer_put_le(&data, 6, 4);
	(void)assay_buffer_put(&data, (struct assay_bytes){
	    (const uint8_t *)"/init", 6 });
	(void)!assay_digest(ASSAY_SHA1, assay_buffer_bytes(&data), &hash,
	    &err);
	(void)assay_buffer_put_le(&log, 10, 4);
	(void)assay_buffer_put(&log, assay_digest_bytes(&hash));
	(void)assay_buffer_put_le(&log, 6, 4);
	(void)assay_buffer_puts(&log, "ima-ng");
	(void)assay_buffer_put_le(&log, data.len, 4);
	(void)assay_buffer_put(&log, assay_buffer_bytes(&data));
	(void)assay_buffer_puts(out, ",{\"type\":\"IMA\",");
	put_b64(out, "log", assay_buffer_bytes(&log));
	(void)assay_buffer_puts(out, "}");
	assay_buffer_free(&log);
	assay_buffer_free(&data);
}

static bool
put_statement(const struct assay_sim_tpm *w,
    const struct assay_sim_tpm_params *p, const struct assay_sim_tpm_state *s,
    struct assay_bytes data, struct assay_buffer *out,
    struct assay_error *err)
{
	struct attesting a = { .w = w, .faults = &s->attest,
	    .aik = s->other_aik ? KEY_OTHER_AIK : KEY_AIK };
	struct assay_sim_machine m;
	bool ok;

	ok = assay_sim_machine_boot(s, p->vbs && !p->no_idks ?
	    assay_signer_public(w->rsa[KEY_REQUEST]) : NULL, &m, err) &&
	    quote(&a, s, &m, data, err);
	(void)assay_buffer_puts(out, "{\"logs\":[{\"type\":\"TCG\",");
	put_b64(out, "log", assay_buffer_bytes(&m.log));
	(void)assay_buffer_puts(out, "}");
	if (s->ima_elsewhere)
		put_ima(out);
	(void)assay_buffer_puts(out, "],");
	if (!p->no_aik_cert) {
		put_b64(out, "aik_cert",
		    assay_buffer_bytes(&w->aik_der[p->other_aik_cert ?
		    KEY_OTHER_AIK : a.aik]));
		(void)assay_buffer_puts(out, ",");
	}
	(void)assay_buffer_puts(out, "\"aik_pub\":");
	ok = ok && put_ec_jwk(out, w->ec[a.aik], err);
	(void)assay_buffer_puts(out, ",");
	put_pcrs(out, &m, (s->mask & ~s->unlisted) | s->unquoted);
	put_b64(out, "quote", assay_buffer_bytes(&a.attest));
	(void)assay_buffer_puts(out, ",");
	put_b64(out, "signature", assay_buffer_bytes(&a.signature));
	(void)assay_buffer_puts(out, "}");
	assay_buffer_free(&a.attest);
	assay_buffer_free(&a.signature);
	assay_buffer_free(&m.log);
	return ok;
}

/* ---- keys of the request ------------------------------------------------ */

/* TPMT_PUBLIC of an RSA-2048 signing key: part 2, 12.2.4. */
static bool
put_public(struct assay_buffer *out, const struct assay_signer *key,
    struct assay_error *err)
{
	struct assay_buffer n = assay_buffer(1024), e = assay_buffer(16);
	bool ok = assay_pkey_rsa(assay_signer_public(key), &n, &e, err);

	(void)assay_buffer_put_be(out, 0x0001, 2);
	(void)assay_buffer_put_be(out, 0x000b, 2);
	(void)assay_buffer_put_be(out, ATTRIBUTES, 4);
	(void)assay_buffer_put_be(out, 0, 2);
	(void)assay_buffer_put_be(out, 0x0010, 2);
	(void)assay_buffer_put_be(out, 0x0010, 2);
	(void)assay_buffer_put_be(out, 8 * n.len, 2);
	(void)assay_buffer_put_be(out, 0, 4);
	put_sized(out, assay_buffer_bytes(&n));
	assay_buffer_free(&n);
	assay_buffer_free(&e);
	return ok;
}

static bool
certify(struct attesting *a, const struct assay_sim_tpm_params *p,
    struct assay_bytes public_area, struct assay_error *err)
{
	uint8_t name[2 + BYTES] = { 0x00, 0x0b };
	struct assay_digest digest;

	if (!assay_digest(ASSAY_SHA256, public_area, &digest, err))
		return false;
	memcpy(name + 2, digest.bytes, BYTES);
	name[2] ^= p->certify_other_name;
	put_head(a, a->faults->wrong_type ? 0x8018 : 0x8017,
	    assay_sim_tpm_challenge(a->w), &p->current);
	if (a->faults->wrong_type)
		put_quote(&a->attest, &p->current, &digest);
	else
		put_certify(&a->attest, (struct assay_bytes){ name,
		    sizeof(name) });
	return seal(a, err);
}

static bool
put_certified(const struct assay_sim_tpm *w,
    const struct assay_sim_tpm_params *p, struct assay_buffer *out,
    struct assay_error *err)
{
	struct attesting a = { .w = w, .faults = &p->certify, .aik = KEY_AIK };
	struct assay_buffer area = assay_buffer(1024);
	bool ok;

	ok = put_public(&area, w->rsa[p->certify_other_key ? KEY_STRANGER :
	    KEY_REQUEST], err) && certify(&a, p, assay_buffer_bytes(&area),
	    err);
	(void)assay_buffer_puts(out, "{\"tpm_certify\":{");
	put_b64(out, "public", assay_buffer_bytes(&area));
	(void)assay_buffer_puts(out, ",");
	put_b64(out, "certification", assay_buffer_bytes(&a.attest));
	(void)assay_buffer_puts(out, ",");
	put_b64(out, "signature", assay_buffer_bytes(&a.signature));
	(void)assay_buffer_puts(out, "}}");
	assay_buffer_free(&area);
	assay_buffer_free(&a.attest);
	assay_buffer_free(&a.signature);
	return ok;
}

static bool
put_keys(const struct assay_sim_tpm *w, const struct assay_sim_tpm_params *p,
    struct assay_bytes jwk, struct assay_buffer *out, struct assay_error *err)
{
	bool ok = true;

	(void)assay_buffer_puts(out, "\"request_key\":{\"jwk\":");
	(void)assay_buffer_put(out, jwk);
	(void)assay_buffer_puts(out, ",\"info\":");
	if (p->binding == ASSAY_SIM_TPM_BY_CERTIFY)
		ok = put_certified(w, p, out, err);
	else
		(void)assay_buffer_puts(out, p->binding ==
		    ASSAY_SIM_TPM_BY_QUOTE ?
		    "{\"tpm_quote\":{\"hash_alg\":\"sha-256\"}}" : "{}");
	(void)assay_buffer_puts(out, "},\"other_keys\":[{\"jwk\":");
	(void)assay_buffer_put(out, jwk);
	(void)assay_buffer_printf(out, ",\"info\":%s}],",
	    p->other_key_by_quote ?
	    "{\"tpm_quote\":{\"hash_alg\":\"sha-256\"}}" : "{}");
	return ok;
}

/* What the quote is about: tpm.md section 3, "Key binding". */
static bool
qualify(const struct assay_sim_tpm *w, const struct assay_sim_tpm_params *p,
    struct assay_bytes jwk, struct assay_digest *out, struct assay_error *err)
{
	static const uint8_t zero[1];
	const struct assay_bytes challenge = assay_sim_tpm_challenge(w);
	const struct assay_bytes parts[] = { jwk, { zero, 1 }, challenge };

	if (p->binding == ASSAY_SIM_TPM_BY_QUOTE)
		return assay_digest_parts(ASSAY_SHA256, parts, 3, out, err);
	memcpy(out->bytes, challenge.ptr, challenge.len);
	out->len = challenge.len;
	return true;
}

/* ---- VBS: ntenclv.h ----------------------------------------------------- */

static bool
put_vbs(const struct assay_sim_tpm *w, const struct assay_sim_tpm_params *p,
    struct assay_bytes report_signed, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer report = assay_buffer(4096);
	struct assay_buffer sig = assay_buffer(1024);
	struct assay_digest digest;
	bool ok = assay_digest(ASSAY_SHA512, report_signed, &digest, err);
	struct assay_bytes statement;

	if (!ok)
		return false;
	digest.bytes[0] ^= p->vbs_other_data;
	(void)assay_buffer_put_le(&report, 24 + 224 + 256, 4);
	(void)assay_buffer_put_le(&report, 1, 4);
	(void)assay_buffer_put_le(&report, 1, 4);
	(void)assay_buffer_put_le(&report, 224, 4);
	(void)assay_buffer_put_le(&report, 256, 4);
	(void)assay_buffer_put_le(&report, 0, 4);
	(void)assay_buffer_put_le(&report, 224, 4);
	(void)assay_buffer_put_le(&report, 1, 4);
	(void)assay_buffer_put(&report, assay_digest_bytes(&digest));
	(void)assay_buffer_fill(&report, 0x11, 152 - 6 * 4);
	for (uint64_t i = 1; i <= 6; i++)
		(void)assay_buffer_put_le(&report, i == 4 ? 0 : i, 4);
	statement = (struct assay_bytes){ report.ptr + 24, 224 };
	ok = assay_sign(w->rsa[KEY_REQUEST], ASSAY_SIG_PS256, statement, &sig,
	    err);
	if (ok && p->vbs_bad_signature)
		sig.ptr[100] ^= 1;
	(void)assay_buffer_put(&report, assay_buffer_bytes(&sig));
	(void)assay_buffer_puts(out, ",\"vsm_report\":{\"enclave\":{");
	put_b64(out, "report", assay_buffer_bytes(&report));
	(void)assay_buffer_puts(out, "}}");
	assay_buffer_free(&report);
	assay_buffer_free(&sig);
	return ok;
}

/* ---- the request -------------------------------------------------------- */

/* att_data of a basic request, report_signed of the other. */
static bool
put_data(const struct assay_sim_tpm *w, const struct assay_sim_tpm_params *p,
    struct assay_buffer *out, struct assay_error *err)
{
	static const uint8_t other[ASSAY_SIM_TPM_CHALLENGE] = { 1 };
	struct assay_buffer jwk = assay_buffer(2048);
	struct assay_digest data;
	bool ok;

	ok = put_rsa_jwk(&jwk, w->rsa[KEY_REQUEST], err) && qualify(w, p,
	    assay_buffer_bytes(&jwk), &data, err);
	(void)assay_buffer_puts(out, "{\"rp_data\":\"AQID\",");
	put_b64(out, "challenge", p->other_challenge ? (struct assay_bytes){
	    other, sizeof(other) } : assay_sim_tpm_challenge(w));
	(void)assay_buffer_puts(out, ",\"service_context\":\"AAEC\","
	    "\"tpm_att_data\":{\"current_attestation\":");
	ok = ok && put_statement(w, p, &p->current, assay_digest_bytes(&data),
	    out, err);
	if (ok && p->has_boot) {
		(void)assay_buffer_puts(out, ",\"boot_attestation\":");
		ok = put_statement(w, p, &p->boot,
		    assay_sim_tpm_challenge(w), out, err);
	}
	(void)assay_buffer_puts(out, "},");
	ok = ok && put_keys(w, p, assay_buffer_bytes(&jwk), out, err);
	(void)assay_buffer_puts(out, "\"custom_claims\":[]}");
	assay_buffer_free(&jwk);
	return ok && assay_buffer_ok(out, "request", err);
}

bool
assay_sim_tpm_payload(const struct assay_sim_tpm *w,
    const struct assay_sim_tpm_params *p, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer data = assay_buffer(MAX_BYTES);
	bool ok = put_data(w, p, &data, err);

	(void)assay_buffer_printf(out, "{\"att_type\":\"%s\",\"att_data\":%s",
	    p->vbs ? "vbs" : "basic", p->vbs ? "{\"report_signed\":" : "");
	(void)assay_buffer_put(out, assay_buffer_bytes(&data));
	if (ok && p->vbs) {
		ok = put_vbs(w, p, assay_buffer_bytes(&data), out, err);
		(void)assay_buffer_puts(out, "}");
	}
	(void)assay_buffer_puts(out, "}");
	assay_buffer_free(&data);
	return ok && assay_buffer_ok(out, "request", err);
}

static bool
sign(const struct assay_signer *key, const char *header,
    struct assay_bytes payload, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer sig = assay_buffer(1024);
	size_t start = out->len;
	bool ok;

	(void)assay_base64url_encode(assay_bytes_of(header), out);
	(void)assay_buffer_putc(out, '.');
	(void)assay_base64url_encode(payload, out);
	ok = assay_buffer_ok(out, "request", err) && assay_sign(key,
	    ASSAY_SIG_PS256, (struct assay_bytes){ out->ptr + start,
	    out->len - start }, &sig, err);
	(void)assay_buffer_putc(out, '.');
	(void)assay_base64url_encode(assay_buffer_bytes(&sig), out);
	assay_buffer_free(&sig);
	return ok && assay_buffer_ok(out, "request", err);
}

bool
assay_sim_tpm_sign(const struct assay_sim_tpm *w, const char *header,
    struct assay_bytes payload, struct assay_buffer *out,
    struct assay_error *err)
{
	return sign(w->rsa[KEY_REQUEST], header, payload, out, err);
}

bool
assay_sim_tpm_request(const struct assay_sim_tpm *w,
    const struct assay_sim_tpm_params *p, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer payload = assay_buffer(2 * MAX_BYTES);
	bool ok;

	ok = assay_sim_tpm_payload(w, p, &payload, err) &&
	    sign(w->rsa[p->by_stranger ? KEY_STRANGER : KEY_REQUEST],
	    p->header, assay_buffer_bytes(&payload), out, err);
	assay_buffer_free(&payload);
	return ok;
}
