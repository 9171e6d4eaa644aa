#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Policies and signers at a service: what is sent, what is believed."""
import base64
import hashlib
import json
import subprocess
import sys
import time

from harness import Story
from service import Service

POLICY = 'version=1.0;\nauthorizationrules { => permit(); };\n'


def b64(data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


def openssl(*args, stdin=b''):
    return subprocess.run(['openssl', *map(str, args)], check=True,
                          input=stdin, capture_output=True).stdout


class Key:
    """An RSA key with a certificate of its own."""

    def __init__(self, story, name):
        self.name = name
        self.key, self.cert = (story.path(f'{name}.key'),
                               story.path(f'{name}.pem'))
        openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout',
                self.key, '-out', self.cert, '-days', '2', '-subj',
                f'/CN={name}', '-addext',
                'basicConstraints=critical,CA:TRUE')
        der = openssl('x509', '-in', self.cert, '-outform', 'DER')
        self.x5c = [base64.b64encode(der).decode()]
        self.thumbprint = hashlib.sha1(der).hexdigest().upper()

    def token(self, claims):
        text = b64({'alg': 'RS256', 'jku': 'https://evil.example/certs',
                    'kid': self.name, 'typ': 'JWT'}) + '.' + b64(claims)
        return text + '.' + b64(openssl('dgst', '-sha256', '-sign', self.key,
                                        stdin=text.encode()))


class Managed:
    """A service with keys, which answers with signed claims."""

    def __init__(self, story):
        self.story = story
        self.key, self.author = Key(story, 'service'), Key(story, 'author')
        self.service = Service()
        self.url = self.service.url
        self.reset()

    def reset(self):
        self.service.forget()
        self.service.routes = {
            '/.well-known/openid-configuration': [(200, {}, {
                'issuer': self.url, 'jwks_uri': self.url + '/certs'})],
            '/certs': [(200, {}, {'keys': [{
                'kid': 'service', 'kty': 'RSA', 'x5c': self.key.x5c}]})]}

    def answer(self, path, claims, key=None, **changes):
        now = int(time.time())
        full = {'iss': self.url, 'iat': now, 'nbf': now, 'exp': now + 3600,
                **claims, **changes}
        self.service.routes[path] = [
            (200, {}, {'token': (key or self.key).token(full)})]

    def run(self, *args):
        return self.story.run(*args, '--url', self.url)

    def request(self):
        """The last request that was not about keys."""
        return [r for r in self.service.requests
                if r[1].split('?')[0] not in
                ('/certs', '/.well-known/openid-configuration')][-1]


def get(story, m):
    jws = 'eyJhbGciOiJub25lIn0.' + b64({'AttestationPolicy':
                                        b64(POLICY.encode())}) + '.'
    m.answer('/policies/SgxEnclave', {'x-ms-policy': jws})
    story.check(m.run('policy', 'get', 'sgx') == (0, POLICY, ''), 'get')
    method, path, headers, _ = m.request()
    story.check(method == 'GET' and
                path.startswith('/policies/SgxEnclave?api-version='), 'path',
                path)
    story.check('Authorization' not in headers, 'no token is sent')
    story.check(m.run('policy', 'get', 'SGXENCLAVE', '--jws')[1] ==
                jws + '\n', 'get the JWS')
    to = story.path('got.txt')
    story.check(m.run('policy', 'get', 'sgx', '-o', to) == (0, '', '') and
                open(to).read() == POLICY, 'get to a file')
    code, out, _ = m.run('policy', 'get', 'sgx', '--json')
    want = b64(hashlib.sha256(b64(POLICY.encode()).encode()).digest())
    story.check((code, json.loads(out)) == (0, {
        'type': 'SgxEnclave', 'jws': jws, 'policy': POLICY, 'signed': False,
        'hash': want}), 'get as JSON', out)
    signed = m.author.token({'AttestationPolicy': b64(POLICY.encode())})
    m.answer('/policies/TdxVm', {'x-ms-policy': signed})
    code, out, _ = m.run('policy', 'get', 'tdx', '--json')
    story.check(json.loads(out).get('signed') is True, 'signed', out)
    m.answer('/policies/Tpm', {'x-ms-policy': 'eyJhbGciOiJub25lIn0..'})
    code, out, _ = m.run('policy', 'get', 'tpm', '--json')
    story.check(code == 0 and json.loads(out)['policy'] == '',
                'none is set for Tpm', out)
    token = story.path('bearer', 'abc.def\n')
    m.run('policy', 'get', 'sgx', '--bearer', token)
    story.check(m.request()[2].get('Authorization') == 'Bearer abc.def',
                'the access token is sent')
    story.expect('no line end in a header', *m.run(
        'policy', 'get', 'sgx', '--bearer', story.path(
            'bearer', 'abc\r\nX: y')), 2, 'access token')


def answers_that_are_not_believed(story, m):
    claims = {'x-ms-policy': 'eyJhbGciOiJub25lIn0..'}
    path = '/policies/SgxEnclave'
    other = Key(story, 'other')
    other.name = 'service'
    rows = [
        ('another key', {'key': other}, 'SIGNATURE_INVALID'),
        ('another issuer', {'iss': 'https://evil.example'}, 'TOKEN_ISSUER'),
        ('expired', {'exp': 1000, 'nbf': 900, 'iat': 900}, 'TOKEN_EXPIRED'),
    ]
    for what, changes, code_name in rows:
        m.answer(path, claims, **changes)
        code, out, err = m.run('policy', 'get', 'sgx')
        story.expect(what, code, out, err, 3, code_name)
        story.check(out == '', f'{what}: nothing printed', out)
    m.service.routes[path] = [(200, {}, {'token':
                                         'eyJhbGciOiJub25lIn0.e30.'})]
    story.expect('unsecured answer', *m.run('policy', 'get', 'sgx'), 3)
    m.service.routes[path] = [(200, {}, {})]
    story.expect('no token', *m.run('policy', 'get', 'sgx'), 3, 'token')
    m.answer(path, {})
    story.expect('no policy in it', *m.run('policy', 'get', 'sgx'), 3,
                 'x-ms-policy')
    m.answer(path, {'x-ms-policy': 'eyJhbGciOiJub25lIn0.e30.'})
    story.expect('no text in the policy', *m.run('policy', 'get', 'sgx'), 3,
                 'AttestationPolicy')
    m.service.routes[path] = [(401, {}, {'error': {
        'code': 'Unauthorized', 'message': 'want a token'}})]
    story.expect('not allowed', *m.run('policy', 'get', 'sgx'), 3, '401',
                 'want a token')
    story.expect('unknown type', *m.run('policy', 'get', 'Sgx2'), 2, 'Sgx2')
    story.expect('plain http elsewhere', *story.run(
        'policy', 'get', 'sgx', '--url', 'http://attest.example'), 2, '--url')


def change(story, m):
    policy = story.path('policy.txt', POLICY)
    path = '/policies/SgxEnclave'
    keys = ['--key', m.author.key, '--cert', m.author.cert]
    unsecured = ('eyJhbGciOiJub25lIn0.' +
                 b64(b'{"AttestationPolicy":"%s"}' %
                     b64(POLICY.encode()).encode()) + '.')

    def token_hash(jws):
        return b64(hashlib.sha256(jws.encode()).digest())

    m.answer(path, {'x-ms-policy-result': 'Updated',
                    'x-ms-policy-token-hash': token_hash(unsecured)})
    story.expect('set', *m.run('policy', 'set', 'sgx', policy), 0, 'Updated',
                 token_hash(unsecured))
    method, where, headers, body = m.request()
    story.check((method, body.decode()) == ('PUT', unsecured), 'body', body)
    story.check(headers['Content-Type'] == 'text/plain', 'type', headers)
    jws = story.path('policy.jws', unsecured + '\n')
    code, out, _ = m.run('policy', 'set', 'sgx', jws, '--json')
    answer = json.loads(out)
    story.check(code == 0 and answer['verdict'] == 'accept' and
                answer['result'] == 'Updated' and
                answer['hash'] == token_hash(unsecured) and
                m.request()[3].decode() == unsecured,
                'a JWS goes as it is', out)
    story.expect('and is not signed again', *m.run(
        'policy', 'set', 'sgx', jws, *keys), 2, 'JWS')

    story.expect('the service took another one', *m.run(
        'policy', 'set', 'sgx', policy, *keys), 1, 'something else',
        token_hash(unsecured))
    head, payload, signature = m.request()[3].decode().split('.')
    story.check(json.loads(unb64(head)) == {'alg': 'RS256',
                                            'x5c': m.author.x5c} and
                unb64(json.loads(unb64(payload))['AttestationPolicy']) ==
                POLICY.encode() and signature != '', 'a signed body')
    m.answer(path, {'x-ms-policy-result': 'Removed',
                    'x-ms-policy-token-hash': token_hash(unsecured)})
    story.expect('another result', *m.run('policy', 'set', 'sgx', policy), 1,
                 'Removed', 'Updated')

    m.service.forget()
    broken = story.path('broken.txt', 'version=1.0;')
    story.expect('does not compile', *m.run('policy', 'set', 'sgx', broken),
                 1, 'POLICY_PARSING_ERROR')
    story.check(m.service.requests == [], 'and is not sent')
    m.service.routes[path] = [(400, {'x-ms-request-id': 'id-7'}, {'error': {
        'code': 'InvalidOperation', 'message': 'isolated',
        'innererror': {'code': 'POLICY_UNSIGNED', 'message': 'sign it'}}})]
    story.expect('refused', *m.run('policy', 'set', 'sgx', policy), 1,
                 'InvalidOperation', 'isolated', 'sign it', 'id-7')

    m.answer(path + ':reset', {'x-ms-policy-result': 'Removed'})
    story.expect('reset', *m.run('policy', 'reset', 'sgx'), 0, 'Removed')
    method, where, _, body = m.request()
    story.check((method, where.split('?')[0], body) ==
                ('POST', path + ':reset', b'eyJhbGciOiJub25lIn0..'), 'body')
    story.expect('signed reset', *m.run('policy', 'reset', 'sgx', *keys,
                                        '--serial', '9'), 0, 'Removed')
    head, payload, signature = m.request()[3].decode().split('.')
    story.check(json.loads(unb64(payload)) == {
        'x-assay-action': 'reset', 'x-assay-serial': 9,
        'x-assay-type': 'SgxEnclave'} and signature != '', 'with a serial',
                payload)
    story.expect('unbound', *m.run('policy', 'reset', 'sgx', *keys,
                                   '--unbound'), 0, 'Removed')
    story.check(m.request()[3].decode().split('.')[1] == '',
                'as the SDKs send it')
    story.expect('serial without a key', *m.run(
        'policy', 'reset', 'sgx', '--serial', '9'), 2, '--serial')


def signers(story, m):
    other = Key(story, 'second')
    m.answer('/certificates', {'x-ms-policy-certificates': {'keys': [
        {'alg': 'RS256', 'kty': 'RSA', 'use': 'sig', 'x5c': key.x5c}
        for key in (m.author, other)]}})
    story.expect('list', *m.run('signer', 'list'), 0, m.author.thumbprint,
                 'CN=author', other.thumbprint, 'CN=second')
    code, out, _ = m.run('signer', 'list', '--json')
    story.check([s['thumbprint'] for s in json.loads(out)['signers']] ==
                [m.author.thumbprint, other.thumbprint], 'as JSON', out)
    m.answer('/certificates', {'x-ms-policy-certificates': {'keys': []}})
    story.expect('none', *m.run('signer', 'list'), 0, 'no policy signers')
    m.answer('/certificates', {})
    story.expect('no list', *m.run('signer', 'list'), 3,
                 'x-ms-policy-certificates')

    keys = ['--key', m.author.key, '--cert', m.author.cert]
    for command, result in [('add', 'IsPresent'), ('remove', 'IsAbsent')]:
        path = f'/certificates:{command}'
        m.answer(path, {'x-ms-policycertificates-result': result,
                        'x-ms-certificate-thumbprint': other.thumbprint})
        story.expect(command, *m.run('signer', command, other.cert, *keys),
                     0, result, other.thumbprint)
        method, where, headers, body = m.request()
        story.check((method, where.split('?')[0],
                     headers['Content-Type']) ==
                    ('POST', path, 'application/json'), 'request', where)
        head, payload, signature = json.loads(body).split('.')
        story.check(json.loads(unb64(head))['x5c'] == m.author.x5c and
                    json.loads(unb64(payload)) == {
                        'policyCertificate': {'kty': 'RSA', 'x5c': other.x5c},
                        'x-assay-action': command}, 'body', payload)
        m.run('signer', command, other.cert, *keys, '--unbound')
        payload = json.loads(m.request()[3]).split('.')[1]
        story.check(list(json.loads(unb64(payload))) == ['policyCertificate'],
                    'unbound', payload)
        story.expect('another certificate than was sent', *m.run(
            'signer', command, m.author.cert, *keys), 1, 'thumbprint')
    story.expect('two certificates in one file', *m.run(
        'signer', 'add', story.path('two.pem', open(other.cert).read() * 2),
        *keys), 3, 'two.pem')
    m.service.routes['/certificates:remove'] = [(400, {}, {'error': {
        'code': 'InvalidOperation', 'message': 'the last one stays'}})]
    story.expect('the last one', *m.run(
        'signer', 'remove', m.author.cert, *keys), 1, 'the last one stays')
    story.expect('unsigned', *m.run('signer', 'add', other.cert), 2, '--key')


def main():
    story = Story('policy service', sys.argv[1])
    managed = Managed(story)
    get(story, managed)
    answers_that_are_not_believed(story, managed)
    change(story, managed)
    signers(story, managed)
    story.end()


main()
