/* SPDX-License-Identifier: Apache-2.0 */
/* assay policy sign: a policy as a service takes it. */
#include <stddef.h>

#include "app/clock.h"
#include "app/file.h"
#include "cli/input.h"
#include "cli/policy_commands.h"
#include "cli/policy_key.h"
#include "cli/policy_run.h"
#include "cli/policy_type.h"

struct sign_options {
	const char		*file, *key, *cert, *type, *out;
	struct cli_number	 serial;
	bool			 unsecured, reset;
};

#define AT(member) offsetof(struct sign_options, member)

static const struct cli_argument arguments[] = {
	{ "FILE", CLI_TEXT, AT(file),
	    "the policy; - for standard input; none with --reset", true },
	{ .name = NULL },
};

static const struct cli_option options[] = {
	{ "key", 0, CLI_TEXT, AT(key), "FILE",
	    "PEM private key: RSA (RS256) or P-256 (ES256)", false },
	{ "cert", 0, CLI_TEXT, AT(cert), "FILE",
	    "PEM certificate of the key with CA:TRUE, and what it was issued "
	    "by", false },
	{ "serial", 0, CLI_NUMBER, AT(serial), "N",
	    "serial number: a service that has seen N refuses lower ones",
	    false },
	{ "type", 0, CLI_TEXT, AT(type), "TYPE",
	    "SgxEnclave, Tpm, ...: sign for this type alone, and for setting "
	    "(or resetting) alone", false },
	{ "unsecured", 0, CLI_FLAG, AT(unsecured), NULL,
	    "do not sign", false },
	{ "reset", 0, CLI_FLAG, AT(reset), NULL,
	    "make the text that resets to the default policy", false },
	{ "out", 'o', CLI_TEXT, AT(out), "FILE",
	    "write here instead of to standard output", false },
	{ .name = NULL },
};

static bool
usable(const struct sign_options *opt, struct assay_error *err)
{
	if ((opt->key != NULL || opt->cert != NULL) == opt->unsecured)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "want either --key and --cert or --unsecured");
	if ((opt->file == NULL) != opt->reset)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "want either a FILE or --reset");
	return true;
}

/* What does not compile would be refused, so it is not signed either. */
static bool
wrap(const struct sign_options *opt, const struct cli_policy_key *key,
    struct assay_buffer *jws, struct assay_error *err)
{
	struct assay_policy_terms terms = {
		.serial = opt->serial.given ? &opt->serial.value : NULL };
	struct assay_policy *policy = NULL;
	bool ok;

	if (opt->type != NULL) {
		if (!cli_policy_type(opt->type, &terms.type, err))
			return false;
		terms.action = opt->reset ? "reset" : "set";
	}
	if (opt->reset)
		return cli_policy_wrap(key, (struct assay_bytes){ NULL, 0 },
		    &terms, jws, err);
	ok = cli_policy_load(opt->file, &policy, NULL, err) &&
	    cli_policy_wrap(key, assay_policy_text(policy), &terms, jws, err);
	assay_policy_free(policy);
	return ok;
}

static bool
deliver(struct cli_output *out, const char *to, struct assay_buffer *jws,
    struct assay_error *err)
{
	(void)assay_buffer_putc(jws, '\n');
	if (!assay_buffer_ok(jws, "JWS", err))
		return false;
	if (to != NULL)
		return assay_file_write(to, assay_buffer_bytes(jws), 0644,
		    err);
	cli_printf(out, "%s", assay_buffer_str(jws));
	return true;
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct sign_options *opt = values;
	struct assay_buffer jws = assay_buffer(ASSAY_MAX_TOKEN_BYTES + 1);
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct cli_policy_key key = { 0 };
	enum cli_exit status = CLI_YES;

	if (!usable(opt, &err) || !cli_policy_key_load(opt->key, opt->cert,
	    assay_clock_now(), &key, &err) || !wrap(opt, &key, &jws, &err) ||
	    !deliver(out, opt->out, &jws, &err))
		status = cli_fail(out, &err);
	cli_policy_key_free(&key);
	assay_buffer_free(&jws);
	return status;
}

const struct cli_command cmd_policy_sign = {
	.name = "sign",
	.summary = "make a signed policy",
	.description =
	    "Compile a policy and print it as the JWS that services take, "
	    "signed with the key whose certificate goes along. A policy that "
	    "does not compile is not signed.",
	.arguments = arguments,
	.options = options,
	.options_size = sizeof(struct sign_options),
	.run = run,
};
