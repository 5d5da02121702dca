# SPDX-License-Identifier: Apache-2.0
# Proves: `relubench tune` verifies every candidate, keeps the fastest where `run` finds it, and only
# there: not with --no-cache, --variant or another cache. Fails if: a wrong candidate wins or is
# timed, the winner is not used or not said, or bad options get anything but one clear line.
. "$(dirname "$0")/lib.sh"
need_pocl
expect_said() { if grep -Eq -- "$1" err; then passed; else failed "on standard error: $1"; fi; }
refuses 3 "no device matches 'nosuch'" tune -d nosuch
for wrong in 0 -1 x 1x 1e9 inf ''; do refuses 2 "--budget $wrong" tune --budget "$wrong"; done
for wrong in 512 0,512 512,0 512,512x x 512,20000; do refuses 2 "--shape $wrong" tune --shape "$wrong"; done
refuses 2 "is no kernel variant" run smoke --variant panels-16-2-8-7
refuses 2 "limits registers, which the compiler of '.*' cannot be told" run smoke --variant tiles-16-8-8-64-128
refuses 2 "unexpected argument 'x'" tune x

export RELUBENCH_CACHE=$PWD/tuned
# Each of some ten candidates is compiled first, which takes a slow machine ten seconds.
within=400 relubench tune -d pocl --budget 0.1 --shape 64,64 --json
expect_exit 0
expect_said 'the best of [0-9]+ candidates with [0-9]+ samples.*; kept, run uses it'
if command -v python3 >/dev/null; then
  expect "JSON" python3 -B -c '
import json, sys
rows = json.load(open("out"))
chosen = [r for r in rows if r["chosen"]]
assert len(chosen) == 1 and len(rows) >= 8
assert all(r["verify_error"] is not None and r["verify_error"] <= 1 for r in rows if r["gflops"])
assert chosen[0]["final_gflops"] == max(r["final_gflops"] or 0 for r in rows)
print(chosen[0]["variant"])'
  winner=$(python3 -B -c 'import json; print([r["variant"] for r in json.load(open("out")) if r["chosen"]][0])')
  relubench run smoke -d pocl -b native -o tuned.gz
  expect_exit 0
  expect_said "kernels $winner, tuned on this device"
  relubench show tuned.gz --format csv
  expect_stdout ",native,$winner,"
  relubench run smoke -d pocl -b native -o plain.gz --no-cache
  expect_exit 0
  relubench show plain.gz --format csv
  expect_stdout ",native,(vector|tiles)"
  relubench run smoke -d pocl -b native -o given.gz --variant panels-4-2-4-8
  expect_exit 0
  relubench show given.gz --format csv
  expect_stdout ",native,panels-4-2-4-8,"
else
  skip "no python3: what tune found was not looked at"
fi
finish
