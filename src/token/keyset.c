/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "token/keyset.h"

/* A key of the set that cannot be used, so that a refusal can say why. */
struct unusable {
	char	*kid;
	char	*why;
};

struct assay_keyset {
	struct assay_jwk	*keys;
	size_t			 count;
	struct unusable		*unusable;
	size_t			 n_unusable;
};

static bool
has_kid(const struct assay_keyset *set, const char *kid)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->keys[i].kid, kid) == 0)
			return true;
	return false;
}

/*
 * RFC 7517 section 5: keys of other kinds, incomplete or out of range are
 * ignored, since one odd key must not stop the others from being used.
 */
static bool
note_unusable(struct assay_keyset *set, const json_t *value, const char *why,
    struct assay_error *err)
{
	struct unusable u;

	u.kid = assay_strdup_bytes(assay_json_string(
	    json_object_get(value, "kid")));
	u.why = assay_strdup_bytes(assay_bytes_of(why));
	if (u.kid == NULL || u.why == NULL) {
		free(u.kid);
		free(u.why);
		return assay_fail_memory(err, "JWKS");
	}
	set->unusable[set->n_unusable++] = u;
	return true;
}

/* Keys without kid may be many: no token can name one of them. */
static bool
take_key(struct assay_keyset *set, struct assay_jwk *jwk,
    struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];

	if (jwk->kid[0] != '\0' && has_kid(set, jwk->kid)) {
		assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "two keys have the kid \"%s\"",
		    assay_text_show(assay_bytes_of(jwk->kid), show));
		assay_jwk_free(jwk);
		return false;
	}
	set->keys[set->count++] = *jwk;
	return true;
}

static bool
add_key(struct assay_keyset *set, const json_t *value,
    struct assay_error *err)
{
	struct assay_error why;
	struct assay_jwk jwk;

	/* Whoever publishes a private key has lost it. */
	if (json_object_get(value, "d") != NULL)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "private member \"d\"");
	if (!assay_jwk_usable(value))
		return note_unusable(set, value,
		    "it is not a signature key of a supported kind", err);
	if (assay_jwk_parse(value, &jwk, &why))
		return take_key(set, &jwk, err);
	if (assay_code_class(why.code) == ASSAY_CLASS_INTERNAL) {
		*err = why;
		return false;
	}
	return note_unusable(set, value, why.text, err);
}

static bool
add_keys(struct assay_keyset *set, const json_t *keys,
    struct assay_error *err)
{
	char where[40];

	for (size_t i = 0; i < json_array_size(keys); i++)
		if (!add_key(set, json_array_get(keys, i), err)) {
			(void)snprintf(where, sizeof(where), "JWKS key %zu",
			    i);
			return assay_fail_in(err, where);
		}
	return true;
}

bool
assay_keyset_parse(struct assay_bytes jwks, struct assay_keyset **out,
    struct assay_error *err)
{
	struct assay_keyset *set = NULL;
	json_t *root, *keys;
	bool ok = false;
	size_t n;

	if ((root = assay_json_parse(jwks, NULL, err)) == NULL ||
	    !assay_json_get_array(root, "keys", ASSAY_MAX_TOKEN_KEYS, &keys,
	    err)) {
		assay_fail_in(err, "JWKS");
		goto out;
	}
	n = json_array_size(keys) + 1;
	if ((set = assay_alloc(1, sizeof(*set))) == NULL ||
	    (set->keys = assay_alloc(n, sizeof(*set->keys))) == NULL ||
	    (set->unusable = assay_alloc(n,
	    sizeof(*set->unusable))) == NULL) {
		assay_fail_memory(err, "JWKS");
		goto out;
	}
	if (!add_keys(set, keys, err))
		goto out;
	*out = set;
	set = NULL;
	ok = true;
out:
	json_decref(root);
	assay_keyset_free(set);
	return ok;
}

void
assay_keyset_free(struct assay_keyset *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		assay_jwk_free(&set->keys[i]);
	for (size_t i = 0; i < set->n_unusable; i++) {
		free(set->unusable[i].kid);
		free(set->unusable[i].why);
	}
	free(set->keys);
	free(set->unusable);
	free(set);
}

size_t
assay_keyset_count(const struct assay_keyset *set)
{
	return set->count;
}

const char *
assay_keyset_kid(const struct assay_keyset *set, size_t index)
{
	return index < set->count ? set->keys[index].kid : NULL;
}

static bool
not_found(const struct assay_keyset *set, struct assay_bytes kid,
    struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];

	(void)assay_text_show(kid, show);
	for (size_t i = 0; kid.len != 0 && i < set->n_unusable; i++)
		if (assay_text_is(kid, set->unusable[i].kid))
			return assay_fail(err, ASSAY_ERR_TOKEN_KEY_UNKNOWN,
			    "token names key \"%s\", which is published but "
			    "cannot be used: %s", show, set->unusable[i].why);
	return assay_fail(err, ASSAY_ERR_TOKEN_KEY_UNKNOWN,
	    "token names key \"%s\", which is none of the %zu published",
	    show, set->count + set->n_unusable);
}

bool
assay_keyset_find(const struct assay_keyset *set, struct assay_bytes kid,
    const struct assay_jwk **out, struct assay_error *err)
{
	if (kid.ptr == NULL) {
		if (set->count != 1)
			return assay_fail(err, ASSAY_ERR_TOKEN_KEY_UNKNOWN,
			    "token has no kid, and the set has %zu keys",
			    set->count);
		*out = &set->keys[0];
		return true;
	}
	for (size_t i = 0; kid.len != 0 && i < set->count; i++)
		if (assay_text_is(kid, set->keys[i].kid)) {
			*out = &set->keys[i];
			return true;
		}
	return not_found(set, kid, err);
}
