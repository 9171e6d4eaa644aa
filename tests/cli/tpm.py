#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The TPM workflow: a machine that booted, a service, a relying party.

tpm.py ASSAY ASSAYD. The TPM is swtpm, behind a listener that stands between
client and service and can keep, delay and divert what passes.
"""
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from daemon import Daemon
from harness import Story
from simtpm import SimTpm, b64u, envelope, need_tools, need_tss, unb64u

PATH = '/attest/Tpm?api-version=2022-08-01'
POLICY = '''version= 1.2;
configurationrules
{
  => issueproperty(type="required_pcr_mask", value=%d);
  => issueproperty(type="require_valid_aik_cert", value=false);
};
authorizationrules
{
  c:[type=="secureBootEnabled", value==true] => permit();
};
issuancerules
{
  c:[type=="secureBootEnabled"] => issue(claim=c);
};
'''


def call(url, body):
    """(status, answer) of one POST."""
    request = urllib.request.Request(
        url + PATH, body, {'Content-Type': 'application/json'})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


class Between:
    """Passes on POSTs; before() may look at each, wait, and choose where."""

    def __init__(self, url):
        between = self
        self.bodies = []
        self.to = lambda number: url

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                between.bodies.append(body)
                status, answer = call(between.to(len(between.bodies)), body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header('Content-Length', str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0),
                                                      Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()


def set_policy(story, daemon, mask=0xffffff):
    story.expect('set the policy', *story.run(
        'policy', 'set', 'Tpm', story.path('tpm.policy', POLICY % mask),
        '--url', daemon.url), 0)


def attest(story, url, tpm, *options):
    return story.run('attest', 'tpm', '--url', url, '--tcti', tpm.tcti,
                     '--event-log', tpm.log, '-o', story.path('token'),
                     *options)


def claims(story, daemon):
    code, answer = story.run_json('verify', story.path('token'), '--url',
                                  daemon.url)
    story.check(code == 0, 'the token verifies', answer)
    return answer.get('claims', {})


def good(story, daemon, tpm):
    """Every way to say the same thing."""
    for kind in ['rsa', 'rsapss', 'ecc']:
        for bind in ['quote', 'certify']:
            for more in [[], ['--bank', 'sha256', '--bank', 'sha1'],
                         ['--bank', 'sha1', '--bank', 'sha384', '--bank',
                          'sha256']]:
                row = f'{kind}, bound by {bind}, {more or "one bank"}'
                story.expect(row, *attest(
                    story, daemon.url, tpm, '--aik-kind', kind, '--bind',
                    bind, '--nonce', row, '--ima-log', tpm.ima, *more), 0)
                said = claims(story, daemon)
                story.check(said.get('secureBootEnabled') is True and
                            said.get('rp_data') == b64u(row.encode()),
                            f'{row}: claims', said)


def profiles(story, daemon, tpm):
    for profile in ['linux-uki', 'windows', 'linux-grub']:
        tpm.boot('--profile', profile, '--ima')
        story.expect(f'{profile} boots', *attest(
            story, daemon.url, tpm, '--ima-log', tpm.ima), 0)
        story.check(claims(story, daemon).get('secureBootEnabled') is True,
                    f'{profile}: claims')
    tpm.boot('--secure-boot-off')
    story.expect('Secure Boot is off', *attest(story, daemon.url, tpm), 1,
                 'PolicyEvaluationError')


def kept_keys(story, daemon, tpm):
    """The key in the token is the one in the file, boot after boot."""
    key = story.path('request.pem')
    seen = set()
    for _ in range(2):
        tpm.boot()
        story.expect('kept keys', *attest(
            story, daemon.url, tpm, '--aik', story.path('aik.pem'),
            '--request-key', key), 0)
        seen.add(json.dumps(claims(story, daemon)['cnf']))
    story.check(len(seen) == 1, 'cnf is the same after a reboot', seen)


def lies(story, daemon, tpm):
    for name, code in [('changed-data', 'EVENT_FORGED'),
                       ('changed-event', 'REPLAY_MISMATCH'),
                       ('dropped-event', 'REPLAY_MISMATCH'),
                       ('swapped-events', 'REPLAY_MISMATCH'),
                       ('added-event', 'REPLAY_MISMATCH')]:
        for profile in ['linux-grub', 'windows']:
            tpm.boot('--profile', profile, '--tamper', name)
            # "changed-data: event 4, PCR 7"
            where = tpm.said['lie'].split(': ')[1]
            event, pcr = where.split(', ')
            story.expect(f'{profile}, {name}', *attest(
                story, daemon.url, tpm), 1, code, pcr,
                *([event] if code == 'EVENT_FORGED' else []))
    tpm.boot('--secure-boot-off', '--tamper', 'changed-data')
    story.expect('a log that says Secure Boot was on', *attest(
        story, daemon.url, tpm), 1, 'EVENT_FORGED', 'event 4',
        'EV_EFI_VARIABLE_DRIVER_CONFIG', 'sending the evidence')


def other_states(story, daemon, tpm):
    tpm.boot('--ima')
    old = story.path('old.log', pathlib.Path(tpm.log).read_bytes())
    tpm.tool('tpm2_pcrextend', '4:sha256=' + 64 * 'a')
    story.expect('extended after the log', *attest(
        story, daemon.url, tpm, '--ima-log', tpm.ima), 1, 'REPLAY_MISMATCH',
        'PCR 4')
    tpm.boot('--ima')
    story.expect('IMA log left out', *attest(story, daemon.url, tpm), 1,
                 'REPLAY_MISMATCH', 'PCR 10')
    story.expect('fewer PCRs than the policy wants', *attest(
        story, daemon.url, tpm, '--pcrs', '0-7'), 1, 'mask')
    longer = story.path('ima', pathlib.Path(tpm.ima).read_bytes())
    tpm.boot()
    story.expect('no IMA in this boot', *attest(story, daemon.url, tpm), 0)
    story.expect('entries behind the quoted state', *attest(
        story, daemon.url, tpm, '--ima-log', longer), 0)
    tpm.boot('--profile', 'linux-uki')
    code, out, err = story.run(
        'attest', 'tpm', '--url', daemon.url, '--tcti', tpm.tcti,
        '--event-log', old)
    story.expect('the log of the boot before', code, out, err, 1,
                 'REPLAY_MISMATCH')


def reasons(answer):
    error = answer.get('error', {})
    return json.dumps([error, error.get('innererror')])


def challenges(story, daemon, tpm, program):
    """A challenge is answered once, in time, and to who gave it."""
    tpm.boot()
    between = Between(daemon.url)
    story.expect('through the listener', *attest(story, between.url, tpm), 0)
    status, answer = call(daemon.url, between.bodies[1])
    story.check(status == 400 and 'TPM_CHALLENGE_USED' in reasons(answer),
                'the same request again', answer)

    stranger = Daemon(story, program, 'stranger')
    set_policy(story, stranger)
    between = Between(stranger.url)
    between.to = lambda number: daemon.url if number == 1 else stranger.url
    story.expect('answered to another node', *attest(
        story, between.url, tpm), 1, 'TPM_CONTEXT')
    stranger.stop(story)

    hasty = Daemon(story, program, 'hasty', '--tpm-challenge-lifetime', '1')
    set_policy(story, hasty)
    between = Between(hasty.url)

    def late(number):
        time.sleep(2.5 if number == 2 else 0)
        return hasty.url
    between.to = late
    story.expect('answered too late', *attest(story, between.url, tpm), 1,
                 'TPM_CHALLENGE_EXPIRED')
    hasty.stop(story)

    between = Between(daemon.url)
    story.expect('one more', *attest(story, between.url, tpm), 0)
    message = json.loads(unb64u(json.loads(between.bodies[1])['data']))
    head, payload, signature = message['payload']['request'].split('.')
    changed = json.loads(unb64u(payload))
    _, answer = call(daemon.url, json.dumps(envelope(
        {'type': 'aikcert'})).encode())
    fresh = json.loads(unb64u(answer['data']))['payload']
    changed['att_data'].update(fresh)
    message['payload']['request'] = '.'.join(
        [head, b64u(json.dumps(changed).encode()), signature])
    status, answer = call(daemon.url, json.dumps(
        {'data': b64u(json.dumps(message).encode())}).encode())
    story.check(status == 400 and 'SIGNATURE_INVALID' in reasons(answer),
                'an old quote under a new challenge', answer)


# ---- without our client ------------------------------------------------------

def pem_jwk(story, path):
    """The JWK of an RSA public key in PEM, by openssl's own text."""
    text = subprocess.run(
        ['openssl', 'rsa', '-pubin', '-in', path, '-noout', '-modulus'],
        capture_output=True, check=True).stdout.decode()
    modulus = bytes.fromhex(text.strip().split('=')[1])
    return {'kty': 'RSA', 'n': b64u(modulus), 'e': 'AQAB'}


def pcr_values(tpm):
    text = tpm.tool('tpm2_pcrread', 'sha256:all').decode()
    values = {}
    for line in text.split('\n'):
        if '0x' in line:
            index, value = line.split(':')
            values[int(index)] = bytes.fromhex(value.strip()[2:])
    return values


def quoted_by_tools(story, tpm, key, challenge):
    """current_attestation, made by tpm2-tools alone."""
    path = story.path
    tpm.tool('tpm2_createek', '-c', path('ek.ctx'), '-G', 'rsa')
    tpm.tool('tpm2_createak', '-C', path('ek.ctx'), '-c', path('ak.ctx'),
             '-G', 'rsa', '-g', 'sha256', '-s', 'rsassa', '-f', 'pem', '-u',
             path('ak.pem'))
    tpm.tool('tpm2_flushcontext', '-t')
    raw = json.dumps(key, separators=(',', ':'), sort_keys=True).encode()
    bound = hashlib.sha256(raw + b'\0' + challenge).hexdigest()
    tpm.tool('tpm2_quote', '-c', path('ak.ctx'), '-l', 'sha256:all', '-q',
             bound, '-m', path('quote'), '-s', path('sig'), '-g', 'sha256')
    tpm.tool('tpm2_flushcontext', '-t')
    read = [pathlib.Path(path(name)).read_bytes()
            for name in ['quote', 'sig']]
    return {
        'logs': [{'type': 'TCG', 'log': b64u(
            pathlib.Path(tpm.log).read_bytes())}],
        'aik_pub': pem_jwk(story, path('ak.pem')),
        'pcrs': [{'algorithm': 11, 'values': [
            {'index': index, 'digest': b64u(value)}
            for index, value in pcr_values(tpm).items()]}],
        'quote': b64u(read[0]), 'signature': b64u(read[1])}


def send_request(story, daemon, private, payload):
    """Signed by openssl: (status, answer)."""
    text = json.dumps(payload, separators=(',', ':'), sort_keys=True)
    data = b64u(b'{"alg":"PS256","typ":"attReqV2"}') + '.' + b64u(
        text.encode())
    signature = subprocess.run(
        ['openssl', 'dgst', '-sha256', '-sign', private, '-sigopt',
         'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest',
         story.path('input', data)], capture_output=True,
        check=True).stdout
    return call(daemon.url, json.dumps(envelope(
        {'request': data + '.' + b64u(signature)})).encode())


def by_tools(story, daemon, tpm):
    """tpm2-tools, openssl and 40 lines of Python get a report too."""
    tpm.boot()
    private = story.path('request.key')
    subprocess.run(['openssl', 'genpkey', '-algorithm', 'RSA', '-pkeyopt',
                    'rsa_keygen_bits:2048', '-out', private], check=True,
                   capture_output=True)
    public = story.path('request.pub')
    subprocess.run(['openssl', 'pkey', '-in', private, '-pubout', '-out',
                    public], check=True)
    key = pem_jwk(story, public)
    status, answer = call(daemon.url, json.dumps(envelope(
        {'type': 'aikcert'})).encode())
    challenge = json.loads(unb64u(answer['data']))['payload']
    payload = {'att_type': 'basic', 'att_data': {
        'rp_id': 'https://rp.example', 'rp_data': 'AQIDBA',
        'tpm_att_data': {'current_attestation': quoted_by_tools(
            story, tpm, key, unb64u(challenge['challenge']))},
        'request_key': {'jwk': key, 'info': {
            'tpm_quote': {'hash_alg': 'sha-256'}}}, **challenge}}
    status, answer = send_request(story, daemon, private, payload)
    if story.check(status == 200, 'tpm2-tools alone', answer):
        report = json.loads(unb64u(answer['data']))['payload']['report']
        story.path('token', report)
        said = claims(story, daemon)
        story.check(said.get('rp_data') == 'AQIDBA' and
                    said['cnf']['jwk'] == key, 'its claims', said)


def another_nonce(story, daemon, tpm):
    """tpm2-tools quote, with whatever they are told to: not the challenge."""
    private, public = story.path('request.key'), story.path('request.pub')
    key = pem_jwk(story, public)
    for row, change in (('another challenge', bytes(16)), ('none', b'')):
        status, answer = call(daemon.url, json.dumps(envelope(
            {'type': 'aikcert'})).encode())
        challenge = json.loads(unb64u(answer['data']))['payload']
        payload = {'att_type': 'basic', 'att_data': {
            'tpm_att_data': {'current_attestation': quoted_by_tools(
                story, tpm, key, change)},
            'request_key': {'jwk': key, 'info': {
                'tpm_quote': {'hash_alg': 'sha-256'}}}, **challenge}}
        status, answer = send_request(story, daemon, private, payload)
        story.check(status == 400 and 'QUALIFYING_DATA_MISMATCH' in
                    reasons(answer),
                    f'a quote for {row}', answer)


def as_nobody(story, daemon, tpm):
    """With a TPM that one may open and logs that one may read: no root."""
    if os.geteuid() != 0:
        print('tpm: not root, so every part ran without it')
        return
    folder = pathlib.Path(story.path('nobody'))
    folder.mkdir()
    shutil.copy(tpm.log, folder / 'log')
    program = shutil.copy(story.program, folder / 'assay')
    for path in [folder, folder.parent, folder / 'assay', folder / 'log']:
        path.chmod(0o755)
    done = subprocess.run(
        [program, 'attest', 'tpm', '--url', daemon.url, '--tcti', tpm.tcti,
         '--event-log', folder / 'log'], capture_output=True, text=True,
        timeout=120, user=65534, group=65534, extra_groups=[], cwd='/',
        env={'PATH': os.environ['PATH'], 'HOME': '/'})
    story.check(done.returncode == 0 and done.stdout.startswith('eyJ'),
                'as nobody', done.stdout + done.stderr)
    (folder / 'log').chmod(0o600)
    done = subprocess.run(
        [program, 'attest', 'tpm', '--url', daemon.url, '--tcti', tpm.tcti,
         '--event-log', folder / 'log'], capture_output=True, text=True,
        timeout=120, user=65534, group=65534, extra_groups=[], cwd='/',
        env={'PATH': os.environ['PATH'], 'HOME': '/'})
    story.check(done.returncode == 3 and 'only root' in done.stderr and
                'event log' in done.stderr, 'as nobody, a secret log',
                done.stdout + done.stderr)


def main():
    need_tools()
    story = Story('tpm', sys.argv[1])
    need_tss(story)
    tpm = SimTpm(story, 'tpm', '--banks', 'sha1,sha256,sha384', '--ima')
    daemon = Daemon(story, sys.argv[2], 'node')
    story.expect('no policy yet', *attest(story, daemon.url, tpm), 1,
                 'POLICY_NOT_SET', 'assay policy set Tpm',
                 'asking for a challenge')
    set_policy(story, daemon)
    good(story, daemon, tpm)
    profiles(story, daemon, tpm)
    kept_keys(story, daemon, tpm)
    lies(story, daemon, tpm)
    other_states(story, daemon, tpm)
    challenges(story, daemon, tpm, sys.argv[2])
    by_tools(story, daemon, tpm)
    another_nonce(story, daemon, tpm)
    as_nobody(story, daemon, tpm)
    daemon.stop(story)
    tpm.stop()
    story.end()


main()
