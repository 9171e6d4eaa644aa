/* SPDX-License-Identifier: Apache-2.0 */
/* What the digest of an event says about its data, rule by rule. */
#include <string.h>

#include "evidence/event_digest.h"
#include "evidence/event_type.h"
#include "madelog.h"
#include "testlib.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define T(s) MADE_TEXT(s)
#define I(s) MADE_INIT(s)
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
	{ "no_action", 0, ASSAY_EV_NO_ACTION, I("x"), I("x"),
	    ASSAY_EVENT_NOT_EXTENDED, NONE },
	{ "whole_data", 0, ASSAY_EV_S_CRTM_VERSION, I("1\0.\0"), I("1\0.\0"),
	    ASSAY_EVENT_VERIFIED, I("1\0.\0") },
	{ "empty_data", 0, ASSAY_EV_S_CRTM_VERSION, I(""), I(""),
	    ASSAY_EVENT_VERIFIED, I("") },
	{ "other_content", 0, ASSAY_EV_POST_CODE, I("ACPI DATA"), I("acpi"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "version_of_other_content", 0, ASSAY_EV_S_CRTM_VERSION, I("1"),
	    I("2"), ASSAY_EVENT_OPAQUE, NONE },
	{ "unknown_type", 4, 0x12345678, I("a"), I("b"), ASSAY_EVENT_OPAQUE,
	    NONE },

	{ "separator", 7, ASSAY_EV_SEPARATOR, I("\0\0\0\0"), I("\0\0\0\0"),
	    ASSAY_EVENT_VERIFIED, I("\0\0\0\0") },
	{ "separator_forged", 7, ASSAY_EV_SEPARATOR, I("\0\0\0\0"),
	    I("\xff\xff\xff\xff"), ASSAY_EVENT_FORGED, NONE },
	{ "separator_of_an_error", 7, ASSAY_EV_SEPARATOR, I("no memory"),
	    I("\1\0\0\0"), ASSAY_EVENT_OPAQUE, NONE },
	{ "action_forged", 4, ASSAY_EV_ACTION, I("a"), I("b"),
	    ASSAY_EVENT_FORGED, NONE },
	{ "efi_action_forged", 4, ASSAY_EV_EFI_ACTION, I("a"), I("b"),
	    ASSAY_EVENT_FORGED, NONE },
	{ "gpt_forged", 5, ASSAY_EV_EFI_GPT_EVENT, I("a"), I("b"),
	    ASSAY_EVENT_FORGED, NONE },
	{ "driver_config", 7, ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG,
	    I(VARIABLE), I(VARIABLE), ASSAY_EVENT_VERIFIED, I(VARIABLE) },
	{ "driver_config_of_data_only", 7,
	    ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG, I(VARIABLE), I("data"),
	    ASSAY_EVENT_FORGED, NONE },

	{ "boot_variable_whole", 1, ASSAY_EV_EFI_VARIABLE_BOOT, I(VARIABLE),
	    I(VARIABLE), ASSAY_EVENT_VERIFIED, I(VARIABLE) },
	{ "boot_variable_data", 1, ASSAY_EV_EFI_VARIABLE_BOOT, I(VARIABLE),
	    I("data"), ASSAY_EVENT_VERIFIED, I("data") },
	{ "boot_variable_other", 1, ASSAY_EV_EFI_VARIABLE_BOOT, I(VARIABLE),
	    I("date"), ASSAY_EVENT_OPAQUE, NONE },
	{ "boot_variable_name_too_long", 1, ASSAY_EV_EFI_VARIABLE_BOOT,
	    I(LONG_NAME), I("data"), ASSAY_EVENT_OPAQUE, NONE },
	{ "boot_variable_name_overflows", 1, ASSAY_EV_EFI_VARIABLE_BOOT,
	    I(HUGE_NAME), I("data"), ASSAY_EVENT_OPAQUE, NONE },
	{ "boot_variable_data_too_long", 1, ASSAY_EV_EFI_VARIABLE_BOOT,
	    I(LONG_DATA), I("data"), ASSAY_EVENT_OPAQUE, NONE },
	{ "boot_variable_rule_is_of_its_type", 7,
	    ASSAY_EV_EFI_VARIABLE_AUTHORITY, I(VARIABLE), I("data"),
	    ASSAY_EVENT_OPAQUE, NONE },

	{ "authority_whole", 7, ASSAY_EV_EFI_VARIABLE_AUTHORITY, I(VARIABLE),
	    I(VARIABLE), ASSAY_EVENT_VERIFIED, I(VARIABLE) },
	{ "authority_of_shim", 7, ASSAY_EV_EFI_VARIABLE_AUTHORITY,
	    I(VARIABLE "x"), I(VARIABLE), ASSAY_EVENT_VERIFIED,
	    I(VARIABLE) },
	{ "authority_empty", 7, ASSAY_EV_EFI_VARIABLE_AUTHORITY, I(""),
	    I("x"), ASSAY_EVENT_OPAQUE, NONE },

	{ "grub_command", 8, ASSAY_EV_IPL, I("grub_cmd: ls\0"), I("ls"),
	    ASSAY_EVENT_VERIFIED, I("ls") },
	{ "grub_command_without_nul", 8, ASSAY_EV_IPL, I("grub_cmd: ls"),
	    I("ls"), ASSAY_EVENT_VERIFIED, I("ls") },
	{ "grub_command_old", 8, ASSAY_EV_IPL, I("grub_cmd ls\0"), I("ls"),
	    ASSAY_EVENT_VERIFIED, I("ls") },
	{ "grub_kernel", 8, ASSAY_EV_IPL, I("kernel_cmdline: /v quiet\0"),
	    I("/v quiet"), ASSAY_EVENT_VERIFIED, I("/v quiet") },
	{ "grub_module", 8, ASSAY_EV_IPL, I("module_cmdline: m\0"), I("m"),
	    ASSAY_EVENT_VERIFIED, I("m") },
	{ "grub_kernel_old", 8, ASSAY_EV_IPL, I("grub_kernel_cmdline k\0"),
	    I("k"), ASSAY_EVENT_VERIFIED, I("k") },
	{ "grub_command_changed", 8, ASSAY_EV_IPL, I("grub_cmd: ls\0"),
	    I("rm"), ASSAY_EVENT_OPAQUE, NONE },
	{ "grub_label_unknown", 8, ASSAY_EV_IPL, I("other: ls\0"), I("ls"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "grub_file", 9, ASSAY_EV_IPL, I("/boot/vmlinuz\0"), I("content"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "stub_section_name", 11, ASSAY_EV_IPL, I(SECTION), I(".linux\0"),
	    ASSAY_EVENT_VERIFIED, I(SECTION) },
	{ "stub_section_content", 11, ASSAY_EV_IPL, I(SECTION), I("code"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "stub_name_not_ascii", 11, ASSAY_EV_IPL, I(".\1l\0\0\0"),
	    I(".l\0"), ASSAY_EVENT_OPAQUE, NONE },
	{ "stub_name_with_nul", 11, ASSAY_EV_IPL, I(".\0\0\0l\0\0\0"),
	    I(".\0l\0"), ASSAY_EVENT_OPAQUE, NONE },
	{ "stub_name_without_nul", 11, ASSAY_EV_IPL, I(".\0l\0"), I(".l"),
	    ASSAY_EVENT_OPAQUE, NONE },

	{ "tag_windows", 12, ASSAY_EV_EVENT_TAG, I(SIPA), I(SIPA),
	    ASSAY_EVENT_VERIFIED, I(SIPA) },
	{ "tag_windows_forged", 12, ASSAY_EV_EVENT_TAG, I(SIPA), I("x"),
	    ASSAY_EVENT_FORGED, NONE },
	{ "tag_windows_forged_in_19", 19, ASSAY_EV_EVENT_TAG, I(SIPA),
	    I("x"), ASSAY_EVENT_FORGED, NONE },
	{ "tag_of_windows_elsewhere", 9, ASSAY_EV_EVENT_TAG, I(SIPA), I("x"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "tag_linux", 9, ASSAY_EV_EVENT_TAG, I(LINUX_TAG), I("initrd"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "tag_systemd", 12, ASSAY_EV_EVENT_TAG, I(SYSTEMD_TAG), I("quiet"),
	    ASSAY_EVENT_OPAQUE, NONE },
	{ "tag_short", 12, ASSAY_EV_EVENT_TAG, I("\1\0\1"), I("x"),
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
