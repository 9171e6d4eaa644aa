#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install the Debian packages that the named groups need and that are missing.
# Says what it installs; does nothing, quietly, when nothing is missing.
set -eu

packages() {
	case $1 in
	build) echo gcc libc6-dev make meson ninja-build pkg-config libssl-dev \
	    libjansson-dev libmicrohttpd-dev libsqlite3-dev \
	    libcurl4-openssl-dev libtss2-dev libp11-kit-dev ;;
	test) echo libcmocka-dev python3 openssl curl sqlite3 mandoc git \
	    faketime swtpm swtpm-tools tpm2-tools libtss2-tcti-swtpm0 \
	    softhsm2 ;;
	crash) echo python3 ;;
	demo) echo curl swtpm swtpm-tools libtss2-tcti-swtpm0 ;;
	fuzz) echo clang llvm ;;
	lint) echo clang clang-tidy cppcheck ;;
	bench) echo openssl wrk python3 ;;
	conformance) echo nodejs npm python3 python3-venv maven openssl curl ;;
	*) echo "deps.sh: no group $1" >&2; exit 2 ;;
	esac
}

# A program that is there counts, wherever it came from.
have() {
	case $1 in
	clang|meson|nodejs|npm|maven|git|python3|curl|openssl|gcc|make)
		program=$1
		[ "$1" = nodejs ] && program=node
		[ "$1" = maven ] && program=mvn
		command -v "$program" >/dev/null 2>&1 && return 0 ;;
	python3-venv)
		python3 -c 'import venv, ensurepip' 2>/dev/null && return 0 ;;
	esac
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = \
	    installed ]
}

missing=
for group in "$@"; do
	for package in $(packages "$group"); do
		have "$package" || missing="$missing $package"
	done
done
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "These packages are missing and this is no Debian:$missing" >&2
	exit 1
fi
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
echo "Installing missing Debian packages:$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086 # the list is meant to be split
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
