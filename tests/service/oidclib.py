# SPDX-License-Identifier: Apache-2.0
"""An OpenID Connect issuer made on the spot: keys, documents, tokens."""
import http.server
import json
import os
import threading
import time

from servicelib import b64url
from signerlib import openssl

AUDIENCE = 'https://attest.azure.net'


def raw_signature(der):
    """ECDSA-Sig-Value of P-256 as r || s (RFC 7518 section 3.4)."""
    out, at = b'', 2
    for _ in range(2):
        n = der[at + 1]
        out += der[at + 2:at + 2 + n].lstrip(b'\0').rjust(32, b'\0')
        at += 2 + n
    return out


class Key:
    def __init__(self, folder, kid, kind='ec', name=None):
        self.path = os.path.join(folder, f'{name or kid}.key')
        self.kid, self.kind = kid, kind
        self.alg = 'RS256' if kind == 'rsa' else 'ES256'
        if kind == 'rsa':
            openssl('genrsa', '-out', self.path, '2048')
            modulus = openssl('rsa', '-in', self.path, '-noout', '-modulus')
            self.public = {'kty': 'RSA', 'e': 'AQAB', 'n': b64url(
                bytes.fromhex(modulus.decode().partition('=')[2].strip()))}
        else:
            openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout',
                    '-out', self.path)
            point = openssl('ec', '-in', self.path, '-pubout', '-outform',
                            'DER')[-64:]
            self.public = {'kty': 'EC', 'crv': 'P-256',
                           'x': b64url(point[:32]), 'y': b64url(point[32:])}

    def jwk(self):
        return {**self.public, 'kid': self.kid, 'use': 'sig'}

    def pem(self):
        return openssl('pkey', '-in', self.path, '-pubout')

    def sign(self, header, payload):
        """Whatever the header says, as an attacker's library would."""
        covered = b'.'.join(b64url(
            part if isinstance(part, bytes) else json.dumps(part).encode()
            ).encode() for part in (header, payload))
        signature = openssl('dgst', '-sha256', '-sign', self.path,
                            data=covered)
        if self.kind == 'ec':
            signature = raw_signature(signature)
        return covered.decode() + '.' + b64url(signature)


class Issuer:
    """Serves its documents on loopback while it is up."""

    def __init__(self, keys, path='/realms/one'):
        self.path, self.keys, self.fetched = path, list(keys), 0
        self.jwks = None        # bytes that are served instead
        self.discovery = {}     # members that are other
        self.delay = 0
        self.server, self.port = None, 0
        self.up()

    @property
    def url(self):
        return f'http://127.0.0.1:{self.port}{self.path}'

    def up(self):
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = issuer.answer(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header('Content-Length', str(len(body or b'')))
                self.end_headers()
                self.wfile.write(body or b'')

            def log_message(self, *args):
                pass

        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self.server = http.server.ThreadingHTTPServer(
            ('127.0.0.1', self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         kwargs={'poll_interval': 0.02},
                         daemon=True).start()

    def down(self):
        self.server.shutdown()
        self.server.server_close()

    def document(self):
        return json.dumps({'keys': [key.jwk() for key in self.keys]}
                          ).encode()

    def answer(self, path):
        time.sleep(self.delay)
        if path == self.path + '/.well-known/openid-configuration':
            return json.dumps({'issuer': self.url,
                               'jwks_uri': self.url + '/keys',
                               **self.discovery}).encode()
        if path == self.path + '/keys':
            self.fetched += 1
            return self.document() if self.jwks is None else self.jwks
        return None

    def claims(self, **other):
        now = int(time.time())
        claims = {'iss': self.url, 'aud': AUDIENCE, 'sub': 'alice',
                  'iat': now, 'nbf': now, 'exp': now + 600}
        claims.update(other)
        return {k: v for k, v in claims.items() if v is not None}

    def token(self, *roles, key=None, header=None, **other):
        key = key or self.keys[0]
        return key.sign({'alg': key.alg, 'kid': key.kid, 'typ': 'JWT',
                         **(header or {})},
                        self.claims(roles=list(roles), **other))


def bearer(token):
    return {'Authorization': 'Bearer ' + token}
