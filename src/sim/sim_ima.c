/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's own log: binary records of ima-ng and ima-buf. Record: PCR,
 * SHA-1 of the template data, name, data, all little endian; what is
 * extended is, bank by bank, the hash of the template data.
 */
#include <string.h>

#include "sim/sim_eventlog.h"

#define IMA_PCR		10
#define TEMPLATE_MAX	1024

/* A field: length, then bytes. */
static void
field(struct assay_buffer *out, struct assay_bytes value)
{
	(void)assay_buffer_put_le(out, value.len, 4);
	(void)assay_buffer_put(out, value);
}

/* d-ng: "sha256:", NUL, digest. */
static void
digest_field(struct assay_buffer *out, const struct assay_digest *digest)
{
	(void)assay_buffer_put_le(out, 8 + digest->len, 4);
	(void)assay_buffer_put(out, (struct assay_bytes){
	    (const uint8_t *)"sha256:", 8 });
	(void)assay_buffer_put(out, assay_digest_bytes(digest));
}

static bool
record(struct sim_boot_run *run, const char *template,
    struct assay_bytes data, struct assay_buffer *log,
    struct assay_error *err)
{
	const struct assay_sim_boot_params *p = run->params;
	struct assay_digest sha1;
	struct sim_event *e;

	if (!assay_digest(ASSAY_SHA1, data, &sha1, err))
		return false;
	(void)assay_buffer_put_le(log, IMA_PCR, 4);
	(void)assay_buffer_put(log, assay_digest_bytes(&sha1));
	field(log, assay_bytes_of(template));
	field(log, data);
	sim_measure(run, IMA_PCR, SIM_EV_NO_ACTION, data, data);
	if (run->full)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "simulated boot has more than %d events", SIM_EVENTS_MAX);
	e = &run->event[run->n - 1];
	e->unlogged = true;
	for (size_t b = 0; b < p->n_banks; b++)
		if (!assay_digest(p->banks[b], data, &e->digest[b], err))
			return false;
	return true;
}

/* ima-ng d-ng|n-ng, or with buf ima-buf d-ng|n-ng|buf. */
static bool
entry(struct sim_boot_run *run, const struct assay_digest *digest,
    const char *name, const char *buf, struct assay_buffer *log,
    struct assay_error *err)
{
	struct assay_buffer data = assay_buffer(TEMPLATE_MAX);
	bool ok;

	digest_field(&data, digest);
	field(&data, (struct assay_bytes){ (const uint8_t *)name,
	    strlen(name) + 1 });
	if (buf != NULL)
		field(&data, assay_bytes_of(buf));
	ok = assay_buffer_ok(&data, "IMA record", err) &&
	    record(run, buf != NULL ? "ima-buf" : "ima-ng",
	    assay_buffer_bytes(&data), log, err);
	assay_buffer_free(&data);
	return ok;
}

static bool
of_content(struct sim_boot_run *run, const char *name, const char *content,
    const char *buf, struct assay_buffer *log, struct assay_error *err)
{
	struct assay_digest digest;

	return assay_digest(ASSAY_SHA256, assay_bytes_of(content), &digest,
	    err) && entry(run, &digest, name, buf, log, err);
}

/* The first record: H of PCR 0 to 9 of the SHA-256 bank, where there is one. */
static bool
boot_aggregate(struct sim_boot_run *run, struct assay_buffer *log,
    struct assay_error *err)
{
	struct assay_digest pcr[10], digest = { .len = 32 };
	struct assay_bytes parts[10];
	size_t bank = 0;

	while (bank < run->params->n_banks &&
	    run->params->banks[bank] != ASSAY_SHA256)
		bank++;
	for (unsigned int i = 0; bank < run->params->n_banks && i < 10; i++) {
		if (!sim_events_replay(run, bank, i, &pcr[i], err))
			return false;
		parts[i] = assay_digest_bytes(&pcr[i]);
	}
	if (bank < run->params->n_banks &&
	    !assay_digest_parts(ASSAY_SHA256, parts, 10, &digest, err))
		return false;
	return entry(run, &digest, "boot_aggregate", NULL, log, err);
}

bool
sim_boot_ima(struct sim_boot_run *run, struct assay_buffer *log,
    struct assay_error *err)
{
	return boot_aggregate(run, log, err) &&
	    of_content(run, "kernel_version", "6.1.0-18-amd64",
	    "6.1.0-18-amd64", log, err) &&
	    of_content(run, "/usr/lib/systemd/systemd", "simulated systemd",
	    NULL, log, err) &&
	    of_content(run, "/usr/lib/x86_64-linux-gnu/libc.so.6",
	    "simulated libc", NULL, log, err) &&
	    of_content(run, "/usr/sbin/sshd", "simulated sshd", NULL, log,
	    err) && assay_buffer_ok(log, "IMA log", err);
}
