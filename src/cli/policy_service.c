/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <assay/token.h>

#include "app/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/bearer_option.h"
#include "cli/input.h"
#include "cli/policy_service.h"
#include "client/discovery.h"

#define API_VERSION	"2022-08-01"
#define SKEW		60	/* seconds; as "assay verify" */
#define PATH_MAX_BYTES	256

static bool
exchange(const struct cli_service_options *opt,
    const struct cli_service_request *request, json_t **out,
    struct assay_refusal *refusal, struct assay_error *err)
{
	struct assay_service_address at;
	struct assay_buffer bearer;
	const struct assay_fetch_request fetch = {
		.method = request->method,
		.body = request->body,
		.content_type = request->content_type,
		.max_bytes = ASSAY_MAX_HTTP_BODY,
		.deadline_ms = ASSAY_FETCH_DEADLINE_MS,
	};
	char path[PATH_MAX_BYTES];
	bool ok;

	(void)snprintf(path, sizeof(path), "%s?api-version=" API_VERSION,
	    request->path);
	ok = cli_reach(opt->url, opt->cacert, opt->bearer, &bearer, &at,
	    err) && assay_exchange(&at, path, &fetch, out, refusal, err);
	assay_buffer_wipe(&bearer);
	return ok;
}

/* A refusal over keys is none of the request's. */
static bool
verify(const struct cli_service_options *opt, struct assay_bytes text,
    struct assay_token *token, struct assay_error *err)
{
	const struct assay_service_address at = { .url = opt->url,
		.cacert = opt->cacert };
	struct assay_token_expectations expect = { .now = assay_clock_now(),
	    .skew = SKEW };
	struct assay_keyset *keys = NULL;
	char *issuer;
	bool ok;

	issuer = opt->issuer != NULL ?
	    assay_strdup_bytes(assay_bytes_of(opt->issuer)) :
	    assay_issuer_of_url(opt->url);
	if (issuer == NULL)
		return assay_fail_memory(err, "issuer");
	expect.issuer = issuer;
	ok = assay_discover_keys(&at, issuer, &keys, err) &&
	    (assay_token_verify(text, keys, &expect, token, err) ||
	    assay_fail_in(err, "answer of the service"));
	assay_keyset_free(keys);
	free(issuer);
	return ok;
}

json_t *
cli_service_ask(const struct cli_service_options *opt,
    const struct cli_service_request *request, struct assay_refusal *refusal,
    struct assay_error *err)
{
	json_t *answer = NULL, *claims = NULL;
	struct assay_token token = { 0 };
	struct assay_bytes text;

	if (!assay_url_check(opt->url, err)) {
		err->code = ASSAY_ERR_USAGE;
		(void)assay_fail_in(err, "--url");
		return NULL;
	}
	if (!exchange(opt, request, &answer, refusal, err))
		return NULL;
	if (!assay_json_get_string(answer, "token", &text, err))
		(void)assay_fail_in(err, "answer of the service");
	else if (verify(opt, text, &token, err))
		claims = assay_json_parse(assay_bytes_of(token.payload), NULL,
		    err);
	assay_token_free(&token);
	json_decref(answer);
	return claims;
}

static void
complain(struct cli_output *out, const char *what, const char *text)
{
	if (text == NULL)
		return;
	(void)fprintf(out->errors, "  %s", what);
	cli_put_text(out->errors, assay_bytes_of(text), true);
	(void)fputc('\n', out->errors);
}

enum cli_exit
cli_service_failed(struct cli_output *out,
    const struct assay_refusal *refusal, const struct assay_error *err)
{
	if (refusal->status == 400)
		complain(out, "code:       ", refusal->code);
	complain(out, "reason:     ", refusal->inner_code);
	complain(out, "            ", refusal->inner_message);
	complain(out, "request id: ", refusal->request_id);
	return refusal->status == 400 ? cli_fail(out, err) :
	    cli_hindered(out, err);
}
