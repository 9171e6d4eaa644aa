#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unmodified SDK clients of Azure Attestation against assayd over HTTPS: one
# service in AAD mode, one isolated, on a simulated platform, for callers with
# access tokens of an issuer made here. Clients come from npm, PyPI and Maven
# by name. Prints "N passed, N failed".
#	conformance/run.sh [js|python|java]...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
build=$(cd "${BUILD:-build}" && pwd)
assayd=$build/src/service/assayd
assay=$build/src/cli/assay
work=$(mktemp -d)
cache=${ASSAY_CONFORMANCE_CACHE:-$build/conformance}
mkdir -p "$cache"
# Makes the TPM's side of the TPM protocol; the clients only carry it.
export ASSAY_TPMLIB=$top/tests/service/tpmlib.py
pids=
# shellcheck disable=SC2086 # the list of pids is meant to be split
trap 'kill $pids 2>/dev/null || true; rm -rf "$work"' EXIT

pki() {	# a private CA for TLS, and policy signers
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -sha256 \
	    -subj '/CN=Conformance CA' -keyout "$work/ca.key" \
	    -out "$work/ca.pem" 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -subj /CN=localhost \
	    -keyout "$work/tls.key" -out "$work/tls.csr" 2>/dev/null
	printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >"$work/ext"
	openssl x509 -req -in "$work/tls.csr" -CA "$work/ca.pem" \
	    -CAkey "$work/ca.key" -days 2 -sha256 -extfile "$work/ext" \
	    -out "$work/tls.pem" 2>/dev/null
	for name in signer second other; do
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -sha256 \
		    -subj "/CN=$name" -keyout "$work/$name.key" \
		    -addext basicConstraints=critical,CA:TRUE \
		    -out "$work/$name.pem" 2>/dev/null
	done
	openssl ecparam -name prime256v1 -genkey -noout |
	    openssl pkcs8 -topk8 -nocrypt -out "$work/ec.key"
	openssl req -x509 -key "$work/ec.key" -days 2 -sha256 \
	    -subj /CN=ec -addext basicConstraints=critical,CA:TRUE \
	    -out "$work/ec.pem" 2>/dev/null
	# Some clients want the traditional form of an RSA key.
	for name in signer second other; do
		openssl rsa -in "$work/$name.key" -traditional \
		    -out "$work/$name.rsa.key" 2>/dev/null
	done
}

platform() {	# what a client inside the enclave would hold
	printf '{"purpose":"conformance","n":1}' >"$work/runtime.json"
	"$assay" sim sgx --seed conformance --out "$work/sim" \
	    --runtime-data "$work/runtime.json" >/dev/null
	python3 "$ASSAY_TPMLIB" new "$work/tpm" >/dev/null
}

callers() {	# an issuer of access tokens, until the end
	ASSAYD=$assayd PYTHONPATH=$top/tests/service PYTHONDONTWRITEBYTECODE=1 \
	    python3 "$here/issuer.py" "$work" >"$work/issuer.log" 2>&1 &
	pids="$pids $!"
	local tries=0
	until [ -f "$work/callers.json" ]; do
		tries=$((tries + 1))
		if [ "$tries" -gt 300 ]; then
			cat "$work/issuer.log" >&2
			exit 1
		fi
		sleep 0.1
	done
}

free_port() {
	python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

serve() {	# serve NAME [options]: sets url_NAME
	local name=$1 port tries=0
	shift
	port=$(free_port)
	"$assayd" --data-dir "$work/data-$name" --listen "127.0.0.1:$port" \
	    --issuer "https://localhost:$port" --tls-cert "$work/tls.pem" \
	    --tls-key "$work/tls.key" --collateral "$work/sim" \
	    --trust-anchor "$work/sim/root.pem" \
	    --tpm-anchor "$work/tpm/ca.pem" \
	    --callers "$work/callers.json" "$@" \
	    >"$work/$name.log" 2>&1 &
	pids="$pids $!"
	until curl -sf --cacert "$work/ca.pem" \
	    "https://localhost:$port/certs" >/dev/null; do
		tries=$((tries + 1))
		if [ "$tries" -gt 100 ]; then
			cat "$work/$name.log" >&2
			exit 1
		fi
		sleep 0.1
	done
	eval "url_$name=https://localhost:$port"
}

run_js() {
	mkdir -p "$cache/js"
	cp "$here/js/package.json" "$here"/js/*.js "$cache/js/"
	(cd "$cache/js" && npm install --no-package-lock --no-audit --no-fund \
	    --silent >/dev/null)
	(cd "$cache/js" && NODE_EXTRA_CA_CERTS=$work/ca.pem \
	    node conformance.js "$work" "$url_aad" "$url_isolated")
}

run_python() {
	[ -x "$cache/venv/bin/python" ] || python3 -m venv "$cache/venv"
	"$cache/venv/bin/pip" -q --disable-pip-version-check install \
	    -r "$here/python/requirements.txt"
	REQUESTS_CA_BUNDLE=$work/ca.pem "$cache/venv/bin/python" \
	    "$here/python/conformance.py" "$work" "$url_aad" "$url_isolated"
}

run_java() {
	rm -f "$work/trust.p12"
	keytool -importcert -noprompt -alias ca -file "$work/ca.pem" \
	    -keystore "$work/trust.p12" -storetype PKCS12 \
	    -storepass changeit >/dev/null 2>&1
	mkdir -p "$cache/java"
	cp -r "$here/java/pom.xml" "$here/java/src" "$cache/java/"
	(cd "$cache/java" && mvn -q -B compile dependency:build-classpath \
	    -Dmdep.outputFile=classpath >"$work/mvn.log" 2>&1) || {
		tail -n 30 "$work/mvn.log"
		return 1
	}
	java -Djavax.net.ssl.trustStore="$work/trust.p12" \
	    -Djavax.net.ssl.trustStorePassword=changeit \
	    -cp "$cache/java/target/classes:$(cat "$cache/java/classpath")" \
	    assay.Conformance "$work" "$url_aad" "$url_isolated"
}

pki
platform
callers
serve aad
serve isolated --policy-signers "$work/signer.pem"
passed=0 failed=0
for client in ${*:-js python java}; do
	echo "== $client"
	status=0
	"run_$client" >"$work/$client.out" 2>"$work/$client.err" || status=$?
	cat "$work/$client.out"
	ok=$(grep -c '^ok ' "$work/$client.out" || true)
	bad=$(grep -c '^FAIL ' "$work/$client.out" || true)
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
		echo "FAIL $client: exit status $status"
	fi
	[ "$bad" -eq 0 ] || tail -n 40 "$work/$client.err"
	passed=$((passed + ok))
	failed=$((failed + bad))
done
if [ "$failed" -ne 0 ]; then
	tail -n 30 "$work/aad.log" "$work/isolated.log"
fi
echo "conformance: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
