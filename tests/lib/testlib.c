/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "testlib.h"

#define FILE_MAX (64u * 1024 * 1024)

bool
test_read_if(const char *path, struct assay_buffer *out)
{
	uint8_t chunk[65536];
	size_t n;
	FILE *f;

	*out = assay_buffer(FILE_MAX);
	if ((f = fopen(path, "rb")) == NULL)
		return false;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) != 0)
		assert_true(assay_buffer_put(out,
		    (struct assay_bytes){ chunk, n }));
	assert_int_equal(ferror(f), 0);
	(void)fclose(f);
	return true;
}

struct assay_buffer
test_read(const char *path)
{
	struct assay_buffer out;

	if (!test_read_if(path, &out))
		fail_msg("cannot read %s", path);
	return out;
}

static const char *
shared_root(void)
{
	static char path[4096];
	const char *set = getenv("ASSAY_SHARED");
	const char *root = getenv("ASSAY_SOURCE_ROOT");

	if (set != NULL)
		(void)snprintf(path, sizeof(path), "%s", set);
	else
		(void)snprintf(path, sizeof(path), "%s/../shared",
		    root != NULL ? root : ".");
	return path;
}

const char *
test_shared(const char *what_is_skipped)
{
	const char *root = shared_root();
	struct stat st;

	if (stat(root, &st) == 0 && S_ISDIR(st.st_mode))
		return root;
	printf("SKIPPED: %s (no vectors at %s; set ASSAY_SHARED)\n",
	    what_is_skipped, root);
	return NULL;
}

const char *
test_shared_path(const char *fmt, ...)
{
	static char path[8192];
	size_t n;
	va_list ap;

	n = (size_t)snprintf(path, sizeof(path), "%s/", shared_root());
	va_start(ap, fmt);
	(void)vsnprintf(path + n, sizeof(path) - n, fmt, ap);
	va_end(ap);
	return path;
}

void
test_assert_code(const char *row, const struct assay_error *err,
    enum assay_code want)
{
	if (err->code != want)
		fail_msg("%s: got %s (%s), want %s", row,
		    assay_code_name(err->code), err->text,
		    assay_code_name(want));
}

void
test_row(struct test_table *t, const char *row, bool ok, const char *fmt, ...)
{
	va_list ap;

	if (ok) {
		t->passed++;
		return;
	}
	t->failed++;
	printf("FAIL %s/%s: ", t->name, row);
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

void
test_table_end(const struct test_table *t)
{
	printf("%s: %zu passed, %zu failed\n", t->name, t->passed, t->failed);
	if (t->failed != 0 || t->passed == 0)
		fail_msg("%s: %zu rows failed, %zu passed", t->name,
		    t->failed, t->passed);
}
