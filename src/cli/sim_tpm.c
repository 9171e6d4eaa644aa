/* SPDX-License-Identifier: Apache-2.0 */
/* assay sim tpm: a software TPM that believes it saw a machine boot. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "app/file.h"
#include "base/mem.h"
#include "cli/sim_commands.h"
#include "cli/swtpm.h"
#include "client/tpm_device.h"
#include "sim/sim_boot.h"

struct tpm_options {
	const char		*state, *profile, *banks, *tamper;
	struct cli_number	 port;
	bool			 ima, secure_boot_off, stop, json;
};

#define OFFSET(member) offsetof(struct tpm_options, member)

static const struct cli_option options[] = {
	{ "state", 0, CLI_TEXT, OFFSET(state), "DIR",
	    "the TPM's state, certificates and logs; made if need be", true },
	{ "profile", 0, CLI_TEXT, OFFSET(profile), "NAME",
	    "what boots: linux-grub (default), linux-uki or windows", false },
	{ "banks", 0, CLI_TEXT, OFFSET(banks), "LIST",
	    "PCR banks of a new TPM: sha1, sha256, sha384, sha512, with "
	    "commas (default: sha256)", false },
	{ "ima", 0, CLI_FLAG, OFFSET(ima), NULL,
	    "the kernel measures files too", false },
	{ "secure-boot-off", 0, CLI_FLAG, OFFSET(secure_boot_off), NULL,
	    "boot with Secure Boot switched off", false },
	{ "tamper", 0, CLI_TEXT, OFFSET(tamper), "NAME",
	    "write a log that lies about one event: changed-data, "
	    "changed-event, dropped-event, swapped-events or added-event",
	    false },
	{ "port", 0, CLI_NUMBER, OFFSET(port), "N",
	    "TCP port on loopback; the next one is taken too (default: free "
	    "ones from 2321)", false },
	{ "stop", 0, CLI_FLAG, OFFSET(stop), NULL,
	    "switch the TPM off; its state stays", false },
	{ "json", 0, CLI_FLAG, OFFSET(json), NULL, "print one JSON object",
	    false },
	{ .name = NULL },
};

struct booted {
	struct swtpm			tpm;
	struct assay_sim_boot_params	params;
	uint16_t			algs[ASSAY_SIM_BANKS];
	struct assay_sim_boot		boot;
	char				log[SWTPM_PATH_MAX];
	char				ima[SWTPM_PATH_MAX];
	char				anchors[SWTPM_PATH_MAX];
};

/* ---- the boot ---------------------------------------------------------------- */

static bool
usable(const struct tpm_options *o, struct assay_sim_boot_params *p,
    struct assay_error *err)
{
	p->profile = o->profile != NULL ? o->profile : "linux-grub";
	p->ima = o->ima;
	p->secure_boot_off = o->secure_boot_off;
	if (o->tamper != NULL && !assay_sim_tamper_parse(o->tamper,
	    &p->tamper))
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "tamper is \"%s\", want %s", o->tamper,
		    assay_sim_tamper_words());
	if (o->port.given && (o->port.value < 1 || o->port.value > 65534))
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "port is %lld, want 1 to 65534", (long long)o->port.value);
	return true;
}

static bool
take_bank(uint16_t alg, enum assay_hash *out, struct assay_error *err)
{
	static const struct { uint16_t alg; enum assay_hash hash; } known[] = {
		{ 0x0004, ASSAY_SHA1 }, { 0x000b, ASSAY_SHA256 },
		{ 0x000c, ASSAY_SHA384 }, { 0x000d, ASSAY_SHA512 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].alg == alg) {
			*out = known[i].hash;
			return true;
		}
	return assay_fail(err, ASSAY_ERR_INTERNAL, "PCR bank 0x%x", alg);
}

/* Firmware measures into every bank that is switched on. */
static bool
read_banks(struct assay_device *t, struct booted *b, struct assay_error *err)
{
	struct assay_device_bank *banks = assay_alloc(ASSAY_DEVICE_BANKS,
	    sizeof(*banks));
	size_t n = 0;
	bool ok;

	if (banks == NULL)
		return assay_fail_memory(err, "PCR banks");
	ok = assay_device_banks(t, banks, &n, err);
	for (size_t i = 0; ok && i < n; i++) {
		b->algs[i] = banks[i].alg;
		ok = take_bank(banks[i].alg, &b->params.banks[i], err);
	}
	b->params.n_banks = n;
	free(banks);
	return ok;
}

static bool
measure(struct booted *b, struct assay_error *err)
{
	struct assay_device *t = NULL;
	bool ok;

	if (!assay_device_open(b->tpm.tcti, &t, err))
		return false;
	ok = read_banks(t, b, err) &&
	    assay_sim_boot(&b->params, &b->boot, err);
	for (size_t i = 0; ok && i < b->boot.n_extends; i++)
		ok = assay_device_pcr_extend(t, b->boot.extends[i].pcr,
		    b->algs, b->boot.extends[i].digest, b->params.n_banks,
		    err);
	assay_device_close(t);
	return ok;
}

static bool
write_logs(struct booted *b, struct assay_error *err)
{
	return swtpm_path(&b->tpm, "binary_bios_measurements", b->log, err) &&
	    swtpm_path(&b->tpm, "binary_runtime_measurements", b->ima, err) &&
	    swtpm_path(&b->tpm, "ek-ca.pem", b->anchors, err) &&
	    assay_file_write(b->log, assay_buffer_bytes(&b->boot.log), 0644,
	    err) &&
	    assay_file_write(b->ima, assay_buffer_bytes(&b->boot.ima), 0644,
	    err);
}

/* The profile is tried before a TPM is made and switched on for nothing. */
static bool
boot(const struct tpm_options *o, struct booted *b, struct assay_error *err)
{
	struct assay_sim_boot_params trial = b->params;
	struct assay_sim_boot ignored = { 0 };
	bool ran, ok;

	trial.banks[0] = ASSAY_SHA256;
	trial.n_banks = 1;
	ok = assay_sim_boot(&trial, &ignored, err);
	assay_sim_boot_free(&ignored);
	return ok && swtpm_make(o->state, o->banks != NULL ? o->banks :
	    "sha256", &b->tpm, err) && swtpm_stop(&b->tpm, &ran, err) &&
	    swtpm_start(&b->tpm, o->port.given ? (int)o->port.value : 0,
	    err) && measure(b, err) && write_logs(b, err);
}

/* ---- what is said about it ---------------------------------------------------- */

static json_t *
bank_names(const struct booted *b)
{
	json_t *names = json_array();

	for (size_t i = 0; i < b->params.n_banks; i++)
		(void)json_array_append_new(names, json_string(
		    assay_device_bank_name(b->algs[i])));
	return names;
}

static enum cli_exit
say_json(const struct booted *b, struct cli_output *out)
{
	return cli_answer(out, json_pack("{s:s,s:s,s:o,s:s,s:s,s:s,s:s,s:b}",
	    "tcti", b->tpm.tcti, "profile", b->params.profile, "banks",
	    bank_names(b), "event_log", b->log, "ima_log", b->ima,
	    "ek_anchors", b->anchors, "lie", b->boot.lie, "simulated", 1),
	    CLI_YES);
}

static enum cli_exit
say(const struct booted *b, const struct tpm_options *o,
    struct cli_output *out)
{
	if (out->json)
		return say_json(b, out);
	cli_printf(out, "simulated TPM, booted as %s, %zu measurements in",
	    b->params.profile, b->boot.n_extends);
	for (size_t i = 0; i < b->params.n_banks; i++)
		cli_printf(out, "%s%s", i == 0 ? " " : ", ",
		    assay_device_bank_name(b->algs[i]));
	cli_printf(out, "\n  TCTI:       %s\n  event log:  %s\n",
	    b->tpm.tcti, b->log);
	if (b->params.ima)
		cli_printf(out, "  IMA log:    %s\n", b->ima);
	cli_printf(out, "  EK anchors: %s\n", b->anchors);
	if (b->boot.lie[0] != '\0')
		cli_printf(out, "  The event log lies: %s\n", b->boot.lie);
	cli_printf(out, "Same command again: a reboot. Off: assay sim tpm "
	    "--state %s --stop\n", o->state);
	return CLI_YES;
}

static enum cli_exit
stop(const struct tpm_options *o, struct cli_output *out)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct swtpm tpm = { .port = 0 };
	bool ran = false;

	if (strlen(o->state) >= sizeof(tpm.dir))
		return cli_usage(out, "--state is too long");
	memcpy(tpm.dir, o->state, strlen(o->state) + 1);
	if (!swtpm_stop(&tpm, &ran, &err))
		return cli_hindered(out, &err);
	if (out->json)
		return cli_answer(out, json_pack("{s:b}", "stopped", ran),
		    CLI_YES);
	cli_printf(out, "%s\n", ran ? "simulated TPM switched off" :
	    "no TPM runs there");
	return CLI_YES;
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct tpm_options *o = values;
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct booted *b;
	enum cli_exit status;

	out->json = o->json;
	if (o->stop)
		return stop(o, out);
	(void)setenv("TSS2_LOG", "all+none", 0);
	if ((b = assay_alloc(1, sizeof(*b))) == NULL) {
		(void)assay_fail_memory(&err, "simulated TPM");
		return cli_hindered(out, &err);
	}
	status = usable(o, &b->params, &err) && boot(o, b, &err) ?
	    say(b, o, out) : cli_hindered(out, &err);
	assay_sim_boot_free(&b->boot);
	free(b);
	return status;
}

const struct cli_command cmd_sim_tpm = {
	.name = "tpm",
	.summary = "start a software TPM that saw a measured boot",
	.description =
	    "Start swtpm with a state of its own, extend its PCRs as the "
	    "firmware, boot loader and kernel of a machine would, and write "
	    "the event log that goes with it. Its EK certificates are under a "
	    "CA of its own, which nobody trusts unless an operator names it.\n"
	    "With the same directory again the machine reboots: keys and "
	    "certificates stay, PCRs and log are new. What it runs as is a "
	    "process in the background that listens on loopback only; --stop "
	    "ends it.",
	.options = options,
	.options_size = sizeof(struct tpm_options),
	.run = run,
};
