# SPDX-License-Identifier: Apache-2.0
# Proves, in headless Chromium: pages of `report` ask for nothing, say nothing on the console and run nothing,
# hostile texts included; a page of 500 cells opens in less than a second; on a telephone of 320 px, one of 390
# and a screen nothing sticks out to the side and no two labels of a drawing touch; texts have a contrast of 4.5
# in light and dark; paper is white and has every table, also those that a screen keeps closed. Fails if: any of
# that is broken, which a page with a picture, a script and a wide line shows first.
. "$(dirname "$0")/lib.sh"
here=$RB_SOURCE_DIR/tests/cli
fixtures=$RB_SOURCE_DIR/tests/fixtures
browser=$(command -v chromium || command -v chromium-browser)
if [ -z "$browser" ] || ! command -v python3 >/dev/null; then
  skip "no chromium (Debian package chromium) or no python3: pages were not opened in a browser"
  exit 77
fi
make_trace() { python3 -B "$here/pagetrace.py" "$@" || failed "pagetrace.py $*"; }
make_trace "$fixtures/golden.jsonl.gz" evil.gz evil=1
make_trace "$fixtures/golden.jsonl.gz" many.gz cells=500
python3 -B "$here/complexity.py" trials.gz 0 || failed complexity.py
make_trace "$fixtures/golden.jsonl.gz" rounds.gz rounds=12
python3 -B "$here/gatetrace.py" base.gz runs=3 seed=10 || failed gatetrace.py
python3 -B "$here/gatetrace.py" new.gz runs=3 seed=90 noise=0.02 extra=1 average=2.2 || failed gatetrace.py
RELUBENCH_CACHE=$RB_WORK_DIR/cache relubench report new?.gz --base base1.gz --base base2.gz --base base3.gz -o gate.html
expect_exit 0
for name in evil many trials rounds; do relubench report $name.gz -o $name.html; done
relubench report "$fixtures/compare.jsonl.gz" "$fixtures/compare-other.jsonl.gz" -o two.html
look() { other timeout 100 python3 -B "$here/pages.py" browser "$browser" "$@"; }

# What is broken is seen.
sed 's,</header>,<img src="http://127.0.0.1:9/x" alt=""/><script>1</script><p style="width:2000px">wide</p>&,' \
  two.html >broken.html
look broken.html
expect_exit 1
for what in 'asks for nothing: http://127' 'Log.entryAdded' 'nothing came in' 'as wide as 320'; do
  expect "seen: $what" grep -q "$what" out
done

look evil.html many.html trials.html two.html rounds.html gate.html
expect_exit 0
expect_stdout 'many.html: opened in [0-9]+ ms'
cat out
finish
