# SPDX-License-Identifier: Apache-2.0
"""Policies signed by the openssl program, and unsigned ones."""
import base64
import json
import os
import subprocess

from servicelib import b64url


def openssl(*args, data=None):
    return subprocess.run(['openssl', *args], input=data, check=True,
                          capture_output=True).stdout


class Signer:
    def __init__(self, folder, name, ca='TRUE', kind='rsa'):
        self.key = os.path.join(folder, name + '.key')
        self.pem = os.path.join(folder, name + '.pem')
        self.alg = 'RS256' if kind == 'rsa' else 'ES256'
        new = ['rsa:2048'] if kind == 'rsa' else \
            ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
        openssl('req', '-x509', '-newkey', *new, '-nodes', '-keyout',
                self.key, '-out', self.pem, '-days', '2', '-subj',
                f'/CN={name}', '-addext',
                f'basicConstraints=critical,CA:{ca}')
        self.der = openssl('x509', '-in', self.pem, '-outform', 'DER')
        self.x5c = base64.b64encode(self.der).decode()

    def sign(self, payload, alg=None, where='x5c'):
        """ES256 comes out as DER, which is how C++ and Python send it."""
        header = {'alg': alg or self.alg}
        if where == 'x5c':
            header['x5c'] = [self.x5c]
        elif where == 'jwk':
            header['jwk'] = {'kty': 'RSA', 'x5c': [self.x5c]}
        text = payload if isinstance(payload, bytes) else \
            json.dumps(payload).encode()
        covered = (b64url(json.dumps(header).encode()) + '.' +
                   b64url(text)).encode()
        return covered.decode() + '.' + b64url(openssl(
            'dgst', '-sha256', '-sign', self.key, data=covered))


def policy(name, serial=None):
    text = ('version= 1.0;authorizationrules{=> permit();};issuancerules{'
            f'=> issue(type="name", value="{name}");}};')
    body = {'AttestationPolicy': b64url(text.encode())}
    if serial is not None:
        body['x-assay-serial'] = serial
    return body


def unsecured(payload):
    text = payload if isinstance(payload, bytes) else \
        json.dumps(payload).encode()
    return f'{b64url(b"""{"alg":"none"}""")}.{b64url(text)}.'
