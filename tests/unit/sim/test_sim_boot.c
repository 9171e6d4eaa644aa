/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated boot as the verifier sees it, which is other code: an honest
 * log leads to what was extended and vouches for what claims come from; each
 * lie is one that replay or a digest rule finds.
 */
#include <string.h>

#include "evidence/replay.h"
#include "sim/sim_boot.h"
#include "testlib.h"

static const char *const profiles[] = { "linux-grub", "linux-uki",
    "windows" };

struct world {
	struct assay_sim_boot_params	params;
	struct assay_sim_boot		boot;
	struct assay_eventlog		log;
	struct assay_ima_log		ima;
	struct assay_replay		replay;
	struct assay_pcrs		pcrs;	/* as the TPM has them */
};

static void
extend_bank(struct world *w, size_t bank)
{
	enum assay_hash hash = w->params.banks[bank];
	struct assay_pcr_bank *b = &w->pcrs.bank[bank];
	size_t size = assay_hash_size(hash);
	struct assay_digest next;
	struct assay_error err;

	b->alg = assay_tpm_alg(hash);
	b->mask = 0xffffff;
	for (unsigned int pcr = 17; pcr <= 22; pcr++)
		memset(b->value[pcr], 0xff, size);
	for (size_t i = 0; i < w->boot.n_extends; i++) {
		const struct assay_sim_extend *e = &w->boot.extends[i];
		const struct assay_bytes parts[2] = {
			{ b->value[e->pcr], size },
			assay_digest_bytes(&e->digest[bank]),
		};

		assert_true(assay_digest_parts(hash, parts, 2, &next, &err));
		memcpy(b->value[e->pcr], next.bytes, size);
	}
}

static void
boot(struct world *w)
{
	struct assay_error err;

	if (!assay_sim_boot(&w->params, &w->boot, &err))
		fail_msg("%s", err.text);
	w->pcrs.n_banks = w->params.n_banks;
	for (size_t b = 0; b < w->params.n_banks; b++)
		extend_bank(w, b);
	if (!assay_eventlog_parse(assay_buffer_bytes(&w->boot.log), &w->log,
	    &err))
		fail_msg("%s", err.text);
	assay_replay_init(&w->replay);
	assert_true(assay_replay_log(&w->replay, &w->log, &err));
}

static void
unboot(struct world *w)
{
	assay_ima_free(&w->ima);
	assay_eventlog_free(&w->log);
	assay_sim_boot_free(&w->boot);
	memset(w, 0, sizeof(*w));
}

static struct assay_sim_boot_params
params(const char *profile, enum assay_sim_tamper tamper)
{
	return (struct assay_sim_boot_params){ .profile = profile,
	    .banks = { ASSAY_SHA1, ASSAY_SHA256, ASSAY_SHA384 }, .n_banks = 3,
	    .tamper = tamper };
}

static size_t
count(const struct assay_eventlog *log, enum assay_event_trust trust)
{
	size_t n = 0;

	for (size_t i = 0; i < log->n_events; i++)
		n += log->events[i].trust == trust;
	return n;
}

static void
test_honest(void **state)
{
	struct world w = { .log = { .n_events = 0 } };
	struct assay_error err;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		w.params = params(profiles[i], ASSAY_SIM_TAMPER_NONE);
		w.params.ima = true;
		boot(&w);
		assert_int_equal(count(&w.log, ASSAY_EVENT_FORGED), 0);
		assert_true(count(&w.log, ASSAY_EVENT_VERIFIED) > 20);
		assert_true(assay_ima_parse(assay_buffer_bytes(&w.boot.ima),
		    &w.ima, &err));
		assert_int_equal(w.ima.n_entries, 5);
		for (size_t k = 0; k < w.ima.n_entries; k++)
			assert_true(w.ima.entries[k].verified);
		if (!assay_replay_ima(&w.replay, &w.ima, &w.pcrs, &used,
		    &err) || !assay_replay_compare(&w.replay, &w.pcrs,
		    0xffffff, &err))
			fail_msg("%s: %s", profiles[i], err.text);
		assert_int_equal(used, 5);
		assert_string_equal(w.boot.lie, "");
		unboot(&w);
	}
}

/* What must notice: the digest rule of the event, or the replay. */
static const struct {
	const char		*name;
	enum assay_sim_tamper	 tamper;
	bool			 forged, mismatch;
} lies[] = {
	{ "changed-data", ASSAY_SIM_TAMPER_CHANGED_DATA, true, false },
	{ "changed-event", ASSAY_SIM_TAMPER_CHANGED_EVENT, false, true },
	{ "dropped-event", ASSAY_SIM_TAMPER_DROPPED_EVENT, false, true },
	{ "swapped-events", ASSAY_SIM_TAMPER_SWAPPED_EVENTS, false, true },
	{ "added-event", ASSAY_SIM_TAMPER_ADDED_EVENT, false, true },
};

static void
test_lies(void **state)
{
	struct test_table t = { .name = "lies" };
	struct world w = { .log = { .n_events = 0 } };
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		for (size_t k = 0; k < sizeof(lies) / sizeof(lies[0]); k++) {
			bool same;

			w.params = params(profiles[i], lies[k].tamper);
			boot(&w);
			same = assay_replay_compare(&w.replay, &w.pcrs,
			    0xffffff, &err);
			test_row(&t, lies[k].name, same != lies[k].mismatch &&
			    count(&w.log, ASSAY_EVENT_FORGED) ==
			    lies[k].forged &&
			    strstr(w.boot.lie, lies[k].name) != NULL,
			    "%s: replay %d, forged %zu", profiles[i], same,
			    count(&w.log, ASSAY_EVENT_FORGED));
			unboot(&w);
		}
	}
	test_table_end(&t);
}

static void
test_names(void **state)
{
	enum assay_sim_tamper tamper;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		assert_true(assay_sim_tamper_parse(lies[i].name, &tamper));
		assert_int_equal(tamper, lies[i].tamper);
		assert_non_null(strstr(assay_sim_tamper_words(),
		    lies[i].name));
	}
	assert_false(assay_sim_tamper_parse("none", &tamper));
	assert_false(assay_sim_tamper_parse("", &tamper));
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		assert_non_null(strstr(assay_sim_profile_words(),
		    profiles[i]));
}

static void
test_refused(void **state)
{
	struct assay_sim_boot_params p = params("solaris",
	    ASSAY_SIM_TAMPER_NONE);
	struct assay_sim_boot out = { .n_extends = 0 };
	struct assay_error err;

	(void)state;
	assert_false(assay_sim_boot(&p, &out, &err));
	test_assert_code("profile", &err, ASSAY_ERR_USAGE);
	assay_sim_boot_free(&out);
	p = params("windows", ASSAY_SIM_TAMPER_NONE);
	p.n_banks = 0;
	assert_false(assay_sim_boot(&p, &out, &err));
	test_assert_code("banks", &err, ASSAY_ERR_USAGE);
	assay_sim_boot_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_honest),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
