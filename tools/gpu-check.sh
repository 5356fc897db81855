#!/usr/bin/env bash
# Checks the program on a GPU machine that has a Python torch and a C++ compiler, and no .NET.
#
#   gpu-check.sh DIR [DEVICE]           DIR: what publish-gpu.sh wrote; DEVICE: cuda unless given
#
# Builds the native part against that torch, then: parity with the reference model, the demo, the benchmark.
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: gpu-check.sh DIR [DEVICE]" >&2; exit 2; }
folder=$(cd "$1" && pwd)
device=${2:-cuda}
program=$folder/lora-unlearn
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

check() {
  if [ "$2" = 0 ]; then echo "passed: $1"; else echo "FAILED: $1"; failed=1; fi
}

# The largest difference between the log-probabilities of two files of scores.
largest_difference() {
  paste <(numbers "$1") <(numbers "$2") | awk '
    NF != 2 { print "inf"; bad = 1; exit }
    { d = $1 - $2; if (d < 0) d = -d; if (d > most) most = d }
    END { if (!bad) printf "%.3g\n", most }'
}

numbers() {
  sed 's/.*"log_probabilities": *\[\([^]]*\)\].*/\1/' "$1" | tr ',' '\n' | tr -d ' '
}

parity() {
  local name=$1 limit=$2 difference
  shift 2
  "$program" score --model "$folder/parity/model" --data "$folder/parity/rows.jsonl" --device "$device" --out "$work/scores.jsonl" --quiet "$@" >/dev/null
  difference=$(largest_difference "$work/scores.jsonl" "$folder/parity/$name.jsonl")
  echo "$name ($*): log-probabilities differ by at most $difference, allowed $limit"
  check "parity $name $*" "$(awk -v d="$difference" -v l="$limit" 'BEGIN { print (d != "inf" && d <= l) ? 0 : 1 }')"
}

echo "== native part"
bash "$folder/native/build.sh" "$folder/libLoraUnlearnTorch.so"

echo "== parity on $device"
parity base 1e-4 --dtype float32
parity adapter 1e-4 --dtype float32 --adapter "$folder/parity/model/adapter"
parity base 0.2 --dtype bfloat16

echo "== demo on $device"
status=0
"$program" demo --device "$device" --dtype float32 --out "$work/demo" --quiet || status=$?
check "demo, float32" "$status"
status=0
"$program" demo --device "$device" --out "$work/demo-auto" --quiet || status=$?
check "demo, automatic type" "$status"

echo "== benchmark on $device"
rows=32
if [ "$device" = cpu ]; then rows=8; fi
status=0
"$program" bench --device "$device" --rows "$rows" --quiet || status=$?
check "benchmark" "$status"

exit "$failed"
