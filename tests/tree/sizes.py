#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Functions stay small: the budget of doc/style.md, measured."""
import pathlib
import statistics
import sys

ROOT = pathlib.Path(sys.argv[1])
MEDIAN, LONG, LONG_SHARE, NEVER, FILE = 15, 60, 0.03, 120, 800


def functions(path):
    """(name, lines) of each function: KNF puts its braces in column 0."""
    start, name, previous = None, '', ''
    for number, line in enumerate(path.read_text().split('\n'), 1):
        if line == '{' and start is None:
            start, name = number, previous.split('(')[0]
        elif line.startswith('}') and start is not None:
            yield name, number - start - 1
            start = None
        if line and line[0].isalpha() and '(' in line:
            previous = line


def main():
    sizes, bad = [], 0
    for path in sorted((ROOT / 'src').rglob('*.c')):
        rel = path.relative_to(ROOT)
        lines = path.read_text().count('\n')
        if lines > FILE:
            print(f'{rel}: {lines} lines, at most {FILE}')
            bad += 1
        for name, size in functions(path):
            sizes.append((size, f'{rel}:{name}'))
    lengths = [size for size, _ in sizes]
    median = statistics.median(lengths)
    long = [row for row in sizes if row[0] > LONG]
    for size, where in sorted(long, reverse=True):
        print(f'{size} lines: {where}')
        bad += size > NEVER
    print(f'{len(sizes)} functions: median {median}, over {LONG} lines '
          f'{len(long)} ({100 * len(long) / len(sizes):.1f} %)')
    bad += median > MEDIAN
    bad += len(long) > LONG_SHARE * len(sizes)
    return 1 if bad else 0


sys.exit(main())
