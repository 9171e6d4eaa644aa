/* SPDX-License-Identifier: Apache-2.0 */
/* assay policy: what the author of a policy needs. */
#include "cli/commands.h"
#include "cli/policy_commands.h"

static const struct cli_command *const commands[] = {
	&cmd_policy_check,
	&cmd_policy_eval,
	&cmd_policy_explain,
	&cmd_policy_diff,
	&cmd_policy_sign,
	&cmd_policy_get,
	&cmd_policy_set,
	&cmd_policy_reset,
	&cmd_policy_history,
	NULL
};

const struct cli_command cmd_policy = {
	.name = "policy",
	.summary = "write, try, sign and manage policies",
	.subcommands = commands,
};
