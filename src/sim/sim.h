/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated Intel SGX world: certificates, revocation lists, TCB info, QE
 * identity and quotes, under a root of its own, for people without hardware,
 * for tests, fuzz seeds and benchmarks. Written from the byte layouts alone;
 * shares no code with the verifier. Keys follow from the seed; signatures are
 * randomised, so that two worlds of one seed accept each other's quotes but
 * differ in bytes.
 *
 *	struct assay_sim_params p;
 *	struct assay_sim_world *w = NULL;
 *	struct assay_buffer quote = assay_buffer(ASSAY_SIM_MAX_BYTES);
 *
 *	assay_sim_params_default(&p, 1800000000);
 *	p.quote.body.isv_svn = 7;
 *	if (!assay_sim_world_new(&p, &w, err) ||
 *	    !assay_sim_quote(w, &p.quote, &quote, err))
 *		...
 *
 * Everything below that is called a fault is for breakage.h.
 */
#ifndef ASSAY_SIM_SIM_H
#define ASSAY_SIM_SIM_H

#include "base/buffer.h"

#define ASSAY_SIM_MAX_BYTES	(1024u * 1024)
#define ASSAY_SIM_COMPONENTS	16

enum assay_sim_ca { ASSAY_SIM_PROCESSOR, ASSAY_SIM_PLATFORM };

/* ---- certificates and revocation lists -------------------------------- */

/* One certificate. The defaults are what Intel issues. */
struct assay_sim_cert {
	const char	*cn;
	int64_t		 not_before, not_after;
	bool		 is_ca;
	int		 pathlen;		/* -1: none */
	unsigned int	 key_usage;		/* bits; 0: no extension */
	/* Faults. */
	bool		 forged;		/* signed by a stranger's key */
	const char	*issuer_cn;		/* names another issuer */
	bool		 no_basic_constraints, no_key_ids, no_crl_url;
	const char	*critical_oid;		/* of an unknown extension */
	bool		 another_key;		/* subject key is a stranger's,
						   signed as it should be */
	bool		 p384;			/* subject key is on P-384 */
};

struct assay_sim_crl {
	int64_t		 this_update, next_update;
	bool		 revokes;		/* intermediate, or PCK */
	/* Faults. */
	bool		 forged, no_number, no_aki;
	const char	*issuer_cn;
	bool		 garbage;		/* no CRL at all */
	bool		 missing;		/* empty member of collateral */
	bool		 trailing;		/* a byte behind it */
};

/* The SGX extensions of the PCK certificate, 1.2.840.113741.1.13.1. */
struct assay_sim_pck {
	uint8_t		ppid[16];
	uint8_t		components[ASSAY_SIM_COMPONENTS];
	uint16_t	pcesvn;
	uint8_t		cpusvn[16];
	uint8_t		pceid[2];
	uint8_t		fmspc[6];
	uint8_t		sgx_type;	/* 0, 1, 2 */
	uint8_t		instance_id[16];	/* platform CA only */
	bool		dynamic, cached_keys, smt;
	/* Faults. */
	bool		absent;			/* no SGX extension at all */
	uint32_t	omit;			/* bit n: leave .n out */
	uint32_t	omit_tcb;		/* bit n: leave .2.n out */
	uint32_t	twice;			/* bit n: .n is there twice */
	uint8_t		short_field;		/* n: .n has an octet less */
	bool		trailing;		/* bytes behind the sequence */
};

/* ---- signed JSON ------------------------------------------------------- */

/* Text that replaces other text. Where find is missing, making fails. */
struct assay_sim_edit {
	const char	*find, *replace;
};

#define ASSAY_SIM_EDITS	4

struct assay_sim_json {
	int64_t			 issue_date, next_update;
	uint32_t		 version;
	uint32_t		 evaluation_number;
	/* Faults: edits before and after signing, NULL-terminated. */
	struct assay_sim_edit	 before[ASSAY_SIM_EDITS];
	struct assay_sim_edit	 after[ASSAY_SIM_EDITS];
	bool			 tdx;		/* what TDX platforms get */
	bool			 no_levels;
	const char		*behind;	/* text after the end */
	bool			 forged;	/* signed by a stranger */
	bool			 missing;
	bool			 chain_missing;
	bool			 chain_short;	/* without the root */
	bool			 chain_garbage;
	bool			 chain_extra;	/* a third certificate */
	bool			 by_intermediate; /* signing certificate is
						     issued by the PCK CA */
	bool			 by_stranger;	/* ... under a root of the same
						   name that nobody trusts */
};

/* ---- quotes -------------------------------------------------------------- */

/* struct sgx_report_body_t, 384 bytes. */
struct assay_sim_report {
	uint8_t		cpusvn[16];
	uint32_t	miscselect;
	uint8_t		isv_ext_prod_id[16];	/* KSS */
	uint64_t	flags, xfrm;		/* ATTRIBUTES */
	uint8_t		mrenclave[32];
	uint8_t		mrsigner[32];
	uint8_t		config_id[64];		/* KSS */
	uint16_t	isv_prod_id, isv_svn;
	uint16_t	config_svn;		/* KSS */
	uint8_t		isv_family_id[16];	/* KSS */
	uint8_t		report_data[64];
	/* Fault: bit n sets the first byte of reserved field n (1 to 4). */
	uint32_t	reserved;
};

#define ASSAY_SIM_FLAG_INIT	(UINT64_C(1) << 0)
#define ASSAY_SIM_FLAG_DEBUG	(UINT64_C(1) << 1)
#define ASSAY_SIM_FLAG_MODE64	(UINT64_C(1) << 2)
#define ASSAY_SIM_FLAG_PROVISION (UINT64_C(1) << 4)
#define ASSAY_SIM_FLAG_KSS	(UINT64_C(1) << 7)

struct assay_sim_quote {
	uint16_t		version;	/* 3; 4 or 5 with an SGX body */
	uint16_t		att_key_type;
	uint32_t		tee_type;
	uint16_t		qe_svn, pce_svn;	/* version 3 only */
	uint8_t			vendor_id[16];
	uint8_t			user_data[20];
	struct assay_sim_report	body;
	struct assay_sim_report	qe;
	uint16_t		qe_auth_len;
	uint16_t		cert_type;
	/* Bytes behind the quote, as they come in the field: zeros. */
	size_t			trailing;
	/* Faults. */
	bool			forged;		/* by another attestation key */
	bool			qe_forged;	/* by another PCK key */
	bool			qe_unbound;	/* QE report data is of another
						   attestation key */
	bool			qe_upper_half;	/* QE report data not zero */
	bool			key_off_curve;
	uint16_t		outer_type;	/* version 4 and 5: 6 */
	uint16_t		body_type;	/* version 5: 1 */
	int			body_size_add;	/* version 5 */
	bool			td_body;	/* 584 bytes of a TD report */
	int			auth_len_add;	/* to the length fields */
	int			qe_auth_len_add;
	int			cert_len_add;
	int			outer_len_add;
	size_t			inner_trailing;	/* zeros within auth data */
	size_t			truncate;	/* bytes cut off at the end */
	bool			signature_zero;
};

/* The header of an Open Enclave report. */
struct assay_sim_openenclave {
	uint32_t	version;	/* 1 */
	uint32_t	type;		/* 2: remote */
	int		size_add;	/* fault: to the length of the quote */
};

/* Fault: what stands in the PCK chain instead of leaf, CA, root. */
struct assay_sim_chain {
	bool		no_leaf, no_intermediate, no_root;
	bool		intermediate_twice;
	bool		extra;		/* the root once more */
	bool		junk_behind, garbage;
};

/* ---- the world ----------------------------------------------------------- */

struct assay_sim_params {
	char			 seed[64];
	/* The moment around which everything is valid. */
	int64_t			 at;
	enum assay_sim_ca	 ca;
	/*
	 * The root stands in three chains, each with a copy that can be broken
	 * alone; the trust anchor given out is always sound. The chain of the
	 * QE identity is the very one of the TCB info, as Intel serves it,
	 * unless qe_own_chain is set.
	 */
	struct assay_sim_cert	 root, intermediate, pck_cert;
	struct assay_sim_cert	 tcb_root, tcb_signing;
	struct assay_sim_cert	 qe_root, qe_signing;
	bool			 qe_own_chain;
	struct assay_sim_crl	 root_crl, pck_crl;
	/* Besides root_crl.revokes, which means the intermediate. */
	bool			 root_crl_revokes_tcb_signing;
	bool			 root_crl_revokes_qe_signing;
	bool			 other_ca_crl;	/* fault: PCK CRL of the CA that
						   did not issue */
	struct assay_sim_pck	 pck;
	struct assay_sim_json	 tcb_info, qe_identity;
	struct assay_sim_chain	 chain;
	struct assay_sim_quote	 quote;
	struct assay_sim_openenclave openenclave;
	/* Fault: the chain hangs under the root of another seed. */
	bool			 other_anchor;
};

/*
 * An up-to-date platform under the platform CA, a production enclave, version
 * 3, TCB info 3. The defaults can be changed at will before use.
 */
void assay_sim_params_default(struct assay_sim_params *p, int64_t at);
/* The CA that issues the PCK certificate, and what changes with it. */
void assay_sim_set_ca(struct assay_sim_params *p, enum assay_sim_ca ca);
/*
 * Put the platform at the level of TCB info that has this status ("UpToDate",
 * "OutOfDateConfigurationNeeded", ..., "Revoked"); false if there is none.
 */
ASSAY_MUST_USE bool assay_sim_set_tcb_status(struct assay_sim_params *p,
    const char *status);
/* The status names that assay_sim_set_tcb_status knows; NULL-terminated. */
const char *const *assay_sim_tcb_statuses(void);

/* As struct assay_dcap_collateral; ptr NULL: not there. */
struct assay_sim_collateral {
	struct assay_bytes pck_crl;
	struct assay_bytes root_ca_crl;
	struct assay_bytes tcb_info;
	struct assay_bytes tcb_info_chain;
	struct assay_bytes qe_identity;
	struct assay_bytes qe_identity_chain;
	struct assay_bytes pck_chain;
};

struct assay_sim_world;

/* Free with assay_sim_world_free(). Borrows nothing of p afterwards. */
ASSAY_MUST_USE bool assay_sim_world_new(const struct assay_sim_params *p,
    struct assay_sim_world **out, struct assay_error *err);
void assay_sim_world_free(struct assay_sim_world *w);

/* Borrowed: live as long as the world. Root is PEM, the trust anchor. */
void assay_sim_world_collateral(const struct assay_sim_world *w,
    struct assay_sim_collateral *out);
struct assay_bytes assay_sim_world_root(const struct assay_sim_world *w);

/* Append a quote of this platform, trailing bytes included. */
ASSAY_MUST_USE bool assay_sim_quote(const struct assay_sim_world *w,
    const struct assay_sim_quote *q, struct assay_buffer *out,
    struct assay_error *err);
/* Append the 16-byte header of an Open Enclave report, then the quote. */
ASSAY_MUST_USE bool assay_sim_openenclave(
    const struct assay_sim_openenclave *header, struct assay_bytes quote,
    struct assay_buffer *out, struct assay_error *err);
/* report_data[0:32] = SHA-256(data), the rest zero. */
ASSAY_MUST_USE bool assay_sim_bind(struct assay_sim_report *report,
    struct assay_bytes data, struct assay_error *err);

#endif
