/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCG event logs: TCG_PCR_EVENT (SHA-1) and crypto-agile TCG_PCR_EVENT2, and
 * what each event's digest says about its data. Source: TCG PC Client
 * Platform Firmware Profile 1.06, sections 9 and 10. Little endian.
 */
#ifndef ASSAY_EVIDENCE_EVENTLOG_H
#define ASSAY_EVIDENCE_EVENTLOG_H

#include "evidence/pcrs.h"

#define ASSAY_EVENT_DIGESTS 8

/*
 * May the data of an event be believed, given that its digests are? An
 * event's data is not covered by the replay of digests: only data that the
 * digest vouches for by the rule of its type may become a claim. The type is
 * not covered at all: whoever reads an event must also know which PCR the type
 * belongs in.
 */
enum assay_event_trust {
	ASSAY_EVENT_NOT_EXTENDED,	/* EV_NO_ACTION: nothing vouches */
	ASSAY_EVENT_OPAQUE,	/* digest of something not in the log */
	ASSAY_EVENT_VERIFIED,	/* digest of the data, or of the part that the
				   type's rule names, in every bank */
	ASSAY_EVENT_FORGED,	/* the type's rule is certain and fails */
};

struct assay_event_digest {
	uint16_t		alg;		/* any TPM_ALG_ID */
	struct assay_bytes	bytes;
};

/* All bytes are borrowed from the log. */
struct assay_event {
	uint32_t			 seq;		/* from 0 in its log */
	size_t				 offset;	/* in the log */
	uint32_t			 pcr, type;
	struct assay_event_digest	 digests[ASSAY_EVENT_DIGESTS];
	size_t				 n_digests;
	struct assay_bytes		 data;
	enum assay_event_trust		 trust;
	struct assay_bytes		 vouched;	/* part of data that the
							   digest covers */
};

struct assay_eventlog {
	bool			 agile;
	struct assay_event	*events;
	size_t			 n_events;
	size_t			 length;	/* without padding behind it */
};

/*
 * Parse the whole log and judge each event's trust. EVENTLOG_MALFORMED naming
 * event and offset; LIMIT_EXCEEDED. Zero or 0xff padding behind the last
 * event is left out. Free with assay_eventlog_free().
 */
ASSAY_MUST_USE bool assay_eventlog_parse(struct assay_bytes in,
    struct assay_eventlog *out, struct assay_error *err);
/*
 * The same for people who look at a broken log: on failure too, out has the
 * events before the one that does not parse; free it in any case.
 */
ASSAY_MUST_USE bool assay_eventlog_parse_prefix(struct assay_bytes in,
    struct assay_eventlog *out, struct assay_error *err);
void assay_eventlog_free(struct assay_eventlog *log);

/*
 * The digest in a bank, or NULL. An event without a digest in a bank that the
 * quote covers is not in the quote: whatever its trust, it proves nothing.
 */
const struct assay_event_digest *assay_event_digest(
    const struct assay_event *e, uint16_t alg);

/* "EV_SEPARATOR"; NULL for a type without a name. Static. */
const char *assay_event_type_name(uint32_t type);

#endif
