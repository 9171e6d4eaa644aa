/* SPDX-License-Identifier: Apache-2.0 */
/* What one may attest; cmd_attest.c collects them. */
#ifndef ASSAY_CLI_ATTEST_H
#define ASSAY_CLI_ATTEST_H

#include "cli/output.h"
#include "client/exchange.h"

extern const struct cli_command cmd_attest_tpm;

/*
 * What the service said against it, with its request id; step, if not NULL,
 * says what was being done.
 */
enum cli_exit cli_attest_refused(struct cli_output *out, const char *step,
    const struct assay_refusal *refusal, const struct assay_error *err);
/*
 * The token to the file, or to standard output if there is none; warns of an
 * unsecured one.
 */
ASSAY_MUST_USE bool cli_attest_deliver(struct cli_output *out, const char *to,
    const char *token, struct assay_error *err);

#endif
