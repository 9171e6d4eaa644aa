/* SPDX-License-Identifier: Apache-2.0 */
#include "service/http_exchange.h"

#include <assay/assay.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/clock.h"
#include "app/ident.h"
#include "base/mem.h"
#include "base/text.h"

#define DISCARD_MAX	(64u * 1024)	/* body of a refused request */
#define ANSWER_HEAD_MAX	(2u * 1024)	/* what we write ourselves */
#define DATE_TEXT	64	/* what gcc can prove to suffice */

struct assay_http_exchange {
	const struct assay_http_handler *handler;
	const struct assay_http_peer	*peer;
	uint8_t			 *text;		/* the head as it came */
	struct assay_head	  head;
	struct assay_framing	  framing;
	char			  path[ASSAY_MAX_HTTP_TARGET + 1];
	struct assay_http_request request;
	struct assay_http_answer  answer;
	struct assay_buffer	  body;
	uint64_t		  wants;	/* bytes of the body */
	bool			  refused;	/* answer is there already */
	bool			  close;
};

/* The client's own, if it is one (api.md section 1), else a new one. */
static void
name_request(struct assay_http_exchange *x)
{
	char *out = x->request.request_id;
	struct assay_bytes parent;
	struct assay_error err;

	if (assay_head_find(&x->head, "traceparent", &parent) &&
	    assay_traceparent_ok(parent)) {
		memcpy(out, parent.ptr, parent.len);
		out[parent.len] = '\0';
		return;
	}
	(void)snprintf(out, sizeof("00-"), "00-");
	if (!assay_ident(24, out + 3, &err))
		memset(out + 3, '0', 48);
	memmove(out + 36, out + 35, 16);
	out[35] = '-';
	memcpy(out + 52, "-00", 4);
}

struct assay_http_exchange *
assay_http_exchange_new(const struct assay_http_handler *handler,
    const struct assay_http_peer *peer)
{
	struct assay_http_exchange *x = assay_alloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->handler = handler;
	x->peer = peer;
	x->request.head = &x->head;
	x->request.method = x->head.method;
	x->request.path = x->path;
	x->request.peer = peer->address;
	x->request.loopback = peer->loopback;
	x->request.fd = peer->fd;
	x->request.tls = peer->tls;
	x->request.certs = peer->certs;
	x->request.n_certs = peer->n_certs;
	x->request.started_ms = assay_clock_monotonic_ms();
	return x;
}

void
assay_http_exchange_free(struct assay_http_exchange *x)
{
	if (x == NULL)
		return;
	free(x->text);
	assay_buffer_free(&x->body);
	assay_buffer_free(&x->answer.body);
	free(x);
}

/* ---- the request ---------------------------------------------------------- */

static void
refuse(struct assay_http_exchange *x, unsigned int status,
    const struct assay_error *err)
{
	if (x->request.request_id[0] == '\0')
		name_request(x);
	x->handler->refuse(x->handler->ctx, &x->request, status, err,
	    &x->answer);
	x->answer.status = status;
	x->refused = true;
}

void
assay_http_exchange_refuse(struct assay_http_exchange *x, unsigned int status,
    const struct assay_error *err)
{
	refuse(x, status, err);
	x->close = true;
	x->wants = 0;
}

/* What every body must be, whatever it is for. */
static bool
check_body_headers(const struct assay_head *head, unsigned int *status,
    struct assay_error *err)
{
	struct assay_bytes value;

	*status = 415;
	if (assay_head_find(head, "Content-Encoding", &value) &&
	    !assay_text_is_nocase(value, "identity"))
		return assay_fail(err, ASSAY_ERR_REQUEST_INVALID,
		    "Content-Encoding is not accepted: send the body as it "
		    "is");
	return true;
}

/* The head has one reading: is the request welcome? */
static void
look(struct assay_http_exchange *x)
{
	size_t max_body = 0;
	struct assay_error err = { 0 };
	unsigned int status;

	if (!check_body_headers(&x->head, &status, &err)) {
		refuse(x, status, &err);
	} else if (!x->handler->look(x->handler->ctx, &x->request, &max_body,
	    &x->answer)) {
		x->refused = true;
	} else if (x->framing.length > max_body) {
		assay_fail(&err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "body has %llu bytes, want at most %zu",
		    (unsigned long long)x->framing.length, max_body);
		refuse(x, 413, &err);
	}
	x->body = assay_buffer(x->refused ? 0 : max_body);
}

static bool
read_head(struct assay_http_exchange *x, struct assay_bytes head,
    unsigned int *status, struct assay_error *err)
{
	bool ok = assay_head_parse(head, &x->head, status, err);

	if (ok)
		name_request(x);
	return ok && assay_framing_check(&x->head, &x->framing, status,
	    err) && assay_target_parse(x->head.target, x->path,
	    &x->request.query, status, err);
}

void
assay_http_exchange_head(struct assay_http_exchange *x, struct assay_bytes head)
{
	struct assay_error err = { 0 };
	unsigned int status = 500;

	/* The connection's buffer is used for the body while this is asked. */
	if ((x->text = malloc(head.len)) == NULL) {
		assay_fail_memory(&err, "head of a request");
		assay_http_exchange_refuse(x, 500, &err);
		return;
	}
	memcpy(x->text, head.ptr, head.len);
	head.ptr = x->text;
	if (!read_head(x, head, &status, &err)) {
		assay_http_exchange_refuse(x, status, &err);
		return;
	}
	look(x);
	x->close = x->framing.close;
	x->wants = x->framing.length;
	/* Without its body read, a refused request ends the connection. */
	if (x->refused && (x->wants > DISCARD_MAX ||
	    assay_http_exchange_wants_continue(x))) {
		x->close = true;
		x->wants = 0;
	}
}

uint64_t
assay_http_exchange_wants(const struct assay_http_exchange *x)
{
	return x->wants;
}

/* RFC 9110 section 10.1.1: not from HTTP/1.0, nor without a body. */
bool
assay_http_exchange_wants_continue(const struct assay_http_exchange *x)
{
	return x->framing.expect_continue && x->head.minor != 0 &&
	    x->wants > 0;
}

bool
assay_http_exchange_body(struct assay_http_exchange *x, struct assay_bytes in,
    size_t *taken)
{
	if (in.len > x->wants)
		in.len = (size_t)x->wants;
	if (!x->refused && !assay_buffer_put(&x->body, in))
		return false;
	x->wants -= in.len;
	*taken = in.len;
	return true;
}

/* ---- the answer ----------------------------------------------------------- */

/* RFC 9110 section 15, those that are given. */
static const char *
reason_phrase(unsigned int status)
{
	switch (status) {
	case 200: return "OK";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 408: return "Request Timeout";
	case 411: return "Length Required";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 415: return "Unsupported Media Type";
	case 417: return "Expectation Failed";
	case 429: return "Too Many Requests";
	case 431: return "Request Header Fields Too Large";
	case 500: return "Internal Server Error";
	case 503: return "Service Unavailable";
	case 505: return "HTTP Version Not Supported";
	default: return "";
	}
}

/* RFC 9110 section 5.6.7; names of days and months in no language but this. */
static const char *
date_text(int64_t now, char out[DATE_TEXT])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t when = (time_t)now;
	struct tm tm = { 0 };

	(void)gmtime_r(&when, &tm);
	(void)snprintf(out, DATE_TEXT, "%.3s, %02d %.3s %04d %02d:%02d:%02d "
	    "GMT", days + (size_t)tm.tm_wday * 3, tm.tm_mday % 100,
	    months + (size_t)tm.tm_mon * 3, (tm.tm_year + 1900) % 10000,
	    tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100);
	return out;
}

static void
echo_client_id(const struct assay_http_exchange *x, struct assay_buffer *out)
{
	struct assay_bytes id;

	if (!assay_head_find(&x->head, "x-ms-client-request-id", &id) ||
	    id.len == 0 || id.len > 128)
		return;
	for (size_t i = 0; i < id.len; i++) {
		if (id.ptr[i] <= ' ' || id.ptr[i] > '~')
			return;
	}
	assay_buffer_printf(out, "x-ms-client-request-id: %.*s\r\n",
	    (int)id.len, (const char *)id.ptr);
}

static void
put_head(const struct assay_http_exchange *x, struct assay_buffer *out)
{
	const struct assay_http_answer *a = &x->answer;
	char date[DATE_TEXT];

	assay_buffer_printf(out, "HTTP/1.1 %u %s\r\nDate: %s\r\n"
	    "Content-Type: %s\r\n"
	    "Content-Length: %zu\r\nx-ms-request-id: %s\r\n"
	    "x-ms-maa-service-version: %s\r\n"
	    "X-Content-Type-Options: nosniff\r\n",
	    a->status, reason_phrase(a->status),
	    date_text(assay_clock_now(), date), a->content_type != NULL ?
	    a->content_type : "application/json; charset=utf-8", a->body.len,
	    x->request.request_id, ASSAY_VERSION);
	echo_client_id(x, out);
	if (a->error_code != NULL)
		assay_buffer_printf(out, "x-ms-error-code: %s\r\n",
		    a->error_code);
	if (a->allow != NULL)
		assay_buffer_printf(out, "Allow: %s\r\n", a->allow);
	if (a->challenge[0] != '\0')
		assay_buffer_printf(out, "WWW-Authenticate: %s\r\n",
		    a->challenge);
	if (a->retry_after != 0)
		assay_buffer_printf(out, "Retry-After: %u\r\n",
		    a->retry_after);
	assay_buffer_printf(out, "%s\r\n",
	    x->close ? "Connection: close\r\n" : "");
}

bool
assay_http_exchange_answer(struct assay_http_exchange *x, bool last,
    struct assay_buffer *out, bool *close)
{
	if (!x->refused) {
		x->request.body = assay_buffer_bytes(&x->body);
		x->handler->serve(x->handler->ctx, &x->request, &x->answer);
	}
	x->close = x->close || last;
	*close = x->close;
	*out = assay_buffer(ANSWER_HEAD_MAX + x->answer.body.len);
	put_head(x, out);
	/* RFC 9110 section 9.3.2: the length, but not the body. */
	if (strcmp(x->head.method, "HEAD") != 0)
		assay_buffer_put(out, assay_buffer_bytes(&x->answer.body));
	return !out->failed && !x->answer.body.failed;
}
