/* SPDX-License-Identifier: Apache-2.0 */
/* What a TPM says under its keys: quotes, certifications, credentials. */
#include <string.h>

#include <tss2/tss2_mu.h>

#include "client/tpm_device_impl.h"

#define QUOTE_TRIES	5	/* while PCRs move */

static const TPMT_SIG_SCHEME own_scheme = { .scheme = TPM2_ALG_NULL };

void
assay_device_attest_free(struct assay_device_attest *a)
{
	assay_buffer_free(&a->attest);
	assay_buffer_free(&a->signature);
}

static bool
take_qualifying(struct assay_bytes in, TPM2B_DATA *out,
    struct assay_error *err)
{
	if (in.len > sizeof(out->buffer))
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "qualifying data of %zu bytes, at most %zu", in.len,
		    sizeof(out->buffer));
	out->size = (UINT16)in.len;
	memcpy(out->buffer, in.ptr, in.len);
	return true;
}

/* Both answers of the TPM as bytes; takes and frees them. */
static bool
take_answer(TPM2B_ATTEST *attest, TPMT_SIGNATURE *sig,
    struct assay_device_attest *out, struct assay_error *err)
{
	uint8_t bytes[sizeof(TPMT_SIGNATURE)];
	size_t len = 0;
	TSS2_RC rc;

	rc = Tss2_MU_TPMT_SIGNATURE_Marshal(sig, bytes, sizeof(bytes), &len);
	out->attest = assay_buffer(sizeof(TPMS_ATTEST));
	out->signature = assay_buffer(sizeof(bytes));
	(void)assay_buffer_put(&out->attest, (struct assay_bytes){
	    attest->attestationData, attest->size });
	(void)assay_buffer_put(&out->signature,
	    (struct assay_bytes){ bytes, len });
	Esys_Free(attest);
	Esys_Free(sig);
	if (rc != TSS2_RC_SUCCESS)
		return device_fail(err, "signature of the TPM", rc);
	return assay_buffer_ok(&out->attest, "TPMS_ATTEST", err) &&
	    assay_buffer_ok(&out->signature, "TPMT_SIGNATURE", err);
}

/* ---- quotes --------------------------------------------------------------- */

static bool
quote_once(struct assay_device_key *aik, const TPM2B_DATA *qualifying,
    const TPML_PCR_SELECTION *select, struct assay_device_attest *out,
    struct assay_error *err)
{
	struct assay_device *t = aik->device;
	TPM2B_ATTEST *attest = NULL;
	TPMT_SIGNATURE *sig = NULL;
	unsigned int tries = 0;
	TSS2_RC rc;

	do {
		rc = Esys_Quote(t->esys, aik->tr, ESYS_TR_PASSWORD,
		    ESYS_TR_NONE, ESYS_TR_NONE, qualifying, &own_scheme,
		    select, &attest, &sig);
	} while (device_again(t, rc, &tries));
	if (rc != TSS2_RC_SUCCESS)
		return device_fail(err, "TPM2_Quote", rc);
	return take_answer(attest, sig, out, err);
}

/* Part 3, 18.4: H of the values, bank by bank, ascending. */
static bool
digest_of(const struct assay_device_bank *banks, size_t n,
    enum assay_hash hash, struct assay_digest *out, struct assay_error *err)
{
	struct assay_bytes parts[ASSAY_DEVICE_BANKS * ASSAY_DEVICE_PCRS];
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t p = 0; p < ASSAY_DEVICE_PCRS; p++)
			if ((banks[i].mask >> p & 1) != 0)
				parts[count++] = (struct assay_bytes){
				    banks[i].value[p], banks[i].size };
	return assay_digest_parts(hash, parts, count, out, err);
}

/* Does the quote speak of just these values? */
static bool
is_of_values(const struct assay_device_attest *quote,
    const struct assay_digest *digest)
{
	TPMS_ATTEST a;
	size_t at = 0;

	return Tss2_MU_TPMS_ATTEST_Unmarshal(quote->attest.ptr,
	    quote->attest.len, &at, &a) == TSS2_RC_SUCCESS &&
	    a.type == TPM2_ST_ATTEST_QUOTE &&
	    assay_bytes_equal(assay_digest_bytes(digest),
	    (struct assay_bytes){ a.attested.quote.pcrDigest.buffer,
	    a.attested.quote.pcrDigest.size });
}

static void
select_banks(const struct assay_device_bank *banks, size_t n,
    TPML_PCR_SELECTION *out)
{
	memset(out, 0, sizeof(*out));
	out->count = (UINT32)n;
	for (size_t i = 0; i < n; i++) {
		out->pcrSelections[i].hash = banks[i].alg;
		out->pcrSelections[i].sizeofSelect = 3;
		for (int k = 0; k < 3; k++)
			out->pcrSelections[i].pcrSelect[k] =
			    (BYTE)(banks[i].mask >> 8 * k);
	}
}

static bool
read_banks(struct assay_device *t, struct assay_device_bank *banks, size_t n,
    struct assay_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (!assay_device_pcr_read(t, &banks[i], err))
			return false;
	return true;
}

bool
assay_device_quote(struct assay_device_key *aik, struct assay_bytes qualifying,
    struct assay_device_bank *banks, size_t n,
    struct assay_device_attest *out, struct assay_error *err)
{
	struct assay_device_attest quote = { 0 };
	struct assay_digest digest;
	TPML_PCR_SELECTION select;
	TPM2B_DATA data;

	if (n == 0 || n > ASSAY_DEVICE_BANKS)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "%zu PCR banks to quote, want 1 to %d", n,
		    ASSAY_DEVICE_BANKS);
	if (!take_qualifying(qualifying, &data, err))
		return false;
	select_banks(banks, n, &select);
	for (int i = 0; i < QUOTE_TRIES; i++) {
		if (!read_banks(aik->device, banks, n, err) ||
		    !digest_of(banks, n, assay_device_key_hash(aik), &digest,
		    err) || !quote_once(aik, &data, &select, &quote, err))
			break;
		if (is_of_values(&quote, &digest)) {
			*out = quote;
			return true;
		}
		assay_device_attest_free(&quote);
		(void)assay_fail(err, ASSAY_ERR_TPM_FAILED,
		    "PCRs kept moving while they were quoted, %d times",
		    QUOTE_TRIES);
	}
	assay_device_attest_free(&quote);
	return false;
}

bool
assay_device_certify(struct assay_device_key *aik,
    struct assay_device_key *key, struct assay_bytes qualifying,
    struct assay_device_attest *out, struct assay_error *err)
{
	struct assay_device *t = aik->device;
	struct assay_device_attest made = { 0 };
	TPM2B_ATTEST *attest = NULL;
	TPMT_SIGNATURE *sig = NULL;
	unsigned int tries = 0;
	TPM2B_DATA data;
	TSS2_RC rc;

	if (!take_qualifying(qualifying, &data, err))
		return false;
	do {
		rc = Esys_Certify(t->esys, key->tr, aik->tr, ESYS_TR_PASSWORD,
		    ESYS_TR_PASSWORD, ESYS_TR_NONE, &data, &own_scheme,
		    &attest, &sig);
	} while (device_again(t, rc, &tries));
	if (rc != TSS2_RC_SUCCESS)
		return device_fail(err, "TPM2_Certify", rc);
	if (!take_answer(attest, sig, &made, err)) {
		assay_device_attest_free(&made);
		return false;
	}
	*out = made;
	return true;
}

/* ---- signatures ----------------------------------------------------------- */

static void
put_padded(struct assay_buffer *out, const TPM2B_ECC_PARAMETER *v)
{
	(void)assay_buffer_fill(out, 0, v->size < 32 ? 32u - v->size : 0);
	(void)assay_buffer_put(out, (struct assay_bytes){ v->buffer,
	    v->size });
}

bool
assay_device_sign(struct assay_device_key *key, struct assay_bytes digest,
    struct assay_buffer *out, struct assay_error *err)
{
	const TPMT_TK_HASHCHECK none = { .tag = TPM2_ST_HASHCHECK,
	    .hierarchy = TPM2_RH_NULL };
	TPMT_SIG_SCHEME how = { .scheme = TPM2_ALG_RSAPSS,
	    .details.any.hashAlg = TPM2_ALG_SHA256 };
	struct assay_device *t = key->device;
	TPM2B_DIGEST in = { .size = (UINT16)digest.len };
	TPMT_SIGNATURE *sig = NULL;
	unsigned int tries = 0;
	TSS2_RC rc;

	if (digest.len > sizeof(in.buffer))
		return assay_fail(err, ASSAY_ERR_INTERNAL, "digest to sign");
	memcpy(in.buffer, digest.ptr, digest.len);
	if (key->pub.publicArea.type == TPM2_ALG_ECC)
		how.scheme = TPM2_ALG_ECDSA;
	do {
		rc = Esys_Sign(t->esys, key->tr, ESYS_TR_PASSWORD,
		    ESYS_TR_NONE, ESYS_TR_NONE, &in, &how, &none, &sig);
	} while (device_again(t, rc, &tries));
	if (rc != TSS2_RC_SUCCESS)
		return device_fail(err, "TPM2_Sign", rc);
	if (sig->sigAlg == TPM2_ALG_ECDSA) {
		put_padded(out, &sig->signature.ecdsa.signatureR);
		put_padded(out, &sig->signature.ecdsa.signatureS);
	} else {
		(void)assay_buffer_put(out, (struct assay_bytes){
		    sig->signature.rsapss.sig.buffer,
		    sig->signature.rsapss.sig.size });
	}
	Esys_Free(sig);
	return assay_buffer_ok(out, "signature", err);
}

/* ---- credentials ---------------------------------------------------------- */

/*
 * An EK of a low template does what it does for whoever has the endorsement
 * hierarchy's word; one of a high template also for its empty password.
 */
static bool
ek_session(struct assay_device *t, ESYS_TR *session, struct assay_error *err)
{
	const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	unsigned int tries = 0;
	TSS2_RC rc;

	do {
		rc = Esys_StartAuthSession(t->esys, ESYS_TR_NONE, ESYS_TR_NONE,
		    ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL,
		    TPM2_SE_POLICY, &none, TPM2_ALG_SHA256, session);
	} while (device_again(t, rc, &tries));
	if (rc != TSS2_RC_SUCCESS)
		return device_fail(err, "TPM2_StartAuthSession", rc);
	do {
		rc = Esys_PolicySecret(t->esys, ESYS_TR_RH_ENDORSEMENT,
		    *session, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
		    NULL, NULL, NULL, 0, NULL, NULL);
	} while (device_again(t, rc, &tries));
	return rc == TSS2_RC_SUCCESS || device_fail(err,
	    "TPM2_PolicySecret of the endorsement hierarchy", rc);
}

/*
 * One try of the command; a policy session is good for one, so that another
 * try needs another session.
 */
static TSS2_RC
activate_once(struct assay_device_key *ek, struct assay_device_key *aik,
    const TPM2B_ID_OBJECT *blob, const TPM2B_ENCRYPTED_SECRET *secret,
    TPM2B_DIGEST **out, bool *session_failed, struct assay_error *err)
{
	struct assay_device *t = ek->device;
	ESYS_TR session = ESYS_TR_NONE;
	TSS2_RC rc = TSS2_RC_SUCCESS;
	bool password = (ek->pub.publicArea.objectAttributes &
	    TPMA_OBJECT_USERWITHAUTH) != 0;

	*session_failed = !password && !ek_session(t, &session, err);
	if (!*session_failed)
		rc = Esys_ActivateCredential(t->esys, aik->tr, ek->tr,
		    ESYS_TR_PASSWORD, password ? ESYS_TR_PASSWORD : session,
		    ESYS_TR_NONE, blob, secret, out);
	device_flush(t, &session);
	return rc;
}

bool
assay_device_activate(struct assay_device_key *ek,
    struct assay_device_key *aik, struct assay_bytes blob,
    struct assay_bytes secret, struct assay_buffer *out,
    struct assay_error *err)
{
	TPM2B_ENCRYPTED_SECRET seed = { .size = (UINT16)secret.len };
	TPM2B_ID_OBJECT object = { .size = (UINT16)blob.len };
	TPM2B_DIGEST *info = NULL;
	unsigned int tries = 0;
	bool no_session;
	TSS2_RC rc;

	if (blob.len > sizeof(object.credential) ||
	    secret.len > sizeof(seed.secret))
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "credential of %zu and %zu bytes is larger than any TPM "
		    "takes", blob.len, secret.len);
	memcpy(object.credential, blob.ptr, blob.len);
	memcpy(seed.secret, secret.ptr, secret.len);
	do {
		rc = activate_once(ek, aik, &object, &seed, &info,
		    &no_session, err);
		if (no_session)
			return false;
	} while (device_again(ek->device, rc, &tries));
	if (rc != TSS2_RC_SUCCESS)
		return device_fail(err, "TPM2_ActivateCredential", rc);
	(void)assay_buffer_put(out, (struct assay_bytes){ info->buffer,
	    info->size });
	Esys_Free(info);
	return assay_buffer_ok(out, "secret of the credential", err);
}
