/* SPDX-License-Identifier: Apache-2.0 */
/* assay attest: evidence to a service, its token back. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/attest.h"
#include "cli/bearer_option.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "client/collector.h"
#include "client/session.h"
#include "crypto/digest.h"

struct attest_options {
	const char	*url, *cacert, *bearer;
	const char	*quote, *attestation_dir;
	const char	*runtime_data, *runtime_type, *nonce, *draft_policy;
	const char	*out;
	bool		 collect;
};

#define AT(member) offsetof(struct attest_options, member)

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
	CLI_BEARER_OPTION(AT(bearer)),
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
	const struct assay_collector *c = assay_collector_find(a->request.kind->word);
	uint8_t report_data[ASSAY_REPORT_DATA] = { 0 };
	struct assay_digest hash;

	if (c == NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "nothing here collects %s", a->request.kind->word);
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
	a->request.nonce = opt->nonce;
	if (!cli_bound_data("runtime", opt->runtime_data, opt->runtime_type,
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

static enum cli_exit
run(const char *kind, const struct attest_options *opt,
    struct cli_output *out)
{
	struct assay_service_address at;
	struct assay_buffer bearer;
	struct attest a = { .request.kind = assay_client_kind_find(kind) };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	enum cli_exit status = CLI_YES;

	if (!cli_reach(opt->url, opt->cacert, opt->bearer, &bearer, &at,
	    &err) || !usable(opt, &err) || !prepare(opt, &a, &err))
		status = cli_hindered(out, &err);
	else if (!assay_session_attest(&at, &a.request, &a.token, &a.refusal,
	    &err))
		status = cli_attest_refused(out, NULL, &a.refusal, &err);
	else if (!cli_attest_deliver(out, opt->out, a.token, &err))
		status = cli_hindered(out, &err);
	attest_free(&a);
	assay_buffer_wipe(&bearer);
	return status;
}

static enum cli_exit
run_sgx(const void *values, struct cli_output *out)
{
	return run("sgx", values, out);
}

static enum cli_exit
run_openenclave(const void *values, struct cli_output *out)
{
	return run("openenclave", values, out);
}

static const struct cli_command cmd_sgx = {
	.name = "sgx",
	.summary = "send an SGX quote, get a token",
	.description =
	    "Send an SGX quote, from a file or collected in this enclave.",
	.options = options,
	.options_size = sizeof(struct attest_options),
	.run = run_sgx,
};

static const struct cli_command cmd_openenclave = {
	.name = "openenclave",
	.summary = "send an Open Enclave report, get a token",
	.description =
	    "Send an Open Enclave report of an SGX enclave, from a file or "
	    "collected in this enclave.",
	.options = options,
	.options_size = sizeof(struct attest_options),
	.run = run_openenclave,
};

static const struct cli_command *const subcommands[] = {
	&cmd_sgx,
	&cmd_openenclave,
	&cmd_attest_tpm,
	NULL
};

const struct cli_command cmd_attest = {
	.name = "attest",
	.summary = "send evidence to a service, get a token",
	.description =
	    "Send evidence, from a file or collected on this machine, to an "
	    "attestation service and print the token that it answers with. "
	    "The token is passed on as it came: whoever relies on it uses "
	    "\"assay verify\". A service that is busy is asked again a few "
	    "times.",
	.subcommands = subcommands,
};
