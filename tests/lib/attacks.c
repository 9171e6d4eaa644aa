/* SPDX-License-Identifier: Apache-2.0 */
#include "attacks.h"

#include "base/encode.h"
#include "base/text.h"
#include "json/json.h"
#include "testlib.h"

static struct assay_bytes
text_of(const json_t *object, const char *name)
{
	return assay_json_string(json_object_get(object, name));
}

static void
put_repeated(const json_t *build, struct assay_buffer *out)
{
	json_int_t n = json_integer_value(json_object_get(build, "count"));

	for (json_int_t i = 0; i < n; i++)
		(void)assay_buffer_put(out, text_of(build, "repeat"));
}

/* A token too large to be listed, from its recipe. */
static void
build_token(const json_t *build, struct assay_buffer *out)
{
	struct assay_buffer header = assay_buffer(1u << 25);

	if (assay_text_is(text_of(build, "type"), "raw")) {
		(void)assay_buffer_put(out, text_of(build, "prefix"));
		put_repeated(build, out);
		(void)assay_buffer_put(out, text_of(build, "suffix"));
	} else {
		(void)assay_buffer_put(&header,
		    text_of(build, "header_prefix"));
		put_repeated(build, &header);
		(void)assay_buffer_put(&header,
		    text_of(build, "header_suffix"));
		(void)assay_base64url_encode(assay_buffer_bytes(&header),
		    out);
		(void)assay_buffer_puts(out, ".e30.AAAA");
	}
	assay_buffer_free(&header);
}

void
attack_token(const json_t *row, struct assay_buffer *out)
{
	const json_t *build = json_object_get(row, "token_build");
	struct assay_error err;

	assay_buffer_clear(out);
	if (build != NULL)
		build_token(build, out);
	else if (json_object_get(row, "token_base64") != NULL)
		assert_true(assay_base64_decode(text_of(row, "token_base64"),
		    out, &err));
	else
		(void)assay_buffer_put(out, text_of(row, "token"));
	assert_false(out->failed);
}

/* Some tokens of the list hold a NUL, which our own parser refuses. */
json_t *
attacks_load(void)
{
	struct assay_buffer text = test_read(test_shared_path(
	    "suites/jose/attacks/jwt-attacks.json"));
	json_t *root = json_loadb(assay_buffer_str(&text), text.len,
	    JSON_ALLOW_NUL, NULL);

	assert_non_null(root);
	assay_buffer_free(&text);
	return root;
}

struct assay_keyset *
attacks_keys(const json_t *root)
{
	struct assay_buffer text = assay_buffer(1u << 16);
	struct assay_keyset *set = NULL;
	struct assay_error err;

	assert_true(assay_json_write(json_object_get(root, "trusted_jwks"),
	    &text, &err));
	assert_true(assay_keyset_parse(assay_buffer_bytes(&text), &set,
	    &err));
	assert_int_equal(assay_keyset_count(set), 3);
	assert_string_equal(assay_keyset_kid(set, 2), "ec-1");
	assert_null(assay_keyset_kid(set, 3));
	assay_buffer_free(&text);
	return set;
}

bool
attack_is_for(const json_t *row, const char *context)
{
	return assay_text_is(text_of(row, "context"), context);
}
