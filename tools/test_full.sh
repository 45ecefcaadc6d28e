#!/usr/bin/env bash
# test_full.sh - `make test-full`: what takes too long for every day. Resumable: a step that passed on exactly these
# sources leaves a stamp in build/test-full/<tree>/, and is skipped the next time.
# FUZZ_SECONDS (default 60) is the time of each fuzz target.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/steps.sh

# The tree as it is now, committed or not: a scratch index, so that the user's stays as it is.
tree_hash() {
  local index
  index=$(mktemp)
  cp "$(git rev-parse --git-path index)" "$index" 2>/dev/null || rm -f "$index"
  GIT_INDEX_FILE=$index git add -A .
  GIT_INDEX_FILE=$index git write-tree
  rm -f "$index"
}
stamps=build/test-full/$(tree_hash)
mkdir -p "$stamps"
skipped=()
failed=()

# Runs a step unless its stamp is there; a failure is remembered, and the other steps still run.
once() {
  local name=$1
  if [[ -e $stamps/$name ]]; then
    skipped+=("$name")
    return
  fi
  if step "$@"; then touch "$stamps/$name"; else failed+=("$name"); fi
}

build_and_test() {
  tools/build.sh "$1" && tools/run_tests.sh "$1"
}

# The rooms whose threads meet, and no others: everything is ten times slower here.
threads_test() {
  local targets=() room
  for room in base core ops cpu data graph train; do
    if grep -rqlE '^TEST|^TYPED_TEST' --include='*_test.cpp' "percept/$room" "percept/backends/$room" 2>/dev/null; then
      targets+=("test_$room")
    fi
  done
  tools/build.sh tsan "${targets[@]}" || return
  local program
  for program in "${targets[@]}"; do
    "build/tsan/tests/$program" --gtest_brief=1 || return
  done
}

# One target for FUZZ_SECONDS; what it finds of interest stays in build/, findings in build/fuzz/findings/.
fuzz_target() {
  local target=$1 found=build/fuzz/corpus/$1
  mkdir -p "$found" build/fuzz/findings
  "build/fuzz/tests/fuzz/fuzz_$target" "$found" "tests/fuzz/corpus/$target" -max_total_time="${FUZZ_SECONDS:-60}" \
    -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 -artifact_prefix="build/fuzz/findings/$target-"
}

# As a part of a user's project, built whole (make test only configures that).
library_test() {
  tools/build.sh release percept percept_other percept_cli || return
  PERCEPT_SOURCE=$PWD PERCEPT_BUILD=$PWD/build/release PERCEPT_BIN=$PWD/build/release/percept \
    python3 tests/cli/library_test.py full
}

step packages tools/deps.sh --full
once asan build_and_test asan
once minimal build_and_test minimal
once library library_test
once fuzz_build tools/build.sh fuzz
for source in tests/fuzz/*_fuzz.cpp; do
  [[ -e $source ]] || continue
  target=$(basename "$source" _fuzz.cpp)
  once "fuzz_$target" fuzz_target "$target"
done
once tsan threads_test

printf '%s\n' "${step_times[@]}"
for name in "${skipped[@]}"; do echo "     skipped  $name (passed before on these sources: $stamps/$name)"; done
for name in "${failed[@]}"; do echo "      FAILED  $name"; done
total=$(find "$stamps" -type f | wc -l)
echo "$total steps passed, ${#failed[@]} failed"
[[ ${#failed[@]} -eq 0 ]]
