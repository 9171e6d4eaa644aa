#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `assay attest tpm` makes, judged by OpenSSL and tpm2-tools.

The service is a fake that hands out one challenge and keeps what it gets.
"""
import hashlib
import json
import pathlib
import subprocess
import sys

from harness import Story
from service import Service
from simtpm import SimTpm, b64u, envelope, need_tools, need_tss, unb64u

PATH = '/attest/Tpm'
CHALLENGE = bytes(range(16))
CONTEXT = b64u(b'opaque to clients')
TOKEN = '.'.join(b64u(part) for part in
                 (b'{"alg":"RS256","typ":"JWT"}', b'{}', b'x'))


def der(tag, content):
    length = len(content)
    if length < 128:
        head = bytes([length])
    else:
        size = (length.bit_length() + 7) // 8
        head = bytes([0x80 | size]) + length.to_bytes(size, 'big')
    return bytes([tag]) + head + content


def integer(data):
    data = data.lstrip(b'\0')
    return der(2, (b'\0' if data[0] & 0x80 else b'') + data)


def spki(jwk):
    """SubjectPublicKeyInfo, by our own hand."""
    if jwk['kty'] == 'RSA':
        key = der(0x30, integer(unb64u(jwk['n'])) + integer(unb64u(jwk['e'])))
        algorithm = bytes.fromhex('300d06092a864886f70d0101010500')
    else:
        key = b'\x04' + unb64u(jwk['x']) + unb64u(jwk['y'])
        algorithm = bytes.fromhex(
            '301306072a8648ce3d020106082a8648ce3d030107')
    return der(0x30, algorithm + der(3, b'\0' + key))


def attest(story, service, tpm, *options):
    """(request as an object, raw payload) of one successful run."""
    service.routes = {PATH: [
        (200, {}, envelope({'challenge': b64u(CHALLENGE),
                            'service_context': CONTEXT})),
        (200, {}, envelope({'report': TOKEN}))]}
    service.forget()
    code, out, err = story.run('attest', 'tpm', '--url', service.url,
                               '--tcti', tpm.tcti, '--event-log', tpm.log,
                               *options)
    story.check((code, out) == (0, TOKEN + '\n'), f'attest {options}', err)
    bodies = [json.loads(request[3]) for request in service.requests]
    if not story.check(len(bodies) == 2, 'two round trips', bodies):
        return None, b''
    init = json.loads(unb64u(bodies[0]['data']))
    story.check(init == {'payload': {'type': 'aikcert'}}, 'init', init)
    jws = json.loads(unb64u(bodies[1]['data']))['payload']['request']
    head, payload, signature = jws.split('.')
    story.check(unb64u(head) == b'{"alg":"PS256","typ":"attReqV2"}',
                'JWS header', head)
    request = json.loads(unb64u(payload))
    jwk = request['att_data']['request_key']['jwk']
    verify(story, 'JWS signature', jwk, f'{head}.{payload}'.encode(),
           unb64u(signature), pss=True)
    return request, unb64u(payload)


def verify(story, what, jwk, data, signature, pss=False):
    key = story.path('key.der', spki(jwk))
    options = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt',
               'rsa_pss_saltlen:auto'] if pss else []
    done = subprocess.run(
        ['openssl', 'dgst', '-sha256', '-verify', key, '-keyform', 'DER',
         *options, '-signature', story.path('signature', signature),
         story.path('data', data)], capture_output=True, timeout=60)
    story.check(done.returncode == 0, what, done.stdout + done.stderr)


def raw_signature(blob):
    """(scheme, signature as OpenSSL wants it) of a TPMT_SIGNATURE."""
    scheme = int.from_bytes(blob[:2], 'big')
    size = int.from_bytes(blob[4:6], 'big')
    first = blob[6:6 + size]
    if scheme != 0x18:
        return scheme, first
    second = blob[8 + size:]
    return scheme, der(0x30, integer(first) + integer(second))


def check_quote(story, what, request, payload, certified):
    data = request['att_data']
    now = data['tpm_att_data']['current_attestation']
    quote = unb64u(now['quote'])
    scheme, signature = raw_signature(unb64u(now['signature']))
    verify(story, f'{what}: quote', now['aik_pub'], quote, signature,
           pss=scheme == 0x16)
    story.check(quote[:6] == b'\xffTCG\x80\x18', f'{what}: is a quote')
    raw = payload[payload.index(b'"jwk":') + 6:]
    raw = raw[:raw.index(b'}') + 1]
    story.check(json.loads(raw) == data['request_key']['jwk'],
                f'{what}: the jwk as sent', raw)
    bound = CHALLENGE if certified else \
        hashlib.sha256(raw + b'\0' + CHALLENGE).digest()
    story.check(bound in quote, f'{what}: what the quote carries',
                quote.hex())
    values = b''.join(unb64u(value['digest']) for bank in now['pcrs']
                      for value in bank['values'])
    story.check(quote.endswith(hashlib.sha256(values).digest()),
                f'{what}: PCR digest')
    story.check(data['challenge'] == b64u(CHALLENGE) and
                data['service_context'] == CONTEXT, f'{what}: copied')
    return now


def check_certified(story, request):
    data = request['att_data']
    info = data['request_key']['info']['tpm_certify']
    aik = data['tpm_att_data']['current_attestation']['aik_pub']
    certification = unb64u(info['certification'])
    scheme, signature = raw_signature(unb64u(info['signature']))
    verify(story, 'certification', aik, certification, signature,
           pss=scheme == 0x16)
    name = b'\0\x0b' + hashlib.sha256(unb64u(info['public'])).digest()
    story.check(certification[:6] == b'\xffTCG\x80\x17' and
                name in certification and CHALLENGE in certification,
                'certification of this key', certification.hex())
    modulus = unb64u(data['request_key']['jwk']['n'])
    story.check(modulus in unb64u(info['public']), 'public area')


def kinds(story, service, tpm):
    for kind in ['rsa', 'rsapss', 'ecc']:
        for bind in ['quote', 'certify']:
            request, payload = attest(story, service, tpm, '--aik-kind', kind,
                                      '--bind', bind)
            if request is None:
                continue
            now = check_quote(story, f'{kind} by {bind}', request, payload,
                              bind == 'certify')
            story.check(now['aik_pub']['kty'] == ('EC' if kind == 'ecc' else
                                                  'RSA'), f'{kind}: kty')
            if bind == 'certify':
                check_certified(story, request)
            else:
                story.check(request['att_data']['request_key']['info'] == {
                    'tpm_quote': {'hash_alg': 'sha-256'}}, 'info')
            story.check([log['type'] for log in now['logs']] == ['TCG'] and
                        unb64u(now['logs'][0]['log']) ==
                        pathlib.Path(tpm.log).read_bytes(), 'the log')


def options(story, service, tpm):
    request, payload = attest(
        story, service, tpm, '--bank', 'sha256', '--bank', 'sha1', '--pcrs',
        '0-7,10,14', '--ima-log', tpm.ima, '--nonce', 'n-1', '--rp-id',
        'https://rp.example', '--claim', 'rack=7', '--claim', 'empty=')
    now = check_quote(story, 'options', request, payload, False)
    story.check([bank['algorithm'] for bank in now['pcrs']] == [11, 4],
                'banks in the order of the quote', now['pcrs'])
    wanted = [0, 1, 2, 3, 4, 5, 6, 7, 10, 14]
    story.check(all([value['index'] for value in bank['values']] == wanted
                    for bank in now['pcrs']), 'PCRs', now['pcrs'])
    story.check([log['type'] for log in now['logs']] == ['TCG', 'IMA'],
                'logs')
    data = request['att_data']
    story.check(unb64u(data['rp_data']) == b'n-1' and
                data['rp_id'] == 'https://rp.example', 'relying party')
    story.check(data['custom_claims'] == [
        {'name': 'rack', 'value': '7', 'value_type': 'string'},
        {'name': 'empty', 'value': '', 'value_type': 'string'}], 'claims')
    story.check('aik_cert' not in now, 'no certificate')
    request, payload = attest(story, service, tpm, '--event-log', tpm.log)
    story.check(len(request['att_data']['tpm_att_data'][
        'current_attestation']['logs']) == 2, 'two logs')


def keys(story, service, tpm):
    """The same key again from its file, and under its handle."""
    aik, key = story.path('aik.pem'), story.path('request.pem')
    used = [attest(story, service, tpm, '--aik', aik, '--request-key',
                   key)[0]['att_data'] for _ in range(2)]
    story.check(len({json.dumps(data['request_key']['jwk'])
                     for data in used}) == 1, 'one request key')
    pubs = {json.dumps(data['tpm_att_data']['current_attestation']['aik_pub'])
            for data in used}
    story.check(len(pubs) == 1, 'one AIK')
    story.check(pathlib.Path(aik).stat().st_mode & 0o077 == 0,
                'the key file is its owner\'s')
    tpm.tool('tpm2_createprimary', '-C', 'o', '-c', story.path('srk'))
    tpm.tool('tpm2_create', '-C', story.path('srk'), '-G', 'rsa:rsassa:null',
             '-g', 'sha256', '-u', story.path('u'), '-r', story.path('r'),
             '-a', 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|'
             'restricted|sign')
    tpm.tool('tpm2_flushcontext', '-t')
    tpm.tool('tpm2_load', '-C', story.path('srk'), '-u', story.path('u'),
             '-r', story.path('r'), '-c', story.path('k'))
    tpm.tool('tpm2_evictcontrol', '-C', 'o', '-c', story.path('k'),
             '0x81010077')
    tpm.tool('tpm2_flushcontext', '-t')
    request, payload = attest(story, service, tpm, '--aik', '0x81010077')
    check_quote(story, 'persistent AIK', request, payload, False)


def own_certificate(story, service, tpm):
    """A certificate is taken along if it is the AIK's, refused if not."""
    ca = story.path('ca.key')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048',
                    '-nodes', '-keyout', ca, '-out', story.path('ca.pem'),
                    '-subj', '/CN=CA', '-days', '2'], check=True,
                   capture_output=True)
    aik = story.path('aik.pem')
    request, _ = attest(story, service, tpm, '--aik', aik)
    jwk = request['att_data']['tpm_att_data']['current_attestation'][
        'aik_pub']
    public = story.path('aik.der', spki(jwk))
    subprocess.run(['openssl', 'x509', '-new', '-force_pubkey', public,
                    '-keyform', 'DER', '-subj', '/CN=AIK', '-days', '2',
                    '-CA', story.path('ca.pem'), '-CAkey', ca, '-out',
                    story.path('cert.pem')], capture_output=True)
    if not pathlib.Path(story.path('cert.pem')).exists() or \
            not pathlib.Path(story.path('cert.pem')).read_bytes():
        # OpenSSL 3.0 wants a request to begin with.
        subprocess.run(['openssl', 'req', '-new', '-key', ca, '-subj',
                        '/CN=AIK', '-out', story.path('csr')], check=True,
                       capture_output=True)
        subprocess.run(['openssl', 'pkey', '-pubin', '-inform', 'DER', '-in',
                        public, '-out', story.path('aik.pub')], check=True)
        subprocess.run(['openssl', 'x509', '-req', '-in', story.path('csr'),
                        '-force_pubkey', story.path('aik.pub'), '-CA',
                        story.path('ca.pem'), '-CAkey', ca, '-days', '2',
                        '-out', story.path('cert.pem')], check=True,
                       capture_output=True)
    request, _ = attest(story, service, tpm, '--aik', aik, '--aik-cert',
                        story.path('cert.pem'))
    sent = request['att_data']['tpm_att_data']['current_attestation'][
        'aik_cert']
    done = subprocess.run(['openssl', 'x509', '-in', story.path('cert.pem'),
                           '-outform', 'DER'], capture_output=True)
    story.check(unb64u(sent) == done.stdout, 'the certificate as DER')
    service.forget()
    story.expect('certificate of another key', *story.run(
        'attest', 'tpm', '--url', service.url, '--tcti', tpm.tcti,
        '--event-log', tpm.log, '--aik-cert', story.path('cert.pem')), 3,
        'another key')
    story.check(not service.requests, 'nothing was sent')


def full_slots(story, service, tpm):
    """What others left in a TPM without a resource manager makes room."""
    for _ in range(3):
        tpm.tool('tpm2_createprimary', '-C', 'n', '-G', 'ecc')
    left = tpm.tool('tpm2_getcap', 'handles-transient').count(b'0x80')
    story.check(left == 3, f'{left} objects are left behind')
    request, payload = attest(story, service, tpm, '--bind', 'certify')
    if request is not None:
        check_quote(story, 'full slots', request, payload, True)
    left = tpm.tool('tpm2_getcap', 'handles-transient').count(b'0x80')
    story.check(left < 3, f'{left} objects are left behind by us')


def passwords(story, service, tpm):
    """A hierarchy with a password is somebody's decision; say so."""
    tpm.tool('tpm2_changeauth', '-c', 'o', 'secret')
    code, out, err = story.run('attest', 'tpm', '--url', service.url,
                               '--tcti', tpm.tcti, '--event-log', tpm.log)
    story.expect('owner with a password', code, out, err, 3,
                 'attestation key (AIK)', 'a password is set', 'TPM_FAILED')
    tpm.tool('tpm2_changeauth', '-c', 'o', '-p', 'secret')


def troubles(story, service, tpm):
    rows = [
        ('no TPM there', ['--tcti', 'swtpm:host=127.0.0.1,port=1'], 3,
         ['opening the TPM', 'TPM_FAILED']),
        ('no such TCTI', ['--tcti', 'frobnicate:x'], 3,
         ['opening the TPM', 'TPM_FAILED']),
        ('no such bank', ['--bank', 'sha512'], 3,
         ['quoting the PCRs', 'sha512']),
        ('bank of no name', ['--bank', 'md5'], 2, ['md5', 'sha384']),
        ('bank twice', ['--bank', 'sha1', '--bank', 'sha1'], 2, ['twice']),
        ('no such PCR', ['--pcrs', '0-24'], 2, ['0-24', '23']),
        ('PCRs of junk', ['--pcrs', '1,,2'], 2, ['1,,2']),
        ('PCRs backwards', ['--pcrs', '7-0'], 2, ['7-0']),
        ('no such binding', ['--bind', 'hope'], 2, ['quote or certify']),
        ('no such kind', ['--aik-kind', 'dsa'], 2, ['rsapss']),
        ('claim without value', ['--claim', 'x'], 2, ['NAME=VALUE']),
        ('no such handle', ['--aik', '0x81019999'], 3,
         ['attestation key', 'nothing under that handle']),
        ('not a key file', ['--aik', tpm.log], 3, ['KEY_INVALID']),
        ('no such log', ['--event-log', '/nonexistent'], 3,
         ['event log', '/nonexistent']),
        ('no such IMA log', ['--ima-log', '/nonexistent'], 3, ['IMA log']),
        ('no such certificate', ['--aik-cert', '/nonexistent'], 3,
         ['/nonexistent']),
    ]
    challenge = envelope({'challenge': b64u(CHALLENGE),
                          'service_context': CONTEXT})
    service.routes = {PATH: [(200, {}, challenge)]}
    for name, more, status, texts in rows:
        base = ['--url', service.url]
        if '--tcti' not in more:
            base += ['--tcti', tpm.tcti]
        story.expect(name, *story.run('attest', 'tpm', *base, '--event-log',
                                      tpm.log, *more), status, *texts)
    base = ['attest', 'tpm', '--url', service.url, '--tcti', tpm.tcti,
            '--event-log', tpm.log]
    refused = {'error': {'code': 'InvalidParameter', 'message': 'no',
                         'innererror': {'code': 'EVENT_FORGED',
                                        'message': 'event 33 lies'}}}
    for name, answers, status, texts in [
            ('refused at once', [(400, {}, refused)], 1,
             ['asking for a challenge', 'EVENT_FORGED', 'event 33 lies']),
            ('refused', [(200, {}, challenge), (400, {}, refused)], 1,
             ['sending the evidence', 'EVENT_FORGED', 'event 33 lies']),
            ('no JSON', [(200, {}, b'<html>')], 3, ['FETCH_FAILED']),
            ('no data', [(200, {}, {'token': 'x'})], 3, ['data']),
            ('no challenge', [(200, {}, envelope({'x': 1}))], 3,
             ['challenge']),
            ('no report', [(200, {}, challenge), (200, {}, challenge)], 3,
             ['report'])]:
        service.routes = {PATH: list(answers)}
        story.expect(name, *story.run(*base), status, *texts)


def bare(story, service, tpm):
    """Services that answer without the payload envelope are understood."""
    def plain(message):
        return {'data': b64u(json.dumps(message).encode())}
    service.routes = {PATH: [
        (200, {}, plain({'challenge': b64u(CHALLENGE),
                         'service_context': CONTEXT})),
        (200, {}, plain({'report': TOKEN}))]}
    story.expect('bare messages', *story.run(
        'attest', 'tpm', '--url', service.url, '--tcti', tpm.tcti,
        '--event-log', tpm.log, '-o', story.path('token')), 0)
    story.check(pathlib.Path(story.path('token')).read_text().strip() ==
                TOKEN, 'the token in its file')


def main():
    need_tools()
    story = Story('tpm_client', sys.argv[1])
    need_tss(story)
    service = Service()
    tpm = SimTpm(story, 'tpm', '--banks', 'sha1,sha256', '--ima')
    for part in [kinds, options, keys, own_certificate, full_slots, bare,
                 troubles, passwords]:
        part(story, service, tpm)
    tpm.stop()
    story.end()


main()
