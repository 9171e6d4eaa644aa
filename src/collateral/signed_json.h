/* SPDX-License-Identifier: Apache-2.0 */
/*
 * {"<name>":{...},"signature":"<128 hex digits>"}: the envelope of TCB info
 * and enclave identities. The signature is over the bytes of the inner object
 * exactly as served (sgx-tdx: never over a re-serialised copy), and what is
 * used is parsed from the same bytes, in which no member occurs twice.
 */
#ifndef ASSAY_COLLATERAL_SIGNED_JSON_H
#define ASSAY_COLLATERAL_SIGNED_JSON_H

#include "base/check.h"
#include "crypto/sigver.h"
#include "json/json.h"

struct assay_signed_json_rules {
	const char		*name;		/* "tcbInfo" */
	enum assay_code		 unsupported;	/* not JSON at all */
	enum assay_code		 invalid;	/* JSON, but not this */
	enum assay_code		 bad_signature;
	enum assay_check_id	 signature;
};

struct assay_signed_json {
	json_t			*document;
	json_t			*body;		/* borrowed from document */
	struct assay_bytes	 text;		/* of body, in the input */
};

/* Free with assay_signed_json_free(). The input must outlive it. */
ASSAY_MUST_USE bool assay_signed_json_parse(struct assay_bytes in,
    const struct assay_signed_json_rules *rules,
    struct assay_signed_json *out, struct assay_error *err);
void assay_signed_json_free(struct assay_signed_json *doc);
ASSAY_MUST_USE bool assay_signed_json_verify(
    const struct assay_signed_json *doc,
    const struct assay_signed_json_rules *rules,
    const struct assay_pkey *key, struct assay_checks *checks,
    struct assay_error *err);

/* A member that is a hex string of exactly n bytes, either case. */
ASSAY_MUST_USE bool assay_json_get_hex(const json_t *object, const char *name,
    uint8_t *out, size_t n, struct assay_error *err);
/* A member that is an RFC 3339 time as Intel writes it. */
ASSAY_MUST_USE bool assay_json_get_when(const json_t *object,
    const char *name, int64_t *out, struct assay_error *err);

#endif
