/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of assay collateral that have a file of their own. */
#ifndef ASSAY_CLI_COLLATERAL_COMMANDS_H
#define ASSAY_CLI_COLLATERAL_COMMANDS_H

#include "cli/commands.h"

extern const struct cli_command cmd_collateral_block;
extern const struct cli_command cmd_collateral_unblock;
extern const struct cli_command cmd_collateral_blocked;
extern const struct cli_command cmd_collateral_floor;

#endif
