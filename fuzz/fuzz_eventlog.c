/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: a TCG log: parsed, judged, replayed. */
#include <stdlib.h>

#include "evidence/efi_event.h"
#include "evidence/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
look(const struct assay_eventlog *log)
{
	for (size_t i = 0; i < log->n_events; i++) {
		const struct assay_event *e = &log->events[i];

		if (e->seq != i || e->n_digests > ASSAY_EVENT_DIGESTS ||
		    (e->trust == ASSAY_EVENT_VERIFIED ?
		    !assay_event_vouches(e, e->vouched) :
		    e->vouched.len != 0))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct assay_bytes in = { data, len };
	struct assay_error err = { 0 }, prefix_err = { 0 };
	struct assay_eventlog log, prefix;
	struct assay_replay r;
	bool ok = assay_eventlog_parse(in, &log, &err);
	bool whole = assay_eventlog_parse_prefix(in, &prefix, &prefix_err);

	if (ok != whole || (!ok && err.code == ASSAY_ERR_OK) ||
	    (ok && (log.n_events != prefix.n_events || log.length > len)))
		abort();
	look(&prefix);
	assay_replay_init(&r);
	if (!assay_replay_log(&r, &prefix, &err) &&
	    err.code == ASSAY_ERR_OK)
		abort();
	assay_eventlog_free(&prefix);
	if (ok)
		assay_eventlog_free(&log);
	return 0;
}
