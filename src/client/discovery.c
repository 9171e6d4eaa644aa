/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/discovery.h"

char *
assay_issuer_of_url(const char *url)
{
	struct assay_bytes name = assay_bytes_of(url);

	while (name.len != 0 && name.ptr[name.len - 1] == '/')
		name.len--;
	return assay_strdup_bytes(name);
}

/* The metadata's own words: whom it speaks for, and where the keys are. */
static bool
read_metadata(const json_t *metadata, const char *issuer,
    struct assay_bytes *jwks_uri, struct assay_error *err)
{
	struct assay_bytes named;

	if (!assay_json_get_string(metadata, "issuer", &named, err) ||
	    !assay_json_get_string(metadata, "jwks_uri", jwks_uri, err)) {
		err->code = ASSAY_ERR_FETCH_FAILED;
		return assay_fail_in(err, "issuer metadata");
	}
	if (!assay_text_is(named, issuer))
		return assay_fail(err, ASSAY_ERR_FETCH_REFUSED,
		    "issuer metadata is of \"%.*s\", want \"%s\"",
		    (int)(named.len < 200 ? named.len : 200),
		    (const char *)named.ptr, issuer);
	return true;
}

/* A reverse proxy may have another address than the issuer's name. */
static bool
may_hold_keys(const char *jwks_uri, const char *url, const char *issuer,
    struct assay_error *err)
{
	struct assay_error ignored;

	if (assay_url_same_origin(jwks_uri, url, err) ||
	    assay_url_same_origin(jwks_uri, issuer, &ignored))
		return true;
	return assay_fail_in(err, "issuer metadata: jwks_uri");
}

static bool
fetch_keys(const char *jwks_uri, const char *cacert,
    struct assay_keyset **out, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_HTTP_BODY);
	json_t *jwks = NULL;
	bool ok;

	ok = assay_exchange_get(jwks_uri, cacert, &jwks, err) &&
	    assay_json_write(jwks, &text, err) &&
	    assay_keyset_parse(assay_buffer_bytes(&text), out, err);
	if (!ok)
		(void)assay_fail_in(err, "keys of the issuer");
	json_decref(jwks);
	assay_buffer_free(&text);
	return ok;
}

bool
assay_discover_keys(const struct assay_service_address *at,
    const char *issuer, struct assay_keyset **out, struct assay_error *err)
{
	static const struct assay_fetch_request get = {
		.max_bytes = ASSAY_MAX_HTTP_BODY,
		.deadline_ms = ASSAY_FETCH_DEADLINE_MS,
	};
	struct assay_refusal refusal = { 0 };
	struct assay_bytes uri;
	json_t *metadata = NULL;
	char *jwks_uri = NULL;
	bool ok = false;

	if (!assay_exchange(at, "/.well-known/openid-configuration", &get,
	    &metadata, &refusal, err)) {
		/* A refusal of the metadata is no answer about a token. */
		err->code = err->code == ASSAY_ERR_SERVICE_REFUSED ?
		    ASSAY_ERR_FETCH_FAILED : err->code;
		goto out;
	}
	if (!read_metadata(metadata, issuer, &uri, err))
		goto out;
	if ((jwks_uri = assay_strdup_bytes(uri)) == NULL) {
		(void)assay_fail_memory(err, "jwks_uri");
		goto out;
	}
	ok = may_hold_keys(jwks_uri, at->url, issuer, err) &&
	    fetch_keys(jwks_uri, at->cacert, out, err);
out:
	free(jwks_uri);
	json_decref(metadata);
	assay_refusal_free(&refusal);
	return ok;
}
