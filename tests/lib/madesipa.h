/* SPDX-License-Identifier: Apache-2.0 */
/* Tagged data of Windows, and UEFI variables, made on the spot. */
#ifndef ASSAY_TEST_MADESIPA_H
#define ASSAY_TEST_MADESIPA_H

#include "base/buffer.h"
#include "crypto/pkey.h"

/* A record whose size is filled in by its end. */
size_t made_sipa_begin(struct assay_buffer *b, uint32_t id);
void made_sipa_end(struct assay_buffer *b, size_t from);
void made_sipa(struct assay_buffer *b, uint32_t id, struct assay_bytes in);
void made_sipa_bool(struct assay_buffer *b, uint32_t id, uint8_t value);
/* VSM_IDKS_INFO and its like. */
void made_sipa_key(struct assay_buffer *b, uint32_t id,
    const struct assay_pkey *key);

/* UEFI_VARIABLE_DATA of the global GUID; name is ASCII. */
void made_variable(struct assay_buffer *b, const char *name,
    struct assay_bytes value);

#endif
