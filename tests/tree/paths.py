#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No path of one machine, no key material, no oversized file in the tree."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1])
# Written so that this file does not match itself.
MACHINE = re.compile(rb'/(?:wor[k]|roo[t]|hom[e])/[a-z]')
SECRET = re.compile(rb'-----BEGIN (?:EC |RSA )?PRIVATE KE[Y]-----\s+[\w+/]{40}')
LARGEST = 256 * 1024


def tracked():
    run = subprocess.run(['git', '-C', str(ROOT), 'ls-files', '-z'],
                         capture_output=True, check=False)
    if run.returncode != 0:
        return [path for path in ROOT.rglob('*') if path.is_file() and
                'build' not in path.relative_to(ROOT).parts[0]]
    return [ROOT / name.decode() for name in run.stdout.split(b'\0') if name]


def main():
    bad, files = 0, tracked()
    for path in files:
        if not path.is_file():
            continue
        data = path.read_bytes()
        rel = path.relative_to(ROOT)
        for pattern, what in ((MACHINE, 'a path of one machine'),
                              (SECRET, 'a private key')):
            match = pattern.search(data)
            if match:
                line = data[:match.start()].count(b'\n') + 1
                print(f'{rel}:{line}: {what}: {match.group()!r}')
                bad += 1
        if len(data) > LARGEST:
            print(f'{rel}: {len(data)} bytes, at most {LARGEST}')
            bad += 1
    print(f'{len(files)} files, {bad} findings')
    return 1 if bad or not files else 0


sys.exit(main())
