/* SPDX-License-Identifier: Apache-2.0 */
/* assay sim: simulated platforms for people without hardware. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/file.h"
#include "base/encode.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/sim_commands.h"
#include "crypto/digest.h"
#include "sim/breakage.h"

#define PATH_LENGTH_MAX	4096

struct sgx_options {
	const char		*seed, *out, *attestation_dir, *at;
	const char		*mrenclave, *mrsigner;
	struct cli_number	 product_id, svn, quote_version, trailing;
	bool			 debug;
	const char		*report_data, *runtime_data, *init_time_data;
	const char		*tcb_status, *breakage, *ca, *fmspc;
	const char		*config_id, *family_id, *ext_product_id;
	struct cli_number	 config_svn;
	bool			 list_breakages, json;
};

#define OFFSET(member) offsetof(struct sgx_options, member)

static const struct cli_option sgx_options[] = {
	{ "out", 'o', CLI_TEXT, OFFSET(out), "DIR",
	    "write evidence, collateral and root here", false },
	{ "attestation-dir", 0, CLI_TEXT, OFFSET(attestation_dir), "DIR",
	    "write what an enclave sees as /dev/attestation here", false },
	{ "seed", 0, CLI_TEXT, OFFSET(seed), "TEXT",
	    "same seed, same keys (default: assay)", false },
	{ "at", 0, CLI_TEXT, OFFSET(at), "TIME",
	    "the moment around which all is valid (default: now)", false },
	{ "mrenclave", 0, CLI_TEXT, OFFSET(mrenclave), "HEX",
	    "measurement of the enclave, 32 bytes", false },
	{ "mrsigner", 0, CLI_TEXT, OFFSET(mrsigner), "HEX",
	    "hash of the enclave signer's key, 32 bytes", false },
	{ "product-id", 0, CLI_NUMBER, OFFSET(product_id), "N",
	    "ISVPRODID of the enclave (default: 1)", false },
	{ "svn", 0, CLI_NUMBER, OFFSET(svn), "N",
	    "ISVSVN of the enclave (default: 1)", false },
	{ "debug", 0, CLI_FLAG, OFFSET(debug), NULL,
	    "the enclave can be debugged", false },
	{ "runtime-data", 0, CLI_TEXT, OFFSET(runtime_data), "FILE",
	    "report data is the SHA-256 of this file, then zeros", false },
	{ "report-data", 0, CLI_TEXT, OFFSET(report_data), "HEX",
	    "report data itself, up to 64 bytes, then zeros", false },
	{ "init-time-data", 0, CLI_TEXT, OFFSET(init_time_data), "FILE",
	    "configuration id is the SHA-256 of this file, then zeros",
	    false },
	{ "kss-config-id", 0, CLI_TEXT, OFFSET(config_id), "HEX",
	    "CONFIGID, up to 64 bytes, then zeros", false },
	{ "kss-config-svn", 0, CLI_NUMBER, OFFSET(config_svn), "N",
	    "CONFIGSVN", false },
	{ "kss-family-id", 0, CLI_TEXT, OFFSET(family_id), "HEX",
	    "ISVFAMILYID, 16 bytes", false },
	{ "kss-product-id", 0, CLI_TEXT, OFFSET(ext_product_id), "HEX",
	    "ISVEXTPRODID, 16 bytes", false },
	{ "tcb-status", 0, CLI_TEXT, OFFSET(tcb_status), "NAME",
	    "status of the platform's TCB (default: UpToDate)", false },
	{ "ca", 0, CLI_TEXT, OFFSET(ca), "processor|platform",
	    "who issued the PCK certificate (default: platform)", false },
	{ "fmspc", 0, CLI_TEXT, OFFSET(fmspc), "HEX",
	    "platform type, 6 bytes (default: f0606a000000)", false },
	{ "quote-version", 0, CLI_NUMBER, OFFSET(quote_version), "N",
	    "3 (default), 4 or 5", false },
	{ "trailing", 0, CLI_NUMBER, OFFSET(trailing), "N",
	    "zero bytes behind the quote", false },
	{ "breakage", 0, CLI_TEXT, OFFSET(breakage), "NAME",
	    "break one thing on purpose", false },
	{ "list-breakages", 0, CLI_FLAG, OFFSET(list_breakages), NULL,
	    "list what can be broken, and the answer it should get", false },
	{ "json", 0, CLI_FLAG, OFFSET(json), NULL, "print one JSON object",
	    false },
	{ .name = NULL },
};

/* ---- options to parameters ----------------------------------------------- */

/* Hex text into a field; fewer bytes only if shorter, then zeros follow. */
static bool
take_hex(const char *text, const char *option, uint8_t *out, size_t n,
    bool shorter, struct assay_error *err)
{
	struct assay_buffer bytes = assay_buffer(n);
	bool ok;

	if (text == NULL)
		return true;
	ok = assay_hex_decode(assay_bytes_of(text), &bytes, err) &&
	    (bytes.len == n || (shorter && bytes.len < n) ||
	    assay_fail(err, ASSAY_ERR_USAGE, "%zu bytes, want %zu", bytes.len,
	    n));
	if (!ok) {
		err->code = ASSAY_ERR_USAGE;
		(void)assay_fail_in(err, option);
	} else {
		memset(out, 0, n);
		memcpy(out, assay_buffer_str(&bytes), bytes.len);
	}
	assay_buffer_free(&bytes);
	return ok;
}

static bool
take_number(struct cli_number in, const char *option, uint16_t *out,
    struct assay_error *err)
{
	if (!in.given)
		return true;
	if (in.value > UINT16_MAX)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "%s is %lld, want at most %u", option,
		    (long long)in.value, UINT16_MAX);
	*out = (uint16_t)in.value;
	return true;
}

static bool
take_enclave(const struct sgx_options *o, struct assay_sim_report *body,
    struct assay_error *err)
{
	if (o->debug)
		body->flags |= ASSAY_SIM_FLAG_DEBUG;
	if (o->config_id != NULL || o->family_id != NULL ||
	    o->ext_product_id != NULL || o->config_svn.given ||
	    o->init_time_data != NULL)
		body->flags |= ASSAY_SIM_FLAG_KSS;
	return take_hex(o->mrenclave, "mrenclave", body->mrenclave, 32, false,
	    err) &&
	    take_hex(o->mrsigner, "mrsigner", body->mrsigner, 32, false, err) &&
	    take_number(o->product_id, "product-id", &body->isv_prod_id, err) &&
	    take_number(o->svn, "svn", &body->isv_svn, err) &&
	    take_hex(o->report_data, "report-data", body->report_data, 64,
	    true, err) &&
	    take_hex(o->config_id, "kss-config-id", body->config_id, 64, true,
	    err) &&
	    take_number(o->config_svn, "kss-config-svn", &body->config_svn,
	    err) &&
	    take_hex(o->family_id, "kss-family-id", body->isv_family_id, 16,
	    false, err) &&
	    take_hex(o->ext_product_id, "kss-product-id",
	    body->isv_ext_prod_id, 16, false, err);
}

static bool
take_platform(const struct sgx_options *o, struct assay_sim_params *p,
    struct assay_error *err)
{
	if (o->seed != NULL) {
		if (strlen(o->seed) >= sizeof(p->seed))
			return assay_fail(err, ASSAY_ERR_USAGE,
			    "seed is longer than %zu bytes",
			    sizeof(p->seed) - 1);
		memcpy(p->seed, o->seed, strlen(o->seed) + 1);
	}
	if (o->ca != NULL && strcmp(o->ca, "processor") == 0)
		assay_sim_set_ca(p, ASSAY_SIM_PROCESSOR);
	else if (o->ca != NULL && strcmp(o->ca, "platform") != 0)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "ca is neither processor nor platform");
	if (o->tcb_status != NULL && !assay_sim_set_tcb_status(p,
	    o->tcb_status))
		return assay_fail(err, ASSAY_ERR_USAGE, "no level of the "
		    "simulated TCB info has this status; UpToDate, "
		    "SWHardeningNeeded, ConfigurationNeeded, "
		    "ConfigurationAndSWHardeningNeeded, OutOfDate, "
		    "OutOfDateConfigurationNeeded and Revoked have one");
	return take_hex(o->fmspc, "fmspc", p->pck.fmspc, 6, false, err);
}

static bool
take_quote(const struct sgx_options *o, struct assay_sim_quote *q,
    struct assay_error *err)
{
	if (!take_number(o->quote_version, "quote-version", &q->version, err))
		return false;
	if (q->version < 3 || q->version > 5)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "quote-version is %u, want 3, 4 or 5", q->version);
	if (o->trailing.given) {
		if (o->trailing.value > ASSAY_MAX_EVIDENCE_BYTES)
			return assay_fail(err, ASSAY_ERR_USAGE,
			    "trailing is more than %u",
			    ASSAY_MAX_EVIDENCE_BYTES);
		q->trailing = (size_t)o->trailing.value;
	}
	return true;
}

static bool
take_breakage(const struct sgx_options *o, struct assay_sim_params *p,
    struct assay_error *err)
{
	const struct assay_breakage *b;

	if (o->breakage == NULL)
		return true;
	if ((b = assay_breakage_find(o->breakage)) == NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "no breakage has this name; see --list-breakages");
	b->apply(p);
	return true;
}

/* ---- writing ------------------------------------------------------------- */

/* Files that the options name, and what is made from them. */
struct made {
	struct assay_buffer	 runtime_data, init_time_data;
	struct assay_sim_world	*world;
	struct assay_buffer	 quote, report;
};

static void
made_free(struct made *m)
{
	assay_buffer_free(&m->runtime_data);
	assay_buffer_free(&m->init_time_data);
	assay_sim_world_free(m->world);
	assay_buffer_free(&m->quote);
	assay_buffer_free(&m->report);
}

static bool
bind(const struct sgx_options *o, struct made *m, struct assay_sim_report *body,
    struct assay_error *err)
{
	struct assay_digest digest;

	if (o->runtime_data != NULL && (!cli_read(o->runtime_data,
	    ASSAY_MAX_RUNTIME_DATA_BYTES, &m->runtime_data, err) ||
	    !assay_sim_bind(body, assay_buffer_bytes(&m->runtime_data), err)))
		return false;
	if (o->init_time_data == NULL)
		return true;
	if (!cli_read(o->init_time_data, ASSAY_MAX_RUNTIME_DATA_BYTES,
	    &m->init_time_data, err) || !assay_digest(ASSAY_SHA256,
	    assay_buffer_bytes(&m->init_time_data), &digest, err))
		return false;
	memset(body->config_id, 0, sizeof(body->config_id));
	memcpy(body->config_id, digest.bytes, digest.len);
	return true;
}

static bool
make(const struct sgx_options *o, struct made *m, struct assay_error *err)
{
	struct assay_sim_params p;
	int64_t at;

	if (o->report_data != NULL && o->runtime_data != NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "report-data and runtime-data exclude each other");
	if (!cli_time(o->at, &at, err))
		return false;
	assay_sim_params_default(&p, at);
	return take_platform(o, &p, err) &&
	    take_enclave(o, &p.quote.body, err) &&
	    take_quote(o, &p.quote, err) &&
	    bind(o, m, &p.quote.body, err) &&
	    take_breakage(o, &p, err) &&
	    assay_sim_world_new(&p, &m->world, err) &&
	    assay_sim_quote(m->world, &p.quote, &m->quote, err) &&
	    assay_sim_openenclave(&p.openenclave,
	    assay_buffer_bytes(&m->quote), &m->report, err);
}

static bool
make_folder(const char *path, struct assay_error *err)
{
	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return true;
	return assay_fail(err, ASSAY_ERR_IO_FAILED, "cannot make %s: %s", path,
	    strerror(errno));
}

/* A member that is not there has no file; one from before must not stay. */
static bool
write_in(const char *folder, const char *name, struct assay_bytes content,
    struct assay_error *err)
{
	char path[PATH_LENGTH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "path of %s is too long", name);
	if (content.ptr != NULL)
		return assay_file_write(path, content, 0644, err);
	if (remove(path) == 0 || errno == ENOENT)
		return true;
	return assay_fail(err, ASSAY_ERR_IO_FAILED, "cannot remove %s: %s",
	    path, strerror(errno));
}

static struct assay_bytes
data_file(const char *option, const struct assay_buffer *content)
{
	return option == NULL ? (struct assay_bytes){ NULL, 0 } :
	    (struct assay_bytes){ (const uint8_t *)assay_buffer_str(content),
	    content->len };
}

/* The layout in which the other commands read collateral. */
static bool
write_world(const struct sgx_options *o, const struct made *m,
    struct assay_error *err)
{
	struct assay_sim_collateral c;

	assay_sim_world_collateral(m->world, &c);
	const struct {
		const char		*name;
		struct assay_bytes	 content;
	} files[] = {
		{ "quote.bin", assay_buffer_bytes(&m->quote) },
		{ "report.bin", assay_buffer_bytes(&m->report) },
		{ "root.pem", assay_sim_world_root(m->world) },
		{ "pck_chain.pem", c.pck_chain },
		{ "pck_crl.der", c.pck_crl },
		{ "root_ca_crl.der", c.root_ca_crl },
		{ "tcb_info.json", c.tcb_info },
		{ "tcb_info_chain.pem", c.tcb_info_chain },
		{ "qe_identity.json", c.qe_identity },
		{ "qe_identity_chain.pem", c.qe_identity_chain },
		{ "runtime_data.bin", data_file(o->runtime_data,
		    &m->runtime_data) },
		{ "init_time_data.bin", data_file(o->init_time_data,
		    &m->init_time_data) },
	};
	if (!make_folder(o->out, err))
		return false;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!write_in(o->out, files[i].name, files[i].content, err))
			return false;
	return true;
}

/*
 * What Gramine shows inside an enclave. Plain files do not react: the quote
 * is the one for the report data given here, whatever is written into
 * user_report_data afterwards.
 */
static bool
write_attestation(const struct sgx_options *o, const struct made *m,
    struct assay_error *err)
{
	static const uint8_t zeros[64];
	const char *dir = o->attestation_dir;

	return make_folder(dir, err) &&
	    write_in(dir, "attestation_type", assay_bytes_of("dcap"), err) &&
	    write_in(dir, "user_report_data", (struct assay_bytes){ zeros,
	    sizeof(zeros) }, err) &&
	    write_in(dir, "quote", assay_buffer_bytes(&m->quote), err);
}

/* ---- the command --------------------------------------------------------- */

static enum cli_exit
list_breakages(struct cli_output *out)
{
	const struct assay_breakage *list;
	size_t n;

	list = assay_breakages(&n);
	if (out->json) {
		json_t *all = json_object();

		for (size_t i = 0; i < n; i++)
			(void)json_object_set_new(all, list[i].name,
			    json_pack("{s:s,s:s,s:s}", "what", list[i].what,
			    "code", assay_code_name(list[i].code), "check",
			    assay_check_name(list[i].check)));
		return cli_answer(out, all, CLI_YES);
	}
	for (size_t i = 0; i < n; i++)
		cli_printf(out, "%-38s %-40s %s\n", list[i].name,
		    assay_code_name(list[i].code), list[i].what);
	return CLI_YES;
}

static enum cli_exit
say(const struct sgx_options *o, const struct made *m, struct cli_output *out)
{
	const char *where = o->out != NULL ? o->out : o->attestation_dir;

	if (out->json)
		return cli_answer(out, json_pack("{s:s,s:I,s:b}", "directory",
		    where, "quote_bytes", (json_int_t)m->quote.len,
		    "simulated", 1), CLI_YES);
	cli_printf(out, "simulated SGX platform in %s: quote of %zu bytes, "
	    "collateral, root\nIts root is trusted by nobody unless told: "
	    "--trust-anchor %s/root.pem\n", where, m->quote.len, where);
	return CLI_YES;
}

static enum cli_exit
run_sgx(const void *values, struct cli_output *out)
{
	const struct sgx_options *o = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct made m = { .quote = assay_buffer(ASSAY_SIM_MAX_BYTES),
	    .report = assay_buffer(ASSAY_SIM_MAX_BYTES) };
	enum cli_exit status;

	out->json = o->json;
	if (o->list_breakages)
		return list_breakages(out);
	if (o->out == NULL && o->attestation_dir == NULL)
		return cli_usage(out, "--out or --attestation-dir is missing");
	if (make(o, &m, &err) &&
	    (o->out == NULL || write_world(o, &m, &err)) &&
	    (o->attestation_dir == NULL || write_attestation(o, &m, &err)))
		status = say(o, &m, out);
	else
		status = cli_hindered(out, &err);
	made_free(&m);
	return status;
}

static const struct cli_command cmd_sim_sgx = {
	.name = "sgx",
	.summary = "make an SGX platform, its collateral and a quote",
	.description =
	    "Make a complete simulated Intel world under a root of its own: "
	    "certificates, revocation lists, TCB info, QE identity, and a "
	    "quote of any enclave on it. The directory is one that "
	    "--collateral of the other commands takes.\n"
	    "The keys follow from the seed, so worlds of one seed accept each "
	    "other's quotes. Nothing here proves anything: a service trusts "
	    "it only where an operator names its root as a trust anchor, and "
	    "then says so in every token.",
	.options = sgx_options,
	.options_size = sizeof(struct sgx_options),
	.run = run_sgx,
};

static const struct cli_command *const subcommands[] = {
	&cmd_sim_sgx,
	&cmd_sim_pcs,
	&cmd_sim_tpm,
	NULL
};

const struct cli_command cmd_sim = {
	.name = "sim",
	.summary = "make simulated platforms for people without hardware",
	.description =
	    "Simulated hardware for trying out, testing and demonstrating.",
	.subcommands = subcommands,
};
