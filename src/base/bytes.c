/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <assay/bytes.h>

struct assay_bytes
assay_bytes_of(const char *str)
{
	if (str == NULL)
		return (struct assay_bytes){ NULL, 0 };
	return (struct assay_bytes){ (const uint8_t *)str, strlen(str) };
}

bool
assay_bytes_equal(struct assay_bytes a, struct assay_bytes b)
{
	uint8_t diff = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		diff = (uint8_t)(diff | (a.ptr[i] ^ b.ptr[i]));
	return diff == 0;
}
