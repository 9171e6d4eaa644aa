/* SPDX-License-Identifier: Apache-2.0 */
/* Structure of TCG logs: good ones, then one breakage per row. */
#include <string.h>

#include "base/limits.h"
#include "evidence/event_type.h"
#include "evidence/eventlog.h"
#include "madelog.h"
#include "testlib.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const uint16_t two[] = { 0x0004, 0x000b, 0 };
static const uint16_t with_sm3[] = { 0x0004, 0x0012, 0x000b, 0 };
static const uint8_t zeros[4];

/* Offsets in made_two(): Spec ID event, then a separator, then an action. */
#define SPEC_DATA	32
#define SPEC_N		(SPEC_DATA + 24)
#define SPEC_ALG	(SPEC_DATA + 28)
#define SPEC_VENDOR	(SPEC_ALG + 8)
#define EVENT		(SPEC_VENDOR + 1)
#define COUNT		(EVENT + 8)
#define ALG1		(COUNT + 4)
#define ALG2		(ALG1 + 22)
#define SIZE		(ALG2 + 34)
#define NEXT		(SIZE + 8)

static struct made_log
made_two(void)
{
	struct made_log log = made_log_agile(two);

	made_log_event(&log, 7, ASSAY_EV_SEPARATOR, MADE_BYTES(zeros));
	made_log_event(&log, 4, ASSAY_EV_EFI_ACTION, MADE_TEXT("Calling"));
	return log;
}

static void
test_agile(void **state)
{
	struct made_log made = made_two();
	struct assay_error err = { 0 };
	struct assay_eventlog log;
	const struct assay_event *e;

	(void)state;
	if (!assay_eventlog_parse(made_log_bytes(&made), &log, &err))
		fail_msg("%s", err.text);
	assert_true(log.agile);
	assert_int_equal(log.n_events, 3);
	assert_int_equal(log.length, made.bytes.len);
	e = &log.events[1];
	assert_int_equal(e->seq, 1);
	assert_int_equal(e->offset, EVENT);
	assert_int_equal(e->pcr, 7);
	assert_int_equal(e->type, ASSAY_EV_SEPARATOR);
	assert_int_equal(e->n_digests, 2);
	assert_int_equal(e->digests[1].alg, 0x000b);
	assert_ptr_equal(e->digests[1].bytes.ptr, made.bytes.ptr + ALG2 + 2);
	assert_int_equal(e->digests[1].bytes.len, 32);
	assert_int_equal(e->data.len, 4);
	assert_ptr_equal(e->data.ptr, made.bytes.ptr + SIZE + 4);
	assert_ptr_equal(assay_event_digest(e, 0x000b), &e->digests[1]);
	assert_null(assay_event_digest(e, 0x000c));
	assert_int_equal(log.events[2].offset, NEXT);
	assay_eventlog_free(&log);
	assert_null(log.events);
	assay_eventlog_free(NULL);
	made_log_free(&made);
}

static void
test_sha1(void **state)
{
	struct made_log made = made_log_sha1();
	struct assay_error err = { 0 };
	struct assay_eventlog log;

	(void)state;
	made_log_event(&made, 0, ASSAY_EV_NO_ACTION,
	    MADE_BYTES("Spec ID Event02"));
	made_log_event(&made, 0, ASSAY_EV_SEPARATOR, MADE_BYTES(zeros));
	if (!assay_eventlog_parse(made_log_bytes(&made), &log, &err))
		fail_msg("%s", err.text);
	assert_false(log.agile);
	assert_int_equal(log.n_events, 2);
	assert_int_equal(log.events[1].n_digests, 1);
	assert_int_equal(log.events[1].digests[0].alg, 0x0004);
	assay_eventlog_free(&log);
	made_log_free(&made);
}

/* An algorithm that we cannot compute is skipped by its size. */
static void
test_unknown_algorithm(void **state)
{
	struct made_log made = made_log_agile(with_sm3);
	const uint16_t sm3[] = { 0x0012, 0 };
	struct assay_error err = { 0 };
	struct assay_eventlog log;

	(void)state;
	made_log_event(&made, 1, ASSAY_EV_SEPARATOR, MADE_BYTES(zeros));
	made_log_banks(&made, sm3, 2, ASSAY_EV_SEPARATOR, MADE_BYTES(zeros),
	    MADE_BYTES(zeros));
	if (!assay_eventlog_parse(made_log_bytes(&made), &log, &err))
		fail_msg("%s", err.text);
	assert_int_equal(log.events[1].n_digests, 3);
	assert_int_equal(log.events[1].trust, ASSAY_EVENT_VERIFIED);
	assert_int_equal(log.events[2].n_digests, 1);
	assert_int_equal(log.events[2].trust, ASSAY_EVENT_OPAQUE);
	assay_eventlog_free(&log);
	made_log_free(&made);
}

/* Indices that are none, of events that extend none. */
static void
test_no_index(void **state)
{
	struct made_log made = made_log_agile(two);
	struct assay_error err = { 0 };
	struct assay_eventlog log;

	(void)state;
	made_log_event(&made, 0xffffffff, ASSAY_EV_NO_ACTION,
	    MADE_TEXT("TrustPoint"));
	made_log_event(&made, 255, ASSAY_EV_TXT_PCR_MAPPING, MADE_TEXT(""));
	if (!assay_eventlog_parse(made_log_bytes(&made), &log, &err))
		fail_msg("%s", err.text);
	assert_int_equal(log.n_events, 3);
	assert_int_equal(log.events[1].pcr, 0xffffffff);
	assay_eventlog_free(&log);
	made_log_free(&made);
}

static const struct {
	const char	*name;
	const char	*tail;
	size_t		 len;
	bool		 good;
} tails[] = {
	{ "none", "", 0, true },
	{ "one_zero", "\0", 1, true },
	{ "zeros", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 50, true },
	{ "ones", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 27, true },
	{ "zeros_then_ones", "\0\0\0\0\xff\xff\xff\xff", 8, false },
	{ "other", "\x01\0\0\0", 4, false },
	{ "zeros_then_other", "\0\0\0\0\0\0\0\x01", 8, false },
};

static void
test_padding(void **state)
{
	struct test_table t = { .name = "padding" };

	(void)state;
	for (size_t i = 0; i < N(tails); i++) {
		struct made_log made = made_two();
		size_t length = made.bytes.len;
		struct assay_error err = { 0 };
		struct assay_eventlog log = { 0 };
		bool ok;

		assay_buffer_put(&made.bytes, (struct assay_bytes){
		    (const uint8_t *)tails[i].tail, tails[i].len });
		ok = assay_eventlog_parse(made_log_bytes(&made), &log, &err);
		test_row(&t, tails[i].name, ok == tails[i].good &&
		    (ok ? log.n_events == 3 && log.length == length :
		    err.code == ASSAY_ERR_EVENTLOG_MALFORMED), "%d: %s", ok,
		    err.text);
		assay_eventlog_free(&log);
		made_log_free(&made);
	}
	test_table_end(&t);
}

/* One edit each: n little-endian bytes of value at an offset. */
static const struct {
	const char	*name;
	size_t		 at, n;
	uint64_t	 value;
	enum assay_code	 code;
	const char	*says;
} breakages[] = {
	{ "spec_size_beyond_end", 28, 4, 0xffff,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "event 0, offset 0: eventSize" },
	{ "spec_size_over_limit", 28, 4, 0x7fffffff,
	    ASSAY_ERR_LIMIT_EXCEEDED, "at most 1048576" },
	{ "spec_size_short", 28, 4, 20,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "too short" },
	{ "spec_no_algorithm", SPEC_N, 4, 0,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "lists no algorithm" },
	{ "spec_algorithms_beyond_end", SPEC_N, 4, 8,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "Spec ID event" },
	{ "spec_algorithms_over_limit", SPEC_N, 4, 9,
	    ASSAY_ERR_LIMIT_EXCEEDED, "lists 9 algorithms" },
	{ "spec_algorithms_huge", SPEC_N, 4, 0xffffffff,
	    ASSAY_ERR_LIMIT_EXCEEDED, "lists 4294967295 algorithms" },
	{ "spec_algorithm_twice", SPEC_ALG + 4, 2, 0x0004,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "twice" },
	{ "spec_digest_size_wrong", SPEC_ALG + 2, 2, 32,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "0x0004 32 bytes" },
	{ "spec_digest_size_zero", SPEC_ALG, 4, 0x0012,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "0x0012 0 bytes" },
	{ "spec_digest_size_huge", SPEC_ALG, 4, 0xffff0012,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "0x0012 65535 bytes" },
	{ "spec_vendor_info_beyond_end", SPEC_VENDOR, 1, 1,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "vendorInfo" },
	{ "pcr_24", EVENT, 4, 24,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "pcrIndex is 24" },
	{ "pcr_ffffffff", EVENT, 4, 0xffffffff,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "pcrIndex is 4294967295" },
	{ "no_digests", COUNT, 4, 0,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "0 digests" },
	{ "too_many_digests", COUNT, 4, 3,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "3 digests, want 1 to 2" },
	{ "digest_count_huge", COUNT, 4, 0xffffffff,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "4294967295 digests" },
	{ "algorithm_not_listed", ALG2, 2, 0x000c,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "0x000c, which" },
	{ "algorithm_not_listed_first", ALG1, 2, 0x000d,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "offset 69" },
	{ "algorithm_twice", ALG2, 2, 0x0004,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "two digests of algorithm 0x0004" },
	{ "size_beyond_end", SIZE, 4, 0x10000,
	    ASSAY_ERR_EVENTLOG_MALFORMED, "eventSize is 65536" },
	{ "size_over_limit", SIZE, 4, 0x100001,
	    ASSAY_ERR_LIMIT_EXCEEDED, "eventSize is 1048577" },
	{ "size_huge", SIZE, 4, 0xffffffff,
	    ASSAY_ERR_LIMIT_EXCEEDED, "eventSize is 4294967295" },
	{ "size_short", SIZE, 4, 3, ASSAY_ERR_EVENTLOG_MALFORMED, "event 2" },
};

static void
test_breakages(void **state)
{
	struct test_table t = { .name = "breakages" };

	(void)state;
	for (size_t i = 0; i < N(breakages); i++) {
		struct made_log made = made_two();
		struct assay_error err = { 0 };
		struct assay_eventlog log = { 0 };
		bool ok;

		assay_buffer_patch_le(&made.bytes, breakages[i].at,
		    breakages[i].value, breakages[i].n);
		ok = assay_eventlog_parse(made_log_bytes(&made), &log, &err);
		test_row(&t, breakages[i].name, !ok &&
		    err.code == breakages[i].code &&
		    strstr(err.text, breakages[i].says) != NULL, "%s: %s",
		    assay_code_name(err.code), err.text);
		assay_eventlog_free(&log);
		made_log_free(&made);
	}
	test_table_end(&t);
}

/* A prefix is a log only where an event ends (or only zeros are cut off). */
static void
test_truncated(void **state)
{
	struct made_log made = made_two();

	(void)state;
	for (size_t n = 0; n < made.bytes.len; n++) {
		struct assay_error err = { 0 };
		struct assay_eventlog log = { 0 };
		bool ok = assay_eventlog_parse((struct assay_bytes){
		    made.bytes.ptr, n }, &log, &err);

		if (n == EVENT || n == NEXT)
			assert_true(ok);
		else
			assert_int_equal(ok ? ASSAY_ERR_OK : err.code,
			    ASSAY_ERR_EVENTLOG_MALFORMED);
		assay_eventlog_free(&log);
	}
	made_log_free(&made);
}

/* What comes before the break is still shown. */
static void
test_prefix(void **state)
{
	struct made_log made = made_two();

	(void)state;
	for (size_t n = 0; n <= made.bytes.len; n++) {
		struct assay_error err = { 0 };
		struct assay_eventlog log;
		bool ok = assay_eventlog_parse_prefix((struct assay_bytes){
		    made.bytes.ptr, n }, &log, &err);

		assert_int_equal(log.n_events, n < EVENT ? 0 : n < NEXT ? 1 :
		    n < made.bytes.len ? 2 : 3);
		assert_int_equal(ok, n == EVENT || n == NEXT ||
		    n == made.bytes.len);
		assay_eventlog_free(&log);
	}
	made_log_free(&made);
}

static void
test_empty(void **state)
{
	static const uint8_t padding[64];
	struct assay_error err = { 0 };
	struct assay_eventlog log;

	(void)state;
	assert_false(assay_eventlog_parse((struct assay_bytes){ NULL, 0 },
	    &log, &err));
	test_assert_code("empty", &err, ASSAY_ERR_EVENTLOG_MALFORMED);
	assert_false(assay_eventlog_parse(MADE_BYTES(padding), &log, &err));
	test_assert_code("zeros", &err, ASSAY_ERR_EVENTLOG_MALFORMED);
}

static void
test_limits(void **state)
{
	struct made_log made = made_log_sha1();
	struct assay_buffer big = assay_buffer(2 * ASSAY_MAX_EVENTLOG_BYTES);
	struct assay_error err = { 0 };
	struct assay_eventlog log;

	(void)state;
	for (size_t i = 0; i < ASSAY_MAX_EVENTS; i++)
		made_log_event(&made, 1, ASSAY_EV_POST_CODE, MADE_TEXT(""));
	if (!assay_eventlog_parse(made_log_bytes(&made), &log, &err))
		fail_msg("%s", err.text);
	assert_int_equal(log.n_events, ASSAY_MAX_EVENTS);
	assay_eventlog_free(&log);
	made_log_event(&made, 1, ASSAY_EV_POST_CODE, MADE_TEXT(""));
	assert_false(assay_eventlog_parse(made_log_bytes(&made), &log, &err));
	test_assert_code("events", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	made_log_free(&made);

	assert_true(assay_buffer_fill(&big, 0, ASSAY_MAX_EVENTLOG_BYTES + 1));
	assert_false(assay_eventlog_parse(assay_buffer_bytes(&big), &log,
	    &err));
	test_assert_code("bytes", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_buffer_free(&big);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(assay_event_type_name(4), "EV_SEPARATOR");
	assert_string_equal(assay_event_type_name(0x800000e0),
	    "EV_EFI_VARIABLE_AUTHORITY");
	assert_null(assay_event_type_name(0x8401));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agile),
		cmocka_unit_test(test_sha1),
		cmocka_unit_test(test_unknown_algorithm),
		cmocka_unit_test(test_no_index),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_breakages),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
