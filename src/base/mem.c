/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void *
assay_alloc(size_t n, size_t size)
{
	/* calloc would see it too, and sanitizers end the program there. */
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return calloc(n, size);
}

char *
assay_strdup_bytes(struct assay_bytes in)
{
	char *out;

	if (in.len != 0 && memchr(in.ptr, '\0', in.len) != NULL)
		return NULL;
	if (in.len == SIZE_MAX || (out = malloc(in.len + 1)) == NULL)
		return NULL;
	if (in.len != 0)
		memcpy(out, in.ptr, in.len);
	out[in.len] = '\0';
	return out;
}

void
assay_wipe(void *ptr, size_t n)
{
	if (ptr != NULL && n != 0)
		explicit_bzero(ptr, n);
}

void
assay_wipe_free(void *ptr, size_t n)
{
	assay_wipe(ptr, n);
	free(ptr);
}
