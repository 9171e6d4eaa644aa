/* SPDX-License-Identifier: Apache-2.0 */
/* assay policy get, set, reset: the policies that a service has. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <assay/attest.h>
#include <assay/token.h>

#include "app/clock.h"
#include "app/file.h"
#include "base/encode.h"
#include "base/text.h"
#include "cli/input.h"
#include "cli/policy_commands.h"
#include "cli/policy_key.h"
#include "cli/policy_run.h"
#include "cli/policy_service.h"
#include "cli/policy_type.h"

#define PATH_SIZE 64

/* One table for the three; each command lists the rows that it has. */
struct remote_options {
	const char			*type, *file, *key, *cert, *out;
	struct cli_service_options	 service;
	struct cli_number		 serial;
	bool				 unbound, jws, json;
};

#define AT(member) offsetof(struct remote_options, member)

#define TYPE_ARGUMENT							\
	{ "TYPE", CLI_TEXT, AT(type),					\
	    "SgxEnclave, OpenEnclave, Tpm, SevSnpVm, TdxVm or AzureGuest",	\
	    false }
#define SIGNING_OPTIONS							\
	{ "key", 0, CLI_TEXT, AT(key), "FILE",				\
	    "PEM private key to sign with", false },			\
	{ "cert", 0, CLI_TEXT, AT(cert), "FILE",			\
	    "PEM certificate of the key, with CA:TRUE", false },	\
	{ "serial", 0, CLI_NUMBER, AT(serial), "N",			\
	    "serial number, against rollback", false },		\
	{ "unbound", 0, CLI_FLAG, AT(unbound), NULL,			\
	    "do not sign for which type and action this is, for services "	\
	    "that would mind", false }
#define JSON_OPTION							\
	{ "json", 0, CLI_FLAG, AT(json), NULL, "print one JSON object", false }

static bool
type_path(const struct remote_options *opt, const char *tail,
    const char **type, char path[PATH_SIZE], struct assay_error *err)
{
	if (!cli_policy_type(opt->type, type, err))
		return false;
	(void)snprintf(path, PATH_SIZE, "/policies/%s%s", *type, tail);
	return true;
}

/* --- get --------------------------------------------------------------- */

/* The stored JWS taken apart. Zero it before use. */
struct stored {
	struct assay_bytes	jws;		/* borrowed */
	struct assay_buffer	policy;		/* text; empty: none */
	bool			is_signed;
	char			hash[ASSAY_POLICY_HASH_TEXT];
};

/* "h..": the empty body, which is the default policy of Tpm. */
static bool
is_empty_body(struct assay_bytes jws)
{
	return jws.len >= 2 && jws.ptr[jws.len - 1] == '.' &&
	    jws.ptr[jws.len - 2] == '.';
}

static bool
read_stored(const json_t *claims, struct stored *out, struct assay_error *err)
{
	struct assay_jws jws = { .header = NULL };
	bool ok;

	out->policy = assay_buffer(ASSAY_MAX_POLICY_BYTES);
	if (!assay_json_get_string(claims, "x-ms-policy", &out->jws, err))
		return assay_fail_in(err, "answer of the service");
	if (is_empty_body(out->jws))
		return true;
	/* Whose signature this is, the service has decided, not we. */
	ok = assay_jws_parse(out->jws, &jws, err) &&
	    assay_policy_jws_text(&jws, &out->policy, err) &&
	    assay_policy_hash(assay_buffer_bytes(&out->policy), out->hash,
	    err);
	out->is_signed = ok && !assay_jws_is_unsecured(&jws);
	assay_jws_free(&jws);
	return ok || assay_fail_in(err, "stored policy");
}

static enum cli_exit
put_stored(struct cli_output *out, const struct remote_options *opt,
    const char *type, const struct stored *s, struct assay_error *err)
{
	struct assay_bytes text = opt->jws ? s->jws :
	    assay_buffer_bytes(&s->policy);

	if (opt->json)
		return cli_answer(out, json_pack("{s:s, s:s%, s:o, s:b, s:s}",
		    "type", type, "jws", s->jws.ptr, s->jws.len,
		    "policy", cli_json_text(assay_buffer_str(&s->policy)),
		    "signed", s->is_signed, "hash", s->hash), CLI_YES);
	if (opt->out != NULL)
		return assay_file_write(opt->out, text, 0644, err) ? CLI_YES :
		    cli_hindered(out, err);
	(void)fwrite(text.ptr, 1, text.len, out->to);
	if (text.len == 0 || text.ptr[text.len - 1] != '\n')
		cli_printf(out, "\n");
	return CLI_YES;
}

static enum cli_exit
run_get(const void *values, struct cli_output *out)
{
	const struct remote_options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_refusal refusal = { 0 };
	struct stored stored = { 0 };
	struct cli_service_request request = { .method = "GET" };
	const char *type = NULL;
	char path[PATH_SIZE];
	json_t *claims = NULL;
	enum cli_exit status;

	out->json = opt->json;
	request.path = path;
	if (!type_path(opt, "", &type, path, &err) ||
	    (claims = cli_service_ask(&opt->service, &request, &refusal,
	    &err)) == NULL)
		status = cli_service_failed(out, &refusal, &err);
	else if (!read_stored(claims, &stored, &err))
		status = cli_hindered(out, &err);
	else
		status = put_stored(out, opt, type, &stored, &err);
	assay_buffer_free(&stored.policy);
	json_decref(claims);
	assay_refusal_free(&refusal);
	return status;
}

/* --- set and reset ----------------------------------------------------- */

static bool
wrap(const struct remote_options *opt, struct assay_bytes policy,
    struct assay_buffer *jws, struct assay_error *err)
{
	struct assay_policy_terms terms = {
		.serial = opt->serial.given ? &opt->serial.value : NULL };
	struct cli_policy_key key = { 0 };
	bool ok;

	if (opt->key != NULL && !opt->unbound) {
		if (!cli_policy_type(opt->type, &terms.type, err))
			return false;
		terms.action = policy.ptr == NULL ? "reset" : "set";
	}
	ok = cli_policy_key_load(opt->key, opt->cert, assay_clock_now(), &key,
	    err) && cli_policy_wrap(&key, policy, &terms, jws, err);
	cli_policy_key_free(&key);
	return ok;
}

static bool
is_jws(struct assay_bytes text)
{
	return text.len > 3 && memcmp(text.ptr, "eyJ", 3) == 0;
}

static bool
wrap_policy(const struct remote_options *opt, struct assay_bytes text,
    struct assay_buffer *jws, struct assay_error *err)
{
	struct assay_policy *policy = NULL;

	if (!assay_policy_compile(text, &policy, NULL, err))
		return assay_fail_in(err, opt->file);
	assay_policy_free(policy);
	return wrap(opt, text, jws, err);
}

/* A file that holds a JWS goes as it is, a policy is wrapped first. */
static bool
body_of_file(const struct remote_options *opt, struct assay_buffer *jws,
    struct assay_error *err)
{
	struct assay_buffer file = { 0 };
	struct assay_bytes text;
	bool ok = false;

	if (!cli_read(opt->file, ASSAY_MAX_TOKEN_BYTES, &file, err))
		goto out;
	text = assay_buffer_bytes(&file);
	if (!is_jws(text)) {
		ok = wrap_policy(opt, text, jws, err);
	} else if (opt->key != NULL || opt->cert != NULL ||
	    opt->serial.given) {
		(void)assay_fail(err, ASSAY_ERR_USAGE,
		    "%s is a JWS already: no --key, --cert, --serial",
		    opt->file);
	} else {
		(void)assay_buffer_put(jws, cli_chomp(text));
		ok = assay_buffer_ok(jws, "JWS", err);
	}
out:
	assay_buffer_free(&file);
	return ok;
}

static bool
body_of_reset(const struct remote_options *opt, struct assay_buffer *jws,
    struct assay_error *err)
{
	return wrap(opt, (struct assay_bytes){ NULL, 0 }, jws, err);
}

/*
 * Did the service take what we sent? The hash is over the whole JWS, so an
 * answer with another one is about another policy.
 */
static bool
compare(const json_t *claims, const char *want, const char *hash,
    struct assay_error *err)
{
	struct assay_bytes result, theirs;

	if (!assay_json_get_string(claims, "x-ms-policy-result", &result, err))
		return assay_fail_in(err, "answer of the service");
	if (!assay_text_is(result, want))
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "x-ms-policy-result is \"%.*s\", want \"%s\"",
		    (int)(result.len < 64 ? result.len : 64),
		    (const char *)result.ptr, want);
	if (hash == NULL)
		return true;
	if (!assay_json_get_string(claims, "x-ms-policy-token-hash", &theirs,
	    err))
		return assay_fail_in(err, "answer of the service");
	if (!assay_text_is(theirs, hash))
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "x-ms-policy-token-hash is \"%.*s\", and of what was sent "
		    "it is \"%s\": the service took something else",
		    (int)(theirs.len < 64 ? theirs.len : 64),
		    (const char *)theirs.ptr, hash);
	return true;
}

static enum cli_exit
answer(struct cli_output *out, const char *type, json_t *claims,
    const char *result, const char *hash)
{
	const json_t *signer = json_object_get(claims, "x-ms-policy-signer");
	const json_t *warning = json_object_get(claims, "x-assay-warning");

	if (out->json)
		return cli_answer(out, json_pack("{s:s, s:s, s:s, s:s*, s:O}",
		    "verdict", "accept", "type", type, "result", result,
		    "hash", hash, "claims", claims), CLI_YES);
	cli_printf(out, "%s: %s%s\n", type, result,
	    signer != NULL ? " (signed)" : "");
	if (hash != NULL)
		cli_printf(out, "hash %s, as of what was sent\n", hash);
	if (json_is_string(warning)) {
		(void)fprintf(out->errors, "%s: warning: ", out->path);
		cli_put_text(out->errors, assay_json_string(warning), false);
		(void)fputc('\n', out->errors);
	}
	return CLI_YES;
}

/* What set and reset differ in. */
struct change {
	const char	*method, *tail, *result;
	bool		 hashed;
	bool		(*body)(const struct remote_options *opt,
			    struct assay_buffer *jws, struct assay_error *err);
};

static enum cli_exit
send_change(const struct remote_options *opt, const struct change *change,
    struct assay_bytes jws, struct cli_output *out)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_refusal refusal = { 0 };
	char path[PATH_SIZE], hash[ASSAY_POLICY_TOKEN_HASH_TEXT];
	const struct cli_service_request request = {
		.method = change->method, .path = path, .body = jws,
		.content_type = "text/plain" };
	const char *want = change->hashed ? hash : NULL, *type = NULL;
	json_t *claims = NULL;
	enum cli_exit status;

	if (!type_path(opt, change->tail, &type, path, &err) ||
	    !assay_policy_token_hash(jws, hash, &err) ||
	    (claims = cli_service_ask(&opt->service, &request, &refusal,
	    &err)) == NULL)
		status = cli_service_failed(out, &refusal, &err);
	else if (!compare(claims, change->result, want, &err))
		status = cli_fail(out, &err);
	else
		status = answer(out, type, claims, change->result, want);
	json_decref(claims);
	assay_refusal_free(&refusal);
	return status;
}

static enum cli_exit
run_change(const struct remote_options *opt, const struct change *change,
    struct cli_output *out)
{
	struct assay_buffer jws = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	struct assay_error err = { ASSAY_ERR_OK, "" };
	enum cli_exit status;

	out->json = opt->json;
	status = change->body(opt, &jws, &err) ?
	    send_change(opt, change, assay_buffer_bytes(&jws), out) :
	    cli_fail(out, &err);
	assay_buffer_free(&jws);
	return status;
}

static enum cli_exit
run_set(const void *values, struct cli_output *out)
{
	static const struct change set = { "PUT", "", "Updated", true,
	    body_of_file };

	return run_change(values, &set, out);
}

static enum cli_exit
run_reset(const void *values, struct cli_output *out)
{
	static const struct change reset = { "POST", ":reset", "Removed",
	    false, body_of_reset };

	return run_change(values, &reset, out);
}

/* --- tables ------------------------------------------------------------ */

static const struct cli_argument type_arguments[] = {
	TYPE_ARGUMENT,
	{ .name = NULL },
};

static const struct cli_argument set_arguments[] = {
	TYPE_ARGUMENT,
	{ "FILE", CLI_TEXT, AT(file),
	    "the policy, or its JWS as \"assay policy sign\" makes it; - for "
	    "standard input", false },
	{ .name = NULL },
};

static const struct cli_option get_options[] = {
	CLI_SERVICE_OPTIONS(AT(service)),
	{ "jws", 0, CLI_FLAG, AT(jws), NULL,
	    "print the JWS as it is stored, not the policy in it", false },
	{ "out", 'o', CLI_TEXT, AT(out), "FILE",
	    "write here instead of to standard output", false },
	JSON_OPTION,
	{ .name = NULL },
};

static const struct cli_option change_options[] = {
	CLI_SERVICE_OPTIONS(AT(service)),
	SIGNING_OPTIONS,
	JSON_OPTION,
	{ .name = NULL },
};

const struct cli_command cmd_policy_get = {
	.name = "get",
	.summary = "print the policy that a service has",
	.description =
	    "Fetch the policy of an attestation type, verify the answer with "
	    "the keys of the service, and print the policy.",
	.arguments = type_arguments,
	.options = get_options,
	.options_size = sizeof(struct remote_options),
	.run = run_get,
};

const struct cli_command cmd_policy_set = {
	.name = "set",
	.summary = "put a policy in force",
	.description =
	    "Send a policy to a service, verify the answer and compare its "
	    "hash with that of what was sent. A policy that does not compile "
	    "is not sent. A service whose provider is isolated takes signed "
	    "policies only.",
	.arguments = set_arguments,
	.options = change_options,
	.options_size = sizeof(struct remote_options),
	.run = run_set,
};

const struct cli_command cmd_policy_reset = {
	.name = "reset",
	.summary = "go back to the default policy",
	.description =
	    "Make a service forget the policy of an attestation type, so that "
	    "its default is in force again.",
	.arguments = type_arguments,
	.options = change_options,
	.options_size = sizeof(struct remote_options),
	.run = run_reset,
};
