# Sourced by the scripts beside it: where the checkout is, and a quiet .NET that asks nothing.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export DOTNET_CLI_UI_LANGUAGE=en MSBUILDTERMINALLOGGER=off
export DOTNET_CLI_HOME=${DOTNET_CLI_HOME:-${HOME:-${TMPDIR:-/tmp}}}
