#!/usr/bin/env bash
# deps.sh - installs the Debian packages that a build needs; does nothing, quickly, where all are there.
# Usage: deps.sh [--full]   --full adds what `make test-full` needs (clang for the fuzz targets).
set -euo pipefail

packages=(
  g++ make cmake ninja-build ccache git python3                      # tools
  libdnnl-dev ocl-icd-opencl-dev                                     # oneDNN (optional: PERCEPT_ONEDNN=OFF)
  libhwy-dev zlib1g-dev nlohmann-json3-dev libtomlplusplus-dev       # the library
  libpng-dev libjpeg-dev                                             # reading pictures (optional)
  libgtest-dev libgmock-dev                                          # the tests
  dataset-fashion-mnist                                              # the data of the demo and the tests
)
if [[ ${1:-} == --full ]]; then
  packages+=(clang-19 libclang-rt-19-dev)
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "deps: this is no Debian system, so nothing was installed. Install the equivalents of:" >&2
  printf '  %s\n' "${packages[@]}" >&2
  echo "then run: cmake --preset release && cmake --build --preset release" >&2
  exit 1
fi

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
  grep -qx "installed $package" <<<"$installed" || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then
  echo "deps: all ${#packages[@]} packages are installed"
  exit 0
fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "deps: neither root nor sudo; as root, run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "deps: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
