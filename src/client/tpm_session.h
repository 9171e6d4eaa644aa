/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TPM attestation from end to end: a challenge from the service, a quote and
 * the logs of this machine to it, its report back.
 */
#ifndef ASSAY_CLIENT_TPM_SESSION_H
#define ASSAY_CLIENT_TPM_SESSION_H

#include "base/limits.h"
#include "client/exchange.h"
#include "client/tpm_protocol.h"

#define ASSAY_TPM_CLAIMS_MAX	64

/* Where the kernel shows its logs. */
#define ASSAY_TPM_EVENT_LOG \
	"/sys/kernel/security/tpm0/binary_bios_measurements"
#define ASSAY_TPM_IMA_LOG \
	"/sys/kernel/security/ima/binary_runtime_measurements"

struct assay_tpm_params {
	const char		*tcti;		/* NULL: this machine's TPM */
	/* As assay_tpm_key_open(); aik NULL: Azure's if it is there. */
	const char		*aik, *request_key;
	enum assay_device_key_kind aik_kind;
	struct assay_bytes	 aik_cert;	/* DER; empty: look in NV */
	bool			 certify;	/* bind the key by its own
						   certification */
	uint16_t		 banks[ASSAY_DEVICE_BANKS];
	size_t			 n_banks;
	uint32_t		 mask;		/* of PCRs */
	/* None given: the kernel's, and its IMA log where there is one. */
	const char		*event_logs[ASSAY_MAX_TCG_LOGS];
	size_t			 n_event_logs;
	const char		*ima_log;
	const char		*rp_id;
	struct assay_bytes	 rp_data;
	struct assay_tpm_claim	 claims[ASSAY_TPM_CLAIMS_MAX];
	size_t			 n_claims;
};

/*
 * The report as the service sent it, NUL-terminated, not verified; free() it.
 * *step is what was done last, for people: "quoting the PCRs"; errors begin
 * with it. *refusal as of assay_exchange(); free it in any case.
 */
ASSAY_MUST_USE bool assay_tpm_session_attest(
    const struct assay_service_address *to,
    const struct assay_tpm_params *params, char **token, const char **step,
    struct assay_refusal *refusal, struct assay_error *err);

#endif
