/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: the data of one event, as every decoder for it would read it. */
#include <stdlib.h>

#include "evidence/efi_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Whether it decodes or not is no matter here. */
static void
either(bool decoded)
{
	(void)decoded;
}

static void
read_lists(struct assay_bytes in)
{
	struct assay_efi_signatures lists;
	struct assay_efi_partition p;
	struct assay_efi_gpt gpt;
	size_t left = in.len;

	for (; assay_efi_signatures_next(&in, &lists); left = in.len)
		if (in.len >= left || lists.n * lists.size !=
		    lists.signatures.len)
			abort();
	if (assay_efi_gpt(in, &gpt))
		while (assay_efi_partition_next(&gpt.entries, &p))
			(void)assay_efi_signature_type(p.type);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct assay_bytes in = { data, len };
	struct assay_buffer text = assay_buffer(65536);
	struct assay_efi_load_option option;
	struct assay_efi_variable variable;
	struct assay_efi_image image;
	struct assay_efi_blob blob;
	char guid[ASSAY_GUID_TEXT];
	struct assay_ipl ipl;

	if (assay_efi_variable(in, &variable)) {
		(void)assay_guid_text(variable.guid, guid);
		read_lists(variable.data);
		either(assay_efi_load_option(variable.data, &option));
	}
	if (assay_efi_image(in, &image))
		either(assay_device_path_text(image.path, &text));
	assay_buffer_clear(&text);
	either(assay_device_path_text(in, &text));
	either(assay_efi_blob(in, len % 2 == 0, &blob));
	either(assay_efi_load_option(in, &option));
	read_lists(in);
	for (uint32_t pcr = 8; pcr < 15; pcr++) {
		const struct assay_event e = { .pcr = pcr, .data = in };

		assay_ipl(&e, &ipl);
		if (ipl.text.len > len)
			abort();
	}
	assay_buffer_free(&text);
	return 0;
}
