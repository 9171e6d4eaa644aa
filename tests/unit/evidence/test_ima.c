/* SPDX-License-Identifier: Apache-2.0 */
/* IMA lists: made ones of every template, breakages, real ones. */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "evidence/replay.h"
#include "json/json.h"
#include "madelog.h"
#include "testlib.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Fields as hashed, up to a NULL; a length of 0 in lens means strlen. */
struct made_field {
	const char	*bytes;
	size_t		 len;
};

#define D_SHA1 { "sha1:\0" "01234567890123456789", 26 }
#define D_V2   { "verity:sha256:\0" "01234567890123456789012345678901", 47 }
#define HEX20  "3031323334353637383930313233343536373839"
#define HEX32  HEX20 "303132333435363738393031"

static const struct {
	const char		*name;
	struct made_field	 fields[10];
	size_t			 n;
	const char		*ascii;		/* behind the template's name */
	const char		*alg, *file, *type;
	size_t			 hash, sig, buf;
} templates[] = {
	{ "ima-ng", { D_SHA1, { "/bin/a", 7 } }, 2, "sha1:" HEX20 " /bin/a",
	    "sha1", "/bin/a", "", 20, 0, 0 },
	{ "ima-ngv2", { D_V2, { "/b", 3 } }, 2, "verity:sha256:" HEX32 " /b",
	    "sha256", "/b", "verity", 32, 0, 0 },
	{ "ima-sig", { D_SHA1, { "/b", 3 }, { "\x03\x02", 2 } }, 3,
	    "sha1:" HEX20 " /b 0302", "sha1", "/b", "", 20, 2, 0 },
	{ "ima-sig", { D_SHA1, { "/b", 3 }, { "", 0 } }, 3,
	    "sha1:" HEX20 " /b ", "sha1", "/b", "", 20, 0, 0 },
	{ "ima-sigv2", { D_V2, { "/b", 3 }, { "\x03", 1 } }, 3,
	    "verity:sha256:" HEX32 " /b 03", "sha256", "/b", "verity", 32, 1,
	    0 },
	{ "ima-buf", { D_SHA1, { ".ima", 5 }, { "5.15", 4 } }, 3,
	    "sha1:" HEX20 " .ima 352e3135", "sha1", ".ima", "", 20, 0, 4 },
	{ "ima-modsig", { D_SHA1, { "/m", 3 }, { "", 0 }, D_SHA1,
	    { "\x30\x01", 2 } }, 5, "sha1:" HEX20 " /m  sha1:" HEX20 " 3001",
	    "sha1", "/m", "", 20, 0, 0 },
	{ "evm-sig", { D_SHA1, { "/e", 3 }, { "\x05", 1 },
	    { "security.ima", 13 }, { "\x01\x02\x03\x04", 4 }, { "\x09", 1 },
	    { "\x00\x00\x01\x00", 4 }, { "\x02\x00\x00\x00", 4 },
	    { "\xed\x81", 2 } }, 9, "sha1:" HEX20 " /e 05 security.ima "
	    "01020304 09 65536 2 33261", "sha1", "/e", "", 20, 1, 0 },
	{ "d-ng|n-ng|sig", { D_SHA1, { "/c", 3 }, { "\x03", 1 } }, 3,
	    "sha1:" HEX20 " /c 03", "sha1", "/c", "", 20, 1, 0 },
};

static struct assay_buffer
template_data(size_t row)
{
	struct assay_buffer b = assay_buffer(4096);

	for (size_t i = 0; i < templates[row].n; i++) {
		const struct made_field *f = &templates[row].fields[i];

		assay_buffer_put_le(&b, f->len, 4);
		assay_buffer_put(&b, (struct assay_bytes){
		    (const uint8_t *)f->bytes, f->len });
	}
	return b;
}

static void
put_entry(struct assay_buffer *log, const char *name, enum assay_hash hash,
    struct assay_bytes data, bool violation)
{
	struct assay_error err = { 0 };
	struct assay_digest d = { .len = assay_hash_size(hash) };

	if (!violation && !assay_digest(hash, data, &d, &err))
		fail_msg("%s", err.text);
	assay_buffer_put_le(log, 10, 4);
	assay_buffer_put(log, assay_digest_bytes(&d));
	assay_buffer_put_le(log, strlen(name), 4);
	assay_buffer_puts(log, name);
	assay_buffer_put_le(log, data.len, 4);
	assay_buffer_put(log, data);
}

static void
put_ascii(struct assay_buffer *log, size_t row, struct assay_bytes data)
{
	struct assay_error err = { 0 };
	struct assay_digest d;

	if (!assay_digest(ASSAY_SHA1, data, &d, &err))
		fail_msg("%s", err.text);
	assay_buffer_puts(log, "10 ");
	assay_hex_encode(assay_digest_bytes(&d), log);
	assay_buffer_printf(log, " %s %s\n", templates[row].name,
	    templates[row].ascii);
}

static bool
as_wanted(const struct assay_ima_log *log, size_t row,
    struct assay_bytes data)
{
	const struct assay_ima_entry *e = log->entries;

	return log->n_entries == 1 && e->verified && !e->violation &&
	    e->pcr == 10 && assay_bytes_equal(e->data, data) &&
	    assay_bytes_equal(e->file_hash_alg,
	    assay_bytes_of(templates[row].alg)) &&
	    assay_bytes_equal(e->file_hash_type,
	    assay_bytes_of(templates[row].type)) &&
	    assay_bytes_equal(e->file_name,
	    assay_bytes_of(templates[row].file)) &&
	    e->file_hash.len == templates[row].hash &&
	    e->signature.len == templates[row].sig &&
	    e->buffer.len == templates[row].buf;
}

/* Text and binary of each template are the same entry. */
static void
test_templates(void **state)
{
	struct test_table t = { .name = "templates" };

	(void)state;
	for (size_t i = 0; i < N(templates); i++) {
		struct assay_buffer data = template_data(i);
		struct assay_bytes d = assay_buffer_bytes(&data);

		for (int ascii = 0; ascii < 2; ascii++) {
			struct assay_buffer in = assay_buffer(8192);
			struct assay_error err = { 0 };
			struct assay_ima_log log = { 0 };
			bool ok;

			if (ascii)
				put_ascii(&in, i, d);
			else
				put_entry(&in, templates[i].name, ASSAY_SHA1,
				    d, false);
			ok = assay_ima_parse(assay_buffer_bytes(&in), &log,
			    &err);
			test_row(&t, templates[i].ascii, ok &&
			    log.ascii == (ascii == 1) &&
			    as_wanted(&log, i, d), "%d: %s", ascii, err.text);
			assay_ima_free(&log);
			assay_buffer_free(&in);
		}
		assay_buffer_free(&data);
	}
	test_table_end(&t);
}

/* Lists for the other banks have longer template hashes. */
static void
test_banks(void **state)
{
	static const enum assay_hash all[] = {
		ASSAY_SHA1, ASSAY_SHA256, ASSAY_SHA384, ASSAY_SHA512,
	};
	struct assay_buffer data = template_data(0);

	(void)state;
	for (size_t i = 0; i < N(all); i++) {
		struct assay_buffer in = assay_buffer(8192);
		struct assay_error err = { 0 };
		struct assay_ima_log log;

		put_entry(&in, "ima-ng", all[i], assay_buffer_bytes(&data),
		    false);
		put_entry(&in, "ima-ng", all[i], assay_buffer_bytes(&data),
		    true);
		if (!assay_ima_parse(assay_buffer_bytes(&in), &log, &err))
			fail_msg("%s", err.text);
		assert_int_equal(log.n_entries, 2);
		assert_true(log.entries[0].verified);
		assert_true(log.entries[1].violation);
		assert_false(log.entries[1].verified);
		assay_ima_free(&log);
		assay_buffer_free(&in);
	}
	assay_buffer_free(&data);
}

/* Template hash, name and data of an unknown template still count. */
static void
test_unknown_template(void **state)
{
	struct assay_buffer in = assay_buffer(8192);
	struct assay_error err = { 0 };
	struct assay_ima_log log;

	(void)state;
	put_entry(&in, "next-gen", ASSAY_SHA1, MADE_TEXT("anything"), false);
	if (!assay_ima_parse(assay_buffer_bytes(&in), &log, &err))
		fail_msg("%s", err.text);
	assert_true(log.entries[0].verified);
	assert_int_equal(log.entries[0].file_name.len, 0);
	assay_ima_free(&log);
	assay_buffer_free(&in);
}

static void
test_digest(void **state)
{
	struct assay_ima_entry e = { .data = MADE_TEXT("abc"),
	    .template_hash = MADE_TEXT("not what is extended") };
	struct assay_error err = { 0 };
	struct assay_digest d;
	char hex[2 * ASSAY_DIGEST_MAX + 1];

	(void)state;
	assert_true(assay_ima_digest(&e, ASSAY_SHA256, false, &d, &err));
	assay_hex(assay_digest_bytes(&d), hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	assert_true(assay_ima_digest(&e, ASSAY_SHA256, true, &d, &err));
	assay_hex(assay_digest_bytes(&d), hex);
	assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d"
	    "000000000000000000000000");
	e.violation = true;
	assert_true(assay_ima_digest(&e, ASSAY_SHA256, false, &d, &err));
	assay_hex(assay_digest_bytes(&d), hex);
	assert_string_equal(hex, "ffffffffffffffffffffffffffffffff"
	    "ffffffffffffffffffffffffffffffff");
	assert_true(assay_ima_digest(&e, ASSAY_SHA256, true, &d, &err));
	assay_hex(assay_digest_bytes(&d), hex);
	assert_string_equal(hex, "ffffffffffffffffffffffffffffffffffffffff"
	    "000000000000000000000000");
}

/* Offsets in the binary entry of row 0. */
#define NAME_LEN	24
#define DATA_LEN	34
#define FIELD1_LEN	38
#define COLON		46
#define NUL		47
#define FIELD2_LEN	68

static const struct {
	const char	*name;
	size_t		 at, n;
	uint64_t	 value;
	enum assay_code	 code;
} breakages[] = {
	{ "pcr_24", 0, 4, 24, ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "pcr_huge", 0, 4, 0xffffffff, ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "name_beyond_end", NAME_LEN, 4, 0xffff,
	    ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "name_huge", NAME_LEN, 4, 0xffffffff, ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "data_beyond_end", DATA_LEN, 4, 42, ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "data_huge", DATA_LEN, 4, 0xffffffff, ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "data_short", DATA_LEN, 4, 40, ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "field_beyond_data", FIELD1_LEN, 4, 38,
	    ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "field_huge", FIELD1_LEN, 4, 0xffffffff,
	    ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "field_empty", FIELD2_LEN, 4, 0, ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "digest_without_colon", COLON, 1, 'x',
	    ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "digest_without_nul", NUL, 1, 'x', ASSAY_ERR_IMA_LOG_MALFORMED },
	{ "name_with_nul", FIELD2_LEN + 5, 1, 0,
	    ASSAY_ERR_IMA_LOG_MALFORMED },
};

static void
test_breakages(void **state)
{
	struct test_table t = { .name = "breakages" };
	struct assay_buffer data = template_data(0);

	(void)state;
	for (size_t i = 0; i < N(breakages); i++) {
		struct assay_buffer in = assay_buffer(8192);
		struct assay_error err = { 0 };
		struct assay_ima_log log = { 0 };
		bool ok;

		put_entry(&in, "ima-ng", ASSAY_SHA1,
		    assay_buffer_bytes(&data), false);
		assay_buffer_patch_le(&in, breakages[i].at,
		    breakages[i].value, breakages[i].n);
		ok = assay_ima_parse(assay_buffer_bytes(&in), &log, &err);
		test_row(&t, breakages[i].name, !ok &&
		    err.code == breakages[i].code, "%s: %s",
		    assay_code_name(err.code), err.text);
		assay_ima_free(&log);
		assay_buffer_free(&in);
	}
	assay_buffer_free(&data);
	test_table_end(&t);
}

#define HASH "0011223344556677889900112233445566778899"

static const struct {
	const char	*name, *text, *says;
} bad_lines[] = {
	{ "empty_line", "10 " HASH " ima " HEX20 " a\n\n", "entry 1" },
	{ "no_hash", "10\n", "template hash" },
	{ "hash_not_hex", "10 zz11223344556677889900112233445566778899 ima "
	    HEX20 " a\n", "hexadecimal" },
	{ "hash_odd", "10 " HASH "0 ima " HEX20 " a\n", "template hash" },
	{ "hash_length_changes", "10 " HASH " ima " HEX20 " a\n10 " HASH
	    "00 ima " HEX20 " a\n", "another length" },
	{ "no_template", "10 " HASH "\n", "unknown template" },
	{ "unknown_template", "10 " HASH " ima-xx a b\n",
	    "unknown template" },
	{ "pcr_24", "24 " HASH " ima " HEX20 " a\n", "PCR is 24" },
	{ "pcr_huge", "99999999999 " HASH " ima " HEX20 " a\n",
	    "start with a PCR" },
	{ "fields_missing", "10 " HASH " ima-ng sha1:" HEX20 "\n",
	    "missing" },
	{ "text_behind", "10 " HASH " ima-ng sha1:" HEX20 " a b\n",
	    "behind the last" },
	{ "digest_without_algorithm", "10 " HASH " ima-ng " HEX20 " a\n",
	    "no algorithm" },
	{ "digest_not_hex", "10 " HASH " ima-ng sha1:xy a\n",
	    "hexadecimal" },
	{ "old_digest_length", "10 " HASH " ima " HEX32 " a\n", "SHA-1" },
	{ "number_too_large", "10 " HASH " d-ng|n-ng|imode sha1:" HEX20
	    " a 65536\n", "number" },
};

static void
test_bad_lines(void **state)
{
	struct test_table t = { .name = "lines" };

	(void)state;
	for (size_t i = 0; i < N(bad_lines); i++) {
		struct assay_error err = { 0 };
		struct assay_ima_log log = { 0 };
		bool ok = assay_ima_parse(assay_bytes_of(bad_lines[i].text),
		    &log, &err);

		test_row(&t, bad_lines[i].name, !ok &&
		    err.code == ASSAY_ERR_IMA_LOG_MALFORMED &&
		    strstr(err.text, bad_lines[i].says) != NULL, "%s: %s",
		    assay_code_name(err.code), err.text);
		assay_ima_free(&log);
	}
	test_table_end(&t);
}

static void
test_limits(void **state)
{
	struct assay_buffer in = assay_buffer(16 * 1024 * 1024);
	struct assay_error err = { 0 };
	struct assay_ima_log log;

	(void)state;
	assert_false(assay_ima_parse(assay_buffer_bytes(&in), &log, &err));
	test_assert_code("empty", &err, ASSAY_ERR_IMA_LOG_MALFORMED);
	for (size_t i = 0; i < ASSAY_MAX_IMA_ENTRIES; i++)
		put_entry(&in, "x", ASSAY_SHA1, MADE_TEXT(""), false);
	if (!assay_ima_parse(assay_buffer_bytes(&in), &log, &err))
		fail_msg("%s", err.text);
	assert_int_equal(log.n_entries, ASSAY_MAX_IMA_ENTRIES);
	assay_ima_free(&log);
	put_entry(&in, "x", ASSAY_SHA1, MADE_TEXT(""), false);
	assert_false(assay_ima_parse(assay_buffer_bytes(&in), &log, &err));
	test_assert_code("entries", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assert_true(assay_buffer_fill(&in, 0, ASSAY_MAX_EVENTLOG_BYTES));
	assert_false(assay_ima_parse(assay_buffer_bytes(&in), &log, &err));
	test_assert_code("bytes", &err, ASSAY_ERR_LIMIT_EXCEEDED);
	assay_buffer_free(&in);
}

/* Real lists; edit: how one that its makers cut wrongly becomes whole. */
static const struct {
	const char	*vector, *file;
	size_t		 entries, violations;
	int		 edit;		/* bytes to take off, or add zeros */
	const char	*pcr, *sha1;	/* NULL: pcrs.json has it */
} lists[] = {
	{ "guard-h12ssl", "ima.bin", 5071, 9, 0, NULL, NULL },
	{ "guard-hahuri-invalid-eventlog", "ima.bin", 37, 0, 0, NULL, NULL },
	{ "guard-ludmilla-2", "ima.bin", 1, 0, 0, NULL, NULL },
	{ "tss-sml-ima-ng-sha1", "ima.bin", 6, 0, -1, "10",
	    "ef2a20de2a84a4780f92ab11d5c4934c709dff00" },
	{ "tss-sml-ima-ng-sha1-invalidated", "ima.bin", 1, 1, 1, "13",
	    "bac37b84f007d0238af95af707cac8d61254870e" },
	{ "tss-sml-ima-sha1", "ima.bin", 12, 0, -1, "10",
	    "062a05a9d18d1a51775ff8162bf6964b8dd23eb4" },
	{ "tss-sml-ima-sig-sha256-invalidated", "ima.bin", 2, 1, 0, "10",
	    "a0e7bc9af0a2b54147b0d595d058f15c6cc44a6d" },
	{ "keylime-ima-log-sha1", "ima.ascii", 2, 1, 0, NULL, "" },
	{ "keylime-ima-log-sha256", "ima.ascii", 2, 0, 0, NULL, "" },
	{ "keylime-ima-log-sha512", "ima.ascii", 2, 1, 0, NULL, "" },
};

static void
set_value(struct assay_pcrs *pcrs, const char *bank, const char *index,
    const char *hex)
{
	struct assay_buffer b = assay_buffer(ASSAY_DIGEST_MAX);
	unsigned int i = (unsigned int)atoi(index);
	struct assay_error err = { 0 };
	struct assay_pcr_bank *at = pcrs->bank;

	at->alg = strcmp(bank, "sha1") == 0 ? 4 : 0xb;
	at->mask |= 1u << i;
	pcrs->n_banks = 1;
	if (!assay_hex_decode(assay_bytes_of(hex), &b, &err))
		fail_msg("%s", err.text);
	memcpy(at->value[i], b.ptr, b.len);
	assay_buffer_free(&b);
}

/* Does some prefix of the list lead to PCR 10 as read from the TPM? */
static void
reach_real(struct test_table *t, const char *vector,
    const struct assay_ima_log *log, const char *bank)
{
	struct assay_error err = { 0 };
	struct assay_buffer text = test_read(test_shared_path(
	    "vectors/tpm/%s/pcrs.json", vector));
	json_t *pcrs = assay_json_parse(assay_buffer_bytes(&text), NULL,
	    &err);
	const char *hex = json_string_value(json_object_get(json_object_get(
	    pcrs, bank), "10"));
	struct assay_pcrs want = { 0 };
	struct assay_replay r;
	size_t used = 0;
	bool ok;

	assert_non_null(hex);
	set_value(&want, bank, "10", hex);
	assay_replay_init(&r);
	ok = assay_replay_ima(&r, log, &want, &used, &err);
	test_row(t, vector, ok && assay_replay_compare(&r, &want, UINT32_MAX,
	    &err), "%s: %s", bank, err.text);
	json_decref(pcrs);
	assay_buffer_free(&text);
}

static void
reach_known(struct test_table *t, const char *vector,
    const struct assay_ima_log *log, const char *pcr, const char *hex)
{
	struct assay_pcrs want = { 0 };
	struct assay_error err = { 0 };
	struct assay_replay r;
	size_t used = 0;

	set_value(&want, "sha1", pcr, hex);
	assay_replay_init(&r);
	test_row(t, vector, assay_replay_ima(&r, log, &want, &used, &err) &&
	    used == log->n_entries, "%zu: %s", used, err.text);
}

static void
one_list(struct test_table *t, size_t i)
{
	struct assay_buffer in = test_read(test_shared_path(
	    "vectors/tpm/%s/%s", lists[i].vector, lists[i].file));
	struct assay_error err = { 0 };
	struct assay_ima_log log = { 0 };
	size_t violations = 0, verified = 0;

	if (lists[i].edit != 0)
		test_row(t, lists[i].vector, !assay_ima_parse(
		    assay_buffer_bytes(&in), &log, &err) &&
		    err.code == ASSAY_ERR_IMA_LOG_MALFORMED, "%s", err.text);
	if (lists[i].edit > 0)
		assay_buffer_fill(&in, 0, (size_t)lists[i].edit);
	else
		in.len -= (size_t)-lists[i].edit;
	if (!assay_ima_parse(assay_buffer_bytes(&in), &log, &err))
		fail_msg("%s: %s", lists[i].vector, err.text);
	for (size_t k = 0; k < log.n_entries; k++) {
		violations += log.entries[k].violation;
		verified += log.entries[k].verified;
	}
	test_row(t, lists[i].vector, log.n_entries == lists[i].entries &&
	    violations == lists[i].violations &&
	    verified == log.n_entries - violations, "%zu, %zu, %zu",
	    log.n_entries, violations, verified);
	if (lists[i].sha1 == NULL) {
		reach_real(t, lists[i].vector, &log, "sha1");
		reach_real(t, lists[i].vector, &log, "sha256");
	} else if (lists[i].pcr != NULL) {
		reach_known(t, lists[i].vector, &log, lists[i].pcr,
		    lists[i].sha1);
	}
	assay_ima_free(&log);
	assay_buffer_free(&in);
}

static void
test_vectors(void **state)
{
	struct test_table t = { .name = "lists" };

	(void)state;
	if (test_shared("IMA lists of real machines") == NULL)
		return;
	for (size_t i = 0; i < N(lists); i++)
		one_list(&t, i);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_banks),
		cmocka_unit_test(test_unknown_template),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_breakages),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
