/* SPDX-License-Identifier: Apache-2.0 */
/* Every command; assay.c collects them in its table. */
#ifndef ASSAY_CLI_COMMANDS_H
#define ASSAY_CLI_COMMANDS_H

#include "cli/output.h"

extern const struct cli_command cmd_aik;
extern const struct cli_command cmd_appraise;
extern const struct cli_command cmd_attest;
extern const struct cli_command cmd_baseline;
extern const struct cli_command cmd_collateral;
extern const struct cli_command cmd_inspect;
extern const struct cli_command cmd_key;
extern const struct cli_command cmd_policy;
extern const struct cli_command cmd_signer;
extern const struct cli_command cmd_sim;
extern const struct cli_command cmd_sim_pcs;
extern const struct cli_command cmd_verify;

#endif
