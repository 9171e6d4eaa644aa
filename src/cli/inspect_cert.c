/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "cli/cert_view.h"
#include "cli/input.h"
#include "cli/inspect.h"
#include "crypto/cert.h"

/* One certificate in DER, or all of a PEM text. */
static bool
parse(struct assay_bytes in, struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS],
    size_t *n, struct assay_error *err)
{
	/* A DER certificate is a SEQUENCE (X.690 8.9). */
	if (in.len == 0 || in.ptr[0] != 0x30)
		return assay_certs_from_pem(in, certs, ASSAY_MAX_CHAIN_CERTS,
		    n, err);
	if (!assay_cert_parse(in, &certs[0], err))
		return false;
	*n = 1;
	return true;
}

static json_t *
certs_json(struct assay_cert *const *certs, size_t n, struct assay_error *err)
{
	json_t *array = json_array(), *value;

	for (size_t i = 0; array != NULL && i < n; i++) {
		value = cli_cert_json(certs[i], err);
		if (value == NULL || json_array_append_new(array, value) ==
		    -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static enum cli_exit
print(struct cli_output *out, struct assay_cert *const *certs, size_t n)
{
	struct assay_error err = { ASSAY_ERR_OK, "" };
	json_t *array;

	if (out->json) {
		if ((array = certs_json(certs, n, &err)) == NULL)
			return cli_hindered(out, &err);
		return cli_answer(out, json_pack("{s:o}", "certificates",
		    array), CLI_YES);
	}
	for (size_t i = 0; i < n; i++) {
		cli_printf(out, "%scertificate %zu of %zu\n",
		    i == 0 ? "" : "\n", i + 1, n);
		if (!cli_cert_text(out, certs[i], &err))
			return cli_hindered(out, &err);
	}
	return CLI_YES;
}

static enum cli_exit
run(const void *values, struct cli_output *out)
{
	const struct inspect_options *opt = values;
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS] = { NULL };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	struct assay_buffer file = { 0 };
	enum cli_exit status;
	size_t n = 0;

	out->json = opt->json;
	if (!cli_read(opt->file, ASSAY_MAX_PEM_BYTES, &file, &err) ||
	    !parse(assay_buffer_bytes(&file), certs, &n, &err))
		status = cli_fail(out, &err);
	else
		status = print(out, certs, n);
	for (size_t i = 0; i < n; i++)
		assay_cert_free(certs[i]);
	assay_buffer_free(&file);
	return status;
}

const struct cli_command cmd_inspect_cert = {
	.name = "cert",
	.summary = "certificates, Intel's PCK extensions included",
	.description =
	    "Show the certificates of a PEM file, or one in DER. The values "
	    "of Intel's SGX extension (FMSPC, TCB components, PCE id) are "
	    "shown by name. Nothing is verified.",
	.arguments = inspect_arguments,
	.options = inspect_options,
	.options_size = sizeof(struct inspect_options),
	.run = run,
};
