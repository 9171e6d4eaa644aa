/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: the bytes of a connection up to the end of a head. Cut in two they
 * are scanned as at once; a head that is accepted holds no byte that another
 * reader could take for the end of a line; a path that is accepted has no
 * escapes, controls or bytes above 0x7e left in it.
 */
#include <stdlib.h>
#include <string.h>

#include "service/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_text(struct assay_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((text.ptr[i] < ' ' && text.ptr[i] != '\t') ||
		    text.ptr[i] == 0x7f)
			abort();
	}
}

static void
check_path(const char *path)
{
	for (; *path != '\0'; path++) {
		if (*path < ' ' || *path > '~' || *path == '%' ||
		    *path == '\\')
			abort();
	}
}

static void
check_status(bool ok, unsigned int status)
{
	if (!ok && (status < 400 || status > 599))
		abort();
}

static void
check_head(const struct assay_head *head)
{
	static char path[ASSAY_MAX_HTTP_TARGET + 1];
	struct assay_bytes query, value;
	struct assay_framing framing;
	struct assay_error err = { 0 };
	unsigned int status = 0;
	bool ok, repeated;

	check_text(head->target);
	for (size_t i = 0; i < head->n_headers; i++) {
		check_text(head->headers[i].name);
		check_text(head->headers[i].value);
	}
	ok = assay_framing_check(head, &framing, &status, &err);
	check_status(ok, status);
	if (assay_target_parse(head->target, path, &query, &status, &err)) {
		check_path(path);
		(void)assay_query_find(query, "api-version", &value,
		    &repeated);
	}
	if (assay_head_find(head, "traceparent", &value))
		(void)assay_traceparent_ok(value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_bytes in = { data, len }, half = { data, len / 2 };
	struct assay_error err = { 0 };
	struct assay_head head;
	enum assay_head_scan scan, cut;
	unsigned int status = 0;
	size_t once = 0, twice = 0;

	scan = assay_head_scan(in, &once, &status, &err);
	check_status(scan != ASSAY_HEAD_REFUSED, status);
	cut = assay_head_scan(half, &twice, &status, &err);
	if (cut == ASSAY_HEAD_MORE)
		cut = assay_head_scan(in, &twice, &status, &err);
	if (cut != scan || (scan == ASSAY_HEAD_WHOLE && once != twice))
		abort();
	if (scan != ASSAY_HEAD_WHOLE)
		return 0;
	in.len = once;
	if (assay_head_parse(in, &head, &status, &err))
		check_head(&head);
	else
		check_status(false, status);
	return 0;
}
