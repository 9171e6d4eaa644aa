#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Client certificates: whom they name, and whom they do not."""
import json
import os
import shutil
import ssl
import sys
import tempfile

from oidclib import AUDIENCE, Issuer, Key, bearer
from servicelib import SKIP, Server, Table, make_tls
from signerlib import openssl, policy, unsecured

POLICY = '/policies/SgxEnclave?api-version=2022-08-01'
ATTEST = '/attest/SgxEnclave?api-version=2022-08-01'
CLIENT = ('keyUsage=critical,digitalSignature', 'extendedKeyUsage=clientAuth')


class Authority:
    def __init__(self, folder, name, by=None):
        self.folder, self.name = folder, name
        self.key, self.pem = (os.path.join(folder, name + end)
                              for end in ('.key', '.pem'))
        self.by = by
        self._make(self.key, self.pem, name, (
            'basicConstraints=critical,CA:TRUE',
            'keyUsage=critical,keyCertSign,cRLSign'), by)

    @staticmethod
    def _make(key, pem, name, extensions, by, days=2):
        openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout',
                '-out', key)
        more = [f for e in extensions for f in ('-addext', e)]
        if by is None:
            openssl('req', '-x509', '-key', key, '-subj', f'/CN={name}',
                    '-days', str(days), '-out', pem, *more)
            return
        request = openssl('req', '-new', '-key', key, '-subj',
                          f'/O=Example/CN={name}')
        with tempfile.NamedTemporaryFile('w', suffix='.cnf') as f:
            f.write('\n'.join(extensions) + '\nsubjectKeyIdentifier=hash\n'
                    'authorityKeyIdentifier=keyid\n')
            f.flush()
            text = openssl('x509', '-req', '-CA', by.pem, '-CAkey', by.key,
                           '-CAcreateserial', '-days', str(days), '-extfile',
                           f.name, data=request)
        with open(pem, 'wb') as f:
            f.write(text)

    def client(self, name, *extensions, days=2, chain=()):
        """(certificate and what is sent with it, key)"""
        key, pem = (os.path.join(self.folder, f'{self.name}-{name}{end}')
                    for end in ('.key', '.pem'))
        self._make(key, pem, name, extensions or CLIENT, self, days)
        with open(pem, 'a') as f:
            for other in chain:
                f.write(open(other.pem).read())
        return pem, key


def ask(server, cert, method='GET', target=POLICY, body=None, headers=(),
        version=None):
    context = ssl.create_default_context(cafile=server.ca)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if cert is not None:
        context.load_cert_chain(*cert)
    server.tls = context
    status, head, text = server.request(method, target, body, headers)
    return status, head, json.loads(text).get('error', {}).get(
        'innererror', {})


def put(server, cert):
    return ask(server, cert, 'PUT', body=unsecured(policy('x')))


def refused(table, row, answer, code, *words):
    status, head, inner = answer
    table.same(row, (status, inner.get('code')), (401, code))
    for word in words:
        table.row(row, word in inner.get('message', ''),
                  f'"{word}" is not in: {inner.get("message")}')


def fingerprint(cert):
    return openssl('x509', '-in', cert[0], '-noout', '-fingerprint',
                   '-sha256').decode().partition('=')[2].strip().replace(
                       ':', '')


def rules(ca, second, pinned):
    ca, second = ca.pem, second.pem
    return [
        {'ca': ca, 'subject': 'O=Example, CN=boss', 'role': 'contributor'},
        {'ca': ca, 'dns': 'ci.example', 'role': 'contributor'},
        {'ca': ca, 'uri': 'spiffe://example/reader', 'role': 'reader'},
        {'ca': ca, 'subject': 'O=Example, CN=agent', 'role': 'none'},
        {'ca': ca, 'dns': 'both.example', 'subject': 'O=Example, CN=both',
         'role': 'contributor'},
        {'ca': second, 'sha256': fingerprint(pinned), 'role': 'contributor'},
    ]


def judge(table, server, ca, second, strange, pinned):
    san = (*CLIENT, 'subjectAltName=DNS:x.example,DNS:CI.example')
    uri = (*CLIENT, 'subjectAltName=URI:spiffe://example/reader')
    between = Authority(ca.folder, 'between', ca)
    for row, cert, read, write in (
            ('subject', ca.client('boss'), 200, 200),
            ('DNS name', ca.client('n1', *san), 200, 200),
            ('URI', ca.client('n2', *uri), 200, 401),
            ('fingerprint', pinned, 200, 200),
            ('under an intermediate', between.client(
                'boss', chain=[between]), 200, 200),
            ('no role', ca.client('agent'), 401, 401),
            ('none', None, 401, 401)):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            table.same(f'{row} reads, {version.name}',
                       ask(server, cert, version=version)[0], read)
        table.same(f'{row} writes', put(server, cert)[0], write)
    refused(table, 'none', put(server, None), 'UNAUTHORIZED',
            'no client certificate')
    refused(table, 'reader', put(server, ca.client('n3', *uri)),
            'UNAUTHORIZED', 'Attestation Contributor')
    refused(table, 'nobody we know', put(server, ca.client('other')),
            'UNAUTHORIZED', 'CN=other')
    refused(table, 'one of two conditions', put(server, ca.client('both')),
            'UNAUTHORIZED')
    refused(table, 'the other of two', put(server, ca.client(
        'n4', *CLIENT, 'subjectAltName=DNS:both.example')), 'UNAUTHORIZED')
    refused(table, 'name under another CA', put(server, second.client(
        'boss')), 'UNAUTHORIZED')
    refused(table, 'strange CA', put(server, strange.client('boss')),
            'CERT_UNTRUSTED')
    refused(table, 'strange CA of the same name', put(server, Authority(
        tempfile.mkdtemp(dir=ca.folder), ca.name).client('boss')),
        'CERT_UNTRUSTED')
    refused(table, 'intermediate not sent', put(server, between.client(
        'boss2')), 'CERT_UNTRUSTED')
    refused(table, 'expired', put(server, ca.client('boss', days=-1)),
            'CERT_EXPIRED')
    refused(table, 'of a server', put(server, ca.client(
        'boss', 'extendedKeyUsage=serverAuth')), 'CERT_PROFILE',
        'clientAuth')
    refused(table, 'for anything', put(server, ca.client(
        'boss', 'keyUsage=digitalSignature')), 'CERT_PROFILE', 'clientAuth')
    refused(table, 'the CA itself', put(server, (ca.pem, ca.key)),
            'CERT_PROFILE')
    refused(table, 'wildcard', put(server, ca.client(
        'n5', *CLIENT, 'subjectAltName=DNS:*.example')), 'UNAUTHORIZED')
    table.same('a bad one does not keep from attesting', ask(
        server, strange.client('boss'), 'POST', ATTEST, '{}')[0], 400)


def with_tokens(table, server, issuer, ca):
    boss = ca.client('boss')
    refused(table, 'a token counts before a certificate', ask(
        server, boss, headers=bearer('a.b.c')), 'TOKEN_MALFORMED')
    table.same('a token without certificate', ask(
        server, None, headers=bearer(issuer.token('Attestation Reader')))[0],
        200)
    refused(table, 'its role counts', ask(
        server, boss, 'PUT', body=unsecured(policy('x')),
        headers=bearer(issuer.token('Attestation Reader'))), 'UNAUTHORIZED')
    headers = {'X-Client-Cert': open(boss[0]).read().replace('\n', ' '),
               'X-SSL-Client-Verify': 'SUCCESS'}
    refused(table, 'headers of a proxy are not believed', ask(
        server, None, headers=headers), 'UNAUTHORIZED')


def main():
    if shutil.which('openssl') is None:
        print('SKIP: no openssl program: client certificates not tested')
        return SKIP
    table = Table('mtls')
    with tempfile.TemporaryDirectory(prefix='assayd-test-') as folder:
        ca, second, strange = (Authority(folder, name) for name in (
            'ca', 'second', 'strange'))
        pinned = second.client('pinned')
        issuer = Issuer([Key(folder, 'k1')])
        path = os.path.join(folder, 'callers.json')
        with open(path, 'w') as f:
            json.dump({'certificates': rules(ca, second, pinned),
                       'issuers': [{'issuer': issuer.url,
                                    'audience': AUDIENCE}]}, f)
        cert, key = make_tls(folder)
        with Server('--tls-cert', cert, '--tls-key', key, '--callers', path,
                    trust=False) as server:
            server.ca = cert
            judge(table, server, ca, second, strange, pinned)
            with_tokens(table, server, issuer, ca)
        plain = Server('--callers', path, wait=False, trust=False)
        code = plain.process.wait(timeout=30)
        table.row('without TLS it does not start', code != 0 and
                  b'only come over TLS' in plain.raw_log(),
                  str(plain.raw_log()[-300:]))
        plain.log.close()
        shutil.rmtree(plain.data, ignore_errors=True)
    return 0 if table.end() else 1


sys.exit(main())
