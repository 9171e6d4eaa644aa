#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Evidence to a service: what is sent, and every kind of answer."""
import base64
import hashlib
import json
import os
import pathlib
import sys

from harness import Story
from service import Service

PATH = '/attest/SgxEnclave'


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def token(header):
    return '.'.join([b64(json.dumps(header).encode()),
                     b64(b'{"exp":2,"iat":1,"nbf":1,"iss":"https://a"}'),
                     '' if header['alg'] == 'none' else 'AAAA'])


def what_is_sent(story, service):
    good = token({'alg': 'RS256'})
    service.routes = {PATH: [(200, {}, {'token': good})],
                      '/attest/OpenEnclave': [(200, {}, {'token': good})]}
    quote = story.path('quote', bytes(range(256)) * 5)
    code, out, err = story.run('attest', 'sgx', '--url', service.url + '/',
                               '--quote', quote)
    story.check((code, out, err) == (0, good + '\n', ''), 'the token', err)
    method, path, headers, body = service.requests[-1]
    story.check(method == 'POST' and path.startswith(PATH + '?api-version='),
                'method and path', path)
    story.check(headers['Content-Type'] == 'application/json', 'type')
    story.check(json.loads(body) == {'quote': b64(bytes(range(256)) * 5)},
                'body', body)

    runtime = story.path('runtime', b'{"a":1}\0')
    policy = story.path('policy', 'version= 1.0;\n"\u20ac"')
    to = story.path('token')
    code, out, err = story.run(
        'attest', 'openenclave', '--url', service.url, '--quote', quote,
        '--runtime-data', runtime, '--runtime-type', 'json', '--nonce',
        '18446744073709551615', '--draft-policy', policy, '-o', to)
    story.check((code, out) == (0, ''), 'to a file', out + err)
    story.check(pathlib.Path(to).read_text() == good + '\n', 'the file')
    body = json.loads(service.requests[-1][3])
    story.check(body == {
        'report': b64(bytes(range(256)) * 5),
        'runtimeData': {'data': b64(b'{"a":1}\0'), 'dataType': 'JSON'},
        'nonce': '18446744073709551615',
        'draftPolicyForAttestation': 'version= 1.0;\n"\u20ac"'}, 'body', body)
    story.run('attest', 'sgx', '--url', service.url, '--quote', quote,
              '--runtime-data', runtime)
    body = json.loads(service.requests[-1][3])
    story.check(body['runtimeData']['dataType'] == 'Binary', 'binary', body)

    service.routes[PATH] = [(200, {}, {'token': token({'alg': 'none'})})]
    story.expect('a draft is not proof', *story.run(
        'attest', 'sgx', '--url', service.url, '--quote', quote), 0,
        'WARNING', 'UNSECURED')
    for what, answer in [('no token', {}), ('number', {'token': 1}),
                         ('no JWT', {'token': 'hello'}), ('list', [])]:
        service.routes[PATH] = [(200, {}, answer)]
        code, out, err = story.run('attest', 'sgx', '--url', service.url,
                                   '--quote', quote)
        story.check((code, out) == (3, ''), what, out + err)


def refusals(story, service):
    quote = story.path('quote', b'quote')
    request_id = '00-' + 32 * '1' + '-' + 16 * '2' + '-00'
    refusal = {'error': {
        'code': 'InvalidParameter', 'message': 'Bad quote \u001b[31m\u202e',
        'innererror': {'code': 'INVALID_QUOTE_SIGNATURE',
                       'message': 'found this, wanted that'}}}
    rows = [
        ('refused', (400, {'x-ms-request-id': request_id}, refusal), 1,
         ['400', 'InvalidParameter', 'Bad quote', 'INVALID_QUOTE_SIGNATURE',
          'found this, wanted that', request_id]),
        ('refused without a body', (400, {}, b''), 1, ['400']),
        ('not allowed', (401, {}, {'error': {'code': 'Unauthorized'}}), 3,
         ['401', 'Unauthorized']),
        ('failed', (500, {}, b'<html>oops'), 3, ['500']),
        ('not a service', (404, {}, b''), 3, ['404']),
        ('redirect', (302, {'Location': 'https://evil.example/'}, b''), 3,
         ['redirects', 'evil.example']),
    ]
    for what, answer, status, texts in rows:
        service.routes[PATH] = [answer]
        code, out, err = story.run('attest', 'sgx', '--url', service.url,
                                   '--quote', quote)
        story.expect(what, code, out, err, status, *texts)
        story.check(out == '' and '\x1b' not in err and '\u202e' not in err,
                    f'{what}: nothing dangerous', repr(err))

    good = token({'alg': 'RS256'})
    service.routes[PATH] = [(503, {'Retry-After': '1'}, refusal),
                            (429, {'Retry-After': '0'}, refusal),
                            (200, {}, {'token': good})]
    service.forget()
    story.expect('busy twice', *story.run(
        'attest', 'sgx', '--url', service.url, '--quote', quote), 0, good)
    story.check(service.hits(PATH) == 3, 'three requests')
    service.forget()
    service.routes[PATH] = [(503, {'Retry-After': '0',
                                   'x-ms-request-id': request_id}, b'')]
    story.expect('busy for ever', *story.run(
        'attest', 'sgx', '--url', service.url, '--quote', quote), 3, '503',
        request_id)
    story.check(service.hits(PATH) == 4, 'a bounded number of requests')


def collecting(story, service):
    """Gramine's pseudo-files, as far as files can be pseudo."""
    good = token({'alg': 'RS256'})
    service.routes = {PATH: [(200, {}, {'token': good})],
                      '/attest/OpenEnclave': [(200, {}, {'token': good})]}
    folder = pathlib.Path(story.path('attestation'))
    folder.mkdir()
    (folder / 'user_report_data').write_bytes(b'')
    (folder / 'quote').write_bytes(b'a quote')
    (folder / 'attestation_type').write_text('dcap\n')
    runtime = story.path('runtime', b'key')
    arguments = ['--url', service.url, '--collect', '--attestation-dir',
                 folder]
    story.expect('collect', *story.run('attest', 'sgx', *arguments,
                                       '--runtime-data', runtime), 0, good)
    story.check((folder / 'user_report_data').read_bytes() ==
                hashlib.sha256(b'key').digest() + bytes(32),
                'the runtime data is bound')
    story.check(json.loads(service.requests[-1][3])['quote'] ==
                b64(b'a quote'), 'the quote that was read is sent')
    story.expect('collect for Open Enclave', *story.run(
        'attest', 'openenclave', *arguments), 0, good)
    story.check(json.loads(service.requests[-1][3])['report'] ==
                b64(bytes([1, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]) +
                    b'a quote'), 'with the header of an Open Enclave report')
    story.check((folder / 'user_report_data').read_bytes() == bytes(64),
                'nothing is bound')

    (folder / 'attestation_type').write_text('epid')
    story.expect('not DCAP', *story.run('attest', 'sgx', *arguments), 3,
                 'epid', 'dcap')
    os.remove(folder / 'attestation_type')
    os.remove(folder / 'quote')
    story.expect('no quote', *story.run('attest', 'sgx', *arguments), 3,
                 'quote', 'No such file')
    story.expect('no enclave', *story.run(
        'attest', 'sgx', '--url', service.url, '--collect'), 3,
        '/dev/attestation')


def main():
    story = Story('attest', sys.argv[1])
    service = Service()
    what_is_sent(story, service)
    refusals(story, service)
    collecting(story, service)
    story.end()


main()
