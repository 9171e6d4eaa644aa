/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "published.h"

struct assay_policy *
published_policy(const char *name)
{
	const char *root = getenv("ASSAY_SOURCE_ROOT");
	struct assay_policy *policy = NULL;
	struct assay_error err = { 0 };
	struct assay_buffer text;
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/tests/policy/%s.policy",
	    root != NULL ? root : ".", name);
	text = test_read(path);
	if (!assay_policy_compile(assay_buffer_bytes(&text), &policy, NULL,
	    &err))
		fail_msg("%s", err.text);
	assay_buffer_free(&text);
	return policy;
}

static json_t *
json_of(const struct assay_claim *claim)
{
	switch (claim->value_type) {
	case ASSAY_VALUE_INTEGER:	return json_integer(claim->integer);
	case ASSAY_VALUE_BOOLEAN:	return json_boolean(claim->boolean);
	case ASSAY_VALUE_STRING:
	case ASSAY_VALUE_JSON:		break;
	}
	return json_stringn((const char *)claim->text.ptr, claim->text.len);
}

/* What the token would say: one value, an array of several, or null. */
static json_t *
issued(struct assay_claims *set, const char *type)
{
	json_t *values = json_array(), *one;
	struct assay_claim claim;
	struct assay_error err;

	for (size_t i = 0; i < assay_claims_count(set); i++) {
		assert_true(assay_claims_at(set, i, &claim, &err));
		if (assay_bytes_equal(claim.type, assay_bytes_of(type)))
			(void)json_array_append_new(values, json_of(&claim));
	}
	if (json_array_size(values) > 1)
		return values;
	one = json_array_size(values) == 0 ? json_null() :
	    json_incref(json_array_get(values, 0));
	json_decref(values);
	return one;
}

/* The reference writes lists; claims are a set, so that what stands twice in
 * a log is one claim, and one claim is no list. */
static bool
same(json_t *have, json_t *want)
{
	json_t *set;
	bool equal;

	if (!json_is_array(want))
		return json_equal(have, want);
	set = json_array();
	for (size_t i = 0; i < json_array_size(want); i++) {
		json_t *one = json_array_get(want, i);
		size_t j = 0;

		while (j < json_array_size(set) &&
		    !json_equal(json_array_get(set, j), one))
			j++;
		if (j == json_array_size(set))
			(void)json_array_append(set, one);
	}
	equal = json_array_size(set) == 0 ? json_is_null(have) :
	    json_equal(have, json_array_size(set) == 1 ?
	    json_array_get(set, 0) : set);
	json_decref(set);
	return equal;
}

void
published_compare(struct test_table *t, const char *vector,
    struct assay_claims *set, json_t *want)
{
	const char *name;
	json_t *value;

	json_object_foreach(want, name, value) {
		json_t *have = issued(set, name);
		char *shown = json_dumps(have, JSON_ENCODE_ANY);
		char row[512];

		(void)snprintf(row, sizeof(row), "%s/%s", vector, name);
		test_row(t, row, same(have, value), "got %s", shown);
		free(shown);
		json_decref(have);
	}
}
