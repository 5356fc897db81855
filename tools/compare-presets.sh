#!/usr/bin/env bash
# Trains every preset with one budget of steps on TOFU's forget05 and retain95, measures each, and writes docs/presets.md.
# Usage: tools/compare-presets.sh [SHARED]     SHARED holds models/tofu-llama-full and data/tofu (default: ../shared)
# Environment: STEPS (65), ROWS measured of each file (100), DTYPE of training (float32), PRESETS (all of them), LORA_UNLEARN (the program).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

shared=$(cd "${1:-$root/../shared}" && pwd)
model=$shared/models/tofu-llama-full
data=$shared/data/tofu
steps=${STEPS:-65} rows=${ROWS:-100} dtype=${DTYPE:-float32}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tool=("${LORA_UNLEARN:-$root/tools/lora-unlearn}")

presets=${PRESETS:-$(cd "$root/src/LoraUnlearn.Cli/Presets" && printf '%s\n' *.yaml | sed 's/\.yaml$//')}

# The numbers of a measure in a report: forget before, forget after, retain before, retain after.
numbers() { grep -o "\"$2\": *[0-9.eE+-]*" "$1" | sed 's/.*: *//'; }
number() { numbers "$1" "$2" | sed -n "${3}p"; }
cell() { LC_ALL=C printf '%.3f' "$1"; }

measure() {
  "${tool[@]}" evaluate --model "$model" "${adapter[@]}" --forget "$1" --retain "$2" --max-rows "$rows" --json --quiet "${@:3}" </dev/null
}

# One line of the table from the reports of an adapter; $1: name, $2: which of before (0) and after (1).
row() {
  echo "| $1 | $(cell "$(number "$work/tofu.json" probability $((1 + $2)))") | $(cell "$(number "$work/tofu.json" rouge_l $((1 + $2)))")" \
    "| $(cell "$(number "$work/tofu.json" probability $((3 + $2)))") | $(cell "$(number "$work/tofu.json" rouge_l $((3 + $2)))")" \
    "| $(cell "$(number "$work/other.json" probability $((1 + $2)))") | $(cell "$(number "$work/other.json" probability $((3 + $2)))") |"
}

table=$work/presets.md
{
  echo "# The presets on TOFU"
  echo
  echo "Written by \`tools/compare-presets.sh\`: \`tofu-llama-full\`, forget05 and retain95, $steps steps of 16 rows of each set,"
  echo "learning rate 0.002, linear after a warm-up of 0.1 (ngdiff: gen), no weight decay, rank 16, all other settings the preset's, on a CPU"
  echo "with --dtype $dtype. Measured on the first $rows rows of each file: answer probability,"
  echo "ROUGE-L recall of the greedy answer, and the answer probability of the real-authors and world-facts rows; higher is better but for"
  echo "the forget columns."
  echo
  echo "The presets share one learning rate and one budget here, so this shows how the methods differ, not the best that each can do."
  echo "Rows of \`…-general\` have retain95 as their general text, too, and so are those of \`…-indistribution\`."
  echo
  echo "| preset | forget probability | forget ROUGE-L | retain probability | retain ROUGE-L | real authors | world facts |"
  echo "|---|---|---|---|---|---|---|"
} >"$table"

first=yes
for preset in $presets; do
  echo "== $preset" >&2
  rm -rf "$work/adapter"
  status=0
  budget=(--dtype "$dtype" --steps "$steps" --batch-size 16 --accumulate 1 --learning-rate 0.002 --warmup 0.1 --weight-decay 0)
  grep -q '^schedule: gen' "$root/src/LoraUnlearn.Cli/Presets/$preset.yaml" || budget+=(--schedule linear)
  "${tool[@]}" unlearn --model "$model" --forget "$data/forget05.json" --retain "$data/retain95.json" --out "$work/adapter" \
    --preset "$preset" "${budget[@]}" --json --quiet </dev/null >/dev/null 2>"$work/error" || status=$?
  if [ "$status" -eq 1 ] && grep -q diverged "$work/error"; then
    echo "| $preset | diverged | | | | | |" >>"$table"
    continue
  elif [ "$status" -ne 0 ]; then
    cat "$work/error" >&2
    exit "$status"
  fi

  adapter=(--adapter "$work/adapter")
  measure "$data/forget05.json" "$data/retain95.json" >"$work/tofu.json"
  measure "$data/real_authors.json" "$data/world_facts.json" --no-generate >"$work/other.json"
  if [ -n "$first" ]; then row "(untouched model)" 0 >>"$table"; fi
  first=""
  row "$preset" 1 >>"$table"
done

mkdir -p "$root/docs"
mv "$table" "$root/docs/presets.md"
cat "$root/docs/presets.md"
