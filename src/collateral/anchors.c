/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "collateral/anchors.h"

/*
 * Intel SGX Root CA, x || y. Source: Intel PCS, Intel SGX Provisioning
 * Certification Root CA; the same key in every issue of its certificate.
 */
static const uint8_t intel_root[64] = {
	0x0b, 0xa9, 0xc4, 0xc0, 0xc0, 0xc8, 0x61, 0x93,
	0xa3, 0xfe, 0x23, 0xd6, 0xb0, 0x2c, 0xda, 0x10,
	0xa8, 0xbb, 0xd4, 0xe8, 0x8e, 0x48, 0xb4, 0x45,
	0x85, 0x61, 0xa3, 0x6e, 0x70, 0x55, 0x25, 0xf5,
	0x67, 0x91, 0x8e, 0x2e, 0xdc, 0x88, 0xe4, 0x0d,
	0x86, 0x0b, 0xd0, 0xcc, 0x4e, 0xe2, 0x6a, 0xac,
	0xc9, 0x88, 0xe5, 0x05, 0xa9, 0x53, 0x55, 0x8c,
	0x45, 0x3f, 0x6b, 0x09, 0x04, 0xae, 0x73, 0x94,
};

void
assay_anchors_free(struct assay_anchors *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n; i++)
		assay_pkey_free(a->keys[i]);
	free(a->keys);
	*a = (struct assay_anchors){ 0 };
}

static bool
add_certs(struct assay_anchors *a, size_t room, struct assay_bytes pem,
    struct assay_error *err)
{
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS];
	size_t n = 0;
	bool ok = true;

	if (!assay_certs_from_pem(pem, certs, ASSAY_MAX_CHAIN_CERTS, &n, err))
		return assay_fail_in(err, "trust anchor");
	for (size_t i = 0; i < n; i++) {
		if (a->n < room)
			a->keys[a->n++] =
			    assay_pkey_ref(assay_cert_key(certs[i]));
		else
			ok = assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
			    "trust anchor: more than %d certificates in one "
			    "text", ASSAY_MAX_CHAIN_CERTS);
		assay_cert_free(certs[i]);
	}
	return ok;
}

bool
assay_anchors_make(const struct assay_bytes *pem, size_t n,
    bool without_builtin, struct assay_anchors *out, struct assay_error *err)
{
	struct assay_anchors a = { 0 };
	size_t room = 1 + n * ASSAY_MAX_CHAIN_CERTS;

	if ((a.keys = assay_alloc(room, sizeof(*a.keys))) == NULL)
		return assay_fail_memory(err, "trust anchors");
	if (!without_builtin) {
		if (!assay_pkey_from_point(ASSAY_KEY_EC_P256,
		    (struct assay_bytes){ intel_root, sizeof(intel_root) },
		    &a.keys[0], err))
			goto out;
		a.n = a.n_builtin = 1;
	}
	for (size_t i = 0; i < n; i++)
		if (!add_certs(&a, room, pem[i], err))
			goto out;
	if (a.n == 0) {
		(void)assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "no trust anchor is left: the built-in one is switched "
		    "off and none is given");
		goto out;
	}
	*out = a;
	return true;
out:
	assay_anchors_free(&a);
	return false;
}

size_t
assay_anchors_find(const struct assay_anchors *a, const struct assay_pkey *key)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (assay_pkey_equal(a->keys[i], key))
			break;
	return i;
}

bool
assay_anchors_is_builtin(const struct assay_anchors *a, size_t index)
{
	return index < a->n_builtin;
}
