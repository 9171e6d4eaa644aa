/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TPM 2.0 as a client needs it: keys, quotes, certifications, credentials,
 * certificates in NV. Spoken to through tpm2-tss (ESYS over any TCTI); the
 * files tpm_device*.c are the only ones that know that library, so that
 * everything here is bytes and numbers. Source: TPM 2.0 library, part 3.
 *
 * Every function asks again, patiently, when the TPM says so (RC_RETRY,
 * RC_TESTING, RC_YIELDED, RC_NV_RATE), and makes room in a TPM without a
 * resource manager whose slots are full. Unless said otherwise failures are
 * TPM_FAILED, with the TPM's code and what can be done about it, or
 * TPM_LOCKOUT.
 */
#ifndef ASSAY_CLIENT_TPM_DEVICE_H
#define ASSAY_CLIENT_TPM_DEVICE_H

#include "base/buffer.h"
#include "crypto/digest.h"
#include "crypto/pkey.h"

#define ASSAY_DEVICE_PCRS	24
#define ASSAY_DEVICE_BANKS	4

/* TPM_RH_OWNER: the storage primary of that hierarchy, made when needed. */
#define ASSAY_DEVICE_OWNER	UINT32_C(0x40000001)

/* Where EK certificates are: TCG EK credential profile 2.5, 2.2.1.4. */
#define ASSAY_DEVICE_NV_EK_RSA	UINT32_C(0x01c00002)
#define ASSAY_DEVICE_NV_EK_ECC	UINT32_C(0x01c0000a)
#define ASSAY_DEVICE_NV_EK_P384	UINT32_C(0x01c00016)
#define ASSAY_DEVICE_NV_EK_3072	UINT32_C(0x01c0001c)
/* The AIK and its certificate in virtual TPMs of Azure. */
#define ASSAY_DEVICE_AZURE_AIK	UINT32_C(0x81000003)
#define ASSAY_DEVICE_NV_AIK	UINT32_C(0x01c101d0)

struct assay_device;

/*
 * tcti as tpm2-tss spells it ("device:/dev/tpmrm0",
 * "swtpm:host=127.0.0.1,port=2321"); NULL: /dev/tpmrm0, else /dev/tpm0.
 * TPM_FAILED also if this build has no tpm2-tss. Close in any case.
 */
ASSAY_MUST_USE bool assay_device_open(const char *tcti,
    struct assay_device **out, struct assay_error *err);
void assay_device_close(struct assay_device *t);	/* accepts NULL */

/* n random bytes from the TPM. */
ASSAY_MUST_USE bool assay_device_random(struct assay_device *t, void *out,
    size_t n, struct assay_error *err);

/*
 * The content of an NV index, appended; *found false and success if there is
 * no such index.
 */
ASSAY_MUST_USE bool assay_device_nv_read(struct assay_device *t,
    uint32_t index, struct assay_buffer *out, bool *found,
    struct assay_error *err);

/* ---- keys ---------------------------------------------------------------- */

enum assay_device_key_kind {
	ASSAY_DEVICE_AIK_RSA,		/* restricted, RSASSA, SHA-256 */
	ASSAY_DEVICE_AIK_RSAPSS,	/* restricted, RSASSA-PSS, SHA-256 */
	ASSAY_DEVICE_AIK_ECC,		/* restricted, ECDSA P-256, SHA-256 */
	ASSAY_DEVICE_REQUEST,		/* RSA-2048, RSASSA-PSS, SHA-256 */
	ASSAY_DEVICE_EK_RSA,		/* template L-1 */
	ASSAY_DEVICE_EK_ECC,		/* template L-2 */
	ASSAY_DEVICE_EK_P384,		/* template H-3 */
	ASSAY_DEVICE_EK_RSA3072,	/* template H-6 */
};

struct assay_device_key;

/*
 * Make a key: EKs are primary keys of the endorsement hierarchy, always the
 * same; the others are new children of parent, which is ASSAY_DEVICE_OWNER or
 * a persistent handle. Free before the device is closed.
 */
ASSAY_MUST_USE bool assay_device_key_create(struct assay_device *t,
    enum assay_device_key_kind kind, uint32_t parent,
    struct assay_device_key **out, struct assay_error *err);
/* The key behind a persistent handle (0x81......). */
ASSAY_MUST_USE bool assay_device_key_persistent(struct assay_device *t,
    uint32_t handle, struct assay_device_key **out, struct assay_error *err);
/* A key from assay_device_key_save(); only the TPM that made it loads it. */
ASSAY_MUST_USE bool assay_device_key_load(struct assay_device *t,
    struct assay_bytes pem, struct assay_device_key **out,
    struct assay_error *err);
/*
 * Append the wrapped key as PEM, "TSS2 PRIVATE KEY": no secret of its own.
 * USAGE if the key was not made by assay_device_key_create() as a child.
 */
ASSAY_MUST_USE bool assay_device_key_save(const struct assay_device_key *key,
    struct assay_buffer *out, struct assay_error *err);
/* Keep it in the TPM under a persistent handle; the owner's right. */
ASSAY_MUST_USE bool assay_device_key_persist(struct assay_device_key *key,
    uint32_t handle, struct assay_error *err);
void assay_device_key_free(struct assay_device_key *key);	/* or NULL */

/* TPMT_PUBLIC, without size prefix. Borrowed. */
struct assay_bytes assay_device_key_public(
    const struct assay_device_key *key);
/* Hash of the scheme in the key; SHA-256 if it has none. */
enum assay_hash assay_device_key_hash(const struct assay_device_key *key);
/* The public key for software; free with assay_pkey_free(). */
ASSAY_MUST_USE bool assay_device_key_pkey(const struct assay_device_key *key,
    struct assay_pkey **out, struct assay_error *err);

/*
 * Append the raw signature (RSA: of the key's length; ECDSA: r || s) over a
 * digest, by a key that is not restricted. PSS with SHA-256 for RSA.
 */
ASSAY_MUST_USE bool assay_device_sign(struct assay_device_key *key,
    struct assay_bytes digest, struct assay_buffer *out,
    struct assay_error *err);

/* ---- attestation --------------------------------------------------------- */

/* A bank and, after reading, its values; alg is a TPM_ALG_ID. */
struct assay_device_bank {
	uint16_t	alg;
	uint32_t	mask;		/* bit i: PCR i */
	size_t		size;		/* of a digest; set when reading */
	uint8_t		value[ASSAY_DEVICE_PCRS][ASSAY_DIGEST_MAX];
};
/* TPM_ALG_ID of "sha256"; false for names of no bank. */
bool assay_device_bank_alg(const char *name, uint16_t *alg);
/* 0 and "unknown" for a hash that we do not know. */
size_t assay_device_bank_size(uint16_t alg);
const char *assay_device_bank_name(uint16_t alg);

/* The PCRs that the TPM keeps; at most ASSAY_DEVICE_BANKS that we know. */
ASSAY_MUST_USE bool assay_device_banks(struct assay_device *t,
    struct assay_device_bank *banks, size_t *n, struct assay_error *err);
/* TPM_FAILED naming the bank if the TPM does not keep what mask wants. */
ASSAY_MUST_USE bool assay_device_pcr_read(struct assay_device *t,
    struct assay_device_bank *bank, struct assay_error *err);

/*
 * Extend a PCR by one digest for each of n banks: what firmware does, for
 * simulated boots. digest[i] has the size of bank algs[i].
 */
ASSAY_MUST_USE bool assay_device_pcr_extend(struct assay_device *t,
    unsigned int pcr, const uint16_t *algs, const struct assay_digest *digest,
    size_t n, struct assay_error *err);

/* TPMS_ATTEST and TPMT_SIGNATURE. */
struct assay_device_attest {
	struct assay_buffer	attest, signature;
};
void assay_device_attest_free(struct assay_device_attest *a);

/*
 * Quote the PCRs of n banks, whose values are read too; what is given out
 * belongs together (PCRs that move meanwhile make it try again).
 */
ASSAY_MUST_USE bool assay_device_quote(struct assay_device_key *aik,
    struct assay_bytes qualifying, struct assay_device_bank *banks, size_t n,
    struct assay_device_attest *out, struct assay_error *err);
/* The AIK's word that key lives in the same TPM. */
ASSAY_MUST_USE bool assay_device_certify(struct assay_device_key *aik,
    struct assay_device_key *key, struct assay_bytes qualifying,
    struct assay_device_attest *out, struct assay_error *err);

/*
 * Append the secret of a credential made for this EK and the AIK's name.
 * blob is the content of TPM2B_ID_OBJECT, secret that of
 * TPM2B_ENCRYPTED_SECRET: without their size prefixes.
 */
ASSAY_MUST_USE bool assay_device_activate(struct assay_device_key *ek,
    struct assay_device_key *aik, struct assay_bytes blob,
    struct assay_bytes secret, struct assay_buffer *out,
    struct assay_error *err);

#endif
