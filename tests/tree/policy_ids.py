#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ids of policy messages are API: each is tested, each warning documented."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
SOURCES = ROOT / 'src' / 'policy'
WARNING = r'assay_lint_warn\([^;]*?"([a-z0-9-]+)"'
ALWAYS = r'\?\s*"([a-z]+-[a-z]+)" : "([a-z]+-[a-z]+)"'
ERROR = r'(?:mistake|complain|section_report|needs_version|assay_diagnose|' \
    r'wrong_quotes)\([^;"]*"([a-z0-9-]+)",'


def ids(pattern, names):
    found = set()
    for path in sorted(SOURCES.glob(names)):
        for match in re.finditer(pattern, path.read_text(), re.S):
            found.update(match.groups())
    return found


def main():
    warnings = ids(WARNING, 'lint*.c') | ids(ALWAYS, 'lint*.c')
    errors = ids(ERROR, '*.c') - warnings
    manual = (ROOT / 'doc' / 'policy.md').read_text()
    manual = manual.split('## What the checker warns of')[1].split('\n## ')[0]
    tests = ''.join(path.read_text() for folder in ('policy', 'unit/policy')
                    for path in sorted((ROOT / 'tests' / folder).iterdir())
                    if path.is_file())
    documented = set(re.findall(r'^\| `([a-z-]+)` \| ', manual, re.M))
    bad = [f'{name}: a warning that doc/policy.md does not list'
           for name in sorted(warnings - documented)]
    bad += [f'{name}: in doc/policy.md, but no warning'
            for name in sorted(documented - warnings)]
    bad += [f'{name}: no test expects it'
            for name in sorted(warnings | errors)
            if not re.search(rf'[ "]{name}[":\]]', tests)]
    print('\n'.join(bad + [f'{len(warnings)} warnings and {len(errors)} '
                           f'errors, {len(bad)} findings']))
    return 1 if bad else 0


sys.exit(main())
