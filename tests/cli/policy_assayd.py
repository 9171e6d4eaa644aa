#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole circle: policies and signers of a running assayd."""
import base64
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

from harness import Story

POLICY = 'version=1.0;\nauthorizationrules { => permit(); };\n'
OTHER = 'version=1.0;\nauthorizationrules { [type=="x"] => permit(); };\n'


class Assayd:
    """A service on loopback; its log is in the data directory."""

    def __init__(self, story, program, name, *options):
        self.story = story
        self.data = story.path(name)
        os.mkdir(self.data, 0o700)
        self.log = os.path.join(self.data, 'log')
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                [program, '--data-dir', self.data, '--listen',
                 '127.0.0.1:0', '--log-format', 'json', *options],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=log)
        self.url = self.wait()

    def wait(self):
        for _ in range(3000):
            for line in open(self.log, errors='replace'):
                if '"ready"' in line:
                    return json.loads(line)['issuer']
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError('assayd did not start: ' + open(self.log).read())

    def run(self, *args):
        return self.story.run(*args, '--url', self.url)

    def run_json(self, *args):
        return self.story.run_json(*args, '--url', self.url)

    def history(self, *args):
        code, answer = self.story.run_json('policy', 'history', *args,
                                           '--data-dir', self.data)
        self.story.check(code == 0, 'history', answer)
        return answer['events']

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.story.check(self.process.wait(timeout=60) == 0, 'assayd ends',
                         open(self.log, errors='replace').read()[-2000:])


def key(story, name):
    key, cert = story.path(f'{name}.key'), story.path(f'{name}.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                    'ec_paramgen_curve:P-256', '-nodes', '-keyout', key,
                    '-out', cert, '-days', '2', '-subj', f'/CN={name}',
                    '-addext', 'basicConstraints=critical,CA:TRUE'],
                   check=True, capture_output=True)
    return {'cert': cert, 'options': ['--key', key, '--cert', cert]}


def unsigned(story, service):
    policy = story.path('policy.txt', POLICY)
    code, default = service.run_json('policy', 'get', 'sgx')
    story.check(code == 0 and not default['signed'] and
                default['hash'] ==
                'ViVGS4BYl70X8eUrgryHg0TtbEk9WtIc6DtTBEFxaWc',
                'the default policy', default)
    code, answer = service.run_json('policy', 'set', 'sgx', policy)
    story.check(code == 0 and answer['result'] == 'Updated', 'set', answer)
    story.check(service.run('policy', 'get', 'sgx') == (0, POLICY, ''),
                'get is what was set')
    code, other = service.run_json('policy', 'get', 'openenclave')
    story.check(other['hash'] == default['hash'], 'of this type only', other)
    story.expect('reset', *service.run('policy', 'reset', 'sgx'), 0,
                 'Removed')
    code, again = service.run_json('policy', 'get', 'sgx')
    story.check(again == default, 'the default again', again)
    story.expect('no signers to manage here', *service.run(
        'signer', 'list'), 0, 'no policy signers')
    events = service.history('sgx')
    story.check([(e['subject'], e['name'], e['action']) for e in events] ==
                [('policy', 'SgxEnclave', 'set'),
                 ('policy', 'SgxEnclave', 'reset')], 'history', events)
    story.check(events[0]['hash'] == answer['hash'] and
                all(e['request_id'] and e['actor'] and e['time']
                    for e in events), 'history says who and what', events)
    story.check(service.history('tpm') == [], 'no history of others')
    unknown = story.path('unknown.policy', 'version=1.1;\nconfigurationrules '
                         '{ => issueproperty(type="x-ms-sgx-tcbidentifier", '
                         'value="fleet"); };\n'
                         'authorizationrules { => permit(); };\n')
    story.expect('a baseline that is not there', *service.run(
        'policy', 'set', 'openenclave', unknown), 0, 'warning', '"fleet"')
    _, out, errors = service.run('policy', 'set', 'tpm', unknown)
    story.check('warning' not in out + errors, 'none of it for a TPM',
                errors)
    story.expect('history as text', *story.run(
        'policy', 'history', '--data-dir', service.data), 0,
        'policy SgxEnclave set by', 'policy SgxEnclave reset by')


def serials(story, service, author):
    """An old signed policy cannot come back."""
    policy, other = (story.path('policy.txt', POLICY),
                     story.path('other.txt', OTHER))
    fifth = story.path('fifth.jws')
    story.run('policy', 'sign', policy, *author['options'], '--serial', '5',
              '-o', fifth)
    story.expect('serial 5', *service.run('policy', 'set', 'sgx', fifth), 0,
                 'signed')
    story.expect('serial 6', *service.run(
        'policy', 'set', 'sgx', other, *author['options'], '--serial', '6'),
        0)
    for what, args in [
            ('serial 5 again', ['set', 'sgx', fifth]),
            ('none', ['set', 'sgx', policy, *author['options']]),
            ('unsigned', ['set', 'sgx', policy]),
            ('reset without one', ['reset', 'sgx']),
            ('reset with a lower one', ['reset', 'sgx', *author['options'],
                                        '--serial', '5'])]:
        story.expect(what, *service.run('policy', *args), 1, 'serial')
    story.check(service.run('policy', 'get', 'sgx')[1] == OTHER,
                'the newest is in force')
    story.expect('reset with a higher one', *service.run(
        'policy', 'reset', 'sgx', *author['options'], '--serial', '7'), 0)
    story.expect('a policy older than the reset', *service.run(
        'policy', 'set', 'sgx', fifth), 1, 'serial')
    story.check([e.get('serial') for e in service.history('sgx')] ==
                [None, None, 5, 6, 7], 'serials in the history')


def isolated(story, service, owner, second, stranger):
    policy = story.path('policy.txt', POLICY)
    story.expect('unsigned', *service.run('policy', 'set', 'sgx', policy), 1,
                 'InvalidOperation')
    story.expect('signed by a stranger', *service.run(
        'policy', 'set', 'sgx', policy, *stranger['options']), 1)
    code, answer = service.run_json('policy', 'set', 'sgx', policy,
                                    *owner['options'])
    story.check(code == 0 and 'x-ms-policy-signer' in answer['claims'],
                'signed by the owner', answer)
    code, listed = service.run_json('signer', 'list')
    story.check([s['subject'] for s in listed['signers']] == ['CN=owner'],
                'one signer', listed)
    first = listed['signers'][0]['thumbprint']
    story.expect('added by a stranger', *service.run(
        'signer', 'add', stranger['cert'], *stranger['options']), 1)
    code, added = service.run_json('signer', 'add', second['cert'],
                                   *owner['options'])
    story.check(code == 0 and added['result'] == 'IsPresent', 'add', added)
    story.expect('the added one may', *service.run(
        'policy', 'set', 'tpm', policy, *second['options']), 0)
    story.expect('remove the first', *service.run(
        'signer', 'remove', owner['cert'], *second['options']), 0,
        'IsAbsent', first)
    story.expect('who may no more', *service.run(
        'policy', 'set', 'sgx', policy, *owner['options']), 1)
    story.expect('the last one stays', *service.run(
        'signer', 'remove', second['cert'], *second['options']), 1, 'last')
    events = service.history()
    story.check([(e['subject'], e['action']) for e in events
                 if e['subject'] == 'policy' or e['name'] in
                 (first, added['thumbprint'])][-4:] ==
                [('policy', 'set'), ('certificate', 'add'),
                 ('policy', 'set'), ('certificate', 'remove')],
                'history in order', events)
    story.check([e['id'] for e in events] ==
                sorted(e['id'] for e in events), 'by time', events)


def bound(story, service, owner, second):
    """A signature is good for what it was made for, and nothing else."""
    policy = story.path('policy.txt', POLICY)
    for_sgx, for_any, for_reset = (story.path(name + '.jws') for name in (
        'for_sgx', 'for_any', 'for_reset'))
    for to, args in ((for_sgx, [policy, '--type', 'sgx']), (for_any, [policy]),
                     (for_reset, ['--reset', '--type', 'sgx'])):
        story.run('policy', 'sign', *args, *owner['options'], '-o', to)
    for what, args in [('other type', ['set', 'tpm', for_sgx]),
                       ('a reset that is set', ['set', 'sgx', for_reset]),
                       ('not bound', ['set', 'sgx', for_any]),
                       ('signed here, not bound', [
                           'set', 'sgx', policy, '--unbound',
                           *owner['options']])]:
        story.expect(what, *service.run('policy', *args), 1)
    story.expect('as made for', *service.run('policy', 'set', 'sgx', for_sgx),
                 0)
    story.expect('signed here', *service.run(
        'policy', 'set', 'tpm', policy, *owner['options']), 0)
    story.expect('reset', *service.run(
        'policy', 'reset', 'tpm', *owner['options']), 0)
    story.expect('signer not bound', *service.run(
        'signer', 'add', second['cert'], '--unbound', *owner['options']), 1,
        'x-assay-action')
    story.expect('signer', *service.run(
        'signer', 'add', second['cert'], *owner['options']), 0)


def plain_text(story, service):
    """What a client of 2018-09-01-preview put there as it is."""
    payload = json.dumps({'AttestationPolicy': POLICY}).encode()
    jws = 'eyJhbGciOiJub25lIn0.' + base64.urlsafe_b64encode(
        payload).decode().rstrip('=') + '.'
    for method, path, body in (
            ('POST', 'updatepolicy', jws), ('PUT', 'current', None)):
        request = urllib.request.Request(
            f'{service.url}/operations/policy/{path}'
            '?api-version=2018-09-01-preview&tee=SevSnpVm', method=method,
            data=json.dumps(body or answer).encode())
        with urllib.request.urlopen(request) as reply:
            answer = json.loads(reply.read())
    story.expect('plain text', *service.run('policy', 'get', 'snp'), 0, POLICY)


def main():
    story = Story('policy assayd', sys.argv[1])
    assayd = sys.argv[2]
    owner, second, stranger = (key(story, name)
                               for name in ('owner', 'second', 'stranger'))
    service = Assayd(story, assayd, 'aad')
    unsigned(story, service)
    serials(story, service, owner)
    plain_text(story, service)
    service.stop()
    service = Assayd(story, assayd, 'isolated', '--policy-signers',
                     owner['cert'])
    isolated(story, service, owner, second, stranger)
    service.stop()
    service = Assayd(story, assayd, 'bound', '--policy-signers',
                     owner['cert'], '--require-policy-binding')
    bound(story, service, owner, second)
    service.stop()
    story.end()


main()
