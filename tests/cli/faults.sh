# SPDX-License-Identifier: Apache-2.0
# Proves: a driver that fails makes failed cells, not a failed run: the reason is in the trace, the
# trace is sealed and whole, the exit code is 5; and what a driver calls itself never reaches a
# terminal raw. Fails if: a failing call is not looked at, ends the sweep or leaves the trace open, or
# if the layer (tests/layer/) is not there, which the loader would not tell.
. "$(dirname "$0")/lib.sh"
need_pocl
export OPENCL_LAYERS=$RB_LAYER RB_LAYER_MARKER=$PWD/loaded

# A run of the suite with a fault: exit code 5, sealed, n cells of which n_failed failed and say why.
faulty() { # cells that fail (a number or "all"), pattern of their reason
  local wanted=$1 n
  rm -f loaded
  relubench run smoke -o fault.gz --force --quiet --format csv
  expect_exit 5
  expect_no_stderr
  expect "the layer was loaded" test -e loaded
  n=$(grep -c '"type":"cell"' <(zcat fault.gz))
  [ "$wanted" = all ] && wanted=$n
  expect "$wanted failed" [ "$(zcat fault.gz | grep -c '"status":"failed"')" = "$wanted" ]
  expect "every cell is there" [ "$n" = "$n_cells" ]
  expect "reason: $2" grep -Eq "\"status\":\"failed\",\"reason\":\"[^\"]*($2)" <(zcat fault.gz)
  expect "the end record has the code" grep -q '"type":"end".*"exit_code":5' <(zcat fault.gz)
  expect "a failed cell has no rate" not grep -q '"status":"failed".*"samples_per_s":[0-9]' <(zcat fault.gz)
  relubench verify fault.gz
  expect_exit 0
  expect_stdout 'intact, sealed'
  relubench show fault.gz
  expect_exit 0
  expect_stdout '^  failed '
}
relubench run smoke -o clean.gz --quiet
expect_exit 0
expect "the layer was loaded" test -e loaded
expect "the trace names the layer" grep -q "\"layers\":\"$RB_LAYER\"" <(zcat clean.gz)
# ocl-icd cuts its variable at the first colon, so it must have been read before.
OPENCL_LAYERS=$RB_LAYER:$RB_LAYER relubench run tiny.yaml -o twice.gz --quiet
expect "and both of two" grep -q "\"layers\":\"$RB_LAYER:$RB_LAYER\"" <(zcat twice.gz)
n_cells=$(zcat clean.gz | grep -c '"type":"cell"')
expect "there are cells" [ "$n_cells" -gt 5 ]

# Building. The last lines of the log are what says what failed; a long one is cut from the front.
printf 'first line\nerror: the last line\n' >log
RB_LAYER_BUILD_LOG=log faulty all 'CL_BUILD_PROGRAM_FAILURE \(-11\).*error: the last line'
{ head -c 1000000 /dev/zero | tr '\0' x && printf '\n\033[31mthe end'; } >log
RB_LAYER_BUILD_LOG=log faulty all 'CL_BUILD_PROGRAM_FAILURE.*xxx.*the end'
expect "nothing steers the terminal" not grep -aPq '[^\x09\x0a\x0d\x20-\x7e]' out
: >log
RB_LAYER_BUILD_LOG=log faulty all 'CL_BUILD_PROGRAM_FAILURE'

# One enqueue, early and late; all from one on (a lost device); one buffer, and no buffers.
RB_LAYER_ENQUEUE=1:-5 faulty 1 'CL_OUT_OF_RESOURCES \(-5\)'
RB_LAYER_ENQUEUE=40:-5 faulty 1 'CL_OUT_OF_RESOURCES \(-5\)'
RB_LAYER_ENQUEUE=200:-9999 faulty 1 'illegal read or write in a kernel'
RB_LAYER_ENQUEUE=7:-12345 faulty 1 'unknown OpenCL error \(-12345\)'
RB_LAYER_ENQUEUE=1+:-36 faulty all 'CL_INVALID_COMMAND_QUEUE \(-36\)'
RB_LAYER_BUFFER=1:-4 faulty 1 'CL_MEM_OBJECT_ALLOCATION_FAILURE \(-4\)'
RB_LAYER_BUFFER=30:-4 faulty 1 "allocating buffer '[A-Za-z_0-9]+', [0-9]+ bytes"
RB_LAYER_BUFFER=1+:-6 faulty all 'CL_OUT_OF_HOST_MEMORY \(-6\)'

# In the timed part too, and in the roofs.
n_hit=0
for k in 5 20 50 100 150; do
  RB_LAYER_ENQUEUE=$k+:-36 relubench run timed.yaml -o timed.gz --force --quiet
  expect_exit 5
  n_hit=$((n_hit + $(zcat timed.gz | grep -c '"status":"failed"')))
  relubench verify timed.gz
  expect_exit 0
done
expect "cells and roofs failed" [ "$n_hit" -ge 5 ]

# Clocks that lie: the host's is used, which the record says, and no time is an hour long.
for clock in zero back jump; do
  RB_LAYER_CLOCK=$clock relubench run timed.yaml -o clock.gz --force --quiet
  expect_exit 0
  [ $clock = jump ] || expect "$clock: the host's clock, and why" grep -Eq '"clock":"host[^"]+"' <(zcat clock.gz)
  expect "$clock: no time of an hour" not grep -Eq '"(median|cold_ns)":[0-9]{13}' <(zcat clock.gz)
  relubench verify clock.gz
  expect_exit 0
done

# One time in many: the repetition is made again, which the record says, and the device's clock
# counts. The roofs ask for times too, for more or fewer of them.
n_again=0
for k in 180 200 220 240 260 280 300 320; do
  RB_LAYER_CLOCK=once:$k relubench run timed.yaml -o clock.gz --force --quiet
  expect_exit 0
  n_again=$((n_again + $(zcat clock.gz | grep -c '"n_again":[1-9].*"clock":"device"')))
done
expect "made again" [ "$n_again" -gt 0 ]

# A hostile name.
export RB_LAYER_NAME=$'evil \e]0;title\a\e[31m|\n,"`x`\xff\xe2\x80\xae<b>\x7f\r'
# Printable ASCII, and U+FFFD where bytes were no UTF-8. JSON may hold DEL, which jansson does not
# escape and terminals pass over.
plain() {
  sed 's/\xef\xbf\xbd//g' "$1" >stripped
  if [ "$2" = json ]; then sed -i 's/\x7f//g' stripped; fi
  expect "nothing but plain text in $1" not grep -aPq '[^\x09\x0a\x0d\x20-\x7e]' stripped
}
export RELUBENCH_DEVICE=evil
for format in table json csv md; do
  relubench list --format $format
  expect_exit 0
  expect_stdout evil
  plain out $format
  relubench run tiny.yaml -o $format.gz --format $format
  expect_exit 0
  plain out $format
  plain err text
  relubench show $format.gz --format $format
  [ $format = md ] || expect_stdout evil # which leaves out the device if there is only one
  plain out $format
done
refuses 3 'there are: .*evil .x1b\]0;title.x07.x1b.31m.\\x0a,' list -d nosuch
plain err text
relubench verify table.gz
expect_exit 0
finish
