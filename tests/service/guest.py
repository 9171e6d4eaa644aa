#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""POST /attest/AzureGuest over real sockets: what only the guest can read."""
import base64
import hashlib
import json
import os
import shutil
import struct
import sys
import tempfile

from servicelib import (Server, Table, b64url, claims_of, header_of, shared,
                        unb64)
from tpmlib import (SHA256, Platform, boot, openssl, replay, sized,
                    unb64url, write_log)

VERSION = 'api-version=2020-10-01'
PATH = '/attest/AzureGuest'
AIK_ATTRIBUTES, KEY_ATTRIBUTES = 0x00050472, 0x00020432
PCRS = list(range(8))


def b64(data):
    return base64.b64encode(data).decode()


# ---- the guest: TPM 2.0 library part 2

def public(jwk, attributes, policy, scheme):
    """TPMT_PUBLIC of RSA-2048."""
    return struct.pack('>HHI', 1, SHA256, attributes) + sized(policy) + \
        struct.pack('>H', 0x10) + scheme + struct.pack('>HI', 2048, 0) + \
        sized(unb64url(jwk['n']))


def attest(kind, body):
    return b'\xffTCG' + struct.pack('>H', kind) + sized(bytes(34)) + \
        sized(b'') + struct.pack('>QIIBQ', 1000, 1, 0, 1, 7) + body


def selection():
    mask = sum(1 << i for i in PCRS)
    return struct.pack('>IHB', 1, SHA256, 3) + mask.to_bytes(3, 'little')


def name(area):
    return struct.pack('>H', SHA256) + hashlib.sha256(area).digest()


def guest(platform, change=None, attributes=KEY_ATTRIBUTES):
    """An AttestationInfo; change(info) may spoil it."""
    events = boot()
    pcrs = replay(events)
    values = hashlib.sha256(b''.join(pcrs[i] for i in PCRS)).digest()
    policy = hashlib.sha256(bytes(32) + struct.pack('>I', 0x17f) +
                            selection() + values).digest()
    aik = public(platform.aik, AIK_ATTRIBUTES, b'',
                 struct.pack('>HH', 0x14, SHA256))
    key = public(platform.key, attributes, policy, struct.pack('>H', 0x15))
    quote = attest(0x8018, selection() + sized(values))
    certify = attest(0x8017, sized(name(key)) + sized(name(b'parent')))
    with open(platform.path('aik.der'), 'rb') as f:
        cert = f.read()
    info = {
        'AttestationProtocolVersion': '2.0', 'OSType': b64(b'Linux'),
        'OSDistro': b64(b'Debian'), 'OSVersionMajor': 12,
        'OSVersionMinor': 0, 'OSBuild': b64(b'NotApplication'),
        'TcgLogs': b64(write_log(events)),
        'ClientPayload': {'nonce': b64(b'a nonce')},
        'TpmInfo': {
            'AikCert': b64(cert), 'AikPub': b64(sized(aik)),
            'PcrQuote': b64(quote),
            'PcrSignature': b64(platform.sign('aik.key', quote)),
            'EncKeyPub': b64(sized(key)), 'EncKeyCertifyInfo': b64(certify),
            'EncKeyCertifyInfoSignature': b64(
                platform.sign('aik.key', certify)),
            'PcrSet': PCRS, 'PCRs': [{'Index': i, 'Digest': b64(pcrs[i])}
                                     for i in PCRS]},
        'IsolationInfo': {'Type': 'TrustedLaunch'}}
    if change is not None:
        change(info)
    return info


# ---- what its client does with the answer

def aes(mode, key, data, iv=None):
    options = ['-iv', iv.hex()] if iv else []
    return openssl('enc', '-aes-256-' + mode, '-K', key.hex(), *options,
                   '-nopad', data=data)


def ghash(h, data):
    """NIST SP 800-38D, 6.3 and 6.4."""
    y, r = 0, 0xe1 << 120
    for at in range(0, len(data), 16):
        y ^= int.from_bytes(data[at:at + 16], 'big')
        z, v = 0, y
        for i in range(127, -1, -1):
            if h >> i & 1:
                z ^= v
            v = v >> 1 ^ (r if v & 1 else 0)
        y = z
    return y


def padded(data):
    return data + bytes(-len(data) % 16)


def open_reply(platform, text):
    """(token, is the tag right?)"""
    reply = json.loads(unb64(text))
    key = openssl('pkeyutl', '-decrypt', '-inkey',
                  platform.path('request.key'), '-pkeyopt',
                  'rsa_padding_mode:pkcs1',
                  data=base64.b64decode(reply['EncryptedInnerKey']))
    iv = base64.b64decode(reply['EncryptionParams']['Iv'])
    sealed = base64.b64decode(reply['Jwt'])
    aad = b'Transport Key'
    h = int.from_bytes(aes('ecb', key, bytes(16)), 'big')
    tag = ghash(h, padded(aad) + padded(sealed) + struct.pack(
        '>QQ', 8 * len(aad), 8 * len(sealed))) ^ int.from_bytes(
            aes('ecb', key, iv + b'\0\0\0\1'), 'big')
    token = aes('ctr', key, sealed, iv + b'\0\0\0\2').decode()
    return token, tag == int.from_bytes(
        base64.b64decode(reply['AuthenticationData']), 'big')


# ---- the service

def send(server, info, path=PATH, member='AttestationInfo', **more):
    return server.json('POST', f'{path}?{VERSION}', {
        member: b64url(json.dumps(info).encode()), **more})


def set_policy(server, text):
    payload = json.dumps({'AttestationPolicy': b64url(text.encode())})
    none = b64url(b'{"alg":"none"}')
    status, answer = server.json(
        'PUT', f'/policies/AzureGuest?{VERSION}',
        f'{none}.{b64url(payload.encode())}.')
    assert status == 200, answer


def answers(table, server, platform):
    for row, path, member in (
            ('as clients send it', PATH, 'AttestationInfo'),
            ('other case', '/attest/azureguest', 'attestationInfo')):
        status, answer = send(server, guest(platform), path, member)
        if not table.same(f'{row}: status', status, 200):
            print(answer)
            continue
        token, right = open_reply(platform, answer['token'])
        table.row(f'{row}: tag', right)
        claims = claims_of(token)
        table.same(f'{row}: type', claims['x-ms-attestation-type'],
                   'azurevm')
        table.same(f'{row}: PCRs', claims['x-ms-azurevm-attested-pcrs'],
                   PCRS)
        table.same(f'{row}: secure boot', claims['secureboot'], True)
        table.same(f'{row}: nonce',
                   claims['x-ms-runtime']['client-payload'],
                   {'nonce': b64(b'a nonce')})
        key = claims['x-ms-runtime']['keys'][0]
        table.same(f'{row}: key', (key['kid'], key['n']),
                   ('TpmEphemeralEncryptionKey', platform.key['n']))
        table.same(f'{row}: alg', header_of(token)['alg'], 'RS256')
        table.same(f'{row}: lifetime', claims['exp'] - claims['nbf'] > 28000,
                   True)
        table.same(f'{row}: test anchor', claims['x-assay-test-anchor'],
                   True)


def fresh_keys(table, server, platform):
    """Each answer has a key and an IV of its own."""
    seen = set()
    info = guest(platform)
    for _ in range(3):
        reply = json.loads(unb64(send(server, info)[1]['token']))
        seen.add(reply['EncryptionParams']['Iv'])
        seen.add(reply['EncryptedInnerKey'])
    table.same('fresh keys', len(seen), 6)


def change(path, value):
    def apply(info):
        for part in path[:-1]:
            info = info[part]
        info[path[-1]] = value
    return apply


def refusals(table, server, platform):
    stranger = b64(bytes(256))
    for row, info, code in (
            ('confidential', guest(platform, change(
                ('IsolationInfo', 'Type'), 'SevSnp')),
             'GUEST_ISOLATION_UNSUPPORTED'),
            ('version', guest(platform, change(
                ('AttestationProtocolVersion',), '3.0')), 'BAD_FIELD'),
            ('quote of another', guest(platform, change(
                ('TpmInfo', 'PcrSignature'), stranger)),
             'SIGNATURE_INVALID'),
            ('PCR', guest(platform, lambda info: info['TpmInfo']['PCRs'][
                7].update(Digest=b64(bytes(32)))), 'PCR_DIGEST_MISMATCH'),
            ('set', guest(platform, change(('TpmInfo', 'PcrSet'), [0])),
             'BAD_FIELD'),
            ('no log', guest(platform, lambda info: info.pop('TcgLogs')),
             'JSON_MISSING_MEMBER'),
            ('key by password', guest(platform,
                                      attributes=KEY_ATTRIBUTES | 0x40),
             'GUEST_KEY_REFUSED'),
            ('no certificate', guest(platform, lambda info: info[
                'TpmInfo'].pop('AikCert')), 'AIK_CERT_MISSING')):
        status, answer = send(server, info)
        error = answer.get('error', {})
        table.same(f'{row}: status', status, 400)
        table.same(f'{row}: code', error.get('innererror', {}).get('code'),
                   code)
    status, answer = send(server, guest(platform),
                          draftPolicyForAttestation='version=1.0;')
    table.same('draft', status, 400)
    status, answer = server.json('POST', f'{PATH}?{VERSION}', {})
    table.same('nothing', status, 400)


def policies(table, server, platform):
    set_policy(server, 'version=1.2;authorizationrules{'
               'c:[type=="secureboot",value==true]=>permit();};issuancerules{'
               'c:[type=="aikValidated"]=>issue(type="aik",value=c.value);};')
    status, answer = send(server, guest(platform))
    if table.same('policy: status', status, 200):
        claims = claims_of(open_reply(platform, answer['token'])[0])
        table.same('policy: issued', (claims['aik'], claims['x-ms-policy']),
                   (True, {'aik': True}))
    set_policy(server, 'version=1.2;authorizationrules{'
               'c:[type=="x-ms-azurevm-is-windows",value==true]=>permit();};'
               'issuancerules{};')
    status, answer = send(server, guest(platform))
    table.same('policy refuses', (status, answer['error']['code']),
               (400, 'PolicyEvaluationError'))


def vectors(table, folder):
    root = shared('vectors/tpm', 'guests')
    if root is None:
        return
    for vector, want in (('syn-azureguest-tl-linux', 200),
                         ('syn-azureguest-neg-pcr-linux', 400)):
        anchor = os.path.join(root, vector, 'aik_ca.pem')
        with open(os.path.join(root, vector, 'post_body.json'), 'rb') as f:
            body = json.load(f)
        with Server('--tpm-anchor', anchor) as server:
            status, answer = server.json('POST', f'{PATH}?{VERSION}', body)
        table.same(vector, status, want)
        if status == 200:
            with open(os.path.join(root, vector, 'response_200.json')) as f:
                theirs = json.loads(unb64(json.load(f)['token']))
            ours = json.loads(unb64(answer['token']))
            table.same(f'{vector}: members', sorted(ours), sorted(theirs))
            table.same(f'{vector}: parameters', *(
                {k: v for k, v in r['EncryptionParams'].items() if k != 'Iv'}
                for r in (ours, theirs)))


def main():
    table = Table('guest')
    folder = tempfile.mkdtemp(prefix='assay-guest-')
    platform = Platform(os.path.join(folder, 'platform'))
    with Server('--tpm-anchor', platform.anchor) as server:
        answers(table, server, platform)
        fresh_keys(table, server, platform)
        refusals(table, server, platform)
        policies(table, server, platform)
    vectors(table, folder)
    shutil.rmtree(folder)
    return 0 if table.end() else 1


sys.exit(main())
