#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line says what is wrong with it, and helps."""
import re
import sys

from harness import Story


def commands(story, *path):
    """Every command below path, groups included."""
    code, out, err = story.run(*path, '--help')
    story.check(code == 0 and out.startswith('usage: assay'),
                f'help of {path}', out + err)
    yield path, out
    match = re.search(r'\ncommands:\n(.*?)(\n\n|$)', out, re.S)
    for name in re.findall(r'^  (\S+)', match.group(1), re.M) if match else []:
        yield from commands(story, *path, name)


def main():
    story = Story('options', sys.argv[1])
    found = list(commands(story))
    story.check(len(found) > 5, 'there are commands', found)
    for path, text in found:
        story.check(max(len(line) for line in text.split('\n')) <= 80,
                    f'help of {path} fits 80 columns', text)
        story.expect(f'{path} with an unknown option',
                     *story.run(*path, '--no-such-option'), 2, '--help')
        if path:
            code, out, _ = story.run('help', *path)
            story.check((code, out) == (0, text), f'help {path}')

    rows = [
        ('nothing', [], 2, 'usage: assay'),
        ('unknown command', ['frobnicate'], 2, 'frobnicate'),
        ('unknown subcommand', ['inspect', 'tree'], 2, 'tree'),
        ('command that is none', ['aik', 'erase'], 2,
         'unknown command "erase"'),
        ('value missing', ['verify', 'eyJ.e.', '--url'], 2, '--url wants'),
        ('value for a flag', ['verify', 'eyJ.e.', '--json=yes'], 2,
         'takes no value'),
        ('option twice', ['verify', 'eyJ.e.', '--url', 'https://a',
                          '--url', 'https://b'], 2, 'twice'),
        ('argument missing', ['verify', '--url', 'https://a'], 2, 'TOKEN'),
        ('argument too many', ['verify', 'a', 'b', '--url', 'https://a'], 2,
         'unexpected argument "b"'),
        ('number', ['verify', 'a', '--skew', '1x', '--url', 'https://a'], 2,
         'decimal'),
        ('negative number', ['verify', 'a', '--skew=-1', '--url',
                             'https://a'], 2, 'decimal'),
        ('huge number', ['verify', 'a', '--skew', '9' * 30, '--url',
                         'https://a'], 2, 'decimal'),
        ('required option', ['appraise', 'sgx'], 2, '--evidence'),
        ('neither url nor jwks', ['verify', 'eyJ.e.'], 2, '--jwks'),
        ('both url and jwks', ['verify', 'eyJ.e.', '--url', 'https://a',
                               '--jwks', 'x'], 2, '--jwks'),
        ('keys without an issuer', ['verify', 'eyJ.e.', '--jwks', 'x'], 2,
         '--issuer'),
        ('plain http', ['verify', 'eyJ.e.', '--url', 'http://a.example'], 2,
         'https'),
        ('requirement', ['verify', 'eyJ.e.', '--url', 'https://a.example',
                         '--require', 'x'], 2, 'CLAIM=VALUE'),
        ('time', ['verify', 'eyJ.e.', '--url', 'https://a.example', '--at',
                  'noon'], 2, 'noon'),
        ('kind', ['appraise', 'sgy', '--evidence', '/dev/null'], 2,
         'sgx or openenclave'),
        ('kind to attest', ['attest', 'sgy', '--quote', '/dev/null', '--url',
                            'https://a.example'], 2, 'sgy'),
        ('quote and collect', ['attest', 'sgx', '--quote', 'x', '--collect',
                               '--url', 'https://a.example'], 2, '--collect'),
        ('options end', ['verify', '--jwks', 'x', '--issuer', 'y', '--',
                         '--json'], 3, 'cannot open'),
        ('help of what is not', ['help', 'frobnicate'], 2, 'frobnicate'),
    ]
    for what, args, status, text in rows:
        story.expect(what, *story.run(*args), status, text)
    story.expect('version', *story.run('--version'), 0, 'assay 0.')
    story.end()


main()
