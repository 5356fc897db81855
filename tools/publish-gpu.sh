#!/usr/bin/env bash
# Writes what a GPU machine without .NET needs to DIR: a self-contained, trimmed program without libtorch, which borrows that of the
# machine's Python torch; the parity fixtures; and the check that uses them (gpu-check.sh).
#
#   publish-gpu.sh DIR
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

largest_megabytes=60
[ $# -eq 1 ] || { echo "usage: publish-gpu.sh DIR" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
[ -z "$(ls -A "$folder")" ] || { echo "$folder is not empty; name a new folder." >&2; exit 2; }

# Beside the ordinary build's files, which have another backend. No debugging aids: nothing of them is used.
artifacts=$(mktemp -d)
trap 'rm -rf "$artifacts"' EXIT
dotnet publish "$root/src/LoraUnlearn.Cli/LoraUnlearn.Cli.csproj" -c Release -r linux-x64 --self-contained true --nologo -v quiet -o "$folder" \
  --artifacts-path "$artifacts" -p:TorchBackend=TorchSharp \
  -p:PublishTrimmed=true -p:TrimMode=partial -p:DebugType=none -p:DebuggerSupport=false -p:EventSourceSupport=false \
  -p:SuppressTrimAnalysisWarnings=true -p:PackAsTool=false -p:PublishReferencesDocumentationFiles=false </dev/null
cp -r "$root/tests/Fixtures/parity" "$folder/parity"
cp -r "$root/tests/Fixtures/models/llama-gqa" "$folder/parity/model"
cp "$root/tools/gpu-check.sh" "$root/tools/gpu-peft.py" "$folder/"

kilobytes=$(du -sk "$folder" | cut -f 1)
echo "$folder: $((kilobytes / 1024)) MB"
if [ "$((kilobytes / 1024))" -ge "$largest_megabytes" ]; then
  echo "that is too large: it must stay under $largest_megabytes MB" >&2
  exit 1
fi
