# SPDX-License-Identifier: Apache-2.0
# Proves: what the program prints and writes is what other programs and docs/CLI.md expect. Fails if:
# a column, an option or a word of help changes without the goldens (update-goldens), a trace is not
# plain gzip of JSON lines, a format does not parse or loses a digit, a locale changes a number, an
# option or variable is not documented, or progress is shown where no one looks.
. "$(dirname "$0")/lib.sh"
need_pocl
here=$(dirname "$0")

# Goldens, from a trace that is committed.
mkdir goldens
expect "goldens are made" "$here/update-goldens" "$RB_PROGRAM" --into "$PWD/goldens"
expect "there are goldens" [ "$(ls "$here/goldens" | wc -l)" -ge 20 ]
for golden in "$here"/goldens/*; do
  other diff -u "$golden" "goldens/$(basename "$golden")"
  expect_exit 0
done
relubench --version
expect_exit 0
expect_stdout '^relubench [0-9]+\.[0-9]+\.[0-9]+ \([^ ,]+, [A-Za-z]* ?build\)$'
for word in --help -h help; do
  relubench $word
  expect_exit 0
  expect "$word is help" cmp out "$here/goldens/help"
done
relubench
expect_exit 2
expect "help, on standard error" cmp err "$here/goldens/help"
expect_no_stdout
refuses 2 "unknown command 'lst'; there are list, run, tune, build-kernels, roof, show, compare, check, ab, calibrate, verdict, scaling, plot, export, report and verify" lst
refuses 2 "unrecognized option '--nosuch'" show --nosuch
refuses 2 "option '--f' is ambiguous" run --f
refuses 2 "unexpected argument 'x'" list x
refuses 2 "unexpected argument 'x'" roof x
refuses 2 "which suite" run
refuses 2 "one suite at a time: unexpected 'b'" run a b
for command in show verdict scaling plot export report verify; do refuses 2 "which trace" $command; done
for command in list run tune roof show compare verdict scaling verify; do
  refuses 2 "unknown format; try table, json, csv or md" $command --format xml
done

# A run, through the readers of others.
cp "$RB_SOURCE_DIR/tests/fixtures/golden.yaml" .
relubench run timed.yaml -o a.gz -a d=8,16 -a seed=7
expect_exit 0
expect "progress is silent without a terminal" not grep -q 'left' err
expect "the closing words are there" grep -q '^trace: a.gz$' err
zcat a.gz >a.jsonl
relubench run timed.yaml -o b.gz -a d=8,16 --seed 7 --quiet
expect_no_stderr
relubench run timed.yaml -o c.gz -a d=8,16 --seed 8 --quiet
if command -v bgzip >/dev/null; then
  expect "bgzip takes it" bgzip -t a.gz
  expect "bgzip unpacks the same" cmp a.jsonl <(bgzip -dc a.gz)
else
  skip "no bgzip (tabix): the container was not tried with htslib"
fi
for format in json csv md table; do
  relubench show a.gz --format $format
  expect_exit 0
  expect_no_stderr
  cp out a.$format
done
relubench show a.gz --json
expect "--json is --format json" cmp out a.json
relubench list --json
cp out list.json
relubench list --format csv
cp out list.csv
relubench run golden.yaml --dry-run --json -d nosuch # which no one looks for
expect_exit 0
cp out dry.json
if command -v python3 >/dev/null; then
  python="python3 -B $here/checks.py"
  told=checks.py code=-
  expect "trace" $python trace a.gz <a.jsonl
  expect "show" $python show a.json a.csv a.md
  expect "list" $python listing list.json list.csv "$RB_SOURCE_DIR/docs/CLI.md"
  expect "dry run" $python dry_run dry.json
  expect "equal seeds, equal weights" $python hashes a.gz b.gz c.gz
  other python3 -B "$here/docs.py" "$RB_PROGRAM" "$RB_SOURCE_DIR"
  expect_exit 0
 
  expect "progress on a terminal" $python terminal "$RB_PROGRAM" run timed.yaml -o pty.gz -a d=8..12
  expect "none if quiet" not $python terminal "$RB_PROGRAM" run timed.yaml -o quiet.gz --quiet
else
  skip "no python3: JSON, CSV, progress and docs/CLI.md were not looked at"
fi

# A locale with a decimal comma.
locale=$(locale -a 2>/dev/null | grep -im 1 '^de_DE\|^fr_FR\|^nl_NL')
if [ -n "$locale" ]; then
  for format in json csv md table; do
    LC_ALL=$locale relubench show a.gz --format $format
    expect "$format is the same in $locale" cmp out a.$format
  done
  LC_ALL=$locale relubench run timed.yaml -o comma.gz -a d=8,16 -a 'eta_a=0.5' --quiet
  expect_exit 0
else
  skip "no locale with a decimal comma (locales: de_DE.UTF-8)"
fi
finish
