/* SPDX-License-Identifier: Apache-2.0 */
/* Tagged data of Windows as JSON. */
#ifndef ASSAY_CLI_SIPA_VIEW_H
#define ASSAY_CLI_SIPA_VIEW_H

#include "cli/output.h"
#include "evidence/sipa.h"

/*
 * Add the records: a member per id, {"EVENT_X": value}, an array where an id
 * repeats; containers are objects, payloads without a plain form hex. Data
 * that does not parse adds nothing.
 */
void cli_sipa_view(json_t *out, struct assay_bytes data);

#endif
