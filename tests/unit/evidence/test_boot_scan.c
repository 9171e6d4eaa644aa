/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Windows boot in a few events, and what somebody who holds its log can do
 * to it: relabel, add, repeat, and extend PCRs once the system runs. Each row
 * says what is still claimed; the published policy must agree.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/boot_events.h"
#include "evidence/event_type.h"
#include "evidence/sipa.h"
#include "madelog.h"
#include "madesipa.h"
#include "published.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* What is measured. */
enum data {
	END,
	SB_ON,		/* variable SecureBoot = 1 */
	SB_OFF,
	SB_LONG,	/* = 01 00 */
	PK,
	ZEROS,		/* separator of the firmware */
	ONES,		/* the same after an error */
	WBCL,		/* separator of Windows */
	TAG,		/* all settings as one wants them */
	VBS,		/* VBS alone */
	DEBUG,		/* boot debugging on */
	TWICE,		/* boot debugging off and on in one container */
	TWO,		/* boot debugging = 2 */
	FLAT,		/* settings without a trust boundary */
	BOUNDARIES,	/* two of them */
	CUT,		/* ends early */
	SD_TAG,		/* systemd's tag of an add-on */
	TEXT,
};

/* How it stands in the log. */
enum how {
	TRUE_DATA,	/* digests of the data */
	OTHER_DATA,	/* digests of the data, another text in the log */
	GRUB_LABEL,	/* behind a label that GRUB does not hash */
	SHA1_ONLY,	/* no digest in the quoted bank */
	OTHER_LOG,	/* TRUE_DATA, first event of the next log */
};

struct step {
	enum data	data;
	uint32_t	pcr, type;
	enum how	how;
};

#define CONFIG	ASSAY_EV_EFI_VARIABLE_DRIVER_CONFIG
#define SEP	ASSAY_EV_SEPARATOR
#define TAGGED	ASSAY_EV_EVENT_TAG
#define POST	ASSAY_EV_POST_CODE
#define ACTION	ASSAY_EV_ACTION

#define SB_STEPS	{ SB_ON, 7, CONFIG, 0 }, { ZEROS, 7, SEP, 0 }

static const struct {
	const char	*name;
	struct step	 steps[8];
	/* Secure Boot, Iommu, boot Debugging disabled, not safe Mode, not
	 * Pe, Vbs; NULL: refused. */
	const char	*want;
	enum assay_code	 code;
} rows[] = {
	{ "good", { SB_STEPS, { TAG, 12, TAGGED, 0 }, { WBCL, 12, SEP, 0 } },
	    "SIDMPV", 0 },
	{ "empty", { { END, 0, 0, 0 } }, "------", 0 },

	{ "secure_boot_off", { { SB_OFF, 7, CONFIG, 0 },
	    { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "secure_boot_of_two_bytes", { { SB_LONG, 7, CONFIG, 0 },
	    { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "secure_boot_contradicts_itself", { { SB_OFF, 7, CONFIG, 0 },
	    { SB_ON, 7, CONFIG, 0 }, { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "secure_boot_twice", { { SB_ON, 7, CONFIG, 0 },
	    { SB_ON, 7, CONFIG, 0 }, { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "secure_boot_after_separator", { { ZEROS, 7, SEP, 0 },
	    { SB_ON, 7, CONFIG, 0 } }, "------", 0 },
	{ "secure_boot_after_error", { { ONES, 7, SEP, 0 },
	    { SB_ON, 7, CONFIG, 0 } }, "------", 0 },
	{ "secure_boot_and_again_after_separator", { SB_STEPS,
	    { SB_OFF, 7, CONFIG, 0 } }, "S-----", 0 },
	{ "secure_boot_without_separator", { { SB_ON, 7, CONFIG, 0 } },
	    "------", 0 },
	{ "secure_boot_in_pcr_1", { { ZEROS, 7, SEP, 0 },
	    { SB_ON, 1, CONFIG, 0 } }, "------", 0 },
	{ "secure_boot_in_pcr_16", { { ZEROS, 7, SEP, 0 },
	    { SB_ON, 16, CONFIG, 0 } }, "------", 0 },
	{ "secure_boot_off_called_action", { { SB_OFF, 7, ACTION, 0 },
	    { SB_ON, 7, CONFIG, 0 }, { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "secure_boot_off_called_authority", {
	    { SB_OFF, 7, ASSAY_EV_EFI_VARIABLE_AUTHORITY, 0 },
	    { SB_ON, 7, CONFIG, 0 }, { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "secure_boot_off_called_post_code", {
	    { SB_OFF, 7, POST, OTHER_DATA }, { SB_ON, 7, CONFIG, 0 },
	    { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "secure_boot_off_behind_label", {
	    { SB_OFF, 7, ASSAY_EV_IPL, GRUB_LABEL }, { SB_ON, 7, CONFIG, 0 },
	    { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "separator_called_action", { { ZEROS, 7, ACTION, 0 },
	    { SB_ON, 7, CONFIG, 0 }, { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "separator_called_post_code", { { ZEROS, 7, POST, OTHER_DATA },
	    { SB_ON, 7, CONFIG, 0 }, { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "secure_boot_not_quoted", { { SB_ON, 7, CONFIG, SHA1_ONLY },
	    { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "secure_boot_off_hidden_by_not_quoted", {
	    { SB_ON, 7, CONFIG, SHA1_ONLY }, { SB_OFF, 7, CONFIG, 0 },
	    { ZEROS, 7, SEP, 0 } }, "------", 0 },
	{ "separator_not_quoted", { { SB_ON, 7, CONFIG, 0 },
	    { ZEROS, 7, SEP, SHA1_ONLY } }, "------", 0 },
	{ "other_variables", { { SB_ON, 7, CONFIG, 0 }, { PK, 7, CONFIG, 0 },
	    { ZEROS, 7, SEP, 0 }, { PK, 1, CONFIG, 0 } }, "S-----", 0 },

	{ "settings_in_pcr_13", { { TAG, 13, TAGGED, 0 },
	    { WBCL, 13, SEP, 0 } }, "-IDMP-", 0 },
	{ "settings_in_pcr_14", { { TAG, 14, TAGGED, 0 } }, "------", 0 },
	{ "settings_in_pcr_11", { { TAG, 11, TAGGED, 0 } }, "------", 0 },
	{ "settings_in_pcr_16", { { TAG, 16, TAGGED, 0 } }, "------", 0 },
	{ "settings_of_dynamic_launch", { { TAG, 19, TAGGED, 0 } },
	    "-IDMPV", 0 },
	{ "settings_in_pcr_20", { { TAG, 20, TAGGED, 0 } }, "-IDMP-", 0 },
	{ "settings_after_separator", { { WBCL, 12, SEP, 0 },
	    { TAG, 12, TAGGED, 0 } }, "------", 0 },
	{ "settings_after_separator_called_action", {
	    { WBCL, 12, ACTION, 0 }, { TAG, 12, TAGGED, 0 } }, "------", 0 },
	{ "settings_after_separator_called_post_code", {
	    { WBCL, 12, POST, OTHER_DATA }, { TAG, 12, TAGGED, 0 } },
	    "------", 0 },
	{ "settings_in_a_later_log", { { WBCL, 12, SEP, 0 },
	    { TAG, 12, TAGGED, OTHER_LOG } }, "------", 0 },
	{ "separators_are_by_pcr", { { WBCL, 12, SEP, 0 },
	    { TAG, 13, TAGGED, 0 } }, "-IDMP-", 0 },
	{ "settings_not_quoted", { { TAG, 12, TAGGED, SHA1_ONLY },
	    { WBCL, 12, SEP, 0 } }, "------", 0 },
	{ "settings_without_boundary", { { FLAT, 12, TAGGED, 0 } }, "------",
	    0 },

	{ "debugging_on", { { DEBUG, 12, TAGGED, 0 }, { WBCL, 12, SEP, 0 } },
	    "------", 0 },
	{ "debugging_off_then_on", { { TAG, 12, TAGGED, 0 },
	    { DEBUG, 12, TAGGED, 0 }, { WBCL, 12, SEP, 0 } }, "-I-MPV", 0 },
	{ "debugging_on_then_off", { { DEBUG, 12, TAGGED, 0 },
	    { TAG, 13, TAGGED, 0 }, { WBCL, 12, SEP, 0 } }, "-I-MP-", 0 },
	{ "debugging_on_after_separator", { { TAG, 12, TAGGED, 0 },
	    { WBCL, 12, SEP, 0 }, { DEBUG, 12, TAGGED, 0 } }, "-IDMPV", 0 },

	{ "debugging_called_action", { { DEBUG, 12, ACTION, 0 },
	    { TAG, 12, TAGGED, 0 }, { WBCL, 12, SEP, 0 } }, NULL,
	    ASSAY_ERR_EVENT_FORGED },
	{ "debugging_called_separator", { { TAG, 12, TAGGED, 0 },
	    { DEBUG, 12, SEP, 0 }, { WBCL, 12, SEP, 0 } }, NULL,
	    ASSAY_ERR_EVENT_FORGED },
	{ "debugging_called_post_code", { { DEBUG, 13, POST, OTHER_DATA },
	    { TAG, 12, TAGGED, 0 } }, NULL, ASSAY_ERR_EVENT_FORGED },
	{ "debugging_with_other_data", { { DEBUG, 13, TAGGED, OTHER_DATA },
	    { TAG, 12, TAGGED, 0 } }, NULL, ASSAY_ERR_EVENT_FORGED },
	{ "debugging_behind_label", { { DEBUG, 12, ASSAY_EV_IPL, GRUB_LABEL },
	    { WBCL, 12, SEP, 0 } }, NULL, ASSAY_ERR_EVENT_FORGED },
	{ "debugging_of_dynamic_launch_hidden", {
	    { DEBUG, 20, POST, OTHER_DATA }, { TAG, 19, TAGGED, 0 } }, NULL,
	    ASSAY_ERR_EVENT_FORGED },
	{ "all_hidden_but_separator", { { DEBUG, 12, POST, OTHER_DATA },
	    { WBCL, 12, POST, OTHER_DATA } }, NULL, ASSAY_ERR_EVENT_FORGED },
	{ "boundary_twice_in_an_event", { { BOUNDARIES, 12, TAGGED, 0 } },
	    NULL, ASSAY_ERR_EVENTLOG_MALFORMED },
	{ "tagged_data_cut", { { CUT, 12, TAGGED, 0 } }, NULL,
	    ASSAY_ERR_EVENTLOG_MALFORMED },

	/* What other loaders put there. */
	{ "loader_option_before_windows", { { TEXT, 12, ASSAY_EV_IPL, 0 },
	    { TAG, 12, TAGGED, 0 }, { WBCL, 12, SEP, 0 } }, "-IDMPV", 0 },
	{ "shim_before_windows", { { TEXT, 14, ASSAY_EV_IPL, OTHER_DATA },
	    { TAG, 12, TAGGED, 0 }, { WBCL, 12, SEP, 0 } }, "-IDMPV", 0 },
	{ "linux", { SB_STEPS, { TEXT, 12, ASSAY_EV_IPL, OTHER_DATA },
	    { SD_TAG, 12, TAGGED, 0 }, { SD_TAG, 12, TAGGED, OTHER_DATA },
	    { TEXT, 9, TAGGED, OTHER_DATA } }, "S-----", 0 },
};

/* Within one container nothing repeats; if it did, neither value counts. */
static const struct {
	const char	*name;
	enum data	 data;
} spoilt[] = {
	{ "debugging_twice_in_a_container", TWICE },
	{ "debugging_is_2", TWO },
};

static void
put_settings(struct assay_buffer *b)
{
	made_sipa_bool(b, ASSAY_SIPA_BOOTDEBUGGING, 0);
	made_sipa_bool(b, ASSAY_SIPA_SAFEMODE, 0);
	made_sipa_bool(b, ASSAY_SIPA_WINPE, 0);
	made_sipa_bool(b, ASSAY_SIPA_VBS_VSM_REQUIRED, 1);
	made_sipa_bool(b, ASSAY_SIPA_VBS_IOMMU_REQUIRED, 1);
}

static void
put_boundary(struct assay_buffer *b, enum data data)
{
	size_t at = made_sipa_begin(b, ASSAY_SIPA_TRUSTBOUNDARY);

	if (data == TAG)
		put_settings(b);
	if (data == VBS)
		made_sipa_bool(b, ASSAY_SIPA_VBS_MANDATORY, 1);
	if (data == TWICE)
		made_sipa_bool(b, ASSAY_SIPA_BOOTDEBUGGING, 0);
	if (data == DEBUG || data == TWICE)
		made_sipa_bool(b, ASSAY_SIPA_BOOTDEBUGGING, 1);
	if (data == TWO)
		made_sipa_bool(b, ASSAY_SIPA_BOOTDEBUGGING, 2);
	made_sipa_end(b, at);
}

static struct assay_buffer
make_data(enum data data)
{
	struct assay_buffer b = assay_buffer(1024);

	switch (data) {
	case END:
		break;
	case SB_ON:
		made_variable(&b, "SecureBoot", MADE_TEXT("\1"));
		break;
	case SB_OFF:
		made_variable(&b, "SecureBoot", MADE_TEXT("\0"));
		break;
	case SB_LONG:
		made_variable(&b, "SecureBoot", MADE_TEXT("\1\0"));
		break;
	case PK:
		made_variable(&b, "PK", MADE_TEXT("key"));
		break;
	case ZEROS:
		(void)assay_buffer_fill(&b, 0, 4);
		break;
	case ONES:
		(void)assay_buffer_fill(&b, 0xff, 4);
		break;
	case WBCL:
		(void)assay_buffer_puts(&b, "WBCL");
		break;
	case FLAT:
		put_settings(&b);
		break;
	case BOUNDARIES:
		put_boundary(&b, DEBUG);
		put_boundary(&b, TAG);
		break;
	case CUT:
		put_boundary(&b, TAG);
		(void)assay_buffer_fill(&b, 0, 7);
		break;
	case SD_TAG:
		made_sipa(&b, 0x49dffe0f, MADE_TEXT("initrd"));
		break;
	case TEXT:
		(void)assay_buffer_puts(&b, "quiet splash");
		break;
	case TAG:
	case VBS:
	case DEBUG:
	case TWICE:
	case TWO:
		put_boundary(&b, data);
		break;
	}
	return b;
}

static void
add_step(struct made_log *log, const struct step *step)
{
	static const uint16_t sha1[] = { ASSAY_TPM_ALG_SHA1, 0 };
	struct assay_buffer b = make_data(step->data);
	struct assay_buffer labelled = assay_buffer(2048);
	struct assay_bytes in = assay_buffer_bytes(&b);

	switch (step->how) {
	case TRUE_DATA:
	case OTHER_LOG:
		made_log_event(log, step->pcr, step->type, in);
		break;
	case OTHER_DATA:
		made_log_hashed(log, step->pcr, step->type,
		    MADE_TEXT("something else"), in);
		break;
	case GRUB_LABEL:
		(void)assay_buffer_puts(&labelled, "grub_cmd: ");
		(void)assay_buffer_put(&labelled, in);
		made_log_hashed(log, step->pcr, step->type,
		    assay_buffer_bytes(&labelled), in);
		break;
	case SHA1_ONLY:
		made_log_banks(log, sha1, step->pcr, step->type, in, in);
		break;
	}
	assay_buffer_free(&labelled);
	assay_buffer_free(&b);
}

/* One or two logs of the steps, and a quote of the SHA-256 bank. */
struct boot {
	struct made_log		made[2];
	struct assay_eventlog	log[2];
	struct assay_pcrs	quoted;
	struct assay_boot_logs	logs;
};

static void
make_boot(struct boot *boot, const struct step *steps, size_t n)
{
	static const uint16_t algs[] = { ASSAY_TPM_ALG_SHA1,
		ASSAY_TPM_ALG_SHA256, 0 };
	struct assay_error err = { 0 };
	size_t which = 0;

	*boot = (struct boot){ .made = { made_log_agile(algs),
	    made_log_agile(algs) } };
	for (size_t i = 0; i < n && steps[i].data != END; i++) {
		if (steps[i].how == OTHER_LOG)
			which = 1;
		add_step(&boot->made[which], &steps[i]);
	}
	for (size_t i = 0; i <= which; i++)
		if (!assay_eventlog_parse(made_log_bytes(&boot->made[i]),
		    &boot->log[i], &err))
			fail_msg("%s", err.text);
	boot->quoted.n_banks = 1;
	boot->quoted.bank[0].alg = ASSAY_TPM_ALG_SHA256;
	boot->quoted.bank[0].mask = 0xffffff;
	boot->logs = (struct assay_boot_logs){ .tcg = boot->log,
	    .n_tcg = which + 1, .quoted = &boot->quoted };
}

static void
free_boot(struct boot *boot)
{
	for (size_t i = 0; i < 2; i++) {
		assay_eventlog_free(&boot->log[i]);
		made_log_free(&boot->made[i]);
	}
}

static bool
claim_of(struct assay_claims *set, const char *type)
{
	struct assay_claim claim = { 0 };

	if (!assay_claims_find(set, type, &claim))
		return false;
	assert_int_equal(claim.value_type, ASSAY_VALUE_BOOLEAN);
	return claim.boolean;
}

static const struct {
	char		 letter;
	const char	*claim;
	bool		 published;	/* the policy is as strict as we are */
} letters[] = {
	{ 'S', "secureBootEnabled", true },
	{ 'I', "iommuEnabled", true },
	{ 'D', "bootDebuggingDisabled", true },
	{ 'M', "notSafeMode", false },
	{ 'P', "notWinPE", false },
	{ 'V', "vbsEnabled", true },
};

static void
check_claims(struct test_table *t, const char *row,
    struct assay_claims *claims, const char *want)
{
	char got[N(letters) + 1] = { 0 };

	for (size_t i = 0; i < N(letters); i++)
		got[i] = claim_of(claims, letters[i].claim) ?
		    letters[i].letter : '-';
	test_row(t, row, strcmp(got, want) == 0, "got %s, want %s", got,
	    want);
}

static void
check_policy(struct test_table *t, const char *row,
    const struct assay_policy *policy, const char *events,
    const char *want)
{
	struct assay_claims *claims = assay_claims_new();
	struct assay_policy_result result = { 0 };
	struct assay_error err = { 0 };

	assert_true(assay_claims_add_json(claims, "events",
	    assay_bytes_of(events), &err));
	if (!assay_policy_evaluate(policy, claims, NULL, &result, &err))
		fail_msg("%s: %s", row, err.text);
	for (size_t i = 0; i < N(letters); i++)
		if (letters[i].published)
			test_row(t, row, claim_of(result.issued,
			    letters[i].claim) == (want[i] != '-'),
			    "the policy says otherwise of %s",
			    letters[i].claim);
	assay_policy_result_free(&result);
	assay_claims_free(claims);
}

static void
test_rows(void **state)
{
	struct assay_policy *policy = published_policy("windows");
	struct test_table t = { .name = "what is claimed" };

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct assay_claims *claims = assay_claims_new();
		struct assay_error err = { 0 }, json_err = { 0 };
		struct boot boot;
		char *events = NULL;
		bool ok, json;

		make_boot(&boot, rows[i].steps, N(rows[i].steps));
		ok = assay_boot_claims(&boot.logs, claims, &err);
		json = assay_boot_events_json(&boot.logs, &events,
		    &json_err);
		test_row(&t, rows[i].name, ok == (rows[i].want != NULL) &&
		    json == ok && err.code == rows[i].code &&
		    json_err.code == rows[i].code, "got %s \"%s\"",
		    assay_code_name(err.code), err.text);
		if (ok && rows[i].want != NULL) {
			check_claims(&t, rows[i].name, claims, rows[i].want);
			check_policy(&t, rows[i].name, policy, events,
			    rows[i].want);
		}
		free(events);
		assay_claims_free(claims);
		free_boot(&boot);
	}
	assay_policy_free(policy);
	test_table_end(&t);
}

/* No claim, and the published policy fails instead of taking a side. */
static void
test_spoilt(void **state)
{
	struct assay_policy *policy = published_policy("windows");

	(void)state;
	for (size_t i = 0; i < N(spoilt); i++) {
		const struct step steps[] = {
			{ spoilt[i].data, 12, TAGGED, 0 },
		};
		struct assay_claims *claims = assay_claims_new();
		struct assay_policy_result result = { 0 };
		struct assay_error err = { 0 };
		struct boot boot;

		make_boot(&boot, steps, 1);
		assert_true(assay_boot_claims(&boot.logs, claims, &err));
		assert_false(claim_of(claims, "bootDebuggingDisabled"));
		assert_true(assay_claims_add_lazy(claims, "events",
		    (struct assay_lazy_text){ assay_boot_events_make,
		    &boot.logs }, &err));
		assert_false(assay_policy_evaluate(policy, claims, NULL,
		    &result, &err));
		assert_int_equal(err.code, ASSAY_ERR_POLICY_RUNTIME_ERROR);
		assay_policy_result_free(&result);
		assay_claims_free(claims);
		free_boot(&boot);
	}
	assay_policy_free(policy);
}

/* VBS by its other setting, and a PCR or a bank that the quote lacks. */
static void
test_quote(void **state)
{
	static const struct step steps[] = { SB_STEPS,
		{ VBS, 12, TAGGED, 0 }, { WBCL, 12, SEP, 0 } };
	static const struct {
		const char	*name;
		uint16_t	 alg;
		uint32_t	 mask;
		const char	*want;
	} quotes[] = {
		{ "all", ASSAY_TPM_ALG_SHA256, 0xffffff, "S----V" },
		{ "without_7", ASSAY_TPM_ALG_SHA256, 0xffff7f, "-----V" },
		{ "without_12", ASSAY_TPM_ALG_SHA256, 0xffefff, "S-----" },
		{ "sha1", ASSAY_TPM_ALG_SHA1, 0xffffff, "S----V" },
		{ "bank_that_is_not_logged", ASSAY_TPM_ALG_SHA384, 0xffffff,
		    "------" },
		{ "nothing", ASSAY_TPM_ALG_SHA256, 0, "------" },
	};
	struct test_table t = { .name = "what is quoted" };

	(void)state;
	for (size_t i = 0; i <= N(quotes); i++) {
		struct assay_claims *claims = assay_claims_new();
		struct assay_error err = { 0 };
		struct boot boot;

		make_boot(&boot, steps, N(steps));
		if (i == N(quotes)) {
			boot.logs.quoted = NULL;
		} else {
			boot.quoted.bank[0].alg = quotes[i].alg;
			boot.quoted.bank[0].mask = quotes[i].mask;
		}
		assert_true(assay_boot_claims(&boot.logs, claims, &err));
		check_claims(&t, i == N(quotes) ? "no_quote" :
		    quotes[i].name, claims, i == N(quotes) ? "------" :
		    quotes[i].want);
		assay_claims_free(claims);
		free_boot(&boot);
	}
	test_table_end(&t);
}

/* Events that are not in the quote are not listed; the others keep their
 * numbers, and show digests of the quoted bank only. */
static void
test_json(void **state)
{
	static const struct step steps[] = {
		{ SB_ON, 7, CONFIG, SHA1_ONLY }, { ZEROS, 7, SEP, 0 },
		{ TEXT, 4, POST, OTHER_DATA }, { TEXT, 8, 0x12345, 0 },
		{ WBCL, 12, SEP, 0 }, { DEBUG, 12, TAGGED, 0 },
		{ DEBUG, 16, TAGGED, 0 },
		{ PK, 16, ASSAY_EV_EFI_VARIABLE_AUTHORITY, 0 } };
	static const char want[] = "{\"Events\":["
	    "{\"EventSeq\":0,\"EventType\":3,\"EventTypeString\":"
	    "\"EV_NO_ACTION\",\"PcrIndex\":0,\"Digests\":{},"
	    "\"ProcessedData\":{}},"
	    "{\"EventSeq\":2,\"EventType\":4,\"EventTypeString\":"
	    "\"EV_SEPARATOR\",\"PcrIndex\":7,\"Digests\":{\"SHA256\":"
	    "\"3z9hmASpL9tAVxktxD3XSOp3itxSvEmM6AUkwBS4ERk\"},"
	    "\"ProcessedData\":{\"RawData\":\"AAAAAA\"}},"
	    "{\"EventSeq\":3,\"EventType\":1,\"EventTypeString\":"
	    "\"EV_POST_CODE\",\"PcrIndex\":4,\"Digests\":{\"SHA256\":"
	    "\"X\"},\"ProcessedData\":{}},"
	    "{\"EventSeq\":4,\"EventType\":74565,\"EventTypeString\":"
	    "\"0x00012345\",\"PcrIndex\":8,\"Digests\":{\"SHA256\":\"X\"},"
	    "\"ProcessedData\":{\"RawData\":\"cXVpZXQgc3BsYXNo\"}},"
	    "{\"EventSeq\":5,\"EventType\":4,\"EventTypeString\":"
	    "\"EV_SEPARATOR\",\"PcrIndex\":12,\"Digests\":{\"SHA256\":"
	    "\"RhPAdEckCyDPG6o_1EQaPxtivqHpqqoGeFMrg86d4lQ\"},"
	    "\"ProcessedData\":{\"RawData\":\"V0JDTA\"}},"
	    "{\"EventSeq\":6,\"EventType\":6,\"EventTypeString\":"
	    "\"EV_EVENT_TAG\",\"PcrIndex\":12,\"Digests\":{\"SHA256\":"
	    "\"Y\"},\"ProcessedData\":{}},"
	    "{\"EventSeq\":7,\"EventType\":6,\"EventTypeString\":"
	    "\"EV_EVENT_TAG\",\"PcrIndex\":16,\"Digests\":{\"SHA256\":"
	    "\"Y\"},\"ProcessedData\":{\"RawData\":\"AQABQAkAAAABAAQAAQAAAAE"
	    "\"}},"
	    "{\"EventSeq\":8,\"EventType\":2147483872,\"EventTypeString\":"
	    "\"EV_EFI_VARIABLE_AUTHORITY\",\"PcrIndex\":16,\"Digests\":{"
	    "\"SHA256\":\"Z\"},\"ProcessedData\":{}}]}";
	struct assay_error err = { 0 };
	json_t *have, *expected, *event;
	struct boot boot;
	char *events = NULL;
	size_t i;

	(void)state;
	make_boot(&boot, steps, N(steps));
	assert_true(assay_boot_events_json(&boot.logs, &events, &err));
	have = assay_json_parse(assay_bytes_of(events), NULL, &err);
	expected = assay_json_parse(assay_bytes_of(want), NULL, &err);
	assert_non_null(have);
	assert_non_null(expected);
	json_array_foreach(json_object_get(expected, "Events"), i, event) {
		json_t *got = json_array_get(json_object_get(have, "Events"),
		    i);
		const char *digest = json_string_value(json_object_get(
		    json_object_get(event, "Digests"), "SHA256"));

		/* Digests of what the rows above made. */
		if (digest != NULL && strlen(digest) == 1)
			(void)json_object_set(event, "Digests",
			    json_object_get(got, "Digests"));
		if (!json_equal(got, event))
			fail_msg("event %zu: %s", i, json_dumps(got, 0));
	}
	assert_int_equal(json_array_size(json_object_get(have, "Events")),
	    8);
	json_decref(have);
	json_decref(expected);
	free(events);
	free_boot(&boot);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_spoilt),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
