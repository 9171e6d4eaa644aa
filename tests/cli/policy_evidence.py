#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""assay policy diff over evidence: quotes of a simulated platform, bodies of
requests, recordings of Azure Attestation."""
import base64
import json
import pathlib
import shutil
import sys

from harness import SHARED, Story

OLD = '''version= 1.1;
configurationrules{};
authorizationrules{ => permit(); };
issuancerules{
    c:[type=="x-ms-sgx-mrsigner"] => issue(type="signer", value=c.value);
};
'''
NO_DEBUG = OLD.replace('=> permit', '[type=="x-ms-sgx-is-debuggable", '
                       'value==false] => permit')
RENAMED = OLD.replace('type="signer"', 'type="key"')
UNKNOWN_BASELINE = OLD.replace(
    'configurationrules{}', 'configurationrules{ => issueproperty('
    'type="x-ms-sgx-tcbidentifier", value="7777"); }')
AT = '2026-06-01T00:00:00Z'


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


def sim(story, name, *options):
    to = story.path(name)
    story.expect(f'platform {name}', *story.run(
        'sim', 'sgx', '--out', to, '--at', AT, *options), 0)
    return pathlib.Path(to)


def folder_of(story, good, debug, bound, data):
    """One file of each form."""
    folder = pathlib.Path(story.path('evidence'))
    folder.mkdir()
    quote = (good / 'quote.bin').read_bytes()
    shutil.copy(good / 'quote.bin', folder / 'plain.bin')
    shutil.copy(debug / 'quote.bin', folder / 'debug.quote')
    shutil.copy(bound / 'quote.bin', folder / 'bound.bin')
    (folder / 'bound.runtime.json').write_bytes(data)
    (folder / 'report.bin').write_bytes(
        bytes.fromhex('0100000002000000') + len(quote).to_bytes(8, 'little') +
        quote)
    body = {'Quote': b64((bound / 'quote.bin').read_bytes()),
            'runtimeData': {'data': b64(data), 'dataType': 'JSON'}}
    (folder / 'request.json').write_text(json.dumps(body))
    (folder / 'recorded.json').write_text(json.dumps({
        'request': {'method': 'POST', 'body': {
            'quote': b64((debug / 'quote.bin').read_bytes())}},
        'response': {'status': 200}}))
    (folder / 'notes.txt').write_text('not read')
    return folder


def simulated(story):
    data = b'{"key":"made inside"}'
    runtime = story.path('data.json', data)
    good, debug = sim(story, 'good'), sim(story, 'debug', '--debug')
    bound = sim(story, 'bound', '--runtime-data', runtime)
    folder = folder_of(story, good, debug, bound, data)
    how = ['--evidence', folder, '--collateral', good, '--trust-anchor',
           good / 'root.pem', '--at', AT]
    old = story.path('old', OLD)

    def diff(new, *more):
        return story.run('policy', 'diff', old, story.path('new', new), *how,
                         *more)

    story.expect('the same', *diff(OLD), 0, '0 of 6 differ')
    code, out, err = diff(NO_DEBUG)
    story.expect('no debugging', code, out, err, 1, '2 of 6 differ',
                 'debug.quote: permit -> deny', 'recorded.json: permit -> deny')
    story.check('plain' not in out and 'bound' not in out and
                'report' not in out, 'the others do not differ', out)
    code, answer = story.run_json('policy', 'diff', old, story.path(
        'new', RENAMED), *how)
    story.check(code == 1 and answer.get('changed') == 6 and
                answer.get('unjudged') == [], 'every claim renamed', answer)
    story.check([f['file'] for f in answer['files']] == [
        'bound.bin', 'debug.quote', 'plain.bin', 'recorded.json',
        'report.bin', 'request.json'], 'in order', answer)
    story.check(all(set(f['claims']) == {'signer', 'key'}
                    for f in answer['files']), 'what changed', answer)
    story.expect('a baseline that is not there', *diff(UNKNOWN_BASELINE), 1,
                 'plain.bin: permit -> error', '7777', '6 of 6 differ')
    unjudged(story, folder, diff, how, old)
    usage(story, folder, old, how)


def unjudged(story, folder, diff, how, old):
    """What no policy saw is not "the same"."""
    broken = bytearray((folder / 'plain.bin').read_bytes())
    broken[112] ^= 1      # MRENCLAVE
    (folder / 'broken.bin').write_bytes(broken)
    (folder / 'bound.runtime.json').write_bytes(b'{}')
    story.expect('refused before any policy', *diff(OLD), 3,
                 'broken.bin: seen by neither policy',
                 'bound.bin: seen by neither policy',
                 '0 of 5 differ, 2 not compared')
    code, answer = story.run_json('policy', 'diff', old, old, *how)
    story.check(code == 3 and answer['verdict'] == 'undecided' and
                {f['file']: f['code'] for f in answer['unjudged']} == {
                    'bound.bin': 'RUNTIME_DATA_MISMATCH',
                    'broken.bin': 'INVALID_QUOTE_SIGNATURE'}, 'codes', answer)
    story.expect('and something differs', *diff(NO_DEBUG), 1,
                 '2 of 5 differ, 2 not compared')
    code, out, err = story.run(
        'policy', 'diff', old, old, '--evidence', folder, '--at', AT)
    story.expect('without collateral', code, out, err, 3, '7 not compared')
    (folder / 'bound.runtime').write_bytes(b'x')
    story.expect('two runtimes', *diff(OLD), 3, 'both there')
    (folder / 'bound.runtime').unlink()
    for name, text, why in (
            ('other.json', '{"x":1}', 'neither quote nor report'),
            ('other.json', '{"quote":1}', 'not a string'),
            ('other.json', '{"quote":"AA","Quote":"AA"}', 'twice'),
            ('other.json', '{', 'other.json')):
        (folder / name).write_text(text)
        story.expect(f'{text} is no evidence', *diff(OLD), 3, why)
        (folder / name).unlink()


def usage(story, folder, old, how):
    for what, args in (
            ('both', ['--claims', folder, *how]),
            ('neither', []),
            ('time for claims', ['--claims', folder, '--at', AT])):
        code, out, err = story.run('policy', 'diff', old, old, *args)
        story.expect(what, code, out, err, 2, '--evidence')
    story.expect('a time that is none', *story.run(
        'policy', 'diff', old, old, '--evidence', folder, '--at', 'noon'), 2)


def recorded(story):
    """Bodies that the real service got, with its collateral."""
    pairs = SHARED / 'vectors' / 'maa-pairs'
    recordings = SHARED / 'recordings'
    if not pairs.exists() or not recordings.exists():
        print('SKIPPED: no recordings: only simulated evidence compared')
        return
    collateral = pathlib.Path(story.path('collateral'))
    collateral.mkdir()
    for ours, theirs in (
            ('tcb_info.json', 'collateral_tcb_info.json'),
            ('tcb_info_chain.pem', 'collateral_issuer_chain.pem'),
            ('qe_identity.json', 'collateral_qe_identity.json'),
            ('qe_identity_chain.pem', 'collateral_issuer_chain.pem'),
            ('root_ca_crl.pem', 'collateral_root_ca_crl_2022.pem')):
        shutil.copy(pairs / theirs, collateral / ours)
    vectors = sorted((SHARED / 'vectors' / 'sgxtdx').glob(
        'sgx-v3-00906ed50000-azsdkcpp-*-tcbv2'))
    shutil.copy(vectors[0] / 'pck_crl.der', collateral)
    folder = pathlib.Path(story.path('real'))
    folder.mkdir()
    names = sorted(recordings.glob('*Attest*_Aad.json'))
    names = [n for n in names if n.name.split('_')[0] in (
        'SimpleAttest', 'AttestWithRuntimeData', 'AttestWithRuntimeDataJson')]
    for name in names:
        shutil.copy(name, folder)
    code, out, err = story.run(
        'policy', 'diff', story.path('old', OLD), story.path('new', NO_DEBUG),
        '--evidence', folder, '--collateral', collateral, '--at',
        '2022-11-17T20:30:00Z', '--accept-expired')
    story.expect('recorded attestations', code, out, err, 1,
                 f'{len(names)} of {len(names)} differ', 'permit -> deny')


TPM = '''version= 1.0;
authorizationrules{ %s => permit(); };
issuancerules{
    c:[type=="aikValidated"] => issue(claim=c);
    c:[type=="secureBootEnabled"] => issue(claim=c);
};
'''


def tpm(story):
    """Requests that a software TPM made of real boot logs."""
    vectors = SHARED / 'vectors' / 'tpm'
    names = ['syn-v1-basic-win-x1carbon', 'syn-v2-basic-boot-attestation',
             'syn-v2-basic-quotekey-ima', 'syn-v2-vbs-x1carbon',
             'syn-v2-neg-jws-other-key']
    if not vectors.exists():
        print('SKIPPED: no TPM vectors: requests of TPMs not compared')
        return
    folder = pathlib.Path(story.path('tpm'))
    folder.mkdir()
    anchors = []
    for name in names:
        shutil.copy(vectors / name / 'request.jws', folder / f'{name}.jws')
        (folder / f'{name}.challenge').write_text(json.loads(
            (vectors / name / 'challenge.json').read_text())['challenge'])
        anchors += ['--trust-anchor', vectors / name / 'aik_ca.pem']
    how = ['--evidence', folder, *anchors, '--at', '2026-01-01T00:00:00Z']
    old = story.path('old', TPM % '')
    story.expect('TPM, the same', *story.run(
        'policy', 'diff', old, old, *how), 3,
        'syn-v2-neg-jws-other-key.jws: seen by neither policy',
        '0 of 4 differ, 1 not compared')
    (folder / 'syn-v2-neg-jws-other-key.jws').unlink()
    story.expect('TPM, judged', *story.run(
        'policy', 'diff', old, old, *how), 0, '0 of 4 differ')
    secure = story.path('new', TPM %
                        '[type=="vbsReportPresent", value==true]')
    code, answer = story.run_json('policy', 'diff', old, secure, *how)
    story.check(code == 1 and answer['files'] and all(
        f['before']['verdict'] == 'permit' and
        f['after']['verdict'] == 'deny' for f in answer['files']),
                'TPM, VBS demanded', answer)
    story.check(all('aikValidated' in f['claims'] for f in answer['files']),
                'TPM, claims that are gone', answer)
    (folder / 'syn-v2-vbs-x1carbon.challenge').unlink()
    story.expect('TPM, no challenge', *story.run(
        'policy', 'diff', old, old, *how), 3, 'challenge')


def main():
    story = Story('cli/policy_evidence', sys.argv[1])
    simulated(story)
    recorded(story)
    tpm(story)
    story.end()


main()
