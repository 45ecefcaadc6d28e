#!/usr/bin/env bash
# test.sh - `make test`: packages, build, tests. The last line is "N passed, N failed[, N skipped]".
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/steps.sh

step packages tools/deps.sh
step build tools/build.sh release

start=$SECONDS
echo "== tests"
code=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT
tools/run_tests.sh release "$@" | tee "$output" || code=$?
step_times+=("$(printf '%6d s  %s' $((SECONDS - start)) tests)")

printf '%s\n' "${step_times[@]}"
tail -n 1 "$output"
exit "$code"
