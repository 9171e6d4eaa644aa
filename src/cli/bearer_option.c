/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bearer_option.h"

#include "base/limits.h"
#include "cli/input.h"

/* An access token in a file: an argument would be seen by everybody. */
static bool
bearer_header(const char *path, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer file = { 0 };
	struct assay_bytes token;
	bool ok;

	*out = assay_buffer(ASSAY_MAX_TOKEN_BYTES + 64);
	if (!cli_read(path, ASSAY_MAX_TOKEN_BYTES, &file, err))
		return false;
	token = cli_chomp(assay_buffer_bytes(&file));
	ok = token.len != 0;
	for (size_t i = 0; ok && i < token.len; i++)
		ok = token.ptr[i] > ' ' && token.ptr[i] < 0x7f;
	if (!ok)
		(void)assay_fail(err, ASSAY_ERR_USAGE,
		    "%s: not an access token (one line of printable ASCII)",
		    path);
	(void)assay_buffer_puts(out, "Authorization: Bearer ");
	(void)assay_buffer_put(out, token);
	assay_buffer_wipe(&file);
	return ok && assay_buffer_ok(out, "access token", err);
}

bool
cli_reach(const char *url, const char *cacert, const char *path,
    struct assay_buffer *header, struct assay_service_address *to,
    struct assay_error *err)
{
	*to = (struct assay_service_address){ .url = url, .cacert = cacert };
	*header = assay_buffer(0);
	if (path == NULL)
		return true;
	if (!bearer_header(path, header, err)) {
		assay_buffer_wipe(header);
		return false;
	}
	to->authorization = assay_buffer_str(header);
	return true;
}
