# SPDX-License-Identifier: Apache-2.0
# Proves: ReFrame runs tests/reframe/relubench.py against the program: passes with a rate and a roof
# where every cell is verified, fails where one is wrong or the program cannot be run. Fails if: an
# option or a name in the JSON changes, or a wrong cell passes. Needs `reframe` of ReFrame-HPC 4 in
# PATH, or its path in RB_REFRAME; skipped aloud without it.
. "$(dirname "$0")/lib.sh"
need_pocl
reframe=${RB_REFRAME-$(command -v reframe)}
if [ -z "$reframe" ] || ! "$reframe" --version >version 2>&1 || ! grep -q '^4[.]' version; then
  skip "no reframe 4 (ReFrame-HPC; RB_REFRAME names it), so its test was not run"
  exit 77
fi
mkdir suites
sed 's/suite: timed/suite: quick/' timed.yaml >suites/quick.yaml
{ cat tiny.yaml && printf '  - part: never\n    mode: learn\n    d: 8\n    r: 2\n    m: 4\n    expect: ratio > 1000\n'; } |
  sed 's/suite: tiny/suite: wrong/' >suites/wrong.yaml
export RELUBENCH_SUITES=$PWD/suites RELUBENCH=$RB_PROGRAM HOME=$PWD TMPDIR=$PWD RFM_COLORIZE=n
check() { other "$reframe" --prefix "$PWD/$1" -c "$RB_SOURCE_DIR/tests/reframe/relubench.py" -r "${@:2}"; }
check right -S RelubenchTest.device=pocl --performance-report
expect_exit 0
expect_stdout 'PASSED.* Ran 1/1 test case'
expect_stdout 'P: time_native_d8_m4_T2: [0-9.e-]+ GFLOP/s'
expect_stdout 'P: roof: [0-9.e-]+ GFLOP/s'
check options -S RelubenchTest.options='-a d=16 -d pocl'
expect_exit 0
expect_stdout 'time_native_d16_m4_T2'
check wrong -S RelubenchTest.suite=wrong
expect_exit 1
expect_stdout '1 of 2 cells are verified|exit code 4|exitcode|2 cells'
check nodevice -S RelubenchTest.device=nosuchdevice
expect_exit 1
RELUBENCH=/nosuch check noprogram
expect_exit 1
finish
