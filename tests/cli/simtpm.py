# SPDX-License-Identifier: Apache-2.0
"""A simulated TPM while a story lasts, and the tools beside it."""
import base64
import json
import os
import shutil
import subprocess
import sys

from harness import SKIP

PROGRAMS = ['swtpm', 'swtpm_setup', 'tpm2_quote', 'tpm2_pcrextend', 'openssl']


def need_tools():
    """Skip, saying so, where there is no software TPM."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        print(f'SKIPPED: not installed: {", ".join(missing)}')
        sys.exit(SKIP)


def need_tss(story):
    """Skip where the program was built without tpm2-tss."""
    _, out, err = story.run('attest', 'tpm', '--url', 'https://a.example',
                            '--tcti', 'none')
    if 'without tpm2-tss' in out + err:
        print('SKIPPED: built without tpm2-tss')
        sys.exit(SKIP)


class SimTpm:
    """assay sim tpm; boot() again is a reboot. Stop it."""

    def __init__(self, story, name='tpm', *options):
        self.story = story
        self.state = story.path(name)
        self.boot(*options)

    def boot(self, *options):
        self.said = {}
        code, self.said = self.story.run_json('sim', 'tpm', '--state',
                                              self.state, *options)
        self.story.check(code == 0, f'sim tpm {options}', self.said)
        self.tcti = self.said.get('tcti', '')
        self.log = self.said.get('event_log', '')
        self.ima = self.said.get('ima_log', '')

    def tool(self, program, *args):
        """One of tpm2-tools; its standard output."""
        done = subprocess.run(
            [program, '-T', self.tcti, *map(str, args)], capture_output=True,
            timeout=120, env={**os.environ, 'TSS2_LOG': 'all+none',
                              'LC_ALL': 'C.UTF-8'})
        self.story.check(done.returncode == 0, f'{program} {args}',
                         done.stderr.decode(errors='replace'))
        return done.stdout

    def stop(self):
        code, out, err = self.story.run('sim', 'tpm', '--state', self.state,
                                        '--stop')
        self.story.check(code == 0 and 'switched off' in out, 'stop',
                         out + err)


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def unb64u(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


def envelope(message):
    return {'data': b64u(json.dumps({'payload': message}).encode())}
