/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attest/tpm_state.h"
#include "base/encode.h"
#include "evidence/replay.h"

/* PC Client TPM profile, table 5: PCRs that software may reset. */
#define RESETTABLE	(UINT32_C(1) << 16 | UINT32_C(1) << 23)
#define FIRMWARE	UINT32_C(0xff)

/* ---- one signed structure ----------------------------------------------- */

static bool
parse_signature(const struct assay_tpm_seal *seal,
    struct assay_tpm_signature *out, struct assay_error *err)
{
	if (!seal->bare)
		return assay_tpm_signature_parse(seal->signature, out, err);
	*out = (struct assay_tpm_signature){
		.scheme = ASSAY_TPM_RSASSA, .hash = ASSAY_SHA256,
		.rsa = seal->signature,
	};
	return true;
}

/*
 * A restricted key signs what starts with TPM_GENERATED_VALUE only if the TPM
 * made it: without this check, anything that the AIK ever signed could pose as
 * a quote (CVE-2024-29039).
 */
static bool
check_head(const struct assay_tpm_attest *a,
    const struct assay_tpm_seal_rules *rules, struct assay_checks *checks,
    struct assay_error *err)
{
	if (!assay_check(checks, rules->magic_id,
	    a->magic == ASSAY_TPM_GENERATED))
		return assay_fail(err, ASSAY_ERR_TPM_NOT_GENERATED,
		    "%s: magic is 0x%08" PRIx32 ", want 0x%08" PRIx32,
		    rules->what, a->magic, ASSAY_TPM_GENERATED);
	if (!assay_check(checks, rules->type_id, a->type == rules->type))
		return assay_fail(err, ASSAY_ERR_TPM_ATTEST_TYPE,
		    "%s: TPMS_ATTEST has type 0x%04x, want 0x%04x",
		    rules->what, a->type, rules->type);
	return true;
}

bool
assay_tpm_seal_verify(const struct assay_tpm_seal *seal,
    const struct assay_tpm_seal_rules *rules, struct assay_checks *checks,
    struct assay_tpm_attest *out, enum assay_hash *hash,
    struct assay_error *err)
{
	struct assay_tpm_signature sig;
	bool ok;

	if (!assay_tpm_attest_parse(seal->attest, out, err) ||
	    !parse_signature(seal, &sig, err))
		return assay_fail_in(err, rules->what);
	if (!check_head(out, rules, checks, err))
		return false;
	if (!assay_check(checks, rules->hash_id,
	    sig.hash != ASSAY_SHA1 || seal->sha1))
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "%s: the AIK signs with SHA-1, want SHA-256 or longer; the "
		    "setting " ASSAY_TPM_SHA1_SETTING " accepts SHA-1, which "
		    "keys made by Windows sign with", rules->what);
	ok = assay_tpm_signature_verify(&sig, seal->aik, seal->attest, true,
	    err);
	*hash = sig.hash;
	if (!ok && err->code == ASSAY_ERR_CRYPTO_FAILED)
		return assay_fail_in(err, rules->what);
	return assay_check(checks, rules->signature_id, ok) ||
	    assay_fail_in(err, rules->what);
}

/* ---- the quote ---------------------------------------------------------- */

static bool
check_data(const struct assay_tpm_attest *quote,
    const struct assay_digest *want, struct assay_checks *checks,
    struct assay_error *err)
{
	char found[2 * ASSAY_MAX_TPM_NAME + 1], wanted[2 * ASSAY_DIGEST_MAX + 1];

	if (want == NULL || assay_check(checks, ASSAY_CHECK_TPM_QUOTE_DATA,
	    assay_bytes_equal(quote->extra_data, assay_digest_bytes(want))))
		return true;
	assay_hex(quote->extra_data, found);
	assay_hex(assay_digest_bytes(want), wanted);
	return assay_fail(err, ASSAY_ERR_QUALIFYING_DATA_MISMATCH,
	    "quote: extraData is %s, want %s", found, wanted);
}

static uint32_t
selected_mask(const struct assay_tpm_attest *quote, uint16_t alg)
{
	for (size_t i = 0; i < quote->n_select; i++)
		if (quote->select[i].alg == alg)
			return quote->select[i].mask;
	return 0;
}

/* The PCRs listed are the PCRs selected, no more and no fewer. */
static bool
same_selection(const struct assay_tpm_attest *quote,
    const struct assay_pcrs *pcrs)
{
	for (size_t i = 0; i < pcrs->n_banks; i++)
		if (pcrs->bank[i].mask !=
		    selected_mask(quote, pcrs->bank[i].alg))
			return false;
	for (size_t i = 0; i < quote->n_select; i++)
		if (quote->select[i].mask != 0 &&
		    assay_pcrs_bank(pcrs, quote->select[i].alg) == NULL)
			return false;
	return true;
}

static void
describe(const struct assay_tpm_attest *quote, const struct assay_pcrs *pcrs,
    char selected[80], char listed[80])
{
	size_t n = 0;

	for (size_t i = 0; i < quote->n_select && n < 80; i++)
		n += (size_t)snprintf(selected + n, 80 - n, " %04x:%06" PRIx32,
		    quote->select[i].alg, quote->select[i].mask);
	selected[n < 80 ? n : 79] = '\0';
	n = 0;
	for (size_t i = 0; i < pcrs->n_banks && n < 80; i++)
		n += (size_t)snprintf(listed + n, 80 - n, " %04x:%06" PRIx32,
		    pcrs->bank[i].alg, pcrs->bank[i].mask);
	listed[n < 80 ? n : 79] = '\0';
}

static bool
check_selection(const struct assay_tpm_attest *quote,
    const struct assay_pcrs *pcrs, struct assay_checks *checks,
    struct assay_error *err)
{
	char selected[80], listed[80];

	if (assay_check(checks, ASSAY_CHECK_TPM_QUOTE_SELECTION,
	    same_selection(quote, pcrs)))
		return true;
	describe(quote, pcrs, selected, listed);
	return assay_fail(err, ASSAY_ERR_PCR_SELECTION_MISMATCH,
	    "quote selects PCRs (bank:mask)%s, but%s are listed", selected,
	    listed);
}

/* Does a bank hold all required PCRs? */
static bool
covers(const struct assay_pcr_bank *bank, uint32_t required)
{
	return (bank->mask & required) == required;
}

static bool
check_required(const struct assay_pcrs *pcrs, uint32_t required,
    struct assay_checks *checks, struct assay_error *err)
{
	uint32_t best = 0;
	bool found = false;

	for (size_t i = 0; i < pcrs->n_banks; i++) {
		found = found || covers(&pcrs->bank[i], required);
		if ((best & required) == 0)
			best = pcrs->bank[i].mask;
	}
	if (assay_check(checks, ASSAY_CHECK_TPM_REQUIRED_PCRS, found))
		return true;
	return assay_fail(err, ASSAY_ERR_PCR_NOT_QUOTED,
	    "no bank is quoted with all PCRs of required_pcr_mask 0x%06"
	    PRIx32 "; one has 0x%06" PRIx32, required, best);
}

/* Part 2, 10.12.1, with the hash of the signing scheme whatever the bank. */
static bool
check_digest(const struct assay_tpm_attest *quote,
    const struct assay_pcrs *pcrs, enum assay_hash hash,
    struct assay_checks *checks, struct assay_error *err)
{
	char found[2 * ASSAY_MAX_TPM_NAME + 1], wanted[2 * ASSAY_DIGEST_MAX + 1];
	struct assay_digest digest;

	if (!assay_tpm_pcr_digest(quote, pcrs, hash, &digest, err))
		return false;
	if (assay_check(checks, ASSAY_CHECK_TPM_PCR_DIGEST,
	    assay_bytes_equal(quote->pcr_digest,
	    assay_digest_bytes(&digest))))
		return true;
	if (quote->pcr_digest.len > ASSAY_DIGEST_MAX)
		return assay_fail(err, ASSAY_ERR_PCR_DIGEST_MISMATCH,
		    "quote: pcrDigest has %zu bytes", quote->pcr_digest.len);
	assay_hex(quote->pcr_digest, found);
	assay_hex(assay_digest_bytes(&digest), wanted);
	return assay_fail(err, ASSAY_ERR_PCR_DIGEST_MISMATCH,
	    "quote: pcrDigest is %s, the PCR values listed give %s (%s)",
	    found, wanted, assay_hash_name(hash));
}

static bool
verify_quote(const struct assay_tpm_statement *st,
    const struct assay_tpm_state_rules *rules, struct assay_checks *checks,
    struct assay_tpm_state *s, struct assay_error *err)
{
	static const struct assay_tpm_seal_rules quote = {
		"quote", ASSAY_TPM_ST_QUOTE, ASSAY_CHECK_TPM_QUOTE_MAGIC,
		ASSAY_CHECK_TPM_QUOTE_TYPE, ASSAY_CHECK_TPM_QUOTE_HASH,
		ASSAY_CHECK_TPM_QUOTE_SIGNATURE,
	};
	const struct assay_tpm_seal seal = {
		.attest = st->quote, .signature = st->signature,
		.bare = rules->bare, .aik = rules->aik, .sha1 = rules->sha1,
	};
	enum assay_hash hash;

	s->pcrs = st->pcrs;
	return assay_tpm_seal_verify(&seal, &quote, checks, &s->quote, &hash,
	    err) && check_data(&s->quote, rules->qualifying, checks, err) &&
	    check_selection(&s->quote, &s->pcrs, checks, err) &&
	    check_required(&s->pcrs, rules->required_mask, checks, err) &&
	    check_digest(&s->quote, &s->pcrs, hash, checks, err);
}

/* ---- the logs ----------------------------------------------------------- */

static bool
parse_logs(const struct assay_tpm_statement *st, struct assay_tpm_state *s,
    struct assay_error *err)
{
	for (; s->n_tcg < st->n_tcg; s->n_tcg++)
		if (!assay_eventlog_parse(st->tcg[s->n_tcg],
		    &s->tcg[s->n_tcg], err))
			return false;
	if (st->ima.len == 0)
		return true;
	return s->has_ima = assay_ima_parse(st->ima, &s->ima, err);
}

/* The first event whose digest contradicts its data; NULL: none does. */
static const struct assay_event *
first_forged(const struct assay_tpm_state *s, size_t *log)
{
	for (*log = 0; *log < s->n_tcg; ++*log)
		for (size_t i = 0; i < s->tcg[*log].n_events; i++)
			if (s->tcg[*log].events[i].trust ==
			    ASSAY_EVENT_FORGED)
				return &s->tcg[*log].events[i];
	return NULL;
}

/* Replay covers digests, not data: PFP 10.4 says what each digest is of. */
static bool
check_events(const struct assay_tpm_state *s, struct assay_checks *checks,
    struct assay_error *err)
{
	const struct assay_event *e;
	const char *name;
	size_t log;

	e = first_forged(s, &log);
	if (assay_check(checks, ASSAY_CHECK_TPM_EVENTS, e == NULL) ||
	    e == NULL)
		return true;
	name = assay_event_type_name(e->type);
	return assay_fail(err, ASSAY_ERR_EVENT_FORGED,
	    "event %" PRIu32 " of log %zu (%s in PCR %" PRIu32 ", offset %zu) "
	    "has data that its digest is not of", e->seq, log,
	    name != NULL ? name : "unknown type", e->pcr, e->offset);
}

static uint32_t
ima_mask(const struct assay_ima_log *log)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < log->n_entries; i++)
		if (log->entries[i].pcr < ASSAY_PCR_COUNT)
			mask |= UINT32_C(1) << log->entries[i].pcr;
	return mask;
}

/*
 * A list of IMA that leads nowhere is only refused if its PCR matters. It is
 * left out otherwise; the check then says that no required PCR contradicts it.
 */
static bool
replay_ima(struct assay_tpm_state *s, uint32_t required,
    struct assay_replay *r, struct assay_checks *checks,
    struct assay_error *err)
{
	struct assay_replay before = *r;
	bool ok = true;

	if (s->has_ima)
		ok = assay_replay_ima(r, &s->ima, &s->pcrs, &s->ima_used, err);
	if (!ok && err->code != ASSAY_ERR_REPLAY_MISMATCH)
		return false;
	if (ok || (ima_mask(&s->ima) & required) != 0)
		return assay_check(checks, ASSAY_CHECK_TPM_IMA_REPLAY, ok);
	*r = before;
	s->ima_used = 0;
	return assay_check(checks, ASSAY_CHECK_TPM_IMA_REPLAY, true);
}

static bool
replay_logs(struct assay_tpm_state *s, uint32_t required,
    struct assay_replay *r, struct assay_checks *checks,
    struct assay_error *err)
{
	assay_replay_init(r);
	for (size_t i = 0; i < s->n_tcg; i++)
		if (!assay_replay_log(r, &s->tcg[i], err))
			return false;
	return replay_ima(s, required, r, checks, err);
}

/* The PCRs that the logs lead to; all required ones must be among them. */
static bool
compare(const struct assay_tpm_state *s, const struct assay_replay *r,
    uint32_t required, uint32_t *followed, struct assay_checks *checks,
    struct assay_error *err)
{
	struct assay_error ignored;

	*followed = 0;
	if (!assay_check(checks, ASSAY_CHECK_TPM_LOG_REPLAY,
	    assay_replay_compare(r, &s->pcrs, required & ~RESETTABLE, err)))
		return false;
	for (unsigned int i = 0; i < ASSAY_PCR_COUNT; i++)
		if (assay_replay_compare(r, &s->pcrs, UINT32_C(1) << i,
		    &ignored))
			*followed |= UINT32_C(1) << i;
	*followed &= ~RESETTABLE;
	return true;
}

/*
 * A bank that nothing was measured into shows a platform in the state that
 * any program can bring it to (CVE-2021-42299): in some bank that has the
 * required PCRs, the firmware's part of them must have been extended. Only
 * the required PCRs were compared with the quote; an event of another PCR
 * may be invented and counts for nothing.
 */
static bool
is_measured(const struct assay_tpm_state *s, const struct assay_replay *r,
    uint32_t required)
{
	uint32_t compared = required & FIRMWARE;

	for (size_t b = 0; b < ASSAY_PCR_BANKS; b++) {
		const struct assay_pcr_bank *bank =
		    assay_pcrs_bank(&s->pcrs, r->bank[b].alg);

		if (bank == NULL || !covers(bank, required))
			continue;
		for (unsigned int i = 0; i < 8; i++)
			if ((compared >> i & 1) != 0 &&
			    r->bank[b].pcr[i].extends != 0)
				return true;
	}
	return compared == 0;
}

static bool
check_measured(const struct assay_tpm_state *s, const struct assay_replay *r,
    uint32_t required, struct assay_checks *checks, struct assay_error *err)
{
	if (assay_check(checks, ASSAY_CHECK_TPM_BANK_MEASURED,
	    is_measured(s, r, required)))
		return true;
	return assay_fail(err, ASSAY_ERR_PCR_BANK_UNUSED,
	    "no event of the logs extends a required PCR of 0 to 7 in a quoted "
	    "bank: the quote says nothing about the firmware");
}

static bool
verify_logs(const struct assay_tpm_statement *st,
    const struct assay_tpm_state_rules *rules, struct assay_checks *checks,
    struct assay_tpm_state *s, struct assay_error *err)
{
	uint32_t required = rules->required_mask, followed;
	struct assay_replay r;

	if (!parse_logs(st, s, err) ||
	    !replay_logs(s, required, &r, checks, err) ||
	    !compare(s, &r, required, &followed, checks, err) ||
	    !check_measured(s, &r, required, checks, err) ||
	    !check_events(s, checks, err))
		return false;
	s->vouched = s->pcrs;
	for (size_t i = 0; i < s->vouched.n_banks; i++)
		s->vouched.bank[i].mask &= followed;
	return true;
}

bool
assay_tpm_state_verify(const struct assay_tpm_statement *st,
    const struct assay_tpm_state_rules *rules, struct assay_checks *checks,
    struct assay_tpm_state *out, struct assay_error *err)
{
	struct assay_tpm_state s = { .n_tcg = 0 };

	if (!verify_quote(st, rules, checks, &s, err) ||
	    !verify_logs(st, rules, checks, &s, err)) {
		assay_tpm_state_free(&s);
		return false;
	}
	*out = s;
	return true;
}

void
assay_tpm_state_free(struct assay_tpm_state *s)
{
	for (size_t i = 0; i < s->n_tcg; i++)
		assay_eventlog_free(&s->tcg[i]);
	if (s->has_ima)
		assay_ima_free(&s->ima);
	memset(s, 0, sizeof(*s));
}

struct assay_boot_logs
assay_tpm_state_logs(const struct assay_tpm_state *s)
{
	return (struct assay_boot_logs){
		.tcg = s->tcg, .n_tcg = s->n_tcg, .quoted = &s->vouched,
		.ima = s->has_ima ? &s->ima : NULL, .ima_used = s->ima_used,
	};
}
