/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Windows boot components measure: the tagged data of EV_EVENT_TAG
 * events, {u32 id, u32 size, payload} one behind the other, containers within
 * containers. Structure and payloads only; what may be believed is decided by
 * who knows the event. Source: Windows SDK, wbcl.h (SIPAEVENT_*); tpm.md 7.4.
 * Little endian.
 */
#ifndef ASSAY_EVIDENCE_SIPA_H
#define ASSAY_EVIDENCE_SIPA_H

#include "crypto/pkey.h"
#include "evidence/pcrs.h"

/* Bits of an id. */
#define ASSAY_SIPA_AGGREGATION	UINT32_C(0x40000000)	/* a container */
#define ASSAY_SIPA_NONMEASURED	UINT32_C(0x80000000)	/* vouched by nobody */

/* Ids that code names. */
#define ASSAY_SIPA_BOOTDEBUGGING	UINT32_C(0x00040001)
#define ASSAY_SIPA_OSKERNELDEBUG	UINT32_C(0x00050001)
#define ASSAY_SIPA_TESTSIGNING		UINT32_C(0x00050003)
#define ASSAY_SIPA_SAFEMODE		UINT32_C(0x00050005)
#define ASSAY_SIPA_WINPE		UINT32_C(0x00050006)
#define ASSAY_SIPA_HYPERVISOR_DEBUG	UINT32_C(0x0005000d)
#define ASSAY_SIPA_FLIGHTSIGNING	UINT32_C(0x00050021)
#define ASSAY_SIPA_VSM_IDKS_INFO	UINT32_C(0x00050023)
#define ASSAY_SIPA_AUTHORITYPUBKEY	UINT32_C(0x00060002)
#define ASSAY_SIPA_VBS_VSM_REQUIRED	UINT32_C(0x000a0001)
#define ASSAY_SIPA_VBS_IOMMU_REQUIRED	UINT32_C(0x000a0003)
#define ASSAY_SIPA_VBS_MANDATORY	UINT32_C(0x000a0006)
#define ASSAY_SIPA_VBS_HVCI_POLICY	UINT32_C(0x000a0007)
#define ASSAY_SIPA_TRUSTBOUNDARY	UINT32_C(0x40010001)

/* What a payload is. */
enum assay_sipa_payload {
	ASSAY_SIPA_CONTAINER,	/* records again */
	ASSAY_SIPA_BOOL,	/* one byte, 0 or 1 */
	ASSAY_SIPA_U32,
	ASSAY_SIPA_U64,
	ASSAY_SIPA_CHOICE,	/* 1, 4 or 8 bytes: a value with a name */
	ASSAY_SIPA_TEXT,	/* UTF-16, with or without NUL */
	ASSAY_SIPA_BLOB,	/* bytes that are the value: digest, key */
	ASSAY_SIPA_SI_POLICY,
	ASSAY_SIPA_REVOCATION_LIST,
	ASSAY_SIPA_KEY_INFO,
	ASSAY_SIPA_SBCP_INFO,
	ASSAY_SIPA_OPAQUE,	/* no layout is public, or nobody needs it */
};

struct assay_sipa_id {
	uint32_t		 id;
	const char		*name;	/* as policies write it: EVENT_... */
	enum assay_sipa_payload	 payload;
	bool			 many;	/* real logs repeat it in one
					   container */
};

/* All ids that wbcl.h names, ascending; static. */
const struct assay_sipa_id *assay_sipa_ids(size_t *n);
/* The row of an id, or NULL. */
const struct assay_sipa_id *assay_sipa_find(uint32_t id);

/* Bytes are borrowed from the input. */
struct assay_sipa_node {
	uint32_t			 id;
	const struct assay_sipa_id	*known;		/* NULL: none */
	struct assay_bytes		 payload;
	size_t				 offset;	/* of the record */
	unsigned int			 depth;		/* 1: top level */
	/* A known container's children are nodes[first .. first + count), in
	 * order of id, equal ids in order of the input. */
	size_t				 first, count;
};

/* nodes[0] is the whole input as a container of the top level. */
struct assay_sipa {
	struct assay_sipa_node	*nodes;
	size_t			 n_nodes;
};

/*
 * Parse all of in. EVENTLOG_MALFORMED naming id and offset: a record that
 * ends early, in any container. LIMIT_EXCEEDED: ASSAY_MAX_SIPA_DEPTH,
 * ASSAY_MAX_SIPA_RECORDS. Containers without a row in the table stay closed.
 * Time O(n log n) in the records. Free with assay_sipa_free().
 */
ASSAY_MUST_USE bool assay_sipa_parse(struct assay_bytes in,
    struct assay_sipa *out, struct assay_error *err);
void assay_sipa_free(struct assay_sipa *tree);
/* Does in begin like tagged data of Windows: a measured id of the table,
 * and a size that fits? */
bool assay_sipa_like(struct assay_bytes in);
/* The children of the id; NULL and *n = 0 if there are none. */
const struct assay_sipa_node *assay_sipa_children(
    const struct assay_sipa *tree, const struct assay_sipa_node *of,
    uint32_t id, size_t *n);

/*
 * Payloads. Each is false, and writes nothing, if the payload is not exactly
 * of its form: then nothing is known of it but its bytes.
 */
ASSAY_MUST_USE bool assay_sipa_bool(struct assay_bytes payload, bool *out);
/* Of 1, 4 or 8 bytes. */
ASSAY_MUST_USE bool assay_sipa_integer(struct assay_bytes payload,
    uint64_t *out);
/* Append UTF-8; NULs at the end are left out. False: odd length, a lone
 * surrogate, a NUL inside. */
ASSAY_MUST_USE bool assay_sipa_text(struct assay_bytes payload,
    struct assay_buffer *out);

#define ASSAY_SIPA_CHOICE_TEXT 80
/* The name of a value of a CHOICE: flags joined by '|'; its digits if it has
 * none. Returns out. */
const char *assay_sipa_choice(uint32_t id, uint64_t value,
    char out[ASSAY_SIPA_CHOICE_TEXT]);

/* Borrowed. */
struct assay_sipa_si_policy {
	uint64_t		version;
	uint16_t		hash_alg;	/* TPM_ALG_ID */
	struct assay_bytes	name;		/* UTF-16 */
	struct assay_bytes	digest;
};
ASSAY_MUST_USE bool assay_sipa_si_policy(struct assay_bytes payload,
    struct assay_sipa_si_policy *out);

struct assay_sipa_revocation_list {
	uint64_t		created;	/* FILETIME */
	uint16_t		hash_alg;	/* TPM_ALG_ID */
	struct assay_bytes	digest;
};
ASSAY_MUST_USE bool assay_sipa_revocation_list(struct assay_bytes payload,
    struct assay_sipa_revocation_list *out);

struct assay_sipa_sbcp_info {
	uint16_t		hash_alg;	/* TPM_ALG_ID */
	uint32_t		options, signers;
	struct assay_bytes	digest;
};
ASSAY_MUST_USE bool assay_sipa_sbcp_info(struct assay_bytes payload,
    struct assay_sipa_sbcp_info *out);

struct assay_sipa_key_info {
	uint32_t		bits;		/* of an RSA key */
	struct assay_bytes	exponent, modulus;	/* big endian */
};
ASSAY_MUST_USE bool assay_sipa_key_info(struct assay_bytes payload,
    struct assay_sipa_key_info *out);
/* The same as a key. EVENTLOG_MALFORMED, KEY_INVALID. */
ASSAY_MUST_USE bool assay_sipa_key(struct assay_bytes payload,
    struct assay_pkey **out, struct assay_error *err);

#endif
