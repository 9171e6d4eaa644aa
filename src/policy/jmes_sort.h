/* SPDX-License-Identifier: Apache-2.0 */
/* Order among the elements of an array, by themselves or by a key. */
#ifndef ASSAY_POLICY_JMES_SORT_H
#define ASSAY_POLICY_JMES_SORT_H

#include "policy/jmes_function.h"

/*
 * key: the chain that makes the key of an element, or NULL for the element
 * itself. Keys are all numbers or all strings, else ASSAY_JMES_INVALID_TYPE.
 * A new reference; NULL after recording an error.
 */

/* Stable: elements of equal keys keep their order. */
json_t *assay_jmes_sorted(struct jmes_eval *ev, json_t *array,
    const struct jmes_node *key);
/* The first of the greatest or smallest elements; null of an empty array. */
json_t *assay_jmes_extreme(struct jmes_eval *ev, json_t *array,
    const struct jmes_node *key, bool greatest);

#endif
