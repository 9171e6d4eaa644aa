/* SPDX-License-Identifier: Apache-2.0 */
/* assay attest tpm: what this machine booted, to a service; a token back. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/attest.h"
#include "cli/bearer_option.h"
#include "cli/input.h"
#include "client/tpm_aik.h"
#include "client/tpm_session.h"
#include "crypto/cert.h"

struct tpm_options {
	const char	*url, *cacert, *bearer, *out, *tcti;
	const char	*aik, *aik_kind, *aik_cert, *request_key, *bind;
	const char	*pcrs, *ima_log, *rp_id, *nonce;
	struct cli_list	 banks, event_logs, claims;
};

#define AT(member) offsetof(struct tpm_options, member)

static const struct cli_option options[] = {
	{ "url", 0, CLI_TEXT, AT(url), "URL", "the service's address", true },
	{ "tcti", 0, CLI_TEXT, AT(tcti), "TCTI",
	    "the TPM, as tpm2-tss spells it: device:/dev/tpmrm0, "
	    "swtpm:host=127.0.0.1,port=2321 (default: /dev/tpmrm0, else "
	    "/dev/tpm0)", false },
	{ "aik", 0, CLI_TEXT, AT(aik), "FILE|HANDLE",
	    "attestation key: a key file, made if it does not exist, or a "
	    "persistent handle like 0x81000003 (default: the one of Azure's "
	    "virtual TPMs, else a new one for this run)", false },
	{ "aik-kind", 0, CLI_TEXT, AT(aik_kind), "KIND",
	    "of a new attestation key: rsa (default), rsapss or ecc", false },
	{ "aik-cert", 0, CLI_TEXT, AT(aik_cert), "FILE",
	    "certificate of the attestation key, PEM or DER", false },
	{ "request-key", 0, CLI_TEXT, AT(request_key), "FILE|HANDLE",
	    "the key that the token will name in \"cnf\": as --aik (default: "
	    "a new one for this run)", false },
	{ "bind", 0, CLI_TEXT, AT(bind), "HOW",
	    "what ties the request key to the TPM: quote (default) or "
	    "certify", false },
	{ "bank", 0, CLI_LIST, AT(banks), "NAME",
	    "PCR bank to quote: sha256 (default), sha1, sha384, sha512; more "
	    "than once for several", false },
	{ "pcrs", 0, CLI_TEXT, AT(pcrs), "LIST",
	    "PCRs to quote, as 0-7,10 (default: 0-23)", false },
	{ "event-log", 0, CLI_LIST, AT(event_logs), "FILE",
	    "TCG event log; more than once in order of measurement (default: "
	    ASSAY_TPM_EVENT_LOG ")", false },
	{ "ima-log", 0, CLI_TEXT, AT(ima_log), "FILE",
	    "binary IMA log (default: the kernel's, unless --event-log says "
	    "that the logs are elsewhere)", false },
	{ "nonce", 0, CLI_TEXT, AT(nonce), "TEXT",
	    "the relying party's; comes back in the token as \"rp_data\" and "
	    "\"nonce\", base64url", false },
	{ "rp-id", 0, CLI_TEXT, AT(rp_id), "URL",
	    "who the relying party is", false },
	{ "claim", 0, CLI_LIST, AT(claims), "NAME=VALUE",
	    "custom claim for the policy; more than once for several", false },
	{ "out", 'o', CLI_TEXT, AT(out), "FILE",
	    "write the token here instead of to standard output", false },
	{ "cacert", 0, CLI_TEXT, AT(cacert), "FILE",
	    "PEM file of the only CAs to trust for TLS", false },
	CLI_BEARER_OPTION(AT(bearer)),
	{ .name = NULL },
};

/* ---- options to parameters --------------------------------------------------- */

/* "0-7,10": bits of the mask. */
static bool
take_pcrs(const char *text, uint32_t *mask, struct assay_error *err)
{
	unsigned long from, to;
	uint32_t bits = 0;
	char *end;

	if (text == NULL) {
		*mask = 0xffffff;
		return true;
	}
	for (const char *at = text; ; at = end + 1) {
		if (*at < '0' || *at > '9')
			break;
		from = to = strtoul(at, &end, 10);
		if (*end == '-' && end[1] >= '0' && end[1] <= '9')
			to = strtoul(end + 1, &end, 10);
		if (from > to || to >= ASSAY_DEVICE_PCRS)
			break;
		for (unsigned long i = from; i <= to; i++)
			bits |= UINT32_C(1) << i;
		if (*end == '\0') {
			*mask = bits;
			return true;
		}
		if (*end != ',')
			break;
	}
	return assay_fail(err, ASSAY_ERR_USAGE,
	    "PCRs are \"%.100s\", want numbers and ranges up to %d, as 0-7,10",
	    text, ASSAY_DEVICE_PCRS - 1);
}

static bool
take_banks(const struct cli_list *names, struct assay_tpm_params *p,
    struct assay_error *err)
{
	static const char *const usual = "sha256";
	const char *const *item = names->n != 0 ? names->item : &usual;
	size_t n = names->n != 0 ? names->n : 1;

	if (n > ASSAY_DEVICE_BANKS)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "%zu banks, want at most %d", n, ASSAY_DEVICE_BANKS);
	for (size_t i = 0; i < n; i++) {
		if (!assay_device_bank_alg(item[i], &p->banks[i]))
			return assay_fail(err, ASSAY_ERR_USAGE,
			    "bank is \"%.100s\", want sha1, sha256, sha384 or "
			    "sha512", item[i]);
		for (size_t k = 0; k < i; k++)
			if (p->banks[k] == p->banks[i])
				return assay_fail(err, ASSAY_ERR_USAGE,
				    "bank %s is given twice", item[i]);
	}
	p->n_banks = n;
	return true;
}

static bool
take_logs(const struct tpm_options *o, struct assay_tpm_params *p,
    struct assay_error *err)
{
	if (o->event_logs.n > ASSAY_MAX_TCG_LOGS)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "%zu event logs, want at most %d", o->event_logs.n,
		    ASSAY_MAX_TCG_LOGS);
	for (size_t i = 0; i < o->event_logs.n; i++)
		p->event_logs[i] = o->event_logs.item[i];
	p->n_event_logs = o->event_logs.n;
	p->ima_log = o->ima_log;
	return true;
}

static bool
take_claims(const struct cli_list *claims, struct assay_tpm_params *p,
    struct assay_error *err)
{
	const char *equals;

	for (size_t i = 0; i < claims->n; i++) {
		equals = strchr(claims->item[i], '=');
		if (equals == NULL || equals == claims->item[i])
			return assay_fail(err, ASSAY_ERR_USAGE,
			    "claim is \"%.100s\", want NAME=VALUE",
			    claims->item[i]);
		p->claims[i].name = (struct assay_bytes){
		    (const uint8_t *)claims->item[i],
		    (size_t)(equals - claims->item[i]) };
		p->claims[i].value = assay_bytes_of(equals + 1);
	}
	p->n_claims = claims->n;
	return true;
}

static bool
take_binding(const char *how, bool *certify, struct assay_error *err)
{
	*certify = how != NULL && strcmp(how, "certify") == 0;
	return how == NULL || *certify || strcmp(how, "quote") == 0 ||
	    assay_fail(err, ASSAY_ERR_USAGE,
	    "bind is \"%.100s\", want quote or certify", how);
}

static bool
take_options(const struct tpm_options *o, struct assay_tpm_params *p,
    struct assay_error *err)
{
	p->tcti = o->tcti;
	p->aik = o->aik;
	p->request_key = o->request_key;
	p->rp_id = o->rp_id;
	p->rp_data = assay_bytes_of(o->nonce);
	if (!assay_url_check(o->url, err)) {
		err->code = ASSAY_ERR_USAGE;
		return assay_fail_in(err, "--url");
	}
	return take_binding(o->bind, &p->certify, err) &&
	    assay_tpm_aik_kind(o->aik_kind, &p->aik_kind, err) &&
	    take_banks(&o->banks, p, err) &&
	    take_pcrs(o->pcrs, &p->mask, err) && take_logs(o, p, err) &&
	    take_claims(&o->claims, p, err);
}

/* The first certificate of PEM, or DER, as DER. */
static bool
read_cert(const char *path, struct assay_buffer *der, struct assay_error *err)
{
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS] = { NULL };
	struct assay_buffer file = { 0 };
	bool ok = true;
	size_t n = 0;

	if (path == NULL)
		return true;
	if (!cli_read(path, ASSAY_MAX_PEM_BYTES, &file, err))
		return false;
	*der = assay_buffer(ASSAY_MAX_PEM_BYTES);
	if (file.len != 0 && file.ptr[0] == 0x30) {
		(void)assay_buffer_put(der, assay_buffer_bytes(&file));
	} else if ((ok = assay_certs_from_pem(assay_buffer_bytes(&file),
	    certs, ASSAY_MAX_CHAIN_CERTS, &n, err))) {
		(void)assay_buffer_put(der, assay_cert_der(certs[0]));
	}
	for (size_t i = 0; i < n; i++)
		assay_cert_free(certs[i]);
	assay_buffer_free(&file);
	return (ok && assay_buffer_ok(der, "certificate", err)) ||
	    assay_fail_in(err, path);
}

/* ---- the run -------------------------------------------------------------------- */

static enum cli_exit
attest(const struct tpm_options *o, struct assay_tpm_params *p,
    struct cli_output *out)
{
	struct assay_service_address at;
	struct assay_buffer bearer;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_refusal refusal = { 0 };
	struct assay_buffer cert = { 0 };
	enum cli_exit status = CLI_YES;
	const char *step = NULL;
	char *token = NULL;

	if (!cli_reach(o->url, o->cacert, o->bearer, &bearer, &at, &err) ||
	    !take_options(o, p, &err) || !read_cert(o->aik_cert, &cert,
	    &err)) {
		status = cli_hindered(out, &err);
		goto out;
	}
	p->aik_cert = assay_buffer_bytes(&cert);
	if (!assay_tpm_session_attest(&at, p, &token, &step, &refusal,
	    &err))
		status = refusal.status != 0 ?
		    cli_attest_refused(out, step, &refusal, &err) :
		    cli_hindered(out, &err);
	else if (!cli_attest_deliver(out, o->out, token, &err))
		status = cli_hindered(out, &err);
out:
	assay_refusal_free(&refusal);
	assay_buffer_wipe(&bearer);
	assay_buffer_free(&cert);
	free(token);
	return status;
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	struct assay_tpm_params *p = assay_alloc(1, sizeof(*p));
	struct assay_error err = { ASSAY_ERR_OK, "" };
	enum cli_exit status;

	/* What that library says to terminals is not for people. */
	(void)setenv("TSS2_LOG", "all+none", 0);
	if (p == NULL) {
		(void)assay_fail_memory(&err, "TPM attestation");
		return cli_hindered(out, &err);
	}
	status = attest(values, p, out);
	free(p);
	return status;
}

const struct cli_command cmd_attest_tpm = {
	.name = "tpm",
	.summary = "send a TPM quote and the boot's logs, get a token",
	.description =
	    "Ask the service for a challenge, quote the PCRs with it, and "
	    "send the quote with the event log of the firmware and, where "
	    "the kernel keeps one, the IMA log.\n"
	    "It runs as root, or as anybody who may open the TPM (often the "
	    "group tss) and read copies of the logs. A service that demands a "
	    "certificate of the attestation key gets it from --aik-cert, or "
	    "from the TPM where there is one (NV 0x01c101d0).",
	.options = options,
	.options_size = sizeof(struct tpm_options),
	.run = run,
};
