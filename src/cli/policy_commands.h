/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the groups "assay policy" and "assay signer". */
#ifndef ASSAY_CLI_POLICY_COMMANDS_H
#define ASSAY_CLI_POLICY_COMMANDS_H

#include "cli/output.h"

extern const struct cli_command cmd_policy_check;
extern const struct cli_command cmd_policy_diff;
extern const struct cli_command cmd_policy_eval;
extern const struct cli_command cmd_policy_explain;
extern const struct cli_command cmd_policy_get;
extern const struct cli_command cmd_policy_history;
extern const struct cli_command cmd_policy_reset;
extern const struct cli_command cmd_policy_set;
extern const struct cli_command cmd_policy_sign;

#endif
