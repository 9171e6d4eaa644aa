/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: a TPMT_PUBLIC, with or without its size. */
#include <stdlib.h>

#include "evidence/tpm_public.h"

static void
use(struct assay_tpm_public *p)
{
	struct assay_buffer spki = assay_buffer(8192);
	struct assay_tpm_public again;
	struct assay_tpm_name name;
	struct assay_error err;

	if (p->key == NULL || !assay_pkey_spki(p->key, &spki, &err))
		abort();
	(void)!assay_tpm_public_name(p, &name, &err);
	/* What was accepted is accepted again, and is the same key. */
	if (!assay_tpm_public_parse(p->raw, &again, &err) ||
	    !assay_pkey_equal(p->key, again.key))
		abort();
	assay_tpm_public_free(&again);
	assay_tpm_public_free(p);
	assay_buffer_free(&spki);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_bytes in = { data, len };
	struct assay_tpm_public p;
	struct assay_error err;

	if (assay_tpm_public_parse(in, &p, &err))
		use(&p);
	if (assay_tpm2b_public_parse(in, &p, &err))
		use(&p);
	return 0;
}
