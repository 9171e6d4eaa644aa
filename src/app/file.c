/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/file.h"

#define FILE_PATH_MAX 4096

static bool
io_failed(struct assay_error *err, const char *what, const char *path)
{
	int reason = errno;
	char text[128];

	return assay_fail(err, ASSAY_ERR_IO_FAILED, "cannot %s %s: %s", what,
	    path, strerror_r(reason, text, sizeof(text)));
}

bool
assay_file_read_fd(int fd, const char *name, size_t max,
    struct assay_buffer *out, struct assay_error *err)
{
	struct assay_buffer got = assay_buffer(max);
	uint8_t chunk[16384];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			(void)io_failed(err, "read", name);
			assay_buffer_wipe(&got);
			return false;
		}
		if (!assay_buffer_put(&got, (struct assay_bytes){ chunk,
		    (size_t)n })) {
			bool ok = assay_buffer_ok(&got, name, err);

			assay_buffer_wipe(&got);
			return ok;
		}
	}
	*out = got;
	return true;
}

static bool
read_open(int fd, const char *path, size_t max, struct assay_buffer *out,
    struct assay_error *err)
{
	struct stat st;
	bool ok;

	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		ok = io_failed(err, "read", path);
	} else {
		ok = assay_file_read_fd(fd, path, max, out, err);
	}
	(void)close(fd);
	return ok;
}

bool
assay_file_read_if(const char *path, size_t max, struct assay_buffer *out,
    bool *found, struct assay_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd == -1 && errno == ENOENT) {
		*found = false;
		return true;
	}
	if (fd == -1)
		return io_failed(err, "open", path);
	if (!read_open(fd, path, max, out, err))
		return false;
	*found = true;
	return true;
}

bool
assay_file_read(const char *path, size_t max, struct assay_buffer *out,
    struct assay_error *err)
{
	bool found = false;

	if (!assay_file_read_if(path, max, out, &found, err))
		return false;
	if (found)
		return true;
	errno = ENOENT;
	return io_failed(err, "open", path);
}

static bool
write_all(int fd, struct assay_bytes content)
{
	ssize_t n;

	while (content.len != 0) {
		n = write(fd, content.ptr, content.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		content.ptr += n;
		content.len -= (size_t)n;
	}
	return true;
}

/* After a rename: the new name must survive a crash too. */
static bool
sync_directory_of(const char *path, struct assay_error *err)
{
	char dir[FILE_PATH_MAX];
	const char *slash = strrchr(path, '/');
	int len = slash == NULL ? 1 : (int)(slash - path) + 1;
	bool ok;
	int fd;

	(void)snprintf(dir, sizeof(dir), "%.*s", len, slash ? path : ".");
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return io_failed(err, "open", dir);
	/* Some file systems cannot sync a directory and say EINVAL. */
	ok = fsync(fd) == 0 || errno == EINVAL;
	if (!ok)
		(void)io_failed(err, "sync", dir);
	(void)close(fd);
	return ok;
}

bool
assay_file_write(const char *path, struct assay_bytes content, mode_t mode,
    struct assay_error *err)
{
	char temp[FILE_PATH_MAX];
	struct stat st;
	bool ok = false;
	int fd, n;

	/* A rename would put a file in the place of /dev/null or a pipe. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return assay_file_write_device(path, content, err);
	n = snprintf(temp, sizeof(temp), "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof(temp)) {
		errno = ENAMETOOLONG;
		return io_failed(err, "write", path);
	}
	if ((fd = mkostemp(temp, O_CLOEXEC)) == -1)
		return io_failed(err, "create a file beside", path);
	if (fchmod(fd, mode) == -1 || !write_all(fd, content) ||
	    fsync(fd) == -1)
		(void)io_failed(err, "write", path);
	else if (rename(temp, path) == -1)
		(void)io_failed(err, "replace", path);
	else
		ok = true;
	(void)close(fd);
	if (!ok) {
		(void)unlink(temp);
		return false;
	}
	return sync_directory_of(path, err);
}

bool
assay_file_write_device(const char *path, struct assay_bytes content,
    struct assay_error *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	bool ok;

	if (fd == -1)
		return io_failed(err, "open", path);
	if (!(ok = write_all(fd, content)))
		(void)io_failed(err, "write", path);
	/* Devices report some failures only now. */
	if (close(fd) == -1 && ok)
		return io_failed(err, "write", path);
	return ok;
}
