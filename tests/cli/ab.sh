# SPDX-License-Identifier: Apache-2.0
# Proves: ab runs both sides in turns, as processes of their own, and finds a planted +8 % and only that
# (1), nothing in a program against itself (0), a wrong cell (4), a failed one (5), a missing one (7),
# too much noise (6); suspects are run again; traces are removed, or kept where asked; calibrate keeps a
# margin that ab then uses; a side that cannot run is one line. A load on one core is never a regression.
# Fails if a code changes, one stage decides alone, one side always comes first, or a file is left behind.
. "$(dirname "$0")/lib.sh"
here=$RB_SOURCE_DIR/tests/cli
if ! command -v python3 >/dev/null; then
  skip "no python3, so nothing of this script was tested"
  exit 77
fi
# Programs that take the place of relubench: each run copies the next of 100 planted traces, and leaves
# a line in ./order.
mkdir planted temporary
export TMPDIR=$RB_WORK_DIR/temporary RELUBENCH_CACHE=$RB_WORK_DIR/cache
plant() { # name, seed, key=value...
  local name=$1
  python3 "$here/gatetrace.py" "planted/$name.gz" runs=100 "seed=$2" "${@:3}" || failed "gatetrace.py $*"
  cat >"$name" <<SH
#!/bin/sh
while [ "\$1" != -o ]; do shift; done
echo $name >>order
exec cp "planted/$name\$(grep -c . order).gz" "\$2"
SH
  chmod +x "$name"
}
plant plain 1000 slower=1
plant slow 2000 slower=1.08
plant noisy 3000 load=3
plant rough 7000 noise=0.03
plant mixed 8000 hosts=0.06
plant wrong 4000 status=wrong
plant failed 5000 status=failed
plant short 6000 n=3
ab() { # exit code, pattern on standard output, arguments
  rm -f order
  local wanted=$1 pattern=$2
  shift 2
  relubench ab any --pairs 8 "$@"
  expect_exit "$wanted"
  expect_stdout "$pattern"
  expect_no_stderr
  expect "no line is wider than 120" not grep -Eq '^.{121}' out
}
ab 0 '^no regression: of 4 cells 4 same; margin 2' --a-binary ./plain --b-binary ./plain
expect "16 runs" [ "$(wc -l <order)" = 16 ]
ab 1 '^regression: of 4 cells 3 same, 1 slower; margin 2' --a-binary ./plain --b-binary ./slow
expect "suspects were run again" [ "$(wc -l <order)" = 32 ]
expect "both orders" python3 -c "
names = open('order').read().split()
pairs = [names[i:i + 2] for i in range(0, len(names), 2)]
assert all(a != b for a, b in pairs) and len({a for a, b in pairs}) == 2, names"
expect_stdout '^a native.*: slower at first, and again on fresh data'
expect_stdout '^next: slower: '
ab 0 '^no regression: of 4 cells 3 same, 1 faster' --a-binary ./slow --b-binary ./plain
ab 6 '3 unsure; margin 2' --a-binary ./noisy --b-binary ./noisy
expect_stdout '^note: pairs differ among each other by up to'
expect_stdout '^next: unsure: '
ab 0 '^no regression: of 4 cells 4 same' --pairs 16 --a-binary ./mixed --b-binary ./mixed # other clocks, now and then
ab 4 '^b native.*: wrong: planted' --a-binary ./plain --b-binary ./wrong
ab 5 '^b native.*: failed: planted' --a-binary ./plain --b-binary ./failed
ab 7 '^d native.*: not in the new run' --a-binary ./plain --b-binary ./short
ab 0 '^no regression' --a-binary ./plain --b-binary ./slow --margin 20%
rm -f order
relubench ab any --pairs 8 --a-binary ./plain --b-binary ./slow --json
expect "json is JSON" python3 -m json.tool out
expect "json says what it is" grep -q '"kind": "ab"' out
rm -f order
relubench ab any --pairs 8 --a-binary ./plain --b-binary ./slow --format junit
expect_exit 1
expect_stdout '<testsuite name="relubench ab" .* tests="4" failures="1" errors="0" skipped="0"'
expect_stdout '<failure type="regression" message="slower: time [+][78][.].*; slower at first, and again on fresh data"/>'
expect "no trace is left" [ -z "$(ls temporary)" ]
ab 0 . --a-binary ./plain --b-binary ./plain --keep kept
expect "the traces are kept" [ "$(find kept -name '1-1-00?-[AB].jsonl.gz' | wc -l)" = 16 ]

# calibrate keeps a margin for this device and suite, and the next comparison uses it.
rm -f order
relubench calibrate any --gates 2 --pairs 8 --binary ./rough
expect_exit 0
expect_stdout '^0 of 2 gates of 8 pairs called the program slower than itself by 2.0 %'
expect_stdout '^margin [2-9][.][0-9] %: the least that 8 pairs support on this machine'
expect_stdout '; kept, check and ab'
expect "20 runs at least" [ "$(wc -l <order)" -ge 20 ]
ab 0 '^note: the margin is what calibrate found' --a-binary ./plain --b-binary ./plain
ab 1 '; margin 2.0 %' --a-binary ./plain --b-binary ./slow --margin 0.02
rm -f order
relubench calibrate any --gates 1 --pairs 8 --binary ./plain --no-cache --json
expect "json is JSON" python3 -m json.tool out
expect "it was not kept" grep -q '"kept": false' out
rm -f order
relubench calibrate any --gates 1 --pairs 8 --binary ./noisy
expect_exit 6
expect_stdout '; not kept, as$'
rm -f order
refuses 4 'does not agree with itself.*wrong: planted' calibrate any --gates 1 --pairs 8 --binary ./wrong

# The program itself, in processes of its own: option sets, errors of a side.
sed 's/mode: time/mode: time\n    backend: reference/; s/repetitions: 4/repetitions: 12/' timed.yaml >ab.yaml
sed -i 's/suite: timed/suite: ab/' ab.yaml
relubench ab ab.yaml --pairs 8 --a '--no-cache' --b "-a 'm=8' --no-cache"
expect_exit 6
expect_stdout 'the new run is of another suite: no cell in common'
refuses 2 "a run of side B ended with code 2 .*invalid option -- 'x'" ab ab.yaml --pairs 8 --a --no-cache --b -x
refuses 5 'cannot start ./absent' ab ab.yaml --pairs 8 --b-binary ./absent
refuses 5 'a run of side B ended with code 0 and without a whole trace' ab ab.yaml --pairs 8 --b-binary true
refuses 2 'what differs' ab ab.yaml
refuses 2 'which suite' ab --a -x
refuses 2 'which suite' calibrate
refuses 2 'one suite at a time' ab a b --a -x
refuses 2 'a quote is not closed' ab a --a "'-x"
refuses 2 'more than 64 words' ab a --a "$(seq 80 | tr '\n' ' ')"
for bad in 7 257 -5 x ''; do refuses 2 '--pairs .*: a whole number from 8 to 256' ab a --a -x --pairs "$bad"; done

# Something else runs on one core meanwhile: whatever is said, it is not that B is slower.
timeout 60 sh -c 'while :; do :; done' &
busy=$!
relubench ab ab.yaml --pairs 10 --a --no-cache --b --no-cache
kill $busy
expect "a load is no regression" [ "$code" = 0 -o "$code" = 6 ]

# Interrupted: no verdict, and no file is left.
rm -f order
sed -i 's/^exec/sleep 0.2; exec/' plain
relubench_in_background() { "$RB_PROGRAM" ab any --pairs 100 --a-binary ./plain --b-binary ./plain >out 2>err & }
relubench_in_background
pid=$!
sleep 0.7
kill -TERM $pid
wait $pid
code=$?
told='relubench ab, and SIGTERM'
expect_exit 143
expect_no_stdout
expect "no trace is left" [ -z "$(ls temporary)" ]
finish
