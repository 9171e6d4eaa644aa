/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every maximum, with its reason. doc/limits.md lists the same names and
 * numbers; a test compares. A row is: name, value, unit, reason.
 */
#ifndef ASSAY_BASE_LIMITS_H
#define ASSAY_BASE_LIMITS_H

/*
 * One depth budget for JSON, the policy parser, its evaluator, JMESPath; the
 * JMESPath compliance suite nests 52 brackets in one of its benchmarks.
 */
#define ASSAY_MAX_DEPTH			64

/* json/ */
#define ASSAY_MAX_JSON_TEXT		(16u * 1024 * 1024)
/* Members and elements of all levels of one text: some 40 MB of values. */
#define ASSAY_MAX_JSON_MEMBERS		262144u
#define ASSAY_MAX_JSON_NUMBER		1024u
/* Written values wrap parsed ones: a token holds the runtime data. */
#define ASSAY_MAX_JSON_WRITE_DEPTH	(2u * ASSAY_MAX_DEPTH)

/* crypto/ */
#define ASSAY_MAX_CERT_BYTES		(64u * 1024)
#define ASSAY_MAX_CHAIN_CERTS		10
#define ASSAY_MAX_CHAIN_UNTRUSTED	64
#define ASSAY_MAX_PEM_BYTES		(256u * 1024)
#define ASSAY_MAX_CRL_BYTES		(8u * 1024 * 1024)
#define ASSAY_MAX_SIGNATURE_BYTES	1024
#define ASSAY_MAX_RSA_BITS		8192
#define ASSAY_MIN_RSA_BITS		2048
#define ASSAY_MAX_CERT_EXTENSIONS	64
#define ASSAY_MAX_CRL_EXTENSIONS	16

/* evidence/: DCAP quotes are 4 to 6 kB, padded in the field to 8 kB. */
#define ASSAY_MAX_EVIDENCE_BYTES	(64u * 1024)
#define ASSAY_MAX_QUOTE_AUTH_BYTES	(32u * 1024)
#define ASSAY_MAX_RUNTIME_DATA_BYTES	(1024u * 1024)

/* Logs: 73 kB is the longest seen; firmware reserves 64 kB to 1 MB. */
#define ASSAY_MAX_EVENTLOG_BYTES	(4u * 1024 * 1024)
#define ASSAY_MAX_EVENT_BYTES		(1024u * 1024)
#define ASSAY_MAX_EVENTS		65536u
#define ASSAY_MAX_TCG_LOGS		8
#define ASSAY_MAX_IMA_ENTRIES		65536u
/* Tagged data of Windows: 3 levels and 1000 records of one log are real. */
#define ASSAY_MAX_SIPA_DEPTH		8
#define ASSAY_MAX_SIPA_RECORDS		65536u
/* The claim events: as long as a policy's string may be. */
#define ASSAY_MAX_EVENTS_JSON		(8u * 1024 * 1024)
/* Report of a VBS enclave: 1 kB and 100 bytes for each module. */
#define ASSAY_MAX_VBS_REPORT_BYTES	(64u * 1024)
#define ASSAY_MAX_VBS_MODULES		256

/* TPM2B_NAME, TPM2B_DATA: an algorithm and its longest digest, TPMT_HA. */
#define ASSAY_MAX_TPM_NAME		66
/* A TPM request as JWS: the longest log, in base64 twice over. */
#define ASSAY_MAX_TPM_REQUEST		(8u * 1024 * 1024)
/* Quotes, signatures, public areas, VBS reports: below 2 kB when real. */
#define ASSAY_MAX_TPM_BLOB		(16u * 1024)
#define ASSAY_MAX_TPM_CONTEXT		4096
#define ASSAY_MAX_TPM_OTHER_KEYS	2
#define ASSAY_MAX_CUSTOM_CLAIMS		64
/* AzureGuest: names of an operating system, members of ClientPayload. */
#define ASSAY_MAX_GUEST_TEXT		256
#define ASSAY_MAX_GUEST_PAYLOAD		64

/* app/: certificates of TPMs that the operator revoked, 32 bytes each. */
#define ASSAY_MAX_REVOKED		65536u

/* claims/: an event log of the largest size makes some thousand claims. */
#define ASSAY_MAX_CLAIMS		65536u
#define ASSAY_MAX_CLAIMS_BYTES		(64u * 1024 * 1024)

/* collateral/ */
#define ASSAY_MAX_COLLATERAL_JSON	(1024u * 1024)
#define ASSAY_MAX_COLLATERAL_ITEMS	4096
#define ASSAY_MAX_COLLATERAL_DEPTH	32
#define ASSAY_MAX_TCB_LEVELS		256
#define ASSAY_MAX_ADVISORIES		1024
#define ASSAY_MAX_TDX_MODULES		64
/* Documents that are fetched or held back at one time. */
#define ASSAY_MAX_COLLATERAL_JOBS	1024
/* Baselines that an operator defines, and what each lists: every attestation
 * looks through the lists of one. */
#define ASSAY_MAX_BASELINES		256
#define ASSAY_MAX_BASELINE_VALUES	1024
#define ASSAY_MAX_BASELINES_BYTES	(1024u * 1024)
#define ASSAY_MAX_BASELINES_MEMORY	(8u * 1024 * 1024)
/* Data sets that are listed. */
#define ASSAY_MAX_TCB_NUMBERS		64
/* Looked through for each attestation. */
#define ASSAY_MAX_BLOCKS		1024

/* policy/ */
#define ASSAY_MAX_POLICY_BYTES		(256u * 1024)
#define ASSAY_MAX_POLICY_RULES		4096
#define ASSAY_MAX_POLICY_CONDITIONS	256
#define ASSAY_MAX_POLICY_TESTS		64
#define ASSAY_MAX_POLICY_CLAIMS		65536
#define ASSAY_MAX_POLICY_STRING		(8u * 1024 * 1024)
#define ASSAY_MAX_POLICY_STEPS		(16u * 1024 * 1024)
/* Drafts are run for anybody: about a tenth of a second. */
#define ASSAY_MAX_DRAFT_STEPS		(1024u * 1024)
#define ASSAY_MAX_POLICY_MEMORY		(64u * 1024 * 1024)
#define ASSAY_MAX_POLICY_DIAGNOSTICS	64
#define ASSAY_MAX_POLICY_TRACE		(4u * 1024 * 1024)
#define ASSAY_MAX_JMESPATH_BYTES	(64u * 1024)
/* Nested expressions and projections over nested data add up. */
#define ASSAY_MAX_JMESPATH_FRAMES	256

/* token/ */
#define ASSAY_MAX_TOKEN_BYTES		(1024u * 1024)
/* Room for an x5c chain of the greatest length. */
#define ASSAY_MAX_TOKEN_HEADER		(32u * 1024)
#define ASSAY_MAX_TOKEN_KEYS		256
/* Of one provider at one time: reports of TPMs keep a key for a year. */
#define ASSAY_MAX_SIGNING_KEYS		256
/* Access tokens: 1 to 4 kB, and they come in a head. */
#define ASSAY_MAX_BEARER_BYTES		(16u * 1024)
/* What the service wraps around runtime data that is itself at the limit. */
#define ASSAY_MAX_TOKEN_DEPTH		(ASSAY_MAX_DEPTH + 8)

/* app/: issuers of callers, rules for certificates; names in each. */
#define ASSAY_MAX_CALLER_RULES		64
#define ASSAY_MAX_CALLER_TEXTS		64
#define ASSAY_MAX_CALLERS_FILE		(256u * 1024)
/* What a client may send in TLS: a chain of four is 6 kB. */
#define ASSAY_MAX_CLIENT_CERTS_BYTES	(32u * 1024)
/* 256 keys with certificates. */
#define ASSAY_MAX_JWKS_BYTES		(1024u * 1024)
/* Families, registered by the parts of a program. */
#define ASSAY_MAX_METRICS		64u

/* service/ */
#define ASSAY_MAX_HTTP_BODY		(6u * 1024 * 1024)
/* TPM requests: logs of 4 MB, in base64 three times over. */
#define ASSAY_MAX_TPM_BODY		(12u * 1024 * 1024)
/* 3400 reports a second within the default lifetime; up to 64 MB. */
#define ASSAY_MAX_TPM_CHALLENGES	(1024u * 1024)
#define ASSAY_MAX_TPM_LIFETIME		3600
/* Clients whose rate is remembered; a power of two. */
#define ASSAY_MAX_RATE_CLIENTS		65536u
#define ASSAY_MAX_HTTP_HEAD		(16u * 1024)
#define ASSAY_MAX_HTTP_TARGET		(8u * 1024)
#define ASSAY_MAX_HTTP_HEADERS		64u
/*
 * Deadlines in milliseconds, absolute: a client that sends or takes a byte
 * now and then is never idle, and still holds what others could have.
 */
#define ASSAY_MAX_HTTP_HEAD_MS		10000
#define ASSAY_MAX_HTTP_IDLE_MS		60000
#define ASSAY_MAX_HTTP_BODY_MS		120000
/* From then on at least so many bytes a second. */
#define ASSAY_MAX_HTTP_BODY_GRACE_MS	10000
#define ASSAY_MIN_HTTP_BODY_RATE	1024
/* An answer is at most some 100 kB. */
#define ASSAY_MAX_HTTP_SEND_MS		30000
/* Reading on after the last answer. */
#define ASSAY_MAX_HTTP_LINGER_MS	2000
#define ASSAY_MAX_CONFIG_BYTES		(64u * 1024)
#define ASSAY_MAX_POLICY_SIGNERS	64

#endif
