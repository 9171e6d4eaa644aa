/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/when.h"
#include "collateral/intel_cert.h"
#include "collateral/signed_json.h"

/* Syntax is another code than sense, as in Intel's library. */
static bool
fail_parse(struct assay_error *err, const struct assay_signed_json_rules *rules)
{
	return assay_fail_as(err, err->code == ASSAY_ERR_JSON_SYNTAX ?
	    rules->unsupported : rules->invalid, rules->name);
}

void
assay_signed_json_free(struct assay_signed_json *doc)
{
	json_decref(doc->document);
	*doc = (struct assay_signed_json){ 0 };
}

bool
assay_signed_json_parse(struct assay_bytes in,
    const struct assay_signed_json_rules *rules,
    struct assay_signed_json *out, struct assay_error *err)
{
	const struct assay_json_options opt = {
		.max_bytes = ASSAY_MAX_COLLATERAL_JSON,
		.max_depth = ASSAY_MAX_COLLATERAL_DEPTH,
	};
	struct assay_signed_json doc = { 0 };

	if ((doc.document = assay_json_parse(in, &opt, err)) == NULL)
		return fail_parse(err, rules);
	if (!json_is_object(doc.document)) {
		(void)assay_fail(err, rules->invalid,
		    "%s: the document is not an object", rules->name);
		goto out;
	}
	if (!assay_json_get_object(doc.document, rules->name, &doc.body, err) ||
	    !assay_json_member_text(in, rules->name, &doc.text, err)) {
		(void)fail_parse(err, rules);
		goto out;
	}
	*out = doc;
	return true;
out:
	assay_signed_json_free(&doc);
	return false;
}

bool
assay_signed_json_verify(const struct assay_signed_json *doc,
    const struct assay_signed_json_rules *rules, const struct assay_pkey *key,
    struct assay_checks *checks, struct assay_error *err)
{
	uint8_t signature[64];
	bool ok;

	ok = assay_json_get_hex(doc->document, "signature", signature,
	    sizeof(signature), err) &&
	    assay_sig_verify(ASSAY_SIG_ES256_RAW, key, doc->text,
	    (struct assay_bytes){ signature, sizeof(signature) }, err);
	return assay_check_outcome(checks, rules->signature, ok,
	    rules->bad_signature, rules->name, err);
}

bool
assay_json_get_hex(const json_t *object, const char *name, uint8_t *out,
    size_t n, struct assay_error *err)
{
	struct assay_buffer b = assay_buffer(n);
	struct assay_bytes text;
	bool ok = false;

	if (!assay_json_get_string(object, name, &text, err))
		return false;
	if (text.len != 2 * n)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "%s has %zu characters, want %zu hex digits", name,
		    text.len, 2 * n);
	if (assay_hex_decode(text, &b, err)) {
		memcpy(out, b.ptr, n);
		ok = true;
	} else
		(void)assay_fail_in(err, name);
	assay_buffer_free(&b);
	return ok;
}

bool
assay_json_get_when(const json_t *object, const char *name, int64_t *out,
    struct assay_error *err)
{
	struct assay_bytes text;

	if (!assay_json_get_string(object, name, &text, err))
		return false;
	if (!assay_when_parse(text, out, err))
		return assay_fail_in(err, name);
	return true;
}
