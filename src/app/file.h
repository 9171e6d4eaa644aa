/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: read up to a limit, written so that no reader sees half. */
#ifndef ASSAY_APP_FILE_H
#define ASSAY_APP_FILE_H

#include <sys/types.h>

#include "base/buffer.h"

/*
 * The whole content into out, which is made here with the maximum max; free
 * it. IO_FAILED: cannot be opened or read (the text names the path and the
 * system's reason); LIMIT_EXCEEDED: it is longer than max. A directory is
 * not a file.
 */
ASSAY_MUST_USE bool assay_file_read(const char *path, size_t max,
    struct assay_buffer *out, struct assay_error *err);
/* As above; a path that does not exist is success with *found false. */
ASSAY_MUST_USE bool assay_file_read_if(const char *path, size_t max,
    struct assay_buffer *out, bool *found, struct assay_error *err);
/* What is left in an open descriptor; name is for the error's text. */
ASSAY_MUST_USE bool assay_file_read_fd(int fd, const char *name, size_t max,
    struct assay_buffer *out, struct assay_error *err);

/*
 * Replace or create path with exactly these bytes and this mode: written
 * beside it, synced, renamed over it, the directory synced. On failure
 * (IO_FAILED) the old content stays and nothing is left behind. What exists
 * and is not a regular file (/dev/stdout, a pipe) is written in place.
 */
ASSAY_MUST_USE bool assay_file_write(const char *path,
    struct assay_bytes content, mode_t mode, struct assay_error *err);
/* Write into what exists, in place: devices and pseudo-files. */
ASSAY_MUST_USE bool assay_file_write_device(const char *path,
    struct assay_bytes content, struct assay_error *err);

#endif
