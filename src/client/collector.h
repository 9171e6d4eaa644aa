/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collectors: code that runs on the machine to be attested and asks its
 * hardware for evidence. One row of collectors.c each.
 */
#ifndef ASSAY_CLIENT_COLLECTOR_H
#define ASSAY_CLIENT_COLLECTOR_H

#include "base/buffer.h"

#define ASSAY_REPORT_DATA 64

struct assay_collector {
	const char	*kind;		/* as struct assay_client_kind.word */
	const char	*source;	/* where it looks, for people */
	const char	*path;		/* where it looks by default */
	/*
	 * Evidence that carries report_data, into out (made here; free it).
	 * IO_FAILED: this machine has no such hardware, or it failed.
	 */
	bool		(*collect)(const char *path,
			    const uint8_t report_data[ASSAY_REPORT_DATA],
			    struct assay_buffer *out, struct assay_error *err);
};

/* NULL if nothing collects this kind. */
const struct assay_collector *assay_collector_find(const char *kind);

extern const struct assay_collector assay_collect_sgx;
extern const struct assay_collector assay_collect_openenclave;

#endif
