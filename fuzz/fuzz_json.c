/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: a JSON text. What is read is written, and reads back the same. */
#include <stdlib.h>
#include <string.h>

#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_written(const json_t *value, bool pretty)
{
	struct assay_buffer text = assay_buffer(1u << 26);
	struct assay_error err = { 0 };
	json_t *back;

	if (!(pretty ? assay_json_write_pretty : assay_json_write)(value,
	    &text, &err))
		abort();
	back = assay_json_parse(assay_buffer_bytes(&text), NULL, &err);
	if (back == NULL || !json_equal(back, (json_t *)(uintptr_t)value))
		abort();
	json_decref(back);
	assay_buffer_free(&text);
}

/* The span of a member is a text of its own with the member's value. */
static void
check_span(struct assay_bytes text, json_t *value)
{
	void *first = json_object_iter(value);
	struct assay_error err = { 0 };
	struct assay_bytes span;
	json_t *member;

	/* A name with '/' has no path (json.h). */
	if (first == NULL || strchr(json_object_iter_key(first), '/') != NULL)
		return;
	if (!assay_json_member_text(text, json_object_iter_key(first), &span,
	    &err))
		abort();
	member = assay_json_parse(span, NULL, &err);
	if (member == NULL ||
	    !json_equal(member, json_object_iter_value(first)))
		abort();
	json_decref(member);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct assay_json_options big = {
		.big_integers_as_text = true,
	};
	const struct assay_bytes text = { data, len };
	struct assay_error err = { 0 };
	json_t *value;

	if ((value = assay_json_parse(text, NULL, &err)) != NULL) {
		check_written(value, false);
		check_written(value, true);
		check_span(text, value);
		json_decref(value);
	}
	json_decref(assay_json_parse(text, &big, &err));
	return 0;
}
