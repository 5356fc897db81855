#!/usr/bin/env bash
# Forgets one author of TOFU after the other: each a request of 20 rows on top of all before it, every one measured again after each.
# Usage: tools/request-campaign.sh OUT [SHARED]    SHARED holds models/tofu-llama-full and data/tofu (default: ../shared)
# Environment: REQUESTS (100), SETTINGS (options of request apply), LORA_UNLEARN (the program).
# OUT/requests is the ledger; a run that was stopped goes on. OUT/table.md and OUT/chart.svg are written at the end.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

out=${1:?where to write is needed} shared=$(cd "${2:-$root/../shared}" && pwd)
requests=${REQUESTS:-100}
# Ends a request when its author is forgotten and the others are not; the words may be quoted as in a shell.
eval "settings=(${SETTINGS:---init lora --rank 8 --alpha 16 --steps 60 --eval-every 5 --stop-when 'forget.probability < 0.1 and retain.probability > 0.97' --schedule constant --warmup 0.05 --learning-rate 0.002 --retain-weight 6 --max-rank 256})"
tool=("${LORA_UNLEARN:-$root/tools/lora-unlearn}")
mkdir -p "$out"

# TOFU's 200 authors have 20 rows each, in order. The last ones are forgotten.
rows=$shared/data/tofu/full.json
[ "$(grep -c . "$rows")" -eq 4000 ] || { echo "$rows: expected 4000 rows" >&2; exit 2; }
kept=$((200 - requests))
head -n $((kept * 20)) "$rows" >"$out/retain.jsonl"

field() { grep -o "\"$1\": *[0-9.eE+-]*" <<<"$2" | tail -1 | sed 's/.*: *//'; }
for ((request = 1; request <= requests; request++)); do
  id=$(printf 'r%04d' "$request")
  if [ -e "$out/$id.json" ]; then continue; fi
  sed -n "$(((kept + request - 1) * 20 + 1)),$(((kept + request) * 20))p" "$rows" >"$out/$id.jsonl"
  if ! grep -q "\"event\":\"add\",\"id\":\"$id\"" "$out/requests/ledger.jsonl" 2>/dev/null; then
    "${tool[@]}" request add --requests "$out/requests" --forget "$out/$id.jsonl" --quiet </dev/null >/dev/null
  fi
  begun=$(date +%s.%N)
  "${tool[@]}" request apply --requests "$out/requests" --model "$shared/models/tofu-llama-full" --retain "$out/retain.jsonl" "${settings[@]}" --json --quiet </dev/null >"$out/$id.json"
  report=$(cat "$out/$id.json")
  echo "$id: $(LC_ALL=C awk "BEGIN { printf \"%.1f\", $(date +%s.%N) - $begun }") s, rank $(field rank "$report"), error $(field relative_error "$report"), retain $(field retain_probability "$report")" | tee -a "$out/log"
done

"${tool[@]}" request list --requests "$out/requests" --chart "$out/chart.svg" --overwrite
