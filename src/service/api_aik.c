/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /aik/challenge and /aik/certificate: a machine enrols its AIK. Not
 * part of Azure Attestation; doc/api.md describes it.
 */
#include "app/aik_ca.h"
#include "app/clock.h"
#include "base/encode.h"
#include "base/limits.h"
#include "json/json.h"
#include "service/aik_service.h"

#define MAX_AREA	4096	/* of a public area, a secret */

static bool
is_on(const struct assay_service *service, struct assay_error *err)
{
	return service->aik_ca != NULL || assay_fail(err,
	    ASSAY_ERR_INVALID_OPERATION, "this service enrols no AIKs: its "
	    "operator has not switched aik-ca on");
}

/* ---- reading ------------------------------------------------------------ */

/* A member in base64 of either alphabet, appended. */
static bool
read_binary(const json_t *object, const char *name, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_bytes text;

	return assay_json_get_string(object, name, &text, err) &&
	    (assay_base64_decode_any(text, out, err) ||
	    assay_fail_in(err, name));
}

static bool
read_optional(const json_t *object, const char *name,
    struct assay_buffer *out, struct assay_error *err)
{
	return json_object_get(object, name) == NULL ||
	    read_binary(object, name, out, err);
}

struct enrol_body {
	struct assay_buffer	ek_cert, ek_pub, aik_pub;
	struct assay_buffer	chain[ASSAY_MAX_CHAIN_CERTS];
	struct assay_bytes	chain_bytes[ASSAY_MAX_CHAIN_CERTS];
	size_t			n_chain;
};

static void
enrol_body_free(struct enrol_body *b)
{
	assay_buffer_free(&b->ek_cert);
	assay_buffer_free(&b->ek_pub);
	assay_buffer_free(&b->aik_pub);
	for (size_t i = 0; i < b->n_chain; i++)
		assay_buffer_free(&b->chain[i]);
}

static bool
read_chain(const json_t *object, struct enrol_body *b,
    struct assay_error *err)
{
	json_t *list, *item;
	size_t i;

	if (json_object_get(object, "ekCertChain") == NULL)
		return true;
	if (!assay_json_get_array(object, "ekCertChain",
	    ASSAY_MAX_CHAIN_CERTS, &list, err))
		return false;
	json_array_foreach(list, i, item) {
		struct assay_buffer *der = &b->chain[b->n_chain++];

		*der = assay_buffer(ASSAY_MAX_CERT_BYTES);
		if (!json_is_string(item) || !assay_base64_decode_any(
		    assay_json_string(item), der, err))
			return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
			    "ekCertChain: element %zu is not base64", i);
		b->chain_bytes[i] = assay_buffer_bytes(der);
	}
	return true;
}

static bool
enrol_body_read(struct assay_bytes text, struct enrol_body *b,
    struct assay_error *err)
{
	json_t *object = assay_json_parse(text, NULL, err);
	bool ok;

	*b = (struct enrol_body){
		.ek_cert = assay_buffer(ASSAY_MAX_CERT_BYTES),
		.ek_pub = assay_buffer(MAX_AREA),
		.aik_pub = assay_buffer(MAX_AREA),
	};
	ok = object != NULL &&
	    read_binary(object, "ekCert", &b->ek_cert, err) &&
	    read_optional(object, "ekPub", &b->ek_pub, err) &&
	    read_binary(object, "aikPub", &b->aik_pub, err) &&
	    read_chain(object, b, err);
	json_decref(object);
	return ok || assay_fail_in(err, "request");
}

/* ---- writing ------------------------------------------------------------ */

static bool
put_binary(json_t *object, const char *name, struct assay_bytes in)
{
	struct assay_buffer text = assay_buffer(2 * ASSAY_MAX_CERT_BYTES);
	bool ok;

	ok = assay_base64url_encode(in, &text) && json_object_set_new(object,
	    name, json_string(assay_buffer_str(&text))) == 0;
	assay_buffer_free(&text);
	return ok;
}

static bool
write_challenge(const struct assay_aik_challenge *c,
    struct assay_buffer *body, struct assay_error *err)
{
	json_t *object = json_object();
	bool ok;

	ok = object != NULL &&
	    put_binary(object, "credentialBlob",
	    assay_buffer_bytes(&c->credential_blob)) &&
	    put_binary(object, "secret", assay_buffer_bytes(&c->secret)) &&
	    put_binary(object, "context", assay_buffer_bytes(&c->context));
	ok = ok ? assay_json_write(object, body, err) :
	    assay_fail_memory(err, "answer");
	json_decref(object);
	return ok;
}

static bool
write_certificate(const struct assay_service *service,
    struct assay_bytes der, const char *fingerprint,
    struct assay_buffer *body, struct assay_error *err)
{
	struct assay_buffer ca = assay_buffer(2 * ASSAY_MAX_CERT_BYTES);
	json_t *object = NULL;
	bool ok;

	ok = assay_base64url_encode(assay_aik_ca_der(service->aik_ca), &ca) &&
	    (object = json_pack("{s:[s], s:s}", "chain",
	    assay_buffer_str(&ca), "fingerprint", fingerprint)) != NULL &&
	    put_binary(object, "certificate", der);
	ok = ok ? assay_json_write(object, body, err) :
	    assay_fail_memory(err, "answer");
	json_decref(object);
	assay_buffer_free(&ca);
	return ok;
}

/* ---- the calls ---------------------------------------------------------- */

bool
assay_api_aik_challenge(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_aik_challenge challenge = { .context = { NULL, 0, 0, 0,
	    false } };
	struct enrol_body b;
	bool ok;

	if (!is_on(service, err))
		return false;
	ok = enrol_body_read(call->http->body, &b, err) &&
	    assay_aik_ca_challenge(service->aik_ca,
	    &(struct assay_enrolment_request){
		.ek_cert = assay_buffer_bytes(&b.ek_cert),
		.ek_pub = assay_buffer_bytes(&b.ek_pub),
		.aik_pub = assay_buffer_bytes(&b.aik_pub),
		.chain = b.chain_bytes,
		.n_chain = b.n_chain,
	    }, assay_clock_now_ms(), &challenge, err) &&
	    write_challenge(&challenge, body, err);
	assay_aik_challenge_free(&challenge);
	enrol_body_free(&b);
	return ok;
}

static bool
certify(struct assay_service *service, struct assay_call *call,
    const struct assay_aik_proof *proof,
    struct assay_buffer *body, struct assay_error *err)
{
	const struct assay_store_change change = { .now = assay_clock_now(),
		.actor = call->http->peer,
		.request_id = call->http->request_id };
	struct assay_buffer der = assay_buffer(ASSAY_MAX_CERT_BYTES);
	char fingerprint[65];
	bool ok;

	ok = assay_aik_ca_certify(service->aik_ca, proof,
	    assay_clock_now_ms(), &change, &der, fingerprint, err);
	if (ok)
		assay_call_log_copy(call, "aik", fingerprint);
	ok = ok && write_certificate(service, assay_buffer_bytes(&der),
	    fingerprint, body, err);
	assay_buffer_free(&der);
	return ok;
}

bool
assay_api_aik_certificate(struct assay_service *service,
    struct assay_call *call, struct assay_buffer *body,
    struct assay_error *err)
{
	struct assay_buffer context = assay_buffer(2 * MAX_AREA);
	struct assay_buffer secret = assay_buffer(MAX_AREA);
	json_t *object;
	bool ok;

	if (!is_on(service, err))
		return false;
	object = assay_json_parse(call->http->body, NULL, err);
	ok = (object != NULL &&
	    read_binary(object, "context", &context, err) &&
	    read_binary(object, "secret", &secret, err)) ||
	    assay_fail_in(err, "request");
	ok = ok && certify(service, call, &(struct assay_aik_proof){
		assay_buffer_bytes(&context), assay_buffer_bytes(&secret)
	    }, body, err);
	json_decref(object);
	assay_buffer_free(&context);
	assay_buffer_wipe(&secret);
	return ok;
}

/* ---- open --------------------------------------------------------------- */

bool
assay_aik_service_open(struct assay_service *service, struct assay_error *err)
{
	const struct assay_config *config = service->config;
	struct assay_trust anchors = { 0 }, intermediates = { 0 };
	struct assay_aik_ca_options opt = {
		.store = service->store,
		.keys = service->keys,
		.issuer = service->issuer,
		.now_ms = assay_clock_now_ms(),
		.lifetime = config->aik_lifetime * 24 * 3600,
	};
	bool ok;

	if (!config->aik_ca)
		return true;
	ok = assay_trust_load(config->ek_anchors.items, config->ek_anchors.n,
	    &anchors, err) && assay_trust_load(config->ek_intermediates.items,
	    config->ek_intermediates.n, &intermediates, err);
	opt.anchors = anchors.anchors;
	opt.n_anchors = anchors.n;
	opt.intermediates = intermediates.anchors;
	opt.n_intermediates = intermediates.n;
	ok = ok && assay_aik_ca_open(&opt, &service->aik_ca, err);
	if (ok)
		ASSAY_LOG(ASSAY_LOG_INFO, assay_aik_ca_fresh(service->aik_ca) ?
		    "aik-ca-made" : "aik-ca-loaded",
		    assay_log_str("what", "AIKs of machines with a known "
		    "endorsement key are enrolled, and certificates of this "
		    "CA believed"));
	assay_trust_free(&anchors);
	assay_trust_free(&intermediates);
	return ok;
}
