/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "claims/claim_names.h"

static const struct assay_claim_name names[] = {
#define X(name, type, kinds, use, state, meaning)			\
	{ name, ASSAY_VALUE_##type, ASSAY_CLAIM_##kinds,		\
	    ASSAY_CLAIM_##use, ASSAY_CLAIM_##state, meaning },
	ASSAY_CLAIM_NAMES(X)
#undef X
};

static const struct {
	const char	*type;
	unsigned int	 kind;
} kinds[] = {
	{ "SgxEnclave", ASSAY_CLAIM_SGX },
	{ "OpenEnclave", ASSAY_CLAIM_SGX },
	{ "Tpm", ASSAY_CLAIM_TPM },
	{ "SevSnpVm", ASSAY_CLAIM_SNP },
	{ "TdxVm", ASSAY_CLAIM_TDX },
	{ "AzureGuest", ASSAY_CLAIM_GUEST },
};

const struct assay_claim_name *
assay_claim_names(size_t *n)
{
	*n = sizeof(names) / sizeof(names[0]);
	return names;
}

const struct assay_claim_name *
assay_claim_name_find(struct assay_bytes type)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (assay_text_is(type, names[i].name))
			return &names[i];
	return NULL;
}

unsigned int
assay_claim_kind_parse(struct assay_bytes type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (assay_text_is_nocase(type, kinds[i].type))
			return kinds[i].kind;
	return 0;
}
