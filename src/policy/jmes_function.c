/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of the specification ("Built-in Functions"), and
 * equals_ignore_case. Arity and types of the arguments were checked.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "policy/jmes_sort.h"
#include "policy/jmes_value.h"

/* The integer if the real is one, so that ceil() answers 2, not 2.0. */
static json_t *
whole(struct jmes_eval *ev, double real)
{
	if (real >= -JMES_TWO_63 && real < JMES_TWO_63 && real == trunc(real))
		return assay_jmes_integer(ev, (int64_t)real);
	return assay_jmes_real(ev, real);
}

static json_t *
call_abs(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	json_t *x = args[0].value;
	int64_t i = json_integer_value(x);

	(void)n;
	if (json_is_real(x))
		return assay_jmes_real(ev, fabs(json_real_value(x)));
	if (i == INT64_MIN)
		return assay_jmes_real(ev, JMES_TWO_63);
	return assay_jmes_integer(ev, i < 0 ? -i : i);
}

static json_t *
call_ceil(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	json_t *x = args[0].value;

	(void)n;
	return json_is_integer(x) ? json_incref(x) :
	    whole(ev, ceil(json_real_value(x)));
}

static json_t *
call_floor(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	json_t *x = args[0].value;

	(void)n;
	return json_is_integer(x) ? json_incref(x) :
	    whole(ev, floor(json_real_value(x)));
}

/* False if the sum is no 64-bit integer. */
static bool
sum_integers(const json_t *numbers, int64_t *out)
{
	int64_t sum = 0;

	for (size_t i = 0; i < json_array_size(numbers); i++) {
		const json_t *x = json_array_get(numbers, i);

		if (!json_is_integer(x) || __builtin_add_overflow(sum,
		    json_integer_value(x), &sum))
			return false;
	}
	*out = sum;
	return true;
}

static double
sum_reals(const json_t *numbers)
{
	double sum = 0;

	for (size_t i = 0; i < json_array_size(numbers); i++)
		sum += json_number_value(json_array_get(numbers, i));
	return sum;
}

static json_t *
call_sum(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	int64_t sum;

	(void)n;
	if (sum_integers(args[0].value, &sum))
		return assay_jmes_integer(ev, sum);
	return assay_jmes_real(ev, sum_reals(args[0].value));
}

static json_t *
call_avg(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	const size_t count = json_array_size(args[0].value);
	int64_t sum;

	(void)n;
	if (count == 0)
		return json_null();
	if (sum_integers(args[0].value, &sum) && sum % (int64_t)count == 0)
		return assay_jmes_integer(ev, sum / (int64_t)count);
	return assay_jmes_real(ev, sum_reals(args[0].value) / (double)count);
}

static json_t *
array_contains(struct jmes_eval *ev, json_t *array, json_t *search)
{
	bool equal = false;

	for (size_t i = 0; !equal && i < json_array_size(array); i++)
		if (!assay_jmes_equal(ev, json_array_get(array, i), search,
		    &equal))
			return NULL;
	return json_boolean(equal);
}

static json_t *
call_contains(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	struct assay_bytes in, part;

	(void)n;
	if (json_is_array(args[0].value))
		return array_contains(ev, args[0].value, args[1].value);
	if (!json_is_string(args[1].value))
		return json_false();
	in = assay_jmes_text(args[0].value);
	part = assay_jmes_text(args[1].value);
	if (!assay_jmes_spend(ev, JMES_TEXT_STEPS(in.len + part.len), 0))
		return NULL;
	return json_boolean(memmem(in.ptr, in.len, part.ptr, part.len) !=
	    NULL);
}

/* Does the text have the part at its start or at its end? */
static json_t *
has_at(struct jmes_eval *ev, const struct jmes_argument *args, bool end)
{
	const struct assay_bytes in = assay_jmes_text(args[0].value);
	const struct assay_bytes part = assay_jmes_text(args[1].value);

	if (!assay_jmes_spend(ev, JMES_TEXT_STEPS(part.len), 0))
		return NULL;
	return json_boolean(part.len <= in.len && memcmp(in.ptr +
	    (end ? in.len - part.len : 0), part.ptr, part.len) == 0);
}

static json_t *
call_starts_with(struct jmes_eval *ev, const struct jmes_argument *args,
    size_t n)
{
	(void)n;
	return has_at(ev, args, false);
}

static json_t *
call_ends_with(struct jmes_eval *ev, const struct jmes_argument *args,
    size_t n)
{
	(void)n;
	return has_at(ev, args, true);
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/*
 * Not in the specification: Azure Attestation adds it for file paths of
 * Windows. Only ASCII letters have a case here, so that what is equal does
 * not depend on a locale. null, the value of an absent member, equals
 * nothing.
 */
static json_t *
call_equals_ignore_case(struct jmes_eval *ev, const struct jmes_argument *args,
    size_t n)
{
	struct assay_bytes a, b;

	(void)n;
	if (!json_is_string(args[0].value) || !json_is_string(args[1].value))
		return json_false();
	a = assay_jmes_text(args[0].value);
	b = assay_jmes_text(args[1].value);
	if (!assay_jmes_spend(ev, JMES_TEXT_STEPS(a.len), 0))
		return NULL;
	if (a.len != b.len)
		return json_false();
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return json_false();
	return json_true();
}

/* The string that is in the buffer, which has its failure checked. */
static json_t *
from_buffer(struct jmes_eval *ev, const struct assay_buffer *b)
{
	if (!b->failed)
		return assay_jmes_string(ev, assay_buffer_bytes(b));
	return assay_jmes_error(ev, ASSAY_JMES_LIMIT,
	    "evaluation makes more text than the policy may use");
}

static json_t *
call_join(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	const struct assay_bytes glue = assay_jmes_text(args[0].value);
	struct assay_buffer b = assay_buffer(ev->budget->bytes);
	json_t *result;

	(void)n;
	for (size_t i = 0; !b.failed && i < json_array_size(args[1].value);
	    i++) {
		if (i != 0)
			(void)assay_buffer_put(&b, glue);
		(void)assay_buffer_put(&b,
		    assay_jmes_text(json_array_get(args[1].value, i)));
	}
	result = from_buffer(ev, &b);
	assay_buffer_free(&b);
	return result;
}

static json_t *
call_to_string(struct jmes_eval *ev, const struct jmes_argument *args,
    size_t n)
{
	struct assay_buffer b = assay_buffer(ev->budget->bytes);
	struct assay_error err = { 0 };
	json_t *result = NULL;

	(void)n;
	if (json_is_string(args[0].value))
		return json_incref(args[0].value);
	if (assay_json_write(args[0].value, &b, &err) || b.failed)
		result = from_buffer(ev, &b);
	else if (err.code == ASSAY_ERR_NO_MEMORY)
		result = assay_jmes_no_memory(ev);
	else
		result = assay_jmes_error(ev, ASSAY_JMES_LIMIT, "%.120s",
		    err.text);
	assay_buffer_free(&b);
	return result;
}

/*
 * A string that is a JSON number, all of it. An integer beyond 64 bits is
 * null rather than rounded, since two that round alike are not equal.
 */
static json_t *
number_from_text(struct jmes_eval *ev, struct assay_bytes text)
{
	struct assay_error err = { 0 };
	uint8_t first, last;
	json_t *value;

	if (!assay_jmes_spend(ev, JMES_TEXT_STEPS(text.len), 32))
		return NULL;
	if (text.len == 0)
		return json_null();
	first = text.ptr[0];
	last = text.ptr[text.len - 1];
	if ((first != '-' && (first < '0' || first > '9')) || last < '0' ||
	    last > '9')
		return json_null();
	if ((value = assay_json_parse(text, NULL, &err)) != NULL)
		return value;
	return err.code == ASSAY_ERR_NO_MEMORY ? assay_jmes_no_memory(ev) :
	    json_null();
}

static json_t *
call_to_number(struct jmes_eval *ev, const struct jmes_argument *args,
    size_t n)
{
	(void)n;
	if (json_is_number(args[0].value))
		return json_incref(args[0].value);
	if (!json_is_string(args[0].value))
		return json_null();
	return number_from_text(ev, assay_jmes_text(args[0].value));
}

static json_t *
call_to_array(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	json_t *array;

	(void)n;
	if (json_is_array(args[0].value))
		return json_incref(args[0].value);
	if ((array = assay_jmes_array(ev)) == NULL)
		return NULL;
	if (assay_jmes_append(ev, array, args[0].value))
		return array;
	json_decref(array);
	return NULL;
}

static json_t *
call_type(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	(void)n;
	return assay_jmes_string(ev,
	    assay_bytes_of(assay_jmes_type_name(args[0].value)));
}

/* Characters, not bytes. */
static size_t
characters(struct assay_bytes text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += (text.ptr[i] & 0xc0) != 0x80;
	return count;
}

static json_t *
call_length(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	json_t *x = args[0].value;
	size_t length;

	(void)n;
	if (!assay_jmes_spend(ev,
	    JMES_TEXT_STEPS(json_string_length(x)), 0))
		return NULL;
	if (json_is_string(x))
		length = characters(assay_jmes_text(x));
	else
		length = json_is_array(x) ? json_array_size(x) :
		    json_object_size(x);
	return assay_jmes_integer(ev, (int64_t)length);
}

static json_t *
reverse_string(struct jmes_eval *ev, struct assay_bytes text)
{
	uint8_t *reversed;
	json_t *result;
	size_t n;

	if (!assay_jmes_spend(ev, JMES_TEXT_STEPS(text.len), text.len))
		return NULL;
	if ((reversed = assay_alloc(text.len + 1, 1)) == NULL)
		return assay_jmes_no_memory(ev);
	for (size_t i = 0; i < text.len; i += n) {
		n = assay_utf8_length((struct assay_bytes){ text.ptr + i,
		    text.len - i });
		if (n == 0)
			n = 1;	/* cannot be: strings are UTF-8 */
		memcpy(reversed + text.len - i - n, text.ptr + i, n);
	}
	result = assay_jmes_string(ev,
	    (struct assay_bytes){ reversed, text.len });
	free(reversed);
	return result;
}

static json_t *
reverse_array(struct jmes_eval *ev, json_t *in)
{
	json_t *out = assay_jmes_array(ev);

	for (size_t i = json_array_size(in); out != NULL && i > 0; i--)
		if (!assay_jmes_append(ev, out, json_array_get(in, i - 1))) {
			json_decref(out);
			return NULL;
		}
	return out;
}

static json_t *
call_reverse(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	(void)n;
	if (json_is_string(args[0].value))
		return reverse_string(ev, assay_jmes_text(args[0].value));
	return reverse_array(ev, args[0].value);
}

/* The names of the members, or their values, in the order of the text. */
static json_t *
members(struct jmes_eval *ev, json_t *object, bool names)
{
	json_t *out = assay_jmes_array(ev);
	const char *name;
	json_t *value;

	if (out == NULL)
		return NULL;
	json_object_foreach(object, name, value) {
		json_t *item = names ?
		    assay_jmes_string(ev, assay_bytes_of(name)) :
		    json_incref(value);
		bool ok = item != NULL && assay_jmes_append(ev, out, item);

		json_decref(item);
		if (!ok) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static json_t *
call_keys(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	(void)n;
	return members(ev, args[0].value, true);
}

static json_t *
call_values(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	(void)n;
	return members(ev, args[0].value, false);
}

static json_t *
call_map(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	json_t *out = assay_jmes_array(ev);

	(void)n;
	for (size_t i = 0; out != NULL && i < json_array_size(args[1].value);
	    i++) {
		json_t *item = assay_jmes_run(ev, args[0].reference,
		    json_array_get(args[1].value, i));
		bool ok = item != NULL && assay_jmes_append(ev, out, item);

		json_decref(item);
		if (!ok) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static json_t *
call_merge(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	json_t *out = assay_jmes_object(ev);
	const char *name;
	json_t *value;

	for (size_t i = 0; out != NULL && i < n; i++)
		json_object_foreach(args[i].value, name, value)
			if (!assay_jmes_set(ev, out, name, value)) {
				json_decref(out);
				return NULL;
			}
	return out;
}

static json_t *
call_not_null(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	(void)ev;
	for (size_t i = 0; i < n; i++)
		if (!json_is_null(args[i].value))
			return json_incref(args[i].value);
	return json_null();
}

static json_t *
call_sort(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	(void)n;
	return assay_jmes_sorted(ev, args[0].value, NULL);
}

static json_t *
call_sort_by(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	(void)n;
	return assay_jmes_sorted(ev, args[0].value, args[1].reference);
}

static json_t *
call_max(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	(void)n;
	return assay_jmes_extreme(ev, args[0].value, NULL, true);
}

static json_t *
call_max_by(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	(void)n;
	return assay_jmes_extreme(ev, args[0].value, args[1].reference, true);
}

static json_t *
call_min(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	(void)n;
	return assay_jmes_extreme(ev, args[0].value, NULL, false);
}

static json_t *
call_min_by(struct jmes_eval *ev, const struct jmes_argument *args, size_t n)
{
	(void)n;
	return assay_jmes_extreme(ev, args[0].value, args[1].reference, false);
}

#define NUMBER		JMES_P_NUMBER
#define STRING		JMES_P_STRING
#define ARRAY		JMES_P_ARRAY
#define OBJECT		JMES_P_OBJECT
#define NUMBERS		JMES_P_NUMBERS
#define STRINGS		JMES_P_STRINGS
#define ANY		JMES_P_ANY
#define EXPR		JMES_P_REFERENCE
#define MORE		JMES_ARGS_ANY
#define SCALAR		JMES_GROWS_NOT
#define SAME		JMES_GROWS_AS_ARGUMENTS
#define PLUS_ONE	JMES_GROWS_BY_ONE

static const struct jmes_function functions[] = {
	{ "abs", 1, 1, { NUMBER }, SCALAR, call_abs },
	{ "avg", 1, 1, { NUMBERS }, SCALAR, call_avg },
	{ "ceil", 1, 1, { NUMBER }, SCALAR, call_ceil },
	{ "contains", 2, 2, { ARRAY | STRING, ANY }, SCALAR, call_contains },
	{ "ends_with", 2, 2, { STRING, STRING }, SCALAR, call_ends_with },
	{ "equals_ignore_case", 2, 2, { STRING | JMES_P_NULL,
	    STRING | JMES_P_NULL }, SCALAR, call_equals_ignore_case },
	{ "floor", 1, 1, { NUMBER }, SCALAR, call_floor },
	{ "join", 2, 2, { STRING, STRINGS }, SCALAR, call_join },
	{ "keys", 1, 1, { OBJECT }, SAME, call_keys },
	{ "length", 1, 1, { STRING | ARRAY | OBJECT }, SCALAR, call_length },
	{ "map", 2, 2, { EXPR, ARRAY }, SAME, call_map },
	{ "max", 1, 1, { NUMBERS | STRINGS }, SCALAR, call_max },
	{ "max_by", 2, 2, { ARRAY, EXPR }, SAME, call_max_by },
	{ "merge", 1, MORE, { OBJECT, OBJECT }, SAME, call_merge },
	{ "min", 1, 1, { NUMBERS | STRINGS }, SCALAR, call_min },
	{ "min_by", 2, 2, { ARRAY, EXPR }, SAME, call_min_by },
	{ "not_null", 1, MORE, { ANY, ANY }, SAME, call_not_null },
	{ "reverse", 1, 1, { STRING | ARRAY }, SAME, call_reverse },
	{ "sort", 1, 1, { NUMBERS | STRINGS }, SAME, call_sort },
	{ "sort_by", 2, 2, { ARRAY, EXPR }, SAME, call_sort_by },
	{ "starts_with", 2, 2, { STRING, STRING }, SCALAR, call_starts_with },
	{ "sum", 1, 1, { NUMBERS }, SCALAR, call_sum },
	{ "to_array", 1, 1, { ANY }, PLUS_ONE, call_to_array },
	{ "to_number", 1, 1, { ANY }, SCALAR, call_to_number },
	{ "to_string", 1, 1, { ANY }, SCALAR, call_to_string },
	{ "type", 1, 1, { ANY }, SCALAR, call_type },
	{ "values", 1, 1, { OBJECT }, SAME, call_values },
};

const struct jmes_function *
assay_jmes_function(struct assay_bytes name)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (assay_text_is(name, functions[i].name))
			return &functions[i];
	return NULL;
}

unsigned int
assay_jmes_parameter(const struct jmes_function *function, size_t index)
{
	return function->parameters[index < 2 ? index : 1];
}
