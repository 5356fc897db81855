#!/usr/bin/env bash
# Writes what a GPU machine without .NET needs to DIR: a self-contained, trimmed program, the sources of the native part,
# the parity fixtures, and the check that uses them (gpu-check.sh).
#
#   publish-gpu.sh DIR [RUNTIME]        RUNTIME: linux-x64 unless given
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

largest_megabytes=60
[ $# -ge 1 ] || { echo "usage: publish-gpu.sh DIR [RUNTIME]" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
runtime=${2:-linux-x64}
[ -z "$(ls -A "$folder")" ] || { echo "$folder is not empty; name a new folder." >&2; exit 2; }

# Invariant globalisation and no debugging aids: nothing of them is used. The native part is built on the GPU machine.
dotnet publish "$root/src/LoraUnlearn.Cli/LoraUnlearn.Cli.csproj" -c Release -r "$runtime" --self-contained true --nologo -v quiet -o "$folder" \
  -p:PublishTrimmed=true -p:TrimMode=partial -p:DebugType=none -p:DebuggerSupport=false -p:EventSourceSupport=false -p:UseSystemResourceKeys=true \
  -p:SuppressTrimAnalysisWarnings=true -p:PackAsTool=false -p:PublishReferencesDocumentationFiles=false </dev/null
rm -f "$folder/libLoraUnlearnTorch.so"
cp -r "$root/src/TorchSharp.Libtorch/native" "$folder/native"
cp -r "$root/tests/Fixtures/parity" "$folder/parity"
cp -r "$root/tests/Fixtures/models/llama-gqa" "$folder/parity/model"
cp "$root/tools/gpu-check.sh" "$folder/gpu-check.sh"

kilobytes=$(du -sk "$folder" | cut -f 1)
echo "$folder: $((kilobytes / 1024)) MB"
if [ "$((kilobytes / 1024))" -ge "$largest_megabytes" ]; then
  echo "that is too large: it must stay under $largest_megabytes MB" >&2
  exit 1
fi
