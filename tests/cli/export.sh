# SPDX-License-Identifier: Apache-2.0
# Proves: `export` writes each format as the readers of that format take it, and every field of it is what the
# trace says, also where suite, device and reasons hold markup, quotes and control characters; a cell has
# one name in any run and no two cells have the same; nothing is written unless all of it is, and data alone
# go to standard output. Fails if: a field, unit or direction changes, a cell that is wrong keeps a rate or
# passes for a success, cells that are missing are not an error in JUnit, text leaves its quotes, or a
# locale changes a number.
. "$(dirname "$0")/lib.sh"
here=$RB_SOURCE_DIR/tests/cli
if ! command -v python3 >/dev/null; then
  skip "no python3, so nothing of this script was tested"
  exit 77
fi
make_trace() { python3 -B "$here/exporttrace.py" "$@" || failed "exporttrace.py $*"; }
checked() { # what, python, arguments of exports.py
  local what=$1 python=$2
  shift 2
  expect "$what" "$python" -B "$here/exports.py" "$@"
}
# The first python3 that has a module, which may be Debian's beside another in PATH; none: nothing.
python_with() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c "import $1" 2>/dev/null; then
      echo "$python"
      return
    fi
  done
}
formats="google github-bigger github-smaller bencher go openmetrics junit csv md"
evil=$'evil "q" \'s <b>&amp; \\ ]]> \e[31m\n# EOF\r\tx, |` \u202e\u00e9{x="y"}/=% *[a](b)'
make_trace plain.gz
make_trace evil.gz "name=$evil"
make_trace slow.gz slow=1.1 run=fedcba98
make_trace cut.gz cut=1

# Field by field, by rules written anew, and as the programs read it that it is meant for.
openmetrics=$(python_with prometheus_client)
junit=$(python_with junitparser)
[ -n "$openmetrics" ] || skip "no python3-prometheus-client: OpenMetrics was not read"
[ -n "$junit" ] || skip "no python3-junitparser: JUnit XML was not read"
for trace in plain evil cut; do
  for format in $formats; do
    relubench export --to $format $trace.gz
    expect_exit 0
    cp out $trace.$format
    python=python3
    case $format in openmetrics | junit) python=${!format} ;; esac
    [ -z "$python" ] || checked "$format of $trace" "$python" $format $trace.$format $trace.gz
    checked "$format of $trace has no control character" python3 harmless $trace.$format
  done
done
expect "warnings are talk" grep -q '^warning: cut.gz: the trace is not sealed' err
expect "$formats: nothing but data" not grep -q warning cut.*[a-z]
expect "OpenMetrics ends" [ "$(tail -n 1 evil.openmetrics)" = "# EOF" ]
if command -v xmllint >/dev/null; then
  for trace in plain evil cut; do
    expect "the schema of $trace" xmllint --noout --schema "$here/junit.xsd" $trace.junit
  done
else
  skip "no xmllint (libxml2-utils): JUnit XML was not checked against the schema"
fi
for module in pandas duckdb; do
  python=$(python_with $module)
  if [ -z "$python" ]; then
    skip "no $module (pip install $module): CSV and trace were not read with it"
    continue
  fi
  for trace in plain evil; do checked "$module on $trace" "$python" $module $trace.csv $trace.gz; done
done

# Old and new, as the tools compare them.
for format in google go; do
  relubench export --to $format slow.gz
  cp out slow.$format
done
if [ -f /usr/share/benchmark/compare.py ]; then
  other python3 -B "$here/exports.py" compare plain.google slow.google
  expect_exit 0
  expect_stdout 'mode=time/backend=native/.*/seed=1_median +\+0[.]1000 +\+0[.]1000 +1055000 +1160500'
  expect "three cases were compared" [ "$(grep -c '_median.*+0[.]1000 .*+0[.]1000 ' out)" = 3 ]
else
  skip "no compare.py (libbenchmark-tools): google/benchmark did not read its JSON"
fi
if command -v benchstat >/dev/null; then
  other benchstat plain.go slow.go
  expect_exit 0
  expect_no_stderr
  expect "times are slower" [ "$(grep -c 'seed=[123] .*+10.00% (p=0.000 n=12)' out)" = 3 ]
  expect "rates are less" [ "$(grep -c 'seed=[123] .*-9.09% (p=0.000 n=12)' out)" = 8 ]
  other benchstat evil.go
  expect_no_stderr
  expect "names stay whole" [ "$(grep -c '^Round/suite=evil%20%22q%22%20%27s.*seed=1 ' out)" = 5 ]
else
  skip "no benchstat (golang.org/x/perf/cmd/benchstat): it did not read the Go text"
fi
if command -v promtool >/dev/null; then
  expect "promtool" promtool check metrics --extended <plain.openmetrics
fi

# Names: what tells cells apart comes in, and no more.
relubench export --to csv plain.gz slow.gz
expect_exit 0
expect "runs are told apart" [ "$(grep -c '/seed=[1-7]/run=\(12345678\|fedcba98\),' out)" = 22 ]
make_trace other.gz device=other run=00112233
relubench export --to csv plain.gz other.gz
expect "devices are told apart" [ "$(grep -c '/device=\(id%20plain\|other\)/' out)" = 22 ]
expect "and no run is named" not grep -q '/run=' out
relubench export --to junit plain.gz other.gz
expect "a testsuite for each trace" [ "$(grep -c '<testsuite ' out)" = 2 ]
refuses 2 'cell suite=plain/.* is there twice, last in ./plain.gz; name each trace once' export --to go plain.gz ./plain.gz

# Files.
relubench export --to bencher plain.gz -o a.json
expect_exit 0
expect_no_stdout
expect "the same in a file" cmp a.json plain.bencher
refuses 2 'a.json is there already; give another name \(-o\) or overwrite it \(--force\)' export --to md plain.gz -o a.json
expect "it is as it was" cmp a.json plain.bencher
relubench export --to md plain.gz -o a.json --force
expect "overwritten" cmp a.json plain.md
relubench export --to md plain.gz -o -
expect "- is standard output" cmp out plain.md
refuses 2 'no folder nosuch' export --to csv plain.gz -o nosuch/a.csv
told="export to a full device"
"$RB_PROGRAM" export --to csv plain.gz >/dev/full 2>err
code=$?
expect_exit 5
expect "it says so" grep -q '^relubench: cannot write the export: No space left on device$' err

# What is wrong is said in one line, before anything is written.
refuses 2 'to what\? --to FORMAT' export plain.gz
refuses 2 'which trace' export --to csv
refuses 2 '--to xml: unknown format; there are google, github-bigger, .* csv and md' export --to xml plain.gz
refuses 5 'cannot open' export --to csv nosuch.gz
refuses 5 'cannot open' export --to csv plain.gz nosuch.gz -o b.csv
head -c 300 "$RB_SOURCE_DIR/tests/fixtures/golden.jsonl.gz" >damaged.gz
refuses 5 'damaged.gz' export --to junit damaged.gz -o b.xml
make_trace empty.gz empty=1
for format in google github-bigger github-smaller bencher go; do
  refuses 6 "nothing to export to $format: the trace has no (timed|verified) cell" export --to $format empty.gz -o b.txt
done
expect "nothing is left" not ls b.csv b.xml b.txt
relubench export --to junit empty.gz
expect_exit 0
expect_stdout '<testsuites name="relubench" tests="0" failures="0" errors="0" time="0.000">'

locale=$(locale -a 2>/dev/null | grep -im 1 '^de_DE\|^fr_FR\|^nl_NL')
if [ -n "$locale" ]; then
  for format in $formats; do
    LC_ALL=$locale relubench export --to $format plain.gz
    expect "$format is the same in $locale" cmp out plain.$format
  done
else
  skip "no locale with a decimal comma (locales: de_DE.UTF-8)"
fi
finish
