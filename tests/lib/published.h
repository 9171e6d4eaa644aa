/* SPDX-License-Identifier: Apache-2.0 */
/* The policies that the documents of Azure Attestation publish for TPMs. */
#ifndef ASSAY_TEST_PUBLISHED_H
#define ASSAY_TEST_PUBLISHED_H

#include <assay/policy.h>

#include "json/json.h"
#include "testlib.h"

/* tests/policy/NAME.policy, compiled. */
struct assay_policy *published_policy(const char *name);
/* One row for each member of want: was it issued with this value? Lists are
 * sets, and a list of one is its member. */
void published_compare(struct test_table *t, const char *vector,
    struct assay_claims *set, json_t *want);

#endif
