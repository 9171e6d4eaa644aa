/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <assay/attest.h>

#include "app/clock.h"
#include "app/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/input.h"

bool
cli_read(const char *path, size_t max, struct assay_buffer *out,
    struct assay_error *err)
{
	if (strcmp(path, "-") == 0)
		return assay_file_read_fd(STDIN_FILENO, "standard input", max,
		    out, err);
	return assay_file_read(path, max, out, err);
}

struct assay_bytes
cli_chomp(struct assay_bytes text)
{
	if (text.len != 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (text.len != 0 && text.ptr[text.len - 1] == '\r')
		text.len--;
	return text;
}

bool
cli_time(const char *text, int64_t *out, struct assay_error *err)
{
	struct assay_error ignored;
	struct assay_bytes in;

	if (text == NULL) {
		*out = assay_clock_now();
		return true;
	}
	in = assay_bytes_of(text);
	if (assay_text_i64(in, out) || assay_when_parse(in, out, &ignored))
		return true;
	return assay_fail(err, ASSAY_ERR_USAGE,
	    "\"%s\" is not a time, want 2026-01-31T12:00:00Z or seconds "
	    "since 1970", text);
}

const char *
cli_time_words(int64_t when, int64_t now, char out[CLI_SPAN_TEXT])
{
	static const struct {
		uint64_t	 seconds;
		const char	*name;
	} units[] = {
		{ 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" },
	};
	uint64_t span = when > now ? (uint64_t)when - (uint64_t)now :
	    (uint64_t)now - (uint64_t)when;
	const char *before = when > now ? "in " : "";
	const char *after = when > now ? "" : " ago";
	size_t i = 0;

	if (when == now) {
		(void)snprintf(out, CLI_SPAN_TEXT, "now");
		return out;
	}
	while (i < 3 && span < units[i].seconds)
		i++;
	if (i < 3 && span % units[i].seconds >= units[i + 1].seconds)
		(void)snprintf(out, CLI_SPAN_TEXT, "%s%ju %s %ju %s%s", before,
		    (uintmax_t)(span / units[i].seconds), units[i].name,
		    (uintmax_t)(span % units[i].seconds /
		    units[i + 1].seconds), units[i + 1].name, after);
	else
		(void)snprintf(out, CLI_SPAN_TEXT, "%s%ju %s%s", before,
		    (uintmax_t)(span / units[i].seconds), units[i].name,
		    after);
	return out;
}

bool
cli_bound_data(const char *what, const char *path, const char *type,
    struct assay_buffer *bytes, struct assay_bound_data *out,
    struct assay_error *err)
{
	struct assay_bound_data data = { 0 };

	if (type != NULL && strcmp(type, "json") == 0)
		data.type = ASSAY_DATA_JSON;
	else if (type == NULL || strcmp(type, "binary") == 0)
		data.type = ASSAY_DATA_BINARY;
	else
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "type of %s data is \"%s\", want json or binary",
		    what, type);
	if (path == NULL && type != NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "a type of %s data without --%s-data", what, what);
	if (path != NULL) {
		if (!cli_read(path, ASSAY_MAX_RUNTIME_DATA_BYTES, bytes, err))
			return false;
		data.present = true;
		data.bytes = assay_buffer_bytes(bytes);
	}
	*out = data;
	return true;
}
