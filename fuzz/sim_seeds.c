/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write seeds for the corpora from the simulator, sound and broken: sim_seeds
 * FOLDER fills FOLDER/quote, FOLDER/tcbinfo, and so on. Signatures are random,
 * so run it only to renew a corpus whose format has changed. The world is the
 * one of fuzz_attest.c, which therefore believes its signatures.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/cert.h"
#include "sim/breakage.h"

#define AT INT64_C(1800000000)

static const char *root;

static void
die(const char *what, const char *why)
{
	(void)fprintf(stderr, "sim_seeds: %s: %s\n", what, why);
	exit(1);
}

static void
save(const char *corpus, const char *name, struct assay_bytes seed)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", root, corpus);
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		die(path, strerror(errno));
	(void)snprintf(path, sizeof(path), "%s/%s/sim-%s", root, corpus, name);
	if ((f = fopen(path, "wb")) == NULL)
		die(path, strerror(errno));
	if (fwrite(seed.ptr, 1, seed.len, f) != seed.len || fclose(f) != 0)
		die(path, strerror(errno));
}

/* For fuzz_attest: the first byte says what the rest replaces. */
enum attest_part {
	ATTEST_QUOTE,
	ATTEST_REPORT,
	ATTEST_PCK_CRL,
	ATTEST_ROOT_CA_CRL,
	ATTEST_TCB_INFO,
	ATTEST_TCB_INFO_CHAIN,
	ATTEST_QE_IDENTITY,
};

static void
save_attest(enum attest_part part, const char *name, struct assay_bytes seed)
{
	struct assay_buffer made = assay_buffer(ASSAY_SIM_MAX_BYTES);

	(void)assay_buffer_putc(&made, (uint8_t)part);
	if (!assay_buffer_put(&made, seed))
		die(name, "too long");
	save("attest", name, assay_buffer_bytes(&made));
	assay_buffer_free(&made);
}

/* One simulated platform and its quote. */
struct scene {
	struct assay_sim_params		 params;
	struct assay_sim_world		*world;
	struct assay_sim_collateral	 collateral;
};

/* breakage NULL: a sound one. */
static struct scene
scene(const char *breakage)
{
	const struct assay_breakage *b = NULL;
	struct scene s = { .world = NULL };
	struct assay_error err;

	assay_sim_params_default(&s.params, AT);
	memcpy(s.params.seed, "fuzz", sizeof("fuzz"));
	if (breakage != NULL) {
		if ((b = assay_breakage_find(breakage)) == NULL)
			die(breakage, "no such breakage");
		b->apply(&s.params);
	}
	if (!assay_sim_world_new(&s.params, &s.world, &err))
		die("world", err.text);
	assay_sim_world_collateral(s.world, &s.collateral);
	return s;
}

static const char *
name_of(const char *breakage)
{
	return breakage != NULL ? breakage : "sound";
}

static void
save_quote(const char *breakage)
{
	struct assay_buffer quote = assay_buffer(ASSAY_SIM_MAX_BYTES);
	struct scene s = scene(breakage);
	struct assay_error err;

	if (!assay_sim_quote(s.world, &s.params.quote, &quote, &err))
		die("quote", err.text);
	save("quote", name_of(breakage), assay_buffer_bytes(&quote));
	save_attest(ATTEST_QUOTE, name_of(breakage),
	    assay_buffer_bytes(&quote));
	assay_buffer_free(&quote);
	assay_sim_world_free(s.world);
}

static void
save_report(const char *breakage)
{
	struct assay_buffer quote = assay_buffer(ASSAY_SIM_MAX_BYTES);
	struct assay_buffer report = assay_buffer(ASSAY_SIM_MAX_BYTES);
	struct scene s = scene(breakage);
	struct assay_error err;
	char name[256];

	if (!assay_sim_quote(s.world, &s.params.quote, &quote, &err) ||
	    !assay_sim_openenclave(&s.params.openenclave,
	    assay_buffer_bytes(&quote), &report, &err))
		die("report", err.text);
	(void)snprintf(name, sizeof(name), "report-%s", name_of(breakage));
	save("quote", name, assay_buffer_bytes(&report));
	save_attest(ATTEST_REPORT, name, assay_buffer_bytes(&report));
	assay_buffer_free(&quote);
	assay_buffer_free(&report);
	assay_sim_world_free(s.world);
}

static void
save_tcb_info(const char *breakage)
{
	struct scene s = scene(breakage);

	save("tcbinfo", name_of(breakage), s.collateral.tcb_info);
	if (breakage != NULL)
		save_attest(ATTEST_TCB_INFO, breakage, s.collateral.tcb_info);
	assay_sim_world_free(s.world);
}

static void
save_qe_identity(const char *breakage)
{
	struct scene s = scene(breakage);

	save("qeidentity", name_of(breakage), s.collateral.qe_identity);
	if (breakage != NULL)
		save_attest(ATTEST_QE_IDENTITY, breakage,
		    s.collateral.qe_identity);
	assay_sim_world_free(s.world);
}

/* Each certificate of a chain, as DER. */
static void
save_chain(const char *breakage, const char *which, struct assay_bytes pem)
{
	struct assay_cert *certs[8];
	struct assay_error err;
	char name[256];
	size_t n = 0;

	if (!assay_certs_from_pem(pem, certs, 8, &n, &err))
		return;
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%s-%s-%zu",
		    name_of(breakage), which, i);
		/* What is broken is the leaf. */
		if (i == 0 || breakage == NULL)
			save("cert", name, assay_cert_der(certs[i]));
		assay_cert_free(certs[i]);
	}
}

static void
save_certs(const char *breakage)
{
	struct scene s = scene(breakage);

	save_chain(breakage, "pck", s.collateral.pck_chain);
	if (breakage == NULL)
		save_chain(breakage, "tcb", s.collateral.tcb_info_chain);
	assay_sim_world_free(s.world);
}

static void
save_crls(const char *breakage)
{
	struct scene s = scene(breakage);
	char name[256];

	(void)snprintf(name, sizeof(name), "%s-pck", name_of(breakage));
	save("crl", name, s.collateral.pck_crl);
	(void)snprintf(name, sizeof(name), "%s-root", name_of(breakage));
	save("crl", name, s.collateral.root_ca_crl);
	assay_sim_world_free(s.world);
}

int
main(int argc, char **argv)
{
	static const char *const quotes[] = { NULL, "quote-v4", "quote-v5",
		"quote-td-body", "quote-version-2", "quote-auth-too-long",
		"quote-cert-len-max", "quote-left-over-v4", "quote-truncated",
		"cert-data-ppid", "cert-data-encrypted-ppid", "trailing-bytes",
		"attestation-key-off-curve", "debug-enclave" };
	static const char *const reports[] = { NULL, "oe-size-long",
		"oe-local-report" };
	static const char *const tcb_infos[] = { NULL, "tcb-info-v2",
		"tcb-info-id", "tcb-info-short-components",
		"tcb-info-component-256", "tcb-info-unknown-status",
		"tcb-info-duplicate-member", "tcb-info-no-levels",
		"tcb-info-two-equal-levels", "tcb-info-trailing" };
	static const char *const identities[] = { NULL, "qe-identity-version",
		"qe-identity-id", "qe-identity-no-levels",
		"qe-identity-short-mrsigner", "qe-identity-duplicate-member" };
	static const char *const certs[] = { NULL, "processor-ca",
		"pck-no-sgx", "pck-no-component", "pck-fmspc-twice",
		"pck-sgx-trailing", "pck-critical-extension",
		"pck-no-constraints" };
	static const char *const crls[] = { NULL, "revoked-pck",
		"revoked-intermediate", "pck-crl-no-number", "pck-crl-no-aki" };

	if (argc != 2)
		die("usage", "sim_seeds FOLDER");
	root = argv[1];
	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++)
		save_quote(quotes[i]);
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
		save_report(reports[i]);
	for (size_t i = 0; i < sizeof(tcb_infos) / sizeof(tcb_infos[0]); i++)
		save_tcb_info(tcb_infos[i]);
	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++)
		save_qe_identity(identities[i]);
	for (size_t i = 0; i < sizeof(certs) / sizeof(certs[0]); i++)
		save_certs(certs[i]);
	for (size_t i = 0; i < sizeof(crls) / sizeof(crls[0]); i++)
		save_crls(crls[i]);
	return 0;
}
