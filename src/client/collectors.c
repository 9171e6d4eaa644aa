/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "client/collector.h"

static const struct assay_collector *const collectors[] = {
	&assay_collect_sgx,
	&assay_collect_openenclave,
};

const struct assay_collector *
assay_collector_find(const char *kind)
{
	for (size_t i = 0; i < sizeof(collectors) / sizeof(collectors[0]); i++)
		if (strcmp(collectors[i]->kind, kind) == 0)
			return collectors[i];
	return NULL;
}
