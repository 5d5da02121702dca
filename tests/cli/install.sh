# SPDX-License-Identifier: Apache-2.0
# Proves: an installed program needs nothing of the tree it was built in: from an empty folder it
# finds its suites and runs one, also after the installation was moved. Fails if: a suite is not
# installed, is looked for only in the source tree, or only where the build was configured for.
. "$(dirname "$0")/lib.sh"
need_pocl
unset RELUBENCH_SUITES
told="cmake --install" code=-
expect "cmake --install" "$RB_CMAKE" --install "$RB_BUILD_DIR" --prefix "$PWD/one"
installed=$(find one -type f -name relubench -perm -u+x)
expect "the program is installed" test -x "$installed"
expect "LICENSE is installed" [ "$(find one -name LICENSE | wc -l)" = 1 ]
expect "docs are installed" [ "$(find one -name CLI.md | wc -l)" = 1 ]
for suite in "$RB_SOURCE_DIR"/suites/*.yaml; do
  expect "$suite is installed" [ "$(find one -name "$(basename "$suite")" | wc -l)" = 1 ]
done
try() { # program
  RB_PROGRAM=$PWD/$1
  mkdir -p away && cd away || exit 2
  refuses 2 "unknown suite 'nosuch'; there are: .*smoke" run nosuch
  relubench run smoke --quiet
  expect_exit 0
  expect_no_stderr
  relubench verify results/runs/smoke-*.jsonl.gz
  expect_exit 0
  cd .. && rm -rf away
}
try "$installed"
mkdir deep && mv one deep/two
try "deep/two/${installed#one/}"
# ./suites goes before the installed ones, RELUBENCH_SUITES before both.
mkdir -p suites named
cp tiny.yaml suites/
sed 's/d: 8/d: 9/' tiny.yaml >named/tiny.yaml
relubench run tiny --dry-run --format csv
expect_stdout ',native,1,8,'
RELUBENCH_SUITES=$PWD/named relubench run tiny --dry-run --format csv
expect_stdout ',native,1,9,'
finish
