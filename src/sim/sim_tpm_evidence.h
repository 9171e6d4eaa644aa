/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simulated requests of the TPM attestation protocol: event log, PCRs, quote,
 * certification, AIK certificate, VBS report and the signed request, written
 * from the byte layouts alone. What is called a fault is for tests: all but
 * the broken point stays validly signed.
 */
#ifndef ASSAY_SIM_SIM_TPM_EVIDENCE_H
#define ASSAY_SIM_SIM_TPM_EVIDENCE_H

#include "base/buffer.h"

#define ASSAY_SIM_TPM_CHALLENGE	16

/* Keys and the CA of AIK certificates; RSA keys are new each time. */
struct assay_sim_tpm;
ASSAY_MUST_USE bool assay_sim_tpm_new(int64_t at, struct assay_sim_tpm **out,
    struct assay_error *err);
void assay_sim_tpm_free(struct assay_sim_tpm *w);
/* The CA as PEM; borrowed. */
struct assay_bytes assay_sim_tpm_root(const struct assay_sim_tpm *w);
/* The challenge that requests answer; borrowed. */
struct assay_bytes assay_sim_tpm_challenge(const struct assay_sim_tpm *w);

/* Faults of one TPMS_ATTEST. */
struct assay_sim_tpm_attest {
	bool	wrong_magic, wrong_type, says_sha1, bad_signature;
	bool	wrong_data, by_stranger;
};

struct assay_sim_tpm_state {
	struct assay_sim_tpm_attest attest;
	uint32_t	mask;		/* of quoted PCRs */
	uint32_t	reset_count, restart_count;
	uint64_t	clock;
	/* Faults. */
	uint32_t	unlisted;	/* PCRs left out of the list */
	uint32_t	unquoted;	/* listed, but not in the quote */
	bool		wrong_digest;	/* pcrDigest */
	bool		unlogged;	/* an extension that no log has */
	bool		empty_log;	/* and PCRs at their reset values */
	bool		stray_event;	/* in an empty log, never extended */
	bool		forged_event;	/* data changed, digest kept */
	bool		ima_elsewhere;	/* IMA list of another machine */
	bool		other_aik;
};

enum assay_sim_tpm_binding {
	ASSAY_SIM_TPM_BY_QUOTE,
	ASSAY_SIM_TPM_BY_CERTIFY,
	ASSAY_SIM_TPM_UNBOUND,
};

struct assay_sim_tpm_params {
	const char		*header;	/* JSON text */
	struct assay_sim_tpm_state current, boot;
	bool			 has_boot, vbs;
	enum assay_sim_tpm_binding binding;
	struct assay_sim_tpm_attest certify;
	/* Faults. */
	bool			 other_challenge, by_stranger, no_aik_cert;
	bool			 other_aik_cert;
	bool			 other_key_by_quote;
	bool			 certify_other_name, certify_other_key;
	bool			 no_idks, vbs_bad_signature, vbs_other_data;
};

/* A sound V2 request with a key bound by quote. */
struct assay_sim_tpm_params assay_sim_tpm_params_default(void);
/* Append the payload of the JWS, as JSON text; and any payload as a JWS that
 * the request's key signs. */
ASSAY_MUST_USE bool assay_sim_tpm_payload(const struct assay_sim_tpm *w,
    const struct assay_sim_tpm_params *p, struct assay_buffer *out,
    struct assay_error *err);
ASSAY_MUST_USE bool assay_sim_tpm_sign(const struct assay_sim_tpm *w,
    const char *header, struct assay_bytes payload, struct assay_buffer *out,
    struct assay_error *err);
/* Append the JWS. */
ASSAY_MUST_USE bool assay_sim_tpm_request(const struct assay_sim_tpm *w,
    const struct assay_sim_tpm_params *p, struct assay_buffer *out,
    struct assay_error *err);

#endif
