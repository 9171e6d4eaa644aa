/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: the size of a TPMS_ATTEST (2, big endian), it, a TPMT_SIGNATURE. */
#include <stdlib.h>

#include "base/reader.h"
#include "crypto/signer.h"
#include "evidence/tpm_attest.h"

static const struct assay_pkey *
key(void)
{
	static const uint8_t seed[32] = { 1 };
	static struct assay_signer *signer;
	struct assay_error err;

	if (signer == NULL && !assay_signer_from_seed((struct assay_bytes){
	    seed, sizeof(seed) }, &signer, &err))
		abort();
	return assay_signer_public(signer);
}

/* What was parsed lies inside of the input. */
static void
use(const struct assay_tpm_attest *a)
{
	static struct assay_pcrs pcrs = { .n_banks = 1, .bank = { {
	    .alg = ASSAY_TPM_ALG_SHA256, .mask = 0xffffff } } };
	const struct assay_bytes fields[] = { a->qualified_signer,
	    a->extra_data, a->pcr_digest, a->name, a->qualified_name };
	struct assay_digest d;
	struct assay_error err;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].len != 0 && (fields[i].ptr < a->raw.ptr ||
		    fields[i].ptr + fields[i].len > a->raw.ptr + a->raw.len))
			abort();
	if (a->n_select > ASSAY_PCR_BANKS)
		abort();
	(void)!assay_tpm_pcr_digest(a, &pcrs, ASSAY_SHA256, &d, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_reader r = assay_reader((struct assay_bytes){ data,
	    len });
	struct assay_tpm_signature sig;
	struct assay_tpm_attest a;
	struct assay_bytes attest;
	struct assay_error err;
	uint16_t n;

	if (!assay_read_u16be(&r, &n) || !assay_read_bytes(&r, n, &attest))
		return 0;
	if (assay_tpm_attest_parse(attest, &a, &err))
		use(&a);
	if (assay_tpm_signature_parse(assay_reader_rest(&r), &sig, &err) &&
	    assay_tpm_signature_verify(&sig, key(), attest, true, &err))
		abort();	/* nobody has signed with this key */
	return 0;
}
