#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each header compiles alone, as C11, without a warning."""
import pathlib
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
compiler = sys.argv[2:]
flags = ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Wpedantic',
         '-Wconversion', '-Wshadow', '-Werror', '-fsyntax-only',
         f'-I{root}/include', f'-I{root}/src', '-x', 'c', '-']
headers = sorted((root / 'include').rglob('*.h')) + \
    sorted((root / 'src').rglob('*.h'))
failed = 0
for header in headers:
    where = header.relative_to(root)
    public = where.parts[0] == 'include'
    name = f'<{"/".join(where.parts[1:])}>' if public else \
        f'"{"/".join(where.parts[1:])}"'
    # Included twice: the guard must hold.
    source = f'#include {name}\n#include {name}\nint headers_alone;\n'
    run = subprocess.run([*compiler, *flags], input=source, text=True,
                         capture_output=True, check=False)
    if run.returncode != 0:
        failed += 1
        print(f'{where}:\n{run.stderr}')
print(f'{len(headers)} headers, {failed} do not compile alone')
sys.exit(1 if failed or not headers else 0)
