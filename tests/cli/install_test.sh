#!/usr/bin/env bash
# install_test.sh - an installed Percept builds a user's project, and gives it as many ops and kernels as the build
# tree's static and shared libraries do: a link that drops one would only be slower, and nobody would see it.
set -euo pipefail
: "${PERCEPT_SOURCE:?}" "${PERCEPT_BUILD:?}"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$PERCEPT_BUILD/tests/link_percept" >"$folder/tree.txt"
"$PERCEPT_BUILD/tests/link_other" >"$folder/other.txt"
diff "$folder/tree.txt" "$folder/other.txt"

cmake --install "$PERCEPT_BUILD" --prefix "$folder/prefix" >"$folder/install.log"
# The build's own flags (sanitizers) must reach the user's program too; its type and compiler may not differ.
grep -E '^(CMAKE_CXX_COMPILER|CMAKE_BUILD_TYPE):' "$PERCEPT_BUILD/CMakeCache.txt" | sed 's/^/-D/' >"$folder/arguments"
sanitize=$(sed -n 's/^PERCEPT_SANITIZE:[^=]*=//p' "$PERCEPT_BUILD/CMakeCache.txt")
if [[ -n $sanitize ]]; then echo "-DCMAKE_CXX_FLAGS=-fsanitize=$sanitize" >>"$folder/arguments"; fi
mapfile -t arguments <"$folder/arguments"
cmake -S "$PERCEPT_SOURCE/tests/install" -B "$folder/build" -G Ninja -DCMAKE_PREFIX_PATH="$folder/prefix" \
  "${arguments[@]}" >"$folder/configure.log" || { cat "$folder/configure.log"; exit 1; }
cmake --build "$folder/build" >"$folder/build.log" || { cat "$folder/build.log"; exit 1; }
"$folder/build/user" >"$folder/installed.txt"
diff "$folder/tree.txt" "$folder/installed.txt"

for file in include/percept/version.h include/percept/core/tensor.h; do
  [[ -f $folder/prefix/$file ]] || { echo "not installed: $file"; exit 1; }
done
if [[ -e $folder/prefix/include/percept/backends ]]; then echo "backends were installed; nobody includes them"; exit 1; fi
if [[ -n ${PERCEPT_BIN:-} ]]; then "$folder/prefix/bin/percept" --version >/dev/null; fi
echo "$(grep -c '^op ' "$folder/installed.txt") ops, $(grep -c '^kernel ' "$folder/installed.txt") kernels, linked in three ways"
