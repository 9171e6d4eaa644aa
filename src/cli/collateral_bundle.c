/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/collateral_bundle.h"
#include "collateral/pck.h"

#define FORMAT "assay-collateral-1"

static json_t *
base64_value(struct assay_bytes in)
{
	struct assay_buffer text = assay_buffer(ASSAY_MAX_JSON_TEXT);
	json_t *value = NULL;

	if (assay_base64_encode(in, &text))
		value = json_stringn(assay_buffer_str(&text), text.len);
	assay_buffer_free(&text);
	return value;
}

static json_t *
item_value(const struct assay_collateral_item *item)
{
	json_t *value = json_pack("{s:s, s:o}", "kind",
	    assay_collateral_kind_name(item->kind), "body",
	    base64_value(item->body));

	if (value != NULL && item->chain.len != 0 &&
	    json_object_set_new(value, "chain", base64_value(item->chain)) ==
	    -1) {
		json_decref(value);
		return NULL;
	}
	return value;
}

json_t *
cli_bundle_json(const struct assay_collateral_list *list,
    struct assay_error *err)
{
	json_t *items = json_array();

	for (size_t i = 0; items != NULL && i < list->n; i++) {
		if (json_array_append_new(items, item_value(&list->items[i])) ==
		    -1) {
			json_decref(items);
			items = NULL;
		}
	}
	if (items == NULL) {
		(void)assay_fail_memory(err, "bundle");
		return NULL;
	}
	return json_pack("{s:s, s:o}", "format", FORMAT, "items", items);
}

static bool
member_bytes(const json_t *value, const char *name, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_bytes text;

	return assay_json_get_string(value, name, &text, err) &&
	    assay_base64_decode(text, out, err);
}

static bool
kind_of(const json_t *value, enum assay_collateral_kind *out,
    struct assay_error *err)
{
	const char *kind =
	    json_string_value(json_object_get(value, "kind"));

	if (kind != NULL && assay_collateral_kind_parse(kind, out))
		return true;
	return assay_fail(err, ASSAY_ERR_BAD_FIELD,
	    "kind \"%.32s\" is unknown", kind != NULL ? kind : "");
}

/* A PCK chain is about the platform that its leaf names. */
static bool
index_item(struct assay_collateral_item *item, struct assay_error *err)
{
	struct assay_pck_chain chain = { 0 };
	struct assay_checks checks = { 0 };

	if (item->kind != ASSAY_COLLATERAL_PCK_CHAIN)
		return assay_collateral_index(item, err);
	if (!assay_pck_chain_parse(item->body, &checks, &chain, err))
		return false;
	memcpy(item->fmspc, chain.pck.fmspc, sizeof(item->fmspc));
	assay_pck_chain_free(&chain);
	return true;
}

static bool
read_item(const json_t *value, const char *source, int64_t now,
    struct assay_collateral_list *list, struct assay_error *err)
{
	struct assay_collateral_item item = {
		.source = source, .obtained = now };
	struct assay_buffer body = assay_buffer(ASSAY_MAX_CRL_BYTES);
	struct assay_buffer chain = assay_buffer(ASSAY_MAX_PEM_BYTES);
	bool ok;

	ok = kind_of(value, &item.kind, err) &&
	    member_bytes(value, "body", &body, err) &&
	    (json_object_get(value, "chain") == NULL ||
	    member_bytes(value, "chain", &chain, err));
	item.body = assay_buffer_bytes(&body);
	item.chain = assay_buffer_bytes(&chain);
	ok = ok && index_item(&item, err) &&
	    assay_collateral_list_add(list, &item, err);
	assay_buffer_free(&body);
	assay_buffer_free(&chain);
	return ok;
}

bool
cli_bundle_read(struct assay_bytes text, const char *source, int64_t now,
    struct assay_collateral_list *list, struct assay_error *err)
{
	json_t *bundle = assay_json_parse(text, NULL, err), *items, *value;
	struct assay_bytes format;
	char where[32];
	bool ok = false;
	size_t i;

	if (bundle == NULL ||
	    !assay_json_get_string(bundle, "format", &format, err) ||
	    !assay_json_get_array(bundle, "items",
	    ASSAY_MAX_COLLATERAL_ITEMS, &items, err))
		goto out;
	if (!(ok = assay_text_is(format, FORMAT))) {
		(void)assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "format is \"%.*s\", want \"" FORMAT "\"",
		    (int)(format.len < 64 ? format.len : 64),
		    (const char *)format.ptr);
		goto out;
	}
	json_array_foreach(items, i, value) {
		if (!(ok = read_item(value, source, now, list, err))) {
			(void)snprintf(where, sizeof(where), "item %zu", i);
			(void)assay_fail_in(err, where);
			break;
		}
	}
out:
	json_decref(bundle);
	return ok;
}
