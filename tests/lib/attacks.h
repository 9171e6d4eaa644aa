/* SPDX-License-Identifier: Apache-2.0 */
/* The shared list of attacks on JSON Web Tokens. */
#ifndef ASSAY_TEST_ATTACKS_H
#define ASSAY_TEST_ATTACKS_H

#include <assay/token.h>

#include <jansson.h>

#include "base/buffer.h"

/* The whole list; its rows are in "cases". Ask test_shared() before. */
json_t *attacks_load(void);
/* The keys that the attacked trust; free them. */
struct assay_keyset *attacks_keys(const json_t *root);
/* The token of a row, in out instead of what was there. */
void attack_token(const json_t *row, struct assay_buffer *out);
bool attack_is_for(const json_t *row, const char *context);

#endif
