/* SPDX-License-Identifier: Apache-2.0 */
/* GET /.well-known/openid-configuration, /certs, /healthz, /readyz. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/encode.h"
#include "base/limits.h"
#include "json/json.h"
#include "service/policies.h"
#include "service/service.h"

/* api.md section 8; the claims that the recorded service names, and ours. */
static const char *const claims_supported[] = {
	"cnf", "nonce", "x-ms-ver", "x-ms-attestation-type",
	"x-ms-policy-hash", "x-ms-policy-signer", "x-ms-sgx-is-debuggable",
	"x-ms-sgx-mrenclave", "x-ms-sgx-mrsigner", "x-ms-sgx-svn",
	"x-ms-sgx-ehd", "x-ms-sgx-collateral", "is-debuggable",
	"sgx-mrsigner", "sgx-mrenclave", "product-id", "svn", "tee",
};

static json_t *
claims_array(void)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL &&
	    i < sizeof(claims_supported) / sizeof(claims_supported[0]); i++) {
		if (json_array_append_new(array,
		    json_string(claims_supported[i])) != 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

/* Say it where relying parties look when they set up trust. */
static bool
mark_test_anchor(const struct assay_service *service, json_t *object)
{
	return (service->trust.n == 0 &&
	    service->config->tpm_anchors.n == 0 && service->aik_ca == NULL) ||
	    json_object_set_new(object, "x-assay-test-anchor",
	    json_true()) == 0;
}

static bool
write_object(json_t *object, struct assay_buffer *out,
    struct assay_error *err)
{
	bool ok;

	if (object == NULL)
		return assay_fail_memory(err, "metadata");
	*out = assay_buffer(ASSAY_MAX_JSON_TEXT);
	ok = assay_json_write(object, out, err);
	json_decref(object);
	return ok;
}

static bool
prepare_metadata(struct assay_service *service, struct assay_error *err)
{
	const char *issuer = service->issuer;
	json_t *o = json_pack("{s:s, s:s+, s:s+, s:[s,s], s:[s], s:o}",
	    "issuer", issuer,
	    "jwks_uri", issuer, "/certs",
	    "revocation_endpoint", issuer, "/revoke",
	    "response_types_supported", "token", "none",
	    "id_token_signing_alg_values_supported", "RS256",
	    "claims_supported", claims_array());

	if (o != NULL && !mark_test_anchor(service, o)) {
		json_decref(o);
		o = NULL;
	}
	return write_object(o, &service->metadata, err);
}

/* {kid, kty, x5c} and nothing else: what known clients expect. */
static json_t *
jwk_at(const struct assay_keys *keys, size_t index, struct assay_error *err)
{
	struct assay_buffer x5c = assay_buffer(2 * ASSAY_MAX_CERT_BYTES);
	json_t *key = NULL;

	assay_base64_encode(assay_keys_cert_at(keys, index), &x5c);
	if (assay_buffer_ok(&x5c, "x5c", err)) {
		key = json_pack("{s:s, s:s, s:[s]}",
		    "kid", assay_keys_kid_at(keys, index), "kty", "RSA",
		    "x5c", assay_buffer_str(&x5c));
		if (key == NULL)
			assay_fail_memory(err, "JWK");
	}
	assay_buffer_free(&x5c);
	return key;
}

static bool
prepare_jwks(struct assay_service *service, struct assay_error *err)
{
	json_t *keys = json_array(), *o;

	for (size_t i = 0; i < assay_keys_count(service->keys); i++) {
		json_t *key = jwk_at(service->keys, i, err);

		if (key == NULL || json_array_append_new(keys, key) != 0) {
			json_decref(keys);
			return assay_fail_in(err, "keys");
		}
	}
	o = json_pack("{s:o}", "keys", keys);
	if (o != NULL && !mark_test_anchor(service, o)) {
		json_decref(o);
		o = NULL;
	}
	return write_object(o, &service->jwks, err);
}

bool
assay_api_meta_prepare(struct assay_service *service,
    struct assay_error *err)
{
	return prepare_metadata(service, err) && prepare_jwks(service, err);
}

static bool
copy_text(const struct assay_buffer *text, struct assay_buffer *body,
    struct assay_error *err)
{
	assay_buffer_put(body, assay_buffer_bytes(text));
	return assay_buffer_ok(body, "answer", err);
}

bool
assay_api_metadata(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	(void)call;
	return copy_text(&service->metadata, body, err);
}

bool
assay_api_certs(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	(void)call;
	return copy_text(&service->jwks, body, err);
}

/* The process answers. */
bool
assay_api_health(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	(void)service;
	(void)call;
	assay_buffer_puts(body, "{\"status\":\"alive\"}");
	return assay_buffer_ok(body, "answer", err);
}

/* The store can be read, and every policy that was loaded from it used. */
bool
assay_api_ready(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	uint64_t version;

	(void)call;
	if (!assay_store_version(service->store, &version, err) ||
	    !assay_policies_usable(service->policies, err))
		return false;
	assay_buffer_printf(body, "{\"status\":\"ready\","
	    "\"collateral\":%zu}",
	    assay_collateral_set_count(service->collateral));
	return assay_buffer_ok(body, "answer", err);
}
