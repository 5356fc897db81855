#!/usr/bin/env bash
# What the build needs: checks for it, and installs what is missing on Debian and Ubuntu. Quick when nothing is.
# The other scripts call it; it can be run by itself too.
set -euo pipefail

say() { printf '%s\n' "setup: $*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
installed() { have dpkg-query && [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]; }

check_sdk() {
  have dotnet || die "the .NET SDK 10 is missing. Install it (https://dotnet.microsoft.com/download/dotnet/10.0), put 'dotnet' on the PATH, and run again."
  local sdks major=0 line
  sdks=$(dotnet --list-sdks)
  while IFS= read -r line; do
    line=${line%%.*}
    case $line in '' | *[!0-9]*) continue ;; esac
    if [ "$line" -gt "$major" ]; then major=$line; fi
  done <<<"$sdks"
  [ "$major" -ge 10 ] || die "the .NET SDK found is version '${sdks:-none}', the build needs 10. Install it (https://dotnet.microsoft.com/download/dotnet/10.0), and run again."
}

# A libtorch that the system's packages do not provide: LIBTORCH, or the one inside the active Python's torch.
has_own_libtorch() {
  if [ -n "${LIBTORCH:-}" ]; then return 0; fi
  local python folder
  python=$(command -v python3 || command -v python || true)
  [ -n "$python" ] || return 1
  folder=$("$python" -c 'import importlib.util as u; s = u.find_spec("torch"); print(s.submodule_search_locations[0] if s else "")' </dev/null 2>/dev/null) || return 1
  [ -n "$folder" ] && [ -e "$folder/include/ATen/ATen.h" ]
}

# The Debian packages that are missing, one a line.
missing_packages() {
  have cmake || echo cmake
  have c++ || have g++ || have clang++ || echo g++
  have make || have ninja || echo make
  if ! has_own_libtorch; then
    if ! installed libtorch-dev && [ ! -e /usr/include/ATen/ATen.h ]; then echo libtorch-dev; fi
    # Debian's libtorch computes with the system's BLAS; the reference one is some twenty times slower.
    if have dpkg-query && ! fast_blas_selected && ! installed libopenblas0-pthread; then echo libopenblas0-pthread; fi
  fi
}

blas_library() {
  local library
  for library in /usr/lib/*-linux-gnu*/libblas.so.3; do
    if [ -e "$library" ]; then readlink -f "$library"; return 0; fi
  done
  return 1
}

fast_blas_selected() {
  local library
  library=$(blas_library) || return 1
  case $library in */blas/*) return 1 ;; *) return 0 ;; esac
}

install_packages() {
  local root=()
  have apt-get || die "missing: $*. This is not Debian or Ubuntu: install them (or their like) with the system's package manager, or point LIBTORCH to an unpacked libtorch, and run again."
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || die "missing: $*. Install them as root with 'apt-get install $*', and run again."
    root=(sudo)
  fi
  say "installing $* with apt-get"
  "${root[@]}" apt-get update -qq </dev/null >&2 || say "apt-get update failed; trying with the package lists at hand"
  local package
  for package in "$@"; do
    apt-cache show "$package" >/dev/null 2>&1 || die "this release has no package '$package'. $(advice_without "$package")"
  done
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >&2 \
    || die "apt-get could not install $*. Install them by hand, and run again."
}

advice_without() {
  case $1 in
    libtorch-dev) echo "Install PyTorch for the active Python (pip install torch), or unpack a libtorch and set LIBTORCH to its folder, and run again." ;;
    *) echo "Install what it stands for by hand, and run again." ;;
  esac
}

# OpenBLAS may be installed and still not be the one in use.
select_fast_blas() {
  local library folder link
  if has_own_libtorch || ! library=$(blas_library) || fast_blas_selected; then return 0; fi
  folder=$(dirname "$(dirname "$library")")
  link="libblas.so.3-$(basename "$folder")"
  if [ "$(id -u)" -eq 0 ] && [ -e "$folder/openblas-pthread/libblas.so.3" ]; then
    say "the slow reference BLAS is selected; selecting OpenBLAS"
    update-alternatives --set "$link" "$folder/openblas-pthread/libblas.so.3" >/dev/null
    update-alternatives --set "${link/blas/lapack}" "$folder/openblas-pthread/liblapack.so.3" >/dev/null || true
  else
    say "warning: the slow reference BLAS is selected. Select OpenBLAS as root: update-alternatives --config $link"
  fi
}

check_sdk
missing=$(missing_packages)
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086  # one word a package
  install_packages $missing
fi
select_fast_blas
