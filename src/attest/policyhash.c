/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <assay/attest.h>

#include "base/encode.h"
#include "base/limits.h"
#include "crypto/digest.h"

bool
assay_policy_hash(struct assay_bytes text, char out[ASSAY_POLICY_HASH_TEXT],
    struct assay_error *err)
{
	struct assay_buffer b = assay_buffer(2 * ASSAY_MAX_POLICY_BYTES);
	struct assay_buffer hash = assay_buffer(ASSAY_POLICY_HASH_TEXT);
	struct assay_digest d;
	bool ok = false;

	(void)assay_base64url_encode(text, &b);
	if (!assay_buffer_ok(&b, "policy hash", err) ||
	    !assay_digest(ASSAY_SHA256, assay_buffer_bytes(&b), &d, err))
		goto out;
	(void)assay_base64url_encode(assay_digest_bytes(&d), &hash);
	if (!assay_buffer_ok(&hash, "policy hash", err))
		goto out;
	memset(out, 0, ASSAY_POLICY_HASH_TEXT);
	memcpy(out, hash.ptr, hash.len);
	ok = true;
out:
	assay_buffer_free(&b);
	assay_buffer_free(&hash);
	return ok;
}
