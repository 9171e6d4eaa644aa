/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/text.h"
#include "evidence/kind.h"

static const struct assay_evidence_kind *const kinds[] = {
	&assay_sgx_kind,
	&assay_openenclave_kind,
};

const struct assay_evidence_kind *
assay_evidence_kind_at(size_t index)
{
	return index < sizeof(kinds) / sizeof(kinds[0]) ? kinds[index] : NULL;
}

const struct assay_evidence_kind *
assay_evidence_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (assay_text_is_nocase(assay_bytes_of(name), kinds[i]->name))
			return kinds[i];
	return NULL;
}

void
assay_finding_free(struct assay_finding *f)
{
	assay_platform_free(f->platform);
	free(f->advisories);
	*f = (struct assay_finding){ 0 };
}
