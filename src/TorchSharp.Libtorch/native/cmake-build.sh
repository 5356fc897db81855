#!/usr/bin/env bash
# Configures and builds the shim in a folder, for the build of TorchSharp.Libtorch:
#
#   cmake-build.sh FOLDER [LIBTORCH]
#
# Failures are printed in the form that MSBuild reports as errors.
set -uo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
folder="$1"
libtorch="${2:-}"
log="$folder/build.log"

fail() {
  echo "tensor backend : error $1: $2"
  exit 1
}

command -v cmake > /dev/null \
  || fail SHIM1 "CMake was not found, which builds the tensor backend. Install it (Debian, Ubuntu: apt-get install cmake)."
command -v "${CXX:-c++}" > /dev/null || command -v "${CXX:-g++}" > /dev/null \
  || fail SHIM2 "The C++ compiler '${CXX:-c++}' was not found, which builds the tensor backend. Install one (Debian, Ubuntu: apt-get install g++)."

generator=()
if command -v ninja > /dev/null; then
  generator=(-G Ninja)
elif ! command -v make > /dev/null; then
  fail SHIM3 "Neither ninja nor make was found, which CMake needs. Install one (Debian, Ubuntu: apt-get install make)."
fi

# Two builds of the same checkout take turns.
mkdir -p "$folder"
exec 9> "$folder/.lock"
command -v flock > /dev/null && flock 9

# A cache of another place, compiler or libtorch is of no use.
rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles"
if ! cmake -S "$here" -B "$folder" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release "-DLIBTORCH_DIR=$libtorch" -Wno-dev > "$log" 2>&1; then
  reason="$(sed -n '/CMake Error/,/^$/{/CMake Error/d;p}' "$log" | tr -s ' \n' ' ')"
  fail SHIM4 "The tensor backend cannot be configured:${reason:- see $log}"
fi

if ! cmake --build "$folder" --parallel "$(nproc 2> /dev/null || echo 2)" >> "$log" 2>&1; then
  reason="$(grep -m 1 -E 'error:|undefined reference|cannot find' "$log")"
  fail SHIM5 "The tensor backend does not compile against this libtorch: ${reason:-unknown} (all of it: $log)"
fi
