/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of what firmware and loaders measure: made data, real logs. */
#include <dirent.h>
#include <string.h>

#include "evidence/efi_event.h"
#include "evidence/event_type.h"
#include "madelog.h"
#include "testlib.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define T(s) MADE_TEXT(s)
#define I(s) MADE_INIT(s)
#define GLOBAL "\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
#define Z8 "\0\0\0\0\0\0\0\0"

static void
test_guid(void **state)
{
	char text[ASSAY_GUID_TEXT];

	(void)state;
	assert_string_equal(assay_guid_text(T(GLOBAL), text),
	    "8BE4DF61-93CA-11D2-AA0D-00E098032B8C");
	assert_string_equal(assay_guid_text(T("short"), text), "");
}

static const struct {
	const char		*name;
	struct assay_bytes	 in;
	bool			 ok;
	size_t			 name_len, data_len, rest_len;
} variables[] = {
	{ "good", I(GLOBAL "\2\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0d\0b\0abc"), true,
	    4, 3, 0 },
	{ "empty", I(GLOBAL Z8 Z8), true, 0, 0, 0 },
	{ "rest", I(GLOBAL Z8 Z8 "more"), true, 0, 0, 4 },
	{ "short", I(GLOBAL Z8 "\0\0\0\0\0\0\0"), false, 0, 0, 0 },
	{ "name_beyond_end", I(GLOBAL "\1\0\0\0\0\0\0\0" Z8 "x"), false, 0,
	    0, 0 },
	{ "name_overflows", I(GLOBAL "\0\0\0\0\0\0\0\x80" Z8), false, 0, 0,
	    0 },
	{ "data_beyond_end", I(GLOBAL Z8 "\2\0\0\0\0\0\0\0x"), false, 0, 0,
	    0 },
	{ "data_huge", I(GLOBAL Z8 "\xff\xff\xff\xff\xff\xff\xff\xffx"),
	    false, 0, 0, 0 },
};

static void
test_variable(void **state)
{
	struct test_table t = { .name = "variables" };

	(void)state;
	for (size_t i = 0; i < N(variables); i++) {
		struct assay_efi_variable v = { 0 };
		bool ok = assay_efi_variable(variables[i].in, &v);

		test_row(&t, variables[i].name, ok == variables[i].ok &&
		    v.name.len == variables[i].name_len &&
		    v.data.len == variables[i].data_len &&
		    v.rest.len == variables[i].rest_len, "%d, %zu, %zu, %zu",
		    ok, v.name.len, v.data.len, v.rest.len);
	}
	test_table_end(&t);
}

#define TYPE "\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28"
#define SIG "ownerownerowner.x"		/* 17 bytes */

static const struct {
	const char		*name;
	struct assay_bytes	 in;
	bool			 ok;
	size_t			 n, rest_len;
} lists[] = {
	{ "one", I(TYPE "\x2d\0\0\0\0\0\0\0\x11\0\0\0" SIG), true, 1, 0 },
	{ "two", I(TYPE "\x3e\0\0\0\0\0\0\0\x11\0\0\0" SIG SIG), true, 2, 0 },
	{ "header_is_skipped", I(TYPE "\x3e\0\0\0\x11\0\0\0\x11\0\0\0" SIG
	    SIG), true, 1, 0 },
	{ "next_list", I(TYPE "\x2d\0\0\0\0\0\0\0\x11\0\0\0" SIG "next"),
	    true, 1, 4 },
	{ "none", I(TYPE "\x1c\0\0\0\0\0\0\0\x11\0\0\0"), true, 0, 0 },
	{ "end", I(""), false, 0, 0 },
	{ "short", I(TYPE "\x1c\0\0\0\0\0\0\0\x11\0\0"), false, 0, 27 },
	{ "list_too_small", I(TYPE "\x1b\0\0\0\0\0\0\0\x11\0\0\0"), false, 0,
	    28 },
	{ "list_beyond_end", I(TYPE "\x2d\0\0\0\0\0\0\0\x11\0\0\0"), false,
	    0, 28 },
	{ "header_beyond_list", I(TYPE "\x2d\0\0\0\x12\0\0\0\x11\0\0\0" SIG),
	    false, 0, 45 },
	{ "header_huge", I(TYPE "\x2d\0\0\0\xff\xff\xff\xff\x11\0\0\0" SIG),
	    false, 0, 45 },
	{ "size_zero", I(TYPE "\x2d\0\0\0\0\0\0\0\0\0\0\0" SIG), false, 0,
	    45 },
	{ "size_of_owner_only", I(TYPE "\x2d\0\0\0\1\0\0\0\x10\0\0\0" SIG),
	    false, 0, 45 },
	{ "size_does_not_divide", I(TYPE "\x2d\0\0\0\0\0\0\0\x12\0\0\0" SIG),
	    false, 0, 45 },
};

static void
test_signatures(void **state)
{
	struct test_table t = { .name = "signatures" };

	(void)state;
	for (size_t i = 0; i < N(lists); i++) {
		struct assay_bytes rest = lists[i].in;
		struct assay_efi_signatures v = { 0 };
		bool ok = assay_efi_signatures_next(&rest, &v);

		test_row(&t, lists[i].name, ok == lists[i].ok &&
		    v.n == lists[i].n && rest.len == lists[i].rest_len,
		    "%d, %zu, %zu", ok, v.n, rest.len);
	}
	test_table_end(&t);
	assert_string_equal(assay_efi_signature_type(T(TYPE)), "SHA-256");
	assert_null(assay_efi_signature_type(T(GLOBAL)));
}

static const struct {
	const char		*name;
	struct assay_bytes	 in;
	const char		*text;		/* NULL: refused */
} paths[] = {
	{ "empty", I(""), "" },
	{ "acpi_pci", I("\2\1\x0c\0\xd0\x41\x03\x0a\0\0\0\0"
	    "\1\1\6\0\2\x1f" "\x7f\xff\4\0"), "PciRoot(0x0)/Pci(0x1f,0x2)" },
	{ "file", I("\4\4\x0c\0\\\0a\0b\0\0\0" "\x7f\xff\4\0"), "\\ab" },
	{ "without_end", I("\4\4\x0a\0\\\0a\0\0\0"), "\\a" },
	{ "two_instances", I("\1\1\6\0\1\2" "\x7f\1\4\0" "\1\1\6\0\3\4"),
	    "Pci(0x2,0x1),/Pci(0x4,0x3)" },
	{ "unknown", I("\5\2\6\0\xab\xcd" "\x7f\xff\4\0"), "Path(5,2,abcd)" },
	{ "ill_formed_pci", I("\1\1\5\0\2"), "Path(1,1,02)" },
	{ "lone_surrogate", I("\4\4\6\0\0\xd8"), "Path(4,4,00d8)" },
	{ "length_too_small", I("\1\1\3\0\2\2"), NULL },
	{ "length_beyond_end", I("\1\1\7\0\2\2"), NULL },
	{ "header_cut", I("\1\1\6"), NULL },
};

static void
test_paths(void **state)
{
	struct test_table t = { .name = "paths" };

	(void)state;
	for (size_t i = 0; i < N(paths); i++) {
		struct assay_buffer out = assay_buffer(1024);
		bool ok = assay_device_path_text(paths[i].in, &out);

		test_row(&t, paths[i].name, ok == (paths[i].text != NULL) &&
		    (!ok || strcmp(assay_buffer_str(&out),
		    paths[i].text) == 0), "%d: %s", ok,
		    assay_buffer_str(&out));
		assay_buffer_free(&out);
	}
	test_table_end(&t);
}

static void
test_path_bounds(void **state)
{
	struct assay_buffer in = assay_buffer(8192);
	struct assay_buffer out = assay_buffer(65536);

	(void)state;
	for (size_t i = 0; i < ASSAY_DEVICE_PATH_NODES; i++)
		assay_buffer_put(&in, T("\1\1\6\0\1\2"));
	assert_true(assay_device_path_text(assay_buffer_bytes(&in), &out));
	assay_buffer_put(&in, T("\1\1\6\0\1\2"));
	assert_false(assay_device_path_text(assay_buffer_bytes(&in), &out));
	assay_buffer_free(&out);
	out = assay_buffer(8);
	assert_false(assay_device_path_text(assay_buffer_bytes(&in), &out));
	assay_buffer_free(&out);
	assay_buffer_free(&in);
}

static const struct {
	const char		*name;
	uint32_t		 pcr;
	struct assay_bytes	 data;
	enum assay_ipl_kind	 kind;
	const char		*label;
	struct assay_bytes	 text;
} ipls[] = {
	{ "grub", 8, I("grub_cmd: ls /\0"), ASSAY_IPL_COMMAND, "grub_cmd",
	    I("ls /") },
	{ "grub_old", 8, I("grub_cmd ls\0"), ASSAY_IPL_COMMAND, "grub_cmd",
	    I("ls") },
	{ "grub_empty", 8, I("grub_cmd:\0"), ASSAY_IPL_COMMAND, "grub_cmd",
	    I("") },
	{ "grub_other_word", 8, I("grub_cmdline\0"), ASSAY_IPL_OTHER, "",
	    I("grub_cmdline") },
	{ "grub_file", 9, I("(hd0)/vmlinuz\0"), ASSAY_IPL_FILE, "",
	    I("(hd0)/vmlinuz") },
	{ "mok", 14, I("MokListX\0"), ASSAY_IPL_MOK, "", I("MokListX") },
	{ "section", 11, I(".\0l\0\0\0"), ASSAY_IPL_SECTION, "",
	    I(".\0l\0") },
	{ "command_line", 12, I("q\0t\0\0\0"), ASSAY_IPL_COMMAND_LINE, "",
	    I("q\0t\0") },
	{ "other", 4, I("x"), ASSAY_IPL_OTHER, "", I("x") },
	{ "empty", 4, I(""), ASSAY_IPL_OTHER, "", I("") },
};

static void
test_ipl(void **state)
{
	struct test_table t = { .name = "ipl" };

	(void)state;
	for (size_t i = 0; i < N(ipls); i++) {
		const struct assay_event e = { .pcr = ipls[i].pcr,
		    .data = ipls[i].data };
		struct assay_ipl v;

		assay_ipl(&e, &v);
		test_row(&t, ipls[i].name, v.kind == ipls[i].kind &&
		    assay_bytes_equal(v.label, assay_bytes_of(
		    ipls[i].label)) && assay_bytes_equal(v.text,
		    ipls[i].text), "kind %d, %zu bytes", v.kind, v.text.len);
	}
	test_table_end(&t);
}

static void
test_vouches(void **state)
{
	static const uint8_t data[8];
	struct assay_event e = { .data = MADE_BYTES(data),
	    .trust = ASSAY_EVENT_VERIFIED, .vouched = { data + 2, 4 } };

	(void)state;
	assert_true(assay_event_vouches(&e, e.vouched));
	assert_true(assay_event_vouches(&e, (struct assay_bytes){
	    data + 3, 2 }));
	assert_false(assay_event_vouches(&e, e.data));
	assert_false(assay_event_vouches(&e, (struct assay_bytes){
	    data + 1, 2 }));
	assert_false(assay_event_vouches(&e, (struct assay_bytes){
	    data + 5, 2 }));
	e.trust = ASSAY_EVENT_OPAQUE;
	assert_false(assay_event_vouches(&e, e.vouched));
}

/* Does an event of a real log decode as its type says? */
static bool
decodes(const struct assay_event *e, struct assay_buffer *text)
{
	struct assay_efi_variable v;
	struct assay_efi_image image;
	struct assay_efi_blob blob;
	struct assay_efi_gpt gpt;

	switch (e->type) {
	case ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG:
	case ASSAY_EV_EFI_VARIABLE_BOOT:
	case ASSAY_EV_EFI_VARIABLE_AUTHORITY:
		return assay_efi_variable(e->data, &v) && (v.rest.len == 0 ||
		    e->type != ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG);
	case ASSAY_EV_EFI_BOOT_SERVICES_APPLICATION:
	case ASSAY_EV_EFI_BOOT_SERVICES_DRIVER:
		assay_buffer_clear(text);
		return assay_efi_image(e->data, &image) &&
		    assay_device_path_text(image.path, text);
	case ASSAY_EV_EFI_GPT_EVENT:
		return assay_efi_gpt(e->data, &gpt) && gpt.n > 0;
	case ASSAY_EV_EFI_PLATFORM_FIRMWARE_BLOB:
		return assay_efi_blob(e->data, false, &blob);
	default:
		return true;
	}
}

static void
one_log(struct test_table *t, const char *vector, struct assay_bytes bytes)
{
	struct assay_buffer text = assay_buffer(65536);
	struct assay_eventlog log = { 0 };
	struct assay_error err = { 0 };

	if (assay_eventlog_parse(bytes, &log, &err))
		for (size_t i = 0; i < log.n_events; i++)
			test_row(t, vector, decodes(&log.events[i], &text),
			    "event %zu of type 0x%x", i, log.events[i].type);
	assay_eventlog_free(&log);
	assay_buffer_free(&text);
}

static void
test_vectors(void **state)
{
	struct test_table t = { .name = "real" };
	struct dirent *entry;
	DIR *dir;

	(void)state;
	if (test_shared("events of real machines") == NULL)
		return;
	assert_non_null(dir = opendir(test_shared_path("vectors/tpm")));
	while ((entry = readdir(dir)) != NULL) {
		struct assay_buffer b;

		if (test_read_if(test_shared_path("vectors/tpm/%s/"
		    "eventlog.bin", entry->d_name), &b))
			one_log(&t, entry->d_name, assay_buffer_bytes(&b));
		assay_buffer_free(&b);
	}
	(void)closedir(dir);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guid),
		cmocka_unit_test(test_variable),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_path_bounds),
		cmocka_unit_test(test_ipl),
		cmocka_unit_test(test_vouches),
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
