/* SPDX-License-Identifier: Apache-2.0 */
/* Checked allocation, and memory that held secrets. */
#ifndef ASSAY_BASE_MEM_H
#define ASSAY_BASE_MEM_H

#include <assay/bytes.h>

/* n zeroed elements of the size; NULL when memory or size_t runs out. */
void *assay_alloc(size_t n, size_t size);
/* A copy as a C string; NULL when out of memory or when in holds a NUL. */
char *assay_strdup_bytes(struct assay_bytes in);
/* Wipe n bytes in a way that the compiler keeps. */
void assay_wipe(void *ptr, size_t n);
/* Wipe and free; accepts NULL. */
void assay_wipe_free(void *ptr, size_t n);

#endif
