#!/usr/bin/env bash
# Kills every verb that writes, at random moments (kill -9), and checks what is left: inputs byte for byte as they were; outputs
# absent, as they were before, or whole. Unfinished runs of unlearn are resumed and must end with the adapter of a whole run. A ledger
# of requests with one applied and one pending must be readable, with the sum that it names, and end as if nothing had happened.
# Usage: tools/kill-campaign.sh [KILLS]     (100)     Environment: SEED (1), VERBS (all), LORA_UNLEARN (the program)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

kills=${1:-100}
RANDOM=${SEED:-1}
if [ -z "${LORA_UNLEARN:-}" ]; then
  "$root/tools/lora-unlearn" --version >/dev/null
  program=(dotnet "$root/src/LoraUnlearn.Cli/bin/Release/net10.0/lora-unlearn.dll")
else
  program=("$LORA_UNLEARN")
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
inputs=$work/inputs whole=$work/whole out=$work/out
mkdir -p "$inputs/model" "$whole" "$out"
demo=$root/src/LoraUnlearn.Cli/Demo
cp "$demo"/{config,generation_config,tokenizer,tokenizer_config,special_tokens_map}.json "$demo/model.safetensors" "$inputs/model/"
head -n 8 "$demo/forget.jsonl" >"$inputs/forget.jsonl"
head -n 16 "$demo/retain.jsonl" >"$inputs/retain.jsonl"
cp -r "$root/adapters/demo-people" "$inputs/adapter"

model=(--model "$inputs/model") rows=(--forget "$inputs/forget.jsonl" --retain "$inputs/retain.jsonl")
read -ra verbs <<<"${VERBS:-unlearn fisher init merge unmerge export compose diff score evaluate request}"

# Puts the command line of verb $1 with output $2, and further options behind, into 'command'.
compose() {
  local verb=$1 to=$2
  shift 2
  case $verb in
    unlearn) set -- "${model[@]}" "${rows[@]}" --steps 8 --batch-size 4 --rank 4 --checkpoint-every 2 --threads 1 --resume "$@" ;;
    fisher) set -- "${model[@]}" "${rows[@]}" --threads 1 "$@" ;;
    init) set -- "${model[@]}" --init pissa --rank 4 --threads 1 "$@" ;;
    merge) set -- "${model[@]}" --adapter "$inputs/adapter" "$@" ;;
    unmerge) set -- --model "$inputs/merged" --adapter "$inputs/adapter" --base "$inputs/model" "$@" ;;
    export) set -- --adapter "$inputs/adapter" --rank 2 --no-measure "$@" ;;
    compose) set -- --adapter "$inputs/adapter:0.5" --adapter "$inputs/adapter:0.25" "$@" ;;
    diff) set -- "${model[@]}" --merged "$inputs/merged" --rank 2 "$@" ;;
    score) set -- "${model[@]}" --data "$inputs/retain.jsonl" --threads 1 "$@" ;;
    evaluate) set -- "${model[@]}" --adapter "$inputs/adapter" "${rows[@]}" --no-generate --threads 1 "$@" ;;
    request) set -- apply "${model[@]}" --retain "$inputs/retain.jsonl" --steps 4 --batch-size 4 --rank 2 --threads 1 "$@" ;;
  esac
  case $verb in
    request) command=("${program[@]}" request "$@" --requests "$to" --quiet) ;;
    *) command=("${program[@]}" "$verb" "$@" --out "$to" --quiet) ;;
  esac
}

run() {
  compose "$@"
  "${command[@]}" </dev/null >/dev/null 2>"$work/error"
}

# A ledger to try on: one request applied, one pending.
new_ledger() { cp -r "$work/ledger" "$1"; }

# How many requests a ledger has applied, and the sum that it names.
applied_of() { "${program[@]}" request list --requests "$1" --json | grep -c '"state": *"applied"' || true; }
sum_of() { sha256sum <"$("${program[@]}" request list --requests "$1" --json | sed -n 's/.*"adapter": *"\([^"]*\)".*/\1/p')/adapter_model.safetensors"; }

digest_of_inputs() { (cd "$inputs" && find . -type f -print0 | sort -z | xargs -0 sha256sum; ls -A "$inputs") | sha256sum; }

# What an output is: its names and the bytes of its tensors and of files; a manifest holds the time of day.
digest_of() {
  if [ -d "$1" ]; then (cd "$1" && find . -type f | sort && find . -name '*.safetensors' -print0 | sort -z | xargs -0 sha256sum) | sha256sum
  elif [ -e "$1" ]; then sha256sum <"$1"; fi
}

failed=0 absent=0 old=0 complete=0 resumed=0
wrong() {
  echo "wrong: $*"
  failed=$((failed + 1))
}

run merge "$inputs/merged"
if [[ " ${verbs[*]} " == *" request "* ]]; then
  head -n 4 "$inputs/forget.jsonl" >"$inputs/first.jsonl"
  tail -n 4 "$inputs/forget.jsonl" >"$inputs/second.jsonl"
  for name in first second; do
    "${program[@]}" request add --requests "$work/ledger" --forget "$inputs/$name.jsonl" --quiet >/dev/null
    if [ "$name" = first ]; then run request "$work/ledger" || { cat "$work/error" >&2; exit 1; }; fi
  done
  new_ledger "$whole/request"
fi
declare -A lasts reference
for verb in "${verbs[@]}"; do
  begun=$(date +%s%N)
  run "$verb" "$whole/$verb" || { cat "$work/error" >&2; echo "$verb fails without a kill" >&2; exit 1; }
  lasts[$verb]=$((($(date +%s%N) - begun) / 1000000))
  if [ "$verb" = request ]; then reference[request]=$(sum_of "$whole/request"); else reference[$verb]=$(digest_of "$whole/$verb"); fi
done

before=$(digest_of_inputs)
begun=$SECONDS
for ((kill = 1; kill <= kills; kill++)); do
  verb=${verbs[$((kill % ${#verbs[@]}))]}
  to=$out/$verb-$kill
  earlier=""
  more=()
  case $verb in
    fisher | score | evaluate)
      more=(--overwrite)
      echo "an earlier result" >"$to"
      earlier=$(digest_of "$to")
      ;;
    request) new_ledger "$to" ;;
  esac
  delay=$((RANDOM * lasts[$verb] / 30000))
  compose "$verb" "$to" "${more[@]}"
  "${command[@]}" </dev/null >/dev/null 2>"$work/error" &
  child=$!
  sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
  kill -KILL "$child" 2>/dev/null || true
  wait "$child" 2>/dev/null || true

  if [ "$(digest_of_inputs)" != "$before" ]; then wrong "kill $kill, $verb: an input changed"; fi
  if [ "$verb" = request ]; then
    sum_of "$to" >/dev/null 2>"$work/error" || wrong "kill $kill: the ledger names a sum that is not there: $(cat "$work/error")"
    case $(applied_of "$to") in
      1) old=$((old + 1)) ;;
      2) complete=$((complete + 1)) ;;
      *) wrong "kill $kill: the ledger has lost a request" ;;
    esac
    run request "$to" || wrong "kill $kill: the request cannot be applied again: $(cat "$work/error")"
    if [ "$(sum_of "$to")" = "${reference[request]}" ]; then resumed=$((resumed + 1)); else wrong "kill $kill: the requests end with another sum"; fi
    rm -rf "$to"
    continue
  fi

  left=$(digest_of "$to")
  if [ -z "$left" ]; then absent=$((absent + 1))
  elif [ "$left" = "$earlier" ]; then old=$((old + 1))
  elif [ "$left" = "${reference[$verb]}" ]; then complete=$((complete + 1))
  elif [ "$verb" = unlearn ]; then
    run unlearn "$to" || wrong "kill $kill: the run cannot be resumed: $(cat "$work/error")"
    if [ "$(digest_of "$to")" = "${reference[unlearn]}" ]; then resumed=$((resumed + 1)); else wrong "kill $kill: the resumed run ends with another adapter"; fi
  else wrong "kill $kill, $verb: $to is neither absent, nor old, nor whole"; fi
done

# What a kill leaves behind must not be in the way of the next run.
for verb in "${verbs[@]}"; do
  rm -rf "${out:?}/$verb"
  case $verb in
    fisher | score | evaluate) echo "half a file" >"$out/.$verb.partial" ;;
    request) new_ledger "$out/request" && mkdir -p "$out/request/.composed-0002.partial/left" ;;
    *) mkdir -p "$out/.$verb.partial/left" ;;
  esac
  touch "$out/.$verb.lock"
  run "$verb" "$out/$verb" || wrong "$verb does not run over what a kill left behind: $(cat "$work/error")"
done

echo "$kills kills of ${#verbs[@]} verbs in $((SECONDS - begun)) s: output absent $absent, as before $old, whole $complete, resumed to the same adapter $resumed (requests are counted before and after); $failed wrong"
[ "$failed" -eq 0 ]
