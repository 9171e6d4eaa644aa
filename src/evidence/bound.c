/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "evidence/bound.h"

#define SLOT_MAX 64

bool
assay_bound_check(struct assay_bytes data, struct assay_bytes slot,
    enum assay_check_id id, struct assay_checks *checks,
    struct assay_error *err)
{
	bool runtime = id == ASSAY_CHECK_RUNTIME_DATA;
	enum assay_code code = runtime ? ASSAY_ERR_RUNTIME_DATA_MISMATCH :
	    ASSAY_ERR_INIT_TIME_DATA_MISMATCH;
	const char *what = runtime ? "runtime data" : "init-time data";
	char found[2 * SLOT_MAX + 1] = "", wanted[2 * ASSAY_DIGEST_MAX + 1];
	uint8_t want[SLOT_MAX] = { 0 };
	struct assay_digest d;
	bool ok;

	if (!assay_digest(ASSAY_SHA256, data, &d, err))
		return assay_fail_in(err, what);
	memcpy(want, d.bytes, d.len);
	ok = slot.len >= d.len && slot.len <= SLOT_MAX && assay_bytes_equal(
	    slot, (struct assay_bytes){ want, slot.len });
	if (assay_check(checks, id, ok))
		return true;
	if (slot.len == 0)
		return assay_fail(err, code, "the evidence has nothing that "
		    "%s could be bound to", what);
	if (slot.len <= SLOT_MAX)
		assay_hex(slot, found);
	assay_hex(assay_digest_bytes(&d), wanted);
	return assay_fail(err, code, "%s of %zu bytes has SHA-256 %s; the "
	    "evidence has %s, want the hash followed by zeros", what,
	    data.len, wanted, found);
}
