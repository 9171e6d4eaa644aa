/* SPDX-License-Identifier: Apache-2.0 */
/* Every command; assay.c collects them in its table. */
#ifndef ASSAY_CLI_COMMANDS_H
#define ASSAY_CLI_COMMANDS_H

#include "cli/output.h"

#endif
