/* SPDX-License-Identifier: Apache-2.0 */
/* In place of tpm_device*.c where tpm2-tss is not there: says so. */
#include <string.h>

#include "client/tpm_device.h"

static bool
absent(struct assay_error *err)
{
	return assay_fail(err, ASSAY_ERR_TPM_FAILED,
	    "this program was built without tpm2-tss: install libtss2-dev "
	    "and build it again with -Dtpm=enabled");
}

bool
assay_device_open(const char *tcti, struct assay_device **out,
    struct assay_error *err)
{
	(void)tcti;
	(void)out;
	return absent(err);
}

void
assay_device_close(struct assay_device *t)
{
	(void)t;
}

bool
assay_device_random(struct assay_device *t, void *out, size_t n,
    struct assay_error *err)
{
	(void)t;
	(void)out;
	(void)n;
	return absent(err);
}

bool
assay_device_nv_read(struct assay_device *t, uint32_t index,
    struct assay_buffer *out, bool *found, struct assay_error *err)
{
	(void)t;
	(void)index;
	(void)out;
	(void)found;
	return absent(err);
}

bool
assay_device_key_create(struct assay_device *t,
    enum assay_device_key_kind kind, uint32_t parent,
    struct assay_device_key **out, struct assay_error *err)
{
	(void)t;
	(void)kind;
	(void)parent;
	(void)out;
	return absent(err);
}

bool
assay_device_key_persistent(struct assay_device *t, uint32_t handle,
    struct assay_device_key **out, struct assay_error *err)
{
	(void)t;
	(void)handle;
	(void)out;
	return absent(err);
}

bool
assay_device_key_load(struct assay_device *t, struct assay_bytes pem,
    struct assay_device_key **out, struct assay_error *err)
{
	(void)t;
	(void)pem;
	(void)out;
	return absent(err);
}

bool
assay_device_key_save(const struct assay_device_key *key,
    struct assay_buffer *out, struct assay_error *err)
{
	(void)key;
	(void)out;
	return absent(err);
}

bool
assay_device_key_persist(struct assay_device_key *key, uint32_t handle,
    struct assay_error *err)
{
	(void)key;
	(void)handle;
	return absent(err);
}

void
assay_device_key_free(struct assay_device_key *key)
{
	(void)key;
}

struct assay_bytes
assay_device_key_public(const struct assay_device_key *key)
{
	(void)key;
	return (struct assay_bytes){ NULL, 0 };
}

enum assay_hash
assay_device_key_hash(const struct assay_device_key *key)
{
	(void)key;
	return ASSAY_SHA256;
}

bool
assay_device_key_pkey(const struct assay_device_key *key,
    struct assay_pkey **out, struct assay_error *err)
{
	(void)key;
	(void)out;
	return absent(err);
}

bool
assay_device_sign(struct assay_device_key *key, struct assay_bytes digest,
    struct assay_buffer *out, struct assay_error *err)
{
	(void)key;
	(void)digest;
	(void)out;
	return absent(err);
}

bool
assay_device_banks(struct assay_device *t, struct assay_device_bank *banks,
    size_t *n, struct assay_error *err)
{
	(void)t;
	(void)banks;
	(void)n;
	return absent(err);
}

bool
assay_device_pcr_read(struct assay_device *t, struct assay_device_bank *bank,
    struct assay_error *err)
{
	(void)t;
	(void)bank;
	return absent(err);
}

bool
assay_device_pcr_extend(struct assay_device *t, unsigned int pcr,
    const uint16_t *algs, const struct assay_digest *digest, size_t n,
    struct assay_error *err)
{
	(void)t;
	(void)pcr;
	(void)algs;
	(void)digest;
	(void)n;
	return absent(err);
}

void
assay_device_attest_free(struct assay_device_attest *a)
{
	assay_buffer_free(&a->attest);
	assay_buffer_free(&a->signature);
}

bool
assay_device_quote(struct assay_device_key *aik, struct assay_bytes qualifying,
    struct assay_device_bank *banks, size_t n,
    struct assay_device_attest *out, struct assay_error *err)
{
	(void)aik;
	(void)qualifying;
	(void)banks;
	(void)n;
	(void)out;
	return absent(err);
}

bool
assay_device_certify(struct assay_device_key *aik,
    struct assay_device_key *key, struct assay_bytes qualifying,
    struct assay_device_attest *out, struct assay_error *err)
{
	(void)aik;
	(void)key;
	(void)qualifying;
	(void)out;
	return absent(err);
}

bool
assay_device_activate(struct assay_device_key *ek,
    struct assay_device_key *aik, struct assay_bytes blob,
    struct assay_bytes secret, struct assay_buffer *out,
    struct assay_error *err)
{
	(void)ek;
	(void)aik;
	(void)blob;
	(void)secret;
	(void)out;
	return absent(err);
}
