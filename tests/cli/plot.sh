# SPDX-License-Identifier: Apache-2.0
# Proves: gnuplot takes the scripts of `plot` and draws what other programs read; a file is written
# whole or not at all and never overwritten unasked; trouble with gnuplot is one line; nothing that
# a trace says runs as a command, and no start-up file of the user is read. Fails if a script has an
# error, a name in a trace leaves its quotes, a figure is written in place, or gnuplot's talk passes
# through. What the figures show is the business of tests/unit/test_plot.c.
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
if ! command -v python3 >/dev/null; then
  skip "no python3 to make traces, so nothing of this script was tested"
  exit 77
fi
python3 -B "$here/complexity.py" n.gz 0 || exit 1
make_trace() { python3 -B "$here/plottrace.py" n.gz "$@"; }
make_trace a.gz "a device" || exit 1

# What is wrong is said before anything is written.
refuses 2 "which trace" plot
refuses 2 "where to\? -o FILE.svg, .png or .pdf" plot a.gz
refuses 2 "one trace at a time: unexpected 'b.gz'" plot a.gz b.gz -o x.svg
for name in x.jpg svg .svg folder/.png x.svg.gz; do
  refuses 2 "a figure ends with .svg, .png or .pdf, a script with .gp" plot a.gz -o $name
done
refuses 2 "no folder nosuch" plot a.gz -o nosuch/x.svg
refuses 2 "unknown figure 'x'; there are complexity, accuracy and both" plot a.gz --figure x -o x.gp
refuses 2 "no complexity cell of the trace is of that part" plot a.gz --part nosuch -o x.gp
refuses 2 "has no complexity cells" plot "$RB_SOURCE_DIR/tests/fixtures/golden.jsonl.gz" -o x.gp
refuses 5 "cannot open" plot nosuch.gz -o x.gp
echo old >old.gp
mkdir folder.gp
ln -s old.gp link.gp
refuses 2 "old.gp is there already; give another name \(-o\) or overwrite it \(--force\)" plot a.gz -o old.gp
refuses 2 "folder.gp: it is not a regular file" plot a.gz -o folder.gp --force
refuses 2 "link.gp: it is not a regular file" plot a.gz -o link.gp --force
expect "it is as it was" grep -qx old old.gp

# The script itself needs no gnuplot.
bare=$PATH
mkdir empty fake
relubench plot a.gz -o - --figure both
expect_exit 0
expect_stdout '^set terminal svg '
expect "it says what is drawn" grep -q '^drawn: samples .*: n\* of 4 sources over 6 values of d, [0-9]* trials' err
cp out both.gp
PATH=$PWD/empty:/nonexistent "$RB_PROGRAM" plot a.gz -o old.gp --force --figure both 2>err
code=$?
expect_exit 0
expect "the same in a file" cmp both.gp old.gp
expect "for all to read, as far as the mask allows" [ "$(stat -c %a old.gp)" = "$(printf %o $((0666 & ~$(umask))))" ]

# A missing gnuplot, and ones that fail.
told="plot without gnuplot"
PATH=$PWD/empty "$RB_PROGRAM" plot a.gz -o x.svg >out 2>err </dev/null
code=$?
expect_exit 5
expect "it names the package" grep -Eq '^relubench: cannot start gnuplot: No such file or directory; install it \(Debian package gnuplot-nox\), or write its script with -o FILE.gp$' err
fake() { # what it does
  printf '#!/bin/sh\n%s\n' "$1" >fake/gnuplot
  chmod +x fake/gnuplot
  PATH=$PWD/fake:$bare relubench plot a.gz -o old.svg --force
}
echo old >old.svg
fake 'cat >/dev/null; printf "\n\n  plot x\n       ^\n\"-\", line 3: bad \033[31mthing\n" >&2; exit 3'
expect_exit 5
expect "its last line, made harmless" grep -Fqx 'relubench: gnuplot ended with code 3: "-", line 3: bad \x1b[31mthing' err
expect "and no other" [ "$(grep -vc '^drawn: ' err)" = 1 ]
fake 'exit 0'
expect_exit 5
expect "no figure is a failure" grep -q '^relubench: gnuplot drew nothing: it did not say why$' err
fake 'kill -9 $$'
expect_exit 5
expect "a signal is a failure" grep -q '^relubench: gnuplot was ended by signal 9$' err
fake 'cat; echo "warning: font" >&2'
expect_exit 0
expect "a warning is shown" grep -qx 'gnuplot: warning: font' err
expect "the whole script arrives" grep -q '^unset multiplot$' old.svg
cp old.svg before.svg
told="plot on a full disk"
(ulimit -f 1 && PATH=$PWD/fake:$bare "$RB_PROGRAM" plot a.gz -o old.svg --force >out 2>err </dev/null)
code=$?
expect_exit 5
expect "it says so" grep -q '^relubench: cannot write old.svg: File too large$' err
expect "the old figure is whole" cmp old.svg before.svg
expect "nothing else is left" [ "$(ls | grep -c 'svg\.')" = 0 ]

if ! gnuplot --version >version 2>/dev/null; then
  skip "no gnuplot (gnuplot-nox): no figure was drawn"
  finish
fi
mkdir home
echo '!touch started' >home/.gnuplot
export HOME=$PWD/home
for file in complexity.svg complexity.png accuracy.svg accuracy.pdf both.svg; do
  relubench plot a.gz -o $file --figure ${file%.*}
  expect_exit 0
  expect_no_stdout
  expect "gnuplot has nothing to say of $file" not grep -q '^gnuplot' err
  expect "readers of others take it" python3 -B "$here/checks.py" figures $file
done
expect "no start-up file is read" not ls started
relubench plot a.gz -o part.svg --part neurons --task parity --quantity m --seed 1
expect_exit 0
expect "one group alone is drawn" [ "$(grep -c '^drawn: neurons' err)" = 1 ]
expect "and no other" not grep -q '^drawn: samples' err

# Names that would be commands if they left their quotes.
mkdir hostile
for name in "'; system 'touch pwned'; '" "''''; !touch pwned" "\`touch pwned\`" "\"\`touch pwned\`\"" \
  $'a\n!touch pwned\nsystem "touch pwned"' 'x\' "@GPVAL_TERM {/Bold y}" '&#0; & <b>'; do
  make_trace hostile.gz "$name" "$name"
  relubench plot hostile.gz -o hostile/x.svg --figure both --force
  expect_exit 0
  expect "gnuplot takes $name" not grep -q '^gnuplot' err
  expect "XML of $name" python3 -B "$here/checks.py" figures hostile/x.svg
done
expect "nothing of it ran" [ -z "$(find . -name pwned)" ]
expect "nothing else is left" [ "$(ls hostile)" = x.svg ]

locale=$(locale -a 2>/dev/null | grep -im 1 '^de_DE\|^fr_FR\|^nl_NL')
if [ -n "$locale" ]; then
  LC_ALL=$locale relubench plot a.gz -o comma.svg
  expect "the same figure in $locale" cmp comma.svg complexity.svg
else
  skip "no locale with a decimal comma (locales: de_DE.UTF-8)"
fi
finish
