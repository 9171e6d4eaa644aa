#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The examples do what their first lines say, on real vectors.

examples.py VERIFY_QUOTE RELYING_PARTY ASSAY
"""
import json
import sys

from harness import Story, shared


def quotes(program):
    story = Story('verify_quote', program)
    vectors = shared('vectors', 'sgxtdx')
    rows = [
        # vector, exit status, what it says
        ('sgx-v3-00606a000000-automata-1cc403-e16-20240125-tcbv2', 0,
         'accepted, TCB status'),
        ('derived-sgx3-flip-body-first', 1, 'INVALID_QUOTE_SIGNATURE'),
        ('synth-sgx3-intermediate-revoked', 1,
         'SGX_INTERMEDIATE_CA_REVOKED'),
        ('derived-sgx3-time-plus-20y', 3, 'COLLATERAL_EXPIRED'),
        ('quoteonly-sgx-v3-90806f000000-teepot-0c07f4', 3,
         'COLLATERAL_MISSING'),
    ]
    for name, status, text in rows:
        folder = vectors / name
        if not story.check(folder.is_dir(), f'there is {name}'):
            continue
        meta = json.loads((folder / 'meta.json').read_text())
        root = folder / 'trusted_root.pem'
        story.expect(name, *story.run(
            folder / 'quote.bin', folder, meta.get('verify_at', 1700000000),
            *([root] if root.exists() else [])), status, text)
    story.expect('no arguments', *story.run(), 2, 'usage:')
    return story


def main():
    story = quotes(sys.argv[1])
    print(f'verify_quote: {story.passed} passed, {story.failed} failed')
    # Tokens of the suite expired long ago; the example has no --at. So what
    # it can show on them is a refusal with its reason, and usage.
    party = Story('relying_party', sys.argv[2])
    suite = json.loads(shared('suites', 'jose', 'attacks',
                              'jwt-attacks.json').read_text())
    jwks = party.path('jwks', json.dumps(suite['trusted_jwks']))
    for case, code in [('ok-rs256', 'TOKEN_EXPIRED'),
                       ('enc-two-segments', 'TOKEN_MALFORMED'),
                       ('claim-iss-evil', 'TOKEN_ISSUER')]:
        token = next(row['token'] for row in suite['cases']
                     if row['id'] == case)
        path = party.path('token', token + '\n')
        party.expect(case, *party.run(path, jwks, suite['expected_issuer'],
                                      '00'), 1, 'not verified', code)
    party.expect('keys that are none', *party.run(
        path, path, suite['expected_issuer'], '00'), 3)
    party.expect('no arguments', *party.run(), 2, 'usage:')
    party.passed += story.passed
    party.failed += story.failed
    party.end()


main()
