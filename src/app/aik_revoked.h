/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of TPMs that are not believed any more, by the SHA-256 of
 * their DER: AIKs, their issuers, endorsement keys. Kept as history, subject
 * "aik-revoked": what is revoked stays revoked.
 */
#ifndef ASSAY_APP_AIK_REVOKED_H
#define ASSAY_APP_AIK_REVOKED_H

#include "app/store.h"

#define ASSAY_AIK_SUBJECT		"aik"
#define ASSAY_AIK_REVOKED_SUBJECT	"aik-revoked"

struct assay_aik_revoked {
	uint8_t	(*print)[32];
	size_t	 n;
};
/* Free in any case. LIMIT_EXCEEDED, STORE_FAILED. */
ASSAY_MUST_USE bool assay_aik_revoked_load(struct assay_store *store,
    struct assay_aik_revoked *out, struct assay_error *err);
void assay_aik_revoked_free(struct assay_aik_revoked *list);
bool assay_aik_revoked_has(const struct assay_aik_revoked *list,
    const uint8_t print[32]);

/* 64 hex digits, either case, colons between bytes allowed. */
bool assay_aik_fingerprint_parse(struct assay_bytes text, uint8_t out[32]);

/* *already: it was revoked before, nothing is changed. */
ASSAY_MUST_USE bool assay_aik_revoke(struct assay_store *store,
    const uint8_t print[32], const struct assay_store_change *change,
    bool *already, struct assay_error *err);

#endif
