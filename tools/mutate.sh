#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Mutation testing of the named checks: a build in which ASSAY_MUTATE=NAME
# answers one check with "passed" whatever it finds. For each check, some test
# must then fail. Prints killed/total and the survivors; exit status 1 if any
# check survives, or if the tests fail with nothing removed.
#
# MUTATEBUILD: the build directory. MUTATE_TESTS: the programs that are run.
set -eu
cd "$(dirname "$0")/.."
export MUTATEBUILD=${MUTATEBUILD:-build-mutate}
export MUTATE_TESTS=${MUTATE_TESTS:-test_checks test_regress test_baseline test_aik_cert test_enrol test_bearer test_caller_cert test_tpm_checks test_guest_checks}
export ASSAY_SOURCE_ROOT=$PWD

# Prints one word about the check $1 ("": none is removed) and its name.
# accepted: a test failed since bad evidence was believed, nothing else stood
# in its way; killed: a test failed in another way; crashed: the check guarded
# memory, not trust; survived: no test noticed.
judge() {
	local test status log
	for test in $MUTATE_TESTS; do
		status=0
		log=$(ASSAY_MUTATE=$1 "$MUTATEBUILD/tests/unit/$test" 2>&1) ||
		    status=$?
		[ "$status" -ne 0 ] || continue
		if [ "$status" -ge 128 ]; then
			echo "crashed $1"
		elif [[ $log == *': got OK, check none'* ]]; then
			echo "accepted $1"
		else
			echo "killed $1"
		fi
		return
	done
	echo "survived $1"
}
export -f judge

[ -f "$MUTATEBUILD/build.ninja" ] || meson setup "$MUTATEBUILD" \
    -Dmutation=true -Dfuzzing=false --buildtype=debugoptimized >/dev/null
targets=()
for test in $MUTATE_TESTS; do
	targets+=("tests/unit/$test")
done
ninja -C "$MUTATEBUILD" "${targets[@]}" >/dev/null
if [ "$(judge '')" != 'survived ' ]; then
	echo 'mutate: tests fail with nothing removed'
	exit 1
fi

results=$(sed -n 's/^.*X([A-Z0-9_]*, "\([a-z0-9-]*\)",.*$/\1/p' \
    src/base/check_list.h |
    xargs -P "$(nproc)" -I NAME bash -c 'judge NAME')
count() {
	grep -c "^$1 " <<<"$results" || true
}
accepted=$(count accepted)
killed=$(($(count killed) + accepted))
grep -E '^(survived|crashed) ' <<<"$results" || true
echo "mutate: $killed/$(wc -l <<<"$results") killed," \
    "$(count survived) survived, $(count crashed) crashed;" \
    "without $accepted of them bad evidence is accepted"
[ "$killed" -gt 0 ] && [ "$killed" -eq "$(wc -l <<<"$results")" ]
