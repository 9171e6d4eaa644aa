/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in a TPM: templates, making, loading, keeping. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/mem.h"
#include "client/tpm_device_impl.h"
#include "client/tpm_keyfile.h"

#define AES_CFB { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128,	\
	.mode.aes = TPM2_ALG_CFB }
#define ATTRIBUTES_OWN (TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | \
	TPMA_OBJECT_SENSITIVEDATAORIGIN)
#define ATTRIBUTES_AIK (ATTRIBUTES_OWN | TPMA_OBJECT_USERWITHAUTH |	\
	TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT)
#define ATTRIBUTES_EK (ATTRIBUTES_OWN | TPMA_OBJECT_ADMINWITHPOLICY |	\
	TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)

/* PolicySecret(TPM_RH_ENDORSEMENT): TCG EK credential profile 2.5, B.3.3. */
#define EK_POLICY { .size = 32, .buffer = {				\
	0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, \
	0x8d, 0x46, 0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, \
	0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa } }

/* Of high templates: PolicyB for SHA-384, B.6.5. Nobody needs it here, since
 * these keys also obey whoever knows their empty password. */
#define EK_POLICY_B_384 { .size = 48, .buffer = {			\
	0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8, 0x82, \
	0xbc, 0xf5, 0xfd, 0x3a, 0x1a, 0x07, 0x41, 0x48, 0xbb, 0x35, 0xd3, \
	0xb4, 0xe4, 0xcb, 0x1c, 0x0a, 0xd9, 0xbd, 0xe4, 0x19, 0xca, 0xcb, \
	0x47, 0xba, 0x09, 0x69, 0x96, 0x46, 0x15, 0x0f, 0x9f, 0xc0, 0x00, \
	0xf3, 0xf8, 0x0e, 0x12 } }
#define AES256_CFB { .algorithm = TPM2_ALG_AES, .keyBits.aes = 256,	\
	.mode.aes = TPM2_ALG_CFB }

/* By enum assay_device_key_kind. */
static const TPMT_PUBLIC templates[] = {
	[ASSAY_DEVICE_AIK_RSA] = {
		.type = TPM2_ALG_RSA, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = ATTRIBUTES_AIK,
		.parameters.rsaDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_RSASSA,
			    .details.rsassa.hashAlg = TPM2_ALG_SHA256 },
			.keyBits = 2048 },
	},
	[ASSAY_DEVICE_AIK_RSAPSS] = {
		.type = TPM2_ALG_RSA, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = ATTRIBUTES_AIK,
		.parameters.rsaDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_RSAPSS,
			    .details.rsapss.hashAlg = TPM2_ALG_SHA256 },
			.keyBits = 2048 },
	},
	[ASSAY_DEVICE_AIK_ECC] = {
		.type = TPM2_ALG_ECC, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = ATTRIBUTES_AIK,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_ECDSA,
			    .details.ecdsa.hashAlg = TPM2_ALG_SHA256 },
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL },
	},
	[ASSAY_DEVICE_REQUEST] = {
		.type = TPM2_ALG_RSA, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = ATTRIBUTES_OWN | TPMA_OBJECT_USERWITHAUTH |
		    TPMA_OBJECT_NODA | TPMA_OBJECT_SIGN_ENCRYPT,
		.parameters.rsaDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_RSAPSS,
			    .details.rsapss.hashAlg = TPM2_ALG_SHA256 },
			.keyBits = 2048 },
	},
	[ASSAY_DEVICE_EK_RSA] = {
		.type = TPM2_ALG_RSA, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = ATTRIBUTES_EK, .authPolicy = EK_POLICY,
		.parameters.rsaDetail = { .symmetric = AES_CFB,
			.scheme.scheme = TPM2_ALG_NULL, .keyBits = 2048 },
		.unique.rsa.size = 256,
	},
	[ASSAY_DEVICE_EK_ECC] = {
		.type = TPM2_ALG_ECC, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = ATTRIBUTES_EK, .authPolicy = EK_POLICY,
		.parameters.eccDetail = { .symmetric = AES_CFB,
			.scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL },
		.unique.ecc = { .x.size = 32, .y.size = 32 },
	},
	[ASSAY_DEVICE_EK_P384] = {
		.type = TPM2_ALG_ECC, .nameAlg = TPM2_ALG_SHA384,
		.objectAttributes = ATTRIBUTES_EK | TPMA_OBJECT_USERWITHAUTH,
		.authPolicy = EK_POLICY_B_384,
		.parameters.eccDetail = { .symmetric = AES256_CFB,
			.scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P384,
			.kdf.scheme = TPM2_ALG_NULL },
	},
	[ASSAY_DEVICE_EK_RSA3072] = {
		.type = TPM2_ALG_RSA, .nameAlg = TPM2_ALG_SHA384,
		.objectAttributes = ATTRIBUTES_EK | TPMA_OBJECT_USERWITHAUTH,
		.authPolicy = EK_POLICY_B_384,
		.parameters.rsaDetail = { .symmetric = AES256_CFB,
			.scheme.scheme = TPM2_ALG_NULL, .keyBits = 3072 },
	},
};

/* The storage primary that TSS2 key files mean by TPM_RH_OWNER. */
static const TPMT_PUBLIC storage_template = {
	.type = TPM2_ALG_ECC, .nameAlg = TPM2_ALG_SHA256,
	.objectAttributes = ATTRIBUTES_OWN | TPMA_OBJECT_USERWITHAUTH |
	    TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
	.parameters.eccDetail = { .symmetric = AES_CFB,
		.scheme.scheme = TPM2_ALG_NULL, .curveID = TPM2_ECC_NIST_P256,
		.kdf.scheme = TPM2_ALG_NULL },
};

static bool
create_primary(struct assay_device *t, ESYS_TR hierarchy,
    const TPMT_PUBLIC *template, ESYS_TR *tr, TPM2B_PUBLIC **pub,
    struct assay_error *err)
{
	const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	const TPM2B_PUBLIC in = { .publicArea = *template };
	const TPML_PCR_SELECTION pcrs = { 0 };
	const TPM2B_DATA outside = { 0 };
	unsigned int tries = 0;
	TSS2_RC rc;

	do {
		rc = Esys_CreatePrimary(t->esys, hierarchy, ESYS_TR_PASSWORD,
		    ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &in, &outside,
		    &pcrs, tr, pub, NULL, NULL, NULL);
	} while (device_again(t, rc, &tries));
	return rc == TSS2_RC_SUCCESS ||
	    device_fail(err, hierarchy == ESYS_TR_RH_ENDORSEMENT ?
	    "TPM2_CreatePrimary in the endorsement hierarchy" :
	    "TPM2_CreatePrimary in the owner hierarchy", rc);
}

static bool
handle_tr(struct assay_device *t, uint32_t handle, ESYS_TR *tr,
    struct assay_error *err)
{
	unsigned int tries = 0;
	char what[64];
	TSS2_RC rc;

	do {
		rc = Esys_TR_FromTPMPublic(t->esys, handle, ESYS_TR_NONE,
		    ESYS_TR_NONE, ESYS_TR_NONE, tr);
	} while (device_again(t, rc, &tries));
	if (rc == TSS2_RC_SUCCESS)
		return true;
	(void)snprintf(what, sizeof(what), "TPM2_ReadPublic of 0x%08x",
	    handle);
	return device_fail(err, what, rc);
}

static bool
open_parent(struct assay_device *t, uint32_t parent, ESYS_TR *tr,
    struct assay_error *err)
{
	return parent == ASSAY_DEVICE_OWNER ? create_primary(t,
	    ESYS_TR_RH_OWNER, &storage_template, tr, NULL, err) :
	    handle_tr(t, parent, tr, err);
}

static void
close_parent(struct assay_device *t, uint32_t parent, ESYS_TR *tr)
{
	if (parent == ASSAY_DEVICE_OWNER)
		device_flush(t, tr);
	else if (*tr != ESYS_TR_NONE)
		(void)Esys_TR_Close(t->esys, tr);
}

/* ---- one key -------------------------------------------------------------- */

static struct assay_device_key *
key_alloc(struct assay_device *t, struct assay_error *err)
{
	struct assay_device_key *key = assay_alloc(1, sizeof(*key));

	if (key == NULL) {
		(void)assay_fail_memory(err, "key of the TPM");
		return NULL;
	}
	key->device = t;
	key->tr = ESYS_TR_NONE;
	key->tpmt = assay_buffer(sizeof(TPMT_PUBLIC));
	return key;
}

/* What follows from tr and pub: the marshalled form and the slot. */
static bool
key_finish(struct assay_device_key *key, struct assay_error *err)
{
	uint8_t bytes[sizeof(TPMT_PUBLIC)];
	size_t len = 0;
	TSS2_RC rc;

	rc = Tss2_MU_TPMT_PUBLIC_Marshal(&key->pub.publicArea, bytes,
	    sizeof(bytes), &len);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TR_GetTpmHandle(key->device->esys, key->tr,
		    &key->handle);
	if (rc != TSS2_RC_SUCCESS)
		return device_fail(err, "public area", rc);
	device_keep(key->device, key->handle);
	(void)assay_buffer_put(&key->tpmt,
	    (struct assay_bytes){ bytes, len });
	return assay_buffer_ok(&key->tpmt, "public area", err);
}

static bool
load_child(struct assay_device_key *key, ESYS_TR parent,
    struct assay_error *err)
{
	struct assay_device *t = key->device;
	unsigned int tries = 0;
	TSS2_RC rc;

	do {
		rc = Esys_Load(t->esys, parent, ESYS_TR_PASSWORD, ESYS_TR_NONE,
		    ESYS_TR_NONE, &key->priv, &key->pub, &key->tr);
	} while (device_again(t, rc, &tries));
	return rc == TSS2_RC_SUCCESS || device_fail(err, "TPM2_Load", rc);
}

static bool
create_child(struct assay_device_key *key, const TPMT_PUBLIC *template,
    ESYS_TR parent, struct assay_error *err)
{
	const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	const TPM2B_PUBLIC in = { .publicArea = *template };
	const TPML_PCR_SELECTION pcrs = { 0 };
	const TPM2B_DATA outside = { 0 };
	TPM2B_PRIVATE *priv = NULL;
	TPM2B_PUBLIC *pub = NULL;
	unsigned int tries = 0;
	TSS2_RC rc;

	do {
		rc = Esys_Create(key->device->esys, parent, ESYS_TR_PASSWORD,
		    ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &in, &outside,
		    &pcrs, &priv, &pub, NULL, NULL, NULL);
	} while (device_again(key->device, rc, &tries));
	if (rc != TSS2_RC_SUCCESS)
		return device_fail(err, "TPM2_Create", rc);
	key->priv = *priv;
	key->pub = *pub;
	Esys_Free(priv);
	Esys_Free(pub);
	return load_child(key, parent, err);
}

static bool
create_ek(struct assay_device_key *key, const TPMT_PUBLIC *template,
    struct assay_error *err)
{
	TPM2B_PUBLIC *pub = NULL;

	if (!create_primary(key->device, ESYS_TR_RH_ENDORSEMENT, template,
	    &key->tr, &pub, err))
		return false;
	key->pub = *pub;
	Esys_Free(pub);
	return true;
}

/*
 * The parent goes before its child is kept: three slots are all that the
 * smallest TPM has.
 */
static bool
make_child(struct assay_device_key *key, const TPMT_PUBLIC *template,
    struct assay_error *err)
{
	struct assay_device *t = key->device;
	ESYS_TR parent = ESYS_TR_NONE;
	TPM2_HANDLE handle = 0;
	bool ok;

	if (!open_parent(t, key->parent, &parent, err))
		return false;
	(void)Esys_TR_GetTpmHandle(t->esys, parent, &handle);
	device_keep(t, handle);
	ok = template != NULL ? create_child(key, template, parent, err) :
	    load_child(key, parent, err);
	device_drop(t, handle);
	close_parent(t, key->parent, &parent);
	return ok;
}

bool
assay_device_key_create(struct assay_device *t,
    enum assay_device_key_kind kind, uint32_t parent,
    struct assay_device_key **out, struct assay_error *err)
{
	struct assay_device_key *key = key_alloc(t, err);
	bool ek = kind >= ASSAY_DEVICE_EK_RSA;

	if (key == NULL)
		return false;
	key->parent = ek ? 0 : parent;
	if (!(ek ? create_ek(key, &templates[kind], err) :
	    make_child(key, &templates[kind], err)) || !key_finish(key, err)) {
		assay_device_key_free(key);
		return false;
	}
	*out = key;
	return true;
}

bool
assay_device_key_persistent(struct assay_device *t, uint32_t handle,
    struct assay_device_key **out, struct assay_error *err)
{
	struct assay_device_key *key = key_alloc(t, err);
	TPM2B_PUBLIC *pub = NULL;
	unsigned int tries = 0;
	TSS2_RC rc;

	if (key == NULL)
		return false;
	if (!handle_tr(t, handle, &key->tr, err))
		goto fail;
	do {
		rc = Esys_ReadPublic(t->esys, key->tr, ESYS_TR_NONE,
		    ESYS_TR_NONE, ESYS_TR_NONE, &pub, NULL, NULL);
	} while (device_again(t, rc, &tries));
	if (rc != TSS2_RC_SUCCESS) {
		(void)device_fail(err, "TPM2_ReadPublic", rc);
		goto fail;
	}
	key->pub = *pub;
	Esys_Free(pub);
	if (!key_finish(key, err))
		goto fail;
	*out = key;
	return true;
fail:
	assay_device_key_free(key);
	return false;
}

/* ---- kept in files and in the TPM ----------------------------------------- */

static bool
unwrap(const struct assay_keyfile *file, struct assay_device_key *key,
    struct assay_error *err)
{
	size_t at_pub = 0, at_priv = 0;

	key->parent = file->parent;
	if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(file->pub.ptr, file->pub.len,
	    &at_pub, &key->pub) != TSS2_RC_SUCCESS ||
	    at_pub != file->pub.len ||
	    Tss2_MU_TPM2B_PRIVATE_Unmarshal(file->priv.ptr, file->priv.len,
	    &at_priv, &key->priv) != TSS2_RC_SUCCESS ||
	    at_priv != file->priv.len)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "key file: its structures of the TPM do not parse");
	return true;
}

bool
assay_device_key_load(struct assay_device *t, struct assay_bytes pem,
    struct assay_device_key **out, struct assay_error *err)
{
	struct assay_device_key *key = key_alloc(t, err);
	struct assay_keyfile file = { 0 };
	bool ok;

	if (key == NULL)
		return false;
	ok = assay_keyfile_parse(pem, &file, err) && unwrap(&file, key, err) &&
	    make_child(key, NULL, err) && key_finish(key, err);
	assay_keyfile_free(&file);
	if (!ok) {
		assay_device_key_free(key);
		return false;
	}
	*out = key;
	return true;
}

bool
assay_device_key_save(const struct assay_device_key *key,
    struct assay_buffer *out, struct assay_error *err)
{
	uint8_t pub[sizeof(TPM2B_PUBLIC)], priv[sizeof(TPM2B_PRIVATE)];
	struct assay_keyfile file = { .parent = key->parent };
	size_t n_pub = 0, n_priv = 0;

	if (key->parent == 0)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "a key that the TPM keeps cannot be saved to a file");
	if (Tss2_MU_TPM2B_PUBLIC_Marshal(&key->pub, pub, sizeof(pub), &n_pub)
	    != TSS2_RC_SUCCESS || Tss2_MU_TPM2B_PRIVATE_Marshal(&key->priv,
	    priv, sizeof(priv), &n_priv) != TSS2_RC_SUCCESS)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "key of the TPM cannot be written");
	file.pub = (struct assay_bytes){ pub, n_pub };
	file.priv = (struct assay_bytes){ priv, n_priv };
	return assay_keyfile_write(&file, out, err);
}

bool
assay_device_key_persist(struct assay_device_key *key, uint32_t handle,
    struct assay_error *err)
{
	struct assay_device *t = key->device;
	ESYS_TR kept = ESYS_TR_NONE;
	unsigned int tries = 0;
	TSS2_RC rc;

	do {
		rc = Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, key->tr,
		    ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, handle,
		    &kept);
	} while (device_again(t, rc, &tries));
	if (rc != TSS2_RC_SUCCESS)
		return device_fail(err, "TPM2_EvictControl", rc);
	(void)Esys_TR_Close(t->esys, &kept);
	return true;
}

void
assay_device_key_free(struct assay_device_key *key)
{
	if (key == NULL)
		return;
	if (key->tr != ESYS_TR_NONE) {
		device_drop(key->device, key->handle);
		if (key->handle >> TPM2_HR_SHIFT == TPM2_HT_PERSISTENT)
			(void)Esys_TR_Close(key->device->esys, &key->tr);
		else
			device_flush(key->device, &key->tr);
	}
	assay_buffer_free(&key->tpmt);
	free(key);
}

/* ---- what it is ----------------------------------------------------------- */

struct assay_bytes
assay_device_key_public(const struct assay_device_key *key)
{
	return assay_buffer_bytes(&key->tpmt);
}

enum assay_hash
assay_device_key_hash(const struct assay_device_key *key)
{
	const TPMT_PUBLIC *p = &key->pub.publicArea;
	TPM2_ALG_ID scheme, hash;

	/* Every scheme of the unions begins with its hash. */
	if (p->type == TPM2_ALG_RSA) {
		scheme = p->parameters.rsaDetail.scheme.scheme;
		hash = p->parameters.rsaDetail.scheme.details.anySig.hashAlg;
	} else {
		scheme = p->parameters.eccDetail.scheme.scheme;
		hash = p->parameters.eccDetail.scheme.details.anySig.hashAlg;
	}
	if (scheme == TPM2_ALG_NULL)
		return ASSAY_SHA256;
	switch (hash) {
	case TPM2_ALG_SHA1:
		return ASSAY_SHA1;
	case TPM2_ALG_SHA384:
		return ASSAY_SHA384;
	case TPM2_ALG_SHA512:
		return ASSAY_SHA512;
	default:
		return ASSAY_SHA256;
	}
}

/* The TPM leaves out leading zeros in some versions: a point has none. */
static bool
point_key(const TPMS_ECC_POINT *p, struct assay_pkey **out,
    struct assay_error *err)
{
	uint8_t xy[64] = { 0 };

	if (p->x.size > 32 || p->y.size > 32)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "ECC key of the TPM is not on P-256");
	memcpy(xy + 32 - p->x.size, p->x.buffer, p->x.size);
	memcpy(xy + 64 - p->y.size, p->y.buffer, p->y.size);
	return assay_pkey_from_point(ASSAY_KEY_EC_P256,
	    (struct assay_bytes){ xy, sizeof(xy) }, out, err);
}

bool
assay_device_key_pkey(const struct assay_device_key *key,
    struct assay_pkey **out, struct assay_error *err)
{
	const TPMT_PUBLIC *p = &key->pub.publicArea;
	uint32_t e = p->parameters.rsaDetail.exponent;
	uint8_t exponent[4];

	if (p->type == TPM2_ALG_ECC) {
		if (p->parameters.eccDetail.curveID != TPM2_ECC_NIST_P256)
			return assay_fail(err, ASSAY_ERR_KEY_INVALID,
			    "ECC key of the TPM is not on P-256");
		return point_key(&p->unique.ecc, out, err);
	}
	if (p->type != TPM2_ALG_RSA)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "key of the TPM is neither RSA nor ECC");
	/* Part 2, 12.2.3.5: zero means 2^16 + 1. */
	e = e == 0 ? 65537 : e;
	for (int i = 0; i < 4; i++)
		exponent[i] = (uint8_t)(e >> (24 - 8 * i));
	return assay_pkey_from_rsa((struct assay_bytes){
	    p->unique.rsa.buffer, p->unique.rsa.size },
	    (struct assay_bytes){ exponent, 4 }, out, err);
}
