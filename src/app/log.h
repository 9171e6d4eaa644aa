/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a program, on standard error: one JSON object a line, or text
 * where a person looks at it. Control characters never reach the reader's
 * terminal. Secrets, evidence and tokens do not belong here; hashes do.
 */
#ifndef ASSAY_APP_LOG_H
#define ASSAY_APP_LOG_H

#include <assay/error.h>

enum assay_log_level {
	ASSAY_LOG_DEBUG,
	ASSAY_LOG_INFO,
	ASSAY_LOG_WARNING,
	ASSAY_LOG_ERROR,
};

enum assay_log_format {
	ASSAY_LOG_AUTO,		/* text on a terminal, else JSON */
	ASSAY_LOG_TEXT,
	ASSAY_LOG_JSON,
};

void assay_log_setup(enum assay_log_format format,
    enum assay_log_level least);

/* One named value; made by the functions below, borrowed while logging. */
struct assay_log_field {
	const char		*name;
	enum { ASSAY_LOG_TEXT_FIELD, ASSAY_LOG_INTEGER_FIELD } type;
	struct assay_bytes	 text;
	int64_t			 integer;
};
/* NULL text: the field is left out. */
struct assay_log_field assay_log_str(const char *name, const char *text);
struct assay_log_field assay_log_bytes(const char *name,
    struct assay_bytes text);
struct assay_log_field assay_log_int(const char *name, int64_t value);

/*
 * Write one line in one write(). event is a stable word ("request",
 * "listening"). At most 64 fields; text is cut at 1,024 bytes.
 */
void assay_log(enum assay_log_level level, const char *event,
    const struct assay_log_field *fields, size_t n);
#define ASSAY_LOG(level, event, ...)					\
	assay_log((level), (event), (const struct assay_log_field[]){	\
	    __VA_ARGS__ }, sizeof((const struct assay_log_field[]){	\
	    __VA_ARGS__ }) / sizeof(struct assay_log_field))

/* What happened, where, with code and text of the error. */
void assay_log_error(enum assay_log_level level, const char *event,
    const char *what, const struct assay_error *err);

/*
 * For events that strangers can cause at will: true if one more may be
 * logged now (on average 10 a second). *skipped is how many were
 * not since the last true, for the line to say.
 */
struct assay_log_limit {
	int64_t		window;		/* zero it before first use */
	int64_t		used;
	int64_t		skipped;
};
bool assay_log_allowed(struct assay_log_limit *limit, int64_t *skipped);

#endif
