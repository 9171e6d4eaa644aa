/* SPDX-License-Identifier: Apache-2.0 */
#include "app/aik_revoked.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"

bool
assay_aik_fingerprint_parse(struct assay_bytes text, uint8_t out[32])
{
	struct assay_buffer hex = assay_buffer(64), bytes = assay_buffer(32);
	struct assay_error err;
	bool ok;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != ':' || i % 3 != 2)
			assay_buffer_putc(&hex, text.ptr[i]);
	ok = assay_buffer_ok(&hex, "fingerprint", &err) && hex.len == 64 &&
	    assay_hex_decode(assay_buffer_bytes(&hex), &bytes, &err);
	if (ok)
		memcpy(out, bytes.ptr, 32);
	assay_buffer_free(&hex);
	assay_buffer_free(&bytes);
	return ok;
}

static bool
take_event(void *ctx, const struct assay_store_event *event,
    struct assay_error *err)
{
	struct assay_aik_revoked *list = ctx;
	uint8_t (*more)[32];

	if (list->n == ASSAY_MAX_REVOKED)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED, "more than "
		    "%u revoked certificates", ASSAY_MAX_REVOKED);
	if ((list->n & (list->n - 1)) == 0) {	/* room doubles */
		more = reallocarray(list->print, list->n == 0 ? 1 :
		    2 * list->n, sizeof(*more));
		if (more == NULL)
			return assay_fail_memory(err, "revoked certificates");
		list->print = more;
	}
	if (!assay_aik_fingerprint_parse(assay_bytes_of(event->name),
	    list->print[list->n]))
		return assay_fail(err, ASSAY_ERR_STORE_FAILED, "store: \"%s\" "
		    "is no fingerprint", event->name);
	list->n++;
	return true;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

bool
assay_aik_revoked_load(struct assay_store *store,
    struct assay_aik_revoked *out, struct assay_error *err)
{
	*out = (struct assay_aik_revoked){ NULL, 0 };
	if (!assay_store_history_each(store, ASSAY_AIK_REVOKED_SUBJECT, NULL,
	    take_event, out, err))
		return false;
	if (out->n != 0)
		qsort(out->print, out->n, sizeof(*out->print), by_bytes);
	return true;
}

void
assay_aik_revoked_free(struct assay_aik_revoked *list)
{
	free(list->print);
	*list = (struct assay_aik_revoked){ NULL, 0 };
}

bool
assay_aik_revoked_has(const struct assay_aik_revoked *list,
    const uint8_t print[32])
{
	return list->n != 0 && bsearch(print, list->print, list->n,
	    sizeof(*list->print), by_bytes) != NULL;
}

bool
assay_aik_revoke(struct assay_store *store, const uint8_t print[32],
    const struct assay_store_change *change, bool *already,
    struct assay_error *err)
{
	struct assay_aik_revoked list;
	struct assay_store_event event = {
		.subject = ASSAY_AIK_REVOKED_SUBJECT, .action = "revoke",
	};
	char hex[65];
	bool ok;

	ok = assay_aik_revoked_load(store, &list, err);
	*already = ok && assay_aik_revoked_has(&list, print);
	assay_aik_revoked_free(&list);
	if (!ok || *already)
		return ok;
	assay_hex((struct assay_bytes){ print, 32 }, hex);
	event.name = hex;
	event.content = (struct assay_bytes){ print, 32 };
	return assay_store_history_add(store, &event, change, err);
}
