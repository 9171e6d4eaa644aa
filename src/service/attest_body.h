/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of POST /attest/{type}: JSON text to a request. Pure, so that it
 * can be fuzzed without a server. Real clients spell members and base64 in
 * every way (api.md section 3); each value still has one reading.
 */
#ifndef ASSAY_SERVICE_ATTEST_BODY_H
#define ASSAY_SERVICE_ATTEST_BODY_H

#include <assay/attest.h>
#include <jansson.h>

#include "base/buffer.h"

/* The request borrows from the other members. Zero it before. */
struct assay_attest_body {
	struct assay_attest_request	 request;
	struct assay_bytes		 draft;	/* ptr NULL: none */
	struct assay_buffer		 evidence, runtime, init_time, nonce;
	json_t				*json;
};

/*
 * kind: "SgxEnclave", ...; lives as long as the body. evidence: the member
 * that holds the evidence; NULL: {"Quote", "EnclaveHeldData"} of
 * 2018-09-01-preview. MALFORMED errors. Free with assay_attest_body_free()
 * whatever happens.
 */
ASSAY_MUST_USE bool assay_attest_body_read(struct assay_bytes text,
    const char *kind, const char *evidence, struct assay_attest_body *out,
    struct assay_error *err);
void assay_attest_body_free(struct assay_attest_body *body);

#endif
