# SPDX-License-Identifier: Apache-2.0
# Proves: what build-kernels writes is all that run needs on a device without a compiler, whatever the
# suite, and gives the same weights; CLBlast is not called by native; another device, kernels, variant
# or a damaged folder is refused in one line; sources compiled by somebody else are taken. Fails if
# the program asks the compiler, if a program is missing from the set, or if what is not of this device
# is used.
. "$(dirname "$0")/lib.sh"
need_pocl
weights() { zcat "$1" | grep -o '"weights_hash":"[0-9a-f]*"'; }
n_of() { zcat "$1" | grep -o "\"$2\":[0-9]*" | cut -d : -f 2 | awk '{ n += $1 } END { print n + 0 }'; }
poor() { OPENCL_LAYERS=$RB_POOR RB_LAYER_MARKER=$PWD/loaded RB_LAYER_NO_COMPILER=1 relubench "$@"; }
poorly_refused() {
  local wanted=$1 pattern=$2
  shift 2
  poor "$@"
  expect_exit "$wanted"
  expect_one_line "$pattern"
  expect_no_stdout
}

relubench build-kernels -o set --variant vector4 --format csv
expect_exit 0
expect "each has its file" [ "$(wc -l <out)" = "$(ls set | wc -l)" ]
expect "with its hash" [ "$(tail -n 1 out | cut -d , -f 5 | tr -d '\r')" = "$(sha256sum "set/$(tail -n 1 out | cut -d , -f 1).bin" | cut -d ' ' -f 1)" ]
poor run smoke -b native --kernels set -o poor.gz --force --quiet
expect_exit 0
expect "the layer was loaded" test -e loaded
expect "nothing was compiled" [ "$(n_of poor.gz n_compiled)" = 0 ]
expect "but loaded" [ "$(n_of poor.gz n_loaded)" -ge 8 ]
expect "the variant is that of the folder" grep -q '"variant":"vector4"' <(zcat poor.gz)
relubench run smoke -b native --variant vector4 -o rich.gz --force --quiet
expect "the same weights" cmp <(weights rich.gz) <(weights poor.gz)
poor roof --kernels set --format csv
expect_exit 0
expect "the roofs alone" [ "$(wc -l <out)" = 2 ]
# Times and roofs, trials, both laws, and r from what is an option to beyond.
poor run timed.yaml --kernels set -o poor.gz --force --quiet
expect_exit 0
expect "with roofs" grep -q '"roof_gflops":[0-9]' <(zcat poor.gz)
cat >sizes.yaml <<'YAML'
suite: sizes
parts:
  - part: sizes
    mode: check
    d: 24
    r: [1, 2, 3, 4, 5, 8]
    law: [gaussian, rademacher]
    inputs: [per-task, shared]
    m: 20
    T: 3
    n1: 33
    n2: 33
  - part: trials
    mode: complexity
    d: 16
    r: 2
    m: 16
    T: 4
    n1: 64
    n2: 64
    n: 64
    pretrainings: 1
    trials: 8
YAML
poor run sizes.yaml --kernels set -o poor.gz --force --quiet
expect_exit 0
expect "nothing was compiled" [ "$(n_of poor.gz n_compiled)" = 0 ]
# The library that is linked need not be CLBlast as long as nothing calls it.
LD_LIBRARY_PATH=$RB_NOBLAS relubench run smoke -b native --kernels set -o noblas.gz --quiet
expect_exit 0
LD_LIBRARY_PATH=$RB_NOBLAS relubench run tiny.yaml -b clblast -o blas.gz --quiet
expect "the other library was taken" grep -q 'noblas: CLBlast' err

# Without programs, and with those of another.
poorly_refused 2 'has no compiler.*build-kernels.*--kernels DIR' run tiny.yaml -o no.gz
poorly_refused 2 'has no compiler: --sources' build-kernels -o none
poorly_refused 2 'has no compiler.*build-kernels.*--kernels DIR' roof --no-cache
refuses 2 "part 'check' have backend clblast.*take -b native" run tiny.yaml -b clblast --kernels set -o no.gz
refuses 2 'there is no nowhere/kernels.json: .*build-kernels -o nowhere' run tiny.yaml --kernels nowhere -o no.gz
refuses 2 '^relubench: --variant vector8: the programs in set are of variant vector4$' run tiny.yaml --kernels set --variant vector8 -o no.gz
OPENCL_LAYERS=$RB_LAYER RB_LAYER_NAME=other refuses 2 "the programs in set are for device '.*', here it is '.* / other'" run tiny.yaml -d other --kernels set -o no.gz
expect "no trace was written" not test -e no.gz
# Every field of kernels.json; damaged, missing and foreign files.
altered() { # exit code, pattern, sed script
  rm -rf altered && cp -r set altered
  sed -i "$3" altered/kernels.json
  refuses "$1" "$2" run tiny.yaml --kernels altered -o no.gz
}
for field in platform platform_version driver device_name kernels_sha256; do
  altered 2 "for $field 'x', here it is" "s/\"$field\": .*/\"$field\": \"x\",/"
done
altered 2 "'x' is no kernel variant" 's/"variant": .*/"variant": "x",/'
altered 5 "has no program of kernels/.*-DVW=8.*build-kernels --variant vector8" 's/"variant": .*/"variant": "vector8",/'
altered 5 "format is not" 's/relubench-kernels 1/relubench-kernels 2/'
altered 5 "'driver' is not there" '/"driver"/d'
altered 5 "program 1 lacks a field" '0,/"name": .*/s//"name": "..\/..\/etc\/passwd",/'
altered 5 "program 1 lacks a field" '0,/"sha256": .*/s//"sha256": "00"/'
altered 5 'is not JSON' '$d'
altered 5 'more than 1048576 bytes' '$r /dev/stdin' < <(head -c 2000000 /dev/zero)
first=$(ls set/*.bin | head -n 1)
for how in 'rm F' 'truncate -s 100 F' 'printf x | dd of=F bs=1 seek=50 conv=notrunc status=none' 'rm F && mkfifo F' 'rm F && mkdir F'; do
  rm -rf altered && cp -r set altered
  eval "${how//F/altered/$(basename "$first")}"
  refuses 5 'altered/.*\.bin' run tiny.yaml --kernels altered -o no.gz
done
# Not overwritten unless asked for; no folder, no work.
refuses 2 'set/kernels.json is there already' build-kernels -o set --variant vector4
refuses 2 'cannot make the folder' build-kernels -o tiny.yaml/x
refuses 2 'which folder' build-kernels
refuses 2 'not both' build-kernels -o x --sources --binaries
refuses 2 'no kernel variant' build-kernels -o x --variant x
refuses 2 'unexpected argument' build-kernels x

# Sources for another compiler, here this one again; then its binaries.
poor build-kernels -o made --variant vector4 --sources
expect_exit 0
expect "only sources" [ "$(ls made | grep -vc '\.cl$')" = 0 ]
expect "as many as programs" [ "$(ls made | wc -l)" = "$(ls set/*.bin | wc -l)" ]
head -n 2 made/backward-*.cl >top
expect "what it is compiled with" grep -q '^// Options: -cl-std=CL1.2 -DVW=4 .*-DVARIANT=0 -DPV=3 -DTJ=4$' top
head -n 2 made/subsets-*.cl >top
expect "and where sums over subsets are" grep -q '^// Options: .*-DPV=3 -DSUBSET=6 -DENTRIES=256$' top
head -n 2 made/update-*.cl >top
expect "and which kernels" grep -q '^// Kernels: update update_sum$' top
expect "nothing is included" not grep -q '^#include' made/*.cl
poorly_refused 5 'inputs-.*\.bin: No such file' build-kernels -o made --variant vector4 --binaries
cp set/*.bin made/
poor build-kernels -o made --variant vector4 --binaries
expect_exit 0
expect "the same" cmp made/kernels.json set/kernels.json
poor run tiny.yaml --kernels made -o made.gz --quiet
expect_exit 0
cp made/update-*.bin "$(ls made/backward-*.bin)"
poorly_refused 5 "kernel 'backward' of kernels/backward.cl" build-kernels -o made --variant vector4 --binaries --force
finish
