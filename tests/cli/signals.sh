# SPDX-License-Identifier: Apache-2.0
# Proves: SIGINT and SIGTERM end a run in order, whenever they come: exit code 130 or 143, a trace
# that is whole but not sealed (verify: 6), cells done kept, cells begun marked; a second one ends
# the program at once, and so does the first once all cells are done and shown. Fails if: a signal between two steps is lost, the trace is sealed, the code of
# SIGTERM becomes that of SIGINT, or the program must finish first.
. "$(dirname "$0")/lib.sh"
need_pocl
cat >long.yaml <<'YAML'
suite: long
parts:
  - part: check
    mode: check
    d: 8
    r: 2
    m: 4
    n1: 8
    n2: 8
    T: 1..1500
  - part: time
    mode: time
    d: 64
    m: 64
    r: 2
    n1: 64
    n2: 64
    T: 1..20
    repetitions: 1000
    budget_s: 100
    width: 0.000001
YAML
sed 's/suite: long/suite: timing/; s/1\.\.1500/1/' long.yaml >timing.yaml

# Starts a run in its own process group, signals it (the group, as a terminal does) once a pattern
# stands in the trace and some time has passed, and looks at what is left.
interrupted() { # signal, its code, suite, pattern to wait for, seconds to wait after it
  local signal=$1 wanted=$2 suite=$3 pattern=$4 pause=$5 pid i
  rm -f int.gz int.gz.manifest.json
  told="run $suite, $signal $pause s after '$pattern'"
  # A background job of a shell ignores SIGINT unless it has its own group.
  set -m
  "$RB_PROGRAM" run "$suite" -o int.gz >out 2>err </dev/null &
  pid=$!
  set +m
  for ((i = 0; i < 1000; i++)); do
    zcat int.gz 2>/dev/null | grep -q "$pattern" && break
    sleep .02
  done
  sleep "$pause"
  local before
  before=$(zcat int.gz 2>/dev/null | grep -c '"type":"cell"')
  kill -"$signal" -- -"$pid"
  wait "$pid"
  code=$?
  expect_exit "$wanted"
  expect "the end record has the code" grep -q "\"type\":\"end\".*\"exit_code\":$wanted" <(zcat int.gz)
  expect "cells done are kept" [ "$(zcat int.gz | grep -c '"type":"cell"')" -ge "$before" ]
  expect "no cell failed" not grep -q '"status":"failed"' <(zcat int.gz)
  relubench verify int.gz
  expect_exit 6
  expect_stdout 'int.gz: intact, not sealed'
  for format in table json csv md; do
    relubench show int.gz --format $format
    expect_exit 0
  done
  relubench show int.gz
  expect_stdout 'the run did not reach its end: [0-9]+ of [0-9]+ planned cells are here'
}
random() { printf '0.%03d' $((RANDOM % ${1:-400})); }

for _ in 1 2 3; do
  interrupted INT 130 long.yaml '"type":"run"' "$(random)"
  interrupted TERM 143 long.yaml '"type":"run"' "$(random)"
done
interrupted TERM 143 long.yaml '"type":"cell"' "$(random)"
expect "some cells were done" grep -q '"type":"cell".*"status":"ok"' <(zcat int.gz)
for signal in "INT 130" "TERM 143"; do # unquoted on purpose: two words
  interrupted $signal timing.yaml '"when":"before"' "$(random)"
  expect "cells that were begun say so" grep -Eq \
    '"status":"interrupted","reason":"interrupted after [0-9]+ of at least 1000 repetitions"' \
    <(zcat int.gz)
  expect "verified cells are kept" [ "$(zcat int.gz | grep -c '"type":"cell"')" = 21 ]
done

# While kernels are compiled: an empty cache, and the linker of PoCL in the same group.
for _ in 1 2 3; do
  rm -rf cold && mkdir cold
  POCL_CACHE_DIR=$PWD/cold interrupted INT 130 long.yaml '"type":"run"' "$(random 250)"
done

# A second signal does not wait. The cell takes far longer than the test may.
told="run huge, twice INT"
rm -f int.gz*
set -m
"$RB_PROGRAM" run tiny.yaml -o int.gz -b reference -a d=2000 -a m=2000 -a T=1000 >out 2>err &
pid=$!
set +m
until [ -s int.gz.manifest.json ]; do sleep .02; done
sleep .2
kill -INT "$pid"
sleep .3
expect "the first waits for the step" kill -0 "$pid"
kill -INT "$pid"
wait "$pid"
code=$?
expect_exit 130
relubench verify int.gz
expect_exit 6
expect_stdout 'not sealed'

# A run has shown its results before it keeps what was compiled, which takes a while on PoCL: a signal
# then ends it at once, with the code of its cells.
told="run behind its last cell, INT"
rm -rf cold kept && mkdir cold
set -m
POCL_CACHE_DIR=$PWD/cold RELUBENCH_CACHE=$PWD/kept "$RB_PROGRAM" run tiny.yaml -b native -o shown.gz --force \
  >out 2>err </dev/null &
pid=$!
set +m
until grep -q '^trace: ' err; do sleep .02; done
expect_stdout 'cells verified'
expect "programs are being kept" kill -0 "$pid"
kill -INT -- -"$pid"
wait "$pid"
code=$?
expect_exit 0
expect "not all were kept" [ "$(find kept -name 'program-*' 2>/dev/null | wc -l)" -lt \
  "$(zcat shown.gz | grep -o '"n_compiled":[0-9]*' | awk -F: '{ n += $2 } END { print n }')" ]
relubench verify shown.gz
expect_exit 0

# Before anything is written there is nothing to keep.
told="run, INT at once"
set -m
"$RB_PROGRAM" run long.yaml -o at-once.gz >out 2>err &
pid=$!
set +m
kill -INT "$pid"
wait "$pid"
code=$?
expect_exit 130
finish
