/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/reader.h"
#include "evidence/tpla.h"

#define MAGIC	UINT32_C(0x414c5054)	/* "TPLA" */
#define VERSION	0

struct header {
	uint32_t	magic, version, pcr_alg;
	uint32_t	cb_signature, cb_quote, cb_pcrs;
};

static bool
parse_header(struct assay_reader *r, struct header *out,
    struct assay_error *err)
{
	uint32_t *const fields[] = {
		&out->magic, &out->version, &out->pcr_alg,
		&out->cb_signature, &out->cb_quote, &out->cb_pcrs,
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!assay_read_u32le(r, fields[i]))
			return assay_fail(err, ASSAY_ERR_TPM_CLAIM_MALFORMED,
			    "platform claim ends in its header of 24 bytes");
	if (out->magic != MAGIC)
		return assay_fail(err, ASSAY_ERR_TPM_CLAIM_MALFORMED,
		    "platform claim starts with 0x%08" PRIx32 ", want 0x%08"
		    PRIx32 " (\"TPLA\")", out->magic, MAGIC);
	if (out->version != VERSION)
		return assay_fail(err, ASSAY_ERR_TPM_CLAIM_MALFORMED,
		    "platform claim has version %" PRIu32 ", want %d",
		    out->version, VERSION);
	return true;
}

static bool
parse_pcrs(struct assay_bytes in, uint32_t alg, struct assay_pcrs *out,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(in);
	struct assay_pcr_bank *bank = &out->bank[0];
	enum assay_hash hash;
	size_t size;

	if (alg > UINT16_MAX || !assay_tpm_hash((uint16_t)alg, &hash))
		return assay_fail(err, ASSAY_ERR_TPM_CLAIM_MALFORMED,
		    "platform claim has PCRs of algorithm 0x%" PRIx32
		    ", want SHA-1, SHA-256, SHA-384 or SHA-512", alg);
	size = assay_hash_size(hash);
	memset(out, 0, sizeof(*out));
	out->n_banks = 1;
	bank->alg = (uint16_t)alg;
	bank->mask = (UINT32_C(1) << ASSAY_PCR_COUNT) - 1;
	for (size_t i = 0; i < ASSAY_PCR_COUNT; i++)
		if (!assay_read_copy(&r, bank->value[i], size))
			break;
	if (in.len != size * ASSAY_PCR_COUNT)
		return assay_fail(err, ASSAY_ERR_TPM_CLAIM_MALFORMED,
		    "platform claim has %zu bytes of PCRs, want %zu: %d of "
		    "%s", in.len, size * ASSAY_PCR_COUNT, ASSAY_PCR_COUNT,
		    assay_hash_name(hash));
	return true;
}

bool
assay_tpla_parse(struct assay_bytes in, struct assay_tpla *out,
    struct assay_error *err)
{
	struct assay_reader r = assay_reader(in);
	struct assay_tpla claim;
	struct assay_bytes pcrs;
	struct header h = { 0 };

	if (!parse_header(&r, &h, err))
		return false;
	if (!assay_read_bytes(&r, h.cb_signature, &claim.signature) ||
	    !assay_read_bytes(&r, h.cb_quote, &claim.quote) ||
	    !assay_read_bytes(&r, h.cb_pcrs, &pcrs))
		return assay_fail(err, ASSAY_ERR_TPM_CLAIM_MALFORMED,
		    "platform claim of %zu bytes announces %" PRIu32
		    " of signature, %" PRIu32 " of quote and %" PRIu32
		    " of PCRs", in.len, h.cb_signature, h.cb_quote,
		    h.cb_pcrs);
	if (assay_reader_left(&r) != 0)
		return assay_fail(err, ASSAY_ERR_TPM_CLAIM_MALFORMED,
		    "platform claim has %zu bytes behind its PCRs (offset "
		    "%zu)", assay_reader_left(&r), assay_reader_offset(&r));
	if (!parse_pcrs(pcrs, h.pcr_alg, &claim.pcrs, err))
		return false;
	*out = claim;
	return true;
}
