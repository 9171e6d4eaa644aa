/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/limits.h"
#include "cli/event_view.h"
#include "cli/sipa_view.h"

static json_t *
text_json(struct assay_bytes payload)
{
	struct assay_buffer b = assay_buffer(2 * ASSAY_MAX_EVENT_BYTES);
	json_t *value = NULL;

	if (assay_sipa_text(payload, &b))
		value = json_string(assay_buffer_str(&b));
	assay_buffer_free(&b);
	return value;
}

/* NULL if the payload does not have the form of its id. */
static json_t *
plain(const struct assay_sipa_node *node)
{
	char choice[ASSAY_SIPA_CHOICE_TEXT];
	uint64_t number;
	bool yes;

	if (node->known == NULL)
		return NULL;
	switch (node->known->payload) {
	case ASSAY_SIPA_BOOL:
		return assay_sipa_bool(node->payload, &yes) ?
		    json_boolean(yes) : NULL;
	case ASSAY_SIPA_U32:
	case ASSAY_SIPA_U64:
		return assay_sipa_integer(node->payload, &number) &&
		    number <= INT64_MAX ? json_integer((json_int_t)number) :
		    NULL;
	case ASSAY_SIPA_CHOICE:
		return assay_sipa_integer(node->payload, &number) ?
		    json_string(assay_sipa_choice(node->id, number,
		    choice)) : NULL;
	case ASSAY_SIPA_TEXT:
		return text_json(node->payload);
	case ASSAY_SIPA_CONTAINER:
	case ASSAY_SIPA_BLOB:
	case ASSAY_SIPA_SI_POLICY:
	case ASSAY_SIPA_REVOCATION_LIST:
	case ASSAY_SIPA_KEY_INFO:
	case ASSAY_SIPA_SBCP_INFO:
	case ASSAY_SIPA_OPAQUE:
		return NULL;
	}
	return NULL;
}

static void
add(json_t *object, const struct assay_sipa_node *node, json_t *value)
{
	char name[24];
	json_t *old, *array;

	(void)snprintf(name, sizeof(name), "0x%08" PRIx32, node->id);
	if (node->known != NULL)
		old = json_object_get(object, node->known->name);
	else
		old = json_object_get(object, name);
	array = old;
	if (old != NULL && !json_is_array(old))
		array = json_pack("[O]", old);
	if (old != NULL) {
		(void)json_array_append_new(array, value);
		value = array == old ? json_incref(array) : array;
	}
	(void)json_object_set_new(object, node->known != NULL ?
	    node->known->name : name, value);
}

static void
add_children(json_t *object, const struct assay_sipa *tree,
    const struct assay_sipa_node *of)
{
	for (size_t i = 0; i < of->count; i++) {
		const struct assay_sipa_node *node =
		    &tree->nodes[of->first + i];
		json_t *value;

		if (node->known != NULL &&
		    node->known->payload == ASSAY_SIPA_CONTAINER) {
			value = json_object();
			add_children(value, tree, node);
		} else if ((value = plain(node)) == NULL) {
			value = cli_hex_json(node->payload);
		}
		add(object, node, value);
	}
}

void
cli_sipa_view(json_t *out, struct assay_bytes data)
{
	struct assay_error ignored;
	struct assay_sipa tree;

	if (!assay_sipa_parse(data, &tree, &ignored))
		return;
	add_children(out, &tree, &tree.nodes[0]);
	assay_sipa_free(&tree);
}
