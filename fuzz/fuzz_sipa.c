/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: tagged data of Windows, and every payload in every form. */
#include <stdlib.h>

#include "base/limits.h"
#include "evidence/sipa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
decode(const struct assay_sipa_node *node)
{
	struct assay_buffer text = assay_buffer(4096);
	struct assay_sipa_si_policy policy;
	struct assay_sipa_revocation_list list;
	struct assay_sipa_sbcp_info sbcp;
	struct assay_pkey *key = NULL;
	struct assay_error err = { 0 };
	char choice[ASSAY_SIPA_CHOICE_TEXT];
	uint64_t value;
	bool flag;

	if (assay_sipa_bool(node->payload, &flag) &&
	    !assay_sipa_integer(node->payload, &value))
		abort();
	if (assay_sipa_integer(node->payload, &value))
		(void)assay_sipa_choice(node->id, value, choice);
	(void)!assay_sipa_text(node->payload, &text);
	(void)!assay_sipa_si_policy(node->payload, &policy);
	(void)!assay_sipa_revocation_list(node->payload, &list);
	(void)!assay_sipa_sbcp_info(node->payload, &sbcp);
	if (!assay_sipa_key(node->payload, &key, &err) &&
	    err.code == ASSAY_ERR_OK)
		abort();
	assay_pkey_free(key);
	assay_buffer_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_bytes in = { data, len };
	struct assay_sipa tree = { 0 };
	struct assay_error err = { 0 };
	size_t n;

	(void)assay_sipa_like(in);
	if (!assay_sipa_parse(in, &tree, &err)) {
		if (err.code == ASSAY_ERR_OK || tree.nodes != NULL)
			abort();
		return 0;
	}
	for (size_t i = 0; i < tree.n_nodes; i++) {
		const struct assay_sipa_node *node = &tree.nodes[i];

		if (node->first + node->count > tree.n_nodes ||
		    node->depth > ASSAY_MAX_SIPA_DEPTH)
			abort();
		for (size_t j = 0; j < node->count; j++)
			if (assay_sipa_children(&tree, node,
			    tree.nodes[node->first + j].id, &n) == NULL)
				abort();
		decode(node);
	}
	assay_sipa_free(&tree);
	return 0;
}
