/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/signer.h"
#include "made.h"
#include "testlib.h"

static const char order_p256[] =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

static const struct {
	enum assay_sig_alg	alg;
	enum assay_key_type	type;
	const char		*name;
} algs[] = {
	{ ASSAY_SIG_ES256_RAW, ASSAY_KEY_EC_P256, "ES256 raw" },
	{ ASSAY_SIG_ES256_DER, ASSAY_KEY_EC_P256, "ES256 DER" },
	{ ASSAY_SIG_ES384_RAW, ASSAY_KEY_EC_P384, "ES384 raw" },
	{ ASSAY_SIG_ES384_DER, ASSAY_KEY_EC_P384, "ES384 DER" },
	{ ASSAY_SIG_RS256, ASSAY_KEY_RSA, "RS256" },
	{ ASSAY_SIG_RS384, ASSAY_KEY_RSA, "RS384" },
	{ ASSAY_SIG_RS512, ASSAY_KEY_RSA, "RS512" },
	{ ASSAY_SIG_PS256, ASSAY_KEY_RSA, "PS256" },
	{ ASSAY_SIG_PS384, ASSAY_KEY_RSA, "PS384" },
	{ ASSAY_SIG_PS512, ASSAY_KEY_RSA, "PS512" },
};
#define ALGS (sizeof(algs) / sizeof(algs[0]))

static struct assay_signer *keys[3];

static int
make_keys(void **state)
{
	struct assay_error err;

	(void)state;
	for (enum assay_key_type t = ASSAY_KEY_EC_P256; t <= ASSAY_KEY_RSA;
	    t++)
		if (!assay_signer_generate(t, 2048, &keys[t], &err))
			return -1;
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		assay_signer_free(keys[i]);
	return 0;
}

static enum assay_code
verify(enum assay_sig_alg alg, const struct assay_signer *key,
    const char *data, const struct assay_buffer *sig)
{
	struct assay_error err = { .code = ASSAY_ERR_OK };

	if (!assay_sig_verify(alg, assay_signer_public(key),
	    assay_bytes_of(data), assay_buffer_bytes(sig), &err))
		assert_int_not_equal(err.code, ASSAY_ERR_OK);
	made_assert_clean();
	return err.code;
}

/* Each algorithm with each key and as each other algorithm. */
static void
signs_and_verifies(void **state)
{
	struct assay_buffer sig = assay_buffer(1024);
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < ALGS; i++) {
		const struct assay_signer *key = keys[algs[i].type];

		assay_buffer_clear(&sig);
		assert_true(assay_sign(key, algs[i].alg,
		    assay_bytes_of("data"), &sig, &err));
		for (size_t j = 0; j < ALGS; j++)
			assert_int_equal(verify(algs[j].alg, key, "data",
			    &sig), i == j ? ASSAY_ERR_OK :
			    algs[j].type != algs[i].type ?
			    ASSAY_ERR_ALGORITHM_REFUSED :
			    ASSAY_ERR_SIGNATURE_INVALID);
		assert_int_equal(verify(algs[i].alg, key, "dato", &sig),
		    ASSAY_ERR_SIGNATURE_INVALID);
		sig.ptr[sig.len / 3] ^= 1;
		assert_int_equal(verify(algs[i].alg, key, "data", &sig),
		    ASSAY_ERR_SIGNATURE_INVALID);
		sig.ptr[sig.len / 3] ^= 1;
		sig.len--;
		assert_int_equal(verify(algs[i].alg, key, "data", &sig),
		    ASSAY_ERR_SIGNATURE_INVALID);
		sig.len++;
		assert_true(assay_buffer_putc(&sig, 0));
		assert_int_equal(verify(algs[i].alg, key, "data", &sig),
		    ASSAY_ERR_SIGNATURE_INVALID);
	}
	assay_buffer_free(&sig);
}

static void
refuses_other_kinds_of_keys(void **state)
{
	struct assay_buffer sig = assay_buffer(1024);
	struct assay_error err;

	(void)state;
	for (size_t i = 0; i < ALGS; i++)
		for (size_t t = 0; t < 3; t++) {
			if (t == algs[i].type)
				continue;
			assert_false(assay_sign(keys[t], algs[i].alg,
			    assay_bytes_of("data"), &sig, &err));
			test_assert_code(algs[i].name, &err,
			    ASSAY_ERR_ALGORITHM_REFUSED);
			assert_int_equal(sig.len, 0);
		}
	assay_buffer_free(&sig);
}

/* r and s outside of [1, n-1], where the rest of a signature is good. */
static void
refuses_r_and_s_out_of_range(void **state)
{
	struct assay_buffer good = assay_buffer(64), sig = assay_buffer(64);
	struct assay_buffer order = assay_buffer(32);
	struct assay_error err;

	(void)state;
	assert_true(assay_hex_decode(assay_bytes_of(order_p256), &order,
	    &err));
	assert_true(assay_sign(keys[0], ASSAY_SIG_ES256_RAW,
	    assay_bytes_of("data"), &good, &err));
	for (size_t half = 0; half < 2; half++)
		for (unsigned int kind = 0; kind < 3; kind++) {
			assay_buffer_clear(&sig);
			assert_true(assay_buffer_put(&sig,
			    assay_buffer_bytes(&good)));
			if (kind == 0)
				memset(sig.ptr + 32 * half, 0, 32);
			else if (kind == 1)
				memcpy(sig.ptr + 32 * half, order.ptr, 32);
			else
				memset(sig.ptr + 32 * half, 0xff, 32);
			assert_false(assay_sig_verify(ASSAY_SIG_ES256_RAW,
			    assay_signer_public(keys[0]),
			    assay_bytes_of("data"), assay_buffer_bytes(&sig),
			    &err));
			test_assert_code("range", &err,
			    ASSAY_ERR_SIGNATURE_INVALID);
			assert_non_null(strstr(err.text, half == 0 ?
			    "r is not in [1, n-1]" : "s is not in [1, n-1]"));
		}
	assay_buffer_free(&good);
	assay_buffer_free(&sig);
	assay_buffer_free(&order);
}

struct job {
	struct assay_buffer	sig;
	bool			ok;
};

static void *
verify_often(void *arg)
{
	struct job *job = arg;
	struct assay_error err;

	job->ok = true;
	for (size_t i = 0; i < 200; i++)
		if (!assay_sig_verify(ASSAY_SIG_ES256_RAW,
		    assay_signer_public(keys[0]), assay_bytes_of("data"),
		    assay_buffer_bytes(&job->sig), &err))
			job->ok = false;
	return NULL;
}

/* The first users of a key race for preparing it. */
static void
serves_threads_at_once(void **state)
{
	struct job job = { .sig = assay_buffer(64) };
	pthread_t threads[8];
	struct job jobs[8];
	struct assay_error err;

	(void)state;
	free_keys(NULL);
	assert_int_equal(make_keys(NULL), 0);
	assert_true(assay_sign(keys[0], ASSAY_SIG_ES256_RAW,
	    assay_bytes_of("data"), &job.sig, &err));
	for (size_t i = 0; i < 8; i++) {
		jobs[i] = job;
		assert_int_equal(pthread_create(&threads[i], NULL,
		    verify_often, &jobs[i]), 0);
	}
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(jobs[i].ok);
	}
	assay_buffer_free(&job.sig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_and_verifies),
		cmocka_unit_test(refuses_other_kinds_of_keys),
		cmocka_unit_test(refuses_r_and_s_out_of_range),
		cmocka_unit_test(serves_threads_at_once),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
