# SPDX-License-Identifier: Apache-2.0
# Proves: scripts/vendors fetches once, writes .icd files that name the libraries there are, and prints
# what a shell can evaluate; what goes wrong is one line and 5. python3 and pip are stand-ins: nothing
# is fetched here. Fails if: a library that is absent is named, the second call fetches again, or a
# failed fetch looks done.
. "$(dirname "$0")/lib.sh"
mkdir shims
cat >shims/python3 <<'SH'
#!/bin/sh
echo fetch >>"$RB_WORK_DIR/fetches"
[ -e "$RB_WORK_DIR/no-venv" ] && exit 1
mkdir -p "$3/bin" "$3/lib"
cat >"$3/bin/pip" <<'PIP'
#!/bin/sh
[ -e "$RB_WORK_DIR/no-package" ] && echo "ERROR: No matching distribution" && exit 1
[ -e "$RB_WORK_DIR/other-layout" ] || touch "${0%/bin/pip}/lib/libintelocl.so"
case "$*" in *intel-opencl-fpga-emu-rt==*) touch "${0%/bin/pip}/lib/libintelocl_emu.so" ;; esac
PIP
chmod +x "$3/bin/pip"
SH
chmod +x shims/python3
export RB_WORK_DIR PATH=$PWD/shims:$PATH
vendors() { other "$RB_SOURCE_DIR/scripts/vendors" "$@"; }
says() { if grep -Eq -- "$1" err; then passed; else failed "on standard error: $1"; fi; }
vendors
expect_exit 2
vendors ''
expect_exit 2
vendors --help
expect_exit 2
for trouble in no-venv no-package other-layout; do
  touch $trouble
  vendors "in $trouble"
  expect_exit 5
  expect_no_stdout
  rm $trouble
done
says 'another layout'
vendors "a folder"
expect_exit 0
expect_stdout '^export OCL_ICD_VENDORS=.*/a\\ folder/vendors$'
expect "a shell evaluates it" bash -c '[ "$(cat out | { read -r line; eval "$line"; ls "$OCL_ICD_VENDORS"; })" = intel-cpu.icd ]'
expect "the library is named" [ -e "$(cat "a folder/vendors/intel-cpu.icd")" ]
n=$(wc -l <fetches)
vendors "a folder"
expect_exit 0
expect "nothing is fetched again" [ "$(wc -l <fetches)" = "$n" ]
vendors --fpga "a folder"
expect_exit 0
expect "the emulator is fetched" [ "$(wc -l <fetches)" -gt "$n" ]
expect "and named" [ -e "$(cat "a folder/vendors/intel-fpga.icd")" ]
vendors --fpga
expect_exit 2
finish
