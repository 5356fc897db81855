#!/usr/bin/env bash
# Kills every verb that writes, at random moments (kill -9), and checks what is left: inputs byte for byte as they were; outputs
# absent, as they were before, or whole. Unfinished runs of unlearn are resumed and must end with the adapter of a whole run.
# Usage: tools/kill-campaign.sh [KILLS]     (100)     Environment: SEED (1), LORA_UNLEARN (the program)
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
verbs=(unlearn fisher init merge unmerge export compose diff score evaluate)

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
  esac
  command=("${program[@]}" "$verb" "$@" --out "$to" --quiet)
}

run() {
  compose "$@"
  "${command[@]}" </dev/null >/dev/null 2>"$work/error"
}

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
declare -A lasts reference
for verb in "${verbs[@]}"; do
  begun=$(date +%s%N)
  run "$verb" "$whole/$verb" || { cat "$work/error" >&2; echo "$verb fails without a kill" >&2; exit 1; }
  lasts[$verb]=$((($(date +%s%N) - begun) / 1000000))
  reference[$verb]=$(digest_of "$whole/$verb")
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
  esac
  delay=$((RANDOM * lasts[$verb] / 30000))
  compose "$verb" "$to" "${more[@]}"
  "${command[@]}" </dev/null >/dev/null 2>"$work/error" &
  child=$!
  sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
  kill -KILL "$child" 2>/dev/null || true
  wait "$child" 2>/dev/null || true

  if [ "$(digest_of_inputs)" != "$before" ]; then wrong "kill $kill, $verb: an input changed"; fi
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
    *) mkdir -p "$out/.$verb.partial/left" ;;
  esac
  touch "$out/.$verb.lock"
  run "$verb" "$out/$verb" || wrong "$verb does not run over what a kill left behind: $(cat "$work/error")"
done

echo "$kills kills of ${#verbs[@]} verbs in $((SECONDS - begun)) s: output absent $absent, as before $old, whole $complete, resumed to the same adapter $resumed; $failed wrong"
[ "$failed" -eq 0 ]
