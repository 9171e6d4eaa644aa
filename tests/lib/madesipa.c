/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "madesipa.h"
#include "testlib.h"

size_t
made_sipa_begin(struct assay_buffer *b, uint32_t id)
{
	(void)assay_buffer_put_le(b, id, 4);
	(void)assay_buffer_put_le(b, 0, 4);
	return b->len;
}

void
made_sipa_end(struct assay_buffer *b, size_t from)
{
	assert_false(b->failed);
	assay_buffer_patch_le(b, from - 4, b->len - from, 4);
}

void
made_sipa(struct assay_buffer *b, uint32_t id, struct assay_bytes in)
{
	size_t at = made_sipa_begin(b, id);

	(void)assay_buffer_put(b, in);
	made_sipa_end(b, at);
}

void
made_sipa_bool(struct assay_buffer *b, uint32_t id, uint8_t value)
{
	made_sipa(b, id, (struct assay_bytes){ &value, 1 });
}

void
made_sipa_key(struct assay_buffer *b, uint32_t id,
    const struct assay_pkey *key)
{
	struct assay_buffer n = assay_buffer(2048), e = assay_buffer(64);
	struct assay_error err = { 0 };
	size_t at = made_sipa_begin(b, id);

	assert_true(assay_pkey_rsa(key, &n, &e, &err));
	(void)assay_buffer_put_le(b, 1, 4);
	(void)assay_buffer_put_le(b, assay_pkey_bits(key), 4);
	(void)assay_buffer_put_le(b, e.len, 4);
	(void)assay_buffer_put_le(b, n.len, 4);
	(void)assay_buffer_put(b, assay_buffer_bytes(&e));
	(void)assay_buffer_put(b, assay_buffer_bytes(&n));
	made_sipa_end(b, at);
	assay_buffer_free(&n);
	assay_buffer_free(&e);
}

void
made_variable(struct assay_buffer *b, const char *name,
    struct assay_bytes value)
{
	static const uint8_t global[16] = { 0x61, 0xdf, 0xe4, 0x8b, 0xca,
		0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b,
		0x8c };

	(void)assay_buffer_put(b, (struct assay_bytes){ global, 16 });
	(void)assay_buffer_put_le(b, strlen(name), 8);
	(void)assay_buffer_put_le(b, value.len, 8);
	for (; *name != '\0'; name++)
		(void)assay_buffer_put_le(b, (uint8_t)*name, 2);
	assert_true(assay_buffer_put(b, value) || value.len == 0);
}
