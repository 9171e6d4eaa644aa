/* SPDX-License-Identifier: Apache-2.0 */
/* What commands take in: files, points in time. */
#ifndef ASSAY_CLI_INPUT_H
#define ASSAY_CLI_INPUT_H

#include "base/buffer.h"
#include "base/when.h"

/* The file, or standard input for "-"; free the buffer. */
ASSAY_MUST_USE bool cli_read(const char *path, size_t max,
    struct assay_buffer *out, struct assay_error *err);
/* Cut one line end from the end of bytes that were read as text. */
struct assay_bytes cli_chomp(struct assay_bytes text);

/* RFC 3339 in UTC, or seconds since 1970; NULL: now. USAGE. */
ASSAY_MUST_USE bool cli_time(const char *text, int64_t *out,
    struct assay_error *err);

#define CLI_SPAN_TEXT 64
/* "3 h 20 min ago", "in 7 d"; returns out. */
const char *cli_time_words(int64_t when, int64_t now,
    char out[CLI_SPAN_TEXT]);

/*
 * Bytes that evidence binds, from a file; type is "json", "binary" or NULL
 * (binary). path NULL: *bytes is empty and *out says that nothing is there.
 * what, for messages: "runtime", "init-time".
 */
struct assay_bound_data;
ASSAY_MUST_USE bool cli_bound_data(const char *what, const char *path,
    const char *type, struct assay_buffer *bytes,
    struct assay_bound_data *out, struct assay_error *err);

#endif
