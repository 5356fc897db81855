#!/usr/bin/env bash
# The second of the two commands: the same set-up, then every test. Ends with "N passed, N failed".
# Arguments, for example --filter NAME, go to 'dotnet test'.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

solution=$root/LoraUnlearn.sln
results=$root/artifacts/tests
passed=0 failed=0 skipped=0

finish() {
  local line="$passed passed, $failed failed"
  if [ "$skipped" -gt 0 ]; then line="$line, $skipped skipped"; fi
  printf '\n%s\n' "$line"
  if [ "$failed" -gt 0 ] || [ "$passed" -eq 0 ]; then exit 1; fi
  exit 0
}

fail() {
  echo "failed: $*"
  failed=$((failed + 1))
}

# The value of an attribute of the result file's <Counters …/>.
counter() {
  sed -n "s/.*<Counters[^>]* $2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

count() {
  local file=$1 total executed here_failed=0 kind number
  total=$(counter "$file" total)
  executed=$(counter "$file" executed)
  for kind in failed error timeout aborted; do
    number=$(counter "$file" "$kind")
    here_failed=$((here_failed + ${number:-0}))
  done
  number=$(counter "$file" passed)
  passed=$((passed + ${number:-0}))
  failed=$((failed + here_failed))
  skipped=$((skipped + ${total:-0} - ${executed:-0}))
  counted_failed=$here_failed
}

# The skipped tests of a result file, each with its reason.
list_skipped() {
  awk '
    /<UnitTestResult / { name = ""; if (/outcome="NotExecuted"/) { name = $0; sub(/.* testName="/, "", name); sub(/" .*/, "", name) } }
    name != "" && /<Message>/ { reason = $0; sub(/.*<Message>/, "", reason); sub(/<\/Message>.*/, "", reason); print "skipped: " name ": " reason; name = "" }
  ' "$1" | sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g'
}

run_project() {
  local project=$1 name file status=0
  shift
  name=$(basename "$project" .csproj)
  file=$results/$name.trx
  echo
  echo "== $name"
  dotnet test "$project" -c Release --no-build --nologo --results-directory "$results" \
    --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" "$@" </dev/null || status=$?
  counted_failed=0
  if [ -e "$file" ]; then
    list_skipped "$file"
    count "$file"
  fi
  if [ "$status" -ne 0 ] && [ "$counted_failed" -eq 0 ]; then
    fail "$name ended with exit code $status without a failed test: its process broke off"
  fi
}

bash "$root/tools/setup.sh" </dev/null
cd "$root"
rm -rf "$results"
mkdir -p "$results"

echo "== build"
if ! dotnet build "$solution" -c Release --nologo -v quiet -clp:NoSummary </dev/null; then
  fail "the solution does not build"
  finish
fi

echo "== format"
if ! dotnet format "$solution" --verify-no-changes --no-restore </dev/null; then
  fail "the sources are not formatted: run 'dotnet format'"
fi

for project in "$root"/tests/*/*.csproj; do
  run_project "$project" "$@"
done
finish
