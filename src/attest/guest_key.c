/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "attest/guest_key.h"
#include "attest/tpm_bind.h"
#include "base/encode.h"

#define CC_POLICY_PCR	0x0000017f		/* part 2, 6.5.2 */
#define SELECT_SIZE	3			/* PC Client TPM profile */

/* ---- the AIK ------------------------------------------------------------ */

#define OF_THIS_TPM	(ASSAY_TPMA_FIXED_TPM | ASSAY_TPMA_FIXED_PARENT | \
			ASSAY_TPMA_SENSITIVE_DATA_ORIGIN)

static bool
has_attributes(const struct assay_tpm_public *pub, uint32_t want,
    uint32_t unwanted)
{
	return (pub->attributes & want) == want &&
	    (pub->attributes & unwanted) == 0;
}

bool
assay_guest_aik(const struct assay_guest_submission *g,
    struct assay_checks *checks, struct assay_error *err)
{
	const uint32_t want = OF_THIS_TPM | ASSAY_TPMA_RESTRICTED |
	    ASSAY_TPMA_SIGN;

	return assay_check(checks, ASSAY_CHECK_GUEST_AIK_ATTRIBUTES,
	    has_attributes(&g->aik, want, ASSAY_TPMA_DECRYPT)) ||
	    assay_fail(err, ASSAY_ERR_AIK_REFUSED,
	    "AikPub has attributes 0x%08" PRIx32 ", want 0x%08" PRIx32
	    " and not 0x%08" PRIx32 ": a restricted signing key that cannot "
	    "leave its TPM", g->aik.attributes, want, ASSAY_TPMA_DECRYPT);
}

/* ---- the key for the answer --------------------------------------------- */

/*
 * Without userWithAuth only the policy lets anybody use the key: otherwise it
 * would be used whatever the PCRs are (part 1, 19.2).
 */
static bool
check_key(const struct assay_tpm_public *key, struct assay_checks *checks,
    struct assay_error *err)
{
	const uint32_t want = OF_THIS_TPM | ASSAY_TPMA_DECRYPT;
	const uint32_t unwanted = ASSAY_TPMA_RESTRICTED | ASSAY_TPMA_SIGN |
	    ASSAY_TPMA_USER_WITH_AUTH;

	if (!assay_check(checks, ASSAY_CHECK_GUEST_KEY_ATTRIBUTES,
	    has_attributes(key, want, unwanted)))
		return assay_fail(err, ASSAY_ERR_GUEST_KEY_REFUSED,
		    "EncKeyPub has attributes 0x%08" PRIx32 ", want 0x%08"
		    PRIx32 " and not 0x%08" PRIx32 ": a decryption key of "
		    "this TPM that is used by policy alone", key->attributes,
		    want, unwanted);
	if (!assay_check(checks, ASSAY_CHECK_GUEST_KEY_ALGORITHMS,
	    key->type == ASSAY_TPM_ALG_RSA && key->name_alg !=
	    ASSAY_TPM_ALG_SHA1 && (key->scheme == ASSAY_TPM_ALG_NULL ||
	    key->scheme == ASSAY_TPM_ALG_RSAES)))
		return assay_fail(err, ASSAY_ERR_GUEST_KEY_REFUSED,
		    "EncKeyPub has type 0x%04x, nameAlg 0x%04x, scheme 0x%04x; "
		    "want RSA (0x0001), SHA-2 and no scheme (0x0010) or RSAES "
		    "(0x0015)", key->type, key->name_alg, key->scheme);
	return true;
}

/* TPML_PCR_SELECTION as the quote has it: part 2, 10.9.7. */
static void
put_selection(const struct assay_tpm_attest *quote, struct assay_buffer *out)
{
	(void)assay_buffer_put_be(out, quote->n_select, 4);
	for (size_t i = 0; i < quote->n_select; i++) {
		(void)assay_buffer_put_be(out, quote->select[i].alg, 2);
		(void)assay_buffer_putc(out, SELECT_SIZE);
		(void)assay_buffer_put_le(out, quote->select[i].mask,
		    SELECT_SIZE);
	}
}

/*
 * Part 3, 23.7: H(0...0 || TPM_CC_PolicyPCR || selection || H(values)), all
 * with the hash of the key's name.
 */
static bool
policy_digest(const struct assay_tpm_public *key,
    const struct assay_tpm_state *state, struct assay_digest *out,
    struct assay_error *err)
{
	struct assay_buffer in = assay_buffer(1024);
	struct assay_digest values;
	enum assay_hash hash;
	bool ok;

	if (!assay_tpm_hash(key->name_alg, &hash))
		return assay_fail(err, ASSAY_ERR_INTERNAL, "nameAlg");
	if (!assay_tpm_pcr_digest(&state->quote, &state->pcrs, hash, &values,
	    err))
		return false;
	(void)assay_buffer_fill(&in, 0, assay_hash_size(hash));
	(void)assay_buffer_put_be(&in, CC_POLICY_PCR, 4);
	put_selection(&state->quote, &in);
	(void)assay_buffer_put(&in, assay_digest_bytes(&values));
	ok = assay_buffer_ok(&in, "policy", err) &&
	    assay_digest(hash, assay_buffer_bytes(&in), out, err);
	assay_buffer_free(&in);
	return ok;
}

static bool
check_policy(const struct assay_tpm_public *key,
    const struct assay_tpm_state *state, struct assay_checks *checks,
    struct assay_error *err)
{
	char found[2 * ASSAY_DIGEST_MAX + 1], wanted[sizeof(found)];
	struct assay_digest want;

	if (!policy_digest(key, state, &want, err))
		return false;
	if (assay_check(checks, ASSAY_CHECK_GUEST_KEY_POLICY,
	    assay_bytes_equal(key->auth_policy, assay_digest_bytes(&want))))
		return true;
	assay_hex(key->auth_policy, found);
	assay_hex(assay_digest_bytes(&want), wanted);
	return assay_fail(err, ASSAY_ERR_GUEST_KEY_POLICY_MISMATCH,
	    "EncKeyPub has authPolicy \"%s\", TPM2_PolicyPCR of the quoted "
	    "PCRs gives %s", found, wanted);
}

/* Of another boot, the quote would speak of PCRs that are gone. */
static bool
check_boot(const struct assay_tpm_attest *quote,
    const struct assay_tpm_attest *certify, struct assay_checks *checks,
    struct assay_error *err)
{
	return assay_check(checks, ASSAY_CHECK_GUEST_SAME_BOOT,
	    quote->reset_count == certify->reset_count &&
	    quote->restart_count == certify->restart_count) ||
	    assay_fail(err, ASSAY_ERR_BOOT_MISMATCH,
	    "quote has resetCount %u, restartCount %u, the certification %u "
	    "and %u: another boot", quote->reset_count, quote->restart_count,
	    certify->reset_count, certify->restart_count);
}

bool
assay_guest_key(const struct assay_guest_submission *g,
    const struct assay_tpm_state *state, struct assay_checks *checks,
    struct assay_error *err)
{
	struct assay_tpm_attest attest = { 0 };
	const struct assay_tpm_certified c = {
		.seal = { .attest = g->certification,
		    .signature = g->signature, .bare = true,
		    .aik = g->aik.key },
		.out = &attest,
	};

	return (assay_tpm_bind_certified(&c, &g->key, checks, err) ||
	    assay_fail_in(err, "EncKeyCertifyInfo")) &&
	    check_boot(&state->quote, &attest, checks, err) &&
	    check_key(&g->key, checks, err) &&
	    check_policy(&g->key, state, checks, err);
}
