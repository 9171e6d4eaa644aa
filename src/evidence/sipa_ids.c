/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "evidence/sipa.h"

/* id, name behind EVENT_, payload, repeats in one container */
#define IDS(X)								\
	X(00020001, INFORMATION, OPAQUE, false)				\
	X(00020002, BOOTCOUNTER, U64, false)				\
	X(00020003, TRANSFER_CONTROL, CHOICE, false)			\
	X(00020004, APPLICATION_RETURN, OPAQUE, false)			\
	X(00020005, BITLOCKER_UNLOCK, CHOICE, false)			\
	X(00020006, EVENTCOUNTER, U64, false)				\
	X(00020007, COUNTERID, U64, false)				\
	X(00020008, MORBIT_NOT_CANCELABLE, U32, false)			\
	X(00020009, APPLICATION_SVN, U32, false)			\
	X(0002000a, SVN_CHAIN_STATUS, U32, false)			\
	X(0002000b, MORBIT_API_STATUS, U32, false)			\
	X(0002000c, IDK_GENERATION_STATUS, OPAQUE, false)		\
	X(00030001, FIRMWAREFAILURE, OPAQUE, false)			\
	X(00030003, INTERNALFAILURE, OPAQUE, false)			\
	X(00030005, HYPERVISORFAILURE, OPAQUE, false)			\
	X(00040001, BOOTDEBUGGING, BOOL, false)				\
	X(00040002, BOOT_REVOCATION_LIST, REVOCATION_LIST, false)	\
	X(00050001, OSKERNELDEBUG, BOOL, false)				\
	X(00050002, CODEINTEGRITY, BOOL, false)				\
	X(00050003, TESTSIGNING, BOOL, false)				\
	X(00050004, DATAEXECUTIONPREVENTION, CHOICE, false)		\
	X(00050005, SAFEMODE, BOOL, false)				\
	X(00050006, WINPE, BOOL, false)					\
	X(00050007, PHYSICALADDRESSEXTENSION, U64, false)		\
	X(00050008, OSDEVICE, U32, false)				\
	X(00050009, SYSTEMROOT, TEXT, false)				\
	X(0005000a, HYPERVISOR_LAUNCH_TYPE, CHOICE, false)		\
	X(0005000b, HYPERVISOR_PATH, TEXT, false)			\
	X(0005000c, HYPERVISOR_IOMMU_POLICY, CHOICE, false)		\
	X(0005000d, HYPERVISOR_DEBUG, BOOL, false)			\
	X(0005000e, DRIVER_LOAD_POLICY, CHOICE, false)			\
	X(0005000f, SI_POLICY, SI_POLICY, true)				\
	X(00050010, HYPERVISOR_MMIO_NX_POLICY, CHOICE, false)		\
	X(00050011, HYPERVISOR_MSR_FILTER_POLICY, CHOICE, false)	\
	X(00050012, VSM_LAUNCH_TYPE, CHOICE, false)			\
	X(00050013, OS_REVOCATION_LIST, REVOCATION_LIST, false)		\
	X(00050014, SMT_STATUS, U32, false)				\
	X(00050020, VSM_IDK_INFO, KEY_INFO, false)			\
	X(00050021, FLIGHTSIGNING, BOOL, false)				\
	X(00050022, PAGEFILE_ENCRYPTION_ENABLED, BOOL, false)		\
	X(00050023, VSM_IDKS_INFO, KEY_INFO, false)			\
	X(00050024, HIBERNATION_DISABLED, BOOL, false)			\
	X(00050025, DUMPS_DISABLED, BOOL, false)			\
	X(00050026, DUMP_ENCRYPTION_ENABLED, BOOL, false)		\
	X(00050027, DUMP_ENCRYPTION_KEY_DIGEST, BLOB, false)		\
	X(00050028, LSAISO_CONFIG, CHOICE, false)			\
	X(00050029, SBCP_INFO, SBCP_INFO, false)			\
	X(00050030, HYPERVISOR_BOOT_DMA_PROTECTION, BOOL, false)	\
	X(00050031, SI_POLICY_SIGNER, OPAQUE, true)			\
	X(00050032, SI_POLICY_UPDATE_SIGNER, OPAQUE, true)		\
	X(00050033, REFS_VOLUME_CHECKPOINT_RECORD_CHECKSUM, OPAQUE, false) \
	X(00050034, REFS_ROLLBACK_PROTECTION_FROZEN_VOLUME_CHECKSUM,	\
	    OPAQUE, false)						\
	X(00050035, REFS_ROLLBACK_PROTECTION_USER_PAYLOAD_HASH, OPAQUE,	\
	    false)							\
	X(00050036, REFS_ROLLBACK_PROTECTION_VERIFICATION_SUCCEEDED,	\
	    OPAQUE, false)						\
	X(00050037, REFS_ROLLBACK_PROTECTION_VOLUME_FIRST_EVER_MOUNT,	\
	    OPAQUE, false)						\
	X(00050038, SI_POLICY_SUPPLEMENTAL_SIGNER, OPAQUE, true)	\
	X(00050039, SI_POLICY_SUPPLEMENTAL_POLICY, OPAQUE, true)	\
	X(0005003a, VSM_SEALED_SI_POLICY, OPAQUE, false)		\
	X(0005003b, VSM_DRTM_KEYROLL_DETECTED, OPAQUE, false)		\
	X(0005003c, VSM_SRTM_UNSEAL_POLICY, OPAQUE, false)		\
	X(0005003d, VSM_SRTM_ANTI_ROLLBACK_COUNTER, OPAQUE, false)	\
	X(0005003e, REFS_ATTESTATION_SUMMARY, OPAQUE, false)		\
	X(00050040, VTL1_DUMP_CONFIG, OPAQUE, false)			\
	X(00050041, SECUREKERNEL_DEBUG, OPAQUE, false)			\
	X(00060001, NOAUTHORITY, OPAQUE, false)				\
	X(00060002, AUTHORITYPUBKEY, BLOB, true)			\
	X(00070001, FILEPATH, TEXT, false)				\
	X(00070002, IMAGESIZE, U64, false)				\
	X(00070003, HASHALGORITHMID, U32, false)			\
	X(00070004, AUTHENTICODEHASH, BLOB, false)			\
	X(00070005, AUTHORITYISSUER, TEXT, false)			\
	X(00070006, AUTHORITYSERIAL, BLOB, false)			\
	X(00070007, IMAGEBASE, U64, false)				\
	X(00070008, AUTHORITYPUBLISHER, TEXT, false)			\
	X(00070009, AUTHORITYSHA1THUMBPRINT, BLOB, false)		\
	X(0007000a, IMAGEVALIDATED, BOOL, false)			\
	X(0007000b, MODULE_SVN, U32, false)				\
	X(0007000c, MODULE_PLUTON, OPAQUE, false)			\
	X(0007000d, MODULE_ORIGINAL_FILENAME, TEXT, false)		\
	X(0007000e, MODULE_VERSION, OPAQUE, false)			\
	X(0007000f, PUBLISHER_OEMNAME, TEXT, false)			\
	X(00090001, ELAM_KEYNAME, TEXT, false)				\
	X(00090002, ELAM_CONFIGURATION, BLOB, false)			\
	X(00090003, ELAM_POLICY, BLOB, false)				\
	X(00090004, ELAM_MEASURED, BLOB, false)				\
	X(000a0001, VBS_VSM_REQUIRED, BOOL, false)			\
	X(000a0002, VBS_SECUREBOOT_REQUIRED, BOOL, false)		\
	X(000a0003, VBS_IOMMU_REQUIRED, BOOL, false)			\
	X(000a0004, VBS_MMIO_NX_REQUIRED, BOOL, false)			\
	X(000a0005, VBS_MSR_FILTERING_REQUIRED, BOOL, false)		\
	X(000a0006, VBS_MANDATORY_ENFORCEMENT, BOOL, false)		\
	X(000a0007, VBS_HVCI_POLICY, CHOICE, false)			\
	X(000a0008, VBS_MICROSOFT_BOOT_CHAIN_REQUIRED, BOOL, false)	\
	X(000a0009, VBS_DUMP_USES_AMEROOT, BOOL, false)			\
	X(000a000a, VBS_VSM_NOSECRETS_ENFORCED, BOOL, false)		\
	X(000b0001, KSR_SIGNATURE, OPAQUE, false)			\
	X(000c0001, DRTM_STATE_AUTH, OPAQUE, false)			\
	/* wbcl.h says DRTM_SMM_LEVEL, policies say DRTM_SMM. */	\
	X(000c0002, DRTM_SMM, CHOICE, false)				\
	X(000c0003, DRTM_AMD_SMM_HASH, BLOB, false)			\
	X(000c0004, DRTM_AMD_SMM_SIGNER_KEY, BLOB, false)		\
	X(40010001, TRUSTBOUNDARY, CONTAINER, false)			\
	X(40010002, ELAM_AGGREGATION, CONTAINER, true)			\
	X(40010003, LOADEDMODULE_AGGREGATION, CONTAINER, true)		\
	X(40010005, KSR_AGGREGATION, CONTAINER, false)			\
	X(40010006, KSR_SIGNED_MEASUREMENT_AGGREGATION, CONTAINER, false) \
	X(80030002, TPMFAILURE, OPAQUE, false)				\
	X(80030004, KSRFAILURE, OPAQUE, false)				\
	X(80080001, QUOTE, BLOB, false)					\
	X(80080002, QUOTESIGNATURE, BLOB, false)			\
	X(80080003, AIKID, TEXT, false)					\
	X(80080004, AIKPUBDIGEST, BLOB, false)				\
	X(c0010004, TRUSTPOINT_AGGREGATION, CONTAINER, true)

static const struct assay_sipa_id ids[] = {
#define X(id, name, payload, many)					\
	{ UINT32_C(0x##id), "EVENT_" #name, ASSAY_SIPA_##payload, many },
	IDS(X)
#undef X
};
#define N_IDS	(sizeof(ids) / sizeof(ids[0]))

const struct assay_sipa_id *
assay_sipa_ids(size_t *n)
{
	*n = N_IDS;
	return ids;
}

static int
compare_ids(const void *key, const void *row)
{
	uint32_t a = *(const uint32_t *)key;
	uint32_t b = ((const struct assay_sipa_id *)row)->id;

	return (a > b) - (a < b);
}

const struct assay_sipa_id *
assay_sipa_find(uint32_t id)
{
	return bsearch(&id, ids, N_IDS, sizeof(ids[0]), compare_ids);
}

#define BITLOCKER_UNLOCK	UINT32_C(0x00020005)
#define DEP			UINT32_C(0x00050004)
#define HVCI_POLICY		UINT32_C(0x000a0007)

/* wbcl.h; the second of HVCI as published policies compare it. */
static const struct {
	uint32_t	 id;
	uint64_t	 value;
	const char	*name;
} choices[] = {
	{ BITLOCKER_UNLOCK, 0, "None" },
	{ BITLOCKER_UNLOCK, 1, "Cached" },
	{ BITLOCKER_UNLOCK, 2, "Media" },
	{ BITLOCKER_UNLOCK, 4, "TPM" },
	{ BITLOCKER_UNLOCK, 0x10, "PIN" },
	{ BITLOCKER_UNLOCK, 0x20, "External" },
	{ BITLOCKER_UNLOCK, 0x40, "Recovery" },
	{ BITLOCKER_UNLOCK, 0x80, "Passphrase" },
	{ BITLOCKER_UNLOCK, 0x100, "NBP" },
	{ BITLOCKER_UNLOCK, 0x200, "AUK_OSFVEINFO" },
	{ DEP, 0, "OptIn" },
	{ DEP, 1, "OptOut" },
	{ DEP, 2, "AlwaysOff" },
	{ DEP, 3, "AlwaysOn" },
	{ HVCI_POLICY, 0, "None" },
	{ HVCI_POLICY, 1, "HypervisorEnforcedCodeIntegrityEnable" },
	{ HVCI_POLICY, 2, "HypervisorEnforcedCodeIntegrityStrict" },
};
#define N_CHOICES	(sizeof(choices) / sizeof(choices[0]))

/* All bits named, or nothing. */
static bool
flag_names(uint64_t value, char out[ASSAY_SIPA_CHOICE_TEXT])
{
	size_t len = 0;

	for (size_t i = 0; i < N_CHOICES; i++) {
		uint64_t bit = choices[i].value;

		if (choices[i].id != BITLOCKER_UNLOCK || (value & bit) == 0)
			continue;
		len += (size_t)snprintf(out + len,
		    ASSAY_SIPA_CHOICE_TEXT - len, "%s%s", len != 0 ? "|" : "",
		    choices[i].name);
		value &= ~bit;
	}
	return value == 0;
}

const char *
assay_sipa_choice(uint32_t id, uint64_t value,
    char out[ASSAY_SIPA_CHOICE_TEXT])
{
	for (size_t i = 0; i < N_CHOICES; i++)
		if (choices[i].id == id && choices[i].value == value) {
			(void)snprintf(out, ASSAY_SIPA_CHOICE_TEXT, "%s",
			    choices[i].name);
			return out;
		}
	if (id != BITLOCKER_UNLOCK || !flag_names(value, out))
		(void)snprintf(out, ASSAY_SIPA_CHOICE_TEXT, "%llu",
		    (unsigned long long)value);
	return out;
}
