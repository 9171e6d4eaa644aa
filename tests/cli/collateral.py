#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Collateral into the store, out of it, and to use; and what is refused.

collateral.py ASSAY ASSAYD
"""
import json
import pathlib
import shutil
import sys

from daemon import Daemon
from harness import SHARED, Story


def copy(story, platform, name):
    folder = pathlib.Path(story.path(name))
    shutil.copytree(platform, folder)
    return folder


def into_and_out(story, platform, anchor):
    store, other = story.path('store'), story.path('other')
    story.expect('a root that nobody trusts', *story.run(
        'collateral', 'import', platform, '--data-dir', store), 1,
        'UNTRUSTED')
    code, answer = story.run_json('collateral', 'show', '--data-dir', store)
    story.check((code, answer) == (0, {'items': []}), 'nothing was stored',
                answer)
    story.expect('import', *story.run(
        'collateral', 'import', platform, '--data-dir', store, *anchor), 0,
        'tcb_info SGX FMSPC', 'pck_crl platform CA', '5 of 5', 'until')
    story.expect('show', *story.run('collateral', 'show', '--data-dir',
                                    store), 0, 'qe_identity SGX', 'in ')
    code, shown = story.run_json('collateral', 'show', '--data-dir', store)
    story.check(len(shown['items']) == 5, 'five documents', shown)
    story.expect('again', *story.run(
        'collateral', 'import', platform, '--data-dir', store, *anchor), 0)

    bundle = story.path('bundle.json')
    story.expect('export', *story.run('collateral', 'export', '--data-dir',
                                      store, '-o', bundle), 0)
    story.expect('import the bundle', *story.run(
        'collateral', 'import', bundle, '--data-dir', other, *anchor), 0,
        '5 of 5')
    _, again = story.run_json('collateral', 'show', '--data-dir', other)

    def about(items):
        return sorted((item['kind'], item.get('fmspc'), item.get('ca'),
                       item['issued'], item['next_update'])
                      for item in items['items'])
    story.check(about(again) == about(shown), 'the same collateral', again)
    story.expect('a bundle needs a trusted root too', *story.run(
        'collateral', 'import', bundle, '--data-dir', story.path('third')),
        1, 'UNTRUSTED')
    return bundle, store


def refused(story, platform, anchor, bundle):
    store = story.path('refusing')

    def refuse(what, source, status, *texts):
        story.expect(what, *story.run('collateral', 'import', source,
                                      '--data-dir', store, *anchor), status,
                     *texts)

    for name, code in [('tcb_info.json', 'TCB_INFO_INVALID_SIGNATURE'),
                       ('qe_identity.json',
                        'SGX_ENCLAVE_IDENTITY_INVALID_SIGNATURE')]:
        folder = copy(story, platform, f'changed-{name}')
        text = (folder / name).read_text()
        number = '"tcbEvaluationDataNumber":'
        at = text.index(number) + len(number)
        story.check(text[at].isdigit(), 'there is a number to change')
        changed = str((int(text[at]) + 1) % 9 + 1)
        (folder / name).write_text(text[:at] + changed + text[at + 1:])
        refuse(f'changed {name}', folder, 1, code, name.split('.')[0])
    for name in ['pck_crl.der', 'root_ca_crl.der']:
        folder = copy(story, platform, f'changed-{name}')
        data = bytearray((folder / name).read_bytes())
        data[-1] ^= 1
        (folder / name).write_bytes(data)
        code, out, err = story.run('collateral', 'import', folder,
                                   '--data-dir', store, *anchor)
        story.check(code in (1, 3), f'changed {name}', out + err)
    folder = copy(story, platform, 'without-root-crl')
    (folder / 'root_ca_crl.der').unlink()
    refuse('no root CRL', folder, 3, 'COLLATERAL_MISSING', 'root CA CRL')
    folder = copy(story, platform, 'without-issuer')
    (folder / 'pck_chain.pem').unlink()
    refuse('no issuer of the PCK CRL', folder, 3, 'pck_crl_chain.pem')
    refuse('an empty folder', story.folder.name + '/store', 1)
    refuse('no such source', '/no/such', 3, 'IO_FAILED')
    refuse('not JSON', story.path('bad', '<html>'), 1, 'JSON_SYNTAX')
    refuse('another format', story.path(
        'bad', '{"format":"x","items":[]}'), 1, 'assay-collateral-1')
    text = json.loads(pathlib.Path(bundle).read_text())
    text['items'][0]['kind'] = 'tea_leaves'
    refuse('another kind', story.path('bad', json.dumps(text)), 1,
           'tea_leaves')
    text = json.loads(pathlib.Path(bundle).read_text())
    text['items'][0]['body'] = text['items'][0]['body'][:-8] + '!!!!'
    refuse('not base64', story.path('bad', json.dumps(text)), 1,
           'BAD_ENCODING')
    _, shown = story.run_json('collateral', 'show', '--data-dir', store)
    story.check(shown == {'items': []}, 'none of it was stored', shown)


def real(story):
    """Intel's own collateral, long expired, under the built-in root."""
    folder = SHARED / ('vectors/sgxtdx/'
                       'sgx-v3-00606a000000-automata-1cc403-e17-20250815')
    if not folder.is_dir():
        print(f'SKIPPED: {folder}')
        return
    store = story.path('real')
    story.expect("Intel's collateral", *story.run(
        'collateral', 'import', folder, '--data-dir', store), 0,
        'FMSPC 00606a000000', 'EXPIRED')


def served(story, assayd, platform, store):
    """A service that was given nothing else uses what was imported."""
    daemon = Daemon(story, assayd, 'served', '--trust-anchor',
                    platform / 'root.pem', data_dir=store)
    story.expect('attest', *story.run(
        'attest', 'sgx', '--url', daemon.url, '--quote',
        platform / 'quote.bin'), 0, 'eyJ')
    daemon.stop(story)
    code, keys = story.run_json('key', 'list', '--data-dir', store)
    story.check(code == 0 and [key['state'] for key in keys['keys']] ==
                ['in use', 'next'] and keys['keys'][0]['bits'] >= 2048,
                'its keys', keys)
    story.expect('key list', *story.run('key', 'list', '--data-dir', store),
                 0, keys['keys'][0]['kid'], 'in use')


def main():
    story = Story('collateral', sys.argv[1])
    platform = pathlib.Path(story.path('platform'))
    story.run('sim', 'sgx', '--seed', 'collateral', '--out', platform)
    anchor = ['--trust-anchor', platform / 'root.pem']
    bundle, store = into_and_out(story, platform, anchor)
    refused(story, platform, anchor, bundle)
    real(story)
    served(story, sys.argv[2], platform, store)
    story.end()


main()
