/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a TPM request that carry bytes, and that may be left out. */
#ifndef ASSAY_ATTEST_TPM_MEMBER_H
#define ASSAY_ATTEST_TPM_MEMBER_H

#include "attest/tpm_request.h"

struct assay_tpm_member {
	const char	*name;
	size_t		 max;		/* decoded bytes */
	bool		 must;		/* there, and not empty */
};

extern const struct assay_tpm_member assay_tpm_log_member;	/* "log" */

/* Not there, or null. */
bool assay_tpm_absent(const json_t *object, const char *name);
/*
 * Decoded base64url, kept in m (padding is tolerated; so is the standard
 * alphabet). Empty if it may be absent and is. JSON_MISSING_MEMBER, JSON_TYPE,
 * BAD_ENCODING, LIMIT_EXCEEDED, naming the member.
 */
ASSAY_MUST_USE bool assay_tpm_member(struct assay_tpm_submission *m,
    const json_t *object, const struct assay_tpm_member *member,
    struct assay_bytes *out, struct assay_error *err);
/*
 * A digest of size bytes as base64url or hex, which the length tells apart:
 * the protocol does not say which it wants. JSON_*, BAD_ENCODING, BAD_FIELD.
 */
ASSAY_MUST_USE bool assay_tpm_member_digest(const json_t *object,
    const char *name, size_t size, uint8_t *out, struct assay_error *err);

#endif
