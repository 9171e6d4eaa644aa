/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs of real machines: they parse as recorded, no event lies, and replay
 * leads to the recorded values and to those read from the TPM.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "evidence/replay.h"
#include "json/json.h"
#include "testlib.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/*
 * What the log alone cannot lead to, with the reason. Everything else must
 * agree, and these must not, or the list is out of date.
 */
static const struct {
	const char	*vector, *bank;
	uint32_t	 mask;
	const char	*why;
} exceptions[] = {
	{ "guard-hahuri-invalid-eventlog", "sha1", 1u << 11,
	    "systemd-pcrphase extends PCR 11 without a log" },
	{ "guard-hahuri-invalid-eventlog", "sha256", 1u << 11,
	    "systemd-pcrphase extends PCR 11 without a log" },
};

static const struct {
	const char	*vector;
	const char	*why;
} no_logs[] = {
	{ "tpm2tools-specid-vendordata",
	    "a fragment: its vendorInfo lies behind the event" },
};

/* Values that a log extends, of all vectors. */
struct totals {
	size_t	replayed, real;
};

static json_t *
load(const char *vector, const char *name)
{
	struct assay_error err = { 0 };
	struct assay_buffer text;
	json_t *value = NULL;

	if (test_read_if(test_shared_path("vectors/tpm/%s/%s", vector, name),
	    &text) && (value = assay_json_parse(assay_buffer_bytes(&text),
	    NULL, &err)) == NULL)
		fail_msg("%s/%s: %s", vector, name, err.text);
	assay_buffer_free(&text);
	return value;
}

static uint32_t
excused(const char *vector, const char *bank)
{
	for (size_t i = 0; i < N(exceptions); i++)
		if (strcmp(exceptions[i].vector, vector) == 0 &&
		    strcmp(exceptions[i].bank, bank) == 0)
			return exceptions[i].mask;
	return 0;
}

static int
find_bank(const struct assay_replay *r, const char *name)
{
	enum assay_hash hash;

	for (int b = 0; b < ASSAY_PCR_BANKS; b++)
		if (assay_tpm_hash(r->bank[b].alg, &hash) &&
		    strcmp(assay_hash_name(hash), name) == 0)
			return b;
	return -1;
}

static void
one_value(struct assay_pcrs *pcrs, uint16_t alg, unsigned int index,
    const char *hex)
{
	struct assay_buffer b = assay_buffer(ASSAY_DIGEST_MAX);
	struct assay_error err = { 0 };

	if (!assay_hex_decode(assay_bytes_of(hex), &b, &err))
		fail_msg("%s", err.text);
	*pcrs = (struct assay_pcrs){ .n_banks = 1 };
	pcrs->bank[0].alg = alg;
	pcrs->bank[0].mask = 1u << index;
	memcpy(pcrs->bank[0].value[index], b.ptr, b.len);
	assay_buffer_free(&b);
}

/* Every value of a file that the log extends; returns how many. */
static size_t
compare(struct test_table *t, const char *vector, const char *file,
    const struct assay_replay *r)
{
	json_t *want = load(vector, file), *bank;
	const char *name, *index, *hex;
	struct assay_error err;
	struct assay_pcrs pcrs;
	size_t n = 0;

	json_object_foreach(want, name, bank) {
		int b = find_bank(r, name);
		json_t *value;

		json_object_foreach(bank, index, value) {
			unsigned int i = (unsigned int)atoi(index);
			bool except = excused(vector, name) >> i & 1 &&
			    strcmp(file, "pcrs.json") == 0;

			if (b < 0 || (hex = json_string_value(value)) == NULL)
				continue;
			if (r->bank[b].pcr[i].extends == 0)
				continue;
			one_value(&pcrs, r->bank[b].alg, i, hex);
			test_row(t, vector, assay_replay_compare(r, &pcrs,
			    UINT32_MAX, &err) != except, "%s: %s", file,
			    err.text);
			n++;
		}
	}
	json_decref(want);
	return n;
}

static bool
lists(const json_t *algs, uint16_t alg)
{
	enum assay_hash hash;
	const json_t *value;
	size_t i;

	json_array_foreach(algs, i, value)
		if (assay_tpm_hash(alg, &hash) ?
		    strcmp(json_string_value(value),
		    assay_hash_name(hash)) == 0 :
		    strcmp(json_string_value(value), "sm3_256") == 0)
			return true;
	return false;
}

/* Every digest is in a bank that the description lists. */
static void
check_algs(struct test_table *t, const char *vector, const json_t *algs,
    const struct assay_eventlog *log)
{
	for (size_t i = log->agile ? 1 : 0; i < log->n_events; i++)
		for (size_t k = 0; k < log->events[i].n_digests; k++)
			test_row(t, vector, lists(algs,
			    log->events[i].digests[k].alg),
			    "event %zu has algorithm 0x%04x", i,
			    log->events[i].digests[k].alg);
}

static void
check_meta(struct test_table *t, const char *vector,
    const struct assay_eventlog *log, const struct assay_replay *r)
{
	json_t *meta = load(vector, "meta.json");
	json_t *want = json_object_get(json_object_get(meta, "expected"),
	    "eventlog");
	json_t *locality = json_object_get(want, "startup_locality");
	const char *format = json_string_value(json_object_get(want,
	    "format"));

	if (want != NULL) {
		test_row(t, vector, strcmp(format, log->agile ? "agile" :
		    "sha1") == 0, "format is %s", format);
		test_row(t, vector, json_integer_value(json_object_get(want,
		    "events")) == (json_int_t)log->n_events, "%zu events",
		    log->n_events);
		check_algs(t, vector, json_object_get(want, "algs"), log);
		if (json_is_integer(locality))
			test_row(t, vector, json_integer_value(locality) ==
			    r->startup_locality, "locality %u",
			    r->startup_locality);
	}
	json_decref(meta);
}

static void
check_trust(struct test_table *t, const char *vector,
    const struct assay_eventlog *log)
{
	for (size_t i = 0; i < log->n_events; i++)
		test_row(t, vector,
		    log->events[i].trust != ASSAY_EVENT_FORGED,
		    "event %zu is called forged", i);
}

static bool
is_fragment(const char *vector)
{
	for (size_t i = 0; i < N(no_logs); i++)
		if (strcmp(no_logs[i].vector, vector) == 0)
			return true;
	return false;
}

static void
one_vector(struct test_table *t, const char *vector,
    struct assay_bytes bytes, struct totals *totals)
{
	struct assay_eventlog log = { 0 };
	struct assay_error err = { 0 };
	struct assay_replay r;
	bool ok = assay_eventlog_parse(bytes, &log, &err);

	test_row(t, vector, ok != is_fragment(vector), "%s", err.text);
	if (!ok)
		return;
	test_row(t, vector, log.length == bytes.len, "%zu bytes of %zu",
	    log.length, bytes.len);
	check_trust(t, vector, &log);
	assay_replay_init(&r);
	test_row(t, vector, assay_replay_log(&r, &log, &err), "%s", err.text);
	check_meta(t, vector, &log, &r);
	totals->replayed += compare(t, vector, "replay.json", &r);
	totals->real += compare(t, vector, "pcrs.json", &r);
	assay_eventlog_free(&log);
}

static void
test_vectors(void **state)
{
	struct test_table t = { .name = "logs" };
	struct totals totals = { 0 };
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	(void)state;
	if (test_shared("logs of real machines") == NULL)
		return;
	assert_non_null(dir = opendir(test_shared_path("vectors/tpm")));
	while ((entry = readdir(dir)) != NULL) {
		struct assay_buffer b;

		if (test_read_if(test_shared_path("vectors/tpm/%s/"
		    "eventlog.bin", entry->d_name), &b)) {
			one_vector(&t, entry->d_name, assay_buffer_bytes(&b),
			    &totals);
			n++;
		}
		assay_buffer_free(&b);
	}
	(void)closedir(dir);
	printf("%zu logs, %zu values as replayed elsewhere, %zu read from "
	    "TPMs\n", n, totals.replayed, totals.real);
	test_table_end(&t);
	assert_true(n >= 50 && totals.replayed > 500 && totals.real > 400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
