/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: a request target, then lines "name:value", each ended by LF. A path
 * that is accepted has no escapes, controls or bytes above 0x7e left in it.
 */
#include <stdlib.h>
#include <string.h>

#include "service/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t *
line_end(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *lf = memchr(at, '\n', (size_t)(end - at));

	return lf == NULL ? end : lf;
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char path[ASSAY_MAX_HTTP_TARGET + 1];
	struct assay_head head = { .method = "POST", .version = "HTTP/1.1" };
	struct assay_bytes query, value;
	struct assay_framing framing;
	struct assay_error err = { 0 };
	const uint8_t *end = data + len, *lf;
	unsigned int status = 0;
	bool repeated;

	if (len == 0)
		return 0;
	lf = line_end(data, end);
	if (assay_target_parse((const char *)data, (size_t)(lf - data), path,
	    &query, &status, &err)) {
		check_path(path);
		(void)assay_query_find(query, "api-version", &value,
		    &repeated);
	}
	for (const uint8_t *at = lf < end ? lf + 1 : end; at < end &&
	    head.n_headers < ASSAY_MAX_HTTP_HEADERS; at = lf + 1) {
		const uint8_t *colon;

		lf = line_end(at, end);
		colon = memchr(at, ':', (size_t)(lf - at));
		if (colon != NULL)
			head.headers[head.n_headers++] =
			    (struct assay_header){
			    { at, (size_t)(colon - at) },
			    { colon + 1, (size_t)(lf - colon - 1) } };
		if (lf == end)
			break;
	}
	head.target = "/";
	head.target_len = 1;
	if (!assay_framing_check(&head, &framing, &status, &err) &&
	    (status < 400 || status > 599))
		abort();
	if (assay_head_find(&head, "traceparent", &value))
		(void)assay_traceparent_ok(value);
	return 0;
}
