/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judge an SGX quote with libassay, from files:
 *
 *	verify_quote QUOTE COLLATERAL-DIR [SECONDS-SINCE-1970 [ROOT.pem]]
 *
 * The folder holds tcb_info.json, tcb_info_chain.pem, qe_identity.json,
 * qe_identity_chain.pem, pck_crl.der and root_ca_crl.der. Exit status: 0
 * accepted, 1 rejected, 2 usage, 3 could not decide.
 *
 *	cc verify_quote.c $(pkg-config --cflags --libs assay)
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <assay/assay.h>

#define FILES		9
#define FILE_MAX	(1024 * 1024)

/* A whole file, or nothing if there is none. Kept until the program ends. */
static struct assay_bytes
load(const char *folder, const char *name)
{
	static uint8_t content[FILES][FILE_MAX];
	static size_t used;
	struct assay_bytes out = { NULL, 0 };
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s%s%s", folder,
	    folder[0] != '\0' ? "/" : "", name);
	if (used == FILES || (f = fopen(path, "rb")) == NULL)
		return out;
	out.ptr = content[used];
	out.len = fread(content[used++], 1, FILE_MAX, f);
	(void)fclose(f);
	return out;
}

/*
 * The library asks for collateral by the platform's own identifiers. This
 * program has one set; a service would look it up.
 */
static bool
find(void *ctx, const struct assay_dcap_wanted *wanted,
    struct assay_dcap_collateral *out, void **token, uint64_t *generation,
    struct assay_error *err)
{
	const struct assay_dcap_collateral *held = ctx;

	(void)wanted;
	if (held->tcb_info.ptr == NULL)
		return assay_fail(err, ASSAY_ERR_COLLATERAL_MISSING,
		    "there is no tcb_info.json in the folder");
	*out = *held;
	*token = NULL;
	*generation = 1;
	return true;
}

static void
release(void *ctx, void *token)
{
	(void)ctx;
	(void)token;
}

static void
load_collateral(const char *folder, struct assay_dcap_collateral *out)
{
	out->tcb_info = load(folder, "tcb_info.json");
	out->tcb_info_chain = load(folder, "tcb_info_chain.pem");
	out->qe_identity = load(folder, "qe_identity.json");
	out->qe_identity_chain = load(folder, "qe_identity_chain.pem");
	out->pck_crl = load(folder, "pck_crl.der");
	out->root_ca_crl = load(folder, "root_ca_crl.der");
	out->pck_chain = load(folder, "pck_chain.pem");
}

static int
report(struct assay_attest_result *result)
{
	struct assay_claim mrenclave;

	/* The verdict is an enum of three: never treat it as a boolean. */
	switch (result->verdict) {
	case ASSAY_ACCEPT:
		printf("accepted, TCB status %s\n",
		    assay_tcb_status_name(result->tcb_status));
		if (assay_claims_find(result->claims, "x-ms-sgx-mrenclave",
		    &mrenclave))
			printf("MRENCLAVE %.*s\n", (int)mrenclave.text.len,
			    (const char *)mrenclave.text.ptr);
		return 0;
	case ASSAY_REJECT:
		printf("rejected: %s (%s)\n", result->error.text,
		    assay_code_name(result->error.code));
		return 1;
	case ASSAY_UNDECIDED:
		break;
	}
	printf("could not decide: %s (%s)\n", result->error.text,
	    assay_code_name(result->error.code));
	return 3;
}

int
main(int argc, char **argv)
{
	struct assay_dcap_collateral held = { 0 };
	struct assay_verifier_config config = { 0 };
	struct assay_verifier *verifier = NULL;
	struct assay_attest_result result = { 0 };
	struct assay_bytes root;
	struct assay_error err;
	int status;

	if (argc < 3 || argc > 5) {
		fprintf(stderr, "usage: verify_quote QUOTE COLLATERAL-DIR "
		    "[SECONDS-SINCE-1970 [ROOT.pem]]\n");
		return 2;
	}
	load_collateral(argv[2], &held);
	if (argc > 4) {
		/* Intel's root is built in; this one replaces it. */
		root = load("", argv[4]);
		config.anchors = &root;
		config.n_anchors = 1;
		config.without_builtin = true;
	}
	if (!assay_verifier_new(&config, &verifier, &err)) {
		fprintf(stderr, "verify_quote: %s\n", err.text);
		return 3;
	}

	const struct assay_collateral_source source = {
		.find = find,
		.release = release,
		.ctx = &held,
	};
	const struct assay_attest_request request = {
		.kind = "SgxEnclave",
		.evidence = load("", argv[1]),
	};
	const struct assay_attest_context context = {
		.now = argc > 3 ? strtoll(argv[3], NULL, 10) : time(NULL),
		.verifier = verifier,
		.collateral = &source,
		/* What the operator of a service would choose. */
		.baseline = assay_baseline_default(),
	};

	(void)assay_attest(&request, &context, &result);
	status = report(&result);
	assay_attest_result_free(&result);
	assay_verifier_free(verifier);
	return status;
}
