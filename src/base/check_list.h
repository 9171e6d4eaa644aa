/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every named check: identifier, name as shown to people, source. Names are
 * API. One list per area. A row needs a test in which only that check fails;
 * tools/mutate.sh finds rows whose deletion no test notices.
 */
#ifndef ASSAY_BASE_CHECK_LIST_H
#define ASSAY_BASE_CHECK_LIST_H

#define ASSAY_CHECKS_DCAP(X)						\
	X(QUOTE_VERSION, "quote-version",	\
	    "QVL Quote::validate; DCAP quote header") \
	X(QUOTE_KEY_TYPE, "quote-attestation-key-type",	\
	    "QVL Quote::validate") \
	X(QUOTE_TEE_TYPE, "quote-tee-type",	\
	    "QVL Quote::validate") \
	X(QUOTE_QE_VENDOR, "quote-qe-vendor-id",	\
	    "QVL Quote::validate") \
	X(QUOTE_BODY_TYPE, "quote-body-type",	\
	    "QVL Quote::validate; quote v5 body descriptor") \
	X(QUOTE_LENGTHS, "quote-lengths",	\
	    "QVL Quote::parse; stricter for v3") \
	X(QUOTE_CERT_DATA_TYPE, "quote-certification-data-type",	\
	    "QvE extract_chain_from_quote") \
	X(QUOTE_BODY_KIND, "quote-body-kind",	\
	    "REST: an SGX body on SGX endpoints only") \
	X(OE_VERSION, "open-enclave-version",	\
	    "Open Enclave report header") \
	X(OE_TYPE, "open-enclave-type",	\
	    "Open Enclave report header: remote reports") \
	X(OE_SIZE, "open-enclave-size",	\
	    "Open Enclave report header") \
	X(PCK_CHAIN_LENGTH, "pck-chain-length",	\
	    "QVL CertificateChain; QvE: three certificates") \
	X(PCK_CHAIN_ROOT, "pck-chain-root",	\
	    "QVL PckCertVerifier: root is there") \
	X(PCK_CHAIN_INTERMEDIATE, "pck-chain-intermediate",	\
	    "QVL PckCertVerifier: intermediate is there") \
	X(PCK_CHAIN_LEAF, "pck-chain-leaf",	\
	    "QVL PckCertVerifier: PCK certificate is there") \
	X(PCK_CHAIN_EXTENSIONS, "pck-chain-extensions",	\
	    "QVL Certificate; RFC 5280 4.2") \
	X(PCK_ROOT_CA, "pck-root-ca",	\
	    "RFC 5280 6.1.4 (k)-(n); QVL does not look") \
	X(PCK_INTERMEDIATE_CA, "pck-intermediate-ca",	\
	    "RFC 5280 6.1.4 (k)-(n); QVL does not look") \
	X(PCK_LEAF_USAGE, "pck-leaf-usage",	\
	    "RFC 5280 4.2.1.3, 4.2.1.9; QVL does not look") \
	X(PCK_SGX_EXTENSIONS, "pck-sgx-extensions",	\
	    "Intel PCK certificate profile 3.5") \
	X(PCK_ROOT_SIGNATURE, "pck-root-signature",	\
	    "QVL PckCertVerifier") \
	X(PCK_INTERMEDIATE_SIGNATURE, "pck-intermediate-signature",	\
	    "QVL PckCertVerifier") \
	X(PCK_LEAF_SIGNATURE, "pck-leaf-signature",	\
	    "QVL PckCertVerifier") \
	X(PCK_ROOT_TRUSTED, "pck-root-trusted",	\
	    "Pinned root key; QvE compares the same key") \
	X(PCK_CHAIN_NOT_BEFORE, "pck-chain-not-before",	\
	    "RFC 5280 6.1.3; QVL does not look") \
	X(PCK_CHAIN_NOT_AFTER, "pck-chain-not-after",	\
	    "QVL PckCertVerifier") \
	X(ROOT_CRL_ISSUER, "root-crl-issuer",	\
	    "QVL PckCrlVerifier") \
	X(ROOT_CRL_NUMBER, "root-crl-number",	\
	    "QVL CrlStore: CRL number is there") \
	X(ROOT_CRL_EXTENSIONS, "root-crl-extensions",	\
	    "QVL PckCrlVerifier; RFC 5280 5.2") \
	X(ROOT_CRL_SIGNATURE, "root-crl-signature",	\
	    "QVL PckCrlVerifier") \
	X(ROOT_CRL_WINDOW, "root-crl-window",	\
	    "QVL PckCrlVerifier: thisUpdate, nextUpdate") \
	X(PCK_CRL_ISSUER, "pck-crl-issuer",	\
	    "QVL PckCrlVerifier") \
	X(PCK_CRL_NUMBER, "pck-crl-number",	\
	    "QVL CrlStore: CRL number is there") \
	X(PCK_CRL_EXTENSIONS, "pck-crl-extensions",	\
	    "QVL PckCrlVerifier; RFC 5280 5.2") \
	X(PCK_CRL_SIGNATURE, "pck-crl-signature",	\
	    "QVL PckCrlVerifier") \
	X(PCK_CRL_WINDOW, "pck-crl-window",	\
	    "QVL PckCrlVerifier: thisUpdate, nextUpdate") \
	X(INTERMEDIATE_NOT_REVOKED, "intermediate-not-revoked",	\
	    "QVL PckCertVerifier") \
	X(PCK_NOT_REVOKED, "pck-not-revoked",	\
	    "QVL PckCertVerifier, QuoteVerifier") \
	X(TCB_CHAIN_LENGTH, "tcb-chain-length",	\
	    "QVL CertificateChain: two certificates") \
	X(TCB_CHAIN_ROOT, "tcb-chain-root",	\
	    "QVL TCBSigningChain: root is there") \
	X(TCB_CHAIN_SIGNER, "tcb-chain-signer",	\
	    "QVL TCBSigningChain: SGX TCB Signing") \
	X(TCB_CHAIN_EXTENSIONS, "tcb-chain-extensions",	\
	    "QVL Certificate; RFC 5280 4.2") \
	X(TCB_CHAIN_USAGE, "tcb-chain-usage",	\
	    "RFC 5280 4.2.1.3, 4.2.1.9; QVL does not look") \
	X(TCB_CHAIN_ROOT_SIGNATURE, "tcb-chain-root-signature",	\
	    "QVL TCBSigningChain") \
	X(TCB_CHAIN_SIGNATURE, "tcb-chain-signature",	\
	    "QVL TCBSigningChain") \
	X(TCB_CHAIN_TRUSTED, "tcb-chain-trusted",	\
	    "Same pinned root key as the PCK chain") \
	X(TCB_SIGNER_NOT_REVOKED, "tcb-signer-not-revoked",	\
	    "QVL TCBSigningChain") \
	X(TCB_CHAIN_NOT_BEFORE, "tcb-chain-not-before",	\
	    "RFC 5280 6.1.3; QVL does not look") \
	X(TCB_CHAIN_NOT_AFTER, "tcb-chain-not-after",	\
	    "QVL TCBSigningChain") \
	X(TCB_INFO_VERSION, "tcb-info-version",	\
	    "QVL TcbInfo: 2 or 3") \
	X(TCB_INFO_TCB_TYPE, "tcb-info-tcb-type",	\
	    "QVL TcbInfo: tcbType 0") \
	X(TCB_INFO_LEVELS, "tcb-info-levels",	\
	    "QVL TcbInfo: some, no two equal") \
	X(TCB_INFO_SIGNATURE, "tcb-info-signature",	\
	    "QVL TCBInfoVerifier; bytes as served") \
	X(TCB_INFO_ISSUE_DATE, "tcb-info-issue-date",	\
	    "Intel PCS; QVL does not look") \
	X(TCB_INFO_NEXT_UPDATE, "tcb-info-next-update",	\
	    "QVL TCBInfoVerifier") \
	X(TCB_INFO_ID, "tcb-info-id",	\
	    "QVL QuoteVerifier step 2") \
	X(TCB_INFO_FMSPC, "tcb-info-fmspc",	\
	    "QVL QuoteVerifier step 2") \
	X(TCB_INFO_PCEID, "tcb-info-pceid",	\
	    "QVL QuoteVerifier step 2") \
	X(TCB_EVALUATION_NUMBER, "tcb-evaluation-number",	\
	    "Policy property x-ms-sgx-tcbidentifier") \
	X(QE_CHAIN_LENGTH, "qe-chain-length",	\
	    "QVL CertificateChain: two certificates") \
	X(QE_CHAIN_ROOT, "qe-chain-root",	\
	    "QVL TCBSigningChain: root is there") \
	X(QE_CHAIN_SIGNER, "qe-chain-signer",	\
	    "QVL TCBSigningChain: SGX TCB Signing") \
	X(QE_CHAIN_EXTENSIONS, "qe-chain-extensions",	\
	    "QVL Certificate; RFC 5280 4.2") \
	X(QE_CHAIN_USAGE, "qe-chain-usage",	\
	    "RFC 5280 4.2.1.3, 4.2.1.9; QVL does not look") \
	X(QE_CHAIN_ROOT_SIGNATURE, "qe-chain-root-signature",	\
	    "QVL TCBSigningChain") \
	X(QE_CHAIN_SIGNATURE, "qe-chain-signature",	\
	    "QVL TCBSigningChain") \
	X(QE_CHAIN_TRUSTED, "qe-chain-trusted",	\
	    "Same pinned root key as the PCK chain") \
	X(QE_SIGNER_NOT_REVOKED, "qe-signer-not-revoked",	\
	    "QVL TCBSigningChain") \
	X(QE_CHAIN_NOT_BEFORE, "qe-chain-not-before",	\
	    "RFC 5280 6.1.3; QVL does not look") \
	X(QE_CHAIN_NOT_AFTER, "qe-chain-not-after",	\
	    "QVL TCBSigningChain") \
	X(QE_IDENTITY_VERSION, "qe-identity-version",	\
	    "QVL EnclaveIdentityParser: 2") \
	X(QE_IDENTITY_LEVELS, "qe-identity-levels",	\
	    "QVL EnclaveIdentityV2: some, no two equal") \
	X(QE_IDENTITY_SIGNATURE, "qe-identity-signature",	\
	    "QVL EnclaveIdentityVerifier; bytes as served") \
	X(QE_IDENTITY_ISSUE_DATE, "qe-identity-issue-date",	\
	    "Intel PCS; QVL does not look") \
	X(QE_IDENTITY_NEXT_UPDATE, "qe-identity-next-update",	\
	    "QVL EnclaveIdentityVerifier") \
	X(QE_IDENTITY_ID, "qe-identity-id",	\
	    "QVL QuoteVerifier step 6") \
	X(QE_REPORT_SIGNATURE, "qe-report-signature",	\
	    "QVL QuoteVerifier step 4") \
	X(QE_REPORT_DATA, "qe-report-data",	\
	    "QVL QuoteVerifier step 5; all 64 bytes") \
	X(QE_MISCSELECT, "qe-miscselect",	\
	    "QVL EnclaveReportVerifier") \
	X(QE_ATTRIBUTES, "qe-attributes",	\
	    "QVL EnclaveReportVerifier") \
	X(QE_MRSIGNER, "qe-mrsigner",	\
	    "QVL EnclaveReportVerifier") \
	X(QE_ISVPRODID, "qe-isvprodid",	\
	    "QVL EnclaveReportVerifier") \
	X(QE_LEVEL, "qe-level",	\
	    "QVL EnclaveReportVerifier: ISVSVN") \
	X(QUOTE_SIGNATURE, "quote-signature",	\
	    "QVL QuoteVerifier step 7") \
	X(TCB_LEVEL, "tcb-level",	\
	    "QVL QuoteVerifier step 8") \
	X(TCB_NOT_REVOKED, "tcb-not-revoked",	\
	    "QVL QuoteVerifier step 9") \
	X(RUNTIME_DATA, "runtime-data",	\
	    "REST: SHA-256 in report data, rest zero") \
	X(INIT_TIME_DATA, "init-time-data",	\
	    "REST: SHA-256 in the configuration id") \
	X(BASELINE, "baseline",	\
	    "Operator's baseline of TCB statuses")

/* Certificates of attestation identity keys: TPM workflow, enrolment. */
#define ASSAY_CHECKS_AIK(X)						\
	X(AIK_CERT_KEY, "aik-cert-key",	\
	    "TPM attestation protocol: aik_cert is for aik_pub") \
	X(AIK_CHAIN_TRUSTED, "aik-chain-trusted",	\
	    "RFC 5280 6.1: signatures up to a pinned or given key") \
	X(AIK_CHAIN_EXTENSIONS, "aik-chain-extensions",	\
	    "RFC 5280 4.2: none critical that is unknown") \
	X(AIK_CHAIN_CA, "aik-chain-ca",	\
	    "RFC 5280 6.1.4 (k)-(n)") \
	X(AIK_CERT_PURPOSE, "aik-cert-purpose",	\
	    "TCG: tcg-kp-AIKCertificate, 2.23.133.8.3") \
	X(AIK_CHAIN_NOT_BEFORE, "aik-chain-not-before",	\
	    "RFC 5280 6.1.3") \
	X(AIK_CHAIN_NOT_AFTER, "aik-chain-not-after",	\
	    "RFC 5280 6.1.3") \
	X(AIK_NOT_REVOKED, "aik-not-revoked",	\
	    "Operator's list of revoked certificates") \
	X(AIK_CERT_USAGE, "aik-cert-usage",	\
	    "RFC 5280 4.2.1.3, 4.2.1.9: an end entity that signs") \
	X(AIK_CERT_NAME, "aik-cert-name",	\
	    "TCG: TPM manufacturer, model, version in subjectAltName")

/* Enrolment of AIKs: their own certificates' checks come later, with use. */
#define ASSAY_CHECKS_EK(X)						\
	X(EK_CHAIN_TRUSTED, "ek-chain-trusted",	\
	    "RFC 5280 6.1: signatures up to a key that is given") \
	X(EK_CHAIN_EXTENSIONS, "ek-chain-extensions",	\
	    "RFC 5280 4.2: none critical that is unknown") \
	X(EK_CHAIN_CA, "ek-chain-ca",	\
	    "RFC 5280 6.1.4 (k)-(n)") \
	X(EK_CERT_PURPOSE, "ek-cert-purpose",	\
	    "TCG EK profile: tcg-kp-EKCertificate, 2.23.133.8.1") \
	X(EK_CHAIN_NOT_BEFORE, "ek-chain-not-before",	\
	    "RFC 5280 6.1.3") \
	X(EK_CHAIN_NOT_AFTER, "ek-chain-not-after",	\
	    "RFC 5280 6.1.3; 9999 is no end") \
	X(EK_NOT_REVOKED, "ek-not-revoked",	\
	    "Operator's list of revoked certificates") \
	X(EK_CERT_USAGE, "ek-cert-usage",	\
	    "TCG EK profile: an end entity that decrypts or agrees") \
	X(EK_CERT_NAME, "ek-cert-name",	\
	    "TCG EK profile: TPM manufacturer, model, version") \
	X(EK_CERT_KEY, "ek-cert-key",	\
	    "One EK: the certificate's key is the public area's") \
	X(EK_ATTRIBUTES, "ek-attributes",	\
	    "TCG EK profile: restricted decryption key of this TPM") \
	X(AIK_ATTRIBUTES, "aik-attributes",	\
	    "TPM 2.0 part 2, 8.3: restricted signing key of this TPM") \
	X(AIK_ALGORITHMS, "aik-algorithms",	\
	    "TPM 2.0 part 1, 16: a name and signatures over SHA-2")
/* VBS protocol: Azure Attestation, TPM and VBS attestation protocol. */
#define ASSAY_CHECKS_TPM(X)						\
	X(TPM_REQUEST_ALG, "tpm-request-algorithm",	\
	    "VBS protocol: header alg PS256") \
	X(TPM_REQUEST_TYPE, "tpm-request-type",	\
	    "VBS protocol: header typ attReq or attReqV2") \
	X(TPM_REQUEST_HEADER, "tpm-request-header",	\
	    "VBS protocol: header of alg and typ; RFC 8725 3.10") \
	X(TPM_CHALLENGE, "tpm-challenge",	\
	    "VBS protocol: challenge of the service_context") \
	X(TPM_REQUEST_SIGNATURE, "tpm-request-signature",	\
	    "VBS protocol: by attest_key, request_key") \
	X(AIK_CERT_PRESENT, "aik-cert-present",	\
	    "Policy property require_valid_aik_cert") \
	X(TPM_QUOTE_MAGIC, "tpm-quote-magic",	\
	    "TPM 2.0 part 2, 10.12.12: TPM_GENERATED_VALUE") \
	X(TPM_QUOTE_TYPE, "tpm-quote-type",	\
	    "TPM 2.0 part 2, 6.9: TPM_ST_ATTEST_QUOTE") \
	X(TPM_QUOTE_HASH, "tpm-quote-hash",	\
	    "Operator's setting for signatures over SHA-1") \
	X(TPM_QUOTE_SIGNATURE, "tpm-quote-signature",	\
	    "TPM 2.0 part 3, 18.4: TPM2_Quote") \
	X(TPM_QUOTE_DATA, "tpm-quote-qualifying-data",	\
	    "VBS protocol: challenge, or hash of key and challenge") \
	X(TPM_QUOTE_SELECTION, "tpm-quote-selection",	\
	    "VBS protocol: pcrs are those quoted") \
	X(TPM_REQUIRED_PCRS, "tpm-required-pcrs",	\
	    "Policy property required_pcr_mask") \
	X(TPM_PCR_DIGEST, "tpm-pcr-digest",	\
	    "TPM 2.0 part 2, 10.12.1: pcrDigest") \
	X(TPM_IMA_REPLAY, "tpm-ima-replay",	\
	    "Linux IMA: a prefix of the list leads to the PCR") \
	X(TPM_LOG_REPLAY, "tpm-log-replay",	\
	    "TCG PFP 10: logs lead to the PCRs") \
	X(TPM_BANK_MEASURED, "tpm-bank-measured",	\
	    "CVE-2021-42299: a bank in its reset state") \
	X(TPM_EVENTS, "tpm-events",	\
	    "TCG PFP 10.4: digests of event data") \
	X(TPM_BOOT_AIK, "tpm-boot-aik",	\
	    "VBS protocol: boot_attestation by the same AIK") \
	X(TPM_BOOT_RESET, "tpm-boot-reset-count",	\
	    "VBS protocol: boot_attestation of the same cold boot") \
	X(TPM_BOOT_RESTART, "tpm-boot-restart-count",	\
	    "VBS protocol: boot_attestation before a hibernation") \
	X(TPM_BOOT_CLOCK, "tpm-boot-clock",	\
	    "TPM 2.0 part 2, 10.11.1: clock never goes back") \
	X(TPM_KEY_BOUND, "tpm-key-bound",	\
	    "VBS protocol: request_key is bound by quote or certify") \
	X(TPM_OTHER_KEY_BINDING, "tpm-other-key-binding",	\
	    "VBS protocol: no tpm_quote in other_keys") \
	X(TPM_CERTIFY_MAGIC, "tpm-certify-magic",	\
	    "TPM 2.0 part 2, 10.12.12: TPM_GENERATED_VALUE") \
	X(TPM_CERTIFY_TYPE, "tpm-certify-type",	\
	    "TPM 2.0 part 2, 6.9: TPM_ST_ATTEST_CERTIFY") \
	X(TPM_CERTIFY_HASH, "tpm-certify-hash",	\
	    "Operator's setting for signatures over SHA-1") \
	X(TPM_CERTIFY_SIGNATURE, "tpm-certify-signature",	\
	    "TPM 2.0 part 3, 18.2: TPM2_Certify") \
	X(TPM_CERTIFY_DATA, "tpm-certify-qualifying-data",	\
	    "VBS protocol: the challenge") \
	X(TPM_CERTIFY_NAME, "tpm-certify-name",	\
	    "TPM 2.0 part 1, 16: Name of TPMT_PUBLIC") \
	X(TPM_CERTIFY_KEY, "tpm-certify-key",	\
	    "VBS protocol: jwk is the key of TPMT_PUBLIC") \
	X(VBS_KEY, "vbs-key",	\
	    "wbcl.h: VSM_IDKS_INFO in a verified event") \
	X(VBS_SIGNATURE, "vbs-signature",	\
	    "ntenclv.h: VBS_ENCLAVE_REPORT by the IDKS") \
	X(VBS_ENCLAVE_DATA, "vbs-enclave-data",	\
	    "VBS protocol: SHA-512 of report_signed")

/* AzureGuest: besides those of AIK, quote, logs and certification above. */
#define ASSAY_CHECKS_GUEST(X)						\
	X(GUEST_ISOLATION, "guest-isolation",	\
	    "AzureGuest: IsolationInfo.Type TrustedLaunch") \
	X(GUEST_AIK_ATTRIBUTES, "guest-aik-attributes",	\
	    "TPM 2.0 part 2, 8.3: restricted signing key of this TPM") \
	X(GUEST_SAME_BOOT, "guest-same-boot",	\
	    "TPM 2.0 part 1, 36.2: quote, certification: one boot") \
	X(GUEST_KEY_ATTRIBUTES, "guest-key-attributes",	\
	    "TPM 2.0 part 2, 8.3: decryption key of this TPM by policy") \
	X(GUEST_KEY_ALGORITHMS, "guest-key-algorithms",	\
	    "AzureGuest: RSA for RSAES, name over SHA-2") \
	X(GUEST_KEY_POLICY, "guest-key-policy",	\
	    "TPM 2.0 part 3, 23.7: TPM2_PolicyPCR of the quoted PCRs")

#define ASSAY_CHECKS_OPERATOR(X)					\
	X(PLATFORM_NOT_BLOCKED, "platform-not-blocked",	\
	    "Operator's blocks: FMSPC, PCK serial, PPID") \
	X(BASELINE_GRACE, "baseline-grace",	\
	    "Operator's baseline: status accepted until a date") \
	X(BASELINE_TCB_DATE, "baseline-tcb-date",	\
	    "Operator's baseline: date of the TCB level") \
	X(BASELINE_ADVISORIES, "baseline-advisories",	\
	    "Operator's baseline: accepted advisories") \
	X(BASELINE_FMSPC_ALLOWED, "baseline-fmspc-allowed",	\
	    "Operator's baseline: allowed FMSPCs") \
	X(BASELINE_FMSPC_NOT_DENIED, "baseline-fmspc-not-denied",	\
	    "Operator's baseline: denied FMSPCs") \
	X(BASELINE_PPID_ALLOWED, "baseline-ppid-allowed",	\
	    "Operator's baseline: allowed PPIDs") \
	X(BASELINE_PPID_NOT_DENIED, "baseline-ppid-not-denied",	\
	    "Operator's baseline: denied PPIDs") \
	X(BASELINE_CPU_SVN_ALLOWED, "baseline-cpu-svn-allowed",	\
	    "Operator's baseline: allowed CPU SVNs") \
	X(BASELINE_CPU_SVN_NOT_DENIED, "baseline-cpu-svn-not-denied",	\
	    "Operator's baseline: denied CPU SVNs")

/* Who calls. */
#define ASSAY_CHECKS_BEARER(X)						\
	X(BEARER_TYPE, "bearer-type",	\
	    "RFC 9068 4: typ; RFC 8725 3.11") \
	X(BEARER_ALGORITHM, "bearer-algorithm",	\
	    "RFC 8725 3.1: algorithms that the operator set") \
	X(BEARER_KEY, "bearer-key",	\
	    "OpenID Connect Core 10.1.1: a key that the issuer publishes") \
	X(BEARER_KEY_ALGORITHM, "bearer-key-algorithm",	\
	    "RFC 8725 3.1: each key is for one algorithm") \
	X(BEARER_SIGNATURE, "bearer-signature",	\
	    "RFC 7515 5.2") \
	X(BEARER_ISSUER, "bearer-issuer",	\
	    "RFC 9068 4: iss is the issuer whose keys verified it") \
	X(BEARER_EXPIRY, "bearer-expiry",	\
	    "RFC 7519 4.1.4: exp is there and ahead") \
	X(BEARER_NOT_BEFORE, "bearer-not-before",	\
	    "RFC 7519 4.1.5") \
	X(BEARER_ISSUED_AT, "bearer-issued-at",	\
	    "RFC 7519 4.1.6: not in the future") \
	X(BEARER_UNBOUND, "bearer-unbound",	\
	    "RFC 7800 3: no cnf, which nobody proves") \
	X(BEARER_AUDIENCE, "bearer-audience",	\
	    "RFC 7519 4.1.3; RFC 8725 3.9") \
	X(BEARER_SUBJECT, "bearer-subject",	\
	    "RFC 9068 2.2: sub says who calls")

#define ASSAY_CHECKS_CLIENT_CERT(X)					\
	X(CLIENT_CERT_PATH, "client-cert-path",	\
	    "RFC 5280 6: to a CA that the operator set") \
	X(CLIENT_CERT_USAGE, "client-cert-usage",	\
	    "RFC 5280 4.2.1.12: clientAuth; no CA") \
	X(CLIENT_CERT_IDENTITY, "client-cert-identity",	\
	    "Operator's rule: subject, subjectAltName, SHA-256")

#define ASSAY_CHECKS(X)							\
	ASSAY_CHECKS_CLIENT_CERT(X)					\
	ASSAY_CHECKS_BEARER(X)						\
	ASSAY_CHECKS_OPERATOR(X)					\
	ASSAY_CHECKS_DCAP(X)						\
	ASSAY_CHECKS_AIK(X)						\
	ASSAY_CHECKS_EK(X)						\
	ASSAY_CHECKS_TPM(X)						\
	ASSAY_CHECKS_GUEST(X)

#endif
