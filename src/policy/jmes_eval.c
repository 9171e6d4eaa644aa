/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recursion is for nested expressions and for projections within projections,
 * counted as frames. A value can nest only as deep as the input and the
 * growth that the parser allows, so walks over values are bounded as well.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "policy/jmes_function.h"
#include "policy/jmes_value.h"

/* What jansson takes for a container, a slot of an array, a member. */
#define CONTAINER_BYTES	64
#define SLOT_BYTES	sizeof(json_t *)
#define MEMBER_BYTES	64
#define SCALAR_BYTES	32

json_t *
assay_jmes_error(struct jmes_eval *ev, enum assay_jmes_error kind,
    const char *fmt, ...)
{
	char text[ASSAY_ERROR_TEXT_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)assay_jmes_fail(ev->report, kind,
	    ev->at != NULL ? ev->at->offset : 0, "%s", text);
	return NULL;
}

json_t *
assay_jmes_no_memory(struct jmes_eval *ev)
{
	return assay_jmes_error(ev, ASSAY_JMES_MEMORY, "out of memory");
}

bool
assay_jmes_spend(struct jmes_eval *ev, size_t steps, size_t bytes)
{
	struct assay_jmes_budget *b = ev->budget;

	if (steps > b->steps) {
		b->steps = 0;
		(void)assay_jmes_error(ev, ASSAY_JMES_LIMIT,
		    "evaluation takes more steps than the policy may use");
		return false;
	}
	if (bytes > b->bytes) {
		b->bytes = 0;
		(void)assay_jmes_error(ev, ASSAY_JMES_LIMIT,
		    "evaluation makes more text than the policy may use");
		return false;
	}
	b->steps -= steps;
	b->bytes -= bytes;
	return true;
}

/* value is new or NULL, which is for lack of memory. */
static json_t *
made(struct jmes_eval *ev, json_t *value)
{
	return value != NULL ? value : assay_jmes_no_memory(ev);
}

json_t *
assay_jmes_array(struct jmes_eval *ev)
{
	if (!assay_jmes_spend(ev, 0, CONTAINER_BYTES))
		return NULL;
	return made(ev, json_array());
}

bool
assay_jmes_append(struct jmes_eval *ev, json_t *array, json_t *value)
{
	if (!assay_jmes_spend(ev, 1, SLOT_BYTES))
		return false;
	if (json_array_append(array, value) == 0)
		return true;
	(void)assay_jmes_no_memory(ev);
	return false;
}

json_t *
assay_jmes_object(struct jmes_eval *ev)
{
	if (!assay_jmes_spend(ev, 0, 2 * CONTAINER_BYTES))
		return NULL;
	return made(ev, json_object());
}

bool
assay_jmes_set(struct jmes_eval *ev, json_t *object, const char *name,
    json_t *value)
{
	if (!assay_jmes_spend(ev, 1, MEMBER_BYTES))
		return false;
	if (json_object_set(object, name, value) == 0)
		return true;
	(void)assay_jmes_no_memory(ev);
	return false;
}

json_t *
assay_jmes_string(struct jmes_eval *ev, struct assay_bytes text)
{
	if (!assay_jmes_spend(ev, JMES_TEXT_STEPS(text.len),
	    SCALAR_BYTES + text.len))
		return NULL;
	return made(ev, json_stringn(text.len != 0 ?
	    (const char *)text.ptr : "", text.len));
}

json_t *
assay_jmes_integer(struct jmes_eval *ev, int64_t value)
{
	if (!assay_jmes_spend(ev, 0, SCALAR_BYTES))
		return NULL;
	return made(ev, json_integer(value));
}

json_t *
assay_jmes_real(struct jmes_eval *ev, double value)
{
	if (!isfinite(value))
		return assay_jmes_error(ev, ASSAY_JMES_INVALID_VALUE,
		    "result is too large for a number");
	if (!assay_jmes_spend(ev, 0, SCALAR_BYTES))
		return NULL;
	return made(ev, json_real(value));
}

static json_t *
eval_field(const struct jmes_node *n, json_t *value)
{
	json_t *member = json_object_get(value, n->u.name);

	return member != NULL ? json_incref(member) : json_null();
}

static json_t *
eval_index(const struct jmes_node *n, json_t *value)
{
	const int64_t size = (int64_t)json_array_size(value);
	int64_t i = n->u.index;
	json_t *element = NULL;

	if (i < 0)
		i += size;
	if (i >= 0 && i < size)
		element = json_array_get(value, (size_t)i);
	return element != NULL ? json_incref(element) : json_null();
}

/* null stays null: there is nothing to select from. */
static json_t *
eval_list(struct jmes_eval *ev, const struct jmes_node *n, json_t *value)
{
	json_t *list;

	if (json_is_null(value))
		return json_null();
	if ((list = assay_jmes_array(ev)) == NULL)
		return NULL;
	for (const struct jmes_item *i = n->u.items.first; i != NULL;
	    i = i->next) {
		json_t *element = assay_jmes_run(ev, i->expr, value);
		bool ok = element != NULL &&
		    assay_jmes_append(ev, list, element);

		json_decref(element);
		if (!ok) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
eval_hash(struct jmes_eval *ev, const struct jmes_node *n, json_t *value)
{
	json_t *hash;

	if (json_is_null(value))
		return json_null();
	if ((hash = assay_jmes_object(ev)) == NULL)
		return NULL;
	for (const struct jmes_item *i = n->u.items.first; i != NULL;
	    i = i->next) {
		json_t *member = assay_jmes_run(ev, i->expr, value);
		bool ok = member != NULL &&
		    assay_jmes_set(ev, hash, i->key, member);

		json_decref(member);
		if (!ok) {
			json_decref(hash);
			return NULL;
		}
	}
	return hash;
}

/* The first operand that decides, or else the last. */
static json_t *
eval_logic(struct jmes_eval *ev, const struct jmes_node *n, json_t *value)
{
	const bool decides = n->kind == JMES_OR;
	json_t *result = NULL;

	for (const struct jmes_item *i = n->u.items.first; i != NULL;
	    i = i->next) {
		json_decref(result);
		result = assay_jmes_run(ev, i->expr, value);
		if (result == NULL || assay_jmes_truth(result) == decides)
			break;
	}
	return result;
}

static json_t *
eval_not(struct jmes_eval *ev, const struct jmes_node *n, json_t *value)
{
	json_t *inner = assay_jmes_run(ev, n->u.operand, value);
	bool truth;

	if (inner == NULL)
		return NULL;
	truth = assay_jmes_truth(inner);
	json_decref(inner);
	return json_boolean(!truth);
}

static bool
ordered(enum jmes_compare op, int order)
{
	switch (op) {
	case JMES_EQ:
		return order == 0;
	case JMES_NE:
		return order != 0;
	case JMES_LT:
		return order < 0;
	case JMES_LE:
		return order <= 0;
	case JMES_GT:
		return order > 0;
	case JMES_GE:
		return order >= 0;
	}
	return false;
}

/* Ordering is for numbers; of anything else it is null. */
static json_t *
compare_values(struct jmes_eval *ev, enum jmes_compare op, json_t *a,
    json_t *b)
{
	bool equal;

	if (op == JMES_EQ || op == JMES_NE) {
		if (!assay_jmes_equal(ev, a, b, &equal))
			return NULL;
		return json_boolean(equal == (op == JMES_EQ));
	}
	if (!json_is_number(a) || !json_is_number(b))
		return json_null();
	return json_boolean(ordered(op, assay_jmes_compare_numbers(a, b)));
}

static json_t *
eval_compare(struct jmes_eval *ev, const struct jmes_node *n, json_t *value)
{
	json_t *result = NULL, *right = NULL, *left;

	if ((left = assay_jmes_run(ev, n->u.compare.left, value)) != NULL &&
	    (right = assay_jmes_run(ev, n->u.compare.right, value)) != NULL)
		result = compare_values(ev, n->u.compare.op, left, right);
	json_decref(left);
	json_decref(right);
	return result;
}

static unsigned int
mask_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return JMES_P_OBJECT;
	case JSON_ARRAY:
		return JMES_P_ARRAY;
	case JSON_STRING:
		return JMES_P_STRING;
	case JSON_INTEGER:
	case JSON_REAL:
		return JMES_P_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return JMES_P_BOOLEAN;
	case JSON_NULL:
		return JMES_P_NULL;
	}
	return 0;
}

/* The index of the first element that is not of the type, or the size. */
static size_t
first_other(const json_t *array, unsigned int mask)
{
	size_t i = 0;

	while (i < json_array_size(array) &&
	    (mask_of(json_array_get(array, i)) & mask) != 0)
		i++;
	return i;
}

static bool
accepts(const json_t *value, unsigned int mask)
{
	const size_t n = json_array_size(value);

	if ((mask_of(value) & mask) != 0)
		return true;
	return json_is_array(value) &&
	    (((mask & JMES_P_NUMBERS) != 0 &&
	    first_other(value, JMES_P_NUMBER) == n) ||
	    ((mask & JMES_P_STRINGS) != 0 &&
	    first_other(value, JMES_P_STRING) == n));
}

/* "string or array": what a parameter accepts. */
static void
describe_mask(unsigned int mask, char *out, size_t size)
{
	static const char *const names[] = { "null", "boolean", "number",
	    "string", "array", "object", "array of numbers",
	    "array of strings" };
	size_t used = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((mask & 1u << i) != 0 && used < size)
			used += (size_t)snprintf(out + used, size - used,
			    "%s%s", used != 0 ? " or " : "", names[i]);
}

static bool
check_argument(struct jmes_eval *ev, const struct jmes_node *n, size_t i,
    const json_t *value)
{
	const struct jmes_function *f = n->u.items.function;
	const unsigned int mask = assay_jmes_parameter(f, i);
	char want[128] = "";

	if (!assay_jmes_spend(ev, json_array_size(value), 0))
		return false;
	if (accepts(value, mask))
		return true;
	describe_mask(mask, want, sizeof(want));
	(void)assay_jmes_error(ev, ASSAY_JMES_INVALID_TYPE,
	    "argument %zu of %s() is %s%s, expected %s", i + 1, f->name,
	    assay_jmes_type_name(value), json_is_array(value) ?
	    " with elements of other types" : "", want);
	return false;
}

static bool
eval_arguments(struct jmes_eval *ev, const struct jmes_node *n, json_t *value,
    struct jmes_argument *args)
{
	const struct jmes_item *item = n->u.items.first;

	for (size_t i = 0; item != NULL; i++, item = item->next) {
		if (item->reference) {
			args[i].reference = item->expr;
			continue;
		}
		args[i].value = assay_jmes_run(ev, item->expr, value);
		ev->at = n;
		if (args[i].value == NULL ||
		    !check_argument(ev, n, i, args[i].value))
			return false;
	}
	return true;
}

static json_t *
eval_call(struct jmes_eval *ev, const struct jmes_node *n, json_t *value)
{
	const size_t count = n->u.items.count;
	struct jmes_argument *args;
	json_t *result = NULL;

	if ((args = assay_alloc(count, sizeof(*args))) == NULL)
		return assay_jmes_no_memory(ev);
	if (eval_arguments(ev, n, value, args)) {
		ev->at = n;
		result = n->u.items.function->call(ev, args, count);
	}
	for (size_t i = 0; i < count; i++)
		json_decref(args[i].value);
	free(args);
	return result;
}

static json_t *
run_until(struct jmes_eval *ev, const struct jmes_node *n,
    const struct jmes_node *end, json_t *value);

/* Apply what is behind the projection to an element; drop what is null. */
static bool
project(struct jmes_eval *ev, const struct jmes_node *n, json_t *element,
    json_t *out)
{
	json_t *result = run_until(ev, n->next, n->stop, element);
	bool ok = result != NULL;

	if (ok && !json_is_null(result))
		ok = assay_jmes_append(ev, out, result);
	json_decref(result);
	return ok;
}

static bool
project_array(struct jmes_eval *ev, const struct jmes_node *n, json_t *value,
    json_t *out)
{
	const size_t size = json_array_size(value);

	for (size_t i = 0; i < size; i++)
		if (!project(ev, n, json_array_get(value, i), out))
			return false;
	return true;
}

static bool
project_values(struct jmes_eval *ev, const struct jmes_node *n, json_t *value,
    json_t *out)
{
	const char *name;
	json_t *member;

	json_object_foreach(value, name, member)
		if (!project(ev, n, member, out))
			return false;
	return true;
}

/* One level of arrays in the array is dissolved. */
static bool
project_flat(struct jmes_eval *ev, const struct jmes_node *n, json_t *value,
    json_t *out)
{
	const size_t size = json_array_size(value);

	for (size_t i = 0; i < size; i++) {
		json_t *element = json_array_get(value, i);
		bool ok = json_is_array(element) ?
		    project_array(ev, n, element, out) :
		    project(ev, n, element, out);

		if (!ok)
			return false;
	}
	return true;
}

static bool
project_filter(struct jmes_eval *ev, const struct jmes_node *n, json_t *value,
    json_t *out)
{
	const size_t size = json_array_size(value);

	for (size_t i = 0; i < size; i++) {
		json_t *element = json_array_get(value, i);
		json_t *hold = assay_jmes_run(ev, n->u.operand, element);
		bool ok = hold != NULL;

		if (ok && assay_jmes_truth(hold))
			ok = project(ev, n, element, out);
		json_decref(hold);
		if (!ok)
			return false;
	}
	return true;
}

/* A bound as an index between low and high, counted from the end if < 0. */
static int64_t
bound(int64_t at, int64_t size, int64_t low, int64_t high)
{
	if (at < 0)
		at += size;	/* size >= 0: no overflow */
	return at < low ? low : at > high ? high : at;
}

/* Specification, "Slices": as in Python. Indices stay within -1..size. */
static bool
project_slice(struct jmes_eval *ev, const struct jmes_node *n, json_t *value,
    json_t *out)
{
	const struct jmes_slice *s = &n->u.slice;
	const int64_t size = (int64_t)json_array_size(value);
	const int64_t low = s->step > 0 ? 0 : -1;
	const int64_t high = s->step > 0 ? size : size - 1;
	int64_t i = s->step > 0 ? low : high, stop = s->step > 0 ? high : low;

	if (s->has_start)
		i = bound(s->start, size, low, high);
	if (s->has_stop)
		stop = bound(s->stop, size, low, high);
	while (s->step > 0 ? i < stop : i > stop) {
		if (!project(ev, n, json_array_get(value, (size_t)i), out))
			return false;
		if (__builtin_add_overflow(i, s->step, &i))
			break;
	}
	return true;
}

/* A projection of anything but an array (for *: an object) is null. */
static json_t *
eval_projection(struct jmes_eval *ev, const struct jmes_node *n,
    json_t *value)
{
	json_t *out;
	bool ok;

	if (n->kind == JMES_VALUES ? !json_is_object(value) :
	    !json_is_array(value))
		return json_null();
	if ((out = assay_jmes_array(ev)) == NULL)
		return NULL;
	if (n->kind == JMES_VALUES)
		ok = project_values(ev, n, value, out);
	else if (n->kind == JMES_FLATTEN)
		ok = project_flat(ev, n, value, out);
	else if (n->kind == JMES_FILTER)
		ok = project_filter(ev, n, value, out);
	else if (n->kind == JMES_SLICE)
		ok = project_slice(ev, n, value, out);
	else
		ok = project_array(ev, n, value, out);
	if (ok)
		return out;
	json_decref(out);
	return NULL;
}

static json_t *
eval_step(struct jmes_eval *ev, const struct jmes_node *n, json_t *value)
{
	ev->at = n;
	if (!assay_jmes_spend(ev, 1, 0))
		return NULL;
	switch (n->kind) {
	case JMES_CURRENT:
	case JMES_BARRIER:
		return json_incref(value);
	case JMES_FIELD:
		return eval_field(n, value);
	case JMES_INDEX:
		return eval_index(n, value);
	case JMES_LITERAL:
		return json_incref(n->u.literal);
	case JMES_LIST:
		return eval_list(ev, n, value);
	case JMES_HASH:
		return eval_hash(ev, n, value);
	case JMES_OR:
	case JMES_AND:
		return eval_logic(ev, n, value);
	case JMES_NOT:
		return eval_not(ev, n, value);
	case JMES_COMPARE:
		return eval_compare(ev, n, value);
	case JMES_CALL:
		return eval_call(ev, n, value);
	case JMES_SLICE:
	case JMES_ELEMENTS:
	case JMES_VALUES:
	case JMES_FILTER:
	case JMES_FLATTEN:
		return eval_projection(ev, n, value);
	}
	return NULL;
}

/* The steps from n up to end; a projection has done those up to its stop. */
static json_t *
run_steps(struct jmes_eval *ev, const struct jmes_node *n,
    const struct jmes_node *end, json_t *value)
{
	json_t *current = json_incref(value);

	while (n != end && current != NULL) {
		json_t *next = eval_step(ev, n, current);

		json_decref(current);
		current = next;
		n = n->kind >= JMES_SLICE ? n->stop : n->next;
	}
	return current;
}

static json_t *
run_until(struct jmes_eval *ev, const struct jmes_node *n,
    const struct jmes_node *end, json_t *value)
{
	json_t *result;

	if (n == end)
		return json_incref(value);
	if (ev->frames == ASSAY_MAX_JMESPATH_FRAMES) {
		ev->at = n;
		return assay_jmes_error(ev, ASSAY_JMES_LIMIT,
		    "evaluation nests deeper than %d levels",
		    ASSAY_MAX_JMESPATH_FRAMES);
	}
	ev->frames++;
	result = run_steps(ev, n, end, value);
	ev->frames--;
	return result;
}

json_t *
assay_jmes_run(struct jmes_eval *ev, const struct jmes_node *chain,
    json_t *value)
{
	return run_until(ev, chain, NULL, value);
}

json_t *
assay_jmes_search(const struct assay_jmes *e, json_t *input,
    struct assay_jmes_budget *budget, enum assay_jmes_error *kind,
    struct assay_error *err)
{
	struct jmes_report report = { .text = e->text, .err = err };
	struct jmes_eval ev = { .report = &report, .budget = budget };
	json_t *result = assay_jmes_run(&ev, e->root, input);

	if (kind != NULL)
		*kind = report.kind;
	return result;
}
