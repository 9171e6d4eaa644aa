#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Dependencies point one way. Fails on an include that the table forbids."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])

# Folder -> folders that it may include (itself is always allowed).
CORE = ['base', 'crypto', 'json', 'claims', 'collateral', 'evidence',
        'policy', 'token', 'attest']
ALLOWED = {
    'base': [],
    'crypto': ['base'],
    'json': ['base'],
    'claims': ['json', 'base'],
    'collateral': ['crypto', 'json', 'claims', 'base'],
    'evidence': ['collateral', 'claims', 'crypto', 'json', 'base'],
    'policy': ['claims', 'json', 'base'],
    'token': ['claims', 'crypto', 'json', 'base'],
    'attest': CORE,
    'app': ['token', 'policy', 'claims', 'crypto', 'json', 'base', 'attest',
            'collateral'],
    'service': ['app', 'attest', 'token', 'policy', 'claims', 'crypto', 'json',
                'base'],
    'client': ['app', 'attest', 'token', 'claims', 'crypto', 'json', 'base'],
    'sim': ['crypto', 'json', 'base'],
    'cli': CORE + ['app', 'client', 'sim'],
}
# The promise, header by header: the layer that keeps it.
PUBLIC = {
    'bytes.h': 'base', 'error.h': 'base', 'error_list.h': 'base',
    'claims.h': 'claims', 'dcap.h': 'collateral', 'policy.h': 'policy', 'token.h': 'token',
    'attest.h': 'attest', 'guest.h': 'attest', 'tpm.h': 'attest',
    'assay.h': 'attest',
}
# An outside library lives in one place.
LIBRARIES = {
    r'openssl/': re.compile(r'^src/crypto/'),
    r'sqlite3\.h': re.compile(r'^src/app/store_sqlite\w*\.c$'),
    r'microhttpd\.h': re.compile(r'^src/cli/sim_pcs_http\.c$'),
    r'curl/': re.compile(r'^src/app/fetch\.c$'),
    r'tss2/': re.compile(r'^src/client/tpm_device\w*\.[ch]$'),
    r'jansson\.h': re.compile(r'^src/(?!base/|crypto/)'),
    r'cmocka\.h': re.compile(r'^tests/'),
}
# The pure core does no input, output, clock, environment or logging. The
# mutation switch of check.c is in test builds only.
IMPURE = re.compile(r'\b(fopen|open|read|write|socket|getenv|time|'
                    r'clock_gettime|gettimeofday|printf|fprintf|puts|perror|'
                    r'syslog)\s*\(')
IMPURE_ALLOWED = {('src/base/check.c', 'getenv')}
FORBIDDEN = re.compile(r'\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|'
                       r'gets|alloca)\s*\(')


def strip_comments(text):
    text = re.sub(r'/\*.*?\*/', lambda m: '\n' * m.group().count('\n'), text,
                  flags=re.S)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', text)


def owner_of_public(name):
    return PUBLIC.get(name)


def check_file(path, errors):
    rel = str(path.relative_to(ROOT))
    layer = rel.split('/')[1] if rel.startswith('src/') else None
    text = path.read_text()
    if 'SPDX-License-Identifier: Apache-2.0' not in text.split('\n')[0]:
        errors.append(f'{rel}:1: no SPDX line')
    for number, line in enumerate(text.split('\n'), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
        if not match:
            continue
        kind, name = match.groups()
        for library, where in LIBRARIES.items():
            if re.match(library, name) and not where.match(rel):
                errors.append(f'{rel}:{number}: {name} is not used here')
        if layer is None:
            continue
        if kind == '"':
            target = name.split('/')[0] if '/' in name else layer
        elif name.startswith('assay/'):
            target = owner_of_public(name[6:])
            if target is None:
                errors.append(f'{rel}:{number}: {name} has no layer')
                continue
        else:
            continue
        if target == 'attest' and name == 'assay/assay.h' and \
                rel == 'src/base/version.c':
            continue
        if target != layer and target not in ALLOWED[layer]:
            errors.append(f'{rel}:{number}: {layer} may not include {name}')
    code = strip_comments(text)
    for number, line in enumerate(code.split('\n'), 1):
        for match in FORBIDDEN.finditer(line):
            errors.append(f'{rel}:{number}: {match.group(1)} is banned')
        if layer in CORE:
            for match in IMPURE.finditer(line):
                if (rel, match.group(1)) not in IMPURE_ALLOWED:
                    errors.append(
                        f'{rel}:{number}: {match.group(1)} in the pure core')


def main():
    errors = []
    files = sorted((ROOT / 'src').rglob('*.[ch]')) + \
        sorted((ROOT / 'include').rglob('*.h'))
    for path in files:
        check_file(path, errors)
    names = {}
    for path in files:
        if path.suffix == '.h' and path.parts[-2] == 'assay':
            continue
        names.setdefault(path.name, []).append(str(path.relative_to(ROOT)))
    for name, where in names.items():
        if len(where) > 1 and name != 'main.c':
            errors.append(f'two files are called {name}: {where}')
    for error in errors:
        print(error)
    print(f'{len(files)} files, {len(errors)} violations')
    return 1 if errors or len(files) < 20 else 0


sys.exit(main())
