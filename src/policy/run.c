/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "json/json.h"
#include "policy/run.h"

#define FIRST_ROOM 4

/* Bytes of text that cost as much as visiting one claim. */
#define BYTES_OF_A_STEP 64

bool
assay_run_init(struct assay_run *run, size_t max_steps,
    struct assay_error *err)
{
	if (max_steps == 0 || max_steps > ASSAY_MAX_POLICY_STEPS)
		max_steps = ASSAY_MAX_POLICY_STEPS;
	*run = (struct assay_run){ .max_steps = max_steps, .budget = {
	    .steps = max_steps, .bytes = ASSAY_MAX_POLICY_MEMORY } };
	run->arena = assay_arena_new(ASSAY_MAX_POLICY_MEMORY);
	if (run->arena == NULL)
		return assay_fail_memory(err, "policy evaluation");
	return true;
}

void
assay_run_finish(struct assay_run *run)
{
	for (struct assay_document *d = run->documents; d != NULL; d = d->next)
		json_decref(d->value);
	assay_arena_free(run->arena);
	*run = (struct assay_run){ 0 };
}

bool
assay_run_charge(struct assay_run *run, size_t steps, struct assay_error *err)
{
	if (steps > run->budget.steps) {
		run->budget.steps = 0;
		return assay_fail(err, ASSAY_ERR_POLICY_LIMIT,
		    "evaluation takes more than %zu steps", run->max_steps);
	}
	run->budget.steps -= steps;
	return true;
}

void *
assay_run_alloc(struct assay_run *run, size_t n, size_t size,
    struct assay_error *err)
{
	void *out = assay_arena_alloc(run->arena, n, size);

	if (out != NULL)
		return out;
	/* The arena does not tell which it was: what is near its maximum has
	 * reached it. */
	if (n > ASSAY_MAX_POLICY_MEMORY / (size != 0 ? size : 1) ||
	    n * size + 64 > ASSAY_MAX_POLICY_MEMORY -
	    assay_arena_used(run->arena))
		(void)assay_fail(err, ASSAY_ERR_POLICY_LIMIT,
		    "evaluation takes more than %u bytes of memory",
		    ASSAY_MAX_POLICY_MEMORY);
	else
		(void)assay_fail_memory(err, "policy evaluation");
	return NULL;
}

bool
assay_values_push(struct assay_run *run, struct assay_values *values,
    struct assay_value value, struct assay_error *err)
{
	if (values->count == values->room) {
		size_t room = values->room != 0 ? values->room * 2 :
		    FIRST_ROOM;
		struct assay_value *at = assay_run_alloc(run, room,
		    sizeof(*at), err);

		if (at == NULL)
			return false;
		if (values->count != 0)
			memcpy(at, values->at, values->count * sizeof(*at));
		values->at = at;
		values->room = room;
	}
	values->at[values->count++] = value;
	return true;
}

bool
assay_run_document(struct assay_run *run, json_t *json,
    struct assay_bytes text, struct assay_value *out, struct assay_error *err)
{
	struct assay_document *d = assay_run_alloc(run, 1, sizeof(*d), err);

	if (d == NULL) {
		json_decref(json);
		return false;
	}
	*d = (struct assay_document){ .value = json, .text = text,
	    .next = run->documents };
	run->documents = d;
	*out = (struct assay_value){ .type = ASSAY_VALUE_STRING,
	    .document = d };
	return true;
}

/* Serialise a document once; charged by its length. */
static bool
write_document(struct assay_run *run, struct assay_document *d,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_POLICY_STRING);
	uint8_t *copy;
	bool ok = false;

	if (!assay_json_write(d->value, &text, err)) {
		if (err->code == ASSAY_ERR_LIMIT_EXCEEDED)
			(void)assay_fail(err, ASSAY_ERR_POLICY_LIMIT,
			    "JSON text: a string is at most %u bytes long",
			    ASSAY_MAX_POLICY_STRING);
		goto out;
	}
	if (!assay_run_charge(run, text.len / BYTES_OF_A_STEP + 1, err))
		goto out;
	if ((copy = assay_run_alloc(run, text.len + 1, 1, err)) == NULL)
		goto out;
	if (text.len != 0)
		memcpy(copy, text.ptr, text.len);
	d->text = (struct assay_bytes){ copy, text.len };
	ok = true;
out:
	assay_buffer_free(&text);
	return ok;
}

bool
assay_run_text(struct assay_run *run, const struct assay_value *value,
    struct assay_bytes *out, struct assay_error *err)
{
	struct assay_document *d = value->document;

	if (d == NULL) {
		*out = value->text;
		return true;
	}
	if (d->text.ptr == NULL && !write_document(run, d, err))
		return false;
	*out = d->text;
	return true;
}

static bool
parse(struct assay_run *run, struct assay_bytes text, json_t **out,
    struct assay_error *err)
{
	if (!assay_run_charge(run, text.len / BYTES_OF_A_STEP + 1, err))
		return false;
	if (text.len > ASSAY_MAX_POLICY_STRING || text.len > run->budget.bytes)
		return assay_fail(err, ASSAY_ERR_POLICY_LIMIT,
		    "JSON text of %zu bytes is too long", text.len);
	run->budget.bytes -= text.len;
	*out = assay_json_parse(text, NULL, err);
	return *out != NULL;
}

bool
assay_run_parse(struct assay_run *run, const struct assay_value *value,
    json_t **out, struct assay_error *err)
{
	struct assay_document *d = value->document;
	struct assay_value made;
	json_t *json;

	if (d != NULL) {
		if (d->value == NULL && !parse(run, d->text, &d->value, err))
			return false;
		*out = d->value;
		return true;
	}
	if (!parse(run, value->text, &json, err) ||
	    !assay_run_document(run, json, value->text, &made, err))
		return false;
	*out = json;
	return true;
}

bool
assay_run_json(struct assay_run *run, const struct assay_value *value,
    json_t **out, struct assay_error *err)
{
	struct assay_error why = { 0 };

	if (assay_run_parse(run, value, out, &why))
		return true;
	if (why.code == ASSAY_ERR_POLICY_LIMIT ||
	    assay_code_class(why.code) == ASSAY_CLASS_INTERNAL) {
		*err = why;
		return false;
	}
	return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
	    "not JSON: %s", why.text);
}

static bool
strings_equal(struct assay_run *run, const struct assay_value *a,
    const struct assay_value *b, bool *equal, struct assay_error *err)
{
	struct assay_bytes x, y;

	if (a->document != NULL && a->document == b->document) {
		*equal = true;
		return true;
	}
	if (!assay_run_text(run, a, &x, err) ||
	    !assay_run_text(run, b, &y, err))
		return false;
	*equal = x.len == y.len &&
	    (x.len == 0 || memcmp(x.ptr, y.ptr, x.len) == 0);
	return !*equal ||
	    assay_run_charge(run, x.len / BYTES_OF_A_STEP, err);
}

bool
assay_run_equal(struct assay_run *run, const struct assay_value *a,
    const struct assay_value *b, bool *equal, struct assay_error *err)
{
	if (a->type != b->type) {
		*equal = false;
		return true;
	}
	switch (a->type) {
	case ASSAY_VALUE_INTEGER:
		*equal = a->integer == b->integer;
		return true;
	case ASSAY_VALUE_BOOLEAN:
		*equal = a->boolean == b->boolean;
		return true;
	case ASSAY_VALUE_STRING:
	case ASSAY_VALUE_JSON:
		return strings_equal(run, a, b, equal, err);
	}
	return false;
}
