/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Management of policies at a service (api.md section 6). Every answer is a
 * token, which is verified with the keys of the service before anything in
 * it is believed.
 */
#ifndef ASSAY_CLI_POLICY_SERVICE_H
#define ASSAY_CLI_POLICY_SERVICE_H

#include "cli/bearer_option.h"
#include "cli/output.h"
#include "client/exchange.h"

/* Options that every command which talks to a service has. */
struct cli_service_options {
	const char	*url, *issuer, *cacert, *bearer;
};

/* Their rows, for a table of options; at is the member's offset. */
#define CLI_SERVICE_OPTIONS(at)						\
	{ "url", 0, CLI_TEXT, (at) + offsetof(struct cli_service_options,	\
	    url), "URL", "the service's address", true },			\
	{ "issuer", 0, CLI_TEXT, (at) + offsetof(				\
	    struct cli_service_options, issuer), "URL",			\
	    "the name that it signs answers with (default: the --url)",	\
	    false },								\
	{ "cacert", 0, CLI_TEXT, (at) + offsetof(				\
	    struct cli_service_options, cacert), "FILE",			\
	    "PEM file of the only CAs to trust for TLS", false },		\
	CLI_BEARER_OPTION((at) + offsetof(struct cli_service_options,		\
	    bearer))

struct cli_service_request {
	const char		*method;	/* "GET", "PUT", "POST" */
	const char		*path;		/* "/policies/SgxEnclave" */
	struct assay_bytes	 body;
	const char		*content_type;
};

/*
 * Ask and verify. The claims of the answer, a new reference; NULL on failure
 * with *refusal filled if it was the service's (free it in any case). USAGE,
 * what assay_exchange() and assay_token_verify() say.
 */
ASSAY_MUST_USE json_t *cli_service_ask(const struct cli_service_options *opt,
    const struct cli_service_request *request, struct assay_refusal *refusal,
    struct assay_error *err);

/* Report a failure of cli_service_ask(). */
enum cli_exit cli_service_failed(struct cli_output *out,
    const struct assay_refusal *refusal, const struct assay_error *err);

#endif
