/* SPDX-License-Identifier: Apache-2.0 */
#include <assay/guest.h>

#include "base/encode.h"
#include "base/limits.h"
#include "cli/appraise_tpm.h"
#include "cli/input.h"

static bool
load_challenge(const char *text, struct assay_buffer *out,
    struct assay_error *err)
{
	if (text == NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--challenge is missing: the challenge that the service "
		    "sent, base64url");
	if (assay_base64_decode_any(assay_bytes_of(text), out, err))
		return true;
	err->code = ASSAY_ERR_USAGE;
	return assay_fail_in(err, "--challenge");
}

static bool
load_anchors(const struct cli_list *files, struct assay_tpm_anchors **out,
    struct assay_error *err)
{
	struct assay_buffer texts[CLI_LIST_MAX] = { { .ptr = NULL } };
	struct assay_bytes pem[CLI_LIST_MAX];
	const struct assay_tpm_anchors_config config = {
		.pem = pem, .n_pem = files->n,
		.without_builtin = files->n != 0,
	};
	bool ok = true;

	for (size_t i = 0; ok && i < files->n; i++) {
		ok = cli_read(files->item[i], ASSAY_MAX_PEM_BYTES, &texts[i],
		    err);
		pem[i] = assay_buffer_bytes(&texts[i]);
	}
	if (ok && !assay_tpm_anchors_new(&config, out, err))
		ok = assay_fail_in(err, "trust anchors");
	for (size_t i = 0; i < CLI_LIST_MAX; i++)
		assay_buffer_free(&texts[i]);
	return ok;
}

bool
cli_appraise_tpm(struct cli_tpm_appraisal *a, struct assay_attest_result *out,
    struct assay_error *err)
{
	struct assay_buffer challenge = assay_buffer(ASSAY_MAX_TPM_BLOB);
	struct assay_buffer jws = { .ptr = NULL };
	struct assay_tpm_anchors *anchors = NULL;
	struct assay_tpm_request request;
	bool ok = false;

	if ((!a->guest && !load_challenge(a->challenge, &challenge, err)) ||
	    !load_anchors(a->trust_anchor, &anchors, err) ||
	    !cli_read(a->evidence, ASSAY_MAX_TPM_REQUEST + 2, &jws, err))
		goto out;
	request.jws = cli_chomp(assay_buffer_bytes(&jws));
	request.challenge = assay_buffer_bytes(&challenge);
	a->context.anchors = anchors;
	if (a->guest)
		(void)assay_guest_attest(request.jws, &a->context, out);
	else
		(void)assay_tpm_attest(&request, &a->context, out);
	ok = true;
out:
	assay_tpm_anchors_free(anchors);
	assay_buffer_free(&challenge);
	assay_buffer_free(&jws);
	return ok;
}
