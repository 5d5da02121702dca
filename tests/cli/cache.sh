# SPDX-License-Identifier: Apache-2.0
# Proves: a second run loads what the first one compiled and gets the same weights; a damaged file is
# compiled again and mended; --no-cache neither reads nor writes; a folder that cannot be written is
# one note, and none with --quiet. Fails if the folder is not the one of docs/CLI.md, if a run fails
# over its cache, or if something is kept where it should not be.
. "$(dirname "$0")/lib.sh"
need_pocl
export RELUBENCH_CACHE=$PWD/cache HOME=$PWD/home XDG_CACHE_HOME=$PWD/xdg
mkdir home xdg

# How many programs the run of trace $1 compiled and loaded, as "3 0".
builds() {
  zcat "$1" | sed -n 's/.*"n_compiled":\([0-9]*\),.*"n_loaded":\([0-9]*\),.*/\1 \2/p' |
    awk '{ compiled += $1; loaded += $2 } END { print compiled + 0, loaded + 0 }'
}
weights() { zcat "$1" | grep -o '"weights_hash":"[0-9a-f]*"'; }
run() {
  relubench run tiny.yaml -o "$@" --force
  expect_exit 0
}

run cold.gz
n=$(builds cold.gz | cut -d ' ' -f 1)
expect "programs were compiled" [ "$n" -ge 3 ]
expect "none was loaded" [ "$(builds cold.gz)" = "$n 0" ]
expect "each has its file" [ "$(ls cache | grep -c '^program-[0-9a-f]\{64\}$')" = "$n" ]
expect "nothing else is there" [ "$(ls -A cache | wc -l)" = "$n" ]
run warm.gz
expect "all were loaded" [ "$(builds warm.gz)" = "0 $n" ]
expect "the same weights" [ "$(weights warm.gz)" = "$(weights cold.gz)" ]
expect "host time of both" grep -q '"compile_ns":0.0,"n_compiled":0,"load_ns":[1-9]' <(zcat warm.gz)

# Damage of every file: cut, altered, emptied.
i=0
for file in cache/*; do
  case $((i++ % 3)) in
  0) head -c 200 "$file" >cut && mv cut "$file" ;;
  1) printf x | dd of="$file" bs=1 seek=300 conv=notrunc 2>dd.err ;;
  2) : >"$file" ;;
  esac
done
run damaged.gz
expect "all were compiled" [ "$(builds damaged.gz)" = "$n 0" ]
expect "the same weights" [ "$(weights damaged.gz)" = "$(weights cold.gz)" ]
run mended.gz
expect "all were loaded" [ "$(builds mended.gz)" = "0 $n" ]

# Without it, and other places.
ls -l --time-style=full-iso cache >before
run none.gz --no-cache
expect "all were compiled" [ "$(builds none.gz)" = "$n 0" ]
expect "no file was touched" cmp before <(ls -l --time-style=full-iso cache)
expect "nothing elsewhere" [ ! -e home/.cache/relubench -a ! -e xdg/relubench ]
RELUBENCH_CACHE='' run xdg.gz
expect "in XDG_CACHE_HOME" [ "$(ls xdg/relubench | wc -l)" = "$n" ]
RELUBENCH_CACHE='' XDG_CACHE_HOME=relative run home.gz
expect "in HOME" [ "$(ls home/.cache/relubench | wc -l)" = "$n" ]
expect "not in a relative one" not test -e relative
RELUBENCH_CACHE='' XDG_CACHE_HOME='' HOME='' run nowhere.gz
expect "all were compiled" [ "$(builds nowhere.gz)" = "$n 0" ]
expect "no note" not grep -q note err

# A folder that cannot be written.
note='^relubench: note: compiled programs are not kept: cannot make the folder [^:]*/tiny\.yaml/x: Not a directory$'
RELUBENCH_CACHE=$PWD/tiny.yaml/x run blocked.gz
expect "one note" [ "$(grep -c note err)" = 1 ]
expect "which says why" grep -q "$note" err
RELUBENCH_CACHE=$PWD/tiny.yaml/x run blocked.gz --quiet
expect_no_stderr
RELUBENCH_CACHE=$PWD/tiny.yaml/x run blocked.gz --no-cache
expect "no note" not grep -q note err

# A second device.
export RUSTICL_ENABLE=llvmpipe RELUBENCH_DEVICE=llvmpipe
relubench list
if [ $code = 0 ]; then
  run cold.gz
  expect "other programs" [ "$(builds cold.gz | cut -d ' ' -f 2)" = 0 ]
  run warm.gz
  expect "all were loaded" [ "$(builds warm.gz)" = "0 $(builds cold.gz | cut -d ' ' -f 1)" ]
else
  skip "no llvmpipe by rusticl (mesa-opencl-icd): binaries of one driver were tried"
fi
finish
