/* SPDX-License-Identifier: Apache-2.0 */
/* What PCRs become, against values computed by hand from the definitions. */
#include <string.h>

#include "base/encode.h"
#include "evidence/event_type.h"
#include "evidence/replay.h"
#include "madelog.h"
#include "testlib.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define T(s) MADE_TEXT(s)
#define I(s) MADE_INIT(s)
#define SHA1	0
#define SHA256	1

static const uint16_t both[] = { 0x0004, 0x000b, 0 };
static const uint16_t only_sha256[] = { 0x000b, 0 };

static void
replay(struct assay_replay *r, const struct made_log *made)
{
	struct assay_error err = { 0 };
	struct assay_eventlog log;

	if (!assay_eventlog_parse(made_log_bytes(made), &log, &err) ||
	    !assay_replay_log(r, &log, &err))
		fail_msg("%s", err.text);
	assay_eventlog_free(&log);
}

/* H(...H(H(start, H(texts[0])), H(texts[1]))...) */
static struct assay_digest
chain(enum assay_hash hash, uint8_t fill, uint8_t last,
    const struct assay_bytes *texts, size_t n)
{
	struct assay_digest v = { .len = assay_hash_size(hash) }, d;
	struct assay_error err = { 0 };

	memset(v.bytes, fill, v.len);
	if (last != 0)
		v.bytes[v.len - 1] = last;
	for (size_t i = 0; i < n; i++) {
		struct assay_bytes parts[2];

		assert_true(assay_digest(hash, texts[i], &d, &err));
		parts[0] = assay_digest_bytes(&v);
		parts[1] = assay_digest_bytes(&d);
		assert_true(assay_digest_parts(hash, parts, 2, &v, &err));
	}
	return v;
}

static void
assert_pcr(const struct assay_replay *r, size_t bank, size_t pcr,
    uint8_t fill, uint8_t last, const struct assay_bytes *texts, size_t n)
{
	struct assay_digest want = chain(bank == SHA1 ? ASSAY_SHA1 :
	    ASSAY_SHA256, fill, last, texts, n);

	assert_memory_equal(r->bank[bank].pcr[pcr].value, want.bytes,
	    want.len);
	assert_int_equal(r->bank[bank].pcr[pcr].extends, n);
}

static void
test_reset_values(void **state)
{
	struct assay_replay r;

	(void)state;
	assay_replay_init(&r);
	for (size_t b = 0; b < 2; b++)
		for (size_t i = 0; i < ASSAY_PCR_COUNT; i++)
			assert_pcr(&r, b, i, i >= 17 && i <= 22 ? 0xff : 0, 0,
			    NULL, 0);
}

static void
test_extends(void **state)
{
	const struct assay_bytes texts[] = { T("one"), T("two") };
	struct made_log made = made_log_agile(both);
	struct assay_replay r;

	(void)state;
	made_log_event(&made, 4, ASSAY_EV_IPL, texts[0]);
	made_log_event(&made, 4, ASSAY_EV_NO_ACTION, T("not extended"));
	made_log_event(&made, 4, ASSAY_EV_IPL, texts[1]);
	made_log_banks(&made, only_sha256, 5, ASSAY_EV_IPL, texts[0],
	    texts[0]);
	assay_replay_init(&r);
	replay(&r, &made);
	for (size_t b = 0; b < 2; b++)
		assert_pcr(&r, b, 4, 0, 0, texts, 2);
	assert_pcr(&r, SHA1, 5, 0, 0, texts, 0);
	assert_pcr(&r, SHA256, 5, 0, 0, texts, 1);
	made_log_free(&made);
}

/* What precedes the measurement of "m", and how PCR 0 begins then. */
static const struct {
	const char		*name;
	uint32_t		 type;
	struct assay_bytes	 data;
	uint8_t			 start;
} starts[] = {
	{ "nothing", ASSAY_EV_NO_ACTION, I("something"), 0 },
	{ "locality_0", ASSAY_EV_NO_ACTION, I("StartupLocality\0\0"), 0 },
	{ "locality_3", ASSAY_EV_NO_ACTION, I("StartupLocality\0\3"), 3 },
	{ "locality_4", ASSAY_EV_NO_ACTION, I("StartupLocality\0\4"), 4 },
	{ "locality_too_short", ASSAY_EV_NO_ACTION, I("StartupLocality\0"),
	    0 },
	{ "locality_too_long", ASSAY_EV_NO_ACTION,
	    I("StartupLocality\0\3\0"), 0 },
	{ "locality_of_another_type", ASSAY_EV_IPL,
	    I("StartupLocality\0\3"), 0 },
};

static void
test_locality(void **state)
{
	struct test_table t = { .name = "locality" };

	(void)state;
	for (size_t i = 0; i < N(starts); i++) {
		const struct assay_bytes m[] = { T("m") };
		struct made_log made = made_log_agile(both);
		struct assay_digest want;
		struct assay_replay r;

		made_log_event(&made, 1, starts[i].type, starts[i].data);
		made_log_event(&made, 0, ASSAY_EV_S_CRTM_VERSION, m[0]);
		assay_replay_init(&r);
		replay(&r, &made);
		want = chain(ASSAY_SHA256, 0, starts[i].start, m, 1);
		test_row(&t, starts[i].name,
		    memcmp(r.bank[SHA256].pcr[0].value, want.bytes,
		    want.len) == 0 && r.startup_locality == starts[i].start,
		    "locality %u", r.startup_locality);
		made_log_free(&made);
	}
	test_table_end(&t);
}

/* A StartupLocality after the first measurement changes nothing. */
static void
test_late_locality(void **state)
{
	const struct assay_bytes m[] = { T("m") };
	struct made_log made = made_log_sha1();
	struct assay_replay r;

	(void)state;
	made_log_event(&made, 0, ASSAY_EV_S_CRTM_VERSION, m[0]);
	made_log_event(&made, 0, ASSAY_EV_NO_ACTION,
	    T("StartupLocality\0\3"));
	assay_replay_init(&r);
	replay(&r, &made);
	assert_pcr(&r, SHA1, 0, 0, 0, m, 1);
	made_log_free(&made);
}

static void
test_bad_locality(void **state)
{
	static const struct {
		const char		*name;
		struct assay_bytes	 first, second;
	} bad[] = {
		{ "five", I("StartupLocality\0\5"), I("") },
		{ "one", I("StartupLocality\0\1"), I("") },
		{ "two_that_differ", I("StartupLocality\0\3"),
		    I("StartupLocality\0\4") },
	};

	(void)state;
	for (size_t i = 0; i < N(bad); i++) {
		struct made_log made = made_log_agile(both);
		struct assay_error err = { 0 };
		struct assay_eventlog log;
		struct assay_replay r;

		made_log_event(&made, 0, ASSAY_EV_NO_ACTION, bad[i].first);
		made_log_event(&made, 0, ASSAY_EV_NO_ACTION, bad[i].second);
		assay_replay_init(&r);
		assert_true(assay_eventlog_parse(made_log_bytes(&made), &log,
		    &err));
		assert_false(assay_replay_log(&r, &log, &err));
		test_assert_code(bad[i].name, &err,
		    ASSAY_ERR_EVENTLOG_MALFORMED);
		assay_eventlog_free(&log);
		made_log_free(&made);
	}
}

/* H(0...04 || H(code)), with or without a StartupLocality event. */
static void
test_hcrtm(void **state)
{
	const struct assay_bytes code[] = { T("code") };

	(void)state;
	for (int with = 0; with < 2; with++) {
		struct made_log made = made_log_agile(both);
		struct assay_replay r;

		if (with)
			made_log_event(&made, 0, ASSAY_EV_NO_ACTION,
			    T("StartupLocality\0\4"));
		made_log_hashed(&made, 0, ASSAY_EV_EFI_HCRTM_EVENT,
		    T("HCRTM"), code[0]);
		assay_replay_init(&r);
		replay(&r, &made);
		assert_true(r.hcrtm);
		for (size_t b = 0; b < 2; b++)
			assert_pcr(&r, b, 0, 0, 4, code, 1);
		made_log_free(&made);
	}
}

/* A launch resets 17 to 22; the register map of TXT only tells of it. */
static void
test_launch(void **state)
{
	const struct assay_bytes mle[] = { T("mle") };
	struct made_log made = made_log_agile(both);
	struct assay_replay r;

	(void)state;
	made_log_event(&made, 17, ASSAY_EV_NO_ACTION, T("not extended"));
	assay_replay_init(&r);
	replay(&r, &made);
	assert_false(r.drtm);
	assert_pcr(&r, SHA256, 18, 0xff, 0, NULL, 0);

	made_log_event(&made, 255, ASSAY_EV_TXT_PCR_MAPPING, T(""));
	assay_replay_init(&r);
	replay(&r, &made);
	assert_true(r.drtm);
	assert_pcr(&r, SHA256, 17, 0, 0, NULL, 0);

	made_log_event(&made, 17, 0x402, mle[0]);
	made_log_event(&made, 18, 0x404, mle[0]);
	assay_replay_init(&r);
	replay(&r, &made);
	assert_pcr(&r, SHA256, 17, 0, 0, mle, 1);
	assert_pcr(&r, SHA1, 18, 0, 0, mle, 1);
	assert_pcr(&r, SHA1, 22, 0, 0, NULL, 0);
	assert_pcr(&r, SHA1, 16, 0, 0, NULL, 0);
	assert_pcr(&r, SHA1, 23, 0, 0, NULL, 0);
	made_log_free(&made);
}

/* No event may stand before a reset: it would be believed and not quoted. */
static void
test_launch_only_once(void **state)
{
	const struct assay_bytes all[] = { T("lie"), T("mle"), T("mle") };
	struct made_log made = made_log_agile(both);
	struct assay_replay r;

	(void)state;
	made_log_event(&made, 17, ASSAY_EV_EVENT_TAG, all[0]);
	made_log_event(&made, 255, ASSAY_EV_TXT_PCR_MAPPING, T(""));
	made_log_event(&made, 17, 0x402, all[1]);
	made_log_event(&made, 17, 0x8001, all[2]);
	assay_replay_init(&r);
	replay(&r, &made);
	assert_pcr(&r, SHA256, 17, 0, 0, all, 3);
	made_log_free(&made);
}

static void
test_several_logs(void **state)
{
	const struct assay_bytes all[] = { T("boot"), T("resume") };
	struct made_log first = made_log_agile(both);
	struct made_log second = made_log_agile(both);
	struct assay_replay r;

	(void)state;
	made_log_event(&first, 0, ASSAY_EV_IPL, all[0]);
	made_log_event(&second, 0, ASSAY_EV_NO_ACTION,
	    T("StartupLocality\0\3"));
	made_log_event(&second, 0, ASSAY_EV_IPL, all[1]);
	assay_replay_init(&r);
	replay(&r, &first);
	replay(&r, &second);
	assert_pcr(&r, SHA256, 0, 0, 0, all, 2);
	made_log_free(&first);
	made_log_free(&second);
}

static void
want_value(struct assay_pcrs *want, uint16_t alg, unsigned int pcr,
    const void *value)
{
	struct assay_pcr_bank *bank = &want->bank[0];

	if (want->n_banks == 0)
		want->n_banks = 1;
	bank->alg = alg;
	bank->mask |= 1u << pcr;
	memcpy(bank->value[pcr], value, alg == 0x0004 ? 20 : 32);
}

/* The firmware logs both banks, Windows one: values from a real machine. */
static void
test_windows_caps(void **state)
{
	static const uint8_t pcr12[] = {
		0xb8, 0x0d, 0xe5, 0xd1, 0x38, 0x75, 0x85, 0x41, 0xc5, 0xf0,
		0x52, 0x65, 0xad, 0x14, 0x4a, 0xb9, 0xfa, 0x86, 0xd1, 0xdb,
	}, pcr11[] = {
		0xe7, 0x87, 0x72, 0x55, 0x0c, 0xd9, 0xc6, 0xa7, 0xf1, 0xe9,
		0x48, 0x57, 0x7a, 0x7a, 0x13, 0xf7, 0x9a, 0xf1, 0x75, 0xd5,
	}, zero[20];
	struct made_log made = made_log_agile(both);
	struct assay_error err = { 0 };
	struct assay_pcrs want = { 0 };
	struct assay_replay r;

	(void)state;
	made_log_event(&made, 0, ASSAY_EV_S_CRTM_VERSION, T("v"));
	assay_replay_init(&r);
	replay(&r, &made);
	assert_false(r.bank[SHA1].pcr[0].has_capped);
	made_log_banks(&made, only_sha256, 12, ASSAY_EV_EVENT_TAG, T("tag"),
	    T("tag"));
	assay_replay_init(&r);
	replay(&r, &made);
	assert_true(r.bank[SHA1].pcr[0].has_capped);
	assert_false(r.bank[SHA256].pcr[0].has_capped);
	assert_false(r.bank[SHA1].pcr[14].has_capped);
	want_value(&want, 0x0004, 11, pcr11);
	want_value(&want, 0x0004, 12, pcr12);
	want_value(&want, 0x0004, 13, pcr12);
	want_value(&want, 0x0004, 14, zero);
	if (!assay_replay_compare(&r, &want, UINT32_MAX, &err))
		fail_msg("%s", err.text);
	want.bank[0].value[13][0] ^= 1;
	assert_false(assay_replay_compare(&r, &want, UINT32_MAX, &err));
	test_assert_code("capped", &err, ASSAY_ERR_REPLAY_MISMATCH);
	made_log_free(&made);
}

static void
test_compare(void **state)
{
	struct made_log made = made_log_agile(both);
	struct assay_error err = { 0 };
	struct assay_pcrs want = { 0 };
	struct assay_digest value;
	struct assay_replay r;

	(void)state;
	made_log_event(&made, 4, ASSAY_EV_IPL, T("one"));
	assay_replay_init(&r);
	replay(&r, &made);
	value = chain(ASSAY_SHA256, 0, 0,
	    (const struct assay_bytes[]){ T("one") }, 1);
	want_value(&want, 0x000b, 4, value.bytes);
	assert_true(assay_replay_compare(&r, &want, UINT32_MAX, &err));
	value.bytes[31] ^= 1;
	want_value(&want, 0x000b, 5, value.bytes);
	assert_true(assay_replay_compare(&r, &want, 1u << 4, &err));
	assert_false(assay_replay_compare(&r, &want, UINT32_MAX, &err));
	test_assert_code("PCR 5", &err, ASSAY_ERR_REPLAY_MISMATCH);
	assert_non_null(strstr(err.text, "PCR 5 of the sha256 bank"));
	assert_non_null(strstr(err.text, "0 events extend"));
	made_log_free(&made);
}

static void
test_covers(void **state)
{
	struct made_log made = made_log_agile(both);
	struct assay_error err = { 0 };
	struct assay_eventlog log;
	struct assay_pcrs quoted = { .n_banks = 1 };

	(void)state;
	made_log_event(&made, 4, ASSAY_EV_IPL, T("both"));
	made_log_banks(&made, only_sha256, 4, ASSAY_EV_IPL, T("one"),
	    T("one"));
	made_log_event(&made, 5, ASSAY_EV_IPL, T("not quoted"));
	made_log_event(&made, 4, ASSAY_EV_NO_ACTION, T("not extended"));
	made_log_event(&made, 0xffffffff, ASSAY_EV_NO_ACTION, T("nowhere"));
	assert_true(assay_eventlog_parse(made_log_bytes(&made), &log, &err));
	quoted.bank[0].alg = 0x0004;
	quoted.bank[0].mask = 1u << 4;
	assert_true(assay_replay_covers(&quoted, &log.events[1]));
	assert_false(assay_replay_covers(&quoted, &log.events[2]));
	for (size_t i = 3; i < 6; i++)
		assert_false(assay_replay_covers(&quoted, &log.events[i]));
	quoted.bank[0].alg = 0x000b;
	assert_true(assay_replay_covers(&quoted, &log.events[2]));
	assay_eventlog_free(&log);
	made_log_free(&made);
}

/* Three entries: PCR 10, 10, 11. */
static const struct assay_bytes measured[] = {
	I("first"), I("second"), I("third"),
};
static struct assay_ima_entry ima_entries[] = {
	{ .pcr = 10, .data = I("first") },
	{ .pcr = 10, .data = I("second") },
	{ .pcr = 11, .data = I("third") },
};
static const struct assay_ima_log ima_log = { ima_entries, 3, false, NULL };

static void
test_ima_prefix(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 2; n++) {
		struct assay_digest value = chain(ASSAY_SHA256, 0, 0,
		    measured, n);
		struct assay_pcrs want = { 0 };
		struct assay_error err = { 0 };
		struct assay_replay r;
		size_t used = 99;

		want_value(&want, 0x000b, 10, value.bytes);
		assay_replay_init(&r);
		if (!assay_replay_ima(&r, &ima_log, &want, &used, &err))
			fail_msg("%s", err.text);
		assert_int_equal(used, n);
		assert_pcr(&r, SHA256, 10, 0, 0, measured, n);
	}
}

/* Both PCRs must be reached at once; neither may have been passed. */
static void
test_ima_two_pcrs(void **state)
{
	struct assay_digest one = chain(ASSAY_SHA256, 0, 0, measured, 1);
	struct assay_digest two = chain(ASSAY_SHA256, 0, 0, measured, 2);
	struct assay_digest third = chain(ASSAY_SHA256, 0, 0, &measured[2],
	    1);
	struct assay_pcrs want = { 0 };
	struct assay_error err = { 0 };
	struct assay_replay r;
	size_t used = 99;

	(void)state;
	want_value(&want, 0x000b, 10, two.bytes);
	want_value(&want, 0x000b, 11, third.bytes);
	assay_replay_init(&r);
	assert_true(assay_replay_ima(&r, &ima_log, &want, &used, &err));
	assert_int_equal(used, 3);
	want_value(&want, 0x000b, 10, one.bytes);
	assay_replay_init(&r);
	used = 99;
	assert_false(assay_replay_ima(&r, &ima_log, &want, &used, &err));
	test_assert_code("passed", &err, ASSAY_ERR_REPLAY_MISMATCH);
	assert_int_equal(used, 99);
	assert_pcr(&r, SHA256, 10, 0, 0, measured, 0);
}

static void
test_ima_not_quoted(void **state)
{
	static const uint8_t zero[32];
	struct assay_pcrs want = { 0 };
	struct assay_error err = { 0 };
	struct assay_replay r;
	size_t used = 99;

	(void)state;
	want_value(&want, 0x000b, 0, zero);
	assay_replay_init(&r);
	assert_true(assay_replay_ima(&r, &ima_log, &want, &used, &err));
	assert_int_equal(used, 0);
}

/* Kernels before 5.8 extend all banks with the padded SHA-1 digest. */
static void
test_ima_padded(void **state)
{
	struct assay_digest d = { .len = 32 }, v = { .len = 32 };
	struct assay_pcrs want = { 0 };
	struct assay_error err = { 0 };
	struct assay_replay r;
	size_t used = 99;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct assay_bytes parts[2];

		assert_true(assay_digest(ASSAY_SHA1, measured[i], &d, &err));
		memset(d.bytes + 20, 0, 12);
		d.len = 32;
		parts[0] = assay_digest_bytes(&v);
		parts[1] = assay_digest_bytes(&d);
		assert_true(assay_digest_parts(ASSAY_SHA256, parts, 2, &v,
		    &err));
	}
	want_value(&want, 0x000b, 10, v.bytes);
	assay_replay_init(&r);
	assert_true(assay_replay_ima(&r, &ima_log, &want, &used, &err));
	assert_int_equal(used, 2);
	v.bytes[0] ^= 1;
	want_value(&want, 0x000b, 10, v.bytes);
	assay_replay_init(&r);
	assert_false(assay_replay_ima(&r, &ima_log, &want, &used, &err));
	test_assert_code("other value", &err, ASSAY_ERR_REPLAY_MISMATCH);
	assert_non_null(strstr(err.text, "no prefix of 3 entries"));
}

static void
test_ima_all(void **state)
{
	struct assay_error err = { 0 };
	struct assay_replay r;

	(void)state;
	assay_replay_init(&r);
	assert_true(assay_replay_ima_all(&r, &ima_log, &err));
	for (size_t b = 0; b < 2; b++) {
		assert_pcr(&r, b, 10, 0, 0, measured, 2);
		assert_pcr(&r, b, 11, 0, 0, &measured[2], 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reset_values),
		cmocka_unit_test(test_extends),
		cmocka_unit_test(test_locality),
		cmocka_unit_test(test_late_locality),
		cmocka_unit_test(test_bad_locality),
		cmocka_unit_test(test_hcrtm),
		cmocka_unit_test(test_launch),
		cmocka_unit_test(test_launch_only_once),
		cmocka_unit_test(test_several_logs),
		cmocka_unit_test(test_windows_caps),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_ima_prefix),
		cmocka_unit_test(test_ima_two_pcrs),
		cmocka_unit_test(test_ima_not_quoted),
		cmocka_unit_test(test_ima_padded),
		cmocka_unit_test(test_ima_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
