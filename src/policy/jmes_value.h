/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values as JMESPath sees them: truth, equality, order. */
#ifndef ASSAY_POLICY_JMES_VALUE_H
#define ASSAY_POLICY_JMES_VALUE_H

#include "policy/jmes_eval.h"

/* The first integer beyond int64_t, which a double holds exactly. */
#define JMES_TWO_63	9223372036854775808.0

/* "number", "array", ...: what type() answers; static. */
const char *assay_jmes_type_name(const json_t *value);
/* False are null, false, "", [] and {}. */
bool assay_jmes_truth(const json_t *value);
struct assay_bytes assay_jmes_text(const json_t *string);

/* Negative, 0, positive; exact, also between an integer and a real. */
int assay_jmes_compare_numbers(const json_t *a, const json_t *b);
/* By code point, which for UTF-8 is by byte. */
int assay_jmes_compare_strings(const json_t *a, const json_t *b);

/* Deep equality; numbers by value. False after recording an error. */
ASSAY_MUST_USE bool assay_jmes_equal(struct jmes_eval *ev, json_t *a,
    json_t *b, bool *out);

#endif
