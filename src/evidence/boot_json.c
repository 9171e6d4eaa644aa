/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/encode.h"
#include "evidence/boot_json.h"
#include "evidence/sipa.h"
#include "json/json.h"

static void
put_comma(struct assay_buffer *out)
{
	uint8_t last = out->len != 0 ? out->ptr[out->len - 1] : '[';

	if (last != '{' && last != '[')
		(void)assay_buffer_putc(out, ',');
}

void
assay_boot_put_name(struct assay_buffer *out, const char *name)
{
	put_comma(out);
	(void)assay_buffer_putc(out, '"');
	(void)assay_buffer_puts(out, name);
	(void)assay_buffer_puts(out, "\":");
}

void
assay_boot_put_text(struct assay_buffer *out, struct assay_bytes text)
{
	struct assay_error err;

	/* UTF-8 by contract; a full buffer is remembered. */
	(void)!assay_json_write_string(text, out, &err);
}

void
assay_boot_put_base64url(struct assay_buffer *out, struct assay_bytes bytes)
{
	(void)assay_buffer_putc(out, '"');
	(void)assay_base64url_encode(bytes, out);
	(void)assay_buffer_putc(out, '"');
}

void
assay_boot_put_number(struct assay_buffer *out, uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), value > INT64_MAX ?
	    "\"%" PRIu64 "\"" : "%" PRIu64, value);
	(void)assay_buffer_puts(out, text);
}

void
assay_boot_put_raw(struct assay_buffer *out, struct assay_bytes bytes)
{
	(void)assay_buffer_puts(out, "{\"RawData\":");
	assay_boot_put_base64url(out, bytes);
}

static void
put_utf16(struct assay_buffer *out, struct assay_bytes utf16)
{
	struct assay_buffer text = assay_buffer(2 * utf16.len + 1);

	if (assay_sipa_text(utf16, &text)) {
		assay_boot_put_text(out, assay_buffer_bytes(&text));
	} else {
		assay_boot_put_raw(out, utf16);
		(void)assay_buffer_putc(out, '}');
	}
	assay_buffer_free(&text);
}

static void
put_digest(struct assay_buffer *out, uint16_t alg, struct assay_bytes digest)
{
	assay_boot_put_name(out, "HashAlgID");
	assay_boot_put_number(out, alg);
	assay_boot_put_name(out, "Digest");
	assay_boot_put_base64url(out, digest);
}

/* Structures: all bytes, and what they mean if they are of their form. */
static void
put_structure(struct assay_buffer *out, const struct assay_sipa_node *node)
{
	enum assay_sipa_payload form = node->known != NULL ?
	    node->known->payload : ASSAY_SIPA_OPAQUE;
	struct assay_sipa_revocation_list list;
	struct assay_sipa_si_policy policy;
	struct assay_sipa_sbcp_info sbcp;
	struct assay_sipa_key_info key;

	assay_boot_put_raw(out, node->payload);
	if (form == ASSAY_SIPA_SI_POLICY &&
	    assay_sipa_si_policy(node->payload, &policy)) {
		assay_boot_put_name(out, "PolicyVersion");
		assay_boot_put_number(out, policy.version);
		assay_boot_put_name(out, "PolicyName");
		put_utf16(out, policy.name);
		put_digest(out, policy.hash_alg, policy.digest);
	} else if (form == ASSAY_SIPA_REVOCATION_LIST &&
	    assay_sipa_revocation_list(node->payload, &list)) {
		assay_boot_put_name(out, "CreationTime");
		assay_boot_put_number(out, list.created);
		put_digest(out, list.hash_alg, list.digest);
	} else if (form == ASSAY_SIPA_SBCP_INFO &&
	    assay_sipa_sbcp_info(node->payload, &sbcp)) {
		assay_boot_put_name(out, "Options");
		assay_boot_put_number(out, sbcp.options);
		assay_boot_put_name(out, "SignersCount");
		assay_boot_put_number(out, sbcp.signers);
		put_digest(out, sbcp.hash_alg, sbcp.digest);
	} else if (form == ASSAY_SIPA_KEY_INFO &&
	    assay_sipa_key_info(node->payload, &key)) {
		assay_boot_put_name(out, "KeyBitLength");
		assay_boot_put_number(out, key.bits);
	}
	(void)assay_buffer_putc(out, '}');
}

static void
put_choice(struct assay_buffer *out, const struct assay_sipa_node *node,
    uint64_t value)
{
	char text[ASSAY_SIPA_CHOICE_TEXT];

	(void)assay_buffer_puts(out, "{\"Value\":");
	assay_boot_put_number(out, value);
	assay_boot_put_name(out, "String");
	assay_boot_put_text(out, assay_bytes_of(assay_sipa_choice(node->id,
	    value, text)));
	(void)assay_buffer_putc(out, '}');
}

/* A payload that is not of its form is shown as bytes: a policy that expects
 * a boolean then finds none. */
static void
put_leaf(struct assay_buffer *out, const struct assay_sipa_node *node)
{
	enum assay_sipa_payload form = node->known != NULL ?
	    node->known->payload : ASSAY_SIPA_OPAQUE;
	size_t len = node->payload.len;
	uint64_t value;
	bool flag;

	if (form == ASSAY_SIPA_BOOL && assay_sipa_bool(node->payload, &flag))
		(void)assay_buffer_puts(out, flag ? "true" : "false");
	else if (((form == ASSAY_SIPA_U32 && len == 4) ||
	    (form == ASSAY_SIPA_U64 && len == 8)) &&
	    assay_sipa_integer(node->payload, &value))
		assay_boot_put_number(out, value);
	else if (form == ASSAY_SIPA_CHOICE &&
	    assay_sipa_integer(node->payload, &value))
		put_choice(out, node, value);
	else if (form == ASSAY_SIPA_TEXT)
		put_utf16(out, node->payload);
	else if (form == ASSAY_SIPA_BLOB)
		assay_boot_put_base64url(out, node->payload);
	else
		put_structure(out, node);
}

static void put_node(struct assay_buffer *out, const struct assay_sipa *tree,
    const struct assay_sipa_node *node);

static void
put_container(struct assay_buffer *out, const struct assay_sipa *tree,
    const struct assay_sipa_node *of)
{
	char unknown[24];

	(void)assay_buffer_putc(out, '{');
	for (size_t i = of->first, n; i < of->first + of->count; i += n) {
		const struct assay_sipa_node *node = assay_sipa_children(tree,
		    of, tree->nodes[i].id, &n);
		bool array = n > 1 || (node->known != NULL &&
		    node->known->many);

		if ((node->id & ASSAY_SIPA_NONMEASURED) != 0)
			continue;
		(void)snprintf(unknown, sizeof(unknown), "EVENT_0x%08x",
		    node->id);
		assay_boot_put_name(out, node->known != NULL ?
		    node->known->name : unknown);
		if (array)
			(void)assay_buffer_putc(out, '[');
		for (size_t j = 0; j < n; j++) {
			if (j != 0)
				(void)assay_buffer_putc(out, ',');
			put_node(out, tree, &node[j]);
		}
		if (array)
			(void)assay_buffer_putc(out, ']');
	}
	(void)assay_buffer_putc(out, '}');
}

/* At most ASSAY_MAX_SIPA_DEPTH calls within each other. */
static void
put_node(struct assay_buffer *out, const struct assay_sipa *tree,
    const struct assay_sipa_node *node)
{
	if (node->known != NULL &&
	    node->known->payload == ASSAY_SIPA_CONTAINER)
		put_container(out, tree, node);
	else
		put_leaf(out, node);
}

bool
assay_boot_put_tagged(struct assay_buffer *out, struct assay_bytes data,
    struct assay_error *err)
{
	struct assay_sipa tree = { 0 };

	if (!assay_sipa_parse(data, &tree, err))
		return false;
	put_container(out, &tree, &tree.nodes[0]);
	assay_sipa_free(&tree);
	return true;
}
