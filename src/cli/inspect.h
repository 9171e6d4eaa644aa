/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of "assay inspect" have in common. */
#ifndef ASSAY_CLI_INSPECT_H
#define ASSAY_CLI_INSPECT_H

#include "cli/output.h"

struct inspect_options {
	const char	*file;
	bool		 json;
};

extern const struct cli_argument inspect_arguments[];
extern const struct cli_option inspect_options[];

extern const struct cli_command cmd_inspect_cert;
extern const struct cli_command cmd_inspect_eventlog;
extern const struct cli_command cmd_inspect_ima;
extern const struct cli_command cmd_inspect_quote;
extern const struct cli_command cmd_inspect_report;
extern const struct cli_command cmd_inspect_token;

#endif
