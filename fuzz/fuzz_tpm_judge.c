/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: the whole pipeline from a request of a TPM, or a guest's
 * AttestationInfo, to the verdict. The first byte says which sound one of the
 * simulator is taken; the rest are changes to its text: offset (3 bytes),
 * length, as many bytes. A TPM request is signed again after them, so that
 * what is behind the signature is reached.
 */
#include <stdlib.h>
#include <string.h>

#include <assay/guest.h>

#include "sim/sim_guest.h"
#include "base/reader.h"

#define AT		1800000000
#define MAX_TEXT	(1u << 20)

enum { BASIC, CERTIFIED, BOOT, VBS, BASIC_V1, GUEST, KINDS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct assay_sim_tpm *tpm;
static struct assay_sim_guest *guest;
static struct assay_tpm_anchors *anchors;
static struct assay_buffer text[KINDS];

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
make_texts(void)
{
	struct assay_sim_tpm_params p[GUEST];
	struct assay_sim_guest_params g = assay_sim_guest_params_default();
	struct assay_error err = { 0 };

	for (size_t i = 0; i < KINDS; i++)
		text[i] = assay_buffer(MAX_TEXT);
	for (size_t i = 0; i < GUEST; i++)
		p[i] = assay_sim_tpm_params_default();
	p[CERTIFIED].binding = ASSAY_SIM_TPM_BY_CERTIFY;
	p[BOOT].has_boot = true;
	p[VBS].vbs = true;
	for (size_t i = 0; i < GUEST; i++)
		must(assay_sim_tpm_payload(tpm, &p[i], &text[i], &err));
	must(assay_sim_guest_info(guest, &g, &text[GUEST], &err));
}

static void
make_world(void)
{
	struct assay_error err = { 0 };
	struct assay_bytes pem[2];
	const struct assay_tpm_anchors_config config = {
		.pem = pem, .n_pem = 2, .without_builtin = true,
	};

	must(assay_sim_tpm_new(AT, &tpm, &err) &&
	    assay_sim_guest_new(AT, &guest, &err));
	pem[0] = assay_sim_tpm_root(tpm);
	pem[1] = assay_sim_guest_root(guest);
	must(assay_tpm_anchors_new(&config, &anchors, &err));
	make_texts();
}

/* What was changed, and not: an answer without a change has to be a yes. */
static bool
change(struct assay_bytes in, struct assay_buffer *out)
{
	struct assay_reader r = assay_reader(in);
	struct assay_bytes with;
	uint8_t at[3], n;
	bool changed = false;

	while (assay_read_u8(&r, &at[0]) && assay_read_u8(&r, &at[1]) &&
	    assay_read_u8(&r, &at[2]) && assay_read_u8(&r, &n) &&
	    assay_read_bytes(&r, n, &with)) {
		size_t offset = ((size_t)at[0] << 16 | (size_t)at[1] << 8 |
		    at[2]) % out->len;

		for (size_t i = 0; i < n && offset + i < out->len; i++) {
			changed = changed ||
			    out->ptr[offset + i] != with.ptr[i];
			out->ptr[offset + i] = with.ptr[i];
		}
	}
	return changed;
}

static void
judge(unsigned int kind, struct assay_bytes in,
    struct assay_attest_result *r)
{
	const struct assay_tpm_context ctx = { .now = AT,
	    .anchors = anchors };
	struct assay_buffer jws = assay_buffer(2 * MAX_TEXT);
	struct assay_error err = { 0 };
	struct assay_tpm_request request;

	if (kind == GUEST) {
		(void)assay_guest_attest(in, &ctx, r);
		return;
	}
	must(assay_sim_tpm_sign(tpm, kind == BASIC_V1 ?
	    "{\"alg\":\"PS256\",\"typ\":\"attReq\"}" :
	    "{\"alg\":\"PS256\",\"typ\":\"attReqV2\"}", in, &jws, &err));
	request.jws = assay_buffer_bytes(&jws);
	request.challenge = assay_sim_tpm_challenge(tpm);
	(void)assay_tpm_attest(&request, &ctx, r);
	assay_buffer_free(&jws);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct assay_buffer copy = assay_buffer(MAX_TEXT);
	struct assay_attest_result r = { 0 };
	unsigned int kind;
	bool changed;

	if (len == 0)
		return 0;
	if (tpm == NULL)
		make_world();
	kind = data[0] % KINDS;
	must(assay_buffer_put(&copy, assay_buffer_bytes(&text[kind])));
	changed = change((struct assay_bytes){ data + 1, len - 1 }, &copy);
	judge(kind, assay_buffer_bytes(&copy), &r);
	must(changed || kind == BASIC_V1 || r.verdict == ASSAY_ACCEPT);
	must((r.verdict == ASSAY_ACCEPT) == (r.token_claims != NULL));
	assay_attest_result_free(&r);
	assay_buffer_free(&copy);
	return 0;
}
