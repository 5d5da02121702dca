# SPDX-License-Identifier: Apache-2.0
# Proves: `run --resume` completes a run that was interrupted, killed, ran into a full disk or had cells
# that failed, to what an uninterrupted one gives; it refuses what is not the same run, in one line and
# with the trace as it was, unless it is told to go on, which the trace then says; two processes never
# write one trace. kills.sh kills it at every place. Fails if a done cell runs again, one that is not
# done is left out, records of another program or driver are mixed in unseen, or a lock is not held.
. "$(dirname "$0")/lib.sh"
need_pocl
if ! command -v python3 >/dev/null; then
  skip "no python3: resumed traces were not compared"
  exit 77
fi
here=$(cd "$(dirname "$0")" && pwd)
resumes() { python3 "$here/resumes.py" "$@"; }
same() { expect "$2 is as $1" resumes same "$1" "$2"; }
count() { zcat "$1" | grep -c "$2"; }
whole() {
  relubench verify "$1"
  expect_exit 0
  expect_stdout "$1: intact, sealed"
}
cat >small.yaml <<'YAML'
suite: small
parts:
  - part: check
    mode: check
    d: 8
    r: 2
    m: 4
    n1: 8
    n2: 8
    T: 1..6
    backend: [native, reference]
YAML
relubench run small.yaml -o whole.gz --quiet
expect_exit 0

# Nothing to do; nothing there; no options that make no sense.
cp whole.gz before.gz
relubench run small.yaml -o whole.gz --resume
expect_exit 0
expect "it says so" grep -q '^nothing to do: all 12 cells are done$' err
expect_stdout '12 +' # the summary is shown as ever
expect "the trace is as it was" cmp whole.gz before.gz
relubench run small.yaml -o new.gz --resume
expect_exit 0
whole new.gz
same whole.gz new.gz
expect "a run that begins is none that goes on" not grep -q '"type":"resume"\|"resumed"' <(zcat new.gz)
refuses 2 '^relubench run: --resume: which trace' run small.yaml --resume
refuses 2 'give one of them' run small.yaml -o whole.gz --resume --force
refuses 2 'leave --resume out' run small.yaml -o whole.gz --resume --dry-run
refuses 2 'is there already; .*go on with it \(--resume\)' run small.yaml -o whole.gz
refuses 5 'tiny.yaml is not a trace' run small.yaml -o tiny.yaml --resume
refuses 5 'is not a regular file' run small.yaml -o /dev/null --resume
mkdir folder
refuses 5 'folder' run small.yaml -o folder --resume
ln -s whole.gz link.gz
refuses 5 'link.gz is a symbolic link' run small.yaml -o link.gz --resume
refuses 2 'no folder nosuch' run small.yaml -o nosuch/a.gz --resume
expect "no file was touched" cmp whole.gz before.gz
RELUBENCH_DEVICE=nosuch refuses 3 'no device matches|there are' run small.yaml -o made.gz --resume
expect "no empty trace is left" not test -e made.gz

# Not the same run.
cat whole.gz whole.gz >two.gz
refuses 5 'two.gz holds several runs' run small.yaml -o two.gz --resume
not_the_same() { # pattern, more arguments; the trace stays, and --resume-anyway takes it and says so
  local pattern=$1
  shift
  cp "$trace" other.gz
  cp "$trace.manifest.json" other.gz.manifest.json
  refuses 2 "$pattern.*; to go on all the same: --resume-anyway" run "$@" -o other.gz --resume
  expect "it is as it was" cmp "$trace" other.gz
  relubench run "$@" -o other.gz --resume-anyway --quiet
  expect_exit 0
}
mixed() {
  whole other.gz
  expect "what differs is in the trace: $1" grep -Eq "\"type\":\"resume\".*\"mixed\":\"[^\"]*$1" <(zcat other.gz)
  relubench verify other.gz --publishable
  expect_stdout 'was resumed'
}
trace=whole.gz
sed 's/1\.\.6/1..7/' small.yaml >more.yaml && sed -i 's/suite: small/suite: more/' more.yaml
not_the_same 'begun by `relubench run small.yaml -o whole.gz --quiet`' more.yaml
mixed 'another suite'
expect "only new cells ran" [ "$(count other.gz '"type":"cell"')" = 14 ]
not_the_same 'other options' small.yaml -a d=9
mixed 'other options'
not_the_same 'other options' small.yaml -b native
resumes alter whole.gz failed.gz cell status failed
resumes alter failed.gz old.gz run git_revision feed
trace=old.gz
not_the_same 'by another program' small.yaml
mixed 'another program'
same whole.gz other.gz
head -c $(($(stat -c %s whole.gz) - 28)) whole.gz >unsealed.gz
resumes alter unsealed.gz old.gz cell driver 9.9
not_the_same 'driver 9.9 made cells of the trace' small.yaml
mixed 'driver 9.9'
OPENCL_LAYERS=$RB_LAYER RB_LAYER_NAME=elsewhere RELUBENCH_DEVICE=elsewhere \
  refuses 2 '6 cells of the trace are not in this run, the first on device' run small.yaml -o old.gz --resume

# Damage inside what was committed is no cut.
size=$(stat -c %s whole.gz)
head -c $((size / 2)) whole.gz >cut.gz
cp whole.gz.manifest.json cut.gz.manifest.json
cp cut.gz before.gz
refuses 5 "cut.gz is whole up to byte [0-9]+ only, but its manifest counts $size" run small.yaml -o cut.gz --resume
expect "it is as it was" cmp cut.gz before.gz
relubench run small.yaml -o cut.gz --resume-anyway --quiet
expect_exit 0
whole cut.gz
same whole.gz cut.gz
rm cut.gz.manifest.json
refuses 5 'there is no manifest cut.gz.manifest.json' run small.yaml -o cut.gz --resume

# Cells that failed run again, and count once.
export OPENCL_LAYERS=$RB_LAYER
RB_LAYER_ENQUEUE=40+:-36 relubench run small.yaml -o fault.gz
expect_exit 5
expect "the hint" grep -qx 'the other cells: relubench run small.yaml -d pocl -o fault.gz --resume' err
unset OPENCL_LAYERS
n_hit=$(count fault.gz '"status":"failed"')
expect "some failed" [ "$n_hit" -ge 1 ]
relubench run small.yaml -o fault.gz --resume --quiet
expect_exit 0
whole fault.gz
same whole.gz fault.gz
expect "only those ran again" [ "$(count fault.gz '"type":"cell"')" = $((12 + n_hit)) ]
expect "it says how many were there" grep -q "\"type\":\"resume\".*\"n_kept\":$((12 - n_hit))," <(zcat fault.gz)
relubench show fault.gz --cells --json
expect_exit 0
expect "each cell once" [ "$(grep -c '"id":' out)" = 12 ]
expect "none is failed" not grep -q '"status": "failed"' out
relubench verify fault.gz --json
expect_stdout '"n_failed": 0'

# An interrupt while cells are timed, and meanwhile two more processes for the same file. The hint is a
# line that a shell takes.
sed 's/budget_s: 0/budget_s: 1\n    width: 0.000001/; s/repetitions: 4/repetitions: 1000/; s/suite: timed/suite: slow/' timed.yaml >slow.yaml
file="it's.gz"
told="run slow.yaml, interrupted"
set -m
"$RB_PROGRAM" run slow.yaml -a 'T=1..2 x2' -o "$file" >out.first 2>err.first </dev/null &
pid=$!
set +m
for ((i = 0; i < 1500; i++)); do
  zcat "$file" 2>/dev/null | grep -q '"when":"before"' && break
  sleep .02
done
refuses 5 "cannot lock the trace it's.gz: another process is writing it" run slow.yaml -a 'T=1..2 x2' -o "$file" --resume
refuses 5 "cannot lock the trace it's.gz: another process" run slow.yaml -o "$file" --force
refuses 2 "the trace it's.gz is there already" run slow.yaml -o "$file"
kill -INT "$pid"
wait "$pid"
code=$?
expect_exit 130
hint=$(sed -n 's/^the other cells: //p' err.first)
expect "the hint" [ "$hint" = "relubench run slow.yaml -d pocl -a 'T=1..2 x2' -o 'it'\''s.gz' --resume" ]
expect "two cells were begun" [ "$(count "$file" '"status":"interrupted"')" = 2 ]
eval "$hint"
expect_exit 0
whole "$file"
relubench show "$file" --cells --json
expect "both cells are there, once" [ "$(grep -c '"id":' out)" = 2 ]
expect "none is interrupted" not grep -q '"interrupted": true\|"status": "interrupted"' out
expect "cells and roofs that belong together" [ "$(count "$file" '"type":"\(cell\|roof\)".*"resumed":1')" -ge 4 ]
expect "the code is that of the whole" grep -q '"type":"end".*"exit_code":0,"n_done":2}' <(zcat "$file" | tail -n 1)
relubench verify "$file" --publishable
expect_stdout 'the run was resumed'

# A full disk. The limit on files, which resumes.py uses, is not one of space.
if unshare -rm true 2>expect.err; then
  mkdir disk
  cat >disk.sh <<'SH'
mount -t tmpfs -o size=96k none disk
dd if=/dev/zero of=disk/filler bs=4k count=20 status=none
"$@" && exit 1
[ $? = 5 ] || exit 1
rm disk/filler
"$@" --resume && cp disk/trace.gz* .
SH
  told="a run on a full disk"
  RB_KILL_FILE=trace.gz RB_KILL_CLOCK=1 LD_PRELOAD=$RB_KILL unshare -rm sh disk.sh \
    "$RB_PROGRAM" run small.yaml -a T=1..30 -o disk/trace.gz --quiet >out 2>err
  code=$?
  expect_exit 0
  expect_one_line "cannot write .*disk/trace.gz.*: No space left on device"
  relubench run small.yaml -a T=1..30 -o roomy.gz --quiet
  same roomy.gz trace.gz
else
  skip "no name spaces for a small file system: a full disk was not tried"
fi

finish
