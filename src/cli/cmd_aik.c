/* SPDX-License-Identifier: Apache-2.0 */
/* assay aik: enrol a machine's attestation key; what the service enrolled. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "app/aik_revoked.h"
#include "app/clock.h"
#include "app/file.h"
#include "base/encode.h"
#include "base/limits.h"
#include "cli/attest.h"
#include "cli/bearer_option.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "client/tpm_aik.h"
#include "client/tpm_enroll.h"
#include "crypto/cert.h"
#include "crypto/digest.h"

/* ---- enroll ------------------------------------------------------------- */

struct enroll_options {
	const char	*url, *cacert, *bearer, *tcti, *aik, *aik_kind, *ek_cert, *out;
};

#define AT(member) offsetof(struct enroll_options, member)

static const struct cli_option enroll_options[] = {
	{ "url", 0, CLI_TEXT, AT(url), "URL", "the service's address", true },
	{ "aik", 0, CLI_TEXT, AT(aik), "FILE|HANDLE",
	    "attestation key: a key file, made if it does not exist, or a "
	    "persistent handle like 0x81000003", true },
	{ "out", 'o', CLI_TEXT, AT(out), "FILE",
	    "write the certificate and its issuer here, PEM", true },
	{ "aik-kind", 0, CLI_TEXT, AT(aik_kind), "KIND",
	    "of a new attestation key: rsa (default), rsapss or ecc", false },
	{ "ek-cert", 0, CLI_TEXT, AT(ek_cert), "FILE",
	    "certificate of the endorsement key, PEM or DER (default: the "
	    "one in the TPM)", false },
	{ "tcti", 0, CLI_TEXT, AT(tcti), "TCTI",
	    "the TPM, as tpm2-tss spells it: device:/dev/tpmrm0, "
	    "swtpm:host=127.0.0.1,port=2321 (default: /dev/tpmrm0, else "
	    "/dev/tpm0)", false },
	{ "cacert", 0, CLI_TEXT, AT(cacert), "FILE",
	    "PEM file of the only CAs to trust for TLS", false },
	CLI_BEARER_OPTION(AT(bearer)),
	{ .name = NULL },
};
#undef AT

/* PEM or DER: the first certificate. */
static bool
read_cert(const char *path, struct assay_cert **out, struct assay_error *err)
{
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS];
	struct assay_buffer file = { 0 };
	size_t n = 0;
	bool ok;

	ok = cli_read(path, ASSAY_MAX_PEM_BYTES, &file, err);
	if (ok && file.len != 0 && file.ptr[0] == 0x30)
		ok = assay_cert_parse(assay_buffer_bytes(&file), out, err);
	else if (ok && (ok = assay_certs_from_pem(assay_buffer_bytes(&file),
	    certs, ASSAY_MAX_CHAIN_CERTS, &n, err)))
		*out = assay_cert_ref(certs[0]);
	for (size_t i = 0; i < n; i++)
		assay_cert_free(certs[i]);
	assay_buffer_free(&file);
	return ok || assay_fail_in(err, path);
}

static bool
put_pem(struct assay_bytes der, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_cert *cert = NULL;
	bool ok;

	ok = assay_cert_parse(der, &cert, err) &&
	    (assay_cert_pem(cert, out) || assay_fail_memory(err,
	    "certificate"));
	assay_cert_free(cert);
	return ok || assay_fail_in(err, "certificate from the service");
}

static bool
write_chain(const char *path, const struct assay_enroll_result *r,
    struct assay_error *err)
{
	struct assay_buffer pem = assay_buffer(ASSAY_MAX_PEM_BYTES);
	bool ok;

	ok = put_pem(assay_buffer_bytes(&r->cert), &pem, err) &&
	    put_pem(assay_buffer_bytes(&r->issuer), &pem, err) &&
	    assay_file_write(path, assay_buffer_bytes(&pem), 0644, err);
	assay_buffer_free(&pem);
	return ok;
}

static enum cli_exit
enroll(const struct enroll_options *o, const struct assay_cert *ek_cert,
    struct cli_output *out, struct assay_error *err)
{
	struct assay_service_address at;
	struct assay_buffer bearer;
	struct assay_enroll_params p = { .tcti = o->tcti, .aik = o->aik };
	struct assay_refusal refusal = { 0 };
	struct assay_enroll_result r = { .fingerprint = "" };
	enum cli_exit status = CLI_YES;
	const char *step = NULL;

	if (ek_cert != NULL) {
		p.ek_cert = assay_cert_der(ek_cert);
		if (!assay_tpm_ek_kind(assay_cert_key(ek_cert),
		    &p.ek_kind)) {
			(void)assay_fail(err, ASSAY_ERR_KEY_INVALID,
			    "--ek-cert: no endorsement key of TPMs is of this "
			    "kind, want RSA-2048, RSA-3072, P-256 or P-384");
			return cli_hindered(out, err);
		}
	}
	if (!assay_url_check(o->url, err)) {
		err->code = ASSAY_ERR_USAGE;
		(void)assay_fail_in(err, "--url");
		return cli_hindered(out, err);
	}
	if (!assay_tpm_aik_kind(o->aik_kind, &p.aik_kind, err) ||
	    !cli_reach(o->url, o->cacert, o->bearer, &bearer, &at, err))
		return cli_hindered(out, err);
	if (!assay_tpm_enroll(&at, &p, &r, &step, &refusal, err))
		status = refusal.status != 0 ?
		    cli_attest_refused(out, step, &refusal, err) :
		    cli_hindered(out, err);
	else if (!write_chain(o->out, &r, err))
		status = cli_hindered(out, err);
	else
		cli_printf(out, "%s\n", r.fingerprint);
	assay_buffer_wipe(&bearer);
	assay_refusal_free(&refusal);
	assay_enroll_result_free(&r);
	return status;
}

static enum cli_exit
run_enroll(const void *values, struct cli_output *out)
{
	const struct enroll_options *o = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_cert *ek_cert = NULL;
	enum cli_exit status;

	/* What that library says to terminals is not for people. */
	(void)setenv("TSS2_LOG", "all+none", 0);
	if (o->ek_cert != NULL && !read_cert(o->ek_cert, &ek_cert, &err))
		return cli_hindered(out, &err);
	status = enroll(o, ek_cert, out, &err);
	assay_cert_free(ek_cert);
	return status;
}

static const struct cli_command cmd_enroll = {
	.name = "enroll",
	.summary = "get a certificate for this machine's attestation key",
	.description =
	    "Show the service the certificate of the TPM's endorsement key; "
	    "it answers with a credential that only that TPM opens, and only "
	    "if the attestation key lives in it. The certificate is for "
	    "\"assay attest tpm --aik-cert\"; its SHA-256 is printed.\n"
	    "The service must have been started with --aik-ca and know the "
	    "TPM maker's CA (--ek-anchor).",
	.options = enroll_options,
	.options_size = sizeof(struct enroll_options),
	.run = run_enroll,
};

/* ---- list --------------------------------------------------------------- */

struct list_options {
	const char	*data_dir;
	bool		 json;
};

#define AT(member) offsetof(struct list_options, member)

static const struct cli_option list_options[] = {
	{ "data-dir", 0, CLI_TEXT, AT(data_dir), "DIR",
	    "assayd's data directory", true },
	{ "json", 0, CLI_FLAG, AT(json), NULL,
	    "print one JSON object", false },
	{ .name = NULL },
};
#undef AT

struct listing {
	struct assay_aik_revoked	 revoked;
	json_t				*list;
};

static bool
add_issued(void *ctx, const struct assay_store_event *event,
    struct assay_error *err)
{
	struct listing *l = ctx;
	json_t *record = assay_json_parse(event->content, NULL, err), *row;
	struct assay_bytes ek, serial;
	char when[ASSAY_WHEN_TEXT];
	uint8_t print[32];

	if (record == NULL)
		return assay_fail_in(err, "record of an AIK");
	if (!assay_json_get_string(record, "ek", &ek, err) ||
	    !assay_json_get_string(record, "serial", &serial, err) ||
	    !assay_aik_fingerprint_parse(assay_bytes_of(event->name),
	    print)) {
		json_decref(record);
		return assay_fail(err, ASSAY_ERR_STORE_FAILED,
		    "record of an AIK is not whole");
	}
	row = json_pack("{s:s, s:s, s:s%, s:s%, s:b}", "fingerprint",
	    event->name, "issued", assay_when_text(event->time, when), "ek",
	    (const char *)ek.ptr, ek.len, "serial", (const char *)serial.ptr,
	    serial.len, "revoked", assay_aik_revoked_has(&l->revoked, print));
	json_decref(record);
	return json_array_append_new(l->list, row) == 0 ||
	    assay_fail_memory(err, "AIKs");
}

static void
print_issued(struct cli_output *out, const json_t *list)
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
		cli_printf(out, "%s  issued %s to EK %.16s...%s\n",
		    json_string_value(json_object_get(row, "fingerprint")),
		    json_string_value(json_object_get(row, "issued")),
		    json_string_value(json_object_get(row, "ek")),
		    json_is_true(json_object_get(row, "revoked")) ?
		    ", revoked" : "");
}

static enum cli_exit
run_list(const void *values, struct cli_output *out)
{
	const struct list_options *o = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct listing l = { .list = json_array() };
	struct assay_store *store = NULL;
	enum cli_exit status = CLI_YES;

	out->json = o->json;
	if (l.list == NULL)
		(void)assay_fail_memory(&err, "AIKs");
	if (l.list == NULL || !assay_store_open(o->data_dir, &store, &err) ||
	    !assay_aik_revoked_load(store, &l.revoked, &err) ||
	    !assay_store_history_each(store, ASSAY_AIK_SUBJECT, NULL,
	    add_issued, &l, &err))
		status = cli_hindered(out, &err);
	else if (o->json)
		status = cli_answer(out, json_pack("{s:O}", "aiks", l.list),
		    CLI_YES);
	else
		print_issued(out, l.list);
	json_decref(l.list);
	assay_aik_revoked_free(&l.revoked);
	assay_store_close(store);
	return status;
}

static const struct cli_command cmd_list = {
	.name = "list",
	.summary = "list the certificates that the service issued",
	.options = list_options,
	.options_size = sizeof(struct list_options),
	.run = run_list,
};

/* ---- revoke ------------------------------------------------------------- */

struct revoke_options {
	const char	*what, *data_dir;
};

#define AT(member) offsetof(struct revoke_options, member)

static const struct cli_argument revoke_arguments[] = {
	{ "FINGERPRINT|CERT", CLI_TEXT, AT(what),
	    "SHA-256 of the certificate in hex, or a file that holds it, PEM "
	    "or DER", false },
	{ .name = NULL },
};
static const struct cli_option revoke_options[] = {
	{ "data-dir", 0, CLI_TEXT, AT(data_dir), "DIR",
	    "assayd's data directory", true },
	{ .name = NULL },
};
#undef AT

static bool
fingerprint_of(const char *what, uint8_t out[32], struct assay_error *err)
{
	struct assay_cert *cert = NULL;
	struct assay_digest d;
	bool ok;

	if (assay_aik_fingerprint_parse(assay_bytes_of(what), out))
		return true;
	if (!read_cert(what, &cert, err)) {
		err->code = ASSAY_ERR_USAGE;
		return assay_fail_in(err, "neither 64 hex digits nor a "
		    "certificate");
	}
	ok = assay_digest(ASSAY_SHA256, assay_cert_der(cert), &d, err);
	if (ok)
		memcpy(out, d.bytes, 32);
	assay_cert_free(cert);
	return ok;
}

static enum cli_exit
run_revoke(const void *values, struct cli_output *out)
{
	const struct revoke_options *o = values;
	const struct assay_store_change change = { .now = assay_clock_now(),
		.actor = "assay", .request_id = "" };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_store *store = NULL;
	enum cli_exit status = CLI_YES;
	uint8_t print[32];
	char hex[65];
	bool already;

	if (!fingerprint_of(o->what, print, &err) ||
	    !assay_store_open(o->data_dir, &store, &err) ||
	    !assay_aik_revoke(store, print, &change, &already, &err)) {
		status = cli_hindered(out, &err);
	} else {
		assay_hex((struct assay_bytes){ print, sizeof(print) }, hex);
		cli_printf(out, "%s %s\n", hex, already ?
		    "was revoked before" : "is revoked");
	}
	assay_store_close(store);
	return status;
}

static const struct cli_command cmd_revoke = {
	.name = "revoke",
	.summary = "believe a certificate of a TPM no more",
	.description =
	    "Of an AIK, whoever issued it; of a CA of AIKs, and with it all "
	    "below; or of an endorsement key, which then enrols nothing. A "
	    "service that runs hears of it within a second. What is revoked "
	    "stays revoked.",
	.arguments = revoke_arguments,
	.options = revoke_options,
	.options_size = sizeof(struct revoke_options),
	.run = run_revoke,
};

static const struct cli_command *const subcommands[] = {
	&cmd_enroll,
	&cmd_list,
	&cmd_revoke,
	NULL
};

const struct cli_command cmd_aik = {
	.name = "aik",
	.summary = "attestation keys of TPMs and their certificates",
	.subcommands = subcommands,
};
