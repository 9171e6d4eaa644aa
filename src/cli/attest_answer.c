/* SPDX-License-Identifier: Apache-2.0 */
/* What a service answered to evidence, passed on. */
#include <string.h>

#include <assay/token.h>

#include "app/file.h"
#include "base/limits.h"
#include "cli/attest.h"

static void
complain(FILE *to, const char *what, const char *text)
{
	if (text == NULL)
		return;
	(void)fprintf(to, "%s", what);
	cli_put_text(to, assay_bytes_of(text), false);
	(void)fputc('\n', to);
}

/* Nobody should have to ask which request that was (pains.md 1, 2, 14). */
enum cli_exit
cli_attest_refused(struct cli_output *out, const char *step,
    const struct assay_refusal *r, const struct assay_error *err)
{
	if (r->status == 0)
		return cli_hindered(out, err);
	(void)fprintf(out->errors, "%s: %s%s%s: status %d\n", out->path,
	    step != NULL ? step : "", step != NULL ? ": " : "",
	    err->code == ASSAY_ERR_SERVICE_REFUSED ?
	    "the service refuses" : "the service cannot answer", r->status);
	complain(out->errors, "  code:       ", r->code);
	complain(out->errors, "  message:    ", r->message);
	complain(out->errors, "  reason:     ", r->inner_code);
	complain(out->errors, "              ", r->inner_message);
	complain(out->errors, "  request id: ", r->request_id);
	return cli_exit_of(err);
}

/* A token that nobody signed looks like one that somebody did (pains.md 6). */
static bool
warn_if_unsecured(struct cli_output *out, const char *text,
    struct assay_error *err)
{
	struct assay_token token = { 0 };
	struct assay_bytes alg;
	json_t *header;
	bool ok;

	if (!assay_token_decode(assay_bytes_of(text), &token, err))
		return assay_fail_in(err, "answer of the service");
	header = assay_json_parse(assay_bytes_of(token.header), NULL, err);
	ok = header != NULL && assay_json_get_string(header, "alg", &alg, err);
	if (ok && alg.len == 4 && memcmp(alg.ptr, "none", 4) == 0)
		(void)fprintf(out->errors, "%s: WARNING: this token is "
		    "UNSECURED (draft policy): it proves nothing to anybody\n",
		    out->path);
	json_decref(header);
	assay_token_free(&token);
	return ok;
}

bool
cli_attest_deliver(struct cli_output *out, const char *to, const char *token,
    struct assay_error *err)
{
	struct assay_buffer line = assay_buffer(ASSAY_MAX_TOKEN_BYTES + 1);
	bool ok;

	if (!warn_if_unsecured(out, token, err))
		return false;
	(void)assay_buffer_puts(&line, token);
	(void)assay_buffer_putc(&line, '\n');
	if (!(ok = assay_buffer_ok(&line, "token", err)))
		goto out;
	if (to != NULL)
		ok = assay_file_write(to, assay_buffer_bytes(&line), 0644,
		    err);
	else
		cli_printf(out, "%s", assay_buffer_str(&line));
out:
	assay_buffer_free(&line);
	return ok;
}
