#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual says what the programs say: commands, options, functions.

manual.py ASSAY LIBASSAY [ASSAYD]. With --write, the parts of assay.1 and
libassay.3 between their markers are made from the program's help and from the
public headers; everything else is written by hand.
"""
import re
import shutil
import subprocess
import sys

from harness import ROOT, Story

BEGIN, END = '.\\" begin of what is made', '.\\" end of what is made'
WRITE = '--write' in sys.argv
MAN = ROOT / 'man'


def mdoc(text):
    """Text as input lines of mdoc, a sentence each."""
    text = re.sub(r'\s+', ' ', text.strip()).replace('\\', '\\e')
    lines = re.sub(r'(?<=[\w)"\]][.?]) (?=[("A-Z])', '\n', text).split('\n')
    return [('\\&' if line[:1] in ".'" else '') + line for line in lines]


def sentence(text):
    text = re.sub(r'\s+', ' ', text.strip())
    first = re.match(r'[\w-]*', text).group()
    if first.islower() and first not in ('json', 'sgx'):
        text = text[0].upper() + text[1:]
    return text if text.endswith('.') else text + '.'


# ---- commands ---------------------------------------------------------------

def commands(story, path=()):
    """(path, help) of each command that does something."""
    _, text, _ = story.run(*path, '--help')
    groups = re.search(r'\ncommands:\n(.*?)(\n\n|$)', text, re.S)
    if groups is None:
        yield path, text
        return
    for name in re.findall(r'^  (\S+)', groups.group(1), re.M):
        yield from commands(story, (*path, name))


def rows_of(text, section):
    match = re.search(rf'\n{section}:\n(.*?)(\n\n|$)', text, re.S)
    if match is None:
        return []
    return re.split(r'\n(?=  ? ?\S|      --)', match.group(1).rstrip('\n'))


def option_rows(text):
    for row in rows_of(text, 'options'):
        letter, name, value, explained = re.match(
            r'  (?:-(\w), |    )--([\w-]+)(?: (\S+))?\s+(.*)', row,
            re.S).groups()
        short = f'Fl {letter} ' + (f'Ar {value} , ' if value else ', ')
        yield (f'.It {short if letter else ""}Fl -{name}' +
               (f' Ar {value}' if value else ''))
        yield from mdoc(sentence(explained))


def command_manual(story):
    lines = []
    for path, text in commands(story):
        usage = text.split('\n\n')[0].replace('usage: ', '')
        lines += ['.Ss ' + ' '.join(('assay', *path)), '.Bd -literal',
                  *usage.split('\n'), '.Ed', '.Pp',
                  *mdoc(text.split('\n\n')[1])]
        options = list(option_rows(text))
        if options:
            lines += ['.Bl -tag -width Ds', *options, '.El']
    return lines


# ---- functions ----------------------------------------------------------------

def declarations(text):
    """(comment, [(declaration, name)]) of what a header exports, by group."""
    text = re.sub(r'\{[^{}]*\}', '{}', text)      # members have comments too
    pattern = re.compile(r'^/\*(.*?)\*/|^ASSAY_API\s+([^;]*?\b(assay_\w+)\s*'
                         r'\([^;]*\))[^;()]*;|^$|^(?:struct|enum)[^;]*;',
                         re.S | re.M)
    comment, group = '', []
    for match in pattern.finditer(text):
        if match.group(2) is not None:
            group.append((match.group(2), match.group(3)))
            continue
        if group:
            yield comment, group
        comment, group = match.group(1) or '', []
    if group:
        yield comment, group


def prototype(declaration):
    kind, arguments = re.match(r'(.*?)assay_\w+\s*\((.*)\)$', declaration,
                               re.S).groups()
    # An attribute has parentheses of its own.
    arguments = re.sub(r'\)\s*__attribute__.*', '', arguments, flags=re.S)
    arguments = re.sub(r'/\*.*?\*/', '', arguments, flags=re.S)
    arguments = re.sub(r'\s+', ' ', arguments).strip()
    return re.sub(r'\s+', ' ', kind).strip(), re.split(
        r', (?![^(]*\))', arguments)


def function_lines(declaration, name):
    kind, arguments = prototype(declaration)
    return ['.Pp', f'.Ft {kind}', f'.Fo {name}',
            *(f'.Fa "{argument}"' for argument in arguments), '.Fc']


def function_manual():
    lines = []
    for header in sorted((ROOT / 'include/assay').glob('*.h')):
        found = list(declarations(header.read_text()))
        if not found:
            continue
        lines += [f'.Ss assay/{header.name}', f'.In assay/{header.name}']
        for comment, group in found:
            for declaration, name in group:
                lines += function_lines(declaration, name)
            comment = re.sub(r'\n\s*\*', '\n', comment).strip()
            if comment:
                lines += ['.Pp', *mdoc(sentence(comment))]
    return lines


# ---- pages ------------------------------------------------------------------------

def compare(story, page, want):
    path = MAN / page
    text = path.read_text()
    before, rest = text.split(BEGIN + '\n')
    have, after = rest.split(END + '\n')
    if WRITE:
        path.write_text(before + BEGIN + '\n' + '\n'.join(want) + '\n' + END +
                        '\n' + after)
        return
    have = have.rstrip('\n').split('\n')
    missing = [line for line in want if line not in have]
    stale = [line for line in have if line not in want]
    story.check(have == want, f'{page} is behind; run tests/cli/manual.py '
                '--write', '\n'.join(['missing:', *missing, 'stale:',
                                      *stale])[:2000])


def exported_functions(story, library):
    """Headers, library and manual name the same functions."""
    promised = {name for header in (ROOT / 'include/assay').glob('*.h')
                for _, group in declarations(header.read_text())
                for _, name in group}
    listing = subprocess.run(['nm', '-D', '--defined-only', library],
                             capture_output=True, text=True, check=True)
    exported = set(re.findall(r' T (assay_\w+)', listing.stdout))
    story.check(promised == exported, 'headers and library differ',
                f'only in headers: {sorted(promised - exported)}\n'
                f'only in library: {sorted(exported - promised)}')
    page = (MAN / 'libassay.3').read_text()
    missing = [name for name in sorted(exported)
               if f'.Fo {name}\n' not in page]
    story.check(exported and not missing, 'not in libassay.3', missing)


def service_options(story, assayd):
    helped = subprocess.run([assayd, '--help'], capture_output=True,
                            text=True, timeout=60).stdout
    options = set(re.findall(r'--([a-z][\w-]+)', helped))
    page = (MAN / 'assayd.8').read_text()
    described = set(re.findall(r'^\.It Fl -([\w-]+)', page, re.M))
    story.check(options and options == described, 'options of assayd.8',
                f'only in --help: {sorted(options - described)}\n'
                f'only in the page: {sorted(described - options)}')


def lint(story, page):
    if shutil.which('mandoc') is None:
        print(f'SKIPPED: lint of {page} (mandoc is not installed)')
        return
    done = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning',
                           MAN / page], capture_output=True, text=True)
    found = [line for line in done.stdout.split('\n')
             if line and 'referenced manual not found' not in line]
    story.check(not found, f'mandoc does not like {page}', '\n'.join(found))


def main():
    programs = [arg for arg in sys.argv[1:] if arg != '--write']
    story = Story('manual', programs[0])
    compare(story, 'assay.1', command_manual(story))
    compare(story, 'libassay.3', function_manual())
    exported_functions(story, programs[1])
    if len(programs) > 2:
        service_options(story, programs[2])
    for page in sorted(path.name for path in MAN.glob('*.[1-8]')):
        lint(story, page)
    story.end()


main()
