/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/boot_aggregate.h"

#include "base/text.h"

#define LAST_WITH_LOADERS	9	/* since kernel 5.8, but for SHA-1 */
#define LAST_OF_FIRMWARE	7

bool
assay_ima_is_aggregate(const struct assay_ima_entry *e)
{
	return assay_text_is(e->file_name, "boot_aggregate");
}

static bool
all_zero(struct assay_bytes in)
{
	uint8_t any = 0;

	for (size_t i = 0; i < in.len; i++)
		any |= in.ptr[i];
	return any == 0;
}

static bool
hash_of_name(struct assay_bytes name, enum assay_hash *out)
{
	static const enum assay_hash all[ASSAY_PCR_BANKS] = {
		ASSAY_SHA1, ASSAY_SHA256, ASSAY_SHA384, ASSAY_SHA512,
	};

	for (size_t i = 0; i < ASSAY_PCR_BANKS; i++)
		if (assay_text_is(name, assay_hash_name(all[i]))) {
			*out = all[i];
			return true;
		}
	return false;
}

/* Unknown where a PCR is absent. */
static bool
compare(const struct assay_ima_entry *e, const struct assay_pcr_bank *bank,
    enum assay_hash hash, unsigned int last, enum assay_aggregate *out,
    struct assay_error *err)
{
	const uint32_t need = (UINT32_C(2) << last) - 1;
	struct assay_bytes parts[LAST_WITH_LOADERS + 1];
	struct assay_digest d;

	*out = ASSAY_AGGREGATE_UNKNOWN;
	if ((bank->mask & need) != need)
		return true;
	for (unsigned int i = 0; i <= last; i++)
		parts[i] = assay_pcr_value(bank, i);
	if (!assay_digest_parts(hash, parts, last + 1, &d, err))
		return false;
	*out = assay_bytes_equal(assay_digest_bytes(&d), e->file_hash) ?
	    ASSAY_AGGREGATE_MATCHES : ASSAY_AGGREGATE_DIFFERS;
	return true;
}

bool
assay_ima_aggregate(const struct assay_ima_entry *e,
    const struct assay_pcrs *values, enum assay_aggregate *out,
    struct assay_error *err)
{
	enum assay_aggregate narrow, wide;
	const struct assay_pcr_bank *bank = NULL;
	enum assay_hash hash = ASSAY_SHA1;

	*out = ASSAY_AGGREGATE_ZEROS;
	if (all_zero(e->file_hash))
		return true;
	*out = ASSAY_AGGREGATE_UNKNOWN;
	if (hash_of_name(e->file_hash_alg, &hash))
		bank = assay_pcrs_bank(values, assay_tpm_alg(hash));
	if (bank == NULL)
		return true;
	if (!compare(e, bank, hash, LAST_OF_FIRMWARE, &narrow, err) ||
	    !compare(e, bank, hash, LAST_WITH_LOADERS, &wide, err))
		return false;
	*out = narrow == ASSAY_AGGREGATE_MATCHES || hash == ASSAY_SHA1 ?
	    narrow : wide;
	return true;
}
