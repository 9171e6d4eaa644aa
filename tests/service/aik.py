#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A TPM enrols its AIK, with tpm2-tools as client: the service's credential
is activated by a TPM, what is wrong is refused, and what is revoked stays so."""
import json
import os
import subprocess
import sys
import tempfile
import time

import servicelib
import swtpmlib
from servicelib import b64url, unb64

swtpmlib.need_tools()
table = servicelib.Table('aik')


def make_keys(tpm, alg):
    """EK, its certificate, an AIK."""
    tpm.tool('tpm2_createek', '-c', 'ek.ctx', '-G', alg, '-u', 'ek.pub')
    tpm.tool('tpm2_createak', '-C', 'ek.ctx', '-c', 'ak.ctx', '-G', alg,
             '-u', 'ak.pub', '-n', 'ak.name')
    tpm.flush()
    tpm.tool('tpm2_nvread', '0x1c00002' if alg == 'rsa' else '0x1c0000a',
             '-o', 'ek.der')
    return {'ekCert': b64url(tpm.read('ek.der')),
            'ekPub': b64url(tpm.read('ek.pub')),
            'aikPub': b64url(tpm.read('ak.pub'))}


def activate(tpm, answer):
    """What the TPM says of the credential."""
    with open(tpm.path('cred'), 'wb') as f:
        f.write(bytes.fromhex('badcc0de00000001') +
                unb64(answer['credentialBlob']) + unb64(answer['secret']))
    tpm.tool('tpm2_startauthsession', '--policy-session', '-S', 's.ctx')
    tpm.tool('tpm2_policysecret', '-S', 's.ctx', '-c', 'e')
    try:
        tpm.tool('tpm2_activatecredential', '-c', 'ak.ctx', '-C', 'ek.ctx',
                 '-i', 'cred', '-o', 'secret', '-P', 'session:s.ctx')
    finally:
        tpm.tool('tpm2_flushcontext', 's.ctx')
        tpm.flush()
    return tpm.read('secret')


def openssl(*args, stdin=None):
    done = subprocess.run(['openssl', *args], input=stdin,
                          capture_output=True)
    return done.returncode, (done.stdout + done.stderr).decode()


def check_certificate(tpm, row, answer):
    folder = tempfile.mkdtemp(dir=tpm.dir)
    leaf, ca = os.path.join(folder, 'leaf'), os.path.join(folder, 'ca')
    for path, text in ((leaf, answer['certificate']),
                       (ca, answer['chain'][0])):
        _, pem = openssl('x509', '-inform', 'der', stdin=unb64(text))
        with open(path, 'w') as f:
            f.write(pem)
    code, text = openssl('verify', '-CAfile', ca, leaf)
    table.row(f'{row}: openssl verifies', code == 0, text)
    _, text = openssl('x509', '-in', leaf, '-noout', '-text')
    for want in ('2.23.133.8.3', 'Digital Signature', 'CA:FALSE', 'swtpm',
                 'id:00001014'):
        table.row(f'{row}: certificate has {want}', want in text, text)
    _, key = openssl('x509', '-in', leaf, '-noout', '-pubkey')
    tpm.tool('tpm2_readpublic', '-c', 'ak.ctx', '-f', 'pem', '-o', 'ak.pem')
    tpm.flush()
    table.same(f'{row}: certificate is for the AIK', key.strip(),
               tpm.read('ak.pem').decode().strip())


def code_of(answer):
    return answer.get('error', {}).get('innererror', {}).get('code')


def refuse(server, row, path, body, want):
    status, answer = server.json('POST', path, body)
    table.same(row, (status, code_of(answer)), (400, want))


def enrol(server, tpm, alg):
    body = make_keys(tpm, alg)
    status, answer = server.json('POST', '/aik/challenge', body)
    if not table.same(f'{alg}: challenge', status, 200):
        print(answer)
        return body, None
    secret = activate(tpm, answer)
    proof = {'context': answer['context'], 'secret': b64url(secret)}
    # Whoever does not know the secret does not use the credential up.
    refuse(server, f'{alg}: guessed first', '/aik/certificate',
           {**proof, 'secret': b64url(os.urandom(len(secret)))},
           'AIK_NOT_PROVEN')
    status, issued = server.json('POST', '/aik/certificate', proof)
    if table.same(f'{alg}: certificate', status, 200):
        check_certificate(tpm, alg, issued)
    refuse(server, f'{alg}: the same proof again', '/aik/certificate', proof,
           'TPM_CHALLENGE_USED')
    refuse(server, f'{alg}: wrong secret', '/aik/certificate',
           {**proof, 'secret': b64url(bytes(len(secret)))}, 'AIK_NOT_PROVEN')
    refuse(server, f'{alg}: no secret', '/aik/certificate',
           {**proof, 'secret': ''}, 'AIK_NOT_PROVEN')
    changed = bytearray(unb64(proof['context']))
    for at in (0, 20, len(changed) - 1):
        changed[at] ^= 1
        refuse(server, f'{alg}: context changed at {at}', '/aik/certificate',
               {**proof, 'context': b64url(bytes(changed))},
               'TPM_CONTEXT_INVALID')
        changed[at] ^= 1
    refuse(server, f'{alg}: context cut', '/aik/certificate',
           {**proof, 'context': proof['context'][:12]},
           'TPM_CONTEXT_INVALID')
    return body, issued


def refusals(server, body, other):
    rows = [
        ('no EK certificate', {'aikPub': body['aikPub']},
         'JSON_MISSING_MEMBER'),
        ('no AIK', {'ekCert': body['ekCert']}, 'JSON_MISSING_MEMBER'),
        ('not base64', {**body, 'ekCert': '!'}, 'BAD_ENCODING'),
        ('junk for a certificate', {**body, 'ekCert': 'AAAA'},
         'CERT_MALFORMED'),
        ('junk for an AIK', {**body, 'aikPub': 'AAAA'},
         'TPM_PUBLIC_MALFORMED'),
        ('EK as AIK', {**body, 'aikPub': body['ekPub']}, 'AIK_REFUSED'),
        ('AIK as EK', {**body, 'ekPub': body['aikPub']}, 'EK_KEY_MISMATCH'),
        ('EK of another TPM', {**body, 'ekPub': other['ekPub']},
         'EK_KEY_MISMATCH'),
        ('EK certificate of an unknown CA',
         {**body, 'ekCert': other['ekCert'], 'ekPub': other['ekPub']},
         'CERT_UNTRUSTED'),
        ('chain not base64', {**body, 'ekCertChain': ['!']}, 'BAD_ENCODING'),
        ('chain too long', {**body, 'ekCertChain': ['AAAA'] * 11},
         'LIMIT_EXCEEDED'),
    ]
    for row, request, want in rows:
        refuse(server, row, '/aik/challenge', request, want)
    status, answer = server.json('POST', '/aik/challenge',
                                 {k: body[k] for k in ('ekCert', 'aikPub')})
    table.same('without ekPub', status, 200)


def credential_of_another(server, tpm, body, other):
    """The credential for one AIK is of no use for another in the same TPM."""
    _, answer = server.json('POST', '/aik/challenge', body)
    tpm.tool('tpm2_createak', '-C', 'ek.ctx', '-c', 'ak.ctx', '-G', 'rsa',
             '-n', 'ak2.name')
    tpm.flush()
    try:
        activate(tpm, answer)
        table.row('credential for another AIK', False, 'activated')
    except RuntimeError as e:
        table.row('credential for another AIK', 'integrity' in str(e), e)


def history(server):
    done = subprocess.run(
        [os.environ['ASSAY'], 'aik', 'list', '--data-dir', server.data,
         '--json'], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)['aiks']


def revoke(server, what):
    return subprocess.run(
        [os.environ['ASSAY'], 'aik', 'revoke', what, '--data-dir',
         server.data], capture_output=True, text=True)


def revoking(server, tpm, body, issued):
    rows = history(server)
    mine = [r for r in rows if r['fingerprint'] == issued['fingerprint']]
    table.same('issued is recorded', len(mine), 1)
    table.row('with the EK and serial', len(mine) == 1 and
              len(mine[0]['ek']) == 64 and len(mine[0]['serial']) >= 2,
              mine)
    table.row('not revoked yet', not any(r['revoked'] for r in rows), rows)
    done = revoke(server, issued['fingerprint'])
    table.same('assay aik revoke', done.returncode, 0)
    rows = history(server)
    table.same('one is revoked', [r['fingerprint'] for r in rows
                                  if r['revoked']], [issued['fingerprint']])
    table.same('revoke what is no fingerprint',
               revoke(server, 'zz').returncode, 2)
    with open(tpm.path('ek.pem'), 'w') as f:
        f.write(openssl('x509', '-inform', 'der',
                        stdin=tpm.read('ek.der'))[1])
    status, answer = server.json('POST', '/aik/challenge', body)
    table.same('EK still known', status, 200)
    table.same('revoke an EK by its certificate',
               revoke(server, tpm.path('ek.pem')).returncode, 0)
    for _ in range(200):
        status, answer = server.json('POST', '/aik/challenge', body)
        if status != 200:
            break
        server.wait_event('no such event', 0.05)
    table.same('EK is refused', (status, code_of(answer)),
               (400, 'CERT_REVOKED'))


def by_assay(server, tpm, kind):
    """The same with assay as client, which keeps the key in a file."""
    def run(*args):
        return subprocess.run([os.environ['ASSAY'], 'aik', 'enroll',
                               '--url', f'http://127.0.0.1:{server.port}',
                               '--tcti', tpm.tcti, *args],
                              capture_output=True, text=True)
    row = f'assay aik enroll {kind}'
    key, cert = tpm.path(f'{kind}.key'), tpm.path(f'{kind}.pem')
    done = run('--aik', key, '--aik-kind', kind, '-o', cert)
    if 'no tpm2-tss' in done.stderr or 'without tpm2-tss' in done.stderr:
        print(f'SKIP: {row}: built without tpm2-tss')
        return
    if not table.same(row, done.returncode, 0):
        print(done.stderr)
        return
    code, text = openssl('x509', '-in', cert, '-noout', '-fingerprint',
                         '-sha256')
    table.same(f'{row}: fingerprint', done.stdout.strip(),
               text.strip().split('=')[1].replace(':', '').lower())
    table.row(f'{row}: recorded', any(
        r['fingerprint'] == done.stdout.strip() for r in history(server)))
    table.same(f'{row}: two certificates',
               tpm.read(f'{kind}.pem').count(b'BEGIN CERTIFICATE'), 2)
    again = run('--aik', key, '-o', cert)
    table.same(f'{row}: again, with the same key', again.returncode, 0)
    ek = run('--aik', key, '-o', cert, '--ek-cert', cert)
    table.row(f'{row}: another certificate as the EK\'s', ek.returncode == 1
              and 'asking for a credential' in ek.stderr, ek.stderr)
    table.row(f'{row}: and why', 'CERT_' in ek.stderr or
              'EK_' in ek.stderr, ek.stderr)


def proof_of(server, tpm):
    _, answer = server.json('POST', '/aik/challenge', make_keys(tpm, 'rsa'))
    return {'context': answer['context'],
            'secret': b64url(activate(tpm, answer))}


def out_of_time(tpm, options):
    """A proof is good for 300 seconds, and not for a service that was
    restarted meanwhile. The clock stands still but for what moves it."""
    if not servicelib.FAKETIME:
        print('SKIP: libfaketime is absent: expiry of credentials not tried')
        return
    clock = servicelib.Clock(tempfile.mkdtemp(dir=tpm.dir))
    start = int(time.time())

    def move(seconds):
        clock.set(time.strftime('%Y-%m-%d %H:%M:%S',
                                time.gmtime(start + seconds)))

    def history_length():
        return len(history(server))
    move(0)
    with servicelib.Server(*options, env=clock.environment()) as server:
        move(1)
        late = proof_of(server, tpm)
        early = proof_of(server, tpm)
        move(300)
        status, answer = server.json('POST', '/aik/certificate', early)
        table.same('in the last second', status, 200)
        move(301)
        refuse(server, 'after 300 seconds', '/aik/certificate', late,
               'TPM_CHALLENGE_EXPIRED')
        move(300)
        refuse(server, 'used, and the clock set back', '/aik/certificate',
               early, 'TPM_CHALLENGE_USED')
        move(302)
        refuse(server, 'used and expired', '/aik/certificate', early,
               'TPM_CHALLENGE_EXPIRED')
        table.same('one certificate', history_length(), 1)
        kept = proof_of(server, tpm)
        server.stop()
        move(303)
        with servicelib.Server(*options, data=server.data,
                               env=clock.environment()) as again:
            refuse(again, 'made before a restart', '/aik/certificate', kept,
                   'TPM_CHALLENGE_EXPIRED')
            status, _ = again.json('POST', '/aik/certificate',
                                   proof_of(again, tpm))
            table.same('made after it', status, 200)


def other_endorsement_keys():
    """TPMs whose EK is P-384 or RSA-3072, with certificates at their own
    places."""
    for row, *options in (('P-384', '--ecc'),
                          ('RSA-3072', '--rsa-keysize', '3072')):
        try:
            tpm = swtpmlib.Tpm(*options)
        except RuntimeError as e:
            print(f'SKIP: EK {row}: this swtpm makes none: {e}')
            continue
        with tpm:
            issuer, root = tpm.anchors()
            with servicelib.Server('--aik-ca', '--ek-anchor', root,
                                   '--ek-intermediate', issuer) as server:
                for kind in ('rsa', 'ecc'):
                    by_assay(server, tpm, kind)
                done = history(server)
                table.same(f'EK {row}: one TPM',
                           len({r['ek'] for r in done}), 1)


def off_by_assay(tpm):
    with servicelib.Server() as server:
        done = subprocess.run(
            [os.environ['ASSAY'], 'aik', 'enroll', '--url',
             f'http://127.0.0.1:{server.port}', '--tcti', tpm.tcti, '--aik',
             tpm.path('off.key'), '-o', tpm.path('off.pem')],
            capture_output=True, text=True)
        table.row('assay aik enroll where it is off', done.returncode != 0
                  and 'aik-ca' in done.stderr, done.stderr)
        table.row('and nothing is written',
                  not os.path.exists(tpm.path('off.pem')))


def switched_off():
    with servicelib.Server() as server:
        for path in ('/aik/challenge', '/aik/certificate'):
            refuse(server, f'off: {path}', path, {}, 'INVALID_OPERATION')
    done = subprocess.run(
        [os.environ['ASSAYD'], '--data-dir', '/nonexistent', '--aik-ca'],
        capture_output=True, text=True)
    table.row('aik-ca without ek-anchor', done.returncode == 2 and
              'ek-anchor' in done.stderr, done.stderr)


def main():
    switched_off()
    with swtpmlib.Tpm() as tpm, swtpmlib.Tpm() as other:
        issuer, root = tpm.anchors()
        options = ('--aik-ca', '--ek-anchor', root, '--ek-intermediate',
                   issuer)
        strange = make_keys(other, 'rsa')
        with servicelib.Server(*options) as server:
            table.row('says that the CA is made', any(
                line['event'] == 'aik-ca-made' for line in server.lines()))
            body, issued = enrol(server, tpm, 'rsa')
            refusals(server, body, strange)
            credential_of_another(server, tpm, body, strange)
            chain = issued['chain']
            server.stop()
            # The same CA after a restart.
            with servicelib.Server(*options, data=server.data) as again:
                table.row('says that the CA is loaded', any(
                    line['event'] == 'aik-ca-loaded'
                    for line in again.lines()))
                body, issued = enrol(again, tpm, 'rsa')
                table.same('same CA', issued['chain'], chain)
                for kind in ('rsa', 'rsapss', 'ecc'):
                    by_assay(again, tpm, kind)
                revoking(again, tpm, body, issued)
        out_of_time(tpm, options)
        off_by_assay(tpm)
    other_endorsement_keys()
    return 0 if table.end() else 1


sys.exit(main())
