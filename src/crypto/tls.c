/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/tls.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/ossl.h"

/* BCP 195 (RFC 9325 section 4.2), without what needs no client any more. */
#define CIPHERS_TLS12	"ECDHE+AESGCM:ECDHE+CHACHA20"

struct assay_tls_server {
	SSL_CTX	*ctx;
};

struct assay_tls {
	SSL	*ssl;
	bool	 broken;	/* no more calls, not even to say goodbye */
};

/* ---- certificate and key ---------------------------------------------------- */

/* A password is never asked for: there is nobody at the terminal. */
static int
no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static BIO *
borrow(struct assay_bytes text)
{
	return text.len > INT_MAX ? NULL :
	    BIO_new_mem_buf(text.ptr, (int)text.len);
}

static bool
use_issuers(SSL_CTX *ctx, BIO *bio)
{
	X509 *cert;

	while ((cert = PEM_read_bio_X509(bio, NULL, no_password, NULL)) !=
	    NULL) {
		if (SSL_CTX_add0_chain_cert(ctx, cert) != 1) {
			X509_free(cert);
			return false;
		}
	}
	/* The end of the text is the only good reason to stop. */
	return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

static bool
use_cert(SSL_CTX *ctx, struct assay_bytes pem)
{
	BIO *bio = borrow(pem);
	X509 *cert = bio == NULL ? NULL :
	    PEM_read_bio_X509(bio, NULL, no_password, NULL);
	bool ok = cert != NULL && SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    use_issuers(ctx, bio);

	X509_free(cert);
	BIO_free(bio);
	return ok;
}

static bool
use_key(SSL_CTX *ctx, struct assay_bytes pem)
{
	BIO *bio = borrow(pem);
	EVP_PKEY *key = bio == NULL ? NULL :
	    PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	bool ok = key != NULL && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	    SSL_CTX_check_private_key(ctx) == 1;

	EVP_PKEY_free(key);
	BIO_free(bio);
	return ok;
}

/* ---- settings --------------------------------------------------------------- */

/* RFC 7301 section 3.2: no protocol in common ends the handshake. */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned int in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1,
	    in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static bool
configure(SSL_CTX *ctx)
{
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
	    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
	    /* Bodies have lengths: nothing is cut off unnoticed. */
	    SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	/*
	 * One record a call: a client that sends handshake messages without
	 * end (key updates) must not keep the thread from others.
	 */
	(void)SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
	    SSL_CTX_set_cipher_list(ctx, CIPHERS_TLS12) == 1;
}

bool
assay_tls_server_new(struct assay_bytes cert, struct assay_bytes key,
    struct assay_tls_server **out, struct assay_error *err)
{
	struct assay_tls_server *server = assay_alloc(1, sizeof(*server));
	bool ok = false;

	if (server == NULL ||
	    (server->ctx = SSL_CTX_new(TLS_server_method())) == NULL) {
		assay_fail_memory(err, "TLS");
		goto out;
	}
	if (!configure(server->ctx)) {
		assay_ossl_fail(err, "TLS settings");
		goto out;
	}
	if (!use_cert(server->ctx, cert) || !use_key(server->ctx, key)) {
		assay_fail(err, ASSAY_ERR_CONFIG_INVALID, "the HTTP server "
		    "does not start: are TLS certificate and key in PEM form, "
		    "without password, and do they belong together? OpenSSL: "
		    "%s", assay_ossl_reason());
		goto out;
	}
	*out = server;
	server = NULL;
	ok = true;
out:
	assay_tls_server_free(server);
	ERR_clear_error();
	return ok;
}

void
assay_tls_server_free(struct assay_tls_server *server)
{
	if (server == NULL)
		return;
	SSL_CTX_free(server->ctx);
	free(server);
}

/* ---- client certificates ---------------------------------------------------- */

/* Whoever believes a certificate verifies it, and says why not if not. */
static int
take_any(X509_STORE_CTX *store, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

static bool
name_cas(SSL_CTX *ctx, struct assay_bytes cas)
{
	BIO *bio = borrow(cas);
	X509 *cert;
	bool ok = bio != NULL;

	while (ok && (cert = PEM_read_bio_X509(bio, NULL, no_password,
	    NULL)) != NULL) {
		ok = SSL_CTX_add_client_CA(ctx, cert) == 1;
		X509_free(cert);
	}
	ok = ok && ERR_GET_REASON(ERR_peek_last_error()) ==
	    PEM_R_NO_START_LINE;
	BIO_free(bio);
	return ok;
}

bool
assay_tls_server_ask(struct assay_tls_server *server, struct assay_bytes cas,
    struct assay_error *err)
{
	bool ok = name_cas(server->ctx, cas);

	ERR_clear_error();
	if (!ok)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "CAs of client certificates are not in PEM form");
	SSL_CTX_set_verify(server->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(server->ctx, take_any, NULL);
	SSL_CTX_set_max_cert_list(server->ctx, ASSAY_MAX_CLIENT_CERTS_BYTES);
	return true;
}

static bool
put_cert(const X509 *cert, struct assay_buffer *out, size_t *len)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	bool ok = n > 0 && assay_buffer_put(out,
	    (struct assay_bytes){ der, (size_t)n });

	OPENSSL_free(der);
	*len = ok ? (size_t)n : 0;
	return ok;
}

/* The buffer moves while it grows: cut it when all is in. */
static bool
put_chain(const SSL *ssl, const X509 *own, struct assay_tls_chain *out)
{
	const STACK_OF(X509) *others = SSL_get_peer_cert_chain(ssl);
	int n = others != NULL ? sk_X509_num(others) : 0;
	size_t lens[ASSAY_MAX_CHAIN_CERTS], at = 0;

	if (n < 0 || n >= ASSAY_MAX_CHAIN_CERTS ||
	    !put_cert(own, &out->bytes, &lens[0]))
		return false;
	for (int i = 0; i < n; i++)
		if (!put_cert(sk_X509_value(others, i), &out->bytes,
		    &lens[i + 1]))
			return false;
	out->n = (size_t)n + 1;
	for (size_t i = 0; i < out->n; i++, at += lens[i - 1])
		out->certs[i] = (struct assay_bytes){ out->bytes.ptr + at,
		    lens[i] };
	return true;
}

bool
assay_tls_peer_chain(const struct assay_tls *tls, struct assay_tls_chain *out)
{
	const X509 *own = SSL_get0_peer_certificate(tls->ssl);
	struct assay_tls_chain chain = { .n = 0,
		.bytes = assay_buffer(2 * ASSAY_MAX_CLIENT_CERTS_BYTES) };
	bool ok = own == NULL || put_chain(tls->ssl, own, &chain);

	ERR_clear_error();
	if (ok)
		*out = chain;
	else
		assay_tls_chain_free(&chain);
	return ok;
}

void
assay_tls_chain_free(struct assay_tls_chain *chain)
{
	assay_buffer_free(&chain->bytes);
	chain->n = 0;
}

/* ---- one connection ------------------------------------------------------- */

struct assay_tls *
assay_tls_new(const struct assay_tls_server *server, int fd)
{
	struct assay_tls *tls = assay_alloc(1, sizeof(*tls));

	if (tls == NULL || (tls->ssl = SSL_new(server->ctx)) == NULL ||
	    SSL_set_fd(tls->ssl, fd) != 1) {
		assay_tls_free(tls);
		tls = NULL;
	} else {
		SSL_set_accept_state(tls->ssl);
	}
	ERR_clear_error();
	return tls;
}

void
assay_tls_free(struct assay_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	free(tls);
}

/* What a call that returned 0 or less means. */
static enum assay_io
outcome(struct assay_tls *tls, int result)
{
	int why = SSL_get_error(tls->ssl, result);

	ERR_clear_error();
	switch (why) {
	case SSL_ERROR_WANT_READ:
		return ASSAY_IO_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return ASSAY_IO_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return ASSAY_IO_END;
	default:
		tls->broken = true;
		return ASSAY_IO_FAILED;
	}
}

enum assay_io
assay_tls_handshake(struct assay_tls *tls)
{
	enum assay_io io;
	int result;

	if (tls->broken)
		return ASSAY_IO_FAILED;
	ERR_clear_error();
	if ((result = SSL_do_handshake(tls->ssl)) == 1)
		return ASSAY_IO_OK;
	io = outcome(tls, result);
	return io == ASSAY_IO_END ? ASSAY_IO_FAILED : io;
}

enum assay_io
assay_tls_read(struct assay_tls *tls, void *buf, size_t size, size_t *n)
{
	int result;

	if (tls->broken)
		return ASSAY_IO_FAILED;
	ERR_clear_error();
	result = SSL_read_ex(tls->ssl, buf, size, n);
	return result == 1 ? ASSAY_IO_OK : outcome(tls, result);
}

size_t
assay_tls_pending(const struct assay_tls *tls)
{
	int n = SSL_pending(tls->ssl);

	return n > 0 ? (size_t)n : 0;
}

enum assay_io
assay_tls_write(struct assay_tls *tls, const void *buf, size_t len, size_t *n)
{
	int result;

	if (tls->broken)
		return ASSAY_IO_FAILED;
	ERR_clear_error();
	result = SSL_write_ex(tls->ssl, buf, len, n);
	return result == 1 ? ASSAY_IO_OK : outcome(tls, result);
}

void
assay_tls_end(struct assay_tls *tls)
{
	if (!tls->broken)
		(void)SSL_shutdown(tls->ssl);
	ERR_clear_error();
}
