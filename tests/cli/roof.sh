# SPDX-License-Identifier: Apache-2.0
# Proves: `relubench roof` says what a device reaches, and says in one line what stops it. Fails if: a
# figure is missing or is not that of the other formats, a device that is not there or fails gives
# data, or `run` does not record which probes its roofs are of.
. "$(dirname "$0")/lib.sh"
need_pocl
refuses 3 "no device matches 'nosuch'" roof -d nosuch
refuses 2 "bare index" roof -d 0
RELUBENCH_DEVICE=nosuch refuses 3 "no device matches 'nosuch'" roof
OCL_ICD_VENDORS=$PWD/none/ refuses 3 "no OpenCL device found" roof

relubench roof
expect_exit 0
expect_no_stderr
expect_stdout '^device   Portable Computing Language / .* \(-d [0-9]+:[0-9]+\)$'
rate='[0-9.]+ G(FLOP|B)/s; median of 40 launches [0-9.]+( \([0-9.]+\.\.[0-9.]+\))?'
expect_stdout "^compute  $rate; (8|12|16) chains of [0-9]+ floats?$"
expect_stdout "^copy     $rate; (copy command|vectors of [0-9]+ floats?), [0-9]+ [KM]iB$"
expect_stdout '^ridge    [0-9.]+ flop/byte$'
expect_stdout '^how      .*checked, (device|host) clock$'
expect "five lines" [ "$(wc -l <out)" = 5 ]

relubench roof --json
expect_exit 0
if command -v python3 >/dev/null; then
  expect "JSON" python3 -B "$(dirname "$0")/checks.py" roofs out
else
  skip "no python3: JSON was not looked at"
fi

# A driver that fails, early and in the middle.
export OPENCL_LAYERS=$RB_LAYER
for k in 1 30; do
  RB_LAYER_ENQUEUE=$k:-5 refuses 5 'measuring the roofs: .*CL_OUT_OF_RESOURCES \(-5\)' roof
done
unset OPENCL_LAYERS

relubench run timed.yaml -o timed.gz --quiet
expect_exit 0
expect "shapes are recorded" [ "$(zcat timed.gz |
  grep -c '"roof_fma":"[0-9]* chains of [0-9]* floats*","roof_copy":"[a-z]* .*, [0-9]* .iB"')" = 3 ]
finish
