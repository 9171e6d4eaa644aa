#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All four steps: a platform, a service, a client, a relying party.

workflow.py ASSAY ASSAYD VERIFY_QUOTE RELYING_PARTY
"""
import json
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

from daemon import Daemon
from harness import Story

BREAKAGES_MIN = 20
OTHER_CODES = {'BELOW_BASELINE', 'BASELINE_UNKNOWN', 'RUNTIME_DATA_MISMATCH',
               'INIT_TIME_DATA_MISMATCH'}
OTHER_NAMES = {'untrusted-root'}
MISSING = {'pck_crl.der': 'PCK CRL', 'root_ca_crl.der': 'root CA CRL',
           'tcb_info.json': 'TCB info', 'tcb_info_chain.pem':
           'TCB info chain', 'qe_identity.json': 'QE identity',
           'qe_identity_chain.pem': 'QE identity chain'}


def good(story, daemon, platform, party):
    runtime = story.path('runtime.json')
    token = story.path('token')
    story.expect('attest', *story.run(
        'attest', 'sgx', '--url', daemon.url, '--quote',
        platform / 'quote.bin', '--runtime-data', runtime, '--runtime-type',
        'json', '--nonce', 'n-1', '-o', token), 0)
    _, quote = story.run_json('inspect', 'quote', platform / 'quote.bin')
    mrenclave = quote['report_body']['mrenclave']
    require = ['--require', f'x-ms-sgx-mrenclave={mrenclave}', '--require',
               'x-ms-sgx-is-debuggable=false', '--require', 'nonce=n-1',
               '--require', 'x-ms-runtime.key=made inside']
    story.expect('verify', *story.run('verify', token, '--url', daemon.url,
                                      *require), 0, 'verified', mrenclave)
    code, answer = story.run_json('verify', token, '--url', daemon.url)
    story.check((code, answer['claims']['iss']) == (0, daemon.url), 'issuer',
                answer)
    story.expect('another claim', *story.run(
        'verify', token, '--url', daemon.url, '--require',
        'x-ms-sgx-mrenclave=' + 64 * '0'), 1, 'TOKEN_CLAIM', mrenclave[:32])
    story.expect('in nine hours', *story.run(
        'verify', token, '--url', daemon.url, '--at',
        int(time.time()) + 9 * 3600), 1, 'TOKEN_EXPIRED')

    jwks = story.path('jwks', urllib.request.urlopen(
        daemon.url + '/certs', timeout=30).read())
    story.expect('keys from a file', *story.run(
        'verify', token, '--jwks', jwks, '--issuer', daemon.url), 0)
    story.expect('another issuer', *story.run(
        'verify', token, '--jwks', jwks, '--issuer', 'https://a.example'), 1,
        'TOKEN_ISSUER')
    done = subprocess.run([party, token, jwks, daemon.url, mrenclave],
                          capture_output=True, text=True, timeout=60)
    story.check(done.returncode == 0 and done.stdout.startswith('verified'),
                'examples/relying_party', done.stdout + done.stderr)
    done = subprocess.run([party, token, jwks, daemon.url, 64 * '0'],
                          capture_output=True, text=True, timeout=60)
    story.check(done.returncode == 1 and 'TOKEN_CLAIM' in done.stdout,
                'examples/relying_party wants its enclave', done.stdout)

    changed = bytearray(pathlib.Path(token).read_bytes())
    changed[-20] ^= 1 if changed[-20] != 0x30 else 2
    code, out, err = story.run('verify', story.path('changed', bytes(
        changed)), '--url', daemon.url)
    story.check(code == 1, 'a changed token', out + err)


def refused(story, daemon, platform):
    quote = bytearray((platform / 'quote.bin').read_bytes())
    quote[400] ^= 1
    changed = story.path('changed.bin', bytes(quote))
    code, out, err = story.run('attest', 'sgx', '--url', daemon.url,
                               '--quote', changed)
    story.expect('a changed quote', code, out, err, 1, '400',
                 'INVALID_QUOTE_SIGNATURE', 'request id')
    request_id = re.search(r'request id: (\S+)', err).group(1)
    story.check(request_id in daemon.text(), 'the log has the request id')
    story.expect('runtime data of another', *story.run(
        'attest', 'sgx', '--url', daemon.url, '--quote',
        platform / 'quote.bin', '--runtime-data', changed), 1,
        'RUNTIME_DATA_MISMATCH')
    draft = story.path('draft', 'version= 1.0;\nauthorizationrules\n'
                       '{\n  => deny();\n};\nissuancerules\n{\n};\n')
    story.expect('a draft that denies', *story.run(
        'attest', 'sgx', '--url', daemon.url, '--quote',
        platform / 'quote.bin', '--draft-policy', draft), 1,
        'PolicyEvaluationError')
    draft = story.path('draft', 'version= 1.0;\nauthorizationrules\n'
                       '{\n  => permit();\n};\nissuancerules\n{\n};\n')
    token = story.path('draft.token')
    story.expect('a draft that permits', *story.run(
        'attest', 'sgx', '--url', daemon.url, '--quote',
        platform / 'quote.bin', '--draft-policy', draft, '-o', token), 0,
        'UNSECURED')
    story.expect('a draft is never verified', *story.run(
        'verify', token, '--url', daemon.url), 1)
    story.expect('and inspect says so', *story.run(
        'inspect', 'token', token), 0, 'UNSECURED')


def offline(story, platform, verify_quote):
    """The simulator says what each breakage should be answered with."""
    code, out, _ = story.run('sim', 'sgx', '--list-breakages', '--json')
    breakages = json.loads(out)
    breakages = breakages.get('breakages', breakages)
    if isinstance(breakages, dict):
        breakages = [{'name': name, **row} for name, row in breakages.items()]
    story.check(len(breakages) >= BREAKAGES_MIN, 'breakages', len(breakages))
    for row in breakages:
        # These break what only a service or another request would look at.
        if row['code'] in OTHER_CODES or row['name'] in OTHER_NAMES or \
                row['name'].startswith('oe-'):
            continue
        folder = pathlib.Path(story.path('broken'))
        story.run('sim', 'sgx', '--seed', 'workflow', '--out', folder,
                  '--breakage', row['name'])
        code, answer = story.run_json(
            'appraise', 'sgx', '--evidence', folder / 'quote.bin',
            '--collateral', folder, '--trust-anchor',
            platform / 'root.pem')
        story.check(answer['code'] == row['code'],
                    f'{row["name"]}: {answer["code"]}, want {row["code"]}',
                    answer['reason'])
    for path, status in [(platform / 'quote.bin', 0),
                         (pathlib.Path(story.path('changed.bin')), 1)]:
        done = subprocess.run(
            [verify_quote, path, platform, str(int(time.time())),
             platform / 'root.pem'], capture_output=True, text=True,
            timeout=60)
        story.check(done.returncode == status, 'examples/verify_quote',
                    done.stdout + done.stderr)


def appraised(story, platform):
    arguments = ['appraise', 'sgx', '--evidence', platform / 'quote.bin',
                 '--collateral', platform]
    anchor = ['--trust-anchor', platform / 'root.pem']
    story.expect('appraise', *story.run(*arguments, *anchor), 0,
                 'verdict:    accept', 'UpToDate', 'WARNING', 'ok  ',
                 'x-ms-sgx-mrenclave')
    story.expect('the simulated root is not built in', *story.run(*arguments),
                 1, 'SGX_PCK_CERT_CHAIN_UNTRUSTED', 'FAILED')
    policy = story.path('policy', 'version= 1.0;\nauthorizationrules\n{\n'
                        '  [type=="x-ms-sgx-svn", value>=7] => permit();\n'
                        '};\nissuancerules\n{\n};\n')
    story.expect('a policy that wants more', *story.run(
        *arguments, *anchor, '--policy', policy, '--trace'), 1,
        'POLICY_NOT_PERMITTED', 'policy:')
    code, answer = story.run_json(*arguments, *anchor, '--policy', policy,
                                  '--trace')
    story.check(code == 1 and answer['claims']['x-ms-sgx-svn'] == 1 and
                'trace' in answer, 'claims of a refusal', answer)
    broken = story.path('policy', 'version= 1.0;\nauthorizationrules {')
    code, answer = story.run_json(*arguments, *anchor, '--policy', broken)
    story.check((code, answer['verdict'], answer['code']) ==
                (3, 'undecided', 'POLICY_PARSING_ERROR'), 'a broken policy '
                'says nothing about the evidence', answer)
    runtime = story.path('runtime.json')
    story.expect('bound data', *story.run(
        *arguments, *anchor, '--runtime-data', runtime, '--runtime-type',
        'json'), 0, 'x-ms-runtime')
    story.expect('other data', *story.run(
        *arguments, *anchor, '--runtime-data', platform / 'root.pem'), 1,
        'RUNTIME_DATA_MISMATCH')
    story.expect('in ten years', *story.run(
        *arguments, *anchor, '--at', int(time.time()) + 10 * 365 * 86400), 3,
        'COLLATERAL_EXPIRED', 'EXPIRED')
    graced(story, arguments, anchor)
    by_baseline(story, arguments + anchor)
    for missing, text in MISSING.items():
        folder = pathlib.Path(story.path(f'without-{missing}'))
        folder.mkdir()
        for path in platform.iterdir():
            if path.is_file() and path.name != missing:
                (folder / path.name).write_bytes(path.read_bytes())
        story.expect(f'without {missing}', *story.run(
            'appraise', 'sgx', '--evidence', platform / 'quote.bin',
            '--collateral', folder, *anchor), 3, 'COLLATERAL_MISSING',
            f'collateral has no {text}')


def graced(story, arguments, anchor):
    """A baseline in the words of assayd."""
    code, answer = story.run_json(*arguments, *anchor, '--accept-tcb',
                                  'UpToDate,SWHardeningNeeded')
    story.check(code == 0 and answer['tcb_status'] == 'UpToDate',
                'an accepted status', answer)
    code, answer = story.run_json(*arguments, *anchor, '--accept-tcb',
                                  'SWHardeningNeeded')
    story.check((code, answer['verdict'], answer['code'],
                 answer['tcb_status']) == (1, 'reject', 'BELOW_BASELINE',
                                           'UpToDate'),
                'a status that is not accepted', answer)
    day = 86400
    kinds = [f'{kind}:{3650 * day}' for kind in (
        'tcb_info', 'qe_identity', 'pck_crl', 'root_ca_crl')]
    for days, grace, want in (
            (3650, 'any', 0), (3650, 7300 * day, 3),    # no certificates
            (365, 7300 * day, 0), (365, 3600, 3),
            (365, ','.join(kinds), 0), (365, ','.join(kinds[:3]), 3)):
        code, answer = story.run_json(
            *arguments, *anchor, '--at', int(time.time()) + days * day,
            '--collateral-grace', grace)
        story.check(code == want and answer['collateral_expired'],
                    f'grace of {grace} after {days} days', answer)
    for name, options, says in (
            ('unknown status', ['--accept-tcb', 'Fine'], 'accept-tcb'),
            ('Revoked', ['--accept-tcb', 'UpToDate,Revoked'], 'Revoked'),
            ('grace', ['--collateral-grace', 'long'], 'collateral-grace'),
            ('grace of certificates', ['--collateral-grace',
                                       'certificate:5'],
             'collateral-grace'),
            ('both', ['--collateral-grace', '1', '--accept-expired'],
             'want one'),
            ('type of nothing', ['--init-time-type', 'json'],
             '--init-time-data')):
        story.expect(f'baseline: {name}', *story.run(
            *arguments, *anchor, *options), 2, says)
    code, answer = story.run_json(*arguments, *anchor, '--nonce', 'a "b"')
    story.check(code == 0 and answer['claims'].get('nonce') == 'a "b"',
                'nonce', answer)


BASELINES = '''
[fleet]
allow-fmspc = f0606a000000
[other]
deny-fmspc = f0606a000000
[sixteen]
tcb-evaluation-number = 16
[lenient]
accept-tcb = OutOfDate
grace-tcb = UpToDate
grace-until = %s
[azuredefault]
accept-advisory = none
'''


def by_baseline(story, arguments):
    """The operator's baselines, judged as the service would."""
    file = story.path('baselines', BASELINES % '2100-01-01')
    past = story.path('past', BASELINES % '2001-01-01')
    how = arguments + ['--baselines', file]
    for name, want, code, check in (
            ('fleet', 0, 'OK', None),
            ('azuredefault', 0, 'OK', None),
            ('17', 0, 'OK', None),
            ('lenient', 0, 'OK', None),
            ('other', 1, 'BASELINE_PLATFORM', 'baseline-fmspc-not-denied'),
            ('sixteen', 3, 'BASELINE_UNKNOWN', 'tcb-evaluation-number')):
        policy = story.path(
            'named.policy', 'version= 1.1;configurationrules{=> '
            f'issueproperty(type="x-ms-sgx-tcbidentifier", value="{name}");}};'
            'authorizationrules{=> permit();};')
        for options in ['--baseline', name], ['--policy', policy]:
            status, answer = story.run_json(*how, *options)
            failed = [c['name'] for c in answer['checks']
                      if not c['passed']]
            story.check((status, answer['code'], failed) == (
                want, code, [check] if check else []),
                f'{options[0]} {name}', answer)
            story.check(answer['baseline']['name'] == name and
                        answer['baseline'].get(
                            'tcb_evaluation_data_number', 17) == 17 and
                        answer['baseline']['grace'] == (name == 'lenient'),
                        f'{options[0]} {name} is named', answer['baseline'])
    story.expect('grace over', *story.run(
        *arguments, '--baselines', past, '--baseline', 'lenient'), 1,
        'BASELINE_GRACE_OVER', 'until 2001-01-01T00:00:00Z')
    story.expect('in words', *story.run(*how, '--baseline', 'fleet'), 0,
                 'fleet, TCB evaluation data 17')
    story.expect('no such baseline', *story.run(
        *how, '--baseline', 'navy'), 2, '--baseline', '"navy"')
    story.expect('check', *story.run('baseline', 'check', file), 0,
                 '[azuredefault]\naccept-tcb = UpToDate,SWHardeningNeeded',
                 'accept-advisory = none', '[other]', 'grace-tcb = UpToDate',
                 'deny-fmspc = f0606a000000',
                 'grace-until = 2100-01-01T00:00:00Z')
    status, answer = story.run_json('baseline', 'check', file)
    story.check(status == 0 and [b['name'] for b in answer['baselines']] ==
                ['azuredefault', 'fleet', 'other', 'sixteen', 'lenient'] and
                answer['baselines'][3]['tcb-evaluation-number'] == 16,
                'check as JSON', answer)
    code, out, _ = story.run('baseline', 'check', file)
    again = story.path('again', out)
    story.check(code == 0 and story.run('baseline', 'check', again)[1] ==
                out, 'what is printed can be read', out)
    broken = story.path('mistaken', '[fleet]\nallow-fmspc = x\n')
    story.expect('a mistake in the file', *story.run(
        *arguments, '--baselines', broken), 3, 'line 2',
        '[fleet] allow-fmspc')
    story.expect('check of a mistake', *story.run(
        'baseline', 'check', broken), 1, 'line 2', '[fleet] allow-fmspc')
    story.expect('no file', *story.run(
        *arguments, '--baselines', '/no/such/file'), 3, '/no/such/file')


def init_time(story):
    """Data that the enclave was configured with, by CONFIGID."""
    data = story.path('init.json', '{"config":1}')
    folder = pathlib.Path(story.path('init'))
    story.expect('sim with CONFIGID', *story.run(
        'sim', 'sgx', '--seed', 'init', '--out', folder, '--init-time-data',
        data), 0)
    arguments = ['appraise', 'sgx', '--evidence', folder / 'quote.bin',
                 '--collateral', folder, '--trust-anchor',
                 folder / 'root.pem', '--init-time-data']
    code, answer = story.run_json(*arguments, data, '--init-time-type',
                                  'json')
    story.check(code == 0 and answer['claims'].get('x-ms-inittime') ==
                {'config': 1}, 'init-time data', answer)
    code, answer = story.run_json(*arguments, folder / 'root.pem')
    story.check((code, answer['verdict'], answer['code']) ==
                (1, 'reject', 'INIT_TIME_DATA_MISMATCH'),
                'other init-time data', answer)


def private_ca(story, program, platform):
    """HTTPS with a CA of one's own, and the client that knows it."""
    ca, key = story.path('ca.pem'), story.path('ca.key')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048',
                    '-nodes', '-keyout', key, '-out', ca, '-days', '2',
                    '-subj', '/CN=Test', '-addext',
                    'subjectAltName=IP:127.0.0.1'], check=True,
                   capture_output=True)
    daemon = Daemon(story, program, 'https', '--collateral', platform,
                    '--trust-anchor', platform / 'root.pem', '--tls-cert',
                    ca, '--tls-key', key)
    token = story.path('https.token')
    story.expect('attest over HTTPS', *story.run(
        'attest', 'sgx', '--url', daemon.url, '--quote',
        platform / 'quote.bin', '--cacert', ca, '-o', token), 0)
    story.expect('verify over HTTPS', *story.run(
        'verify', token, '--url', daemon.url, '--cacert', ca), 0)
    story.expect('an unknown CA', *story.run(
        'verify', token, '--url', daemon.url), 3, 'certificate')
    daemon.stop(story)


def main():
    assay, assayd, verify_quote, party = sys.argv[1:]
    story = Story('workflow', assay)
    runtime = story.path('runtime.json', '{"key":"made inside"}')
    platform = pathlib.Path(story.path('platform'))
    enclave = pathlib.Path(story.path('enclave'))
    story.expect('simulate', *story.run(
        'sim', 'sgx', '--seed', 'workflow', '--out', platform,
        '--attestation-dir', enclave, '--runtime-data', runtime), 0)
    daemon = Daemon(story, assayd, 'plain', '--collateral', platform,
                    '--trust-anchor', platform / 'root.pem')
    good(story, daemon, platform, party)
    story.expect('collected in the enclave', *story.run(
        'attest', 'sgx', '--url', daemon.url, '--collect',
        '--attestation-dir', enclave, '--runtime-data', runtime), 0, 'eyJ')
    refused(story, daemon, platform)
    daemon.stop(story)
    offline(story, platform, verify_quote)
    appraised(story, platform)
    init_time(story)
    private_ca(story, assayd, platform)
    story.end()


main()
