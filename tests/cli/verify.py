#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every attack on tokens of the JOSE suite, through assay verify."""
import base64
import json
import sys
from collections import Counter

from harness import Story, shared

def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=')


def build(recipe):
    """Tokens too large to be stored are made from a recipe."""
    body = recipe['repeat'].encode() * recipe['count']
    if recipe['type'] == 'raw':
        return recipe['prefix'].encode() + body + recipe['suffix'].encode()
    header = (recipe['header_prefix'].encode() + body +
              recipe['header_suffix'].encode())
    return b64(header) + b'.' + b64(b'{}') + b'.' + b64(b'x' * 256)


def token_of(case):
    if 'token' in case:
        return case['token'].encode()
    if 'token_base64' in case:
        return base64.b64decode(case['token_base64'])
    return build(case['token_build'])


def main():
    suite = json.loads(shared('suites', 'jose', 'attacks',
                              'jwt-attacks.json').read_text())
    story = Story('verify', sys.argv[1])
    jwks = story.path('jwks.json', json.dumps(suite['trusted_jwks']))
    options = ['--jwks', jwks, '--issuer', suite['expected_issuer'],
               '--at', suite['verify_at'], '--skew', 0]
    count = Counter()
    for case in suite['cases']:
        if case['context'] != 'token-verify':
            continue
        # The newline belongs to the file, whatever the token ends in.
        path = story.path('token', token_of(case) + b'\n')
        code, answer = story.run_json('verify', path, *options)
        want = {'accept': {0}, 'accept-if-es256-enabled': {0},
                'either': {0, 1}}.get(case['expected'], {1})
        story.check(code in want, f"{case['id']}: exit status {code}, want "
                    f"{want} ({case['why']})", answer)
        story.check(answer.get('verdict') == ('accept' if code == 0 else
                                              'reject'),
                    f"{case['id']}: verdict", answer)
        again, _ = story.run_json('verify', path, *options)
        story.check(again == code, f"{case['id']}: the same answer twice")
        count[case['expected'], 'accept' if code == 0 else 'reject'] += 1
    for (expected, got), n in sorted(count.items()):
        print(f'  {expected}: {got} {n}')
    story.check(sum(count.values()) >= 280, 'the whole suite', count)
    story.end()


main()
