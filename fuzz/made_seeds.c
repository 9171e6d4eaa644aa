/* SPDX-License-Identifier: Apache-2.0 */
/* Write seeds for fuzz_cert, fuzz_crl and fuzz_der under the given folder. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "made.h"
#include "testlib.h"

static const char *folder;

static void
save(const char *corpus, const char *name, struct assay_bytes data)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", folder, corpus, name);
	if ((f = fopen(path, "wb")) == NULL ||
	    fwrite(data.ptr, 1, data.len, f) != data.len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

static void
save_cert(const char *name, const struct assay_cert *cert)
{
	save("cert", name, assay_cert_der(cert));
	save("der", name, assay_cert_der(cert));
}

/* Every field and extension that assay_cert_issue() can write. */
static struct made
rich(const struct made *by)
{
	static const uint8_t sgx[] = {	/* FMSPC and SGX Type */
		0x30, 0x2a,
		0x30, 0x14, 0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d,
		0x01, 0x0d, 0x01, 0x04, 0x04, 0x06, 0x00, 0x90, 0x6e, 0xd5,
		0x00, 0x00,
		0x30, 0x12, 0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d,
		0x01, 0x0d, 0x01, 0x05, 0x0a, 0x01, 0x00, 0x02, 0x01, 0x05,
	};
	static const uint8_t constraints[] = {
		0x30, 0x0a, 0xa0, 0x08, 0x30, 0x06, 0x82, 0x04, 'a', '.',
		'e', 'x',
	};
	static const uint8_t policies[] = {
		0x30, 0x06, 0x30, 0x04, 0x06, 0x02, 0x2a, 0x03,
	};
	const struct assay_extension_spec exts[] = {
		{ "1.2.840.113741.1.13.1", false, { sgx, sizeof(sgx) } },
		{ "2.5.29.30", true, { constraints, sizeof(constraints) } },
		{ "2.5.29.32", false, { policies, sizeof(policies) } },
	};
	const struct assay_name_part name[] = { { "CN", "r\xc3\xad" "ch" },
	    { "O", "Example" }, { "OU", "Unit" }, { "C", "DE" } };
	struct made m = { .key = made_key("rich") };
	struct assay_cert_spec spec = made_spec(name, m.key);

	spec.n_subject = 4;
	spec.is_ca = true;
	spec.pathlen = 0;
	spec.key_usage = ASSAY_KU_KEY_CERT_SIGN | ASSAY_KU_CRL_SIGN;
	spec.not_after = 4102444800;
	spec.crl_url = "http://crl.example/ca.crl";
	spec.dns_names = "a.example,127.0.0.1,::1";
	spec.server_auth = true;
	spec.extensions = exts;
	spec.n_extensions = 3;
	m.cert = made_cert(&spec, by, m.key);
	return m;
}

static void
save_pem(const struct made *a, const struct made *b,
    const struct assay_crl *crl)
{
	struct assay_buffer pem = assay_buffer(ASSAY_MAX_PEM_BYTES);

	(void)assay_cert_pem(a->cert, &pem);
	(void)assay_cert_pem(b->cert, &pem);
	save("cert", "chain.pem", assay_buffer_bytes(&pem));
	assay_buffer_clear(&pem);
	(void)assay_crl_pem(crl, &pem);
	save("crl", "revoked.pem", assay_buffer_bytes(&pem));
	assay_buffer_free(&pem);
}

static void
save_rsa(void)
{
	const struct assay_name_part name = { "CN", "rsa" };
	struct made m = { .key = NULL };
	struct assay_cert_spec spec;
	struct assay_error err;

	if (!assay_signer_generate(ASSAY_KEY_RSA, 2048, &m.key, &err)) {
		(void)fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	spec = made_spec(&name, m.key);
	m.cert = made_cert(&spec, NULL, m.key);
	save_cert("rsa.der", m.cert);
	made_free(&m);
}

int
main(int argc, char **argv)
{
	static const uint8_t serial[] = { 0x10, 0x01 };
	const struct assay_bytes serials[] = { { serial, 2 }, { serial, 1 } };
	struct made root, leaf, ca;
	struct assay_crl *empty, *revoked;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s fuzz/corpus\n", argv[0]);
		return 2;
	}
	folder = argv[1];
	root = made_ca("root", NULL, -1);
	leaf = made_leaf("leaf", &root);
	ca = rich(&root);
	empty = made_crl(&root, NULL, 0);
	revoked = made_crl(&ca, serials, 2);
	save_cert("root.der", root.cert);
	save_cert("leaf.der", leaf.cert);
	save_cert("rich.der", ca.cert);
	save_rsa();
	save("crl", "empty.der", assay_crl_der(empty));
	save("crl", "revoked.der", assay_crl_der(revoked));
	save("der", "crl.der", assay_crl_der(revoked));
	save_pem(&ca, &root, revoked);
	assay_crl_free(empty);
	assay_crl_free(revoked);
	made_free(&root);
	made_free(&leaf);
	made_free(&ca);
	return 0;
}
