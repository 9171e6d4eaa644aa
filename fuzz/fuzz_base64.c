/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: text in hex or base64. Only one text may mean the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

typedef bool decoder(struct assay_bytes, struct assay_buffer *,
    struct assay_error *);
typedef bool encoder(struct assay_bytes, struct assay_buffer *);

/* canonical: what was decoded encodes to the very text again. */
static void
round_trip(struct assay_bytes text, decoder *decode, encoder *encode,
    bool canonical)
{
	struct assay_buffer raw = assay_buffer(1u << 24);
	struct assay_buffer again = assay_buffer(1u << 25);
	struct assay_buffer back = assay_buffer(1u << 24);
	struct assay_error err = { 0 };

	if (decode(text, &raw, &err)) {
		if (!encode(assay_buffer_bytes(&raw), &again))
			abort();
		if (canonical && !assay_bytes_equal(text,
		    assay_buffer_bytes(&again)))
			abort();
		if (!decode(assay_buffer_bytes(&again), &back, &err) ||
		    !assay_bytes_equal(assay_buffer_bytes(&raw),
		    assay_buffer_bytes(&back)))
			abort();
	} else if (raw.len != 0) {
		abort();
	}
	assay_buffer_free(&raw);
	assay_buffer_free(&again);
	assay_buffer_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct assay_bytes text = { data, len };

	round_trip(text, assay_base64_decode, assay_base64_encode, true);
	round_trip(text, assay_base64url_decode, assay_base64url_encode,
	    true);
	round_trip(text, assay_base64_decode_any, assay_base64_encode, false);
	round_trip(text, assay_hex_decode, assay_hex_encode, false);
	return 0;
}
