/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Borrowed bytes, and the attributes that every public declaration uses.
 */
#ifndef ASSAY_BYTES_H
#define ASSAY_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASSAY_API	__attribute__((visibility("default")))
#define ASSAY_MUST_USE	__attribute__((warn_unused_result))

/*
 * Bytes that somebody else owns: valid as long as what they were cut from,
 * never freed through this struct. ptr may be NULL only when len is 0.
 * Bytes are not strings: there is no terminating NUL to rely on.
 */
struct assay_bytes {
	const uint8_t	*ptr;
	size_t		 len;
};

/* The bytes of a C string, without its NUL. NULL gives no bytes. */
ASSAY_API struct assay_bytes assay_bytes_of(const char *str);

/* Equal in length and content; time depends on the lengths only. */
ASSAY_API bool assay_bytes_equal(struct assay_bytes a, struct assay_bytes b);

#endif
