/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mistakes that other verifiers of Intel quotes have made, one row each, named
 * by their public record: what was accepted there is refused here, and what
 * was refused there without need is accepted.
 */
#include <stdlib.h>
#include <string.h>

#include "simlib.h"

#define DAY		(24 * 60 * 60)
#define BEFORE_CERTS	1046	/* in v3 with 32 bytes of QE auth data */

/* An enclave of the attacker's poses as the quoting enclave. */
static void
own_qe(struct assay_sim_params *p)
{
	memset(p->quote.qe.mrsigner, 0xaa, sizeof(p->quote.qe.mrsigner));
}

#define AA16 "AAAAAAAAAAAAAAAA"

static void
own_qe_identity(struct assay_sim_params *p)
{
	own_qe(p);
	p->qe_own_chain = true;
	p->qe_identity.before[0] = (struct assay_sim_edit){
	    "8C4F5775D796503E96137F77C68A829A0056AC8DED70140B081B094490C57BFF",
	    AA16 AA16 AA16 AA16 };
}

static void
unsigned_qe_identity(struct assay_sim_params *p)
{
	own_qe_identity(p);
	p->qe_identity.forged = true;
}

static void
qe_identity_under_own_root(struct assay_sim_params *p)
{
	own_qe_identity(p);
	p->qe_identity.by_stranger = true;
}

static void
own_qe_product(struct assay_sim_params *p)
{
	p->quote.qe.isv_prod_id = 7;
}

static void
own_qe_svn(struct assay_sim_params *p)
{
	p->quote.qe.isv_svn = 0;
}

/* One component, which the platform reaches; the other fifteen are gone. */
static void
one_component(struct assay_sim_params *p)
{
	p->tcb_info.before[0] = (struct assay_sim_edit){
	    "\"sgxtcbcomponents\":[", "\"sgxtcbcomponents\":[{\"svn\":1}],"
	    "\"rest\":[" };
}

static void
no_component(struct assay_sim_params *p)
{
	p->tcb_info.before[0] = (struct assay_sim_edit){
	    "\"sgxtcbcomponents\":[", "\"sgxtcbcomponents\":[],\"rest\":[" };
}

static void
revoked(struct assay_sim_params *p)
{
	if (!assay_sim_set_tcb_status(p, "Revoked"))
		abort();
}

static void
out_of_date(struct assay_sim_params *p)
{
	if (!assay_sim_set_tcb_status(p, "OutOfDate"))
		abort();
}

static void
qe_revoked(struct assay_sim_params *p)
{
	p->quote.qe.isv_svn = 4;
}

static void
unknown_status(struct assay_sim_params *p)
{
	p->tcb_info.before[0] = (struct assay_sim_edit){
	    "\"tcbStatus\":\"UpToDate\"", "\"tcbStatus\":\"UpToDateEnough\"" };
}

#define FOUR_ONES \
	"{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1}"

/* A low level stands first: who takes the first that fits, takes it. */
static void
low_level_first(struct assay_sim_params *p)
{
	static const char low[] = "\"tcbLevels\":[{\"tcb\":{"
	    "\"sgxtcbcomponents\":[" FOUR_ONES ",{\"svn\":1},{\"svn\":1},"
	    "{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},"
	    "{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0}],"
	    "\"pcesvn\":1},\"tcbDate\":\"2018-01-04T00:00:00Z\","
	    "\"tcbStatus\":\"Revoked\"},";

	p->tcb_info.before[0] = (struct assay_sim_edit){ "\"tcbLevels\":[",
	    low };
}

static void
low_qe_level_first(struct assay_sim_params *p)
{
	p->qe_identity.before[0] = (struct assay_sim_edit){ "\"tcbLevels\":[",
	    "\"tcbLevels\":[{\"tcb\":{\"isvsvn\":1},"
	    "\"tcbDate\":\"2018-01-04T00:00:00Z\","
	    "\"tcbStatus\":\"Revoked\"}," };
}

/* Lexicographic order would put this platform above the level. */
static void
later_component_below(struct assay_sim_params *p)
{
	p->pck.components[0] = 255;
	p->pck.components[2] = 2;
}

static void
other_vendor(struct assay_sim_params *p)
{
	memset(p->quote.vendor_id, 0, sizeof(p->quote.vendor_id));
}

#define NESTED 20000

/* Before anything is authenticated. */
static void
deep_json(struct assay_sim_params *p)
{
	static char nest[NESTED + 32];

	if (nest[0] == '\0') {
		memcpy(nest, "\"deep\":", 7);
		memset(nest + 7, '[', NESTED);
		memcpy(nest + 7 + NESTED, "1,\"tcbType\":0", 14);
	}
	p->tcb_info.after[0] = (struct assay_sim_edit){ "\"tcbType\":0",
	    nest };
}

static void
json_trailing(struct assay_sim_params *p)
{
	p->tcb_info.behind = "{\"tcbInfo\":{}}";
}

static void
duplicate_member(struct assay_sim_params *p)
{
	p->tcb_info.after[0] = (struct assay_sim_edit){ "{\"tcbInfo\":",
	    "{\"tcbInfo\":{\"id\":\"SGX\"},\"tcbInfo\":" };
}

static void
json_reordered(struct assay_sim_params *p)
{
	p->tcb_info.after[0] = (struct assay_sim_edit){
	    "\"id\":\"SGX\",\"version\":3,", "\"version\":3,\"id\":\"SGX\"," };
}

static void
td_qe_identity(struct assay_sim_params *p)
{
	p->qe_identity.tdx = true;
}

static void
tdx_tcb_info(struct assay_sim_params *p)
{
	p->tcb_info.tdx = true;
}

static void
crl_trailing(struct assay_sim_params *p)
{
	p->pck_crl.trailing = true;
}

static void
crl_forged(struct assay_sim_params *p)
{
	p->pck_crl.forged = true;
}

static void
crl_missing(struct assay_sim_params *p)
{
	p->pck_crl.missing = true;
}

static void
crl_stale(struct assay_sim_params *p)
{
	p->root_crl.next_update = p->at - 1;
}

static void
bare_root(struct assay_sim_params *p)
{
	p->root.no_basic_constraints = true;
	p->root.no_key_ids = true;
	p->root.no_crl_url = true;
	p->root.key_usage = 0;
}

/* A chain that is linked by names alone. */
static void
forged_without_key_ids(struct assay_sim_params *p)
{
	p->pck_cert.no_key_ids = true;
	p->pck_cert.forged = true;
}

/* Self-signed and named as Intel's is. */
static void
own_root(struct assay_sim_params *p)
{
	p->other_anchor = true;
}

static void
intermediate_is_leaf(struct assay_sim_params *p)
{
	p->intermediate.is_ca = false;
	p->intermediate.pathlen = -1;
}

/* Both ends of a validity belong to it (RFC 5280 section 4.1.2.5). */
static void
last_second(struct assay_sim_params *p)
{
	p->pck_cert.not_after = p->at;
	p->intermediate.not_after = p->at;
	p->tcb_signing.not_after = p->at;
	p->tcb_info.next_update = p->at;
	p->qe_identity.next_update = p->at;
	p->pck_crl.next_update = p->at;
	p->root_crl.next_update = p->at;
}

static void
first_second(struct assay_sim_params *p)
{
	p->pck_cert.not_before = p->at;
	p->tcb_signing.not_before = p->at;
	p->tcb_info.issue_date = p->at;
	p->qe_identity.issue_date = p->at;
	p->pck_crl.this_update = p->at;
	p->root_crl.this_update = p->at;
}

static void
second_too_late(struct assay_sim_params *p)
{
	p->tcb_info.next_update = p->at - 1;
}

/* One key, several genuine root certificates (sgx-tdx 4.1). */
static void
root_reissued(struct assay_sim_params *p)
{
	p->root.not_after = p->at + DAY;
	p->tcb_root.not_before = p->at - DAY;
}

static void
relayed(struct assay_sim_params *p)
{
	struct assay_error err;

	if (!assay_sim_bind(&p->quote.body, assay_bytes_of("another key"),
	    &err))
		abort();
}

static void
nothing(struct assay_sim_params *p)
{
	(void)p;
}

#define NONE ASSAY_CHECK_COUNT
#define ROW(name, what, code, check, apply)				\
	{ name, what, ASSAY_ERR_##code, check, false, apply }
#define C(check) ASSAY_CHECK_##check

static const struct assay_breakage incidents[] = {
	ROW("none", "the sound platform", OK, NONE, nothing),
	/* dcap-qvl before 0.3.9: the QE identity was fetched, not enforced. */
	ROW("CVE-2026-22696-mrsigner", "a QE of the attacker's",
	    QE_IDENTITY_MISMATCH, C(QE_MRSIGNER), own_qe),
	ROW("CVE-2026-22696-signature", "its identity, signed by a stranger",
	    SGX_ENCLAVE_IDENTITY_INVALID_SIGNATURE, C(QE_IDENTITY_SIGNATURE),
	    unsigned_qe_identity),
	ROW("CVE-2026-22696-chain", "its identity, under another root",
	    SGX_TCB_SIGNING_CERT_CHAIN_UNTRUSTED, C(QE_CHAIN_TRUSTED),
	    qe_identity_under_own_root),
	ROW("CVE-2026-22696-isvprodid", "another enclave of Intel's",
	    QE_IDENTITY_MISMATCH, C(QE_ISVPRODID), own_qe_product),
	ROW("CVE-2026-22696-isvsvn", "a QE older than all levels",
	    TCB_NOT_SUPPORTED, C(QE_LEVEL), own_qe_svn),
	/* dcap-qvl: vectors were compared up to the shorter one's end. */
	ROW("GHSA-6q6c-vvf9-fj3w-one", "a level of one component",
	    SGX_TCB_INFO_INVALID, NONE, one_component),
	ROW("GHSA-6q6c-vvf9-fj3w-none", "a level of no component",
	    SGX_TCB_INFO_INVALID, NONE, no_component),
	ROW("dcap-qvl-22942e7", "a revoked TCB", TCB_REVOKED,
	    C(TCB_NOT_REVOKED), revoked),
	ROW("dcap-qvl-cf5dc43", "a status that nobody knows",
	    SGX_TCB_INFO_INVALID, NONE, unknown_status),
	ROW("dcap-qvl-7fe54ae", "a later component below all",
	    TCB_NOT_SUPPORTED, C(TCB_LEVEL), later_component_below),
	ROW("dcap-qvl-126", "levels that are not sorted", OK, NONE,
	    low_level_first),
	ROW("qvl-qe-levels", "QE levels that are not sorted", OK, NONE,
	    low_qe_level_first),
	ROW("dcap-qvl-667390d", "a QE of an unknown vendor",
	    UNSUPPORTED_QUOTE_FORMAT, C(QUOTE_QE_VENDOR), other_vendor),
	ROW("dcap-qvl-2a5efcb", "text behind the TCB info",
	    SGX_TCB_INFO_UNSUPPORTED_FORMAT, NONE, json_trailing),
	ROW("dcap-qvl-32", "a byte behind the CRL",
	    SGX_CRL_UNSUPPORTED_FORMAT, NONE, crl_trailing),
	ROW("qvl-dcd4210-CWE-674", "JSON nested 20000 deep",
	    SGX_TCB_INFO_INVALID, NONE, deep_json),
	ROW("qvl-be617bb", "a root without extensions",
	    SGX_ROOT_CA_INVALID_EXTENSIONS, C(PCK_CHAIN_EXTENSIONS), bare_root),
	ROW("qvl-int-not-ca", "an intermediate that is no CA",
	    SGX_INTERMEDIATE_CA_INVALID_EXTENSIONS, C(PCK_INTERMEDIATE_CA),
	    intermediate_is_leaf),
	ROW("qvl-duplicate-member", "one member verified, another used",
	    SGX_TCB_INFO_INVALID, NONE, duplicate_member),
	ROW("qvl-root-reissue", "a root certificate issued anew", OK, NONE,
	    root_reissued),
	/* automata-network/dcap */
	ROW("automata-5061d48", "a chain without key identifiers",
	    SGX_ROOT_CA_INVALID_EXTENSIONS, C(PCK_CHAIN_EXTENSIONS),
	    forged_without_key_ids),
	ROW("automata-d0ac9fd-last", "the last second of validity", OK, NONE,
	    last_second),
	ROW("automata-d0ac9fd-first", "the first second of validity", OK, NONE,
	    first_second),
	ROW("automata-d0ac9fd-late", "a second after the end",
	    COLLATERAL_EXPIRED, C(TCB_INFO_NEXT_UPDATE), second_too_late),
	ROW("automata-6010b31", "a revoked quoting enclave", TCB_REVOKED,
	    C(TCB_NOT_REVOKED), qe_revoked),
	/* attestation-rs, pull request 26 */
	ROW("attestation-rs-26-json", "members in another order",
	    TCB_INFO_INVALID_SIGNATURE, C(TCB_INFO_SIGNATURE), json_reordered),
	ROW("attestation-rs-26-identity", "identity of the TD QE",
	    QE_IDENTITY_MISMATCH, C(QE_IDENTITY_ID), td_qe_identity),
	ROW("attestation-rs-26-tcb", "TCB info of TDX", TCB_INFO_MISMATCH,
	    C(TCB_INFO_ID), tdx_tcb_info),
	/* others */
	ROW("dstack-tcb-status", "an outdated TCB", BELOW_BASELINE,
	    C(BASELINE), out_of_date),
	ROW("go-sev-guest-5712b21", "a CRL that a stranger signed",
	    SGX_CRL_INVALID_SIGNATURE, C(PCK_CRL_SIGNATURE), crl_forged),
	ROW("missing-crl", "no CRL at all", COLLATERAL_MISSING, NONE,
	    crl_missing),
	ROW("qvs-stale-crl", "a CRL of yesterday", COLLATERAL_EXPIRED,
	    C(ROOT_CRL_WINDOW), crl_stale),
	ROW("named-as-intel", "a root that only has Intel's name",
	    SGX_PCK_CERT_CHAIN_UNTRUSTED, C(PCK_ROOT_TRUSTED), own_root),
	ROW("CVE-2026-33697", "a quote relayed for another key",
	    RUNTIME_DATA_MISMATCH, C(RUNTIME_DATA), relayed),
};

static void
test_incidents(void **state)
{
	struct test_table t = { .name = "incidents" };

	(void)state;
	for (size_t i = 0; i < sizeof(incidents) / sizeof(incidents[0]); i++) {
		struct assay_attest_result r;
		struct sim_court *court;
		struct sim_case c;

		sim_case_broken(&c, &incidents[i]);
		court = sim_court_new(&c.params);
		sim_judge(court, &c, &r);
		sim_row(&t, incidents[i].name, &incidents[i], &r);
		assay_attest_result_free(&r);
		sim_court_free(court);
	}
	test_table_end(&t);
}

/* Revoked is refused even by who accepts everything that can be accepted. */
static void
test_revoked_is_never_accepted(void **state)
{
	struct test_table t = { .name = "revoked" };
	void (*const ways[])(struct assay_sim_params *) = { revoked,
	    qe_revoked };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct assay_attest_result r;
		struct sim_court *court;
		struct sim_case c;

		sim_case_default(&c);
		c.baseline = assay_baseline_any();
		ways[i](&c.params);
		court = sim_court_new(&c.params);
		sim_judge(court, &c, &r);
		test_row(&t, i == 0 ? "platform" : "QE",
		    r.verdict == ASSAY_REJECT &&
		    r.error.code == ASSAY_ERR_TCB_REVOKED &&
		    r.tcb_status == ASSAY_TCB_REVOKED, "%s", r.error.text);
		assay_attest_result_free(&r);
		sim_court_free(court);
	}
	test_table_end(&t);
}

/* Blocked by what names a platform type, a certificate, a platform; and by
 * nothing else, though it has the same bytes. */
static void
test_blocked(void **state)
{
	static const uint8_t ppid[16] = { 0x51, 0x3a, 0x11 };
	static const uint8_t fmspc[6] = { 0xf0, 0x60, 0x6a };
	static const uint8_t other[6] = { 0xf0, 0x60, 0x6b };
	const struct {
		const char		*name;
		struct assay_block	 block;
		bool			 refused;
	} rows[] = {
		{ "FMSPC", { ASSAY_BLOCK_FMSPC, { fmspc, 6 } }, true },
		{ "PPID", { ASSAY_BLOCK_PPID, { ppid, 16 } }, true },
		{ "another FMSPC", { ASSAY_BLOCK_FMSPC, { other, 6 } },
		    false },
		{ "an FMSPC as serial", { ASSAY_BLOCK_PCK_SERIAL,
		    { fmspc, 6 } }, false },
		{ "the head of a PPID", { ASSAY_BLOCK_PPID, { ppid, 15 } },
		    false },
	};
	struct test_table t = { .name = "blocked" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_attest_result r;
		struct sim_court *court;
		struct sim_case c;

		sim_case_default(&c);
		c.blocked = (struct assay_block_list){ &rows[i].block, 1 };
		court = sim_court_new(&c.params);
		sim_judge(court, &c, &r);
		test_row(&t, rows[i].name, rows[i].refused ?
		    r.verdict == ASSAY_REJECT &&
		    r.error.code == ASSAY_ERR_PLATFORM_BLOCKED &&
		    strcmp(r.check_failed, "platform-not-blocked") == 0 :
		    r.verdict == ASSAY_ACCEPT, "%s", r.error.text);
		assay_attest_result_free(&r);
		sim_court_free(court);
	}
	test_table_end(&t);
}

/* dcap-qvl f052c6c, go-tdx-guest 5ba7655: debug went unnoticed. */
static void
test_debug_is_a_claim(void **state)
{
	struct assay_attest_result r;
	struct assay_claim claim = { .boolean = false };
	struct sim_court *court;
	struct sim_case c;

	(void)state;
	sim_case_default(&c);
	c.params.quote.body.flags |= ASSAY_SIM_FLAG_DEBUG;
	court = sim_court_new(&c.params);
	sim_judge(court, &c, &r);
	assert_int_equal(r.verdict, ASSAY_ACCEPT);
	assert_true(assay_claims_find(r.claims, "x-ms-sgx-is-debuggable",
	    &claim));
	assert_true(claim.boolean);
	assay_attest_result_free(&r);
	c.policy = "version= 1.0;authorizationrules{"
	    "[type==\"x-ms-sgx-is-debuggable\", value==true] => deny();"
	    "=> permit();};issuancerules{};";
	sim_judge(court, &c, &r);
	assert_int_equal(r.verdict, ASSAY_REJECT);
	assert_int_equal(r.error.code, ASSAY_ERR_POLICY_DENIED);
	assay_attest_result_free(&r);
	sim_court_free(court);
}

/*
 * automata 2daba02, intel qvl over-reads: quotes cut anywhere. All of it is
 * needed but the NUL behind the certificates.
 */
static void
test_cut_anywhere(void **state)
{
	struct test_table t = { .name = "cut quotes" };
	struct assay_attest_result r;
	struct assay_buffer quote;
	struct sim_court *court;
	struct sim_case c;

	(void)state;
	sim_case_default(&c);
	court = sim_court_new(&c.params);
	quote = sim_evidence(court, &c);
	for (size_t len = 0; len < quote.len; len += len < 1100 ? 1 : 37) {
		/* An allocation of its own, so that an over-read shows. */
		uint8_t *copy = malloc(len + 1);

		assert_non_null(copy);
		memcpy(copy, quote.ptr, len);
		sim_judge_bytes(court, &c, (struct assay_bytes){ copy, len },
		    &r);
		test_row(&t, "cut", r.verdict == ASSAY_REJECT &&
		    r.error.code == ASSAY_ERR_UNSUPPORTED_QUOTE_FORMAT,
		    "%zu bytes: %s", len, r.error.text);
		assay_attest_result_free(&r);
		free(copy);
	}
	assay_buffer_free(&quote);
	sim_court_free(court);
	test_table_end(&t);
}

/* Every byte before the certificates is covered by a signature or a rule. */
static void
test_change_anywhere(void **state)
{
	struct test_table t = { .name = "changed quotes" };
	struct assay_attest_result r;
	struct assay_buffer quote;
	struct sim_court *court;
	struct sim_case c;

	(void)state;
	sim_case_default(&c);
	court = sim_court_new(&c.params);
	quote = sim_evidence(court, &c);
	for (size_t at = 0; at < BEFORE_CERTS; at++) {
		uint8_t bit = (uint8_t)(1u << (at % 8));

		quote.ptr[at] ^= bit;
		sim_judge_bytes(court, &c, assay_buffer_bytes(&quote), &r);
		test_row(&t, "changed", r.verdict == ASSAY_REJECT,
		    "offset %zu, bit %u: %s", at, bit, r.error.text);
		assay_attest_result_free(&r);
		quote.ptr[at] ^= bit;
	}
	assay_buffer_free(&quote);
	sim_court_free(court);
	test_table_end(&t);
}

/* So is every byte of the signed JSON, and of the lists. */
static void
test_change_collateral(void **state)
{
	struct test_table t = { .name = "changed collateral" };
	struct assay_attest_result r;
	struct sim_court *court;
	struct sim_case c;

	(void)state;
	sim_case_default(&c);
	court = sim_court_new(&c.params);
	struct assay_sim_collateral *served = sim_court_collateral(court);
	struct assay_bytes *const members[] = { &served->tcb_info,
	    &served->qe_identity, &served->pck_crl, &served->root_ca_crl };
	for (size_t m = 0; m < sizeof(members) / sizeof(members[0]); m++) {
		struct assay_bytes sound = *members[m];
		uint8_t *copy = malloc(sound.len);

		assert_non_null(copy);
		memcpy(copy, sound.ptr, sound.len);
		for (size_t at = 0; at < sound.len; at += m == 0 ? 11 : 5) {
			copy[at] ^= 1;
			(void)sim_court_collateral(court);
			members[m]->ptr = copy;
			sim_judge(court, &c, &r);
			test_row(&t, "changed", r.verdict != ASSAY_ACCEPT,
			    "member %zu, offset %zu is accepted", m, at);
			assay_attest_result_free(&r);
			copy[at] ^= 1;
		}
		*members[m] = sound;
		(void)sim_court_collateral(court);
		free(copy);
	}
	sim_judge(court, &c, &r);
	test_row(&t, "sound again", r.verdict == ASSAY_ACCEPT, "%s",
	    r.error.text);
	assay_attest_result_free(&r);
	sim_court_free(court);
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_incidents),
		cmocka_unit_test(test_revoked_is_never_accepted),
		cmocka_unit_test(test_blocked),
		cmocka_unit_test(test_debug_is_a_claim),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_change_anywhere),
		cmocka_unit_test(test_change_collateral),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
