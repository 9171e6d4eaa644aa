/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated world against the formats' description, by offsets and by the
 * cryptography alone: the verifier judges it elsewhere.
 */
#include <string.h>

#include "base/encode.h"
#include "crypto/chain.h"
#include "crypto/digest.h"
#include "crypto/sigver.h"
#include "sim/sim.h"
#include "testlib.h"

#define NOW		INT64_C(1795000000)
#define HEADER		48
#define REPORT		384
#define AUTH		(HEADER + REPORT + 4)
#define QE_REPORT	(AUTH + 128)
#define QE_SIGNATURE	(QE_REPORT + REPORT)
#define QE_AUTH		(QE_SIGNATURE + 64)

struct made {
	struct assay_sim_params		 params;
	struct assay_sim_world		*world;
	struct assay_sim_collateral	 collateral;
	struct assay_buffer		 quote;
};

static struct made
made(const struct assay_sim_params *params)
{
	struct made m = { .params = *params,
	    .quote = assay_buffer(ASSAY_SIM_MAX_BYTES) };
	struct assay_error err = { 0 };

	if (!assay_sim_world_new(params, &m.world, &err) ||
	    !assay_sim_quote(m.world, &params->quote, &m.quote, &err))
		fail_msg("%s", err.text);
	assay_sim_world_collateral(m.world, &m.collateral);
	return m;
}

static struct made
made_default(void)
{
	struct assay_sim_params params;

	assay_sim_params_default(&params, NOW);
	return made(&params);
}

static void
made_free(struct made *m)
{
	assay_sim_world_free(m->world);
	assay_buffer_free(&m->quote);
}

static struct assay_bytes
cut(const struct assay_buffer *b, size_t at, size_t len)
{
	assert_true(at + len <= b->len);
	return (struct assay_bytes){ b->ptr + at, len };
}

static uint32_t
le(const struct assay_buffer *b, size_t at, size_t len)
{
	uint32_t v = 0;

	for (size_t i = len; i-- > 0;)
		v = v << 8 | cut(b, at, len).ptr[i];
	return v;
}

/* The certificates of a PEM chain. */
struct chain {
	struct assay_cert	*certs[4];
	size_t			 n;
};

static struct chain
chain_of(struct assay_bytes pem)
{
	struct chain c = { .n = 0 };
	struct assay_error err = { 0 };

	if (!assay_certs_from_pem(pem, c.certs, 4, &c.n, &err))
		fail_msg("%s", err.text);
	return c;
}

static void
chain_free(struct chain *c)
{
	for (size_t i = 0; i < c->n; i++)
		assay_cert_free(c->certs[i]);
}

static void
test_quote_fields(void **state)
{
	struct assay_sim_params params;
	struct made m;

	(void)state;
	assay_sim_params_default(&params, NOW);
	params.quote.body.isv_prod_id = 0x1234;
	params.quote.body.isv_svn = 0x5678;
	params.quote.body.config_svn = 0x9abc;
	params.quote.body.mrenclave[0] = 0xaa;
	params.quote.body.mrsigner[31] = 0xbb;
	params.quote.body.config_id[63] = 0xcc;
	params.quote.body.isv_ext_prod_id[0] = 0xdd;
	params.quote.body.isv_family_id[15] = 0xee;
	params.quote.body.report_data[63] = 0xff;
	params.quote.body.flags |= ASSAY_SIM_FLAG_DEBUG;
	m = made(&params);
	assert_int_equal(le(&m.quote, 0, 2), 3);
	assert_int_equal(le(&m.quote, 2, 2), 2);
	assert_int_equal(le(&m.quote, 12, 2), 0x9a93);
	assert_int_equal(le(&m.quote, HEADER + 32, 1), 0xdd);
	assert_int_equal(le(&m.quote, HEADER + 48, 2), 0x0007);
	assert_int_equal(le(&m.quote, HEADER + 64, 1), 0xaa);
	assert_int_equal(le(&m.quote, HEADER + 159, 1), 0xbb);
	assert_int_equal(le(&m.quote, HEADER + 255, 1), 0xcc);
	assert_int_equal(le(&m.quote, HEADER + 256, 2), 0x1234);
	assert_int_equal(le(&m.quote, HEADER + 258, 2), 0x5678);
	assert_int_equal(le(&m.quote, HEADER + 260, 2), 0x9abc);
	assert_int_equal(le(&m.quote, HEADER + 319, 1), 0xee);
	assert_int_equal(le(&m.quote, HEADER + 383, 1), 0xff);
	made_free(&m);
}

/* Every length says exactly what follows, in each version. */
static void
test_quote_lengths(void **state)
{
	struct assay_sim_params params;

	(void)state;
	for (uint16_t version = 3; version <= 5; version++) {
		size_t at = version == 5 ? HEADER + 6 + REPORT :
		    HEADER + REPORT;
		struct made m;

		assay_sim_params_default(&params, NOW);
		params.quote.version = version;
		m = made(&params);
		assert_int_equal(le(&m.quote, at, 4), m.quote.len - at - 4);
		at += 4 + 128;
		if (version != 3) {
			assert_int_equal(le(&m.quote, at, 2), 6);
			assert_int_equal(le(&m.quote, at + 2, 4),
			    m.quote.len - at - 6);
			at += 6;
		}
		at += REPORT + 64;
		assert_int_equal(le(&m.quote, at, 2), 32);
		at += 2 + 32;
		assert_int_equal(le(&m.quote, at, 2), 5);
		assert_int_equal(le(&m.quote, at + 2, 4), m.quote.len - at - 6);
		made_free(&m);
	}
}

static bool
signed_by(const struct assay_pkey *key, struct assay_bytes data,
    struct assay_bytes sig)
{
	struct assay_error err = { 0 };

	return assay_sig_verify(ASSAY_SIG_ES256_RAW, key, data, sig, &err);
}

/* PCK key -> QE report -> attestation key -> quote. */
static void
test_quote_signatures(void **state)
{
	struct made m = made_default();
	struct chain c = chain_of(m.collateral.pck_chain);
	struct assay_bytes key = cut(&m.quote, AUTH + 64, 64);
	const struct assay_bytes bound[] = { key,
	    cut(&m.quote, QE_AUTH + 2, 32) };
	struct assay_pkey *attestation = NULL;
	struct assay_digest digest;
	struct assay_error err = { 0 };

	(void)state;
	assert_int_equal(c.n, 3);
	assert_true(signed_by(assay_cert_key(c.certs[0]),
	    cut(&m.quote, QE_REPORT, REPORT),
	    cut(&m.quote, QE_SIGNATURE, 64)));
	assert_true(assay_digest_parts(ASSAY_SHA256, bound, 2, &digest, &err));
	assert_memory_equal(digest.bytes,
	    cut(&m.quote, QE_REPORT + 320, 32).ptr, 32);
	assert_true(assay_pkey_from_point(ASSAY_KEY_EC_P256, key,
	    &attestation, &err));
	assert_true(signed_by(attestation, cut(&m.quote, 0, HEADER + REPORT),
	    cut(&m.quote, AUTH, 64)));
	assay_pkey_free(attestation);
	chain_free(&c);
	made_free(&m);
}

/* The PEM in the quote is the chain, and ends in one NUL. */
static void
test_certification_data(void **state)
{
	struct made m = made_default();
	struct assay_bytes pem = m.collateral.pck_chain;

	(void)state;
	assert_memory_equal(cut(&m.quote, m.quote.len - 1 - pem.len,
	    pem.len).ptr, pem.ptr, pem.len);
	assert_int_equal(m.quote.ptr[m.quote.len - 1], 0);
	made_free(&m);
}

static void
test_chains(void **state)
{
	struct made m = made_default();
	struct chain pck = chain_of(m.collateral.pck_chain);
	struct chain tcb = chain_of(m.collateral.tcb_info_chain);
	struct chain root = chain_of(assay_sim_world_root(m.world));
	struct assay_error err = { 0 };

	(void)state;
	assert_int_equal(pck.n, 3);
	assert_int_equal(tcb.n, 2);
	assert_int_equal(root.n, 1);
	assert_true(assay_cert_signed_by(pck.certs[0], pck.certs[1], &err));
	assert_true(assay_cert_signed_by(pck.certs[1], pck.certs[2], &err));
	assert_true(assay_cert_signed_by(pck.certs[2], root.certs[0], &err));
	assert_true(assay_cert_signed_by(tcb.certs[0], tcb.certs[1], &err));
	assert_true(assay_cert_signed_by(tcb.certs[1], root.certs[0], &err));
	assert_true(assay_bytes_equal(m.collateral.tcb_info_chain,
	    m.collateral.qe_identity_chain));
	chain_free(&pck);
	chain_free(&tcb);
	chain_free(&root);
	made_free(&m);
}

/* The signature covers the inner object as it stands in the text. */
static void
test_json_signature(void **state)
{
	static const char head[] = "{\"tcbInfo\":";
	static const char middle[] = ",\"signature\":\"";
	struct made m = made_default();
	struct chain tcb = chain_of(m.collateral.tcb_info_chain);
	struct assay_bytes text = m.collateral.tcb_info;
	struct assay_buffer sig = assay_buffer(64);
	struct assay_error err = { 0 };
	size_t tail = strlen(middle) + 128 + 2;
	struct assay_bytes inner = { text.ptr + strlen(head),
	    text.len - tail - strlen(head) };

	(void)state;
	assert_memory_equal(text.ptr, head, strlen(head));
	assert_memory_equal(text.ptr + text.len - tail, middle,
	    strlen(middle));
	assert_true(assay_hex_decode((struct assay_bytes){
	    text.ptr + text.len - 130, 128 }, &sig, &err));
	assert_true(signed_by(assay_cert_key(tcb.certs[0]), inner,
	    assay_buffer_bytes(&sig)));
	assay_buffer_free(&sig);
	chain_free(&tcb);
	made_free(&m);
}

/* Worlds of one seed have the same keys; of another, others. */
static void
test_seed(void **state)
{
	struct assay_sim_params params;
	struct made a = made_default(), b = made_default(), c;
	struct chain ra = chain_of(assay_sim_world_root(a.world));
	struct chain rb = chain_of(assay_sim_world_root(b.world));
	struct chain rc;

	(void)state;
	assay_sim_params_default(&params, NOW);
	memcpy(params.seed, "other", sizeof("other"));
	c = made(&params);
	rc = chain_of(assay_sim_world_root(c.world));
	assert_true(assay_pkey_equal(assay_cert_key(ra.certs[0]),
	    assay_cert_key(rb.certs[0])));
	assert_false(assay_pkey_equal(assay_cert_key(ra.certs[0]),
	    assay_cert_key(rc.certs[0])));
	chain_free(&ra);
	chain_free(&rb);
	chain_free(&rc);
	made_free(&a);
	made_free(&b);
	made_free(&c);
}

static void
test_openenclave(void **state)
{
	struct made m = made_default();
	struct assay_buffer report = assay_buffer(ASSAY_SIM_MAX_BYTES);
	struct assay_error err = { 0 };

	(void)state;
	assert_true(assay_sim_openenclave(&m.params.openenclave,
	    assay_buffer_bytes(&m.quote), &report, &err));
	assert_int_equal(report.len, m.quote.len + 16);
	assert_int_equal(le(&report, 0, 4), 1);
	assert_int_equal(le(&report, 4, 4), 2);
	assert_int_equal(le(&report, 8, 4), m.quote.len);
	assert_int_equal(le(&report, 12, 4), 0);
	assay_buffer_free(&report);
	made_free(&m);
}

static void
test_bind(void **state)
{
	/* FIPS 180-4, SHA-256 of "abc" begins so. */
	static const uint8_t start[] = { 0xba, 0x78, 0x16, 0xbf };
	static const uint8_t zeros[32];
	struct assay_sim_report report;
	struct assay_error err = { 0 };

	(void)state;
	memset(&report, 0x55, sizeof(report));
	assert_true(assay_sim_bind(&report, assay_bytes_of("abc"), &err));
	assert_memory_equal(report.report_data, start, sizeof(start));
	assert_memory_equal(report.report_data + 32, zeros, sizeof(zeros));
}

static void
test_tcb_statuses(void **state)
{
	struct assay_sim_params params;
	size_t n = 0;

	(void)state;
	assay_sim_params_default(&params, NOW);
	for (const char *const *s = assay_sim_tcb_statuses(); *s != NULL; s++) {
		assert_true(assay_sim_set_tcb_status(&params, *s));
		n++;
	}
	assert_int_equal(n, 7);
	assert_false(assay_sim_set_tcb_status(&params, "Fine"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quote_fields),
		cmocka_unit_test(test_quote_lengths),
		cmocka_unit_test(test_quote_signatures),
		cmocka_unit_test(test_certification_data),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_json_signature),
		cmocka_unit_test(test_seed),
		cmocka_unit_test(test_openenclave),
		cmocka_unit_test(test_bind),
		cmocka_unit_test(test_tcb_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
