/* SPDX-License-Identifier: Apache-2.0 */
#include "client/tpm_enroll.h"

#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/reader.h"
#include "client/tpm_aik.h"
#include "crypto/digest.h"

#define BODY_MAX	(64u * 1024)
#define BLOB_MAX	4096

struct enrolling {
	const struct assay_service_address	*to;
	const struct assay_enroll_params	*params;
	struct assay_device			*tpm;
	struct assay_device_key			*aik, *ek;
	struct assay_buffer			 ek_cert;
	struct assay_buffer			 blob, seed, context, secret;
	const char				*step;
	struct assay_refusal			*refusal;
};

/* ---- the TPM ------------------------------------------------------------ */

/* Endorsement keys by template, and where their certificates are. */
static const struct {
	enum assay_device_key_kind	kind;
	enum assay_key_type		type;
	unsigned int			bits;
	uint32_t			nv;
} eks[] = {
	{ ASSAY_DEVICE_EK_RSA, ASSAY_KEY_RSA, 2048, ASSAY_DEVICE_NV_EK_RSA },
	{ ASSAY_DEVICE_EK_ECC, ASSAY_KEY_EC_P256, 256,
	    ASSAY_DEVICE_NV_EK_ECC },
	{ ASSAY_DEVICE_EK_P384, ASSAY_KEY_EC_P384, 384,
	    ASSAY_DEVICE_NV_EK_P384 },
	{ ASSAY_DEVICE_EK_RSA3072, ASSAY_KEY_RSA, 3072,
	    ASSAY_DEVICE_NV_EK_3072 },
};
#define N_EKS (sizeof(eks) / sizeof(eks[0]))

bool
assay_tpm_ek_kind(const struct assay_pkey *key,
    enum assay_device_key_kind *out)
{
	for (size_t i = 0; i < N_EKS; i++)
		if (assay_pkey_type(key) == eks[i].type &&
		    assay_pkey_bits(key) == eks[i].bits) {
			*out = eks[i].kind;
			return true;
		}
	return false;
}

/* The certificate that the TPM's maker put there, and the EK it is for. */
static bool
find_ek_cert(struct enrolling *e, enum assay_device_key_kind *kind,
    struct assay_error *err)
{
	bool found = false;

	e->step = "reading the certificate of the endorsement key";
	if (e->params->ek_cert.len != 0) {
		*kind = e->params->ek_kind;
		assay_buffer_put(&e->ek_cert, e->params->ek_cert);
		return assay_buffer_ok(&e->ek_cert, "EK certificate", err);
	}
	for (size_t i = 0; i < N_EKS && !found; i++) {
		*kind = eks[i].kind;
		if (!assay_device_nv_read(e->tpm, eks[i].nv, &e->ek_cert,
		    &found, err))
			return false;
	}
	return found || assay_fail(err, ASSAY_ERR_TPM_FAILED, "the TPM holds "
	    "no certificate of its endorsement key (NV 0x%08x, 0x%08x, "
	    "0x%08x, 0x%08x): get it from the TPM's maker and give it with "
	    "--ek-cert", eks[0].nv, eks[1].nv, eks[2].nv, eks[3].nv);
}

static bool
open_keys(struct enrolling *e, struct assay_error *err)
{
	enum assay_device_key_kind kind;

	e->step = "opening the TPM";
	if (!assay_device_open(e->params->tcti, &e->tpm, err) ||
	    !find_ek_cert(e, &kind, err))
		return false;
	e->step = "loading the attestation key";
	if (!assay_tpm_key_open(e->tpm, e->params->aik, e->params->aik_kind,
	    &e->aik, err))
		return false;
	e->step = "making the endorsement key";
	return assay_device_key_create(e->tpm, kind, ASSAY_DEVICE_OWNER,
	    &e->ek, err);
}

/* The content of a TPM2B. */
static bool
unsized(const struct assay_buffer *in, struct assay_bytes *out)
{
	struct assay_reader r = assay_reader(assay_buffer_bytes(in));
	uint16_t n;

	return assay_read_u16be(&r, &n) && assay_read_bytes(&r, n, out) &&
	    assay_reader_left(&r) == 0;
}

static bool
activate(struct enrolling *e, struct assay_error *err)
{
	struct assay_bytes blob, seed;

	e->step = "activating the credential in the TPM";
	if (!unsized(&e->blob, &blob) || !unsized(&e->seed, &seed))
		return assay_fail(err, ASSAY_ERR_FETCH_FAILED, "the service's "
		    "credential is not TPM2B_ID_OBJECT and "
		    "TPM2B_ENCRYPTED_SECRET");
	return assay_device_activate(e->ek, e->aik, blob, seed, &e->secret,
	    err);
}

/* ---- the service -------------------------------------------------------- */

static bool
put(json_t *object, const char *name, struct assay_bytes in)
{
	struct assay_buffer text = assay_buffer(BODY_MAX);
	bool ok;

	ok = object != NULL && assay_base64url_encode(in, &text) &&
	    json_object_set_new(object, name,
	    json_string(assay_buffer_str(&text))) == 0;
	assay_buffer_free(&text);
	return ok;
}

static bool
get(const json_t *object, const char *name, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_bytes text;

	if (assay_json_get_string(object, name, &text, err) &&
	    assay_base64_decode_any(text, out, err))
		return true;
	(void)assay_fail_in(err, "answer of the service");
	err->code = ASSAY_ERR_FETCH_FAILED;
	return false;
}

/* Takes body, which is NULL if memory ran out. */
static bool
post(struct enrolling *e, const char *path, json_t *body, json_t **answer,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(BODY_MAX);
	struct assay_fetch_request request = {
		.method = "POST",
		.content_type = "application/json",
		.max_bytes = BODY_MAX,
		.deadline_ms = ASSAY_FETCH_DEADLINE_MS,
	};
	bool ok;

	ok = body != NULL ? assay_json_write(body, &text, err) :
	    assay_fail_memory(err, "request");
	request.body = assay_buffer_bytes(&text);
	ok = ok && assay_exchange(e->to, path, &request, answer, e->refusal,
	    err);
	json_decref(body);
	assay_buffer_free(&text);
	return ok;
}

static bool
get_credential(struct enrolling *e, struct assay_error *err)
{
	json_t *body = json_object(), *answer = NULL;
	bool ok;

	e->step = "asking for a credential";
	if (!put(body, "ekCert", assay_buffer_bytes(&e->ek_cert)) ||
	    !put(body, "ekPub", assay_device_key_public(e->ek)) ||
	    !put(body, "aikPub", assay_device_key_public(e->aik))) {
		json_decref(body);
		body = NULL;
	}
	ok = post(e, "/aik/challenge", body, &answer, err) &&
	    get(answer, "credentialBlob", &e->blob, err) &&
	    get(answer, "secret", &e->seed, err) &&
	    get(answer, "context", &e->context, err);
	json_decref(answer);
	return ok;
}

static bool
take_certificate(const json_t *answer, struct assay_enroll_result *out,
    struct assay_error *err)
{
	struct assay_digest d;
	json_t *chain;

	if (!get(answer, "certificate", &out->cert, err))
		return false;
	if (!assay_json_get_array(answer, "chain", ASSAY_MAX_CHAIN_CERTS,
	    &chain, err) || !assay_base64_decode_any(assay_json_string(
	    json_array_get(chain, 0)), &out->issuer, err)) {
		(void)assay_fail_in(err, "answer of the service: chain");
		err->code = ASSAY_ERR_FETCH_FAILED;
		return false;
	}
	if (!assay_digest(ASSAY_SHA256, assay_buffer_bytes(&out->cert), &d,
	    err))
		return false;
	assay_hex(assay_digest_bytes(&d), out->fingerprint);
	return true;
}

static bool
get_certificate(struct enrolling *e, struct assay_enroll_result *out,
    struct assay_error *err)
{
	json_t *body = json_object(), *answer = NULL;
	bool ok;

	e->step = "asking for the certificate";
	if (!put(body, "context", assay_buffer_bytes(&e->context)) ||
	    !put(body, "secret", assay_buffer_bytes(&e->secret))) {
		json_decref(body);
		body = NULL;
	}
	ok = post(e, "/aik/certificate", body, &answer, err) &&
	    take_certificate(answer, out, err);
	json_decref(answer);
	return ok;
}

/* ---- all of it ---------------------------------------------------------- */

bool
assay_tpm_enroll(const struct assay_service_address *to,
    const struct assay_enroll_params *params, struct assay_enroll_result *out,
    const char **step, struct assay_refusal *refusal,
    struct assay_error *err)
{
	struct enrolling e = {
		.to = to,
		.params = params,
		.refusal = refusal,
		.ek_cert = assay_buffer(ASSAY_MAX_CERT_BYTES),
		.blob = assay_buffer(BLOB_MAX),
		.seed = assay_buffer(BLOB_MAX),
		.context = assay_buffer(2 * BLOB_MAX),
		.secret = assay_buffer(BLOB_MAX),
	};
	bool ok;

	*out = (struct assay_enroll_result){
		.cert = assay_buffer(ASSAY_MAX_CERT_BYTES),
		.issuer = assay_buffer(ASSAY_MAX_CERT_BYTES),
	};
	ok = open_keys(&e, err) && get_credential(&e, err) &&
	    activate(&e, err) && get_certificate(&e, out, err);
	if (!ok)
		(void)assay_fail_in(err, e.step);
	*step = e.step;
	assay_device_key_free(e.aik);
	assay_device_key_free(e.ek);
	assay_device_close(e.tpm);
	assay_buffer_free(&e.ek_cert);
	assay_buffer_free(&e.blob);
	assay_buffer_free(&e.seed);
	assay_buffer_free(&e.context);
	assay_buffer_wipe(&e.secret);
	return ok;
}

void
assay_enroll_result_free(struct assay_enroll_result *r)
{
	assay_buffer_free(&r->cert);
	assay_buffer_free(&r->issuer);
}
