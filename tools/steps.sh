# steps.sh - `step NAME COMMAND...` runs a command and says how many seconds it took. Sourced, not run.

step() {
  local name=$1 start=$SECONDS code=0
  shift
  echo "== $name"
  "$@" || code=$?
  if [[ $code -ne 0 ]]; then
    echo "== $name: failed with exit code $code after $((SECONDS - start)) s"
    return "$code"
  fi
  step_times+=("$(printf '%6d s  %s' $((SECONDS - start)) "$name")")
  echo "== $name: $((SECONDS - start)) s"
}

step_times=()
