#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole workflow on embedded defaults: a service with SQLite, a simulated
# SGX platform, a client that attests, a relying party that verifies the
# token, and one refusal with its reason. Leaves nothing behind.
set -eu
build=$(cd "${BUILD:-build}" && pwd)
PATH=$build/src/cli:$build/src/service:$PATH
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

say() {
	printf '\n\033[1m# %s\033[0m\n' "$*"
}

show() {	# print a command as a user would type it, then run it
	printf '$ %s\n' "$*"
	"$@"
}

port=18080
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
	port=$((port + 1))
done
url=http://127.0.0.1:$port

say "A platform: a simulated SGX machine with its own root of trust"
printf '{"public-key":"made inside the enclave"}' >runtime.json
mrenclave=$(printf 'the software that the owner expects' | sha256sum | cut -d' ' -f1)
show assay sim sgx --seed demo --out platform --runtime-data runtime.json \
    --mrenclave "$mrenclave"

say "The service: trusts that root because it is told to, and says so"
printf '$ assayd --data-dir data --listen 127.0.0.1:%s --issuer %s \\\n' \
    "$port" "$url"
printf '      --collateral platform --trust-anchor platform/root.pem &\n'
assayd --data-dir data --listen "127.0.0.1:$port" --issuer "$url" \
    --collateral platform --trust-anchor platform/root.pem 2>assayd.log &
pid=$!
tries=0
until curl -sf "$url/certs" >/dev/null; do
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] || { cat assayd.log; exit 1; }
	sleep 0.1
done
cat assayd.log

say "The client: sends the enclave's quote, gets a signed token"
show assay attest sgx --url "$url" --quote platform/quote.bin \
    --runtime-data runtime.json -o token

say "The relying party: verifies it with nothing but the published keys"
show assay verify token --url "$url" \
    --require "x-ms-sgx-mrenclave=$mrenclave" \
    --require x-ms-sgx-is-debuggable=false

say "A refusal, with its reason: the same quote with one byte changed"
cp platform/quote.bin changed.bin
printf 'X' | dd of=changed.bin bs=1 seek=400 conv=notrunc status=none
status=0
show assay attest sgx --url "$url" --quote changed.bin || status=$?
[ "$status" -eq 1 ] || { echo "expected a refusal, got $status"; exit 1; }

say "The same judgement offline, check by check"
status=0
show assay appraise sgx --evidence changed.bin --collateral platform \
    --trust-anchor platform/root.pem || status=$?
[ "$status" -eq 1 ] || { echo "expected a refusal, got $status"; exit 1; }

kill "$pid"
wait "$pid" || true
pid=
printf '\nDone: attested, verified, refused, stopped.\n'
