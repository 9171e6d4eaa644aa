/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/digest.h"
#include "sim/sim_machine.h"

#define BYTES		ASSAY_SIM_PCR_BYTES
#define MAX_BYTES	(256u * 1024)

static void
extend(struct assay_sim_machine *m, size_t pcr,
    const struct assay_digest *digest)
{
	const struct assay_bytes parts[] = {
		{ m->pcr[pcr], BYTES }, assay_digest_bytes(digest),
	};
	struct assay_error err;
	struct assay_digest out;

	m->ok = m->ok && assay_digest_parts(ASSAY_SHA256, parts, 2, &out,
	    &err);
	if (m->ok)
		memcpy(m->pcr[pcr], out.bytes, BYTES);
}

/* TCG_PCR_EVENT2 with one digest; forged: other data than was measured. */
static void
measure(struct assay_sim_machine *m, uint32_t pcr, uint32_t type,
    struct assay_bytes data, bool forged)
{
	struct assay_digest digest = { .len = 0 };
	struct assay_error err;
	size_t end;

	m->ok = m->ok && assay_digest(ASSAY_SHA256, data, &digest, &err);
	(void)assay_buffer_put_le(&m->log, pcr, 4);
	(void)assay_buffer_put_le(&m->log, type, 4);
	(void)assay_buffer_put_le(&m->log, 1, 4);
	(void)assay_buffer_put_le(&m->log, 0x000b, 2);
	(void)assay_buffer_put(&m->log, assay_digest_bytes(&digest));
	(void)assay_buffer_put_le(&m->log, data.len, 4);
	(void)assay_buffer_put(&m->log, data);
	end = m->log.len;
	if (forged && m->ok && !m->log.failed)
		m->log.ptr[end - 1] ^= 1;
	extend(m, pcr, &digest);
}

/* TCG_EfiSpecIDEvent of a log with SHA-256 alone. */
static void
put_spec_id(struct assay_buffer *log)
{
	(void)assay_buffer_put_le(log, 0, 4);
	(void)assay_buffer_put_le(log, 3, 4);	/* EV_NO_ACTION */
	(void)assay_buffer_fill(log, 0, 20);
	(void)assay_buffer_put_le(log, 33, 4);
	(void)assay_buffer_put(log, (struct assay_bytes){
	    (const uint8_t *)"Spec ID Event03", 16 });
	(void)assay_buffer_put_le(log, 0, 4);	/* platformClass */
	(void)assay_buffer_put_le(log, 0x02000200, 4);	/* 2.0, uintn 8 */
	(void)assay_buffer_put_le(log, 1, 4);
	(void)assay_buffer_put_le(log, 0x000b, 2);
	(void)assay_buffer_put_le(log, BYTES, 2);
	(void)assay_buffer_putc(log, 0);
}

/* UEFI_VARIABLE_DATA of SecureBoot = 1. */
static void
measure_secure_boot(struct assay_sim_machine *m, bool forged)
{
	static const uint8_t guid[] = { 0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93,
	    0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c };
	static const char name[] = "SecureBoot";
	struct assay_buffer data = assay_buffer(256);

	(void)assay_buffer_put(&data, (struct assay_bytes){ guid, 16 });
	(void)assay_buffer_put_le(&data, sizeof(name) - 1, 8);
	(void)assay_buffer_put_le(&data, 1, 8);
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		(void)assay_buffer_put_le(&data, (uint8_t)name[i], 2);
	(void)assay_buffer_putc(&data, 1);
	measure(m, 7, 0x80000001, assay_buffer_bytes(&data), forged);
	assay_buffer_free(&data);
}

/* SIPA TRUSTBOUNDARY { VSM_IDKS_INFO } in PCR 12: wbcl.h. */
static bool
measure_idks(struct assay_sim_machine *m, const struct assay_pkey *key,
    struct assay_error *err)
{
	struct assay_buffer data = assay_buffer(4096);
	struct assay_buffer n = assay_buffer(1024), e = assay_buffer(16);
	bool ok = assay_pkey_rsa(key, &n, &e, err);
	size_t size = 16 + e.len + n.len;

	(void)assay_buffer_put_le(&data, 0x40010001, 4);
	(void)assay_buffer_put_le(&data, 8 + size, 4);
	(void)assay_buffer_put_le(&data, 0x00050023, 4);
	(void)assay_buffer_put_le(&data, size, 4);
	(void)assay_buffer_put_le(&data, 1, 4);
	(void)assay_buffer_put_le(&data, 8 * n.len, 4);
	(void)assay_buffer_put_le(&data, e.len, 4);
	(void)assay_buffer_put_le(&data, n.len, 4);
	(void)assay_buffer_put(&data, assay_buffer_bytes(&e));
	(void)assay_buffer_put(&data, assay_buffer_bytes(&n));
	measure(m, 12, 6, assay_buffer_bytes(&data), false);
	assay_buffer_free(&data);
	assay_buffer_free(&n);
	assay_buffer_free(&e);
	return ok;
}

bool
assay_sim_machine_boot(const struct assay_sim_tpm_state *s,
    const struct assay_pkey *idks, struct assay_sim_machine *m,
    struct assay_error *err)
{
	static const uint8_t zeros[4], version[] = { 'v', 0, '1', 0 };
	const struct assay_digest unlogged = { .len = BYTES };
	bool ok = true;

	memset(m, 0, sizeof(*m));
	m->ok = true;
	m->log = assay_buffer(MAX_BYTES);
	for (size_t i = 17; i < 23; i++)
		memset(m->pcr[i], 0xff, BYTES);
	put_spec_id(&m->log);
	if (s->empty_log && s->stray_event) {
		measure(m, 3, 4, (struct assay_bytes){ zeros, 4 }, false);
		memset(m->pcr[3], 0, BYTES);
	}
	if (s->empty_log)
		return assay_buffer_ok(&m->log, "log", err);
	measure(m, 0, 8, (struct assay_bytes){ version, 4 }, false);
	measure_secure_boot(m, s->forged_event);
	for (uint32_t i = 0; i < 8; i++)
		measure(m, i, 4, (struct assay_bytes){ zeros, 4 }, false);
	if (idks != NULL)
		ok = measure_idks(m, idks, err);
	if (s->unlogged)
		extend(m, 5, &unlogged);
	if (s->ima_elsewhere)
		extend(m, 10, &unlogged);
	return ok && assay_buffer_ok(&m->log, "log", err) &&
	    (m->ok || assay_fail(err, ASSAY_ERR_INTERNAL, "log"));
}
