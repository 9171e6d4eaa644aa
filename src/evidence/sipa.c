/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/reader.h"
#include "evidence/sipa.h"

#define RECORD_HEADER	8	/* u32 id, u32 size */
#define KEY_ALG_RSA	1
#define SBCP_VERSION	1
#define SBCP_HEADER	20

/*
 * The tree is laid out breadth first: the children of a container are put
 * behind everything that is there already, so they are neighbours, and
 * nothing recurses.
 */
struct builder {
	struct assay_sipa	 tree;
	size_t			 cap;
	const uint8_t		*base;
	struct assay_error	*err;
};

static bool
grow(struct builder *b)
{
	size_t cap = b->cap == 0 ? 32 : b->cap * 2;
	struct assay_sipa_node *nodes;

	if (b->tree.n_nodes < b->cap)
		return true;
	nodes = assay_alloc(cap, sizeof(*nodes));
	if (nodes == NULL)
		return assay_fail_memory(b->err, "tagged event data");
	if (b->tree.n_nodes != 0)
		memcpy(nodes, b->tree.nodes,
		    b->tree.n_nodes * sizeof(*nodes));
	free(b->tree.nodes);
	b->tree.nodes = nodes;
	b->cap = cap;
	return true;
}

static bool
add_node(struct builder *b, const struct assay_sipa_node *node)
{
	if (b->tree.n_nodes > ASSAY_MAX_SIPA_RECORDS)
		return assay_fail(b->err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "tagged event data has more than %u records",
		    ASSAY_MAX_SIPA_RECORDS);
	if (node->depth > ASSAY_MAX_SIPA_DEPTH)
		return assay_fail(b->err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "tagged event data nests deeper than %u at offset %zu",
		    ASSAY_MAX_SIPA_DEPTH, node->offset);
	if (!grow(b))
		return false;
	b->tree.nodes[b->tree.n_nodes++] = *node;
	return true;
}

static bool
read_record(struct builder *b, struct assay_reader *r,
    struct assay_sipa_node *out)
{
	uint32_t id, size;
	size_t offset = (size_t)(r->pos - b->base);
	struct assay_bytes payload;

	if (!assay_read_u32le(r, &id) || !assay_read_u32le(r, &size))
		return assay_fail(b->err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "tagged event data: a record at offset %zu wants %d "
		    "bytes of header, %zu are left", offset, RECORD_HEADER,
		    assay_reader_left(r));
	if (!assay_read_bytes(r, size, &payload))
		return assay_fail(b->err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "tagged event data: id %08x at offset %zu wants %u "
		    "bytes, %zu are left", id, offset, size,
		    assay_reader_left(r));
	*out = (struct assay_sipa_node){ .id = id,
	    .known = assay_sipa_find(id), .payload = payload,
	    .offset = offset };
	return true;
}

static int
compare_nodes(const void *a, const void *b)
{
	const struct assay_sipa_node *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static bool
is_container(const struct assay_sipa_node *node)
{
	return node->depth == 0 || (node->known != NULL &&
	    node->known->payload == ASSAY_SIPA_CONTAINER);
}

/* Put the children of nodes[at] behind all. */
static bool
open_container(struct builder *b, size_t at)
{
	size_t first = b->tree.n_nodes;
	unsigned int depth = b->tree.nodes[at].depth + 1;
	struct assay_reader r = assay_reader(b->tree.nodes[at].payload);
	struct assay_sipa_node node;

	while (assay_reader_left(&r) != 0) {
		if (!read_record(b, &r, &node))
			return false;
		node.depth = depth;
		if (!add_node(b, &node))
			return false;
	}
	b->tree.nodes[at].first = first;
	b->tree.nodes[at].count = b->tree.n_nodes - first;
	if (b->tree.nodes[at].count > 1)
		qsort(&b->tree.nodes[first], b->tree.nodes[at].count,
		    sizeof(b->tree.nodes[first]), compare_nodes);
	return true;
}

bool
assay_sipa_parse(struct assay_bytes in, struct assay_sipa *out,
    struct assay_error *err)
{
	struct builder b = { .base = in.ptr, .err = err };
	const struct assay_sipa_node root = { .payload = in };

	if (!add_node(&b, &root))
		goto out;
	for (size_t i = 0; i < b.tree.n_nodes; i++)
		if (is_container(&b.tree.nodes[i]) && !open_container(&b, i))
			goto out;
	*out = b.tree;
	return true;
out:
	assay_sipa_free(&b.tree);
	return false;
}

void
assay_sipa_free(struct assay_sipa *tree)
{
	free(tree->nodes);
	*tree = (struct assay_sipa){ 0 };
}

bool
assay_sipa_like(struct assay_bytes in)
{
	struct assay_reader r = assay_reader(in);
	uint32_t id, size;

	return assay_read_u32le(&r, &id) && assay_read_u32le(&r, &size) &&
	    size <= assay_reader_left(&r) &&
	    (id & ASSAY_SIPA_NONMEASURED) == 0 && assay_sipa_find(id) != NULL;
}

const struct assay_sipa_node *
assay_sipa_children(const struct assay_sipa *tree,
    const struct assay_sipa_node *of, uint32_t id, size_t *n)
{
	size_t lo = of->first, end = of->first + of->count, hi = end;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (tree->nodes[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (*n = 0; lo + *n < end && tree->nodes[lo + *n].id == id; )
		(*n)++;
	return *n != 0 ? &tree->nodes[lo] : NULL;
}

bool
assay_sipa_bool(struct assay_bytes payload, bool *out)
{
	if (payload.len != 1 || payload.ptr[0] > 1)
		return false;
	*out = payload.ptr[0] == 1;
	return true;
}

bool
assay_sipa_integer(struct assay_bytes payload, uint64_t *out)
{
	uint64_t v = 0;

	if (payload.len != 1 && payload.len != 4 && payload.len != 8)
		return false;
	for (size_t i = payload.len; i-- > 0; )
		v = v << 8 | payload.ptr[i];
	*out = v;
	return true;
}

bool
assay_sipa_text(struct assay_bytes payload, struct assay_buffer *out)
{
	return assay_utf16le_decode(payload, out);
}

/* A digest whose algorithm is known is as long as the algorithm says. */
static bool
digest_fits(uint16_t alg, struct assay_bytes digest)
{
	enum assay_hash hash;

	return !assay_tpm_hash(alg, &hash) ||
	    digest.len == assay_hash_size(hash);
}

bool
assay_sipa_si_policy(struct assay_bytes payload,
    struct assay_sipa_si_policy *out)
{
	struct assay_reader r = assay_reader(payload);
	struct assay_sipa_si_policy p;
	uint16_t name;
	uint32_t digest;

	if (!assay_read_u64le(&r, &p.version) ||
	    !assay_read_u16le(&r, &name) ||
	    !assay_read_u16le(&r, &p.hash_alg) ||
	    !assay_read_u32le(&r, &digest) ||
	    !assay_read_bytes(&r, name, &p.name) ||
	    !assay_read_bytes(&r, digest, &p.digest) ||
	    assay_reader_left(&r) != 0 || !digest_fits(p.hash_alg, p.digest))
		return false;
	*out = p;
	return true;
}

bool
assay_sipa_revocation_list(struct assay_bytes payload,
    struct assay_sipa_revocation_list *out)
{
	struct assay_reader r = assay_reader(payload);
	struct assay_sipa_revocation_list l;
	uint32_t digest;

	if (!assay_read_u64le(&r, &l.created) ||
	    !assay_read_u32le(&r, &digest) ||
	    !assay_read_u16le(&r, &l.hash_alg) ||
	    !assay_read_bytes(&r, digest, &l.digest) ||
	    assay_reader_left(&r) != 0 || !digest_fits(l.hash_alg, l.digest))
		return false;
	*out = l;
	return true;
}

bool
assay_sipa_sbcp_info(struct assay_bytes payload,
    struct assay_sipa_sbcp_info *out)
{
	struct assay_reader r = assay_reader(payload);
	struct assay_sipa_sbcp_info s;
	uint32_t version, offset;
	uint16_t digest;

	if (!assay_read_u32le(&r, &version) || version != SBCP_VERSION ||
	    !assay_read_u32le(&r, &offset) || offset != SBCP_HEADER ||
	    !assay_read_u16le(&r, &s.hash_alg) ||
	    !assay_read_u16le(&r, &digest) ||
	    !assay_read_u32le(&r, &s.options) ||
	    !assay_read_u32le(&r, &s.signers) ||
	    !assay_read_bytes(&r, digest, &s.digest) ||
	    assay_reader_left(&r) != 0 || !digest_fits(s.hash_alg, s.digest))
		return false;
	*out = s;
	return true;
}

bool
assay_sipa_key_info(struct assay_bytes payload,
    struct assay_sipa_key_info *out)
{
	struct assay_reader r = assay_reader(payload);
	struct assay_sipa_key_info k;
	uint32_t alg, exponent, modulus;

	if (!assay_read_u32le(&r, &alg) || alg != KEY_ALG_RSA ||
	    !assay_read_u32le(&r, &k.bits) ||
	    !assay_read_u32le(&r, &exponent) ||
	    !assay_read_u32le(&r, &modulus) ||
	    !assay_read_bytes(&r, exponent, &k.exponent) ||
	    !assay_read_bytes(&r, modulus, &k.modulus) ||
	    assay_reader_left(&r) != 0)
		return false;
	*out = k;
	return true;
}

bool
assay_sipa_key(struct assay_bytes payload, struct assay_pkey **out,
    struct assay_error *err)
{
	struct assay_sipa_key_info info;
	struct assay_pkey *key;

	if (!assay_sipa_key_info(payload, &info))
		return assay_fail(err, ASSAY_ERR_EVENTLOG_MALFORMED,
		    "%zu bytes are not the description of an RSA key",
		    payload.len);
	if (!assay_pkey_from_rsa(info.modulus, info.exponent, &key, err))
		return false;
	if (assay_pkey_bits(key) != info.bits) {
		(void)assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "a key of %u bits is said to have %u",
		    assay_pkey_bits(key), info.bits);
		assay_pkey_free(key);
		return false;
	}
	*out = key;
	return true;
}
