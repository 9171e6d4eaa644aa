#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stranger's program compiles and runs against what was installed.

install.py ASSAY BUILD-DIR SANITIZE CC...; nothing but pkg-config says how.
"""
import os
import pathlib
import subprocess
import sys

from harness import ROOT, Story


def flags(root, *what):
    """What pkg-config says about the installed library."""
    folder = next(root.rglob('assay.pc')).parent
    done = subprocess.run(['pkg-config', *what, 'assay'], check=True,
                          capture_output=True, text=True, env={
                              **os.environ, 'PKG_CONFIG_PATH': str(folder),
                              'PKG_CONFIG_SYSROOT_DIR': str(root)})
    return done.stdout.split()


def main():
    program, build, sanitize, *compiler = sys.argv[1:]
    story = Story('install', program)
    root = pathlib.Path(story.path('root'))
    done = subprocess.run(['meson', 'install', '-C', build, '--no-rebuild',
                           '--destdir', root], capture_output=True, text=True)
    if not story.check(done.returncode == 0, 'meson install',
                       done.stdout[-2000:] + done.stderr[-2000:]):
        story.end()
    names = {path.name for path in root.rglob('*')}
    wanted = {'assay', 'assayd', 'assay.1', 'assayd.8', 'libassay.3',
              'assay.pc', 'libassay.so'}
    wanted |= {path.name for path in (ROOT / 'include/assay').glob('*.h')}
    story.check(wanted <= names, 'installed', wanted - names)
    library = next(root.rglob('libassay.so'))

    extra = [] if sanitize == 'none' else [f'-fsanitize={sanitize}']
    for name in ['verify_quote', 'relying_party']:
        binary = story.path(name)
        done = subprocess.run(
            [*compiler, '-std=c11', '-Wall', '-Wextra', '-Wpedantic',
             '-Werror', *extra, ROOT / 'examples' / f'{name}.c', '-o', binary,
             *flags(root, '--cflags', '--libs')], capture_output=True,
            text=True)
        if not story.check(done.returncode == 0, f'{name} compiles',
                           done.stderr[-2000:]):
            continue
        done = subprocess.run([binary], capture_output=True, text=True, env={
            **os.environ, 'LD_LIBRARY_PATH': str(library.parent)})
        story.check(done.returncode == 2 and 'usage' in done.stderr,
                    f'{name} runs', done.stderr)
    installed = next(path for path in root.rglob('assay')
                     if path.is_file() and os.access(path, os.X_OK))
    done = subprocess.run([installed, '--version'], capture_output=True,
                          text=True)
    version = flags(root, '--modversion')
    story.check(done.stdout.split() == ['assay', *version], 'one version',
                done.stdout + done.stderr)
    story.end()


main()
