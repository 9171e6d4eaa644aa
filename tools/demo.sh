#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole workflow on embedded defaults: a service with SQLite, a simulated
# SGX platform and a machine with a TPM (swtpm), a client that attests, a
# relying party that verifies the tokens, and refusals with their reasons.
# Leaves nothing behind.
set -eu
build=$(cd "${BUILD:-build}" && pwd)
PATH=$build/src/cli:$build/src/service:$PATH
work=$(mktemp -d)
pid=
finish() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	[ ! -d machine ] ||
	    assay sim tpm --state machine --stop >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap finish EXIT
cd "$work"

say() {
	printf '\n\033[1m# %s\033[0m\n' "$*"
}

show() {	# print a command as a user would type it, then run it
	printf '$ %s\n' "$*"
	"$@"
}

refused() {	# show a command that must be refused
	status=0
	show "$@" || status=$?
	[ "$status" -eq 1 ] || { echo "expected a refusal, got $status"; exit 1; }
}

port=18080
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
	port=$((port + 1))
done
url=http://127.0.0.1:$port

serve() {	# serve OPTION...: start assayd, wait until it answers
	printf '$ assayd --data-dir data --listen 127.0.0.1:%s \\\n' "$port"
	printf '      --issuer %s %s &\n' "$url" "$*"
	assayd --data-dir data --listen "127.0.0.1:$port" --issuer "$url" \
	    "$@" 2>assayd.log &
	pid=$!
	tries=0
	until curl -sf "$url/certs" >/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || { cat assayd.log; exit 1; }
		sleep 0.1
	done
	cat assayd.log
}

say "A platform: a simulated SGX machine with its own root of trust"
printf '{"public-key":"made inside the enclave"}' >runtime.json
mrenclave=$(printf 'the software that the owner expects' | sha256sum | cut -d' ' -f1)
show assay sim sgx --seed demo --out platform --runtime-data runtime.json \
    --mrenclave "$mrenclave"

say "The service: trusts that root because it is told to, and says so"
serve --collateral platform --trust-anchor platform/root.pem

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
refused assay attest sgx --url "$url" --quote changed.bin

say "The same judgement offline, check by check"
refused assay appraise sgx --evidence changed.bin --collateral platform \
    --trust-anchor platform/root.pem

say "A machine with a TPM: its firmware, GRUB and kernel measure the boot"
show assay sim tpm --state machine --profile linux-grub
tcti=swtpm:host=127.0.0.1,port=$(cat machine/port)
log=machine/binary_bios_measurements

say "Another service: enrols machines whose TPM maker it is told to trust"
kill "$pid"
wait "$pid" || true
serve --aik-ca --ek-anchor machine/ek-ca.pem

say "The owner's policy: a known machine that booted with Secure Boot"
cat >tpm.policy <<'END'
version= 1.2;
authorizationrules {
	c:[type=="aikValidated", value==true] &&
	    [type=="secureBootEnabled", value==true] => permit();
};
issuancerules {
	c:[type=="secureBootEnabled"] => issue(claim=c);
	c:[type=="aikValidated"] => issue(claim=c);
};
END
cat tpm.policy
show assay policy set Tpm tpm.policy --url "$url"

say "The machine becomes known, once: its attestation key gets a certificate"
show assay aik enroll --url "$url" --tcti "$tcti" --aik machine.key \
    -o machine.pem

say "The client: quotes the TPM, sends the event log, gets a token"
show assay attest tpm --url "$url" --tcti "$tcti" --aik machine.key \
    --aik-cert machine.pem --event-log "$log" -o token
show assay verify token --url "$url" --require secureBootEnabled=true

say "It boots without Secure Boot, and its log lies about it"
show assay sim tpm --state machine --secure-boot-off --tamper changed-data
refused assay attest tpm --url "$url" --tcti "$tcti" --aik machine.key \
    --aik-cert machine.pem --event-log "$log"

say "Which event lies"
assay inspect eventlog "$log" | grep -E '^ *seq|FORGED' | cut -c 1-140

say "It boots without Secure Boot, and its log says so"
show assay sim tpm --state machine --secure-boot-off
refused assay attest tpm --url "$url" --tcti "$tcti" --aik machine.key \
    --aik-cert machine.pem --event-log "$log"

kill "$pid"
wait "$pid" || true
pid=
printf '\nDone: attested, verified, refused, stopped.\n'
