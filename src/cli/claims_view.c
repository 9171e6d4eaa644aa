/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "cli/claims_view.h"

static json_t *
claim_value(const struct assay_claim *claim, struct assay_error *err)
{
	json_t *value = NULL;

	switch (claim->value_type) {
	case ASSAY_VALUE_STRING:
		value = json_stringn((const char *)claim->text.ptr,
		    claim->text.len);
		break;
	case ASSAY_VALUE_INTEGER:
		value = json_integer(claim->integer);
		break;
	case ASSAY_VALUE_BOOLEAN:
		value = json_boolean(claim->boolean);
		break;
	case ASSAY_VALUE_JSON:
		return assay_json_parse(claim->text, NULL, err);
	}
	if (value == NULL)
		(void)assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "claim \"%.*s\" is not UTF-8", (int)claim->type.len,
		    (const char *)claim->type.ptr);
	return value;
}

/* How many claims before index have the type of the claim there. */
static size_t
earlier(const struct assay_claims *set, size_t index)
{
	size_t n = 0;

	for (size_t i = 0; i < index; i++)
		n += assay_bytes_equal(assay_claims_type_at(set, i),
		    assay_claims_type_at(set, index));
	return n;
}

/* Takes value. The second of a type makes an array, later ones join it. */
static bool
add_value(json_t *object, const char *name, json_t *value, size_t n)
{
	json_t *have = json_object_get(object, name), *array;

	if (n == 0)
		return json_object_set_new(object, name, value) == 0;
	if (n > 1)
		return json_array_append_new(have, value) == 0;
	array = json_pack("[O, o]", have, value);
	return json_object_set_new(object, name, array) == 0;
}

static bool
add_claim(json_t *object, struct assay_claims *set, size_t index,
    struct assay_error *err)
{
	struct assay_claim claim;
	json_t *value;
	char *name;
	bool ok;

	if (!assay_claims_at(set, index, &claim, err) ||
	    (value = claim_value(&claim, err)) == NULL)
		return false;
	if ((name = assay_strdup_bytes(claim.type)) == NULL) {
		json_decref(value);
		return assay_fail_memory(err, "claims");
	}
	ok = add_value(object, name, value, earlier(set, index));
	free(name);
	return ok || assay_fail_memory(err, "claims");
}

json_t *
cli_claims_json(struct assay_claims *set, struct assay_error *err)
{
	json_t *object = json_object();

	if (object == NULL) {
		(void)assay_fail_memory(err, "claims");
		return NULL;
	}
	for (size_t i = 0; i < assay_claims_count(set); i++) {
		if (!add_claim(object, set, i, err)) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

const char *
cli_check_source(const char *name)
{
	for (int id = 0; id < ASSAY_CHECK_COUNT; id++)
		if (strcmp(assay_check_name((enum assay_check_id)id),
		    name) == 0)
			return assay_check_source((enum assay_check_id)id);
	return "";
}
