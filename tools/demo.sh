#!/usr/bin/env bash
# The first of the two commands: installs what is missing, builds, and runs the demo.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

bash "$root/tools/setup.sh" </dev/null
exec bash "$root/tools/lora-unlearn" demo "$@"
