/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's side of TLS 1.2 and 1.3 on a socket that does not block. The
 * one part of crypto/ that does I/O: a library of its own, linked by assayd
 * alone. No renegotiation, no tickets, no resumption, no compression; client
 * certificates only if asked for; ALPN, where a client sends it, must offer
 * http/1.1.
 */
#ifndef ASSAY_CRYPTO_TLS_H
#define ASSAY_CRYPTO_TLS_H

#include "base/buffer.h"
#include "base/limits.h"

struct assay_tls_server;	/* certificate, key, settings */
struct assay_tls;		/* one connection */

enum assay_io {
	ASSAY_IO_OK,
	ASSAY_IO_WANT_READ,	/* call again when the socket is readable */
	ASSAY_IO_WANT_WRITE,	/* ... is writable */
	ASSAY_IO_END,		/* the peer sends nothing more */
	ASSAY_IO_FAILED,	/* of no more use */
};

/*
 * cert: PEM, the server's own certificate first, then its issuers. key: PEM,
 * not encrypted. CONFIG_INVALID if one is unusable or they do not belong
 * together. Shared by all threads; free it after its connections.
 */
ASSAY_MUST_USE bool assay_tls_server_new(struct assay_bytes cert,
    struct assay_bytes key, struct assay_tls_server **out,
    struct assay_error *err);
void assay_tls_server_free(struct assay_tls_server *server);

/*
 * Ask clients for a certificate, naming these CAs (PEM) for them to choose
 * by, and go on without one. TLS only proves that the client has the key of
 * the certificate: nothing else of what it sends is verified here. Before the
 * first connection. CONFIG_INVALID.
 */
ASSAY_MUST_USE bool assay_tls_server_ask(struct assay_tls_server *server,
    struct assay_bytes cas, struct assay_error *err);

/* NULL: out of memory. The socket stays the caller's. One thread at a time. */
struct assay_tls *assay_tls_new(const struct assay_tls_server *server,
    int fd);
void assay_tls_free(struct assay_tls *tls);

/* Until OK. Never END. */
enum assay_io assay_tls_handshake(struct assay_tls *tls);
/*
 * OK: *n bytes, at least one. What assay_tls_pending() counts is decrypted
 * already: no readiness of the socket will announce it.
 */
enum assay_io assay_tls_read(struct assay_tls *tls, void *buf, size_t size,
    size_t *n);
size_t assay_tls_pending(const struct assay_tls *tls);
/* OK: *n bytes were taken, at least one, perhaps not all. */
enum assay_io assay_tls_write(struct assay_tls *tls, const void *buf,
    size_t len, size_t *n);
/* Certificates of a client, DER, its own first. */
struct assay_tls_chain {
	struct assay_bytes	 certs[ASSAY_MAX_CHAIN_CERTS];
	size_t			 n;		/* 0: it sent none */
	struct assay_buffer	 bytes;		/* what certs points into */
};
/*
 * After the handshake. False: out of memory, or more than a chain may have.
 * Free with assay_tls_chain_free().
 */
ASSAY_MUST_USE bool assay_tls_peer_chain(const struct assay_tls *tls,
    struct assay_tls_chain *out);
void assay_tls_chain_free(struct assay_tls_chain *chain);
/* Say that nothing more will be written, as far as that goes at once. */
void assay_tls_end(struct assay_tls *tls);

#endif
