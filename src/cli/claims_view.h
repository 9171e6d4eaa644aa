/* SPDX-License-Identifier: Apache-2.0 */
/* What the core found out, as JSON and words for commands to show. */
#ifndef ASSAY_CLI_CLAIMS_VIEW_H
#define ASSAY_CLI_CLAIMS_VIEW_H

#include <assay/claims.h>

#include "json/json.h"

/*
 * {type: value}; a type that occurs more than once has an array. A new
 * reference, NULL on failure.
 */
ASSAY_MUST_USE json_t *cli_claims_json(struct assay_claims *set,
    struct assay_error *err);

/* Where the check of this name is specified; "" if there is none. */
const char *cli_check_source(const char *name);

#endif
