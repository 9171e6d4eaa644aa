/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of the claim events, appended to a text. What does not fit is
 * remembered by the buffer.
 */
#ifndef ASSAY_EVIDENCE_BOOT_JSON_H
#define ASSAY_EVIDENCE_BOOT_JSON_H

#include "evidence/boot_scan.h"

/* "name": with a comma before it unless it is the first of its object. */
void assay_boot_put_name(struct assay_buffer *out, const char *name);
/* Values. Text must be UTF-8. A number above 2^63 - 1 becomes a string of its
 * digits, since JSON readers have no integers of that size. */
void assay_boot_put_text(struct assay_buffer *out, struct assay_bytes text);
void assay_boot_put_base64url(struct assay_buffer *out,
    struct assay_bytes bytes);
void assay_boot_put_number(struct assay_buffer *out, uint64_t value);
/* {"RawData":"..."} without its closing brace. */
void assay_boot_put_raw(struct assay_buffer *out, struct assay_bytes bytes);

/* The object of tagged data: {"EVENT_TRUSTBOUNDARY":{...}}. Errors as
 * assay_sipa_parse(). */
ASSAY_MUST_USE bool assay_boot_put_tagged(struct assay_buffer *out,
    struct assay_bytes data, struct assay_error *err);
/* The object of an IMA entry; quoted as in boot_events.h. */
ASSAY_MUST_USE bool assay_boot_put_ima(struct assay_buffer *out,
    const struct assay_ima_entry *e, const struct assay_pcrs *quoted,
    struct assay_error *err);

#endif
