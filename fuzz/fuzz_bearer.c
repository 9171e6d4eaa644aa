/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: an access token; or, if there is a NUL, a header and a payload, which
 * the issuer's key then signs as they are.
 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "json/json.h"
#include "token/bearer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct assay_signer *signer;
static struct assay_keyset *keys;

static void
make_keys(void)
{
	struct assay_buffer text = assay_buffer(4096);
	struct assay_error err = { 0 };
	json_t *jwk, *jwks;

	if (!assay_signer_from_seed(
	    assay_bytes_of("01234567890123456789012345678901"), &signer,
	    &err) ||
	    (jwk = assay_jwk_of_key(assay_signer_public(signer),
	    &err)) == NULL)
		abort();
	(void)json_object_set_new(jwk, "kid", json_string("k"));
	jwks = json_pack("{s:[o]}", "keys", jwk);
	if (!assay_json_write(jwks, &text, &err) ||
	    !assay_keyset_parse(assay_buffer_bytes(&text), &keys, &err))
		abort();
	json_decref(jwks);
	assay_buffer_free(&text);
}

static void
sign(const uint8_t *data, size_t len, const uint8_t *nul,
    struct assay_buffer *out)
{
	const size_t n = (size_t)(nul - data);
	struct assay_buffer sig = assay_buffer(256);
	struct assay_error err = { 0 };

	(void)assay_base64url_encode((struct assay_bytes){ data, n }, out);
	(void)assay_buffer_putc(out, '.');
	(void)assay_base64url_encode((struct assay_bytes){ nul + 1,
	    len - n - 1 }, out);
	if (!assay_sign(signer, ASSAY_SIG_ES256_RAW, assay_buffer_bytes(out),
	    &sig, &err))
		abort();
	(void)assay_buffer_putc(out, '.');
	(void)assay_base64url_encode(assay_buffer_bytes(&sig), out);
	assay_buffer_free(&sig);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const audiences[] = { "aud" }, *const path[] = {
		"a", "roles" };
	const struct assay_bearer_rules rules = {
		.issuer = "https://i.example", .audiences = audiences,
		.n_audiences = 1, .algs = 1u << ASSAY_SIG_ES256_RAW,
	};
	const uint8_t *nul = len != 0 ? memchr(data, 0, len) : NULL;
	struct assay_buffer text = assay_buffer(1u << 24);
	struct assay_bearer_claim claim = { path, 2, true };
	struct assay_checks checks = { .any_failed = false };
	struct assay_bearer bearer = { .payload = NULL };
	struct assay_error err = { 0 };

	if (keys == NULL)
		make_keys();
	if (nul != NULL)
		sign(data, len, nul, &text);
	else
		(void)assay_buffer_put(&text,
		    (struct assay_bytes){ data, len });
	if (assay_bearer_parse(assay_buffer_bytes(&text), &bearer, &err) &&
	    assay_bearer_verify(&bearer, &rules, keys, 1767225600, &checks,
	    &err)) {
		/* Nobody else has the key, and everybody has a name. */
		if (nul == NULL || assay_bearer_subject(&bearer).len == 0 ||
		    assay_bearer_has_role(&bearer, &claim, ""))
			abort();
		(void)assay_bearer_has_role(&bearer, &claim, "w");
	}
	assay_bearer_free(&bearer);
	assay_buffer_free(&text);
	return 0;
}
