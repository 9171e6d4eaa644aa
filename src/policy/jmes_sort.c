/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A merge sort of our own: stable, which qsort() is not, and able to stop
 * when the budget runs out.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/jmes_sort.h"
#include "policy/jmes_value.h"

struct entry {
	json_t	*value;		/* borrowed from the array */
	json_t	*key;		/* owned */
};

static bool
compare(struct jmes_eval *ev, const struct entry *a, const struct entry *b,
    int *order)
{
	size_t n = json_string_length(a->key), m = json_string_length(b->key);

	if (!assay_jmes_spend(ev, JMES_TEXT_STEPS(n < m ? n : m), 0))
		return false;
	*order = json_is_string(a->key) ?
	    assay_jmes_compare_strings(a->key, b->key) :
	    assay_jmes_compare_numbers(a->key, b->key);
	return true;
}

/* Merge in[0..middle) and in[middle..n), both sorted, to out. */
static bool
merge(struct jmes_eval *ev, const struct entry *const *in, size_t middle,
    size_t n, const struct entry **out)
{
	size_t left = 0, right = middle;

	for (size_t i = 0; i < n; i++) {
		int order = -1;

		if (left == middle)
			order = 1;
		else if (right < n &&
		    !compare(ev, in[left], in[right], &order))
			return false;
		out[i] = order <= 0 ? in[left++] : in[right++];
	}
	return true;
}

/* Bottom-up, from runs of one; *sorted is a or b, each of n pointers. */
static bool
merge_sort(struct jmes_eval *ev, const struct entry **a,
    const struct entry **b, size_t n, const struct entry ***sorted)
{
	const struct entry **from = a, **to = b, **swap;

	for (size_t width = 1; width < n; width *= 2) {
		for (size_t at = 0; at < n; at += 2 * width) {
			size_t left = n - at;
			size_t middle = left < width ? left : width;
			size_t size = left < 2 * width ? left : 2 * width;

			if (!merge(ev, from + at, middle, size, to + at))
				return false;
		}
		swap = from;
		from = to;
		to = swap;
	}
	*sorted = from;
	return true;
}

static bool
check_key(struct jmes_eval *ev, const json_t *key, const json_t *first)
{
	if (json_is_number(key) && json_is_number(first))
		return true;
	if (json_is_string(key) && json_is_string(first))
		return true;
	(void)assay_jmes_error(ev, ASSAY_JMES_INVALID_TYPE,
	    "key of an element is %s (of the first: %s), expected all number "
	    "or all string", assay_jmes_type_name(key),
	    assay_jmes_type_name(first));
	return false;
}

static bool
fill(struct jmes_eval *ev, json_t *array, const struct jmes_node *key,
    struct entry *entries, size_t n)
{
	const struct jmes_node *at = ev->at;

	for (size_t i = 0; i < n; i++) {
		json_t *value = json_array_get(array, i);

		entries[i].value = value;
		entries[i].key = key == NULL ? json_incref(value) :
		    assay_jmes_run(ev, key, value);
		ev->at = at;
		if (entries[i].key == NULL ||
		    !check_key(ev, entries[i].key, entries[0].key))
			return false;
	}
	return true;
}

static void
entries_free(struct entry *entries, size_t n)
{
	for (size_t i = 0; entries != NULL && i < n; i++)
		json_decref(entries[i].key);
	free(entries);
}

/* One entry for each element, at least one; NULL after recording an error. */
static struct entry *
entries_of(struct jmes_eval *ev, json_t *array, const struct jmes_node *key)
{
	const size_t n = json_array_size(array);
	struct entry *entries;

	if (!assay_jmes_spend(ev, n, n * sizeof(*entries)))
		return NULL;
	if ((entries = assay_alloc(n + 1, sizeof(*entries))) == NULL) {
		(void)assay_jmes_no_memory(ev);
		return NULL;
	}
	if (fill(ev, array, key, entries, n))
		return entries;
	entries_free(entries, n);
	return NULL;
}

static json_t *
collect(struct jmes_eval *ev, const struct entry *const *sorted, size_t n)
{
	json_t *out = assay_jmes_array(ev);

	for (size_t i = 0; out != NULL && i < n; i++)
		if (!assay_jmes_append(ev, out, sorted[i]->value)) {
			json_decref(out);
			return NULL;
		}
	return out;
}

static json_t *
sort_entries(struct jmes_eval *ev, const struct entry *entries, size_t n)
{
	const struct entry **order, **sorted;
	json_t *out = NULL;

	if (!assay_jmes_spend(ev, 0, 2 * n * sizeof(void *)))
		return NULL;
	if ((order = assay_alloc(2 * n + 1, sizeof(void *))) == NULL)
		return assay_jmes_no_memory(ev);
	for (size_t i = 0; i < n; i++)
		order[i] = &entries[i];
	if (merge_sort(ev, order, order + n, n, &sorted))
		out = collect(ev, sorted, n);
	free(order);
	return out;
}

json_t *
assay_jmes_sorted(struct jmes_eval *ev, json_t *array,
    const struct jmes_node *key)
{
	const size_t n = json_array_size(array);
	struct entry *entries = entries_of(ev, array, key);
	json_t *out;

	if (entries == NULL)
		return NULL;
	out = sort_entries(ev, entries, n);
	entries_free(entries, n);
	return out;
}

static const struct entry *
extreme(struct jmes_eval *ev, const struct entry *entries, size_t n,
    bool greatest)
{
	const struct entry *best = &entries[0];

	for (size_t i = 1; i < n; i++) {
		int order;

		if (!compare(ev, &entries[i], best, &order))
			return NULL;
		if (greatest ? order > 0 : order < 0)
			best = &entries[i];
	}
	return best;
}

json_t *
assay_jmes_extreme(struct jmes_eval *ev, json_t *array,
    const struct jmes_node *key, bool greatest)
{
	const size_t n = json_array_size(array);
	const struct entry *best;
	struct entry *entries;
	json_t *out = NULL;

	if (n == 0)
		return json_null();
	if ((entries = entries_of(ev, array, key)) == NULL)
		return NULL;
	if ((best = extreme(ev, entries, n, greatest)) != NULL)
		out = json_incref(best->value);
	entries_free(entries, n);
	return out;
}
