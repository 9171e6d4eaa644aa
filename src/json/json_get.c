/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "json/json.h"

static const char *
type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a real";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		return "null";
	}
	return "nothing known";
}

struct assay_bytes
assay_json_string(const json_t *value)
{
	if (!json_is_string(value))
		return (struct assay_bytes){ NULL, 0 };
	return (struct assay_bytes){
	    (const uint8_t *)json_string_value(value),
	    json_string_length(value) };
}

static bool
wrong_type(struct assay_error *err, const char *name, const json_t *value,
    const char *want)
{
	return assay_fail(err, ASSAY_ERR_JSON_TYPE,
	    "member \"%s\" is %s, want %s", name, type_name(value), want);
}

/* The member, whatever its type; a null is there, and of the wrong type. */
static bool
get_member(const json_t *object, const char *name, json_t **out,
    struct assay_error *err)
{
	json_t *value;

	if (object == NULL || !json_is_object(object))
		return assay_fail(err, ASSAY_ERR_JSON_TYPE,
		    "value is %s, want an object with member \"%s\"",
		    object != NULL ? type_name(object) : "absent", name);
	if ((value = json_object_get(object, name)) == NULL)
		return assay_fail(err, ASSAY_ERR_JSON_MISSING_MEMBER,
		    "member \"%s\" is missing", name);
	*out = value;
	return true;
}

bool
assay_json_get_string(const json_t *object, const char *name,
    struct assay_bytes *out, struct assay_error *err)
{
	json_t *value;

	if (!get_member(object, name, &value, err))
		return false;
	if (!json_is_string(value))
		return wrong_type(err, name, value, "a string");
	*out = assay_json_string(value);
	return true;
}

bool
assay_json_get_int(const json_t *object, const char *name, int64_t min,
    int64_t max, int64_t *out, struct assay_error *err)
{
	json_t *value;
	int64_t v;

	if (!get_member(object, name, &value, err))
		return false;
	if (!json_is_integer(value))
		return wrong_type(err, name, value, "an integer");
	v = json_integer_value(value);
	if (v < min || v > max)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "member \"%s\" is %lld, want %lld to %lld", name,
		    (long long)v, (long long)min, (long long)max);
	*out = v;
	return true;
}

bool
assay_json_get_bool(const json_t *object, const char *name, bool *out,
    struct assay_error *err)
{
	json_t *value;

	if (!get_member(object, name, &value, err))
		return false;
	if (!json_is_boolean(value))
		return wrong_type(err, name, value, "a boolean");
	*out = json_is_true(value);
	return true;
}

bool
assay_json_get_object(const json_t *object, const char *name, json_t **out,
    struct assay_error *err)
{
	json_t *value;

	if (!get_member(object, name, &value, err))
		return false;
	if (!json_is_object(value))
		return wrong_type(err, name, value, "an object");
	*out = value;
	return true;
}

bool
assay_json_get_array(const json_t *object, const char *name, size_t max,
    json_t **out, struct assay_error *err)
{
	json_t *value;

	if (!get_member(object, name, &value, err))
		return false;
	if (!json_is_array(value))
		return wrong_type(err, name, value, "an array");
	if (json_array_size(value) > max)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "member \"%s\" has %zu elements, at most %zu", name,
		    json_array_size(value), max);
	*out = value;
	return true;
}

json_t *
assay_json_get_nocase(const json_t *object, const char *name,
    bool *ambiguous)
{
	json_t *mutable = (json_t *)(uintptr_t)object, *found = NULL;
	size_t hits = 0;

	*ambiguous = false;
	if (object == NULL || !json_is_object(object))
		return NULL;
	for (void *at = json_object_iter(mutable); at != NULL;
	    at = json_object_iter_next(mutable, at)) {
		if (!assay_text_is_nocase(
		    assay_bytes_of(json_object_iter_key(at)), name))
			continue;
		found = json_object_iter_value(at);
		hits++;
	}
	*ambiguous = hits > 1;
	return hits == 1 && !json_is_null(found) ? found : NULL;
}
