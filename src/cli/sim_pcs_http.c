/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim_pcs_http.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <microhttpd.h>

#include "app/clock.h"
#include "base/mem.h"
#include "base/text.h"

struct cli_pcs_server {
	struct MHD_Daemon	*daemon;
	pthread_mutex_t		 lock;
	struct assay_sim_pcs	 pcs;
};

static const char *
argument(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, name);
}

/* ---- control ---------------------------------------------------------------- */

static enum MHD_Result
say(struct MHD_Connection *c, unsigned int status, const char *text)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text),
	    (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result rc;

	if (r == NULL)
		return MHD_NO;
	rc = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return rc;
}

static bool
set_failure(struct assay_sim_pcs *pcs, const char *item, const char *mode)
{
	for (int i = 0; i < ASSAY_SIM_PCS_ITEMS; i++) {
		if (strcmp(assay_sim_pcs_item_name(
		    (enum assay_sim_pcs_item)i), item) != 0)
			continue;
		for (int m = 0; m < ASSAY_SIM_PCS_MODES; m++) {
			if (strcmp(assay_sim_pcs_mode_name(
			    (enum assay_sim_pcs_mode)m), mode) == 0) {
				pcs->mode[i] = (enum assay_sim_pcs_mode)m;
				return true;
			}
		}
	}
	return false;
}

static bool
control(struct cli_pcs_server *s, struct MHD_Connection *c, const char *what)
{
	const char *item = argument(c, "item"), *mode = argument(c, "mode");
	const char *value = argument(c, "value");
	uint64_t number = 0;
	bool has = value != NULL &&
	    assay_text_u64(assay_bytes_of(value), &number) && number != 0 &&
	    number < UINT32_MAX;
	bool ok = true;

	pthread_mutex_lock(&s->lock);
	if (strcmp(what, "failure") == 0)
		ok = item != NULL && mode != NULL &&
		    set_failure(&s->pcs, item, mode);
	else if (strcmp(what, "number") == 0 && has)
		s->pcs.number = (uint32_t)number;
	else if (strcmp(what, "life") == 0 && has)
		s->pcs.life = (int64_t)number;
	else
		ok = false;
	pthread_mutex_unlock(&s->lock);
	return ok;
}

static enum MHD_Result
say_requests(struct cli_pcs_server *s, struct MHD_Connection *c)
{
	struct assay_buffer text = assay_buffer(4096);
	enum MHD_Result rc;

	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < ASSAY_SIM_PCS_ITEMS; i++)
		assay_buffer_printf(&text, "%s\"%s\":%llu", i == 0 ? "{" : ",",
		    assay_sim_pcs_item_name((enum assay_sim_pcs_item)i),
		    (unsigned long long)s->pcs.count[i]);
	pthread_mutex_unlock(&s->lock);
	assay_buffer_puts(&text, "}\n");
	rc = say(c, 200, assay_buffer_str(&text));
	assay_buffer_free(&text);
	return rc;
}

/* ---- answers ------------------------------------------------------------------ */

/* The first half of the bytes, and then no more. */
static ssize_t
half(void *ctx, uint64_t at, char *out, size_t max)
{
	const struct assay_buffer *body = ctx;
	size_t end = body->len / 2, n;

	if (at >= end)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	n = end - (size_t)at < max ? end - (size_t)at : max;
	memcpy(out, body->ptr + at, n);
	return (ssize_t)n;
}

static void
free_copy(void *ctx)
{
	assay_buffer_free(ctx);
	free(ctx);
}

static struct MHD_Response *
make_response(struct assay_sim_pcs_answer *a)
{
	struct assay_buffer *copy;

	if (!a->truncated)
		return MHD_create_response_from_buffer(a->body.len,
		    a->body.ptr, MHD_RESPMEM_MUST_COPY);
	if ((copy = assay_alloc(1, sizeof(*copy))) == NULL)
		return NULL;
	*copy = a->body;
	a->body = assay_buffer(0);
	return MHD_create_response_from_callback(copy->len, 4096, half, copy,
	    free_copy);
}

static enum MHD_Result
deliver(struct MHD_Connection *c, struct assay_sim_pcs_answer *a)
{
	struct MHD_Response *r = make_response(a);
	enum MHD_Result rc;

	if (r == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(r, "Content-Type", a->type);
	if (a->chain_header != NULL)
		(void)MHD_add_response_header(r, a->chain_header,
		    assay_buffer_str(&a->chain));
	if (a->retry_after != 0)
		(void)MHD_add_response_header(r, "Retry-After", "2");
	rc = MHD_queue_response(c, a->status, r);
	MHD_destroy_response(r);
	return rc;
}

static enum MHD_Result
serve(struct cli_pcs_server *s, struct MHD_Connection *c, const char *path)
{
	const struct assay_sim_pcs_query query = {
		.path = path,
		.fmspc = argument(c, "fmspc"),
		.ca = argument(c, "ca"),
		.update = argument(c, "update"),
		.number = argument(c, "tcbEvaluationDataNumber"),
	};
	struct assay_sim_pcs_answer answer = { 0 };
	struct assay_error err = { 0 };
	enum MHD_Result rc;
	bool ok;

	pthread_mutex_lock(&s->lock);
	ok = assay_sim_pcs_serve(&s->pcs, &query, assay_clock_now(), &answer,
	    &err);
	pthread_mutex_unlock(&s->lock);
	if (!ok)
		return say(c, 500, err.text);
	if (answer.delay != 0) {
		const struct timespec wait = { (time_t)answer.delay, 0 };

		(void)nanosleep(&wait, NULL);
	}
	rc = deliver(c, &answer);
	assay_sim_pcs_free(&answer);
	return rc;
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **state)
{
	static const char prefix[] = "/sim/";
	static char seen;

	(void)version;
	(void)upload;
	if (*state == NULL) {		/* the head; the body comes next */
		*state = &seen;
		return MHD_YES;
	}
	if (*upload_size != 0) {
		*upload_size = 0;
		return MHD_YES;
	}
	if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
		return serve(ctx, c, path);
	if (strcmp(path, "/sim/requests") == 0)
		return say_requests(ctx, c);
	if (strcmp(method, "POST") != 0 ||
	    !control(ctx, c, path + sizeof(prefix) - 1))
		return say(c, 400, "not understood\n");
	return say(c, 200, "done\n");
}

/* ---- life ---------------------------------------------------------------------- */

bool
cli_pcs_start(const struct cli_pcs_options *opt, struct cli_pcs_server **out,
    uint16_t *port, struct assay_error *err)
{
	struct cli_pcs_server *s = assay_alloc(1, sizeof(*s));
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_port = htons(opt->port) };
	unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD |
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
	const union MHD_DaemonInfo *info;

	if (s == NULL)
		return assay_fail_memory(err, "server");
	if (inet_pton(AF_INET, opt->address, &at.sin_addr) != 1 ||
	    pthread_mutex_init(&s->lock, NULL) != 0) {
		free(s);
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "\"%s\" is not an IPv4 address", opt->address);
	}
	s->pcs = opt->pcs;
	if (opt->tls_cert != NULL)
		s->daemon = MHD_start_daemon(flags | MHD_USE_TLS, opt->port,
		    NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR, &at,
		    MHD_OPTION_HTTPS_MEM_CERT, opt->tls_cert,
		    MHD_OPTION_HTTPS_MEM_KEY, opt->tls_key, MHD_OPTION_END);
	else
		s->daemon = MHD_start_daemon(flags, opt->port, NULL, NULL,
		    on_request, s, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_END);
	info = s->daemon == NULL ? NULL :
	    MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
	if (info == NULL) {
		cli_pcs_stop(s);
		return assay_fail(err, ASSAY_ERR_IO_FAILED,
		    "cannot listen at %s:%u", opt->address, opt->port);
	}
	*port = info->port;
	*out = s;
	return true;
}

void
cli_pcs_stop(struct cli_pcs_server *s)
{
	if (s == NULL)
		return;
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}
