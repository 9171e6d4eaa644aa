#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run every libFuzzer harness for the given seconds on a copy of its corpus;
# the committed corpus stays as it is. Fails on the first finding of each.
set -eu
seconds=${1:-60}
build=${FUZZBUILD:-build-fuzz}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A finding of UBSan is printed and passed over unless it is told to stop.
export UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1
failed=0 ran=0
for harness in "$build"/fuzz/fuzz_*; do
	[ -x "$harness" ] && [ -f "$harness" ] || continue
	name=$(basename "$harness"); name=${name#fuzz_}
	mkdir -p "$work/$name"
	log=$work/$name.log
	dictionary=
	[ -f "fuzz/dict/$name.dict" ] && dictionary=-dict=fuzz/dict/$name.dict
	if "$harness" "$work/$name" "fuzz/corpus/$name" $dictionary \
	    -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 \
	    -artifact_prefix="$work/$name-" -print_final_stats=1 \
	    >"$log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		echo "fuzz $name: ${runs:-?} inputs in ${seconds} s, clean"
	else
		failed=$((failed + 1))
		echo "fuzz $name: FAILED"
		tail -n 40 "$log"
		for artifact in "$work/$name"-*; do
			[ -f "$artifact" ] && base64 "$artifact" | head -c 4000
		done
	fi
	ran=$((ran + 1))
done
echo "fuzz: $ran harnesses, $failed failed"
[ "$failed" -eq 0 ] && [ "$ran" -gt 0 ]
