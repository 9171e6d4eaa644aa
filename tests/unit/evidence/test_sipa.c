/* SPDX-License-Identifier: Apache-2.0 */
/* Tagged data of Windows: structure, limits, payloads, the table of ids. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/signer.h"
#include "evidence/sipa.h"
#include "testlib.h"

#define TEXT(s) { (const uint8_t *)(s), sizeof(s) - 1 }

static size_t
begin(struct assay_buffer *b, uint32_t id)
{
	(void)assay_buffer_put_le(b, id, 4);
	(void)assay_buffer_put_le(b, 0, 4);
	return b->len;
}

static void
end(struct assay_buffer *b, size_t from)
{
	assay_buffer_patch_le(b, from - 4, b->len - from, 4);
}

static void
leaf(struct assay_buffer *b, uint32_t id, const void *ptr, size_t len)
{
	size_t at = begin(b, id);

	(void)assay_buffer_put(b, (struct assay_bytes){ ptr, len });
	end(b, at);
}

/* A trust boundary of two modules, a flag and something not measured. */
static struct assay_buffer
good(void)
{
	struct assay_buffer b = assay_buffer(4096);
	size_t outer = begin(&b, ASSAY_SIPA_TRUSTBOUNDARY), module;

	module = begin(&b, 0x40010003);
	leaf(&b, 0x00070001, "a\0.\0s\0", 6);
	leaf(&b, 0x0007000a, "\1", 1);
	end(&b, module);
	leaf(&b, ASSAY_SIPA_BOOTDEBUGGING, "\0", 1);
	leaf(&b, 0x80030002, "xyz", 3);
	module = begin(&b, 0x40010003);
	leaf(&b, 0x00070001, "b\0\0\0", 4);
	end(&b, module);
	end(&b, outer);
	return b;
}

static void
test_tree(void **state)
{
	struct assay_buffer b = good();
	const struct assay_sipa_node *node;
	struct assay_sipa tree = { 0 };
	struct assay_error err = { 0 };
	size_t n;

	(void)state;
	assert_true(assay_sipa_parse(assay_buffer_bytes(&b), &tree, &err));
	assert_int_equal(tree.n_nodes, 9);
	assert_int_equal(tree.nodes[0].count, 1);
	node = assay_sipa_children(&tree, &tree.nodes[0],
	    ASSAY_SIPA_TRUSTBOUNDARY, &n);
	assert_non_null(node);
	assert_int_equal(n, 1);
	assert_int_equal(node->depth, 1);
	assert_string_equal(node->known->name, "EVENT_TRUSTBOUNDARY");
	assert_null(assay_sipa_children(&tree, node, ASSAY_SIPA_WINPE, &n));
	assert_int_equal(n, 0);
	/* Equal ids lie together, in order of the input. */
	node = assay_sipa_children(&tree, node, 0x40010003, &n);
	assert_non_null(node);
	assert_int_equal(n, 2);
	assert_int_equal(node[0].count, 2);
	assert_int_equal(node[1].count, 1);
	assert_true(node[0].offset < node[1].offset);
	node = assay_sipa_children(&tree, node, 0x00070001, &n);
	assert_non_null(node);
	assert_int_equal(node->depth, 3);
	assert_int_equal(node->payload.len, 6);
	assay_sipa_free(&tree);
	assay_buffer_free(&b);
}

/* Every prefix ends inside the outermost record, except the empty one. */
static void
test_truncated(void **state)
{
	struct assay_buffer b = good();

	(void)state;
	for (size_t n = 0; n < b.len; n++) {
		struct assay_sipa tree = { 0 };
		struct assay_error err = { 0 };
		bool ok = assay_sipa_parse((struct assay_bytes){ b.ptr, n },
		    &tree, &err);

		assert_true(ok == (n == 0));
		if (!ok)
			assert_int_equal(err.code,
			    ASSAY_ERR_EVENTLOG_MALFORMED);
		assay_sipa_free(&tree);
	}
	assay_buffer_free(&b);
}

static void
nest(struct assay_buffer *b, uint32_t id, unsigned int levels)
{
	size_t at[32];

	for (unsigned int i = 0; i < levels; i++)
		at[i] = begin(b, id);
	while (levels-- > 0)
		end(b, at[levels]);
}

static void
many(struct assay_buffer *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		leaf(b, ASSAY_SIPA_WINPE, "\0", 1);
}

static void
test_breakages(void **state)
{
	static const struct {
		const char	*name;
		enum { EDIT, NEST, NEST_UNKNOWN, MANY } what;
		size_t		 at;
		uint64_t	 value;
		enum assay_code	 want;
		const char	*text;
	} rows[] = {
		{ "good", EDIT, 0, ASSAY_SIPA_TRUSTBOUNDARY, ASSAY_ERR_OK,
		    "" },
		{ "outer_longer", EDIT, 4, 1000,
		    ASSAY_ERR_EVENTLOG_MALFORMED, "id 40010001 at offset 0" },
		{ "outer_shorter", EDIT, 4, 20, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "at offset 28" },
		{ "inner_beyond_outer", EDIT, 12, 4096,
		    ASSAY_ERR_EVENTLOG_MALFORMED,
		    "id 40010003 at offset 8 wants 4096" },
		{ "inner_shorter", EDIT, 12, 15, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "at offset" },
		{ "size_huge", EDIT, 4, 0xffffffff,
		    ASSAY_ERR_EVENTLOG_MALFORMED, "wants 4294967295" },
		{ "depth_at_limit", NEST, 0, ASSAY_MAX_SIPA_DEPTH,
		    ASSAY_ERR_OK, "" },
		{ "depth_over_limit", NEST, 0, ASSAY_MAX_SIPA_DEPTH + 1,
		    ASSAY_ERR_LIMIT_EXCEEDED, "deeper than 8" },
		/* A container nobody knows is not opened. */
		{ "unknown_container", NEST_UNKNOWN, 0, 20, ASSAY_ERR_OK,
		    "" },
		{ "records_at_limit", MANY, 0, ASSAY_MAX_SIPA_RECORDS,
		    ASSAY_ERR_OK, "" },
		{ "records_over_limit", MANY, 0, ASSAY_MAX_SIPA_RECORDS + 1,
		    ASSAY_ERR_LIMIT_EXCEEDED, "more than 65536 records" },
	};
	struct test_table t = { .name = "tagged data" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_buffer b = assay_buffer(1024 * 1024);
		struct assay_sipa tree = { 0 };
		struct assay_error err = { 0 };
		bool ok;

		if (rows[i].what == EDIT) {
			assay_buffer_free(&b);
			b = good();
			assay_buffer_patch_le(&b, rows[i].at, rows[i].value,
			    4);
		} else if (rows[i].what == MANY) {
			many(&b, rows[i].value);
		} else {
			nest(&b, rows[i].what == NEST ? 0x40010003 :
			    0x49dffe0f, (unsigned int)rows[i].value);
		}
		ok = assay_sipa_parse(assay_buffer_bytes(&b), &tree, &err);
		test_row(&t, rows[i].name, err.code == rows[i].want &&
		    ok == (rows[i].want == ASSAY_ERR_OK) &&
		    strstr(err.text, rows[i].text) != NULL, "got %s \"%s\"",
		    assay_code_name(err.code), err.text);
		assay_sipa_free(&tree);
		assay_buffer_free(&b);
	}
	test_table_end(&t);
}

/* Tags of the Linux EFI stub, of systemd's add-ons, and what is neither. */
static void
test_like(void **state)
{
	static const struct {
		const char		*name;
		struct assay_bytes	 in;
		bool			 want;
	} rows[] = {
		{ "trust_boundary", TEXT("\1\0\1\x40\0\0\0\0"), true },
		{ "authority", TEXT("\2\0\6\0\1\0\0\0x"), true },
		{ "efi_stub_options", TEXT("\xed\x22\x3b\x8f\0\0\0\0"),
		    false },
		{ "efi_stub_initrd", TEXT("\xec\x22\x3b\x8f\0\0\0\0"), false },
		{ "sd_devicetree", TEXT("\x51\xf7\x46\x6c\0\0\0\0"), false },
		{ "sd_initrd", TEXT("\x0f\xfe\xdf\x49\0\0\0\0"), false },
		{ "sd_microcode", TEXT("\x1a\x8e\xc0\xda\0\0\0\0"), false },
		{ "trust_point", TEXT("\4\0\1\xc0\0\0\0\0"), false },
		{ "size_beyond_end", TEXT("\1\0\1\x40\1\0\0\0"), false },
		{ "short", TEXT("\1\0\1\x40\0\0\0"), false },
		{ "text", TEXT("LOADED_IMAGE"), false },
	};
	struct test_table t = { .name = "is it Windows" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_row(&t, rows[i].name,
		    assay_sipa_like(rows[i].in) == rows[i].want, "want %d",
		    rows[i].want);
	test_table_end(&t);
}

static void
test_table_of_ids(void **state)
{
	const struct assay_sipa_id *ids;
	size_t n;

	(void)state;
	ids = assay_sipa_ids(&n);
	assert_int_equal(n, 112);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(assay_sipa_find(ids[i].id), &ids[i]);
		assert_true(i == 0 || ids[i - 1].id < ids[i].id);
		/* The bit and the table agree on what a container is. */
		assert_true(((ids[i].id & ASSAY_SIPA_AGGREGATION) != 0) ==
		    (ids[i].payload == ASSAY_SIPA_CONTAINER));
		assert_memory_equal(ids[i].name, "EVENT_", 6);
	}
	assert_null(assay_sipa_find(0));
	assert_null(assay_sipa_find(0xffffffff));
}

static void
test_scalars(void **state)
{
	static const struct {
		const char		*name;
		struct assay_bytes	 in;
		int			 boolean;	/* -1: none */
		bool			 integer;
		uint64_t		 value;
	} rows[] = {
		{ "empty", TEXT(""), -1, false, 0 },
		{ "zero", TEXT("\0"), 0, true, 0 },
		{ "one", TEXT("\1"), 1, true, 1 },
		{ "two", TEXT("\2"), -1, true, 2 },
		{ "u16", TEXT("\1\0"), -1, false, 0 },
		{ "u32", TEXT("\4\3\2\1"), -1, true, 0x01020304 },
		{ "u64", TEXT("\1\0\0\0\0\0\0\x80"), -1, true,
		    UINT64_C(0x8000000000000001) },
		{ "nine", TEXT("\0\0\0\0\0\0\0\0\0"), -1, false, 0 },
	};
	struct test_table t = { .name = "scalars" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool b = false, has_bool = assay_sipa_bool(rows[i].in, &b);
		uint64_t v = 0;
		bool has_int = assay_sipa_integer(rows[i].in, &v);

		test_row(&t, rows[i].name,
		    (has_bool ? b : -1) == rows[i].boolean &&
		    has_int == rows[i].integer && v == rows[i].value,
		    "got %d and %llu", has_bool ? b : -1,
		    (unsigned long long)v);
	}
	test_table_end(&t);
}

static void
test_choices(void **state)
{
	static const struct {
		uint32_t	 id;
		uint64_t	 value;
		const char	*want;
	} rows[] = {
		{ 0x00020005, 0, "None" },
		{ 0x00020005, 4, "TPM" },
		{ 0x00020005, 0x14, "TPM|PIN" },
		{ 0x00020005, 0x3f7, "Cached|Media|TPM|PIN|External|Recovery|"
		    "Passphrase|NBP|AUK_OSFVEINFO" },
		{ 0x00020005, 0x1004, "4100" },
		{ 0x00050004, 0, "OptIn" },
		{ 0x00050004, 4, "4" },
		{ 0x000a0007, 1, "HypervisorEnforcedCodeIntegrityEnable" },
		{ 0x00020003, 2, "2" },
		{ 0x000c0002, UINT64_MAX, "18446744073709551615" },
	};
	char text[ASSAY_SIPA_CHOICE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(assay_sipa_choice(rows[i].id,
		    rows[i].value, text), rows[i].want);
}

enum form { SI_POLICY, REVOCATION, SBCP, KEY };

static bool
decode(enum form form, struct assay_bytes in)
{
	struct assay_sipa_si_policy policy;
	struct assay_sipa_revocation_list list;
	struct assay_sipa_sbcp_info sbcp;
	struct assay_sipa_key_info key;

	switch (form) {
	case SI_POLICY:
		return assay_sipa_si_policy(in, &policy) &&
		    policy.version == 7 && policy.name.len == 4 &&
		    policy.digest.len == 32;
	case REVOCATION:
		return assay_sipa_revocation_list(in, &list) &&
		    list.created == 7 && list.digest.len == 32;
	case SBCP:
		return assay_sipa_sbcp_info(in, &sbcp) &&
		    sbcp.signers == 2 && sbcp.digest.len == 32;
	case KEY:
		return assay_sipa_key_info(in, &key) && key.bits == 2048 &&
		    key.exponent.len == 3 && key.modulus.len == 4;
	}
	return false;
}

static struct assay_buffer
made(enum form form)
{
	struct assay_buffer b = assay_buffer(256);

	switch (form) {
	case SI_POLICY:
		(void)assay_buffer_put_le(&b, 7, 8);
		(void)assay_buffer_put_le(&b, 4, 2);
		(void)assay_buffer_put_le(&b, ASSAY_TPM_ALG_SHA256, 2);
		(void)assay_buffer_put_le(&b, 32, 4);
		(void)assay_buffer_put_le(&b, 'p', 4);
		(void)assay_buffer_fill(&b, 0xaa, 32);
		break;
	case REVOCATION:
		(void)assay_buffer_put_le(&b, 7, 8);
		(void)assay_buffer_put_le(&b, 32, 4);
		(void)assay_buffer_put_le(&b, ASSAY_TPM_ALG_SHA256, 2);
		(void)assay_buffer_fill(&b, 0xaa, 32);
		break;
	case SBCP:
		(void)assay_buffer_put_le(&b, 1, 4);
		(void)assay_buffer_put_le(&b, 20, 4);
		(void)assay_buffer_put_le(&b, ASSAY_TPM_ALG_SHA256, 2);
		(void)assay_buffer_put_le(&b, 32, 2);
		(void)assay_buffer_put_le(&b, 0, 4);
		(void)assay_buffer_put_le(&b, 2, 4);
		(void)assay_buffer_fill(&b, 0xaa, 32);
		break;
	case KEY:
		(void)assay_buffer_put_le(&b, 1, 4);
		(void)assay_buffer_put_le(&b, 2048, 4);
		(void)assay_buffer_put_le(&b, 3, 4);
		(void)assay_buffer_put_le(&b, 4, 4);
		(void)assay_buffer_fill(&b, 1, 7);
		break;
	}
	return b;
}

/* Each structure, then one field of it changed, then cut and prolonged. */
static void
test_structures(void **state)
{
	static const struct {
		const char	*name;
		enum form	 form;
		size_t		 at, n;		/* n 0: nothing changed */
		uint64_t	 value;
		bool		 want;
	} rows[] = {
		{ "si_policy", SI_POLICY, 0, 0, 0, true },
		{ "si_policy_name_longer", SI_POLICY, 8, 2, 6, false },
		{ "si_policy_digest_longer", SI_POLICY, 12, 4, 33, false },
		{ "si_policy_digest_of_sha1", SI_POLICY, 10, 2, 4, false },
		{ "si_policy_unknown_hash", SI_POLICY, 10, 2, 0x12, true },
		{ "revocation_list", REVOCATION, 0, 0, 0, true },
		{ "revocation_list_huge", REVOCATION, 8, 4, 0xffffffff,
		    false },
		{ "revocation_list_of_sha384", REVOCATION, 12, 2, 12, false },
		{ "sbcp_info", SBCP, 0, 0, 0, true },
		{ "sbcp_info_version", SBCP, 0, 4, 2, false },
		{ "sbcp_info_offset", SBCP, 4, 4, 24, false },
		{ "sbcp_info_digest", SBCP, 10, 2, 31, false },
		{ "key_info", KEY, 0, 0, 0, true },
		{ "key_info_not_rsa", KEY, 0, 4, 2, false },
		{ "key_info_modulus", KEY, 12, 4, 5, false },
	};
	struct test_table t = { .name = "structures" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_buffer b = made(rows[i].form);
		bool ok;

		assay_buffer_patch_le(&b, rows[i].at, rows[i].value,
		    rows[i].n);
		ok = decode(rows[i].form, assay_buffer_bytes(&b)) ==
		    rows[i].want;
		for (size_t n = 0; n < b.len; n++)
			ok = ok && !decode(rows[i].form,
			    (struct assay_bytes){ b.ptr, n });
		(void)assay_buffer_putc(&b, 0);
		ok = ok && !decode(rows[i].form, assay_buffer_bytes(&b));
		test_row(&t, rows[i].name, ok, "want %d", rows[i].want);
		assay_buffer_free(&b);
	}
	test_table_end(&t);
}

static struct assay_buffer
key_payload(const struct assay_pkey *key, uint32_t bits)
{
	struct assay_buffer n = assay_buffer(1024), e = assay_buffer(16);
	struct assay_buffer out = assay_buffer(1024);
	struct assay_error err = { 0 };

	assert_true(assay_pkey_rsa(key, &n, &e, &err));
	(void)assay_buffer_put_le(&out, 1, 4);
	(void)assay_buffer_put_le(&out, bits, 4);
	(void)assay_buffer_put_le(&out, e.len, 4);
	(void)assay_buffer_put_le(&out, n.len, 4);
	(void)assay_buffer_put(&out, assay_buffer_bytes(&e));
	assert_true(assay_buffer_put(&out, assay_buffer_bytes(&n)));
	assay_buffer_free(&n);
	assay_buffer_free(&e);
	return out;
}

static void
test_key(void **state)
{
	struct assay_signer *signer = NULL;
	struct assay_pkey *key = NULL;
	struct assay_error err = { 0 };
	struct assay_buffer b;

	(void)state;
	assert_true(assay_signer_generate(ASSAY_KEY_RSA, 2048, &signer,
	    &err));
	b = key_payload(assay_signer_public(signer), 2048);
	assert_true(assay_sipa_key(assay_buffer_bytes(&b), &key, &err));
	assert_true(assay_pkey_equal(key, assay_signer_public(signer)));
	assay_pkey_free(key);
	assay_buffer_patch_le(&b, 4, 2047, 4);
	assert_false(assay_sipa_key(assay_buffer_bytes(&b), &key, &err));
	assert_int_equal(err.code, ASSAY_ERR_KEY_INVALID);
	b.len--;
	assert_false(assay_sipa_key(assay_buffer_bytes(&b), &key, &err));
	assert_int_equal(err.code, ASSAY_ERR_EVENTLOG_MALFORMED);
	assay_buffer_free(&b);
	assay_signer_free(signer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_breakages),
		cmocka_unit_test(test_like),
		cmocka_unit_test(test_table_of_ids),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_structures),
		cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
