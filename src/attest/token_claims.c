/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "attest/token_claims.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"

/*
 * Members in the making: each value is a run of JSON text in one buffer.
 * Several values of one name become an array, in the order they came.
 */
struct member {
	struct assay_bytes	name;		/* borrowed */
	size_t			at, len;	/* in text */
	size_t			order;
};

struct object {
	struct member		*members;
	size_t			 n, room;
	struct assay_buffer	 text;
};

static bool
object_new(struct object *o, size_t room, struct assay_error *err)
{
	*o = (struct object){
		.room = room, .text = assay_buffer(ASSAY_MAX_TOKEN_BYTES),
	};
	o->members = assay_alloc(room + 1, sizeof(*o->members));
	return o->members != NULL || assay_fail_memory(err, "token claims");
}

static void
object_free(struct object *o)
{
	assay_buffer_free(&o->text);
	free(o->members);
}

/* ---- values as JSON text ------------------------------------------------ */

/* Does JSON want anything in it escaped? */
static bool
is_plain(struct assay_bytes s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < 0x20 || s.ptr[i] == '"' || s.ptr[i] == '\\' ||
		    s.ptr[i] >= 0x7f)
			return false;
	return true;
}

static bool
put_string(struct assay_buffer *out, struct assay_bytes s,
    struct assay_error *err)
{
	json_t *value;
	bool ok;

	if (is_plain(s)) {
		(void)assay_buffer_putc(out, '"');
		(void)assay_buffer_put(out, s);
		(void)assay_buffer_putc(out, '"');
		return true;	/* the caller asks assay_buffer_ok() */
	}
	if ((value = json_stringn((const char *)s.ptr, s.len)) == NULL)
		return assay_fail(err, ASSAY_ERR_BAD_ENCODING,
		    "a claim is not UTF-8 text");
	ok = assay_json_write(value, out, err);
	json_decref(value);
	return ok;
}

static bool
put_value(struct assay_buffer *out, const struct assay_claim *claim,
    struct assay_error *err)
{
	switch (claim->value_type) {
	case ASSAY_VALUE_STRING:
		return put_string(out, claim->text, err);
	case ASSAY_VALUE_INTEGER:
		(void)assay_buffer_printf(out, "%" PRId64, claim->integer);
		return true;
	case ASSAY_VALUE_BOOLEAN:
		(void)assay_buffer_puts(out, claim->boolean ? "true" :
		    "false");
		return true;
	case ASSAY_VALUE_JSON:
		(void)assay_buffer_put(out, claim->text);
		return true;
	}
	return assay_fail(err, ASSAY_ERR_INTERNAL, "claim of no type");
}

/* ---- members ----------------------------------------------------------- */

static struct member *
next_member(struct object *o, struct assay_bytes name)
{
	struct member *m = &o->members[o->n];

	*m = (struct member){
		.name = name, .at = o->text.len, .order = o->n,
	};
	return m;
}

static void
close_member(struct object *o)
{
	o->members[o->n].len = o->text.len - o->members[o->n].at;
	o->n++;
}

static bool
has_room(const struct object *o, struct assay_error *err)
{
	return o->n < o->room || assay_fail(err, ASSAY_ERR_INTERNAL,
	    "token claims: more members than counted");
}

static bool
add_claim(struct object *o, const struct assay_claim *claim,
    struct assay_error *err)
{
	if (!has_room(o, err))
		return false;
	(void)next_member(o, claim->type);
	if (!put_value(&o->text, claim, err))
		return false;
	close_member(o);
	return true;
}

static bool
add_claims(struct object *o, struct assay_claims *set, struct assay_error *err)
{
	struct assay_claim claim;

	for (size_t i = 0; i < assay_claims_count(set); i++)
		if (!assay_claims_at(set, i, &claim, err) ||
		    !add_claim(o, &claim, err))
			return false;
	return true;
}

static bool
add_raw(struct object *o, const char *name, struct assay_bytes json,
    struct assay_error *err)
{
	if (!has_room(o, err))
		return false;
	(void)next_member(o, assay_bytes_of(name));
	(void)assay_buffer_put(&o->text, json);
	close_member(o);
	return true;
}

static bool
add_text(struct object *o, const char *name, const char *text,
    struct assay_error *err)
{
	const struct assay_claim claim = {
		.type = assay_bytes_of(name),
		.value_type = ASSAY_VALUE_STRING,
		.text = assay_bytes_of(text),
	};

	return add_claim(o, &claim, err);
}

static int
compare_bytes(struct assay_bytes a, struct assay_bytes b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static int
compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int c = compare_bytes(x->name, y->name);

	return c != 0 ? c : (x->order > y->order) - (x->order < y->order);
}

static void
sort_members(struct object *o)
{
	qsort(o->members, o->n, sizeof(*o->members), compare_members);
}

static struct assay_bytes
value_of(const struct object *o, const struct member *m)
{
	return (struct assay_bytes){ o->text.ptr + m->at, m->len };
}

/* Members of the same name from i on, after sorting. */
static size_t
run_length(const struct object *o, size_t i)
{
	size_t n = 1;

	while (i + n < o->n && compare_bytes(o->members[i].name,
	    o->members[i + n].name) == 0)
		n++;
	return n;
}

static bool
put_member(const struct object *o, size_t i, size_t n,
    struct assay_buffer *out, struct assay_error *err)
{
	if (!put_string(out, o->members[i].name, err))
		return false;
	(void)assay_buffer_puts(out, n == 1 ? ":" : ":[");
	for (size_t k = 0; k < n; k++) {
		if (k != 0)
			(void)assay_buffer_putc(out, ',');
		(void)assay_buffer_put(out, value_of(o, &o->members[i + k]));
	}
	if (n != 1)
		(void)assay_buffer_putc(out, ']');
	return true;
}

/* Sorted members as one compact object. */
static bool
write_object(const struct object *o, struct assay_buffer *out,
    struct assay_error *err)
{
	(void)assay_buffer_putc(out, '{');
	for (size_t i = 0, n; i < o->n; i += n) {
		n = run_length(o, i);
		if (i != 0)
			(void)assay_buffer_putc(out, ',');
		if (!put_member(o, i, n, out, err))
			return false;
	}
	(void)assay_buffer_putc(out, '}');
	return assay_buffer_ok(out, "token claims", err);
}

/* ---- what a policy may not say ----------------------------------------- */

static bool
has_prefix(struct assay_bytes s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && memcmp(s.ptr, prefix, n) == 0;
}

static bool
is_reserved(struct assay_bytes name)
{
	static const char *const names[] = {
		"iss", "iat", "exp", "nbf", "jti", "nonce", "cnf", "rp_data",
		"maa-ehd", "aas-ehd", "maa-attestationcollateral",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (assay_text_is(name, names[i]))
			return true;
	return has_prefix(name, "x-ms-") || has_prefix(name, "x-assay-");
}

/* What the service says under the name, or NULL. */
static const struct member *
service_member(const struct object *service, struct assay_bytes name)
{
	for (size_t i = 0; i < service->n; i++)
		if (compare_bytes(service->members[i].name, name) == 0)
			return &service->members[i];
	return NULL;
}

/* Is it a claim that the service showed to the policy, unchanged? */
static bool
is_known(const struct object *issued, const struct member *m,
    struct assay_claims *known)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	struct assay_error ignored;
	struct assay_claim claim;
	bool ok = false;

	for (size_t i = 0; known != NULL && !ok &&
	    i < assay_claims_count(known); i++) {
		if (compare_bytes(assay_claims_type_at(known, i), m->name) != 0)
			continue;
		assay_buffer_clear(&text);
		ok = assay_claims_at(known, i, &claim, &ignored) &&
		    claim.issuer == ASSAY_ISSUER_SERVICE &&
		    put_value(&text, &claim, &ignored) && !text.failed &&
		    compare_bytes(assay_buffer_bytes(&text),
		    value_of(issued, m)) == 0;
	}
	assay_buffer_free(&text);
	return ok;
}

/*
 * A policy may repeat what the service says, word for word, and nothing else
 * under a name of the service.
 */
static bool
check_issued(const struct object *issued, const struct object *service,
    struct assay_claims *known, struct assay_error *err)
{
	for (size_t i = 0; i < issued->n; i++) {
		const struct member *m = &issued->members[i];
		const struct member *said = service_member(service, m->name);

		if (said == NULL ? !is_reserved(m->name) :
		    compare_bytes(value_of(service, said),
		    value_of(issued, m)) == 0)
			continue;
		if (said == NULL && is_known(issued, m, known))
			continue;
		return assay_fail(err, ASSAY_ERR_POLICY_RUNTIME_ERROR,
		    "the policy issues \"%.*s\", which only the service may "
		    "make", m->name.len < 100 ? (int)m->name.len : 100,
		    (const char *)m->name.ptr);
	}
	return true;
}

/* Issued claims at top level, but for those that repeat the service. */
static bool
add_issued(struct object *o, const struct object *issued,
    const struct object *service, struct assay_error *err)
{
	for (size_t i = 0; i < issued->n; i++) {
		const struct member *m = &issued->members[i];

		if (service_member(service, m->name) != NULL)
			continue;
		if (!has_room(o, err))
			return false;
		(void)next_member(o, m->name);
		(void)assay_buffer_put(&o->text, value_of(issued, m));
		close_member(o);
	}
	return true;
}

static bool
add_policy(struct object *o, const struct assay_token_claims_parts *parts,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	struct object issued = { 0 }, service = *o;
	bool ok = false;

	/* A view of what is there now: members stay where they are, text
	 * moves when it grows and is not looked at after that. */
	if (!object_new(&issued, assay_claims_count(parts->issued), err) ||
	    !add_claims(&issued, parts->issued, err) ||
	    !assay_buffer_ok(&issued.text, "token claims", err) ||
	    !check_issued(&issued, &service, parts->known, err))
		goto out;
	sort_members(&issued);
	if (!write_object(&issued, &text, err) ||
	    !add_issued(o, &issued, &service, err))
		goto out;
	ok = parts->flat || add_raw(o, "x-ms-policy",
	    assay_buffer_bytes(&text), err);
out:
	object_free(&issued);
	assay_buffer_free(&text);
	return ok;
}

/* ---- the nonce --------------------------------------------------------- */

/* A string as it would be written, a number as it was: the Go client sends
 * any up to 2^64 - 1, which no double and no int64_t holds. */
static bool
add_nonce(struct object *o, struct assay_bytes text, struct assay_error *err)
{
	const struct assay_json_options opt = { .big_integers_as_text = true };
	struct assay_buffer b = assay_buffer(ASSAY_MAX_HTTP_BODY);
	json_t *value;
	bool ok = false;

	if ((value = assay_json_parse(text, &opt, err)) == NULL)
		return assay_fail_in(err, "nonce");
	if (!json_is_string(value) && !json_is_integer(value)) {
		(void)assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "nonce is neither a string nor an integer");
		goto out;
	}
	if (json_is_string(value) && memchr(text.ptr, '"', text.len) == NULL)
		(void)assay_buffer_puts(&b, json_string_value(value));
	else if (!assay_json_write(value, &b, err))
		goto out;
	ok = assay_buffer_ok(&b, "nonce", err) &&
	    add_raw(o, "nonce", assay_buffer_bytes(&b), err);
out:
	json_decref(value);
	assay_buffer_free(&b);
	return ok;
}

bool
assay_token_claims_make(const struct assay_token_claims_parts *parts,
    char **out, struct assay_error *err)
{
	size_t n_issued = parts->issued == NULL ? 0 :
	    assay_claims_count(parts->issued);
	struct assay_buffer text = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	struct object o = { 0 };
	bool ok = false;

	if (!object_new(&o, assay_claims_count(parts->service) + n_issued + 4,
	    err))
		return false;
	if (!add_claims(&o, parts->service, err) ||
	    !add_text(&o, "x-ms-ver", "1.0", err) ||
	    (parts->policy_hash != NULL && !add_text(&o, "x-ms-policy-hash",
	    parts->policy_hash, err)) ||
	    (parts->nonce.len != 0 && !add_nonce(&o, parts->nonce, err)) ||
	    (n_issued != 0 && !add_policy(&o, parts, err)) ||
	    !assay_buffer_ok(&o.text, "token claims", err))
		goto out;
	sort_members(&o);
	if (!write_object(&o, &text, err))
		goto out;
	if ((*out = assay_buffer_take(&text)) == NULL) {
		(void)assay_fail_memory(err, "token claims");
		goto out;
	}
	ok = true;
out:
	object_free(&o);
	assay_buffer_free(&text);
	return ok;
}
