/* SPDX-License-Identifier: Apache-2.0 */
/* What one may simulate; cmd_sim.c collects them. */
#ifndef ASSAY_CLI_SIM_COMMANDS_H
#define ASSAY_CLI_SIM_COMMANDS_H

#include "cli/output.h"

extern const struct cli_command cmd_sim_tpm;

#endif
