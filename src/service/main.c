/* SPDX-License-Identifier: Apache-2.0 */
/* assayd: put the parts together, watch over them, take them apart. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "app/aik_ca.h"
#include "app/clock.h"
#include "app/file.h"
#include "app/metrics.h"
#include "base/limits.h"
#include "crypto/random.h"
#include "service/aik_service.h"
#include "service/baseline_data.h"
#include "service/policies.h"
#include "service/rate.h"
#include "service/route.h"
#include "service/tally.h"
#include "service/tpm_service.h"

#define TICK_MS		250
#define STOP_WAIT_MS	10000
#define RETRY_FIRST_MS	1000		/* then twice as long, up to */
#define RETRY_LAST_MS	60000
#define KEYS_RETRY_MS	5000

/* Everything that main() has to take apart again. */
struct program {
	struct assay_config	 config;
	struct assay_service	 service;
	struct assay_http	*http;
	char			*issuer;	/* made, if not configured */
	int			 lock_fd, listen_fd;
	uint64_t		 store_version;
	int64_t			 retry_at;	/* 0: no reload is due */
	int64_t			 retry_wait_ms;
	bool			 keys_reread;	/* due */
	int64_t			 keys_retry_at;
};

/* ---- start -------------------------------------------------------------- */

static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max < 65536 ?
		    limit.rlim_max : 65536;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Two services on one directory would each believe to be alone. */
static bool
lock_data_dir(struct program *p, struct assay_error *err)
{
	char *path;

	if (asprintf(&path, "%s/assayd.lock", p->config.data_dir) < 0)
		return assay_fail_memory(err, "path");
	p->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(path);
	if (p->lock_fd < 0 || flock(p->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "data directory %s is in use by another assayd, or "
		    "cannot be locked: %s", p->config.data_dir,
		    strerror(errno));
	return true;
}

static bool
listen_at(struct program *p, struct assay_error *err)
{
	struct assay_listen_address at;
	uint16_t port;

	if (!assay_config_listen(p->config.listen, &at, err) ||
	    !assay_http_listen(&at, &p->listen_fd, &port, err))
		return false;
	if (asprintf(&p->issuer, "%s://%s%s%s:%u",
	    p->config.tls_cert == NULL ? "http" : "https",
	    at.ipv6 ? "[" : "", at.address, at.ipv6 ? "]" : "", port) < 0) {
		p->issuer = NULL;
		return assay_fail_memory(err, "issuer");
	}
	ASSAY_LOG(ASSAY_LOG_INFO, "listening",
	    assay_log_str("url", p->issuer),
	    assay_log_int("port", port));
	p->service.issuer = p->config.issuer == NULL ? p->issuer :
	    p->config.issuer;
	return true;
}

static bool
make_verifier(struct program *p, struct assay_error *err)
{
	struct assay_service *s = &p->service;
	struct assay_verifier_config config = { 0 };

	if (!assay_trust_load(p->config.trust_anchors.items,
	    p->config.trust_anchors.n, &s->trust, err))
		return assay_fail_in(err, "trust anchor");
	for (size_t i = 0; i < s->trust.n; i++)
		ASSAY_LOG(ASSAY_LOG_WARNING, "test-anchor",
		    assay_log_str("what", "EVIDENCE UNDER A TRUST ANCHOR THAT "
		    "IS NOT BUILT IN WILL BE BELIEVED; its tokens say "
		    "x-assay-test-anchor"),
		    assay_log_str("file", p->config.trust_anchors.items[i]));
	config.anchors = s->trust.anchors;
	config.n_anchors = s->trust.n;
	return assay_verifier_new(&config, &s->verifier, err);
}

static unsigned int
thread_count(const struct assay_config *config)
{
	long n = config->threads != 0 ? (long)config->threads :
	    sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 256 ? 256 : (unsigned int)n;
}

static void
log_keys(struct assay_keys *keys)
{
	struct assay_key_set *set = assay_keys_take(keys);
	int64_t now = assay_clock_now();
	struct assay_key_view key;

	for (size_t i = 0; assay_key_set_published(set, i, now, &key); i++)
		ASSAY_LOG(ASSAY_LOG_INFO, "signing-key",
		    assay_log_str("kid", key.kid),
		    assay_log_str("state", assay_key_state_name(key.state)));
	assay_key_set_release(set);
}

static bool
open_keys(struct program *p, struct assay_error *err)
{
	struct assay_keys_options opt = {
		.store = p->service.store,
		.data_dir = p->config.data_dir,
		.seal_source = p->config.seal_key,
		.issuer = p->service.issuer,
		.es256 = p->config.key_es256,
		.lifetime = p->config.key_lifetime * ASSAY_DAY,
		.now = assay_clock_now(),
		.threads = thread_count(&p->config),
	};

	if (!assay_keys_open(&opt, &p->service.keys, err))
		return false;
	log_keys(p->service.keys);
	return true;
}

static bool
read_tls(struct program *p, struct assay_buffer *cert,
    struct assay_buffer *key, struct assay_error *err)
{
	return p->config.tls_cert == NULL ||
	    (assay_file_read(p->config.tls_cert, ASSAY_MAX_PEM_BYTES, cert,
	    err) &&
	    assay_file_read(p->config.tls_key, ASSAY_MAX_PEM_BYTES, key,
	    err));
}

static bool
start_http(struct program *p, struct assay_error *err)
{
	struct assay_buffer cert = assay_buffer(0), key = assay_buffer(0);
	struct assay_http_options opt = {
		.listen_fd = p->listen_fd,
		.threads = thread_count(&p->config),
		.max_connections = (unsigned int)p->config.max_connections,
		.max_per_address = (unsigned int)
		    p->config.max_connections_per_address,
		.handler = assay_route_handler(&p->service),
		.client_cas = assay_callers_client_cas(
		    p->service.authorize.callers),
	};
	bool ok = false;

	if (opt.client_cas.len != 0 && p->config.tls_cert == NULL) {
		assay_fail(err, ASSAY_ERR_CONFIG_INVALID, "%s has rules for "
		    "client certificates, which only come over TLS: set "
		    "tls-cert and tls-key", p->config.callers);
		goto out;
	}
	if (!read_tls(p, &cert, &key, err))
		goto out;
	if (p->config.tls_cert != NULL) {
		opt.tls_cert = assay_buffer_bytes(&cert);
		opt.tls_key = assay_buffer_bytes(&key);
	}
	ok = assay_http_start(&opt, &p->http, err);
out:
	assay_buffer_free(&cert);
	assay_buffer_wipe(&key);
	return ok;
}

static bool
make_rate(int64_t limit, int64_t burst, struct assay_rate **out,
    struct assay_error *err)
{
	uint64_t seed;

	if (limit == 0)
		return true;
	return assay_random(&seed, sizeof(seed), err) &&
	    assay_rate_new((unsigned int)limit,
	    (unsigned int)(burst != 0 ? burst : limit), seed, out, err);
}

static bool
open_callers(struct program *p, struct assay_error *err)
{
	const struct assay_config *c = &p->config;
	struct assay_service *s = &p->service;

	s->authorize.require = c->require_caller;
	s->authorize.trust_loopback = c->trust_loopback;
	if (c->trust_loopback)
		ASSAY_LOG(ASSAY_LOG_WARNING, "trust-loopback",
		    assay_log_str("what", "WHOEVER IS ON THIS MACHINE MAY "
		    "CHANGE POLICIES, without showing who they are"));
	return assay_callers_open(c->callers, s->issuer,
	    &s->authorize.callers, err) &&
	    make_rate(c->rate_limit, c->rate_burst, &s->rate, err) &&
	    make_rate(c->caller_rate_limit, c->caller_rate_burst,
	    &s->caller_rate, err);
}

static bool
start(struct program *p, struct assay_error *err)
{
	struct assay_service *s = &p->service;

	s->config = &p->config;
	raise_file_limit();
	if (!assay_clock_check(err) || !assay_metrics_new(&s->metrics, err) ||
	    !listen_at(p, err) ||
	    !assay_store_open(p->config.data_dir, &s->store, err) ||
	    !lock_data_dir(p, err) || !make_verifier(p, err) ||
	    !open_keys(p, err) ||
	    !assay_store_version(s->store, &p->store_version, err) ||
	    !assay_baseline_open(s, err) ||
	    !assay_policies_open(s, &s->policies, err) ||
	    !assay_aik_service_open(s, err) ||
	    !assay_tpm_service_open(s, &s->tpm, err) ||
	    !assay_tally_open(s, &s->tally, err) ||
	    !open_callers(p, err) ||
	    !start_http(p, err))
		return false;
	assay_baseline_warn(s);
	ASSAY_LOG(ASSAY_LOG_INFO, "ready",
	    assay_log_str("version", assay_version()),
	    assay_log_str("issuer", s->issuer),
	    assay_log_str("mode", assay_policies_isolated(s->policies) ?
	    "isolated" : "unsigned policies accepted"));
	return true;
}

/* ---- run ----------------------------------------------------------------- */

/* What could not be read now may be readable soon: each time later. */
static void
reload_later(struct program *p)
{
	p->retry_wait_ms = p->retry_wait_ms == 0 ? RETRY_FIRST_MS :
	    2 * p->retry_wait_ms;
	if (p->retry_wait_ms > RETRY_LAST_MS)
		p->retry_wait_ms = RETRY_LAST_MS;
	p->retry_at = assay_clock_monotonic_ms() + p->retry_wait_ms;
}

static void
reload(struct program *p, const char *why)
{
	enum { PARTS = 5 };
	struct assay_error errs[PARTS] = { { 0 } };
	bool ok[PARTS];
	size_t n = 0;

	/* A file that is gone must not keep a new policy from its work. */
	ok[0] = assay_baseline_reload(&p->service, &errs[0]);
	ok[1] = assay_tpm_service_reload(&p->service, &errs[1]);
	ok[2] = assay_policies_reload(p->service.policies, &errs[2]);
	ok[3] = p->service.aik_ca == NULL ||
	    assay_aik_ca_reload(p->service.aik_ca, &errs[3]);
	ok[4] = assay_baseline_rules_reload(&p->service, &errs[4]);
	for (size_t i = 0; i < PARTS; i++) {
		n += ok[i];
		if (!ok[i])
			assay_log_error(ASSAY_LOG_ERROR, "reload-failed", why,
			    &errs[i]);
	}
	if (n != PARTS) {
		reload_later(p);
		return;
	}
	p->retry_at = p->retry_wait_ms = 0;
	ASSAY_LOG(ASSAY_LOG_INFO, "reloaded", assay_log_str("why", why));
	assay_baseline_warn(&p->service);
}

/* Not for each change of the store: it asks the issuers. */
static void
reload_callers(struct program *p)
{
	struct assay_error err = { 0 };

	if (!assay_callers_reload(p->service.authorize.callers, &err))
		assay_log_error(ASSAY_LOG_ERROR, "reload-failed", "callers",
		    &err);
}

/*
 * The schedule of the signing keys goes on by itself. What failed, because
 * the store cannot be written, say, is tried again later; the keys that are
 * loaded sign on.
 */
static void
tick_keys(struct program *p, bool reread)
{
	struct assay_error err = { 0 };
	bool changed;

	p->keys_reread = p->keys_reread || reread;
	if (assay_clock_monotonic_ms() < p->keys_retry_at)
		return;
	if (!assay_keys_tick(p->service.keys, assay_clock_now(),
	    p->keys_reread, &changed, &err)) {
		assay_log_error(ASSAY_LOG_ERROR, "signing-keys", "schedule",
		    &err);
		p->keys_retry_at = assay_clock_monotonic_ms() +
		    KEYS_RETRY_MS;
		return;
	}
	p->keys_reread = false;
	if (changed)
		log_keys(p->service.keys);
}

static void
retry_reload(struct program *p)
{
	if (p->retry_at != 0 && assay_clock_monotonic_ms() >= p->retry_at)
		reload(p, "retry");
}

/* `assay` may have changed the store under us. */
static void
watch_store(struct program *p)
{
	struct assay_error err = { 0 };
	uint64_t version;

	if (!assay_store_version(p->service.store, &version, &err)) {
		assay_log_error(ASSAY_LOG_ERROR, "store", "watch", &err);
		return;
	}
	if (version == p->store_version)
		return;
	p->store_version = version;
	tick_keys(p, true);
	reload(p, "store changed");
}

static void
run(struct program *p, const sigset_t *signals)
{
	const struct timespec tick = { 0, TICK_MS * 1000000L };

	for (;;) {
		int signal = sigtimedwait(signals, NULL, &tick);

		if (signal == SIGTERM || signal == SIGINT)
			break;
		if (signal == SIGHUP) {
			reload_callers(p);
			reload(p, "SIGHUP");
		}
		watch_store(p);
		tick_keys(p, false);
		assay_baseline_tick(&p->service);
		retry_reload(p);
	}
	assay_log(ASSAY_LOG_INFO, "stopping", NULL, 0);
	assay_http_stop(p->http, STOP_WAIT_MS);
	p->http = NULL;
}

static void
stop(struct program *p)
{
	struct assay_service *s = &p->service;

	assay_tally_free(s->tally);
	assay_metrics_free(s->metrics);
	assay_tpm_service_free(s->tpm);
	assay_rate_free(s->rate);
	assay_rate_free(s->caller_rate);
	assay_callers_close(s->authorize.callers);
	assay_aik_ca_free(s->aik_ca);
	assay_policies_free(s->policies);
	assay_baseline_close(s);
	assay_verifier_free(s->verifier);
	assay_trust_free(&s->trust);
	assay_keys_free(s->keys);
	assay_store_close(s->store);
	if (p->lock_fd >= 0)
		(void)close(p->lock_fd);
	free(p->issuer);
	assay_config_free(&p->config);
}

int
main(int argc, char **argv)
{
	struct program p = { .lock_fd = -1, .listen_fd = -1 };
	struct assay_error err = { 0 };
	sigset_t signals;
	bool ok;

	ok = assay_config_load(&p.config, argc, argv, &err);
	if (ok && (p.config.help || p.config.version)) {
		if (p.config.help)
			assay_config_help(stdout);
		else
			printf("assayd %s\n", assay_version());
		assay_config_free(&p.config);
		return 0;
	}
	assay_log_setup(p.config.log_format, p.config.log_level);
	if (!ok) {
		fprintf(stderr, "assayd: %s\n", err.text);
		assay_config_free(&p.config);
		return 2;
	}
	/* Threads inherit this: only run() takes signals. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	ok = start(&p, &err);
	if (ok)
		run(&p, &signals);
	else
		assay_log_error(ASSAY_LOG_ERROR, "start-failed", "assayd",
		    &err);
	stop(&p);
	return ok ? 0 : 3;
}
