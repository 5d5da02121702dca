# SPDX-License-Identifier: Apache-2.0
# Proves: choosing a device says in one line what is wrong, with the documented exit code; a machine
# without OpenCL is survived. Fails if: a bare index is taken, -d loses against the environment, an
# ambiguous name picks one, `list` fails without a device or `run` does not.
. "$(dirname "$0")/lib.sh"
need_pocl

# Forms. PoCL is the device of the tests; where it stands in the list is the machine's affair.
at=$("$RB_PROGRAM" list --json | sed -n 's/.*"device": "\(.*\)".*/\1/p')
for form in "$at" PoCl cpu all "portable computing language / "; do
  relubench list -d "$form"
  expect_exit 0
  expect_stdout 'Portable Computing Language'
  expect_no_stderr
done
refuses 3 "no device matches 'nosuch'; there are: .*Portable" list -d nosuch
refuses 3 "no device matches" list -d 9999:0
refuses 3 "no device matches '-1'" list -d -1
refuses 3 "no device matches ':0'" list -d :0
refuses 3 "no device matches '0:0x'" list -d 0:0x
refuses 3 "no device matches" list -d pci:zz
refuses 3 "no device matches" list -d uuid:zz
refuses 2 "bare index" list -d 0
for form in 0: 0:0:0 0::0 99999999999:0; do
  refuses 2 "'$form' is not PLATFORM:DEVICE" list -d "$form"
done
refuses 2 "nothing after the colon" list -d uuid:
refuses 2 "nothing after the colon" list -d PCI:
long=$(head -c 100000 /dev/zero | tr '\0' x)
refuses 3 "no device matches 'x{128}'; there are: .*Portable" list -d "$long"
refuses 3 "no device matches 'nosuch'" run tiny.yaml -d nosuch -o x.gz
expect "no trace is left" not ls x.gz*
refuses 2 "option requires an argument" run tiny.yaml -d

# RELUBENCH_DEVICE is a twin of -d, and -d wins.
RELUBENCH_DEVICE=nosuch refuses 3 "no device matches 'nosuch'" list
RELUBENCH_DEVICE=nosuch refuses 3 "no device matches 'nosuch'" run tiny.yaml
RELUBENCH_DEVICE=nosuch relubench list -d pocl
expect_exit 0
refuses 3 "'other'" list -d other
RELUBENCH_DEVICE='' relubench list
expect_exit 0

# Two devices.
export RUSTICL_ENABLE=llvmpipe
relubench list -d llvmpipe
if [ $code = 0 ]; then
  refuses 2 "device ' / ' is ambiguous: .*Portable.*; .*llvmpipe.*; write PLATFORM:DEVICE" \
    list -d ' / '
  refuses 2 "is ambiguous" run tiny.yaml -d ' / ' -o x.gz
  expect "no trace is left" not ls x.gz*
  relubench run tiny.yaml -d all -o two.gz --format json
  expect_exit 0
  expect "cells of both" [ "$(zcat two.gz | grep -c '"type":"cell"')" = 2 ]
else
  skip "no llvmpipe by rusticl (mesa-opencl-icd): nothing ambiguous to choose from"
fi
unset RUSTICL_ENABLE

# No platform at all.
mkdir none
export OCL_ICD_VENDORS=$PWD/none/
relubench list
expect_exit 0
expect_stdout '^-d +kind'
expect "an empty list" [ "$(wc -l <out)" = 1 ]
expect_one_line "no OpenCL device"
relubench list --json
expect_exit 0
expect "an empty array" [ "$(cat out)" = "[]" ]
refuses 3 "no OpenCL device found; install a driver" run tiny.yaml -o x.gz
expect "no trace is left" not ls x.gz*
relubench run tiny.yaml -b reference -o reference.gz --quiet
expect_exit 0
expect_no_stderr
relubench run tiny.yaml --dry-run --json
expect_exit 0

# A platform without a device: Mesa's rusticl and Clover when nothing enables them.
ls /etc/OpenCL/vendors/*rusticl* >/dev/null 2>&1 && cp /etc/OpenCL/vendors/*rusticl* none/
ls /etc/OpenCL/vendors/*mesa* >/dev/null 2>&1 && cp /etc/OpenCL/vendors/*mesa* none/
if [ -n "$(ls none)" ]; then
  relubench list --json
  expect_exit 0
  expect "an empty array" [ "$(cat out)" = "[]" ]
  refuses 3 "no OpenCL device found" run tiny.yaml -o x.gz
else
  skip "no platform of Mesa: platforms without a device were not tried"
fi
unset OCL_ICD_VENDORS

# The same through the layer, which hides the devices of every platform.
export OPENCL_LAYERS=$RB_LAYER RB_LAYER_MARKER=$PWD/loaded RB_LAYER_NO_DEVICES=1
relubench list --json
expect_exit 0
expect "an empty array" [ "$(cat out)" = "[]" ]
expect "the layer was loaded" test -e loaded
refuses 3 "no OpenCL device found" run tiny.yaml -o x.gz
finish
