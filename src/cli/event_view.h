/* SPDX-License-Identifier: Apache-2.0 */
/* What the data of a TCG event says, as JSON and in one line. */
#ifndef ASSAY_CLI_EVENT_VIEW_H
#define ASSAY_CLI_EVENT_VIEW_H

#include "cli/output.h"
#include "evidence/eventlog.h"

/* Lower-case hex as a JSON string. */
json_t *cli_hex_json(struct assay_bytes bytes);

/* "sha256" of a TPM_ALG_ID, its number if it has no name here. */
const char *cli_alg_name(uint16_t alg, char out[16]);

/*
 * {"raw":HEX, ...}: the bytes, and by the event's type what they mean, in the
 * names of the specifications. Nothing here says that it is true: that is
 * digest_verified. A new reference; NULL when out of memory.
 */
json_t *cli_event_data(const struct assay_event *e);

/*
 * The same for people: "name=value ..." without the raw bytes, unless there
 * is nothing else; at most max bytes, then "...".
 */
void cli_put_event_data(struct cli_output *out, json_t *data, size_t max);

#endif
