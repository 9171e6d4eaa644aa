/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/limits.h"
#include "evidence/tpm_attest.h"
#include "evidence/tpm_wire.h"

/* PC Client platform profile: PCR_SELECT_MIN; libraries know 32 at most. */
#define SELECT_MIN	3
#define SELECT_MAX	4

/* Part 2, 10.6.2: TPMS_PCR_SELECTION; bit i of byte j is PCR 8 * j + i. */
static bool
parse_selection(struct assay_tpm_wire *w, struct assay_pcr_selection *out)
{
	uint8_t size, octet;

	*out = (struct assay_pcr_selection){ 0 };
	if (!assay_tpm_u16(w, "pcrSelect.hash", &out->alg) ||
	    !assay_tpm_u8(w, "pcrSelect.sizeofSelect", &size))
		return false;
	if (size < SELECT_MIN || size > SELECT_MAX)
		return assay_tpm_bad(w, "pcrSelect.sizeofSelect",
		    "%u, want %d or %d", size, SELECT_MIN, SELECT_MAX);
	for (unsigned int i = 0; i < size; i++) {
		if (!assay_tpm_u8(w, "pcrSelect.pcrSelect", &octet))
			return false;
		out->mask |= (uint32_t)octet << (8 * i);
	}
	if (out->mask >> ASSAY_PCR_COUNT != 0)
		return assay_tpm_bad(w, "pcrSelect.pcrSelect",
		    "a PCR above %d is selected", ASSAY_PCR_COUNT - 1);
	return true;
}

static bool
selected(const struct assay_tpm_attest *a, uint16_t alg)
{
	for (size_t i = 0; i < a->n_select; i++)
		if (a->select[i].alg == alg)
			return true;
	return false;
}

/* Part 2, 10.12.4: TPMS_QUOTE_INFO. */
static bool
parse_quote(struct assay_tpm_wire *w, struct assay_tpm_attest *out)
{
	struct assay_pcr_selection one;
	uint32_t count;

	if (!assay_tpm_u32(w, "pcrSelect.count", &count))
		return false;
	if (count > ASSAY_PCR_BANKS)
		return assay_tpm_bad(w, "pcrSelect.count",
		    "%" PRIu32 " banks, at most %d", count, ASSAY_PCR_BANKS);
	for (uint32_t i = 0; i < count; i++) {
		if (!parse_selection(w, &one))
			return false;
		if (selected(out, one.alg))
			return assay_tpm_bad(w, "pcrSelect.hash",
			    "bank 0x%04x is selected twice", one.alg);
		out->select[out->n_select++] = one;
	}
	return assay_tpm_sized(w, "pcrDigest", ASSAY_DIGEST_MAX,
	    &out->pcr_digest);
}

/* Part 2, 10.12.3: TPMS_CERTIFY_INFO. */
static bool
parse_certify(struct assay_tpm_wire *w, struct assay_tpm_attest *out)
{
	return assay_tpm_sized(w, "name", ASSAY_MAX_TPM_NAME, &out->name) &&
	    assay_tpm_sized(w, "qualifiedName", ASSAY_MAX_TPM_NAME,
	    &out->qualified_name);
}

/* Part 2, 10.11.1: TPMS_CLOCK_INFO. */
static bool
parse_clock(struct assay_tpm_wire *w, struct assay_tpm_attest *out)
{
	uint8_t safe;

	if (!assay_tpm_u64(w, "clock", &out->clock) ||
	    !assay_tpm_u32(w, "resetCount", &out->reset_count) ||
	    !assay_tpm_u32(w, "restartCount", &out->restart_count) ||
	    !assay_tpm_u8(w, "safe", &safe))
		return false;
	if (safe > 1)
		return assay_tpm_bad(w, "safe", "%u, want 0 or 1", safe);
	out->safe = safe != 0;
	return true;
}

/* The fields that every type has: part 2, 10.12.12. */
static bool
parse_head(struct assay_tpm_wire *w, struct assay_tpm_attest *out)
{
	return assay_tpm_u32(w, "magic", &out->magic) &&
	    assay_tpm_u16(w, "type", &out->type) &&
	    assay_tpm_sized(w, "qualifiedSigner", ASSAY_MAX_TPM_NAME,
	    &out->qualified_signer) &&
	    assay_tpm_sized(w, "extraData", ASSAY_MAX_TPM_NAME,
	    &out->extra_data) && parse_clock(w, out) &&
	    assay_tpm_u64(w, "firmwareVersion", &out->firmware_version);
}

bool
assay_tpm_attest_parse(struct assay_bytes in, struct assay_tpm_attest *out,
    struct assay_error *err)
{
	struct assay_tpm_wire w = { assay_reader(in), "TPMS_ATTEST",
	    ASSAY_ERR_TPM_ATTEST_MALFORMED, err };
	struct assay_tpm_attest a = { .raw = in };
	bool ok;

	if (!parse_head(&w, &a))
		return false;
	switch (a.type) {
	case ASSAY_TPM_ST_QUOTE:
		ok = parse_quote(&w, &a);
		break;
	case ASSAY_TPM_ST_CERTIFY:
		ok = parse_certify(&w, &a);
		break;
	default:
		return assay_fail(err, ASSAY_ERR_TPM_ATTEST_MALFORMED,
		    "TPMS_ATTEST: type is 0x%04x, want 0x%04x (quote) or "
		    "0x%04x (certify)", a.type, ASSAY_TPM_ST_QUOTE,
		    ASSAY_TPM_ST_CERTIFY);
	}
	if (!ok || !assay_tpm_end(&w))
		return false;
	*out = a;
	return true;
}

static bool
known_scheme(uint16_t alg, enum assay_tpm_scheme *out, struct assay_error *err)
{
	switch (alg) {
	case ASSAY_TPM_RSASSA:
	case ASSAY_TPM_RSAPSS:
	case ASSAY_TPM_ECDSA:
		*out = (enum assay_tpm_scheme)alg;
		return true;
	default:
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "TPMT_SIGNATURE: scheme 0x%04x, want RSASSA (0x0014), "
		    "RSAPSS (0x0016) or ECDSA (0x0018)", alg);
	}
}

bool
assay_tpm_signature_parse(struct assay_bytes in,
    struct assay_tpm_signature *out, struct assay_error *err)
{
	struct assay_tpm_wire w = { assay_reader(in), "TPMT_SIGNATURE",
	    ASSAY_ERR_TPM_SIGNATURE_MALFORMED, err };
	struct assay_tpm_signature s = { .hash = ASSAY_SHA256 };
	uint16_t alg, hash;

	if (!assay_tpm_u16(&w, "sigAlg", &alg) ||
	    !known_scheme(alg, &s.scheme, err) ||
	    !assay_tpm_u16(&w, "hash", &hash))
		return false;
	if (!assay_tpm_hash(hash, &s.hash))
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "TPMT_SIGNATURE: hash 0x%04x, want SHA-1 or SHA-2", hash);
	if (s.scheme == ASSAY_TPM_ECDSA ?
	    !assay_tpm_sized(&w, "signatureR", ASSAY_MAX_SIGNATURE_BYTES,
	    &s.r) || !assay_tpm_sized(&w, "signatureS",
	    ASSAY_MAX_SIGNATURE_BYTES, &s.s) :
	    !assay_tpm_sized(&w, "sig", ASSAY_MAX_SIGNATURE_BYTES, &s.rsa))
		return false;
	if (!assay_tpm_end(&w))
		return false;
	*out = s;
	return true;
}

static enum assay_sig_kind
kind_of(enum assay_tpm_scheme scheme)
{
	switch (scheme) {
	case ASSAY_TPM_RSASSA:
		return ASSAY_SIG_KIND_RSASSA;
	case ASSAY_TPM_RSAPSS:
		return ASSAY_SIG_KIND_RSAPSS;
	case ASSAY_TPM_ECDSA:
		return ASSAY_SIG_KIND_ECDSA;
	}
	return ASSAY_SIG_KIND_ECDSA;
}

bool
assay_tpm_signature_verify(const struct assay_tpm_signature *sig,
    const struct assay_pkey *key, struct assay_bytes data, bool sha1,
    struct assay_error *err)
{
	struct assay_sig_parts parts = { kind_of(sig->scheme), sig->hash,
	    sha1, sig->rsa, sig->r, sig->s };

	if (sig->hash == ASSAY_SHA1 && !sha1)
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "signature of the TPM is over SHA-1, want SHA-256 or "
		    "longer; the setting " ASSAY_TPM_SHA1_SETTING
		    " accepts SHA-1, which keys made by Windows sign with");
	return assay_sig_verify_parts(&parts, key, data, err);
}

/* Borrow the selected values of one bank, ascending. */
static bool
select_values(const struct assay_pcr_selection *sel,
    const struct assay_pcrs *pcrs, struct assay_bytes *parts, size_t *n,
    struct assay_error *err)
{
	const struct assay_pcr_bank *bank = assay_pcrs_bank(pcrs, sel->alg);

	for (unsigned int i = 0; i < ASSAY_PCR_COUNT; i++) {
		if ((sel->mask & UINT32_C(1) << i) == 0)
			continue;
		if (bank == NULL || (bank->mask & UINT32_C(1) << i) == 0)
			return assay_fail(err, ASSAY_ERR_BAD_FIELD,
			    "PCR %u of bank 0x%04x is quoted, but no value "
			    "is given", i, sel->alg);
		parts[(*n)++] = assay_pcr_value(bank, i);
	}
	return true;
}

bool
assay_tpm_pcr_digest(const struct assay_tpm_attest *quote,
    const struct assay_pcrs *pcrs, enum assay_hash hash,
    struct assay_digest *out, struct assay_error *err)
{
	struct assay_bytes parts[ASSAY_PCR_BANKS * ASSAY_PCR_COUNT];
	size_t n = 0;

	for (size_t i = 0; i < quote->n_select; i++)
		if (!select_values(&quote->select[i], pcrs, parts, &n, err))
			return false;
	return assay_digest_parts(hash, parts, n, out, err);
}
