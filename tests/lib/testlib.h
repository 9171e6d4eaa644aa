/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers over cmocka: files, shared vectors, named rows, exact codes. */
#ifndef ASSAY_TESTLIB_H
#define ASSAY_TESTLIB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buffer.h"

/* The whole file; the test fails if it cannot be read. Free the buffer. */
struct assay_buffer test_read(const char *path);
/* As test_read, but false if the file does not exist. */
bool test_read_if(const char *path, struct assay_buffer *out);

/*
 * The folder of shared vectors: $ASSAY_SHARED, or ../shared beside the source
 * tree. NULL, after saying what is skipped, if it is absent.
 */
const char *test_shared(const char *what_is_skipped);
/* "<shared>/<fmt...>" in a static buffer. */
const char *test_shared_path(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* The error has this code; prints its text if not. */
void test_assert_code(const char *row, const struct assay_error *err,
    enum assay_code want);

/* Collects failures of a table, so that one run shows every bad row. */
struct test_table {
	const char	*name;
	size_t		 passed, failed;
};
void test_row(struct test_table *t, const char *row, bool ok,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Prints "name: N passed, N failed"; fails the test if any row failed or
 * if no row ran. */
void test_table_end(const struct test_table *t);

#endif
