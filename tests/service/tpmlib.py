# SPDX-License-Identifier: Apache-2.0
"""A platform with a TPM, made of Python and openssl(1) alone: from the
specifications, so that it shares no code with what it tests.

    tpmlib.py new FOLDER                        keys and certificates
    tpmlib.py request FOLDER CHALLENGE CONTEXT [EVENTS]
                    a request of type attReqV2, over a log of so many events

TPM 2.0 library part 2; TCG PC Client Platform Firmware Profile, 10.2; Azure
Attestation, TPM attestation protocol."""
import base64
import hashlib
import json
import os
import struct
import subprocess
import sys

SHA256 = 0x000b
HASHES = {'sha1': 0x0004, 'sha256': SHA256}
SECURE_BOOT_GUID = bytes.fromhex('61dfe48bca93d211aa0d00e098032b8c')

CERTIFICATES = '''
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[aik]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = 2.23.133.8.3
subjectAltName = critical,dirName:tpm
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tpm]
1.2.23.133.2.1 = id:53494D00
2.2.23.133.2.2 = Made TPM
3.2.23.133.2.3 = id:00010000
'''


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


def unb64url(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


def openssl(*args, data=None):
    return subprocess.run(['openssl', *args], input=data, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE).stdout


def sized(data):
    """A TPM2B."""
    return struct.pack('>H', len(data)) + data


# ---- the event log

def event(pcr, kind, data, measured=None):
    digest = hashlib.sha256(data if measured is None else measured).digest()
    return (pcr, kind, digest, data)


def variable(name, data):
    return SECURE_BOOT_GUID + struct.pack('<QQ', len(name), len(data)) + \
        name.encode('utf-16-le') + data


def boot(extra=0, secure_boot=True):
    """A small boot of Linux, and so many commands of its loader."""
    events = [
        event(0, 0x8, 'made firmware 1.0\0'.encode('utf-16-le')),
        event(7, 0x80000001, variable('SecureBoot', bytes([secure_boot]))),
        event(7, 0x80000001, variable('PK', b'')),
        event(7, 0x80000001, variable('KEK', b'')),
        event(7, 0x80000001, variable('db', b'')),
        event(7, 0x80000001, variable('dbx', b'')),
        event(4, 0x80000007, b'Calling EFI Application from Boot Option'),
        *[event(pcr, 0x4, bytes(4)) for pcr in range(8)],
        *[event(8, 0xd, text + b'\0', text) for text in
          (b'grub_cmd: command %d' % i for i in range(extra))],
        event(5, 0x80000007, b'Exit Boot Services Invocation'),
        event(5, 0x80000007,
              b'Exit Boot Services Returned with Success'),
    ]
    return events


def write_log(events):
    spec = b'Spec ID Event03\0' + struct.pack('<IBBBBIHHB', 0, 0, 2, 0, 2, 1,
                                              SHA256, 32, 0)
    out = struct.pack('<II20sI', 0, 3, bytes(20), len(spec)) + spec
    for pcr, kind, digest, data in events:
        out += struct.pack('<IIIH', pcr, kind, 1, SHA256) + digest + \
            struct.pack('<I', len(data)) + data
    return out


def replay(events):
    pcrs = [b'\xff' * 32 if 17 <= i <= 22 else bytes(32) for i in range(24)]
    for pcr, _, digest, _ in events:
        pcrs[pcr] = hashlib.sha256(pcrs[pcr] + digest).digest()
    return pcrs


# ---- the TPM

class Platform:
    """Keys and certificates in a folder; made if they are not there."""

    def __init__(self, folder):
        self.folder = folder
        if not os.path.exists(self.path('aik.der')):
            self.make()
        self.aik = self.jwk('aik.key')
        self.key = self.jwk('request.key')
        self.anchor = self.path('ca.pem')

    def path(self, name):
        return os.path.join(self.folder, name)

    def make(self):
        os.makedirs(self.folder, exist_ok=True)
        with open(self.path('openssl.cnf'), 'w') as f:
            f.write(CERTIFICATES)
        for name in ('ca', 'aik', 'request'):
            openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt',
                    'rsa_keygen_bits:2048', '-out', self.path(name + '.key'))
        config = self.path('openssl.cnf')
        openssl('req', '-x509', '-config', config, '-extensions', 'ca',
                '-key', self.path('ca.key'), '-subj', '/CN=Made AIK CA',
                '-days', '30', '-out', self.path('ca.pem'))
        openssl('req', '-new', '-config', config, '-key',
                self.path('aik.key'), '-subj', '/CN=Made AIK', '-out',
                self.path('aik.csr'))
        openssl('x509', '-req', '-in', self.path('aik.csr'), '-CA',
                self.path('ca.pem'), '-CAkey', self.path('ca.key'), '-days',
                '30', '-set_serial', '2', '-extfile', config, '-extensions',
                'aik', '-outform', 'DER', '-out', self.path('aik.der'))

    def jwk(self, name):
        text = openssl('rsa', '-in', self.path(name), '-modulus', '-noout')
        n = bytes.fromhex(text.decode().strip().partition('=')[2])
        return {'kty': 'RSA', 'n': b64url(n), 'e': 'AQAB'}

    def sign(self, name, data, hash_name='sha256', pss=False):
        options = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt',
                   'rsa_pss_saltlen:32'] if pss else []
        return openssl('dgst', '-' + hash_name, '-sign', self.path(name),
                       *options, data=data)

    def quote(self, pcrs, qualifying, hash_name='sha256'):
        """TPMS_ATTEST and TPMT_SIGNATURE over all PCRs of one bank. The
        scheme's hash is that of the PCR digest, too."""
        attest = b'\xffTCG' + struct.pack('>H', 0x8018) + \
            sized(struct.pack('>H', SHA256) + hashlib.sha256(
                self.aik['n'].encode()).digest()) + \
            sized(qualifying) + struct.pack('>QIIBQ', 1000, 1, 0, 1, 7) + \
            struct.pack('>IHB', 1, SHA256, 3) + b'\xff\xff\xff' + \
            sized(hashlib.new(hash_name, b''.join(pcrs)).digest())
        signature = struct.pack('>HH', 0x0014, HASHES[hash_name]) + \
            sized(self.sign('aik.key', attest, hash_name))
        return attest, signature

    def request(self, challenge, context, events=None, change=None,
                hash_name='sha256'):
        """A JWS of type attReqV2. change(att_data) may spoil the content
        before it is signed."""
        events = boot() if events is None else events
        pcrs = replay(events)
        jwk = json.dumps(self.key, separators=(',', ':')).encode()
        attest, signature = self.quote(pcrs, hashlib.sha256(
            jwk + b'\0' + unb64url(challenge)).digest(), hash_name)
        with open(self.path('aik.der'), 'rb') as f:
            cert = f.read()
        att_data = {
            'rp_id': 'https://rp.example', 'rp_data': b64url(b'rp nonce'),
            'challenge': challenge,
            'tpm_att_data': {'current_attestation': {
                'logs': [{'type': 'TCG', 'log': b64url(write_log(events))}],
                'aik_cert': b64url(cert), 'aik_pub': self.aik,
                'pcrs': [{'algorithm': SHA256, 'values': [
                    {'index': i, 'digest': b64url(v)}
                    for i, v in enumerate(pcrs)]}],
                'quote': b64url(attest), 'signature': b64url(signature)}},
            'request_key': {'jwk': self.key, 'info': {
                'tpm_quote': {'hash_alg': 'sha-256'}}},
            'service_context': context}
        if change is not None:
            change(att_data)
        return self.jws({'att_type': 'basic', 'att_data': att_data})

    def jws(self, payload):
        parts = '.'.join(b64url(json.dumps(
            p, separators=(',', ':')).encode())
            for p in ({'alg': 'PS256', 'typ': 'attReqV2'}, payload))
        return parts + '.' + b64url(self.sign('request.key', parts.encode(),
                                              pss=True))


def main():
    if len(sys.argv) == 3 and sys.argv[1] == 'new':
        print(Platform(sys.argv[2]).anchor)
    elif len(sys.argv) in (5, 6) and sys.argv[1] == 'request':
        extra = int(sys.argv[5]) - len(boot()) if len(sys.argv) == 6 else 0
        print(Platform(sys.argv[2]).request(sys.argv[3], sys.argv[4],
                                            events=boot(extra)))
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main()
