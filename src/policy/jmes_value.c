/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy/jmes_value.h"

const char *
assay_jmes_type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "object";
	case JSON_ARRAY:
		return "array";
	case JSON_STRING:
		return "string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "boolean";
	case JSON_NULL:
		return "null";
	}
	return "null";
}

bool
assay_jmes_truth(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return json_object_size(value) != 0;
	case JSON_ARRAY:
		return json_array_size(value) != 0;
	case JSON_STRING:
		return json_string_length(value) != 0;
	case JSON_INTEGER:
	case JSON_REAL:
	case JSON_TRUE:
		return true;
	case JSON_FALSE:
	case JSON_NULL:
		return false;
	}
	return false;
}

struct assay_bytes
assay_jmes_text(const json_t *string)
{
	return (struct assay_bytes){
	    (const uint8_t *)json_string_value(string),
	    json_string_length(string) };
}

/* Without rounding the integer, which a double may not hold. */
static int
compare_mixed(int64_t integer, double real)
{
	int64_t whole;

	if (real >= JMES_TWO_63)
		return -1;
	if (real < -JMES_TWO_63)
		return 1;
	whole = (int64_t)real;		/* towards zero */
	if (integer != whole)
		return integer < whole ? -1 : 1;
	if (real == (double)whole)
		return 0;
	return (double)whole < real ? -1 : 1;
}

static int
compare_reals(double a, double b)
{
	return (a > b) - (a < b);
}

int
assay_jmes_compare_numbers(const json_t *a, const json_t *b)
{
	if (json_is_integer(a) && json_is_integer(b)) {
		int64_t i = json_integer_value(a), j = json_integer_value(b);

		return (i > j) - (i < j);
	}
	if (json_is_integer(a))
		return compare_mixed(json_integer_value(a),
		    json_real_value(b));
	if (json_is_integer(b))
		return -compare_mixed(json_integer_value(b),
		    json_real_value(a));
	return compare_reals(json_real_value(a), json_real_value(b));
}

int
assay_jmes_compare_strings(const json_t *a, const json_t *b)
{
	size_t n = json_string_length(a), m = json_string_length(b);
	int c = memcmp(json_string_value(a), json_string_value(b),
	    n < m ? n : m);

	return c != 0 ? c : (n > m) - (n < m);
}

static bool
equal_arrays(struct jmes_eval *ev, json_t *a, json_t *b, bool *out)
{
	const size_t n = json_array_size(a);

	*out = n == json_array_size(b);
	for (size_t i = 0; *out && i < n; i++)
		if (!assay_jmes_equal(ev, json_array_get(a, i),
		    json_array_get(b, i), out))
			return false;
	return true;
}

static bool
equal_objects(struct jmes_eval *ev, json_t *a, json_t *b, bool *out)
{
	const char *name;
	json_t *value;

	*out = json_object_size(a) == json_object_size(b);
	json_object_foreach(a, name, value) {
		json_t *other = json_object_get(b, name);

		if (other == NULL)
			*out = false;
		if (!*out)
			return true;
		if (!assay_jmes_equal(ev, value, other, out))
			return false;
	}
	return true;
}

bool
assay_jmes_equal(struct jmes_eval *ev, json_t *a, json_t *b, bool *out)
{
	size_t steps = 1;

	if (json_is_string(a) && json_is_string(b))
		steps = JMES_TEXT_STEPS(json_string_length(a));
	if (!assay_jmes_spend(ev, steps, 0))
		return false;
	if (a == b)
		*out = true;
	else if (json_is_number(a) && json_is_number(b))
		*out = assay_jmes_compare_numbers(a, b) == 0;
	else if (json_typeof(a) != json_typeof(b))
		*out = false;
	else if (json_is_array(a))
		return equal_arrays(ev, a, b, out);
	else if (json_is_object(a))
		return equal_objects(ev, a, b, out);
	else if (json_is_string(a))
		*out = assay_jmes_compare_strings(a, b) == 0;
	else
		*out = true;	/* both null, both true or both false */
	return true;
}
