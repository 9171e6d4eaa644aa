#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Static analysis: gcc and clang without a warning, clang-tidy, cppcheck.
set -eu
build=build-lint
[ -f "$build/build.ninja" ] || CC=clang meson setup "$build" -Dwerror=true \
    -Dfuzzing=true >/dev/null
ninja -C "$build" >"$build/lint.log" 2>&1 || {
	tail -n 40 "$build/lint.log"; exit 1; }
echo "clang: no warning"
# The unit files of the programs and the library; tests have other rules.
sources=$(git ls-files 'src/*.c' 2>/dev/null || find src -name '*.c')
jobs=$(nproc)
# shellcheck disable=SC2086
printf '%s\n' $sources | xargs -P "$jobs" -n 1 \
    clang-tidy -p "$build" --quiet --warnings-as-errors='*' \
    >"$build/tidy.log" 2>/dev/null || {
	grep -E 'warning|error' "$build/tidy.log" | head -n 40; exit 1; }
echo "clang-tidy: no finding"
cppcheck -q -j "$jobs" --std=c11 --enable=warning,performance,portability \
    --inline-suppr --suppress=missingIncludeSystem \
    --suppress=unknownMacro --error-exitcode=1 \
    -D_GNU_SOURCE -Iinclude -Isrc src
echo "cppcheck: no finding"
