/* SPDX-License-Identifier: Apache-2.0 */
/* What travels with a client that enrols its AIK: back as it went, in its
 * time, once; and nothing else opens. */
#include <string.h>

#include "app/aik_promise.h"
#include "app/challenges.h"
#include "testlib.h"

#define NOW	1800000000000
#define LIFE	300000

static const uint8_t key[ASSAY_SEAL_KEY] = "0123456789abcdef0123456789abcde";
static const uint8_t other_key[ASSAY_SEAL_KEY] = "another instance's key";

static struct assay_aik_promise
make(void)
{
	struct assay_aik_promise p = {
		.ek = "fingerprint of the EK's cert...",
		.tpm = { assay_bytes_of("id:00001014"),
		    assay_bytes_of("swtpm"), assay_bytes_of("") },
		.spki = assay_bytes_of("SubjectPublicKeyInfo"),
	};
	struct assay_error err;

	assert_true(assay_aik_promise_new(NOW, LIFE, &p, &err));
	return p;
}

static struct assay_buffer
seal(const struct assay_aik_promise *p)
{
	struct assay_buffer out = assay_buffer(2 * ASSAY_AIK_PROMISE_MAX);
	struct assay_error err;

	assert_true(assay_aik_promise_seal(key, p, &out, &err));
	return out;
}

static bool
same(struct assay_bytes a, struct assay_bytes b)
{
	return a.len == b.len && (a.len == 0 ||
	    memcmp(a.ptr, b.ptr, a.len) == 0);
}

static void
opens_as_it_was_sealed(void **state)
{
	struct assay_aik_promise in = make(), out = { .ek = { 0 } };
	struct assay_buffer sealed = seal(&in), again = seal(&in);
	struct assay_buffer plain = assay_buffer(ASSAY_AIK_PROMISE_MAX);
	struct assay_error err;

	(void)state;
	assert_true(assay_aik_promise_open(key, assay_buffer_bytes(&sealed),
	    &plain, &out, &err));
	assert_int_equal(out.once.issued, NOW);
	assert_int_equal(out.once.expiry, NOW + LIFE);
	assert_memory_equal(in.once.challenge, out.once.challenge,
	    sizeof(in.once.challenge));
	assert_memory_equal(in.secret, out.secret, sizeof(in.secret));
	assert_memory_equal(in.ek, out.ek, sizeof(in.ek));
	assert_true(same(in.tpm.manufacturer, out.tpm.manufacturer));
	assert_true(same(in.tpm.model, out.tpm.model));
	assert_true(same(in.tpm.version, out.tpm.version));
	assert_true(same(in.spki, out.spki));
	assert_memory_not_equal(sealed.ptr, again.ptr, 16);
	assay_buffer_free(&plain);
	assay_buffer_free(&sealed);
	assay_buffer_free(&again);
}

static enum assay_code
open_code(const uint8_t *with, struct assay_bytes context)
{
	struct assay_buffer plain = assay_buffer(ASSAY_AIK_PROMISE_MAX);
	struct assay_aik_promise p = { .ek = { 0 } };
	struct assay_error err = { ASSAY_ERR_OK, "" };
	bool ok = assay_aik_promise_open(with, context, &plain, &p, &err);

	assert_true(ok == (err.code == ASSAY_ERR_OK));
	assay_buffer_free(&plain);
	return err.code;
}

static void
nothing_else_opens(void **state)
{
	struct assay_aik_promise p = make();
	struct assay_buffer sealed = seal(&p);
	struct assay_bytes all = assay_buffer_bytes(&sealed);

	(void)state;
	assert_int_equal(open_code(key, all), ASSAY_ERR_OK);
	assert_int_equal(open_code(other_key, all),
	    ASSAY_ERR_TPM_CONTEXT_INVALID);
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.ptr[i] ^= 1;
		assert_int_equal(open_code(key, all),
		    ASSAY_ERR_TPM_CONTEXT_INVALID);
		sealed.ptr[i] ^= 1;
		assert_int_equal(open_code(key, (struct assay_bytes){ all.ptr,
		    i }), ASSAY_ERR_TPM_CONTEXT_INVALID);
	}
	assay_buffer_free(&sealed);
}

/* Two promises of the same moment are two, and each is good for one proof. */
static void
each_has_its_own_number(void **state)
{
	struct assay_aik_promise a = make(), b = make();
	struct assay_challenges *proven;
	struct assay_error err;

	(void)state;
	assert_true(assay_challenges_new(NOW, 10, &proven, &err));
	assert_memory_not_equal(a.secret, b.secret, sizeof(a.secret));
	assert_true(assay_challenges_use(proven, &a.once, NOW, &err));
	assert_false(assay_challenges_use(proven, &a.once, NOW + 1, &err));
	assert_int_equal(err.code, ASSAY_ERR_TPM_CHALLENGE_USED);
	assert_true(assay_challenges_use(proven, &b.once, NOW + LIFE - 1,
	    &err));
	assay_challenges_free(proven);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_as_it_was_sealed),
		cmocka_unit_test(nothing_else_opens),
		cmocka_unit_test(each_has_its_own_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
