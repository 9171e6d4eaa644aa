/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay signer: the certificates whose keys may change the policies of an
 * isolated service (api.md section 6).
 */
#include <stddef.h>
#include <string.h>

#include "app/clock.h"
#include "base/text.h"
#include "base/when.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/policy_key.h"
#include "cli/policy_service.h"
#include "token/jwk.h"

#define SIGNERS_MAX	1024

struct signer_options {
	const char			*certificate, *key, *cert;
	struct cli_service_options	 service;
	bool				 unbound, json;
};

#define AT(member) offsetof(struct signer_options, member)

/* --- list -------------------------------------------------------------- */

static json_t *
signer_json(const json_t *jwk, struct assay_error *err)
{
	char name[ASSAY_THUMBPRINT_TEXT], from[ASSAY_WHEN_TEXT],
	    until[ASSAY_WHEN_TEXT];
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS];
	json_t *object = NULL;
	size_t n = 0;

	if (!assay_jwk_x5c_parse(json_object_get(jwk, "x5c"), certs,
	    ASSAY_MAX_CHAIN_CERTS, &n, err))
		return NULL;
	if (assay_policy_thumbprint(certs[0], name, err) &&
	    (object = json_pack("{s:s, s:o, s:s, s:s}", "thumbprint", name,
	    "subject", cli_json_text(assay_cert_subject_text(certs[0])),
	    "not_before", assay_when_text(assay_cert_not_before(certs[0]),
	    from), "not_after",
	    assay_when_text(assay_cert_not_after(certs[0]), until))) == NULL)
		(void)assay_fail_memory(err, "certificate");
	for (size_t i = 0; i < n; i++)
		assay_cert_free(certs[i]);
	return object;
}

static json_t *
signers_json(const json_t *claims, struct assay_error *err)
{
	json_t *set, *keys, *list = json_array(), *signer;
	bool ok;

	ok = assay_json_get_object(claims, "x-ms-policy-certificates", &set,
	    err) && assay_json_get_array(set, "keys", SIGNERS_MAX, &keys,
	    err);
	for (size_t i = 0; ok && i < json_array_size(keys); i++) {
		signer = signer_json(json_array_get(keys, i), err);
		ok = signer != NULL &&
		    (json_array_append_new(list, signer) == 0 ||
		    assay_fail_memory(err, "certificates"));
	}
	if (ok)
		return list;
	json_decref(list);
	(void)assay_fail_in(err, "answer of the service");
	return NULL;
}

static enum cli_exit
answer_list(struct cli_output *out, json_t *signers)
{
	const json_t *signer;
	size_t i;

	if (out->json)
		return cli_answer(out, json_pack("{s:O}", "signers", signers),
		    CLI_YES);
	json_array_foreach(signers, i, signer) {
		cli_printf(out, "%s  ", json_string_value(
		    json_object_get(signer, "thumbprint")));
		cli_put_text(out->to, assay_bytes_of(json_string_value(
		    json_object_get(signer, "subject"))), false);
		cli_printf(out, ", until %s\n", json_string_value(
		    json_object_get(signer, "not_after")));
	}
	if (json_array_size(signers) == 0)
		cli_printf(out, "no policy signers\n");
	return CLI_YES;
}

static enum cli_exit
run_list(const void *values, struct cli_output *out)
{
	static const struct cli_service_request get = { .method = "GET",
	    .path = "/certificates" };
	const struct signer_options *opt = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_refusal refusal = { 0 };
	json_t *claims, *signers = NULL;
	enum cli_exit status;

	out->json = opt->json;
	claims = cli_service_ask(&opt->service, &get, &refusal, &err);
	if (claims == NULL)
		status = cli_service_failed(out, &refusal, &err);
	else if ((signers = signers_json(claims, &err)) == NULL)
		status = cli_hindered(out, &err);
	else
		status = answer_list(out, signers);
	json_decref(signers);
	json_decref(claims);
	assay_refusal_free(&refusal);
	return status;
}

/* --- add and remove ---------------------------------------------------- */

/* What the two differ in. */
struct change {
	const char	*path;
	const char	*result;
	const char	*action;
};

static bool
load_certificate(const char *path, struct assay_cert **out,
    struct assay_error *err)
{
	struct assay_buffer pem = { 0 };
	size_t n;
	bool ok;

	ok = cli_read(path, ASSAY_MAX_PEM_BYTES, &pem, err) &&
	    (assay_certs_from_pem(assay_buffer_bytes(&pem), out, 1, &n, err) ||
	    assay_fail_in(err, path));
	assay_buffer_free(&pem);
	return ok;
}

/* A JSON string that holds the JWS, whose payload holds the certificate. */
static bool
make_body(const struct signer_options *opt, const struct assay_cert *cert,
    const char *action, struct assay_buffer *out, struct assay_error *err)
{
	struct assay_buffer jws = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	struct cli_policy_key key = { 0 };
	bool ok;

	ok = cli_policy_key_load(opt->key, opt->cert, assay_clock_now(), &key,
	    err) && cli_policy_wrap_certificate(&key, cert,
	    opt->unbound ? NULL : action, &jws, err);
	/* A JWS has no character that JSON would escape. */
	(void)assay_buffer_printf(out, "\"%s\"", assay_buffer_str(&jws));
	ok = ok && assay_buffer_ok(out, "JWS", err);
	cli_policy_key_free(&key);
	assay_buffer_free(&jws);
	return ok;
}

static bool
claim_is(const json_t *claims, const char *name, const char *want,
    struct assay_error *err)
{
	struct assay_bytes text;

	if (!assay_json_get_string(claims, name, &text, err))
		return assay_fail_in(err, "answer of the service");
	return assay_text_is(text, want) || assay_fail(err,
	    ASSAY_ERR_TOKEN_CLAIM, "%s is \"%.*s\", want \"%s\"", name,
	    (int)(text.len < 64 ? text.len : 64), (const char *)text.ptr,
	    want);
}

static enum cli_exit
answer_change(struct cli_output *out, const struct change *change,
    const char *name)
{
	if (out->json)
		return cli_answer(out, json_pack("{s:s, s:s, s:s}", "verdict",
		    "accept", "result", change->result, "thumbprint", name),
		    CLI_YES);
	cli_printf(out, "%s: %s\n", name, change->result);
	return CLI_YES;
}

static enum cli_exit
send_change(const struct signer_options *opt, const struct change *change,
    struct assay_bytes body, const char *name, struct cli_output *out)
{
	const struct cli_service_request request = { .method = "POST",
	    .path = change->path, .body = body,
	    .content_type = "application/json" };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_refusal refusal = { 0 };
	enum cli_exit status;
	json_t *claims;

	claims = cli_service_ask(&opt->service, &request, &refusal, &err);
	if (claims == NULL)
		status = cli_service_failed(out, &refusal, &err);
	else if (claim_is(claims, "x-ms-policycertificates-result",
	    change->result, &err) &&
	    claim_is(claims, "x-ms-certificate-thumbprint", name, &err))
		status = answer_change(out, change, name);
	else
		status = cli_fail(out, &err);
	json_decref(claims);
	assay_refusal_free(&refusal);
	return status;
}

static enum cli_exit
run_change(const struct signer_options *opt, const struct change *change,
    struct cli_output *out)
{
	struct assay_buffer body = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_cert *cert = NULL;
	char name[ASSAY_THUMBPRINT_TEXT];
	enum cli_exit status;

	out->json = opt->json;
	if (load_certificate(opt->certificate, &cert, &err) &&
	    assay_policy_thumbprint(cert, name, &err) &&
	    make_body(opt, cert, change->action, &body, &err))
		status = send_change(opt, change, assay_buffer_bytes(&body),
		    name, out);
	else
		status = cli_hindered(out, &err);
	assay_cert_free(cert);
	assay_buffer_free(&body);
	return status;
}

static enum cli_exit
run_add(const void *values, struct cli_output *out)
{
	static const struct change add = { "/certificates:add", "IsPresent",
	    "add" };

	return run_change(values, &add, out);
}

static enum cli_exit
run_remove(const void *values, struct cli_output *out)
{
	static const struct change remove = { "/certificates:remove",
	    "IsAbsent", "remove" };

	return run_change(values, &remove, out);
}

/* --- tables ------------------------------------------------------------ */

static const struct cli_argument change_arguments[] = {
	{ "CERTIFICATE", CLI_TEXT, AT(certificate),
	    "PEM file of the certificate to add or remove", false },
	{ .name = NULL },
};

static const struct cli_option list_options[] = {
	CLI_SERVICE_OPTIONS(AT(service)),
	{ "json", 0, CLI_FLAG, AT(json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

static const struct cli_option change_options[] = {
	CLI_SERVICE_OPTIONS(AT(service)),
	{ "key", 0, CLI_TEXT, AT(key), "FILE",
	    "PEM private key of a present signer", true },
	{ "cert", 0, CLI_TEXT, AT(cert), "FILE",
	    "PEM certificate of that key", true },
	{ "unbound", 0, CLI_FLAG, AT(unbound), NULL,
	    "do not sign whether this adds or removes, for services that "
	    "would mind", false },
	{ "json", 0, CLI_FLAG, AT(json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};

static const struct cli_command list = {
	.name = "list",
	.summary = "show whose keys may change policies",
	.options = list_options,
	.options_size = sizeof(struct signer_options),
	.run = run_list,
};

static const struct cli_command add = {
	.name = "add",
	.summary = "let another key change policies",
	.arguments = change_arguments,
	.options = change_options,
	.options_size = sizeof(struct signer_options),
	.run = run_add,
};

static const struct cli_command remove_signer = {
	.name = "remove",
	.summary = "take that right from a key; the last one stays",
	.arguments = change_arguments,
	.options = change_options,
	.options_size = sizeof(struct signer_options),
	.run = run_remove,
};

static const struct cli_command *const commands[] = {
	&list,
	&add,
	&remove_signer,
	NULL
};

const struct cli_command cmd_signer = {
	.name = "signer",
	.summary = "manage who may change the policies of a service",
	.description =
	    "An isolated service takes policies only from the owners of "
	    "certain keys. Their certificates are listed, added and removed "
	    "here; every change is signed by one that is present.",
	.subcommands = commands,
};
