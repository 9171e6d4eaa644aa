/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "json/json.h"
#include "policy/eval.h"
#include "policy/static_check.h"
#include "policy/trace.h"
#include "policy/trace_data.h"

#define SHOWN_CLAIMS	8	/* of one condition or action */
#define SHOWN_VALUE	160	/* bytes of a value */
#define SHOWN_SOURCE	1024	/* bytes of a rule */
/* Recording must not cost more than the evaluation: how often a similar type
 * is looked for, among how many claims; the longest JSON that is written to
 * be shown, and all of it together. */
#define SIMILAR_MAX	64
#define SIMILAR_AMONG	256
#define JSON_ONE	(64u * 1024)
#define JSON_ALL	(16u * 1024 * 1024)

struct assay_policy_trace *
assay_trace_new(void)
{
	struct assay_policy_trace *t = assay_alloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	if ((t->arena = assay_arena_new(ASSAY_MAX_POLICY_TRACE)) == NULL) {
		free(t);
		return NULL;
	}
	t->tail = &t->rules;
	return t;
}

void
assay_trace_free(struct assay_policy_trace *t)
{
	if (t == NULL)
		return;
	assay_arena_free(t->arena);
	free(t);
}

static void *
make(struct assay_policy_trace *t, size_t size)
{
	void *out = t->full ? NULL : assay_arena_alloc(t->arena, 1, size);

	if (out == NULL)
		t->full = true;
	return out;
}

/* A copy cut to max bytes, at a character. */
static struct assay_bytes
keep(struct assay_policy_trace *t, struct assay_bytes text, size_t max,
    bool *cut)
{
	struct assay_bytes out;

	*cut = text.len > max;
	if (*cut) {
		text.len = max;
		while (text.len > 0 && (text.ptr[text.len] & 0xc0) == 0x80)
			text.len--;
	}
	out = assay_arena_dup(t->arena, text);
	if (out.ptr == NULL)
		t->full = true;
	return out;
}

static struct assay_bytes
keep_source(struct assay_policy_trace *t, const struct assay_eval *ev,
    struct assay_span span)
{
	bool cut;

	return keep(t, assay_source_text(&ev->policy->source, span),
	    SHOWN_SOURCE, &cut);
}

void
assay_trace_rule(struct assay_policy_trace *t, const struct assay_eval *ev)
{
	const struct assay_rule *rule = ev->rule;
	struct assay_traced_rule *r = make(t, sizeof(*r));

	t->now = r;
	t->condition = NULL;
	if (r == NULL)
		return;
	r->section = ev->section;
	r->number = rule->number;
	r->place = assay_source_place(&ev->policy->source, rule->span.offset);
	r->source = keep_source(t, ev, rule->span);
	r->action = rule->action.kind;
	r->action_source = keep_source(t, ev, rule->action.span);
	r->n_written = rule->n_conditions;
	r->tail = &r->conditions;
	r->put.tail = &r->put.first;
	*t->tail = r;
	t->tail = &r->next;
}

void
assay_trace_condition(struct assay_policy_trace *t,
    const struct assay_eval *ev, const struct assay_condition *cond)
{
	struct assay_traced_condition *c = make(t, sizeof(*c));

	t->condition = c;
	if (c == NULL || t->now == NULL)
		return;
	c->span = cond->span;
	c->place = assay_source_place(&ev->policy->source, cond->span.offset);
	c->source = keep_source(t, ev, cond->span);
	c->name = cond->name;
	if (cond->name.len != 0)
		c->name = assay_arena_dup(t->arena, cond->name);
	c->negated = cond->negated;
	if (cond->symbol != ASSAY_NO_SYMBOL)
		c->type = assay_arena_dup(t->arena,
		    ev->policy->symbols.names[cond->symbol]);
	c->selected.tail = &c->selected.first;
	c->missed.tail = &c->missed.first;
	*t->now->tail = c;
	t->now->tail = &c->next;
	t->now->n_conditions++;
}

/* The text of a value, without touching the budget of the evaluation. */
static void
keep_text(struct assay_policy_trace *t, const struct assay_value *value,
    struct assay_seen *seen)
{
	struct assay_buffer json = assay_buffer(JSON_ONE);
	struct assay_bytes text = value->text;
	struct assay_error ignored;

	if (value->document != NULL)
		text = value->document->text;
	if (value->document != NULL && text.ptr == NULL) {
		text = assay_bytes_of("(long JSON)");
		if (t->written < JSON_ALL &&
		    assay_json_write(value->document->value, &json, &ignored))
			text = assay_buffer_bytes(&json);
		t->written += json.cap;
	}
	seen->text = keep(t, text, SHOWN_VALUE, &seen->cut);
	assay_buffer_free(&json);
}

static struct assay_seen *
see(struct assay_policy_trace *t, struct assay_eval *ev, uint32_t index,
    struct assay_seen_list *list)
{
	const struct assay_fact *f;
	struct assay_error ignored;
	struct assay_seen *s;
	bool cut;

	list->count++;
	if (list->kept == SHOWN_CLAIMS ||
	    !assay_eval_need(ev, index, &ignored) ||
	    (s = make(t, sizeof(*s))) == NULL)
		return NULL;
	f = &ev->facts[index];
	s->type = keep(t, f->type, SHOWN_VALUE, &cut);
	s->value_type = f->value.type;
	s->integer = f->value.integer;
	s->boolean = f->value.boolean;
	if (f->value.type == ASSAY_VALUE_STRING)
		keep_text(t, &f->value, s);
	s->issuer = assay_claim_issuer_name(f->issuer);
	*list->tail = s;
	list->tail = &s->next;
	list->kept++;
	return s;
}

/* Different types are never equal, and only integers have an order: what
 * authors of policies stumble over. */
static struct assay_bytes
type_note(struct assay_policy_trace *t, const struct assay_test *failed,
    enum assay_value_type have)
{
	static const char *const names[] = { "value", "String", "Integer",
	    "Boolean" };
	enum assay_kind want = assay_expr_kind_of(failed->expr);
	char text[96];
	bool cut;

	if (failed->property != ASSAY_PROPERTY_VALUE ||
	    want == ASSAY_KIND_ANY || want == assay_kind_of(have))
		return (struct assay_bytes){ NULL, 0 };
	(void)snprintf(text, sizeof(text), "; a %s and a %s are never %s",
	    names[assay_kind_of(have)], names[want],
	    failed->compare == ASSAY_COMPARE_EQ ? "equal" : "in order");
	return keep(t, assay_bytes_of(text), sizeof(text), &cut);
}

void
assay_trace_miss(struct assay_policy_trace *t, struct assay_eval *ev,
    uint32_t fact, const struct assay_test *failed)
{
	struct assay_seen *s;

	/* A claim of another type is no near miss. */
	if (t->condition == NULL || failed->property == ASSAY_PROPERTY_TYPE)
		return;
	if ((s = see(t, ev, fact, &t->condition->missed)) == NULL)
		return;
	s->test = keep_source(t, ev, failed->span);
	s->note = type_note(t, failed, s->value_type);
}

/* A type that is there and looks like the one that is not. */
static void
find_similar(struct assay_policy_trace *t, const struct assay_eval *ev,
    struct assay_traced_condition *c)
{
	size_t best = c->type.len / 3 + 1;
	struct assay_bytes found = { NULL, 0 };
	bool cut;

	if (ev->count > SIMILAR_AMONG || t->n_similar++ >= SIMILAR_MAX)
		return;
	for (size_t i = 0; i < ev->count; i++) {
		size_t d = assay_word_distance(c->type, ev->facts[i].type);

		if (d != 0 && d < best) {
			best = d;
			found = ev->facts[i].type;
		}
	}
	if (found.len != 0)
		c->similar = keep(t, found, SHOWN_VALUE, &cut);
}

void
assay_trace_selected(struct assay_policy_trace *t, struct assay_eval *ev,
    const struct assay_condition *cond, bool held)
{
	const struct assay_indexes *set = &ev->selected[cond->index];
	struct assay_traced_condition *c = t->condition;

	if (c == NULL || t->now == NULL)
		return;
	c->done = true;
	c->held = held;
	if (held)
		t->now->n_held++;
	for (size_t i = 0; i < set->count; i++)
		(void)see(t, ev, set->at[i], &c->selected);
	if (set->count == 0 && c->missed.count == 0 && c->type.len != 0)
		find_similar(t, ev, c);
}

void
assay_trace_action(struct assay_policy_trace *t, const struct assay_eval *ev)
{
	(void)ev;
	if (t->now != NULL)
		t->now->acted = true;
}

void
assay_trace_put(struct assay_policy_trace *t, struct assay_eval *ev,
    uint32_t fact, bool changed)
{
	struct assay_seen *s;

	if (t->now == NULL)
		return;
	if ((s = see(t, ev, fact, &t->now->put)) != NULL)
		s->changed = changed;
}

void
assay_trace_failed(struct assay_policy_trace *t, const struct assay_error *err)
{
	bool cut;

	if (t->now == NULL)
		return;
	t->now->error = keep(t, assay_bytes_of(err->text), SHOWN_SOURCE, &cut);
	t->now->decided = true;
}

void
assay_trace_denied(struct assay_policy_trace *t)
{
	if (t->now != NULL)
		t->now->decided = true;
}

/* Of the rules that could have permitted, the one that came nearest: the
 * most conditions held, the first of equals. */
static struct assay_traced_rule *
nearest_permit(struct assay_policy_trace *t)
{
	struct assay_traced_rule *best = NULL;

	for (struct assay_traced_rule *r = t->rules; r != NULL; r = r->next)
		if (r->section == ASSAY_SECTION_AUTHORIZATION &&
		    r->action == ASSAY_ACTION_PERMIT &&
		    (best == NULL || r->n_held > best->n_held))
			best = r;
	return best;
}

static struct assay_traced_condition *
failed_condition(const struct assay_traced_rule *r)
{
	struct assay_traced_condition *c = r->conditions;

	while (c != NULL && c->held)
		c = c->next;
	return c;
}

/* "x is true (AttestationService)" */
static void
put_seen(struct assay_buffer *out, const struct assay_seen *s)
{
	(void)assay_buffer_printf(out, "%.*s is ", (int)s->type.len,
	    (const char *)s->type.ptr);
	switch (s->value_type) {
	case ASSAY_VALUE_INTEGER:
		(void)assay_buffer_printf(out, "%" PRId64, s->integer);
		break;
	case ASSAY_VALUE_BOOLEAN:
		(void)assay_buffer_puts(out, s->boolean ? "true" : "false");
		break;
	case ASSAY_VALUE_STRING:
	case ASSAY_VALUE_JSON:
		(void)assay_buffer_printf(out, "\"%.*s%s\"",
		    (int)s->text.len, (const char *)s->text.ptr,
		    s->cut ? "..." : "");
		break;
	}
	(void)assay_buffer_printf(out, " (%s)", s->issuer);
}

/* Why the condition did not hold. */
static void
put_why(struct assay_buffer *out, const struct assay_traced_condition *c)
{
	const struct assay_seen *miss = c->missed.first;

	if (c->negated) {
		(void)assay_buffer_printf(out, "%zu claim%s, and \"!\" wants "
		    "none", c->selected.count,
		    c->selected.count == 1 ? " matches" : "s match");
		if (c->selected.first != NULL) {
			(void)assay_buffer_puts(out, ": ");
			put_seen(out, c->selected.first);
		}
	} else if (miss != NULL) {
		put_seen(out, miss);
		(void)assay_buffer_printf(out, ", which fails %.*s%.*s",
		    (int)miss->test.len, (const char *)miss->test.ptr,
		    (int)miss->note.len, miss->note.len != 0 ?
		    (const char *)miss->note.ptr : "");
	} else if (c->type.len != 0)
		(void)assay_buffer_printf(out, "there is no claim of type "
		    "\"%.*s\"%s%.*s%s", (int)c->type.len,
		    (const char *)c->type.ptr,
		    c->similar.len != 0 ? "; did you mean \"" : "",
		    (int)c->similar.len, (const char *)c->similar.ptr,
		    c->similar.len != 0 ? "\"?" : "");
	else
		(void)assay_buffer_puts(out, "no claim matches");
}

static void
put_reason(struct assay_buffer *out, const struct assay_traced_rule *r,
    const struct assay_traced_condition *c)
{
	if (r == NULL) {
		(void)assay_buffer_puts(out,
		    "authorizationrules have no permit()");
		return;
	}
	if (c == NULL)
		return;
	(void)assay_buffer_printf(out, "rule %zu in line %zu does not permit, "
	    "since in column %zu ", r->number, r->place.line,
	    c->place.column);
	if (c->place.line != r->place.line)
		(void)assay_buffer_printf(out, "of line %zu ", c->place.line);
	put_why(out, c);
}

void
assay_trace_decide(struct assay_policy_trace *t, const char **reason)
{
	struct assay_traced_rule *r = nearest_permit(t);
	struct assay_traced_condition *c = r != NULL ? failed_condition(r) :
	    NULL;
	struct assay_buffer out = assay_buffer(SHOWN_SOURCE);
	bool cut;

	if (r != NULL)
		r->decided = true;
	if (c != NULL)
		c->decided = true;
	put_reason(&out, r, c);
	if (out.ptr != NULL)
		assay_plain_text((char *)out.ptr);
	t->reason = keep(t, assay_buffer_bytes(&out), 330, &cut);
	*reason = t->reason.ptr != NULL ? (const char *)t->reason.ptr : "";
	assay_buffer_free(&out);
}
