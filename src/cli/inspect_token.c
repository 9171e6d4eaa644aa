/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <assay/token.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/input.h"
#include "cli/inspect.h"

/* Header and payload of a token, as it says them. */
struct parts {
	json_t	*header, *claims;
	bool	 unsecured;
};

static bool
take_apart(const char *path, struct parts *out, struct assay_error *err)
{
	struct assay_buffer file = { 0 };
	struct assay_token token = { 0 };
	struct assay_bytes alg;
	bool ok;

	if (!cli_read(path, ASSAY_MAX_TOKEN_BYTES + 2, &file, err))
		return false;
	ok = assay_token_decode(cli_chomp(assay_buffer_bytes(&file)), &token,
	    err) &&
	    (out->header = assay_json_parse(assay_bytes_of(token.header),
	    NULL, err)) != NULL &&
	    (out->claims = assay_json_parse(assay_bytes_of(token.payload),
	    NULL, err)) != NULL &&
	    assay_json_get_string(out->header, "alg", &alg, err);
	if (ok)
		out->unsecured = assay_text_is_nocase(alg, "none");
	assay_token_free(&token);
	assay_buffer_free(&file);
	return ok;
}

static void
put_time(struct cli_output *out, const json_t *claims, const char *name,
    const char *past, const char *future, int64_t now)
{
	const json_t *value = json_object_get(claims, name);
	char text[ASSAY_WHEN_TEXT], words[CLI_SPAN_TEXT];
	int64_t when;

	if (!json_is_integer(value)) {
		cli_printf(out, "  %s: %s\n", name, value == NULL ?
		    "absent" : "not an integer");
		return;
	}
	when = json_integer_value(value);
	cli_printf(out, "  %s: %s, %s %s\n", name,
	    assay_when_text(when, text), when > now ? future : past,
	    cli_time_words(when, now, words));
}

static bool
print_text(struct cli_output *out, const struct parts *p, int64_t now,
    struct assay_error *err)
{
	cli_printf(out, p->unsecured ?
	    "UNSECURED: nobody signed this token (alg none); anybody can "
	    "have made it\n" :
	    "UNVERIFIED: the signature was not looked at; \"assay verify\" "
	    "does that\n");
	cli_printf(out, "header: ");
	if (!cli_put_pretty(out, p->header, err))
		return false;
	cli_printf(out, "times:\n");
	put_time(out, p->claims, "iat", "issued", "to be issued", now);
	put_time(out, p->claims, "nbf", "valid since", "valid", now);
	put_time(out, p->claims, "exp", "expired", "expires", now);
	cli_printf(out, "claims: ");
	return cli_put_pretty(out, p->claims, err);
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct inspect_options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct parts p = { 0 };
	enum cli_exit status = CLI_YES;
	int64_t now;

	out->json = opt->json;
	if (!take_apart(opt->file, &p, &err) || !cli_time(NULL, &now, &err))
		status = cli_fail(out, &err);
	else if (opt->json)
		status = cli_answer(out, json_pack("{s:b, s:b, s:O, s:O}",
		    "verified", false, "unsecured", p.unsecured,
		    "header", p.header, "claims", p.claims), CLI_YES);
	else if (!print_text(out, &p, now, &err))
		status = cli_fail(out, &err);
	json_decref(p.header);
	json_decref(p.claims);
	return status;
}

const struct cli_command cmd_inspect_token = {
	.name = "token",
	.summary = "a token: header, times in words, claims",
	.description =
	    "Show a token's header, times and claims. Nothing is verified.",
	.arguments = inspect_arguments,
	.options = inspect_options,
	.options_size = sizeof(struct inspect_options),
	.run = run,
};
