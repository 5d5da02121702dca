# SPDX-License-Identifier: Apache-2.0
# Proves: a device that refuses memory, when a buffer is made or when it is first used, gets a smaller
# tile and the result is verified and what it was; the record says what was refused and show that it
# happened; where no tile is left the cell fails with the bytes wanted and what the device said; any
# other code is no reason to try again. Fails if the refusal ends the cell, is not recorded, or if a
# smaller tile changes the result or the cell's id.
. "$(dirname "$0")/lib.sh"
need_pocl
cat >mem.yaml <<'YAML'
suite: mem
parts:
  - part: learned
    mode: learn
    backend: [native, clblast]
    d: 64
    r: 2
    m: 64
    T: 8
    n1: 512
    n2: 512
  - part: shared
    mode: check
    inputs: shared
    d: 64
    r: 2
    m: 64
    T: 8
    n1: 4096
    n2: 4096
YAML
cat >trials.yaml <<'YAML'
suite: trials
parts:
  - part: trials
    mode: complexity
    d: 16
    r: 2
    m: 16
    T: 16
    n1: 512
    n2: 512
    n: 64
    pretrainings: 2
    trials: 8
YAML
field() { zcat "$1" | grep '"type":"cell"' | grep -o "\"$2\":[^,]*" | sed 's/[^:]*://'; }
same() { [ "$(field whole.gz "$1")" = "$(field small.gz "$1")" ]; }
# alignment, ratio and sin-theta of two runs differ by rounding alone.
close() {
  for name in alignment ratio sin_theta gradient_norm; do
    paste <(field whole.gz $name) <(field small.gz $name) |
      awk '{ d = $1 - $2; if (d < 0) d = -d; if ($1 != "null" && d > 1e-4 * ($1 + 1e-3)) exit 1 }' || return 1
  done
}
relubench run mem.yaml -o whole.gz --quiet
expect_exit 0
expect "nothing was refused" [ "$(field whole.gz tile_refused | sort -u)" = null ]
export OPENCL_LAYERS=$RB_POOR RB_LAYER_MARKER=$PWD/loaded

# X of 4,096 samples has 1 MiB. A tile of 4096 is refused, 2048, 1024 and 512 too; 256 fits.
squeezed() { # the variable and its value, further arguments
  rm -f loaded
  local limit=$1
  shift
  export "${limit?}"
  relubench run mem.yaml -o small.gz --force --quiet "$@"
  unset "${limit%%=*}"
  expect_exit 0
  expect "the layer was loaded" test -e loaded
  expect "tiles of 256" [ "$(field small.gz tile | sort -u)" = 256 ]
  expect "4096 was refused" [ "$(field small.gz tile_refused | sort -u)" = 4096 ]
  expect "every cell is verified" [ "$(field small.gz verified | sort -u)" = true ]
  expect "ids are the same" same id
  expect "the result is within rounding" close
}
for answer in -4 -5 -6 -61; do
  squeezed RB_LAYER_ALLOC_LIMIT=80000:$answer
  expect "what was said" grep -Eq "\"tile_reason\":\"allocating buffer 'X', 1048576 bytes[^\"]*\($answer\)" <(zcat small.gz)
done
squeezed RB_LAYER_USE_LIMIT=80000:-5
expect "at first use" grep -Eq "\"tile_reason\":\"filling buffer 'X', 1048576 bytes[^\"]*CL_OUT_OF_RESOURCES" <(zcat small.gz)
squeezed RB_LAYER_ALLOC_LIMIT=80000:-4 --check
relubench show small.gz
expect_stdout 'warning: 3 cells on smaller tiles than wanted: the device refused memory \(first: learned native: 256'
relubench verify small.gz
expect_exit 0

# Features and trials; the roofs take what they get.
# 4,096 test samples are no tile: their 24 padded neurons have 384 KiB, X of 8,192 samples twice that.
RB_LAYER_ALLOC_LIMIT=100000:-4 relubench run trials.yaml -o trials.gz --quiet --variant vector4
expect_exit 5
expect "they are named" grep -q "no memory .*'test pre-activations', 393216 bytes" <(zcat trials.gz)
RB_LAYER_ALLOC_LIMIT=400000:-4 relubench run trials.yaml -o trials.gz --force --quiet --variant vector4
expect_exit 0
expect "tiles of 4,096" grep -q '"tile":4096,.*"tile_refused":8192' <(zcat trials.gz)
RB_LAYER_ALLOC_LIMIT=1500000:-4 relubench run timed.yaml -o timed.gz --quiet
expect_exit 0
expect "copies of what there was" grep -q '"roof_copy":"[^"]* 1 MiB"' <(zcat timed.gz)

# No tile is small enough: W has 16 KiB.
RB_LAYER_ALLOC_LIMIT=16000:-4 relubench run mem.yaml -b native -o none.gz --quiet
expect_exit 5
expect "one line: bytes, code" grep -Eq "\"reason\":\"no memory for a tile of 64 samples, and less than 64 are not tried: allocating buffer '[A-Za-z]*', [0-9]* bytes \([0-9]* in use\): clCreateBuffer answered CL_MEM_OBJECT_ALLOCATION_FAILURE \(-4\) on device " <(zcat none.gz)
# A lost device is no lack of memory.
RB_LAYER_ALLOC_LIMIT=80000:-36 relubench run mem.yaml -o lost.gz --quiet
expect_exit 5
expect "not tried again" [ "$(field lost.gz tile_refused | sort -u)" = null ]
finish
