/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every claim that the service makes from evidence or puts into a token on
 * its own: name, type, attestation kinds, where it is found, state, meaning.
 * The policy checker and doc/claims.md live off this list; names are API.
 *
 * Sources: the contract of Azure Attestation as its clients and recordings
 * show it (claim sets of SGX, SEV-SNP, TDX, TPM), RFC 7519 section 4.1, RFC
 * 7800 (cnf); names that begin with x-assay- are this project's own.
 */
#ifndef ASSAY_CLAIMS_CLAIM_NAMES_H
#define ASSAY_CLAIMS_CLAIM_NAMES_H

#include <assay/claims.h>

/* Attestation kinds that make the claim, by the type of their policy. */
enum assay_claim_kind {
	ASSAY_CLAIM_SGX = 1 << 0,	/* SgxEnclave and OpenEnclave */
	ASSAY_CLAIM_TPM = 1 << 1,	/* Tpm */
	ASSAY_CLAIM_SNP = 1 << 2,	/* SevSnpVm */
	ASSAY_CLAIM_TDX = 1 << 3,	/* TdxVm */
	ASSAY_CLAIM_GUEST = 1 << 4,	/* AzureGuest */
};

/* Where the claim is found. */
enum assay_claim_use {
	ASSAY_CLAIM_IN_POLICY = 1 << 0,	/* a policy can test it */
	ASSAY_CLAIM_IN_TOKEN = 1 << 1,	/* the token has it unasked */
	ASSAY_CLAIM_IN_BOTH = 3,
};

enum assay_claim_state {
	ASSAY_CLAIM_CURRENT,
	ASSAY_CLAIM_DEPRECATED,	/* an old name, kept for old readers */
	ASSAY_CLAIM_OURS,	/* Azure Attestation does not have it */
};

#define ASSAY_CLAIM_DCAP	(ASSAY_CLAIM_SGX | ASSAY_CLAIM_TDX)
#define ASSAY_CLAIM_VM		(ASSAY_CLAIM_SNP | ASSAY_CLAIM_TDX)
#define ASSAY_CLAIM_REPORT	(ASSAY_CLAIM_DCAP | ASSAY_CLAIM_SNP)
#define ASSAY_CLAIM_TYPED	(ASSAY_CLAIM_REPORT | ASSAY_CLAIM_GUEST)
#define ASSAY_CLAIM_BOOT	(ASSAY_CLAIM_TPM | ASSAY_CLAIM_GUEST)
#define ASSAY_CLAIM_ALL		(ASSAY_CLAIM_REPORT | ASSAY_CLAIM_BOOT)

/* X(name, value type, kinds, use, state, meaning) */
#define ASSAY_CLAIM_NAMES_TOKEN(X)					\
	X("iss", STRING, ALL, IN_TOKEN, CURRENT,			\
	    "instance URL of the service, no trailing slash")		\
	X("iat", INTEGER, ALL, IN_TOKEN, CURRENT,			\
	    "time of issue, seconds since 1970")			\
	X("nbf", INTEGER, ALL, IN_TOKEN, CURRENT, "not valid before")	\
	X("exp", INTEGER, ALL, IN_TOKEN, CURRENT, "not valid from here on") \
	X("jti", STRING, ALL, IN_TOKEN, CURRENT, "random name of the token") \
	X("nonce", STRING, ALL, IN_TOKEN, CURRENT,			\
	    "nonce of the request, as sent")				\
	X("cnf", JSON, TPM, IN_TOKEN, CURRENT,				\
	    "public key that the attested client holds")		\
	X("rp_data", STRING, TPM, IN_TOKEN, CURRENT,			\
	    "relying party's data, base64url as received")		\
	X("ver", STRING, TPM, IN_TOKEN, DEPRECATED,			\
	    "version of the claim set; see x-ms-ver")			\
	X("x-ms-ver", STRING, ALL, IN_TOKEN, CURRENT,			\
	    "version of the claim set: 1.0")				\
	X("x-ms-attestation-type", STRING, TYPED, IN_BOTH, CURRENT,	\
	    "sgx, sevsnpvm, tdxvm or azurevm")					\
	X("x-ms-policy-hash", STRING, ALL, IN_TOKEN, CURRENT,		\
	    "hash of the policy text that was evaluated")		\
	X("x-ms-policy", JSON, ALL, IN_TOKEN, CURRENT,			\
	    "what the policy issued, as one object")			\
	X("x-ms-policy-signer", JSON, ALL, IN_TOKEN, CURRENT,		\
	    "key that signed the policy, if it was signed")		\
	X("x-ms-runtime", JSON, TYPED, IN_BOTH, CURRENT,		\
	    "runtime data, if JSON, bound; of guests key and payload")	\
	X("x-ms-inittime", JSON, REPORT, IN_BOTH, CURRENT,		\
	    "init-time data of the request, if it was JSON")		\
	X("x-ms-compliance-status", STRING, VM, IN_BOTH, CURRENT,	\
	    "name of the operator's rule that the machine fulfils")

#define ASSAY_CLAIM_NAMES_ASSAY(X)					\
	X("x-assay-tcb-status", STRING, DCAP, IN_BOTH, OURS,		\
	    "TCB status as Intel's TCB info spells it")			\
	X("x-assay-tcb-date", STRING, DCAP, IN_BOTH, OURS,		\
	    "date of the TCB level, RFC 3339")				\
	X("x-assay-advisory-ids", JSON, DCAP, IN_BOTH, OURS,		\
	    "security advisories that apply, sorted")			\
	X("x-assay-tcb-evaluation-number", INTEGER, DCAP, IN_BOTH, OURS, \
	    "tcbEvaluationDataNumber of the TCB info that judged")	\
	X("x-assay-baseline-grace", BOOLEAN, DCAP, IN_BOTH, OURS,	\
	    "the baseline accepts the TCB status for a time only")	\
	X("x-assay-collateral-expired", BOOLEAN, DCAP, IN_BOTH, OURS,	\
	    "some collateral was past its date, within the grace")	\
	X("x-assay-collateral-grace", JSON, DCAP, IN_BOTH, OURS,	\
	    "kinds of collateral that were past their date, if any")	\
	X("x-assay-collateral-expiry", STRING, DCAP, IN_BOTH, OURS,	\
	    "when the first of the collateral expires, RFC 3339")	\
	X("x-assay-test-anchor", BOOLEAN, ALL, IN_BOTH, OURS,		\
	    "the evidence ends in a trust anchor that is not built in")

#define ASSAY_CLAIM_NAMES_SGX(X)					\
	X("x-ms-sgx-is-debuggable", BOOLEAN, SGX, IN_BOTH, CURRENT,	\
	    "attribute DEBUG: the host reads the enclave's memory")	\
	X("x-ms-sgx-mrenclave", STRING, SGX, IN_BOTH, CURRENT,		\
	    "measurement of the enclave, 64 hex digits")		\
	X("x-ms-sgx-mrsigner", STRING, SGX, IN_BOTH, CURRENT,		\
	    "hash of the key that signed the enclave, 64 hex digits")	\
	X("x-ms-sgx-product-id", INTEGER, SGX, IN_BOTH, CURRENT,	\
	    "ISVPRODID")						\
	X("x-ms-sgx-svn", INTEGER, SGX, IN_BOTH, CURRENT, "ISVSVN")	\
	X("x-ms-sgx-report-data", STRING, SGX, IN_BOTH, CURRENT,	\
	    "REPORTDATA, 128 hex digits")				\
	X("x-ms-sgx-tcbidentifier", STRING, SGX, IN_BOTH, CURRENT,	\
	    "TCB baseline that was applied")				\
	X("x-ms-sgx-config-id", STRING, SGX, IN_BOTH, CURRENT,		\
	    "CONFIGID, 128 hex digits; only with attribute KSS")	\
	X("x-ms-sgx-config-svn", INTEGER, SGX, IN_BOTH, CURRENT,	\
	    "CONFIGSVN; only with attribute KSS")			\
	X("x-ms-sgx-isv-extended-product-id", STRING, SGX, IN_BOTH,	\
	    CURRENT, "ISVEXTPRODID, 32 hex digits; only with KSS")	\
	X("x-ms-sgx-isv-family-id", STRING, SGX, IN_BOTH, CURRENT,	\
	    "ISVFAMILYID, 32 hex digits; only with attribute KSS")	\
	X("x-ms-sgx-ehd", STRING, SGX, IN_BOTH, CURRENT,		\
	    "binary runtime data, base64url; bound to the report")	\
	X("maa-ehd", STRING, SGX, IN_BOTH, DEPRECATED,			\
	    "see x-ms-sgx-ehd")						\
	X("aas-ehd", STRING, SGX, IN_BOTH, DEPRECATED,			\
	    "see x-ms-sgx-ehd")						\
	X("x-ms-sgx-collateral", JSON, SGX, IN_BOTH, CURRENT,		\
	    "hashes of the evidence and of the collateral used")	\
	X("maa-attestationcollateral", JSON, SGX, IN_BOTH, DEPRECATED,	\
	    "see x-ms-sgx-collateral")

#define ASSAY_CLAIM_NAMES_SNP(X)					\
	X("x-ms-sevsnpvm-authorkeydigest", STRING, SNP, IN_BOTH,	\
	    CURRENT, "AUTHOR_KEY_DIGEST, 96 hex digits")		\
	X("x-ms-sevsnpvm-bootloader-svn", INTEGER, SNP, IN_BOTH,	\
	    CURRENT, "boot loader version of REPORTED_TCB")		\
	X("x-ms-sevsnpvm-tee-svn", INTEGER, SNP, IN_BOTH, CURRENT,	\
	    "PSP operating system version of REPORTED_TCB")		\
	X("x-ms-sevsnpvm-snpfw-svn", INTEGER, SNP, IN_BOTH, CURRENT,	\
	    "SNP firmware version of REPORTED_TCB")			\
	X("x-ms-sevsnpvm-microcode-svn", INTEGER, SNP, IN_BOTH,		\
	    CURRENT, "lowest microcode version of REPORTED_TCB")	\
	X("x-ms-sevsnpvm-familyId", STRING, SNP, IN_BOTH, CURRENT,	\
	    "FAMILY_ID, 32 hex digits")					\
	X("x-ms-sevsnpvm-imageId", STRING, SNP, IN_BOTH, CURRENT,	\
	    "IMAGE_ID, 32 hex digits")					\
	X("x-ms-sevsnpvm-guestsvn", INTEGER, SNP, IN_BOTH, CURRENT,	\
	    "GUEST_SVN")						\
	X("x-ms-sevsnpvm-hostdata", STRING, SNP, IN_BOTH, CURRENT,	\
	    "HOST_DATA, 64 hex digits")					\
	X("x-ms-sevsnpvm-idkeydigest", STRING, SNP, IN_BOTH, CURRENT,	\
	    "ID_KEY_DIGEST, 96 hex digits")				\
	X("x-ms-sevsnpvm-launchmeasurement", STRING, SNP, IN_BOTH,	\
	    CURRENT, "MEASUREMENT, 96 hex digits")			\
	X("x-ms-sevsnpvm-reportdata", STRING, SNP, IN_BOTH, CURRENT,	\
	    "REPORT_DATA, 128 hex digits")				\
	X("x-ms-sevsnpvm-reportid", STRING, SNP, IN_BOTH, CURRENT,	\
	    "REPORT_ID, 64 hex digits")					\
	X("x-ms-sevsnpvm-chipid", STRING, SNP, IN_BOTH, CURRENT,	\
	    "CHIP_ID, 128 hex digits")					\
	X("x-ms-sevsnpvm-chip-family", STRING, SNP, IN_BOTH, CURRENT,	\
	    "Milan, Genoa or Turin")					\
	X("x-ms-sevsnpvm-vmpl", INTEGER, SNP, IN_BOTH, CURRENT,		\
	    "privilege level that asked for the report")		\
	X("x-ms-sevsnpvm-is-debuggable", BOOLEAN, SNP, IN_BOTH,		\
	    CURRENT, "guest policy bit DEBUG")				\
	X("x-ms-sevsnpvm-migration-allowed", BOOLEAN, SNP, IN_BOTH,	\
	    CURRENT, "guest policy bit MIGRATE_MA")			\
	X("x-ms-sevsnpvm-smt-allowed", BOOLEAN, SNP, IN_BOTH, CURRENT,	\
	    "guest policy bit SMT")					\
	X("x-ms-sevsnpvm-singlesocket", BOOLEAN, SNP, IN_BOTH, CURRENT,	\
	    "guest policy bit SINGLE_SOCKET")				\
	X("x-ms-sevsnpvm-cxl-allowed", BOOLEAN, SNP, IN_BOTH, CURRENT,	\
	    "guest policy bit CXL_ALLOW")				\
	X("x-ms-sevsnpvm-mem-aes256-xts-required", BOOLEAN, SNP,	\
	    IN_BOTH, CURRENT, "guest policy bit MEM_AES_256_XTS")	\
	X("x-ms-sevsnpvm-rapl-disabled", BOOLEAN, SNP, IN_BOTH,		\
	    CURRENT, "guest policy bit RAPL_DIS")			\
	X("x-ms-sevsnpvm-ciphertext-hiding-dram-enabled", BOOLEAN, SNP,	\
	    IN_BOTH, CURRENT, "guest policy bit CIPHERTEXT_HIDING_DRAM") \
	X("x-ms-sevsnpvm-page-swap-disabled", BOOLEAN, SNP, IN_BOTH,	\
	    CURRENT, "guest policy bit PAGE_SWAP_DISABLE")

#define ASSAY_CLAIM_NAMES_TDX(X)					\
	X("eat_profile", STRING, TDX, IN_TOKEN, CURRENT,		\
	    "profile of the claim set (RFC 9711)")			\
	X("intuse", STRING, TDX, IN_TOKEN, CURRENT,			\
	    "intended use (RFC 9711): generic")				\
	X("dbgstat", STRING, TDX, IN_BOTH, CURRENT,			\
	    "enabled or disabled")					\
	X("attester_tcb_status", STRING, TDX, IN_BOTH, CURRENT,		\
	    "TCB status as Intel's TCB info spells it")			\
	X("tdx_mrtd", STRING, TDX, IN_BOTH, CURRENT,			\
	    "measurement of the initial TD, 96 hex digits")		\
	X("tdx_mrseam", STRING, TDX, IN_BOTH, CURRENT,			\
	    "measurement of the TDX module, 96 hex digits")		\
	X("tdx_mrsignerseam", STRING, TDX, IN_BOTH, CURRENT,		\
	    "signer of the TDX module, 96 hex digits")			\
	X("tdx_mrconfigid", STRING, TDX, IN_BOTH, CURRENT,		\
	    "MRCONFIGID, 96 hex digits")				\
	X("tdx_mrowner", STRING, TDX, IN_BOTH, CURRENT,			\
	    "MROWNER, 96 hex digits")					\
	X("tdx_mrownerconfig", STRING, TDX, IN_BOTH, CURRENT,		\
	    "MROWNERCONFIG, 96 hex digits")				\
	X("tdx_rtmr0", STRING, TDX, IN_BOTH, CURRENT,			\
	    "runtime measurement register 0, 96 hex digits")		\
	X("tdx_rtmr1", STRING, TDX, IN_BOTH, CURRENT,			\
	    "runtime measurement register 1, 96 hex digits")		\
	X("tdx_rtmr2", STRING, TDX, IN_BOTH, CURRENT,			\
	    "runtime measurement register 2, 96 hex digits")		\
	X("tdx_rtmr3", STRING, TDX, IN_BOTH, CURRENT,			\
	    "runtime measurement register 3, 96 hex digits")		\
	X("tdx_report_data", STRING, TDX, IN_BOTH, CURRENT,		\
	    "REPORTDATA, 128 hex digits")				\
	X("tdx_seam_attributes", STRING, TDX, IN_BOTH, CURRENT,		\
	    "SEAMATTRIBUTES, 16 hex digits")				\
	X("tdx_seamsvn", INTEGER, TDX, IN_BOTH, CURRENT,		\
	    "version of the TDX module")				\
	X("tdx_td_attributes", STRING, TDX, IN_BOTH, CURRENT,		\
	    "TDATTRIBUTES, 16 hex digits")				\
	X("tdx_td_attributes_debug", BOOLEAN, TDX, IN_BOTH, CURRENT,	\
	    "TDATTRIBUTES bit DEBUG")					\
	X("tdx_td_attributes_key_locker", BOOLEAN, TDX, IN_BOTH,	\
	    CURRENT, "TDATTRIBUTES bit KL")				\
	X("tdx_td_attributes_perfmon", BOOLEAN, TDX, IN_BOTH, CURRENT,	\
	    "TDATTRIBUTES bit PERFMON")					\
	X("tdx_td_attributes_protection_keys", BOOLEAN, TDX, IN_BOTH,	\
	    CURRENT, "TDATTRIBUTES bit PKS")				\
	X("tdx_td_attributes_septve_disable", BOOLEAN, TDX, IN_BOTH,	\
	    CURRENT, "TDATTRIBUTES bit SEPT_VE_DISABLE")		\
	X("tdx_tee_tcb_svn", STRING, TDX, IN_BOTH, CURRENT,		\
	    "TEE_TCB_SVN, 32 hex digits")				\
	X("tdx_xfam", STRING, TDX, IN_BOTH, CURRENT,			\
	    "XFAM, 16 hex digits")

#define ASSAY_CLAIM_NAMES_TPM(X)					\
	X("aikValidated", BOOLEAN, BOOT, IN_POLICY, CURRENT,		\
	    "certificate of the attestation key ends in a trusted root") \
	X("aikPubHash", STRING, BOOT, IN_POLICY, CURRENT,		\
	    "base64 SHA-256 of the attestation key")			\
	X("tpmVersion", INTEGER, BOOT, IN_POLICY, CURRENT,		\
	    "major version of the TPM")					\
	X("secureBootEnabled", BOOLEAN, BOOT, IN_POLICY, CURRENT,	\
	    "measured as on, once, in PCR 7; see boot-events.md")	\
	X("iommuEnabled", BOOLEAN, BOOT, IN_POLICY, CURRENT,		\
	    "VBS_IOMMU_REQUIRED measured, and never as false")		\
	X("bootDebuggingDisabled", BOOLEAN, BOOT, IN_POLICY, CURRENT,	\
	    "BOOTDEBUGGING measured, and never as true")		\
	X("notSafeMode", BOOLEAN, BOOT, IN_POLICY, CURRENT,		\
	    "SAFEMODE measured, and never as true")			\
	X("notWinPE", BOOLEAN, BOOT, IN_POLICY, CURRENT,			\
	    "WINPE measured, and never as true")			\
	X("vbsEnabled", BOOLEAN, BOOT, IN_POLICY, CURRENT,		\
	    "VSM required or VBS enforced, and never as false")		\
	X("vbsReportPresent", BOOLEAN, BOOT, IN_POLICY, CURRENT,		\
	    "the request carries a VBS enclave report")			\
	X("vsmReportPresent", BOOLEAN, BOOT, IN_POLICY, DEPRECATED,	\
	    "see vbsReportPresent")					\
	X("enclaveAuthorId", STRING, TPM, IN_POLICY, CURRENT,		\
	    "author of the VBS enclave, base64url")			\
	X("enclaveImageId", STRING, TPM, IN_POLICY, CURRENT,		\
	    "image of the VBS enclave, base64url")			\
	X("enclaveOwnerId", STRING, TPM, IN_POLICY, CURRENT,		\
	    "owner of the VBS enclave, base64url")			\
	X("enclaveFamilyId", STRING, TPM, IN_POLICY, CURRENT,		\
	    "family of the VBS enclave, base64url")			\
	X("enclaveSvn", INTEGER, TPM, IN_POLICY, CURRENT,		\
	    "version of the VBS enclave")				\
	X("enclavePlatformSvn", INTEGER, TPM, IN_POLICY, CURRENT,	\
	    "version of the platform below the VBS enclave")		\
	X("enclaveFlags", INTEGER, TPM, IN_POLICY, CURRENT,		\
	    "flags of the VBS enclave")					\
	X("events", JSON, BOOT, IN_POLICY, CURRENT,			\
	    "what was measured, see boot-events.md; policy 1.2")	\
	X("bootEvents", JSON, TPM, IN_POLICY, CURRENT,			\
	    "the same of the boot attestation; policy 1.2")		\
	X("pcrs", JSON, BOOT, IN_POLICY, CURRENT,			\
	    "values of the quoted PCRs; policy 1.2")		\
	X("x-ms-tpm-request-key", JSON, TPM, IN_POLICY, CURRENT,	\
	    "the certified key that signed the request")		\
	X("x-ms-tpm-other-keys", JSON, TPM, IN_POLICY, CURRENT,		\
	    "further certified keys of the request")

#define ASSAY_CLAIM_NAMES_GUEST(X)					\
	X("secureboot", BOOLEAN, GUEST, IN_BOTH, CURRENT, \
	    "see secureBootEnabled") \
	X("x-ms-azurevm-attestation-protocol-ver", STRING, GUEST, IN_BOTH, CURRENT, \
	    "version of AttestationInfo: 1.0 or 2.0") \
	X("x-ms-azurevm-attested-pcrs", JSON, GUEST, IN_BOTH, CURRENT, \
	    "PCRs that are quoted and follow from the log") \
	X("x-ms-azurevm-is-windows", BOOLEAN, GUEST, IN_BOTH, CURRENT, \
	    "the log shows a boot of Windows, up to its end") \
	X("x-ms-azurevm-bootdebug-enabled", BOOLEAN, GUEST, IN_BOTH, CURRENT, \
	    "BOOTDEBUGGING measured as on; Windows") \
	X("x-ms-azurevm-kerneldebug-enabled", BOOLEAN, GUEST, IN_BOTH, CURRENT, \
	    "OSKERNELDEBUG measured as on; Windows") \
	X("x-ms-azurevm-hypervisordebug-enabled", BOOLEAN, GUEST, IN_BOTH, CURRENT, \
	    "HYPERVISOR_DEBUG measured as on; Windows") \
	X("x-ms-azurevm-debuggersdisabled", BOOLEAN, GUEST, IN_BOTH, CURRENT, \
	    "none of these three is on; Windows") \
	X("x-ms-azurevm-testsigning-enabled", BOOLEAN, GUEST, IN_BOTH, CURRENT, \
	    "TESTSIGNING measured as on; Windows") \
	X("x-ms-azurevm-flightsigning-enabled", BOOLEAN, GUEST, IN_BOTH, CURRENT, \
	    "FLIGHTSIGNING measured as on; Windows") \
	X("x-ms-azurevm-signingdisabled", BOOLEAN, GUEST, IN_BOTH, CURRENT, \
	    "none of these two is on; Windows") \
	X("x-ms-azurevm-hvci-policy", INTEGER, GUEST, IN_BOTH, CURRENT, \
	    "lowest VBS_HVCI_POLICY, 0 without one; Windows") \
	X("x-ms-azurevm-ostype", STRING, GUEST, IN_BOTH, CURRENT, \
	    "as the guest says; nobody vouches for it") \
	X("x-ms-azurevm-osdistro", STRING, GUEST, IN_BOTH, CURRENT, \
	    "as the guest says; nobody vouches for it") \
	X("x-ms-azurevm-osbuild", STRING, GUEST, IN_BOTH, CURRENT, \
	    "as the guest says; nobody vouches for it") \
	X("x-ms-azurevm-osversion-major", INTEGER, GUEST, IN_BOTH, CURRENT, \
	    "as the guest says; nobody vouches for it") \
	X("x-ms-azurevm-osversion-minor", INTEGER, GUEST, IN_BOTH, CURRENT, \
	    "as the guest says; nobody vouches for it")

#define ASSAY_CLAIM_NAMES(X)						\
	ASSAY_CLAIM_NAMES_TOKEN(X)					\
	ASSAY_CLAIM_NAMES_ASSAY(X)					\
	ASSAY_CLAIM_NAMES_SGX(X)					\
	ASSAY_CLAIM_NAMES_SNP(X)					\
	ASSAY_CLAIM_NAMES_TDX(X)					\
	ASSAY_CLAIM_NAMES_TPM(X)					\
	ASSAY_CLAIM_NAMES_GUEST(X)

struct assay_claim_name {
	const char		*name;
	enum assay_value_type	 value_type;
	unsigned int		 kinds;		/* enum assay_claim_kind */
	unsigned int		 use;		/* enum assay_claim_use */
	enum assay_claim_state	 state;
	const char		*meaning;
};

/* The whole list; static. */
const struct assay_claim_name *assay_claim_names(size_t *n);
/* The row of a claim type, or NULL; names compare exactly. */
const struct assay_claim_name *assay_claim_name_find(struct assay_bytes type);
/*
 * The bit of an attestation type as it stands in paths ("SgxEnclave", any
 * case), 0 if it makes no claims listed here.
 */
unsigned int assay_claim_kind_parse(struct assay_bytes type);

#endif
