/* SPDX-License-Identifier: Apache-2.0 */
/* The access token that a command shows to a service. */
#ifndef ASSAY_CLI_BEARER_OPTION_H
#define ASSAY_CLI_BEARER_OPTION_H

#include "client/exchange.h"

/* The row of a table of options. */
#define CLI_BEARER_OPTION(at)						\
	{ "bearer", 0, CLI_TEXT, (at), "FILE",				\
	    "file with the access token to send", false }

/*
 * How to reach a service, with the token of the file path (NULL: none), which
 * *header then holds and to->authorization points into. IO_FAILED, USAGE.
 * Wipe *header in any case.
 */
ASSAY_MUST_USE bool cli_reach(const char *url, const char *cacert,
    const char *path, struct assay_buffer *header,
    struct assay_service_address *to, struct assay_error *err);

#endif
