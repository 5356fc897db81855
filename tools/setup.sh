#!/usr/bin/env bash
# What the build needs: the .NET SDK 10, and nothing else. Says what to do where it is missing.
# The other scripts call it; it can be run by itself too.
set -euo pipefail

die() { printf '%s\n' "setup: $*" >&2; exit 1; }

advice="Install it (https://dotnet.microsoft.com/download/dotnet/10.0), put 'dotnet' on the PATH, and run again."
command -v dotnet >/dev/null 2>&1 || die "the .NET SDK 10 is missing. $advice"
sdks=$(dotnet --list-sdks)
major=0
while IFS= read -r line; do
  line=${line%%.*}
  case $line in '' | *[!0-9]*) continue ;; esac
  if [ "$line" -gt "$major" ]; then major=$line; fi
done <<<"$sdks"
[ "$major" -ge 10 ] || die "the .NET SDK found is version '${sdks:-none}', the build needs 10. $advice"
