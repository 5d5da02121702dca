# SPDX-License-Identifier: Apache-2.0
# Proves: the peers that are here give the reference's numbers at an odd shape; one that leaves out
# a single sample, or labels its own inputs by other tables, is called wrong, and what is not
# installed is skipped aloud. Fails if: a peer computes another round, a check lets errors through,
# or a missing package stops the others.
. "$(dirname "$0")/lib.sh"
if ! command -v python3 >/dev/null; then
  skip "no python3, so nothing of this script was tested"
  exit 77
fi
peers() { # build folder, arguments
  other python3 "$RB_SOURCE_DIR/scripts/peers" --build "$@"
}
shape=37,29,5,33 # odd in everything

if python3 -c 'import numpy' 2>/dev/null; then
  peers "$RB_BUILD_DIR" --check-only --shape $shape --peers numpy
  expect_exit 0
  expect_stdout '  numpy: NumPy .*; worst error/tolerance 0\.[0-9]+ on 29 of 29 neurons'
else
  skip "no python3-numpy: the peer in NumPy was not tested"
  peers "$RB_BUILD_DIR" --check-only --shape $shape --peers numpy
  expect_exit 6
  expect "skipped aloud" grep -q 'numpy skipped: no module numpy (pip install numpy' err
fi

mkdir -p none/suites/peers
ln -s "$RB_BUILD_DIR/suites/peers/rb_peer_data" none/suites/peers/
peers none --check-only --shape $shape --peers c
expect_exit 6
expect "skipped aloud" grep -q 'c skipped: none/suites/peers/rb_peer_c is not there' err
peers none --check-only --shape 37,29,5
expect_exit 2
expect_one_line "'37,29,5' is no shape; give d,m,T,n"
peers none --check-only --shape 37,29,0,33
expect_exit 2
expect "the bad field is named" grep -q 'rb_peer_data: T' err
peers none --peers nosuch
expect_exit 2
expect "the peers are listed" grep -q "no peer 'nosuch'; there are: numpy, torch, jax, c" err

real=$RB_BUILD_DIR/suites/peers/rb_peer_c
if [ ! -x "$real" ]; then
  skip "no C peer in this build (compiler without OpenMP): it was not tested"
  finish
fi
peers "$RB_BUILD_DIR" --check-only --shape $shape --peers c --json
expect_exit 0
expect "all neurons are compared" grep -q '"check_rows": 29' out
expect "no peer is wrong" grep -q '"reason": null' out
# More samples than a thread's tile, one task, and tasks that straddle tiles.
peers "$RB_BUILD_DIR" --check-only --shape 9,5,1,3000 --shape 5,3,700,3 --rank 2 --peers c
expect_exit 0

# The real peer on altered files: zeros over the first 4 bytes of one of them.
altered() { # file, pattern of the message
  rm -rf wrong data
  mkdir -p wrong/suites/peers
  ln -s "$RB_BUILD_DIR/suites/peers/rb_peer_data" wrong/suites/peers/
  cat >wrong/suites/peers/rb_peer_c <<SH
#!/bin/sh
cp -r "\$1" "$PWD/data"
dd if=/dev/zero of="$PWD/data/$1" bs=4 count=1 conv=notrunc 2>/dev/null
exec "$real" "$PWD/data"
SH
  chmod +x wrong/suites/peers/rb_peer_c
  peers wrong --check-only --shape $shape --peers c
  expect_exit 4
  expect "$1 altered is noticed" grep -Eq "c is wrong: $2" err
}
altered y1.f32 'W\+ of neuron [0-9]+, coordinate [0-9]+ is'
altered y2.f32 'W\+ of neuron [0-9]+, coordinate [0-9]+ is'
altered X2.f32 'W\+ of neuron [0-9]+, coordinate 0 is'
altered W.f32 'W\+ of neuron'
altered tables.f32 'label 0 of its own sample'

# Timed, beside relubench.
need_pocl
peers "$RB_BUILD_DIR" --shape 64,64,64,64 --peers c --repetitions 2 --device pocl
expect_exit 0
expect_stdout '^    relubench +[0-9.]+ [mu]s +[0-9.]+$'
expect_stdout '^    c +[0-9]+ +[0-9.]+ [mu]s +[0-9.]+ +[0-9.]+ \([0-9.]+\.\.[0-9.]+\)$'
finish
