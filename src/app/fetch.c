/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "app/fetch.h"
#include "base/limits.h"
#include "base/text.h"

#define CONNECT_MS 10000

/* ---- addresses ---------------------------------------------------------- */

struct url {
	CURLU	*whole;
	char	*scheme, *host, *port;	/* freed by curl_free() */
	bool	 loopback;
};

static void
url_free(struct url *url)
{
	curl_free(url->scheme);
	curl_free(url->host);
	curl_free(url->port);
	curl_url_cleanup(url->whole);
	memset(url, 0, sizeof(*url));
}

/* RFC 6761 section 6.3 (libcurl answers "localhost" itself), RFC 6890. */
static bool
is_loopback(const char *host)
{
	struct in_addr v4;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &v4) == 1 &&
	    ntohl(v4.s_addr) >> 24 == 127;
}

static bool
has_part(CURLU *whole, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(whole, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

static bool
url_rules(const struct url *url, const char *text, struct assay_error *err)
{
	const char *authority = strstr(text, "://");

	/* libcurl takes a third slash; what it then calls host is a path. */
	if (authority == NULL || authority[3] == '/')
		return assay_fail(err, ASSAY_ERR_FETCH_REFUSED,
		    "\"%s\" has no host, want https://HOST[:PORT]", text);
	if (strcmp(url->scheme, "https") != 0 &&
	    strcmp(url->scheme, "http") != 0)
		return assay_fail(err, ASSAY_ERR_FETCH_REFUSED,
		    "%s: scheme is %s, want https", text, url->scheme);
	if (strcmp(url->scheme, "http") == 0 && !url->loopback)
		return assay_fail(err, ASSAY_ERR_FETCH_REFUSED,
		    "%s: http goes to this machine's loopback only, want "
		    "https for %s", text, url->host);
	if (has_part(url->whole, CURLUPART_USER) ||
	    has_part(url->whole, CURLUPART_PASSWORD))
		return assay_fail(err, ASSAY_ERR_FETCH_REFUSED,
		    "address with a user name or password in it");
	if (has_part(url->whole, CURLUPART_FRAGMENT))
		return assay_fail(err, ASSAY_ERR_FETCH_REFUSED,
		    "%s: address has a fragment (#...)", text);
	return true;
}

static bool
url_parse(const char *text, struct url *out, struct assay_error *err)
{
	struct url url = { 0 };
	CURLUcode rc;

	if ((url.whole = curl_url()) == NULL)
		return assay_fail_memory(err, "address");
	rc = curl_url_set(url.whole, CURLUPART_URL, text, 0);
	if (rc == CURLUE_OK)
		rc = curl_url_get(url.whole, CURLUPART_SCHEME, &url.scheme, 0);
	if (rc == CURLUE_OK)
		rc = curl_url_get(url.whole, CURLUPART_HOST, &url.host, 0);
	if (rc == CURLUE_OK)
		rc = curl_url_get(url.whole, CURLUPART_PORT, &url.port,
		    CURLU_DEFAULT_PORT);
	if (rc != CURLUE_OK) {
		(void)assay_fail(err, ASSAY_ERR_FETCH_REFUSED,
		    "\"%s\" is not an address (%s), want https://HOST[:PORT]",
		    text, curl_url_strerror(rc));
		url_free(&url);
		return false;
	}
	url.loopback = is_loopback(url.host);
	if (!url_rules(&url, text, err)) {
		url_free(&url);
		return false;
	}
	*out = url;
	return true;
}

bool
assay_url_check(const char *text, struct assay_error *err)
{
	struct url url;

	if (!url_parse(text, &url, err))
		return false;
	url_free(&url);
	return true;
}

bool
assay_url_same_origin(const char *a, const char *b, struct assay_error *err)
{
	struct url ua = { 0 }, ub = { 0 };
	bool ok = false;

	if (!url_parse(a, &ua, err) || !url_parse(b, &ub, err))
		goto out;
	ok = strcmp(ua.scheme, ub.scheme) == 0 &&
	    strcasecmp(ua.host, ub.host) == 0 && strcmp(ua.port, ub.port) == 0;
	if (!ok)
		(void)assay_fail(err, ASSAY_ERR_FETCH_REFUSED,
		    "%s is not under the origin of %s", a, b);
out:
	url_free(&ua);
	url_free(&ub);
	return ok;
}

/* ---- exchange ----------------------------------------------------------- */

struct exchange {
	CURL				*curl;
	struct curl_slist		*headers;
	struct assay_fetch_answer	*answer;
	char				 reason[CURL_ERROR_SIZE];
};

static size_t
on_body(char *ptr, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	struct assay_bytes in = { (const uint8_t *)ptr, size * n };

	return assay_buffer_put(&x->answer->body, in) ? in.len : 0;
}

static size_t
on_head(char *ptr, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	struct assay_bytes in = { (const uint8_t *)ptr, size * n };

	/* A status line begins the next answer: what came was a 1xx. */
	if (in.len >= 5 && memcmp(in.ptr, "HTTP/", 5) == 0)
		assay_buffer_clear(&x->answer->head);
	return assay_buffer_put(&x->answer->head, in) ? in.len : 0;
}

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static bool global_ok;

static void
global_init(void)
{
	global_ok = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static bool
put_header(struct exchange *x, const char *line)
{
	struct curl_slist *longer = curl_slist_append(x->headers, line);

	if (longer != NULL)
		x->headers = longer;
	return longer != NULL;
}

static bool
put_headers(struct exchange *x, const struct assay_fetch_request *request)
{
	char line[256];

	if (!put_header(x, "Accept: application/json, */*;q=0.1"))
		return false;
	if (request->content_type != NULL) {
		(void)snprintf(line, sizeof(line), "Content-Type: %s",
		    request->content_type);
		if (!put_header(x, line))
			return false;
	}
	for (size_t i = 0; request->headers != NULL &&
	    request->headers[i] != NULL; i++)
		if (!put_header(x, request->headers[i]))
			return false;
	return curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->headers) ==
	    CURLE_OK;
}

static bool
set_rules(CURL *c, const struct url *url,
    const struct assay_fetch_request *request)
{
	long deadline = (long)request->deadline_ms;
	long connect = deadline < CONNECT_MS ? deadline : CONNECT_MS;

	return curl_easy_setopt(c, CURLOPT_CURLU, url->whole) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, url->scheme) ==
	    CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, deadline) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect) ==
	    CURLE_OK &&
	    /* What is for this machine does not leave it for a proxy. */
	    (!url->loopback ||
	    curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK);
}

static bool
set_tls(CURL *c, const char *cacert)
{
	if (curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2) != CURLE_OK)
		return false;
	return cacert == NULL ||
	    (curl_easy_setopt(c, CURLOPT_CAINFO, cacert) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

static bool
set_content(struct exchange *x, const struct assay_fetch_request *request)
{
	static const uint8_t empty[1];
	CURL *c = x->curl;
	const uint8_t *body = request->body.ptr;

	if (curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->reason) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, x) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_head) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_HEADERDATA, x) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_USERAGENT, "assay") != CURLE_OK)
		return false;
	if (request->method == NULL || strcmp(request->method, "GET") == 0)
		return true;
	return curl_easy_setopt(c, CURLOPT_POSTFIELDS,
	    body != NULL ? body : empty) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)request->body.len) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, request->method) ==
	    CURLE_OK;
}

static bool
transfer_failed(const struct exchange *x, CURLcode rc, const char *url,
    struct assay_error *err)
{
	if (x->answer->body.failed)
		return assay_fail(err, ASSAY_ERR_FETCH_FAILED,
		    "%s: answer is larger than %zu bytes", url,
		    x->answer->body.max);
	if (x->answer->head.failed)
		return assay_fail(err, ASSAY_ERR_FETCH_FAILED,
		    "%s: headers are larger than %zu bytes", url,
		    x->answer->head.max);
	return assay_fail(err, ASSAY_ERR_FETCH_FAILED, "%s: %s", url,
	    x->reason[0] != '\0' ? x->reason : curl_easy_strerror(rc));
}

static bool
take_answer(struct exchange *x, const char *url, struct assay_error *err)
{
	struct assay_bytes to = { 0 };
	curl_off_t retry = 0;
	long status = 0;

	if (curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status) !=
	    CURLE_OK || status < 100 || status > 999)
		return assay_fail(err, ASSAY_ERR_FETCH_FAILED,
		    "%s: answer without a status", url);
	x->answer->status = (int)status;
	if (status >= 300 && status < 400) {
		(void)assay_fetch_header(x->answer, "Location", &to);
		return assay_fail(err, ASSAY_ERR_FETCH_REFUSED,
		    "%s: redirects (%ld) to \"%.*s\", which is not followed",
		    url, status, (int)to.len, (const char *)to.ptr);
	}
	/* libcurl says 0 for a header that is absent, too. */
	x->answer->retry_after = -1;
	if (assay_fetch_header(x->answer, "Retry-After", &to) &&
	    curl_easy_getinfo(x->curl, CURLINFO_RETRY_AFTER, &retry) ==
	    CURLE_OK)
		x->answer->retry_after = retry;
	return true;
}

static bool
perform(struct exchange *x, const struct url *url,
    const struct assay_fetch_request *request, struct assay_error *err)
{
	CURLcode rc;

	if ((x->curl = curl_easy_init()) == NULL ||
	    !set_rules(x->curl, url, request) ||
	    !set_tls(x->curl, request->cacert) ||
	    !set_content(x, request) || !put_headers(x, request))
		return assay_fail(err, ASSAY_ERR_FETCH_FAILED,
		    "%s: cannot prepare the request", request->url);
	if ((rc = curl_easy_perform(x->curl)) != CURLE_OK)
		return transfer_failed(x, rc, request->url, err);
	return take_answer(x, request->url, err);
}

bool
assay_fetch(const struct assay_fetch_request *request,
    struct assay_fetch_answer *answer, struct assay_error *err)
{
	struct assay_fetch_answer got = { .retry_after = -1 };
	struct exchange x = { .answer = &got };
	struct url url = { 0 };
	bool ok;

	(void)pthread_once(&global_once, global_init);
	if (!global_ok)
		return assay_fail(err, ASSAY_ERR_FETCH_FAILED,
		    "libcurl does not start");
	if (!url_parse(request->url, &url, err))
		return false;
	got.head = assay_buffer(ASSAY_MAX_HTTP_HEAD);
	got.body = assay_buffer(request->max_bytes);
	if ((ok = perform(&x, &url, request, err)))
		*answer = got;
	else
		assay_fetch_answer_free(&got);
	curl_easy_cleanup(x.curl);
	curl_slist_free_all(x.headers);
	url_free(&url);
	return ok;
}

void
assay_fetch_answer_free(struct assay_fetch_answer *answer)
{
	assay_buffer_free(&answer->head);
	assay_buffer_free(&answer->body);
	memset(answer, 0, sizeof(*answer));
}

/* The line up to CR LF; moves head behind it. */
static struct assay_bytes
next_line(struct assay_bytes *head)
{
	struct assay_bytes line = *head;
	const uint8_t *end = memchr(head->ptr, '\n', head->len);

	if (end != NULL)
		line.len = (size_t)(end - head->ptr) + 1;
	head->ptr += line.len;
	head->len -= line.len;
	while (line.len != 0 && (line.ptr[line.len - 1] == '\n' ||
	    line.ptr[line.len - 1] == '\r'))
		line.len--;
	return line;
}

bool
assay_fetch_header(const struct assay_fetch_answer *answer, const char *name,
    struct assay_bytes *value)
{
	struct assay_bytes head = assay_buffer_bytes(&answer->head), line;
	size_t n = strlen(name);

	while (head.len != 0) {
		line = next_line(&head);
		if (line.len <= n || line.ptr[n] != ':' ||
		    !assay_text_is_nocase((struct assay_bytes){ line.ptr, n },
		    name))
			continue;
		line.ptr += n + 1;
		line.len -= n + 1;
		while (line.len != 0 && (*line.ptr == ' ' ||
		    *line.ptr == '\t')) {
			line.ptr++;
			line.len--;
		}
		*value = line;
		return true;
	}
	return false;
}
