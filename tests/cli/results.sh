# SPDX-License-Identifier: Apache-2.0
# Proves: docs/RESULTS.md is what scripts/results prints from the traces in results/; each of them is
# whole, small and listed; `make` makes what is listed, skips aloud what is not there, and says in one
# line what it cannot do. Fails if: the page was edited or is behind a trace, a trace is damaged or
# above 200 KB, an absent device is passed over in silence or ends the rest.
. "$(dirname "$0")/lib.sh"
need_pocl
if ! command -v python3 >/dev/null; then
  skip "no python3, so nothing of this script was tested"
  exit 77
fi
results() { other timeout 100 python3 -B "$RB_SOURCE_DIR/scripts/results" "$@" --program "$RB_PROGRAM"; }
says() { if grep -Eq -- "$1" err; then passed; else failed "on standard error: $1"; fi; }
page=$RB_SOURCE_DIR/docs/RESULTS.md
results page
expect_exit 0
expect_no_stderr
expect "docs/RESULTS.md is what the script prints: scripts/results page >docs/RESULTS.md" cmp out "$page"
sed 's/[0-9]/7/' "$page" >edited.md
expect "one digit more would be seen" not cmp -s out edited.md
n=0
for trace in "$RB_SOURCE_DIR"/results/*/*.jsonl.gz; do
  case $trace in */runs/*) continue ;; esac
  relubench verify "$trace"
  expect_exit 0
  expect "$trace is below 200 KB" [ "$(stat -c %s "$trace")" -lt 200000 ]
  listed=$(basename "$(dirname "$trace")")' +'$(basename "$trace" .jsonl.gz)' '
  expect "$trace is in results/devices" grep -Eq "^$listed" "$RB_SOURCE_DIR/results/devices"
  expect "$trace is on the page" grep -q "$(basename "$(dirname "$trace")")/$(basename "$trace")" "$page"
  n=$((n + 1))
done
expect "there are traces" [ "$n" -ge 1 ]

# A tree of its own.
mkdir -p tree/results tree/docs suites
cp timed.yaml suites/quick.yaml
sed -i 's/suite: timed/suite: quick/; s/repetitions: 4/repetitions: 10/' suites/quick.yaml
export RELUBENCH_SUITES=$PWD/suites
devices() { printf '%s\n' "$@" >tree/results/devices; }
devices '# comment' 'here  quick  RUSTICL_ENABLE=llvmpipe -d pocl -a m=8' 'there quick -d nosuchdevice'
results page --root tree
expect_exit 0
expect_stdout '^No traces are there yet'
results make --root tree --wait 0
case $code in 0 | 6) passed ;; *) failed "made, publishable (0) or not on this machine (6)" ;; esac
says 'SKIPPED results/there/quick.jsonl.gz: .*nosuchdevice'
says '1 of 2 traces were skipped; docs/RESULTS.md is written'
relubench verify tree/results/here/quick.jsonl.gz
expect_exit 0
results page --root tree
expect "make wrote the page" cmp out tree/docs/RESULTS.md
expect_stdout '^RUSTICL_ENABLE=llvmpipe relubench run quick -d pocl -a m=8 -o results/here/quick.jsonl.gz'
expect_stdout '\| 1 of 1 \| -a m=8 \|'
expect_stdout '^## Suite quick'
# What is not there, or wrong.
results make there --root tree
expect_exit 6
says 'nothing was made: none of the devices is there'
results make elsewhere --root tree
expect_exit 2
says 'elsewhere: not in results/devices'
devices 'here quick'
results make --root tree
expect_exit 2
says 'devices:1: want a folder, a suite and options'
devices '../here quick -d pocl'
results page --root tree
expect_exit 2
devices 'here quick -d pocl' 'here quick -d pocl'
results page --root tree
expect_exit 2
says 'devices:2: here quick is there twice'
devices 'here nosuch -d pocl'
results make --root tree --wait 0
expect_exit 5
says 'the run ended with exit code 2: .*unknown suite'
rm tree/results/devices
results page --root tree
expect_exit 5
says 'results/devices: No such file'
results page here
expect_exit 2
other python3 -B "$RB_SOURCE_DIR/scripts/results" page --program nosuch
expect_exit 5
says 'no program .*/nosuch'
finish
