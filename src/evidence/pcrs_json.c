/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"
#include "evidence/pcrs_json.h"

/* 24 times four digests of at most 128 digits. */
#define MAX_TEXT	(24u * 1024)

const char *
assay_pcr_bank_name(uint16_t alg)
{
	switch (alg) {
	case ASSAY_TPM_ALG_SHA1:	return "SHA1";
	case ASSAY_TPM_ALG_SHA256:	return "SHA256";
	case ASSAY_TPM_ALG_SHA384:	return "SHA384";
	case ASSAY_TPM_ALG_SHA512:	return "SHA512";
	}
	return NULL;
}

static void
put_digests(const struct assay_pcrs *pcrs, unsigned int index, bool hex,
    struct assay_buffer *out)
{
	bool first = true;

	for (size_t i = 0; i < pcrs->n_banks; i++) {
		const struct assay_pcr_bank *bank = &pcrs->bank[i];
		const char *name = assay_pcr_bank_name(bank->alg);

		if (name == NULL || (bank->mask >> index & 1) == 0)
			continue;
		(void)assay_buffer_printf(out, "%s\"%s\":\"",
		    first ? "" : ",", name);
		if (hex)
			(void)assay_hex_encode(assay_pcr_value(bank, index),
			    out);
		else
			(void)assay_base64url_encode(assay_pcr_value(bank,
			    index), out);
		(void)assay_buffer_putc(out, '"');
		first = false;
	}
}

bool
assay_pcrs_json(const struct assay_pcrs *pcrs, bool hex, char **out,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(MAX_TEXT);
	uint32_t mask = 0;
	bool first = true;

	for (size_t i = 0; i < pcrs->n_banks; i++)
		if (assay_pcr_bank_name(pcrs->bank[i].alg) != NULL)
			mask |= pcrs->bank[i].mask;
	(void)assay_buffer_puts(&text, "{\"PCRs\":[");
	for (unsigned int i = 0; i < ASSAY_PCR_COUNT; i++) {
		if ((mask >> i & 1) == 0)
			continue;
		(void)assay_buffer_printf(&text,
		    "%s{\"Index\":%u,\"Digests\":{", first ? "" : ",", i);
		put_digests(pcrs, i, hex, &text);
		(void)assay_buffer_puts(&text, "}}");
		first = false;
	}
	(void)assay_buffer_puts(&text, "]}");
	if (!assay_buffer_ok(&text, "the claim pcrs", err)) {
		assay_buffer_free(&text);
		return false;
	}
	*out = assay_buffer_take(&text);
	return true;
}
