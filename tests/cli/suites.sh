# SPDX-License-Identifier: Apache-2.0
# Proves: a suite or an axis that is wrong is refused before anything runs, in one line that says
# where. Fails if: a mistyped key, axis, word or value is ignored, a line or column is off, or a
# file that is no suite hangs or crashes the program.
. "$(dirname "$0")/lib.sh"
need_pocl

# Files.
refuses 2 "unknown suite 'nosuch'; there are: .*smoke" run nosuch
RELUBENCH_SUITES=$PWD/nosuch refuses 2 "unknown suite 'nosuch'" run nosuch
refuses 2 "cannot open suite ./nosuch.yaml: No such file" run ./nosuch.yaml
refuses 2 "cannot read suite ./: Is a directory" run ./
mkdir folder.yaml
refuses 2 "cannot read suite folder.yaml: Is a directory" run folder.yaml
refuses 2 "unknown suite ''" run ''
: >empty.yaml
refuses 2 "^relubench: empty.yaml:1:1: the file is empty" run empty.yaml
head -c 5000 "$RB_PROGRAM" >binary.yaml
refuses 2 "^relubench: binary.yaml:[0-9]+:[0-9]+: not YAML" run binary.yaml
head -c 2000000 /dev/zero | tr '\0' '#' >large.yaml
refuses 2 "^relubench: large.yaml.* 1048576" run large.yaml
mkfifo pipe.yaml
refuses 2 "^relubench: pipe.yaml" run pipe.yaml
ln -s loop.yaml loop.yaml
refuses 2 "cannot open suite loop.yaml" run loop.yaml
cp tiny.yaml closed.yaml
chmod 0 closed.yaml
if [ -r closed.yaml ]; then
  skip "this user reads every file: a suite without permission was not tried"
else
  refuses 2 "cannot open suite closed.yaml: Permission denied" run closed.yaml
fi

# Contents, line and column. base is right; each case replaces one line of it.
cat >base.yaml <<'YAML'
suite: base
parts:
  - part: one
    mode: learn
    d: 8
    law: gaussian
    backend: native
    expect: ratio > 0
YAML
relubench run base.yaml --dry-run
expect_exit 0
wrong() { # line, its new text, pattern of the error
  sed "1s/base/case/; $1s/.*/$2/" base.yaml >case.yaml
  refuses 2 "^relubench: case.yaml:$3" run case.yaml --dry-run
}
wrong 1 'suit: base' "1:1: unknown key 'suit'; did you mean 'suite'"
wrong 1 'suite: a b' "1:8: suite name 'a b' must be"
wrong 2 'parts: 5' "2:8: parts"
wrong 3 '  - part: one\n    part: two' "4:5: 'part' is written twice"
wrong 4 '    mode: lern' "4:11: mode 'lern' is none of: check, learn, time, complexity"
wrong 4 '    mood: learn' "4:5: unknown axis 'mood'; did you mean 'mode'"
wrong 5 '    dd: 8' "5:5: unknown axis 'dd'; did you mean 'd'"
wrong 5 '    d: [8, x]' "5:12: d 'x': unknown name 'x'"
wrong 5 '    d: [8, 9.5]' "5:12: d = 9.5, from '9.5', is no whole number"
wrong 5 '    d: [8, [9]]' "5:12: an item of d must be a single value, not a list"
wrong 5 '    d: []' "5:8: d is an empty list"
wrong 5 '    d: 8*' "5:8: d '8\*': column 3: wanted a number"
wrong 5 '    d: 8\/(r-3)' "5:8: d '8/\(r-3\)': column 2: division by 0"
wrong 5 '    d: m\n    m: d' "5:8: d depends on itself: d -> m -> d"
wrong 5 '    d: 10^400' "5:8: d '10\^400': column 1: the result is not finite"
wrong 5 '    d: 1..1e12' "5:8: d '1..1e12': range has 1000000000000 values, more than"
wrong 5 '    d: 9..1' "5:8: d '9..1': range is empty"
wrong 5 '    d: 8\n    d: 9' "6:5: 'd' is written twice"
wrong 5 '    d: \&a 8' "5:8: anchors"
wrong 5 '    r: 9\n    d: 8' "5:8: part 'one' .*r = 9 exceeds d = 8"
wrong 6 '    law: gausian' "6:10: law 'gausian' is none of: gaussian, rademacher"
wrong 7 '    backend: cuda' "7:14: backend 'cuda' is none of: native, clblast, reference"
wrong 8 '    expect: ratoi > 0' "8:13: expect"
wrong 8 '    expect: ratio' "8:13: expect"
wrong 5 '    trials: 50' "5:13: part 'one' sets trials, which only mode complexity uses"
wrong 8 '    margin: 2' "3:5: part 'one' sets margin, which only mode complexity uses"
wrong 8 '    repetitions: 5' "3:5: part 'one' sets repetitions, which only mode time uses"

# -a on the command line.
axis() { # pattern, values of -a
  local pattern=$1 arguments=()
  shift
  for value in "$@"; do arguments+=(-a "$value"); done
  refuses 2 "$pattern" run tiny.yaml -o x.gz "${arguments[@]}"
}
axis "unknown axis 'foo'; known: seed, d, " foo=1
axis "^relubench: -a D=1: unknown axis 'D'; did you mean 'd'" D=1
axis "no '='; write -a AXIS=ITEM,ITEM" foo
axis "no '='" ''
axis "unknown axis ''" =
axis "item 1 is empty" d=
axis "item 2 is empty" d=1,,2
axis "column 3: wanted a number, a name or" d=1+
axis "column 2: division by 0" d=1/0
axis "division by 0" d=8/T T=0 # T itself is refused too, but d comes first
axis "d depends on itself: d -> m -> d" d=m m=d
axis "the result is not finite" d=9^9^9
axis "range has 1000000000 values, more than 1000000" d=1..1e9
axis "more than 1000000" d=1..1e5 m=1..1e5
axis "law 'foo' is none of" law=foo
axis "wanted '\)'" 'd=(1,2'
axis "nested more than" "d=$(printf '%.0s(' {1..200})1"
axis "longer than 1000 bytes" "d=$(printf '%.0s1' {1..2000})"
many=()
for i in {1..70}; do many+=(d=8); done
axis "more than 64 axes" "${many[@]}"
refuses 2 "unknown backend 'x'; there are native, clblast, reference" run tiny.yaml -b x
refuses 2 "seed = 1e\+20, from '1e20'" run tiny.yaml --seed 1e20
refuses 2 "longer than any seed" run tiny.yaml --seed "$(printf '%.0s0' {1..80})17"
expect "no trace is left" not ls x.gz*

# What is written twice runs once; the last -a of an axis wins.
relubench run tiny.yaml --dry-run --format csv -a d=8,8,8
expect_exit 0
expect "one cell" [ "$(wc -l <out)" = 2 ]
relubench run tiny.yaml --dry-run --format csv -a d=8 -a d=9
expect_stdout 'check,check,native,1,9,'

# Cells of mode complexity that ask the same features share their pretrainings, which count once;
# random and true features cost none. What only this mode knows says nothing to other parts.
cat >search.yaml <<'YAML'
suite: search
parts:
  - part: before
    mode: learn
    d: 8
  - part: search
    mode: complexity
    d: 8
    r: 2
    m: 4
    pretrainings: 2
    trials: 8
    source: [multitask, single, random, true]
    quantity: [n, m]
YAML
relubench run search.yaml --dry-run --format csv
expect_exit 0
expect_stdout '^before,learn,.*,direct,,,,,,,,,,1000,'
cells_cost() { # source and quantity, what they train
  expect_stdout "^search,complexity,.*,direct,$1,random,$2,ridge,1024,0.8[0-9]*,2,8,1.05,$3"
}
cells_cost multitask n '1000,96000,2,'
cells_cost multitask m '1000,96000,0,'
cells_cost single n '1000,96000,2,'
cells_cost single m '1000,96000,0,'
cells_cost random n '0,0,0,'
cells_cost true m '0,0,0,'
relubench run search.yaml --dry-run
expect_stdout '^part +mode +backend .* source +quantity +samples +flop +repetitions$'
expect "the totals" grep -q '^9 cells; 0.00.* verification and trials not counted$' err
relubench run tiny.yaml --dry-run
expect "nothing of it elsewhere" not grep -q source out
relubench run search.yaml --dry-run --format csv -a n=64,128
expect "one cell that learns, twice as many that search" [ "$(wc -l <out)" = 18 ]
relubench run search.yaml -o search.gz -a source=true
expect_exit 0
expect_stdout '^complexity: samples or neurons that a new task needs'
expect "the headline" grep -Eq '^3 of 3 cells verified; n\* .* at d=8 true random$' err
relubench verify search.gz
expect_stdout '^  3 cells \(0 wrong, 0 failed\) in [0-9]+ records' # trials are records
finish
