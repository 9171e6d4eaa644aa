# SPDX-License-Identifier: Apache-2.0
"""What the stories of tests/cli share: run the program, compare, report."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(os.environ.get('ASSAY_SOURCE_ROOT',
                                   pathlib.Path(__file__).parents[2]))
SHARED = pathlib.Path(os.environ.get('ASSAY_SHARED', ROOT.parent / 'shared'))
SKIP = 77       # what meson calls a test that did not apply
DEADLINE = 120  # seconds that one run may take, sanitizers and all


class Story:
    """Counts what held and what did not; a story without checks fails."""

    def __init__(self, name, program):
        self.name = name
        self.program = program
        self.passed = 0
        self.failed = 0
        self.folder = tempfile.TemporaryDirectory(prefix='assay-test-')

    def path(self, name, content=None):
        path = pathlib.Path(self.folder.name) / name
        if content is not None:
            data = content if isinstance(content, bytes) else content.encode()
            path.write_bytes(data)
        return str(path)

    def run(self, *args, stdin=b''):
        """(exit status, standard output, standard error)"""
        done = subprocess.run([self.program, *map(str, args)], input=stdin,
                              capture_output=True, timeout=DEADLINE)
        if 'ERROR: ' in done.stderr.decode(errors='replace') or \
                'runtime error' in done.stderr.decode(errors='replace') or \
                done.returncode < 0:
            self.check(False, f'{args}: crashed',
                       done.stderr.decode(errors='replace')[-2000:])
        return (done.returncode, done.stdout.decode(errors='replace'),
                done.stderr.decode(errors='replace'))

    def run_json(self, *args, stdin=b''):
        """(exit status, the object that was printed)"""
        code, out, err = self.run(*args, '--json', stdin=stdin)
        lines = out.split('\n')
        if not self.check(len(lines) == 2 and lines[1] == '',
                          f'{args}: want exactly one line of JSON',
                          out + err):
            return code, {}
        return code, json.loads(lines[0])

    def check(self, ok, what, detail=''):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f'FAIL {self.name}: {what}')
            if detail:
                print('    ' + str(detail).replace('\n', '\n    '))
        return ok

    def expect(self, what, code, out, err, want_code, *texts):
        """Exit status and texts that must be in the output."""
        both = out + err
        ok = code == want_code and all(text in both for text in texts)
        return self.check(ok, f'{what}: exit status {code}, want '
                          f'{want_code}, with {texts}', both)

    def end(self):
        self.folder.cleanup()
        print(f'{self.name}: {self.passed} passed, {self.failed} failed')
        sys.exit(1 if self.failed or not self.passed else 0)


def shared(*parts):
    """A path among the shared vectors; skips the test if there are none."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        print(f'SKIPPED: no vectors at {path}; set ASSAY_SHARED')
        sys.exit(SKIP)
    return path
