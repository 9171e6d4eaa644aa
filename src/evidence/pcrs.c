/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/pcrs.h"

static const struct {
	uint16_t	alg;
	enum assay_hash	hash;
} algs[] = {
	{ ASSAY_TPM_ALG_SHA1, ASSAY_SHA1 },
	{ ASSAY_TPM_ALG_SHA256, ASSAY_SHA256 },
	{ ASSAY_TPM_ALG_SHA384, ASSAY_SHA384 },
	{ ASSAY_TPM_ALG_SHA512, ASSAY_SHA512 },
};
#define N_ALGS (sizeof(algs) / sizeof(algs[0]))

bool
assay_tpm_hash(uint16_t alg, enum assay_hash *out)
{
	for (size_t i = 0; i < N_ALGS; i++) {
		if (algs[i].alg != alg)
			continue;
		*out = algs[i].hash;
		return true;
	}
	return false;
}

uint16_t
assay_tpm_alg(enum assay_hash hash)
{
	for (size_t i = 0; i < N_ALGS; i++)
		if (algs[i].hash == hash)
			return algs[i].alg;
	return 0;
}

const struct assay_pcr_bank *
assay_pcrs_bank(const struct assay_pcrs *pcrs, uint16_t alg)
{
	for (size_t i = 0; i < pcrs->n_banks; i++)
		if (pcrs->bank[i].alg == alg)
			return &pcrs->bank[i];
	return NULL;
}

struct assay_bytes
assay_pcr_value(const struct assay_pcr_bank *bank, unsigned int index)
{
	enum assay_hash hash;

	if (index >= ASSAY_PCR_COUNT || !assay_tpm_hash(bank->alg, &hash) ||
	    (bank->mask >> index & 1) == 0)
		return (struct assay_bytes){ NULL, 0 };
	return (struct assay_bytes){ bank->value[index],
	    assay_hash_size(hash) };
}
