/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: an IMA list; each state on its way is found as a prefix. */
#include <stdlib.h>
#include <string.h>

#include "evidence/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The state of the SHA-256 bank. */
static void
state(const struct assay_replay *r, struct assay_pcrs *out)
{
	*out = (struct assay_pcrs){ .n_banks = 1 };
	out->bank[0].alg = ASSAY_TPM_ALG_SHA256;
	out->bank[0].mask = (1u << ASSAY_PCR_COUNT) - 1;
	for (size_t i = 0; i < ASSAY_PCR_COUNT; i++)
		memcpy(out->bank[0].value[i], r->bank[1].pcr[i].value, 32);
}

static void
find_prefix(const struct assay_ima_log *log, size_t n)
{
	struct assay_ima_log head = *log;
	struct assay_error err = { 0 };
	struct assay_replay r;
	struct assay_pcrs want;
	size_t used = 0;

	head.n_entries = n;
	assay_replay_init(&r);
	if (!assay_replay_ima_all(&r, &head, &err))
		abort();
	state(&r, &want);
	assay_replay_init(&r);
	if (!assay_replay_ima(&r, log, &want, &used, &err) || used != n)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_error err = { 0 };
	struct assay_ima_log log;

	if (!assay_ima_parse((struct assay_bytes){ data, len }, &log, &err)) {
		if (err.code == ASSAY_ERR_OK)
			abort();
		return 0;
	}
	find_prefix(&log, log.n_entries);
	find_prefix(&log, log.n_entries / 2);
	assay_ima_free(&log);
	return 0;
}
