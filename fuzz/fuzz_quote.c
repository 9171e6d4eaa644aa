/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: evidence as every kind parses it. Parsers see strangers' bytes. */
#include <stdlib.h>

#include "evidence/dcap_quote.h"
#include "evidence/kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct assay_evidence_kind *kind;
	struct assay_bytes in = { data, len };
	struct assay_dcap_quote quote;
	struct assay_error err = { 0 };

	for (size_t i = 0; (kind = assay_evidence_kind_at(i)) != NULL; i++) {
		struct assay_checks checks = { 0 };
		void *evidence = NULL;

		if (kind->parse(in, &checks, &evidence, &err))
			(void)kind->slots(evidence);
		kind->free(evidence);
	}
	if (!assay_dcap_quote_split(in, &quote, &err) &&
	    err.code == ASSAY_ERR_OK)
		abort();
	return 0;
}
