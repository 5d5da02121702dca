# SPDX-License-Identifier: Apache-2.0
# Proves: a problem that cannot be is refused before anything starts, one line naming the axis and
# the bounds, no trace left behind; so is one that the device has no memory for. Fails if: a size
# wraps, a bound is missing, or the memory of the device is looked at after the trace was begun.
. "$(dirname "$0")/lib.sh"
need_pocl

bad() { # pattern, values of -a
  local pattern=$1 arguments=()
  shift
  for value in "$@"; do arguments+=(-a "$value"); done
  refuses 2 "$pattern" run tiny.yaml -o x.gz "${arguments[@]}"
  expect "no trace is left" not ls x.gz*
}
for axis in d r T m n1 n2; do
  bad "$axis = 0 is outside 1\.\.[0-9]+$" "$axis=0"
  bad "$axis = -1, from '-1', is no whole number" "$axis=-1"
  bad "$axis = 1.5, from '1.5', is no whole number" "$axis=1.5"
  bad "$axis = 4294967296, from '2\^32', is no whole number in 0..4294967295" "$axis=2^32"
  bad "$axis = 1e\+30, from '1e30', is no whole number" "$axis=1e30"
  bad "$axis = 1.8446744073709552e\+19, from '2\^64'" "$axis=2^64"
  bad "unknown name 'nan'" "$axis=nan"
  bad "unknown name 'inf'" "$axis=inf"
  bad "wanted an operator or the end, found 'x'" "$axis=0x10"
  bad "the result is not finite" "$axis=1e308*10"
done
bad "r = 9 exceeds d = 8: a subspace has at most d dimensions" r=9
for r in 17 32 64; do bad "r = $r is outside 1..16" d=64 r=$r; done
bad "m \* d = 1000000 \* 1000000 is not below 2\^31" m=1e6 d=1e6
bad "m \* d = 65536 \* 32768 is not below 2\^31" m=2^16 d=2^15
bad "T \* max\(n1, n2\) = 4000000000 \* 4000000000 is not below 2\^63" T=4e9 n1=4e9
bad "rounds = 0 is outside" rounds=0
bad "rounds = 1000000000 is outside" rounds=1e9
bad "tile = 4000000000 is outside" tile=4e9
bad "eta_a = -1 is neither" eta_a=-1
bad "eta_w = 1e\+30 is neither" eta_w=1e30
bad "decay = -1 is outside" decay=-1
bad "same-batch needs n1 == n2, got n1 = 8 and n2 = 9" n2=9 ablation=same-batch
bad "seed = 1.5, from '1.5'" seed=1.5
bad "seed = 9007199254740992, from '2\^53'" seed=2^53

# Bounds themselves are accepted.
relubench run tiny.yaml --dry-run -a d=64 -a r=16 -a seed=2^53-1 -a T=2^32-1 -a n1=1 -a n2=1
expect_exit 0

# Memory: PoCL is told to have 1 GiB, so that the figures do not depend on the machine.
export POCL_MEMORY_LIMIT=1
bad "wants a buffer 'W' of 786[0-9]{7} bytes, device .* allows [0-9]+ in one" m=65536 d=30000
bad "wants [0-9]{10} bytes of device memory, device .* has 1073741824" m=8064 d=8192 tile=8192
relubench run tiny.yaml -o fits.gz -a d=64
expect_exit 0
unset POCL_MEMORY_LIMIT

# A cell that only the host has no room for is a record; the run goes on and says so.
relubench run tiny.yaml -o host.gz -b reference -a T=4e9 -a n1=1 -a n2=1 --format csv
if [ $code = 5 ]; then
  expect_stdout 'out of memory, wanted [0-9]+ bytes'
  relubench verify host.gz
  expect_exit 0
else
  skip "this machine has memory for 4e9 tasks"
fi
finish
