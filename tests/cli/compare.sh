# SPDX-License-Identifier: Apache-2.0
# Proves: compare ends with 0 where something can be compared, 6 where nothing can, 5 where a trace
# cannot be read, 2 where it is asked for nonsense; a planted crossover is named in every format; what
# is not comparable is told with its reason; no line for people is wider than 120 columns; a run records
# the energy that counters show and sin-theta after each round. Fails if: a code changes, a reason goes
# by, a line grows, data land on standard error, energy is not that of a repetition, or the last round's
# sin-theta is not the cell's.
. "$(dirname "$0")/lib.sh"
here=$RB_SOURCE_DIR/tests/cli
if ! command -v python3 >/dev/null; then
  skip "no python3, so nothing of this script was tested"
  exit 77
fi
make_trace() { python3 "$here/comparetrace.py" "$@" || failed "comparetrace.py $*"; }
compare() { # exit code, pattern on standard output, traces
  local wanted=$1 pattern=$2
  shift 2
  relubench compare "$@"
  expect_exit "$wanted"
  expect_stdout "$pattern"
  expect_no_stderr
  expect "no line is wider than 120" not grep -Eq '^.{121}' out
  relubench compare "$@" --json
  expect_exit "$wanted"
  expect "json is JSON" python3 -m json.tool out
  expect "json has the code" grep -q "\"exit_code\": $wanted," out
}
# Equal where 2e4 + 1e3 m = 1e5 + 500 m: at m = 160. Between powers of two it is not quite that.
make_trace a.gz
make_trace b.gz device=other fixed=1e5 each=500
compare 0 '2 overtakes 1 at m = 1[567][0-9] \(between 128 and 256\)$' a.gz b.gz
compare 0 '1 overtakes 2 at m = 1[567][0-9]' b.gz a.gz
relubench compare a.gz b.gz
expect_stdout '^2 against 1: 0[.][0-9]+ times as fast \(geometric mean of 8 cells, '
expect_stdout 'sin-theta <= 0.5 is reached by 1 in 4 of 8 cells, by 2 in 4'
expect_stdout 'energy of 1: unavailable: the trace does not say'
relubench compare a.gz b.gz --sin-theta 0.05
expect_stdout 'sin-theta <= 0.05 is reached by 1 in 0 of 8 cells, by 2 in 0'
relubench compare a.gz b.gz --format csv
expect_exit 0
expect "a row for each cell" [ "$(wc -l <out)" = 9 ]
relubench compare a.gz b.gz --format md
expect_exit 0
expect "tables of rates and of times to the target" [ "$(grep -c '^| ---' out)" = 2 ]
# Three traces: the first is the base. Devices of one name, apart by their drivers.
make_trace c.gz driver=2 each=2e3
compare 0 '^3 against 1: ' a.gz b.gz c.gz
relubench compare a.gz c.gz
expect_stdout '^  1  fake, driver 1, native;.* a\.gz$'
expect_stdout '^  2  fake, driver 2, native;.* c\.gz$'
expect_stdout 'no crossover in range; 1 is the faster one at [78] of 8'
# Suites that differ, and what they share.
make_trace suite.gz suite=other first=16
compare 0 'note: the suites differ \(speed speed, other other\)' a.gz suite.gz
relubench compare a.gz suite.gz
expect_stdout 'not comparable: m=8: only in 1'
expect_stdout 'not comparable: m=2048: only in 2'
# Nothing that can be compared, and why.
refused() { # reason, settings of the other trace
  local reason=$1
  shift
  make_trace other.gz "$@"
  compare 6 '2 systems in 2 traces: nothing can be compared, (8|16) not comparable$' a.gz other.gz
  relubench compare a.gz other.gz
  expect_stdout "not comparable: .*$reason"
}
refused 'different seed: 1 in 1, 2 in 2' seed=2
refused 'different setting: rounds=1 in 1, rounds=2 in 2' rounds=2
refused 'only in 1' first=8192
refused 'wrong in 2: as planted' status=wrong
refused 'not verified in 2' verified=0
refused 'above the roof in 2: implausible' plausible=0
relubench compare a.gz
expect_exit 6
expect_stdout '^1 system in 1 trace: nothing to compare one with$'
# Traces that cannot be read, or are not whole; and nonsense.
refuses 5 "cannot open.*absent.gz" compare a.gz absent.gz
head -c 300 a.gz >cut.gz
refuses 5 'cut.gz' compare a.gz cut.gz
cp "$RB_SOURCE_DIR/tests/fixtures/compare.jsonl.gz" sealed.gz
head -c -28 sealed.gz >unsealed.gz
compare 0 '^warning: unsealed.gz: the trace is not sealed' sealed.gz unsealed.gz
refuses 2 'which trace' compare
for bad in 0 1 -1 nan x 0.5x ''; do refuses 2 'a number above 0 and below 1 is wanted' compare a.gz b.gz --sin-theta "$bad"; done
# Names that would obey no terminal.
make_trace evil.gz "device=$(printf 'e\033[31m|"<x>"\nv')"
compare 0 'e.x1b' a.gz evil.gz
for format in table md csv; do
  relubench compare a.gz evil.gz --format $format
  expect "no escape in $format" not grep -q "$(printf '\033')" out
done

# A run: energy from counters that show 100 W, and rounds that are followed.
need_pocl
mkdir -p power/intel-rapl:0
printf 'package-0\n' >power/intel-rapl:0/name
printf '262143328850\n' >power/intel-rapl:0/max_energy_range_uj
printf '%020d\n' 0 >power/intel-rapl:0/energy_uj
python3 - power/intel-rapl:0/energy_uj <<'PY' &
import os, sys, time
file = os.open(sys.argv[1], os.O_WRONLY)
while os.getppid() != 1 and os.path.exists(sys.argv[1]):
    os.pwrite(file, b"%020d\n" % int(time.monotonic() % 1e6 * 1e8), 0)
    time.sleep(0.0005)
PY
counter=$!
sed 's/suite: timed/suite: metered/; s/d: 8/d: 64/; s/m: 4/m: 64/; s/T: 2/T: 20/; s/n1: 8/n1: 1000/; s/n2: 8/n2: 1000/
     s/repetitions: 4/rounds: 2\n    repetitions: 12/' timed.yaml >metered.yaml
RELUBENCH_POWERCAP=$PWD/power relubench run metered.yaml -o metered.gz --quiet
expect_exit 0
kill $counter
relubench run timed.yaml -o short.gz --quiet
expect "energy of a repetition, and of each round its sin-theta" python3 - metered.gz short.gz <<'PY'
import gzip, json, sys
runs, cells = [], []
for path in sys.argv[1:]:
    records = [json.loads(line) for line in gzip.open(path, "rt")]
    runs.append(records[0])
    cells += [r for r in records if r["type"] == "cell"]
assert runs[0]["energy"] == "RAPL: package-0", runs[0]["energy"]
assert runs[1]["energy"].startswith("unavailable: ") or runs[1]["energy"].startswith("RAPL: "), runs[1]["energy"]
cell = cells[0]
assert cell["energy"] == "RAPL: package-0", cell["energy"]
seconds = sum(cell["times_ns"]) / len(cell["times_ns"]) * 1e-9
watts = cell["energy_j"] / seconds
assert 95 < watts < 280, watts  # time between repetitions counts too; three are a visit
assert len(cell["sin_theta_rounds"]) == cell["rounds"] == 2
assert cell["sin_theta_rounds"][1] == cell["sin_theta"]
assert cell["sin_theta_rounds"][0] != cell["sin_theta"]
assert cells[1]["sin_theta_rounds"] is None and cells[1]["energy_j"] is None, cells[1]
PY
relubench compare metered.gz metered.gz
expect_exit 0
expect_stdout '^  energy of 2: RAPL: package-0$'
expect_stdout '[0-9] +[0-9.]+ +[0-9.]+ +1[.]00$|^ *[0-9.e-]+ +[0-9.e-]+ +1[.]00$'
finish
