# SPDX-License-Identifier: Apache-2.0
# Proves: verdict ends with 0 where the claim holds, 6 where it does not or cannot be made, 4 where a
# control fails, 5 where the trace cannot be read; its words for people are no wider than 120 columns
# and its json and csv are read by others. Fails if: a code changes, a line grows, or data land on
# standard error.
. "$(dirname "$0")/lib.sh"
here=$RB_SOURCE_DIR/tests/cli
make_trace() { python3 "$here/complexity.py" "$@" || failed "complexity.py $*"; }
if ! command -v python3 >/dev/null; then
  skip "no python3, so nothing of this script was tested"
  exit 77
fi
verdict() { # exit code, pattern on standard output, trace
  relubench verdict "$3"
  expect_exit "$1"
  expect_stdout "$2"
  expect_no_stderr
  relubench verdict "$3" --json
  expect_exit "$1"
  expect "json is JSON" python3 -m json.tool out
  expect "json has the code" grep -q "\"exit_code\": $1," out
}
make_trace holds.gz 0
verdict 0 '^the claim holds: 1 of 1 multitask curves independent of d, 3 of 3 controls hold$' holds.gz
relubench verdict holds.gz
expect "no line is wider than 120" not grep -Eq '^.{121}' out
expect_stdout '(inside the )?[+]-0[.]064 fixed beforehand'
expect_stdout 'Cost: ns per sample of the pretraining go as d\^1\.000'
relubench verdict holds.gz --format csv
expect_exit 0
expect "a row for each curve and d" [ "$(wc -l <out)" = 25 ]
relubench verdict holds.gz --format md
expect_exit 0
expect "two tables" [ "$(grep -c '^| ---' out)" = 2 ]

make_trace grows.gz 0.2
verdict 6 'n\* grows with d: the exponent of n\* is 0\.(1|2)' grows.gz
make_trace beyond.gz 1.5
verdict 6 'nothing is said about n[*]: the target is not reached at the largest n' beyond.gz
make_trace alone.gz 0 multitask
verdict 6 'of 0 controls 0 hold; no cells of' alone.gz
# A control that fails: random features named as true ones.
zcat holds.gz | sed 's/"source": "true"/"source": "TRUE"/; s/"source": "random"/"source": "true"/
                     s/"source": "TRUE"/"source": "random"/' | gzip >swapped.gz
verdict 4 'random T=64 fails: independent of d too' swapped.gz
# A run that was stopped: what is there is judged, what is missing said.
zcat holds.gz | head -n 6000 | gzip >cut.gz
verdict 6 'planned cells are not in the trace' cut.gz
# Cells of other modes alone.
zcat holds.gz | sed 's/"mode": "complexity"/"mode": "learn"/' | gzip >other.gz
refuses 6 'no complexity cells' verdict other.gz
refuses 5 'cannot open' verdict absent.gz
refuses 2 'one trace at a time' verdict a b
finish
