/* SPDX-License-Identifier: Apache-2.0 */
/* What the digest of an event says about its data, rule by rule. */
#include <string.h>

#include "evidence/event_digest.h"
#include "evidence/event_type.h"
#include "madelog.h"
#include "testlib.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define T(s) MADE_TEXT(s)
#define NONE { NULL, 0 }

/* A variable of one character, "B", with the data "data". */
#define GUID "0123456789abcdef"
#define VARIABLE GUID "\1\0\0\0\0\0\0\0" "\4\0\0\0\0\0\0\0" "B\0" "data"
#define LONG_NAME GUID "\xff\0\0\0\0\0\0\0" "\4\0\0\0\0\0\0\0" "B\0" "data"
#define HUGE_NAME GUID "\0\0\0\0\0\0\0\x80" "\4\0\0\0\0\0\0\0" "B\0" "data"
#define LONG_DATA GUID "\1\0\0\0\0\0\0\0" "\5\0\0\0\0\0\0\0" "B\0" "data"
#define SIPA "\1\0\1\x40" "\0\0\0\0"
#define LINUX_TAG "\xed\x22\x3b\x8f" "\0\0\0\0"
#define SYSTEMD_TAG "\xdb\xd6\xae\x13" "\0\0\0\0"
#define SECTION ".\0l\0i\0n\0u\0x\0\0\0"

static const struct {
	const char		*name;
	uint32_t		 pcr, type;
	struct assay_bytes	 data, hashed;
	enum assay_event_trust	 trust;
	struct assay_bytes	 vouched;
} rows[] = {
	{ "no_action", 0, ASSAY_EV_NO_ACTION, T("x"), T("x"),
	    ASSAY_EVENT_NOT_EXTENDED, NONE },
	{ "whole_data", 0, ASSAY_EV_S_CRTM_VERSION, T("1\0.\0"), T("1\0.\0"),
	    ASSAY_EVENT_VERIFIED, T("1\0.\0") },
	{ "empty_data", 0, ASSAY_EV_S_CRTM_VERSION, T(""), T(""),
	    ASSAY_EVENT_VERIFIED, T("") },
	{ "other_content", 0, ASSAY_EV_POST_CODE, T("ACPI DATA"), T("acpi"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "version_of_other_content", 0, ASSAY_EV_S_CRTM_VERSION, T("1"),
	    T("2"), ASSAY_EVENT_OPAQUE, NONE },
	{ "unknown_type", 4, 0x12345678, T("a"), T("b"), ASSAY_EVENT_OPAQUE,
	    NONE },

	{ "separator", 7, ASSAY_EV_SEPARATOR, T("\0\0\0\0"), T("\0\0\0\0"),
	    ASSAY_EVENT_VERIFIED, T("\0\0\0\0") },
	{ "separator_forged", 7, ASSAY_EV_SEPARATOR, T("\0\0\0\0"),
	    T("\xff\xff\xff\xff"), ASSAY_EVENT_FORGED, NONE },
	{ "separator_of_an_error", 7, ASSAY_EV_SEPARATOR, T("no memory"),
	    T("\1\0\0\0"), ASSAY_EVENT_OPAQUE, NONE },
	{ "action_forged", 4, ASSAY_EV_ACTION, T("a"), T("b"),
	    ASSAY_EVENT_FORGED, NONE },
	{ "efi_action_forged", 4, ASSAY_EV_EFI_ACTION, T("a"), T("b"),
	    ASSAY_EVENT_FORGED, NONE },
	{ "gpt_forged", 5, ASSAY_EV_EFI_GPT_EVENT, T("a"), T("b"),
	    ASSAY_EVENT_FORGED, NONE },
	{ "driver_config", 7, ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG,
	    T(VARIABLE), T(VARIABLE), ASSAY_EVENT_VERIFIED, T(VARIABLE) },
	{ "driver_config_of_data_only", 7,
	    ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG, T(VARIABLE), T("data"),
	    ASSAY_EVENT_FORGED, NONE },

	{ "boot_variable_whole", 1, ASSAY_EV_EFI_VARIABLE_BOOT, T(VARIABLE),
	    T(VARIABLE), ASSAY_EVENT_VERIFIED, T(VARIABLE) },
	{ "boot_variable_data", 1, ASSAY_EV_EFI_VARIABLE_BOOT, T(VARIABLE),
	    T("data"), ASSAY_EVENT_VERIFIED, T("data") },
	{ "boot_variable_other", 1, ASSAY_EV_EFI_VARIABLE_BOOT, T(VARIABLE),
	    T("date"), ASSAY_EVENT_OPAQUE, NONE },
	{ "boot_variable_name_too_long", 1, ASSAY_EV_EFI_VARIABLE_BOOT,
	    T(LONG_NAME), T("data"), ASSAY_EVENT_OPAQUE, NONE },
	{ "boot_variable_name_overflows", 1, ASSAY_EV_EFI_VARIABLE_BOOT,
	    T(HUGE_NAME), T("data"), ASSAY_EVENT_OPAQUE, NONE },
	{ "boot_variable_data_too_long", 1, ASSAY_EV_EFI_VARIABLE_BOOT,
	    T(LONG_DATA), T("data"), ASSAY_EVENT_OPAQUE, NONE },
	{ "boot_variable_rule_is_of_its_type", 7,
	    ASSAY_EV_EFI_VARIABLE_AUTHORITY, T(VARIABLE), T("data"),
	    ASSAY_EVENT_OPAQUE, NONE },

	{ "authority_whole", 7, ASSAY_EV_EFI_VARIABLE_AUTHORITY, T(VARIABLE),
	    T(VARIABLE), ASSAY_EVENT_VERIFIED, T(VARIABLE) },
	{ "authority_of_shim", 7, ASSAY_EV_EFI_VARIABLE_AUTHORITY,
	    T(VARIABLE "x"), T(VARIABLE), ASSAY_EVENT_VERIFIED,
	    T(VARIABLE) },
	{ "authority_empty", 7, ASSAY_EV_EFI_VARIABLE_AUTHORITY, T(""),
	    T("x"), ASSAY_EVENT_OPAQUE, NONE },

	{ "grub_command", 8, ASSAY_EV_IPL, T("grub_cmd: ls\0"), T("ls"),
	    ASSAY_EVENT_VERIFIED, T("ls") },
	{ "grub_command_without_nul", 8, ASSAY_EV_IPL, T("grub_cmd: ls"),
	    T("ls"), ASSAY_EVENT_VERIFIED, T("ls") },
	{ "grub_command_old", 8, ASSAY_EV_IPL, T("grub_cmd ls\0"), T("ls"),
	    ASSAY_EVENT_VERIFIED, T("ls") },
	{ "grub_kernel", 8, ASSAY_EV_IPL, T("kernel_cmdline: /v quiet\0"),
	    T("/v quiet"), ASSAY_EVENT_VERIFIED, T("/v quiet") },
	{ "grub_module", 8, ASSAY_EV_IPL, T("module_cmdline: m\0"), T("m"),
	    ASSAY_EVENT_VERIFIED, T("m") },
	{ "grub_kernel_old", 8, ASSAY_EV_IPL, T("grub_kernel_cmdline k\0"),
	    T("k"), ASSAY_EVENT_VERIFIED, T("k") },
	{ "grub_command_changed", 8, ASSAY_EV_IPL, T("grub_cmd: ls\0"),
	    T("rm"), ASSAY_EVENT_OPAQUE, NONE },
	{ "grub_label_unknown", 8, ASSAY_EV_IPL, T("other: ls\0"), T("ls"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "grub_file", 9, ASSAY_EV_IPL, T("/boot/vmlinuz\0"), T("content"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "stub_section_name", 11, ASSAY_EV_IPL, T(SECTION), T(".linux\0"),
	    ASSAY_EVENT_VERIFIED, T(SECTION) },
	{ "stub_section_content", 11, ASSAY_EV_IPL, T(SECTION), T("code"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "stub_name_not_ascii", 11, ASSAY_EV_IPL, T(".\1l\0\0\0"),
	    T(".l\0"), ASSAY_EVENT_OPAQUE, NONE },
	{ "stub_name_with_nul", 11, ASSAY_EV_IPL, T(".\0\0\0l\0\0\0"),
	    T(".\0l\0"), ASSAY_EVENT_OPAQUE, NONE },
	{ "stub_name_without_nul", 11, ASSAY_EV_IPL, T(".\0l\0"), T(".l"),
	    ASSAY_EVENT_OPAQUE, NONE },

	{ "tag_windows", 12, ASSAY_EV_EVENT_TAG, T(SIPA), T(SIPA),
	    ASSAY_EVENT_VERIFIED, T(SIPA) },
	{ "tag_windows_forged", 12, ASSAY_EV_EVENT_TAG, T(SIPA), T("x"),
	    ASSAY_EVENT_FORGED, NONE },
	{ "tag_windows_forged_in_19", 19, ASSAY_EV_EVENT_TAG, T(SIPA),
	    T("x"), ASSAY_EVENT_FORGED, NONE },
	{ "tag_of_windows_elsewhere", 9, ASSAY_EV_EVENT_TAG, T(SIPA), T("x"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "tag_linux", 9, ASSAY_EV_EVENT_TAG, T(LINUX_TAG), T("initrd"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "tag_systemd", 12, ASSAY_EV_EVENT_TAG, T(SYSTEMD_TAG), T("quiet"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "tag_short", 12, ASSAY_EV_EVENT_TAG, T("\1\0\1"), T("x"),
	    ASSAY_EVENT_OPAQUE, NONE },
};

static const uint16_t banks[] = { 0x0004, 0x000b, 0x000c, 0x000d, 0 };

static struct assay_eventlog
parse(const struct made_log *made)
{
	struct assay_error err = { 0 };
	struct assay_eventlog log;

	if (!assay_eventlog_parse(made_log_bytes(made), &log, &err))
		fail_msg("%s", err.text);
	return log;
}

static void
test_rules(void **state)
{
	struct test_table t = { .name = "rules" };

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct made_log made = made_log_agile(banks);
		struct assay_eventlog log;
		const struct assay_event *e;

		made_log_hashed(&made, rows[i].pcr, rows[i].type,
		    rows[i].data, rows[i].hashed);
		log = parse(&made);
		e = &log.events[1];
		test_row(&t, rows[i].name, e->trust == rows[i].trust &&
		    assay_bytes_equal(e->vouched, rows[i].vouched),
		    "trust %d, %zu bytes vouched", e->trust, e->vouched.len);
		assay_eventlog_free(&log);
		made_log_free(&made);
	}
	test_table_end(&t);
}

/* One wrong bank is enough, whichever it is and whatever the others say. */
static void
test_every_bank(void **state)
{
	(void)state;
	for (size_t bank = 0; bank < 4; bank++) {
		struct made_log made = made_log_agile(banks);
		struct assay_eventlog log;

		made_log_event(&made, 7, ASSAY_EV_SEPARATOR, T("\0\0\0\0"));
		made_log_event(&made, 0, ASSAY_EV_POST_CODE, T("\0\0\0\0"));
		log = parse(&made);
		for (size_t i = 1; i < 3; i++) {
			const struct assay_event *e = &log.events[i];

			assert_int_equal(e->trust, ASSAY_EVENT_VERIFIED);
			made.bytes.ptr[e->digests[bank].bytes.ptr -
			    made.bytes.ptr] ^= 1;
		}
		assay_eventlog_free(&log);
		log = parse(&made);
		assert_int_equal(log.events[1].trust, ASSAY_EVENT_FORGED);
		assert_int_equal(log.events[2].trust, ASSAY_EVENT_OPAQUE);
		assay_eventlog_free(&log);
		made_log_free(&made);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_every_bank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
