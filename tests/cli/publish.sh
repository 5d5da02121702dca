# SPDX-License-Identifier: Apache-2.0
# Proves: verify --publishable passes a run of the whole suite, or of a cut that was declared, and
# names each fault of a trace that was tampered with and sealed anew: of the seal, of completeness,
# identity, results, numbers and host; with the exit codes of docs/CLI.md. Fails if: a fault goes by,
# has another code, takes more than one line, or a good trace is refused.
. "$(dirname "$0")/lib.sh"
need_pocl
here=$RB_SOURCE_DIR/tests/cli
if ! command -v python3 >/dev/null; then
  skip "no python3, so nothing of this script was tested"
  exit 77
fi
mkdir suites
cat >suites/publish.yaml <<'YAML'
suite: publish
about: a checked cell and timed ones
parts:
  - part: check
    mode: check
    d: 8
    r: 2
    m: 4
    T: 2
    n1: 8
    n2: 8
  - part: time
    mode: time
    d: [8, 16]
    r: 2
    m: 4
    T: 2
    n1: 8
    n2: 8
    backend: [native, clblast]
    repetitions: 10
    budget_s: 0
YAML
export RELUBENCH_SUITES=$PWD/suites
publishable() { # trace, pattern on standard output
  relubench verify --publishable "$1"
  expect_exit 0
  expect_stdout "^$1: publishable$"
  expect_stdout "${2-.}"
  expect_no_stderr
}
fault() { # exit code, area, pattern, fault of publishtrace.py
  told="publishtrace.py $4" code=-
  expect "$4 is planted" python3 -B "$here/publishtrace.py" run.gz bad.gz "$4"
  relubench verify --publishable bad.gz
  expect_exit "$1"
  expect_stdout '^bad.gz: NOT publishable, '
  expect_stdout "^  $2: .*$3"
  expect_no_stderr
}
relubench run publish -o run.gz --quiet
expect_exit 0
python3 -B "$here/publishtrace.py" run.gz good.gz
relubench verify good.gz # the copy is sealed as the tool does
expect_exit 0
publishable good.gz
relubench verify good.gz --publishable --json
expect_stdout '"publishable": true'
relubench verify --publishable good.gz good.gz --format csv
expect "a row for each trace" [ "$(grep -c '^good.gz,true,' out)" = 2 ]
relubench verify --publishable good.gz --format md
expect_stdout '^\| good.gz'

# A cut that is declared: what is told is no fault.
relubench run publish -o cut.gz -a d=8 -b native --quiet
python3 -B "$here/publishtrace.py" cut.gz declared.gz
publishable declared.gz '^  completeness: note: a declared cut of the suite: -a d=8 -b native$'

# The seal.
cp good.gz bad.gz
cp good.gz.manifest.json bad.gz.manifest.json
printf 'x' | dd of=bad.gz bs=1 seek=400 conv=notrunc 2>dd.err
relubench verify --publishable bad.gz
expect_exit 5
expect_stdout '^  seal: bad.gz: block '
rm bad.gz.manifest.json
relubench verify --publishable bad.gz
expect_exit 5
relubench verify --publishable nosuch.gz good.gz
expect_exit 5
expect_stdout '^nosuch.gz: NOT publishable, 1 fault$'
expect_stdout '^  seal: cannot open the trace nosuch.gz'
expect_stdout '^good.gz: publishable$'
fault 6 seal 'not sealed' unsealed

# Completeness.
fault 6 completeness 'the end record is missing' no-end
fault 6 completeness 'the run ended with exit code 4' end.exit_code=4
fault 6 completeness 'does not say how the run ended' end.exit_code=
fault 7 completeness '5 cells were planned, the end record counts 5, and 4 are there' uncounted
fault 7 completeness '1 of the suite.s 5 cells are missing, the first in part time, id ' uncounted
fault 7 completeness '1 of the suite.s 5 cells are missing' fewer
fault 7 completeness '5 cells were planned, the end record counts 4' end.n_done=4
fault 7 completeness '1 cells are there more than once' twice
fault 7 completeness '1 cells are none of this program.s suite' extra
fault 6 completeness '2 runs are in the trace' two-runs
fault 6 completeness "cannot be told: unknown suite 'nosuch'" 'run.suite="nosuch"'
fault 6 completeness 'its suite has no name to find' 'run.suite="../suites/publish.yaml"'
fault 6 completeness 'its override .-x. is none' 'run.overrides={"1":"-x"}'
fault 6 completeness "its backend 'gpu' is none" 'run.overrides={"1":"-b gpu"}'
fault 6 completeness 'time .*: it was not timed' cell.times_ns=null
fault 6 completeness 'a repetition took no time' still
fault 6 completeness 'no roofs were measured before the timed cells' no-before
fault 6 completeness 'no roofs were measured before and after' no-roofs
fault 6 completeness 'roofs measured before the timed cells failed: no rate' roof.roof_gb_per_s=0
fault 6 completeness 'roofs measured before the timed cells failed: of memory' 'roof.reason="of memory"'
fault 6 completeness 'not said when the run began and ended' 'end.finished="yesterday"'

# Identity.
fault 6 identity 'the suite.s hash is [0f]{12}, in this program .* another version of suite publish' \
  "run.suite_hash=\"$(printf '0%.0s' {1..64})\""
fault 6 identity 'the suite.s hash is missing' run.suite_hash=
for field in tool_version git_revision command started host libraries; do
  fault 6 identity "the header does not say .$field" run.$field=
done
fault 6 identity 'built from changed sources \(revision 0123-dirty\)' 'run.git_revision="0123-dirty"'
fault 6 identity 'built from sources without a revision' 'run.git_revision="unknown"'
fault 6 identity 'OpenCL layers were loaded \(liblayer.so\)' 'run.layers="liblayer.so"'
for field in device device_name platform driver; do
  fault 6 identity "1 records of cells and roofs do not say .$field" cell.$field=
done
fault 6 identity '2 devices are in the trace' two-devices
fault 6 identity '.driver. is not the same in all cells' two-drivers

# Results.
fault 4 result 'wrong: no reason' 'cell.status="wrong"'
fault 5 result 'time .*: failed: .x1b.31mred' hostile
fault 6 result 'outside: ' 'cell.status="outside"'
fault 6 result 'interrupted: ' 'cell.status="interrupted"'
fault 4 result 'it is not verified' cell.verified=false
fault 4 result 'called verified, with an error of 2 times' cell.verify_error=2.0
fault 4 result 'called verified, with an error of nan' cell.verify_error=null

# Numbers.
fault 6 plausibility '9 repetitions, at least 10 are wanted' few
fault 6 plausibility 'a median of .* is stated, its repetitions make' median
fault 6 plausibility 'flop and .* samples are stated, its shape makes' cell.flop=1.0
fault 6 plausibility 'flop and .* samples are stated, its shape makes nan' cell.d=0
fault 6 plausibility 'operations are stated to be done, its shape makes' spared
fault 6 plausibility 'operations are stated to be done, its shape makes' overdone
fault 6 plausibility 'GFLOP/s are stated, its median makes' faster
fault 6 plausibility 'GFLOP/s are above the roof of the same run' above
fault 6 plausibility 'GFLOP/s are called implausible: above the roofs' cell.plausible=false
fault 6 plausibility 'is of no roof of this run' fraction
fault 6 plausibility 'not said which clock timed it' 'cell.clock="sundial"'
fault 6 plausibility 'timed by the host.s clock .* and other cells by the device' 'cell.clock="host: slow"'
fault 6 plausibility 'its phases take .* that clock is wrong' phases
fault 6 plausibility 'the run ended [0-9]+ s before it began' backwards
fault 6 plausibility 'the repetitions take .* s, but the run lasted [0-9]+ s' slow
python3 -B "$here/publishtrace.py" run.gz host.gz host-clock
publishable host.gz 'plausibility: note: all 4 timed cells by the host.s clock: host: the device.s stood still'
python3 -B "$here/publishtrace.py" run.gz wide.gz cell.target_met=false
publishable wide.gz 'plausibility: note: time .*: the interval is wider than the suite asks'

# Host.
fault 6 host 'the host was busy when the run began: load average 0.95' load
fault 6 host 'does not say how busy the host was' no-load
fault 6 host 'the compute roof scattered by 1[0-9] %' scatter
fault 6 host 'it was run with --check' checked

# Several faults of one trace: a line each, the worst code.
relubench verify --publishable bad.gz --json
expect_exit 6
fault 7 completeness 'missing' fewer
expect "each fault is one line" [ "$(grep -c '^  ' out)" = "$(($(wc -l <out) - 1))" ]
finish
