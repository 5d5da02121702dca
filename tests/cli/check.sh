# SPDX-License-Identifier: Apache-2.0
# Proves: check gives each state and exit code: 0 the same, 1 a regression that fresh runs confirm and
# counts that differ, 4 a wrong result, 5 a failed cell and a damaged trace, 6 another device, another
# suite, too few runs, a suspicion and a busy machine, 7 a missing cell; if several apply the first of
# 5, 4, 7, 1, 6. What is not 0 says what to do next. Fails if a code changes, if one run a side or the
# first stage alone decides, if JUnit has a failure that is none or lacks one, if a load looks like a regression, or if a line is wider than 120 columns.
. "$(dirname "$0")/lib.sh"
here=$RB_SOURCE_DIR/tests/cli
export RELUBENCH_CACHE=$RB_WORK_DIR/cache # no margin that others have calibrated
if ! command -v python3 >/dev/null; then
  skip "no python3, so nothing of this script was tested"
  exit 77
fi
# Five runs NAME1.gz.. with their own noise.
runs() { # name, first seed, key=value...
  python3 "$here/gatetrace.py" "$1.gz" runs=5 "seed=$2" "${@:3}" || failed "gatetrace.py $*"
}
# Arguments that name all five runs of a side.
more() { local i; for i in ${3-1 2 3 4 5}; do printf -- '--%s %s%s.gz ' "$1" "$2" "$i"; done; }
check() { # exit code, pattern on standard output, arguments
  local wanted=$1 pattern=$2
  shift 2
  relubench check "$@"
  expect_exit "$wanted"
  expect_stdout "$pattern"
  expect_no_stderr
  expect "no line is wider than 120" not grep -Eq '^.{121}' out
  expect "what is next, where it is not 0" [ "$(grep -c '^next: ' out | sed 's/[1-9].*/1/')" = $((wanted != 0)) ]
  relubench check "$@" --json
  expect_exit "$wanted"
  expect "json has the code" grep -q "\"exit_code\": $wanted," out
  n_gates=$((n_gates + 1))
  cp out gate$n_gates.json
  relubench check "$@" --format junit --junit also.xml
  expect_exit "$wanted"
  cp out gate$n_gates.xml
  expect "--junit writes the same" cmp out also.xml
}
n_gates=0
# Both sides in full: base and new by name, then more arguments.
five() { # code, pattern, base, new, more...
  local code=$1 pattern=$2 base=$3 new=$4
  shift 4
  # shellcheck disable=SC2046
  check "$code" "$pattern" "${base}1.gz" "${new}1.gz" $(more base "$base" '2 3 4 5') $(more new "$new" '2 3 4 5') "$@"
}
runs base 10
runs same 20
runs slow 30 slower=1.08
runs again 40 slower=1.08
runs fast 50 slower=0.9
five 0 '^no regression: of 4 cells 4 same; margin 2' base same
five 0 '^no regression: of 4 cells 3 same, 1 faster' base fast
# A suspicion is none until fresh runs say so; then it is a regression, or none.
five 6 '^inconclusive: of 4 cells 3 same, 1 unsure' base slow
relubench check base1.gz slow1.gz $(more base base '2 3 4 5') $(more new slow '2 3 4 5')
expect_stdout '^a native.*: suspect: slower at first, and not confirmed on fresh data yet'
expect_stdout '^next: suspects: run the suite again, 3 times or more, and add each trace with --confirm'
five 1 '^regression: of 4 cells 3 same, 1 slower' base slow $(more confirm again)
five 0 '^no regression: of 4 cells 4 same' base slow $(more confirm same)
five 0 '^no regression' base slow --margin 15%
# What is no suspect is explained by the runs that decided, not by a fresh one that came along.
runs rough 80 noise=0.03
five 6 '^a native: a shift of .* is possible' base rough --confirm rough1.gz
# One run a side decides nothing, however far apart.
check 6 '1 and 1 runs cannot decide anything; 3 a side are the least' base1.gz slow1.gz
check 6 '^inconclusive: of 4 cells 1 same, 3 unsure' base1.gz same1.gz
# A slower host whose roof fell with the rates is not slower; one that is busy in bursts is unsure.
runs half 60 roof=0.97
five 0 '^no regression: of 4 cells 4 same' base half
runs busy 70 load=0.5 average=2.2
five 6 '^inconclusive: of 4 cells 1 same, 3 unsure' base busy
relubench check base1.gz busy1.gz $(more base base '2 3 4 5') $(more new busy '2 3 4 5') $(more confirm busy)
expect_exit 6
expect_stdout '^note: the host was busy when a run of the new side began: load average 1[.]10'

# What needs no statistics.
make() { python3 "$here/gatetrace.py" "$@" || failed "gatetrace.py $*"; }
make short.gz n=3
check 7 '^d native.*: not in the new run$' base1.gz short.gz
make wrong.gz status=wrong
check 4 '^b native.*: wrong: planted$' base1.gz wrong.gz
make failed.gz status=failed
check 5 '^b native.*: failed: planted$' base1.gz failed.gz
make other.gz device=another
check 6 '^not comparable: of 4 cells 4 not-comparable' base1.gz other.gz
relubench check base1.gz other.gz
expect_stdout 'the new run is of another device: another'
make suite.gz suite=different
check 6 'the new run is of another suite: no cell in common' base1.gz suite.gz
make driver.gz driver=2.0
check 6 '^note: another driver: 1.0 in the baseline, 2.0 here' base1.gz driver.gz
make evil.gz 'status=wrong' 'reason=<b>"&amp;'"'"' ]]>'
check 4 ': wrong: <b>"&amp;' base1.gz evil.gz
make host.gz 'clock=host: planted'
check 6 '^a native.*: one side is timed by the device, the other by the host' base1.gz host.gz
make extra.gz extra=1
check 1 '^c native.*: launches of head/product: 3, were 2$' base1.gz extra.gz
make variant.gz variant=vector4 extra=1
check 6 'other kernels, so counts are not compared: vector4, were vector8' base1.gz variant.gz
make all.gz n=3 status=failed extra=1
check 5 '^cells failed' base1.gz all.gz
make four.gz n=3 status=wrong extra=1
check 4 '^wrong results' base1.gz four.gz
make seven.gz n=3 extra=1
check 7 '^cells are missing' base1.gz seven.gz
make none.gz n=0
refuses 6 'the baseline has no cells' check none.gz base1.gz
check 7 'of 4 cells 4 missing' base1.gz none.gz

# The same in JUnit XML, all of it.
expect "JUnit says what JSON says" python3 -B "$here/exports.py" judged gate*.xml
if command -v xmllint >/dev/null; then
  expect "it keeps the schema" xmllint --noout --schema "$here/junit.xsd" gate*.xml
else
  skip "no xmllint (libxml2-utils): JUnit XML was not checked against the schema"
fi

# Damage.
golden=$RB_SOURCE_DIR/tests/fixtures/golden.jsonl.gz
head -c 3000 "$golden" >cut.gz
refuses 5 'cut.gz' check base1.gz cut.gz
cp "$golden.manifest.json" cut2.gz.manifest.json
cp cut.gz cut2.gz
refuses 5 'cut2[.]gz is damaged or cut: .*relubench verify' check "$golden" cut2.gz
refuses 5 'cannot open' check base1.gz absent.gz
refuses 2 'which traces' check base1.gz
refuses 2 'two traces, BASE and NEW' check a b c
for bad in 0 -1 x 2 '' nan; do refuses 2 '--margin .*: a fraction above 0' check a b --margin "$bad"; done
relubench check base1.gz same1.gz --junit also.xml
expect "a table beside the file" grep -q '^no regression\|^next: ' out
refuses 2 '--junit: .*no folder nowhere' check base1.gz same1.gz --junit nowhere/junit.xml
refuses 2 '--junit: .*not a regular file' check base1.gz same1.gz --junit .
refuses 2 '--format xml: unknown format; try table, json, csv, md or junit' check a b --format xml
relubench check base1.gz extra.gz --format csv
expect "a row for each cell" [ "$(wc -l <out)" = 5 ]
relubench check base1.gz extra.gz --format md
expect_exit 1
expect "one table" [ "$(grep -c '^| ---' out)" = 1 ]
relubench check base1.gz extra.gz --json
expect "json is JSON" python3 -m json.tool out
finish
