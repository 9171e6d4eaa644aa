/* SPDX-License-Identifier: Apache-2.0 */
#include "app/ident.h"

#include "base/encode.h"
#include "crypto/random.h"

bool
assay_ident(size_t n, char *out, struct assay_error *err)
{
	uint8_t bytes[ASSAY_IDENT_MAX_BYTES];

	if (n > sizeof(bytes))
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "identifier of %zu bytes", n);
	if (!assay_random(bytes, n, err))
		return false;
	assay_hex((struct assay_bytes){ bytes, n }, out);
	return true;
}
