/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/file.h"
#include "testlib.h"

static char folder[64];

static const char *
in_folder(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int
make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/assay-file.XXXXXX");
	return mkdtemp(folder) == NULL;
}

static int
drop_folder(void **state)
{
	static const char *const names[] = { "a", "b", "link" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(in_folder(names[i]));
	/* Fails if a temporary file was left behind. */
	return rmdir(folder);
}

static void
write_ok(const char *name, const char *text, mode_t mode)
{
	struct assay_error err;

	if (!assay_file_write(in_folder(name), assay_bytes_of(text), mode,
	    &err))
		fail_msg("%s: %s", name, err.text);
}

static void
what_was_written_is_read(void **state)
{
	struct assay_buffer got;
	struct assay_error err;
	struct stat st;

	(void)state;
	write_ok("a", "first", 0600);
	write_ok("a", "second", 0640);
	assert_true(assay_file_read(in_folder("a"), 6, &got, &err));
	assert_string_equal(assay_buffer_str(&got), "second");
	assay_buffer_free(&got);
	assert_int_equal(stat(in_folder("a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void
longer_than_the_limit_is_refused(void **state)
{
	struct assay_buffer got = { 0 };
	struct assay_error err;

	(void)state;
	write_ok("a", "1234567", 0600);
	assert_false(assay_file_read(in_folder("a"), 6, &got, &err));
	test_assert_code("seven bytes", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_null(got.ptr);
}

static void
an_absent_file_is_named(void **state)
{
	struct assay_buffer got = { 0 };
	struct assay_error err;
	bool found = true;

	(void)state;
	assert_true(assay_file_read_if(in_folder("none"), 6, &got, &found,
	    &err));
	assert_false(found);
	assert_false(assay_file_read(in_folder("none"), 6, &got, &err));
	test_assert_code("absent", &err, ASSAY_ERR_IO_FAILED);
	assert_non_null(strstr(err.text, "/none"));
	assert_non_null(strstr(err.text, "No such file"));
}

static void
a_folder_is_not_a_file(void **state)
{
	struct assay_buffer got = { 0 };
	struct assay_error err;

	(void)state;
	assert_false(assay_file_read(folder, 6, &got, &err));
	test_assert_code("folder", &err, ASSAY_ERR_IO_FAILED);
}

static void
a_failed_write_leaves_nothing(void **state)
{
	struct assay_error err;

	(void)state;
	assert_false(assay_file_write(in_folder("no/such"),
	    assay_bytes_of("x"), 0600, &err));
	test_assert_code("no such folder", &err, ASSAY_ERR_IO_FAILED);
	assert_false(assay_file_write_device(in_folder("none"),
	    assay_bytes_of("x"), &err));
	test_assert_code("no such device", &err, ASSAY_ERR_IO_FAILED);
}

static void
a_device_is_written_in_place(void **state)
{
	struct assay_error err;
	struct stat st;

	(void)state;
	assert_int_equal(symlink("/dev/null", in_folder("link")), 0);
	write_ok("link", "gone", 0600);
	assert_int_equal(lstat(in_folder("link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_false(assay_file_write("/dev/full", assay_bytes_of("x"), 0600,
	    &err));
	test_assert_code("full", &err, ASSAY_ERR_IO_FAILED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(longer_than_the_limit_is_refused),
		cmocka_unit_test(an_absent_file_is_named),
		cmocka_unit_test(a_folder_is_not_a_file),
		cmocka_unit_test(a_failed_write_leaves_nothing),
		cmocka_unit_test(a_device_is_written_in_place),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
