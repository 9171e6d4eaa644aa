/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "attest/tpm_member.h"
#include "base/encode.h"
#include "json/json.h"

const struct assay_tpm_member assay_tpm_log_member = {
	"log", ASSAY_MAX_EVENTLOG_BYTES, false
};

bool
assay_tpm_absent(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return value == NULL || json_is_null(value);
}

bool
assay_tpm_member(struct assay_tpm_submission *m, const json_t *object,
    const struct assay_tpm_member *member, struct assay_bytes *out,
    struct assay_error *err)
{
	struct assay_buffer *blob;
	struct assay_bytes text;

	*out = (struct assay_bytes){ NULL, 0 };
	if (!member->must && assay_tpm_absent(object, member->name))
		return true;
	if (!assay_json_get_string(object, member->name, &text, err))
		return false;
	if (m->n_blobs == ASSAY_TPM_BLOBS)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "request has more than %d members with bytes",
		    ASSAY_TPM_BLOBS);
	blob = &m->blobs[m->n_blobs++];
	*blob = assay_buffer(member->max);
	if (!assay_base64_decode_any(text, blob, err))
		return assay_fail_in(err, member->name);
	if (member->must && blob->len == 0)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "member \"%s\" is empty", member->name);
	*out = assay_buffer_bytes(blob);
	return true;
}

bool
assay_tpm_member_digest(const json_t *object, const char *name, size_t size,
    uint8_t *out, struct assay_error *err)
{
	struct assay_buffer digest = assay_buffer(ASSAY_MAX_TPM_BLOB);
	struct assay_bytes text;
	bool ok;

	if (!assay_json_get_string(object, name, &text, err))
		return false;
	ok = text.len == 2 * size ? assay_hex_decode(text, &digest, err) :
	    assay_base64_decode_any(text, &digest, err);
	if (!ok)
		(void)assay_fail_in(err, name);
	else if (digest.len != size)
		ok = assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "%s has %zu bytes, want %zu", name, digest.len, size);
	else
		memcpy(out, digest.ptr, size);
	assay_buffer_free(&digest);
	return ok;
}
