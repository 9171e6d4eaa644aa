/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/block.h"

#include "base/encode.h"

static const char *const names[] = {
	[ASSAY_BLOCK_FMSPC] = "FMSPC",
	[ASSAY_BLOCK_PCK_SERIAL] = "PCK certificate with serial",
	[ASSAY_BLOCK_PPID] = "PPID",
};

static struct assay_bytes
identifier(const struct assay_platform *p, enum assay_block_kind kind)
{
	const struct assay_pck *pck = &p->chain.pck;

	switch (kind) {
	case ASSAY_BLOCK_FMSPC:
		return (struct assay_bytes){ pck->fmspc, sizeof(pck->fmspc) };
	case ASSAY_BLOCK_PPID:
		return (struct assay_bytes){ pck->ppid, sizeof(pck->ppid) };
	case ASSAY_BLOCK_PCK_SERIAL:
		break;
	}
	return assay_cert_serial(p->chain.leaf);
}

static const struct assay_block *
find(const struct assay_block_list *blocked, const struct assay_platform *p)
{
	for (size_t i = 0; i < blocked->n; i++)
		if (assay_bytes_equal(blocked->blocks[i].value,
		    identifier(p, blocked->blocks[i].kind)))
			return &blocked->blocks[i];
	return NULL;
}

bool
assay_block_check(const struct assay_block_list *blocked,
    const struct assay_platform *platform, struct assay_checks *checks,
    struct assay_error *err)
{
	const struct assay_block *b = find(blocked, platform);
	struct assay_buffer hex = assay_buffer(128);

	if (b == NULL)
		return assay_check(checks, ASSAY_CHECK_PLATFORM_NOT_BLOCKED,
		    true);
	if (assay_check(checks, ASSAY_CHECK_PLATFORM_NOT_BLOCKED, false))
		return true;
	(void)assay_hex_encode(b->value, &hex);
	(void)assay_fail(err, ASSAY_ERR_PLATFORM_BLOCKED,
	    "%s %s is blocked by the operator", names[b->kind],
	    assay_buffer_str(&hex));
	assay_buffer_free(&hex);
	return false;
}
