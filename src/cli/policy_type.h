/* SPDX-License-Identifier: Apache-2.0 */
/* Attestation types, each of which has a policy of its own. */
#ifndef ASSAY_CLI_POLICY_TYPE_H
#define ASSAY_CLI_POLICY_TYPE_H

#include <assay/error.h>

/*
 * The type as the API spells it (static) of a name without regard to case:
 * "SgxEnclave" or our word for the evidence, "sgx". USAGE.
 */
ASSAY_MUST_USE bool cli_policy_type(const char *name, const char **out,
    struct assay_error *err);

#endif
