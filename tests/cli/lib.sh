# SPDX-License-Identifier: Apache-2.0
# Shared by the tests of the command line; sourced, never run. A script runs the program through
# `relubench`, then states what it expects of that run; `finish` ends it, non-zero if any
# expectation failed. Works in an empty folder, RB_WORK_DIR, with a clean environment.
set -u
unset "${!RELUBENCH_@}" "${!OPENCL_@}" "${!OCL_ICD_@}" "${!RUSTICL_@}" "${!RB_LAYER_@}"
export LC_ALL=C RELUBENCH_DEVICE=pocl RELUBENCH_SUITES=$RB_SOURCE_DIR/suites
export POCL_CACHE_DIR=$RB_BUILD_DIR/tests/cli/pocl-cache # compiled kernels, for all scripts
export RELUBENCH_CACHE=$RB_BUILD_DIR/tests/cli/cache     # and never the user's
case $RB_WORK_DIR in */cli/*) rm -rf "$RB_WORK_DIR" ;; *) exit 2 ;; esac
mkdir -p "$RB_WORK_DIR" "$POCL_CACHE_DIR"
cd "$RB_WORK_DIR" || exit 2
n_passed=0 n_failed=0 told='' code=0

# Small suites: one cell that is verified, and the same timed, which also measures the roofs (2 s).
cat >tiny.yaml <<'YAML'
suite: tiny
parts:
  - part: check
    mode: check
    d: 8
    r: 2
    m: 4
    T: 2
    n1: 8
    n2: 8
YAML
cat >timed.yaml <<'YAML'
suite: timed
parts:
  - part: time
    mode: time
    d: 8
    r: 2
    m: 4
    T: 2
    n1: 8
    n2: 8
    repetitions: 4
    budget_s: 0
YAML

passed() { n_passed=$((n_passed + 1)); }
failed() {
  n_failed=$((n_failed + 1))
  printf 'FAILED: %s\n  command: %.300s\n  exit code %s\n' "$1" "$told" "$code"
  sed 's/^/  out: /' out 2>/dev/null | head -n 5 | cut -c1-300
  sed 's/^/  err: /' err 2>/dev/null | head -n 5 | cut -c1-300
}
# Runs the program within $within seconds, 60 by default; its output is then in ./out and ./err, its
# exit code in $code.
relubench() {
  told="relubench $*"
  timeout "${within:-60}" "$RB_PROGRAM" "$@" >out 2>err </dev/null
  code=$?
}
# Any command the same way.
other() {
  told="$*"
  "$@" >out 2>err </dev/null
  code=$?
}
expect_exit() { if [ "$code" = "$1" ]; then passed; else failed "exit code $1"; fi; }
# Exactly one line on standard error, matching the extended regular expression.
expect_one_line() {
  if [ "$(wc -l <err)" = 1 ] && [ -z "$(tail -c 1 err)" ] && grep -Eq -- "$1" err; then passed
  else failed "one line on standard error: $1"; fi
}
expect_no_stderr() { if [ ! -s err ]; then passed; else failed "nothing on standard error"; fi; }
expect_no_stdout() { if [ ! -s out ]; then passed; else failed "nothing on standard output"; fi; }
expect_stdout() { if grep -Eq -- "$1" out; then passed; else failed "on standard output: $1"; fi; }
# A command that must succeed (or not, after "not"); the first word says what it shows.
expect() {
  local what=$1 wanted=0 found=0
  shift
  if [ "$1" = not ]; then wanted=1 && shift; fi
  "$@" >/dev/null 2>expect.err || found=1
  if [ $found = $wanted ]; then passed; else failed "$what: $(head -n 3 expect.err)"; fi
}
# relubench refuses: exit code, pattern of its one line, arguments. No data, no files left.
refuses() {
  local wanted=$1 pattern=$2
  shift 2
  relubench "$@"
  expect_exit "$wanted"
  expect_one_line "$pattern"
  expect_no_stdout
}
skip() { printf 'SKIPPED: %s\n' "$1"; }
need_pocl() {
  relubench list
  if [ $code != 0 ]; then
    skip "no PoCL device, so nothing of this script was tested"
    exit 77
  fi
}
finish() {
  printf '%d expectations held, %d failed\n' "$n_passed" "$n_failed"
  [ "$n_failed" = 0 ] && [ "$n_passed" -gt 0 ]
  exit
}
