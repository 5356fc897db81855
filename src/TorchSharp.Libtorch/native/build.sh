#!/usr/bin/env bash
# Builds libLoraUnlearnTorch.so with g++ alone.
#
#   build.sh OUTPUT.so [LIBTORCH]
#
# LIBTORCH is a libtorch folder (include/, lib/): an unpacked libtorch zip, or the folder of a Python `torch`.
# Without it: $LIBTORCH, the torch of the active Python, the system's. CXX and CXXFLAGS are honoured.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
output="${1:?usage: build.sh OUTPUT.so [LIBTORCH]}"
libtorch="${2:-${LIBTORCH:-}}"
cxx="${CXX:-g++}"

if [[ -z "$libtorch" ]] && command -v python3 > /dev/null; then
  # The folder is found without importing torch, which takes seconds.
  candidate="$(python3 -c 'import importlib.util as u; s = u.find_spec("torch"); print(list(s.submodule_search_locations)[0] if s else "")' 2> /dev/null || true)"
  if [[ -n "$candidate" && -f "$candidate/include/ATen/ATen.h" && -f "$candidate/lib/libtorch_cpu.so" ]]; then
    libtorch="$candidate"
  fi
fi

if [[ -n "$libtorch" ]]; then
  include="$libtorch/include"
  lib="$libtorch/lib"
else
  include=/usr/include
  lib="/usr/lib/$("$cxx" -dumpmachine)"
  [[ -e "$lib/libtorch_cpu.so" ]] || lib=/usr/lib/x86_64-linux-gnu
fi

if [[ ! -f "$include/ATen/ATen.h" || ! -e "$lib/libtorch_cpu.so" ]]; then
  echo "libtorch was not found ($include/ATen/ATen.h, $lib/libtorch_cpu.so): install libtorch-dev, or name its folder." >&2
  exit 1
fi

# The numbers moved to another header in later versions.
version() {
  grep -hs "define TORCH_VERSION_$1 " "$include"/torch/{csrc/api/include/torch,headeronly}/version.h | awk 'NR == 1 { print $3 }' || true
}
major="$(version MAJOR)"
minor="$(version MINOR)"
standard=c++17
if (( major > 2 || (major == 2 && minor >= 10) )); then
  standard=c++20
fi

# The string ABI that libtorch was built with: the old one only in the wheels before 2.6.
abi=1
if [[ "$include" != /usr/include ]] && ! grep -q 'torchCheckFailEPKcS2_jRKNSt7__cxx11' "$lib/libc10.so"; then
  abi=0
fi

libraries=(-ltorch_cpu -lc10)
if [[ -e "$lib/libtorch_cuda.so" ]]; then
  libraries+=(-Wl,--no-as-needed -ltorch_cuda -lc10_cuda -Wl,--as-needed)
fi

# /usr/include itself must not be named: the compiler's own headers are found through it, in order.
includes=(-isystem "$include/torch/csrc/api/include")
[[ "$include" == /usr/include ]] || includes+=(-isystem "$include")

objects="$(mktemp -d)"
trap 'rm -rf "$objects"' EXIT
flags=(-std="$standard" -O2 -fPIC -fvisibility=hidden -Wno-deprecated-declarations "-D_GLIBCXX_USE_CXX11_ABI=$abi" "${includes[@]}")
if [[ -n "${CXXFLAGS:-}" ]]; then
  read -ra extra <<< "$CXXFLAGS"
  flags+=("${extra[@]}")
fi

# libtorch's headers are read once, for all files.
echo "#include \"$here/shim.h\"" > "$objects/all.h"
"$cxx" "${flags[@]}" -x c++-header "$objects/all.h" -o "$objects/all.h.gch"

compile() {
  "$cxx" "${flags[@]}" -include "$objects/all.h" -c "$1" -o "$objects/$(basename "$1" .cpp).o"
}
jobs="$(nproc 2> /dev/null || echo 1)"
for source in "$here"/*.cpp; do
  while (( $(jobs -rp | wc -l) >= jobs )); do
    wait -n
  done
  compile "$source" &
done
while (( $(jobs -p | wc -l) > 0 )); do
  wait -n
done

mkdir -p "$(dirname "$output")"
"$cxx" -shared -o "$output" "$objects"/*.o -L"$lib" "-Wl,-rpath,$lib" "${libraries[@]}" -ldl
