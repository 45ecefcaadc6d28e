#!/usr/bin/env bash
# build.sh - configures and builds one preset. Usage: build.sh [PRESET] [TARGET...]   (default: release, all)
# CMake's chatter is shown only where it fails; the summary of what is on or off always.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
shift || true

log=build/$preset/configure.log
mkdir -p "build/$preset"
if ! cmake --preset "$preset" >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
sed -n '/^-- Percept /,/^-- Configuring done/{/^-- Configuring done/!p}' "$log" | sed 's/^-- //'

# One job per core, fewer where memory is short: a compiler takes up to 1 GiB.
cores=$(nproc)
memory_gib=$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo 2>/dev/null || echo "$cores")
jobs=$((memory_gib < cores ? memory_gib : cores))
jobs=$((jobs < 1 ? 1 : jobs))
export CCACHE_NOHASHDIR=1
targets=()
if [[ $# -gt 0 ]]; then targets=(--target "$@"); fi
cmake --build --preset "$preset" --parallel "$jobs" "${targets[@]}"
