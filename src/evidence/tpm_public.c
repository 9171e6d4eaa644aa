/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "evidence/tpm_public.h"
#include "evidence/tpm_wire.h"

/* Part 2, table 9. */
#define ALG_ECDAA	0x001a
#define ALG_ECC_FIRST	0x0018	/* ECDSA, ECDH, ECDAA, SM2, ECSCHNORR, */
#define ALG_ECC_LAST	0x001d	/* ECMQV */
#define CURVE_P256	0x0003
#define CURVE_P384	0x0004

static const uint8_t default_exponent[] = { 0x01, 0x00, 0x01 };

/* Part 2, 11.1.7: TPMT_SYM_DEF_OBJECT. */
static bool
parse_symmetric(struct assay_tpm_wire *w, struct assay_tpm_public *out)
{
	uint16_t mode;

	if (!assay_tpm_u16(w, "symmetric", &out->symmetric))
		return false;
	switch (out->symmetric) {
	case ASSAY_TPM_ALG_NULL:
		return true;
	case 0x0003:	/* TDES */
	case ASSAY_TPM_ALG_AES:
	case 0x0013:	/* SM4 */
	case 0x0026:	/* CAMELLIA */
		return assay_tpm_u16(w, "symmetric.keyBits",
		    &out->symmetric_bits) &&
		    assay_tpm_u16(w, "symmetric.mode", &mode);
	default:
		return assay_tpm_bad(w, "symmetric", "algorithm 0x%04x is not "
		    "a block cipher", out->symmetric);
	}
}

/* Part 2, 11.2.4.2: TPMT_RSA_SCHEME. */
static bool
parse_rsa_scheme(struct assay_tpm_wire *w, struct assay_tpm_public *out)
{
	if (!assay_tpm_u16(w, "scheme", &out->scheme))
		return false;
	switch (out->scheme) {
	case ASSAY_TPM_ALG_NULL:
	case ASSAY_TPM_ALG_RSAES:
		return true;
	case 0x0014:	/* RSASSA */
	case 0x0016:	/* RSAPSS */
	case 0x0017:	/* OAEP */
		return assay_tpm_u16(w, "scheme.hashAlg", &out->scheme_hash);
	default:
		return assay_tpm_bad(w, "scheme", "0x%04x is not one of RSA",
		    out->scheme);
	}
}

/* Part 2, 11.2.5.6: TPMT_ECC_SCHEME; 11.2.3.3: TPMT_KDF_SCHEME. */
static bool
parse_ecc_scheme(struct assay_tpm_wire *w, struct assay_tpm_public *out)
{
	uint16_t count;

	if (!assay_tpm_u16(w, "scheme", &out->scheme))
		return false;
	if (out->scheme == ASSAY_TPM_ALG_NULL)
		return true;
	if (out->scheme < ALG_ECC_FIRST || out->scheme > ALG_ECC_LAST)
		return assay_tpm_bad(w, "scheme", "0x%04x is not one of ECC",
		    out->scheme);
	if (!assay_tpm_u16(w, "scheme.hashAlg", &out->scheme_hash))
		return false;
	return out->scheme != ALG_ECDAA ||
	    assay_tpm_u16(w, "scheme.count", &count);
}

static bool
parse_rsa(struct assay_tpm_wire *w, struct assay_tpm_public *out)
{
	uint8_t octets[4];
	struct assay_bytes e = { octets, sizeof(octets) }, n;
	uint32_t exponent;
	uint16_t bits;

	if (!parse_rsa_scheme(w, out) || !assay_tpm_u16(w, "keyBits", &bits) ||
	    !assay_tpm_u32(w, "exponent", &exponent) ||
	    !assay_tpm_sized(w, "unique", ASSAY_MAX_RSA_BITS / 8, &n) ||
	    !assay_tpm_end(w))
		return false;
	if (n.len * 8 != bits)
		return assay_tpm_bad(w, "unique", "%zu bytes, keyBits is %u",
		    n.len, bits);
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(exponent >> (24 - 8 * i));
	if (exponent == 0)	/* part 2, 12.2.3.5 */
		e = (struct assay_bytes){ default_exponent,
		    sizeof(default_exponent) };
	return assay_pkey_from_rsa(n, e, &out->key, w->err);
}

/* A coordinate may come without its leading zeros. */
static bool
put_coordinate(const struct assay_tpm_wire *w, const char *field,
    struct assay_bytes in, size_t n, uint8_t *out)
{
	if (in.len > n)
		return assay_tpm_bad(w, field, "%zu bytes, at most %zu on "
		    "this curve", in.len, n);
	memset(out, 0, n);
	if (in.len != 0)
		memcpy(out + n - in.len, in.ptr, in.len);
	return true;
}

static bool
parse_point(struct assay_tpm_wire *w, enum assay_key_type type, size_t n,
    struct assay_pkey **out)
{
	uint8_t xy[2 * 48];
	struct assay_bytes x, y;

	return assay_tpm_sized(w, "unique.x", ASSAY_DIGEST_MAX, &x) &&
	    assay_tpm_sized(w, "unique.y", ASSAY_DIGEST_MAX, &y) &&
	    assay_tpm_end(w) && put_coordinate(w, "unique.x", x, n, xy) &&
	    put_coordinate(w, "unique.y", y, n, xy + n) &&
	    assay_pkey_from_point(type, (struct assay_bytes){ xy, 2 * n },
	    out, w->err);
}

static bool
parse_ecc(struct assay_tpm_wire *w, struct assay_tpm_public *out)
{
	uint16_t curve, kdf, kdf_hash;

	if (!parse_ecc_scheme(w, out) || !assay_tpm_u16(w, "curveID",
	    &curve) || !assay_tpm_u16(w, "kdf", &kdf) ||
	    (kdf != ASSAY_TPM_ALG_NULL &&
	    !assay_tpm_u16(w, "kdf.hashAlg", &kdf_hash)))
		return false;
	if (curve == CURVE_P256)
		return parse_point(w, ASSAY_KEY_EC_P256, 32, &out->key);
	if (curve == CURVE_P384)
		return parse_point(w, ASSAY_KEY_EC_P384, 48, &out->key);
	return assay_fail(w->err, ASSAY_ERR_KEY_INVALID, "%s: curve 0x%04x, "
	    "want P-256 (0x0003) or P-384 (0x0004)", w->structure, curve);
}

/* Part 2, 12.2.4. */
bool
assay_tpm_public_parse(struct assay_bytes in, struct assay_tpm_public *out,
    struct assay_error *err)
{
	struct assay_tpm_wire w = { assay_reader(in), "TPMT_PUBLIC",
	    ASSAY_ERR_TPM_PUBLIC_MALFORMED, err };
	struct assay_tpm_public p = { .raw = in };
	bool ok;

	if (!assay_tpm_u16(&w, "type", &p.type) ||
	    !assay_tpm_u16(&w, "nameAlg", &p.name_alg) ||
	    !assay_tpm_u32(&w, "objectAttributes", &p.attributes) ||
	    !assay_tpm_sized(&w, "authPolicy", ASSAY_DIGEST_MAX,
	    &p.auth_policy))
		return false;
	if (p.type != ASSAY_TPM_ALG_RSA && p.type != ASSAY_TPM_ALG_ECC)
		return assay_fail(err, ASSAY_ERR_TPM_PUBLIC_MALFORMED,
		    "TPMT_PUBLIC: type is 0x%04x, want RSA (0x0001) or ECC "
		    "(0x0023)", p.type);
	if (!parse_symmetric(&w, &p))
		return false;
	ok = p.type == ASSAY_TPM_ALG_RSA ? parse_rsa(&w, &p) :
	    parse_ecc(&w, &p);
	if (ok)
		*out = p;
	return ok;
}

bool
assay_tpm2b_public_parse(struct assay_bytes in, struct assay_tpm_public *out,
    struct assay_error *err)
{
	struct assay_tpm_wire w = { assay_reader(in), "TPM2B_PUBLIC",
	    ASSAY_ERR_TPM_PUBLIC_MALFORMED, err };
	struct assay_bytes inner;

	return assay_tpm_sized(&w, "publicArea", UINT16_MAX, &inner) &&
	    assay_tpm_end(&w) && assay_tpm_public_parse(inner, out, err);
}

void
assay_tpm_public_free(struct assay_tpm_public *pub)
{
	if (pub == NULL)
		return;
	assay_pkey_free(pub->key);
	*pub = (struct assay_tpm_public){ 0 };
}

bool
assay_tpm_public_name(const struct assay_tpm_public *pub,
    struct assay_tpm_name *out, struct assay_error *err)
{
	struct assay_tpm_name name;
	struct assay_digest digest;
	enum assay_hash hash;

	if (!assay_tpm_hash(pub->name_alg, &hash))
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "TPMT_PUBLIC: nameAlg is 0x%04x, want SHA-1 or SHA-2",
		    pub->name_alg);
	if (!assay_digest(hash, pub->raw, &digest, err))
		return false;
	name.bytes[0] = (uint8_t)(pub->name_alg >> 8);
	name.bytes[1] = (uint8_t)pub->name_alg;
	memcpy(name.bytes + 2, digest.bytes, digest.len);
	name.len = 2 + digest.len;
	*out = name;
	return true;
}
