/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every error code: name, class, phrase. Codes are API: names and meanings
 * never change. One list per area; adding a row is enough (and a line in
 * doc/errors.md, which a test compares with this file).
 *
 * Codes of the DCAP lists carry the names that Intel's quote verification
 * library gives them, without the STATUS_ prefix.
 */
#ifndef ASSAY_ERROR_LIST_H
#define ASSAY_ERROR_LIST_H

#define ASSAY_ERRORS_BASE(X)						\
	X(OK, OK, "no error")						\
	X(TRUNCATED, MALFORMED, "input ends too early")			\
	X(TRAILING_DATA, MALFORMED, "bytes after the end")		\
	X(BAD_FIELD, MALFORMED, "field has a bad value")		\
	X(BAD_ENCODING, MALFORMED, "text is not in the encoding wanted") \
	X(LIMIT_EXCEEDED, MALFORMED, "larger than a limit allows")	\
	X(NO_MEMORY, INTERNAL, "out of memory")				\
	X(INTERNAL, INTERNAL, "internal error")

#define ASSAY_ERRORS_CRYPTO(X)						\
	X(SIGNATURE_INVALID, REJECTED, "signature does not verify")	\
	X(KEY_INVALID, MALFORMED, "not a usable public key")		\
	X(ALGORITHM_REFUSED, REJECTED, "algorithm is not allowed here")	\
	X(CERT_MALFORMED, MALFORMED, "certificate does not parse")	\
	X(CERT_PROFILE, REJECTED, "certificate breaks the profile")	\
	X(CERT_UNTRUSTED, REJECTED, "no path to a trusted root")	\
	X(CERT_EXPIRED, REJECTED, "certificate has expired")		\
	X(CERT_NOT_YET_VALID, REJECTED, "certificate is not valid yet")	\
	X(CERT_REVOKED, REJECTED, "certificate is revoked")		\
	X(CRL_MALFORMED, MALFORMED, "revocation list does not parse")	\
	X(CRL_MISSING, UNAVAILABLE, "revocation list is missing")	\
	X(CRL_EXPIRED, UNAVAILABLE, "revocation list is out of date")	\
	X(CRL_INVALID, REJECTED, "revocation list is not to be trusted") \
	X(SEAL_BROKEN, REJECTED, "sealed data was changed or has another key") \
	X(CRYPTO_FAILED, INTERNAL, "cryptographic library failed")

#define ASSAY_ERRORS_JSON(X)						\
	X(JSON_SYNTAX, MALFORMED, "not JSON")				\
	X(JSON_DUPLICATE_MEMBER, MALFORMED, "object names a member twice") \
	X(JSON_TYPE, MALFORMED, "JSON value has the wrong type")	\
	X(JSON_MISSING_MEMBER, MALFORMED, "JSON member is missing")

/* QVL: intel/confidential-computing.tee.dcap.qvl, QuoteVerification.h. */
#define ASSAY_ERRORS_DCAP(X)						\
	X(UNSUPPORTED_QUOTE_FORMAT, MALFORMED, "quote format is not supported") \
	X(UNSUPPORTED_CERT_FORMAT, MALFORMED, "certificate chain does not parse") \
	X(INVALID_QUOTE_SIGNATURE, REJECTED, "quote signature does not verify") \
	X(INVALID_QE_REPORT_SIGNATURE, REJECTED,			\
	    "QE report signature does not verify")			\
	X(INVALID_QE_REPORT_DATA, REJECTED,				\
	    "QE report does not bind the attestation key")		\
	X(QE_IDENTITY_MISMATCH, REJECTED, "quoting enclave is not Intel's") \
	X(TCB_INFO_MISMATCH, REJECTED, "TCB info is for another platform") \
	X(TDX_MODULE_MISMATCH, REJECTED, "TDX module is not the one in TCB info") \
	X(TCB_NOT_SUPPORTED, REJECTED, "TCB is below every level in TCB info") \
	X(TCB_REVOKED, REJECTED, "TCB level is revoked")		\
	X(SGX_ROOT_CA_MISSING, MALFORMED, "root CA certificate is missing") \
	X(SGX_ROOT_CA_INVALID_EXTENSIONS, REJECTED,			\
	    "root CA certificate lacks extensions")			\
	X(SGX_ROOT_CA_INVALID_ISSUER, REJECTED,				\
	    "root CA certificate is not signed by itself")		\
	X(SGX_INTERMEDIATE_CA_MISSING, MALFORMED,			\
	    "intermediate CA certificate is missing")			\
	X(SGX_INTERMEDIATE_CA_INVALID_EXTENSIONS, REJECTED,		\
	    "intermediate CA certificate lacks extensions")		\
	X(SGX_INTERMEDIATE_CA_INVALID_ISSUER, REJECTED,			\
	    "intermediate CA certificate is not signed by the root")	\
	X(SGX_INTERMEDIATE_CA_REVOKED, REJECTED,			\
	    "intermediate CA certificate is revoked")			\
	X(SGX_PCK_MISSING, MALFORMED, "PCK certificate is missing")	\
	X(SGX_PCK_INVALID_EXTENSIONS, REJECTED,				\
	    "PCK certificate lacks extensions")				\
	X(SGX_PCK_INVALID_ISSUER, REJECTED,				\
	    "PCK certificate is not signed by the intermediate")	\
	X(SGX_PCK_REVOKED, REJECTED, "PCK certificate is revoked")	\
	X(SGX_PCK_CERT_CHAIN_UNTRUSTED, REJECTED,			\
	    "PCK certificate chain ends in an unknown root")		\
	X(SGX_PCK_CERT_CHAIN_NOT_YET_VALID, REJECTED,			\
	    "PCK certificate chain is not valid yet")			\
	X(SGX_TCB_SIGNING_CERT_MISSING, MALFORMED,			\
	    "TCB signing certificate is missing")			\
	X(SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, REJECTED,		\
	    "TCB signing certificate lacks extensions")			\
	X(SGX_TCB_SIGNING_CERT_INVALID_ISSUER, REJECTED,		\
	    "TCB signing certificate is not signed by the root")	\
	X(SGX_TCB_SIGNING_CERT_REVOKED, REJECTED,			\
	    "TCB signing certificate is revoked")			\
	X(SGX_TCB_SIGNING_CERT_CHAIN_UNTRUSTED, REJECTED,		\
	    "TCB signing chain ends in an unknown root")		\
	X(SGX_TCB_SIGNING_CERT_CHAIN_NOT_YET_VALID, UNAVAILABLE,		\
	    "TCB signing chain is not valid yet")			\
	X(SGX_CRL_UNSUPPORTED_FORMAT, MALFORMED,			\
	    "revocation list does not parse")				\
	X(SGX_CRL_INVALID_EXTENSIONS, REJECTED,				\
	    "revocation list lacks extensions")				\
	X(SGX_CRL_INVALID_SIGNATURE, REJECTED,				\
	    "revocation list signature does not verify")		\
	X(SGX_CRL_UNKNOWN_ISSUER, REJECTED,				\
	    "revocation list has another issuer")			\
	X(SGX_TCB_INFO_UNSUPPORTED_FORMAT, MALFORMED,			\
	    "TCB info does not parse")					\
	X(SGX_TCB_INFO_INVALID, MALFORMED, "TCB info breaks its format") \
	X(TCB_INFO_INVALID_SIGNATURE, REJECTED,				\
	    "TCB info signature does not verify")			\
	X(SGX_TCB_INFO_NOT_YET_VALID, UNAVAILABLE,				\
	    "TCB info is issued in the future")				\
	X(SGX_ENCLAVE_IDENTITY_UNSUPPORTED_FORMAT, MALFORMED,		\
	    "QE identity does not parse")				\
	X(SGX_ENCLAVE_IDENTITY_UNSUPPORTED_VERSION, MALFORMED,		\
	    "QE identity version is not supported")			\
	X(SGX_ENCLAVE_IDENTITY_INVALID, MALFORMED,			\
	    "QE identity breaks its format")				\
	X(SGX_ENCLAVE_IDENTITY_INVALID_SIGNATURE, REJECTED,		\
	    "QE identity signature does not verify")			\
	X(SGX_ENCLAVE_IDENTITY_NOT_YET_VALID, UNAVAILABLE,			\
	    "QE identity is issued in the future")			\
	X(COLLATERAL_EXPIRED, UNAVAILABLE, "collateral has expired")	\
	X(COLLATERAL_MISSING, UNAVAILABLE, "collateral is missing")

#define ASSAY_ERRORS_EVIDENCE(X)					\
	X(RUNTIME_DATA_MISMATCH, REJECTED,				\
	    "report data does not bind the runtime data")		\
	X(INIT_TIME_DATA_MISMATCH, REJECTED,				\
	    "evidence does not bind the init-time data")		\
	X(BELOW_BASELINE, REJECTED, "TCB status is below the baseline")	\
	X(BASELINE_GRACE_OVER, REJECTED,				\
	    "baseline accepted the TCB status until a date")		\
	X(BASELINE_TCB_DATE, REJECTED,					\
	    "TCB level is older than the baseline wants")		\
	X(BASELINE_ADVISORY, REJECTED,					\
	    "baseline does not accept an advisory that applies")	\
	X(BASELINE_PLATFORM, REJECTED,					\
	    "baseline does not accept the platform")			\
	X(BASELINE_UNKNOWN, UNAVAILABLE, "no such baseline is known")	\
	X(PLATFORM_BLOCKED, REJECTED, "operator has blocked this platform") \
	X(CHECKS_INCOMPLETE, INTERNAL, "a mandatory check did not run")

#define ASSAY_ERRORS_POLICY(X)						\
	X(POLICY_PARSING_ERROR, MALFORMED, "policy does not parse")	\
	X(POLICY_DENIED, REJECTED, "policy denied the attestation")	\
	X(POLICY_NOT_PERMITTED, REJECTED, "policy did not permit")	\
	X(POLICY_RUNTIME_ERROR, REJECTED, "policy failed while running") \
	X(POLICY_LIMIT, REJECTED, "policy crossed a limit while running") \
	X(POLICY_NOT_SET, REJECTED, "no policy is set for this type")	\
	X(POLICY_UNUSABLE, UNAVAILABLE, "policy in force cannot be used")

#define ASSAY_ERRORS_TOKEN(X)						\
	X(TOKEN_MALFORMED, MALFORMED, "not a JSON Web Token")		\
	X(TOKEN_KEY_UNKNOWN, REJECTED, "token names a key not published") \
	X(TOKEN_ISSUER, REJECTED, "token is from another issuer")	\
	X(TOKEN_EXPIRED, REJECTED, "token has expired")			\
	X(TOKEN_NOT_YET_VALID, REJECTED, "token is not valid yet")	\
	X(TOKEN_CLAIM, REJECTED, "token lacks a required claim")	\
	X(TOKEN_HEADER, REJECTED, "token header is not acceptable")

#define ASSAY_ERRORS_SERVICE(X)						\
	X(REQUEST_INVALID, MALFORMED, "request is not acceptable")	\
	X(NOT_FOUND, MALFORMED, "no such resource")			\
	X(METHOD_NOT_ALLOWED, MALFORMED, "method is not allowed here")	\
	X(API_VERSION, MALFORMED, "api-version is missing or unknown")	\
	X(UNAUTHORIZED, REJECTED, "caller may not do this")		\
	X(CALLER_KEYS_MISSING, UNAVAILABLE,				\
	    "keys of the caller's issuer are missing")			\
	X(INVALID_OPERATION, REJECTED, "operation is not possible in this mode") \
	X(OVERLOADED, UNAVAILABLE, "too many requests")			\
	X(COLLATERAL_ROLLBACK, REJECTED,				\
	    "collateral is older than what has been seen")		\
	X(STORE_FAILED, INTERNAL, "store failed")			\
	X(CONFIG_INVALID, MALFORMED, "configuration is not valid")	\
	X(IO_FAILED, INTERNAL, "input or output failed")

/* The command line and what it fetches. */
#define ASSAY_ERRORS_PROGRAM(X)						\
	X(USAGE, MALFORMED, "command line is not acceptable")		\
	X(FETCH_FAILED, UNAVAILABLE, "could not be fetched")		\
	X(FETCH_REFUSED, UNAVAILABLE, "address is not acceptable")	\
	X(SERVICE_REFUSED, REJECTED, "service refused the request")	\
	X(TPM_FAILED, UNAVAILABLE, "the TPM did not do what it was asked") \
	X(TPM_LOCKOUT, UNAVAILABLE, "the TPM is locked after wrong passwords")

/* TPM evidence: spelled after the structures of the TPM 2.0 library. */
#define ASSAY_ERRORS_TPM(X)						\
	X(TPM_ATTEST_MALFORMED, MALFORMED, "TPMS_ATTEST does not parse") \
	X(TPM_SIGNATURE_MALFORMED, MALFORMED,				\
	    "TPMT_SIGNATURE does not parse")				\
	X(TPM_PUBLIC_MALFORMED, MALFORMED, "TPMT_PUBLIC does not parse") \
	X(TPM_CLAIM_MALFORMED, MALFORMED,				\
	    "platform claim of Windows does not parse")			\
	X(AIK_KEY_MISMATCH, REJECTED,					\
	    "AIK certificate is for another key")			\
	X(EK_KEY_MISMATCH, REJECTED,					\
	    "EK certificate is for another key")			\
	X(AIK_REFUSED, REJECTED, "key is no attestation identity key")	\
	X(AIK_NOT_PROVEN, REJECTED,					\
	    "AIK was not shown to be in the TPM")			\
	X(EVENTLOG_MALFORMED, MALFORMED, "event log does not parse")	\
	X(EVENT_FORGED, REJECTED, "event data is not what was measured") \
	X(IMA_LOG_MALFORMED, MALFORMED, "IMA log does not parse")	\
	X(VBS_REPORT_MALFORMED, MALFORMED,				\
	    "VBS enclave report does not parse")			\
	X(REPLAY_MISMATCH, REJECTED,					\
	    "logs do not lead to the quoted PCR values")		\
	X(TPM_CHALLENGE_MISMATCH, REJECTED,				\
	    "request answers another challenge")			\
	X(AIK_CERT_MISSING, REJECTED, "AIK certificate is missing")	\
	X(TPM_NOT_GENERATED, REJECTED,					\
	    "structure was not made inside a TPM")			\
	X(TPM_ATTEST_TYPE, REJECTED, "TPMS_ATTEST has another purpose")	\
	X(QUALIFYING_DATA_MISMATCH, REJECTED,				\
	    "TPM signed other qualifying data")				\
	X(PCR_SELECTION_MISMATCH, REJECTED,				\
	    "PCRs listed are not the PCRs quoted")			\
	X(PCR_NOT_QUOTED, REJECTED, "required PCRs are not quoted")	\
	X(PCR_DIGEST_MISMATCH, REJECTED,				\
	    "PCR values are not those that were quoted")		\
	X(PCR_BANK_UNUSED, REJECTED,					\
	    "no measurement is in the quoted PCR bank")			\
	X(KEY_NOT_BOUND, REJECTED, "key is not bound to the TPM")	\
	X(KEY_MISMATCH, REJECTED, "TPM certified another key")		\
	X(BOOT_MISMATCH, REJECTED,					\
	    "boot attestation is not of this boot")			\
	X(VBS_KEY_UNKNOWN, REJECTED,					\
	    "no verified event has a key for VBS reports")		\
	X(VBS_DATA_MISMATCH, REJECTED,					\
	    "VBS report does not bind the request")			\
	X(GUEST_ISOLATION_UNSUPPORTED, REJECTED,			\
	    "isolation type of the guest cannot be judged")		\
	X(GUEST_KEY_REFUSED, REJECTED,					\
	    "key for the answer is not for this TPM alone")		\
	X(GUEST_KEY_POLICY_MISMATCH, REJECTED,				\
	    "key for the answer is not bound to the quoted PCRs")

/* The challenge of the TPM attestation protocol, as the service keeps it. */
#define ASSAY_ERRORS_CHALLENGE(X)					\
	X(TPM_CONTEXT_INVALID, REJECTED,				\
	    "service_context is not as it was made")			\
	X(TPM_CONTEXT_FOREIGN, REJECTED,				\
	    "service_context is from another service")			\
	X(TPM_CHALLENGE_EXPIRED, REJECTED, "challenge is out of its time") \
	X(TPM_CHALLENGE_USED, REJECTED, "challenge was answered before") \
	X(TPM_CHALLENGES_FULL, UNAVAILABLE,				\
	    "too many answered challenges have not expired yet")

#define ASSAY_ERRORS(X)							\
	ASSAY_ERRORS_BASE(X)						\
	ASSAY_ERRORS_CRYPTO(X)						\
	ASSAY_ERRORS_JSON(X)						\
	ASSAY_ERRORS_DCAP(X)						\
	ASSAY_ERRORS_TPM(X)						\
	ASSAY_ERRORS_CHALLENGE(X)					\
	ASSAY_ERRORS_EVIDENCE(X)					\
	ASSAY_ERRORS_POLICY(X)						\
	ASSAY_ERRORS_TOKEN(X)						\
	ASSAY_ERRORS_SERVICE(X)						\
	ASSAY_ERRORS_PROGRAM(X)

#endif
