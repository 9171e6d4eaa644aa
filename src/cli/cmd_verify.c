/* SPDX-License-Identifier: Apache-2.0 */
/* assay verify: the relying party's question about a token. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <assay/token.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "client/discovery.h"

#define DEFAULT_SKEW	60	/* seconds; clocks of one data centre */
#define SKEW_MAX	86400	/* more is not a difference of clocks */

struct verify_options {
	const char		*token;
	const char		*url, *jwks, *issuer, *cacert, *at;
	struct cli_list		 require;
	struct cli_number	 skew;
	bool			 json;
};

#define AT(member) offsetof(struct verify_options, member)

static const struct cli_argument arguments[] = {
	{ "TOKEN", CLI_TEXT, AT(token),
	    "the token itself (begins with eyJ), a file that holds it, or - "
	    "for standard input", false },
	{ .name = NULL },
};

static const struct cli_option options[] = {
	{ "url", 0, CLI_TEXT, AT(url), "URL",
	    "the issuer's address: its metadata names the keys", false },
	{ "jwks", 0, CLI_TEXT, AT(jwks), "FILE",
	    "the issuer's keys (JWKS) from a file; nothing is fetched",
	    false },
	{ "issuer", 0, CLI_TEXT, AT(issuer), "URL",
	    "who must have issued the token (default: the --url)", false },
	{ "require", 0, CLI_LIST, AT(require), "CLAIM=VALUE",
	    "a claim that must be there with this value; a.b reaches into "
	    "objects", false },
	{ "skew", 0, CLI_NUMBER, AT(skew), "SECONDS",
	    "how far the issuer's clock may differ (default: 60)", false },
	{ "at", 0, CLI_TEXT, AT(at), "TIME",
	    "verify as of this time, RFC 3339 or seconds since 1970",
	    false },
	{ "cacert", 0, CLI_TEXT, AT(cacert), "FILE",
	    "PEM file of the only CAs to trust for TLS", false },
	{ "json", 0, CLI_FLAG, AT(json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

static bool
looks_like_token(const char *text)
{
	return strncmp(text, "eyJ", 3) == 0 && strchr(text, '.') != NULL;
}

/* In a file, one line end behind the token belongs to the file. */
static bool
take_token(const char *from, struct assay_buffer *file,
    struct assay_bytes *token, struct assay_error *err)
{
	if (looks_like_token(from)) {
		*token = assay_bytes_of(from);
		return true;
	}
	if (!cli_read(from, ASSAY_MAX_TOKEN_BYTES + 2, file, err))
		return false;
	*token = cli_chomp(assay_buffer_bytes(file));
	return true;
}

static bool
usable(const struct verify_options *opt, struct assay_error *err)
{
	if ((opt->url == NULL) == (opt->jwks == NULL))
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "want either --url or --jwks");
	if (opt->jwks != NULL && opt->issuer == NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--jwks needs --issuer: keys alone do not say whose "
		    "tokens they may sign");
	if (opt->skew.value > SKEW_MAX)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--skew is at most %d seconds", SKEW_MAX);
	for (size_t i = 0; i < opt->require.n; i++) {
		const char *equals = strchr(opt->require.item[i], '=');

		if (equals == NULL || equals == opt->require.item[i])
			return assay_fail(err, ASSAY_ERR_USAGE,
			    "--require wants CLAIM=VALUE, not \"%s\"",
			    opt->require.item[i]);
	}
	if (opt->url != NULL && !assay_url_check(opt->url, err)) {
		err->code = ASSAY_ERR_USAGE;
		return assay_fail_in(err, "--url");
	}
	return true;
}

static bool
take_keys(const struct verify_options *opt, const char *issuer,
    struct assay_keyset **keys, struct assay_error *err)
{
	const struct assay_service_address at = { .url = opt->url,
		.cacert = opt->cacert };
	struct assay_buffer jwks = { 0 };
	bool ok;

	if (opt->url != NULL)
		return assay_discover_keys(&at, issuer, keys, err);
	ok = cli_read(opt->jwks, ASSAY_MAX_HTTP_BODY, &jwks, err) &&
	    (assay_keyset_parse(assay_buffer_bytes(&jwks), keys, err) ||
	    assay_fail_in(err, opt->jwks));
	assay_buffer_free(&jwks);
	return ok;
}

static bool
require_claims(const struct cli_list *require,
    const struct assay_token *token, struct assay_error *err)
{
	for (size_t i = 0; i < require->n; i++) {
		const char *equals = strchr(require->item[i], '=');
		char *name = assay_strdup_bytes((struct assay_bytes){
		    (const uint8_t *)require->item[i],
		    (size_t)(equals - require->item[i]) });
		bool ok;

		if (name == NULL)
			return assay_fail_memory(err, "--require");
		ok = assay_token_require(token, name, equals + 1, err);
		free(name);
		if (!ok)
			return false;
	}
	return true;
}

static void
put_time(struct cli_output *out, const char *what, int64_t when, int64_t now)
{
	char text[ASSAY_WHEN_TEXT], words[CLI_SPAN_TEXT];

	cli_printf(out, "%-9s %s (%s)\n", what, assay_when_text(when, text),
	    cli_time_words(when, now, words));
}

static enum cli_exit
print_good(struct cli_output *out, const struct assay_token *token,
    const char *issuer, int64_t now)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	json_t *header, *claims;
	enum cli_exit status = CLI_YES;

	header = assay_json_parse(assay_bytes_of(token->header), NULL, &err);
	claims = assay_json_parse(assay_bytes_of(token->payload), NULL, &err);
	if (header == NULL || claims == NULL) {
		status = cli_hindered(out, &err);
	} else if (out->json) {
		status = cli_answer(out, json_pack("{s:s, s:s, s:s, s:O, s:O}",
		    "verdict", "accept", "code", "OK", "reason", "",
		    "header", header, "claims", claims), CLI_YES);
	} else {
		cli_printf(out, "verified: signed by a key of ");
		cli_put_text(out->to, assay_bytes_of(issuer), false);
		cli_printf(out, "\n");
		put_time(out, "issued", token->iat, now);
		put_time(out, "expires", token->exp, now);
		if (!cli_put_pretty(out, claims, &err))
			status = cli_hindered(out, &err);
	}
	json_decref(header);
	json_decref(claims);
	return status;
}

static enum cli_exit
judge(const struct verify_options *opt, struct cli_output *out,
    const char *issuer, const struct assay_keyset *keys, int64_t now)
{
	const struct assay_token_expectations expect = {
		.now = now,
		.skew = opt->skew.given ? opt->skew.value : DEFAULT_SKEW,
		.issuer = issuer,
	};
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_buffer file = { 0 };
	struct assay_token token = { 0 };
	struct assay_bytes text;
	enum cli_exit status;

	if (!take_token(opt->token, &file, &text, &err))
		status = cli_fail(out, &err);
	else if (!assay_token_verify(text, keys, &expect, &token, &err) ||
	    !require_claims(&opt->require, &token, &err))
		status = cli_fail(out, &err);
	else
		status = print_good(out, &token, issuer, now);
	assay_token_free(&token);
	assay_buffer_free(&file);
	return status;
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct verify_options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_keyset *keys = NULL;
	enum cli_exit status;
	char *issuer = NULL;
	int64_t now;

	out->json = opt->json;
	if (!usable(opt, &err) || !cli_time(opt->at, &now, &err)) {
		status = cli_fail(out, &err);
		goto out;
	}
	issuer = opt->issuer != NULL ?
	    assay_strdup_bytes(assay_bytes_of(opt->issuer)) :
	    assay_issuer_of_url(opt->url);
	if (issuer == NULL)
		(void)assay_fail_memory(&err, "issuer");
	status = issuer != NULL && take_keys(opt, issuer, &keys, &err) ?
	    judge(opt, out, issuer, keys, now) : cli_hindered(out, &err);
out:
	assay_keyset_free(keys);
	free(issuer);
	return status;
}

const struct cli_command cmd_verify = {
	.name = "verify",
	.summary = "verify a token as a relying party",
	.description =
	    "Verify a token's signature with its issuer's keys, its issuer, "
	    "its times, and claims that you require. The keys come from the "
	    "issuer that you name, never from what the token says of itself. "
	    "An unsecured token (of a draft policy) is never verified.",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct verify_options),
	.run = run,
};
