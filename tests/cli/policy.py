#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a policy author does at home: check, eval, explain, diff, sign."""
import base64
import json
import os
import pathlib
import subprocess
import sys

from harness import Story

POLICY = '''version= 1.2;
configurationrules {
    => issueproperty(type="x-ms-sgx-tcbidentifier", value="azuredefault");
};
authorizationrules {
    [type=="x-ms-sgx-is-debuggable", value==false] => permit();
    [type=="blocked"] => deny();
};
issuancerules {
    c:[type=="x-ms-sgx-mrsigner"] => issue(type="signer", value=c.value);
    c:[type=="note"] => issue(claim=c);
    e:[type=="events"] => issue(type="n",
        value=JsonToClaimValue(JmesPath(e.value, "length(@)")));
};
'''
GOOD = [{'type': 'x-ms-sgx-is-debuggable', 'value': False},
        {'type': 'x-ms-sgx-mrsigner', 'value': 'ab'}]


def unb64(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


def evaluate(story):
    policy = story.path('policy.txt', POLICY)

    def run(claims, command='eval'):
        return story.run_json('policy', command, '--policy', policy,
                              '--claims', story.path('claims.json',
                                                     json.dumps(claims)))

    code, answer = run(GOOD)
    story.check(code == 0, 'permit exits with 0', code)
    trace = answer.pop('trace', None)
    story.check(answer == {
        'verdict': 'permit', 'code': 'OK', 'reason': '',
        'claims': {'signer': 'ab'},
        'properties': {'x-ms-sgx-tcbidentifier': 'azuredefault'}},
        'permit', answer)
    story.check([(rule['section'], rule['line'], rule['taken'])
                 for rule in trace] == [
        ('configurationrules', 3, True), ('authorizationrules', 6, True),
        ('authorizationrules', 7, False), ('issuancerules', 10, True),
        ('issuancerules', 11, False), ('issuancerules', 12, False)], 'trace', trace)

    rows = [
        ('claims issued twice become a list', GOOD + [
            {'type': 'note', 'value': 1}, {'type': 'note', 'value': 'x'}],
         0, 'permit', 'OK', {'signer': 'ab', 'note': [1, 'x']}),
        ('JSON of an array', GOOD + [{'type': 'events', 'value': [1, {}]}],
         0, 'permit', 'OK', {'signer': 'ab', 'n': 2}),
        ('JSON as text', GOOD + [{'type': 'events', 'value': '{"a":1}'}],
         0, 'permit', 'OK', {'signer': 'ab', 'n': 1}),
        ('a claim of the client', GOOD + [
            {'type': 'note', 'value': True, 'issuer': 'CustomClaim'}],
         0, 'permit', 'OK', {'signer': 'ab', 'note': True}),
        ('as an object', {'claims': {'x-ms-sgx-is-debuggable': False,
                                     'note': ['a', 'b']}},
         0, 'permit', 'OK', {'note': ['a', 'b']}),
        ('list in an object', {'claims': GOOD},
         0, 'permit', 'OK', {'signer': 'ab'}),
        ('not permitted', GOOD[1:], 1, 'deny', 'POLICY_NOT_PERMITTED', {}),
        ('no claims at all', [], 1, 'deny', 'POLICY_NOT_PERMITTED', {}),
        ('denied', GOOD + [{'type': 'blocked', 'value': 1}],
         1, 'deny', 'POLICY_DENIED', {}),
        ('error while running', GOOD + [{'type': 'events', 'value': 'x'}],
         3, 'error', 'POLICY_RUNTIME_ERROR', {}),
    ]
    for what, claims, status, verdict, reason, issued in rows:
        code, answer = run(claims)
        story.check((code, answer.get('verdict'), answer.get('code'),
                     answer.get('claims')) ==
                    (status, verdict, reason, issued), what, answer)
        story.check(bool(answer.get('reason')) == (status != 0),
                    f'{what}: reason', answer)
        story.check(run(claims, 'explain')[0] == status,
                    f'{what}: explain exits the same')

    bad = [
        ('not JSON', '[', 'claims.json'),
        ('no type', '[{"value":1}]', '[0]'),
        ('no value', '[{"type":"a"}]', '[0]'),
        ('value null', '[{"type":"a","value":null}]', '"a"'),
        ('value fraction', '[{"type":"a","value":1.5}]', '"a"'),
        ('unknown issuer', '[{"type":"a","value":1,"issuer":"Me"}]', 'Me'),
        ('misspelt member', '[{"type":"a","value":1,"isuer":"x"}]', 'isuer'),
        ('one member twice', '[{"type":"a","type":"b","value":1}]', 'type'),
        ('a number', '1', 'want an array'),
        ('claims of a number', '{"claims":1}', 'want an array'),
    ]
    for what, text, *texts in bad:
        path = story.path('claims.json', text)
        story.expect(what, *story.run('policy', 'eval', '--policy', policy,
                                      '--claims', path), 3, *texts)

    broken = story.path('broken.txt', 'version=1.0;')
    claims = story.path('claims.json', json.dumps(GOOD))
    code, answer = story.run_json('policy', 'eval', '--policy', broken,
                                  '--claims', claims)
    story.check((code, answer.get('verdict'), answer.get('code')) ==
                (3, 'error', 'POLICY_PARSING_ERROR'), 'does not compile',
                answer)
    code, answer = story.run_json('policy', 'eval', '--policy', policy,
                                  '--claims', story.path('x.json', '[1'))
    story.check((code, answer.get('verdict'), answer.get('code'),
                 answer.get('claims'), answer.get('properties'),
                 answer.get('trace')) ==
                (3, 'error', 'JSON_SYNTAX', {}, {}, []), 'broken claims',
                answer)
    story.expect('no such file', *story.run(
        'policy', 'eval', '--policy', policy + 'x', '--claims', claims), 3,
        'No such file')
    story.expect('no claims named', *story.run(
        'policy', 'eval', '--policy', policy), 2, '--claims')
    story.expect('text', *story.run('policy', 'eval', '--policy', policy,
                                    '--claims', claims), 0, 'permit',
                 '"signer": "ab"', 'x-ms-sgx-tcbidentifier')
    code, out, err = story.run('policy', 'eval', '--policy', '-', '--claims',
                               claims, stdin=POLICY.encode())
    story.expect('from standard input', code, out, err, 0, 'permit')


def explain(story):
    policy = story.path('policy.txt', POLICY)
    claims = story.path('claims.json', json.dumps([
        {'type': 'x-ms-sgx-is-debuggable', 'value': True},
        {'type': 'note', 'value': 'red \u001b[31m'}]))
    code, out, err = story.run('policy', 'explain', '--policy', policy,
                               '--claims', claims)
    story.expect('a refusal', code, out, err, 1, '6 |', 'value==false',
                 'x-ms-sgx-is-debuggable', 'this decided', 'deny: ',
                 'POLICY_NOT_PERMITTED')
    story.check('\x1b' not in out, 'no control sequences', repr(out))


def check(story):
    good = story.path('good.txt', POLICY.replace('[type=="blocked"]',
                                                 '[type=="x-ms-ver"]'))
    story.expect('a warning', *story.run('policy', 'check', good), 0,
                 '0 errors', 'unknown-claim')
    story.expect('is one with --strict', *story.run(
        'policy', 'check', good, '--strict'), 1, '0 errors', 'unknown-claim')
    clean = story.path('clean.txt', 'version=1.0;\n'
                       'authorizationrules { => permit(); };\n')
    story.expect('clean', *story.run('policy', 'check', clean, '--strict'),
                 0, 'clean.txt: 0 errors, 0 warnings')
    code, answer = story.run_json('policy', 'check', clean)
    story.check((code, answer) == (0, {
        'verdict': 'accept', 'errors': 0, 'warnings': 0, 'version': '1.0',
        'diagnostics': []}), 'clean, as JSON', answer)

    bad = story.path('bad.txt', 'version=1.0;\n'
                     'authorizationrules { [type="x"] => permit(); };\n'
                     'issuancerules { => issue(type="iss", value=1); };\n')
    code, out, err = story.run('policy', 'check', bad)
    story.expect('two mistakes', code, out, err, 1, 'bad.txt: error: line 2',
                 'bad.txt: error: line 3', '2 errors', '^', '==')
    code, answer = story.run_json('policy', 'check', bad)
    story.check(code == 1 and answer.get('errors') == 2 and
                answer.get('verdict') == 'reject', 'as JSON', answer)
    lines = [(d['line'], d['column'], d['kind'])
             for d in answer.get('diagnostics', [])]
    story.check(lines == [(2, 27, 'error'), (3, 31, 'error')], 'places',
                lines)
    for d in answer.get('diagnostics', []):
        story.check(d['id'] and d['message'] and d['message'] in d['text'] and
                    d['offset'] > 0 and d['length'] > 0, 'whole', d)
    story.expect('type with another case', *story.run(
        'policy', 'check', clean, '--type', 'sgxenclave'), 0)
    story.expect('unknown type', *story.run(
        'policy', 'check', clean, '--type', 'Sgx2'), 2, 'Sgx2', 'SgxEnclave')
    story.expect('no such file', *story.run('policy', 'check', bad + 'x'), 3,
                 'No such file')
    story.expect('too long', *story.run(
        'policy', 'check', story.path('long.txt', ' ' * 300000)), 3)
    story.expect('a NUL', *story.run('policy', 'check', story.path(
        'nul.txt', b'version=1.0;\0authorizationrules{};')), 1)


def diff(story):
    old = story.path('old.txt', POLICY)
    folder = pathlib.Path(story.path('recorded'))
    folder.mkdir()
    (folder / 'good.json').write_text(json.dumps(GOOD))
    (folder / 'debug.json').write_text(json.dumps(
        [{'type': 'x-ms-sgx-is-debuggable', 'value': True}]))
    (folder / 'other.txt').write_text('not read')
    story.expect('with itself', *story.run(
        'policy', 'diff', old, old, '--claims', folder), 0, '0 of 2 differ')
    comment = story.path('comment.txt', '// same\n' + POLICY)
    story.expect('comments do not count', *story.run(
        'policy', 'diff', old, comment, '--claims', folder), 0,
        '0 of 2 differ')

    new = story.path('new.txt', POLICY.replace('type="signer"',
                                               'type="key"'))
    code, out, err = story.run('policy', 'diff', old, new, '--claims', folder)
    story.expect('a claim renamed', code, out, err, 1,
                 'good.json: permit -> permit', 'signer: "ab" -> (none)',
                 'key: (none) -> "ab"', '1 of 2 differ')
    new = story.path('new.txt', POLICY.replace('value==false',
                                               'value==true').replace(
        'azuredefault', '11'))
    code, answer = story.run_json('policy', 'diff', old, new, '--claims',
                                  folder)
    story.check(code == 1 and answer.get('verdict') == 'different' and
                answer.get('total') == 2 and answer.get('changed') == 2,
                'outcomes turned round', answer)
    by_name = {f['file']: f for f in answer.get('files', [])}
    story.check(list(by_name) == ['debug.json', 'good.json'], 'in order')
    good = by_name.get('good.json', {})
    story.check(good.get('before', {}).get('verdict') == 'permit' and
                good.get('after', {}).get('verdict') == 'deny' and
                good['after']['code'] == 'POLICY_NOT_PERMITTED', 'verdicts',
                good)
    story.check(good.get('claims') == {'signer': {'before': 'ab',
                                                  'after': None}},
                'claims', good)
    story.check(good.get('properties') == {'x-ms-sgx-tcbidentifier': {
        'before': 'azuredefault', 'after': '11'}}, 'properties', good)

    (folder / 'zbroken.json').write_text('{')
    story.expect('a broken recording', *story.run(
        'policy', 'diff', old, new, '--claims', folder), 3, 'zbroken.json')
    empty = pathlib.Path(story.path('empty'))
    empty.mkdir()
    story.expect('nothing to compare', *story.run(
        'policy', 'diff', old, new, '--claims', empty), 3, 'no *.json')
    story.expect('no folder', *story.run(
        'policy', 'diff', old, new, '--claims', str(empty) + 'x'), 3,
        'No such file')
    story.expect('policy that does not compile', *story.run(
        'policy', 'diff', old, story.path('bad.txt', 'version=9.9;'),
        '--claims', folder), 3, 'bad.txt')


def openssl(*args):
    return subprocess.run(['openssl', *map(str, args)], check=True,
                          capture_output=True).stdout


def certificate(story, name, kind, constraints='CA:TRUE'):
    key, cert = story.path(f'{name}.key'), story.path(f'{name}.pem')
    openssl('req', '-x509', '-newkey', *kind, '-nodes', '-keyout', key,
            '-out', cert, '-days', '2', '-subj', f'/CN={name}', '-addext',
            f'basicConstraints=critical,{constraints}')
    return key, cert


RSA = ['rsa:2048']
P256 = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
P384 = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']


def der_signature(raw):
    """r || s as openssl wants it (SEC 1, C.5)."""
    def integer(part):
        part = part.lstrip(b'\0') or b'\0'
        if part[0] & 0x80:
            part = b'\0' + part
        return bytes([2, len(part)]) + part

    half = len(raw) // 2
    body = integer(raw[:half]) + integer(raw[half:])
    return bytes([0x30, len(body)]) + body


def verify(story, jws, cert):
    """With openssl's own hands, so that no misreading hides on both sides."""
    head, payload, signature = jws.split('.')
    header = json.loads(unb64(head))
    raw = unb64(signature)
    if header['alg'] == 'ES256':
        raw = der_signature(raw)
    public = story.path('public.pem', openssl('x509', '-in', cert, '-pubkey',
                                              '-noout'))
    done = subprocess.run(
        ['openssl', 'dgst', '-sha256', '-verify', public, '-signature',
         story.path('signature', raw),
         story.path('signed', f'{head}.{payload}')], capture_output=True)
    story.check(done.returncode == 0, 'openssl verifies the signature',
                done.stdout + done.stderr)
    der = openssl('x509', '-in', cert, '-outform', 'DER')
    story.check(header['x5c'] == [base64.b64encode(der).decode()],
                'the certificate goes along', header)
    return header, unb64(payload)


def sign(story):
    policy = story.path('policy.txt', POLICY)
    for name, kind, alg in [('rsa', RSA, 'RS256'), ('p256', P256, 'ES256')]:
        key, cert = certificate(story, name, kind)
        code, out, err = story.run('policy', 'sign', policy, '--key', key,
                                   '--cert', cert, '--serial', '7')
        story.expect(f'sign with {name}', code, out, err, 0, 'eyJ')
        header, payload = verify(story, out.strip(), cert)
        story.check(header['alg'] == alg, 'algorithm', header)
        payload = json.loads(payload)
        story.check(unb64(payload.pop('AttestationPolicy')) ==
                    POLICY.encode(), 'the policy, byte for byte')
        story.check(payload == {'x-assay-serial': 7}, 'the serial', payload)
        to = story.path('jws')
        code, out, _ = story.run('policy', 'sign', policy, '--key', key,
                                 '--cert', cert, '-o', to)
        _, payload = verify(story, pathlib.Path(to).read_text().strip(), cert)
        story.check((code, out) == (0, '') and
                    list(json.loads(payload)) == ['AttestationPolicy'],
                    'to a file, without a serial')
        code, out, _ = story.run('policy', 'sign', '--reset', '--key', key,
                                 '--cert', cert)
        story.check(code == 0 and verify(story, out.strip(), cert)[1] == b'',
                    'a reset is empty', out)
        code, out, _ = story.run('policy', 'sign', '--reset', '--key', key,
                                 '--cert', cert, '--serial', '8')
        story.check(code == 0 and verify(story, out.strip(), cert)[1] ==
                    b'{"x-assay-serial":8}', 'or has a serial', out)
        for extra, action in ([policy], 'set'), (['--reset'], 'reset'):
            code, out, _ = story.run('policy', 'sign', *extra, '--key', key,
                                     '--cert', cert, '--type', 'sgx')
            payload = json.loads(verify(story, out.strip(), cert)[1])
            payload.pop('AttestationPolicy', None)
            story.check(code == 0 and payload == {
                'x-assay-type': 'SgxEnclave', 'x-assay-action': action},
                f'bound to {action}', payload)
    story.expect('bound to what is not', *story.run(
        'policy', 'sign', policy, '--unsecured', '--type', 'sev'), 2, 'sev')

    code, out, _ = story.run('policy', 'sign', policy, '--unsecured')
    head, payload, signature = out.strip().split('.')
    story.check((code, head, signature) == (0, 'eyJhbGciOiJub25lIn0', '') and
                json.loads(unb64(payload)) == {
                    'AttestationPolicy': base64.urlsafe_b64encode(
                        POLICY.encode()).decode().rstrip('=')},
                'unsecured', out)
    story.check(story.run('policy', 'sign', '--reset', '--unsecured') ==
                (0, 'eyJhbGciOiJub25lIn0..\n', ''), 'unsecured reset')

    other, _ = certificate(story, 'other', P256)
    noca, noca_cert = certificate(story, 'noca', P256, 'CA:FALSE')
    p384, p384_cert = certificate(story, 'p384', P384)
    broken = story.path('broken.txt', 'version=1.0;')
    rows = [
        ('another key', 1, [policy, '--key', other, '--cert', cert],
         'KEY_INVALID'),
        ('no CA', 1, [policy, '--key', noca, '--cert', noca_cert], 'CA=TRUE'),
        ('P-384', 1, [policy, '--key', p384, '--cert', p384_cert],
         'KEY_INVALID'),
        ('does not compile', 1, [broken, '--key', key, '--cert', cert],
         'POLICY_PARSING_ERROR'),
        ('certificate as key', 1, [policy, '--key', cert, '--cert', cert],
         cert),
        ('no key', 2, [policy, '--cert', cert], '--key'),
        ('neither signed nor not', 2, [policy], '--unsecured'),
        ('both', 2, [policy, '--unsecured', '--key', key, '--cert', cert],
         '--unsecured'),
        ('serial without signature', 2, [policy, '--unsecured', '--serial',
                                         '1'], '--serial'),
        ('reset and file', 2, [policy, '--reset', '--unsecured'], '--reset'),
        ('nothing to sign', 2, ['--unsecured'], '--reset'),
        ('no such key', 3, [policy, '--key', key + 'x', '--cert', cert],
         'No such file'),
    ]
    for what, status, args, *texts in rows:
        code, out, err = story.run('policy', 'sign', *args)
        story.expect(what, code, out, err, status, *texts)
        story.check(out == '', f'{what}: nothing is printed', out)


def history(story):
    """The rest of it needs a service, which tests/service has."""
    empty = story.path('data')
    os.mkdir(empty)
    story.expect('no store there', *story.run(
        'policy', 'history', '--data-dir', empty), 3, 'assay.db')
    story.check(os.listdir(empty) == [], 'and none is made')
    story.expect('unknown type', *story.run(
        'policy', 'history', 'Sgx2', '--data-dir', empty), 2, 'Sgx2')


def main():
    story = Story('policy', sys.argv[1])
    evaluate(story)
    explain(story)
    check(story)
    diff(story)
    sign(story)
    history(story)
    story.end()


main()
