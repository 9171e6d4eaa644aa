#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Documents say what the code says: error codes, limits, checks, claims.

With --write, missing rows are added and stale ones dropped; what a person
has to say (the last column) is kept.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
WRITE = '--write' in sys.argv


def joined(path):
    """Text of a C file with comments and line continuations removed."""
    text = (ROOT / path).read_text()
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    return text.replace('\\\n', ' ')


def error_rows():
    text = joined('include/assay/error_list.h')
    rows = re.findall(r'X\(\s*(\w+)\s*,\s*(\w+)\s*,\s*"([^"]*)"\s*\)', text)
    return [(name, cls.lower(), phrase) for name, cls, phrase in rows]


def limit_rows():
    rows, known = [], {'__builtins__': {}}
    for line in (ROOT / 'src/base/limits.h').read_text().split('\n'):
        match = re.match(r'#define\s+(ASSAY_M\w+)\s+(.+?)\s*(/\*.*)?$', line)
        if match:
            expression = re.sub(r'(\d)[uUlL]+', r'\1', match.group(2))
            known[match.group(1)] = eval(expression, known)
            rows.append((match.group(1), str(known[match.group(1)])))
    return rows


def check_rows():
    text = joined('src/base/check_list.h')
    rows = re.findall(
        r'X\(\s*(\w+)\s*,\s*"([^"]*)"\s*,\s*((?:"[^"]*"\s*)+)\)', text)
    return [(name, ''.join(re.findall(r'"([^"]*)"', source)))
            for _, name, source in rows]


def dcap_rows():
    """Each check of the DCAP list with the codes that its breakages get."""
    checks = joined('src/base/check_list.h')
    checks = checks[checks.index('define ASSAY_CHECKS_DCAP('):]
    checks = checks[:checks.index('#define', 1)]
    broken = joined('src/sim/breakage_list.h')
    rows = []
    for ident, name in re.findall(r'X\(\s*(\w+)\s*,\s*"([^"]*)"', checks):
        # The chains of TCB info and QE identity share rows: C##_CHAIN_X.
        either = re.sub(r'^(TCB|QE)_', r'(?:\1|C##)_', ident)
        codes = re.findall(r'X\(\s*[\w#]+\s*,\s*(?:#?[\w]+\s*)?"[^"]*"\s*,'
                           r'\s*' + either + r'\s*,\s*(\w+)', broken)
        rows.append((name, ' '.join(sorted(set(codes) - {'OK'}))))
    return rows


def claim_rows():
    text = joined('src/claims/claim_names.h')
    kinds = {'SGX': 'SGX', 'TPM': 'TPM', 'SNP': 'SNP', 'TDX': 'TDX',
             'DCAP': 'SGX, TDX', 'VM': 'SNP, TDX',
             'REPORT': 'SGX, TDX, SNP', 'ALL': 'all',
             'GUEST': 'AzureGuest', 'BOOT': 'TPM, AzureGuest',
             'TYPED': 'SGX, TDX, SNP, AzureGuest'}
    uses = {'IN_POLICY': 'policy', 'IN_TOKEN': 'token',
            'IN_BOTH': 'policy, token'}
    states = {'CURRENT': '', 'DEPRECATED': 'deprecated', 'OURS': 'Assay'}
    rows = re.findall(r'X\(\s*"([^"]*)"\s*,\s*(\w+)\s*,\s*(\w+)\s*,'
                      r'\s*(\w+)\s*,\s*(\w+)\s*,\s*"([^"]*)"\s*\)', text)
    return [(name, kind.lower(), kinds[where], uses[use], states[state],
             meaning) for name, kind, where, use, state, meaning in rows]


def sipa_rows():
    """The ids of Windows' tagged events."""
    text = joined('src/evidence/sipa_ids.c')
    rows = re.findall(r'X\(\s*([0-9a-f]{8})\s*,\s*(\w+)\s*,\s*(\w+)\s*,'
                      r'\s*(true|false)\s*\)', text)
    return [(number, 'EVENT_' + name, payload.lower().replace('_', ' '),
             'array' if many == 'true' else '')
            for number, name, payload, many in rows]


def table(path):
    """Rows of the table between the markers, as lists of cells."""
    lines = path.read_text().split('\n')
    start = lines.index('<!-- table -->')
    end = lines.index('<!-- end -->')
    rows = [[cell.strip().strip('`') for cell in
             re.split(r'(?<!\\)\|', line)[1:-1]]
            for line in lines[start + 3:end] if line.startswith('|')]
    return lines, start, end, rows


def compare(name, want, explain):
    path = ROOT / 'doc' / name
    lines, start, end, rows = table(path)
    width = len(want[0])
    notes = {row[0]: row[width:] for row in rows}
    if WRITE:
        fresh = []
        for row in want:
            cells = [f'`{row[0]}`', *row[1:]]
            if explain:
                cells += notes.get(row[0]) or ['']
            fresh.append('| ' + ' | '.join(cells) + ' |')
        lines[start + 3:end] = fresh
        path.write_text('\n'.join(lines))
        return 0
    have = {tuple(row[:width]) for row in rows}
    bad = 0
    for row in want:
        if tuple(row) not in have:
            print(f'doc/{name}: the code has {row}, the page does not')
            bad += 1
    for row in sorted(have - {tuple(row) for row in want}):
        print(f'doc/{name}: the page has {row}, the code does not')
        bad += 1
    if explain:
        for row in rows:
            if len(row) <= width or not row[width]:
                print(f'doc/{name}: {row[0]} is not explained')
                bad += 1
    print(f'doc/{name}: {len(want)} rows, {bad} differ')
    return bad + (0 if want else 1)


def main():
    bad = compare('errors.md', error_rows(), True)
    bad += compare('limits.md', limit_rows(), True)
    bad += compare('checks.md', check_rows(), False)
    bad += compare('claims.md', claim_rows(), False)
    bad += compare('formats/sgx-quote.md', dcap_rows(), True)
    bad += compare('formats/boot-events.md', sipa_rows(), False)
    return 1 if bad else 0


sys.exit(main())
