#!/usr/bin/env bash
# run_tests.sh - runs the tests of one built preset; the last line is "N passed, N failed[, N skipped]".
# Usage: run_tests.sh [PRESET] [ctest option...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
shift || true

results=$PWD/build/$preset/test_results.xml
rm -f "$results"
# ctest's own verdict is not enough: it does not tell a skipped test from a passed one. Its exit code is kept for
# the case that it fails before any test.
code=0
ctest --preset "$preset" --output-junit "$results" --progress "$@" || code=$?
if [[ ! -s $results ]]; then
  echo "ctest left no results (exit code $code)" >&2
  echo "0 passed, 1 failed"
  exit 1
fi
python3 tools/count_tests.py "$results"
