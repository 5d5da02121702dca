# SPDX-License-Identifier: Apache-2.0
# Proves: scaling ends with 0 where something can be said of an axis, 6 where nothing can, 5 where the
# trace cannot be read; a planted cliff is named in every format, and no line for people is wider than
# 120 columns; suite `scaling` has the cells that it needs. Fails if: a code changes, a cliff goes by,
# a line grows, data land on standard error, or a part of the suite varies two things.
. "$(dirname "$0")/lib.sh"
here=$RB_SOURCE_DIR/tests/cli
if ! command -v python3 >/dev/null; then
  skip "no python3, so nothing of this script was tested"
  exit 77
fi
make_trace() { python3 "$here/scalingtrace.py" "$@" || failed "scalingtrace.py $*"; }
scaling() { # exit code, pattern on standard output, trace
  relubench scaling "$3"
  expect_exit "$1"
  expect_stdout "$2"
  expect_no_stderr
  expect "no line is wider than 120" not grep -Eq '^.{121}' out
  relubench scaling "$3" --json
  expect_exit "$1"
  expect "json is JSON" python3 -m json.tool out
  expect "json has the code" grep -q "\"exit_code\": $1," out
}
make_trace straight.gz
scaling 0 '^time is proportional to the work along 4 of 4 curves$' straight.gz
relubench scaling straight.gz
for axis in n T m d; do expect_stdout "^part [a-z]+: time over $axis at backend=native"; done
expect_stdout 'a fixed cost of 20[.]0 us \(.* and 1[.]00 us \(.* for each unit of n'
expect_stdout 'peak memory is 1[.]00 MiB, the same within 5 %, at every size'
relubench scaling straight.gz --format csv
expect_exit 0
expect "a row for each size" [ "$(wc -l <out)" = 49 ]
relubench scaling straight.gz --format md
expect_exit 0
expect "one table" [ "$(grep -c '^| ---' out)" = 1 ]

make_trace cliff.gz 1.5
scaling 0 'curves; 4 with a cliff$' cliff.gz
relubench scaling cliff.gz
expect_stdout 'cliff at m = 512: the time for each unit of m is 1[.][0-9]+ times .* at m = 256'
relubench scaling cliff.gz --format csv
expect "it is in the csv" [ "$(grep -c ',true.$' out)" = 4 ]
relubench scaling cliff.gz --format md
expect_stdout '^- cliff at m = 512: '

# Sizes, but too few that fill the machine; then too few sizes.
make_trace few.gz 1 4
scaling 6 '4 refused$' few.gz
make_trace single.gz 1 1
refuses 6 'the trace has no axis to judge: .* 3 or more sizes' scaling single.gz
make_trace two.gz 1 2
refuses 6 'the trace has no axis to judge' scaling two.gz
refuses 6 'the trace has no axis to judge' scaling "$RB_SOURCE_DIR/tests/fixtures/golden.jsonl.gz"
refuses 5 'cannot open' scaling absent.gz
refuses 2 'which trace' scaling
refuses 2 'one trace at a time' scaling a b

# The suite: one axis a part, over two decades and more, with sizes beyond powers of two.
need_pocl
relubench run scaling --dry-run --format csv
expect_exit 0
expect "one axis a part" python3 - out <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
axes = {"samples": {"n1", "n2"}, "tasks": {"T"}, "width": {"m"}, "dimension": {"d"}}
assert {row["part"] for row in rows} == set(axes), "parts"
for part, wanted in axes.items():
    mine = [row for row in rows if row["part"] == part]
    varied = {name for name in ("d", "r", "T", "m", "n1", "n2", "backend", "seed", "rounds")
              if len({row[name] for row in mine}) > 1}
    assert varied == wanted, (part, varied)
    sizes = sorted(int(row[min(wanted)]) for row in mine)
    assert sizes[-1] >= 100 * sizes[0], (part, sizes)
    assert sum(size - 1 in sizes for size in sizes) >= 4, part
PY
# A run and its reading, whatever this machine is: sizes that fill nothing may be refused.
sed 's/suite: timed/suite: grown/; s/n1: 8/n1: 8..256 x2/; s/n2: 8/n2: n1/' timed.yaml >grown.yaml
relubench run grown.yaml -o a.gz --quiet
expect_exit 0
relubench scaling a.gz
expect_stdout '^time is proportional to the work along [01] of 1 curve'
expect_stdout '^time over n at backend=native d=8 T=2 m=4$'
expect_stdout '^ *256 .* [KM]iB'
finish
