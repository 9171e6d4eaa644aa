/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verify an attestation token with libassay, as a relying party does that
 * has the issuer's keys in a file:
 *
 *	relying_party TOKEN-FILE JWKS-FILE ISSUER MRENCLAVE
 *
 * The issuer is written down here beforehand, not taken from the token. A
 * good signature only says who issued the token: what is believed of the
 * enclave are the claims, so they are compared too. Exit status: 0 verified,
 * 1 not verified, 2 usage, 3 could not decide.
 *
 *	cc relying_party.c $(pkg-config --cflags --libs assay)
 */
#include <stdio.h>
#include <time.h>

#include <assay/assay.h>

#define FILE_MAX (1024 * 1024)

static bool
load(const char *path, uint8_t *to, struct assay_bytes *out)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		perror(path);
		return false;
	}
	out->ptr = to;
	out->len = fread(to, 1, FILE_MAX, f);
	(void)fclose(f);
	/* A token in a file usually ends in a line end. */
	while (out->len != 0 && to[out->len - 1] == '\n')
		out->len--;
	return true;
}

int
main(int argc, char **argv)
{
	static uint8_t token_text[FILE_MAX], jwks_text[FILE_MAX];
	struct assay_keyset *keys = NULL;
	struct assay_token token = { 0 };
	struct assay_bytes text, jwks;
	struct assay_error err;
	int status = 1;

	if (argc != 5) {
		fprintf(stderr, "usage: relying_party TOKEN-FILE JWKS-FILE "
		    "ISSUER MRENCLAVE\n");
		return 2;
	}
	if (!load(argv[1], token_text, &text) ||
	    !load(argv[2], jwks_text, &jwks))
		return 3;
	if (!assay_keyset_parse(jwks, &keys, &err)) {
		fprintf(stderr, "%s: %s\n", argv[2], err.text);
		return 3;
	}

	const struct assay_token_expectations expect = {
		.now = time(NULL),
		.skew = 60,
		.issuer = argv[3],
	};

	if (!assay_token_verify(text, keys, &expect, &token, &err) ||
	    !assay_token_require(&token, "x-ms-attestation-type", "sgx",
	    &err) ||
	    !assay_token_require(&token, "x-ms-sgx-is-debuggable", "false",
	    &err) ||
	    !assay_token_require(&token, "x-ms-sgx-mrenclave", argv[4],
	    &err)) {
		printf("not verified: %s (%s)\n", err.text,
		    assay_code_name(err.code));
	} else {
		printf("verified: %s\n", token.payload);
		status = 0;
	}
	assay_token_free(&token);
	assay_keyset_free(keys);
	return status;
}
