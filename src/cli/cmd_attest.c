/* SPDX-License-Identifier: Apache-2.0 */
/* assay attest: evidence to a service, its token back. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <assay/token.h>

#include "app/file.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "client/collector.h"
#include "client/session.h"
#include "crypto/digest.h"

struct attest_options {
	const char	*kind;
	const char	*url, *cacert;
	const char	*quote, *attestation_dir;
	const char	*runtime_data, *runtime_type, *nonce, *draft_policy;
	const char	*out;
	bool		 collect;
};

#define AT(member) offsetof(struct attest_options, member)

static const struct cli_argument arguments[] = {
	{ "KIND", CLI_TEXT, AT(kind), "sgx or openenclave", false },
	{ .name = NULL },
};

static const struct cli_option options[] = {
	{ "url", 0, CLI_TEXT, AT(url), "URL", "the service's address", true },
	{ "quote", 0, CLI_TEXT, AT(quote), "FILE",
	    "the evidence, raw bytes: a quote, or an Open Enclave report; - "
	    "for standard input", false },
	{ "collect", 0, CLI_FLAG, AT(collect), NULL,
	    "collect the evidence on this machine; it will bind the runtime "
	    "data", false },
	{ "attestation-dir", 0, CLI_TEXT, AT(attestation_dir), "DIR",
	    "where an enclave's pseudo-files are (default: "
	    "/dev/attestation)", false },
	{ "runtime-data", 0, CLI_TEXT, AT(runtime_data), "FILE",
	    "data whose SHA-256 the evidence carries, sent along", false },
	{ "runtime-type", 0, CLI_TEXT, AT(runtime_type), "TYPE",
	    "json or binary (default: binary)", false },
	{ "nonce", 0, CLI_TEXT, AT(nonce), "TEXT",
	    "comes back in the token's claim \"nonce\"", false },
	{ "draft-policy", 0, CLI_TEXT, AT(draft_policy), "FILE",
	    "try this policy instead of the stored one; the token is then "
	    "unsecured", false },
	{ "out", 'o', CLI_TEXT, AT(out), "FILE",
	    "write the token here instead of to standard output", false },
	{ "cacert", 0, CLI_TEXT, AT(cacert), "FILE",
	    "PEM file of the only CAs to trust for TLS", false },
	{ .name = NULL },
};

/* Everything that one run holds. */
struct attest {
	struct assay_client_request	request;
	struct assay_buffer		evidence, runtime_data, draft;
	struct assay_refusal		refusal;
	char				*token;
};

static void
attest_free(struct attest *a)
{
	assay_buffer_free(&a->evidence);
	assay_buffer_free(&a->runtime_data);
	assay_buffer_free(&a->draft);
	assay_refusal_free(&a->refusal);
	free(a->token);
}

static bool
usable(const struct attest_options *opt, struct assay_error *err)
{
	if ((opt->quote == NULL) != opt->collect)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "want either --quote or --collect");
	if (opt->attestation_dir != NULL && !opt->collect)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--attestation-dir without --collect");
	if (assay_client_kind_find(opt->kind) == NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "unknown kind \"%s\", want %s", opt->kind,
		    assay_client_kind_words());
	if (!assay_url_check(opt->url, err)) {
		err->code = ASSAY_ERR_USAGE;
		return assay_fail_in(err, "--url");
	}
	return true;
}

/* api.md section 3: report_data[0:32] = SHA-256(runtime data), then zeros. */
static bool
collect(const struct attest_options *opt, struct attest *a,
    struct assay_error *err)
{
	const struct assay_collector *c = assay_collector_find(opt->kind);
	uint8_t report_data[ASSAY_REPORT_DATA] = { 0 };
	struct assay_digest hash;

	if (c == NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "nothing here collects %s", opt->kind);
	if (a->request.runtime_data.present) {
		if (!assay_digest(ASSAY_SHA256, a->request.runtime_data.bytes,
		    &hash, err))
			return false;
		memcpy(report_data, hash.bytes, hash.len);
	}
	return c->collect(opt->attestation_dir != NULL ?
	    opt->attestation_dir : c->path, report_data, &a->evidence, err);
}

static bool
prepare(const struct attest_options *opt, struct attest *a,
    struct assay_error *err)
{
	a->request.kind = assay_client_kind_find(opt->kind);
	a->request.nonce = opt->nonce;
	if (!cli_bound_data(opt->runtime_data, opt->runtime_type,
	    &a->runtime_data, &a->request.runtime_data, err))
		return false;
	if (opt->draft_policy != NULL) {
		if (!cli_read(opt->draft_policy, ASSAY_MAX_POLICY_BYTES,
		    &a->draft, err))
			return false;
		a->request.draft_policy = assay_buffer_bytes(&a->draft);
	}
	if (!(opt->collect ? collect(opt, a, err) :
	    cli_read(opt->quote, ASSAY_MAX_EVIDENCE_BYTES, &a->evidence,
	    err)))
		return false;
	a->request.evidence = assay_buffer_bytes(&a->evidence);
	return true;
}

static void
complain(FILE *to, const char *what, const char *text)
{
	if (text == NULL)
		return;
	(void)fprintf(to, "%s", what);
	cli_put_text(to, assay_bytes_of(text), false);
	(void)fputc('\n', to);
}

/* Nobody should have to ask which request that was (pains.md 1, 2, 14). */
static enum cli_exit
explain(struct cli_output *out, const struct attest *a,
    const struct assay_error *err)
{
	const struct assay_refusal *r = &a->refusal;

	if (r->status == 0)
		return cli_hindered(out, err);
	(void)fprintf(out->errors, "%s: %s: status %d\n", out->path,
	    err->code == ASSAY_ERR_SERVICE_REFUSED ?
	    "the service refuses" : "the service cannot answer", r->status);
	complain(out->errors, "  code:       ", r->code);
	complain(out->errors, "  message:    ", r->message);
	complain(out->errors, "  reason:     ", r->inner_code);
	complain(out->errors, "              ", r->inner_message);
	complain(out->errors, "  request id: ", r->request_id);
	return cli_exit_of(err);
}

/* A token that nobody signed looks like one that somebody did (pains.md 6). */
static bool
warn_if_unsecured(struct cli_output *out, const char *text,
    struct assay_error *err)
{
	struct assay_token token = { 0 };
	struct assay_bytes alg;
	json_t *header;
	bool ok;

	if (!assay_token_decode(assay_bytes_of(text), &token, err))
		return assay_fail_in(err, "answer of the service");
	header = assay_json_parse(assay_bytes_of(token.header), NULL, err);
	ok = header != NULL && assay_json_get_string(header, "alg", &alg, err);
	if (ok && alg.len == 4 && memcmp(alg.ptr, "none", 4) == 0)
		(void)fprintf(out->errors, "%s: WARNING: this token is "
		    "UNSECURED (draft policy): it proves nothing to anybody\n",
		    out->path);
	json_decref(header);
	assay_token_free(&token);
	return ok;
}

static bool
deliver(struct cli_output *out, const char *to, const char *token,
    struct assay_error *err)
{
	struct assay_buffer line = assay_buffer(ASSAY_MAX_TOKEN_BYTES + 1);
	bool ok;

	if (!warn_if_unsecured(out, token, err))
		return false;
	(void)assay_buffer_puts(&line, token);
	(void)assay_buffer_putc(&line, '\n');
	if (!(ok = assay_buffer_ok(&line, "token", err)))
		goto out;
	if (to != NULL)
		ok = assay_file_write(to, assay_buffer_bytes(&line), 0644,
		    err);
	else
		cli_printf(out, "%s", assay_buffer_str(&line));
out:
	assay_buffer_free(&line);
	return ok;
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct attest_options *opt = values;
	const struct assay_service_address at = { opt->url, opt->cacert };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct attest a = { 0 };
	enum cli_exit status = CLI_YES;

	if (!usable(opt, &err) || !prepare(opt, &a, &err))
		status = cli_hindered(out, &err);
	else if (!assay_session_attest(&at, &a.request, &a.token, &a.refusal,
	    &err))
		status = explain(out, &a, &err);
	else if (!deliver(out, opt->out, a.token, &err))
		status = cli_hindered(out, &err);
	attest_free(&a);
	return status;
}

const struct cli_command cmd_attest = {
	.name = "attest",
	.summary = "send evidence to a service, get a token",
	.description =
	    "Send evidence, from a file or collected on this machine, to an "
	    "attestation service and print the token that it answers with. "
	    "The token is passed on as it came: whoever relies on it uses "
	    "\"assay verify\". A service that is busy is asked again a few "
	    "times.",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct attest_options),
	.run = run,
};
