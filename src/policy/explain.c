/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as JSON for programs and as text for people. */
#include <inttypes.h>
#include <string.h>

#include <assay/policy.h>

#include "base/limits.h"
#include "json/json.h"
#include "policy/trace_data.h"

#define TEXT_MAX (4u * ASSAY_MAX_POLICY_TRACE)

/* --- JSON -------------------------------------------------------------- */

static json_t *
string_of(struct assay_bytes text)
{
	return json_stringn((const char *)text.ptr, text.len);
}

static json_t *
value_of(const struct assay_seen *s)
{
	switch (s->value_type) {
	case ASSAY_VALUE_INTEGER:	return json_integer(s->integer);
	case ASSAY_VALUE_BOOLEAN:	return json_boolean(s->boolean);
	case ASSAY_VALUE_STRING:
	case ASSAY_VALUE_JSON:		return string_of(s->text);
	}
	return NULL;
}

/* Each setter takes the new reference, and fails when it is NULL. */
static bool
set(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value) == 0;
}

static json_t *
seen_json(const struct assay_seen *s, bool of_action)
{
	json_t *o = json_object();

	if (set(o, "type", string_of(s->type)) &&
	    set(o, "value", value_of(s)) &&
	    set(o, "issuer", json_string(s->issuer)) &&
	    (!s->cut || set(o, "cut", json_true())) &&
	    (s->test.len == 0 || set(o, "failed", string_of(s->test))) &&
	    (!of_action || set(o, "new", json_boolean(s->changed))))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
seen_list_json(const struct assay_seen_list *list, bool of_action)
{
	json_t *a = json_array();

	for (const struct assay_seen *s = list->first; s != NULL; s = s->next)
		if (json_array_append_new(a, seen_json(s, of_action)) != 0) {
			json_decref(a);
			return NULL;
		}
	return a;
}

static json_t *
condition_json(const struct assay_traced_condition *c)
{
	json_t *o = json_object();

	if (set(o, "line", json_integer((json_int_t)c->place.line)) &&
	    set(o, "column", json_integer((json_int_t)c->place.column)) &&
	    set(o, "source", string_of(c->source)) &&
	    set(o, "held", json_boolean(c->held)) &&
	    set(o, "selected",
	    json_integer((json_int_t)c->selected.count)) &&
	    set(o, "claims", seen_list_json(&c->selected, false)) &&
	    set(o, "missed", seen_list_json(&c->missed, false)) &&
	    (c->similar.len == 0 ||
	    set(o, "similar", string_of(c->similar))) &&
	    (!c->decided || set(o, "decided", json_true())))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
conditions_json(const struct assay_traced_rule *r)
{
	json_t *a = json_array();

	for (const struct assay_traced_condition *c = r->conditions;
	    c != NULL; c = c->next)
		if (json_array_append_new(a, condition_json(c)) != 0) {
			json_decref(a);
			return NULL;
		}
	return a;
}

static json_t *
rule_json(const struct assay_traced_rule *r)
{
	json_t *o = json_object();

	if (set(o, "section", json_string(assay_section_name(r->section))) &&
	    set(o, "rule", json_integer((json_int_t)r->number)) &&
	    set(o, "line", json_integer((json_int_t)r->place.line)) &&
	    set(o, "column", json_integer((json_int_t)r->place.column)) &&
	    set(o, "source", string_of(r->source)) &&
	    set(o, "conditions", conditions_json(r)) &&
	    set(o, "taken", json_boolean(r->acted)) &&
	    set(o, "action", json_string(assay_action_name(r->action))) &&
	    set(o, "claims", seen_list_json(&r->put, true)) &&
	    (r->error.len == 0 || set(o, "error", string_of(r->error))) &&
	    (!r->decided || set(o, "decided", json_true())))
		return o;
	json_decref(o);
	return NULL;
}

char *
assay_policy_trace_json(const struct assay_policy_trace *t)
{
	struct assay_buffer out = assay_buffer(TEXT_MAX);
	json_t *a = json_array();
	struct assay_error ignored;
	char *text = NULL;

	for (const struct assay_traced_rule *r = t->rules; r != NULL;
	    r = r->next)
		if (json_array_append_new(a, rule_json(r)) != 0)
			goto out;
	if (a != NULL && assay_json_write(a, &out, &ignored))
		text = assay_buffer_take(&out);
out:
	json_decref(a);
	assay_buffer_free(&out);
	return text;
}

/* --- text -------------------------------------------------------------- */

/* Control characters do not reach a terminal. */
static void
put_plain(struct assay_buffer *out, struct assay_bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		(void)assay_buffer_putc(out, text.ptr[i] < 0x20 ||
		    text.ptr[i] == 0x7f ? ' ' : text.ptr[i]);
}

static void
put_seen(struct assay_buffer *out, const struct assay_seen *s)
{
	put_plain(out, s->type);
	(void)assay_buffer_puts(out, " = ");
	switch (s->value_type) {
	case ASSAY_VALUE_INTEGER:
		(void)assay_buffer_printf(out, "%" PRId64, s->integer);
		break;
	case ASSAY_VALUE_BOOLEAN:
		(void)assay_buffer_puts(out, s->boolean ? "true" : "false");
		break;
	case ASSAY_VALUE_STRING:
	case ASSAY_VALUE_JSON:
		(void)assay_buffer_putc(out, '"');
		put_plain(out, s->text);
		(void)assay_buffer_puts(out, s->cut ? "\"..." : "\"");
		break;
	}
	(void)assay_buffer_printf(out, " (%s)", s->issuer);
}

static void
put_seen_list(struct assay_buffer *out, const struct assay_seen_list *list)
{
	for (const struct assay_seen *s = list->first; s != NULL;
	    s = s->next) {
		(void)assay_buffer_puts(out, "          ");
		put_seen(out, s);
		if (s->test.len != 0) {
			(void)assay_buffer_puts(out, " fails ");
			put_plain(out, s->test);
			put_plain(out, s->note);
		}
		(void)assay_buffer_putc(out, '\n');
	}
	if (list->count > list->kept)
		(void)assay_buffer_printf(out, "          and %zu more\n",
		    list->count - list->kept);
}

static void
put_selection(struct assay_buffer *out, const struct assay_traced_condition *c)
{
	if (!c->done)
		(void)assay_buffer_puts(out, "could not be evaluated\n");
	else if (c->selected.count != 0)
		(void)assay_buffer_printf(out, "selects %zu claim%s%s:\n",
		    c->selected.count, c->selected.count == 1 ? "" : "s",
		    c->negated ? ", and \"!\" wants none" : "");
	else if (c->missed.count != 0)
		(void)assay_buffer_printf(out, "selects nothing; %zu "
		    "claim%s fail%s a test:\n", c->missed.count,
		    c->missed.count == 1 ? "" : "s",
		    c->missed.count == 1 ? "s" : "");
	else if (c->type.len != 0) {
		(void)assay_buffer_puts(out,
		    "selects nothing: there is no claim of type \"");
		put_plain(out, c->type);
		(void)assay_buffer_puts(out, c->similar.len != 0 ?
		    "\"; did you mean \"" : "\"");
		put_plain(out, c->similar);
		(void)assay_buffer_puts(out, c->similar.len != 0 ? "\"?\n" :
		    "\n");
	} else
		(void)assay_buffer_puts(out, "selects nothing\n");
}

static void
put_condition(struct assay_buffer *out, const struct assay_traced_condition *c)
{
	(void)assay_buffer_puts(out, c->held ? "    yes " : "    no  ");
	put_plain(out, c->source);
	(void)assay_buffer_puts(out, c->decided ? "   <-- this decided\n" :
	    "\n");
	(void)assay_buffer_puts(out, "        ");
	put_selection(out, c);
	put_seen_list(out, c->selected.count != 0 ? &c->selected :
	    &c->missed);
}

static void
put_effect(struct assay_buffer *out, const struct assay_traced_rule *r)
{
	size_t changed = 0;

	if (!r->acted) {
		bool failed = r->error.len != 0;

		(void)assay_buffer_puts(out, failed ? "    failed: " :
		    "    not taken: ");
		put_plain(out, failed ? r->error : r->action_source);
		(void)assay_buffer_puts(out, failed ?
		    "   <-- this decided\n" : "\n");
		return;
	}
	(void)assay_buffer_puts(out, "    => ");
	put_plain(out, r->action_source);
	(void)assay_buffer_puts(out, r->decided ? "   <-- this decided\n" :
	    "\n");
	if (r->error.len != 0) {
		(void)assay_buffer_puts(out, "        failed: ");
		put_plain(out, r->error);
		(void)assay_buffer_putc(out, '\n');
		return;
	}
	if (r->action == ASSAY_ACTION_PERMIT || r->action == ASSAY_ACTION_DENY)
		return;
	for (const struct assay_seen *s = r->put.first; s != NULL; s = s->next)
		changed += s->changed;
	if (r->put.count == 0)
		(void)assay_buffer_puts(out, "        makes no claim: the "
		    "value is empty\n");
	else if (changed == 0)
		(void)assay_buffer_puts(out, "        changes nothing: it is "
		    "there already\n");
	put_seen_list(out, &r->put);
}

static void
put_rule(struct assay_buffer *out, const struct assay_traced_rule *r)
{
	(void)assay_buffer_printf(out, "%5zu | ", r->place.line);
	put_plain(out, r->source);
	(void)assay_buffer_putc(out, '\n');
	for (const struct assay_traced_condition *c = r->conditions;
	    c != NULL; c = c->next)
		put_condition(out, c);
	if (r->n_conditions < r->n_written)
		(void)assay_buffer_printf(out,
		    "    %zu more condition%s not looked at\n",
		    r->n_written - r->n_conditions,
		    r->n_written - r->n_conditions == 1 ? "" : "s");
	put_effect(out, r);
}

char *
assay_policy_trace_text(const struct assay_policy_trace *t)
{
	struct assay_buffer out = assay_buffer(TEXT_MAX);
	const struct assay_traced_rule *last = NULL;
	char *text;

	for (const struct assay_traced_rule *r = t->rules; r != NULL;
	    last = r, r = r->next) {
		if (last == NULL || last->section != r->section)
			(void)assay_buffer_printf(&out, "%s\n",
			    assay_section_name(r->section));
		put_rule(&out, r);
	}
	if (t->reason.len != 0) {
		(void)assay_buffer_puts(&out, "refused: ");
		put_plain(&out, t->reason);
		(void)assay_buffer_putc(&out, '\n');
	}
	if (t->full)
		(void)assay_buffer_puts(&out, "(the trace is longer than its "
		    "limit and ends here)\n");
	if (out.len == 0)
		(void)assay_buffer_puts(&out, "no rule ran\n");
	text = assay_buffer_take(&out);
	assay_buffer_free(&out);
	return text;
}
