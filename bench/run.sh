#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Speed, as ratios to the cryptography that cannot be avoided, all measured in
# one run on this machine. Quote the ratios; machines are noisy.
#	BENCH_SECONDS: seconds per measurement (5)
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${BUILD:-build}" && pwd)
seconds=${BENCH_SECONDS:-5}
cores=$(nproc)
work=$(mktemp -d)
pids=
# shellcheck disable=SC2086 # the list of pids is meant to be split
trap 'kill $pids 2>/dev/null || true; rm -rf "$work"' EXIT
PATH=$build/src/cli:$build/src/service:$PATH

openssl_rate() {	# openssl_rate ALGORITHM COLUMN [speed options]
	local algorithm=$1 column=$2
	shift 2
	openssl speed -seconds "$seconds" "$@" "$algorithm" 2>/dev/null |
	    tail -n 1 | awk -v c="$column" '{ print $(NF - c) }'
}

ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

echo "== machine: $cores cores, $(openssl version)"
verify=$(openssl_rate ecdsap256 0)
sign=$(openssl_rate rsa2048 1)
verify_all=$(openssl_rate ecdsap256 0 -multi "$cores")
sign_all=$(openssl_rate rsa2048 1 -multi "$cores")
core_limit=$(awk -v v="$verify" 'BEGIN { printf "%.0f", v / 2 }')
limit=$(awk -v v="$verify_all" -v s="$sign_all" \
    'BEGIN { printf "%.0f", 1 / (2 / v + 1 / s) }')
echo "openssl speed: P-256 verify $verify/s, RSA-2048 sign $sign/s (one core)"
echo "limit of the core: two P-256 verifications = $core_limit/s"
echo "limit of the service: two verifications and one signature on" \
    "all cores = $limit/s"

echo "== core (one thread)"
assay sim sgx --seed bench --out "$work/sim" >/dev/null
"$build/bench/bench_core" "$work/sim" | tee "$work/core"
warm=$(awk '$1 == "warm" { print $2 }' "$work/core")
[ -z "$warm" ] || echo "core: warm / limit = $(ratio "$warm" "$core_limit")" \
    "(target 0.85)"

for bench in policy jmespath; do
	[ -x "$build/bench/bench_$bench" ] || continue
	echo "== $bench"
	"$build/bench/bench_$bench"
done

if [ -x "$build/bench/bench_tpm" ]; then
	echo "== TPM (one thread, the signature of the report included)"
	tpmlib=$top/tests/service/tpmlib.py
	python3 "$tpmlib" new "$work/tpm" >/dev/null
	challenge=AAAAAAAAAAAAAAAAAAAAAA
	files=
	for events in 100 1000 10000 20000; do
		python3 "$tpmlib" request "$work/tpm" "$challenge" AAAA \
		    "$events" >"$work/$events.jws"
		files="$files $events=$work/$events.jws"
	done
	# shellcheck disable=SC2086 # the list of files is meant to be split
	"$build/bench/bench_tpm" "$work/tpm/ca.pem" "$challenge" $files
fi

echo "== service"
python3 - "$work" <<'P'
import base64, json, sys
quote = open(sys.argv[1] + '/sim/quote.bin', 'rb').read()
body = {'quote': base64.urlsafe_b64encode(quote).decode().rstrip('=')}
open(sys.argv[1] + '/body.json', 'w').write(json.dumps(body))
P
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -sha256 \
    -subj /CN=localhost -keyout "$work/tls.key" -out "$work/tls.pem" \
    2>/dev/null
export ASSAY_BENCH_BODY=$work/body.json
# A policy that looks at nothing, and one that goes through all events.
cat >"$work/permit.policy" <<'P'
version=1.0; authorizationrules { => permit(); }; issuancerules { };
P
cat >"$work/events.policy" <<'P'
version=1.2; configurationrules { };
authorizationrules { => permit(); };
issuancerules {
	c:[type=="events", issuer=="AttestationService"] =>
	    add(type="variables", value=JmesPath(c.value,
	    "Events[?EventTypeString == 'EV_EFI_VARIABLE_DRIVER_CONFIG']"));
	c:[type=="variables", issuer=="AttestationPolicy"] =>
	    issue(type="variables", value=JsonToClaimValue(
	    JmesPath(c.value, "length(@)")));
};
P

free_port() {
	python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

rss() {	# resident memory of process $1 in MB
	awk '$1 == "VmRSS:" { printf "%.1f", $2 / 1024 }' "/proc/$1/status"
}

for scheme in http https; do
	port=$(free_port)
	url=$scheme://127.0.0.1:$port
	tls=
	[ "$scheme" = http ] || tls="--tls-cert $work/tls.pem --tls-key $work/tls.key"
	# shellcheck disable=SC2086 # options are meant to be split
	assayd --data-dir "$work/data-$scheme" --listen "127.0.0.1:$port" \
	    --issuer "$url" --collateral "$work/sim" \
	    --trust-anchor "$work/sim/root.pem" \
	    --tpm-anchor "$work/tpm/ca.pem" $tls \
	    >"$work/$scheme.log" 2>&1 &
	pid=$!
	pids="$pids $pid"
	until curl -skf "$url/certs" >/dev/null; do sleep 0.1; done
	[ "$scheme" = https ] || {
		sleep 1
		echo "resident memory idle: $(rss "$pid") MB (target 20)"
	}
	for connections in 1 8 32; do
		threads=1
		result=$(wrk -t "$threads" -c "$connections" \
		    -d "${seconds}s" -s "$top/bench/attest.lua" \
		    "$url/attest/SgxEnclave?api-version=2022-08-01" |
		    sed -n 's/^RESULT //p')
		read -r rate p50 p99 refused errors <<<"$result"
		echo "$scheme, $connections connections: $rate/s," \
		    "p50 $p50 ms, p99 $p99 ms, ratio to the limit" \
		    "$(ratio "$rate" "$limit")" \
		    "(refused $refused, errors $errors)"
	done
	[ "$scheme" = https ] || {
		for policy in permit events; do
			assay policy set Tpm "$work/$policy.policy" \
			    --url "$url" >/dev/null
			for connections in 1 8; do
				printf 'TPM, policy %s: ' "$policy"
				python3 "$top/bench/tpm_load.py" "$url" \
				    "$work/tpm" 300 "$connections"
			done
		done
	}
	[ "$scheme" = https ] || {
		python3 "$top/bench/connections.py" "$port" 1000 &
		holder=$!
		pids="$pids $holder"
		sleep 3
		echo "resident memory with 1,000 open connections:" \
		    "$(rss "$pid") MB"
		kill "$holder" 2>/dev/null || true
		wait "$holder" 2>/dev/null || true
	}
	kill "$pid"
	wait "$pid" || true
done
