# SPDX-License-Identifier: Apache-2.0
# Proves: `report` writes one page that is well-formed, loads nothing and has a table for every figure, of one
# trace, of several or against a baseline, from whatever texts they hold: hostile ones leave the elements of
# the page as they are; a baseline is judged as `check` does; a trace of 500 cells gives less than 2 MB;
# nothing is written unless all of it is. Fails if: a text is not escaped, an address or script gets in, a section goes missing, a figure has no table, a page
# is written over another unasked, or a damaged trace passes.
. "$(dirname "$0")/lib.sh"
here=$RB_SOURCE_DIR/tests/cli
fixtures=$RB_SOURCE_DIR/tests/fixtures
if ! command -v python3 >/dev/null; then
  skip "no python3, so nothing of this script was tested"
  exit 77
fi
make_trace() { python3 -B "$here/pagetrace.py" "$@" || failed "pagetrace.py $*"; }
# name of the page, traces
page() {
  local name=$1
  shift
  relubench report "$@" -o "$name.html"
  expect_exit 0
  expect_no_stdout
  expect "the page $name" python3 -B "$here/pages.py" plain "$name.html"
}
make_trace "$fixtures/golden.jsonl.gz" plain.gz
make_trace "$fixtures/golden.jsonl.gz" evil.gz evil=1
make_trace "$fixtures/golden.jsonl.gz" many.gz cells=500
make_trace "$fixtures/compare.jsonl.gz" evil-too.gz evil=1
python3 -B "$here/complexity.py" trials.gz 0 || failed complexity.py

# One trace: what is in it is on the page.
page plain plain.gz
for text in '<title>relubench: golden on ' 'Rate against the roof' 'Where the time of a round goes' 'Roofline' \
  'What was learned' 'What is not ok' 'Every cell' 'Table: settings of run 1 of 1' 'suite_hash'; do
  expect "$text" grep -q "$text" plain.html
done
expect "no comparison of one system" not grep -q 'id="comparison"' plain.html
expect "warnings are talk" grep -q '^warning: plain.gz: the trace is not sealed' err
expect "and on the page" grep -q '<b>Warning</b>: the trace is not sealed' plain.html
page trials trials.gz
expect "the verdict" grep -q '<b>Verdict</b> (' trials.html
expect "n* against d" grep -q '>n\* against d<' trials.html

expect "no rounds where none were followed" not grep -q 'Round by round' plain.html
make_trace "$fixtures/golden.jsonl.gz" rounds.gz rounds=12
page rounds rounds.gz
for text in '<b>Round by round</b>' '>sin-theta after each round<' '<title>after round 12: 0.400 (0.200..0.600)<' \
  '<th scope="col" class="n">after 1</th>.*<th scope="col" class="n">after 12</th>' '<td>tasks native T=20</td>'; do
  expect "$text" grep -q -- "$text" rounds.html
done
expect "a mark after each round of three cases" [ "$(grep -c '<title>after round ' rounds.html)" = 36 ]
make_trace "$fixtures/golden.jsonl.gz" long.gz cells=500 rounds=1024
page long long.gz
expect "less than 2 MB: $(stat -c %s long.html)" [ "$(stat -c %s long.html)" -lt 2000000 ]

# Several.
page two "$fixtures/compare.jsonl.gz" "$fixtures/compare-other.jsonl.gz"
expect "they are compared" grep -q 'Rate of system 2 over that of system 1' two.html
expect "the runs have their settings" grep -q 'Table: settings of run 2 of 2' two.html

# Against a baseline: what check says, and no comparison of the runs of one side.
gates() { python3 -B "$here/gatetrace.py" "$@" || failed "gatetrace.py $*"; }
named() { local i; for i in 1 2 3 4 5; do printf -- '%s%s%s.gz ' "${2+--$2 }" "$1" $i; done; }
export RELUBENCH_CACHE=$RB_WORK_DIR/cache # no margin that others have calibrated
gates base.gz runs=5 seed=10
gates slow.gz runs=5 seed=30 slower=1.08
gates again.gz runs=5 seed=40 slower=1.08
gates extra.gz seed=50 extra=1 average=2.2
# shellcheck disable=SC2046
page slow $(named slow) $(named base base) $(named again confirm)
for text in '<b>regression: of 4 cells 3 same, 1 slower; margin 2.0 %<' '<li>a native: slower at first, and again on fresh' \
  '<b>Next</b>: slower: ' '>+8.[0-9] % (+[6-9].[0-9]..+[0-9.]*), slower<' '<td>baseline</td><td>base1.gz</td>' \
  '<td>new</td><td>slow5.gz</td>' '<td>confirming</td><td>again5.gz</td>'; do
  expect "$text" grep -q -- "$text" slow.html
done
expect "no comparison of the runs" not grep -q 'id="comparison"' slow.html
page extra extra.gz --base base1.gz --margin 3%
for text in 'margin 3.0 %' 'c native: launches of head/product: 3, were 2' 'Note: the host was busy' \
  '1 and 1 runs cannot decide anything' '<b>Next</b>: counts: '; do
  expect "$text" grep -q -- "$text" extra.html
done
page many-base many.gz --base many.gz
expect "less than 2 MB: $(stat -c %s many-base.html)" [ "$(stat -c %s many-base.html)" -lt 2000000 ]
page plain-base plain.gz --base plain.gz
page evil-base evil.gz --base evil.gz
expect "the elements are those of the plain page" python3 -B "$here/pages.py" same plain-base.html evil-base.html
refuses 2 '--confirm and --margin say how to compare with a baseline: --base TRACE' report plain.gz -o a.html --margin 3%
refuses 5 'cannot open' report plain.gz --base nosuch.gz -o a.html
cp "$fixtures/golden.jsonl.gz.manifest.json" base5.gz.manifest.json
refuses 5 'base5[.]gz is damaged or cut: .*relubench verify' report slow1.gz --base base5.gz -o a.html
gates none.gz n=0
refuses 6 'the baseline has no cells' report slow1.gz --base none.gz -o a.html

# Hostile texts.
page evil evil.gz
expect "the elements are those of the plain page" python3 -B "$here/pages.py" same plain.html evil.html
page evil-too evil-too.gz "$fixtures/compare-other.jsonl.gz"
expect "none of them is raw" not grep -q '<script\|<img\|onload=w[^&]*>$' evil.html evil-too.html
expect "no control character" not grep -qP '[\x00-\x08\x0b-\x1f\x7f]' evil.html

# Many cells.
page many many.gz
expect "less than 2 MB: $(stat -c %s many.html)" [ "$(stat -c %s many.html)" -lt 2000000 ]
expect "curves over tasks" grep -q '>T, tasks<' many.html
expect "what is not drawn is said" grep -q '40 of 52 cases are drawn, evenly chosen' many.html
expect "the table has all cells" [ "$(sed -n '/id="cells"/,/id="settings"/p' many.html | grep -c '^<tr><td')" = 500 ]

# Files.
relubench report plain.gz -o -
expect_exit 0
expect "- is standard output" cmp out plain.html
refuses 2 'plain.html is there already; give another name \(-o\) or overwrite it \(--force\)' report evil.gz -o plain.html
relubench report evil.gz -o plain.html --force
expect_exit 0
expect "overwritten" cmp plain.html evil.html
refuses 2 'no folder nosuch' report plain.gz -o nosuch/a.html
refuses 2 'where to\? -o FILE.html' report plain.gz
refuses 2 'which trace' report -o a.html
refuses 5 'cannot open' report plain.gz nosuch.gz -o a.html
refuses 2 'is there twice, last in ./plain.gz; name each trace once' report plain.gz ./plain.gz -o a.html
head -c 300 "$fixtures/golden.jsonl.gz" >damaged.gz
refuses 5 'damaged.gz' report damaged.gz -o a.html
told="report to a full device"
"$RB_PROGRAM" report plain.gz -o - >/dev/full 2>err
code=$?
expect_exit 5
expect "it says so" grep -q '^relubench: cannot write the page to standard output: No space left on device$' err
expect "nothing is left" not ls a.html
python3 -B "$here/exporttrace.py" empty.gz empty=1
relubench report empty.gz -o empty.html
expect_exit 6
expect "a page all the same" python3 -B "$here/pages.py" plain empty.html
expect "it says why" grep -q 'This trace has no cells' empty.html
locale=$(locale -a 2>/dev/null | grep -im 1 '^de_DE\|^fr_FR\|^nl_NL')
if [ -n "$locale" ]; then
  LC_ALL=$locale relubench report many.gz -o -
  expect "the same in $locale" cmp out many.html
else
  skip "no locale with a decimal comma (locales: de_DE.UTF-8)"
fi
finish
