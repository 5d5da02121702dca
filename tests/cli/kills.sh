# SPDX-License-Identifier: Apache-2.0
# Proves and fails as resumes.py says, at a sample of the places that is another one each time;
# tests/nightly has all of them.
. "$(dirname "$0")/lib.sh"
need_pocl
if ! command -v python3 >/dev/null; then
  skip "no python3: nothing was killed"
  exit 77
fi
here=$(cd "$(dirname "$0")" && pwd)
for what in kills enqueues random full; do
  other python3 "$here/resumes.py" $what
  expect_exit 0
  cat out
done
finish
