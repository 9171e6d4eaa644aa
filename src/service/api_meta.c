/* SPDX-License-Identifier: Apache-2.0 */
/* GET /.well-known/openid-configuration, /certs, /healthz, /readyz. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "app/clock.h"
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

/* Takes the object. */
static bool
write_object(const struct assay_service *service, json_t *object,
    struct assay_buffer *out, struct assay_error *err)
{
	bool ok;

	if (object == NULL || !mark_test_anchor(service, object))
		ok = assay_fail_memory(err, "metadata");
	else
		ok = assay_json_write(object, out, err);
	json_decref(object);
	return ok;
}

/* Those that published keys sign with: RS256, ES256 or both. */
static json_t *
algorithms(const struct assay_key_set *set, int64_t now)
{
	bool rs256 = false, es256 = false;
	struct assay_key_view key;

	for (size_t i = 0; assay_key_set_published(set, i, now, &key); i++) {
		rs256 = rs256 || key.alg == ASSAY_SIG_RS256;
		es256 = es256 || key.alg == ASSAY_SIG_ES256_RAW;
	}
	if (rs256 && es256)
		return json_pack("[s,s]", "RS256", "ES256");
	return json_pack("[s]", es256 ? "ES256" : "RS256");
}

bool
assay_api_metadata(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	struct assay_key_set *set = assay_keys_take(service->keys);
	const char *issuer = service->issuer;
	json_t *o = json_pack("{s:s, s:s+, s:s+, s:[s,s], s:o, s:o}",
	    "issuer", issuer,
	    "jwks_uri", issuer, "/certs",
	    "revocation_endpoint", issuer, "/revoke",
	    "response_types_supported", "token", "none",
	    "id_token_signing_alg_values_supported",
	    algorithms(set, assay_clock_now()),
	    "claims_supported", claims_array());

	(void)call;
	assay_key_set_release(set);
	return write_object(service, o, body, err);
}

/* {kid, kty, x5c} and nothing else: what known clients expect. */
static json_t *
jwk_of(const struct assay_key_view *view, struct assay_error *err)
{
	struct assay_buffer x5c = assay_buffer(2 * ASSAY_MAX_CERT_BYTES);
	json_t *key = NULL;

	assay_base64_encode(view->cert, &x5c);
	if (assay_buffer_ok(&x5c, "x5c", err)) {
		key = json_pack("{s:s, s:s, s:[s]}", "kid", view->kid,
		    "kty", view->alg == ASSAY_SIG_RS256 ? "RSA" : "EC",
		    "x5c", assay_buffer_str(&x5c));
		if (key == NULL)
			assay_fail_memory(err, "JWK");
	}
	assay_buffer_free(&x5c);
	return key;
}

static bool
add_jwks(const struct assay_key_set *set, json_t *keys,
    struct assay_error *err)
{
	int64_t now = assay_clock_now();
	struct assay_key_view view;

	for (size_t i = 0; assay_key_set_published(set, i, now, &view); i++) {
		json_t *key = jwk_of(&view, err);

		if (key == NULL)
			return assay_fail_in(err, "keys");
		if (json_array_append_new(keys, key) != 0)
			return assay_fail_memory(err, "keys");
	}
	return true;
}

bool
assay_api_certs(struct assay_service *service, struct assay_call *call,
    struct assay_buffer *body, struct assay_error *err)
{
	struct assay_key_set *set = assay_keys_take(service->keys);
	json_t *keys = json_array();
	bool ok;

	(void)call;
	ok = keys == NULL ? assay_fail_memory(err, "keys") :
	    add_jwks(set, keys, err);
	assay_key_set_release(set);
	if (!ok) {
		json_decref(keys);
		return false;
	}
	return write_object(service, json_pack("{s:o}", "keys", keys), body,
	    err);
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
