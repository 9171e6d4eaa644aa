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
