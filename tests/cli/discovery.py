#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys come from the issuer that was chosen, and from nowhere else."""
import json
import subprocess
import sys

from harness import Story, shared
from service import Service

METADATA = '/.well-known/openid-configuration'
ISSUER = 'https://attest.example.test'


def certificates(story):
    """A private CA, and a server certificate for 127.0.0.1 and for another."""
    def openssl(*args):
        subprocess.run(['openssl', *args], check=True, capture_output=True)

    ca, ca_key = story.path('ca.pem'), story.path('ca.key')
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:P-256', '-nodes', '-keyout', ca_key, '-out',
            ca, '-days', '2', '-subj', '/CN=Test CA')
    made = {}
    for name, san in [('here', 'IP:127.0.0.1'), ('other', 'DNS:b.example')]:
        key, csr = story.path(f'{name}.key'), story.path(f'{name}.csr')
        cert = story.path(f'{name}.pem')
        ext = story.path(f'{name}.ext', f'subjectAltName={san}\n')
        openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                '-nodes', '-keyout', key, '-out', csr, '-subj', '/CN=x')
        openssl('x509', '-req', '-in', csr, '-CA', ca, '-CAkey', ca_key,
                '-CAcreateserial', '-days', '2', '-out', cert, '-extfile',
                ext)
        made[name] = (cert, key)
    return ca, made


class Verify:
    """assay verify of a good token against a service."""

    def __init__(self, story, suite):
        self.story = story
        token = next(case['token'] for case in suite['cases']
                     if case['id'] == 'ok-rs256')
        self.path = story.path('token', token + '\n')
        self.token = token
        self.at = suite['verify_at']

    def __call__(self, what, service, status, *texts, options=()):
        self.story.expect(what, *self.story.run(
            'verify', self.path, '--url', service.url, '--issuer', ISSUER,
            '--at', self.at, *options), status, *texts)


def good_routes(service, keys):
    service.forget()
    service.routes = {
        METADATA: [(200, {}, {'issuer': ISSUER,
                              'jwks_uri': service.url + '/certs'})],
        '/certs': [(200, {}, keys)],
    }


def plain(story, verify, keys):
    service, elsewhere = Service(), Service()
    elsewhere.routes['/certs'] = [(200, {}, keys)]

    good_routes(service, keys)
    verify('good', service, 0, 'verified', 'iss')
    story.check(service.hits('/certs') == 1, 'one fetch of the keys')
    verify('required claim', service, 0, options=[
        '--require', 'x-ms-attestation-type=sevsnpvm',
        '--require', 'x-ms-sevsnpvm-is-debuggable=false'])
    verify('claim with another value', service, 1, 'TOKEN_CLAIM', options=[
        '--require', 'x-ms-attestation-type=sgx'])
    verify('claim that is not there', service, 1, 'TOKEN_CLAIM', options=[
        '--require', 'x-ms-sgx-mrenclave=00'])

    service.routes[METADATA] = [(200, {}, {
        'issuer': ISSUER, 'jwks_uri': elsewhere.url + '/certs'})]
    verify('keys of another origin', service, 3, 'origin', 'FETCH_REFUSED')
    story.check(not elsewhere.requests, 'nobody was asked there')

    service.routes[METADATA] = [(200, {}, {
        'issuer': ISSUER + '/', 'jwks_uri': service.url + '/certs'})]
    verify('metadata of another issuer', service, 3, 'FETCH_REFUSED')

    good_routes(service, keys)
    service.routes[METADATA] = [(302, {
        'Location': elsewhere.url + METADATA}, b'')]
    verify('redirect', service, 3, 'redirects', elsewhere.url)
    good_routes(service, keys)
    service.routes['/certs'] = [(307, {
        'Location': service.url + '/other'}, b'')]
    verify('redirect of the keys', service, 3, 'redirects')
    story.check(not elsewhere.requests and not service.hits('/other'),
                'redirects are not followed')

    for what, answer in [
            ('no metadata', (404, {}, b'')),
            ('metadata refused', (400, {}, {'error': {'code': 'x'}})),
            ('metadata is HTML', (200, {}, b'<html>')),
            ('metadata is a list', (200, {}, [])),
            ('metadata without keys', (200, {}, {'issuer': ISSUER})),
            ('metadata of 8 MB', (200, {}, b'"' + b'x' * 8000000 + b'"'))]:
        good_routes(service, keys)
        service.routes[METADATA] = [answer]
        verify(what, service, 3, 'FETCH_FAILED')
    for what, answer in [
            ('no keys', (404, {}, b'')),
            ('keys are HTML', (200, {}, b'<html>')),
            ('keys are no JWKS', (200, {}, {'key': []}))]:
        good_routes(service, keys)
        service.routes['/certs'] = [answer]
        verify(what, service, 3)
    good_routes(service, keys)
    service.routes['/certs'] = [(200, {}, {'keys': []})]
    code, out, err = story.run('verify', verify.path, '--url', service.url,
                               '--issuer', ISSUER, '--at', verify.at)
    story.check(code in (1, 3), 'an empty key set verifies nothing', out + err)

    good_routes(service, keys)
    service.routes[METADATA].insert(0, (503, {'Retry-After': '1'}, b''))
    verify('busy once', service, 0)
    story.check(service.hits(METADATA) == 2, 'asked again')
    good_routes(service, keys)
    service.routes[METADATA] = [(503, {'Retry-After': '0'}, b'')]
    verify('busy for ever', service, 3, '503')
    story.check(service.hits(METADATA) == 4, 'a bounded number of times',
                service.hits(METADATA))
    service.server.shutdown()
    service.server.server_close()
    verify('nobody there', service, 3, 'FETCH_FAILED')


def own_name(story, suite):
    """Without --issuer the issuer is the address."""
    service = Service()
    good_routes(service, suite['trusted_jwks'])
    service.routes[METADATA] = [(200, {}, {
        'issuer': service.url, 'jwks_uri': service.url + '/certs'})]
    token = story.path('token')
    story.expect('token of another issuer', *story.run(
        'verify', token, '--url', service.url + '/', '--at',
        suite['verify_at']), 1, 'TOKEN_ISSUER')


def tls(story, verify, keys):
    ca, made = certificates(story)
    service = Service(made['here'])
    good_routes(service, keys)
    verify('private CA', service, 0, options=['--cacert', ca])
    verify('unknown CA', service, 3, 'FETCH_FAILED', 'certificate')
    verify('no such CA file', service, 3, 'FETCH_FAILED',
           options=['--cacert', '/no/such/file'])
    other = Service(made['other'])
    good_routes(other, keys)
    verify('certificate of another host', other, 3, 'FETCH_FAILED',
           options=['--cacert', ca])
    story.check(not other.requests, 'nothing was sent there')


def main():
    suite = json.loads(shared('suites', 'jose', 'attacks',
                              'jwt-attacks.json').read_text())
    story = Story('discovery', sys.argv[1])
    verify = Verify(story, suite)
    plain(story, verify, suite['trusted_jwks'])
    own_name(story, suite)
    tls(story, verify, suite['trusted_jwks'])
    story.end()


main()
