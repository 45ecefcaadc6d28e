#!/usr/bin/env bash
# format.sh - clang-format over all C++ sources; with --check it changes nothing and fails where it would.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(command -v clang-format-19 || command -v clang-format || true)
if [[ -z $program ]]; then
  echo "format: no clang-format; install clang-format-19" >&2
  exit 1
fi
mode=(-i)
if [[ ${1:-} == --check ]]; then mode=(--dry-run --Werror); fi
find percept cli examples tests benchmarks \( -name '*.h' -o -name '*.cpp' \) -print0 | xargs -0 -r -n 50 "$program" "${mode[@]}"
