#!/usr/bin/env bash
# Checks the program on a GPU machine that has a Python torch and no .NET.
#
#   gpu-check.sh DIR [DEVICE]           DIR: what publish-gpu.sh wrote; DEVICE: cuda unless given
#
# Parity with the reference model, the demo, the same bytes from the same seed, the benchmark with the GPU's peak memory; and where that
# Python has transformers and peft, the benchmark's training step in them, for comparison.
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

# Runs a command and says how much memory the GPU held at most meanwhile, beyond what it held before.
with_peak_memory() {
  local before sampler status=0
  if [ "$device" = cpu ] || ! command -v nvidia-smi >/dev/null; then
    "$@"
    return
  fi
  before=$(held)
  (while :; do held; sleep 0.1; done) >"$work/memory" 2>/dev/null &
  sampler=$!
  "$@" || status=$?
  kill "$sampler" 2>/dev/null || true
  wait "$sampler" 2>/dev/null || true
  echo "GPU memory at most: $(($(sort -n "$work/memory" | tail -n 1) - before)) MiB"
  return "$status"
}

held() {
  local number=${device##*[!0-9]}
  nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits ${number:+--id="$number"} 2>/dev/null | sort -n | tail -n 1
}

echo "== torch"
python3 -c 'import torch; print("torch", torch.__version__, "CUDA", torch.version.cuda, torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU")' 2>/dev/null ||
  echo "python3 has no torch; LIBTORCH is ${LIBTORCH:-not set}"

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

echo "== the same seed on $device"
for run in 1 2; do
  status=0
  "$program" unlearn --model "$folder/Demo" --forget "$folder/Demo/forget.jsonl" --retain "$folder/Demo/retain.jsonl" --out "$work/same$run" \
    --objective npo --steps 20 --device "$device" --quiet >/dev/null || status=$?
  check "run $run" "$status"
done
status=0
cmp "$work/same1/adapter_model.safetensors" "$work/same2/adapter_model.safetensors" || status=$?
check "two runs give the same bytes" "$status"

echo "== benchmark on $device"
rows=32
if [ "$device" = cpu ]; then rows=8; fi
status=0
with_peak_memory "$program" bench --device "$device" --rows "$rows" --quiet || status=$?
check "benchmark" "$status"

echo "== the same step in transformers and PEFT"
if python3 -c 'import peft, transformers' 2>/dev/null; then
  type=bfloat16
  if [ "$device" = cpu ]; then type=float32; fi
  with_peak_memory python3 "$folder/gpu-peft.py" "$rows" 256 "$type" || echo "it failed, which says nothing about this program"
else
  echo "left out: python3 has no transformers or no peft"
fi

exit "$failed"
